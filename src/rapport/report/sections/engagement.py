"""The section on how close people are to the brand, and what they come to it for."""

from __future__ import annotations

from markupsafe import Markup

from rapport.engagement.closeness.scoring import LEVELS
from rapport.estimate import Grade
from rapport.report.charts.engagement import level_shares
from rapport.report.findings import Findings, Row
from rapport.report.parts import Figure, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import cannot_tell, colored, figure, number_rows
from rapport.report.sections.motives import NUMBERS as MOTIVES
from rapport.report.sections.motives import motives_basis, motives_grid
from rapport.words import Words

QUESTION = "Who works for us, who works against us?"
NUMBERS = (
    "fully_engaged_customers",
    "actively_disengaged_customers",
    "engagement_ratio",
    "fully_engaged_prospects",
    "actively_disengaged_prospects",
    "questionnaires",
    "levels_agreement",
    *MOTIVES,
)
_SIDES = ("customer", "prospect")
_LOW_AGREEMENT = 0.6


def engagement(findings: Findings, prose: Prose) -> Section:
    """Return the section on who works for the brand and who works against it."""
    shown, come_for = _levels(findings, prose), motives_grid(findings, prose)
    return Section(
        key="engagement",
        title=prose.say("How close are people to us?"),
        answer=levels_answer(findings, prose),
        figures=(shown,) if shown else (),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=(come_for,) if come_for else (),
        basis=(*levels_basis(findings, prose), *motives_basis(findings, prose)),
    )


def level_names(words: Words) -> dict[str, str]:
    """Return how levels and sides are called."""
    return {
        "fully engaged": words("fully engaged"),
        "engaged": words("engaged"),
        "not engaged": words("not engaged"),
        "actively disengaged": words("actively disengaged"),
        "customer": words("Customers on record"),
        "prospect": words("Prospects on record"),
    }


def levels_answer(findings: Findings, prose: Prose) -> Markup:
    """Return in a sentence how many are close and how many are against."""
    closest = findings.number("fully_engaged_customers")
    farthest = findings.number("actively_disengaged_customers")
    if closest is not None and farthest is not None:
        shares = {"close": prose.told(closest), "far": prose.told(farthest)}
        if closest.grade is not Grade.ASSUMPTION:
            return prose.say(
                "Of all who have bought from us, {close} are fully engaged and {far} are actively "
                "disengaged.",
                **shares,
            )
        return prose.say(
            "By what they do, and by our own assumptions, {close} of all who have bought from us "
            "are fully engaged and {far} actively disengaged; too few were asked to check it.",
            **shares,
        )
    close = findings.number("fully_engaged_prospects")
    far = findings.number("actively_disengaged_prospects")
    if close is not None and far is not None:
        return prose.say(
            "No customer is known by name. Of the others, by what they do and by our own "
            "assumptions, {close} are fully engaged and {far} actively disengaged.",
            close=prose.told(close),
            far=prose.told(far),
        )
    return cannot_tell(
        findings, prose, QUESTION, prose.say("We cannot tell: nobody is known by what they did.")
    )


def _levels(findings: Findings, prose: Prose) -> Figure | None:
    rows = _rows(findings)
    if not rows:
        return None
    words = findings.words
    names = level_names(words)
    return figure(
        findings,
        "levels",
        prose.say(
            "Customers and prospects on each level, from {closest} to {farthest}, with ranges",
            closest=colored(names[LEVELS[0]], "deep"),
            farthest=colored(names[LEVELS[3]], "quiet"),
        ),
        lambda width: level_shares(rows, names, words, width),
        note=prose.say(
            "Bars are shares of all customers, and of all prospects; the line is the range that "
            "holds the truth nine times in ten."
        ),
        table="level_shares",
    )


def _rows(findings: Findings) -> list[Row]:
    needed = ("side", "level", "share", "low", "high", "people")
    rows = findings.rows("level_shares", needed)
    known = [row for row in rows if row["side"] in _SIDES and row["level"] in LEVELS]
    enough = [row for row in known if row["people"] >= findings.smallest_group]
    return sorted(enough, key=lambda r: (_SIDES.index(r["side"]), LEVELS.index(r["level"])))


def levels_basis(findings: Findings, prose: Prose) -> list[Markup]:
    """Return what the levels rest on, and how far they can be trusted."""
    if not _rows(findings):
        return []
    said = []
    agreement = findings.number("levels_agreement")
    if agreement is not None and agreement.value < _LOW_AGREEMENT:
        said.append(
            prose.say(
                "Deeds tell shares well and single people badly: for one of them, the "
                "level is a likelihood, not a fact. Agreement with answers not seen before: "
                "{agreement}.",
                agreement=prose.told(agreement),
            )
        )
    said.append(
        prose.say(
            "The happy and the angry answer more. How much more is learnt from those who answer "
            "twice, mixed with an assumption of ours."
        )
        if agreement is not None
        else prose.say(
            "Without answers to learn from, the limits between levels are those of an average firm "
            "as Gallup published them, give or take."
        )
    )
    return said
