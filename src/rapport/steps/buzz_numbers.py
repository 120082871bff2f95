"""The numbers on talk: alarms that are open, net sentiment and share of voice with ranges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from rapport.estimate import EDGE, Estimate, Grade
from rapport.listening.buzz.occasions import counts
from rapport.listening.buzz.voice import monday, ratio


@dataclass(frozen=True, slots=True)
class Glance:
    """What the numbers are made from.

    Parameters
    ----------
    alarms
        Rows of `alarms`.
    mood
        Sums over the last thirty days, as `rapport.listening.buzz.counting.moods` gives them.
    voices
        Rows of `voice_rows` for the last thirty days.
    known
        Whether any stream has a past long enough to be watched.
    reach
        Accounts that spoke in the last thirty days, their followers, and those of accounts that
        are not suspicious.
    cost_per_thousand
        What the brand pays for a thousand contacts, and in which currency; None when not set.
    """

    alarms: Sequence[Mapping[str, Any]]
    mood: Mapping[str, Any]
    voices: Sequence[Mapping[str, Any]]
    known: bool
    reach: Mapping[str, int]
    cost_per_thousand: tuple[float, str] | None


def numbers(glance: Glance) -> dict[str, Estimate]:
    """Return every number of the step that can be told."""
    mood = glance.mood
    told = {"recent_messages": Estimate.exact(mood["messages"], "messages", people=mood["people"])}
    if glance.known:
        going = [alarm for alarm in glance.alarms if alarm["ended"] is None and counts(alarm)]
        unexplained = sum(counts(alarm) for alarm in glance.alarms)
        told["alarms_open"] = Estimate.exact(len(going), "alarms", table="alarms")
        told["alarms_raised"] = Estimate.exact(
            len(glance.alarms), "alarms", rows=len(glance.alarms), table="alarms"
        )
        told["alarms_unexplained"] = Estimate.exact(
            unexplained, "alarms", rows=len(glance.alarms), table="alarms"
        )
    net = _net(mood)
    if net is not None:
        told["net_sentiment"] = net
    share = _share(glance.voices)
    if share is not None:
        told["share_of_voice"] = share
    told |= _beside(glance)
    table = {"recent_messages": "buzz_by_day", "net_sentiment": "buzz_by_day"}
    return {
        name: each.based_on(name=name, table=each.table or table.get(name, "voice"))
        for name, each in told.items()
    }


def _beside(glance: Glance) -> dict[str, Estimate]:
    """Return reach, and what it would have cost as ads: counts beside, in no return."""
    accounts, followers = glance.reach["accounts"], glance.reach["followers"]
    if not accounts:
        return {}
    basis: dict[str, Any] = {"rows": accounts, "table": "buzz_by_day"}
    genuine = glance.reach["genuine"]
    told = {
        "potential_reach": Estimate.exact(followers, "followers", **basis),
        "potential_reach_genuine": Estimate.exact(genuine, "followers", grade=Grade.MODEL, **basis),
    }
    if glance.cost_per_thousand is not None:
        cost, currency = glance.cost_per_thousand
        told["earned_media_value"] = Estimate.exact(
            followers / 1000 * cost, currency, grade=Grade.ASSUMPTION, **basis
        )
    return told


def _net(mood: Mapping[str, Any]) -> Estimate | None:
    part, whole = mood["positive"] - mood["negative"], mood["positive"] + mood["negative"]
    squares = (mood["net_net"], mood["net_told"], mood["told_told"])
    found = ratio(part, whole, squares, mood["people"])
    if found is None:
        return None
    return _estimate(found, -1.0, "net sentiment", Grade.MODEL, (mood["people"], whole))


def _share(voices: Sequence[Mapping[str, Any]]) -> Estimate | None:
    """Return the brand's share; None when no competitor is mentioned, since 100 % says nothing."""
    brands = [row for row in voices if row["target_kind"] == "brand"]
    if len(brands) != 1 or len(voices) < 2 or brands[0]["share_low"] is None:
        return None
    row = brands[0]
    found = row["share"], row["share_low"], row["share_high"]
    return _estimate(
        found, 0.0, "share of voice", Grade.COUNT, (row["all_people"], row["all_messages"])
    )


def _estimate(
    found: tuple[float, float, float],
    least: float,
    source: str,
    grade: Grade,
    basis: tuple[int, int],
) -> Estimate:
    value, low, high = found
    error = (high - low) / 2 / EDGE
    made = Estimate.normal(value, error, "share", source=source, grade=grade)
    return Estimate(
        value, "share", grade, max(made.low, least), min(made.high, 1.0),
        people=basis[0], rows=basis[1], draws=made.draws,
    )  # fmt: skip


def voice_rows(sums: pa.Table) -> list[dict[str, Any]]:
    """Return rows of `voice`: each target's share of voice and net sentiment, with ranges.

    Parameters
    ----------
    sums
        As `rapport.listening.buzz.voice.voices` gives them.
    """
    rows = sums.to_pylist()
    rows.sort(key=lambda row: (row["week"], row["channel"], -row["messages"], row["target"]))
    told = []
    for row in rows:
        squares = (row["own_own"], row["own_all"], row["all_all"])
        share = ratio(row["messages"], row["all_messages"], squares, row["all_people"])
        moods = (row["net_net"], row["net_told"], row["told_told"])
        up, down = row["positive"], row["negative"]
        net = ratio(up - down, up + down, moods, row["people"])
        told.append(
            {
                **row,
                "week": monday(row["week"]),
                **_bounded("share", share, 0.0),
                **_bounded("net", net, -1.0),
            }
        )
    return told


def _bounded(
    name: str, found: tuple[float, float, float] | None, least: float
) -> dict[str, float | None]:
    if found is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    value, low, high = found
    return {name: value, f"{name}_low": max(low, least), f"{name}_high": min(high, 1.0)}
