"""Commands with which people label messages of their own, see how the model does, and refit it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.commands.label_files import read_file, write_file
from rapport.commands.label_keys import Asking, getkey
from rapport.commands.terminal import Terminal
from rapport.errors import Fault, Problem
from rapport.workspace import Workspace

if TYPE_CHECKING:
    from rapport.estimate import Estimate
    from rapport.listening.trust.choosing import Chosen
    from rapport.steps.context import Context
    from rapport.words import Words

Row = dict[str, Any]
_SHOWN = ("text", "channel", "day", "language")


def label(
    terminal: Terminal, workspace: Workspace, most: int, *, getkey: Any = getkey
) -> dict[str, Any]:
    """Show messages one at a time and keep what is said of each; machines get a list of them."""
    from rapport.listening.trust.labels import Labels

    terminal.speak(workspace.settings.languages)
    labels = Labels(workspace.labels)
    rows = _next(workspace, labels, most)
    if terminal.as_json:
        shown = ("message_id", "importance", *_SHOWN)
        told = [{name: _plain(row[name]) for name in shown} for row in rows]
        return {"labelled": len(labels.given()), "messages": told}
    if not rows:
        terminal.say(terminal.words("Every message is labelled or was passed over."))
        return {"labelled": len(labels.given())}
    if not _has_keys():
        hint = "Use --export FILE.csv, label in a spreadsheet, then --import FILE.csv."
        raise Problem("Nothing was asked.", [Fault("This is no terminal.", hint=hint)])
    given = Asking(terminal, labels, getkey).ask(rows)
    return {"given": given, "labelled": len(labels.given())}


def export(terminal: Terminal, workspace: Workspace, most: int, path: Path) -> dict[str, Any]:
    """Write messages to label as a file for a spreadsheet."""
    from rapport.listening.trust.labels import Labels

    terminal.speak(workspace.settings.languages)
    rows = _next(workspace, Labels(workspace.labels), most)
    write_file(path, rows)
    terminal.say(
        terminal.words(
            "{file} holds {n} messages to label. Fill it in, then: rapport label --import {file}",
            file=str(path),
            n=terminal.words.number(len(rows)),
        )
    )
    return {"file": str(path), "messages": len(rows)}


def bring_in(terminal: Terminal, workspace: Workspace, path: Path) -> dict[str, Any]:
    """Keep the labels of a file that a spreadsheet was filled in with."""
    from rapport.listening.trust.labels import Labels
    from rapport.pipeline import looking
    from rapport.steps.own_labels import labelled_rows

    terminal.speak(workspace.settings.languages)
    labels = Labels(workspace.labels)

    with looking(workspace) as context:
        _needs_messages(context)
        read = read_file(path, lambda ids: set(labelled_rows(context, ids)))
    labels.add(read.labels)
    words = terminal.words
    given = len(read.labels)
    terminal.say(words.many("{n} label was kept.", "{n} labels were kept.", given))
    if read.empty:
        terminal.say(
            words.many("{n} row is not filled in.", "{n} rows are not filled in.", read.empty)
        )
    _say_next(terminal, len(labels.given()))
    return {"given": given, "empty": read.empty, "labelled": len(labels.given())}


def report(terminal: Terminal, workspace: Workspace) -> dict[str, Any]:
    """Say how well the model does on the labels: precision and recall of each class."""
    from rapport.listening.trust.judged import FEWEST, confusion, next_labels, reports
    from rapport.pipeline import looking
    from rapport.steps.own_labels import own_labels

    terminal.speak(workspace.settings.languages)
    with looking(workspace) as context:
        _needs_messages(context)
        judged = own_labels(context)
    if judged is None:
        fault = Fault("No message is labelled.", hint="Label some with 'rapport label'.")
        raise Problem("We cannot tell how well messages are understood here.", [fault])
    words, names = terminal.words, classes(terminal.words)
    found, crossed = reports(judged), confusion(judged)
    titles = [words("Class"), words("Right when told"), words("Found"), words("Labelled")]
    rows = [
        [names[e.name], _told(words, e.precision), _told(words, e.recall), words.number(e.labelled)]
        for e in found
    ]
    terminal.table(titles, rows, right=[3])
    columns = [*(names[name] for name, _ in crossed), words("not told")]
    terminal.say(words("What is so (rows), and what the model says (columns):"))
    crossing = [[names[name], *map(words.number, counts.values())] for name, counts in crossed]
    terminal.table(["", *columns], crossing, right=[1, 2, 3, 4])
    short = next_labels(found)
    if short:
        told = ", ".join(names[name] for name in short[:4])
        terminal.say(
            words(
                "Too few labels to tell (fewer than {n}) of: {names}. Label more messages.",
                n=FEWEST,
                names=told,
            )
        )
    return {
        "labelled": len(judged),
        "classes": [
            {
                "class": e.name, "labelled": e.labelled, "taken": e.taken,
                "precision": _machine(e.precision), "recall": _machine(e.recall),
            }
            for e in found
        ],
        "confusion": dict(crossed), "label_next": short,
    }  # fmt: skip


def fit(terminal: Terminal, workspace: Workspace) -> dict[str, Any]:
    """Refit the heads with the labels; what does not help is not kept."""
    from rapport.listening.backends import open_reader
    from rapport.listening.trust.labels import Labels
    from rapport.listening.trust.refitted import write_added
    from rapport.listening.trust.refitting import FEWEST, refit
    from rapport.pipeline import looking
    from rapport.steps.own_labels import labelled_rows, to_fit

    terminal.speak(workspace.settings.languages)
    words, names = terminal.words, classes(terminal.words)
    labels = Labels(workspace.labels).given()
    with looking(workspace) as context:
        _needs_messages(context)
        rows = labelled_rows(context, [each.message_id for each in labels])
    own = to_fit(labels, rows)
    if len(own.ids) < FEWEST:
        fault = Fault(
            f"{len(own.ids)} messages are labelled, and {FEWEST} are needed.",
            hint="Label more with 'rapport label'.",
        )
        raise Problem("Nothing was refitted.", [fault])
    added, tried = refit(open_reader(workspace.settings.listening.model), own)
    write_added(workspace.labels, added if added.names else None)
    for each in tried:
        name = names.get(each.name, words("sentiment"))
        if each.kept:
            terminal.say(words("{name}: better, and kept.", name=name))
        elif each.few:
            terminal.say(words("{name}: too few labels.", name=name))
        else:
            terminal.say(words("{name}: no better, left as it is.", name=name))
    if added.names:
        terminal.say(words("Used from the next run on; rapport label --unfit undoes it."))
    told = [
        {"head": e.name, "kept": e.kept, "few": e.few, "gain": e.gain, "error": e.error}
        for e in tried
    ]
    return {"labelled": len(own.ids), "heads": told}


def unfit(terminal: Terminal, workspace: Workspace) -> dict[str, Any]:
    """Take back what was refitted; the labels stay."""
    from rapport.listening.trust.refitted import FILE, write_added

    terminal.speak(workspace.settings.languages)
    there = (workspace.labels / FILE).exists()
    write_added(workspace.labels, None)
    if there:
        terminal.say(terminal.words("Messages are read as shipped again, from the next run on."))
    else:
        terminal.say(terminal.words("Nothing was refitted."))
    return {"undone": there}


def classes(words: Words) -> dict[str, str]:
    """Return the name of each class as a reader says it."""
    return {
        "negative": words("negative"),
        "neutral": words("neutral"),
        "positive": words("positive"),
        "praise": words("praise"),
        "complaint": words("complaint"),
        "suggestion": words("suggestion"),
        "question": words("question"),
        "purchase_intent": words("wish to buy"),
        "leaving": words("leaving"),
        "thanks": words("thanks"),
        "recommendation": words("recommendation"),
    }


def _next(workspace: Workspace, labels: Any, most: int) -> list[Row]:
    """Return the next messages to label, with what is shown of them, in their order."""
    from rapport.listening.heads import KINDS, SENTIMENTS
    from rapport.listening.trust.choosing import first
    from rapport.pipeline import looking
    from rapport.steps.heard import heard_batches
    from rapport.steps.own_labels import labelled_rows

    columns = [*SENTIMENTS, *(f"p_{kind}" for kind in KINDS)]
    with looking(workspace) as context:
        batches = (
            (
                batch.column("message_id").to_pylist(),
                {name: batch.column(name).to_numpy() for name in columns},
            )
            for batch in heard_batches(context, columns)
        )
        chosen: list[Chosen] = first(batches, most, workspace.key, labels.all())
        rows = labelled_rows(context, [each.message_id for each in chosen])
    return [{**rows[each.message_id], "importance": each.importance} for each in chosen]


def _needs_messages(context: Context) -> None:
    if "messages" not in context.results.tables:
        fault = Fault("No message was read yet.", hint="Load messages, then 'rapport run'.")
        raise Problem("There is nothing to show.", [fault])


def _say_next(terminal: Terminal, labelled: int) -> None:
    from rapport.listening.trust.correcting import FEWEST

    words = terminal.words
    if labelled >= FEWEST:
        terminal.say(words("Next: rapport label --report, rapport label --fit, rapport run"))
    else:
        terminal.say(words("{n} more, and shares rest on your own labels.", n=FEWEST - labelled))


def _told(words: Words, number: Estimate | None) -> str:
    if number is None:
        return words("cannot tell")
    return words.estimate(number.value, number.low, number.high, number.unit)


def _machine(number: Estimate | None) -> dict[str, float | int | None] | None:
    if number is None:
        return None
    ends = {"value": number.value, "low": number.low, "high": number.high}
    return {**ends, "rows": number.rows}


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _has_keys() -> bool:
    import sys

    return sys.stdin.isatty() and sys.stdout.isatty()
