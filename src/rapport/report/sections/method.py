"""How the numbers were made: definitions, grades, models, and where every row went."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from rapport.definitions import DEFINITIONS
from rapport.report.charts.worth import tracking
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid, NumberRow
from rapport.report.prose import Prose
from rapport.report.sections.common import colored, figure, number_rows
from rapport.results import Said

WINDOWS = {
    "all": Said("Counted over the whole record."),
    "horizon": Said("Counted over the horizon set in rapport.toml."),
    "year": Said("Counted over a year."),
}

MODELS = {
    "BetaGeo": "BG/NBD",
    "ModifiedBetaGeo": "MBG/NBD",
    "ParetoNBD": "Pareto/NBD",
    "NegativeBinomial": "NBD",
    "BetaGeoBetaBinomial": "BG/BB",
    "ShiftedBetaGeometric": "sBG",
}

MEANINGS = {
    "experiment": Said("Some were treated and some not, by lot: the strongest evidence there is."),
    "natural experiment": Said("Chance or the calendar divided people as a lottery would."),
    "adjusted comparison": Said(
        "Like was compared with like, as far as the data shows who is alike."
    ),
    "model": Said("A model fitted to the record says it, and was tested on days it had not seen."),
    "count": Said("Counted in the record; nothing was supposed."),
    "assumption": Said("Somebody set it; nothing in the record speaks for or against it."),
}


@dataclass(frozen=True, slots=True)
class Meaning:
    """What a number means, as the end of the letter explains it."""

    name: str
    title: str
    meaning: str
    window: str
    source: str
    table: str


@dataclass(frozen=True, slots=True)
class Method:
    """The end of the letter."""

    meanings: tuple[Meaning, ...]
    others: tuple[NumberRow, ...]
    models: Grid | None
    tracking: Figure | None
    rows_in: Markup | None
    files: Grid | None


def method(
    findings: Findings, prose: Prose, shown: Sequence[str], record: Mapping[str, Any]
) -> Method:
    """Return how the numbers were made.

    Parameters
    ----------
    shown
        Names of the numbers that the sections hold; all others are listed here.
    record
        `rows_in`, `rows_kept`, `rows_aside`, and `loads`, a list of the same by file.
    """
    others = [name for name in findings.numbers if name not in shown]
    return Method(
        meanings=tuple(_meaning(name, findings, prose) for name in (*shown, *others)),
        others=number_rows(findings, prose, others),
        models=_models(findings, prose),
        tracking=_tracking(findings, prose),
        rows_in=_rows_in(prose, record),
        files=_files(findings, prose, record),
    )


def _meaning(name: str, findings: Findings, prose: Prose) -> Meaning:
    definition, table = DEFINITIONS.get(name), findings.numbers[name].table
    if definition is None:
        return Meaning(name, name, "", "", "", table)
    window = WINDOWS[definition.window].text(prose.words.language)
    title, meaning = prose.plain(definition.title), prose.plain(definition.meaning)
    return Meaning(name, title, meaning, window, definition.source, table)


def _models(findings: Findings, prose: Prose) -> Grid | None:
    rows = findings.rows("model_choice", ("model",))
    if not rows:
        return None
    words = findings.words
    return Grid(
        title=prose.say("Which model foresaw best"),
        heads=(
            Cell(words("Model")),
            Cell(words("Log-likelihood"), "figure"),
            Cell(words("Parameters"), "figure"),
            Cell(words("Error per customer"), "figure"),
            Cell(words("Correlation"), "figure"),
            Cell(words("Total off by"), "figure"),
        ),
        rows=tuple(_model(row, findings) for row in rows),
        under=tuple(_remark(row, findings) for row in rows),
        table="model_choice",
        note=prose.say(
            "Each model was fitted to the earlier part of the record and had to foretell the "
            "orders of the later part; the one in bold was chosen."
        ),
    )


def _model(row: Row, findings: Findings) -> tuple[Cell, ...]:
    words = findings.words
    name: str | Markup = MODELS.get(row["model"], str(row["model"]))
    if row.get("chosen"):
        name = Markup("<strong>{}</strong>").format(name)
    bias = row.get("holdout_bias")
    return (
        Cell(name),
        Cell(_number(row.get("log_likelihood"), findings, 1), "figure"),
        Cell(_number(row.get("parameters"), findings, 0), "figure"),
        Cell(_number(row.get("holdout_mae"), findings, 3), "figure"),
        Cell(_number(row.get("holdout_correlation"), findings, 3), "figure"),
        Cell("–" if bias is None else words.percent(bias, 1), "figure"),
    )


def _remark(row: Row, findings: Findings) -> str:
    """Return why a model was not fitted; the particulars are known in English only."""
    if not row.get("note"):
        return ""
    if findings.words.language != "en":
        return findings.words("The model could not be fitted to these customers.")
    return str(row["note"]).replace("\n  - ", " ")


def _number(value: float | None, findings: Findings, decimals: int) -> str:
    return "–" if value is None else findings.words.number(value, decimals)


def _tracking(findings: Findings, prose: Prose) -> Figure | None:
    needed = ("week", "actual", "expected", "phase")
    rows = sorted(findings.rows("tracking", needed), key=lambda row: row["week"])
    if len(rows) < 3:
        return None
    words = findings.words
    return figure(
        findings,
        "tracking",
        prose.say(
            "Repeat orders since the beginning, {actual} and {expected}",
            actual=colored(words("actual"), "deep"),
            expected=colored(words("expected"), "quiet"),
        ),
        lambda width: tracking(rows, words, width),
        note=prose.say("The shaded weeks were kept from the model while it was tested."),
        table="tracking",
    )


def _rows_in(prose: Prose, record: Mapping[str, Any]) -> Markup | None:
    if not record.get("rows_in"):
        return None
    counts = {
        k: prose.words.number(record.get(k, 0)) for k in ("rows_in", "rows_kept", "rows_aside")
    }
    if not record.get("rows_aside"):
        return prose.say("{rows_in} rows came in, and all were kept.", rows_in=counts["rows_in"])
    return prose.say(
        "{rows_in} rows came in = {rows_kept} kept + {rows_aside} set aside, each with its reason.",
        **counts,
    )


def _files(findings: Findings, prose: Prose, record: Mapping[str, Any]) -> Grid | None:
    loads = record.get("loads") or []
    if not loads:
        return None
    words = findings.words
    return Grid(
        title=prose.say("Where every row went"),
        heads=(
            Cell(words("File")),
            Cell(words("Rows in"), "figure"),
            Cell(words("Kept"), "figure"),
            Cell(words("Set aside"), "figure"),
        ),
        rows=tuple(_file(load, findings) for load in loads),
        under=tuple(_reasons(load, findings) for load in loads),
        note=prose.say(
            "Each row set aside is listed with its file, its line and the reason by {command}.",
            command=Markup("<code>rapport aside</code>"),
        )
        if record.get("rows_aside")
        else "",
    )


def _file(load: Mapping[str, Any], findings: Findings) -> tuple[Cell, ...]:
    counts = (load.get(key, 0) for key in ("rows_in", "rows_kept", "rows_aside"))
    shown = (Cell(findings.words.number(count), "figure") for count in counts)
    return (Cell(str(load.get("file", ""))), *shown)


def _reasons(load: Mapping[str, Any], findings: Findings) -> str:
    """Return why rows were set aside, the most frequent reason first."""
    words = findings.words
    counted = sorted((load.get("reasons") or {}).items(), key=lambda item: -item[1])
    return " · ".join(
        f"{words(str(code)).replace('_', ' ')} {words.number(n)}" for code, n in counted
    )
