"""Commands that say what the record holds and what is out of date."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from dataclasses import asdict
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from rapport.commands.footing import tell_footing
from rapport.commands.reasons import reason
from rapport.commands.resting import tell_resting
from rapport.commands.terminal import Terminal
from rapport.pipeline import look, open_record, out_of_date
from rapport.questions import readiness
from rapport.record.coverage import Coverage
from rapport.record.schema import TABLES
from rapport.results import Results
from rapport.soundness import Soundness, soundness
from rapport.steps.order import STEPS
from rapport.workspace import Workspace

if TYPE_CHECKING:
    from rapport.record.load import Load
    from rapport.record.store import Record


def check(terminal: Terminal, workspace: Workspace) -> dict[str, Any]:
    """Tell what is in the record, what was set aside, and which questions it can answer."""
    settings = workspace.settings
    terminal.speak(settings.languages)
    words = terminal.words
    record = open_record(workspace)
    tables = _tables(record, ZoneInfo(settings.time_zone))
    summary = record_summary(workspace)
    terminal.say(words("rapport.toml has no fault."))
    if tables:
        rows = [
            [t["table"], words.number(t["rows"]), t["first"] or "", t["last"] or ""] for t in tables
        ]
        titles = [words(title) for title in ("Table", "Rows", "From", "To")]
        terminal.table(titles, rows, right=[1])
    _tell_rows(terminal, summary)
    with terminal.progress(words("Looking at the sources")):
        sound = soundness(workspace)
    _tell_sources(terminal, sound)
    with terminal.progress(words("Looking at the orders")):
        told = readiness(look(workspace), settings)
    titles = [words(title) for title in ("Question", "Can it be answered?", "Why")]
    rows = [
        [
            each.question.text(words.language),
            words("yes") if each.answerable else words("not yet"),
            each.because.text(words.language),
        ]
        for each in told
    ]
    terminal.table(titles, rows)
    resting = tell_footing(terminal, workspace)
    return {
        "tables": tables,
        **summary,
        "weak_links": resting,
        "sources": [asdict(each) for each in sound.covers],
        "findings": [
            {
                "source": each.source,
                "table": each.table,
                "kind": each.kind,
                "what": each.what.text(words.language),
                "effect": each.effect.text(words.language) if each.effect else None,
            }
            for each in sound.findings
        ],
        "questions": [
            {
                "question": each.question.text(words.language),
                "answerable": each.answerable,
                "because": each.because.text(words.language),
            }
            for each in told
        ],
    }


def status(terminal: Terminal, workspace: Workspace) -> dict[str, Any]:
    """List the loads and the steps that a run would compute."""
    terminal.speak(workspace.settings.languages)
    words = terminal.words
    record = open_record(workspace)
    loads = record.loads()
    stale = out_of_date(workspace)
    rows = [
        [
            load.load_id,
            load.loaded_at.strftime("%Y-%m-%d %H:%M"),
            load.source,
            load.file,
            words.number(load.rows_kept),
            words.number(load.rows_aside),
            words(load.status),
        ]
        for load in loads
    ]
    titles = ["Load", "When (UTC)", "Source", "File", "Kept", "Set aside", "Status"]
    if rows:
        terminal.table([words(title) for title in titles], rows, right=[4, 5])
    else:
        terminal.say(words("The record is empty. Next: rapport add FILES"))
    if rows and stale:
        steps = ", ".join(words(step.question) for step in STEPS if step.name in stale)
        terminal.say(words("To be computed by rapport run: {steps}", steps=steps))
    elif rows:
        terminal.say(words("All results are up to date."))
    resting = tell_resting(terminal, Results(workspace.results))
    return {
        "loads": [load.to_dict() for load in loads],
        "out_of_date": list(stale),
        "resting": resting,
    }


def record_summary(workspace: Workspace) -> dict[str, Any]:
    """Return rows in, kept and set aside, in all and for each load that counts."""
    loads = [load for load in open_record(workspace).loads() if load.status == "committed"]
    return {
        "rows_in": sum(load.rows_in for load in loads),
        "rows_kept": sum(load.rows_kept for load in loads),
        "rows_aside": sum(load.rows_aside for load in loads),
        "reasons": _reasons(loads),
        "loads": [
            {
                "load_id": load.load_id,
                "file": Path(load.file).name,
                "source": load.source,
                "rows_in": load.rows_in,
                "rows_kept": load.rows_kept,
                "rows_aside": load.rows_aside,
                "reasons": dict(load.reasons),
                "notes": list(load.notes),
            }
            for load in loads
        ],
    }


def _reasons(loads: list[Load]) -> dict[str, int]:
    counted: Counter[str] = Counter()
    for load in loads:
        counted.update(load.reasons)
    return dict(counted.most_common())


def _tell_rows(terminal: Terminal, summary: dict[str, Any]) -> None:
    words = terminal.words
    terminal.say(
        words(
            "Rows: {rows_in} in = {kept} kept + {aside} set aside",
            rows_in=words.number(summary["rows_in"]),
            kept=words.number(summary["rows_kept"]),
            aside=words.number(summary["rows_aside"]),
        )
    )
    for code, rows in summary["reasons"].items():
        terminal.say(f"  {words.many('{n} row', '{n} rows', rows)}: {reason(code, words.language)}")
    if summary["reasons"]:
        terminal.say(words("rapport aside shows them."))


def _tell_sources(terminal: Terminal, sound: Soundness) -> None:
    words = terminal.words
    if sound.covers:
        by_source = sorted(sound.covers, key=lambda each: each.source)
        rows = [
            _source_row(terminal, source, list(covers))
            for source, covers in groupby(by_source, key=lambda each: each.source)
        ]
        titles = [words("Source"), words("Tables"), words("Rows"), words("From"), words("To")]
        terminal.table([*titles, words("Gaps")], rows, right=[2, 5])
    for finding in sound.findings:
        effect = f" {finding.effect.text(words.language)}" if finding.effect else ""
        terminal.say(f"  {finding.what.text(words.language)}{effect}")


def _source_row(terminal: Terminal, source: str, covers: list[Coverage]) -> list[str]:
    dated = [each for each in covers if each.table != "post_metric"] or covers
    return [
        source,
        ", ".join(dict.fromkeys(each.table for each in covers)),
        terminal.words.number(sum(each.rows for each in covers)),
        min(each.first for each in dated).isoformat(),
        max(each.last for each in dated).isoformat(),
        terminal.words.number(sum(len(each.gaps) for each in dated if not each.pauses)),
    ]


def _tables(record: Record, zone: ZoneInfo) -> list[dict[str, Any]]:
    """Return rows and span of each table, in days as the brand counts them."""
    found = []
    loads = [load for load in record.loads() if load.status == "committed"]
    for name in TABLES:
        rows = sum(load.rows_now(name) for load in loads)
        if rows:
            ends = [end for load in loads for end in load.spans.get(name, ())]
            days = sorted(_day(end, zone).isoformat() for end in ends)
            first, last = (days[0], days[-1]) if days else (None, None)
            found.append({"table": name, "rows": rows, "first": first, "last": last})
    return found


def _day(moment: dt.datetime, zone: ZoneInfo) -> dt.date:
    aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
    return aware.astimezone(zone).date()
