"""Alerts go to the public net only, however an address is written, unless it is allowed."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from now.places import Receiver
from rapport.actions.alerts.addresses import RefusedError, UnreachableError, meant, place
from rapport.actions.alerts.posting import Net, post

PRIVATE = [
    "127.0.0.1", "127.8.9.1", "0x7f000001", "2130706433", "017700000001", "127.1", "0.0.0.0",
    "10.1.2.3", "172.16.0.9", "192.168.1.1", "169.254.169.254", "100.64.0.1", "224.0.0.1",
    "255.255.255.255", "localhost", "localhost.", "::1", "::", "::ffff:127.0.0.1",
    "::ffff:a9fe:a9fe", "::127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2002:a9fe:a9fe::1",
    "fe80::1", "fd00:ec2::254", "ff02::1",
]  # fmt: skip


@pytest.mark.parametrize("host", PRIVATE)
def test_private_addresses_are_refused_however_they_are_written(host: str) -> None:
    with pytest.raises((RefusedError, UnreachableError)) as caught:
        place(host, 80)
    if "not found" not in str(caught.value):  # some systems do not read all old ways of writing
        assert "private address" in str(caught.value)
        assert "allow" in str(caught.value)


@pytest.mark.parametrize("url", ["http://[::1]/", "http://127.0.0.1/", "https://0x7f.1/"])
def test_a_private_web_address_is_refused_before_anything_is_sent(url: str) -> None:
    with pytest.raises((RefusedError, UnreachableError)):
        post(url, b"{}", {}, Net(timeout=1))


@given(st.ip_addresses(v=4))
def test_an_address_inside_an_ipv6_one_is_judged_as_itself(inner: ipaddress.IPv4Address) -> None:
    public = inner.is_global and not inner.is_multicast
    number = int(inner)
    ways = [
        f"::ffff:{inner}",
        str(ipaddress.IPv6Address((0x64FF9B << 96) | number)),
        str(ipaddress.IPv6Address((0x2002 << 112) | (number << 80))),
    ]
    for way in ways:
        assert str(meant(ipaddress.ip_address(way))) == str(inner)
        try:
            place("x.example", 443, look=_always(way))
        except RefusedError:
            assert not public
        else:
            assert public


@given(st.ip_addresses())
def test_nothing_is_told_that_the_standard_library_calls_private(address: object) -> None:
    assert isinstance(address, ipaddress.IPv4Address | ipaddress.IPv6Address)
    if address.is_private or address.is_loopback or address.is_link_local:
        with pytest.raises(RefusedError):
            place("x.example", 443, look=_always(str(address)))


def test_one_private_address_among_many_is_enough_to_refuse() -> None:
    with pytest.raises(RefusedError):
        place("x.example", 443, look=_always("93.184.215.14", "10.0.0.1"))


@pytest.mark.parametrize(
    "allowed", ["relay.intern", "RELAY.intern.", "10.0.0.0/8", "10.0.0.7", "10.0.0.7/32"]
)
def test_what_is_allowed_may_be_told(allowed: str) -> None:
    assert place("relay.intern", 25, [allowed], _always("10.0.0.7")).addresses == ("10.0.0.7",)


def test_an_allowed_network_allows_no_other() -> None:
    with pytest.raises(RefusedError):
        place("relay.intern", 25, ["10.0.0.0/8"], _always("169.254.169.254"))
    with pytest.raises(RefusedError):
        place("other.intern", 25, ["relay.intern"], _always("10.0.0.7"))


def test_a_name_that_changes_its_answer_gains_nothing(
    told: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    answers = [["93.184.215.14"], ["127.0.0.1"]]
    dialled: list[str] = []

    def look(host: str, port: int) -> Sequence[str]:
        return answers.pop(0) if answers else ["127.0.0.1"]

    def dial(address: tuple[str, int], timeout: float) -> socket.socket:
        dialled.append(address[0])
        raise ConnectionRefusedError(111, "Connection refused")

    monkeypatch.setattr(socket, "create_connection", dial)
    with pytest.raises(UnreachableError):
        post(
            told.url.replace("http://127.0.0.1", "https://rebind.example"), b"", {}, Net(look=look)
        )
    assert dialled == ["93.184.215.14"]
    assert told.came == []


def _always(*addresses: str) -> object:
    return lambda host, port: list(addresses)
