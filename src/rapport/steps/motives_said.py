"""What people said they come for, brought together: whose behaviour it is held to, and for all."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.closeness.reading import CHANCES, SIDES
from rapport.engagement.closeness.scoring import LEVELS
from rapport.engagement.motives.agreement import Agreement, agreement, chances
from rapport.engagement.motives.chances import MOTIVES
from rapport.engagement.motives.saying import beside, said, standing
from rapport.engagement.motives.standing_for import Shared, share_of_all, weights
from rapport.estimate import Estimate, Grade
from rapport.questionnaire import INSTRUMENT
from rapport.record.frames import Frame
from rapport.steps.context import Context

SHARES = pa.schema(
    [
        *(("side", pa.string()), ("motive", pa.string())),
        *((name, pa.float64()) for name in ("share", "low", "high", "share_asked")),
        *(("asked", pa.int64()), ("grade", pa.string())),
    ]
)
_NOBODY = pa.schema(
    [
        *(("person_id", pa.string()), ("motive", pa.string())),
        *(("said", pa.int64()), ("said_on", pa.date32())),
    ]
)
_PLURAL = {"customer": "customers", "prospect": "prospects"}
_SEED = 31


@dataclass(frozen=True)
class Heard:
    """Everybody who said what they come for, a row each.

    Parameters
    ----------
    side
        "customer" or "prospect", an object array.
    levels
        Shape (people, 4): how likely each level is.
    said, strength
        By motive: 1 or 0, not a number where it was not on offer; how strongly behaviour shows it,
        not a number where there was no occasion.
    shared
        By side, how many of all people are on each level; sides that nobody knows it of are
        missing.
    grades
        By side, what that rests on.
    """

    side: np.ndarray
    levels: np.ndarray
    said: Mapping[str, np.ndarray]
    strength: Mapping[str, np.ndarray]
    shared: Mapping[str, Shared]
    grades: Mapping[str, Grade]

    def __len__(self) -> int:
        return len(self.side)

    @property
    def weight(self) -> np.ndarray:
        """How many of their side each stands for; the mean is 1."""
        found = np.ones(len(self))
        for side, shared in self.shared.items():
            here = self.side == side
            if here.any():
                found[here] = weights(self.levels[here], shared.share)
        return found

    def agreements(self) -> dict[str, Agreement]:
        """Return how well behaviour agrees with what they say, of each motive."""
        found = {}
        for motive in MOTIVES:
            asked = ~np.isnan(self.said[motive])
            found[motive] = agreement(self.strength[motive][asked], self.said[motive][asked])
        return found

    def chances(self, motive: str, wanted: np.ndarray) -> np.ndarray:
        """Return the chance that people of a strength would say that they come for it."""
        told, strength = self.said[motive], self.strength[motive]
        both = ~np.isnan(told) & ~np.isnan(strength)
        return chances(strength[both], told[both], self.weight[both], wanted)


def said_by(context: Context, links: Frame, people: Frame) -> Frame:
    """Return what people said they come for, without rows where nobody was asked.

    Parameters
    ----------
    links
        source, account_id, person_id.
    people
        person_id of everybody who counts.
    """
    if not context.holds("answer"):
        return context.engine.table(_NOBODY.empty_table())
    ours = context.facts("answer").filter(nw.col("instrument") == INSTRUMENT)
    known = links.join(people.select("person_id"), on="person_id", how="semi")
    return context.engine.cache(said(ours, known))


def heard(context: Context, told: Frame, shown: Frame, people: Frame) -> Heard:
    """Return those who answered, with what their behaviour shows.

    Parameters
    ----------
    told
        As `said_by` gives it.
    shown
        person_id, motive, strength.
    people
        person_id, relation.
    """
    engine, tables = context.engine, context.results.tables
    shared, grades = _shared(context)
    if "levels" in tables:
        levels = context.result("levels").select("person_id", *CHANCES)
    else:
        kinds = [("person_id", pa.string()), *((name, pa.float64()) for name in CHANCES)]
        levels = engine.table(pa.schema(kinds).empty_table())
    who = engine.collect(standing(told, people, levels)).sort_by("person_id")
    ids = {person: place for place, person in enumerate(who["person_id"].to_pylist())}
    side = np.array(who["side"].to_pylist(), object)
    each = np.array([who[name].to_numpy() for name in CHANCES], float).T.reshape(-1, 4)
    for name, known in shared.items():  # of whom nothing is known: as everybody of their side
        unknown = (side == name) & np.isnan(each).any(1)
        each[unknown] = known.share / known.share.sum()
    columns = {
        kind: {motive: np.full(len(ids), np.nan) for motive in MOTIVES}
        for kind in ("said", "strength")
    }
    if not ids:  # spares everybody's behaviour a join where nobody was asked
        return Heard(side, each, columns["said"], columns["strength"], shared, grades)
    rows = engine.collect(beside(told, shown))
    at = np.array([ids.get(person, -1) for person in rows["person_id"].to_pylist()], np.int64)
    motive = np.array(rows["motive"].to_pylist(), object)
    for kind, column in columns.items():
        values = rows[kind].to_numpy().astype(float)
        for name in MOTIVES:
            here = (motive == name) & (at >= 0)
            column[name][at[here]] = values[here]
    return Heard(side, each, columns["said"], columns["strength"], shared, grades)


def _shared(context: Context) -> tuple[dict[str, Shared], dict[str, Grade]]:
    """Return how many are on each level, by side, and what that rests on."""
    if "level_shares" not in context.results.tables:
        return {}, {}
    rows = context.results.table("level_shares").to_pylist()
    found, grades = {}, {}
    for side in SIDES:
        own = {row["level"]: row for row in rows if row["side"] == side}
        if set(own) != set(LEVELS):
            continue
        share, low, high = (
            np.array([own[level][name] for level in LEVELS], float)
            for name in ("share", "low", "high")
        )
        found[side] = Shared(share, low, high)
        grades[side] = Grade(own[LEVELS[0]]["grade"])
    return found, grades


def shares(people: Heard, smallest: int) -> dict[tuple[str, str], Estimate]:
    """Return the share of each side that comes for each motive, by side and motive.

    Sides of whom too few answered are left out. Without levels to correct by, the answers count as
    they are, and that they stand for all is an assumption.
    """
    rng, found = np.random.default_rng(_SEED), {}
    for side in SIDES:
        for motive in MOTIVES:
            here = (people.side == side) & ~np.isnan(people.said[motive])
            told, many = people.said[motive][here], int(here.sum())
            if many < smallest:
                continue
            if side in people.shared:
                value, drawn = share_of_all(told, people.levels[here], people.shared[side], rng)
            else:
                alone = Shared(np.ones(1), np.ones(1), np.ones(1))
                value, drawn = share_of_all(told, np.ones((many, 1)), alone, rng)
            grade = people.grades.get(side, Grade.ASSUMPTION)
            found[side, motive] = Estimate.from_draws(
                *(drawn, "share"),
                value=value,
                grade=grade,
                people=many,
                name=f"come_for_{motive}_{_PLURAL[side]}",
                table="motive_shares",
            )
    return found


def share_rows(
    people: Heard, found: Mapping[tuple[str, str], Estimate]
) -> Iterable[dict[str, object]]:
    """Yield the rows of the table `motive_shares`."""
    for (side, motive), told in found.items():
        here = people.side == side
        yield {
            "side": side,
            "motive": motive,
            "share": told.value,
            "low": told.low,
            "high": told.high,
            "share_asked": float(np.nanmean(people.said[motive][here])),
            "asked": told.people,
            "grade": told.grade.value,
        }
