"""Is an account real? A probability, a verdict and the reasons, from whatever is known of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.errors import Fault, Problem, nearest
from rapport.people.authenticity_columns import Profiles, read_profiles
from rapport.people.authenticity_growth import bursts
from rapport.people.authenticity_mixture import Mixture, fitted
from rapport.people.authenticity_signs import (
    BURST,
    CREATED_TOGETHER,
    LEARNED,
    SIGNS,
    UNKNOWN,
    Codes,
    Numbers,
)

SUSPICIOUS = 0.7  # from here on an account is called suspicious
REAL = 0.2  # up to here real
LEAST_SIGNS = 3  # of fewer no account is called real
_SPEAKS = 0.4  # log likelihood ratio from which a sign is told as a reason
_FEW_DAYS = 60


def authenticity(
    profiles: Any,
    *,
    labels: str | Sequence[Any] | None = None,
    columns: Mapping[str, str] | None = None,
    today: dt.date | None = None,
) -> Any:
    """Return for each account the probability that it was bought or is automated, and why.

    Without labels two kinds of accounts are told apart by published signs, at rates that move with
    the audience at hand (see `rapport.people.authenticity_mixture`). With labels a classifier is
    fitted to them; a labelled account is judged by a fit that did not see it.

    Parameters
    ----------
    profiles
        A frame of pandas, Polars, PyArrow, DuckDB or Spark, one row for each account. Every column
        is optional: account_id, handle, name, followers, following, posts, likes (given), listed,
        picture, description, url, location, private, created, last_post, followed_on (when it
        began to follow the brand), seen_on. The names of the platforms' own exports are known as
        well (`friends_count`, `statuses_count`, `userHasProfilPic`, …).
    labels
        What is known: a column's name, or one value for each row; True or 1 for bought, False or 0
        for real, None where nobody has said. At least 20 of each kind.
    columns
        Our name = the name in the frame, where it is not known.
    today
        The day of looking; `seen_on`, or the newest day of the frame, when not given.

    Returns
    -------
    frame
        Of the kind that was given (PyArrow for DuckDB and Spark), rows in the same order:
        account_id (where there is one), suspicion (probability, 0 to 1), verdict ("real", "unsure"
        or "suspicious"; "unsure" wherever too little is known), reasons (codes of `SIGNS` that
        speak against it, the weightiest first, with ", " between; `in_words` tells them).

    Raises
    ------
    Problem
        If no column says anything of a profile, or the labels cannot be used.

    Examples
    --------
    >>> import pyarrow as pa
    >>> some = pa.table({"handle": ["lea_m", "user83610284"], "followers": [240, 3],
    ...                  "following": [310, 1900], "posts": [412, 0], "picture": [True, False]})
    >>> judged = authenticity(some)
    >>> judged["verdict"].to_pylist(), judged["reasons"][1].as_py()
    (['real', 'suspicious'], 'follows_many, few_followers, no_picture, few_posts, digits_in_handle')
    """
    frame, back = _arrow(profiles)
    said: Sequence[Any] | None = _said(labels, frame)
    kept = frame.drop_columns([labels]) if isinstance(labels, str) else frame
    known = read_profiles(kept, columns, today)
    if known.rows == 0:
        judged = _table(known, np.zeros(0), [], [])
        return back(judged)
    codes, names = coded(known)
    burst, told = _behaviour(known)
    patterns, where, people, shared = _patterns(codes, burst)
    fit = fitted(names, patterns, people, shared)
    chance = fit.probability(patterns, shared)[where]
    extra = told
    if said is not None:
        from rapport.people.authenticity_labels import learned

        chance = learned(known, said)
        extra = [[*more, LEARNED] if p >= SUSPICIOUS else more
                 for more, p in zip(told, chance, strict=True)]  # fmt: skip
    reasons = reasons_of(fit, codes, chance, extra)
    seen = known_signs(codes) + (burst > 0.5)
    verdict = verdicts(chance, np.full(known.rows, 99) if said is not None else seen)
    return back(_table(known, chance, verdict, reasons))


def coded(profiles: Profiles) -> tuple[Codes, tuple[str, ...]]:
    """Return the step of each known sign, one column each, and the signs' names."""
    names = tuple(name for name in SIGNS if name in profiles.numbers)
    steps = [SIGNS[name].steps(profiles.numbers[name]) for name in names]
    empty = np.zeros((profiles.rows, 0), np.int64)
    return (np.stack(steps, axis=1) if steps else empty), names


def known_signs(codes: Codes) -> Codes:
    """Return how many signs are known of each account."""
    counted: Codes = (codes != UNKNOWN).sum(axis=1)
    return counted


def verdicts(chance: Numbers, seen: Codes) -> list[str]:
    """Return "suspicious", "real" or, in between or with little known, "unsure"."""
    return [
        "suspicious"
        if p >= SUSPICIOUS and n >= 1
        else "real"
        if p <= REAL and n >= LEAST_SIGNS
        else "unsure"
        for p, n in zip(chance.tolist(), np.asarray(seen).tolist(), strict=True)
    ]


def reasons_of(
    fit: Mixture, codes: Codes, chance: Numbers, extra: Sequence[Sequence[str]]
) -> list[str]:
    """Return what speaks against each account that is not called real, weightiest first."""
    weights = fit.weights(codes)
    codes_of = [sign.reason for sign in fit.signs]
    told = []
    for row, more in enumerate(extra):
        if chance[row] <= REAL:
            told.append("")
            continue
        ranked = np.argsort(-weights[row], kind="stable")
        speaking = [codes_of[k] for k in ranked if weights[row, k] >= _SPEAKS]
        told.append(", ".join(dict.fromkeys([*more, *speaking])))
    return told


def day_shares(days: Numbers) -> Numbers:
    """Return for each account the share of its day's arrivals that is more than expected.

    Zero on ordinary days, where the day is not known, and where the days span less than two months.
    """
    share = np.zeros(len(days))
    known = np.isfinite(days)
    if not known.any():
        return share
    first = int(np.nanmin(days))
    counts = np.bincount((days[known] - first).astype(int)).astype(float)
    if len(counts) < _FEW_DAYS:
        return share
    by_day = np.zeros(len(counts))
    for burst in bursts(counts):
        by_day[burst.first : burst.last + 1] = burst.excess / burst.came
    share[known] = by_day[(days[known] - first).astype(int)]
    return share


def _behaviour(profiles: Profiles) -> tuple[Numbers, list[list[str]]]:
    """Return the share of each account's arrivals that is a burst, and the reasons it gives."""
    nothing = np.full(profiles.rows, np.nan)
    came = day_shares(profiles.numbers.get("followed_day", nothing))
    made = day_shares(profiles.numbers.get("created_day", nothing))
    reasons = [
        [code for code, share in ((BURST, a), (CREATED_TOGETHER, b)) if share > 0.5]
        for a, b in zip(came.tolist(), made.tolist(), strict=True)
    ]
    return 1 - (1 - came) * (1 - made), reasons


def _patterns(codes: Codes, burst: Numbers) -> tuple[Codes, Codes, Numbers, Numbers]:
    """Return distinct patterns, which of them each account shows, how many do, their bursts."""
    rounded = np.round(burst, 3)
    joined = np.column_stack([codes.astype(float), rounded])
    found, where, many = np.unique(joined, axis=0, return_inverse=True, return_counts=True)
    return found[:, :-1].astype(np.int64), where.ravel(), many.astype(float), found[:, -1]


def _said(labels: str | Sequence[Any] | None, frame: pa.Table) -> Sequence[Any] | None:
    if not isinstance(labels, str):
        if labels is None:
            return None
        told: list[Any] = labels.to_list() if hasattr(labels, "to_list") else list(labels)
        return [getattr(v, "as_py", lambda v=v: v)() for v in told]
    if labels not in frame.column_names:
        fault = Fault(f"There is no column '{labels}'.", hint=nearest(labels, frame.column_names))
        raise Problem("The labels cannot be learned from.", [fault])
    return list(frame[labels].to_pylist())


def _arrow(profiles: Any) -> tuple[pa.Table, Any]:
    """Return any frame as Arrow, and what makes an answer of its kind."""
    try:
        frame = nw.from_native(profiles)
    except TypeError as error:
        fault = Fault(
            f"This is a {type(profiles).__name__}, not a frame.",
            hint="Give a frame of pandas, Polars, PyArrow, DuckDB or Spark.",
        )
        raise Problem("The profiles could not be read.", [fault]) from error
    if isinstance(frame, nw.LazyFrame):
        lazy_polars = frame.implementation is nw.Implementation.POLARS
        table = frame.collect(backend="pyarrow").to_native()
        return table, (_to_polars if lazy_polars else _itself)
    if frame.implementation is nw.Implementation.PYARROW:
        return frame.to_native(), _itself
    as_made = _to_polars if frame.implementation is nw.Implementation.POLARS else _to_pandas
    return frame.to_arrow(), as_made


def _itself(table: pa.Table) -> Any:
    return table


def _to_pandas(table: pa.Table) -> Any:
    return table.to_pandas()


def _to_polars(table: pa.Table) -> Any:
    return nw.from_native(table, eager_only=True).to_polars()


def _table(
    profiles: Profiles, chance: Numbers, verdict: Sequence[str], reasons: Sequence[str]
) -> pa.Table:
    ids = {} if profiles.account_id is None else {"account_id": profiles.account_id}
    return pa.table(
        {
            **ids,
            "suspicion": pa.array(chance, pa.float64()),
            "verdict": pa.array(verdict, pa.string()),
            "reasons": pa.array(reasons, pa.string()),
        }
    )
