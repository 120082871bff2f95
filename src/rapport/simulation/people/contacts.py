"""E-mail addresses and telephone numbers that can never reach anybody.

Addresses end in `.example`, `example.com`, `example.net` or `example.org`, which RFC 2606 reserves
for good: no mail server can have them. Numbers are those that the regulators keep for films: Arcep
(numbering plan of 2018: 01 99 00, 02 61 91, 03 53 01, 04 65 71, 05 36 49 and 06 39 98, ten thousand
each) and Ofcom ("Telephone numbers for use in TV and radio drama programmes": a thousand in each of
seventeen areas and a thousand mobiles). That makes 60,000 French and 18,000 British numbers; no two
people get the same, so in a larger world fewer people have left theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from rapport.simulation.people.names import Texts, letters, nicknames, texts, without_accents

MAIL = {
    "FR": (
        "courrier.example", "boite.example", "laposte-fictive.example", "webmail.example",
        "numeri-mail.example", "example.net", "example.com", "bleu-mail.example",
    ),
    "GB": (
        "mail.example", "example.com", "post-office.example", "webmail.example", "example.org",
        "quickmail.example", "example.net", "bt-fiction.example",
    ),
}  # fmt: skip
"""Providers of no country, most used first."""

EMPLOYERS = (
    "atelier-nord", "banque-fictive", "cabinet-lumiere", "chu-imaginaire", "dock-and-sons",
    "ecole-du-parc", "fictional-bank", "greenwharf", "hopital-imaginaire", "invented-plc",
    "lycee-voltaire", "mairie-fictive", "northgate-school", "ouest-conseil", "studio-okapi",
    "transports-durand", "university-of-nowhere", "verre-et-bois",
)  # fmt: skip
"""Employers whose addresses some people use; each is a name under `.example`."""

MOBILES = {"FR": ("063998",), "GB": ("07700900",)}
LANDLINES = {
    "FR": ("019900", "026191", "035301", "046571", "053649"),
    "GB": (
        "01134960", "01144960", "01154960", "01164960", "01174960", "01184960", "01214960",
        "01314960", "01414960", "01514960", "01614960", "01914980", "02079460", "02896496",
        "02920180", "01632960", "03069990",
    ),
}  # fmt: skip
CODES = {"FR": "+33", "GB": "+44"}
LEFT = 0.72
"""Share of people who have ever left a telephone number."""


def emails(
    rng: np.random.Generator, first: Texts, last: Texts, born: np.ndarray, country: Texts
) -> Texts:
    """Return a private address for each person; no two are the same, and none can be delivered."""
    n = len(first)
    ways = texts(list(WAYS))[rng.choice(len(WAYS), n, p=list(WAYS.values()))]
    domains = {land: _skewed(rng, known, n) for land, known in MAIL.items()}
    spare = rng.integers(1, 1000, n).tolist()
    people = zip(ways, first, last, born.tolist(), spare, strict=True)
    made = [
        f"{_local(*person)}@{domains[land][row]}"
        for row, (person, land) in enumerate(zip(people, country, strict=True))
    ]
    return texts(distinct(made))


def second_emails(
    rng: np.random.Generator, first: Texts, last: Texts, taken: Iterable[str]
) -> Texts:
    """Return a second address for about one person in five, mostly the employer's, else None."""
    n = len(first)
    has = rng.random(n) < 0.21
    works = rng.random(n) < 0.65
    place = rng.integers(0, len(EMPLOYERS), n)
    spare = rng.integers(1, 10_000, n)
    rows = np.flatnonzero(has)
    made = [
        f"{letters(first[r])}.{letters(last[r])}@{EMPLOYERS[place[r]]}.example"
        if works[r]
        else f"{letters(first[r])[:3]}{letters(last[r])[:4]}{spare[r]}@example.org"
        for r in rows
    ]
    found = texts([None] * n)
    found[rows] = distinct(made, taken)
    return found


def phones(rng: np.random.Generator, country: Texts) -> Texts:
    """Return each person's number as dialled abroad (+33…, +44…), or None; no two are the same."""
    n = len(country)
    gives, mobile = rng.random(n) < LEFT, rng.random(n) < 0.75
    made = texts([None] * n)
    for land in ("FR", "GB"):
        ordinary = _numbers(rng, MOBILES[land], land), _numbers(rng, LANDLINES[land], land)
        wanting = np.flatnonzero(gives & (country == land))
        first, spare = wanting[mobile[wanting]], wanting[~mobile[wanting]]
        carried = min(len(first), len(ordinary[0]))
        made[first[:carried]] = ordinary[0][:carried]
        fixed = np.concatenate([first[carried:], spare])[: len(ordinary[1])]
        made[fixed] = ordinary[1][: len(fixed)]
    return made


def _numbers(rng: np.random.Generator, beginnings: Sequence[str], land: str) -> Texts:
    """Return every number of some ranges, in an order of chance."""
    wide = 10 if land == "FR" else 11
    numbers = [
        f"{CODES[land]}{start[1:]}{rest:0{wide - len(start)}d}"
        for start in beginnings
        for rest in range(10 ** (wide - len(start)))
    ]
    return texts(numbers)[rng.permutation(len(numbers))]


def distinct(values: Iterable[str], taken: Iterable[str] = ()) -> list[str]:
    """Return addresses or handles in which none comes twice: later ones get a number.

    Examples
    --------
    >>> distinct(["ana@example.com", "ana@example.com", "ana2@example.com"])
    ['ana@example.com', 'ana2@example.com', 'ana22@example.com']
    """
    seen = set(taken)
    counts: dict[str, int] = {}
    made = []
    for value in values:
        free = value
        name, at, domain = value.partition("@")
        while free.lower() in seen:
            counts[value] = counts.get(value, 1) + 1
            free = f"{name}{counts[value]}{at}{domain}"
        seen.add(free.lower())
        made.append(free)
    return made


def _skewed(rng: np.random.Generator, choices: Sequence[str], n: int) -> Texts:
    weights = 1 / (np.arange(len(choices)) + 1.0)
    return texts(choices)[rng.choice(len(choices), n, p=weights / weights.sum())]


def _nickname(first: str) -> str:
    known = nicknames().get(first)
    return letters(known[0]) if known else letters(first)


def _initials(first: str) -> str:
    return "".join(part[0] for part in without_accents(first).lower().split("-") if part)


WAYS = {
    "{first}.{last}": 0.30,
    "{first}{last}": 0.11,
    "{initials}.{last}": 0.10,
    "{last}.{first}": 0.06,
    "{first}.{last}{year:02d}": 0.12,
    "{first}_{last}": 0.05,
    "{initials}{last}{spare}": 0.07,
    "{nickname}.{last}": 0.05,
    "{nickname}{born}": 0.05,
    "{last}{initials}": 0.04,
    "{secret}{spare}": 0.05,
}
"""How people make the name of their address, and the share who do; the last ones hide theirs."""

SECRETS = (
    "soleil", "teatime", "chouquette", "moonlight", "bricolo", "pixel", "papillon", "bluebird",
    "cacao", "wanderer", "lapinou", "gardenshed", "caramel", "oldoak", "petitbateau", "rover",
)  # fmt: skip


def _local(way: str, first: str, last: str, born: int, spare: int) -> str:
    return way.format(
        first=letters(first),
        last=letters(last),
        initials=_initials(first),
        nickname=_nickname(first),
        born=born,
        year=born % 100,
        spare=spare,
        secret=SECRETS[spare % len(SECRETS)],
    )
