"""How content people were, when only some say so: ratings weighted to all who asked."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from rapport.listening.answering.adjusting import share, weighted_share
from rapport.listening.answering.survival import Span
from rapport.record.frames import Frame, whole_sum

GOOD = ("good", "happy", "satisfied", "positive", "yes", "4", "5", "4.0", "5.0", "👍", "bon")
BAD = ("bad", "unhappy", "unsatisfied", "negative", "no", "1", "2", "3", "1.0", "2.0", "3.0", "👎")
CELLS = ("channel", "state", "speed", "reopened")
FEWEST = 30


@dataclass(frozen=True, slots=True)
class Satisfied:
    """The share of content people: of those who rated, weighted to all, and what it could be.

    Parameters
    ----------
    raw, corrected
        Of those who rated; and weighted to all who asked.
    least, most
        If nobody who kept silent was content, and if all of them were (Manski 1989).
    rated, asked
        How many rated, of how many.
    """

    raw: Span
    corrected: Span
    least: float
    most: float
    rated: int
    asked: int


def rating_cells(waits: Frame) -> Frame:
    """Return how many requests share what is known of raters and others alike, and their ratings.

    Ratings of four or five of five, and words like "good", are content; one to three are not;
    what is neither is no rating.

    Parameters
    ----------
    waits
        channel, state, seconds, reopened, rating (as `waits.waited` gives them).

    Returns
    -------
    Frame
        channel, state, speed ("hour", "day", "longer"), reopened (0 or 1), asked, rated, content.
    """
    said = nw.col("rating").str.to_lowercase().str.strip_chars(" ").fill_null("")
    content = said.is_in(list(GOOD)).cast(nw.Int64())
    rated = said.is_in([*GOOD, *BAD]).cast(nw.Int64())
    day = nw.when(nw.col("seconds") <= 86_400).then(nw.lit("day")).otherwise(nw.lit("longer"))
    told = waits.select(
        "channel",
        "state",
        speed=nw.when(nw.col("seconds") <= 3600).then(nw.lit("hour")).otherwise(day),
        reopened=(nw.col("reopened").fill_null(0) > 0).cast(nw.Int64()),
        content=content,
        rated=rated,
    )
    return told.group_by(*CELLS).agg(
        asked=nw.len(), rated=whole_sum(nw.col("rated")), content=whole_sum(nw.col("content"))
    )


def satisfied(cells: Iterable[Mapping[str, Any]]) -> Satisfied | None:
    """Return the share of content people; None where fewer than `FEWEST` rated.

    Only channels on which anybody rated count: elsewhere nobody was asked. Each kind of request
    (channel, answered or not, how fast, reopened) is weighted by how many there were, not by how
    many rated (post-stratification, Holt & Smith 1979). What sets raters apart within a kind is
    not known; `least` and `most` say how far it could go.

    Examples
    --------
    >>> kind = {"channel": "mail", "reopened": 0, "state": "answered"}
    >>> told = satisfied([
    ...     {**kind, "speed": "hour", "asked": 100, "rated": 60, "content": 54},
    ...     {**kind, "speed": "longer", "asked": 100, "rated": 10, "content": 2},
    ... ])
    >>> round(told.raw.value, 2), round(told.corrected.value, 2), told.least, told.most
    (0.8, 0.55, 0.28, 0.93)
    """
    rows = list(cells)
    offered = {row["channel"] for row in rows if row["rated"]}
    rows = [row for row in rows if row["channel"] in offered]
    rated, asked = (int(sum(row[name] for row in rows)) for name in ("rated", "asked"))
    content = int(sum(row["content"] for row in rows))
    if rated < FEWEST:
        return None
    told: dict[Hashable, tuple[float, float]] = {}
    weights: dict[Hashable, float] = {}
    for row in rows:
        key = tuple(row[name] for name in CELLS)
        told[key] = (row["rated"], row["content"])
        weights[key] = row["asked"]
    return Satisfied(
        share(told),
        weighted_share(told, weights),
        content / asked,
        (content + asked - rated) / asked,
        rated,
        asked,
    )
