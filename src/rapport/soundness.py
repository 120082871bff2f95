"""How sound the record is, source by source: gaps, late days, breaks, repeats, what of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field

from rapport.pipeline import looking, open_record
from rapport.record.coverage import Coverage, coverage, cut_short, figures, rows_by_day, series
from rapport.record.load import Load
from rapport.record.reading import table_frame
from rapport.record.schema import TABLES
from rapport.results import Said, Value
from rapport.sources.breaks import BREAKS
from rapport.steps.context import seen_twice
from rapport.workspace import Workspace

# What a hole in a table does to the answers.
EFFECT_SENTENCES: Mapping[str, Said] = {
    "activity": Said("What people say and do is counted too low there."),
    "post": Said("Posts of those days are missing from every comparison."),
    "post_metric": Said("Figures of posts are missing there."),
    "purchase": Said("Orders are counted too low there; retention and lifetime value suffer."),
    "purchase_line": Said("Orders are counted too low there; retention and lifetime value suffer."),
    "visit": Said("Visits and what led to orders are counted too low there."),
    "ticket": Said("Requests and waiting times of those days are not known."),
    "answer": Said("Opinions of those days are not known."),
    "lead": Said("Leads of those days are not known."),
    "spend": Said("Costs are counted too low there, and every return too high."),
    "audience": Said("Growth of the audience over those days is not known."),
    "channel_metric": Said("Figures of the whole channel are missing there."),
    "sales": Said("Sales are counted too low there."),
    "event": Said("What happened on those days is not known."),
}


SHOWN = 3  # gaps told one by one


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing a person should know about a source: what, and what it does to which answer."""

    source: str
    table: str
    kind: str
    what: Said
    effect: Said | None = None


@dataclass(frozen=True, slots=True)
class Soundness:
    """What every source covers, and what was found about it."""

    covers: tuple[Coverage, ...] = ()
    findings: tuple[Finding, ...] = field(default=())


def soundness(workspace: Workspace) -> Soundness:
    """Return what each source covers and what is doubtful about it.

    Raises
    ------
    Problem
        When the record cannot be read.
    """
    record = open_record(workspace)
    loads = [load for load in record.loads() if load.status == "committed"]
    timed = [name for name in TABLES if TABLES[name].time and record.visible(name).rows]
    if not timed:
        return Soundness()
    covers: list[Coverage] = []
    findings: list[Finding] = []
    with looking(workspace) as context:
        days = {}
        for name in timed:
            rows = rows_by_day(context.facts(name), name)
            days[name] = context.engine.collect(rows).to_pylist()
        newest = _newest(days)
        for name in timed:
            found = coverage(name, days[name], newest)
            covers += found
            if record.visible(name).duplicates and not TABLES[name].completed:
                findings += _repeats(name, loads, found)
        if {"post", "post_metric"} <= set(timed):
            rows = figures(
                table_frame(context.engine, record, "post"),
                table_frame(context.engine, record, "post_metric"),
            )
            findings += _breaks(context.engine.collect(rows).to_pylist())
    findings += [_watched(source) for source in seen_twice(record, workspace.settings)]
    findings += [finding for each in covers for finding in _holes(each)]
    return Soundness(tuple(covers), tuple(sorted(findings, key=lambda f: (f.source, f.table))))


def _newest(days: Mapping[str, list[dict[str, object]]]) -> dt.date:
    """Return the newest day on which something happened.

    Plans and holidays may lie ahead, and figures of posts are of the day they were exported.
    """
    happened = [name for name in days if name not in ("event", "post_metric")] or list(days)
    last = max((int(str(row["day_number"])) for name in happened for row in days[name]), default=1)
    return dt.date.fromordinal(last)


def _watched(source: str) -> Finding:
    what = Said(
        "{source}: its orders are left out, since the shop's own files hold the orders.",
        {"source": source},
    )
    effect = Said(
        "Write orders = true under sources.{source} in rapport.toml to count them all the same.",
        {"source": source},
    )
    return Finding(source, "purchase", "doubled", what, effect)


def _repeats(table: str, loads: list[Load], found: list[Coverage]) -> list[Finding]:
    told = []
    for source in sorted({each.source for each in found}):
        stored = sum(load.rows_now(table) for load in loads if load.source == source)
        counted = sum(each.rows for each in found if each.source == source)
        if stored > counted:
            values: dict[str, Value] = {"source": source, "n": stored - counted, "table": table}
            what = Said(
                "{source}: exports overlap, {n} rows of {table} stand in two files or more.",
                values,
            )
            effect = Said("Each counts once: the file loaded last holds.")
            told.append(Finding(source, table, "repeated", what, effect))
    return told


def _holes(each: Coverage) -> list[Finding]:
    if each.table in ("event", "post_metric"):
        return []
    found = []
    effect = EFFECT_SENTENCES.get(each.table)
    whose = f"{each.source}, {each.channel}" if each.channel else each.source
    about: dict[str, Value] = {"whose": whose, "table": each.table}
    if each.pauses:
        values = {**about, "n": len(each.gaps)}
        what = Said("{whose}: {table} comes and goes, pauses: {n}.", values)
        right = Said("That is right if nothing ran then.")
        return [Finding(each.source, each.table, "pauses", what, right)]
    for first, last in each.gaps[:SHOWN]:
        values = {**about, "first": first, "last": last}
        what = Said("{whose}: nothing in {table} from {first} to {last}.", values)
        found.append(Finding(each.source, each.table, "gap", what, effect))
    if len(each.gaps) > SHOWN:
        values = {**about, "n": len(each.gaps) - SHOWN}
        what = Said("{whose}: more gaps in {table}: {n}.", values)
        found.append(Finding(each.source, each.table, "gap", what, effect))
    if each.behind:
        values = {**about, "n": each.behind, "last": each.last}
        what = Said("{whose}: {table} ends on {last}, {n} days before the newest source.", values)
        found.append(Finding(each.source, each.table, "late", what, effect))
    return found


def _breaks(rows: list[dict[str, object]]) -> list[Finding]:
    found = series(rows)
    told: list[Finding] = []
    documented: set[tuple[str, str]] = set()
    for each in found:
        beside = [other for other in found if other.source == each.source]
        first, last = min(o.first for o in beside), max(o.last for o in beside)
        for known in BREAKS:
            touched = each.source in known.sources and each.metric == known.metric
            if touched and first < known.on <= last:
                documented.add((each.source, each.metric))
                effect = Said("Do not compare {metric} across that day.", {"metric": each.metric})
                told.append(Finding(each.source, "post_metric", "break", known.what, effect))
    for each, way in cut_short(found):
        if (each.source, each.metric) in documented:
            continue
        day = each.last if way == "ends" else each.first
        values: dict[str, Value] = {"source": each.source, "metric": each.metric, "day": day}
        what = (
            Said("{source}: {metric} ends with posts of {day}; other figures go on.", values)
            if way == "ends"
            else Said("{source}: {metric} begins with posts of {day}; others are older.", values)
        )
        effect = Said("Do not compare {metric} across that day.", {"metric": each.metric})
        told.append(Finding(each.source, "post_metric", "break", what, effect))
    return told
