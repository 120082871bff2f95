"""Did what we did work? Audiences with a hold-out, read back as the experiments that they are."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.errors import Problem
from rapport.estimate import EDGE, Estimate, Grade, total
from rapport.impact.experiments.arms import Arm, adjusted, difference, explained
from rapport.impact.experiments.audiences import HELD, SENT, Audiences, Wave
from rapport.impact.experiments.connecting import took_up
from rapport.impact.experiments.groups import shrunk
from rapport.impact.experiments.looking import planned
from rapport.impact.experiments.mismatch import ALARM, mismatch
from rapport.impact.experiments.planning import Spread, detectable, people_for
from rapport.impact.experiments.reading import COLUMNS, arm_sums, arms_of, results
from rapport.impact.experiments.regression import Reading
from rapport.record.frames import Frame, as_number, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps import experiments_connecting as connecting
from rapport.steps.context import Context
from rapport.value.purchases import kept

BEFORE = 180
"""Days before the lot that explain what people would have brought anyway."""
WORKED, HARMED, NOT_SEEN, CANNOT_TELL, EARLY = (
    "worked", "harmed", "not seen", "cannot tell", "too early",
)  # fmt: skip
_OUTCOMES = {"effect": "margin", "orders": "orders", "bought": "bought"}
_PAST = ("past_margin", "past_orders")

EXPERIMENTS = pa.schema(
    [
        ("audience", pa.string()), ("written_on", pa.date32()), ("until", pa.date32()),
        *((name, pa.int64()) for name in ("look", "looks", "sent", "held_out", "lost")),
        ("mismatch", pa.float64()), ("held_mean", pa.float64()),
        *((f"{name}{end}", pa.float64()) for name in _OUTCOMES for end in ("", "_low", "_high")),
        ("plain", pa.float64()), ("explained", pa.float64()), ("detectable", pa.float64()),
        ("aim", pa.float64()), ("people_needed", pa.int64()),
        *((f"total{end}", pa.float64()) for end in ("", "_low", "_high")),
        ("cost", pa.float64()), ("money", pa.string()), ("verdict", pa.string()),
        ("why", pa.string()), ("grade", pa.string()),
    ]
)  # fmt: skip
GROUPS = pa.schema(
    [("audience", pa.string()), ("written_on", pa.date32()), ("level", pa.string()),
     ("people", pa.int64()),
     *((name, pa.float64()) for name in ("effect", "low", "high", "plain", "chance"))]
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Read:
    """One wave as it was read: its row, the readings that it rests on, and who stands behind it."""

    wave: Wave
    row: dict[str, Any]
    reading: Reading | None = None
    people: int = 0


def experiments(context: Context) -> StepResult:
    """Write what each audience with a hold-out brought, and whether it worked."""
    kept_here = Audiences(context.record.root.parent / "audiences")
    try:
        waves = [wave for wave in kept_here.waves() if wave.held_out and wave.sent]
    except Problem as problem:
        return StepResult(untold=(_damaged(problem),))
    last = context.results.facts.get("last_day")
    if not waves or not last or "orders" not in context.results.tables:
        return StepResult(untold=(_nothing(),))
    today = dt.date.fromisoformat(str(last))
    due = {n: wave for n, wave in enumerate(waves) if wave.look(today) is not None}
    sums = _sums(context, kept_here, due, today)
    smallest = context.settings.people.smallest_group
    read = [
        _read(wave, arms_of(sums, n), today, smallest) if n in due else _early(wave)
        for n, wave in enumerate(waves)
    ]
    money = "margin" if context.results.facts.get("money") == "margin" else "revenue"
    rows = [each.row | {"money": money} for each in read]
    groups = [row for n, wave in due.items() for row in _groups(wave, sums, n, smallest)]
    tables = {
        "experiments": context.write("experiments", pa.Table.from_pylist(rows, EXPERIMENTS)),
        "experiment_groups": context.write(
            "experiment_groups", pa.Table.from_pylist(groups, GROUPS)
        ),
    }
    more = connecting.connecting(context, waves, rows, sums)
    return StepResult(
        {**_numbers(read, context.settings.currency), **more.numbers},
        {**tables, **more.tables},
        (*_untold(read), *more.untold),
        facts=more.facts,
    )


def _sums(
    context: Context, kept_here: Audiences, due: Mapping[int, Wave], today: dt.date
) -> pa.Table:
    engine = context.engine
    people = [
        rows.append_column("wave", pa.array([n] * rows.num_rows, pa.int64()))
        for n, wave in due.items()
        for rows in [kept_here.people(wave)]
    ]
    if not people:
        return pa.table({"wave": pa.array([], pa.int64())})
    drawn = engine.table(pa.concat_tables(people))
    drawn = drawn.join(_customers_to_be(context), on="person_id", how="inner")
    spans = [(n, wave.written_on.toordinal(), _days(wave, today)) for n, wave in due.items()]
    columns = [pa.array(column, pa.int64()) for column in zip(*spans, strict=True)]
    before = pa.array([BEFORE] * len(spans), pa.int64())
    waves = engine.table(pa.table([*columns, before], ["wave", "start", "days", "before"]))
    drawn = _took(context, drawn, connecting.lots(context, due, today))
    told = engine.cache(results(drawn, _orders(context), waves))
    return engine.collect(arm_sums(told))


def _took(context: Context, drawn: Frame, lots: pa.Table) -> Frame:
    """Return everybody drawn, and whether they connected as they were invited to."""
    if "connections" not in context.results.tables:
        return drawn.with_columns(connected=nw.lit(0.0))
    return took_up(drawn, context.result("connections"), context.engine.table(lots))


def _customers_to_be(context: Context) -> Frame:
    """Return everybody known today but the brand's own, employees and resellers."""
    table = "people" if "people" in context.results.tables else "links"
    told = context.result(table)
    if table == "people":
        told = told.filter(nw.col("role").is_null() | (nw.col("role") == "person"))
    return distinct(told.select("person_id"))


def _orders(context: Context) -> Frame:
    """Return the orders that count, with their margin, or revenue where no margin is known."""
    share = context.settings.value.margin
    net, margin = as_number(nw.col("net")), as_number(nw.col("margin"))
    if context.results.facts.get("money") != "margin":
        margin = net
    elif share is not None:
        margin = nw.when(nw.col("margin").is_null()).then(net * share).otherwise(margin)
    known = kept(context.result("orders")).filter(~nw.col("person_id").is_null())
    return known.select("person_id", "day", margin=margin.fill_null(0.0))


def _days(wave: Wave, today: dt.date) -> int:
    look = wave.look(today)
    return 0 if look is None else look[1]


def _read(wave: Wave, arms: Mapping[str, Arm], today: dt.date, smallest: int) -> Read:
    look = wave.look(today) or (0, 0)
    row = _start(wave) | {
        "look": look[0],
        "until": wave.written_on + dt.timedelta(days=look[1]),
        "grade": Grade.EXPERIMENT.value,
    }
    sizes = [arms[name].people if name in arms else 0 for name in (SENT, HELD)]
    row["lost"] = wave.sent + wave.held_out - sum(sizes)
    if min(sizes) < smallest:
        return Read(wave, row | {"verdict": CANNOT_TELL, "why": "too few"})
    row["mismatch"] = mismatch(sizes, [wave.sent, wave.held_out])
    if row["mismatch"] < ALARM:
        return Read(wave, row | {"verdict": CANNOT_TELL, "why": "lost unevenly"})
    for name, outcome in _OUTCOMES.items():
        found = planned(adjusted(*_sides(arms, outcome)), wave.looks)
        row |= {name: found.value, f"{name}_low": found.low, f"{name}_high": found.high}
    sides = _sides(arms, "margin")
    found = planned(adjusted(*sides), wave.looks)
    if not found.error > 0:  # nobody bought: that says nothing of how people vary
        return Read(wave, _blank(row) | {"verdict": CANNOT_TELL, "why": "nobody bought"})
    row |= _scale(wave, sides, found, sizes)
    verdicts = {1: WORKED, -1: HARMED, 0: NOT_SEEN}
    return Read(wave, row | {"verdict": verdicts[found.sign], "why": ""}, found, sum(sizes))


def _scale(
    wave: Wave, sides: tuple[Arm, Arm], found: Reading, sizes: Sequence[int]
) -> dict[str, Any]:
    """Return what the effect comes to, and what this test and the next could see."""
    spread = Spread(_sd(sides), explained(*sides))
    held_mean = float(sides[1].mean[0])
    aim = wave.cost if wave.cost else 0.1 * abs(held_mean)
    return {
        "held_mean": held_mean,
        "plain": difference(*sides).value,
        "explained": spread.explained,
        "detectable": detectable(spread, sum(sizes), sizes[1]),
        "aim": aim,
        "people_needed": people_for(spread, aim, wave.share),
        "total": found.value * sizes[0],
        "total_low": found.low * sizes[0],
        "total_high": found.high * sizes[0],
        "cost": None if wave.cost is None else wave.cost * wave.sent,
    }


def _sd(sides: tuple[Arm, Arm]) -> float:
    left = sum(float(arm.spread[0, 0]) for arm in sides)
    return math.sqrt(left / max(sum(arm.people for arm in sides) - 2, 1))


def _sides(arms: Mapping[str, Arm], outcome: str) -> tuple[Arm, Arm]:
    before = tuple(COLUMNS.index(name) for name in _PAST)
    sent, held = (arms[name].with_outcome(COLUMNS.index(outcome), before) for name in (SENT, HELD))
    return sent, held


def _start(wave: Wave) -> dict[str, Any]:
    return {
        "audience": wave.name, "written_on": wave.written_on, "look": 0, "looks": wave.looks,
        "sent": wave.sent, "held_out": wave.held_out, "lost": 0,
    }  # fmt: skip


def _blank(row: dict[str, Any]) -> dict[str, Any]:
    names = {f"{name}{end}" for name in _OUTCOMES for end in ("", "_low", "_high")}
    return {name: value for name, value in row.items() if name not in names}


def _early(wave: Wave) -> Read:
    return Read(wave, _start(wave) | {"verdict": EARLY, "why": EARLY})


def _groups(wave: Wave, sums: pa.Table, number: int, smallest: int) -> list[dict[str, Any]]:
    """Return the effect by what people were on the day of the lot, drawn together."""
    named = sorted(
        {row["level"] for row in sums.select(["wave", "level"]).to_pylist()
         if row["wave"] == number and row["level"]}
    )  # fmt: skip
    found = []
    for level in named:
        arms = arms_of(sums, number, level)
        if all(name in arms and arms[name].people >= smallest for name in (SENT, HELD)):
            reading = planned(adjusted(*_sides(arms, "margin")), wave.looks)
            if reading.error > 0:
                found.append((level, sum(arm.people for arm in arms.values()), reading))
    if len(found) < 2:
        return []
    told = shrunk([reading for _, _, reading in found])
    return [
        {"audience": wave.name, "written_on": wave.written_on, "level": level, "people": people,
         "effect": each.value, "low": planned(each, wave.looks).low,
         "high": planned(each, wave.looks).high, "plain": own.value, "chance": told.chance}
        for (level, people, own), each in zip(found, told.readings, strict=True)
    ]  # fmt: skip


def _numbers(read: Sequence[Read], currency: str) -> dict[str, Estimate]:
    parts = []
    for each in read:
        if each.reading is None:
            continue
        half = (each.row["total_high"] - each.row["total_low"]) / 2
        source = f"experiment {each.wave.name} {each.wave.written_on.isoformat()}"
        parts.append(
            Estimate.normal(each.row["total"], half / EDGE, currency, source=source,
                            grade=Grade.EXPERIMENT)
        )  # fmt: skip
    if not parts:
        return {}
    people = sum(each.people for each in read)
    gain = total(parts).based_on(
        people=people, rows=len(parts), name="experiment_gain", table="experiments"
    )
    return {"experiment_gain": gain}


_WHYS = {
    EARLY: (
        Said("Too little time has passed since it was written."),
        Said("Its first look is due a month after it was written."),
    ),
    "too few": (
        Said("One of its two groups is too small to be compared."),
        Said("Write it for more people, or hold out more of them."),
    ),
    "lost unevenly": (
        Said("More people were lost from one group than chance explains."),
        Said("Look for accounts that were merged, or a list that was changed by hand."),
    ),
    "nobody bought": (
        Said("Nobody in it has bought anything since."),
        Said("Wait for the next look, or add newer orders."),
    ),
}


def _untold(read: Sequence[Read]) -> tuple[Untold, ...]:
    return tuple(
        Untold(Said("Did “{audience}” work?", {"audience": each.wave.name}),
               *_WHYS[each.row["why"]])
        for each in read
        if each.row["why"]
    )  # fmt: skip


def _nothing() -> Untold:
    return Untold(
        Said("Did what we did work?"),
        Said("No audience was written with a hold-out, so there is nobody to compare with."),
        Said("Write the next one with 'rapport audience NAME --hold-out 0.1'."),
    )


def _damaged(problem: Problem) -> Untold:
    said = " ".join(str(fault) for fault in problem.faults)
    return Untold(
        Said("Did what we did work?"),
        Said("The list of audiences is damaged: {why}", {"why": said}),
        Said("Bring audiences/log.jsonl back from a copy, then run again."),
    )
