"""One request over HTTP to a place that was looked at: no redirects, no proxies, little patience.

Of the answer only its status and headers are read, never its body.

The standard library's client is used since nothing must come between the address that was looked
at and the connection: no pool, no proxy of the environment, nobody who follows a redirect.
"""

from __future__ import annotations

import contextlib
import email.utils
import http.client
import socket
import ssl
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from urllib.parse import urlsplit

from rapport.actions.alerts.addresses import (
    Look,
    Place,
    RefusedError,
    UnreachableError,
    connected,
    looked_up,
    place,
)

LONGEST_WAIT = 3600.0  # seconds that a server may ask to be left alone


@dataclass(frozen=True, slots=True)
class Net:
    """How the net is used: what private places are allowed, and how long an answer may take."""

    allowed: Sequence[str] = ()
    timeout: float = 10.0
    look: Look = looked_up
    context: ssl.SSLContext | None = None

    def tls(self) -> ssl.SSLContext:
        """Return how encrypted connections are made: certificates are checked."""
        return self.context or _checking()


@cache
def _checking() -> ssl.SSLContext:
    return ssl.create_default_context()


class _Plain(http.client.HTTPConnection):
    """A connection to an address that was looked at."""

    def __init__(self, where: Place, net: Net) -> None:
        super().__init__(where.host, where.port, timeout=net.timeout)
        self.where, self.net = where, net

    def connect(self) -> None:
        self.sock = connected(self.where, self.net.timeout)


class _Encrypted(_Plain):
    default_port = 443

    def connect(self) -> None:
        raw = connected(self.where, self.net.timeout)
        try:
            self.sock = self.net.tls().wrap_socket(raw, server_hostname=self.where.host)
        except BaseException:
            raw.close()
            raise


def post(url: str, body: bytes, headers: Mapping[str, str], net: Net) -> None:
    """Send a body to an address and see it accepted.

    Raises
    ------
    RefusedError
        When the address is private, not encrypted, or the server says that no try will succeed.
    UnreachableError
        When a later try may succeed.
    """
    parts = urlsplit(url)
    host = parts.hostname
    if parts.scheme not in {"http", "https"} or not host:
        raise RefusedError("It is no web address.")
    try:
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise RefusedError("Its port is none.") from None
    where = place(host, port, net.allowed, net.look)
    if parts.scheme == "http" and not where.is_private:
        raise RefusedError(f"{host} would be told without encryption. Write https://.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection = _Encrypted(where, net) if parts.scheme == "https" else _Plain(where, net)
    try:
        _asked(connection, target, body, headers)
    finally:
        connection.close()


def _asked(connection: _Plain, target: str, body: bytes, headers: Mapping[str, str]) -> None:
    host, timeout = connection.where.host, connection.net.timeout
    late = f"{host} did not answer within {timeout:g} seconds."
    try:
        connection.connect()
    except ssl.SSLCertVerificationError as error:
        raise UnreachableError(f"{host}'s certificate: {error.verify_message}.") from None
    except TimeoutError:
        raise UnreachableError(late) from None
    except OSError as error:
        raise UnreachableError(f"{host}: {_plain_reason(error)}.") from None
    over = threading.Event()
    clock = threading.Timer(timeout, _cut, (connection, over))
    clock.daemon = True
    clock.start()
    try:
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
    except http.client.InvalidURL:
        raise RefusedError("It is no web address.") from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        timed_out = over.is_set() or isinstance(error, TimeoutError)
        why = late if timed_out else f"{host}: {_plain_reason(error)}."
        raise UnreachableError(why, maybe=True) from None
    finally:
        clock.cancel()
    answer.close()
    _judged(answer, host)


def _cut(connection: _Plain, over: threading.Event) -> None:
    """End a request that takes too long as a whole, however busily its server dawdles."""
    over.set()
    if connection.sock is not None:
        with contextlib.suppress(OSError):
            connection.sock.shutdown(socket.SHUT_RDWR)


def _judged(answer: http.client.HTTPResponse, host: str) -> None:
    status = answer.status
    if 200 <= status < 300:
        return
    if 300 <= status < 400:
        raise RefusedError(f"{host} answered {status}: it sends elsewhere, which is not followed.")
    if status in {408, 409, 425, 429} or status >= 500:
        wait = _retry_after(answer.headers.get("Retry-After", ""))
        raise UnreachableError(f"{host} answered {status}.", wait=wait)
    raise RefusedError(f"{host} answered {status}.")


def _retry_after(told: str) -> float | None:
    """Return the seconds that a server asks to be left alone."""
    try:
        seconds = float(told)
    except ValueError:
        try:
            seconds = email.utils.parsedate_to_datetime(told).timestamp() - time.time()
        except (TypeError, ValueError):
            return None
    return min(max(seconds, 0.0), LONGEST_WAIT)


def _plain_reason(error: Exception) -> str:
    """Return why, in words that hold no address and no secret."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return type(error).__name__
