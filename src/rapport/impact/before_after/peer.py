"""Where `diff-diff` does the work: drifts that bend."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from rapport.estimate import LEVEL
from rapport.impact.before_after.trends import Path


def smooth_bounds(path: Path, bend: float) -> tuple[float, float]:
    """Return the range for a drift that bends by at most `bend` a period (fixed length, FLCI)."""
    from diff_diff import HonestDiD

    with _quiet():
        weights = path.weight[path.since >= 0]
        model = HonestDiD(method="smoothness", M=bend, alpha=1 - LEVEL, l_vec=weights)
        found = model.fit(_surface(path))
    return float(found.ci_lb), float(found.ci_ub)


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
