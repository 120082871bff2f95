"""Chance, apart for each mechanism: what one of them draws never moves what another draws."""

from __future__ import annotations

import zlib

import numpy as np


class Chance:
    """The generators of a world, by name.

    A name always gives the same generator, whichever others were asked for before: the spawn key
    of its `SeedSequence` is a checksum of the name.

    Examples
    --------
    >>> chance = Chance(7)
    >>> float(chance("media").random()) == float(Chance(7)("media").random())
    True
    >>> float(chance("media").random()) == float(chance("media", 1).random())
    False
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def __call__(self, name: str, *keys: int) -> np.random.Generator:
        """Return a fresh generator for a mechanism; `keys` tell its months or regions apart."""
        spawn_key = (zlib.crc32(name.encode()), *keys)
        return np.random.Generator(
            np.random.PCG64(np.random.SeedSequence(self.seed, spawn_key=spawn_key))
        )
