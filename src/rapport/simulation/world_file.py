"""world.toml: written with every parameter explained, read with every fault told at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic.fields import FieldInfo

from rapport.errors import Fault, Problem, nearest
from rapport.simulation.world import World

HEAD = """\
# A simulated world: every parameter with its default, unit, meaning and range.
# Leave out what shall stay as it is. A share lies between 0 and 1; a hazard is a chance a month;
# a lift is extra buying as a share of a person's own rate.
"""


def world_text(world: World | None = None) -> str:
    """Return a world as the text of its world.toml, with comments.

    Examples
    --------
    >>> print(world_text().splitlines()[4])
    start = 2024-10-01  # first day: the first of a month
    """
    given = world or World()
    lines = [HEAD]
    lines += _lines(given, ())
    return "\n".join(lines) + "\n"


def _lines(part: BaseModel, path: tuple[str, ...]) -> Iterator[str]:
    fields = type(part).model_fields
    inner: list[tuple[str, Any]] = []
    for name, field in fields.items():
        value = getattr(part, name)
        if isinstance(value, BaseModel) or _is_list_of_parts(value, field):
            inner.append((name, value))
        else:
            yield f"{name} = {_toml(value)}  # {about(field)}"
    for name, value in inner:
        where = (*path, name)
        if isinstance(value, BaseModel):
            yield f"\n# {(type(value).__doc__ or '').strip().splitlines()[0]}"
            yield f"[{'.'.join(where)}]"
            yield from _lines(value, where)
        elif not value:
            yield f"{name} = []"
        for each in value if isinstance(value, list) else ():
            yield f"\n[[{'.'.join(where)}]]"
            yield from _lines(each, where)


def _is_list_of_parts(value: Any, field: FieldInfo) -> bool:
    return isinstance(value, list) and "list" in str(field.annotation)


def _toml(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, str):
        return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
    return str(value)


def about(field: FieldInfo) -> str:
    """Return a parameter's unit, meaning and range in words."""
    extra = field.json_schema_extra
    unit = f"{extra['unit']}: " if isinstance(extra, dict) and "unit" in extra else ""
    low, high = limits(field)
    span = f" ({_short(low)} to {_short(high)})" if low is not None else ""
    return f"{unit}{field.description or ''}{span}"


def limits(field: FieldInfo) -> tuple[float | None, float | None]:
    """Return the least and the most that a parameter may be, None where nothing is said."""
    low = next((item.ge for item in field.metadata if hasattr(item, "ge")), None)
    high = next((item.le for item in field.metadata if hasattr(item, "le")), None)
    return low, high


def _short(value: float | None) -> str:
    return "" if value is None else f"{value:g}" if abs(value) < 100_000 else f"{value:.0f}"


def parameters(part: type[BaseModel] = World, path: str = "") -> Iterator[tuple[str, FieldInfo]]:
    """Yield every parameter of a world with its dotted name, in the order of world.toml."""
    for name, field in part.model_fields.items():
        inner = _part_of(field)
        if inner is None:
            yield f"{path}{name}", field
        else:
            yield from parameters(inner, f"{path}{name}.")


def _part_of(field: FieldInfo) -> type[BaseModel] | None:
    kinds = (field.annotation, *getattr(field.annotation, "__args__", ()))
    return next((k for k in kinds if isinstance(k, type) and issubclass(k, BaseModel)), None)


def read_world(path: Path) -> World:
    """Read a world.toml, or raise one Problem that lists every fault with its line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        hint = f"Write one with: rapport simulate --write-world {path.name}"
        fault = Fault("There is no such file.", str(path), hint)
        raise Problem("The world could not be read.", [fault]) from error
    except UnicodeDecodeError as error:
        fault = Fault("It is not UTF-8 text.", path.name, "Save it again as UTF-8.")
        raise Problem("The world could not be read.", [fault]) from error
    return parse_world(text, path.name)


def parse_world(text: str, name: str = "world.toml") -> World:
    r"""Return the world that a text describes; see `read_world`.

    Examples
    --------
    >>> parse_world("[connecting]\neffect = 0").connecting.effect
    0.0
    >>> parse_world("[connecting]\nefect = 0")
    Traceback (most recent call last):
    rapport.errors.Problem: The world has 1 fault.
      - world.toml, line 2: There is no parameter 'connecting.efect'. Did you mean effect?
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        fault = Fault(f"{error}.", name, "Texts stand in quotes, one parameter a line.")
        raise Problem("The world could not be read.", [fault]) from error
    try:
        return World.model_validate(raw)
    except ValidationError as error:
        lines = _places(text)
        faults = [_fault(each, lines, name) for each in error.errors()]
        faults.sort(key=lambda fault: [int(n) for n in re.findall(r"line (\d+)", fault.where)])
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise Problem(f"The world has {count}.", faults) from None


def _places(text: str) -> dict[tuple[str | int, ...], int]:
    """Return the line of each section and parameter; lists of sections are counted from 0."""
    places: dict[tuple[str | int, ...], int] = {}
    counts: dict[tuple[str, ...], int] = {}
    section: tuple[str | int, ...] = ()
    for number, line in enumerate(text.splitlines(), start=1):
        head = re.match(r"\s*(\[\[?)\s*([\w.\- ]+?)\s*\]", line)
        key = re.match(r"\s*([\w.\-]+)\s*=", line)
        if head:
            names = tuple(part.strip() for part in head[2].split("."))
            section = names
            if head[1] == "[[":
                counts[names] = counts.get(names, -1) + 1
                section = (*names, counts[names])
            places.setdefault(section, number)
        elif key:
            places.setdefault((*section, *key[1].split(".")), number)
    return places


def _fault(detail: Mapping[str, Any], lines: dict[tuple[str | int, ...], int], name: str) -> Fault:
    place = tuple(detail["loc"])
    line = next((lines[place[:n]] for n in range(len(place), 0, -1) if place[:n] in lines), None)
    where = f"{name}, line {line}" if line else name
    dotted = ".".join(str(part) for part in place)
    if detail["type"] == "extra_forbidden":
        hint = nearest(str(place[-1]), _siblings(place))
        return Fault(f"There is no parameter '{dotted}'.", where, hint)
    if detail["type"] == "literal_error":
        allowed = re.findall(r"'([^']*)'", str(detail["ctx"]["expected"]))
        hint = nearest(str(detail["input"]), allowed)
        return Fault(f"{dotted} cannot be '{detail['input']}'.", where, hint)
    said = str(detail["ctx"]["error"]) if detail["type"] == "value_error" else detail["msg"]
    return Fault(f"{dotted}: {said}, not {detail['input']!r:.80}.", where)


def _siblings(place: tuple[str | int, ...]) -> list[str]:
    part: type[BaseModel] = World
    for name in place[:-1]:
        field = part.model_fields.get(str(name))
        part = (_part_of(field) if field else None) or part
    return list(part.model_fields)
