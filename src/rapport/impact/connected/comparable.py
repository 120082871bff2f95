"""Comparable others: the people of the trial with all that was known of them when they connected.

The doubly robust comparison of `rapport.impact.comparing`, on what people did up to the month in
which they connected. It can adjust only for what is on record, so of two people with the same
record the one who loves the brand more connects: its gap overstates as a rule.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from rapport.impact.comparing.balance import differences, weights_of
from rapport.impact.comparing.doubly_robust import Effect, People, Predicted, effect
from rapport.impact.comparing.learners import (
    FEWEST,
    Flags,
    Learners,
    Values,
    chances,
    folds_of,
    foretold,
)
from rapport.impact.connected.histories import Histories
from rapport.impact.connected.trial import Trial

FOLDS = 3
MOST_OTHERS = 6_000
_SPANS = (1, 3, 12)
_DEEDS = ("visits", "messages", "praise", "complaints", "reactions", "referrals")


@dataclass(frozen=True, slots=True)
class Traits:
    """What was known of the people of a trial when they connected or might have."""

    rows: Trial
    x: Values
    names: tuple[str, ...]


def traits(told: Histories, rows: Trial, level: Values | None = None, *, seed: int = 0) -> Traits:
    """Return what was known; the others are a sample where they are very many.

    Purchases count up to the month of connecting, since people connect right after one; all else
    up to the month before, since what people say and visit in the month itself may be part of
    connecting.

    Parameters
    ----------
    level
        The chance of being fully engaged by person and month, NaN where it is not known.
    """
    some = rows.kept(rows.connected | _sampled(rows, seed))
    columns: dict[str, Values] = {}
    for amount in ("margin", "orders"):
        for span in _SPANS:
            start = some.month - span + 1
            columns[f"{amount} {span}"] = told.between(amount, some.person, start, some.month + 1)
    first = told.first[some.person]
    columns["tenure"] = np.minimum(some.month - first, 36).astype(float)
    for back in range(1, int(some.silent.max(initial=0)) + 1):
        columns[f"silent {back}"] = (some.silent == back).astype(float)
    for deed in _DEEDS:
        if deed in told.amounts and told.amounts[deed].any():
            columns[deed] = told.between(deed, some.person, some.month - 3, some.month)
    if level is not None and some.month.size:
        known = level[some.person, np.maximum(some.month - 1, 0)]
        columns["fully engaged"] = np.nan_to_num(known)
        columns["level known"] = np.isfinite(known).astype(float)
    for month in np.unique(some.month)[1:]:
        columns[f"month {month}"] = (some.month == month).astype(float)
    kept = {name: values for name, values in columns.items() if len(np.unique(values)) > 1}
    x = np.stack(list(kept.values()), axis=1) if kept else np.zeros((len(some.person), 1))
    return Traits(some, x, tuple(kept))


def _sampled(rows: Trial, seed: int) -> Flags:
    others = int((~rows.connected).sum())
    share = min(1.0, MOST_OTHERS / max(others, 1))
    drawn: Flags = np.random.default_rng(seed).random(len(rows.person)) < share
    return drawn


def outcomes(told: Histories, rows: Trial, value: Values | None) -> dict[str, Values]:
    """Return each outcome of the people of a trial, NaN for who is left out of it."""
    person, begin, end = rows.person, rows.month + 1, rows.end
    margin = told.between("margin", person, begin, end)
    orders = told.between("orders", person, begin, end)
    months = rows.after
    with np.errstate(divide="ignore", invalid="ignore"):
        each = np.where(orders > 0, margin / orders, np.nan)
    made = {
        "margin": margin / months,
        "orders": orders / months,
        "order value": each,
        "retention": np.where(months == months.max(initial=0), (orders > 0) * 1.0, np.nan),
    }
    if value is not None:
        made["lifetime value"] = value[person]
    return made


def adjusted(known: Traits, results: dict[str, Values], wanted: Sequence[str]) -> dict[str, Effect]:
    """Return the adjusted gap of each outcome that can be compared.

    What the connected would bring is learned for the first outcome alone: only what an unseen
    cause could do needs it, not the gap.
    """
    made = {}
    learners = Learners.usual()
    shared: Values | None = None
    for name in (each for each in wanted if each in results):
        y, here = results[name], np.isfinite(results[name])
        d = known.rows.connected
        if min((here & d).sum(), (here & ~d).sum()) < 2 * FEWEST * FOLDS:
            continue
        people = People(known.x[here], y[here], d[here])
        folds = folds_of(people.connected, FOLDS, 0)
        alone = foretold(people.x, people.y, ~people.connected, folds, learners.outcome)
        both = alone
        if name == wanted[0]:
            both = foretold(people.x, people.y, people.connected, folds, learners.outcome)
        if here.all() and shared is not None:
            chance = shared
        else:
            chance = chances(people.x, people.connected, folds, learners.chance)
            shared = chance if here.all() else shared
        made[name] = effect(people, Predicted(alone, both, chance))
    return made


def balance(known: Traits, found: Effect) -> list[tuple[str, float, float]]:
    """Return each trait's standardised difference before and after weighting.

    `found` must be of an outcome that everybody has.
    """
    d = known.rows.connected
    kept = found.kept
    weight = weights_of(d[kept], found.chance[kept], "connected")
    before, _ = differences(known.x, d, np.ones(len(d)))
    _, after = differences(known.x[kept], d[kept], weight)
    return [
        (name, a, b)
        for name, a, b in zip(known.names, before.tolist(), after.tolist(), strict=True)
        if not name.startswith("month ")
    ]
