"""What each person did until each month, as the model of levels reads it.

What somebody did counts less with every month: slowly (`LONG`) for what they are like, fast (`NOW`)
for their mood. Sums are kept where something happened only, and fade from there on by themselves,
so that nobody takes up a row for a month of silence.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import narwhals as nw
import numpy as np

from rapport.engagement.trajectory.silence import Habit, Silence, with_chance_left
from rapport.record.frames import Frame, Keep, as_is, distinct, light_sum, month_number

LONG, NOW = 0.97, 0.75
"""What is left of a deed after a month, as it tells of the person, and of their mood."""

DEEDS: Mapping[str, Mapping[str, float]] = {
    "buying": {"orders": 1.0},
    "looking": {"visits": 1.0, "store_visits": 1.0},
    "praising": {"praise": 1.0, "recommendations": 1.0},
    "complaining": {"complaints": 1.0, "leaving": 2.0},
    "unheard": {"unheard": 1.0},
    "asking": {"questions": 1.0, "wishes": 1.0},
    "reacting": {"reactions": 1.0},
    "referring": {"referrals": 1.0, "referred": 1.0},
    "attending": {"events": 1.0},
}
"""Which counts of `person_months` make up each kind of deed, and how much each counts."""

MOODS = ("looking", "praising", "complaining", "unheard", "reacting")
COUNTS = tuple(dict.fromkeys(name for parts in DEEDS.values() for name in parts))

BEFORE: Mapping[str, float] = {
    "buying": 0.5,
    "looking": 0.3,
    "praising": 0.8,
    "complaining": -0.6,
    "unheard": -0.4,
    "asking": 0.1,
    "reacting": 0.3,
    "referring": 1.0,
    "attending": 0.4,
    "looking_now": 0.1,
    "praising_now": 0.2,
    "complaining_now": -0.6,
    "unheard_now": -0.4,
    "reacting_now": 0.2,
    "silence": -0.25,
    "never_bought": -0.5,
    "connected": 0.5,
    "disconnected": -0.5,
}
"""Weights known beforehand, in log odds of being one level closer: ours, from published relations
(speaking well and referring go with the closest levels, complaining and not being heard with the
farthest, prospects are less willing than customers). Answers to a survey move them."""

COLUMNS = tuple(BEFORE)
_DAYS = 365.25 / 12
_EARLY, _LATE = -1_000_000, 1_000_000
_PERSON = ("person_id", "number")


def happenings(person_months: Frame, connections: Frame, known: Frame) -> Frame:
    """Return what happened to each person in each month: deeds, and connections begun and ended.

    Parameters
    ----------
    person_months
        As the step `months` writes it.
    connections
        person_id, kind, since, until; contacts are left out, since talking counts by itself.
    known
        person_id, first_seen: a person is known from then on, or from the first deed.

    Returns
    -------
    Frame
        person_id, number (of the month), each of `COUNTS`, begun, ended (Int64).
    """
    kept = connections.filter(nw.col("kind") != "contact")
    parts = [
        _padded(person_months, month_number(nw.col("month")), COUNTS, None),
        _padded(kept, month_number(nw.col("since")), (), "begun"),
        _padded(
            kept.filter(~nw.col("until").is_null()), month_number(nw.col("until")), (), "ended"
        ),
        _padded(
            known.filter(~nw.col("first_seen").is_null()),
            month_number(nw.col("first_seen")),
            (),
            None,
        ),
    ]
    whole = nw.concat(parts, how="vertical")
    names = (*COUNTS, "begun", "ended")
    return whole.group_by(*_PERSON).agg(**{name: light_sum(nw.col(name)) for name in names})


def _padded(frame: Frame, number: nw.Expr, counts: Sequence[str], one: str | None) -> Frame:
    columns = {
        name: nw.col(name).cast(nw.Int64()) if name in counts else nw.lit(0).cast(nw.Int64())
        for name in COUNTS
    }
    ends = {name: nw.lit(int(name == one)).cast(nw.Int64()) for name in ("begun", "ended")}
    return frame.select("person_id", number=number.cast(nw.Int64()), **columns, **ends)


def states(happenings: Frame, first: int) -> Frame:
    """Return each person's sums from each month in which something happened on.

    Sums are told as if faded back to the month `first`, so that one number serves all later months.

    Parameters
    ----------
    happenings
        As `happenings` gives them.
    first
        Number of a month at or before the first of the record.

    Returns
    -------
    Frame
        person_id, number, next_number (of the next such month; null for the last), a sum for each
        of `DEEDS` and `MOODS`, times (orders so far), bought_first, bought_last (months; of
        no meaning while times is 0), begun, ended (so far).
    """
    since = (nw.col("number") - first).cast(nw.Float64())
    raised = {}
    for deed, parts in DEEDS.items():
        amount = _amount(parts)
        raised[deed] = amount * (since * -math.log(LONG)).exp()
        if deed in MOODS:
            raised[f"{deed}_now"] = amount * (since * -math.log(NOW)).exp()
    buys = nw.col("orders") > 0
    counted = {"times": "orders", "begun": "begun", "ended": "ended"}
    marked = happenings.select(
        *_PERSON,
        **{name: nw.col(column).cast(nw.Float64()) for name, column in counted.items()},
        **raised,
        # a running extreme is null where its own row is, so months without an order hold a bound
        bought_first=nw.when(buys).then(nw.col("number")).otherwise(_LATE),
        bought_last=nw.when(buys).then(nw.col("number")).otherwise(_EARLY),
    )
    by = {"order_by": ["number"]}
    summed = {n: nw.col(n).cum_sum().over("person_id", **by) for n in (*raised, *counted)}
    return marked.with_columns(
        **{n: each.cast(nw.Int64()) if n in counted else each for n, each in summed.items()},
        bought_first=nw.col("bought_first").min().over("person_id"),
        bought_last=nw.col("bought_last").cum_max().over("person_id", **by),
        next_number=nw.col("number").shift(-1).over("person_id", **by),
    )


def _amount(parts: Mapping[str, float]) -> nw.Expr:
    total = nw.lit(0.0)
    for name, times in parts.items():
        total = total + nw.col(name).cast(nw.Float64()) * times
    return total


def standing(states: Frame, wanted: Frame) -> Frame:
    """Return each person's state in each wanted month in which they were known.

    Parameters
    ----------
    states
        As `states` gives them.
    wanted
        person_id, wanted (number of a month); or wanted alone, for everybody.

    Returns
    -------
    Frame
        The columns of `states`, and wanted.
    """
    here = (nw.col("number") <= nw.col("wanted")) & (nw.col("wanted") < nw.col("until"))
    until = nw.col("next_number").fill_null(_LATE)
    if "person_id" in wanted.collect_schema().names():
        joined = states.with_columns(until=until).join(wanted, on="person_id", how="inner")
        return joined.filter(here).drop("until")
    # few spells from one month to another are many people's: each is compared with months once
    spells = distinct(states.select("number", until=until))
    held = spells.join(wanted, how="cross").filter(here)
    told = states.with_columns(until=until).join(held, on=["number", "until"], how="inner")
    return told.drop("until")


def columns(first: int) -> dict[str, nw.Expr]:
    """Return the columns that the model reads, as expressions on a standing.

    Parameters
    ----------
    first
        The month that `states` was told for.
    """
    since = (nw.col("wanted") - first).cast(nw.Float64())
    long, now = (since * math.log(LONG)).exp(), (since * math.log(NOW)).exp()
    made = {deed: (nw.col(deed) * long + 1.0).log() for deed in DEEDS}
    made |= {f"{deed}_now": (nw.col(f"{deed}_now") * now + 1.0).log() for deed in MOODS}
    silent = nw.when(nw.col("times") > 0).then(nw.col("wanted") - nw.col("bought_last"))
    made["silence"] = (silent.fill_null(0).cast(nw.Float64()) + 1.0).log()
    made["never_bought"] = (nw.col("times") == 0).cast(nw.Float64())
    made["connected"] = (nw.col("begun") > nw.col("ended")).cast(nw.Float64())
    ended = (nw.col("ended") > 0) & (nw.col("ended") >= nw.col("begun"))
    made["disconnected"] = ended.cast(nw.Float64())
    return {name: made[name] for name in COLUMNS}


def scored(
    standing: Frame, first: int, weights: np.ndarray, habit: Habit | None, keep: Keep = as_is
) -> Frame:
    """Return each standing with its side, its linear score, and its chance of having left.

    Parameters
    ----------
    first
        The month that `states` was told for.
    weights
        One for each of `COLUMNS`.
    habit
        How customers buy and leave; None where that could not be learnt.
    keep
        What is done with the chances of having left, of which there are few, before they are
        joined to people.

    Returns
    -------
    Frame
        person_id, wanted, times, side ("customer" for whoever had bought by then, else
        "prospect"), score, gone (0 for prospects).
    """
    total = nw.lit(0.0)
    for (_, column), weight in zip(columns(first).items(), weights.tolist(), strict=True):
        total = total + column * weight
    is_customer = nw.col("times") > 0
    told = standing.select(
        *("person_id", "wanted", "times"),
        *_silence(),
        side=nw.when(is_customer).then(nw.lit("customer")).otherwise(nw.lit("prospect")),
        score=total,
    )
    kept = ("person_id", "wanted", "times", "side", "score", "gone")
    if habit is None:
        return told.with_columns(gone=nw.lit(0.0)).select(*kept)
    left = keep(_chances(standing, habit))
    joined = told.join(left, on=list(_SILENCE), how="left")
    return joined.with_columns(gone=nw.col("gone").fill_null(0.0)).select(*kept)


_SILENCE = ("bought", "spell", "silent")


def _silence() -> list[nw.Expr]:
    """Return what a chance of having left rests on, in whole months; 0 for who never bought."""
    times, last = nw.col("times"), nw.col("bought_last")
    parts = (times, last - nw.col("bought_first"), nw.col("wanted") - last)
    return [
        nw.when(times > 0).then(part).otherwise(0).cast(nw.Int64()).alias(name)
        for name, part in zip(_SILENCE, parts, strict=True)
    ]


def _chances(standing: Frame, habit: Habit) -> Frame:
    """Return the chance of having left of each silence that some customer keeps."""
    each = distinct(standing.filter(nw.col("times") > 0).select(*_silence()))
    spell, silent = (nw.col(name).cast(nw.Float64()) * _DAYS for name in ("spell", "silent"))
    again = nw.col("bought") - 1
    told = with_chance_left(each, habit, "gone", Silence(again, spell, silent + 1.0, silent + 1.0))
    return told.select(*_SILENCE, "gone")
