"""How another system spells the same people: accents, short names, typos, phones as people type."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.errors import nearest
from rapport.simulation.people.contacts import CODES
from rapport.simulation.people.names import Texts, nicknames, texts, without_accents
from rapport.simulation.people.typos import mistyped

Table = dict[str, NDArray[Any]]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Habits:
    """How often one system's rows differ from what the person would write: shares, 0 to 1.

    Parameters
    ----------
    plain
        Accents dropped from names and cities.
    upper, lower
        Names all in capitals, or all in small letters.
    short
        First name as friends say it (Jean-Baptiste: JB; Elizabeth: Liz), or its initial.
    maiden
        Last name from before the marriage, of those who have one.
    swapped
        First and last name in each other's place.
    typo
        One letter wrong in the last name; a third as often in the e-mail.
    second
        The second e-mail, of those who have one.
    plus
        An e-mail with a tag (ana+alize@…).
    loud_email
        An e-mail with capitals.
    no_email, no_phone, no_place
        Left empty.
    phones
        Phone as a person types it there, in the person's country; else international.
    """

    plain: float = 0.05
    upper: float = 0.02
    lower: float = 0.02
    short: float = 0.03
    maiden: float = 0.15
    swapped: float = 0.004
    typo: float = 0.012
    second: float = 0.15
    plus: float = 0.01
    loud_email: float = 0.03
    no_email: float = 0.0
    no_phone: float = 0.3
    no_place: float = 0.02
    phones: float = 0.3


SYSTEMS = {
    "shopify": Habits(plain=0.12, lower=0.07, no_phone=0.35, phones=0.1),
    "pos": Habits(plain=1.0, upper=0.85, short=0.06, maiden=0.35, typo=0.05, no_email=0.45,
                  no_phone=0.4, phones=1.0, second=0.25, loud_email=0.2),
    "hubspot": Habits(plain=0.08, short=0.09, second=0.35, plus=0.03, no_phone=0.6),
    "salesforce": Habits(plain=0.2, swapped=0.02, second=0.6, typo=0.025, no_phone=0.3, phones=0.6),
    "zendesk": Habits(plain=0.2, lower=0.1, short=0.15, second=0.3, no_phone=0.75, no_place=0.9),
    "chatwoot": Habits(plain=0.3, lower=0.25, short=0.3, second=0.2, no_phone=0.8, no_place=0.95),
    "callcentre": Habits(plain=0.7, upper=0.4, short=0.02, maiden=0.3, swapped=0.03, typo=0.11,
                         no_email=0.7, no_phone=0.01, no_place=0.3, phones=1.0),
    "qualtrics": Habits(plain=0.25, lower=0.2, short=0.1, second=0.25, plus=0.02, no_phone=0.9,
                        no_place=0.6),
    "linkedin": Habits(short=0.06, maiden=0.3, second=0.7, no_email=0.75, no_phone=1.0,
                       no_place=0.5),
}  # fmt: skip
"""What each system does to names; the keys of `spelled`."""


def spelled(rng: np.random.Generator, table: Table, system: str) -> Table:
    """Return the same people, in the same order, as one system spells them.

    Parameters
    ----------
    table
        As `people` gives it; `maiden_name` and `second_email` may be missing.
    system
        A key of `SYSTEMS`.

    Returns
    -------
    dict
        `first_name`, `last_name`, `email`, `phone`, `city` and `postcode`: arrays of objects as
        long as the table's, None where the system does not know.

    Raises
    ------
    ValueError
        If the system is unknown.

    Examples
    --------
    >>> from rapport.simulation.people import people
    >>> someone = people(np.random.default_rng(5), 3, 1.0)
    >>> list(someone["last_name"])
    ['André', 'Petit', 'Blanc']
    >>> list(spelled(np.random.default_rng(5), someone, "pos")["last_name"])
    ['ANDRE', 'PETIT', 'Blanc']
    """
    if system not in SYSTEMS:
        msg = f"nobody has said how '{system}' spells people. {nearest(system, list(SYSTEMS))}"
        raise ValueError(msg)
    habits = SYSTEMS[system]
    naming, mailing, phoning, placing = rng.spawn(4)
    first, last = _names(naming, table, habits)
    city, postcode = _places(placing, table, habits)
    return {
        "first_name": first,
        "last_name": last,
        "email": _emails(mailing, table, habits),
        "phone": _phones(phoning, table, habits),
        "city": city,
        "postcode": postcode,
    }


def _names(rng: np.random.Generator, table: Table, habits: Habits) -> tuple[Texts, Texts]:
    n = len(table["first_name"])
    first: Texts = table["first_name"].copy()
    last: Texts = table["last_name"].copy()
    maiden = table.get("maiden_name", texts([None] * n))
    bears = rng.random(n) < habits.maiden
    rows = np.flatnonzero(bears & _given(maiden))
    last[rows] = maiden[rows]
    _change(first, rng.random(n) < habits.short, _shortened)
    _mistype(rng, last, rng.random(n) < habits.typo)
    manner = rng.random(n)
    for column in (first, last):
        _change(column, manner < habits.upper, str.upper)
        _change(column, manner > 1 - habits.lower, str.lower)
    folded = rng.random(n) < habits.plain
    for column in (first, last):
        _change(column, folded, without_accents)
    rows = np.flatnonzero(rng.random(n) < habits.swapped)
    first[rows], last[rows] = last[rows], first[rows]
    return first, last


def _emails(rng: np.random.Generator, table: Table, habits: Habits) -> Texts:
    email: Texts = table["email"].copy()
    n = len(email)
    second = table.get("second_email", texts([None] * n))
    rows = np.flatnonzero((rng.random(n) < habits.second) & _given(second))
    email[rows] = second[rows]
    _change(email, rng.random(n) < habits.plus, _tagged)
    _mistype(rng, email, rng.random(n) < habits.typo / 3)
    loud = rng.random(n)
    _change(email, loud < habits.loud_email / 3, str.upper)
    _change(email, loud > 1 - habits.loud_email * 2 / 3, _capitalised)
    email[rng.random(n) < habits.no_email] = None
    return email


def _phones(rng: np.random.Generator, table: Table, habits: Habits) -> Texts:
    phone: Texts = table["phone"].copy()
    n = len(phone)
    ways = rng.integers(0, 6, n).tolist()
    typed = np.flatnonzero((rng.random(n) < habits.phones) & _given(phone))
    phone[typed] = [_typed(phone[row], ways[row]) for row in typed]
    phone[rng.random(n) < habits.no_phone] = None
    return phone


def _places(rng: np.random.Generator, table: Table, habits: Habits) -> tuple[Texts, Texts]:
    city: Texts = table["city"].copy()
    postcode: Texts = table["postcode"].copy()
    n = len(city)
    manner = rng.random(n)
    _change(city, manner < habits.upper, str.upper)
    _change(city, rng.random(n) < habits.plain, without_accents)
    _change(city, manner > 1 - 0.2 * habits.plain, lambda name: name.replace("Saint-", "St "))
    _change(postcode, rng.random(n) < 0.3 * habits.lower, str.lower)
    _change(postcode, rng.random(n) < 0.1, lambda code: code.replace(" ", ""))
    empty = rng.random(n) < habits.no_place
    city[empty], postcode[empty] = None, None
    return city, postcode


def _given(column: Texts) -> Mask:
    return np.array([value is not None for value in column], dtype=bool)


def _change(column: Texts, rows: Mask, change: Callable[[str], str]) -> None:
    where = np.flatnonzero(rows)
    column[where] = [None if value is None else change(value) for value in column[where]]


def _mistype(rng: np.random.Generator, column: Texts, rows: Mask) -> None:
    where = np.flatnonzero(rows)
    chances = rng.random((len(where), 2)).tolist()
    column[where] = [
        None if text is None else mistyped(text, a, b)
        for text, (a, b) in zip(column[where], chances, strict=True)
    ]


def _shortened(first: str) -> str:
    known = nicknames().get(first)
    return known[len(first) % len(known)] if known else f"{first[0]}."


def _tagged(email: str) -> str:
    name, _, domain = email.partition("@")
    return f"{name}+{('alize', 'shop', 'newsletter')[len(name) % 3]}@{domain}"


def _capitalised(email: str) -> str:
    name, _, domain = email.partition("@")
    return f"{name.title()}@{domain}"


def _typed(phone: str, way: int) -> str:
    """Return +33 1… or +44 20… as one of six kinds of people type it."""
    code = next(code for code in CODES.values() if phone.startswith(code))
    number = phone[3:]
    pairs = _grouped(f"0{number}", code)
    return (
        f"0{number}",
        " ".join(pairs),
        (".", "-")[code == "+44"].join(pairs),
        f"{code} {' '.join(pairs)[1:]}",
        f"{code} (0){' '.join(pairs)[1:]}",
        f"00{code[1:]}{number}",
    )[way]


def _grouped(national: str, code: str) -> list[str]:
    if code == "+33":
        return [national[start : start + 2] for start in range(0, 10, 2)]
    split = 3 if national.startswith("02") else 5 if national.startswith(("07", "01632")) else 4
    middle = (split + len(national)) // 2
    return [national[:split], national[split:middle], national[middle:]]
