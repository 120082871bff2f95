"""The columns of a comparison as numbers: kinds spread out, gaps filled and marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.impact.comparing.learners import Flags, Values
from rapport.impact.given import Given

MOST_KINDS = 20
"""Kinds of a covariate that are told apart; rarer ones are together."""
_YES = ("1", "true", "t", "yes", "y", "oui", "treated", "connected")
_NO = ("0", "false", "f", "no", "n", "non", "control", "not connected")


@dataclass(frozen=True, slots=True)
class Covariates:
    """Covariates as numbers.

    Parameters
    ----------
    x
        Shape (people, columns).
    names
        What each column is: a covariate, "covariate = kind" or "covariate missing".
    of
        The place in the caller's list of the covariate each column belongs to.
    """

    x: Values
    names: tuple[str, ...]
    of: tuple[int, ...]


def covariates(given: Given, wanted: tuple[str, ...]) -> Covariates:
    """Return the covariates as numbers; missing numbers become the mean and are marked.

    Examples
    --------
    >>> table = pa.table({"age": [30, None, 50], "town": ["Lyon", "Paris", "Lyon"]})
    >>> made = covariates(Given.of(table, ["age", "town"], ""), ("age", "town"))
    >>> made.names, made.x.tolist()
    (('age', 'age missing', 'town = Paris'), [[30.0, 0.0, 0.0], [40.0, 1.0, 1.0], [50.0, 0.0, 0.0]])
    """
    parts: list[tuple[str, int, Values]] = []
    for place, name in enumerate(wanted):
        kind = given.rows.schema.field(name).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if pa.types.is_string(kind) or pa.types.is_large_string(kind):
            parts += [(label, place, column) for label, column in _kinds(given, name)]
        else:
            parts += [(label, place, column) for label, column in _numbers(given, name)]
    rows = given.rows.num_rows
    x = np.stack([part[2] for part in parts], axis=1) if parts else np.zeros((rows, 0))
    return Covariates(x, tuple(part[0] for part in parts), tuple(part[1] for part in parts))


def connected_of(given: Given, name: str) -> Flags:
    """Return who is connected; notes a fault where a value is neither yes nor no."""
    labels, codes = given.labels(name)
    told = [_yes(label) for label in labels]
    strange = [str(v) for v, said in zip(labels, told, strict=True) if said is None]
    if strange:
        shown = ", ".join(repr(v) for v in strange[:3])
        given.fault(f"It holds {shown}, which is neither yes nor no.", name, "Allowed: 0 and 1.")
    if (codes < 0).any():
        missing = int((codes < 0).sum())
        given.fault(f"{missing:,} of its values are missing.", name, "Leave those rows out.")
    lookup = np.array([bool(said) for said in told] + [False])
    connected: Flags = lookup[codes]
    return connected


def _yes(label: Any) -> bool | None:
    if isinstance(label, bool):
        return label
    text = str(label).strip().casefold()
    text = text.removesuffix(".0")
    return True if text in _YES else False if text in _NO else None


def _numbers(given: Given, name: str) -> list[tuple[str, Values]]:
    values = given.numbers(name)
    missing = np.isnan(values)
    if missing.all():
        return []
    filled = np.where(missing, values[~missing].mean() if (~missing).any() else 0.0, values)
    made = [(name, filled)]
    if missing.any():
        made.append((f"{name} missing", missing.astype(float)))
    return made


def _kinds(given: Given, name: str) -> list[tuple[str, Values]]:
    labels, codes = given.labels(name)
    counts = np.bincount(codes[codes >= 0], minlength=len(labels))
    common = [int(k) for k in np.argsort(-counts, kind="stable")[:MOST_KINDS]]
    made = [(f"{name} = {labels[k]}", (codes == k).astype(float)) for k in common[1:]]
    if (codes < 0).any():
        made.append((f"{name} missing", (codes < 0).astype(float)))
    return made
