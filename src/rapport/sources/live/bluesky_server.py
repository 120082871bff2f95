"""A server of the AT protocol, asked through the client `atproto`, never faster than it allows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import httpx

from rapport.errors import Fault, Problem
from rapport.sources.live.address import is_safe
from rapport.sources.live.pacing import Pacer, Trouble, wait_of

PUBLIC = "https://bsky.social"
_TIMEOUT = 60.0
_MESSAGE = 200


class Unanswered(Exception):  # noqa: N818 - what happened to a question
    """The server does not serve the question, or does not know what it was asked about."""


class BlueskyServer:
    """One server.

    Parameters
    ----------
    address
        Where it is; see `address.server_address`.
    first_wait
        Seconds before a question that failed is asked again.
    """

    def __init__(self, address: str, *, first_wait: float = 1.0) -> None:
        from atproto import Client, Request  # type: ignore[import-untyped]

        self.address = address
        self.pacer = Pacer(address, self._trouble, first=first_wait)
        hooks = {"request": [_guard], "response": [self._heed]}
        self._client = Client(address, request=Request(timeout=_TIMEOUT, event_hooks=hooks))
        self._secret: str | None = None

    def _heed(self, response: httpx.Response) -> None:
        self.pacer.heed(response.headers)

    def close(self) -> None:
        """Let the connection go."""
        self._client.request.close()

    def login(self, handle: str, password: str) -> None:
        """Open a session with an app password; raises Problem when the server refuses it."""
        self._secret = password
        self.pacer.ask(lambda: self._client.login(handle, password, fetch_bsky_profile=False))

    def ask(self, method: str, **parameters: object) -> dict[str, Any]:
        """Return the answer to a question, as JSON.

        Raises Unanswered where the server does not serve the question or does not know what it is
        about, and Problem when it refuses or fails.
        """
        content = self._ask(method, parameters)
        if not isinstance(content, dict):
            what = f"Its answer to {method} is not what the protocol says."
            raise Problem("Not everything could be fetched.", [Fault(what, self.address)])
        return content

    def repository(self, account: str) -> bytes:
        """Return an account's repository as a CAR file."""
        content = self._ask("com.atproto.sync.getRepo", {"did": account})
        return content if isinstance(content, bytes) else b""

    def pages(self, method: str, items: str, **parameters: object) -> Iterator[list[Any]]:
        """Return the pages of a list, one by one."""
        cursor: str | None = None
        while True:
            more = {"cursor": cursor} if cursor else {}
            page = self.ask(method, **parameters, **more)
            found = page.get(items)
            yield found if isinstance(found, list) else []
            last, cursor = cursor, page.get("cursor")
            if not cursor or cursor == last or not found:
                return

    def _ask(self, method: str, parameters: dict[str, object]) -> object:
        from atproto_client.models.dot_dict import DotDict  # type: ignore[import-untyped]

        def question() -> object:
            return self._client.invoke_query(method, params=DotDict(parameters)).content

        return self.pacer.ask(question)

    def serves_views(self) -> bool:
        """Return whether an AppView stands behind the server: one that knows who did what."""
        try:
            self.ask("app.bsky.notification.listNotifications", limit=1)
        except Unanswered:
            return False
        except _NotAllowed:
            return True
        return True

    def _trouble(self, error: Exception) -> Trouble | None:
        from atproto_client import exceptions  # type: ignore[import-untyped]

        if isinstance(error, httpx.HTTPError):
            return Trouble(f"The connection broke off ({type(error).__name__}).", again=True)
        if not isinstance(error, exceptions.RequestErrorBase):
            return None
        if error.response is None:
            return Trouble("It could not be reached, or did not answer in time.", again=True)
        status = error.response.status_code
        said = self._said(error.response.content)
        if status == 429 or (status >= 500 and status != 501):
            headers = {k.lower(): v for k, v in error.response.headers.items()}
            now = self.pacer.clock()
            after = wait_of(headers.get("retry-after", ""), now)
            if after is None and status == 429:
                after = wait_of(headers.get("ratelimit-reset", ""), now)
            what = "It asks for fewer questions" if status == 429 else "It has a trouble of its own"
            return Trouble(f"{what} ({status}{said}).", again=True, after=after)
        if _is_unanswered(status, error.response.content):
            raise Unanswered(said) from None
        if status in {401, 403}:
            raise _NotAllowed(
                "Nothing was fetched.",
                [
                    Fault(
                        f"It does not let this account in ({status}{said}).",
                        self.address,
                        "Look whether the handle and the app password are right.",
                    )
                ],
            ) from None
        return Trouble(f"It refused a question ({status}{said}).", again=False)

    def _said(self, content: object) -> str:
        """Return what the server says of an error, without what must not be seen."""
        words = [getattr(content, name, None) for name in ("error", "message")]
        said = ": ".join(str(word) for word in words if word)
        if self._secret:
            said = said.replace(self._secret, "…")
        said = "".join(letter for letter in said if letter.isprintable())[:_MESSAGE]
        return f", {said}" if said else ""


class _NotAllowed(Problem):
    """The server wants to know who asks, or does not let them in."""


_NOT_SERVED = ("MethodNotImplemented", "XRPCNotSupported")
_NOT_THERE = ("RepoNotFound", "RepoDeactivated", "RepoTakendown", "RepoSuspended", "NotFound")


def _is_unanswered(status: int, content: object) -> bool:
    """Return whether the server does not serve the question, or not know what it is about."""
    name, said = (str(getattr(content, part, "")) for part in ("error", "message"))
    unserved = name in _NOT_SERVED or said.startswith(("No service configured", "Could not find"))
    return status in {404, 501} or unserved or name in _NOT_THERE


def _guard(request: httpx.Request) -> None:
    """Refuse to follow a server to where somebody could read along."""
    if not is_safe(str(request.url)):
        fault = Fault(f"It leads to {request.url.host} without encryption.", str(request.url.host))
        raise Problem("Nothing more was fetched.", [fault])
