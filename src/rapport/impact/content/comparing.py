"""Posts compared like with like: what each was expected to bring, and which kinds bring more."""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

import numpy as np

from rapport.impact.content.calls import NONE, call_of
from rapport.impact.content.effects import Fit, Floats, fitted, own
from rapport.impact.content.goals import goal_of
from rapport.impact.content.posts import BASES

Post = dict[str, Any]
ENGAGING = ("likes", "comments", "shares", "saves")
FACTORS = ("asks", "call", "goal", "format", "hour", "weekday", "paid")
UNKNOWN = "unknown"
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
HOURS = ((0, 6, "night"), (6, 11, "morning"), (11, 14, "midday"), (14, 18, "afternoon"),
         (18, 24, "evening"))  # fmt: skip
MORE, LESS, ALIKE, UNTOLD = "more", "less", "as others", "cannot tell"
NEAR = 0.10
"""A kind whose range stays within so much of the others does as they do."""
ENOUGH = 20
"""Posts of which something can be told at all."""
_TIMED = 0.2  # share of a channel's posts at its commonest minute, from which times are days


@dataclass(frozen=True, slots=True)
class Compared:
    """One kind of reaction: the posts it is known of, their counts, and what explains them."""

    what: str
    posts: list[Post]
    counts: Floats
    fit: Fit
    asks: Fit


def described(rows: Sequence[Mapping[str, Any]], zone: str) -> list[Post]:
    """Return posts with what is known of each: call, goal, hour, weekday, base, and reactions.

    Parameters
    ----------
    rows
        As `posts.posts` gives them; times are naive UTC.
    zone
        The brand's time zone.

    Returns
    -------
    list of dict
        The rows' own columns and call, asks, goal (as given, else as its words say), goal_given,
        hour, weekday, paid (as a word), month, base (its name), shown, engaged, clicked.
    """
    bases, dated = _bases(rows), _dated(rows)
    made = []
    for row in rows:
        local = row["published_on"].replace(tzinfo=dt.UTC).astimezone(ZoneInfo(zone))
        by_day = row["channel"] in dated
        day = row["published_on"] if by_day else local
        base = bases[row["channel"]]
        call = call_of(row["text"])
        made.append(
            {
                **row,
                "call": call,
                "asks": "no" if call == NONE else "yes",
                "goal": row["goal"] or goal_of(row["text"]),
                "goal_given": row["goal"] is not None,
                "format": row["format"] or UNKNOWN,
                "hour": UNKNOWN if by_day else _band(local.hour),
                "weekday": WEEKDAYS[day.weekday()],
                "paid": {0: "unpaid", 1: "paid"}.get(row["paid"], UNKNOWN),
                "month": f"{row['channel']} {day:%Y-%m}",
                "base": base,
                "shown": row[base] if base else None,
                "engaged": _sum(row, ENGAGING),
                "clicked": row["link_clicks"] if row["link_clicks"] is not None else row["clicks"],
            }
        )
    return made


def _bases(rows: Sequence[Mapping[str, Any]]) -> dict[str, str]:
    """Return what the rates of each channel are a share of; '' where nobody says who saw it."""
    known: dict[str, Counter[str]] = defaultdict(Counter)
    many = Counter(row["channel"] for row in rows)
    for row in rows:
        known[row["channel"]].update(b for b in BASES if (row[b] or 0) > 0)
    best = {c: max(BASES, key=lambda b: (known[c][b], -BASES.index(b))) for c in many}
    return {c: best[c] if 2 * known[c][best[c]] > many[c] else "" for c in many}


def _dated(rows: Sequence[Mapping[str, Any]]) -> set[str]:
    """Return the channels whose posts have a day and no time."""
    minutes: dict[str, Counter[tuple[int, int]]] = defaultdict(Counter)
    for row in rows:
        minutes[row["channel"]][row["published_on"].hour, row["published_on"].minute] += 1
    return {
        channel
        for channel, seen in minutes.items()
        if sum(n for _, n in seen.most_common(2)) > max(_TIMED * sum(seen.values()), 2)
    }


def _band(hour: int) -> str:
    return next(name for begin, end, name in HOURS if begin <= hour < end)


def _sum(row: Mapping[str, Any], names: Sequence[str]) -> float | None:
    known = [row[name] for name in names if row[name] is not None]
    return float(sum(known)) if known else None


def compared(posts: Sequence[Post], what: str) -> Compared | None:
    """Return posts fitted for "engaged" or "clicked"; None when too few are known.

    Channels without a base are compared with themselves, by post.
    """
    kept = [p for p in posts if p[what] is not None and (not p["base"] or (p["shown"] or 0) > 0)]
    counts = np.array([max(0.0, p[what]) for p in kept])
    if len(kept) < ENOUGH or counts.sum() < ENOUGH:
        return None
    base = np.array([p["shown"] if p["base"] else 1.0 for p in kept])
    free = {"channel": [p["channel"] for p in kept]}
    common = {name: [p[name] for p in kept] for name in ("month", "goal", "format", "hour",
                                                         "weekday", "paid")}  # fmt: skip
    by_call = fitted(counts, base, free, common | {"call": [p["call"] for p in kept]})
    by_asking = fitted(counts, base, free, common | {"asks": [p["asks"] for p in kept]})
    return Compared(what, kept, counts, by_call, by_asking)


def kinds(found: Compared) -> list[dict[str, Any]]:
    """Return each kind of post: its rate as it is, and how it does against comparable others.

    Returns
    -------
    list of dict
        factor, level, what, posts, channels, base (names of what rates are a share of), shown,
        counted, rate (ratio of sums, over posts with a base), ratio, low, high, verdict.
    """
    rows = []
    for factor in FACTORS:
        fit = found.asks if factor == "asks" else found.fit
        levels = [post[factor] for post in found.posts]
        many = Counter(levels)
        told = sorted(set(fit.levels.get(factor, ())) - {UNKNOWN})
        if len(told) < 2:
            continue
        posts = np.array([float(many[level]) * (level != UNKNOWN) for level in fit.levels[factor]])
        for level in told:
            ratio, low, high = fit.against_rest(factor, level, posts)
            here = np.array([other == level for other in levels])
            rows.append(
                {
                    "factor": factor,
                    "level": level,
                    "what": found.what,
                    **rate([p for p, is_here in zip(found.posts, here, strict=True) if is_here],
                           found.what),
                    "ratio": ratio,
                    "low": low,
                    "high": high,
                    "verdict": verdict(low, high),
                }
            )  # fmt: skip
    return rows


def rate(posts: Sequence[Post], what: str) -> dict[str, Any]:
    """Return the rate of some posts as a ratio of sums, with its base, over posts that have one."""
    based = [post for post in posts if post["base"] and post[what] is not None]
    shown = float(sum(post["shown"] or 0.0 for post in based))
    counted = float(sum(post[what] for post in based))
    return {
        "posts": len(posts),
        "channels": len({post["channel"] for post in posts}),
        "base": ", ".join(sorted({post["base"] for post in based})),
        "shown": shown,
        "counted": counted,
        "rate": counted / shown if shown else None,
    }


def verdict(low: float, high: float) -> str:
    """Return what a ratio with its range says.

    Examples
    --------
    >>> verdict(1.1, 1.4), verdict(0.95, 1.06), verdict(0.7, 1.3)
    ('more', 'as others', 'cannot tell')
    """
    if low > 1 or high < 1:
        return MORE if low > 1 else LESS
    return ALIKE if low > 1 - NEAR and high < 1 / (1 - NEAR) else UNTOLD


def against_expected(found: Compared) -> dict[tuple[str, str], tuple[float, ...]]:
    """Return what the other posts let expect of each, and its ratio to that with its range."""
    expected = found.fit.without_itself(found.counts)
    ratio, low, high = own(found.counts, expected, found.fit.dispersion)
    keys = [(post["channel"], post["post_id"]) for post in found.posts]
    columns = np.stack([expected, ratio, low, high], axis=1)
    return {key: tuple(row) for key, row in zip(keys, columns.tolist(), strict=True)}


LEADS, LIKED, QUIET, USUAL = "leads somewhere", "only liked", "passed by", "as usual"


def post_verdict(engaged: tuple[float, ...] | None, clicked: tuple[float, ...] | None) -> str:
    """Return what a post did: led somewhere, was only liked, was passed by, or nothing unusual.

    Parameters
    ----------
    engaged, clicked
        expected, ratio, low, high; None where it is not known.

    Examples
    --------
    >>> post_verdict((10, 2.0, 1.4, 2.6), (5, 0.9, 0.5, 1.4))
    'only liked'
    >>> post_verdict((10, 1.0, 0.6, 1.5), (5, 2.0, 1.2, 3.0))
    'leads somewhere'
    """
    if engaged is None and clicked is None:
        return UNTOLD
    if clicked is not None and clicked[2] > 1:
        return LEADS
    if engaged is not None and engaged[2] > 1:
        return UNTOLD if clicked is None or clicked[1] > 1 else LIKED
    if engaged is not None and engaged[3] < 1:
        return QUIET
    return USUAL
