"""Caused, partly, cannot tell, no: the one rule by which a connection is judged.

The rule leans to the careful side on purpose. In 663 randomised trials at Facebook the best
adjusted comparisons missed the effect widely, mostly by overstating it (Gordon, Moakler &
Zettelmeyer 2023). So more is said only where it would stand against an unseen cause, and "caused"
or "partly" where nothing was caused is to be said at most once in twenty times
(`benchmarks/connection.py` counts it).
"""

from __future__ import annotations

from dataclasses import dataclass

from scipy.special import ndtri

from rapport.estimate import EDGE, Estimate
from rapport.results import Said
from rapport.words import Words

CAUSED, PARTLY, CANNOT_TELL, NO, LESS = "caused", "partly", "cannot tell", "no", "less"

MOST_OF_IT = 0.5
"""An effect of at least this share of the naive gap explains it: "caused", else "partly"."""
NEXT_TO_NOTHING = 0.25
"""A range that ends below this share of the naive gap, and holds nil, means "no"."""
_SURE = 0.95


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict and, where it is "cannot tell", why.

    Reasons are "range", "unseen", "placebo", "overlap", "trend", "few" and "identity".
    """

    said: str
    why: str = ""


def verdict(naive: Estimate, effect: Estimate, *, bias: float = 0.0, looks: int = 1) -> Verdict:
    """Return what may be said of an effect.

    1. Its 95 % range, widened on both sides by `bias`, lies above nil: "caused" when the effect is
       at least half of the naive gap, else "partly". Below nil: "less".
    2. Its 90 % range, widened likewise, holds nil, and its upper end is under a quarter of the
       naive gap: "no".
    3. Anything else: "cannot tell", because of an unseen cause where the range alone would have
       said more.

    Parameters
    ----------
    naive, effect
        The gap as it seems, and the effect with its 90 % range.
    bias
        How far causes that nobody recorded, or trends that differed before, might move it.
    looks
        Of how many effects like this one the verdict is told: the 95 % hold for all of them
        together (Bonferroni).

    Examples
    --------
    >>> gap = Estimate.normal(6.0, 0.2, "EUR", source="gap")
    >>> [verdict(gap, Estimate.normal(v, 0.3, "EUR", source="e")).said
    ...  for v in (5.0, 1.2, 0.0, -1.0)]
    ['caused', 'partly', 'no', 'less']
    >>> verdict(gap, Estimate.normal(1.2, 1.0, "EUR", source="e"))
    Verdict(said='cannot tell', why='range')
    >>> verdict(gap, Estimate.normal(5.0, 0.3, "EUR", source="e"), bias=6.0)
    Verdict(said='cannot tell', why='unseen')
    """
    error = (effect.high - effect.low) / (2 * EDGE)
    wide = float(ndtri(1 - (1 - _SURE) / 2 / max(looks, 1))) * error
    alone = _read(naive.value, effect, wide, 0.0)
    held = _read(naive.value, effect, wide, bias)
    if held == alone and held != CANNOT_TELL:
        return Verdict(held)
    # more doubt never says another thing as firmly
    return Verdict(CANNOT_TELL, "range" if alone == CANNOT_TELL else "unseen")


def _read(naive: float, effect: Estimate, wide: float, bias: float) -> str:
    if effect.value - wide - bias > 0:
        return CAUSED if effect.value >= MOST_OF_IT * naive else PARTLY
    if effect.value + wide + bias < 0:
        return LESS
    small = effect.high + bias < NEXT_TO_NOTHING * naive
    return NO if small and effect.low - bias <= 0 <= effect.high + bias else CANNOT_TELL


SENTENCES = {
    CAUSED: Said(
        "Yes: {who} bring {naive} more than others, and most of it, {effect}, is because they "
        "are connected."
    ),
    PARTLY: Said(
        "Partly: {who} bring {naive} more than others, but only {effect} of it is because they "
        "are connected."
    ),
    CANNOT_TELL: Said(
        "We cannot tell: {who} bring {naive} more than others, and what being connected "
        "adds may be anything from {low} to {high}."
    ),
    NO: Said(
        "No: {who} bring {naive} more than others, but being connected adds next to nothing, {low} "
        "to {high}."
    ),
    LESS: Said("No: being connected makes {who} bring less, by {effect}."),
}
BEHIND = {
    CAUSED: Said(
        "Yes, though it does not show: {who} bring {naive} less than others, but being "
        "connected adds {effect}."
    ),
    CANNOT_TELL: Said(
        "We cannot tell: {who} bring {naive} less than others, and what being connected "
        "adds may be anything from {low} to {high}."
    ),
}
"""What is said where the connected bring less than others to begin with."""
DOUBTS = {
    "unseen": Said("A cause that nobody recorded, no stronger than one we know, would explain it."),
    "placebo": Said(
        "Connected people differ where being connected can change nothing, so like was not "
        "set against like."
    ),
    "overlap": Said("Too few of the others are like the connected."),
    "trend": Said("Those who connected were on another course already before they did."),
    "few": Said("Too few people connected while we could see them before and after."),
    "identity": Said(
        "Purchases of those who are not connected are mostly not known by name, so the two "
        "cannot be compared."
    ),
}


def message(found: Verdict, naive: float) -> Said:
    """Return the message that tells a verdict; its values are who, naive, effect, low and high."""
    if naive >= 0 or found.said == LESS:
        return SENTENCES[found.said]
    return BEHIND[CANNOT_TELL if found.said in {CANNOT_TELL, NO} else CAUSED]


def sentence(found: Verdict, naive: Estimate, effect: Estimate, language: str = "en") -> str:
    """Return the verdict in one sentence, with the doubt that decided it."""
    words = Words.of(language)

    def told(value: float, like: Estimate) -> str:
        width = abs(like.high - like.low)
        places = 0 if width >= 100 else 2
        return words.quantity(value, like.unit, places)

    size = abs(effect.value) if found.said == LESS else effect.value
    said = words(
        message(found, naive.value).message,
        who=words("connected people"),
        naive=told(abs(naive.value), naive),
        effect=told(size, effect),
        low=told(effect.low, effect),
        high=told(effect.high, effect),
    )
    doubt = DOUBTS.get(found.why)
    return f"{said} {doubt.text(language)}" if doubt else said
