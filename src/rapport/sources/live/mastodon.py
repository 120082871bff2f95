"""Mastodon: a brand's account, and what its server tells the account itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from rapport.errors import Fault, Problem
from rapport.sources.live.address import server_address
from rapport.sources.live.cloak import Cloak
from rapport.sources.live.deeds import PERSON, Deed, Found, seen_time, whole_number
from rapport.sources.live.known import Held, Known
from rapport.sources.live.mastodon_records import (
    CHANNEL,
    FOLLOWED,
    NOTED,
    SOURCE,
    address,
    counts_of,
    notified_deed,
    status_deed,
    status_id,
    who,
)
from rapport.sources.live.mastodon_server import MastodonServer
from rapport.sources.live.source import Tell, closing_on_error
from rapport.sources.live.spool import Spool

SECRET = "RAPPORT_MASTODON_TOKEN"  # noqa: S105 - the name of a variable

LOOKED_AT = dt.timedelta(days=90)  # how old a post may be that each pull looks at again
ALL_LOOKED_AT = dt.timedelta(days=30)  # how long until older ones are looked at again too
_STATUSES, _NOTES, _PEOPLE = 40, 80, 80


@dataclass(frozen=True, slots=True)
class MastodonAccount:
    """A brand's account on Mastodon.

    Parameters
    ----------
    server
        Its server.
    brand, handle
        Its address in the network (`shop@mastodon.example`), twice.
    host
        The server's name in addresses.
    number
        The account's number on the server.
    """

    server: MastodonServer
    brand: str
    handle: str
    host: str
    number: str
    source: str = SOURCE
    channel: str = CHANNEL

    def owner(self, deed_id: str) -> str | None:
        """Return None: posts and notifications are named by numbers."""
        del deed_id
        return None

    def close(self) -> None:
        """Let the connection go."""
        self.server.close()

    def fetch(
        self, cursor: Mapping[str, Any], known: Known, spool: Spool, cloak: Cloak, tell: Tell
    ) -> Found:
        """Fetch what is new; see `Live.fetch`."""
        return _Fetch(self, cursor, known, spool, cloak).run(tell)


class _Fetch:
    """One pull."""

    def __init__(
        self,
        account: MastodonAccount,
        cursor: Mapping[str, Any],
        known: Known,
        spool: Spool,
        cloak: Cloak,
    ) -> None:
        self.account, self.cursor, self.known = account, cursor, known
        self.spool, self.cloak = spool, cloak
        self.server, self.client, self.host = account.server, account.server.client, account.host
        self.began = dt.datetime.fromtimestamp(spool.began, dt.UTC)
        self.counts: dict[tuple[str, str], int] = {}
        self.found = Found(account.brand, account.handle, self.began, counts=self.counts)
        self.numbers: dict[str, str] = {}  # of accounts on this server, by their address

    def run(self, tell: Tell) -> Found:
        """Fetch everything; return it."""
        found = self.found
        found.cursor = {"mode": SOURCE, "checked": self.cursor.get("checked")}
        me = self.server.ask(self.client.account_verify_credentials)
        found.people[found.brand] = who(me, self.host, self.began)
        found.followers = whole_number(me.get("followers_count")) or 0
        self._pages("statuses", self._own_statuses, tell)
        self._pages("notifications", self._notes, tell)
        self._look_again(tell)
        self._blocks()
        self._taken_back()
        return found

    def _own_statuses(self, min_id: str) -> object:
        return self.client.account_statuses(self.account.number, min_id=min_id, limit=_STATUSES)

    def _notes(self, min_id: str) -> object:
        types = [*NOTED, FOLLOWED]
        return self.client.notifications(min_id=min_id, limit=_NOTES, types=types)

    def _pages(self, kind: str, question: Callable[..., object], tell: Tell) -> None:
        """Read a list from where the last pull stopped, oldest first, keeping each page."""
        kept = self.spool.pages(kind)
        after = str(kept[-1]["after"] if kept else self.cursor.get(kind, "0"))
        for page in kept:
            self._learn(kind, page["items"])
        number = len(kept)
        while True:
            items, after = self.server.newer(question, after)
            if not items:
                break
            number += 1
            tell(step=kind, done=number)
            wanted = [item for item in items if not self._is_forgotten(item)]
            page = self.spool.keep(kind, items=wanted, after=after)
            self._learn(kind, page["items"])
        self.found.cursor[kind] = after

    def _is_forgotten(self, item: Mapping[str, Any]) -> bool:
        return self.cloak.is_forgotten(address(item["account"], self.host))

    def _learn(self, kind: str, items: Iterable[Mapping[str, Any]]) -> None:
        for item in items:
            self._meet(item["account"])
            if kind == "statuses":
                self._status(item)
            elif deed := notified_deed(item, self.host, self.found.brand, self.began):
                self.found.deeds[deed.deed_id] = deed

    def _meet(self, account: Mapping[str, Any]) -> None:
        told = who(account, self.host, self.began)
        if told.account != self.found.brand:
            self.numbers[told.account] = str(account["id"])
            self.found.people[told.account] = told

    def _status(self, status: Mapping[str, Any]) -> None:
        deed = status_deed(status, self.host, self.began)
        if deed is None:
            return
        self.found.deeds[deed.deed_id] = deed
        if deed.account == self.found.brand and deed.verb == "Create":
            for metric, count in counts_of(status).items():
                self.counts[deed.deed_id, metric] = count

    def _look_again(self, tell: Tell) -> None:
        """Look whether what the record holds still stands, and how its figures are now."""
        checked = seen_time(self.cursor.get("checked"), self.began)
        everything = checked is None or self.began - checked >= ALL_LOOKED_AT
        if everything:
            self.found.cursor["checked"] = self.began.isoformat()
        since = dt.datetime.min.replace(tzinfo=dt.UTC) if everything else self.began - LOOKED_AT
        brand = self.cloak.account(self.found.brand)
        names = sorted(
            name
            for name, held in self.known.standing().items()
            if held.occurred_on >= since
            and (held.verb == "Create" or (held.verb == "Announce" and held.account == brand))
        )
        tell(step="posts", done=0, of=len(names))
        numbers = [name.rpartition("/")[2] for name in names]
        statuses = self._statuses(numbers)
        there = {status_id(status, self.host) for status in statuses}
        self.found.gone.update(
            (name, None) for name in names if name not in there and self._is_gone(name)
        )
        for status in statuses:
            if not self._is_forgotten(status):
                self._meet(status["account"])
                self._status(status)

    def _is_gone(self, name: str) -> bool:
        """Return whether the server says that there is no such post, asked for it alone."""
        number = name.rpartition("/")[2]
        return self.server.maybe(lambda: self.client.status(number)) is None

    def _statuses(self, numbers: list[str]) -> list[Mapping[str, Any]]:
        """Return the posts that are still there; servers before 4.3 are asked one by one."""
        if not numbers:
            return []
        first = self.server.maybe(lambda: self.client.statuses(numbers[:_STATUSES]))
        if isinstance(first, list):
            return first + self.server.some(self.client.statuses, numbers[_STATUSES:])
        found = [self.server.maybe(lambda n=n: self.client.status(n)) for n in numbers]  # type: ignore[misc]
        return [status for status in found if isinstance(status, Mapping)]

    def _blocks(self) -> None:
        """Find who is blocked, in either direction."""
        brand, listed = self.found.brand, set[str]()
        for page in self.server.older(lambda **at: self.client.blocks(limit=_PEOPLE, **at)):
            for account in page:
                name = f"{self.host}/blocks/{account['id']}"
                to = address(account, self.host)
                listed.add(name)
                self.found.deeds[name] = Deed(name, "Block", brand, self.began, PERSON, to)
        for name, held in self.known.standing().items():
            if held.verb == "Block" and held.account == self.cloak.account(brand):
                self.found.gone.update({} if name in listed else {name: None})
        by_number = {number: name for name, number in self.numbers.items()}
        ask = self.client.account_relationships
        for relation in self.server.some(ask, sorted(by_number)):
            tied = ("blocking", "blocked_by", "domain_blocking")
            if any(relation.get(name) for name in tied) and str(relation.get("id")) in by_number:
                self.found.blocked.add(by_number[str(relation["id"])])

    def _taken_back(self) -> None:
        """Find likes, boosts and follows that were taken back: where fewer are told than known."""
        known: dict[tuple[str, str | None], dict[str, Held]] = {}
        brand = self.cloak.account(self.found.brand)
        for name, held in self.known.standing().items():
            if held.verb in {"Like", "Announce", "Follow"} and held.account != brand:
                known.setdefault((held.verb, held.object_id), {})[name] = held
        for deed in self.found.deeds.values():
            about = self.cloak.reference(deed.object_kind, deed.object_id, self.found.brand)
            asked = (deed.verb, about)
            if asked in known:
                known[asked].setdefault(deed.deed_id, self._held(deed))
        for (verb, to), deeds in known.items():
            told = self._count(verb, to)
            if told is None or told >= len({held.account for held in deeds.values()}):
                continue
            there = set(self._doers(verb, to))
            gone = [name for name, held in deeds.items() if held.account not in there]
            self.found.gone.update(dict.fromkeys(gone))
            for name in gone:
                self.found.deeds.pop(name, None)

    def _held(self, deed: Deed) -> Held:
        account = self.cloak.account(deed.account)
        return Held(deed.verb, account, deed.occurred_on, None, None, None, None, True)

    def _count(self, verb: str, to: str | None) -> int | None:
        if verb == "Follow":
            return self.found.followers
        metric = "likes" if verb == "Like" else "reposts"
        return self.counts.get((str(to), metric))

    def _doers(self, verb: str, to: str | None) -> Iterable[str]:
        """Return, as they are stored, all who like or boost a post, or follow the brand."""
        number = str(to).rpartition("/")[2]
        below = {
            "Like": f"statuses/{number}/favourited_by",
            "Announce": f"statuses/{number}/reblogged_by",
            "Follow": f"accounts/{self.account.number}/followers",
        }[verb]
        page_of = {"_pagination_method": "GET", "_pagination_endpoint": f"/api/v1/{below}"}

        def ask(**at: str) -> object:
            return self.client.fetch_next({**page_of, "limit": _PEOPLE, **at})  # type: ignore[arg-type]

        for page in self.server.older(ask):
            for account in page:
                yield self.cloak.account(address(account, self.host))


def connect(
    handle: str,
    *,
    address: str | None = None,
    secret: Callable[[], str | None],
    first_wait: float = 1.0,
) -> MastodonAccount:
    """Find a brand's account on its server.

    Parameters
    ----------
    handle
        Such as shop@mastodon.example.
    address
        The server, when it is not at https:// and the second half of the handle.
    secret
        Asked for the access token.
    first_wait
        See `Pacer`.

    Raises
    ------
    Problem
        When the handle names no server, there is no token, or it is another account's.
    """
    name, _, host = handle.strip().removeprefix("@").lower().partition("@")
    if not name or not host or "/" in host:
        hint = "Write it with its server, such as shop@mastodon.example."
        raise Problem("Nothing was fetched.", [Fault("It names no server.", handle, hint)])
    where = server_address(address or host)
    token = secret()
    if not token:
        what = "Mastodon tells who mentions, likes and follows only to the account itself."
        hint = (
            "In the server's settings, under Development, make an application with the right to "
            f"read, and put its access token into {SECRET}."
        )
        raise Problem("Nothing was fetched.", [Fault(what, where, hint)])
    server = MastodonServer(where, token, first_wait=first_wait)
    with closing_on_error(server):
        me = server.ask(server.client.account_verify_credentials)
        if str(me.get("username", "")).lower() != name:
            what = f"The token is that of {me.get('username')}, not of {name}."
            raise Problem("Nothing was fetched.", [Fault(what, where, "Take the other's token.")])
    return MastodonAccount(server, f"{name}@{host}", f"@{name}@{host}", host, str(me["id"]))
