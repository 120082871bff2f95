"""Where a server may be: encrypted, or on this very machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from rapport.errors import Fault, Problem


def is_safe(url: str) -> bool:
    """Return whether nobody on the way can read along: https (wss), or this machine.

    Examples
    --------
    >>> [is_safe(url) for url in ("https://a.example", "http://127.0.0.1:80", "http://a.example")]
    [True, True, False]
    """
    parts = urlsplit(url)
    return parts.scheme in {"https", "wss"} or _is_this_machine(parts.hostname or "")


def _is_this_machine(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def server_address(typed: str) -> str:
    """Return the address of a server as it is asked: scheme, host and port, nothing more.

    Raises Problem when it is no address, names a user, or is neither https nor on this machine.

    Examples
    --------
    >>> server_address("mastodon.example"), server_address("http://localhost:3000/")
    ('https://mastodon.example', 'http://localhost:3000')
    """
    text = typed.strip()
    if "://" not in text:
        scheme = "http" if _is_this_machine(urlsplit(f"//{text}").hostname or "") else "https"
        text = f"{scheme}://{text}"
    try:
        parts = urlsplit(text)
        plain = bool(parts.hostname) and not (parts.query or parts.fragment)
        plain = plain and parts.path in {"", "/"}
        port = parts.port
    except ValueError:
        plain, port = False, None
    if not plain or parts.scheme not in {"http", "https"} or "@" in parts.netloc:
        raise _refused("It is not the address of a server.", "Such as https://bsky.social.")
    if not is_safe(text):
        hint = "Write https://; plain http is only for servers on this machine."
        raise _refused(f"{parts.hostname} would be asked without encryption.", hint)
    host = f"[{parts.hostname}]" if ":" in str(parts.hostname) else str(parts.hostname)
    return f"{parts.scheme}://{host}{f':{port}' if port else ''}"


def _refused(what: str, hint: str) -> Problem:
    return Problem("Nothing was fetched.", [Fault(what, "--server", hint)])
