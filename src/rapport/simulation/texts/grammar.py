"""A small grammar: rules with alternatives, choices inside them, and rules inside rules.

A file holds rules. A rule's name ends in a colon at the start of a line; under it, indented, stands
one alternative a line. `[a|b|]` is a choice, which may hold others; `{name}` is another rule.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

Options = list[list[object]]
"""Alternatives; each is a row of texts and of further alternatives."""

SYNTAX = re.compile(r"[\[\]|{}]|[^\[\]|{}]+")


@dataclass(frozen=True, slots=True)
class Grammar:
    """The rules of one language, ready to be spoken.

    Examples
    --------
    >>> grammar = Grammar.of({"hello": ["[good|nice] {what}"], "what": ["tea"]})
    >>> grammar.say("hello", lambda: 0.9)
    'nice tea'
    """

    rules: Mapping[str, Options]

    @classmethod
    def of(cls, written: Mapping[str, list[str]]) -> Grammar:
        """Return the grammar of written rules; raises ValueError where one does not parse."""
        rules: dict[str, Options] = {name: [] for name in written}
        for name, alternatives in written.items():
            rules[name] += [_row(_signs(text, name), rules, name) for text in alternatives]
        return cls(rules)

    def say(self, name: str, roll: Callable[[], float]) -> str:
        """Return one text of a rule; `roll` gives chances between 0 and 1."""
        return spoken(self.rules[name], roll)


def spoken(options: Options, roll: Callable[[], float]) -> str:
    """Return one text of some alternatives; `roll` gives chances between 0 and 1."""
    said: list[str] = []
    _speak(options, roll, said)
    return "".join(said)


def _speak(options: Options, roll: Callable[[], float], said: list[str]) -> None:
    for part in options[int(roll() * len(options))]:
        if part.__class__ is str:
            said.append(part)
        else:
            _speak(part, roll, said)  # type: ignore[arg-type]


@cache
def written(language: str) -> dict[str, list[str]]:
    """Return every rule of a language as it is written, from the files of `grammar/`."""
    rules: dict[str, list[str]] = {}
    name = ""
    folder = resources.files(__package__) / "grammar" / language
    for file in sorted(folder.iterdir(), key=lambda entry: entry.name):
        for line in file.read_text(encoding="utf-8").splitlines():
            if not line.strip() or line.startswith("#"):
                continue
            if line.startswith("  "):
                rules[name].append(line[2:])
            else:
                name = line.rstrip().removesuffix(":")
                rules.setdefault(name, [])
    return rules


@cache
def grammar(language: str) -> Grammar:
    """Return the grammar of "fr" or "en"."""
    return Grammar.of(written(language))


def _signs(text: str, name: str) -> Iterator[str]:
    if text.count("[") != text.count("]") or text.count("{") != text.count("}"):
        msg = f"rule {name}: the brackets do not match in '{text}'"
        raise ValueError(msg)
    return iter(SYNTAX.findall(text))


def _row(signs: Iterator[str], rules: Mapping[str, Options], name: str) -> list[object]:
    rows = _choice(signs, rules, name)
    if len(rows) > 1:
        msg = f"rule {name}: a choice stands outside brackets"
        raise ValueError(msg)
    return rows[0]


def _choice(signs: Iterator[str], rules: Mapping[str, Options], name: str) -> Options:
    """Return the alternatives up to the bracket that closes them, or to the end."""
    rows: Options = [[]]
    for sign in signs:
        if sign == "]":
            break
        if sign == "|":
            rows.append([])
        elif sign == "[":
            rows[-1].append(_choice(signs, rules, name))
        elif sign == "{":
            rows[-1].append(_rule(next(signs), rules, name))
            next(signs)
        else:
            rows[-1].append(sign)
    return rows


def _rule(wanted: str, rules: Mapping[str, Options], name: str) -> Options:
    if wanted not in rules:
        msg = f"rule {name} names '{wanted}', which does not exist"
        raise ValueError(msg)
    return rules[wanted]
