"""What each known advocate and critic is worth: rates, yields and money, one row a person."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from typing import TYPE_CHECKING

import narwhals as nw
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapport.engagement.advocacy.influence import (
    Rate,
    Yield,
    net,
    rate,
    reading_error,
    relative_error,
    weights,
    worth,
)
from rapport.engagement.advocacy.reading import ENDS
from rapport.engagement.advocacy.voices import COUNTS, RECOMMENDS, WARNS, WINDOW
from rapport.record.frames import Frame, day_number
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.value.word_of_mouth.recall import corrected
from rapport.value.word_of_mouth.told import answers

if TYPE_CHECKING:
    from rapport.steps.advocates import Heard

SCHEMA = pa.schema(
    [
        *((name, pa.string()) for name in ("person_id", "side", "level")),
        *((name, pa.float64()) for name in ("speaks_well", "speaks_ill", "speaks_ill_low")),
        *((name, pa.bool_()) for name in ("online", "offline")),
        *((name, pa.float64()) for name in ("influence", "low", "high")),
        ("evidence", pa.string()),
        *((name, pa.int64()) for name in ("messages", "handed", "used", "reached")),
        ("score", pa.float64()),
    ]
)
_FEWEST = 20
"""New customers who must have said what brought them before their words count."""
_SEED = 20_261_128
_SURE = 0.5
Numbers = NDArray[np.float64]


def yields(context: Context, last: dt.date) -> tuple[float, float, float, float] | None:
    """Return new customers whom friends bring in a year, without codes, and what one is worth.

    Returns
    -------
    tuple or None
        Customers, the relative error of that, money a customer, the relative error of that. None
        where new customers do not say what brought them, or their worth is not known.
    """
    money = context.results.numbers.get("new_customer_value")
    if money is None or not np.isfinite(money.value) or money.value <= 0:
        return None
    if not context.holds("answer") or not context.results.tables.get("customers"):
        return None
    begin = last - dt.timedelta(days=WINDOW)
    said = answers(context.facts("answer"), links_of(context))
    recent = said.filter(nw.col("number") > begin.toordinal())
    counted = context.engine.collect(recent.group_by("told").agg(n=nw.len())).to_pylist()
    kinds = Counter({row["told"]: int(row["n"]) for row in counted})
    if kinds.total() < _FEWEST:
        return None
    fresh = context.result("customers").filter(
        day_number(nw.col("first_order")) > begin.toordinal()
    )
    (new,) = context.engine.collect(fresh.select(n=nw.len())).column("n").to_pylist()
    share = corrected(kinds, {}, seed=_SEED).share
    low, value, high = np.quantile(share, [0.05, 0.5, 0.95])
    error = relative_error(float(value), float(low), float(high))
    worth_error = relative_error(money.value, money.low, money.high)
    return float(value) * new, error, float(money.value), worth_error


def listed(
    context: Context,
    heard: Heard,
    reach: Frame,
    paid: tuple[float, float, float, float] | None,
) -> pa.Table:
    """Return everybody of whom a sign is known, with what their words are expected to bring."""
    engine = context.engine
    joined = heard.known.join(reach, on="person_id", how="left").with_columns(
        reached=nw.col("reached").fill_null(0)
    )
    people = engine.collect(joined)
    sizes = {
        (row["side"], row["level"]): int(row["n"])
        for row in engine.collect(heard.stand.group_by("side", "level").agg(n=nw.len())).to_pylist()
    }
    well, ill, ill_low = _chances(people)
    columns = {name: people[name] for name in ("person_id", "side", "level", "online", "offline")}
    columns |= {"speaks_well": pa.array(well), "speaks_ill": pa.array(ill)}
    columns |= {"speaks_ill_low": pa.array(ill_low)}
    columns |= {name: people[name] for name in ("messages", "handed", "used", "reached", "score")}
    columns["evidence"] = pa.array(_evidence(people), pa.string())
    ends = _influence(people, sizes, paid)
    names = ("influence", "low", "high")
    columns |= dict(zip(names, ends, strict=True))
    return pa.table({name: columns[name] for name in SCHEMA.names}).cast(SCHEMA)


def _chances(people: pa.Table) -> tuple[Numbers, Numbers, Numbers]:
    """Return how likely each speaks well and not ill, and the contrary, and its low end."""
    names = ("well", "ill", "ill_low", "well_high")
    well, ill, ill_low, well_high = (np.asarray(people[name], float) for name in names)
    return well * (1 - ill), ill * (1 - well), ill_low * (1 - well_high)


def _influence(
    people: pa.Table,
    sizes: dict[tuple[str, str], int],
    paid: tuple[float, float, float, float] | None,
) -> tuple[pa.Array, ...]:
    if paid is None:
        nothing = pa.nulls(people.num_rows, pa.float64())
        return nothing, nothing, nothing
    names = list(sizes)
    place = {name: k for k, name in enumerate(names)}
    pairs = zip(people["side"].to_pylist(), people["level"].to_pylist(), strict=True)
    group = np.array([place[pair] for pair in pairs], np.int64)
    many = np.array([sizes[name] for name in names], float)
    each = weights(people["messages"], people["reached"])
    spoken = {name: _rates(people, name, group, many) for name in COUNTS}
    used = _rate(np.asarray(people["used"], float), group, many)
    whole = float((spoken["recommended"][0].mean * many).sum())
    customers, customers_error, money, money_error = paid
    bought = Yield(customers / max(whole, 1e-9), customers_error, money, money_error)
    parts = []
    for name in COUNTS:
        found, error = spoken[name]
        counts = np.asarray(people[name], float)
        parts.append(worth(found.of(group, counts) * each, found.ends(counts), error, bought))
    handed = np.asarray(people["used"], float)
    coded = Yield(1.0, 0.0, money, money_error)
    by_code = worth(used.of(group, handed), used.ends(handed), np.zeros(len(handed)), coded)
    whole_worth = net([parts[0], by_code], parts[1])
    ends = (whole_worth.value, whole_worth.low, whole_worth.high)
    return tuple(pa.array(end, pa.float64()) for end in ends)


def _rates(
    people: pa.Table, name: str, group: NDArray[np.int64], many: Numbers
) -> tuple[Rate, Numbers]:
    """Return the rate of each group, and each person's relative error by misreading."""
    counts = {end: np.asarray(people[f"{name}{end}"], float) for end in ENDS}
    found = _rate(counts[""], group, many)
    low, high = (found.of(group, counts[end]) for end in ENDS[1:])
    return found, reading_error(low, high)


def _rate(counts: Numbers, group: NDArray[np.int64], many: Numbers) -> Rate:
    total = np.bincount(group, weights=counts, minlength=len(many))
    squares = np.bincount(group, weights=counts**2, minlength=len(many))
    return rate(many, total, squares, WINDOW / 365)


def _evidence(people: pa.Table) -> list[str]:
    """Return the signs of each person, as codes, the strongest first."""
    recommended = np.asarray(people["recommended_low"], float) >= _SURE / 2
    well = np.asarray(people["on_well"], float) >= _SURE
    ill = np.asarray(people["on_ill"], float) >= _SURE
    wrote = np.asarray(people["off_messages"].fill_null(0), float) > 0
    score = np.asarray(people["score"].fill_null(float("nan")), float)
    handed, used = (np.asarray(people[name], float) > 0 for name in ("handed", "used"))
    off_ill, off_well = (people[f"off_{name}"].fill_null(0) for name in ("ill", "well"))
    low_score, high_score = score <= WARNS, score >= RECOMMENDS
    signs = (
        ("code_used", used),
        ("code_handed", handed & ~used),
        ("recommended", recommended),
        ("praised", well & ~recommended),
        ("would_recommend", high_score),
        ("complained", ill),
        ("would_not", low_score),
        ("complained_in_survey", wrote & (np.asarray(off_ill, float) >= _SURE) & ~low_score),
        ("praised_in_survey", wrote & (np.asarray(off_well, float) >= _SURE) & ~high_score),
    )
    made = [[] for _ in range(people.num_rows)]  # type: list[list[str]]
    for code, here in signs:
        for row in np.flatnonzero(here):
            made[row].append(code)
    return [", ".join(codes) for codes in made]
