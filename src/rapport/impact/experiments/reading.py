"""From the people of audiences and all orders to sums by arm, in the engine.

Everybody who was drawn counts in the arm of the lot, reached or not (intention to treat); orders
count from the day after the lot to the day of the look, and those before it explain what people
would have brought anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import combinations_with_replacement

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.impact.experiments.arms import Arm
from rapport.record.frames import Frame, day_number, whole_sum

COLUMNS = ("margin", "orders", "bought", "past_margin", "past_orders", "connected")
"""What is known of each person drawn, in the order of the sums."""


def results(drawn: Frame, orders: Frame, waves: Frame) -> Frame:
    """Return what each person who was drawn brought after the lot and before it.

    Parameters
    ----------
    drawn
        wave (a whole number), person_id, arm, level, connected (0 or 1).
    orders
        person_id, day (a date), margin (a number).
    waves
        wave, start (day number of the lot), days (after it that count), before (days before it).

    Returns
    -------
    Frame
        wave, arm, level, margin, orders, bought (0 or 1), past_margin, past_orders, connected: one
        row for each person of each wave.
    """
    timed = drawn.join(waves, on="wave", how="inner")
    bought = orders.select("person_id", number=day_number(nw.col("day")), amount=nw.col("margin"))
    since = nw.col("number") - nw.col("start")
    after = (since > 0) & (since <= nw.col("days"))
    earlier = (since <= 0) & (since > -nw.col("before"))
    seen = timed.join(bought, on="person_id", how="inner").filter(after | earlier)
    parts = seen.with_columns(
        is_after=after.cast(nw.Int64()), is_before=earlier.cast(nw.Int64())
    ).with_columns(
        margin_after=nw.col("amount") * nw.col("is_after").cast(nw.Float64()),
        margin_before=nw.col("amount") * nw.col("is_before").cast(nw.Float64()),
    )
    each = parts.group_by("wave", "person_id").agg(
        margin=nw.col("margin_after").sum(),
        orders=whole_sum(nw.col("is_after")),
        past_margin=nw.col("margin_before").sum(),
        past_orders=whole_sum(nw.col("is_before")),
    )
    told = timed.join(each, on=["wave", "person_id"], how="left")
    orders_after = nw.col("orders").fill_null(0)
    return told.select(
        "wave",
        "arm",
        level=nw.col("level").fill_null(""),
        margin=nw.col("margin").fill_null(0.0),
        orders=orders_after.cast(nw.Float64()),
        bought=(orders_after > 0).cast(nw.Float64()),
        past_margin=nw.col("past_margin").fill_null(0.0),
        past_orders=nw.col("past_orders").fill_null(0).cast(nw.Float64()),
        connected=nw.col("connected").cast(nw.Float64()),
    )


def arm_sums(results: Frame) -> Frame:
    """Return sums and sums of products of all columns by wave, arm and level.

    Returns
    -------
    Frame
        wave, arm, level, people, sum_0 … sum_5, product_00 … product_55.
    """
    pairs = list(combinations_with_replacement(range(len(COLUMNS)), 2))
    products = {f"product_{a}{b}": nw.col(COLUMNS[a]) * nw.col(COLUMNS[b]) for a, b in pairs}
    told = results.with_columns(**products)
    return told.group_by("wave", "arm", "level").agg(
        nw.len().alias("people"),
        *(nw.col(name).sum().alias(f"sum_{n}") for n, name in enumerate(COLUMNS)),
        *(nw.col(name).sum().alias(name) for name in products),
    )


def arms_of(sums: pa.Table, wave: int, level: str | None = None) -> dict[str, Arm]:
    """Return the arms of one wave, of all levels together or of one."""
    found: dict[str, Arm] = {}
    for row in sums.to_pylist():
        if row["wave"] != wave or (level is not None and row["level"] != level):
            continue
        arm = _arm(row, range(len(COLUMNS)))
        found[row["arm"]] = found[row["arm"]] + arm if row["arm"] in found else arm
    return found


def _arm(row: dict[str, float], columns: Sequence[int]) -> Arm:
    sums = np.array([row[f"sum_{n}"] for n in columns], float)
    products = np.array(
        [[row[f"product_{min(a, b)}{max(a, b)}"] for b in columns] for a in columns], float
    )
    return Arm.of_sums(int(row["people"]), sums, products)
