"""A shop that never was: results as a run would write them, drawn from a fixed seed."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from functools import cache
from html.parser import HTMLParser
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from deltalake import write_deltalake

from rapport.estimate import Estimate
from rapport.report.letter import write_letter
from rapport.results import Results, Said, StepResult, Untold

VOID = {"meta", "br", "link", "img", "hr", "input"}
FIRST, LAST = dt.date(2023, 1, 9), dt.date(2024, 12, 18)
RECORD = {
    "rows_in": 541_909,
    "rows_kept": 525_461,
    "rows_aside": 16_448,
    "loads": [
        {
            "load_id": "a1",
            "file": "online_retail.csv.gz",
            "source": "table",
            "rows_in": 541_909,
            "rows_kept": 525_461,
            "rows_aside": 16_448,
            "reasons": {"no_price": 2_515, "not_goods": 13_933},
        }
    ],
}


def months(first: dt.date, count: int) -> list[dt.date]:
    """Return the first days of `count` months in a row."""
    start = first.year * 12 + first.month - 1
    return [dt.date((start + k) // 12, (start + k) % 12 + 1, 1) for k in range(count)]


def plausible_tables(seed: int = 7, cohorts: int = 24) -> dict[str, pa.Table]:
    """Return every table that the letter reads, as a middling shop's would look."""
    rng = np.random.default_rng(seed)
    return {
        "revenue_by_month": _revenue(rng, cohorts),
        "retention": _retention(rng, cohorts),
        "concentration": _concentration(),
        "lifetime_by_cohort": _by_cohort(rng, max(1, cohorts // 3)),
        "lifetime_by_group": _by_group(),
        "drifting": _drifting(rng, 312),
        "alive_histogram": _alive(),
        "model_choice": _models(),
        "tracking": _tracking(rng),
        "customers": pa.table({"person_id": ["p1", "p2"], "revenue": [10.0, 20.0]}),
        "orders": pa.table({"purchase_id": ["o1", "o2"], "revenue": [10.0, 20.0]}),
        "lifetime": pa.table({"person_id": ["p1", "p2"], "lifetime_value": [3.0, 4.0]}),
    }


def plausible_numbers() -> dict[str, Estimate]:
    """Return the named numbers of the same shop."""
    E = Estimate
    people: dict[str, Any] = {"people": 4_372, "rows": 18_532}
    orders = {**people, "table": "orders"}
    worth, leaving = {**people, "table": "lifetime"}, {**people, "table": "drifting"}
    known, curve = {**people, "table": "customers"}, {**people, "table": "concentration"}
    cohorts = {**people, "table": "retention"}
    made = {
        "revenue": E.exact(8_911_407.9, "EUR", **orders),
        "orders": E.exact(18_532, "orders", **orders),
        "customers": E.exact(4_372, "customers", **known),
        "average_order_value": E.normal(480.87, 21.3, "EUR per order", source="o", **orders),
        "orders_per_customer": E.normal(4.24, 0.11, "orders per customer", source="c", **people),
        "revenue_per_customer": E.normal(1898.46, 124, "EUR per customer", source="r", **people),
        "repeat_rate": E.of_share(2_871, 4_372, source="rr", **known),
        "days_between_orders": E.normal(34.2, 0.9, "days", source="g", **orders),
        "returning_revenue_share": E.normal(0.71, 0.012, "share", source="rs", **orders),
        "top_tenth_share": E.normal(0.612, 0.031, "share", source="t", **curve),
        "known_share": E.exact(0.863, "share", **orders),
        "returned_share": E.exact(0.058, "share", **orders),
        "unmatched_returns": E.exact(1_204, "rows", table="orders"),
        "retention_month_3": E.of_share(912, 4_101, source="m3", **cohorts),
        "active_customers": E.normal(2_742, 61, "customers", source="a", **worth),
        "active_share": E.normal(0.627, 0.014, "share", source="a", **worth),
        "orders_next_year": E.normal(9_120, 240, "orders", source="n", **worth),
        "lifetime_value": E.normal(1_247.2, 71, "EUR per customer", source="v", **worth),
        "customer_equity": E.normal(5_452_758, 310_400, "EUR", source="v", **worth),
        "new_customer_value": E.normal(1_104.5, 58, "EUR", source="w", **worth),
        "drifting_customers": E.normal(312, 19, "customers", source="d", **leaving),
        "value_at_risk": E.normal(418_300, 31_000, "EUR", source="d", **leaving),
        "top_tenth_equity_share": E.normal(0.574, 0.02, "share", source="e", **worth),
    }  # fmt: skip
    return {name: number.based_on(name=name) for name, number in made.items()}


FACTS = {
    "currency": "EUR",
    "first_day": FIRST.isoformat(),
    "last_day": LAST.isoformat(),
    "smallest_group": 10,
    "money": "margin",
    "margin_share": 0.42,
    "discount_rate": 0.10,
    "horizon_months": 36,
    "model": "MBG/NBD",
    "contract": False,
}
UNTOLD = (
    Untold(
        Said("What does it cost to win a customer?"),
        Said("The record holds no spend."),
        Said("Daily spend by channel would tell."),
    ),
)
WARNINGS = (Said("{n} orders have no customer.", {"n": 3_710}),)


class Page(HTMLParser):
    """What a browser would make of the letter."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.open: list[str] = []
        self.ids: list[str] = []
        self.hrefs: list[str] = []
        self.attributes: set[str] = set()
        self.said: list[str] = []
        self.feed(text)
        assert not self.open, f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        found = dict(attrs)
        self.attributes |= set(found)
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if found.get("href"):
            self.hrefs.append(str(found["href"]))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self.open[-1:] != ["style"]:
            self.said.append(data)

    @property
    def text(self) -> str:
        """Everything that is read."""
        return re.sub(r"[ \n]+", " ", "".join(self.said))


@pytest.fixture
def shop() -> SimpleNamespace:
    """The plausible shop: its tables, numbers, facts, and what the record holds."""
    return SimpleNamespace(
        tables=plausible_tables(), numbers=plausible_numbers(), facts=dict(FACTS), record=RECORD
    )


@pytest.fixture
def written_results(tmp_path: Path) -> Callable[..., Results]:
    """Return a function that writes results; by default those of a plausible shop."""

    def write(**given: Any) -> Results:
        return write_results(tmp_path / "results", **given)

    return write


@pytest.fixture
def letter(tmp_path: Path) -> Callable[..., tuple[Page, str]]:
    """Return a function that writes a letter and returns it as a page and as text."""

    def write(
        language: str = "en", brand: str = "Maison", record: Any = None, **given: Any
    ) -> tuple[Page, str]:
        written = write_letter(
            write_results(tmp_path / "results", **given),
            brand=brand,
            language=language,
            out=tmp_path / "letter.html",
            record_summary=RECORD if record is None else record,
        )
        text = written.read_text("utf-8")
        return Page(text), text

    return write


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], tuple[Page, Path]]:
    """Return a function that gives the plausible shop's letter in a language, written once."""
    folder = tmp_path_factory.mktemp("whole")
    results = write_results(folder / "results")

    @cache
    def read(language: str) -> tuple[Page, Path]:
        out = write_letter(
            results,
            brand="Maison",
            language=language,
            out=folder / f"letter_{language}.html",
            record_summary=RECORD,
        )
        return Page(out.read_text("utf-8")), out

    return read


def write_results(
    folder: Path,
    *,
    numbers: dict[str, Estimate] | None = None,
    tables: dict[str, pa.Table] | None = None,
    facts: dict[str, Any] | None = None,
    untold: tuple[Untold, ...] = UNTOLD,
    warnings: tuple[Said, ...] = WARNINGS,
    rests_since: dt.date | None = None,
) -> Results:
    """Write results as one step would have left them."""
    results = Results(folder)
    tables = plausible_tables() if tables is None else tables
    for name, table in tables.items():
        write_deltalake(results.path(name), table)
    result = StepResult(
        numbers=plausible_numbers() if numbers is None else numbers,
        tables={name: table.num_rows for name, table in tables.items()},
        untold=untold,
        warnings=warnings,
        facts=FACTS if facts is None else facts,
    )
    results.save("worth", "fingerprint", result)
    if rests_since is not None:
        results.see(["worth"], {"last": rests_since.isoformat()})
        results.renew("worth", "changed", rests=True)
    return results


def _revenue(rng: np.random.Generator, count: int) -> pa.Table:
    season = 1 + 0.35 * np.cos(2 * np.pi * (np.arange(count) - 10.5) / 12)
    returning = 60_000 * season * np.linspace(0.3, 4.2, count) * rng.normal(1, 0.07, count)
    new = 90_000 * season * rng.normal(1, 0.1, count)
    unknown = 38_000 * season * rng.normal(1, 0.1, count)
    orders = np.round((returning + new + unknown) / 480).astype(int)
    return pa.table(
        {
            "month": months(FIRST, count),
            "new": new,
            "returning": returning,
            "unknown": unknown,
            "orders": orders,
            "customers": np.round(orders * 0.8).astype(int),
        }
    )


def _retention(rng: np.random.Generator, count: int) -> pa.Table:
    rows = []
    for k, cohort in enumerate(months(FIRST, count)):
        size = int(rng.integers(90, 420)) + (500 if k == 0 else 0)
        for month in range(count - k):
            share = 1.0 if month == 0 else 0.34 * (month + 1) ** -0.35 * rng.normal(1, 0.12)
            active = int(np.clip(share, 0, 1) * size)
            rows.append({"cohort": cohort, "month": month, "customers": size, "active": active})
    return pa.Table.from_pylist(rows)


def _concentration() -> pa.Table:
    share = np.linspace(0, 1, 101)
    return pa.table({"customers_share": share, "revenue_share": 1 - (1 - share**0.9) ** 8.5})


def _by_cohort(rng: np.random.Generator, count: int) -> pa.Table:
    quarters = [month for month in months(FIRST, 3 * count) if month.month % 3 == 1]
    value = np.linspace(1700, 820, len(quarters)) * rng.normal(1, 0.06, len(quarters))
    half = np.linspace(90, 210, len(quarters))
    return pa.table(
        {
            "cohort": quarters,
            "customers": rng.integers(250, 900, len(quarters)),
            "alive_share": np.linspace(0.5, 0.8, len(quarters)),
            "value": value,
            "low": value - half,
            "high": value + half * 1.2,
        }
    )


def _by_group() -> pa.Table:
    rows = [
        ("segment", "repeat", 2_871, 1_702.0, 1_610.0, 1_812.0),
        ("segment", "one-time", 1_501, 377.0, 331.0, 432.0),
        ("channel", "web", 3_004, 1_310.0, 1_240.0, 1_391.0),
        ("channel", "store", 1_361, 1_109.0, 1_020.0, 1_201.0),
        ("channel", "fair", 7, 99_999.0, 99_998.0, 100_000.0),
    ]
    names = ("dimension", "group", "customers", "value", "low", "high")
    made = [dict(zip(names, row, strict=True)) for row in rows]
    for row in made:
        row.update(
            {
                "total": row["value"] * row["customers"],
                "total_low": row["low"] * row["customers"],
                "total_high": row["high"] * row["customers"],
            }
        )
    return pa.Table.from_pylist(made)


def _drifting(rng: np.random.Generator, count: int) -> pa.Table:
    gap = rng.gamma(4, 7, count) + 3
    silent = np.round(gap * rng.uniform(3, 9, count)).astype(int)
    return pa.table(
        {
            "person_id": [f"{k:032x}" for k in rng.integers(1e9, 9e18, count)],
            "last_order": [LAST - dt.timedelta(days=int(days)) for days in silent],
            "orders": rng.integers(4, 60, count),
            "usual_gap_days": gap,
            "silent_days": silent,
            "alive": rng.uniform(0.01, 0.49, count),
            "value_at_risk": rng.lognormal(6.6, 1.1, count),
            "lifetime_value": rng.lognormal(5.5, 1.1, count),
        }
    )


def _alive() -> pa.Table:
    low = np.round(np.linspace(0, 0.95, 20), 2)
    high = np.round(low + 0.05, 2)
    customers = np.array(
        [212, 148, 120, 96, 88, 81, 74, 66, 70, 69, 72, 80, 91, 110, 142, 188, 260, 420, 810, 1175]
    )
    return pa.table({"low": low, "high": high, "customers": customers})


def _models() -> pa.Table:
    rows = [
        ("BG/NBD", -58_214.3, 4, 1.204, 0.742, -0.061, False, ""),
        ("MBG/NBD", -58_190.8, 4, 1.187, 0.746, -0.038, True, ""),
        ("Pareto/NBD", -58_201.1, 4, 1.199, 0.744, -0.047, False, ""),
    ]
    names = (
        "model", "log_likelihood", "parameters", "holdout_mae", "holdout_correlation",
        "holdout_bias", "chosen", "note",
    )  # fmt: skip
    return pa.Table.from_pylist([dict(zip(names, row, strict=True)) for row in rows])


def _tracking(rng: np.random.Generator) -> pa.Table:
    weeks = 100
    expected = np.cumsum(np.linspace(20, 220, weeks))
    actual = np.maximum.accumulate(expected * (1 + 0.04 * np.sin(np.arange(weeks) / 9)))
    return pa.table(
        {
            "week": [FIRST + dt.timedelta(days=7 * k) for k in range(weeks)],
            "actual": actual + rng.normal(0, 1, weeks).cumsum().clip(0),
            "expected": expected,
            "phase": ["fit" if k < 70 else "holdout" for k in range(weeks)],
        }
    )
