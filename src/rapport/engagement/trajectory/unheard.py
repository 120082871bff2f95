"""How many left because nobody heard them.

After a complaint some leave at once; the others go on buying by their own rhythm. Who is silent
since may be either, so the share who left is what the silence holds beyond what each one's rhythm
explains (a mixture with immune and susceptible people, Maller & Zhou 1996, turned round). It is
counted from a week after the complaint for all alike, heard or not (the landmark method, Anderson,
Cain & Gelber 1983).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import numpy.typing as npt

from rapport.engagement.trajectory.signs import HEARD_WITHIN
from rapport.engagement.trajectory.silence import Habit, still_silent
from rapport.estimate import DRAWS
from rapport.listening.answering.business_hours import seconds
from rapport.listening.answering.waits import HIDDEN
from rapport.record.frames import Frame, day_number, row_number, whole_sum

Array = npt.NDArray[np.float64]

HEARD, UNHEARD = "heard", "not heard"
FOLLOWED = 60  # days people must have been watched after the landmark
GRID = np.linspace(0.0, 1.0, 2001)


def complainants(requests: Frame, buying: Frame, watched: int) -> Frame:
    """Return each customer's first complaint that can be followed, and whether they bought since.

    Parameters
    ----------
    requests
        request_id, person_id, kind, state, opened_on, answered_on; those whose answer is hidden
        are left out.
    buying
        person_id, number (day of an order), each day once.
    watched
        The last day of the record.

    Returns
    -------
    Frame
        person_id, heard, times, spell (buying days after the first, and days from first to last,
        before the landmark), silent (days from the last of them to the landmark), more (days from
        the landmark to `watched`), again (1 for who bought in them).
    """
    waited = seconds(nw.col("answered_on")) - seconds(nw.col("opened_on"))
    known = requests.filter(
        ~nw.col("person_id").is_null()
        & (nw.col("state") != HIDDEN)
        & (nw.col("kind") == "complaint")
    ).select(
        "person_id",
        "request_id",
        "opened_on",
        landmark=(day_number(nw.col("opened_on")) + HEARD_WITHIN).cast(nw.Int64()),
        heard=nw.when((waited <= HEARD_WITHIN * 86_400).fill_null(False))
        .then(nw.lit(HEARD))
        .otherwise(nw.lit(UNHEARD)),
    )
    seen = known.filter(nw.col("landmark") + FOLLOWED <= watched)
    first = seen.with_columns(place=row_number(["person_id"], ["opened_on", "request_id"])).filter(
        nw.col("place") == 1
    )
    days = first.join(buying, on="person_id", how="inner").filter(nw.col("number") <= watched)
    before = nw.col("number") <= nw.col("landmark")
    told = days.with_columns(
        earlier=nw.when(before).then(nw.col("number")), later=(~before).cast(nw.Int64())
    )
    each = told.group_by("person_id", "heard", "landmark").agg(
        times=(nw.len() - whole_sum(nw.col("later")) - 1).cast(nw.Int64()),
        first=nw.col("earlier").min(),
        last=nw.col("earlier").max(),
        again=nw.col("later").max(),
    )
    return each.filter(~nw.col("last").is_null()).select(
        "person_id",
        "heard",
        "times",
        "again",
        spell=nw.col("last") - nw.col("first"),
        silent=nw.col("landmark") - nw.col("last"),
        more=watched - nw.col("landmark"),
    )


def grouped(complainants: Frame) -> Frame:
    """Return how many share a history, weeks rounded: all that the share who left needs."""
    weeks = [(nw.col(name) // 7).alias(name) for name in ("spell", "silent", "more")]
    return (
        complainants.with_columns(*weeks)
        .group_by("heard", "times", "spell", "silent", "more", "again")
        .agg(people=nw.len().cast(nw.Int64()))
    )


@dataclass(frozen=True, slots=True)
class Share:
    """A share of people who left: its most likely value, 90 % range, and possible values."""

    value: float
    low: float
    high: float
    draws: Array
    people: int
    silent: int


def share_left(habit: Habit, cells: dict[str, Array], source: str) -> Share:
    """Return the share of people who left at the landmark.

    Parameters
    ----------
    cells
        times, spell, silent, more (in days), again (0 or 1), people.
    source
        Names where the chance of this share comes from.

    Examples
    --------
    >>> habit = Habit(shape=2.0, scale=60.0, leaving=1 / 5000)
    >>> one = np.ones(2)
    >>> cells = {"times": 8 * one, "spell": 300 * one, "silent": 10 * one, "more": 300 * one,
    ...          "again": np.array([0.0, 1.0]), "people": np.array([40.0, 60.0])}
    >>> round(share_left(habit, cells, "x").value, 1)
    0.4
    """
    quiet = still_silent(habit, cells["times"], cells["spell"], cells["silent"], cells["more"])
    again, people = cells["again"] > 0, cells["people"]
    stays = np.clip(quiet[~again], 1e-9, 1.0)
    with np.errstate(divide="ignore"):
        told = np.log(GRID[:, None] + (1 - GRID)[:, None] * stays) @ people[~again]
        bought = float(people[again].sum())
        told = told + (bought * np.log1p(-GRID) if bought else 0.0)
    weight = np.exp(told - told.max())
    cumulative = np.cumsum(weight) / weight.sum()
    seed = int.from_bytes(hashlib.sha256(source.encode()).digest()[:8], "big")
    even = np.random.default_rng(seed).permutation((np.arange(DRAWS) + 0.5) / DRAWS)
    drawn: Array = np.interp(even, cumulative, GRID)
    low, high = np.interp([0.05, 0.95], cumulative, GRID).tolist()
    best = float(GRID[int(np.argmax(told))])
    return Share(
        best,
        min(low, best),
        max(high, best),
        drawn,
        int(people.sum()),
        int(people[~again].sum()),
    )
