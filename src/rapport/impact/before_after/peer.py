"""Where `diff-diff` does the work: covariates that are no strata, and drifts that bend."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.estimate import LEVEL
from rapport.impact.before_after.effects import Control
from rapport.impact.before_after.moments import NEVER, Values
from rapport.impact.before_after.study import Effect, EventStudy, told
from rapport.impact.before_after.trends import Path

_CONTROL = {"not yet": "not_yet_treated", "never": "never_treated"}


def smooth_bounds(path: Path, bend: float) -> tuple[float, float]:
    """Return the range for a drift that bends by at most `bend` a period (fixed length, FLCI)."""
    from diff_diff import HonestDiD

    with _quiet():
        weights = path.weight[path.since >= 0]
        model = HonestDiD(method="smoothness", M=bend, alpha=1 - LEVEL, l_vec=weights)
        found = model.fit(_surface(path))
    return float(found.ci_lb), float(found.ci_ub)


def doubly_robust(
    long: pa.Table, covariates: Sequence[str], control: Control, people: tuple[int, int, int]
) -> EventStudy:
    """Return the event study of people one by one, adjusted for covariates.

    Callaway & Sant'Anna 2021, equation 2.4 (doubly robust), by `diff-diff`.

    Parameters
    ----------
    long
        unit (whole numbers), period, cohort (`NEVER` for who did not connect), outcome, and the
        covariates, one row for each person and period, none missing.
    people
        How many connected, how many never did, and how many were left out.
    """
    frame = long.to_pandas()
    frame["cohort"] = frame["cohort"].replace(NEVER, 0)
    moving, fixed = (_fitted(frame, covariates, control, base) for base in ("varying", "universal"))
    surface = fixed.aggregate("event_study")
    keep = np.isin(surface.event_time, surface.vcov_index)
    since = np.asarray(surface.event_time[keep], float)
    sizes = {float(g): float(n) for g, n in frame.groupby("cohort")["unit"].nunique().items()}
    path = Path(
        since,
        np.asarray(surface.att[keep], float),
        np.asarray(surface.vcov, float),
        _weights(fixed, since, sizes),
    )
    simple = fixed.aggregate("simple")
    group = fixed.aggregate("group")
    whole = Effect.of(float(fixed.overall_att), float(fixed.overall_se))
    cells = [
        _row({"cohort": float(g), "period": float(t), "people": sizes[float(g)]}, e["effect"],
             e["se"])
        for (g, t), e in moving.group_time_effects.items()
    ]  # fmt: skip
    return told(
        path,
        average=Effect.of(float(simple.att[0]), float(simple.se[0])),
        overall=_overall(group, sizes, whole),
        people=people,
        cells=cells,
        periods=[
            _row({"since": float(e), "people": _there(fixed, e, sizes)}, a, s)
            for e, a, s in zip(since, surface.att[keep], surface.se[keep], strict=True)
        ],
        cohorts=[
            _row({"cohort": float(g), "people": sizes[float(g)]}, a, s)
            for g, a, s in zip(group.label, group.att, group.se, strict=True)
        ],
        cells_test=None,
    )


def _overall(group: Any, sizes: dict[float, float], whole: Effect) -> Effect:
    """Return the average over people of their cohort's average; its error that of the simple one.

    `diff-diff` gives no joint covariance of the cohorts, and the two averages are close.
    """
    share = np.array([sizes[float(g)] for g in group.label])
    return Effect.of(float(share @ group.att / share.sum()), whole.error)


def _fitted(frame: Any, covariates: Sequence[str], control: Control, base: str) -> Any:
    from diff_diff import CallawaySantAnna

    model = CallawaySantAnna(
        control_group=_CONTROL[control], base_period=base, alpha=1 - LEVEL, estimation_method="dr"
    )
    with _quiet():
        return model.fit(
            frame, outcome="outcome", unit="unit", time="period", first_treat="cohort",
            covariates=list(covariates),
        )  # fmt: skip


def _weights(fixed: Any, since: Values, sizes: dict[float, float]) -> Values:
    weights = np.array([_there(fixed, e, sizes) if e >= 0 else 0.0 for e in since])
    shares: Values = weights / weights.sum()
    return shares


def _there(fixed: Any, since: float, sizes: dict[float, float]) -> float:
    return sum(sizes[float(g)] for g, t in fixed.group_time_effects if float(t) - float(g) == since)


def _row(keys: dict[str, float], value: float, error: float) -> dict[str, float]:
    one = Effect.of(float(value), float(error))
    return keys | {"effect": one.value, "error": one.error, "low": one.low, "high": one.high}


def _surface(path: Path) -> Any:
    """Return the path as `diff-diff` keeps one."""
    from diff_diff import EventStudyResults

    since = np.append(path.since, -1.0)
    ranked = np.argsort(since)
    unknown = np.full(len(since), np.nan)
    errors = np.append(np.sqrt(np.diag(path.covariance)), np.nan)
    return EventStudyResults(
        event_time=since[ranked].astype(int),
        att=np.append(path.value, 0.0)[ranked],
        se=errors[ranked],
        t_stat=unknown,
        p_value=unknown,
        conf_int_lower=unknown,
        conf_int_upper=unknown,
        is_reference=(since == -1)[ranked],
        n=unknown,
        n_kind=None,
        reference_period=-1,
        time_scale="relative",
        event_time_convention="e0_first_treated",
        vcov=path.covariance,
        vcov_index=path.since.astype(int),
        cband_lower=None,
        cband_upper=None,
        cband_crit_value=None,
        alpha=1 - LEVEL,
        source="CallawaySantAnnaResults",
        df=unknown,
        base_period="universal",
        anticipation=0,
        df_survey=None,
        reference_event_times=(-1,),
    )


@contextmanager
def _quiet() -> Iterator[None]:
    """Say nothing of what concerns the library alone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield
