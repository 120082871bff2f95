"""Whom to invite to connect: half of them by lot, and once the lot said that it pays, the rest."""

from __future__ import annotations

import math

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from rapport.actions.plays import money, people, play
from rapport.actions.plays.play import INVITING, Play
from rapport.errors import Problem
from rapport.impact.comparing.verdict import CAUSED, LESS, NO, PARTLY
from rapport.impact.connected.judging import FEWEST
from rapport.impact.connected.next_test import UPTAKE
from rapport.impact.experiments.audiences import PEOPLE, SENT, Audiences
from rapport.record.frames import Frame
from rapport.steps.context import Context
from rapport.steps.lately import without_doers
from rapport.steps.plays_facts import Known

SETTLED = frozenset({CAUSED, PARTLY, NO, LESS})
"""What a trial may have said, so that no other is needed."""
PAID = frozenset({CAUSED, PARTLY})
"""What a trial said where the others should be invited as well."""
LEAST = round(2 * FEWEST / UPTAKE)
"""The fewest customers worth a lot: of the half that is invited, about `FEWEST` will connect."""
PART = 0.25
"""The part of the customers that a test takes below which there is no use in one.

A quarter of them shows effects twice as large: half of the gap as it seems, from which on the gap
is said to be caused. With fewer even that would most likely be missed.
"""


def to_invite(context: Context, known: Known) -> Frame | None:
    """Return whom to invite, as `people.listed` takes it; None where there is nothing to test."""
    kind = asked_of(context)
    if not kind or not known.has("connections") or not known.has("orders"):
        return None
    from rapport.steps.breaking_up import money_of

    bought = money_of(context).select("person_id", "number").filter(~nw.col("person_id").is_null())
    bought = without_doers(context, bought, "months")
    return people.to_invite(bought, context.result("connections"), kind)


def rest_to_invite(context: Context, known: Known) -> Frame | None:
    """Return who was not invited so far, as `people.listed` takes it; None where no lot said so."""
    kind = paid_for(context, known)
    if not kind or not known.has("connections") or not known.has("orders"):
        return None
    from rapport.steps.breaking_up import money_of

    bought = money_of(context).select("person_id", "number").filter(~nw.col("person_id").is_null())
    bought = without_doers(context, bought, "months")
    left = bought.join(context.engine.table(_invited(context)), on="person_id", how="anti")
    return people.to_invite(left, context.result("connections"), kind, play.INVITE_REST)


def paid_for(context: Context, known: Known) -> str:
    """Return the way of being connected to which an invitation paid, by lot; empty without one."""
    trial = context.results.facts.get("connection_trial") or {}
    row = known.tried.get(play.INVITE_REST) or known.tried.get(play.INVITE)
    paid = trial.get("said") in PAID and row is not None and row["verdict"] == "worked"
    return str(trial.get("kind") or "") if paid else ""


def _invited(context: Context) -> pa.Table:
    """Return the person_id of everybody who was sent an invitation."""
    kept = Audiences(context.record.root.parent / "audiences")
    try:
        waves = [each for each in kept.waves() if INVITING.intersection((each.play, each.name))]
        drawn = [kept.people(wave) for wave in waves]
    except Problem:  # the step on experiments says so
        drawn = []
    rows = pa.concat_tables([PEOPLE.empty_table(), *drawn])
    return rows.filter(pc.equal(rows["arm"], SENT)).select(["person_id"])


def asked_of(context: Context) -> str:
    """Return the way of being connected to invite to; empty where a trial settled the question."""
    facts = context.results.facts
    trial = facts.get("connection_trial") or {}
    return "" if trial.get("said") in SETTLED else str(facts.get("connection_definition") or "")


def takes(context: Context) -> int:
    """Return how many customers a test takes; 0 where nobody knows."""
    needed = context.results.numbers.get("connection_test_people")
    return round(needed.value) if needed is not None and math.isfinite(needed.value) else 0


def least(needed: int) -> int:
    """Return the fewest customers not yet connected for whom a test is of use.

    Examples
    --------
    >>> least(0), least(15_000)
    (240, 3750)
    """
    return max(LEAST, math.ceil(PART * needed))


def enough(context: Context, many: int) -> bool:
    """Whether a test with so many customers is of use."""
    return many >= least(takes(context))


def invitation_of_the_rest(context: Context, known: Known, many: int) -> Play:
    """Return the play; its money is what the lot said that an invitation brings each."""
    tried = known.tried.get(play.INVITE_REST) or known.tried[play.INVITE]
    brings = money.of_experiment(tried, many)
    return Play(play.INVITE_REST, "play_people", many, brings, paid_for(context, known), many)


def invitation(context: Context, known: Known, many: int) -> Play:
    """Return the play; its money is unknown unless a trial was read that settled nothing."""
    tried = known.tried.get(play.INVITE)
    brings = None if tried is None else money.of_experiment(tried, many)
    return Play(
        play.INVITE, "play_people", many, brings, asked_of(context), many, takes(context)
    )  # fmt: skip
