"""The shares of the levels with their ranges, the numbers of the letter, and what is not told."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.engagement.closeness.agreement import weighted_kappa
from rapport.engagement.closeness.model import PROSPECTS_SPREAD, Behaviour, Cells, shares
from rapport.engagement.closeness.reading import SIDES
from rapport.engagement.closeness.scoring import LEVELS
from rapport.estimate import DRAWS, Estimate, Grade
from rapport.results import Said, Untold
from rapport.steps.levels_answers import Filled
from rapport.steps.levels_tables import People

SHARES = pa.schema(
    [
        *(("side", pa.string()), ("level", pa.string())),
        *((name, pa.float64()) for name in ("share", "low", "high")),
        *(("people", pa.int64()), ("answered", pa.int64()), ("grade", pa.string())),
    ]
)
_NAMES = {"customer": "customers", "prospect": "prospects"}


@dataclass(frozen=True)
class Shares:
    """The four shares of one side.

    Parameters
    ----------
    estimates
        One for each level, closest first.
    people, answered
        How many there are, and how many of them answered.
    """

    estimates: tuple[Estimate, ...]
    people: int
    answered: int


def told_shares(model: Behaviour, there: dict[str, Cells], people: People) -> dict[str, Shares]:
    """Return the shares of each side that has people."""
    found = {}
    for side in SIDES:
        cells = there[side]
        total = int(cells.people.sum())
        if not total:
            continue
        spread = 0.0 if side == "customer" else PROSPECTS_SPREAD
        drawn = shares(model, cells, spread)
        summed, answered = people.chances[side]
        if answered:  # who answered counts as they answered
            drawn = _with_answers(drawn, summed, answered, total)
        grade = Grade.MODEL if model.learnt and side == "customer" else Grade.ASSUMPTION
        found[side] = Shares(_estimates(drawn, grade, total), total, answered)
    return found


def _with_answers(drawn: np.ndarray, summed: np.ndarray, answered: int, total: int) -> np.ndarray:
    """Return the shares with those who answered told by their answers."""
    part = answered / total
    found: np.ndarray = (1 - part) * drawn + part * summed / answered
    return found


def _estimates(drawn: np.ndarray, grade: Grade, people: int) -> tuple[Estimate, ...]:
    rng = np.random.default_rng(5)
    which = rng.integers(1, len(drawn), DRAWS)
    return tuple(
        Estimate.from_draws(
            drawn[which, level],
            "share",
            value=float(drawn[0, level]),
            grade=grade,
            people=people,
            table="level_shares",
        )
        for level in range(4)
    )


def share_rows(found: dict[str, Shares], smallest: int) -> pa.Table:
    """Return the table `level_shares`; a side with too few people is left out."""
    rows = [
        {
            "side": side,
            "level": LEVELS[level],
            "share": told.value,
            "low": told.low,
            "high": told.high,
            "people": each.people,
            "answered": each.answered,
            "grade": told.grade.value,
        }
        for side, each in found.items()
        if each.people >= smallest
        for level, told in enumerate(each.estimates)
    ]
    return pa.Table.from_pylist(rows, schema=SHARES)


def numbers(
    found: dict[str, Shares], model: Behaviour, told: Filled, smallest: int
) -> dict[str, Estimate]:
    """Return the numbers of the letter, by name."""
    made: dict[str, Estimate] = {}
    for side, each in found.items():
        if each.people < smallest:
            continue
        made[f"fully_engaged_{_NAMES[side]}"] = each.estimates[0]
        made[f"actively_disengaged_{_NAMES[side]}"] = each.estimates[3]
    if "fully_engaged_customers" in made:
        closest, farthest = found["customer"].estimates[0], found["customer"].estimates[3]
        ratio = np.asarray(closest.draws) / np.maximum(np.asarray(farthest.draws), 1e-6)
        made["engagement_ratio"] = Estimate.from_draws(
            ratio,
            "number",
            value=closest.value / max(farthest.value, 1e-6),
            grade=closest.grade,
            people=found["customer"].people,
            table="level_shares",
        )
    if told.told.sum() >= smallest:
        made["questionnaires"] = Estimate.exact(
            float(told.told.sum()), "questionnaires", rows=int(told.told.sum()), table="level_check"
        )
    if model.learnt:
        made["levels_agreement"] = weighted_kappa(model, people=model.learnt)
    return {name: each.based_on(name=name) for name, each in made.items()}


def untold(
    found: dict[str, Shares], model: Behaviour, told: Filled, smallest: int
) -> tuple[Untold, ...]:
    """Return what could not be told, and what would tell it."""
    question = Said("Who works for us, who works against us?")
    made = []
    if not any(each.people >= smallest for each in found.values()):
        made.append(
            Untold(
                question,
                Said("Too few people are known to speak of groups."),
                Said("Add orders, messages or visits that name who did them."),
            )
        )
    elif not model.learnt:
        why = (
            Said("Nobody answered our questionnaire: levels rest on deeds and on our assumptions.")
            if not told.told.any()
            else Said(
                "Too few questionnaires are of known customers ({n}): levels rest on deeds and on "
                "our assumptions.",
                {"n": _usable(told)},
            )
        )
        needs = Said("Send the questionnaire ('rapport questionnaire') to some of your customers.")
        made.append(Untold(Said("Which level is each customer on?"), why, needs))
    if "prospect" in found and found["prospect"].people >= smallest:
        made.append(
            Untold(
                Said("Which level is each prospect on?"),
                Said("No prospect was asked; that deeds mean for them what they mean for customers "
                     "is an assumption."),
                Said("Ask people who have not bought yet, too, with a link they are known by."),
            )
        )  # fmt: skip
    return tuple(made)


def _usable(told: Filled) -> int:
    return int(told.named.sum())
