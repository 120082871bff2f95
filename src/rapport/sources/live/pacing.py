"""How fast a server may be asked, and how often again after it failed."""

from __future__ import annotations

import datetime as dt
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TypeVar

from rapport.errors import Fault, Problem

T = TypeVar("T")

TRIES = 6
LONGEST_WAIT = 900.0  # seconds; who has to wait longer had better come again
LONGEST_STEP = 60.0


@dataclass(frozen=True, slots=True)
class Trouble:
    """Why a question got no answer: a plain sentence, and whether to ask again.

    `after` is how many seconds the server asks to be left alone, where it says so.
    """

    what: str
    again: bool
    after: float | None = None


class Pacer:
    """Asks a server no faster than it allows, and again when it fails, each time later.

    Parameters
    ----------
    server
        Its address, for messages.
    trouble
        Says what is behind an error of the client; None for an error that is none of the server's.
    first
        Seconds before the second try; doubled for each further one, up to a minute, and between a
        half and the whole of that is waited, so that many do not come back together.
    sleep, clock
        For tests.
    """

    def __init__(
        self,
        server: str,
        trouble: Callable[[Exception], Trouble | None],
        *,
        first: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self.server, self.trouble, self.first = server, trouble, first
        self.sleep, self.clock = sleep, clock
        self._free_at = 0.0
        self.waited = 0.0

    def heed(self, headers: Mapping[str, str]) -> None:
        """Take note of what an answer says of the limit (RateLimit-Remaining, RateLimit-Reset)."""
        low = {name.lower().removeprefix("x-"): value for name, value in headers.items()}
        if low.get("ratelimit-remaining", "").strip() == "0":
            self._free_at = self.clock() + (
                wait_of(low.get("ratelimit-reset", ""), self.clock()) or 0.0
            )

    def ask(self, question: Callable[[], T]) -> T:
        """Return the answer to a question.

        Raises
        ------
        Problem
            When the server refuses, fails six times, or asks for a wait of over a quarter of an
            hour.
        """
        for attempt in range(1, TRIES + 1):
            self._wait(self._free_at - self.clock(), "")
            try:
                return question()
            except Exception as error:
                found = self.trouble(error)
                if found is None:
                    raise
                if not found.again or attempt == TRIES:
                    tried = f" It was asked {attempt} times." if attempt > 1 else ""
                    raise self._problem(found.what + tried) from None
                self._wait(self._pause(attempt, found.after), found.what)
        raise AssertionError

    def _pause(self, attempt: int, after: float | None) -> float:
        step: float = min(LONGEST_STEP, self.first * 2 ** (attempt - 1))
        late: float = step * random.uniform(0.5, 1.0)  # noqa: S311 - not a secret
        return late if after is None else after + late * 0.1

    def _wait(self, seconds: float, why: str) -> None:
        if seconds <= 0:
            return
        if seconds > LONGEST_WAIT:
            until = dt.datetime.fromtimestamp(self.clock() + seconds, dt.UTC)
            what = f"{why} It asks to be left alone until {until:%Y-%m-%d %H:%M} UTC.".strip()
            raise self._problem(what, "Pull again then: what was fetched until now is kept.")
        self.waited += seconds
        self.sleep(seconds)

    def _problem(self, what: str, hint: str = "") -> Problem:
        hint = hint or "Pull again later: it goes on where it stopped."
        return Problem("Not everything could be fetched.", [Fault(what, self.server, hint)])


def wait_of(text: str, now: float) -> float | None:
    """Return how many seconds a header asks to wait, however it says so; None when it does not.

    A number of seconds, a time as seconds since 1970, an HTTP date or an ISO 8601 time.

    Examples
    --------
    >>> wait_of("30", 1_000_000_000.0), wait_of("1000000060", 1_000_000_000.0), wait_of("x", 0.0)
    (30.0, 60.0, None)
    >>> wait_of("Sun, 09 Sep 2001 01:47:40 GMT", 1_000_000_000.0)
    60.0
    >>> wait_of("2001-09-09T01:47:40Z", 1_000_000_000.0)
    60.0
    """
    text = text.strip()
    if text.replace(".", "", 1).isdigit() and text.isascii():
        number = float(text)
        return max(0.0, number - now) if number > now / 2 else number
    for read in (dt.datetime.fromisoformat, parsedate_to_datetime):
        try:
            time_ = read(text)
        except (TypeError, ValueError):
            continue
        when = time_ if time_.tzinfo else time_.replace(tzinfo=dt.UTC)
        return max(0.0, when.timestamp() - now)
    return None
