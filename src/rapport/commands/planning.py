"""Planning an experiment: how many people, how long, before an effect of a size can be seen."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

from rapport.commands.plan_sources import Basis, of_record, of_world
from rapport.commands.plan_telling import Wanted, people, say_grid, say_past, say_seasons, views
from rapport.commands.terminal import Terminal
from rapport.errors import Fault, Problem
from rapport.simulation.planning import Cell, Design, Need, need, shortest
from rapport.simulation.planning.grid import (
    LENGTHS,
    SHORTEST_PAST,
    Length,
    cells,
    checked,
    lengths_of,
    place_cells,
    place_spreads,
)
from rapport.workspace import Workspace


def design_of(power: float, level: float, treated: float) -> Design:
    """Return the design; raises Problem when it makes no experiment."""
    try:
        return Design(power, level, treated)
    except ValueError as error:
        said = str(error)
        fault = Fault(f"{said[:1].upper()}{said[1:]}.", hint="Usual: power 0.8, level 0.9.")
        raise Problem("Nothing was planned.", [fault]) from error


def plan_record(terminal: Terminal, workspace: Workspace, wanted: Wanted) -> dict[str, Any]:
    """Plan from what a workspace knows of its customers."""
    terminal.speak(workspace.settings.languages)
    with of_record(workspace, wanted.outcome) as basis:
        return _plan(terminal, basis, wanted)


def plan_world(terminal: Terminal, world: Path | None, seed: int, wanted: Wanted) -> dict[str, Any]:
    """Plan from a simulated world, the default one or that of a world.toml."""
    with of_world(terminal, world, seed, wanted.outcome) as basis:
        return _plan(terminal, basis, wanted)


def _plan(terminal: Terminal, basis: Basis, wanted: Wanted) -> dict[str, Any]:
    windows = basis.span.windows(wanted.weeks or LENGTHS, wanted.before)
    if not windows:
        raise _too_short(basis, wanted)
    if wanted.outcome == "stores":
        return _of_places(terminal, basis, wanted, place_spreads(basis.engine, basis.rows, windows))
    binary = wanted.outcome == "retention"
    lengths = lengths_of(basis.engine, basis.rows, basis.span, windows, binary=binary)
    if not lengths:
        fault = Fault(
            "No known customer bought in the year before the weeks in question.",
            hint="Load orders with a customer, then 'rapport run'.",
        )
        raise Problem("Nothing can be planned.", [fault])
    grid = cells(lengths, wanted.people, wanted.design, binary=binary)
    say_grid(terminal, grid, basis, wanted)
    say_past(terminal, lengths)
    say_seasons(terminal, lengths)
    answer = _answer(grid, basis, wanted, {"spreads": [_spread(length) for length in lengths]})
    answer |= _effect(terminal, lengths, basis, wanted)
    answer |= _cost(terminal, grid, basis, wanted)
    answer |= _check(terminal, lengths, grid, basis, wanted)
    return answer | _draw(terminal, grid, basis, wanted)


def _of_places(
    terminal: Terminal, basis: Basis, wanted: Wanted, spreads: Sequence[Any]
) -> dict[str, Any]:
    if not spreads:
        fault = Fault(
            "Fewer than six stores or regions sold in every window.",
            hint="Load daily sales by store or region (table sales), over a year or more.",
        )
        raise Problem("Nothing can be planned.", [fault])
    grid = place_cells(spreads, wanted.people, wanted.design)
    say_grid(terminal, grid, basis, wanted)
    answer = _answer(grid, basis, wanted, {"places": spreads[0].places})
    return answer | _draw(terminal, grid, basis, wanted)


def _too_short(basis: Basis, wanted: Wanted) -> Problem:
    least = min(wanted.weeks or LENGTHS) + SHORTEST_PAST
    what = f"The record spans {basis.span.weeks} weeks; this plan needs {least}."
    hint = "Ask for fewer weeks with --weeks, or load older orders."
    return Problem("Nothing can be planned.", [Fault(what, hint=hint)])


def _effect(
    terminal: Terminal, lengths: Sequence[Length], basis: Basis, wanted: Wanted
) -> dict[str, Any]:
    """Say how many people an effect of the size in question takes, and the shortest time."""
    if wanted.effect is None:
        return {}
    words, binary = terminal.words, wanted.outcome == "retention"
    size, relative = _size(wanted.effect)
    needs = []
    for length in lengths:
        mean = length.spread.mean / (1 if binary else length.window.weeks)
        share = size if relative else size / mean if mean > 0 else float("inf")
        needs.append(need(length.spread, share, wanted.design, binary=binary))
    said = words.percent(size, 1) if relative else words.quantity(size, basis.unit)
    terminal.say(words("To see an effect of {effect}", effect=said), style="bold")
    rows = [
        [
            words.many("{n} week", "{n} weeks", each.weeks),
            people(words, each),
            words.number(each.there),
            words("yes") if each.possible else words("no"),
        ]
        for each in needs
    ]
    columns = [
        words("Length"),
        words("People it takes"),
        words("People there are"),
        words("Possible"),
    ]
    terminal.table(columns, rows, right=[1, 2])
    best = shortest(needs)
    if best is None:
        terminal.say(words("None of these lengths can show it with the people there are."))
    return {"effect": wanted.effect, "needs": [_need(each) for each in needs],
            "shortest": None if best is None else best.weeks}  # fmt: skip


def _size(effect: str) -> tuple[float, bool]:
    """Return the size of an effect and whether it is a share of the outcome."""
    found = re.fullmatch(r"\s*([\d.,]+)\s*(%?)\s*", effect)
    with suppress(ValueError):
        if found:
            size = float(found[1].replace(",", "."))
            if size > 0:
                return (size / 100, True) if found[2] else (size, False)
    fault = Fault(f"'{effect}' is no size of an effect.", hint="Such as 5% or 0.40 (an amount).")
    raise Problem("Nothing was planned.", [fault])


def _cost(terminal: Terminal, grid: Sequence[Cell], basis: Basis, wanted: Wanted) -> dict[str, Any]:
    """Say where the smallest effect that can be seen is more than the treatment costs."""
    if wanted.cost is None:
        return {}
    if basis.outcome != "margin":
        fault = Fault(
            f"A cost is compared with margin, not with {basis.outcome}.",
            hint="Leave --cost out, or give the margin: [value] margin in rapport.toml.",
        )
        raise Problem("Nothing was planned.", [fault])
    words = terminal.words
    cost = words.money(wanted.cost, basis.unit)
    told = [cell for cell in grid if cell.amount.value <= wanted.cost]
    if told:
        best = min(told, key=lambda cell: (cell.weeks, cell.people))
        terminal.say(
            words(
                "An effect that pays for its cost of {cost} a person and week can be seen from "
                "{weeks} and {people} on.",
                cost=cost,
                weeks=words.many("{n} week", "{n} weeks", best.weeks),
                people=words.many("{n} person", "{n} people", best.people),
            )
        )
    else:
        terminal.say(
            words(
                "None of these experiments can tell whether a cost of {cost} a person and week is "
                "earned back: the smallest effect they see is larger.",
                cost=cost,
            )
        )
    return {"cost": wanted.cost, "can_tell_whether_it_pays": bool(told)}


def _check(
    terminal: Terminal,
    lengths: Sequence[Length],
    grid: Sequence[Cell],
    basis: Basis,
    wanted: Wanted,
) -> dict[str, Any]:
    """Run the experiment on these people, and set the measured power beside the promised one."""
    if not wanted.rounds:
        return {}
    words, binary = terminal.words, wanted.outcome == "retention"
    found = []
    for length in lengths:
        cell = max((c for c in grid if c.weeks == length.window.weeks), key=lambda c: c.people)
        measured = checked(
            basis.engine, length, cell.people, wanted.design, binary=binary, rounds=wanted.rounds
        )
        found.append({"weeks": cell.weeks, "people": cell.people, "power": measured.power,
                      "error": measured.error, "rounds": measured.rounds})  # fmt: skip
        terminal.say(
            words(
                "Checked on these people, {weeks}, {people}: the effect was seen in {power} "
                "(± {error}) of {rounds} experiments.",
                weeks=words.many("{n} week", "{n} weeks", cell.weeks),
                people=words.many("{n} person", "{n} people", cell.people),
                power=words.percent(measured.power, 1),
                error=words.percent(measured.error, 1),
                rounds=words.number(measured.rounds),
            )
        )
    return {"checked": found}


def _draw(terminal: Terminal, grid: Sequence[Cell], basis: Basis, wanted: Wanted) -> dict[str, Any]:
    if wanted.out is None:
        return {}
    from rapport.report.charts.plan import plan_chart

    title = views(terminal.words, basis, wanted)[0][0]
    picture = plan_chart(grid, terminal.words, title, stores=wanted.outcome == "stores")
    try:
        wanted.out.write_text(str(picture), encoding="utf-8")
    except OSError as error:
        fault = Fault(f"{error.strerror}.", str(wanted.out), "Name a file you may write.")
        raise Problem("The chart was not drawn.", [fault]) from error
    terminal.say(terminal.words("The chart is {path}", path=wanted.out))
    return {"chart": str(wanted.out)}


def _answer(
    grid: Sequence[Cell], basis: Basis, wanted: Wanted, more: dict[str, Any]
) -> dict[str, Any]:
    per = "store" if wanted.outcome == "stores" else "person"
    unit = (
        "share of people" if wanted.outcome == "retention" else f"{basis.unit} per {per} and week"
    )
    design = wanted.design
    return {
        "outcome": basis.outcome,
        "source": basis.source,
        "grade": "model",
        "unit": unit,
        "power": design.power,
        "level": design.level,
        "treated": design.treated,
        "cells": [_cell(cell) for cell in grid],
        **more,
    }


def _cell(cell: Cell) -> dict[str, Any]:
    return {
        "weeks": cell.weeks, "people": cell.people, "share": cell.share._asdict(),
        "amount": cell.amount._asdict(), "trusted": cell.trusted,
    }  # fmt: skip


def _spread(length: Length) -> dict[str, Any]:
    known = length.spread
    return {
        "weeks": known.weeks, "before": known.before, "people": known.people, "mean": known.mean,
        "sd": known.sd, "skew": known.skew, "correlation": known.correlation,
        "left": known.left, "error": known.error, "windows": known.windows, "drift": known.drift,
        "drift_share": known.drift_share, "drift_mean": known.drift_mean,
    }  # fmt: skip


def _need(each: Need) -> dict[str, Any]:
    return {
        "weeks": each.weeks, "people": each.people, "low": each.low, "high": each.high,
        "there": each.there, "possible": each.possible,
    }  # fmt: skip
