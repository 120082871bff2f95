"""What a definition is: the words that stand beside a number wherever it is shown."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Definition:
    """One metric.

    Parameters
    ----------
    name
        The key, as `rapport results` prints it.
    title
        A few words for a reader (a message of the catalogue).
    meaning
        One or two sentences: numerator, denominator, whom it counts (a message of the catalogue).
    window
        Over which time: "all" of the record, "horizon" (the lifetime counted), "year".
    source
        Who published the formula; empty for plain counting.
    """

    name: str
    title: str
    meaning: str
    window: str = "all"
    source: str = ""
