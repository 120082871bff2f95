"""`rapport.impact.connection`: naive and adjusted gaps of any dataframe of people."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from rapport.errors import Problem
from rapport.estimate import Estimate, Grade
from rapport.impact.comparing.balance import differences, weights_of
from rapport.impact.comparing.columns import Covariates, connected_of, covariates
from rapport.impact.comparing.doubly_robust import (
    Among,
    Effect,
    People,
    effect,
    median_of,
    predicted,
    repeated,
)
from rapport.impact.comparing.learners import FEWEST, Flags, Learners, Values
from rapport.impact.comparing.result import Comparison, Known
from rapport.impact.comparing.unseen import Unseen, as_strong_as, unseen
from rapport.impact.given import Given

FOLDS = 5
_FAILED = "Nothing was compared."
_AMONG: tuple[Among, ...] = ("connected", "everybody")


def connection(
    frame: Any,
    *,
    outcome: str,
    connected: str,
    covariates: Sequence[str],
    among: Among = "connected",
    placebo: str | None = None,
    seeds: Sequence[int] = (0, 1, 2),
    unit: str = "number",
) -> Comparison:
    """Return how much more connected people bring: as it seems, and once like is set against like.

    The **naive** gap is the difference of means. The **adjusted** gap is doubly robust and
    cross-fitted: what people would bring, and how likely they are to be connected, is learned by
    straight lines and boosted trees from people of other folds. People who have no match among the
    others are left out and counted. It can adjust only for what is in `covariates`, all of which
    must have been measured *before* people connected; what nobody recorded stays in it, so the
    result says how strong such a cause would have to be. In 663 trials at Facebook even the best
    such comparisons missed the true effect widely, mostly by overstating it (Gordon, Moakler &
    Zettelmeyer 2023): trust an experiment, or people's own before and after, more.

    Parameters
    ----------
    frame
        A dataframe of pandas, Polars, PyArrow, DuckDB or Spark, one row for each person.
    outcome
        The column of what they bring: numbers, or 0 and 1.
    connected
        The column of who is connected: 0 and 1, true and false.
    covariates
        Columns of numbers or kinds, known before people connected.
    among
        "connected": the effect on those who are connected (ATT); "everybody": on all (ATE).
    placebo
        An outcome on which connection can have no effect, such as margin of the year before. If
        like is set against like, its gap is about nil.
    seeds
        One division into folds is drawn for each; the median is told.
    unit
        What the outcome is counted in: a currency such as "EUR", or a noun.

    Returns
    -------
    Comparison
        `naive`, `adjusted`, `balance`, `sensitivity`, `placebo`, `verdict`; it prints as a page.

    Raises
    ------
    Problem
        If columns are missing or cannot be used: everything at once.

    Examples
    --------
    Love makes people both buy and connect; connection itself brings 1:

    >>> import pyarrow as pa
    >>> rng = np.random.default_rng(1)
    >>> love = rng.normal(size=2000)
    >>> fan = rng.random(2000) < 1 / (1 + np.exp(-love))
    >>> spent = 3 * love + fan + rng.normal(size=2000)
    >>> people = pa.table({"love": love, "fan": fan, "spent": spent})
    >>> told = connection(
    ...     people, outcome="spent", connected="fan", covariates=["love"], seeds=[0]
    ... )
    >>> told.naive.value > 2, told.adjusted.low < 1 < told.adjusted.high, told.verdict
    (True, True, 'cannot tell')
    """
    wanted = tuple(dict.fromkeys([covariates] if isinstance(covariates, str) else covariates))
    named = [outcome, connected, *wanted, *([placebo] if placebo else [])]
    given = Given.of(frame, named, _FAILED)
    _check(given, wanted, (outcome, connected, placebo), among, seeds)
    found, known, other = _read(given, wanted, (outcome, connected, placebo))
    given.check()
    return _compare(found, known, among, seeds, unit, other)


def _check(
    given: Given,
    wanted: tuple[str, ...],
    others: tuple[str, str, str | None],
    among: str,
    seeds: Sequence[int],
) -> None:
    for name in wanted:
        if name in others:
            given.fault("It is a covariate and something else at once.", name, "Name it once.")
    if others[0] == others[1]:
        given.fault("It is the outcome and the connection at once.", others[0], "Name it once.")
    if not wanted:
        hint = "Name what was known of people before they connected."
        given.fault("There is none, so there is nothing to adjust for.", "covariates", hint)
    if among not in _AMONG:
        given.fault(f"'{among}' is not known.", "among", f"Allowed: {', '.join(_AMONG)}.")
    if not len(seeds):
        given.fault("There is none.", "seeds", "Give whole numbers, such as 0, 1, 2.")


def _read(
    given: Given, wanted: tuple[str, ...], named: tuple[str, str, str | None]
) -> tuple[People, Covariates, Values | None]:
    outcome, connected, placebo = named
    y, d = given.numbers(outcome), connected_of(given, connected)
    known = covariates(given, wanted)
    other = given.numbers(placebo) if placebo else None
    for name, values in ((outcome, y), (placebo, other)):
        if values is not None and name and np.isnan(values).any():
            missing = int(np.isnan(values).sum())
            given.fault(f"{missing:,} of its values are missing.", name, "Leave those rows out.")
    for many, who in ((int(d.sum()), "connected"), (int((~d).sum()), "not connected")):
        if many < FEWEST * 2:
            what = f"{many:,} people are {who}; a comparison needs {FEWEST * 2} at the least."
            given.fault(what, connected)
    return People(known.x, y, d), known, other


def _compare(
    people: People,
    known: Covariates,
    among: Among,
    seeds: Sequence[int],
    unit: str,
    other: Values | None,
) -> Comparison:
    learners = Learners.usual()
    effects = repeated(people, learners, FOLDS, seeds, among)
    value, error = median_of(effects)
    if not np.isfinite(value):
        raise Problem(_FAILED, given_no_overlap())
    middle = min(effects, key=lambda each: abs(each.value - value))
    adjusted = Estimate.normal(
        value, error, unit, source="adjusted gap", grade=Grade.ADJUSTED,
        people=int(middle.kept.sum()), rows=int(middle.kept.sum()), name="adjusted_gap",
    )  # fmt: skip
    return Comparison(
        naive=naive_gap(people.y, people.connected, unit),
        adjusted=adjusted,
        among=among,
        compared=middle.compared,
        left_out=int(people.connected.sum()) - int((people.connected & middle.kept).sum()),
        covariates=_balance(people, known, middle, among),
        unseen=Unseen(value, error, unseen(middle).outcome, unseen(middle).weights),
        benchmarks=_benchmarks(people, known, among),
        placebo=None if other is None else _placebo(people, other, unit, among, seeds),
    )


def given_no_overlap() -> list[Any]:
    """Return the fault of people who have nobody like them."""
    from rapport.errors import Fault

    what = "No connected person has anybody like them among the others."
    return [Fault(what, "covariates", "Leave out covariates that name the connected.")]


def naive_gap(y: Values, connected: Flags, unit: str) -> Estimate:
    """Return the difference of means, with Neyman's standard error."""
    own, others = y[connected], y[~connected]
    error = np.sqrt(own.var(ddof=1) / len(own) + others.var(ddof=1) / len(others))
    return Estimate.normal(
        float(own.mean() - others.mean()), float(error), unit, source="naive gap",
        grade=Grade.COUNT, people=len(y), rows=len(y), name="naive_gap",
    )  # fmt: skip


def _balance(
    people: People, known: Covariates, found: Effect, among: Among
) -> tuple[tuple[str, float, float], ...]:
    kept = people.kept(found.kept)
    weight = weights_of(kept.connected, found.chance[found.kept], among)
    before, _ = differences(people.x, people.connected, np.ones(len(people.y)))
    _, after = differences(kept.x, kept.connected, weight)
    return tuple(zip(known.names, before.tolist(), after.tolist(), strict=True))


def _benchmarks(people: People, known: Covariates, among: Among) -> tuple[Known, ...]:
    """Return what an unseen cause as strong as each covariate could do (straight lines: quick)."""
    quick = Learners.straight()

    def told(columns: Values) -> Unseen:
        some = People(people.x[:, columns.astype(bool)], people.y, people.connected)
        if not some.x.shape[1]:
            some = People(np.zeros((len(people.y), 1)), people.y, people.connected)
        return unseen(effect(some, predicted(some, quick, 2, 0), among))

    of = np.array(known.of)
    whole = told(np.ones(len(of)))
    made = []
    for place in sorted(set(known.of)):
        name = known.names[known.of.index(place)].split(" = ")[0].removesuffix(" missing")
        made.append(Known(name, as_strong_as(whole, told(of != place))))
    return tuple(sorted(made, key=lambda each: -each.bias))


def _placebo(
    people: People, other: Values, unit: str, among: Among, seeds: Sequence[int]
) -> Estimate:
    same = People(people.x, other, people.connected)
    value, error = median_of(repeated(same, Learners.usual(), FOLDS, seeds, among))
    return Estimate.normal(
        value, error, unit, source="placebo", grade=Grade.ADJUSTED,
        people=len(other), rows=len(other), name="placebo_gap",
    )  # fmt: skip
