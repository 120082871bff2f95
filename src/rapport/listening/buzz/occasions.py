"""What explains talk: days that the brand knows of, and what it published itself."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from rapport.record.frames import Frame, days_between, distinct, whole_sum

KINDS = ("launch", "promotion", "holiday", "store_event", "price")
"""Kinds of events that people talk about without anything being wrong."""
TROUBLES = ("crisis", "outage")
"""Kinds of events that name a crisis which the brand knows of."""
_SOON = 2  # days after its first in which an event sets off talk
_BESIDE = dt.timedelta(days=1)
_NEW = 7  # days


_SIZE = re.compile(r"\s[-+]?\d+([.,]\d+)?$")  # a calendar's size, which stands behind its note


@dataclass(frozen=True, slots=True)
class Occasion:
    """A known event: its kind, what it is called, its first day and its last."""

    kind: str
    note: str
    first: dt.date
    last: dt.date


def occasions(rows: Iterable[Mapping[str, Any]]) -> list[Occasion]:
    """Return events of the record as spans: days in a row of one kind and note are one.

    Parameters
    ----------
    rows
        day, kind, note.

    Examples
    --------
    >>> days = [dt.date(2025, 11, 22), dt.date(2025, 11, 23), dt.date(2025, 11, 30)]
    >>> found = occasions({"day": d, "kind": "promotion", "note": "BLACK20"} for d in days)
    >>> [(each.first.day, each.last.day) for each in found]
    [(22, 23), (30, 30)]
    """
    wanted = {*KINDS, *TROUBLES}
    known = {
        (row["kind"], _SIZE.sub("", row["note"] or ""), row["day"])
        for row in rows
        if row["kind"] in wanted
    }
    spans: list[Occasion] = []
    for kind, note, day in sorted(known):
        last = spans[-1] if spans else None
        if last and (last.kind, last.note) == (kind, note) and day - last.last <= _BESIDE:
            spans[-1] = Occasion(kind, note, last.first, day)
        else:
            spans.append(Occasion(kind, note, day, day))
    return sorted(spans, key=lambda each: (each.first, each.kind, each.note))


def coinciding(
    began: dt.date, flagged: dt.date, *, crisis: bool, known: Sequence[Occasion]
) -> Occasion | None:
    """Return the known event with which talk began; None when there is none.

    Talk of a launch, a promotion or a holiday begins within a day of its first three days. What is
    complained of is not explained by a holiday: only a crisis that the brand entered itself names
    it, when they overlap.

    Parameters
    ----------
    began, flagged
        The day on which the talk began, and that on which it was known to be out of the usual.
    crisis
        Whether it is a crisis.
    known
        As `occasions` gives them.
    """
    found = []
    for each in known:
        if (each.kind in TROUBLES) != crisis:
            continue
        soon = each.last if crisis else min(each.last, each.first + dt.timedelta(days=_SOON))
        until = flagged if crisis else began
        if each.first - _BESIDE <= until and began <= soon + _BESIDE:
            found.append(each)
    order = (*TROUBLES, *KINDS)
    return min(found, key=lambda e: (abs(began - e.first), order.index(e.kind)), default=None)


def counts(alarm: Mapping[str, Any]) -> bool:
    """Return whether nothing explains an alarm: no known event, own posts or few authors.

    A crisis counts even if the brand knows of it.

    Parameters
    ----------
    alarm
        kind, burst, explained_kind of a row of the table `alarms`.

    Examples
    --------
    >>> counts({"kind": "praise", "burst": None, "explained_kind": "holiday"})
    False
    >>> counts({"kind": "crisis", "burst": None, "explained_kind": "crisis"})
    True
    """
    if alarm.get("burst") is not None:
        return False
    return alarm["kind"] == "crisis" or alarm.get("explained_kind") is None


def own_posts(said: Frame, posts: Frame) -> Frame:
    """Return which messages stand under a post of the brand that was less than a week old.

    Parameters
    ----------
    said
        As `rapport.listening.buzz.counting.heard` gives it.
    posts
        The table `post` of the record.

    Returns
    -------
    Frame
        message_id, post_id.
    """
    published = (
        posts.filter(~nw.col("channel").is_null())
        .group_by("channel", "post_id")
        .agg(published=nw.col("published_on").min())
    )
    below = said.filter(~nw.col("in_reply_to").is_null()).with_columns(
        post_id=nw.col("in_reply_to")
    )
    joined = below.join(published, on=["channel", "post_id"], how="inner")
    age = days_between(nw.col("published"), nw.col("occurred_on"))
    later = nw.col("occurred_on") >= nw.col("published")
    return distinct(joined.filter(later, age < _NEW).select("message_id", "post_id"))


def authors(said: Frame) -> Frame:
    """Return one row: messages, the people who wrote them, and the most that one of them wrote."""
    who = nw.coalesce(nw.col("person_id"), nw.col("message_id"))
    each = said.select(who=who).group_by("who").agg(n=nw.len())
    each = each.with_columns(n=nw.col("n").cast(nw.Int64()))
    return each.select(
        messages=whole_sum(nw.col("n")).fill_null(0),
        people=nw.len().cast(nw.Int64()),
        most=nw.col("n").max(),
    )
