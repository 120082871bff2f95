"""The section on open questions, and the data that would close them."""

from __future__ import annotations

from markupsafe import Markup

from rapport.report.findings import Findings
from rapport.report.parts import Entry, Section
from rapport.report.prose import Prose
from rapport.report.sections import connection, connection_trial
from rapport.report.sections.common import number_rows
from rapport.results import Untold

NUMBERS = ("known_share", "returned_share", "unmatched_returns", "prospects")


def unanswered(findings: Findings, prose: Prose) -> Section:
    """Return the section on open questions and on how far the record reaches."""
    language = findings.words.language
    untold = _open(findings)
    return Section(
        key="untold",
        title=prose.say("What could we not tell, and which data would tell it?"),
        answer=_answer(prose, len(untold)),
        numbers=number_rows(findings, prose, NUMBERS),
        entries=tuple(
            Entry(e.question.text(language), e.why.text(language), e.needs.text(language))
            for e in untold
        ),
    )


def _open(findings: Findings) -> list[Untold]:
    """Return what stays open: what comparisons could not tell, a lot may have."""
    settled = connection_trial.settled(findings)
    question = connection.QUESTION.message
    return [e for e in findings.results.untold if not settled or e.question.message != question]


def _answer(prose: Prose, count: int) -> Markup:
    if not count:
        return prose.say("Nothing was left open: the record answers every question of this letter.")
    return prose.many("{n} question stays open.", "{n} questions stay open.", count)
