"""The statement of any ledger: return, cost and RonR from a dataframe of lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.errors import Fault, Problem, nearest
from rapport.estimate import Estimate, Grade, weakest
from rapport.record.engines import Engine
from rapport.record.frames import UNIT, Frame, distinct, whole_sum
from rapport.value.ledger.causes import (
    COSTS,
    FUNCTION_OF,
    FUNCTIONS,
    LINE_OF,
    RESTS,
    RETURNS,
)
from rapport.value.ledger.reading import FAILED, TEXTS, opened
from rapport.value.ledger.rounding import to_cents
from rapport.value.ledger.stating import Bar, Line, Part, Sums
from rapport.value.ledger.sums import cause_chance, moved
from rapport.words import Words

_KINDS = ("return", "cost", "baseline")
_MOST = 20  # distinct wrong values that are told
_OF_LINE = {"acquisition": "marketing", "growth": "marketing", "retention": "service",
            "service": "service"}  # fmt: skip


@dataclass(frozen=True)
class Statement:
    """Return, cost and RonR of one ledger; every cut adds up to the same total, to the cent.

    Parameters
    ----------
    sums
        The lines and their sums.
    baseline
        Margin in the ledger that nothing is credited with.
    """

    sums: Sums
    baseline: Decimal
    _given: Any

    @property
    def lines(self) -> Any:
        """The lines: kind, line, cause, function, amount (decimal), low, high, grade, people."""
        rows = [
            {"kind": each.kind, "line": each.line, "cause": each.cause, "function": each.function,
             **_figures(Part(each.cause, each.exact, each.number))}
            for each in self.sums.lines
        ]  # fmt: skip
        return self._like(rows, ("kind", "line", "cause", "function"))

    @property
    def by_cause(self) -> Any:
        """The return by cause: cause, amount, low, high, grade, people."""
        return self._like(
            [{"cause": p.name, **_figures(p)} for p in self.sums.by_cause], ("cause",)
        )

    @property
    def by_function(self) -> Any:
        """Return less cost by function of the firm: function, amount, low, high, grade, people."""
        rows = [{"function": part.name, **_figures(part)} for part in self.sums.by_function]
        return self._like(rows, ("function",))

    @property
    def returned(self) -> Part:
        """All that came in."""
        return self.sums.returned

    @property
    def cost(self) -> Part:
        """All that was paid."""
        return self.sums.cost

    @property
    def ronr(self) -> Estimate | None:
        """Return on relationship, (return − cost) / cost; None where the ledger has no cost."""
        return self.sums.ronr

    def waterfall(self) -> tuple[Bar, ...]:
        """Return the bars of the picture, from the first line of return to the net."""
        return self.sums.waterfall()

    def text(self, language: str = "en") -> str:
        """Return the statement in a few lines, as a reader of that language writes them."""
        words = Words.of(language)
        named = {name: words(sentence) for name, sentence in LINE_WORDS.items()}
        told = [f"{named[part.name]}: {part.number.text(language)}" for part in self.sums.by_line]
        told.append(words("Return: {amount}", amount=self.returned.number.text(language)))
        if self.ronr is None:
            told.append(words("RonR cannot be told: the ledger has no cost."))
        else:
            told.append(words("Cost: {amount}", amount=self.cost.number.text(language)))
            told.append(words("RonR: {share}", share=self.ronr.text(language)))
        return "\n".join(told)

    def __str__(self) -> str:
        return self.text("en")

    def _like(self, rows: Sequence[Mapping[str, Any]], texts: Sequence[str]) -> Any:
        schema = pa.schema(
            [
                *((name, pa.string()) for name in texts),
                ("amount", pa.decimal128(18, 2)),
                ("low", pa.float64()),
                ("high", pa.float64()),
                ("grade", pa.string()),
                ("people", pa.int64()),
            ]
        )
        return _as_given(self._given, pa.Table.from_pylist(list(rows), schema))


LINE_WORDS = {
    "acquisition": "Acquisition",
    "growth": "Growth",
    "retention": "Retention",
    "service": "Service savings",
    "media": "Media",
    "people": "Staff",
    "tools": "Tools",
    "incentives": "Incentives",
    "content": "Content",
}
"""What each line of the statement is called (messages of the catalogue)."""


def statement(
    ledger: Any,
    *,
    currency: str = "EUR",
    period: str | None = None,
    columns: Mapping[str, str] | None = None,
) -> Statement:
    """Return the statement of a ledger: return, cost and RonR, with ranges.

    Parameters
    ----------
    ledger
        A dataframe of pandas, Polars, PyArrow, DuckDB or Spark, one row for each amount: `amount`
        and `cause` (one of `rapport.value.ledger.causes`, or any with a column `line`). Optional:
        `person` (or `person_id`), `period`, `line`, `function`, `low` and `high` (of the amount; a
        row without them is exact), `grade` (what the row rests on), `kind` ("return", "cost", or
        "baseline" for margin that nothing is credited with).
    currency
        Of all amounts.
    period
        The only period to count; all rows are added when it is not given.
    columns
        Which of your columns is what, where they have other names.

    Raises
    ------
    Problem
        If columns are missing, or hold what a statement cannot have: everything at once.

    Notes
    -----
    return = acquisition + growth + retention + service; RonR = (return − cost) / cost. Errors are
    common within a cause and independent between causes: the range of a cause's sum is the sum of
    its rows' ranges, and the range of the whole comes from draws. Amounts are added as decimals and
    rounded to cents once, by largest remainder, so that lines, causes and functions add up.

    Examples
    --------
    >>> ledger = pa.table({
    ...     "cause": ["referral", "referral", "answer", "media"],
    ...     "amount": [120.10, 79.90, 50.0, 100.0],
    ...     "low": [100.0, 60.0, -10.0, None], "high": [140.0, 100.0, 110.0, None],
    ... })
    >>> made = statement(ledger)
    >>> str(made.returned.exact), str(made.cost.exact)
    ('250.00', '100.00')
    >>> print(made.ronr)
    150% (79% to 223%)
    >>> made.by_function["amount"].to_pylist()[2:]
    [Decimal('200.00'), Decimal('50.00')]
    """
    with opened(ledger, columns or {}) as (engine, frame):
        chosen = frame if period is None else _of_period(engine, frame, period)
        rows = engine.collect(_summed(chosen)).to_pylist()
        people = _people(engine, chosen)
        del frame, chosen
    _check(rows)
    lines = [_line(row, currency, people) for row in rows if row["kind"] != "baseline"]
    rest = sum((row["units"] * UNIT for row in rows if row["kind"] == "baseline"), Decimal(0))
    return Statement(Sums.of(_ranked(lines), currency), to_cents([rest])[0], ledger)


def _summed(frame: Frame) -> Frame:
    return frame.group_by(*TEXTS).agg(
        n=nw.len(),
        units=whole_sum(nw.col("units")),
        low=whole_sum(nw.col("low")),
        high=whole_sum(nw.col("high")),
        missing=whole_sum(nw.col("missing")),
        turned=whole_sum(nw.col("turned")),
    )


def _people(engine: Engine, frame: Frame) -> dict[tuple[str, str], int]:
    """Return how many people stand behind each kind and cause."""
    if "person" not in frame.collect_schema().names():
        return {}
    whom = distinct(frame.filter(~nw.col("person").is_null()).select("kind", "cause", "person"))
    counts = engine.collect(whom.group_by("kind", "cause").agg(n=nw.len())).to_pylist()
    return {(row["kind"], row["cause"]): row["n"] for row in counts}


def _of_period(engine: Engine, frame: Frame, period: str) -> Frame:
    if "period" not in frame.collect_schema().names():
        fault = Fault("There is no column 'period'.", "ledger", "Leave `period` out.")
        raise Problem(FAILED, [fault])
    there = engine.collect(distinct(frame.select("period")))["period"].to_pylist()
    if str(period) not in there:
        known = sorted(str(each) for each in there if each is not None)[:_MOST]
        fault = Fault(f"There is no period '{period}'.", "ledger", nearest(str(period), known))
        raise Problem(FAILED, [fault])
    return frame.filter(nw.col("period") == str(period))


def _check(rows: Sequence[Mapping[str, Any]]) -> None:
    allowed = {
        "kind": _KINDS,
        "line": (*RETURNS, *COSTS),
        "function": FUNCTIONS,
        "grade": tuple(Grade),
    }
    faults = []
    for name, values in allowed.items():
        wrong = {row[name] for row in rows if row[name] is not None and row[name] not in values}
        faults += [
            Fault(f"'{value}' is no {name}.", f"ledger, {name}", nearest(str(value), values))
            for value in sorted(wrong)[:_MOST]
            if not (name == "line" and value in RESTS)
        ]
    nowhere = {str(r["cause"]) for r in rows if r["line"] is None and r["kind"] != "baseline"}
    faults += [
        Fault(
            f"'{cause}' is no cause that a line is known of.",
            "ledger, cause",
            f"{nearest(cause, tuple(LINE_OF))} Or give a column `line`.",
        )
        for cause in sorted(nowhere)[:_MOST]
    ]
    crossed = {r["line"] for r in rows if r["line"] in COSTS and r["kind"] == "return"}
    crossed |= {r["line"] for r in rows if r["line"] in RETURNS and r["kind"] == "cost"}
    faults += [
        Fault(f"'{line}' is of the other kind.", "ledger, kind", "A cost is a line of its own.")
        for line in sorted(crossed)
    ]
    if missing := sum(row["missing"] for row in rows):
        faults.append(Fault(f"{missing} rows have no amount.", "ledger, amount", "Fill them in."))
    if turned := sum(row["turned"] for row in rows):
        what = f"In {turned} rows the amount lies outside low and high."
        faults.append(Fault(what, "ledger, low", "Turn the ends round, or leave them empty."))
    if faults:
        raise Problem(FAILED, faults)


def _line(row: Mapping[str, Any], unit: str, people: Mapping[tuple[str, str], int]) -> Line:
    amount = row["units"] * UNIT
    value, low, high = (float(row[name] * UNIT) for name in ("units", "low", "high"))
    grade = Grade(row["grade"] or ("count" if row["kind"] == "cost" else "assumption"))
    if low == high:
        number = Estimate.exact(value, unit, grade=grade)
    else:
        drawn = value + moved(cause_chance(row["cause"]), high - value, low - value)
        number = Estimate.from_draws(drawn, unit, value=value, grade=grade)
    known = people.get((row["kind"], row["cause"]))
    function = row["function"] or FUNCTION_OF.get(row["cause"]) or _OF_LINE.get(row["line"])
    return Line(
        row["kind"], row["line"], row["cause"], function or "marketing", amount,
        number.based_on(people=known, rows=row["n"]),
    )  # fmt: skip


def _ranked(lines: Sequence[Line]) -> list[Line]:
    names = (*RETURNS, *COSTS)
    return sorted(
        lines, key=lambda each: (names.index(each.line), each.cause, each.function,
                                 weakest([each.number.grade]).value),
    )  # fmt: skip


def _figures(part: Part) -> dict[str, Any]:
    number = part.number
    return {
        "amount": part.exact, "low": number.low, "high": number.high,
        "grade": number.grade.value, "people": number.people,
    }  # fmt: skip


def _as_given(given: Any, made: pa.Table) -> Any:
    """Return the table as the caller's own kind of dataframe."""
    kind = nw.from_native(given).implementation
    if kind.is_pandas():
        return made.to_pandas()
    if kind.is_polars():
        import polars as pl

        return pl.from_arrow(made)
    return made
