"""Who of an audience is held out: the lot of everybody new, and the lots that were drawn before."""

from __future__ import annotations

import datetime as dt
import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from rapport.errors import Fault, Problem
from rapport.impact.experiments.audiences import SENT, Audiences, drawn

MOST_HELD = 0.9
_SHARE = re.compile(r"(\d+(?:[.,]\d+)?|[.,]\d+)\s*(%?)")


def share_of(text: str) -> float:
    """Return a share as people write one: 10%, 10 %, 0.1 or 0,1.

    Raises
    ------
    Problem
        If it is none, or more than nine in ten.

    Examples
    --------
    >>> share_of("10%"), share_of("10 %"), share_of("0,1"), share_of("0")
    (0.1, 0.1, 0.1, 0.0)
    """
    found = _SHARE.fullmatch(text.replace("\u202f", " ").replace("\xa0", " ").strip())
    value = float(found[1].replace(",", ".")) / (100 if found[2] else 1) if found else -1.0
    if 0 <= value <= MOST_HELD:
        return value
    fault = Fault(f"'{text}' is no part to hold out.", "--hold-out", "Write 10% or 0.1, up to 90%.")
    raise Problem("The audience was not written.", [fault])


@dataclass(frozen=True, slots=True)
class Lots:
    """What was drawn for each person of a list.

    Parameters
    ----------
    arms
        Of each person: sent or held out.
    new
        Of each person: whether the lot was drawn now.
    """

    arms: tuple[str, ...]
    new: tuple[bool, ...]

    @property
    def sent(self) -> int:
        """How many are to be reached."""
        return self.arms.count(SENT)

    @property
    def held(self) -> int:
        """How many are held out."""
        return len(self.arms) - self.sent


def lots(kept: Audiences, name: str, day: dt.date, people: Sequence[str], share: float) -> Lots:
    """Return the lot of each person of an audience on a day.

    Who was drawn for this audience before, in a writing whose window is open, keeps that lot, so
    that a list may be written again and again; the others are drawn now.

    Parameters
    ----------
    share
        Of the new people, to be held out.
    """
    known: dict[str, str] = {}
    for wave in kept.waves():
        if wave.name == name and wave.open_on(day):
            rows = kept.people(wave)
            pairs = zip(rows["person_id"].to_pylist(), rows["arm"].to_pylist(), strict=True)
            known |= {who: arm for who, arm in pairs if who not in known}
    fresh = [who for who in people if who not in known]
    known |= dict(zip(fresh, drawn(fresh, share, name, day), strict=True))
    new = set(fresh)
    return Lots(tuple(known[who] for who in people), tuple(who in new for who in people))


def times_asked(
    kept: Audiences, names: Collection[str], writings: Sequence[tuple[str, dt.date]], day: dt.date
) -> Counter[str]:
    """Return how often each person was reached in the year up to a day.

    Parameters
    ----------
    names
        The audiences that ask for something.
    writings
        Name and day of each time that a list was written; one list may be written again without a
        new lot.
    """
    since = day - dt.timedelta(days=365)
    drawn: Counter[tuple[str, str]] = Counter()
    first: dict[tuple[str, str], dt.date] = {}
    for wave in kept.waves():  # oldest first
        if wave.name not in names or wave.written_on > day:
            continue
        rows = kept.people(wave)
        for who, arm in zip(rows["person_id"].to_pylist(), rows["arm"].to_pylist(), strict=True):
            if arm == SENT:
                first.setdefault((wave.name, who), wave.written_on)
                drawn[wave.name, who] += since < wave.written_on
    times: Counter[str] = Counter()
    days = {
        name: sorted(on for called, on in writings if called == name and since < on <= day)
        for name in names
    }
    for (name, who), start in first.items():
        written = len(days[name]) - bisect_left(days[name], start)
        times[who] += max(written, drawn[name, who])
    return times
