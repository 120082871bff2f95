"""What a pull brings: the difference between what stands on the network and in the record."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from typing import Any
from zoneinfo import ZoneInfo

from rapport.sources.live.cloak import Cloak
from rapport.sources.live.deed_rows import Row, deed_item, figure_rows, person_rows
from rapport.sources.live.deeds import Deed, Found, Who
from rapport.sources.live.known import DELETED, TOMBSTONE, UNDONE, Held, Known, digest

METRICS = {"Like": "likes", "Announce": "reposts"}
REPLIES, QUOTES = "replies", "quotes"

_NAMED, _COUNTED = ("handle", "name"), ("followers", "following", "posts", "created")


@dataclass
class Changes:
    """What has to be written: items, each with its rows by table, and how many of what kind.

    `told` counts by what happened ("new", "changed", "gone", "measured") and to what (a verb).
    `again` are accounts of which everything has to be fetched anew the next time.
    """

    items: list[dict[str, list[Row]]] = field(default_factory=list)
    told: Counter[tuple[str, str]] = field(default_factory=Counter)
    again: set[str] = field(default_factory=set)


@dataclass(frozen=True)
class Setting:
    """What the rows of a pull have in common."""

    channel: str
    audience_channel: str
    zone: ZoneInfo
    cloak: Cloak
    since: dt.datetime | None = None


def changes(found: Found, known: Known, setting: Setting) -> Changes:
    """Return what the record has to learn, so that it says what the network says."""
    made = Changes()
    now = _Now(found, known, setting)
    for deed in now.wanted():
        now.stand(deed, made)
    for name, held in now.fallen():
        now.fall(name, held, made)
    _people(now, made)
    _figures(now, made)
    return made


class _Now:
    """The deeds as they stand after the pull."""

    def __init__(self, found: Found, known: Known, setting: Setting) -> None:
        self.found, self.known, self.setting = found, known, setting
        self.cloak = setting.cloak
        self.deeds = dict(known.deeds)
        self.named = {self._stored(name): name for name in found.deeds}
        self.gone = self._gone()
        self.blocked = self._blocked()
        self.met: set[str] = set()
        self.given = {self.cloak.account(name): name for name in self._accounts()}

    def _stored(self, name: str) -> str:
        return self.cloak.deed(name, self.found.brand)

    def _blocked(self) -> set[str]:
        """Return, as they are stored, the accounts that are blocked in either direction."""
        brand = self.cloak.account(self.found.brand)
        blocks = {
            name: (self.cloak.account(deed.account), self.cloak.account(str(deed.object_id)))
            for name, deed in ((self._stored(n), d) for n, d in self.found.deeds.items())
            if deed.verb == "Block"
        }
        for name, held in self.known.standing().items():
            if held.verb == "Block" and name not in self.gone:
                blocks[name] = (str(held.account), str(held.object_id))
        pairs = {other for pair in blocks.values() for other in pair}
        return (pairs | {self.cloak.account(name) for name in self.found.blocked}) - {brand}

    def _accounts(self) -> set[str]:
        """Return every account that the network named in this pull."""
        found = self.found
        doers = {deed.account for deed in found.deeds.values()}
        return {found.brand, *doers, *found.whole, *found.people, *found.blocked}

    def _gone(self) -> dict[str, dt.datetime | None]:
        """Return the deeds, as they are stored, that the network no longer has."""
        whole = {self.cloak.account(account) for account in self.found.whole}
        whole |= self.found.deserted
        missing = {
            name: None
            for name, held in self.known.standing().items()
            if held.account in whole and name not in self.named
        }
        return missing | {self._stored(name): time for name, time in self.found.gone.items()}

    def wanted(self) -> Iterator[Deed]:
        """Return the deeds that may be kept, oldest first."""
        for deed in sorted(self.found.deeds.values(), key=lambda d: (d.occurred_on, d.deed_id)):
            kept = deed.verb == "Block" or self.cloak.account(deed.account) not in self.blocked
            if kept and not self.cloak.is_forgotten(deed.account):
                yield deed

    def stand(self, deed: Deed, made: Changes) -> None:
        """Write a deed, if the record does not hold it as it stands."""
        name = self._stored(deed.deed_id)
        before = self.known.deeds.get(name)
        self.met.add(deed.account)
        if before and before.stands and before.text == digest(deed.text):
            return
        if before is None and self._too_old(deed):
            return
        if before:  # a row takes another's place only where it stands at the same time
            deed = replace(deed, occurred_on=before.occurred_on)
        self.deeds[name] = self._held(deed)
        item = self._item(name, deed)
        if before and not before.stands and deed.verb != "Create":
            item["activity"].append(self._undo(name, self.deeds[name], self.found.began, "Undo"))
        made.items.append(item)
        made.told["changed" if before and before.stands else "new", deed.verb] += 1

    def _too_old(self, deed: Deed) -> bool:
        since = self.setting.since
        return since is not None and deed.occurred_on < since and deed.verb != "Block"

    def _held(self, deed: Deed) -> Held:
        return Held(
            deed.verb,
            self.cloak.account(deed.account),
            deed.occurred_on,
            deed.object_kind,
            self.cloak.reference(deed.object_kind, deed.object_id, self.found.brand),
            self.cloak.reference(None, deed.in_reply_to, self.found.brand),
            digest(deed.text),
            True,
        )

    def _item(self, name: str, deed: Deed) -> dict[str, list[Row]]:
        """Return a deed's rows, names as they are stored."""
        found = self.found
        item = deed_item(deed, self.setting.channel, found.brand)
        kept = deed.url if deed.account == found.brand or not self.cloak.hashes else None
        item["activity"][0] |= {
            "activity_id": name,
            "object_id": self.cloak.reference(deed.object_kind, deed.object_id, found.brand),
            "in_reply_to": self.cloak.reference(None, deed.in_reply_to, found.brand),
            "url": kept,
        }
        return item

    def fallen(self) -> Iterator[tuple[str, Held]]:
        """Return the deeds that the record holds and that stand no more, or may not be kept."""
        for name, held in self.known.standing().items():
            hidden = held.verb == "Create" and held.account in self.blocked
            if name in self.gone or hidden:
                yield name, held

    def fall(self, name: str, held: Held, made: Changes) -> None:
        """Write that a deed stands no more: what was said is emptied, all else undone."""
        self.deeds[name] = held._replace(stands=False)
        item: dict[str, list[Row]] = {}
        if held.verb == "Create":
            item["activity"] = [self._emptied(name, held)]
            if held.account == self.cloak.account(self.found.brand):
                item["post"] = [self._emptied_post(name, held)]
        else:
            when = self.gone[name] or self.found.began
            item["activity"] = [self._undo(name, held, when, held.verb)]
            if held.verb == "Block":
                made.again |= {str(held.account), str(held.object_id)}
        made.items.append(item)
        made.told["gone", held.verb] += 1

    def _emptied(self, name: str, held: Held) -> Row:
        """Return the row that takes the place of what its author deleted."""
        return {
            "activity_id": name,
            "occurred_on": held.occurred_on,
            "zone": "UTC",
            "channel": self.setting.channel,
            "account_id": self.given.get(str(held.account)),
            "verb": "Delete",
            "object_kind": TOMBSTONE,
        }

    def _emptied_post(self, name: str, held: Held) -> Row:
        return {
            "post_id": name,
            "published_on": held.occurred_on,
            "zone": "UTC",
            "channel": self.setting.channel,
            "account_id": self.found.brand,
            "format": DELETED,
        }

    def _undo(self, name: str, held: Held, when: dt.datetime, kind: str) -> Row:
        return {
            "activity_id": name + UNDONE,
            "occurred_on": max(when, held.occurred_on),
            "zone": "UTC",
            "channel": self.setting.channel,
            "account_id": self.given.get(str(held.account)),
            "verb": "Undo",
            "object_kind": kind,
            "object_id": name + UNDONE if kind == "Undo" else name,
        }


def _people(now: _Now, made: Changes) -> None:
    """Write the accounts that did something, where the network tells something new of them."""
    found, cloak = now.found, now.cloak
    known = now.known.people
    for account in sorted({found.brand, *now.met, *found.people}):
        stored = cloak.account(account)
        wanted = account == found.brand or account in now.met or stored in known
        if not wanted or stored in now.blocked or cloak.is_forgotten(account):
            continue
        who = found.people.get(account, Who(account))
        if not _is_news(who, known.get(stored), cloak):
            continue
        made.items.append(_account(who, now))
        made.told["changed" if stored in known else "new", "account"] += 1


def _told(who: Who) -> Row:
    return {name: getattr(who, name) for name in (*_NAMED, *_COUNTED)}


def _is_news(who: Who, before: dict[str, object] | None, cloak: Cloak) -> bool:
    if before is None:
        return True
    told = _told(who) | {
        "handle": cloak.text("handle", who.handle),
        "name": cloak.text("name", who.name),
    }
    return any(value is not None and value != before[name] for name, value in told.items())


def _account(who: Who, now: _Now) -> dict[str, list[Row]]:
    """Return the rows of an account; what the network does not tell this time stays as it was."""
    before = now.known.people.get(now.cloak.account(who.account), {})
    names = _COUNTED if now.cloak.hashes else (*_NAMED, *_COUNTED)
    old: dict[str, Any] = {n: before.get(n) for n in names if getattr(who, n) is None}
    is_brand = who.account == now.found.brand
    return person_rows(replace(who, **old), now.setting.channel, is_brand=is_brand)


def _figures(now: _Now, made: Changes) -> None:
    """Write the figures of the brand's posts, and its followers, where they changed."""
    found, setting = now.found, now.setting
    brand = now.cloak.account(found.brand)
    day = found.began.astimezone(setting.zone).date()
    measured = dt.datetime.combine(day, dt.time(), setting.zone).astimezone(dt.UTC)
    standing = {name: held for name, held in now.deeds.items() if held.stands}
    own = [n for n, held in standing.items() if held.verb == "Create" and held.account == brand]
    counts = _counted(standing, own) if found.counts is None else found.counts
    for post in own:
        new = {
            metric: counts[post, metric]
            for metric in (*METRICS.values(), REPLIES, QUOTES)
            if counts.get((post, metric), -1) >= 0
            and counts[post, metric] != now.known.counts.get((post, metric))
        }
        if new:
            made.items.append({"post_metric": figure_rows(post, new, measured)})
            made.told["measured", "post"] += 1
    followers = _followers(standing, brand) if found.followers is None else found.followers
    if now.known.audience.get((day, setting.audience_channel)) != followers:
        row = {"day": day, "channel": setting.audience_channel, "followers": followers}
        made.items.append({"audience": [row]})
        made.told["measured", "audience"] += 1


def _counted(standing: dict[str, Held], own: list[str]) -> dict[tuple[str, str], int]:
    """Count, for each post of the brand, who likes, reposts, answers and quotes it."""
    metrics = (*METRICS.values(), REPLIES, QUOTES)
    counts = dict.fromkeys(((post, metric) for post in own for metric in metrics), 0)
    for held in standing.values():
        if held.verb in METRICS:
            pairs = [(held.object_id, METRICS[held.verb])]
        elif held.verb == "Create":
            pairs = [(held.in_reply_to, REPLIES), (held.object_id, QUOTES)]
        else:
            continue
        for post, metric in pairs:
            if (post, metric) in counts:
                counts[str(post), metric] += 1
    return counts


def _followers(standing: dict[str, Held], brand: str) -> int:
    follows = [h for h in standing.values() if h.verb == "Follow" and h.object_id == brand]
    return len({held.account for held in follows})
