"""The named numbers on who speaks well and who speaks ill."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.engagement.advocacy.shares import EVERY
from rapport.estimate import Estimate, Grade

TOP = 100
LIKELY = 0.5
"""Somebody is called an advocate, or a critic, when that is more likely than not."""
_SIDES = {"customer": "customers", "prospect": "prospects"}


def numbers(
    shares: Iterable[Mapping[str, Any]], people: pa.Table, currency: str
) -> dict[str, Estimate]:
    """Return the shares of either side who speak well and ill, and what the first hundred bring."""
    made: dict[str, Estimate] = {}
    for row in shares:
        if row["level"] != EVERY or row["where"] != "both":
            continue
        for what in ("well", "ill"):
            name = f"speak_{what}_{_SIDES[row['side']]}"
            made[name] = Estimate(
                row[what], "share", Grade.MODEL, row[f"{what}_low"], row[f"{what}_high"],
                people=row["people"], rows=row["people"], name=name, table="advocacy",
            )  # fmt: skip
    for name, how in (("known_advocates", "speaks_well"), ("known_critics", "speaks_ill_low")):
        many = int((np.asarray(people[how], float) >= LIKELY).sum())
        if not many:
            continue  # nobody sure enough to be called one, which is not the same as nobody
        made[name] = Estimate.exact(
            many, "people", grade=Grade.MODEL, people=many, name=name, table="advocates"
        )
    return made | _hundred(people, currency)


def first(people: pa.Table, count: int = TOP) -> pa.Table:
    """Return the advocates whose words are expected to bring most, the most first."""
    return _ranked(people, "speaks_well", 1.0).slice(0, count)


def last(people: pa.Table, count: int = TOP) -> pa.Table:
    """Return the critics whose words are expected to cost most, the most first.

    To call somebody a critic wrongly does harm, so the low end of the chance must suffice.
    """
    return _ranked(people, "speaks_ill_low", -1.0).slice(0, count)


def first_voices(people: pa.Table, count: int = TOP) -> pa.Table:
    """Return the first advocates and the first critics, in one table: `speaks`, `place`."""
    parts = []
    for speaks, chosen in (("well", first(people, count)), ("ill", last(people, count))):
        places = pa.array(range(1, chosen.num_rows + 1), pa.int64())
        said = pa.array([speaks] * chosen.num_rows, pa.string())
        parts.append(chosen.append_column("speaks", said).append_column("place", places))
    return pa.concat_tables(parts).combine_chunks()


def _ranked(people: pa.Table, how: str, sign: float) -> pa.Table:
    """Return those who are more likely than not to speak so, by money, or else by likelihood."""
    chance = np.asarray(people[how], float)
    money = sign * np.asarray(people["influence"].fill_null(float("nan")), float)
    key = np.where(np.isfinite(money), money, chance)
    chosen = np.flatnonzero(chance >= LIKELY)
    # of people as much alike as rounding can tell, the order is that of their names
    ids = np.array(people["person_id"].take(chosen).to_pylist(), str)
    return people.take(chosen[np.lexsort((ids, -np.round(key[chosen], 9)))])


def _hundred(people: pa.Table, currency: str) -> dict[str, Estimate]:
    best = first(people)
    if not best.num_rows or best["influence"].null_count:
        return {}
    ends = [float(np.asarray(best[name], float).sum()) for name in ("influence", "low", "high")]
    value, low, high = ends
    name = "first_advocates_worth"
    return {
        name: Estimate(
            value, f"{currency} per year", Grade.MODEL, low, high,
            people=best.num_rows, rows=best.num_rows, name=name, table="advocates",
        )
    }  # fmt: skip
