"""What the letter says of motives: who was asked, what behaviour is worth, what each answers to."""

from __future__ import annotations

from markupsafe import Markup

from rapport.engagement.motives.agreement import AGREES, NOT, WEAKLY
from rapport.engagement.motives.chances import MOTIVES
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Grid
from rapport.report.prose import Prose
from rapport.report.sections.content import level_name
from rapport.words import Words

NUMBERS = (
    "asked_for_motives",
    *(f"come_for_{motive}_{side}" for side in ("customers", "prospects") for motive in MOTIVES),
    "people_with_motive",
)
_SIDES = ("customer", "prospect")
_LIFTS = 2


def motives_grid(findings: Findings, prose: Prose) -> Grid | None:
    """Return what people come for, as they say and as they show; None where nobody was asked."""
    shares = {
        (row["side"], row["motive"]): row
        for row in findings.rows("motive_shares", ("side", "motive", "share", "low", "high"))
    }
    if not shares:
        return None
    told = {row["motive"]: row for row in findings.rows("motives_told", ("motive", "behaviour"))}
    words, named = findings.words, motive_names(findings.words)
    sides = [side for side in _SIDES if any(key[0] == side for key in shares)]
    heads = {
        "customer": words("Customers who say so"),
        "prospect": words("Prospects who say so"),
    }
    lifts = _lifts(findings)

    def first(motive: str) -> float:
        return float(max(row["share"] for key, row in shares.items() if key[1] == motive))

    asked = [motive for motive in MOTIVES if any(key[1] == motive for key in shares)]
    return Grid(
        title=prose.say("What people come to us for"),
        heads=(
            Cell(words("Motive")),
            *(Cell(heads[side], "range") for side in sides),
            Cell(words("Not asked, by what they do"), "figure"),
            Cell(words("Does behaviour tell it?")),
            Cell(words("Answers to")),
        ),
        rows=tuple(
            (
                Cell(named[motive]),
                *(Cell(_share(shares.get((side, motive)), words), "range") for side in sides),
                Cell(_shown(told.get(motive), words), "figure"),
                Cell(_verdict(told.get(motive), words)),
                Cell(_answers(lifts.get(motive, []), words)),
            )
            for motive in sorted(asked, key=first, reverse=True)
        ),
        table="motive_shares",
        note=prose.say(
            "Several may be chosen. Shares are of all customers, and of all prospects, with the "
            "range that holds the truth nine times in ten. Behaviour is held to what people say: "
            "of two people, one who says so and one who does not, how often it ranks the first "
            "above the second; .5 is chance. The last column says what those with a motive respond "
            "to oftener than others: what goes with it, not what it causes."
        ),
    )


def motive_names(words: Words) -> dict[str, str]:
    """Return how motives are called."""
    return {
        "help": words("help and advice"),
        "information": words("information"),
        "belonging": words("belonging"),
        "saving": words("money saved"),
        "self_expression": words("self-expression"),
        "being_heard": words("being heard"),
        "doing_good": words("doing good"),
    }


def _share(row: Row | None, words: Words) -> str:
    if row is None:
        return "–"
    low, high = (words.number(100 * row[end]) for end in ("low", "high"))
    span = low if low == high else f"{low}\u2013{high}"
    return f"{words.percent(row['share'])} ({span})"


def _shown(row: Row | None, words: Words) -> str:
    told = row["told"] if row else None
    return words.number(told) if told else "–"


def _verdict(row: Row | None, words: Words) -> str:
    if row is None or row.get("auc") is None:
        return words("not checked")
    auc = words.number(row["auc"], 2)
    if row["behaviour"] == AGREES:
        return words("yes ({auc})", auc=auc)
    if row["behaviour"] == WEAKLY:
        return words("a little ({auc})", auc=auc)
    return words("no ({auc})", auc=auc)


def _lifts(findings: Findings) -> dict[str, list[Row]]:
    """Return what those with each motive respond to oftener, for sure, the most first."""
    rows = findings.rows("motive_answers", ("motive", "dimension", "value", "lift", "low"))
    found: dict[str, list[Row]] = {}
    for row in sorted(rows, key=lambda row: -row["lift"]):
        if row["low"] > 1:
            found.setdefault(row["motive"], []).append(row)
    return found


def _answers(rows: list[Row], words: Words) -> str:
    told = [
        words("{what} ({times} times)", what=_what(row, words), times=words.number(row["lift"], 1))
        for row in rows[:_LIFTS]
    ]
    return ", ".join(told) or "–"


def _what(row: Row, words: Words) -> str:
    value = str(row["value"])
    if row["dimension"] == "price":
        return words("reduced prices") if value == "reduced" else words("full prices")
    name = level_name(value, words)
    if row["dimension"] == "goal":
        return words("posts {goal}", goal=name)
    return words("posts of this form: {form}", form=name)


def motives_basis(findings: Findings, prose: Prose) -> list[Markup]:
    """Return where motives are told from: people asked, behaviour, or both."""
    rows = findings.rows("motives_told", ("motive",))
    words, asked = findings.words, findings.number("asked_for_motives")
    shown = sorted((row for row in rows if row.get("told")), key=lambda row: -row["told"])
    named = motive_names(words)
    motives = ", ".join(
        f"{named[row['motive']]} ({words.number(row['told'])})"
        for row in shown
        if row["motive"] in named
    )
    if asked is None:
        if not motives:
            return []
        return [
            prose.say(
                "Why people are there, as far as what they do shows it more than is usual: "
                "{motives}. Nobody was asked, so a motive is an inference.",
                motives=motives,
            )
        ]
    said = [
        prose.say(
            "Why people are there was asked of {people}, and what each said counts, before what "
            "they seem to do.",
            people=prose.counted(asked),
        )
    ]
    if motives:
        said.append(
            prose.say(
                "Of those who were not asked, what they do shows this more than is usual: "
                "{motives}. That is an inference.",
                motives=motives,
            )
        )
    silent = [named[row["motive"]] for row in rows if row.get("behaviour") == NOT]
    if silent:
        said.append(
            prose.say(
                "Behaviour says nothing of these motives, held to what people say: {motives}. Of "
                "those who were not asked we cannot tell them.",
                motives=", ".join(silent),
            )
        )
    return said
