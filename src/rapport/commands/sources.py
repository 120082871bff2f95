"""The command that lists the systems Rapport can read, and the files each of them exports."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from rapport.commands.terminal import Terminal
from rapport.errors import Fault, Problem, nearest
from rapport.results import Said
from rapport.sources.registry import all_systems
from rapport.sources.shapes import Alias, Shape, System

KINDS = {
    "social": Said("Social networks"),
    "paid": Said("Paid media"),
    "web": Said("Web"),
    "commerce": Said("Commerce"),
    "crm": Said("Customers and leads"),
    "service": Said("Service"),
    "survey": Said("Surveys"),
    "listening": Said("Listening tools"),
    "offline": Said("Offline"),
    "warehouse": Said("Connectors to warehouses"),
}


def sources(terminal: Terminal, name: str | None) -> dict[str, Any]:
    """List all systems, or tell all about one: its files, columns, and the way to the export.

    Raises
    ------
    Problem
        When no system has that name, with the nearest.
    """
    systems = sorted(all_systems(), key=lambda each: (list(KINDS).index(each.kind), each.title))
    if name:
        systems = [_named(terminal, name, systems)]
        _tell_all(terminal, systems[0])
    else:
        for kind, members in groupby(systems, key=lambda each: each.kind):
            _tell_kind(terminal, kind, list(members))
        terminal.say()
        terminal.say(terminal.words("All about one of them: rapport sources NAME"))
        terminal.say(
            terminal.words("Any other table of purchases, talk, costs or events: rapport add FILE")
        )
    return {"sources": [_plain(system) for system in systems]}


def _named(terminal: Terminal, name: str, systems: list[System]) -> System:
    wanted = name.casefold().replace(" ", "_")
    for system in systems:
        if wanted in (system.name, system.title.casefold().replace(" ", "_")):
            return system
    fault = Fault(f"'{name}'", hint=nearest(wanted, [system.name for system in systems]))
    raise Problem(terminal.words("There is no source of that name."), [fault])


def _tell_kind(terminal: Terminal, kind: str, systems: list[System]) -> None:
    words = terminal.words
    terminal.say()
    terminal.say(KINDS[kind].text(words.language), style="bold")
    rows = [
        [system.name, words(shape.title), ", ".join(shape.tables)]
        for system in systems
        for shape in system.shapes
        if not shape.refuses
    ]
    terminal.table([words("Source"), words("File"), words("Fills")], rows)


def _tell_all(terminal: Terminal, system: System) -> None:
    words = terminal.words
    colon = "\u00a0:" if words.language == "fr" else ":"
    terminal.say(f"{system.title} ({system.name})", style="bold")
    for shape in system.shapes:
        terminal.say()
        terminal.say(words(shape.title), style="bold")
        if shape.refuses:
            terminal.say(f"  {words(shape.refuses.what)} {words(shape.refuses.hint)}")
            continue
        told = {
            words("One row is"): words(shape.grain),
            words("Fills"): ", ".join(shape.tables),
            words("Needs"): ", ".join(_called(shape, name) for name in shape.needs),
            words("Also reads"): ", ".join(
                _called(shape, name)
                for name in shape.columns
                if name not in shape.needs and name not in shape.without
            ),
            words("Found under"): words(shape.where),
            words("Known since"): shape.since,
        }
        for title, text in told.items():
            if text:
                terminal.say(f"  {title}{colon} {text}")


def _called(shape: Shape, name: str) -> str:
    """Return what the file calls a column, in English."""
    aliases = shape.columns[name]
    return _spoken(aliases[0] if isinstance(aliases, tuple) else aliases)


def _spoken(alias: Alias) -> str:
    if isinstance(alias, str):
        return alias
    return alias.pattern.replace("\\", "").replace("([A-Z]{3})", "EUR")


def _plain(system: System) -> dict[str, Any]:
    return {
        "name": system.name,
        "title": system.title,
        "kind": system.kind,
        "files": [
            {
                "name": shape.name,
                "title": shape.title,
                "row": shape.grain,
                "tables": list(shape.tables),
                "needs": [_called(shape, name) for name in shape.needs],
                "where": shape.where,
                "since": shape.since,
                "checked": shape.checked,
                "refused": shape.refuses.what if shape.refuses else None,
            }
            for shape in system.shapes
        ],
    }
