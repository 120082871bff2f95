"""The command that shows the list of names, proposes more, and writes those that are accepted."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from rapport.commands.terminal import Terminal, needs_yes
from rapport.errors import Fault, Problem
from rapport.workspace import Workspace

if TYPE_CHECKING:
    from rapport.listening.named.names import Name
    from rapport.steps.context import Context
    from rapport.words import Words

_SHOWN = 100  # characters of an example


def names(terminal: Terminal, workspace: Workspace, limit: int) -> dict[str, Any]:
    """Show the list, what is to know of it, and frequent names that are not on it."""
    from rapport.listening.named.finding import Finder
    from rapport.listening.named.proposals import proposed
    from rapport.listening.named.targets import is_word
    from rapport.pipeline import looking
    from rapport.steps.mentions import names_of

    terminal.speak(workspace.settings.languages)
    words = terminal.words
    with looking(workspace) as context:
        listed = names_of(context)
        found = proposed(_said(context), Finder(listed), limit, is_word)
    titles = [words("Name"), words("Kind"), words("Also written"), words("Ordinary word")]
    kinds, answers = _kinds(words), {True: words("yes"), False: words("no")}
    rows = [[each.name, kinds[each.kind], _ways(each), answers[each.common]] for each in listed]
    terminal.table(titles, rows)
    for each in listed:
        if each.common:
            terminal.say(
                words(
                    "“{name}” is an ordinary word as well: it counts with a capital inside a "
                    "sentence, as a handle or a hashtag, or after words such as “chez”.",
                    name=each.name,
                )
            )
    if not workspace.names.exists():
        terminal.say(words("There is no names.csv yet: only the brand is looked for."))
    if found:
        terminal.say(words("Used often, and not on the list:"))
        titles = [words("Name"), words("People"), words("Messages"), words("For example")]
        terminal.table(
            titles,
            [
                [
                    p.written,
                    words.number(p.people),
                    words.number(p.messages),
                    p.examples[0][:_SHOWN],
                ]
                for p in found
            ],
            right=[1, 2],
        )
        terminal.say(words("Add one with: rapport names --add NAME --kind competitor"))
    return {"names": [asdict(e) for e in listed], "proposals": [asdict(p) for p in found]}


def add(
    terminal: Terminal, workspace: Workspace, name: str, kind: str, *, yes: bool
) -> dict[str, Any]:
    """Add a name, a handle or a hashtag to the list, after showing what would be written."""
    from rapport.listening.named.names import checked, read_names, write_names

    terminal.speak(workspace.settings.languages)
    words = terminal.words
    path = workspace.names
    row = {"name": name.lstrip("@#"), "kind": kind}
    if name[:1] in "@#":
        row["handles" if name[0] == "@" else "hashtags"] = name[1:]
    (new,) = checked([row]) or (None,)
    if new is None:
        raise Problem("Nothing was changed.", [Fault("No name was given.")])
    before: tuple[Name, ...] = read_names(path) if path.exists() else ()
    if not any(each.kind == "brand" for each in (*before, new)):
        before = (*checked([{"name": workspace.settings.brand, "kind": "brand"}]), *before)
    if any(each.name.casefold() == new.name.casefold() for each in before):
        fault = Fault(f"'{new.name}' is on the list.", str(path), "Change it there.")
        raise Problem("Nothing was changed.", [fault])
    terminal.say(words("{name} ({kind}) would be added.", name=new.name, kind=_kinds(words)[kind]))
    if not terminal.confirm(words("Write it to names.csv?"), yes=yes):
        raise needs_yes(words("Nothing was changed."))
    write_names(path, (*before, new))
    terminal.say(words("{file} holds {n} names.", file=path.name, n=len(before) + 1))
    return {"added": asdict(new), "names": len(before) + 1}


def _said(context: Context) -> Iterator[tuple[str, str]]:
    from rapport.steps.heard import heard_batches

    for batch in heard_batches(context, ["person_id", "text"]):
        people, texts = (batch.column(name).to_pylist() for name in ("person_id", "text"))
        yield from zip(people, texts, strict=True)


def _ways(name: Name) -> str:
    handles = [f"@{each}" for each in name.handles]
    return ", ".join([*name.aliases, *handles, *(f"#{each}" for each in name.hashtags)])


def _kinds(words: Words) -> dict[str, str]:
    return {
        "brand": words("brand"),
        "product": words("product"),
        "competitor": words("competitor"),
        "person": words("person"),
    }
