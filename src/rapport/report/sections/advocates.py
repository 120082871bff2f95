"""The section on who speaks well of the brand and who speaks ill, and what became of critics."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from rapport.report.charts.answering import outcomes
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import cannot_tell, colored, excerpt, figure, number_rows
from rapport.words import Words

QUESTION = "Who speaks well of us, and who speaks ill?"
NUMBERS = (
    "speak_well_customers",
    "speak_ill_customers",
    "speak_well_prospects",
    "speak_ill_prospects",
    "known_advocates",
    "known_critics",
    "first_advocates_worth",
    "critics_heard",
    "critics_approached",
    "critics_made_good",
    "critics_turned_share",
    "critics_turned_share_alone",
    "critics_turned_days",
    "critics_turned_days_alone",
    "critic_worth_naive",
    "critic_worth",
    "critics_worth",
    "employees_speaking",
    "employees_reach",
)
EVERY, UNKNOWN = "all", "unknown"
LEVELS = ("fully engaged", "engaged", "not engaged", "actively disengaged", UNKNOWN)
_SIDES, _WHERE = ("customer", "prospect"), ("online", "offline", "both")
_SHARES = ("people", *(f"{name}{end}" for name in ("well", "ill") for end in ("", "_low", "_high")))
_WELL, _ILL = 7, 5


def advocates(findings: Findings, prose: Prose) -> Section:
    """Return the section on who speaks well of the brand and who speaks ill."""
    rows = _rows(findings)
    drawn = _picture(findings, prose, rows)
    grids = (_shares(findings, prose, rows), _first(findings, prose))
    return Section(
        key="advocates",
        title=prose.say("Who speaks well of us, and who speaks ill?"),
        answer=_answer(findings, prose),
        figures=(drawn,) if drawn else (),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=tuple(each for each in grids if each is not None),
        basis=tuple(_basis(findings, prose)),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    said: list[Markup] = []
    customers = (findings.number("speak_well_customers"), findings.number("speak_ill_customers"))
    prospects = (findings.number("speak_well_prospects"), findings.number("speak_ill_prospects"))
    if customers[0] is not None and customers[1] is not None:
        said.append(
            prose.say(
                "Of the customers whom we heard or asked in the last year, {well} speak well of us "
                "and {ill} speak ill.",
                well=prose.told(customers[0]),
                ill=prose.told(customers[1]),
            )
        )
    if prospects[0] is not None and prospects[1] is not None:
        said.append(
            prose.say(
                "Of people who are not known to have bought, {well} speak well and {ill} ill.",
                well=prose.told(prospects[0]),
                ill=prose.told(prospects[1]),
            )
        )
    if not said:
        usual = prose.say("We cannot tell: nobody known by name was heard or asked.")
        said.append(cannot_tell(findings, prose, QUESTION, usual))
    return Markup(" ").join([*said, *_won_back(findings, prose)])


def _won_back(findings: Findings, prose: Prose) -> list[Markup]:
    """Return what became of critics, in a sentence; never more than was measured."""
    heard, each = findings.number("critics_heard"), findings.number("critic_worth")
    if heard is None or each is None:
        return []
    if each.low <= 0 <= each.high:
        return [
            prose.say(
                "Whether critics who were answered bring more than like ones left alone cannot be "
                "told from chance: {money} each in three months.",
                money=prose.told(each),
            )
        ]
    if each.value > 0:
        return [
            prose.say(
                "Critics answered within a week brought {money} more each in the three months "
                "after than like ones who were left alone.",
                money=prose.told(each),
            )
        ]
    return [
        prose.say(
            "Critics answered within a week brought no more in the three months after than like "
            "ones who were left alone, but less: {money} each.",
            money=prose.told(each),
        )
    ]


def _rows(findings: Findings) -> list[Row]:
    """Return the shares that may be shown, by side, level and place; in the order of levels."""
    found = findings.rows("advocacy", ("side", "level", "where", *_SHARES))
    told = {(row["side"], row["level"]) for row in found if row["level"] not in {EVERY, UNKNOWN}}
    kept = [
        row
        for row in found
        if row["people"] >= findings.smallest_group
        and row["side"] in _SIDES
        and (row["level"] != UNKNOWN or told)
    ]
    places = (EVERY, *LEVELS)
    return sorted(
        kept,
        key=lambda row: (
            _SIDES.index(row["side"]),
            places.index(row["level"]) if row["level"] in places else len(places),
            _WHERE.index(row["where"]) if row["where"] in _WHERE else len(_WHERE),
        ),
    )


def _picture(findings: Findings, prose: Prose, rows: list[Row]) -> Figure | None:
    words = findings.words
    here = [row for row in rows if row["where"] == "both" and row["level"] != UNKNOWN]
    leveled = [row for row in here if row["level"] != EVERY]
    shown = [
        {
            "group": f"{_who(row, words)} · {name}",
            "answered": tone,
            "share": row[what],
            "low": row[f"{what}_low"],
            "high": row[f"{what}_high"],
        }
        for row in (leveled or here)
        for what, tone, name in (("well", "fast", words("well")), ("ill", "never", words("ill")))
    ]
    if not shown:
        return None
    return figure(
        findings,
        "speak",
        prose.say(
            "Share of those heard or asked who speak {well} of us, and {ill}, with ranges",
            well=colored(words("well"), "deep"),
            ill=colored(words("ill"), "quiet"),
        ),
        lambda width: outcomes(shown, words, width),
        note=prose.say(
            "Wide ranges are the reading model’s: how often it takes one kind of message for "
            "another is only roughly known until you label some."
        ),
        table="advocacy",
    )


def _shares(findings: Findings, prose: Prose, rows: list[Row]) -> Grid | None:
    if not rows:
        return None
    words = findings.words
    by_group: dict[tuple[str, str], dict[str, Row]] = {}
    for row in rows:
        by_group.setdefault((row["side"], row["level"]), {})[row["where"]] = row
    told = {key: places for key, places in by_group.items() if set(places) & set(_WHERE[:2])}
    if not told:
        return None
    heads = [Cell(words("Who"))]
    for place in (words("heard on line"), words("asked whether they would recommend us")):
        heads += [
            Cell(words("People {place}", place=place), "figure"),
            Cell(words("Speak well"), "range"),
            Cell(words("Speak ill"), "range"),
        ]
    return Grid(
        title=prose.say("Who speaks well and who speaks ill, by side and level"),
        heads=tuple(heads),
        rows=tuple(_group(places, words) for places in told.values()),
        table="advocacy",
        note=prose.say(
            "Beside it, what Gallup found among 17,000 people whom it asked: of fully engaged "
            "customers 74% were advocates; of actively disengaged ones 1%, and 14% critics "
            "(Asplund & James 2011). Those who are heard speak more than others, so their shares "
            "stand higher than those of people who are asked; and where nobody was asked, a level "
            "rests in part on what people say."
        ),
    )


def _group(places: dict[str, Row], words: Words) -> tuple[Cell, ...]:
    cells = [Cell(_who(next(iter(places.values())), words))]
    for where in _WHERE[:2]:
        row = places.get(where)
        if row is None:
            cells += [Cell("–", "figure"), Cell("", "range"), Cell("", "range")]
            continue
        cells.append(Cell(words.number(row["people"]), "figure"))
        for what in ("well", "ill"):
            share = words.percent(row[what])
            cells.append(Cell(f"{share} ({_span(row, what, words)})", "range"))
    return tuple(cells)


def _who(row: Row, words: Words) -> str:
    sides = {"customer": words("Customers"), "prospect": words("Prospects")}
    side = sides.get(row["side"], str(row["side"]))
    if row["level"] == EVERY:
        return words("{side}, all", side=side)
    return f"{side} · {level_name(row['level'], words)}"


def level_name(level: str, words: Words) -> str:
    """Return the name of a level, as a reader calls it."""
    named = {
        "fully engaged": words("fully engaged"),
        "engaged": words("engaged"),
        "not engaged": words("not engaged"),
        "actively disengaged": words("actively disengaged"),
        UNKNOWN: words("level unknown"),
    }
    return named.get(level, level)


def _span(row: Row, name: str, words: Words) -> str:
    low, high = (words.number(100 * row[f"{name}_{end}"]) for end in ("low", "high"))
    return low if low == high else f"{low}\u2013{high}"


def _first(findings: Findings, prose: Prose) -> Grid | None:
    needed = ("person_id", "speaks", "place", "side", "level", "evidence")
    rows = sorted(findings.rows("first_voices", needed), key=lambda row: row["place"])
    chosen = [row for row in rows if row["speaks"] == "well"][:_WELL]
    chosen += [row for row in rows if row["speaks"] == "ill"][:_ILL]
    if not chosen:
        return None
    words = findings.words
    critics = any(row["speaks"] == "ill" for row in chosen)
    return Grid(
        title=prose.say("Whom to thank, and whom to answer, by expected money")
        if critics
        else prose.say("Whom to thank, by expected money"),
        heads=(
            Cell(words("Person"), "person"),
            Cell(words("Who")),
            Cell(words("Speaks")),
            Cell(words("Because")),
            Cell(words("Expected a year"), "figure"),
            Cell(words("Range"), "range"),
        ),
        rows=tuple(_voice(row, findings) for row in chosen),
        table="first_voices",
        note=prose.say(
            "Not by followers: how often each recommends or warns, and how many new customers a "
            "recommendation brings here, times what a new customer is worth. A model."
        ),
    )


def _voice(row: Row, findings: Findings) -> tuple[Cell, ...]:
    words = findings.words
    name = excerpt(row.get("name") or row["person_id"], 40)
    speaks = words("well") if row["speaks"] == "well" else words("ill")
    money, span = _amounts(row, findings)
    who = words("Prospect") if row["side"] == "prospect" else words("Customer")
    level = "" if row["level"] == UNKNOWN else f" · {level_name(row['level'], words)}"
    return (
        Cell(name, "person"),
        Cell(f"{who}{level}"),
        Cell(speaks),
        Cell(_because(str(row["evidence"]), words)),
        Cell(money, "figure"),
        Cell(span, "range"),
    )


def _amounts(row: dict[str, Any], findings: Findings) -> tuple[str, str]:
    ends = [row.get(name) for name in ("influence", "low", "high")]
    costs = row["speaks"] == "ill"
    if any(end is None for end in ends) or (costs and float(row["influence"]) >= 0):
        return "–", ""
    words, currency = findings.words, findings.currency
    value, low, high = (words.money(float(end), currency, 0) for end in ends if end is not None)
    return value, words("{low} to {high}", low=low, high=high)


def _because(evidence: str, words: Words) -> str:
    named = {
        "code_used": words("a friend used their code"),
        "code_handed": words("handed out a code"),
        "recommended": words("recommends us"),
        "praised": words("praises us"),
        "would_recommend": words("would recommend us"),
        "complained": words("complains in public"),
        "would_not": words("would not recommend us"),
        "complained_in_survey": words("complained in a survey"),
        "praised_in_survey": words("praised us in a survey"),
    }
    codes = [code for code in evidence.split(", ") if code in named]
    return ", ".join(named[code] for code in codes)


def _basis(findings: Findings, prose: Prose) -> list[Markup]:
    told = []
    if findings.rows("advocacy", ("side", "level")):
        told.append(
            prose.say(
                "Left out: the brand itself, its staff and resellers, accounts that look bought, "
                "the press, people who were paid to post, and what is said to the help desk alone."
            )
        )
    return told
