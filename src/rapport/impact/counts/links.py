"""Each count judged: linked to value to come, no link seen, or it cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from rapport.estimate import EDGE
from rapport.impact.counts.design import Floats, baseline, remembered, scaled
from rapport.impact.counts.forecasting import (
    BLOCK,
    FEWEST_JUDGED,
    FLAT,
    Rolled,
    judged,
    rolled,
    smallest_seen,
)
from rapport.impact.counts.panel import Key, Panel

LINKED, NO_LINK, UNTOLD = "linked", "no link seen", "cannot tell"
FALSE_LINKS = 0.10
"""Of the links told, so many may be false (Benjamini & Hochberg 1995)."""
MATERIAL = 0.05
"""A link is worth knowing of when one usual swing goes with so much of a week's value."""
MOVING = 0.2
"""Of a count's weeks, so many must differ from the commonest one for anything to be told."""


@dataclass(frozen=True, slots=True)
class Link:
    """What one count says of one outcome.

    Parameters
    ----------
    key, outcome
        Channel and name of the count; what it was held against.
    weeks
        Weeks that were forecast.
    link, low, high
        With one usual swing of the count goes so much of a week's value in the weeks after, as a
        share of it; over all weeks.
    gain, gain_low, gain_high
        By how much forecasts come nearer with the count, as a share of their error.
    p
        How often chance alone does as well, out of sample.
    smallest
        The weakest link that the test would have told four times in five, as a share.
    trained, noise
        Weeks that forecasts were learnt from, and the size of their errors without the count.
    why
        Why nothing can be told: "few weeks", "hardly moves"; empty otherwise.
    """

    key: Key
    outcome: str
    weeks: int = 0
    link: float = np.nan
    low: float = np.nan
    high: float = np.nan
    gain: float = np.nan
    gain_low: float = np.nan
    gain_high: float = np.nan
    p: float = np.nan
    smallest: float = np.nan
    trained: float = np.nan
    noise: float = np.nan
    why: str = ""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A count's strongest outcome, its chance among all counts, and what follows from it."""

    best: Link
    p: float
    q: float
    said: str


def links(panel: Panel) -> list[Link]:
    """Return what every count says of every outcome, one row each."""
    return [each for name in panel.value for each in _of_outcome(panel, name)]


def _of_outcome(panel: Panel, outcome: str) -> list[Link]:
    y, in_logs = scaled(panel.value[outcome])
    base = baseline(y, panel.first, panel.days, panel.spend)
    made: dict[Key, Link] = {}
    for start, keys in _by_start(panel.counts).items():
        memory = np.stack([remembered(_moving(panel.counts[key])) for key in keys], axis=1)
        here = slice(start, None)
        found = rolled(y[here], base[here], memory[here])
        for column, key in enumerate(keys):
            why = "few weeks" if found is None else _silent(panel.counts[key])
            link = Link(key, outcome, why=why)
            if found is not None and not why:
                link = _tested(link, found, found.correction[:, column])
            if not link.why:
                told = association(y[here], base[here], memory[here, column])
                made[key] = _with_size(link, *told, in_logs=in_logs)
            else:
                made[key] = link
    return [made[key] for key in panel.counts]


def _by_start(counts: Mapping[Key, Floats]) -> dict[int, list[Key]]:
    """Return the counts by the week from which they are known, in steps of four."""
    starts: dict[int, list[Key]] = {}
    for key, series in counts.items():
        known = np.isfinite(series)
        first = int(np.argmax(known)) if known.any() else 0
        starts.setdefault(-(-first // 4) * 4, []).append(key)
    return dict(sorted(starts.items()))


def _moving(series: Floats) -> Floats:
    """Return a count on the scale on which it moves: logarithms, for what is never negative."""
    known = series[np.isfinite(series)]
    if len(known) and known.min() < 0:
        return series
    return np.log1p(series)


def _silent(series: Floats) -> str:
    known = series[np.isfinite(series)]
    _, times = np.unique(known, return_counts=True)
    if not len(known) or 1 - times.max() / len(known) < MOVING:
        return "hardly moves"
    return ""


def _tested(link: Link, found: Rolled, correction: Floats) -> Link:
    """Return a link with what was found out of sample, in the weeks in which it was counted."""
    known = np.isfinite(correction)
    if known.sum() < FEWEST_JUDGED:
        return replace(link, why="few weeks")
    told = judged(found.error[known], correction[known])
    return replace(
        link,
        weeks=told.weeks,
        gain=told.gain,
        gain_low=told.low,
        gain_high=told.high,
        p=told.p,
        trained=found.trained,
        noise=found.noise,
    )


def association(y: Floats, base: Floats, memory: Floats) -> tuple[float, float]:
    """Return what goes with one usual swing of a count over all weeks, and its standard error.

    Least squares on what the baseline leaves of both (Frisch & Waugh 1933); errors of weeks near
    each other may hang together (Newey & West 1987, four lags).
    """
    whole = np.isfinite(base).all(axis=1) & np.isfinite(y) & np.isfinite(memory)
    z = np.column_stack([np.ones(whole.sum()), base[whole]])
    left_y, left_x = (_left(z, series[whole]) for series in (y, memory))
    spread = float(left_x.std())
    if spread <= FLAT:
        return np.nan, np.nan
    x = left_x / spread
    slope = float(x @ left_y / (x @ x))
    free = max(1, len(x) - z.shape[1] - 1)
    score = x * (left_y - slope * x)
    variance = float(score @ score)
    for lag in range(1, BLOCK + 1):
        variance += 2 * (1 - lag / (BLOCK + 1)) * float(score[lag:] @ score[:-lag])
    error = np.sqrt(max(variance, 0.0) * len(x) / free) / float(x @ x)
    return slope, float(error)


def _left(z: Floats, series: Floats) -> Floats:
    fitted: Floats = z @ np.linalg.lstsq(z, series, rcond=None)[0]
    return series - fitted


def _with_size(link: Link, slope: float, error: float, *, in_logs: bool) -> Link:
    ends = np.array([slope, slope - EDGE * error, slope + EDGE * error])
    value, low, high = (np.expm1(ends) if in_logs else ends).tolist()
    return replace(link, link=value, low=low, high=high)


def verdicts(found: Sequence[Link], false_links: float = FALSE_LINKS) -> list[Verdict]:
    """Return one verdict for each count, false links held to a share of those told.

    Of a count's outcomes the one that chance explains least stands for it, with its p multiplied by
    how many there are (Bonferroni); over counts, Benjamini & Hochberg (1995). Counts of one network
    rise and fall together, which that allows (Benjamini & Yekutieli 2001, theorem 1.2).

    A count is linked when q is at most `false_links` and forecasts did come nearer; no link is seen
    when the range of its link to each outcome leaves out a material one; else it cannot be told.
    """
    by_key: dict[Key, list[Link]] = {}
    for link in found:
        by_key.setdefault(link.key, []).append(link)
    best = {key: min(each, key=_rank) for key, each in by_key.items()}
    tested = [key for key, link in best.items() if not link.why]
    several = {key: sum(not link.why for link in by_key[key]) for key in tested}
    p = np.array([min(1.0, several[key] * best[key].p) for key in tested])
    q = stats.false_discovery_control(p, method="bh") if len(p) else p
    told = int((q <= false_links).sum())
    alpha = false_links * max(1, told) / max(1, len(tested)) / 2
    made = []
    for key, link in best.items():
        if link.why:
            made.append(Verdict(link, np.nan, np.nan, UNTOLD))
            continue
        place = tested.index(key)
        seen = smallest_seen(link.weeks, link.trained, alpha) * link.noise
        said = _said(by_key[key], float(q[place]), false_links)
        made.append(Verdict(replace(link, smallest=seen), float(p[place]), float(q[place]), said))
    return made


def _rank(link: Link) -> tuple[bool, float, float]:
    return bool(link.why), link.p if np.isfinite(link.p) else 2.0, -link.gain


def _said(each: Sequence[Link], q: float, false_links: float) -> str:
    tested = [link for link in each if not link.why]
    best = min(tested, key=_rank)
    if q <= false_links and best.gain > 0:
        return LINKED
    within = all(link.low > -MATERIAL and link.high < MATERIAL for link in tested)
    return NO_LINK if within else UNTOLD
