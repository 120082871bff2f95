"""A brand's deeds and those of the people around it, as an AppView tells them.

The brand's own deeds come from its repository, where they are complete; what others do comes from
its notifications, and what they took back is found by looking again.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from rapport.errors import Fault, Problem
from rapport.sources.live.bluesky_records import counts_of, deed_of, owner, who_of
from rapport.sources.live.bluesky_repo import BrokenRepositoryError, read_repository
from rapport.sources.live.bluesky_server import BlueskyServer
from rapport.sources.live.cloak import Cloak
from rapport.sources.live.deeds import Found, seen_time
from rapport.sources.live.known import Held, Known
from rapport.sources.live.spool import Spool

Tell = Callable[..., None]

AGAIN = dt.timedelta(days=30)  # how far back notifications are looked through again
MEASURED = dt.timedelta(days=90)  # how old a post may be that is looked at again
_IN_PAGE, _POSTS_AT_ONCE = 100, 25


class Views:
    """What an AppView tells of the brand; the parameters are those of `Repositories`."""

    def __init__(
        self,
        server: BlueskyServer,
        brand: str,
        cursor: Mapping[str, Any],
        spool: Spool,
        known: Known,
        cloak: Cloak,
    ) -> None:
        self.server, self.brand, self.cursor, self.spool = server, brand, cursor, spool
        self.known, self.cloak = known, cloak
        self.began = dt.datetime.fromtimestamp(spool.began, dt.UTC)
        self.found = Found(brand, "", self.began)

    def fetch(self, tell: Tell) -> Found:
        """Fetch what changed; return it."""
        found = self.found
        found.cursor = {"mode": "views", **{k: self.cursor.get(k) for k in ("revision", "newest")}}
        self._own()
        reaches = self._notifications(tell)
        self._profile()
        self._posts(tell)
        self._taken_back(reaches)
        return found

    def _own(self) -> None:
        """Read the brand's own repository, if it changed."""
        told = self.server.ask("com.atproto.sync.getLatestCommit", did=self.brand)
        if told.get("rev") == self.cursor.get("revision"):
            return
        kept = [p for p in self.spool.pages("repository") if p["revision"] == told.get("rev")]
        page = kept[-1] if kept else self._repository()
        self.found.whole.add(self.brand)
        self.found.cursor["revision"] = page["revision"]
        for uri, record in page["records"].items():
            self._deed(uri, record)

    def _repository(self) -> dict[str, Any]:
        """Fetch the brand's repository and keep what it did."""
        try:
            repository = read_repository(self.server.repository(self.brand))
        except BrokenRepositoryError as error:
            fault = Fault(f"The brand's repository cannot be read: {error}.")
            raise Problem("Not everything could be fetched.", [fault]) from error
        records = {f"at://{self.brand}/{path}": rec for path, rec in repository.records.items()}
        deeds = {n: r for n, r in records.items() if deed_of(n, r, self.brand, self.began)}
        return self.spool.keep("repository", revision=repository.revision, records=deeds)

    def _deed(self, uri: str, record: Mapping[str, Any]) -> None:
        if deed := deed_of(uri, record, self.brand, self.began):
            self.found.deeds[uri] = deed

    def _notifications(self, tell: Tell) -> dt.datetime:
        """Read what others did; return how far back it was looked."""
        newest = seen_time(self.cursor.get("newest"), self.began)
        horizon = min(newest, self.began - AGAIN) if newest else None
        pages = self.spool.pages("notifications")
        for number in range(1, 100_000):
            page = pages[number - 1] if number <= len(pages) else self._page(pages)
            tell(step="notifications", done=number)
            oldest = min((str(x["indexedAt"]) for x in page["items"]), default="")
            reached = seen_time(oldest, self.began)
            if not page["next"] or (horizon and reached and reached < horizon):
                break
        self._learn(pages)
        first = max((str(x["indexedAt"]) for p in pages for x in p["items"]), default=None)
        self.found.cursor["newest"] = max(
            filter(None, (first, self.cursor.get("newest"))), default=None
        )
        return horizon or dt.datetime.min.replace(tzinfo=dt.UTC)

    def _page(self, pages: list[dict[str, Any]]) -> dict[str, Any]:
        """Fetch the next page of notifications and keep it."""
        after = {"cursor": pages[-1]["next"]} if pages else {}
        method = "app.bsky.notification.listNotifications"
        told = self.server.ask(method, limit=_IN_PAGE, **after)
        items = [_trimmed(x) for x in told.get("notifications") or [] if _is_whole(x)]
        kept = [x for x in items if not self.cloak.is_forgotten(x["author"]["did"])]
        page = self.spool.keep("notifications", items=kept, next=told.get("cursor"))
        pages.append(page)
        return page

    def _learn(self, pages: Iterable[Mapping[str, Any]]) -> None:
        for page in pages:
            for item in page["items"]:
                self._meet(item["author"])
                if item["record"]:
                    self._deed(item["uri"], item["record"])

    def _meet(self, author: Mapping[str, Any]) -> None:
        account = str(author["did"])
        if _is_blocked(author):
            self.found.blocked.add(account)
            return
        self.found.people.setdefault(account, who_of(author, self.began))

    def _profile(self) -> None:
        told = self.server.ask("app.bsky.actor.getProfile", actor=self.brand)
        who = who_of({**told, "did": self.brand}, self.began)
        self.found.people[self.brand] = who
        self.found.handle = who.handle or ""
        self.found.followers = who.followers or 0

    def _posts(self, tell: Tell) -> None:
        """Look at the posts again: the figures of the brand's own, whether others' still stand."""
        self.found.counts = {}
        first = not self.cursor.get("newest")
        since = self.began - MEASURED
        deeds = self.found.deeds
        own = {n for n, d in deeds.items() if d.verb == "Create" and d.account == self.brand}
        held = {n: h for n, h in self.known.standing().items() if h.verb == "Create"}
        brand = self.cloak.account(self.brand)
        own |= {n for n, h in held.items() if h.account == brand and brand not in self._whole()}
        times = {n: deeds[n].occurred_on if n in deeds else held[n].occurred_on for n in own}
        own = {name for name, time in times.items() if first or time >= since}
        others = {
            n for n, h in held.items() if owner(n) and h.account != brand and h.occurred_on >= since
        }
        missing = []
        for number, (name, view) in enumerate(self._views(sorted(own | others)), start=1):
            tell(step="posts", done=number, of=len(own) + len(others))
            if view is None:
                missing.append(name)
            elif name in own:
                self._measure(name, view)
            elif _is_blocked(view.get("author") or {}):
                self.found.blocked.add(str(owner(name)))
        twice = {name for name, view in self._views(missing) if view is None}
        self.found.gone.update(dict.fromkeys(twice & others))

    def _whole(self) -> set[str]:
        return {self.cloak.account(account) for account in self.found.whole}

    def _views(self, names: list[str]) -> Iterator[tuple[str, Mapping[str, Any] | None]]:
        for start in range(0, len(names), _POSTS_AT_ONCE):
            some = names[start : start + _POSTS_AT_ONCE]
            told = self.server.ask("app.bsky.feed.getPosts", uris=some).get("posts") or []
            views = {view.get("uri"): view for view in told}
            for name in some:
                yield name, views.get(name)

    def _measure(self, name: str, view: Mapping[str, Any]) -> None:
        if self.found.counts is not None:
            self.found.counts |= {(name, metric): n for metric, n in counts_of(view).items()}

    def _taken_back(self, reaches: dt.datetime) -> None:
        """Find the deeds of others that are no longer told of, and make sure of it."""
        listed = {self.cloak.deed(name, self.brand) for name in self.found.deeds}
        brand = self.cloak.account(self.brand)
        missing = {
            name: held
            for name, held in self.known.standing().items()
            if name not in listed
            and held.account not in {brand, None}
            and held.occurred_on > reaches + dt.timedelta(days=1)
            and (held.verb != "Create" or owner(name) is None)
            and held.verb != "Block"
        }
        doers: dict[tuple[str, str | None], set[str]] = {}
        for name, held in missing.items():
            asked = (held.verb, held.object_id)
            if held.verb != "Create" and asked not in doers:
                doers[asked] = set(self._doers(held))
            if held.verb == "Create" or held.account not in doers[asked]:
                self.found.gone[name] = None

    def _doers(self, held: Held) -> Iterator[str]:
        """Yield, as they are stored, all who like or repost a post, or follow the brand."""
        method, items, name, about = {
            "Like": ("app.bsky.feed.getLikes", "likes", "uri", held.object_id),
            "Announce": ("app.bsky.feed.getRepostedBy", "repostedBy", "uri", held.object_id),
            "Follow": ("app.bsky.graph.getFollowers", "followers", "actor", self.brand),
        }[held.verb]
        for page in self.server.pages(method, items, limit=_IN_PAGE, **{name: about}):
            for entry in page:
                actor = entry.get("actor", entry)
                yield self.cloak.account(str(actor.get("did")))


def _is_whole(item: object) -> bool:
    return (
        isinstance(item, Mapping)
        and isinstance(item.get("author"), Mapping)
        and all(isinstance(item.get(name), str) for name in ("uri", "indexedAt"))
        and isinstance(item["author"].get("did"), str)
    )


def _trimmed(item: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a notification; of who blocks or is blocked, not what they wrote."""
    record = item.get("record")
    kept = record if isinstance(record, Mapping) and not _is_blocked(item["author"]) else None
    return {"uri": item["uri"], "indexedAt": item["indexedAt"], "author": item["author"]} | {
        "record": kept
    }


def _is_blocked(author: Mapping[str, Any]) -> bool:
    viewer = author.get("viewer")
    return isinstance(viewer, Mapping) and bool(viewer.get("blockedBy") or viewer.get("blocking"))
