"""Where an alert may go: never to a private address, unless the settings allow it.

A name is looked up once, every address that it has is looked at, and the connection is made to the
very address that was looked at: a name that answers something else a moment later gains nothing.
"""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Callable, Sequence
from dataclasses import dataclass

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Look = Callable[[str, int], Sequence[str]]

_NAT64 = ipaddress.ip_network("64:ff9b::/96")
_COMPATIBLE = ipaddress.ip_network("::/96")


class RefusedError(Exception):
    """The place may not be told, whatever is tried; says why, without secrets."""


class UnreachableError(Exception):
    """The place could not be told now; a later try may do.

    `wait` is how many seconds the other side asks to be left alone; `maybe` says that what was
    told may have arrived all the same.
    """

    def __init__(self, why: str, *, wait: float | None = None, maybe: bool = False) -> None:
        super().__init__(why)
        self.wait, self.maybe = wait, maybe


@dataclass(frozen=True, slots=True)
class Place:
    """A server that may be told: the name it has and the addresses it was looked up to."""

    host: str
    port: int
    addresses: tuple[str, ...]

    @property
    def is_private(self) -> bool:
        """Whether none of its addresses is of the public net."""
        there = [ipaddress.ip_address(each.partition("%")[0]) for each in self.addresses]
        return not any(is_public(each) and is_public(meant(each)) for each in there)


def looked_up(host: str, port: int) -> list[str]:
    """Return the addresses of a name, as the system knows them; raises UnreachableError."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        raise UnreachableError(f"{host} was not found.") from None
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def place(host: str, port: int, allowed: Sequence[str] = (), look: Look = looked_up) -> Place:
    """Return where to connect to.

    Parameters
    ----------
    host, port
        The server, as the settings name it.
    allowed
        Names and networks that may be told although they are private.
    look
        Looks a name up.

    Raises
    ------
    RefusedError
        When one of its addresses is not one of the public net, nor allowed.
    UnreachableError
        When the name is not found.

    Examples
    --------
    >>> place("hooks.example", 443, look=lambda host, port: ["93.184.215.14"]).addresses
    ('93.184.215.14',)
    >>> place("0x7f000001", 80)
    Traceback (most recent call last):
    rapport.actions.alerts.addresses.RefusedError: 0x7f000001 is at 127.0.0.1, a private address. \
Allow it with allow = […] under [listening], if it is meant.
    """
    name = host.rstrip(".").casefold()
    found = look(host, port)
    if not found:
        raise UnreachableError(f"{host} was not found.")
    if name not in {each.rstrip(".").casefold() for each in allowed}:
        for each in found:
            _refuse_private(host, each, allowed)
    return Place(host, port, tuple(found))


def _refuse_private(host: str, found: str, allowed: Sequence[str]) -> None:
    address = ipaddress.ip_address(found.partition("%")[0])
    inner = meant(address)
    if all(is_public(each) for each in (address, inner)):
        return
    if any(each in network for network in _networks(allowed) for each in {address, inner}):
        return
    raise RefusedError(
        f"{host} is at {inner}, a private address. "
        "Allow it with allow = […] under [listening], if it is meant."
    )


def meant(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for, or the address itself.

    Examples
    --------
    >>> [str(meant(ipaddress.ip_address(a))) for a in ("::ffff:10.0.0.1", "64:ff9b::a00:1")]
    ['10.0.0.1', '10.0.0.1']
    >>> str(meant(ipaddress.ip_address("2002:7f00:1::")))
    '127.0.0.1'
    """
    if isinstance(address, ipaddress.IPv4Address):
        return address
    if address.ipv4_mapped:
        return address.ipv4_mapped
    if address.sixtofour:
        return address.sixtofour
    if address.teredo:
        return address.teredo[1]
    if address in _NAT64 or (address in _COMPATIBLE and int(address) > 0xFFFF):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def is_public(address: Address) -> bool:
    """Return whether an address is one of the public net, to be reached by anybody.

    Examples
    --------
    >>> hosts = ("93.184.215.14", "169.254.169.254", "100.64.0.1", "fd00::1", "224.0.0.1")
    >>> [is_public(ipaddress.ip_address(host)) for host in hosts]
    [True, False, False, False, False]
    """
    if isinstance(address, ipaddress.IPv6Address) and meant(address) != address:
        return True  # the address that it stands for decides
    return address.is_global and not address.is_multicast


def _networks(allowed: Sequence[str]) -> list[ipaddress.IPv4Network | ipaddress.IPv6Network]:
    networks = []
    for each in allowed:
        try:
            networks.append(ipaddress.ip_network(each, strict=False))
        except ValueError:
            continue
    return networks


def connected(place: Place, timeout: float) -> socket.socket:
    """Return a connection to one of the addresses that were looked at; raises OSError."""
    last: OSError | None = None
    for address in place.addresses:
        try:
            return socket.create_connection((address, place.port), timeout)
        except OSError as error:
            last = error
    raise last or OSError("it has no address")
