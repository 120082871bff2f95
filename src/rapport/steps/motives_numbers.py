"""The motives one by one, the numbers of the letter, and what is not told of them."""

from __future__ import annotations

import math
from collections.abc import Mapping

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.motives.agreement import NOT, Agreement
from rapport.engagement.motives.chances import MOTIVES
from rapport.engagement.motives.fitting import Fit
from rapport.engagement.motives.saying import SAID, SHOWN, counted
from rapport.estimate import Estimate, Grade
from rapport.results import Said, Untold
from rapport.steps.context import Context
from rapport.steps.motives_said import Heard

BY_MOTIVE = pa.schema(
    [
        ("motive", pa.string()),
        *((name, pa.int64()) for name in ("judged", "told")),
        ("usual", pa.float64()),
        ("differ", pa.bool_()),
        *((name, pa.int64()) for name in ("asked", "said", "checked")),
        *((name, pa.float64()) for name in ("auc", "auc_low", "auc_high")),
        *((name, pa.float64()) for name in ("told_say", "others_say")),
        *((name, pa.string()) for name in ("behaviour", "grade")),
    ]
)


def by_motive(
    context: Context,
    fits: Mapping[str, Fit],
    asked: Heard,
    agreements: Mapping[str, Agreement],
) -> pa.Table:
    """Return the table `motives_told`: of how many each motive is told, and from what.

    Counts of fewer people than the smallest group are left out, and shares beside them.
    """
    many = {
        (row["motive"], row["basis"]): int(row["having"])
        for row in context.engine.collect(counted(context.result("motives"))).to_pylist()
    }
    smallest = context.settings.people.smallest_group

    def shown(count: int) -> int | None:
        return count if count >= smallest else None

    rows = []
    for motive in MOTIVES:
        found, held = fits.get(motive), agreements[motive]
        answered = int((~np.isnan(asked.said[motive])).sum())
        if found is None and not answered:
            continue
        rows.append(
            {
                "motive": motive,
                "judged": found and found.people,
                "usual": found and found.usual,
                "differ": None if found is None else found.differ,
                "told": shown(many.get((motive, SHOWN), 0)),
                "asked": shown(answered),
                "said": shown(many.get((motive, SAID), 0)),
                "checked": shown(held.people),
                "auc": _known(held.auc.value),
                "auc_low": _known(held.auc.low),
                "auc_high": _known(held.auc.high),
                "told_say": _known(held.told_say),
                "others_say": _known(held.others_say),
                "behaviour": held.verdict,
                "grade": held.grade.value,
            }
        )
    return pa.Table.from_pylist(rows, BY_MOTIVE)


def _known(value: float) -> float | None:
    return value if math.isfinite(value) else None


def motive_numbers(
    context: Context, asked: Heard, shared: Mapping[tuple[str, str], Estimate]
) -> dict[str, Estimate]:
    """Return the numbers of the letter, by name."""
    smallest = context.settings.people.smallest_group
    found = {told.name: told for told in shared.values()}
    if len(asked) >= smallest:
        found["asked_for_motives"] = Estimate.exact(
            *(len(asked), "people"), people=len(asked), name="asked_for_motives", table="motives"
        )
    strong = context.result("motives").filter((nw.col("has") == 1) & (nw.col("basis") == SHOWN))
    each = strong.group_by("person_id").agg(motives=nw.len().cast(nw.Int64()))
    (many,) = context.engine.collect(each.select(n=nw.len())).column("n").to_pylist()
    if many:
        name = "people_with_motive"
        found[name] = Estimate.exact(
            int(many), "people", grade=Grade.MODEL, people=int(many), name=name, table="motives"
        )
    return found


def untold(
    fits: Mapping[str, Fit], asked: Heard, agreements: Mapping[str, Agreement], smallest: int
) -> tuple[Untold, ...]:
    """Return what could not be told, and what would tell it."""
    question = Said("Why is each person there?")
    send = Said(
        "Ask people what they come to you for ('rapport questionnaire'), by a link they are known "
        "by."
    )
    made = []
    missing = sum(m not in fits or not fits[m].differ for m in MOTIVES)
    if missing:
        why = Said(
            "Of {n} motives, {missing} show in nobody’s behaviour more than chance would make "
            "them show.",
            {"n": len(MOTIVES), "missing": missing},
        )
        made.append(Untold(question, why, send))
    refuted = sum(held.verdict == NOT for held in agreements.values())
    if refuted:
        why = Said(
            "Of {n} motives, {missing} show in behaviour, but no better than chance in the "
            "behaviour of those who say they have them: nobody is told to have them who was not "
            "asked.",
            {"n": len(MOTIVES), "missing": refuted},
        )
        made.append(Untold(question, why, send))
    if 0 < len(asked) < smallest:
        made.append(
            Untold(
                Said("How many come for what?"),
                Said("Too few people who are known said what they come for."),
                send,
            )
        )
    return tuple(made)
