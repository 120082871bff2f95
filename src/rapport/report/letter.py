"""The letter: one self-contained HTML file, and beside it a folder with the rows."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from rapport.errors import Fault, Problem
from rapport.record.troubles import disk_words
from rapport.report.chapters import Chapter, chapters, sections
from rapport.report.files import write_tables
from rapport.report.findings import Findings
from rapport.report.parts import Figure, Grid, NumberRow, Section
from rapport.report.pdf import printed
from rapport.report.prose import Prose
from rapport.report.sections.common import GRADES
from rapport.report.sections.method import MEANINGS, Method, method
from rapport.report.sections.monday import top_plays
from rapport.report.summary import in_short, key_numbers
from rapport.results import Results
from rapport.tables import printable
from rapport.words import LANGUAGES
from rapport.workspace import write_whole

LAST_QUESTION = "question-untold"


def write_letter(
    results: Results,
    *,
    brand: str,
    language: str,
    out: Path,
    record_summary: Mapping[str, Any],
    pdf: Path | None = None,
) -> Path:
    """Write the letter and, in a folder beside it, the rows that its numbers come from.

    Parameters
    ----------
    results
        What was computed.
    brand
        Whom the letter is about.
    language
        "en" or "fr".
    out
        The HTML file; its tables go to a folder of the same name with `_files` after it.
    record_summary
        `rows_in`, `rows_kept`, `rows_aside`, and `loads`, a list of the same by file.
    pdf
        Where the letter is also written for printing, if anywhere.

    Returns
    -------
    Path
        The HTML file.

    Raises
    ------
    Problem
        If nothing was computed yet, the language is unknown, the files cannot be written, or the
        machine lacks what a PDF needs.
    """
    _check(results, language)
    findings = Findings.of(results, language)
    prose = Prose(findings.words)
    made = sections(findings, prose)
    flat = _with_warnings(results, [one for each in made for one in each], language)
    flat = _with_days(results, flat, prose)
    shown = list(dict.fromkeys(row.name for section in flat for row in section.numbers))
    told = _Told(
        findings,
        prose,
        brand,
        chapters(prose, _as_before(made, flat)),
        method(findings, prose, shown, record_summary),
    )
    try:
        out.parent.mkdir(parents=True, exist_ok=True)
        tables = _tables(flat, told.method)
        files = write_tables(findings, tables, out.with_name(f"{out.stem}_files"))
        write_whole(out, printable(_page(told, files)).encode())
        if pdf is not None:
            write_whole(pdf, printed(printable(_page(told, {}))))
    except OSError as error:
        what, hint = disk_words(error)
        fault = Fault(what, str(error.filename or out), hint)
        raise Problem("The letter was not written.", [fault]) from error
    return out


@dataclass(frozen=True, slots=True)
class _Told:
    """All that the letter says."""

    findings: Findings
    prose: Prose
    brand: str
    chapters: list[Chapter]
    method: Method


def _as_before(made: Sequence[Sequence[Section]], flat: Sequence[Section]) -> list[list[Section]]:
    """Return sections as they were grouped in `made`, from the same sections in one row."""
    left = iter(flat)
    return [[next(left) for _ in each] for each in made]


def _check(results: Results, language: str) -> None:
    faults = []
    if language not in LANGUAGES:
        faults.append(
            Fault(f"There is no letter in '{language}'.", hint=f"Choose {' or '.join(LANGUAGES)}.")
        )
    if results.is_empty:
        faults.append(Fault("Nothing was computed yet.", hint="Run 'rapport run' first."))
    if faults:
        raise Problem("The letter was not written.", faults)


def _with_warnings(results: Results, sections: list[Section], language: str) -> list[Section]:
    """Give each warning to the first section that shows a number of the step that warned."""
    told = list(sections)
    for step in results.steps.values():
        warnings = tuple(said.text(language) for said in step.warnings)
        holders = (
            place
            for place, section in enumerate(told)
            if any(row.name in step.numbers for row in section.numbers)
        )
        place = next(holders, len(told) - 1)
        told[place] = replace(told[place], basis=(*told[place].basis, *warnings))
    return told


def _with_days(results: Results, sections: list[Section], prose: Prose) -> list[Section]:
    """Say of which day answers are that stand until their month is over.

    Where only some numbers of a section do, they are named under it.
    """
    days = results.as_of
    told = list(sections)
    for place, section in enumerate(told):
        resting = [row for row in section.numbers if row.name in days]
        if not resting:
            continue
        day = prose.words.date(min(days[row.name] for row in resting))
        if len(resting) == len(section.numbers):
            told[place] = replace(section, as_of=prose.say("As of {day}.", day=day))
        else:
            titles = "; ".join(row.title for row in resting)
            line = prose.say("As of {day}: {titles}.", day=day, titles=titles)
            told[place] = replace(section, basis=(*section.basis, line))
    return told


def _tables(sections: list[Section], made: Method) -> set[str]:
    told = {part.table for section in sections for part in _with_table(section)}
    ends = {part.table for part in (*made.others, made.models, made.tracking) if part}
    return (told | ends) - {""}


def _with_table(section: Section) -> tuple[Figure | Grid | NumberRow, ...]:
    return (*section.figures, *section.grids, *section.numbers)


def _page(told: _Told, files: Any) -> str:
    """Return the letter as HTML; `files` is empty for paper, where no link to a file leads."""
    findings, prose, brand = told.findings, told.prose, told.brand
    style = (resources.files("rapport.report") / "letter.css").read_text("utf-8")
    style = style.replace('"BRAND"', _css_text(brand))
    environment = Environment(
        loader=PackageLoader("rapport.report", "."),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    language = findings.words.language
    last = next(each.number for each in told.chapters if each.key == LAST_QUESTION)
    return environment.get_template("letter.html").render(
        say=prose.say,
        language=language,
        brand=brand,
        style=style,
        style_hash=base64.b64encode(hashlib.sha256(style.encode()).digest()).decode(),
        first=_day(findings, "first_day"),
        last=_day(findings, "last_day"),
        resting=_resting(findings),
        waiting=_waiting(told),
        short=in_short(findings, prose, brand, last or 0),
        keys=key_numbers(findings, prose),
        plays=top_plays(findings, prose),
        chapters=told.chapters,
        method=told.method,
        files=files,
        command=lambda name: Markup("<code>rapport table {}</code>").format(name),
        number=findings.words.number,
        grades={name: said.text(language) for name, said in GRADES.items()},
        grade_meanings={name: said.text(language) for name, said in MEANINGS.items()},
    )


def _day(findings: Findings, name: str) -> str:
    day = findings.day(name)
    return findings.words.date(day) if day else ""


def _waiting(told: _Told) -> Markup | str:
    """Return which answers stand until their month is over, by their numbers."""
    numbers = [
        str(each.number)
        for each in told.chapters
        if each.number and each.sections and each.sections[0].as_of
    ]
    if not numbers:
        return ""
    return told.prose.say(
        "Answers {numbers}: given by the month, as of {day}.",
        numbers=", ".join(numbers),
        day=_resting(told.findings),
    )


def _resting(findings: Findings) -> str:
    days = findings.results.resting.values()
    return findings.words.date(min(days)) if days else ""


def _css_text(text: str) -> str:
    r"""Return a text that stands safely in a style sheet: all but plain letters by number."""
    plain = (c if c.isascii() and c.isalnum() else f"\\{ord(c):x} " for c in text)
    return f'"{"".join(plain)}"'
