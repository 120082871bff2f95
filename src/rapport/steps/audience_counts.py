"""Audience counts with and without suspicious accounts, and the numbers told of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapport.estimate import EDGE, Estimate, Grade
from rapport.people.authenticity_share import possible_counts
from rapport.people.authenticity_signs import Numbers
from rapport.record.frames import Frame, whole_sum
from rapport.steps.audience_growth import DOUBT, Course
from rapport.steps.audience_reactions import Reacted
from rapport.steps.context import Context

ENOUGH = 0.1  # of the known followers, who show a profile or came in a burst
COMPLETE = 0.95  # of the followers counted; from here on the known ones stand for all

SCHEMA = pa.schema(
    [("channel", pa.string()), ("what", pa.string()),
     *((name, pa.float64()) for name in (
         "counted", "known", "suspicious", "suspicious_low", "suspicious_high",
         "without", "without_low", "without_high"))]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Judged:
    """The patterns of all accounts and what was made of them.

    Parameters
    ----------
    channels, is_follower, people, burst, known_well
        Of each pattern: its channel, whether its accounts are known to follow, how many they are,
        the share of their day's arrivals that was a burst, and whether enough of the profile is
        known to judge by.
    chances
        Possible probabilities: shape (fits, patterns).
    """

    channels: NDArray[Any]
    is_follower: NDArray[np.bool_]
    people: Numbers
    burst: Numbers
    known_well: NDArray[np.bool_]
    chances: NDArray[np.float64]

    def can_tell(self, channel: str) -> bool:
        """Return whether enough is known of a channel's followers: profiles, or bursts."""
        here = self.is_follower & (self.channels == channel)
        many = self.people[here]
        shown = many[self.known_well[here] | (self.burst[here] > 0)].sum()
        return bool(many.sum() > 0 and shown >= ENOUGH * many.sum())

    def told(self) -> list[str]:
        """Return the channels of whose followers enough is known."""
        return [c for c in sorted(set(self.channels[self.is_follower])) if self.can_tell(c)]

    def suspicious(self, *channels: str) -> Estimate | None:
        """Return how many of the known followers of some channels are bought; None if unknown."""
        chosen = self.is_follower & np.isin(self.channels.astype(str), channels)
        known = float(self.people[chosen].sum())
        if not known or not all(self.can_tell(channel) for channel in channels):
            return None
        counts = possible_counts(self.chances[:, chosen], self.people[chosen], self.burst[chosen])
        return Estimate.from_draws(
            counts, "accounts", value=float(np.median(counts)), grade=Grade.MODEL,
            people=int(known), rows=int(known),
        )  # fmt: skip

    def known(self, channel: str) -> float:
        """Return how many followers of a channel are known by name."""
        return float(self.people[self.is_follower & (self.channels == channel)].sum())


def clean_rows(
    context: Context, judge: Judged, found: tuple[Course, ...], reacted: Reacted
) -> pa.Table:
    """Return by channel every count of its audience: as counted, suspicious, and without them.

    Returns
    -------
    Table
        channel; what ("followers": as the network counts them, "known followers": accounts known
        by name, "gained": new followers of the days on record, "reactions": likes, shares and
        comments by known accounts); counted; known (of those counted, how many are known by
        name); suspicious and without, each with its range, null where it cannot be told.
    """
    totals = _totals(context)
    engaged = {
        row["channel"]: _scaled(row, reacted.scale.get(row["channel"], 1.0))
        for row in _engaged(context, reacted.told)
    }
    named = set(judge.channels[judge.is_follower].tolist())
    courses = {c.channel: c for c in found if c.counted_by == "network"}
    rows: list[dict[str, Any]] = []
    for channel in sorted({*totals, *named, *courses, *engaged}):
        known = judge.known(channel)
        suspicious = judge.suspicious(channel)
        counted = totals.get(channel)
        if counted is not None:
            whole = suspicious is not None and known >= COMPLETE * counted
            scaled = suspicious * (counted / known) if whole and suspicious is not None else None
            rows.append(_row(channel, "followers", counted, known, scaled))
        if known:
            rows.append(_row(channel, "known followers", known, known, suspicious))
        if channel in courses:
            gained = float(np.nansum(courses[channel].counts))
            rows.append(_row(channel, "gained", gained, None, _in_bursts(courses[channel])))
        if channel in engaged:
            rows.append(_reactions(channel, engaged[channel]))
    return pa.Table.from_pylist(rows, schema=SCHEMA)


def numbers(judge: Judged, found: tuple[Course, ...], rows: pa.Table) -> dict[str, Estimate]:
    """Return the numbers told of audiences."""
    made: dict[str, Estimate] = {}
    every = int(judge.people[judge.is_follower].sum())
    if every:
        basis: dict[str, Any] = {"people": every, "rows": every, "table": "accounts_judged"}
        made["known_followers"] = Estimate.exact(every, "accounts").based_on(**basis)
    told = judge.told()
    suspicious = judge.suspicious(*told)
    if suspicious is not None:
        known = sum(judge.known(channel) for channel in told)
        basis = {"people": int(known), "rows": int(known), "table": "audience_clean"}
        made["suspicious_followers"] = suspicious.based_on(**basis)
        made["suspicious_share"] = _share(suspicious, known).based_on(**basis)
    network = [c for c in found if c.counted_by == "network"]
    if network:
        days = int(sum(np.isfinite(c.counts).sum() for c in network))
        many = sum(len(c.found) for c in found_once(found))
        made["growth_bursts"] = Estimate.exact(many, "bursts").based_on(
            people=0, rows=days, table="audience_growth"
        )
    reacted = [row for row in rows.to_pylist() if row["what"] == "reactions"]
    if sum(row["counted"] for row in reacted):
        made["pod_reaction_share"] = _reaction_share(reacted)
    return {name: each.based_on(name=name) for name, each in made.items()}


def found_once(found: tuple[Course, ...]) -> tuple[Course, ...]:
    """Return one course for each channel: the network's own count where there is one."""
    counted = {c.channel for c in found if c.counted_by == "network"}
    return tuple(c for c in found if c.counted_by == "network" or c.channel not in counted)


def _share(count: Estimate, known: float) -> Estimate:
    share = count * (1 / known)
    return Estimate(
        share.value, "share", Grade.MODEL, max(share.low, 0.0), min(share.high, 1.0),
        draws=share.draws,
    )  # fmt: skip


def _reaction_share(reacted: list[dict[str, Any]]) -> Estimate:
    every = sum(row["counted"] for row in reacted)
    value, low, high = (
        sum(row[name] for row in reacted) / every
        for name in ("suspicious", "suspicious_low", "suspicious_high")
    )
    return Estimate(
        value, "share", Grade.MODEL, min(low, value), min(max(high, value), 1.0),
        rows=int(every), people=0, table="audience_clean",
    )  # fmt: skip


def _row(
    channel: str, what: str, counted: float, known: float | None, suspicious: Estimate | None
) -> dict[str, Any]:
    row: dict[str, Any] = {"channel": channel, "what": what, "counted": counted, "known": known}
    if suspicious is None:
        return row
    low, high = max(0.0, suspicious.low), min(counted, suspicious.high)
    return row | {
        "suspicious": suspicious.value,
        "suspicious_low": low,
        "suspicious_high": high,
        "without": counted - suspicious.value,
        "without_low": counted - high,
        "without_high": counted - low,
    }


def _in_bursts(course: Course) -> Estimate:
    """Return how many of those who came, came in bursts beyond what was expected."""
    value = sum(burst.excess * (DOUBT if cause else 1.0) for burst, cause in course.found)
    low = sum(burst.low for burst, cause in course.found if not cause)
    high = sum(burst.high for burst, _ in course.found)
    return Estimate(value, "people", Grade.MODEL, min(low, value), max(high, value))


def _totals(context: Context) -> dict[str, float]:
    """Return followers of each channel as last counted by the network itself."""
    audience = context.facts("audience").filter(~nw.col("followers").is_null())
    last = audience.with_columns(newest=nw.col("day").max().over("channel"))
    rows = (
        last.filter(nw.col("day") == nw.col("newest"))
        .group_by("channel")
        .agg(followers=nw.col("followers").max())
    )
    brand = (
        context.facts("account")
        .filter(
            nw.col("is_brand").fill_null(value=False)
            & ~nw.col("followers").is_null()
            & ~nw.col("channel").is_null()
        )
        .group_by("channel")
        .agg(followers=nw.col("followers").max())
    )
    by_account, by_day = (
        {
            row["channel"]: float(row["followers"])
            for row in context.engine.collect(frame).to_pylist()
        }
        for frame in (brand, rows)
    )
    return by_account | by_day


def _engaged(context: Context, reacted: Frame) -> list[dict[str, Any]]:
    """Return sums over reactions by channel: all, and those of accounts that are suspected."""
    verdict = context.result("accounts_judged").select(
        "source", "account_id", "channel", "suspicion", "verdict"
    )
    each = reacted.group_by("source", "account_id", "channel").agg(times=nw.len())
    joined = each.join(verdict, on=["source", "account_id", "channel"], how="left")
    chance, times = nw.col("suspicion").fill_null(0.0), nw.col("times").cast(nw.Float64())
    is_bad = (nw.col("verdict") == "suspicious").fill_null(value=False)
    is_unsure = (nw.col("verdict") == "unsure").fill_null(value=False)
    bad = joined.with_columns(
        bad=nw.when(is_bad).then(chance * times).otherwise(0.0),
        spread=nw.when(is_bad).then(chance * (1 - chance) * times * times).otherwise(0.0),
        unsure=nw.when(is_unsure).then(chance * times).otherwise(0.0),
    )
    sums = bad.group_by("channel").agg(
        times=whole_sum(nw.col("times")),
        bad=nw.col("bad").sum(),
        spread=nw.col("spread").sum(),
        unsure=nw.col("unsure").sum(),
    )
    rows: list[dict[str, Any]] = context.engine.collect(sums).to_pylist()
    return rows


def _scaled(row: dict[str, Any], scale: float) -> dict[str, Any]:
    """Return sums over a sample of reactions as of all of them."""
    if scale == 1.0:
        return row
    more = {name: row[name] * scale for name in ("times", "bad", "unsure")}
    return {**row, **more, "times": round(more["times"]), "spread": row["spread"] * scale**2}


def _reactions(channel: str, row: dict[str, Any]) -> dict[str, Any]:
    wide = EDGE * row["spread"] ** 0.5
    low, high = row["bad"] - wide, row["bad"] + wide + row["unsure"]
    found = Estimate(row["bad"], "reactions", Grade.MODEL, max(low, 0.0), high)
    return _row(channel, "reactions", float(row["times"]), None, found)
