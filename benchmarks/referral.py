"""How codes, word of mouth and answers are credited with what they brought, on simulated brands.

    python benchmarks/referral.py [--brands 20] [--people 5000] [--months 24] [--first 1]

For each brand: what the step says with its range, and what is true, in the brand's own margin and
over orders whose customer is known or named by a code: orders that would not be without the code,
without the friend who spoke, without the answer. Talk that makes customers buy more often is not
measured and not in the truth. Identity is taken as known.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from benchmarks.brands import Brand, brand

from rapport.estimate import Estimate
from rapport.pipeline import looking, open_record
from rapport.record.facts import Batch, Facts
from rapport.results import Results
from rapport.simulation.causes import NUMBER
from rapport.simulation.recorded import SOURCE, facts_of
from rapport.simulation.surveys import first_cause
from rapport.steps.order import STEPS
from rapport.value.gains import gains

NEEDED = (
    *(
        "identity",
        "roles",
        "buying",
        "worth",
        "relations",
        "understanding",
        "topics",
        "asking",
        "answering",
    ),
    *("referral", "word_of_mouth", "service_value"),
)
MONEY = ("referral_margin", "word_of_mouth_margin", "kept_margin")


def main() -> None:
    """Print a row for each brand and cause, then how often the range held the truth."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brands", type=int, default=20)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--first", type=int, default=1, help="the first seed")
    asked = parser.parse_args()
    rows: dict[str, list[tuple[float, float, float, float]]] = {name: [] for name in MONEY}
    for seed in range(asked.first, asked.first + asked.brands):
        with tempfile.TemporaryDirectory() as folder:
            there = brand(Path(folder), people=asked.people, months=asked.months, seed=seed)
            tell_recipients(there)
            for name, (number, true) in one(there).items():
                if number is None:
                    print(f"{seed:4d} {name:22s} cannot be told")
                    continue
                rows[name].append((number.value, number.low, number.high, true))
                held = "" if number.low <= true <= number.high else "  missed"
                print(f"{seed:4d} {name:22s} {number!s:42s} true {true:9,.0f}{held}", flush=True)
    for name, told in rows.items():
        if told:
            value, low, high, true = np.array(told).T
            held = int(((low <= true) & (true <= high)).sum())
            print(
                f"{name}: held in {held} of {len(told)}; told / true {value.sum() / true.sum():.2f}"
                f"; half a range {np.mean((high - low) / 2 / true):.0%} of the truth"
            )


def tell_recipients(there: Brand) -> None:
    """Load to whom codes were handed, as a referral tool's list does: one row names both people."""
    facts = next(facts_of(there.history).batches).tables["activity"]
    handed = facts.filter(pc.equal(facts["object_kind"], "referral code"))
    person = there.history.person
    names, staff = (person.column(name).to_pylist() for name in ("person_id", "is_employee"))
    works = dict(zip(names, staff, strict=True))
    friends = there.history.referral.column("referred").to_pylist()
    number = pa.array(range(2, len(friends) + 2), pa.int64())
    place = handed.schema.get_field_index("source_row")
    activity = handed.set_column(place, "source_row", number)
    account = pa.table(
        {
            "account_id": [f"p{who}" for who in friends],
            "is_employee": [works[who] for who in friends],
            "source_row": number,
        }
    )
    batch = Batch(len(friends), {"activity": activity, "account": account})
    content = hashlib.sha256(str(friends).encode()).hexdigest()
    listed = Facts(SOURCE, "referral_codes.csv", content, "1", iter([batch]))
    open_record(there.workspace).load(listed)


def one(there: Brand) -> dict[str, tuple[Estimate | None, float]]:
    """Return for each cause what is told and what is true."""
    results = Results(there.workspace.results)
    there.workspace.results.mkdir(parents=True, exist_ok=True)
    with looking(there.workspace) as context:
        for step in STEPS:
            if step.name in NEEDED:
                results.save(step.name, step.name, step.run(context))
        facts = results.facts
        orders = context.result("orders")
        ours = orders.filter(~nw.col("person_id").is_null()).select("purchase_id")
        claimed = context.result("claims_referral").select("purchase_id")  # a code names a friend
        known = nw.concat([ours, claimed], how="vertical").unique()
        everybody = orders.with_columns(nw.col("person_id").fill_null(""))
        table = gains(everybody, str(facts["money"]), facts.get("margin_share"))
        told = context.engine.collect(
            table.join(known, on="purchase_id", how="inner").select("purchase_id", "gain")
        )
        del orders, ours, claimed, known, everybody, table
    gain = dict(zip(*(told.column(name).to_pylist() for name in told.column_names), strict=True))
    lived, orders = there.lived, there.lived.orders
    each = np.array([gain.get(number, 0.0) for number in lived.order_ids.tolist()])
    first = first_cause(lived)[orders.person]
    spoke = np.isin(first, [NUMBER["word_of_mouth"], NUMBER["employee"]])
    answer = lived.life.saved_by == NUMBER["answer"]
    saved = answer[orders.person] & (orders.day >= lived.life.saved[orders.person])
    true = {
        "referral_margin": each[orders.credit == NUMBER["referral"]].sum(),
        "word_of_mouth_margin": each[spoke & (orders.credit == first)].sum(),
        "kept_margin": each[saved].sum(),
    }
    numbers = results.numbers
    return {name: (numbers.get(name), float(true[name])) for name in MONEY}


if __name__ == "__main__":
    main()
