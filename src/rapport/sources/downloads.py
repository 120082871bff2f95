"""Files behind a web address, brought to this machine before they are read."""

from __future__ import annotations

import ipaddress
import re
import urllib.error
import urllib.request
from collections.abc import Callable
from http.client import HTTPException, HTTPMessage
from pathlib import Path
from typing import IO, Any
from urllib.parse import SplitResult, unquote, urlsplit

from rapport.errors import Fault, Problem

WAIT = 60  # seconds without an answer
_CHUNK = 1 << 20


def is_url(text: str) -> bool:
    """Say whether a text is a web address and not a path.

    Examples
    --------
    >>> is_url("https://shop.example/orders.csv"), is_url("orders.csv"), is_url("ftp:x")
    (True, False, False)
    """
    return bool(re.match(r"https?://", text, re.IGNORECASE))


def spoken(url: str) -> str:
    """Return an address without what may be secret in it: user, password, query.

    Examples
    --------
    >>> spoken("https://ana:key@shop.example/a/orders.csv?token=1")
    'https://shop.example/a/orders.csv'
    """
    parts = urlsplit(url)
    host = parts.hostname or ""
    port = f":{parts.port}" if parts.port else ""
    return f"{parts.scheme}://{host}{port}{parts.path}"


def download(url: str, folder: Path, on_bytes: Callable[[int], None] = lambda _: None) -> Path:
    """Bring a file into a folder and return its path.

    Its name is that of the answer's header or of the address, without the query, which may hold a
    secret. Nothing is left behind when it fails.

    Parameters
    ----------
    url
        An address that begins with https://, or with http:// on this machine.
    folder
        Where to put it.
    on_bytes
        Told how many bytes have come.

    Raises
    ------
    Problem
        When the address is not safe, nobody answers, or the answer is no file.
    """
    _refuse_unsafe(urlsplit(url), url)
    opener = urllib.request.build_opener(_SafeRedirects)
    request = urllib.request.Request(url, headers={"User-Agent": "rapport"})  # noqa: S310 - looked at above
    path: Path | None = None
    try:
        with opener.open(request, timeout=WAIT) as answer:
            path = folder / _name(answer.headers, url)
            _save(answer, path, on_bytes)
            _refuse_cut_off(answer.headers, path, url)
    except (OSError, HTTPException, ValueError) as error:
        if path:
            path.unlink(missing_ok=True)
        raise _unreachable(url, error) from None
    return path


def _save(answer: IO[bytes], path: Path, on_bytes: Callable[[int], None]) -> None:
    came = 0
    with path.open("wb") as out:
        while chunk := answer.read(_CHUNK):
            out.write(chunk)
            came += len(chunk)
            on_bytes(came)


def _refuse_cut_off(headers: HTTPMessage, path: Path, url: str) -> None:
    promised = headers.get("Content-Length", "")
    if promised.isdigit() and path.stat().st_size < int(promised):
        path.unlink()
        what = f"Only {path.name} in part came: the connection was cut."
        raise _refused(url, what, "Try again.")


class _SafeRedirects(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *asked: Any) -> urllib.request.Request | None:
        """Follow a redirect only to where one may go directly."""
        _, answer, *_, url = asked
        try:
            _refuse_unsafe(urlsplit(url), url)
        except Problem:
            answer.close()
            raise
        return super().redirect_request(*asked)


def _refuse_unsafe(parts: SplitResult, url: str) -> None:
    if parts.scheme.lower() == "https" and parts.hostname:
        return
    if parts.scheme.lower() == "http" and _is_here(parts.hostname or ""):
        return
    what = "Only addresses that begin with https:// are fetched."
    raise _refused(url, what, "Ask for a safe address, or download it yourself.")


def _is_here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _name(headers: HTTPMessage, url: str) -> str:
    """Return a plain file name: of the answer, else of the address."""
    told = headers.get_filename() or unquote(urlsplit(url).path)
    last = re.split(r"[/\\]", told.rstrip("/"))[-1]
    return re.sub(r"[^\w.\- ()]", "_", last).lstrip(".")[-120:] or "download"


def _unreachable(url: str, error: Exception) -> Problem:
    if isinstance(error, urllib.error.HTTPError):
        error.close()
        hints = {401: "It asks who you are.", 403: "It is not allowed.", 404: "Nothing is there."}
        hint = hints.get(error.code, "Try again later.")
        return _refused(
            url, f"The server answered {error.code}.", f"{hint} Or download it yourself."
        )
    reason = getattr(error, "reason", None) or error
    return _refused(url, f"It could not be fetched: {reason}.", "Check the address and the net.")


def _refused(url: str, what: str, hint: str) -> Problem:
    return Problem("Nothing was fetched.", [Fault(what, spoken(url), hint)])
