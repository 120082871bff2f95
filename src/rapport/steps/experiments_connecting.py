"""What connecting brings, by lot: the invitation to connect, read back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from rapport.actions.plays.play import INVITING
from rapport.engagement.connections import FOLLOW
from rapport.estimate import EDGE, Estimate, Grade
from rapport.impact.comparing.verdict import (
    CANNOT_TELL,
    CAUSED,
    LESS,
    MOST_OF_IT,
    NEXT_TO_NOTHING,
    NO,
    PARTLY,
)
from rapport.impact.experiments.arms import Arm
from rapport.impact.experiments.audiences import HELD, LOOK, SENT, Wave
from rapport.impact.experiments.reading import COLUMNS, arms_of
from rapport.impact.experiments.regression import Reading
from rapport.impact.experiments.uptake import Moved, moved
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context

MONTH = 365.25 / 12
"""Days of a month: the gap of the connected is told by month, a trial over its own days."""
READ = frozenset({"worked", "harmed", "not seen"})
"""Verdicts of `experiments` that rest on a measured effect."""
NOBODY, FEW, NO_MORE = "nobody connected", "few connected", "no more connected"
_ENDS = ("", "_low", "_high")

TRIALS = pa.schema(
    [
        ("audience", pa.string()), ("written_on", pa.date32()), ("until", pa.date32()),
        ("kind", pa.string()),
        *((name, pa.int64()) for name in (
            "look", "looks", "sent", "held_out", "connected_sent", "connected_held")),
        *((f"{name}{end}", pa.float64())
          for name in ("uptake", "invited", "connecting") for end in _ENDS),
        *((name, pa.string()) for name in ("whose", "verdict", "said", "why", "money", "grade")),
    ]
)  # fmt: skip
LOTS = pa.schema(
    [("wave", pa.int64()), ("begins", pa.timestamp("us", "UTC")),
     ("ends", pa.timestamp("us", "UTC")), ("kind", pa.string())]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Trial:
    """One invitation as it was read: its row, what it did, and how many stand behind it."""

    row: Mapping[str, Any]
    found: Moved | None = None
    people: int = 0

    @property
    def days(self) -> int:
        """Over how many days it was read; 0 where it was not."""
        until = self.row.get("until")
        return (until - self.row["written_on"]).days if until else 0


def connecting(
    context: Context, waves: Sequence[Wave], rows: Sequence[Mapping[str, Any]], sums: pa.Table
) -> StepResult:
    """Write what invitations to connect did; nothing where nobody was invited.

    Parameters
    ----------
    waves, rows
        The audiences with a hold-out, and for each its row of the table `experiments`.
    sums
        As `reading.arm_sums` gives them.
    """
    known, smallest = context.results, context.settings.people.smallest_group
    gap = known.numbers.get("connection_naive")
    found = [
        (wave, trial(row, arms_of(sums, number), kind, gap.value if gap else 0.0, smallest))
        for number, (wave, row) in enumerate(zip(waves, rows, strict=True))
        if (kind := kind_of(wave, known.facts))
    ]
    if not found:
        return StepResult()
    table = pa.Table.from_pylist([dict(each.row) for _, each in found], TRIALS)
    told = chosen([each for _, each in found])
    (wave,) = (wave for wave, each in found if each is told)
    return StepResult(
        numbers(told, context.settings.currency),
        {"connection_trials": context.write("connection_trials", table)},
        untold(told, smallest),
        facts=facts(told, wave),
    )


def kind_of(wave: Wave, facts: Mapping[str, Any]) -> str:
    """Return the way to connect that an audience invites to; empty where it invites to none."""
    if not INVITING.intersection((wave.play, wave.name)):
        return ""
    return wave.about or str(facts.get("connection_definition") or FOLLOW)


def lots(context: Context, due: Mapping[int, Wave], today: dt.date) -> pa.Table:
    """Return wave, begins, ends and kind, as `connecting.took_up` takes them."""
    zone = ZoneInfo(context.settings.time_zone)

    def midnight(wave: Wave, days: int) -> dt.datetime:
        day = wave.written_on + dt.timedelta(days=days + 1)
        return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)

    rows = [
        {"wave": number, "begins": midnight(wave, 0), "ends": midnight(wave, look[1]),
         "kind": kind_of(wave, context.results.facts)}
        for number, wave in due.items()
        if (look := wave.look(today)) is not None
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, LOTS)


def trial(
    row: Mapping[str, Any], arms: Mapping[str, Arm], kind: str, gap: float, smallest: int
) -> Trial:
    """Return what an invitation did.

    Parameters
    ----------
    row
        Of the table `experiments`.
    arms
        Sums over those sent and held out, in the order of `reading.COLUMNS`.
    gap
        The gap as it seems, a month; not above nil where it is not known.
    smallest
        The fewest people of whom anything is said.
    """
    names = ("audience", "written_on", "until", "look", "looks", "sent", "held_out", "verdict")
    told = {name: row.get(name) for name in names} | {
        "kind": kind, "why": row["why"], "said": CANNOT_TELL, "grade": Grade.EXPERIMENT.value,
        "money": row.get("money"),
    }  # fmt: skip
    if row["verdict"] not in READ:
        return Trial(told)
    before = tuple(COLUMNS.index(name) for name in ("connected", "past_margin", "past_orders"))
    sent, held = (arms[each].with_outcome(COLUMNS.index("margin"), before) for each in (SENT, HELD))
    found = moved(sent, held, int(row["looks"]))
    took = [round(float(arm.mean[1]) * arm.people) for arm in (sent, held)]
    told |= {"connected_sent": took[0], "connected_held": took[1]}
    told |= _of("uptake", found.uptake) | _of("invited", found.invited)
    told["why"] = _why(found, took, smallest)
    read = Trial(told, found, sent.people + held.people)
    if told["why"]:
        return read
    value, low, high = found.value, found.low, found.high
    told |= {"connecting": value, "connecting_low": low, "connecting_high": high}
    months = read.days / MONTH
    told["whose"] = "connected" if took[1] == 0 else "moved"
    told["said"] = said_of(value / months, low / months, high / months, gap)
    return read


def said_of(value: float, low: float, high: float, gap: float) -> str:
    """Return what a trial says of being connected, by the thresholds of the comparisons.

    Parameters
    ----------
    value, low, high
        The effect a month of connecting, with its 90 % range: wrong above nil one time in twenty.
    gap
        The gap as it seems; not above nil where it is not known.

    Examples
    --------
    >>> [said_of(*effect, 6.0) for effect in ((4, 1, 7), (2, 1, 3), (0, -1, 1), (0, -9, 9))]
    ['caused', 'partly', 'no', 'cannot tell']
    """
    if low > 0:
        return CAUSED if value >= MOST_OF_IT * gap else PARTLY
    if high < 0:
        return LESS
    return NO if high < NEXT_TO_NOTHING * gap else CANNOT_TELL


def chosen(trials: Sequence[Trial]) -> Trial:
    """Return the trial that the letter speaks of: of those read the one with most people.

    An invitation written every week draws only new people by lot, so that later waves are small.
    Without any that was read it is the newest.
    """
    read = [each for each in trials if each.found is not None]
    if read:
        return max(read, key=lambda each: (each.people, each.row["written_on"]))
    return max(trials, key=lambda each: each.row["written_on"])


def numbers(told: Trial, currency: str) -> dict[str, Estimate]:
    """Return the named numbers of a trial; none where it was not read."""
    if told.found is None:
        return {}
    basis: dict[str, Any] = {
        "grade": Grade.EXPERIMENT, "people": told.people, "rows": told.people,
        "table": "connection_trials",
    }  # fmt: skip
    found, unit = told.found, f"{currency} per customer"
    made = {
        name: Estimate.normal(
            each.value, (each.high - each.low) / 2 / EDGE, each_unit, source=name, name=name,
            **basis,
        )
        for name, each, each_unit in (
            ("connection_trial_invited", found.invited, unit),
            ("connection_trial_uptake", found.uptake, "share"),
        )
    }  # fmt: skip
    if not told.row["why"]:
        months = told.days / MONTH
        for name, per, each in (
            ("connection_trial", unit, 1.0),
            ("connection_trial_monthly", f"{currency} per month", months),
        ):
            ends = (found.low / each, found.high / each)
            made[name] = Estimate(
                found.value / each, per, low=ends[0], high=ends[1], name=name, **basis
            )
    return made


def facts(told: Trial, wave: Wave) -> dict[str, Any]:
    """Return the fact `connection_trial`: what the trial said, or on which day it will be read."""
    row = told.row
    names = ("verdict", "said", "why", "kind", "sent", "held_out", "connected_sent",
             "connected_held", "whose")  # fmt: skip
    due = wave.written_on + dt.timedelta(days=min(LOOK, wave.window))
    plain = {name: row.get(name) for name in names}
    days = {"written_on": row["written_on"].isoformat(), "days": told.days}
    return {"connection_trial": plain | days | {"due": due.isoformat()}}


def untold(told: Trial, smallest: int) -> tuple[Untold, ...]:
    """Return why nothing is said of those who connected, where the trial itself was read."""
    if told.found is None or not told.row["why"]:
        return ()
    known = {
        NOBODY: (
            Said("Nobody of those drawn is known to have connected since the lot."),
            Said("Add newer lists of followers or members, or invite to something worth it."),
        ),
        FEW: (
            Said("Of those invited, fewer than {n} connected since the lot.", {"n": smallest}),
            Said("Wait for the next look, or invite more people."),
        ),
        NO_MORE: (
            Said("No more of those invited connected than of those held out that chance could "
                 "not explain."),
            Said("Invite more people, or invite to something worth it."),
        ),
    }  # fmt: skip
    question = Said("What does connecting bring those who connected because they were invited?")
    return (Untold(question, *known[told.row["why"]]),)


def _of(name: str, reading: Reading) -> dict[str, float]:
    return {name: reading.value, f"{name}_low": reading.low, f"{name}_high": reading.high}


def _why(found: Moved, took: Sequence[int], smallest: int) -> str:
    if not any(took):
        return NOBODY
    if not found.bounded:
        return NO_MORE
    return FEW if took[0] < smallest else ""
