"""A Mastodon server, asked through the client `Mastodon.py`, never faster than it allows."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

import requests

from rapport.errors import Fault, Problem
from rapport.sources.live.address import is_safe
from rapport.sources.live.pacing import Pacer, Trouble, wait_of

if TYPE_CHECKING:
    from mastodon import Mastodon

_TIMEOUT = 60.0
_AT_ONCE = 40
_MESSAGE = 200


class MastodonServer:
    """One server, and the account whose token is used.

    Parameters
    ----------
    address
        Where it is; see `address.server_address`.
    token
        The access token.
    first_wait
        Seconds before a question that failed is asked again.
    """

    def __init__(self, address: str, token: str, *, first_wait: float = 1.0) -> None:
        from mastodon import Mastodon

        self.address = address
        self.pacer = Pacer(address, self._trouble, first=first_wait)
        self._token, self._last = token, _Answer()
        self._session = requests.Session()
        self._session.mount("http://", _Guarded())
        self._session.hooks["response"].append(self._heed)
        self.client: Mastodon = Mastodon(
            api_base_url=address,
            session=self._session,
            ratelimit_method="throw",
            request_timeout=_TIMEOUT,
            mastodon_version="4.5.0",
        )
        self.client.access_token = token  # given to the constructor, it could name a file

    def close(self) -> None:
        """Let the connection go."""
        self._session.close()

    def _heed(self, response: requests.Response, *_: object, **__: object) -> None:
        self._last = _Answer(response.status_code, response.headers, response)
        self.pacer.heed(response.headers)

    def ask(self, question: Callable[[], object]) -> Any:
        """Return the answer to a question of the client, as the server wrote it.

        Raises Problem when the server refuses or fails.
        """

        def asked() -> Any:
            self._last = _Answer()
            question()
            return self._last.json()

        return self.pacer.ask(asked)

    def maybe(self, question: Callable[[], object]) -> Any:
        """Return the answer, or None where there is no such thing."""

        def asked() -> Any:
            from mastodon import MastodonNotFoundError

            self._last = _Answer()
            try:
                question()
            except MastodonNotFoundError:
                return None
            return self._last.json()

        return self.pacer.ask(asked)

    def newer(self, question: Callable[..., object], after: str) -> tuple[list[Any], str]:
        """Return the page that comes right after an id, and the id from where the next one goes on.

        The server names that in its Link header; where it does not, it is the page's greatest id.
        """
        page = self.ask(lambda: question(min_id=after))
        found = [x for x in page if isinstance(x, Mapping)] if isinstance(page, list) else []
        linked = self._last.link("prev").get("min_id")
        ids = [str(x["id"]) for x in found if str(x.get("id", "")).isdigit()]
        return found, linked or max([after, *ids], key=int)

    def older(self, question: Callable[..., object]) -> Iterator[list[Any]]:
        """Return all pages of a list, newest first, as the Link header leads."""
        before: str | None = None
        while True:
            asked = {"max_id": before} if before else {}
            page = self.ask(lambda asked=asked: question(**asked))  # type: ignore[misc]
            yield page if isinstance(page, list) else []
            last, before = before, self._last.link("next").get("max_id")
            if not page or not before or before == last:
                return

    def some(self, question: Callable[[list[str]], object], ids: list[str]) -> list[Any]:
        """Return what the server has of these ids, asked in groups of forty."""
        found: list[Any] = []
        for start in range(0, len(ids), _AT_ONCE):
            group = ids[start : start + _AT_ONCE]
            answer = self.ask(lambda group=group: question(group))  # type: ignore[misc]
            found += answer if isinstance(answer, list) else []
        return found

    def _trouble(self, error: Exception) -> Trouble | None:
        import mastodon

        if isinstance(error, mastodon.MastodonNetworkError):
            if isinstance(error.__context__, Problem):
                raise error.__context__ from None
            return Trouble("The connection broke off, or it could not be reached.", again=True)
        if not isinstance(error, mastodon.MastodonError):
            return None
        status, headers = self._last.status, self._last.headers
        said = self._said()
        if status == 429 or status >= 500:
            now = self.pacer.clock()
            after = wait_of(headers.get("Retry-After", ""), now)
            if after is None and status == 429:
                after = wait_of(headers.get("X-RateLimit-Reset", ""), now)
            what = "It asks for fewer questions" if status == 429 else "It has a trouble of its own"
            return Trouble(f"{what} ({status}{said}).", again=True, after=after)
        if status in {401, 403}:
            fault = Fault(
                f"It does not let this token in ({status}{said}).",
                self.address,
                "Make a new one with the right to read, in the server's settings for developers.",
            )
            raise Problem("Nothing was fetched.", [fault]) from None
        if status < 300:
            return Trouble("Its answer could not be read.", again=True)
        return Trouble(f"It refused a question ({status}{said}).", again=False)

    def _said(self) -> str:
        """Return what the server says of an error, without what must not be seen."""
        content = self._last.json()
        said = content.get("error") if isinstance(content, Mapping) else None
        text = "".join(x for x in str(said or "").replace(self._token, "…") if x.isprintable())
        return f", {text[:_MESSAGE]}" if text else ""


class _Answer:
    """The last answer, as the server wrote it."""

    def __init__(
        self,
        status: int = 0,
        headers: Mapping[str, str] | None = None,
        response: requests.Response | None = None,
    ) -> None:
        self.status, self.headers, self._response = status, headers or {}, response

    def json(self) -> Any:
        """Return its content; None when it is not JSON."""
        try:
            return self._response.json() if self._response is not None else None
        except ValueError:
            return None

    def link(self, relation: str) -> dict[str, str]:
        """Return the parameters of the address that the Link header gives for a relation."""
        links = requests.utils.parse_header_links(self.headers.get("Link", ""))
        for link in links:
            if link.get("rel") == relation:
                query = parse_qs(urlsplit(link.get("url", "")).query)
                return {name: values[-1] for name, values in query.items()}
        return {}


class _Guarded(requests.adapters.HTTPAdapter):
    """Refuses to send anything where somebody could read along."""

    def send(self, request: requests.PreparedRequest, *args: Any, **more: Any) -> Any:
        """Send a request, if it goes to this machine."""
        if not is_safe(str(request.url)):
            host = str(urlsplit(str(request.url)).hostname)
            fault = Fault(f"It leads to {host} without encryption.", host)
            raise Problem("Nothing more was fetched.", [fault])
        return super().send(request, *args, **more)
