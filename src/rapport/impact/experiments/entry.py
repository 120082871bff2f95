"""What an experiment says, read from any dataframe of people and the arm they were drawn into."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.impact.experiments.arms import Arm, cuped, difference, explained, per_unit
from rapport.impact.experiments.groups import shrunk
from rapport.impact.experiments.looking import any_time
from rapport.impact.experiments.mismatch import ALARM, mismatch
from rapport.impact.experiments.places import of_places
from rapport.impact.experiments.regression import Flags, Reading, Values, regressed
from rapport.impact.given import Given
from rapport.words import Words

_FAILED = "The experiment was not read."
HELD = ("held out", "held_out", "holdout", "hold-out", "control", "none", "no", "0", "false")
"""Names by which the arm without treatment is known, unless it is named."""
FEWEST = 2


@dataclass(frozen=True, slots=True)
class Comparison:
    """One arm against the arm without treatment.

    Parameters
    ----------
    arm, people, held_out
        Its name, how many people it has, and how many were held out.
    mean, held_mean
        What one person brought on average in either; of a ratio, the ratios.
    difference
        The plain difference, Neyman's error.
    adjusted
        Adjusted for the covariates, each with its own slope in either arm (Lin 2013); the plain
        difference without any.
    cuped
        With one common slope taken off (CUPED).
    additive
        Least squares on arm and covariates, not crossed.
    any_time
        The adjusted one with a range that holds however often one looks while people keep coming.
    explained
        Share of the variance that the covariates explain.
    groups
        Effects by group, as rows: group, people, effect, low, high (drawn towards the common
        effect), plain (as they are).
    groups_chance
        How often chance alone makes groups differ as much; None without groups.
    lot
        Of experiments on whole places: how often another lot brings as much; else None.
    """

    arm: str
    people: int
    held_out: int
    mean: float
    held_mean: float
    difference: Reading
    adjusted: Reading
    cuped: Reading
    additive: Reading
    any_time: Reading
    explained: float = 0.0
    groups: tuple[dict[str, Any], ...] = ()
    groups_chance: float | None = None
    lot: float | None = None


@dataclass(frozen=True, slots=True)
class Experiment:
    """What an experiment says.

    Parameters
    ----------
    comparisons
        One for each arm that was treated.
    sizes
        How many people each arm has.
    mismatch
        How often the lot alone gives sizes as far off; under 0.001 nothing can be told.
    left_out
        Rows without an arm, an outcome or a covariate.
    """

    comparisons: tuple[Comparison, ...]
    sizes: Mapping[str, int]
    mismatch: float
    left_out: int

    @property
    def can_tell(self) -> bool:
        """Whether the arms have the sizes that the lot should have given them."""
        return self.mismatch >= ALARM

    def __getitem__(self, arm: str) -> Comparison:
        return next(each for each in self.comparisons if each.arm == arm)

    def table(self) -> pa.Table:
        """Return one row for each comparison."""
        rows = []
        for each in self.comparisons:
            row: dict[str, Any] = {"arm": each.arm, "people": each.people}
            row |= {"held_out": each.held_out, "mean": each.mean, "held_mean": each.held_mean}
            for name in ("difference", "adjusted", "any_time"):
                one: Reading = getattr(each, name)
                row |= {name: one.value, f"{name}_low": one.low, f"{name}_high": one.high}
            rows.append(row | {"p": each.adjusted.p, "explained": each.explained})
        return pa.Table.from_pylist(rows)

    def sentence(self, language: str = "en", unit: str = "number") -> str:
        """Return what was found, one sentence for each arm."""
        words = Words.of(language)
        if not self.can_tell:
            return words(
                "The arms are not of the sizes that the lot should have given: people were lost "
                "from one of them, and nothing can be told."
            )
        return " ".join(_sentence(each, words, unit) for each in self.comparisons)


def experiment(
    frame: Any,
    *,
    outcome: str,
    group: str,
    covariates: Sequence[str] = (),
    control: Any = None,
    by: str | None = None,
    per: str | None = None,
    places: str | None = None,
    shares: Mapping[Any, float] | None = None,
) -> Experiment:
    """Return what a test by lot says: each arm against the one without treatment.

    Parameters
    ----------
    frame
        A dataframe of pandas, Polars, PyArrow, DuckDB or Spark, one row for each person, with all
        who were drawn, reached or not (intention to treat).
    outcome
        The column that says how much each brought.
    group
        The column that says into which arm each was drawn.
    covariates
        Columns known before the lot was drawn, such as what each brought before; text makes
        columns of 0 and 1.
    control
        The arm without treatment; if not given, the one called "control", "held out", 0, ….
    by
        A column of groups whose effects are told apart, each drawn towards the common effect.
    per
        For a ratio of sums, such as margin per order: the column below the line.
    places
        For whole places treated together: the column that says where each belongs.
    shares
        What the lot should have given each arm; alike if not given.

    Raises
    ------
    Problem
        If columns are missing or of the wrong kind, or there are no two arms: all at once.

    Examples
    --------
    >>> frame = pa.table({"spent": [1.0, 2, 3, 5, 6, 10], "arm": ["control"] * 3 + ["letter"] * 3})
    >>> told = experiment(frame, outcome="spent", group="arm")
    >>> told["letter"].difference.value, round(told["letter"].difference.error, 6)
    (5.0, 1.632993)
    >>> told.sentence(unit="EUR")
    'letter: each brought more because of it, €5.0 (€0.9 to €9.1).'
    """
    more = [name for name in (by, per, places) if name is not None]
    given = Given.of(frame, [outcome, group, *covariates, *more], _FAILED)
    y = given.numbers(outcome)
    below = given.numbers(per) if per else np.ones_like(y)
    before = _columns(given, covariates)
    names, arm = given.labels(group)
    held = _control(given, names, control, group)
    given.check()
    known = np.isfinite(y) & np.isfinite(below) & np.isfinite(before).all(axis=1) & (arm >= 0)
    drawn = np.bincount(arm[arm >= 0], minlength=len(names))
    data = _Data(y[known], below[known], before[known], arm[known])
    groups = _labels(given, by, known)
    place = _labels(given, places, known)
    _enough(given, data, names, group)
    made = []
    for code, name in enumerate(names):
        if code == held:
            continue
        one = _compare(data, code, held, ratio=per is not None)
        one = replace(one, arm=str(name))
        if place is not None:
            one = _by_place(one, data, place[1], (code, held))
        if groups is not None:
            one = _by_group(one, data, groups, (code, held))
        made.append(one)
    wanted = None if shares is None else [float(shares.get(name, 0.0)) for name in names]
    sizes = {str(name): int(n) for name, n in zip(names, drawn, strict=True)}
    chance = mismatch(drawn.tolist(), wanted) if place is None else 1.0
    return Experiment(tuple(made), sizes, chance, int((~known).sum()))


@dataclass(frozen=True, slots=True)
class _Data:
    """Outcome, what stands below the line, covariates and arm of each person."""

    y: Values
    below: Values
    before: Values
    arm: Any

    def part(self, rows: Flags) -> _Data:
        return _Data(self.y[rows], self.below[rows], self.before[rows], self.arm[rows])


def _compare(data: _Data, code: int, held: int, *, ratio: bool) -> Comparison:
    sides = [data.arm == code, data.arm == held]
    if ratio:
        arms = [Arm.of(np.column_stack([data.y, data.below])[side]) for side in sides]
        found = per_unit(*arms)
        means = [float(arm.mean[0] / arm.mean[1]) if arm.mean[1] else math.nan for arm in arms]
        always = any_time(found, sum(arm.people for arm in arms))
        return Comparison("", arms[0].people, arms[1].people, means[0], means[1],
                          found, found, found, found, always)  # fmt: skip
    whole = np.column_stack([data.y, data.before])
    arms = [Arm.of(whole[side]) for side in sides]
    both = sides[0] | sides[1]
    treated = sides[0][both].astype(float)
    plain = difference(*arms)
    if data.before.shape[1]:
        adjusted = regressed(data.y[both], treated, data.before[both])
        additive = regressed(data.y[both], treated, data.before[both], crossed=False)
    else:
        adjusted = additive = plain
    return Comparison(
        "", arms[0].people, arms[1].people, float(arms[0].mean[0]), float(arms[1].mean[0]), plain,
        adjusted, cuped(*arms), additive, any_time(adjusted, int(both.sum())), explained(*arms),
    )  # fmt: skip


def _by_place(one: Comparison, data: _Data, place: Any, sides: tuple[int, int]) -> Comparison:
    code, held = sides
    both = (data.arm == code) | (data.arm == held)
    where = np.unique(place[both], return_inverse=True)[1].reshape(-1)
    many = int(where.max()) + 1

    def summed(values: Values) -> Values:
        return np.bincount(where, weights=values[both], minlength=many).astype(float)

    total, people = summed(data.y), summed(data.below)
    share = summed((data.arm == code).astype(float)) / summed(np.ones_like(data.y))
    past = summed(data.before[:, 0]) if data.before.shape[1] else None
    treated = (share > 0.5).astype(float)
    found, chance = of_places(total, people, treated, past)
    plain, _ = of_places(total, people, treated)
    return replace(one, difference=plain, adjusted=found, cuped=found, additive=found,
                   any_time=found, lot=chance)  # fmt: skip


def _by_group(
    one: Comparison, data: _Data, groups: tuple[list[Any], Any], sides: tuple[int, int]
) -> Comparison:
    names, codes = groups
    told, people, kept = [], [], []
    for code, name in enumerate(names):
        part = data.part(codes == code)
        there = [int((part.arm == side).sum()) for side in sides]
        if min(there) < FEWEST:
            continue
        told.append(_compare(part, *sides, ratio=False).adjusted)
        people.append(sum(there))
        kept.append(str(name))
    if not told:
        return one
    drawn = shrunk(told)
    rows = tuple(
        {"group": name, "people": n, "effect": each.value, "low": each.low, "high": each.high,
         "plain": own.value}
        for name, n, each, own in zip(kept, people, drawn.readings, told, strict=True)
    )  # fmt: skip
    return replace(one, groups=rows, groups_chance=drawn.chance)


def _columns(given: Given, names: Sequence[str]) -> Values:
    columns = []
    for name in names:
        kind = given.rows.column(name).type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            known, codes = given.labels(name)
            columns += [(codes == n).astype(float) for n in range(1, len(known))]
        else:
            columns.append(given.numbers(name))
    rows = given.rows.num_rows
    return np.column_stack(columns) if columns else np.zeros((rows, 0))


def _labels(given: Given, name: str | None, known: Flags) -> tuple[list[Any], Any] | None:
    if name is None:
        return None
    names, codes = given.labels(name)
    return names, codes[known]


def _control(given: Given, names: Sequence[Any], control: Any, group: str) -> int:
    if len(names) < FEWEST:
        given.fault("It has no two arms.", group, "A test needs one with and one without.")
        return 0
    if control is not None:
        if control in names:
            return list(names).index(control)
        there = ", ".join(str(name) for name in names)
        given.fault(f"There is no arm '{control}'.", "control", f"There are: {there}.")
        return 0
    for usual in HELD:
        for place, name in enumerate(names):
            if str(name).casefold() == usual or (usual == "0" and name == 0):
                return place
    there = ", ".join(str(name) for name in names)
    given.fault("Which arm had no treatment is not said.", "control", f"Name one of: {there}.")
    return 0


def _enough(given: Given, data: _Data, names: Sequence[Any], group: str) -> None:
    sizes = np.bincount(data.arm, minlength=len(names))
    for name, size in zip(names, sizes, strict=True):
        if size < FEWEST:
            given.fault(f"Arm '{name}' has fewer than two people with an outcome.", group)
    given.check()


def _sentence(one: Comparison, words: Words, unit: str) -> str:
    found = one.adjusted
    amount = words.estimate(found.value, found.low, found.high, unit)
    if not math.isfinite(found.error):
        return words("{arm}: too few to tell.", arm=one.arm)
    if found.sign > 0:
        return words("{arm}: each brought more because of it, {n}.", arm=one.arm, n=amount)
    if found.sign < 0:
        return words("{arm}: each brought less because of it, {n}.", arm=one.arm, n=amount)
    return words("{arm}: no effect that chance could not explain: {n}.", arm=one.arm, n=amount)
