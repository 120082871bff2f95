"""What each message says of the brand, well or ill, with how often the model errs about it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from rapport.listening.trust.quantification import BINS, EDGES, Correction
from rapport.record.frames import Frame

WELL = ("praise", "recommendation")
ILL = ("complaint", "leaving")
READ = (*WELL, *ILL)
ENDS = ("", "_low", "_high")
MOST = 0.999  # no single message makes anything certain
_TAIL = 0.05


@dataclass(frozen=True, slots=True)
class Rates:
    """How likely a message is truly of a kind, by the bin its score falls in.

    Parameters
    ----------
    value, low, high
        Shape (BINS,) each: the mean over what the model's errors may be, and the ends of the
        central 90 % range.
    corrected
        Whether anything is known of the model's errors; else its own probabilities are taken.
    """

    value: NDArray[np.float64]
    low: NDArray[np.float64]
    high: NDArray[np.float64]
    corrected: bool


def rates(correction: Correction | None, counts: NDArray[np.float64]) -> Rates:
    """Return how likely messages of each bin are of a kind, for these very messages.

    Parameters
    ----------
    correction
        What is known of the model's errors on the kind; None where nothing is.
    counts
        Shape (BINS,): messages of the brand in each bin.

    Examples
    --------
    >>> told = rates(None, np.zeros(BINS))
    >>> told.corrected, bool((np.diff(told.value) > 0).all())
    (False, True)
    """
    if correction is None or not counts.sum():
        middle = (np.array(EDGES[:-1]) + np.array(EDGES[1:])) / 2
        return Rates(middle, middle, middle, corrected=False)
    drawn = correction.rate_draws(counts)
    low, high = np.quantile(drawn, [_TAIL, 1 - _TAIL], axis=0)
    return Rates(drawn.mean(axis=0), low, high, corrected=True)


def stepped(score: nw.Expr, levels: NDArray[np.float64]) -> nw.Expr:
    """Return the level of the bin that each score falls in, as an expression of either engine."""
    found = nw.lit(float(levels[0]))
    for edge, before, after in zip(EDGES[1:-1], levels[:-1], levels[1:], strict=True):
        found = found + (score >= edge).cast(nw.Float64()) * float(after - before)
    return found


def read(messages: Frame, by_kind: Mapping[str, Rates]) -> Frame:
    """Return the messages with the chance that each speaks well, speaks ill, recommends.

    A message speaks well when it praises or recommends, ill when it complains or says goodbye; of
    the chances of two kinds that go together the larger counts. Of what speaks well and ill at
    once only one is taken to hold, so that the two chances and that of neither add up to one.

    Parameters
    ----------
    messages
        With p_praise, p_recommendation, p_complaint, p_leaving.
    by_kind
        Rates of each kind of READ.

    Returns
    -------
    Frame
        The messages with says_well, says_ill and recommends, each with `_low` and `_high`.
    """
    parts = {"w": WELL, "i": ILL, "recommends": WELL[1:]}
    made = {
        f"{name}{end}": _largest([_chance(kind, by_kind[kind], end) for kind in kinds])
        for name, kinds in parts.items()
        for end in ENDS
    }
    scored = messages.with_columns(**made)
    told = {}
    for end, against in zip(ENDS, ("", "_high", "_low"), strict=True):
        told[f"says_well{end}"] = _alone(nw.col(f"w{end}"), nw.col(f"i{against}"))
        told[f"says_ill{end}"] = _alone(nw.col(f"i{end}"), nw.col(f"w{against}"))
    return scored.with_columns(**told).drop(*(f"{name}{end}" for name in "wi" for end in ENDS))


def _largest(chances: Sequence[nw.Expr]) -> nw.Expr:
    """Return the largest of them; Spark takes no largest of one."""
    return chances[0] if len(chances) == 1 else nw.max_horizontal(*chances)


def _alone(this: nw.Expr, other: nw.Expr) -> nw.Expr:
    """Return the chance of one of two things that exclude each other, from that of either."""
    return this * (1.0 - other) / (1.0 - this * other)


def _chance(kind: str, found: Rates, end: str) -> nw.Expr:
    levels = {"": found.value, "_low": found.low, "_high": found.high}[end]
    return stepped(nw.col(f"p_{kind}"), np.clip(levels, 0.0, MOST))


__all__ = ["BINS", "ENDS", "READ", "Rates", "rates", "read", "stepped"]
