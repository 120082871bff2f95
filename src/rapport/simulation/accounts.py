"""Accounts on networks: people's, bought ones, a pod, the brand's; who follows since when."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.simulation.history import sheet
from rapport.simulation.lived import Lived, drawn_from
from rapport.simulation.people import display_names, handles, people
from rapport.simulation.population import NEVER
from rapport.simulation.schema_people import NETWORKS

_SHARES = np.array([0.30, 0.28, 0.07, 0.07, 0.08, 0.10, 0.02, 0.02, 0.06])
_YOUNG = np.array([-0.9, 0.6, 0.1, -0.1, 0.2, 1.6, 0.4, 0.1, 0.8])
SOLD = ("instagram", "x", "tiktok")
POD = "instagram"
OPENED = {"tiktok": "2018-08-02", "threads": "2023-12-14", "bluesky": "2024-02-06"}
KINDS = ("person", "bought", "pod", "influencer", "employee", "brand")
_BASE32 = np.array(list("abcdefghijklmnopqrstuvwxyz234567"))
_BASE64 = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))


@dataclass(frozen=True)
class Accounts:
    """Every account, by network and id; `of` finds a person's account on a network.

    `owner` is the person (index), -1 for nobody; follows have the account's position.
    """

    network: np.ndarray
    account_id: np.ndarray
    owner: np.ndarray
    kind: np.ndarray
    handle: np.ndarray
    table: pa.Table
    follower: np.ndarray
    followed: np.ndarray
    unfollowed: np.ndarray

    def of(self, person: np.ndarray, network: np.ndarray) -> np.ndarray:
        """Return the position of each person's account on each network; all must exist."""
        size = int(self.owner.max(initial=0)) + 2
        keys = self.network * size + self.owner
        rows = np.flatnonzero(self.owner >= 0)
        rows = rows[np.argsort(keys[rows], kind="stable")]
        found: np.ndarray = rows[np.searchsorted(keys[rows], network * size + person)]
        return found


def networks_of(lived: Lived) -> tuple[np.ndarray, np.ndarray]:
    """Return each person's first and second network: the younger, the newer."""
    rng = lived.chance("networks")
    born = lived.people.table["birth_year"].astype(float)
    shares = _SHARES * np.exp(_YOUNG * ((born - 1980) / 20)[:, None])
    first = drawn_from(rng.random(len(born)), shares)
    without = shares.copy()
    without[np.arange(len(born)), first] = 0
    return first, drawn_from(rng.random(len(born)), without)


def where_connected(lived: Lived) -> np.ndarray:
    """Return the network of each person's first follow; Facebook where theirs was not yet."""
    first = networks_of(lived)[0]
    found: np.ndarray = np.where(lived.life.followed < _births(lived)[first], 0, first)
    return found


def _births(lived: Lived) -> np.ndarray:
    """Return the day on which each network opened."""
    opened = [dt.date.fromisoformat(OPENED.get(name, "2010-01-01")) for name in NETWORKS]
    return np.array([(day - lived.days.first).days + 30.0 for day in opened])


def follows(lived: Lived) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Return who follows where, since when and until when; two in five follow on two networks."""
    first, second = where_connected(lived), networks_of(lived)[1]
    rng = lived.chance("second follow")
    also, after = rng.random(len(first)), rng.exponential(90.0, len(first))
    life = lived.life
    who = np.flatnonzero(np.isfinite(life.followed))
    again = who[(also[who] < 0.4)]
    later = life.followed[again] + after[again]
    fine = (later < lived.days.count) & (later < life.unfollowed[again])
    fine &= (second[again] != first[again]) & (later > _births(lived)[second[again]])
    again, later = again[fine], later[fine]
    person = np.concatenate([who, again])
    where = np.concatenate([first[who], second[again]])
    since = np.concatenate([life.followed[who], later])
    return person, where, since, life.unfollowed[person]


def accounts(lived: Lived, writers: np.ndarray, where: np.ndarray) -> Accounts:
    """Return all accounts: of those who follow, and of `writers` on `where`; and all follows."""
    person, network, since, until = follows(lived)
    staff = np.flatnonzero(lived.people.influencer | lived.people.employee)
    home = networks_of(lived)[0][staff]
    owners = np.unique(
        np.stack(
            [np.concatenate([network, where, home]), np.concatenate([person, writers, staff])]
        ),
        axis=1,
    )
    fakes = _fakes(lived, network)
    nets = np.concatenate([owners[0], fakes[0], np.arange(len(NETWORKS))])
    owner = np.concatenate([owners[1], np.full(len(fakes[0]) + len(NETWORKS), -1)])
    kind = np.concatenate([_kinds(lived, owners[1]), fakes[1], np.full(len(NETWORKS), 5)])
    began = np.concatenate(
        [np.full(len(owners[1]), NEVER), fakes[2], np.full(len(NETWORKS), NEVER)]
    )
    seen = began.copy()
    size = lived.people.count + 1
    place = {int(key): row for row, key in enumerate(nets * size + owner) if owner[row] >= 0}
    rows = np.array([place[int(key)] for key in network * size + person], dtype=int)
    np.minimum.at(seen, rows, since)
    made = _described(lived, nets, owner, kind, seen)
    fake = np.flatnonzero(np.isfinite(began))
    mine = made.of(person, network)
    return Accounts(
        made.network,
        made.account_id,
        made.owner,
        made.kind,
        made.handle,
        made.table,
        follower=np.concatenate([mine, fake]),
        followed=np.concatenate([since, began[fake]]),
        unfollowed=np.concatenate([until, np.full(len(fake), NEVER)]),
    )


def _kinds(lived: Lived, person: np.ndarray) -> np.ndarray:
    staff, asked = lived.people.employee[person], lived.people.influencer[person]
    found: np.ndarray = np.where(staff, 4, np.where(asked, 3, 0))
    return found


def _fakes(lived: Lived, network: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return networks, kinds and days of following of bought accounts, in bursts, and a pod."""
    fakes, rng = lived.world.fakes, lived.chance("fakes")
    nets, kinds, when = [], [], []
    for name in SOLD if fakes.on else ():
        number = NETWORKS.index(name)
        count = round(fakes.bought * 3 * int((network == number).sum()))
        starts = rng.uniform(0, lived.days.count, fakes.bursts)
        burst = rng.integers(0, fakes.bursts, count)
        nets.append(np.full(count, number))
        kinds.append(np.full(count, 1))
        when.append(
            np.minimum(starts[burst] + rng.exponential(0.1, count), lived.days.count - 0.01)
        )
    pod = fakes.pod * fakes.on
    nets.append(np.full(pod, NETWORKS.index(POD)))
    kinds.append(np.full(pod, 2))
    when.append(rng.uniform(0, min(60, lived.days.count), pod))
    return np.concatenate(nets), np.concatenate(kinds), np.concatenate(when)


def _described(
    lived: Lived, network: np.ndarray, owner: np.ndarray, kind: np.ndarray, began: np.ndarray
) -> Accounts:
    rng, n = lived.chance("accounts"), len(network)
    names = _names(lived, owner)
    account_id, handle = np.empty(n, object), np.empty(n, object)
    display = np.empty(n, object)
    for number, name in enumerate(NETWORKS):
        rows = np.flatnonzero(network == number)
        first, last = names[0][rows], names[1][rows]
        account_id[rows] = _ids(lived.chance("account ids", number), name, len(rows))
        shown = handles(lived.chance("handles", number), first, last, name)
        called = display_names(lived.chance("display names", number), first, last, name)
        handle[rows] = _own_handles(shown, kind[rows], name, lived.chance("digits", number))
        display[rows] = called
    display[kind == 5] = "Maison Alizé"
    followers, following, posts = _figures(rng, kind)
    age = np.where(kind == 1, 1 + rng.exponential(40, n), 30 + rng.exponential(1500, n))
    before = np.where(kind == 1, began, np.minimum(began, 0.0))
    created = np.maximum(before - age, np.minimum(_births(lived)[network], before) - 20)
    columns = {
        "account_id": account_id,
        "person_id": pa.array(owner + 1, mask=owner < 0),
        "network": np.array(NETWORKS, dtype=object)[network],
        "handle": handle,
        "display_name": display,
        "created": lived.times(np.maximum(created, -7000)),
        "followers": followers,
        "following": following,
        "posts": posts,
        "kind": np.array(KINDS, dtype=object)[kind],
    }
    empty = np.zeros(0)
    return Accounts(
        network, account_id, owner, kind, handle, sheet("account", columns), empty, empty, empty
    )


def _names(lived: Lived, owner: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    nobody = np.flatnonzero(owner < 0)
    made = people(lived.chance("nobody"), len(nobody), 0.5)
    names = []
    for column in ("first_name", "last_name"):
        found = lived.people.table[column][np.maximum(owner, 0)].copy()
        found[nobody] = made[column]
        names.append(found)
    return names[0], names[1]


def _own_handles(
    shown: list[str], kind: np.ndarray, network: str, rng: np.random.Generator
) -> list[str]:
    """Return handles in which bought accounts end in digits and the brand has its own."""
    ends = rng.choice(90_000_000, len(shown), replace=False)
    made = []
    for handle, what, end in zip(shown, kind.tolist(), ends.tolist(), strict=True):
        name, dot, rest = handle.partition("@" if network == "mastodon" else ".bsky")
        if what == 1:
            made.append(f"{name[:7]}{10_000_000 + end}{dot}{rest}")
        elif what == 5:
            made.append(f"maisonalize{dot}{rest}")
        else:
            made.append(handle)
    return made


def _ids(rng: np.random.Generator, network: str, count: int) -> np.ndarray:
    """Return ids as the network gives them."""
    if network == "bluesky":
        return _coded(rng, _BASE32, count, 24, "did:plc:")
    if network == "youtube":
        return _coded(rng, _BASE64, count, 22, "UC")
    if network == "linkedin":
        return _coded(rng, _BASE64, count, 34, "ACoAA")
    digits = {"facebook": 15, "instagram": 11, "x": 10, "tiktok": 19, "mastodon": 18, "threads": 17}
    low = 10 ** (digits[network] - 1)
    ids = np.unique(rng.integers(low, 9 * low, count + 8))
    while len(ids) < count:
        ids = np.unique(np.concatenate([ids, rng.integers(low, 9 * low, count)]))
    return rng.permutation(ids)[:count].astype(str).astype(object)


def _coded(
    rng: np.random.Generator, alphabet: np.ndarray, count: int, length: int, start: str
) -> np.ndarray:
    letters = alphabet[rng.integers(0, len(alphabet), (count, length))]
    return np.array([start + "".join(row) for row in letters.tolist()], dtype=object)


def _figures(rng: np.random.Generator, kind: np.ndarray) -> tuple[np.ndarray, ...]:
    """Return followers, following and posts: bought accounts follow thousands and say nothing."""
    n = len(kind)
    middle = np.array([180.0, 12.0, 1900.0, 24000.0, 320.0, 9000.0])[kind]
    followers = middle * np.exp(
        np.array([1.1, 1.0, 0.5, 0.8, 0.9, 0.1])[kind] * rng.standard_normal(n)
    )
    middle = np.array([240.0, 3800.0, 1700.0, 900.0, 350.0, 120.0])[kind]
    following = middle * np.exp(
        np.array([0.9, 0.4, 0.3, 0.6, 0.8, 0.1])[kind] * rng.standard_normal(n)
    )
    posts = rng.negative_binomial(
        0.7, 0.7 / (0.7 + np.array([150.0, 1.2, 420.0, 900.0, 240.0, 900.0])[kind])
    )
    return followers.astype(np.int64), following.astype(np.int64), posts


def follow_table(lived: Lived, known: Accounts) -> pa.Table:
    """Return the sheet `follow`, by network and time."""
    ids = known.account_id[known.follower]
    network = known.network[known.follower]
    order = np.lexsort((ids.astype(str), known.followed, network))
    return sheet(
        "follow",
        {
            "account_id": ids[order],
            "network": np.array(NETWORKS, dtype=object)[network[order]],
            "followed_on": lived.times(known.followed[order]),
            "unfollowed_on": lived.times(known.unfollowed[order]),
        },
    )


def audience_table(lived: Lived, known: Accounts) -> pa.Table:
    """Return the sheet `audience`: followers of each network at each day's end."""
    count, columns = lived.days.count, []
    for number in range(len(NETWORKS)):
        mine = known.network[known.follower] == number
        since, until = known.followed[mine], known.unfollowed[mine]
        gained = np.bincount(since[since >= 0].astype(int), minlength=count)[:count]
        lost = np.bincount(until[np.isfinite(until)].astype(int), minlength=count)[:count]
        columns.append(((since < 0).sum() + np.cumsum(gained - lost), gained, lost))
    dates = lived.days.dates(np.arange(count))
    order = np.argsort(np.array(NETWORKS))
    stacked = [np.concatenate([columns[number][part] for number in order]) for part in range(3)]
    return sheet(
        "audience",
        {
            "day": np.tile(dates, len(NETWORKS)),
            "network": np.repeat(np.array(NETWORKS, dtype=object)[order], count),
            "followers": stacked[0],
            "gained": stacked[1],
            "lost": stacked[2],
        },
    )
