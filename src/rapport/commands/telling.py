"""What became of loaded files, in words: each for itself, or source by source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import groupby

from rapport.commands.reasons import reason
from rapport.commands.terminal import Terminal
from rapport.record.load import Load


def tell_load(terminal: Terminal, load: Load) -> None:
    """Tell what became of one file."""
    words = terminal.words
    if load.status == "repeat":
        text = words(
            "{file} is in the record already, as {load}.", file=load.file, load=load.load_id
        )
        terminal.say(text)
        return
    text = words(
        "{file} ({source}), rows: {rows_in} in = {kept} kept + {aside} set aside, as {load}",
        file=load.file,
        source=load.source,
        rows_in=words.number(load.rows_in),
        kept=words.number(load.rows_kept),
        aside=words.number(load.rows_aside),
        load=load.load_id,
    )
    terminal.say(text)
    for old in load.replaces:
        terminal.say(words("  It takes the place of {load}.", load=old))
    for note in load.notes:
        terminal.say(f"  {words(note)}")
    _tell_reasons(terminal, Counter(load.reasons))


def tell_by_source(terminal: Terminal, loads: Sequence[Load]) -> None:
    """Tell what became of many files: a line for each source, and what all its files share."""
    words = terminal.words
    repeats = [load for load in loads if load.status == "repeat"]
    fresh = sorted((x for x in loads if x.status != "repeat"), key=lambda load: load.source)
    for source, group in groupby(fresh, key=lambda load: load.source):
        members = list(group)
        text = words.many(
            "{source}: {n} file, rows: {rows_in} in = {kept} kept + {aside} set aside",
            "{source}: {n} files, rows: {rows_in} in = {kept} kept + {aside} set aside",
            len(members),
            source=source,
            rows_in=words.number(sum(load.rows_in for load in members)),
            kept=words.number(sum(load.rows_kept for load in members)),
            aside=words.number(sum(load.rows_aside for load in members)),
        )
        terminal.say(text)
        _tell_reasons(terminal, sum((Counter(load.reasons) for load in members), Counter()))
    if repeats:
        terminal.say(
            words.many(
                "{n} file is in the record already.",
                "{n} files are in the record already.",
                len(repeats),
            )
        )
    terminal.say(words("Each file for itself: rapport status"))


def _tell_reasons(terminal: Terminal, reasons: Counter[str]) -> None:
    words = terminal.words
    for code, rows in reasons.most_common():
        terminal.say(f"  {words.many('{n} row', '{n} rows', rows)}: {reason(code, words.language)}")
