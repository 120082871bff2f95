"""People: who they are, where they live, and how they can be reached (by nobody)."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.simulation.people.contacts import emails, phones, second_emails
from rapport.simulation.people.names import (
    Texts,
    drawn_first_names,
    drawn_last_names,
    texts,
)
from rapport.simulation.people.places import drawn_places

ABROAD = {"fr": 0.03, "en": 0.06}
"""Share of a language's speakers who live in the other country."""
FROM_ELSEWHERE = 0.07
"""Share of people whose names come from the other language's lists."""
WOMEN = 0.64
"""Share of women among the people around a house of tea, coffee and chocolate."""
MARRIED_NAME = 0.24
"""Share of women who bear another name than the one they were born with."""

Table = dict[str, NDArray[Any]]


def people(rng: np.random.Generator, n: int, french_share: float) -> Table:
    """Return n people; the same generator gives the same people.

    Returns
    -------
    dict
        Arrays of length n: `language` ("fr" or "en"), `country` ("FR" or "GB"), `female` (bool),
        `birth_year` (int64), `first_name`, `last_name`, `maiden_name` (None for most), `email`,
        `second_email` (None for most), `phone` (international, None for some), `city`,
        `region`, `postcode`. Texts are arrays of objects. No e-mail and no phone comes twice.

    Raises
    ------
    ValueError
        If `n` is negative or `french_share` is not between 0 and 1.

    Examples
    --------
    >>> made = people(np.random.default_rng(7), 1000, 0.5)
    >>> len(set(made["email"])), sorted(set(made["country"]))
    (1000, ['FR', 'GB'])
    """
    if n < 0 or not 0 <= french_share <= 1:
        msg = f"people need n >= 0 and 0 <= french_share <= 1, not {n} and {french_share}"
        raise ValueError(msg)
    of = dict(zip(_PARTS, rng.spawn(len(_PARTS)), strict=True))
    french = of["language"].random(n) < french_share
    moved = of["country"].random(n) < np.where(french, ABROAD["fr"], ABROAD["en"])
    country = np.where(french ^ moved, "FR", "GB").astype(object)
    female = of["sex"].random(n) < WOMEN
    born = _birth_years(of["age"], n)
    named_french = french ^ (of["origin"].random(n) < FROM_ELSEWHERE)
    first, last = _names(of["name"], born, female, named_french)
    email = emails(of["email"], first, last, born, country)
    city, region, postcode = _homes(of["home"], country)
    return {
        "language": np.where(french, "fr", "en").astype(object),
        "country": country,
        "female": female,
        "birth_year": born,
        "first_name": first,
        "last_name": last,
        "maiden_name": _maiden_names(of["maiden"], female, born, named_french),
        "email": email,
        "second_email": second_emails(of["second"], first, last, email),
        "phone": phones(of["phone"], country),
        "city": city,
        "region": region,
        "postcode": postcode,
    }


_PARTS = (
    "language", "country", "sex", "age", "origin", "name", "email", "home", "maiden", "second",
    "phone",
)  # fmt: skip


def _birth_years(rng: np.random.Generator, n: int) -> NDArray[np.int64]:
    """Return years of birth: adults of 18 to 88 in 2024, most of them between 25 and 60."""
    age = 18 + 70 * rng.beta(1.7, 2.9, n)
    return np.floor(2024 - age).astype(np.int64)


def _names(
    rng: np.random.Generator,
    born: NDArray[np.int64],
    female: NDArray[np.bool_],
    french: NDArray[np.bool_],
) -> tuple[Texts, Texts]:
    first, last = texts([""] * len(born)), texts([""] * len(born))
    for language, rows in (("fr", french), ("en", ~french)):
        first[rows] = drawn_first_names(rng, born[rows], female[rows], language)
        last[rows] = drawn_last_names(rng, int(rows.sum()), language)
    return first, last


def _maiden_names(
    rng: np.random.Generator,
    female: NDArray[np.bool_],
    born: NDArray[np.int64],
    french: NDArray[np.bool_],
) -> Texts:
    """Return the name at birth of those who took another; the older, the more."""
    n = len(born)
    chance = MARRIED_NAME * np.clip((2000 - born) / 30, 0.05, 2.5)
    changed = female & (rng.random(n) < chance)
    made = texts([None] * n)
    for language, rows in (("fr", changed & french), ("en", changed & ~french)):
        made[rows] = drawn_last_names(rng, int(rows.sum()), language)
    return made


def _homes(rng: np.random.Generator, country: Texts) -> tuple[Texts, Texts, Texts]:
    blank = [""] * len(country)
    homes = texts(blank), texts(blank), texts(blank)
    for land in ("FR", "GB"):
        rows = country == land
        for column, drawn in zip(homes, drawn_places(rng, int(rows.sum()), land), strict=True):
            column[rows] = drawn
    return homes
