"""Commands that change the record, and the rows it set aside."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rapport.commands.telling import tell_by_source, tell_load
from rapport.commands.terminal import Terminal, needs_yes
from rapport.errors import Problem
from rapport.pipeline import open_record
from rapport.workspace import Workspace, mapping_text

if TYPE_CHECKING:
    from rapport.adding import Overlap
    from rapport.sources.registry import NeedsMapping


def add_all(
    terminal: Terminal, workspace: Workspace, places: Sequence[str], *, yes: bool, overlap: Overlap
) -> dict[str, Any]:
    """Load files, folders and what lies behind web addresses; see `add`."""
    from rapport.sources.downloads import download, is_url, spoken

    words = terminal.words
    with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
        paths = []
        for number, place in enumerate(places):
            if not is_url(place):
                paths.append(Path(place))
                continue
            inside = Path(folder) / str(number)
            inside.mkdir()
            name = spoken(place)
            with terminal.progress(words("Fetching")) as advance:
                paths.append(download(place, inside, partial(_fetched, advance, name)))
        return add(terminal, workspace, paths, yes=yes, overlap=overlap)


def _fetched(advance: Callable[..., None], name: str, came: int) -> None:
    advance(step=f"{name} {came / 1e6:,.1f} MB")


MANY = 12  # of more files than this, each source is told in one line


def add(
    terminal: Terminal,
    workspace: Workspace,
    paths: Sequence[Path],
    *,
    yes: bool,
    overlap: Overlap,
    strict: bool = True,
) -> dict[str, Any]:
    """Load files; print what became of every row.

    A refused file ends with a problem; if not `strict`, it is told and the others stand.
    """
    from rapport.adding import add as load_files
    from rapport.adding import files_in

    terminal.speak(workspace.settings.languages)
    words = terminal.words
    many = len(files_in(paths, workspace.own)) > MANY
    with terminal.progress(words("Reading")) as advance:
        added = load_files(
            workspace,
            paths,
            confirm=lambda asked: _confirm(terminal, asked, yes=yes),
            loaded=lambda load: None if many else tell_load(terminal, load),
            on_rows=lambda name, rows: advance(step=name, rows=rows),
            overlap=overlap,
        )
    if many:
        tell_by_source(terminal, added.loads)
    if added.left:
        terminal.say(words("Not needed, and left alone: {names}", names=_listed(added.left)))
    if added.refused:
        summary = words.many(
            "{n} file was not loaded.", "{n} files were not loaded.", len(added.refused)
        )
        problem = Problem(summary, added.refused, {"proposed": added.proposed})
        if strict:
            raise problem
        for fault in added.refused:
            terminal.say(f"  {words('Not loaded')} – {fault}")
    if any(load.status == "committed" and load.rows_kept for load in added.loads):
        terminal.say(words("Next: rapport check, then rapport run"))
    return {"loads": [load.to_dict() for load in added.loads], "left": list(added.left)}


def _listed(names: Sequence[str], most: int = 8) -> str:
    shown = ", ".join(names[:most])
    return f"{shown}, …" if len(names) > most else shown


def _confirm(terminal: Terminal, asked: NeedsMapping, *, yes: bool) -> bool:
    words = terminal.words
    terminal.say(
        words(
            "{file} is not a known export. This is how it would be read:",
            file=asked.recognition.file.name,
        )
    )
    rows = [[column, name] for column, name in asked.mapping.columns.items()]
    terminal.table([words("Rapport's column"), words("Column of the file")], rows)
    for sentence in asked.sentences:
        terminal.say(f"  {sentence}")
    agreed = terminal.confirm(words("Is that right?"), yes=yes)
    if not agreed:
        terminal.say(words("To read it in another way, put this right and into rapport.toml:"))
        terminal.say(f"\n{mapping_text(asked.name, asked.mapping)}")
    return agreed


def aside(terminal: Terminal, workspace: Workspace, load: str | None, limit: int) -> dict[str, Any]:
    """Show rows that were set aside, with file, row, column and reason."""
    terminal.speak(workspace.settings.languages)
    words = terminal.words
    record = open_record(workspace)
    loads = [record.find(load)] if load else [x for x in record.loads() if x.status == "committed"]
    total = sum(found.rows_aside for found in loads)
    shown = record.aside(load, limit=limit).to_pylist()
    names = ["source_file", "source_row", "column", "reason", "raw"]
    titles = [words(t) for t in ("File", "Row", "Column", "Reason", "What stood there")]
    if shown:
        cells = [["" if row[n] is None else str(row[n])[:300] for n in names] for row in shown]
        terminal.table(titles, cells, right=[1])
    terminal.say(
        words(
            "{shown} of {total} rows set aside.",
            shown=words.number(len(shown)),
            total=words.number(total),
        )
    )
    return {"total": total, "rows": shown}


def undo(terminal: Terminal, workspace: Workspace, load: str, *, yes: bool) -> dict[str, Any]:
    """Take a load back after showing what would go."""
    terminal.speak(workspace.settings.languages)
    words = terminal.words
    record = open_record(workspace)
    found = record.find(load)
    terminal.say(
        words(
            "{load} brought {rows} rows from {file}.",
            load=found.load_id,
            rows=words.number(found.rows_kept),
            file=found.file,
        )
    )
    if not terminal.confirm(words("Take them out of the record?"), yes=yes):
        raise needs_yes(words("Nothing was changed."))
    undone = record.undo(found.load_id)
    terminal.say(words("{load} is undone.", load=undone.load_id))
    return {"load": undone.to_dict()}


def forget(
    terminal: Terminal, workspace: Workspace, identifier: str, *, yes: bool
) -> dict[str, Any]:
    """Remove a person for good after showing what would go, and print the proof."""
    from rapport.commands.audience_forgetting import forget_audiences, people_of
    from rapport.commands.label_forgetting import forget_labels
    from rapport.record.forget import forget as remove
    from rapport.sources.live.spool import discard_pages
    from rapport.watching.forgetting import forget as forget_alerts

    terminal.speak(workspace.settings.languages)
    words = terminal.words
    record = open_record(workspace)
    preview = remove(record, identifier, results=workspace.results, dry_run=True)
    counts = [[table, words.number(rows)] for table, rows in preview.rows.items() if rows]
    terminal.table([words("Table"), words("Rows that would go for good")], counts, right=[1])
    if not terminal.confirm(words("Remove them for good?"), yes=yes):
        raise needs_yes(words("Nothing was changed."))
    letters = _without_letters(workspace)
    discard_pages(record.root)
    people = people_of(workspace, preview.accounts)
    done = remove(record, identifier, results=workspace.results)
    forget_alerts(workspace, record)
    forget_labels(workspace)
    forget_audiences(workspace, people)
    terminal.say(
        words(
            "Removed. {files} files with {rows} rows were read again: found {hits} times.",
            files=words.number(done.files_read),
            rows=words.number(done.rows_read),
            hits=words.number(done.hits),
        )
    )
    if letters:
        terminal.say(
            words("The letter was deleted with its tables; rapport report writes it anew.")
        )
    terminal.say(
        words(
            "The files you loaded, and letters in other places, still hold this person: "
            "remove it there as well."
        )
    )
    return {"forgotten": done.to_dict(), "letters": letters}


def _without_letters(workspace: Workspace) -> list[str]:
    """Delete the letters of the workspace, whose tables may name the person; return them."""
    there = [path for path in workspace.letters if path.exists()]
    for path in there:
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    return [str(path) for path in there]
