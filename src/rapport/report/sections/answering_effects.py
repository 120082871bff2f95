"""What people did after they were answered or not: the picture, and like compared with like."""

from __future__ import annotations

from rapport.report.charts.answering import finite, outcomes
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid
from rapport.report.prose import Prose
from rapport.report.sections.common import figure
from rapport.words import Words


def points_told(value: float, low: float, high: float, words: Words) -> str:
    """Return a difference of shares in points, with its range."""
    shown = [_signed(end, words) for end in (value, low, high)]
    return words("{value} points ({low} to {high})", value=shown[0], low=shown[1], high=shown[2])


def _signed(share: float, words: Words) -> str:
    text = words.number(abs(100 * share), 1)
    if round(abs(100 * share), 1) == 0:
        return text
    return f"+{text}" if share > 0 else f"−{text}"


def _longest(findings: Findings) -> list[Row]:
    rows = findings.rows("outcomes", ("outcome", "answered", "days", "share"))
    days = max((row["days"] for row in rows), default=0)
    kept = [r for r in rows if r["days"] == days and r["people"] >= findings.smallest_group]
    return kept if {row["answered"] for row in kept} >= {"fast", "never"} else []


def outcome_figure(findings: Findings, prose: Prose) -> Figure | None:
    """Return the picture of what people did, by how they were answered; None without."""
    rows = _longest(findings)
    if not rows:
        return None
    words = findings.words
    shown = [
        {
            "group": f"{_did(row['outcome'], words)} · {_how(row['answered'], words)}",
            "answered": row["answered"],
            "share": row["share"],
            "low": row["share_low"],
            "high": row["share_high"],
        }
        for row in rows
    ]
    note = prose.say(
        "Counted from a week after the request, for all alike. These are the shares as they are; "
        "the table beneath compares like with like."
    )
    return figure(
        findings,
        "after",
        prose.say("What people did in the {days} days after", days=rows[0]["days"]),
        lambda width: outcomes(shown, words, width),
        note=note,
        table="outcomes",
    )


def _did(outcome: str, words: Words) -> str:
    told = {
        "bought": words("bought again"),
        "praised": words("praised us"),
        "complained": words("asked or complained again"),
        "left": words("said they leave"),
    }
    return told.get(outcome, outcome)


def _how(answered: str, words: Words) -> str:
    told = {
        "fast": words("answered fast"),
        "slow": words("answered late"),
        "never": words("not answered"),
    }
    return told.get(answered, answered)


def gap_grid(findings: Findings, prose: Prose) -> Grid | None:
    """Return the gaps against people who were not answered, as they are and like with like."""
    rows = [r for r in _longest(findings) if finite(r.get("adjusted"))]
    if not rows:
        return None
    words = findings.words
    return Grid(
        title=prose.say("Against people who were not answered, in points"),
        heads=(
            Cell(words("What they did"), "text"),
            Cell(words("How answered"), "text"),
            Cell(words("People"), "figure"),
            Cell(words("As it is"), "figure"),
            Cell(words("Like with like"), "figure"),
        ),
        rows=tuple(
            (
                Cell(_did(row["outcome"], words)),
                Cell(_how(row["answered"], words)),
                Cell(words.number(row["people"]), "figure"),
                Cell(_ranged(row, "naive", words), "figure"),
                Cell(_ranged(row, "adjusted", words), "figure"),
            )
            for row in rows
        ),
        table="outcomes",
        note=prose.say(
            "Like with like: as many orders before, as lately, the same kind of request. What else "
            "sets these people apart is not in it, so it is no proof that the answer did it."
        ),
    )


def _ranged(row: Row, name: str, words: Words) -> str:
    if not finite(row.get(name)):
        return "–"
    ends = [_signed(row[f"{name}{end}"], words) for end in ("", "_low", "_high")]
    return words("{value} ({low} to {high})", value=ends[0], low=ends[1], high=ends[2])
