"""The questions of the letter in their order, and which sections answer each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from rapport.report.findings import Findings
from rapport.report.parts import Section
from rapport.report.prose import Prose
from rapport.report.sections.advocates import advocates
from rapport.report.sections.answering import answering
from rapport.report.sections.audience import audience
from rapport.report.sections.concentration import concentrated
from rapport.report.sections.connection import connection
from rapport.report.sections.content import content
from rapport.report.sections.counts import counts
from rapport.report.sections.engagement import engagement
from rapport.report.sections.experiments import experiments
from rapport.report.sections.influencers import influencers
from rapport.report.sections.leaving import leaving
from rapport.report.sections.monday import monday
from rapport.report.sections.platforms import platforms
from rapport.report.sections.said import said
from rapport.report.sections.statement import statement
from rapport.report.sections.staying import staying
from rapport.report.sections.unanswered import unanswered
from rapport.report.sections.what_pays import what_pays
from rapport.report.sections.worth import worth
from rapport.results import Said

Make = Callable[[Findings, Prose], Section]


@dataclass(frozen=True, slots=True)
class Outline:
    """One question of the letter.

    Parameters
    ----------
    key
        The anchor of its chapter.
    question
        What is asked; None for what stands behind the questions, which has no number.
    sections
        What answers it, the main answer first.
    answers
        How many of the sections, from the first, make the answer.
    """

    key: str
    question: Said
    sections: tuple[Make, ...]
    numbered: bool = True
    answers: int = 1


OUTLINE = (
    Outline(
        "question-return",
        Said("What did our relationships return, and how sure are we?"),
        (statement, what_pays),
    ),
    Outline(
        "question-who",
        Said("Who works for us, who works against us?"),
        (engagement, advocates),
        answers=2,
    ),
    Outline(
        "question-connection",
        Said("Are connected customers worth more because they are connected?"),
        (connection,),
    ),
    Outline(
        "question-channels",
        Said("Which channels bring sales together, and which role does social play?"),
        (),
    ),
    Outline(
        "question-said",
        Said("What is being said, and is something about to blow up?"),
        (said,),
    ),
    Outline(
        "question-answering",
        Said("Do we answer, how long do people wait, and what does answering earn?"),
        (answering,),
    ),
    Outline(
        "question-leaving",
        Said("Who is about to leave us, and who left because they were not heard?"),
        (leaving,),
    ),
    Outline(
        "question-platforms",
        Said(
            "Are we on the right platforms, with real followers, without tiring the people we "
            "court?"
        ),
        (platforms, audience, influencers),
    ),
    Outline(
        "question-counts",
        Said("Which of the things we count have nothing to do with value?"),
        (counts, content),
    ),
    Outline("question-monday", Said("What should we do on Monday?"), (monday, experiments)),
    Outline(
        "question-untold",
        Said("What could we not tell, and which data would tell it?"),
        (unanswered,),
    ),
    Outline(
        "customers",
        Said("What stands behind: our customers and their worth"),
        (worth, staying, concentrated),
        numbered=False,
    ),
)


@dataclass(frozen=True, slots=True)
class Chapter:
    """One question with its answer in a sentence, and the sections behind it.

    Parameters
    ----------
    number
        Its number in the letter; None for what stands behind the questions.
    """

    key: str
    number: int | None
    question: Markup
    answer: Markup
    sections: tuple[Section, ...]


def sections(findings: Findings, prose: Prose) -> list[list[Section]]:
    """Return the sections of each question of `OUTLINE`."""
    return [[make(findings, prose) for make in each.sections] for each in OUTLINE]


def chapters(prose: Prose, made: Sequence[Sequence[Section]]) -> list[Chapter]:
    """Return the letter's questions with their answers and sections.

    Parameters
    ----------
    made
        The sections of each question, as `sections` gives them.
    """
    told, number = [], 0
    for outline, found in zip(OUTLINE, made, strict=True):
        number += outline.numbered
        told.append(
            Chapter(
                outline.key,
                number if outline.numbered else None,
                prose.say(outline.question.message),
                _answer(found[: outline.answers]) if found else _nothing(prose),
                tuple(found),
            )
        )
    return told


def _answer(found: Sequence[Section]) -> Markup:
    return Markup(" ").join(section.answer for section in found)


def _nothing(prose: Prose) -> Markup:
    return prose.say("We cannot tell: this version does not measure it yet.")
