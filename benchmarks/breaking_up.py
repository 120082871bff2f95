"""How well breaking up is foretold, and unheard leavers counted, on simulated brands.

    python benchmarks/breaking_up.py [--brands 5] [--people 5000] [--months 24] [--world FILE]

Each brand is looked at three months before its story ends; what is told that day is held against
who has left by the end. In this world people who lose interest buy ever less for three months
before they leave, and nothing tells their last orders from their leaving: so "gone" is counted
twice, from the day they leave, and from the day on which half of their interest was gone ("half").
Printed for each: the area under the curve over all customers, over those
who are not gone by our own account, and over those who in truth were still here (of whom a brand
can hardly know more: nothing that it sees changes before they leave); the calibration error; how
many of those not gone by our account were told to be gone in three months, and were; the share of
customers who left after a complaint that was not heard, told and true; and how influencers tire.
Identity is taken as known, so that nothing but these models is measured.
"""

from __future__ import annotations

import argparse
import datetime as dt
import tempfile
from pathlib import Path

import numpy as np

from brands import Brand, brand
from rapport.engagement.trajectory.breaking import AWAY
from rapport.engagement.trajectory.hazard import auc, calibration, calibration_error
from rapport.engagement.trajectory.unheard import UNHEARD, complainants
from rapport.estimate import Estimate
from rapport.pipeline import looking
from rapport.steps.order import STEPS
from rapport.value.customers import buying_days
from rapport.workspace import Workspace

AHEAD = 91
NEEDED = (
    *("identity", "roles", "buying", "relations", "understanding", "asking", "answering", "months"),
    *("levels", "moves", "influencers"),
)
HEADS = (
    *("seed", "people", "gone", "auc", "auc here", "auc true", "error", "of half"),
    *("told", "range", "gone", "half", "unheard", "range", "true", "tiring", "range", "true"),
)


def main() -> None:
    """Print a row for each brand and the means."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--brands", type=int, default=5)
    parser.add_argument("--people", type=int, default=5000)
    parser.add_argument("--months", type=int, default=24)
    parser.add_argument("--world", type=Path, help="a world file instead of the usual world")
    asked = parser.parse_args()
    world = asked.world.read_text("utf-8") if asked.world else ""
    print("".join(head.rjust(14 if head == "range" else 9) for head in HEADS))
    rows = []
    for seed in range(1, asked.brands + 1):
        with tempfile.TemporaryDirectory() as folder:
            rows.append(one(Path(folder), world, asked.people, asked.months, seed))
            print(_line(rows[-1]), flush=True)
    names = ("auc", "auc here", "auc true", "error", "of half")
    table = np.array([[row[name] for name in names] for row in rows])
    means = ", ".join(
        f"{name} {value:.3f}"
        for name, value in zip(
            (
                "AUC",
                "AUC of those not gone",
                "AUC of those truly here",
                "calibration error",
                "calibration error of half gone",
            ),
            np.nanmean(table, axis=0),
            strict=True,
        )
    )
    print(f"Means: {means}")
    for name, told, true in (
        ("gone in three months", "told", "came"),
        ("half gone in three months", "told", "half"),
        ("left unheard", "unheard", "true"),
        ("tiring", "tiring", "true tiring"),
    ):
        known = [row for row in rows if row[told] is not None and np.isfinite(row[true])]
        held = sum(row[told].low <= row[true] <= row[told].high for row in known)
        print(f"{name}: range holds the truth in {held} of {len(known)} brands")


def one(root: Path, world: str, people: int, months: int, seed: int) -> dict:
    """Return what is told of one brand three months before its end, and what is true."""
    months_in_all = dt.date(2024, 10, 1)
    end = _after(months_in_all, months)
    today = end - dt.timedelta(days=AHEAD + 1)
    made = brand(root / "brand", world, people=people, months=months, seed=seed, settings="")
    path = made.workspace.root / "rapport.toml"
    text = path.read_text("utf-8")
    path.write_text(f"today = {today.isoformat()}\n{text}", "utf-8")
    run(Workspace(made.workspace.root))
    return judged(made, today)


def run(workspace: Workspace) -> None:
    """Compute what is needed and no more."""
    with looking(workspace) as context:
        for step in STEPS:
            if step.name in NEEDED:
                context.results.save(step.name, "benchmark", step.run(context))


def judged(made: Brand, today: dt.date) -> dict:
    """Return the row of one brand."""
    results, person = made.results, made.history.person
    told = results.table("chances_of_leaving")
    number = np.array([int(name.rpartition(":p")[2] or 0) if ":p" in name else -1
                       for name in told["person_id"].to_pylist()])  # fmt: skip
    left = np.array([np.inf if v is None else v.timestamp() for v in person["left_on"].to_pylist()])
    place = {n: k for k, n in enumerate(person["person_id"].to_pylist())}
    known = np.array([n in place for n in number])
    rows = [place[n] for n in number[known]]
    start = dt.datetime.combine(today, dt.time(), dt.UTC).timestamp() + 86_400
    end = start + AHEAD * 86_400
    gone_then, gone = left[rows] < start, (left[rows] < end).astype(float)
    half = (_half(made, left)[rows] < end).astype(float)
    chance = np.asarray(told["chance"], float)[known]
    here = np.array(told["state"].to_pylist(), object)[known] != AWAY
    every = np.ones(len(chance))
    return {
        "seed": made.history.seed, "people": len(chance), "gone": float(gone.mean()),
        "auc": auc(chance, gone, every),
        "auc here": auc(chance[here], gone[here], every[here]),
        "auc true": auc(chance[~gone_then], gone[~gone_then], every[~gone_then]),
        "error": calibration_error(calibration(chance, gone, every)),
        "of half": calibration_error(calibration(chance, half, every)),
        "told": results.numbers.get("gone_in_three_months"),
        "came": float(gone[here].sum()), "half": float(half[here].sum()),
        "unheard": results.numbers.get("left_share_unheard"), "true": _true_unheard(made, today),
        "tiring": results.numbers.get("influencer_tiring"),
        "true tiring": made.lived.world.influencers.tiring,
    }  # fmt: skip


def _half(made: Brand, left: np.ndarray) -> np.ndarray:
    """Return when half of each one's interest was gone, or when they left without fading."""
    fading, ends = made.lived.life.fading, made.lived.life.left
    faded = np.isfinite(fading) & np.isfinite(ends)
    days = np.zeros(len(left))
    days[faded] = (ends[faded] - fading[faded]) / 2
    return left - days * 86_400


def _true_unheard(made: Brand, today: dt.date) -> float:
    """Return the share of those who were compared and not heard who left over a complaint."""
    with looking(Workspace(made.workspace.root)) as context:
        buying = context.engine.cache(buying_days(context.result("orders")))
        found = complainants(context.result("requests"), buying, today.toordinal())
        rows = context.engine.collect(found.select("person_id", "heard")).to_pylist()
    why = dict(
        zip(
            made.history.person["person_id"].to_pylist(),
            made.history.person["left_because"].to_pylist(),
            strict=True,
        )
    )
    names = [r["person_id"].rpartition(":p")[2] for r in rows if r["heard"] == UNHEARD]
    known = [why[int(name)] == "complaint" for name in names if name.isdigit()]
    return float(np.mean(known)) if known else float("nan")


def _line(row: dict) -> str:
    cells = [f"{row['seed']}", f"{row['people']}", f"{row['gone']:.2f}"]
    cells += [f"{row[name]:.3f}" for name in ("auc", "auc here", "auc true", "error", "of half")]
    line = "".join(cell.rjust(9) for cell in cells)
    line += _told(row["told"], 0) + f"{row['came']:.0f}".rjust(9) + f"{row['half']:.0f}".rjust(9)
    line += _told(row["unheard"], 2) + f"{row['true']:.2f}".rjust(9)
    return line + _told(row["tiring"], 2) + f"{row['true tiring']:.2f}".rjust(9)


def _told(number: Estimate | None, places: int) -> str:
    if number is None:
        return "–".rjust(9) + "".rjust(14)
    ends = f"{number.low:.{places}f} – {number.high:.{places}f}"
    return f"{number.value:.{places}f}".rjust(9) + ends.rjust(14)


def _after(day: dt.date, months: int) -> dt.date:
    number = day.year * 12 + day.month - 1 + months
    return dt.date(number // 12, number % 12 + 1, 1)


if __name__ == "__main__":
    main()
