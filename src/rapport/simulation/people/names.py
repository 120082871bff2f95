"""First and last names: lists of the project's own, French and English, by sex and generation."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources

import numpy as np
from numpy.typing import NDArray

Texts = NDArray[np.object_]

GENERATION = 9.0
"""Years around its peak in which a first name was mostly given (standard deviation)."""


@dataclass(frozen=True, slots=True)
class FirstNames:
    """One language's first names: what they are, whose, and when they were given."""

    names: Texts
    female: NDArray[np.bool_]
    peak: NDArray[np.float64]
    weight: NDArray[np.float64]


def listed(name: str) -> list[str]:
    """Return the lines of a data file of this package, without its comments."""
    text = (resources.files(__package__) / "data" / name).read_text(encoding="utf-8")
    return [line for line in text.splitlines() if line.strip() and not line.startswith("#")]


def texts(values: Sequence[str | None]) -> Texts:
    """Return texts as a one-dimensional array of objects, whatever their lengths."""
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made


@cache
def first_names(language: str) -> FirstNames:
    """Return the first names of "fr" or "en".

    Examples
    --------
    >>> len(first_names("fr").names) > 200
    True
    """
    rows = []
    for line in listed(f"first_{language}.txt"):
        head, names = line.split(":")
        sex, peak = head.split()
        rows += [
            (name, sex == "f", float(peak), 1 / (rank + 3))
            for rank, name in enumerate(names.split())
        ]
    return FirstNames(
        texts([row[0] for row in rows]),
        np.array([row[1] for row in rows]),
        np.array([row[2] for row in rows]),
        np.array([row[3] for row in rows]),
    )


@cache
def last_names(language: str) -> tuple[Texts, NDArray[np.float64]]:
    """Return the last names of "fr" or "en" and the share of people who bear each."""
    ordinary, unusual = (line.split() for line in listed(f"last_{language}.txt"))
    names = [name.replace("+", " ") for name in ordinary + unusual]
    weight = np.concatenate([1 / (np.arange(len(ordinary)) + 25.0), np.full(len(unusual), 0.0012)])
    return texts(names), weight / weight.sum()


@cache
def nicknames() -> dict[str, tuple[str, ...]]:
    """Return what people of a first name are called by their friends.

    Examples
    --------
    >>> nicknames()["Jean-Baptiste"], nicknames()["Elizabeth"][0]
    (('JB',), 'Liz')
    """
    rows = [line.split() for line in listed("nicknames.txt")]
    return {row[0]: tuple(row[1:]) for row in rows}


def drawn_first_names(
    rng: np.random.Generator, born: NDArray[np.int64], female: NDArray[np.bool_], language: str
) -> Texts:
    """Return a first name for each person, of their sex and fashionable when they were born."""
    known = first_names(language)
    chances = rng.random(len(born))
    made = texts([""] * len(born))
    decades = born // 5
    for decade in np.unique(decades):
        fashion = np.exp(-0.5 * ((decade * 5 + 2.5 - known.peak) / GENERATION) ** 2)
        for sex in (False, True):
            rows = np.flatnonzero((decades == decade) & (female == sex))
            share = np.cumsum(known.weight * (fashion + 1e-6) * (known.female == sex))
            made[rows] = known.names[np.searchsorted(share / share[-1], chances[rows])]
    return made


def drawn_last_names(rng: np.random.Generator, n: int, language: str) -> Texts:
    """Return n last names; four in a hundred are two names with a hyphen."""
    names, share = last_names(language)
    upto = np.cumsum(share)
    upto /= upto[-1]
    made = names[np.searchsorted(upto, rng.random(n))]
    other = names[np.searchsorted(upto, rng.random(n))]
    double = np.flatnonzero(rng.random(n) < 0.04)
    made[double] = [
        a if "-" in a or " " in a or " " in b or "-" in b else f"{a}-{b}"
        for a, b in zip(made[double], other[double], strict=True)
    ]
    return made


def without_accents(text: str) -> str:
    """Return the text without its accents, as many systems store it.

    Examples
    --------
    >>> without_accents("Éloïse Lefèvre d'Arçon")
    "Eloise Lefevre d'Arcon"
    """
    apart = unicodedata.normalize("NFD", text)
    return "".join(c for c in apart if not unicodedata.combining(c)).replace("ø", "o")


def letters(text: str) -> str:
    """Return only the plain lower-case letters of a text.

    Examples
    --------
    >>> letters("O'Connor-Lévy")
    'oconnorlevy'
    """
    return "".join(c for c in without_accents(text).lower() if "a" <= c <= "z")
