"""Pods and machines: accounts that react in company, at once or at night, beyond chance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.people.authenticity_reactions import LEAST
from rapport.people.authenticity_signs import FAST, POD, SLEEPLESS, Numbers

FALSE_SHARE = 0.05  # of the accounts told, how many may be chance
LEAST_GROUP = 3
LEAST_COMPARED = 30  # reactions of occasional accounts, which show what chance looks like
_ENOUGH = 100
_NIGHT = 6  # quietest hours of the audience's day
_TIMES_CHANCE = 2.0
_SURE = 0.95

Key = tuple[str, str, str]
"""source, account_id, channel."""


@dataclass(frozen=True, slots=True)
class Suspect:
    """An account whose behaviour speaks against it: how probably, and which reasons."""

    chance: float
    reasons: tuple[str, ...]


def suspects(
    counts: Sequence[dict[str, Any]],
    pairs: Sequence[dict[str, Any]],
    posts: dict[str, int],
    hours: Sequence[dict[str, Any]] = (),
) -> dict[Key, Suspect]:
    """Return the accounts whose timing or company chance does not explain.

    Three tests, each with a false discovery rate of 5 % (Benjamini & Hochberg 1995):

    1. *Company*: more reactions within half an hour of somebody else's than accounts that react
       only now and then (binomial tail), and *haste*: more of them within ten minutes of the post.
    2. *Pairs*: two accounts that react to more of the same posts, at the same time, than two
       accounts as busy as they are would by chance (hypergeometric tail, as for the overlap of two
       sets); groups of three or more held together by such pairs are pods.
    3. *Nights*: as active in the audience's six quietest hours as at any other time.

    Parameters
    ----------
    counts, pairs, hours
        Rows as `rapport.people.authenticity_reactions` gives them.
    posts
        For each channel how many posts got a reaction.

    Returns
    -------
    dict
        By (source, account_id, channel).
    """
    reasons: dict[Key, set[str]] = {}
    for channel in sorted({row["channel"] for row in counts}):
        here = [row for row in counts if row["channel"] == channel]
        for key in _more_than_chance(here, "close"):
            reasons.setdefault(key, set()).add(POD)
        for key in _more_than_chance(here, "fast"):
            reasons.setdefault(key, set()).add(FAST)
        mine = [row for row in pairs if row["channel"] == channel]
        for key in _pods(here, mine, posts.get(channel, 0)):
            reasons.setdefault(key, set()).add(POD)
        for key in _sleepless([row for row in hours if row["channel"] == channel]):
            reasons.setdefault(key, set()).add(SLEEPLESS)
    strength = {POD: _SURE, FAST: 0.75, SLEEPLESS: 0.75}
    return {
        key: Suspect(
            1 - float(np.prod([1 - strength[code] for code in codes])),
            tuple(sorted(codes, key=lambda code: -strength[code])),
        )
        for key, codes in reasons.items()
    }


def _key(row: dict[str, Any], other: str = "") -> Key:
    return row[f"{other}source"], row[f"{other}account_id"], row["channel"]


def _more_than_chance(rows: list[dict[str, Any]], what: str) -> list[Key]:
    """Return the accounts with more of `what` among their reactions than occasional ones have."""
    from scipy import stats

    seldom = _seldom(rows)
    often = [row for row in rows if row["reactions"] >= LEAST]
    everything = sum(row["reactions"] for row in seldom)
    if everything < LEAST_COMPARED or not often:
        return []
    base = (sum(row[what] for row in seldom) + 1) / (everything + 2)
    done = np.array([row["reactions"] for row in often])
    seen = np.array([row[what] for row in often])
    found = _unlikely(stats.binom.sf(seen - 1, done, base))
    chosen = found & (seen >= _TIMES_CHANCE * base * done)
    return [_key(row) for row, is_in in zip(often, chosen, strict=True) if is_in]


def _seldom(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the accounts that react least, up to a hundred reactions and half of all accounts."""
    ranked = sorted(rows, key=lambda row: (row["reactions"], _key(row)))
    half = ranked[: len(ranked) // 2]
    sums = np.cumsum([row["reactions"] for row in half])
    enough = int(np.searchsorted(sums, _ENOUGH)) + 1
    least = ranked[0]["reactions"] if ranked else 0
    return [row for k, row in enumerate(half) if k < enough or row["reactions"] == least]


def _pods(rows: list[dict[str, Any]], pairs: list[dict[str, Any]], posts: int) -> list[Key]:
    from scipy import stats
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    often = [row for row in rows if row["reactions"] >= LEAST]
    if len(often) < LEAST_GROUP or not pairs:
        return []
    place = {_key(row): number for number, row in enumerate(often)}
    busy = np.array([row["reactions"] for row in often])
    first = np.array([place[_key(row)] for row in pairs])
    second = np.array([place[_key(row, "other_")] for row in pairs])
    together = np.array([row["together"] for row in pairs])
    tail = stats.hypergeom.sf(together - 1, posts, busy[first], busy[second])
    never = len(often) * (len(often) - 1) // 2 - len(pairs)
    chosen = _unlikely(tail, never) & (together >= LEAST_GROUP)
    ones = np.ones(int(chosen.sum()))
    graph = coo_array((ones, (first[chosen], second[chosen])), shape=(len(often), len(often)))
    many, group = connected_components(graph, directed=False)
    size = np.bincount(group, minlength=many)
    return [key for key, number in place.items() if size[group[number]] >= LEAST_GROUP]


def _sleepless(rows: list[dict[str, Any]]) -> list[Key]:
    """Return accounts that do in the quietest quarter of the day as much as in any other."""
    from scipy import stats

    accounts = sorted({_key(row) for row in rows})
    if not accounts:
        return []
    place = {key: number for number, key in enumerate(accounts)}
    table = np.zeros((len(accounts), 24))
    for row in rows:
        table[place[_key(row)], row["hour"]] += row["times"]
    share = (table / table.sum(axis=1, keepdims=True)).mean(axis=0)
    ring = np.convolve(np.concatenate([share, share[: _NIGHT - 1]]), np.ones(_NIGHT), "valid")
    start = int(np.argmin(ring))
    night = [(start + hour) % 24 for hour in range(_NIGHT)]
    base = max(float(np.median(table[:, night].sum(axis=1) / table.sum(axis=1))), 0.02)
    if base > 0.125:  # an audience without a night: nothing to compare with
        return []
    done, late = table.sum(axis=1), table[:, night].sum(axis=1)
    found = _unlikely(stats.binom.sf(late - 1, done, base)) & (late / done >= 0.2)
    return [key for key, is_in in zip(accounts, found, strict=True) if is_in]


def _unlikely(tails: Numbers, more: int = 0) -> NDArray[np.bool_]:
    """Return which tail probabilities stand, of these and `more` tests that found nothing."""
    ranked = np.argsort(tails, kind="stable")
    every = len(tails) + more
    limit = FALSE_SHARE * np.arange(1, len(tails) + 1) / every
    passed = np.flatnonzero(tails[ranked] <= limit)
    chosen = np.zeros(len(tails), bool)
    if len(passed):
        chosen[ranked[: passed[-1] + 1]] = True
    return chosen
