"""Does the statement hold the truth? Simulated brands, straight in a record, causes known.

    python benchmarks/statement.py                        50 brands of 8,000 people, two at a time
    python benchmarks/statement.py --brands 4 --people 3000   a short form

For each brand the margin that each cause truly brought or kept, by the ledger's own order of
precedence, on the orders of known customers; beside it what the ledger credits, and whether its
90 % range holds the truth. Worlds differ in what connection does (nothing, good, harm) and in how
well complaints are answered.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from decimal import Decimal
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np
from benchmarks.brands import Brand, brand
from benchmarks.referral import tell_recipients

from rapport.simulation.causes import bits

CAUSES = ("referral", "word of mouth", "influencer", "answer", "connection")
WHOLE = "whole"
NEEDED = (
    *("identity", "roles", "buying", "worth", "relations", "authenticity", "understanding"),
    *("asking", "answering", "referral", "word_of_mouth", "service_value", "months", "levels"),
    *("influencers", "connection", "ledger"),
)
EFFECTS = ((0.0, 0.0), (0.1, 0.1), (0.25, 0.1), (-0.2, 0.1), (0.1, 0.0))


def world(number: int) -> str:
    """Return the parameters of one brand."""
    effect, spread = EFFECTS[number % len(EFFECTS)]
    answered = (0.8, 0.5, 0.95)[number % 3]
    return (
        f"[connecting]\neffect = {effect}\neffect_spread = {spread}\n"
        f"[service]\nanswered = {answered}\n"
    )


BRINGING = CAUSES[:3]


def truth(made: Brand) -> dict[str, float]:
    """Return what each cause brought, on orders whose customer a file names, in euros.

    An order's cause is what it would not be without, by the ledger's own order: the first thing
    that brought the person while they had not come by themselves, then what kept them, then what
    triggered it; what connecting kept from being ordered is taken off. That friends' talk makes
    customers of long standing buy more is no part of the return as it is defined.
    """
    order, person = made.history.order, made.history.person
    brought = dict(
        zip(person["person_id"].to_pylist(), person["joined_because"].to_pylist(), strict=True)
    )
    apart = set(person.filter(person["is_employee"])["person_id"].to_pylist())
    coded = set(made.history.referral["order_id"].to_pylist())
    found = dict.fromkeys(CAUSES, 0.0)
    columns = ["order_id", "person_id", "identified", "cause", "margin"]
    for row in order.select(columns).to_pylist():
        named = row["identified"] or row["order_id"] in coded
        if not named or row["person_id"] in apart:
            continue
        cause = row["cause"].replace("_", " ")
        by = (brought[row["person_id"]] or "").replace("_", " ")
        if cause in found and (cause not in BRINGING or cause == by):
            found[cause] += row["margin"] / 100
    found["connection"] -= prevented(made, apart)
    return found


def prevented(made: Brand, apart: set[int]) -> float:
    """Return the margin of orders that connecting alone kept from being made, in euros.

    Of orders that were never made nobody knows whether they would have had a name: as many as of
    those that were.
    """
    rows = made.lived.candidates
    lost = (rows.stops == bits("connection")) & ~np.isin(rows.person + 1, list(apart))
    known = np.mean(made.history.order["identified"].to_numpy())
    return float(rows.margin[lost].sum() / 100 * known)


def credited(made: Brand) -> dict[str, tuple[float, float, float]]:
    """Return what the ledger credits over the whole record, and its total: value, low, high."""
    lines = made.results.table("statement").to_pylist()
    cuts = made.results.table("statement_cuts").to_pylist()
    found = {
        row["cause"]: (float(row["value"]), row["low"], row["high"])
        for row in lines
        if row["period"] == WHOLE and row["kind"] == "return" and row["value"] is not None
    }
    for row in cuts:
        if (row["period"], row["cut"], row["kind"]) == (WHOLE, "whole", "return"):
            found["total"] = (float(row["value"]), row["low"], row["high"])
    return found


def one(job: tuple[int, int, int, str]) -> dict[str, Any]:
    """Live through one brand, compute, and compare."""
    number, people, seed, folder = job
    root = Path(folder) / f"brand{number}"
    made = brand(root, world(number), people=people, seed=seed + number)
    tell_recipients(made)
    made.run(*NEEDED)
    answer = {"brand": number, "truth": truth(made), "told": credited(made)}
    answer["adds_up"] = _adds_up(made)
    shutil.rmtree(root)
    return answer


def _adds_up(made: Brand) -> bool:
    """Whether all parts of the ledger are all margin of all orders, to the cent."""
    rows = made.results.table("ledger_balance").to_pylist()
    parts = sum(row["margin"] for row in rows if row["period"] == WHOLE)
    orders = made.results.table("orders", ["margin", "cancelled"]).to_pylist()
    every = sum(row["margin"] for row in orders if not row["cancelled"])
    return bool(abs(parts - every) < Decimal("0.01"))


def truth_total(answer: dict[str, Any]) -> float:
    """Return what all causes brought together."""
    return float(sum(answer["truth"].values()))


def told(answers: list[dict[str, Any]]) -> None:
    """Print the table."""
    print("| cause | truth | told | bias | ranges that hold it |\n|---|---:|---:|---:|---:|")
    for cause in (*CAUSES, "total"):
        true, value, inside = [], [], []
        for each in answers:
            wanted = truth_total(each) if cause == "total" else each["truth"][cause]
            if cause not in each["told"]:
                continue
            middle, low, high = each["told"][cause]
            true.append(wanted)
            value.append(middle)
            inside.append(low <= wanted <= high)
        if true:
            bias = np.mean(value) - np.mean(true)
            print(
                f"| {cause} | {np.mean(true):,.0f} | {np.mean(value):,.0f} | {bias:,.0f} | "
                f"{sum(inside)} of {len(inside)} |"
            )
    print(f"parts add up to the cent: {sum(a['adds_up'] for a in answers)} of {len(answers)}")


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--brands", type=int, default=50)
    parser.add_argument("--people", type=int, default=8000)
    parser.add_argument("--seed", type=int, default=4000)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = "1"
    with tempfile.TemporaryDirectory() as folder, ProcessPoolExecutor(2) as pool:
        jobs = [(n, asked.people, asked.seed, folder) for n in range(asked.brands)]
        answers = []
        for answer in pool.map(one, jobs):
            answers.append(answer)
            print(answer, file=sys.stderr, flush=True)
    told(answers)
    if asked.json:
        asked.json.write_text(json.dumps(answers))


if __name__ == "__main__":
    main()
