"""Pods and machines: accounts that react in company, at once or at night, beyond chance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
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
    counts: pa.Table, pairs: pa.Table, posts: dict[str, int], hours: pa.Table | None = None
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
        Rows as `rapport.people.authenticity_reactions` gives them; pairs that were together less
        than `LEAST_GROUP` times may be left out.
    posts
        For each channel how many posts got a reaction.

    Returns
    -------
    dict
        By (source, account_id, channel).
    """
    reasons: dict[Key, set[str]] = {}
    for channel in sorted(pc.unique(counts.column("channel")).to_pylist()):
        here = _of(counts, channel).sort_by([(name, "ascending") for name in _RANKED])
        told = {
            POD: [*_more_than_chance(here, "close"),
                  *_pods(here, _of(pairs, channel), posts.get(channel, 0))],
            FAST: _more_than_chance(here, "fast"),
            SLEEPLESS: [] if hours is None else _sleepless(_of(hours, channel)),
        }  # fmt: skip
        for reason, accounts in told.items():
            for source, account_id in accounts:
                reasons.setdefault((source, account_id, channel), set()).add(reason)
    strength = {POD: _SURE, FAST: 0.75, SLEEPLESS: 0.75}
    return {
        key: Suspect(
            1 - float(np.prod([1 - strength[code] for code in codes])),
            tuple(sorted(codes, key=lambda code: -strength[code])),
        )
        for key, codes in reasons.items()
    }


_RANKED = ("reactions", "source", "account_id")
Account = tuple[str, str]


def _of(rows: pa.Table, channel: str) -> pa.Table:
    return rows.filter(pc.equal(rows.column("channel"), channel)) if rows.num_rows else rows


def _numbers(rows: pa.Table, name: str) -> NDArray[np.int64]:
    return np.asarray(rows.column(name), np.int64)


def _accounts(rows: pa.Table, other: str = "") -> list[Account]:
    names = (rows.column(f"{other}{part}").to_pylist() for part in ("source", "account_id"))
    return list(zip(*names, strict=True))


def _more_than_chance(rows: pa.Table, what: str) -> list[Account]:
    """Return the accounts with more of `what` among their reactions than occasional ones have."""
    from scipy import stats

    done, seen = _numbers(rows, "reactions"), _numbers(rows, what)
    seldom, often = _seldom(done), done >= LEAST
    everything = done[seldom].sum()
    if everything < LEAST_COMPARED or not often.any():
        return []
    base = (seen[seldom].sum() + 1) / (everything + 2)
    found = _unlikely(stats.binom.sf(seen[often] - 1, done[often], base))
    chosen = found & (seen[often] >= _TIMES_CHANCE * base * done[often])
    return _accounts(rows.take(pa.array(np.flatnonzero(often)[chosen])))


def _seldom(done: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the accounts that react least, up to a hundred reactions and half of all accounts.

    `done` is sorted.
    """
    few = np.zeros(len(done), bool)
    half = done[: len(done) // 2]
    enough = int(np.searchsorted(np.cumsum(half), _ENOUGH)) + 1
    few[: len(half)] = (np.arange(len(half)) < enough) | (half == done[:1])
    return few


def _pods(rows: pa.Table, pairs: pa.Table, posts: int) -> list[Account]:
    from scipy import stats
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    often = rows.filter(pc.greater_equal(rows.column("reactions"), LEAST))
    if often.num_rows < LEAST_GROUP or not pairs.num_rows:
        return []
    met = pa.concat_arrays(
        [pairs.column(f"{other}account_id").combine_chunks() for other in ("", "other_")]
    )
    known = often.filter(pc.is_in(often.column("account_id"), value_set=pc.unique(met)))
    accounts = _accounts(known)
    place = {account: number for number, account in enumerate(accounts)}
    busy = _numbers(known, "reactions")
    first, second = (
        np.array([place[account] for account in _accounts(pairs, other)])
        for other in ("", "other_")
    )
    together = _numbers(pairs, "together")
    tail = stats.hypergeom.sf(together - 1, posts, busy[first], busy[second])
    never = often.num_rows * (often.num_rows - 1) // 2 - pairs.num_rows
    chosen = _unlikely(tail, never) & (together >= LEAST_GROUP)
    ones = np.ones(int(chosen.sum()))
    graph = coo_array((ones, (first[chosen], second[chosen])), shape=(len(busy), len(busy)))
    many, group = connected_components(graph, directed=False)
    size = np.bincount(group, minlength=many)
    return [account for account, where in zip(accounts, group, strict=True)
            if size[where] >= LEAST_GROUP]  # fmt: skip


def _sleepless(rows: pa.Table) -> list[Account]:
    """Return accounts that do in the quietest quarter of the day as much as in any other."""
    from scipy import stats

    if not rows.num_rows:
        return []
    key = pc.binary_join_element_wise(rows.column("source"), rows.column("account_id"), "\x1f")
    coded = key.combine_chunks().dictionary_encode()
    many = len(coded.dictionary)
    cell = np.asarray(coded.indices, np.int64) * 24 + _numbers(rows, "hour")
    table = np.bincount(cell, weights=_numbers(rows, "times"), minlength=24 * many)
    table = table.reshape(many, 24)
    share = (table / table.sum(axis=1, keepdims=True)).mean(axis=0)
    ring = np.convolve(np.concatenate([share, share[: _NIGHT - 1]]), np.ones(_NIGHT), "valid")
    start = int(np.argmin(ring))
    night = [(start + hour) % 24 for hour in range(_NIGHT)]
    done, late = table.sum(axis=1), table[:, night].sum(axis=1)
    base = max(float(np.median(late / done)), 0.02)
    if base > 0.125:  # an audience without a night: nothing to compare with
        return []
    found = _unlikely(stats.binom.sf(late - 1, done, base)) & (late / done >= 0.2)
    names = coded.dictionary.take(pa.array(np.flatnonzero(found))).to_pylist()
    return [(source, account) for source, _, account in (name.partition("\x1f") for name in names)]


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
