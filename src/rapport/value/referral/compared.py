"""Customers who came with a code against comparable ones who did not: margin and staying.

Schmitt, Skiera & Van den Bulte (2011, "Referral Programs and Customer Value", Journal of Marketing
75) found that referred customers of a bank were worth more. Here each is held against customers who
came in the same quarter, by the same channel, with a first order of about the same size.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import narwhals as nw

from rapport.estimate import Estimate, Grade
from rapport.record.frames import Frame, row_number
from rapport.value.referral.alone import MONTH

CELL = ("quarter", "channel", "size")
SPAN = 180


@dataclass(frozen=True, slots=True)
class Window:
    """Which customers are compared: first orders from `begin` to `end` (day numbers).

    Parameters
    ----------
    small, large
        First orders under `small` are small, from `large` on large.
    """

    begin: int
    end: int
    small: float
    large: float


def newcomer_cells(gains: Frame, orders: Frame, referred: Frame, window: Window) -> Frame:
    """Return how customers of one kind did in the half year after their first order.

    Returns
    -------
    Frame
        coded (1 with a code), quarter, channel, size, people, gain, squares, again (who bought
        again within `SPAN` days).
    """
    keyed = ["number", "source", "purchase_id"]
    ranked = gains.with_columns(place=row_number(["person_id"], keyed))
    first = ranked.filter(nw.col("place") == 1).select(
        "person_id", "source", "purchase_id", first=nw.col("number"), begun=nw.col("gain")
    )
    there = first.filter((nw.col("first") >= window.begin) & (nw.col("first") <= window.end))
    where = orders.select("source", "purchase_id", channel=nw.col("channel").fill_null(""))
    coded = referred.filter(nw.col("brought")).select("person_id", coded=nw.lit(1).cast(nw.Int64()))
    known = there.join(where, on=["source", "purchase_id"], how="inner").join(
        coded, on="person_id", how="left"
    )
    size = nw.when(nw.col("begun") < window.small).then(nw.lit("small"))
    large = (
        nw.when(nw.col("begun") < window.large).then(nw.lit("middle")).otherwise(nw.lit("large"))
    )
    later = gains.join(known.select("person_id", "first"), on="person_id", how="inner").filter(
        nw.col("number") <= nw.col("first") + SPAN
    )
    sums = later.group_by("person_id").agg(
        gain=nw.col("gain").sum(),
        again=(nw.col("number") > nw.col("first")).cast(nw.Int64()).max(),
    )
    quarter = ((nw.col("first") - window.begin).cast(nw.Float64()) / (3 * MONTH)).floor()
    cells = known.join(sums, on="person_id", how="inner").select(
        nw.col("coded").fill_null(0),
        "channel",
        "gain",
        "again",
        quarter=quarter.cast(nw.Int64()),
        size=size.otherwise(large),
        square=nw.col("gain") * nw.col("gain"),
    )
    return cells.group_by("coded", *CELL).agg(
        people=nw.len().cast(nw.Int64()),
        gain=nw.col("gain").sum(),
        squares=nw.col("square").sum(),
        again=nw.col("again").sum().cast(nw.Int64()),
    )


@dataclass(frozen=True, slots=True)
class MeanGap:
    """How much more the referred brought, as it is and among like customers; who was compared."""

    naive: Estimate
    adjusted: Estimate
    compared: int
    alone: int


def mean_gap(cells: Iterable[Mapping[str, Any]], unit: str) -> MeanGap | None:
    """Return the gap in gain by exact stratification; None where nobody can be compared.

    Each stratum counts as it has referred customers; its variance is that of two means.

    Examples
    --------
    >>> def cell(coded, size, people, each):
    ...     return {"coded": coded, "quarter": 0, "channel": "shop", "size": size,
    ...             "people": people, "gain": people * each, "squares": people * (each**2 + 25)}
    >>> like = [cell(1, "large", 40, 60.0), cell(1, "small", 10, 20.0),
    ...         cell(0, "large", 50, 55.0), cell(0, "small", 450, 15.0)]
    >>> found = mean_gap(like, "EUR")
    >>> round(found.naive.value), round(found.adjusted.value)
    (33, 5)
    """
    groups: dict[int, dict[tuple[Any, ...], Mapping[str, Any]]] = {0: {}, 1: {}}
    for row in cells:
        groups[int(row["coded"])][tuple(row[name] for name in CELL)] = row
    shared = [key for key in groups[1] if key in groups[0]]
    compared = sum(groups[1][key]["people"] for key in shared)
    if not compared:
        return None
    pooled = _pooled(row for group in groups.values() for row in group.values())
    value = spread = 0.0
    for key in shared:
        weight = groups[1][key]["people"] / compared
        for sign, group in ((1, 1), (-1, 0)):
            row = groups[group][key]
            value += sign * weight * row["gain"] / row["people"]
            spread += weight**2 * pooled / row["people"]
    means, errors = zip(*(_mean(groups[group].values()) for group in (1, 0)), strict=True)
    everybody = sum(row["people"] for row in groups[1].values())
    return MeanGap(
        Estimate.normal(
            means[0] - means[1], math.sqrt(sum(errors)), unit,
            source="referred naive", grade=Grade.COUNT,
        ),
        Estimate.normal(
            value, math.sqrt(spread), unit, source="referred adjusted", grade=Grade.ADJUSTED
        ),
        int(compared),
        int(everybody - compared),
    )  # fmt: skip


def _pooled(rows: Iterable[Mapping[str, Any]]) -> float:
    """Return the variance within cells, of all together."""
    inside = freedom = 0.0
    for row in rows:
        inside += max(row["squares"] - row["gain"] ** 2 / row["people"], 0.0)
        freedom += row["people"] - 1
    return inside / max(freedom, 1.0)


def _mean(rows: Iterable[Mapping[str, Any]]) -> tuple[float, float]:
    told = list(rows)
    people, gain, squares = (
        float(sum(r[name] for r in told)) for name in ("people", "gain", "squares")
    )
    mean = gain / people
    return mean, max(squares / people - mean**2, 0.0) / max(people - 1, 1.0)
