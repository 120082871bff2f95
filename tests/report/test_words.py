"""Every message of the source has its French, with the same placeholders and good typography."""

from __future__ import annotations

import ast
import datetime as dt
import re
import string
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment, nodes

import rapport
from rapport.words import _UNITS, Words, catalogues

SOURCE = Path(rapport.__file__).parent
SINGLE = {"words", "say", "plain", "Said", "self"}
# What they write are other systems' files and people's own words, not what the product says.
WRITES_FILES = {("simulation", "exports"), ("simulation", "texts")}
SPEAKS = re.compile(r"\b(Said|Shape)\(")
SPOKEN_FIELDS = {
    "Definition": ("title", "meaning"),
    "Step": ("question",),
    "Untold": (),
    "Shape": ("title", "grain", "where"),
    "Refusal": ("what", "hint"),
    "Rule": ("reason",),
}


@dataclass(frozen=True)
class Message:
    """A sentence of the source, with its plural if it has one, and where it stands."""

    one: str
    other: str | None
    where: str

    @property
    def key(self) -> str | tuple[str, str]:
        """What the catalogue knows it by."""
        return (self.one, self.other) if self.other else self.one


def _text(node: ast.AST | None) -> str | None:
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _name(function: ast.expr) -> str:
    if isinstance(function, ast.Attribute):
        return function.attr
    if isinstance(function, ast.Name):
        return function.id
    if isinstance(function, ast.Call) and ast.unparse(function.func).endswith("Words.of"):
        return "words"
    return ""


def _spoken_by(call: ast.Call, where: str) -> Iterator[Message]:
    name = _name(call.func)
    first, second = ([*call.args, None, None])[:2]
    if name in SINGLE and (text := _text(first)):
        yield Message(text, None, where)
    elif name == "many" and (one := _text(first)) and (other := _text(second)):
        yield Message(one, other, where)
    elif name == "Definition":
        yield from (Message(t, None, where) for a in call.args[1:3] if (t := _text(a)))
    elif name in ("Step", "Rule") and (text := _text(second)):
        yield Message(text, None, where)
    elif name == "Refusal":
        yield from (Message(t, None, where) for a in call.args if (t := _text(a)))
    if name in SPOKEN_FIELDS:
        for keyword in call.keywords:
            if keyword.arg in SPOKEN_FIELDS[name] and (text := _text(keyword.value)):
                yield Message(text, None, where)


def _listed_in(assigned: ast.Assign | ast.AnnAssign, where: str) -> Iterator[Message]:
    """Messages in a module's dictionary of sentences, known by its name."""
    target = assigned.targets[0] if isinstance(assigned, ast.Assign) else assigned.target
    if isinstance(assigned.value, ast.Dict) and _name(target).endswith("SENTENCES"):
        yield from (Message(t, None, where) for v in assigned.value.values if (t := _text(v)))


def python_messages() -> Iterator[Message]:
    for path in sorted(SOURCE.rglob("*.py")):
        if path.relative_to(SOURCE).parts[:2] in WRITES_FILES:
            continue
        source = path.read_text("utf-8")
        name, speaks = path.relative_to(SOURCE), SPEAKS.search(source) is not None
        for node in ast.walk(ast.parse(source)):
            if isinstance(node, ast.Call):
                yield from _spoken_by(node, f"{name}:{node.lineno}")
            elif speaks and isinstance(node, ast.Assign | ast.AnnAssign):
                yield from _listed_in(node, f"{name}:{node.lineno}")


def template_messages() -> Iterator[Message]:
    for path in sorted(SOURCE.rglob("*.html")):
        tree = Environment(autoescape=True).parse(path.read_text("utf-8"))
        for call in tree.find_all(nodes.Call):
            if isinstance(call.node, nodes.Name) and call.node.name == "say":
                yield Message(call.args[0].as_const(), None, f"{path.name}:{call.lineno}")


def unit_messages() -> Iterator[Message]:
    yield from (Message(one, other, "words.py") for one, other in _UNITS.values())


@cache
def messages() -> list[Message]:
    found = [*python_messages(), *template_messages(), *unit_messages()]
    worded = [message for message in found if re.search(r"[^\W\d_]", _bare(message.one))]
    return list({message.key: message for message in reversed(worded)}.values())


def _bare(message: str) -> str:
    return re.sub(r"\{\w*\}", "", message)


def catalogue() -> dict[str | tuple[str, str], tuple[str, ...]]:
    found: dict[str | tuple[str, str], tuple[str, ...]] = {}
    for path in catalogues("fr"):
        with path.open("rb") as file:
            found |= {
                m.id: (tuple(m.string) if isinstance(m.id, tuple) else (str(m.string),))
                for m in read_po(file, locale="fr")
                if m.id
            }
    return found


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(text) if name is not None}


def test_the_search_finds_messages_of_every_kind() -> None:
    keys = {message.key for message in messages()}
    assert "What are our customers worth?" in keys
    assert "Average order value" in keys
    assert ("{n} customer", "{n} customers") in keys
    assert "How these numbers were made" in keys
    assert "experiment" in keys


def test_every_message_has_its_french() -> None:
    french = catalogue()
    missing = [
        f"{message.where}: {message.key!r}"
        for message in messages()
        if not all(french.get(message.key, ("",)))
    ]
    assert not missing, "Not in locale/fr.po:\n" + "\n".join(missing)


def test_nothing_in_the_catalogue_is_left_over() -> None:
    spoken = {message.key for message in messages()}
    left = [str(key) for key in catalogue() if key not in spoken]
    assert not left, "Said nowhere any more:\n" + "\n".join(left)


def test_french_has_the_same_placeholders() -> None:
    wrong = [
        f"{key!r}: {text!r}"
        for key, texts in catalogue().items()
        for text in texts
        if not _same_placeholders(key, text)
    ]
    assert not wrong, "\n".join(wrong)


def _same_placeholders(key: str | tuple[str, str], text: str) -> bool:
    wanted = placeholders(key if isinstance(key, str) else key[1])
    optional = {"n"} if isinstance(key, tuple) else set()
    return wanted - optional <= placeholders(text) <= wanted | optional


FAULTS = {
    "a straight apostrophe": r"'",
    "straight quotation marks": r'"',
    "three full stops": r"\.\.\.",
    "no space before ? ! ;": r"[^\s  ][?!;]",
    "no space before :": r"[^\s\d:/]:(?!//|\d|:)",
    "no space inside «»": r"«\S|\S»",
    "two spaces": r"  ",
    "a space before , or .": r" [,.](?!\.)",
    "a hyphen for a dash": r" - ",
    "no unbreakable space before %": r"[^\u202f]%",
    "a capital after a colon's space": r" : [A-ZÉÈ](?![A-Z])",
}


@pytest.mark.parametrize("fault", FAULTS)
def test_french_typography(fault: str) -> None:
    bad = [t for texts in catalogue().values() for t in texts if re.search(FAULTS[fault], t)]
    assert not bad, f"{fault}:\n" + "\n".join(bad)


def test_the_first_of_a_month_is_an_ordinal() -> None:
    words, first = Words.of("fr"), dt.date(2018, 1, 1)
    assert words.date(first) == "1er janvier 2018"
    assert words.date(first, "medium") == "1er janv. 2018"
    assert words.date(first, "short") == "01/01/2018"
    assert words.date(dt.date(2018, 1, 11)) == "11 janvier 2018"


def test_the_catalogue_gives_unbreakable_spaces() -> None:
    said = Words.of("fr")("What are our customers worth?")
    assert said.endswith("\u202f?")
