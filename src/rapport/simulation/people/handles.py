"""What people call themselves on each network: handles that hold their name, or do not."""

from __future__ import annotations

from dataclasses import dataclass
from zlib import crc32

import numpy as np

from rapport.errors import nearest
from rapport.simulation.people.contacts import distinct
from rapport.simulation.people.names import Texts, letters, nicknames

OWN = (
    "theaddict", "cacaolover", "la_gourmande", "petitdej", "bookworm", "runner", "mamanpoule",
    "teapot", "cookiemonster", "lavieenrose", "northerner", "chezmoi", "lechatbotte", "moka",
    "sundayroast", "cafenoir", "earlgreyfan", "lepetitcarre", "slowmorning", "nomade", "biscuit",
    "garden_gnome", "voyageuse", "papadeux", "ginger", "plumeetencre", "foodie", "velo", "kettle",
    "unchocolatchaud", "rainyday", "lamaisonbleue", "sucreetsel", "wildswim", "ptitloup",
)  # fmt: skip
"""Pseudonyms that say nothing of a name."""

FAITHFUL = 0.7
"""Share of people who use one pseudonym and one number on all their networks."""

WITH_NAME = {
    "": ("{first}{last}", "{first}.{last}", "{first}_{last}", "{initial}{last}{two}"),
    "short": ("{nick}{two}", "{first}{last3}", "{last}{initial}", "{nick}_{last3}"),
}


@dataclass(frozen=True, slots=True)
class Network:
    """What handles look like on one network.

    Parameters
    ----------
    named
        Share of people whose handle holds their name.
    ways
        The forms those take.
    longest
        How many characters a handle may have, before what the network adds.
    ending
        What the network adds: Bluesky and Mastodon handles end in a server's name. The servers
        are in `.example`, which nobody can own.
    hyphens
        Whether it allows hyphens and no underscores.
    """

    named: float
    ways: tuple[str, ...]
    longest: int
    ending: str = ""
    hyphens: bool = False


BLUESKY = ".bsky.example"
_PLAIN = WITH_NAME[""] + WITH_NAME["short"]
_UNDERSCORED = ("{first}{last}", "{first}_{last}", "{nick}{two}", "_{nick}{last3}", "{last}{two}")

_HYPHENED = ("{first}-{last}", "{first}-{last}-{hex}", "{nick}-{last}")
_JOINED = ("{first}{last}", "{nick}-{last}", "{nick}-{two}")

NETWORKS = {
    "facebook": Network(0.88, ("{first}.{last}", "{first}.{last}.{two}", "{nick}.{last}"), 40),
    "instagram": Network(0.58, (*_PLAIN, "{nick}.{last3}", "_{first}_{two}"), 30),
    "x": Network(0.45, _UNDERSCORED, 15),
    "linkedin": Network(0.98, _HYPHENED, 60, hyphens=True),
    "youtube": Network(0.42, ("{first}{last}-{hex4}", "{first}{last}{two}", "{nick}{two}"), 30),
    "tiktok": Network(0.35, ("{nick}{two}", "{nick}.{last3}", "{first}{last3}_"), 24),
    "threads": Network(0.55, _PLAIN, 30),
    "pinterest": Network(0.52, ("{first}{last}", "{initial}{last}{two}", "{nick}{last3}"), 30),
    "bluesky": Network(0.5, _JOINED, 18, BLUESKY, hyphens=True),
    "mastodon": Network(0.42, ("{first}{last3}", "{nick}_{last}", "{last}"), 20, "@masto.example"),
}  # fmt: skip


def handles(rng: np.random.Generator, first: Texts, last: Texts, network: str) -> list[str]:
    """Return a handle on a network for each person; none comes twice.

    Parameters
    ----------
    first, last
        Their names, as `people` gives them.
    network
        A key of `NETWORKS`.

    Raises
    ------
    ValueError
        If the network is unknown.

    Examples
    --------
    >>> someone = np.array(["Zoé"], dtype=object), np.array(["Lévy"], dtype=object)
    >>> handles(np.random.default_rng(3), *someone, "linkedin")
    ['zoe-levy']
    """
    kind = _known(network)
    n = len(first)
    named = rng.random(n) < kind.named
    ways = rng.integers(0, len(kind.ways), n).tolist()
    numbers = rng.integers(0, 2**31, n)
    faithful = np.flatnonzero(rng.random(n) < FAITHFUL)
    numbers[faithful] = [crc32(f"{first[r]} {last[r]}".encode()) % 2**31 for r in faithful]
    drawn = zip(named.tolist(), ways, numbers.tolist(), first, last, strict=True)
    made = [
        _named(kind.ways[way], given, family, number) if by_name else _alias(number)
        for by_name, way, number, given, family in drawn
    ]
    room = kind.longest - len(str(n))
    free = distinct(handle[:room].rstrip(".-") for handle in made)
    if kind.hyphens:
        free = [handle.replace("_", "-") for handle in free]
    return [handle + kind.ending for handle in free] if kind.ending else free


def display_names(rng: np.random.Generator, first: Texts, last: Texts, network: str) -> list[str]:
    """Return the name that each person shows on a network: whole, first only, initials, or other.

    Raises
    ------
    ValueError
        If the network is unknown.
    """
    kind = _known(network)
    n = len(first)
    shown = rng.random(n).tolist()
    signs = rng.integers(0, len(_SIGNS), n).tolist()
    own = rng.integers(0, len(OWN), n).tolist()
    whole = 0.35 + 0.6 * kind.named**2
    return [
        _shown((share - whole) / (1 - whole), f, family, _SIGNS[sign], OWN[alias])
        if share > whole
        else f"{f} {family}"
        for share, f, family, sign, alias in zip(shown, first, last, signs, own, strict=True)
    ]


_SIGNS = ("🍫", "☕", "🌿", "✨", "🐈", "🇫🇷", "🇬🇧", "📚", "🌊", "🍰")


def _shown(share: float, first: str, last: str, sign: str, alias: str) -> str:
    if share < 0.35:
        return first
    if share < 0.55:
        return f"{first} {last[0]}."
    if share < 0.75:
        return f"{first} {sign}"
    if share < 0.85:
        return f"{(nicknames().get(first) or (first,))[0]} {last}"
    return alias.replace("_", " ").title()


def _known(network: str) -> Network:
    if network not in NETWORKS:
        msg = f"there are no handles for '{network}'. {nearest(network, list(NETWORKS))}"
        raise ValueError(msg)
    return NETWORKS[network]


def _alias(number: int) -> str:
    return f"{OWN[number % len(OWN)]}{number // len(OWN) % 997 or ''}"


def _named(way: str, first: str, last: str, number: int) -> str:
    given, family = letters(first), letters(last)
    known = nicknames().get(first)
    return way.format(
        first=given,
        last=family,
        last3=family[:3],
        initial=given[:1],
        nick=letters(known[0]) if known else given,
        two=f"{number % 100:02d}",
        hex=f"{number:08x}",
        hex4=f"{number % 65536:04x}",
    )
