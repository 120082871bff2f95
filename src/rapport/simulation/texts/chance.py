"""Chances drawn ahead: one call of the generator serves tens of thousands of small decisions."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import numpy as np

AHEAD = 1 << 16


def chances(rng: np.random.Generator) -> Callable[[], float]:
    """Return a function that gives the next chance between 0 and 1, in the generator's order.

    Examples
    --------
    >>> roll = chances(np.random.default_rng(7))
    >>> roll() == np.random.default_rng(7).random()
    True
    """

    def stream() -> Iterator[float]:
        while True:
            yield from rng.random(AHEAD).tolist()

    return stream().__next__


def picked(choices: Sequence[str], roll: Callable[[], float]) -> str:
    """Return one of the choices."""
    return choices[int(roll() * len(choices))]
