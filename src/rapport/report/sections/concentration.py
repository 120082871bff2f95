"""The section on how much the best customers bring."""

from __future__ import annotations

from markupsafe import Markup

from rapport.report.charts.spread import best_first, concentration
from rapport.report.findings import Findings
from rapport.report.parts import Figure, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import cannot_tell, figure, number_rows

NUMBERS = ("top_tenth_share", "top_tenth_equity_share")

_EVEN = 0.15


def concentrated(findings: Findings, prose: Prose) -> Section:
    """Return the section on how much the best customers bring."""
    curve = _curve(findings, prose)
    return Section(
        key="concentration",
        title=prose.say("Where does value concentrate?"),
        answer=_answer(findings, prose),
        figures=(curve,) if curve else (),
        numbers=number_rows(findings, prose, NUMBERS),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    best, ahead = findings.number("top_tenth_share"), findings.number("top_tenth_equity_share")
    if best is None:
        usual = prose.say("We cannot tell: no order in the record names its customer.")
        return cannot_tell(findings, prose, "Where does value concentrate?", usual)
    if best.value < _EVEN:
        return prose.say(
            "Hardly anywhere: the best tenth of customers brings {share} of revenue, little more "
            "than a tenth.",
            share=prose.told(best),
        )
    if ahead is None:
        return prose.say(
            "The best tenth of customers brings {share} of revenue.", share=prose.told(best)
        )
    return prose.say(
        "The best tenth of customers brought {share} of revenue, and the tenth with the most to "
        "come holds {ahead} of the money we expect.",
        share=prose.told(best),
        ahead=prose.told(ahead),
    )


def _curve(findings: Findings, prose: Prose) -> Figure | None:
    rows = best_first(findings.rows("concentration", ("customers_share", "revenue_share")))
    if len(rows) < 3:
        return None
    words = findings.words
    return figure(
        findings,
        "curve",
        prose.say("Share of revenue brought by the best customers"),
        lambda width: concentration(rows, words, width),
        table="concentration",
    )
