"""Bluesky: a brand's account, found by its handle, and the two ways to learn what happened."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from rapport.errors import Fault, Problem
from rapport.sources.live.address import server_address
from rapport.sources.live.bluesky_records import CHANNEL, SOURCE, owner
from rapport.sources.live.bluesky_repos import Repositories
from rapport.sources.live.bluesky_server import PUBLIC, BlueskyServer, Unanswered
from rapport.sources.live.bluesky_views import Views
from rapport.sources.live.cloak import Cloak
from rapport.sources.live.deeds import Found
from rapport.sources.live.known import Known
from rapport.sources.live.source import Tell, closing_on_error
from rapport.sources.live.spool import Spool

SECRET = "RAPPORT_BLUESKY_PASSWORD"  # noqa: S105 - the name of a variable
_WAYS: Mapping[str, type[Views] | type[Repositories]] = {
    "views": Views,
    "repositories": Repositories,
}


@dataclass(frozen=True, slots=True)
class Bluesky:
    """A brand's account on Bluesky.

    Parameters
    ----------
    server
        The server that its repository is on.
    brand, handle
        Its did and its handle.
    way
        "views" where an AppView stands behind the server, else "repositories".
    """

    server: BlueskyServer
    brand: str
    handle: str
    way: str
    source: str = SOURCE
    channel: str = CHANNEL

    def owner(self, deed_id: str) -> str | None:
        """Return the account in an at:// address."""
        return owner(deed_id)

    def close(self) -> None:
        """Let the connection go."""
        self.server.close()

    def fetch(
        self, cursor: Mapping[str, Any], known: Known, spool: Spool, cloak: Cloak, tell: Tell
    ) -> Found:
        """Fetch what is new; see `Live.fetch`.

        Raises Problem when the server is of the other way than the one before: what only the one
        knows would look deleted to the other.
        """
        before = cursor.get("mode", self.way)
        if before != self.way:
            what = f"It was pulled by {before} until now, and this server offers {self.way} only."
            hint = "Name the server of the first pull, or use a workspace of its own."
            raise Problem("Nothing was fetched.", [Fault(what, self.handle, hint)])
        found = _WAYS[self.way](self.server, self.brand, cursor, spool, known, cloak).fetch(tell)
        found.handle = found.handle or self.handle
        return found


def connect(
    handle: str,
    *,
    address: str | None = None,
    secret: Callable[[], str | None],
    first_wait: float = 1.0,
) -> Bluesky:
    """Find a brand's account and the way to learn about it.

    Parameters
    ----------
    handle
        Such as maison.bsky.social, or a did.
    address
        The server, when it is not the one that the directory of identities names.
    secret
        Asked for the app password, if the server needs one.
    first_wait
        See `Pacer`.

    Raises
    ------
    Problem
        When there is no such account, or the server needs a password and has none.
    """
    name = handle.strip().removeprefix("@").removeprefix("at://").lower()
    first = BlueskyServer(server_address(address or PUBLIC), first_wait=first_wait)
    with closing_on_error(first):
        brand = name if name.startswith("did:") else _resolved(first, name)
        home = first.address if address else _home(brand)
    server = first
    if home != first.address:
        first.close()
        server = BlueskyServer(home, first_wait=first_wait)
    with closing_on_error(server):
        way = "views" if server.serves_views() else "repositories"
        if way == "views":
            _login(server, brand, secret())
    return Bluesky(server, brand, name, way)


def _login(server: BlueskyServer, brand: str, password: str | None) -> None:
    if not password:
        what = "The server tells who mentions, likes and follows only to the account itself."
        hint = f"Make an app password in Bluesky's settings and put it into {SECRET}."
        raise Problem("Nothing was fetched.", [Fault(what, server.address, hint)])
    server.login(brand, password)


def _resolved(server: BlueskyServer, name: str) -> str:
    try:
        told = server.ask("com.atproto.identity.resolveHandle", handle=name)
    except (Unanswered, Problem) as error:
        if isinstance(error, Problem) and "refused" not in str(error):
            raise
        what = f"There is no account '{name}'."
        hint = "Write the whole handle, such as maison.bsky.social."
        raise Problem("Nothing was fetched.", [Fault(what, server.address, hint)]) from None
    return str(told.get("did"))


def _home(brand: str) -> str:
    """Return the server that holds an account, as the directory of identities says."""
    from atproto import IdResolver  # type: ignore[import-untyped]

    try:
        document = IdResolver().did.resolve(brand)
        endpoint = document.get_pds_endpoint() if document else None
    except Exception as error:
        fault = Fault(f"The directory of identities did not answer ({type(error).__name__}).")
        raise Problem("Nothing was fetched.", [fault]) from error
    if not endpoint:
        hint = "Name its server with --server."
        raise Problem("Nothing was fetched.", [Fault("It is on no known server.", brand, hint)])
    return server_address(endpoint)
