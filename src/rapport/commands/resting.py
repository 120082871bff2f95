"""Say which answers of a large brand stand until their month is over."""

from __future__ import annotations

import datetime as dt

from rapport.commands.terminal import Terminal
from rapport.monthly import open_month
from rapport.results import Results


def tell_resting(terminal: Terminal, results: Results) -> dict[str, str]:
    """Say which answers stand until their month is over; return their steps' last days."""
    resting, words = results.resting, terminal.words
    if resting:
        last = min(resting.values())
        end = open_month(last)[1] - dt.timedelta(days=1)
        terminal.say(
            words(
                "Monthly answers: {n}, as of {day}; they are given anew with the first facts after "
                "{end}. 'rapport run --whole' gives them now.",
                n=words.number(len(resting)),
                day=words.date(last),
                end=words.date(end),
            )
        )
    return {name: day.isoformat() for name, day in resting.items()}
