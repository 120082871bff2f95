"""What the numbers on platforms mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "platforms_stay",
        "Platforms to stay on",
        "Platforms of which the least they return a year, by what connecting there was found to "
        "cause, is more than they cost.",
        window="year",
    ),
    Definition(
        "platforms_test",
        "Platforms to test",
        "Platforms whose cost lies within the range of what they may return a year, or is not "
        "known: a pause, in some regions or for some weeks, would tell.",
        window="year",
    ),
    Definition(
        "platforms_leave",
        "Platforms to leave",
        "Platforms of which the most they may return a year is less than they cost, every "
        "purchase on a visit from there and every contact spared included.",
        window="year",
    ),
)
