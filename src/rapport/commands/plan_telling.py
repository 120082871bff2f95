"""What a plan says to a person: tables of the smallest effects, and how to read them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapport.commands.plan_sources import Basis
from rapport.commands.terminal import Terminal
from rapport.simulation.planning import Cell, Design, Need, Range
from rapport.simulation.planning.grid import Length
from rapport.words import Words


@dataclass(frozen=True)
class Wanted:
    """What is asked for.

    Parameters
    ----------
    outcome
        "margin", "orders" or "retention"; "stores" compares whole stores or regions by sales.
    weeks, people
        The grid; empty: as many as make sense.
    before
        Weeks of everybody's past that are used.
    design
        Power, level, share treated.
    effect
        The size in question: "5%" of the outcome, or an amount a person and week.
    cost
        What the treatment costs, a person and week.
    rounds
        How many experiments to run as a check of each length; 0 for none.
    out
        Where to draw the chart.
    """

    outcome: str = "margin"
    weeks: Sequence[int] = ()
    people: Sequence[int] = ()
    before: int = 26
    design: Design = field(default_factory=Design)
    effect: str | None = None
    cost: float | None = None
    rounds: int = 0
    out: Path | None = None


def say_grid(terminal: Terminal, grid: Sequence[Cell], basis: Basis, wanted: Wanted) -> None:
    """Print the plan as two tables, and how sure the experiment is."""
    words, design = terminal.words, wanted.design
    weeks, people = sorted({c.weeks for c in grid}), sorted({c.people for c in grid})
    by = {(cell.weeks, cell.people): cell for cell in grid}
    heads = [words.many("{n} week", "{n} weeks", n) for n in weeks]
    who = words("Stores") if wanted.outcome == "stores" else words("People")
    for title, told in views(words, basis, wanted):
        terminal.say(title, style="bold")
        rows = [
            [words.number(n), *(_marked(told(by[week, n]), by[week, n]) for week in weeks)]
            for n in people
        ]
        terminal.table([who, *heads], rows, right=range(len(heads) + 1))
    terminal.say(
        words(
            "Such an effect is seen with a chance of {power}, and no effect is taken for one with "
            "a chance of {wrong}; {treated} of them are treated, the others are held out.",
            power=words.percent(design.power),
            wrong=words.percent(1 - design.level),
            treated=words.percent(design.treated),
        )
    )
    if not all(cell.trusted for cell in grid):
        terminal.say(words("* The groups are small for amounts so unequal: rely on it less."))


def views(words: Words, basis: Basis, wanted: Wanted) -> list[tuple[str, Callable[[Cell], str]]]:
    """Return the titles of the two tables and how each writes a cell."""
    name = _named(words, basis.outcome)
    title = words("Smallest effect on {outcome} that can be seen, in percent", outcome=name)
    shares = (title, lambda cell: _percent(words, cell.share))
    if wanted.outcome == "retention":
        second = words("The same in points of the share of people who buy again")
        return [shares, (second, lambda cell: _percent(words, cell.amount))]
    if wanted.outcome == "stores":
        second = words("The same a store and week")
    else:
        second = words("The same a person and week")
    return [shares, (second, lambda cell: _amount(words, cell.amount, basis.unit))]


def _named(words: Words, outcome: str) -> str:
    return {
        "margin": words("margin"),
        "revenue": words("revenue"),
        "orders": words("orders"),
        "retention": words("buying again"),
        "stores": words("sales"),
    }[outcome]


def _marked(text: str, cell: Cell) -> str:
    return text if cell.trusted else f"{text}*"


def _percent(words: Words, given: Range) -> str:
    if given.value > 10:
        return "–"
    value, low, high = (words.percent(end, 1) for end in given)
    return f"{value} ({low} – {high})"


def _amount(words: Words, given: Range, unit: str) -> str:
    if given.value == float("inf"):
        return "–"
    if unit == "orders":
        value, low, high = (words.number(end, 3) for end in given)
        return f"{value} ({low} – {high})"
    return words.estimate(*given, unit)


def say_past(terminal: Terminal, lengths: Sequence[Length]) -> None:
    """Say how much of the differences between people their own past explains."""
    words = terminal.words
    explained = [length.spread.correlation**2 for length in lengths]
    terminal.say(
        words(
            "Of the differences between people, {low} to {high} are known from their own past and "
            "taken off.",
            low=words.percent(min(explained)),
            high=words.percent(max(explained)),
        )
    )


def people(words: Words, each: Need) -> str:
    """Return how many people it takes, with the range, three figures each."""
    if each.people is None:
        return "–"
    value = words.number(_rounded(each.people))
    if each.low is None or each.high is None or each.low == each.high:
        return value
    return f"{value} ({words.number(_rounded(each.low))} – {words.number(_rounded(each.high))})"


def _rounded(people: int) -> int:
    """Return a number of people with three figures that mean something."""
    return round(people, min(0, 3 - len(str(people))))


def say_seasons(terminal: Terminal, lengths: Sequence[Length]) -> None:
    """Say what the ranges hold: chance, and seasons where more than one is on record."""
    words, windows = terminal.words, min(length.spread.windows for length in lengths)
    if windows > 1:
        terminal.say(
            words(
                "In brackets: the 90% range, by chance and by how the quarters of the past year "
                "differed."
            )
        )
    else:
        terminal.say(
            words(
                "In brackets: the 90% range by chance alone. The record is too short to tell how "
                "seasons differ: another season may need more people."
            )
        )
