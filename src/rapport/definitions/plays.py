"""What the numbers on plays mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "plays_that_pay",
        "Things to do that are expected to pay",
        "Plays of which more money is expected than they are known to cost.",
    ),
    Definition(
        "first_play_money",
        "Expected of the first thing to do",
        "Money a year that the play ranked first is expected to bring, after the costs that are "
        "known. Plays are ranked by expected money, discounted for what it rests on; their people "
        "overlap, so that amounts do not add up.",
        window="year",
        source="Gordon, Moakler & Zettelmeyer 2023",
    ),
)
