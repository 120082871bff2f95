"""Commands that compute, list the numbers, and write the letter."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from rapport.commands.resting import tell_resting
from rapport.commands.terminal import Terminal
from rapport.definitions import DEFINITIONS
from rapport.errors import Fault, Problem, nearest
from rapport.results import Results
from rapport.workspace import Workspace


def run(
    terminal: Terminal, workspace: Workspace, *, again: bool, whole: bool = False
) -> dict[str, Any]:
    """Compute what is out of date and say what was."""
    from rapport.pipeline import run as compute

    terminal.speak(workspace.settings.languages)
    words = terminal.words
    with terminal.progress(words("Computing")) as advance:
        ran = compute(
            workspace,
            again=again,
            whole=whole,
            tell=lambda step, done, of: advance(step=words(step), done=done, of=of),
        )
    results = Results(workspace.results)
    if ran.computed:
        numbers = words.many("{n} number", "{n} numbers", len(results.numbers))
        tables = words.many("{n} table", "{n} tables", len(results.tables))
        terminal.say(words("Computed {numbers} and {tables}.", numbers=numbers, tables=tables))
    else:
        terminal.say(words("Nothing changed since last time."))
    for said in results.warnings:
        terminal.say(f"  {said.text(words.language)}")
    for entry in results.untold:
        question, needs = (said.text(words.language) for said in (entry.question, entry.needs))
        terminal.say(words("Could not be told: {question}", question=question))
        terminal.say(f"  {needs}")
    resting = tell_resting(terminal, results)
    terminal.say(words("Next: rapport results, then rapport report"))
    return {"computed": list(ran.computed), "kept": list(ran.kept), "resting": resting}


def results(terminal: Terminal, workspace: Workspace, names: Sequence[str]) -> dict[str, Any]:
    """List named numbers with range, unit, grade, people, rows and definition."""
    terminal.speak(workspace.settings.languages)
    words = terminal.words
    found = current_results(workspace)
    numbers = found.numbers
    unknown = [name for name in names if name not in numbers]
    if unknown:
        faults = [
            Fault(f"There is no number '{name}'.", hint=nearest(name, list(numbers)))
            for name in unknown
        ]
        raise Problem("The numbers were not listed.", faults)
    chosen = {name: numbers[name] for name in (names or numbers)}
    columns = ["Number", "Value and 90% range", "Evidence", "People", "Rows", "What it means"]
    rows = [
        [
            words(DEFINITIONS[name].title),
            number.text(words.language),
            words(number.grade.value),
            "" if number.people is None else words.number(number.people),
            "" if number.rows is None else words.number(number.rows),
            words(DEFINITIONS[name].meaning),
        ]
        for name, number in chosen.items()
    ]
    terminal.table([words(column) for column in columns], rows, right=[3, 4])
    for entry in found.untold:
        terminal.say(
            words("Could not be told: {question}", question=entry.question.text(words.language))
        )
        terminal.say(f"  {entry.why.text(words.language)} {entry.needs.text(words.language)}")
    stale = _stale(terminal, workspace)
    tell_resting(terminal, found)
    days = found.as_of
    return {
        "out_of_date": stale,
        "numbers": [
            {
                **number.to_dict(),
                **({"as_of": days[name].isoformat()} if name in days else {}),
                "title": words(DEFINITIONS[name].title),
                "definition": words(DEFINITIONS[name].meaning),
                "source": DEFINITIONS[name].source,
            }
            for name, number in chosen.items()
        ],
        "untold": [
            {
                "question": entry.question.text(words.language),
                "why": entry.why.text(words.language),
                "needs": entry.needs.text(words.language),
            }
            for entry in found.untold
        ],
    }


def report(
    terminal: Terminal, workspace: Workspace, out: Path | None, *, pdf: bool = False
) -> dict[str, Any]:
    """Write the letter, as PDF too where wanted, and say where it is."""
    from rapport.commands.checking import record_summary
    from rapport.report.letter import write_letter

    terminal.speak(workspace.settings.languages)
    words = terminal.words
    found = current_results(workspace)
    stale = _stale(terminal, workspace)
    path = out or workspace.root
    if path.is_dir():
        path = path / f"letter-{words.language}.html"
    paper = path.absolute().with_suffix(".pdf") if pdf else None
    written = write_letter(
        found,
        brand=workspace.settings.brand,
        language=words.language,
        out=path.absolute(),
        record_summary=record_summary(workspace),
        pdf=paper,
    )
    terminal.say(words("The letter is {path}", path=written))
    answer = {"letter": str(written), "language": words.language, "out_of_date": stale}
    if paper is not None:
        terminal.say(words("For printing: {path}", path=paper))
        answer["pdf"] = str(paper)
    return answer


def _stale(terminal: Terminal, workspace: Workspace) -> list[str]:
    """Say so when results are older than the record or the settings; return their steps."""
    from rapport.pipeline import out_of_date

    stale = list(out_of_date(workspace))
    if stale:
        words = terminal.words
        terminal.say(
            words("Something changed since the last run: rapport run brings it up to date.")
        )
    return stale


def current_results(workspace: Workspace) -> Results:
    """Return the results; raises Problem before the first run."""
    found = Results(workspace.results)
    if found.is_empty:
        fault = Fault("Nothing has been computed yet.", hint="Compute with 'rapport run'.")
        raise Problem("There are no results.", [fault])
    if found.missing:
        what = f"Tables are missing: {', '.join(found.missing)}."
        fault = Fault(what, str(found.folder), "Compute them again with 'rapport run'.")
        raise Problem("The results are damaged.", [fault])
    return found
