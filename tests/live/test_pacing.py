"""A server is asked no faster than it allows, and again when it fails, each time later."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.errors import Problem
from rapport.sources.live.address import is_safe, server_address
from rapport.sources.live.pacing import LONGEST_STEP, TRIES, Pacer, Trouble, wait_of


class Broken(Exception):
    """What a client raises."""


class Clock:
    """Time that passes only while somebody sleeps."""

    def __init__(self) -> None:
        self.now, self.slept = 1_000_000_000.0, list[float]()

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.now += seconds


def pacer(clock: Clock, *, again: bool = True, after: float | None = None) -> Pacer:
    def trouble(error: Exception) -> Trouble | None:
        return Trouble("It is down.", again, after) if isinstance(error, Broken) else None

    return Pacer("https://a.example", trouble, sleep=clock.sleep, clock=lambda: clock.now)


def failing(times: int) -> object:
    left = [times]

    def question() -> str:
        left[0] -= 1
        if left[0] >= 0:
            raise Broken
        return "answer"

    return question


def test_it_is_asked_again_later_and_later_but_never_in_step() -> None:
    clock = Clock()
    assert pacer(clock).ask(failing(TRIES - 1)) == "answer"
    assert len(clock.slept) == TRIES - 1
    for number, slept in enumerate(clock.slept):
        step = min(LONGEST_STEP, 2.0**number)
        assert step / 2 <= slept <= step
    other = Clock()
    pacer(other).ask(failing(TRIES - 1))
    assert other.slept != clock.slept, "many clients would come back together"


def test_it_gives_up_and_says_so() -> None:
    clock = Clock()
    with pytest.raises(Problem, match=r"It is down\. It was asked 6 times\.") as gave_up:
        pacer(clock).ask(failing(99))
    assert "goes on where it stopped" in str(gave_up.value)


def test_a_refusal_is_not_asked_again_and_other_errors_are_not_hidden() -> None:
    clock = Clock()
    with pytest.raises(Problem, match="It is down"):
        pacer(clock, again=False).ask(failing(1))
    assert clock.slept == []

    def question() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        pacer(clock).ask(question)


def test_the_server_says_how_long() -> None:
    clock = Clock()
    pacer(clock, after=30.0).ask(failing(1))
    assert 30.0 <= clock.slept[0] <= 30.1
    with pytest.raises(Problem, match="left alone until 2001-09-09 02:46 UTC"):
        pacer(Clock(), after=3600.0).ask(failing(1))


@pytest.mark.parametrize("name", ["RateLimit-{}", "ratelimit-{}", "X-RateLimit-{}"])
def test_when_nothing_is_left_it_waits_before_it_asks(name: str) -> None:
    clock = Clock()
    asked = pacer(clock)
    asked.heed({name.format("Remaining"): "1", name.format("Reset"): "1000000060"})
    asked.ask(failing(0))
    assert clock.slept == []
    asked.heed({name.format("Remaining"): "0", name.format("Reset"): "1000000060"})
    asked.ask(failing(0))
    assert clock.slept == [60.0]


@given(st.text())
def test_a_header_may_say_anything(text: str) -> None:
    found = wait_of(text, 1_000_000_000.0)
    assert found is None or found >= 0


def test_a_time_to_wait_until_may_be_written_in_four_ways() -> None:
    now = 1_700_000_000.0
    then = dt.datetime.fromtimestamp(now + 90, dt.UTC)
    written = ["90", str(int(now + 90)), then.isoformat(), then.strftime("%a, %d %b %Y %T GMT")]
    assert [wait_of(text, now) for text in written] == [90.0] * 4


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("bsky.social", "https://bsky.social"),
        (" https://bsky.social/ ", "https://bsky.social"),
        ("localhost:2583", "http://localhost:2583"),
        ("http://127.0.0.1:2583", "http://127.0.0.1:2583"),
        ("http://[::1]:3000", "http://[::1]:3000"),
    ],
)
def test_an_address_is_understood_as_it_is_typed(typed: str, address: str) -> None:
    assert server_address(typed) == address


@pytest.mark.parametrize(
    "typed",
    [
        "http://bsky.social",
        "http://localhost.example",
        "http://10.0.0.1",
        "ftp://bsky.social",
        "https://me:secret@bsky.social",
        "https://bsky.social/xrpc",
        "https://",
        "https://bsky.social:99999",
        "",
    ],
)
def test_an_address_where_somebody_could_read_along_is_refused(typed: str) -> None:
    with pytest.raises(Problem, match="Nothing was fetched") as refused:
        server_address(typed)
    assert "secret" not in str(refused.value)


def test_the_stream_is_as_safe_as_the_rest() -> None:
    assert is_safe("wss://bsky.network")
    assert not is_safe("ws://bsky.network")
    assert is_safe("ws://localhost:2583")
