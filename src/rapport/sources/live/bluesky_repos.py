"""A brand's deeds and those of the people around it, out of a server's repositories.

For a server without an AppView: every repository that changed is looked through, by the stream of
commits where that leads on from what is known, else as a whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from rapport.errors import Fault, Problem
from rapport.record.privacy import hash_account
from rapport.sources.live.bluesky_records import BLOCK, PROFILE, deed_of, parts
from rapport.sources.live.bluesky_repo import BrokenRepositoryError, Repository, read_repository
from rapport.sources.live.bluesky_server import BlueskyServer, Unanswered
from rapport.sources.live.bluesky_stream import Commit, commits
from rapport.sources.live.cloak import Cloak
from rapport.sources.live.deeds import Deed, Found, Who, seen_time
from rapport.sources.live.known import Known
from rapport.sources.live.spool import Spool

Tell = Callable[..., None]

_IN_PAGE = 1000
_NO_HANDLE = "handle.invalid"


@dataclass
class _State:
    """What is known of the repositories, from the last pull and the pages of this one."""

    revisions: dict[str, str]  # by the account's hash
    sequence: int
    deeds: dict[str, Deed] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    gone: dict[str, dt.datetime | None] = field(default_factory=dict)
    people: dict[str, Who] = field(default_factory=dict)
    doers: set[str] = field(default_factory=set)


class Repositories:
    """The repositories of one server, as far as they have to do with the brand.

    Parameters
    ----------
    server, brand
        The server and the brand's account.
    cursor
        What the last pull left: revisions and a place in the stream.
    spool
        Where pages are kept; what is in it already is not fetched again.
    known, cloak
        What the record holds.
    """

    def __init__(
        self,
        server: BlueskyServer,
        brand: str,
        cursor: Mapping[str, Any],
        spool: Spool,
        known: Known,
        cloak: Cloak,
    ) -> None:
        self.server, self.brand, self.spool = server, brand, spool
        self.known, self.cloak = known, cloak
        self.began = dt.datetime.fromtimestamp(spool.began, dt.UTC)
        self.same = cursor.get("server") == server.address
        self.state = _State({}, 0)
        if self.same:  # another server counts its stream anew, and knows other people
            self.state = _State(dict(cursor["revisions"]), cursor["sequence"])
        for page in spool:
            self._apply(page)

    def fetch(self, tell: Tell) -> Found:
        """Fetch what changed; return it."""
        listed = self._listed()
        active = {account: rev for account, rev in listed.items() if rev is not None}
        if self.brand not in active:
            fault = Fault("The account is not active on this server.", self.server.address)
            raise Problem("Nothing was fetched.", [fault])
        if self._stale({self.brand: active[self.brand]}):
            self._whole_repository(self.brand)
        self._follow(active, tell)
        left = self._wanted(active)
        for number, account in enumerate(left, start=1):
            tell(step="repositories", done=number, of=len(left))
            self._whole_repository(account)
        self._name_people()
        return self._found(listed)

    def _found(self, listed: Mapping[str, str | None]) -> Found:
        state = self.state
        inactive = {account for account, rev in listed.items() if rev is None}
        whole = {account for account in state.whole if account not in inactive} | inactive
        deeds = {n: deed for n, deed in state.deeds.items() if deed.account not in inactive}
        there = {self._key(account) for account, rev in listed.items() if rev is not None}
        people = {a: who for a, who in state.people.items() if a not in inactive}
        handle = people[self.brand].handle if self.brand in people else None
        found = Found(self.brand, handle or "", self.began, deeds, dict(state.gone), whole, people)
        found.deserted = self._deserted(listed)
        found.cursor = {
            "mode": "repositories",
            "server": self.server.address,
            "sequence": state.sequence,
            "revisions": {key: rev for key, rev in state.revisions.items() if key in there},
        }
        return found

    def _deserted(self, listed: Mapping[str, str | None]) -> set[str]:
        """Return the accounts, as they are stored, that only the record knows."""
        if not self.same:
            return set()
        there = {self.cloak.account(account) for account in listed}
        return {str(h.account) for h in self.known.standing().values() if h.account} - there

    def _listed(self) -> dict[str, str | None]:
        """Return every account of the server with its revision; None when it is not active."""
        method = "com.atproto.sync.listRepos"
        return {
            str(repo["did"]): str(repo["rev"]) if repo.get("active", True) else None
            for page in self.server.pages(method, "repos", limit=_IN_PAGE)
            for repo in page
            if not self.cloak.is_forgotten(str(repo["did"]))
        }

    def _key(self, account: str) -> str:
        return hash_account(self.cloak.record.rules.key, account)

    def _revision(self, account: str) -> str | None:
        return self.state.revisions.get(self._key(account))

    def _stale(self, active: Mapping[str, str]) -> list[str]:
        return [account for account, rev in active.items() if (self._revision(account) or "") < rev]

    def _wanted(self, active: Mapping[str, str]) -> list[str]:
        """Return the accounts that changed and that the brand does not block."""
        blocked = self._blocked_by_brand()
        return [a for a in self._stale(active) if self.cloak.account(a) not in blocked]

    def _follow(self, active: Mapping[str, str], tell: Tell) -> None:
        """Read the stream of commits until it has told of every change that was listed."""
        waiting = {account for account in self._wanted(active) if self._revision(account)}
        if not waiting:
            return
        blocked, broken = self._blocked_by_brand(), set[str]()
        for number, commit in enumerate(commits(self.server.address, self.state.sequence), 1):
            tell(step="commits", done=number)
            self.state.sequence = max(self.state.sequence, commit.sequence)
            if self.cloak.account(commit.account) not in blocked:
                self._take(commit, broken)
            account = commit.account
            if account in broken or not self._stale({account: active.get(account, "")}):
                waiting.discard(account)
            if not waiting:
                break
        self._keep("place", sequence=self.state.sequence)

    def _take(self, commit: Commit, broken: set[str]) -> None:
        """Keep what a commit changed, if it leads on from what is known of the account."""
        account, before = commit.account, self._revision(commit.account)
        if commit.handle and self._is_concerned(account):
            self._keep("handle", account=account, handle=commit.handle)
        if commit.revision is None or before is None or commit.revision <= before:
            return
        if commit.operations is None or commit.since != before or account in broken:
            broken.add(account)
            return
        kept = [
            {"uri": uri, "record": op.record}
            for uri, op in ((f"at://{account}/{op.path}", op) for op in commit.operations)
            if self._matters(uri, op.record)
        ]
        if kept:
            page = {"account": account, "revision": commit.revision, "sequence": commit.sequence}
            self._keep("commit", **page, time=commit.time, operations=kept)
        self.state.revisions[self._key(account)] = commit.revision

    def _is_concerned(self, account: str) -> bool:
        """Return whether somebody has to do with the brand, so that their name matters."""
        stored = self.cloak.account(account)
        return account in self.state.doers or stored in self.known.people

    def _matters(self, uri: str, record: Mapping[str, Any] | None) -> bool:
        account, collection, _ = parts(uri)
        if collection == PROFILE:
            return self._is_concerned(account)
        known = uri in self.state.deeds or self._stored(uri) in self.known.deeds
        return known or (
            record is not None and deed_of(uri, record, self.brand, self.began) is not None
        )

    def _stored(self, uri: str) -> str:
        return self.cloak.deed(uri, self.brand)

    def _whole_repository(self, account: str) -> None:
        try:
            repository = read_repository(self.server.repository(account))
        except Unanswered:
            return  # it left since it was listed; the next pull will see that
        except BrokenRepositoryError as error:
            fault = Fault(f"The repository of {account} cannot be read: {error}.")
            raise Problem("Not everything could be fetched.", [fault]) from error
        self._keep(
            "repository",
            account=account,
            revision=repository.revision,
            records=self._relevant(repository),
        )

    def _relevant(self, repository: Repository) -> dict[str, Mapping[str, Any]]:
        """Return the records that have to do with the brand; of who blocks it, only that."""
        account = repository.account
        records = {f"at://{account}/{path}": rec for path, rec in repository.records.items()}
        found = {
            uri: record
            for uri, record in records.items()
            if deed_of(uri, record, self.brand, self.began) is not None
        }
        blocks = {uri: rec for uri, rec in found.items() if parts(uri)[1] == BLOCK}
        if blocks and account != self.brand:
            return blocks
        profile = {uri: r for uri, r in records.items() if parts(uri)[1] == PROFILE}
        return found | profile if found else {}

    def _blocked_by_brand(self) -> set[str]:
        """Return, as they are stored, the accounts that the brand blocks."""
        state = self.state
        blocks = {
            self.cloak.account(str(deed.object_id))
            for deed in state.deeds.values()
            if deed.verb == "Block" and deed.account == self.brand
        }
        if self.brand in state.whole:
            return blocks
        brand = self.cloak.account(self.brand)
        return blocks | {
            str(held.object_id)
            for name, held in self.known.standing().items()
            if held.verb == "Block" and held.account == brand and name not in state.gone
        }

    def _name_people(self) -> None:
        """Ask for the handle of everybody who is new."""
        doers = {deed.account for deed in self.state.deeds.values()} | {self.brand}
        for account in sorted(doers):
            who = self.state.people.get(account)
            if (who and who.handle) or (
                account != self.brand and self.cloak.account(account) in self.known.people
            ):
                continue
            try:
                told = self.server.ask("com.atproto.repo.describeRepo", repo=account)
            except Unanswered:
                continue
            handle = str(told.get("handle", "")).removesuffix(_NO_HANDLE)
            self._keep("handle", account=account, handle=handle)

    def _keep(self, kind: str, **page: Any) -> None:
        self._apply(self.spool.keep(kind, **page))

    def _apply(self, page: Mapping[str, Any]) -> None:
        """Learn what a page says."""
        state = self.state
        if page["kind"] == "place":
            state.sequence = max(state.sequence, page["sequence"])
            return
        account = page["account"]
        if page["kind"] == "handle":
            self._learn(account, handle=page["handle"] or None)
            return
        state.revisions[self._key(account)] = page["revision"]
        if page["kind"] == "repository":
            state.whole.add(account)
            old = [name for name, deed in state.deeds.items() if deed.account == account]
            for name in old:
                del state.deeds[name]
            for uri, record in page["records"].items():
                self._record(uri, record, None)
            return
        state.sequence = max(state.sequence, page["sequence"])
        for operation in page["operations"]:
            self._record(operation["uri"], operation["record"], page["time"])

    def _record(self, uri: str, record: Mapping[str, Any] | None, time: str | None) -> None:
        account, collection, _ = parts(uri)
        if collection == PROFILE:
            name = record.get("displayName") if record else None
            self._learn(account, name=name if isinstance(name, str) and name else None)
            return
        deed = deed_of(uri, record, self.brand, self.began) if record is not None else None
        if deed is not None:
            self.state.deeds[uri] = deed
            self.state.doers.add(account)
            self.state.gone.pop(uri, None)
            return
        self.state.deeds.pop(uri, None)
        self.state.gone[uri] = seen_time(time, self.began)

    def _learn(self, account: str, **told: str | None) -> None:
        before = self.state.people.get(account, Who(account))
        handle, name = told.get("handle") or before.handle, told.get("name") or before.name
        self.state.people[account] = Who(account, handle, name)
