"""Where people live: real cities with their share of customers, and postcodes of theirs."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

import numpy as np

from rapport.simulation.people.names import Texts, listed, texts

INWARD = "ABDEFGHJLNPQRSTUWXYZ"
"""Letters that the second half of a British postcode may hold."""


@dataclass(frozen=True, slots=True)
class Place:
    """A city, its region, its weight among people, its postcodes (first halves in Britain)."""

    country: str
    city: str
    region: str
    weight: float
    postcodes: tuple[str, ...]


@cache
def places(country: str) -> tuple[Place, ...]:
    """Return the cities of "FR" or "GB", heaviest first within what is listed.

    Examples
    --------
    >>> places("FR")[0].city, places("FR")[0].postcodes[-1], places("GB")[0].city
    ('Paris', '75020', 'London')
    """
    rows = [line.split("|") for line in listed("places.txt")]
    return tuple(
        Place(land, city, region, float(weight), _postcodes(codes))
        for land, city, region, weight, codes in rows
        if land == country
    )


def _postcodes(codes: str) -> tuple[str, ...]:
    span = re.fullmatch(r"(\d+)-(\d+)", codes)
    if span is None:
        return tuple(codes.split())
    return tuple(f"{code:05d}" for code in range(int(span[1]), int(span[2]) + 1))


def drawn_places(rng: np.random.Generator, n: int, country: str) -> tuple[Texts, Texts, Texts]:
    """Return n cities, the region of each, and a postcode in each.

    A French postcode names a town or a quarter. A British one names about fifteen addresses, so
    its second half is made up: whether it exists is chance.
    """
    known = places(country)
    upto = np.cumsum([place.weight for place in known])
    drawn = np.searchsorted(upto / upto[-1], rng.random(n))
    chances = rng.random(n)
    codes = [
        known[place].postcodes[int(chance * len(known[place].postcodes))]
        for place, chance in zip(drawn.tolist(), chances.tolist(), strict=True)
    ]
    if country == "GB":
        digits = rng.integers(1, 10, n).tolist()
        ends = rng.integers(0, len(INWARD), (n, 2)).tolist()
        codes = [
            f"{code} {digit}{INWARD[a]}{INWARD[b]}"
            for code, digit, (a, b) in zip(codes, digits, ends, strict=True)
        ]
    cities = texts([place.city for place in known])
    regions = texts([place.region for place in known])
    return cities[drawn], regions[drawn], texts(codes)
