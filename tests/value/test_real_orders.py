"""Real orders, counted a second time by pandas, to the last digit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from awkward_shop import stored
from rapport.record.engines import Engine, open_engine
from rapport.settings import parse_settings
from rapport.sources.registry import read
from rapport.value.concentration import edge_sums, ranked_values, top_shares
from rapport.value.customers import (
    buying_days,
    grouped,
    holdout_counts,
    purchase_counts,
)
from rapport.value.lines import lines
from rapport.value.measures import gap_bounds, order_numbers, top_share_number
from rapport.value.purchases import balance, of_known, orders
from rapport.value.retention import filled, retention, share_back
from rapport.value.returning import revenue_by_month
from rapport.value.returns import matched_returns
from rapport.value.rhythm import gap_quantiles, gaps, gaps_up_to
from rapport.value.totals import customer_sums, totals

CALIBRATION = dt.date(1997, 9, 30)
WEEKS = 39


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    with open_engine("duckdb", time_zone="UTC", temp=tmp_path_factory.mktemp("temp")) as opened:
        yield opened


def _cdnow(path: Path, columns: list[str], skip: int) -> pd.DataFrame:
    names = ["customer", "date", "cds", "dollars"]
    rows = pd.read_csv(path, sep=r"\s+", header=None, skiprows=skip, names=columns, dtype=str)
    rows = rows[names]
    return rows.assign(day=pd.to_datetime(rows["date"]))


def _orders(engine: Engine, folder: Path, bought: pd.DataFrame) -> Any:
    """Return orders from one row a purchase, as a record would hold them."""
    given = {
        "purchase_id": pa.array([str(n) for n in range(len(bought))]),
        "account_id": pa.array(bought["customer"].tolist()),
        "ordered_on": pa.array(bought["day"].dt.tz_localize("UTC"), pa.timestamp("us", "UTC")),
        "revenue": pa.array(bought["dollars"].tolist()).cast(pa.decimal128(18, 4)),
    }
    return _scanned(engine, folder, "purchase", given, len(bought))


def _scanned(engine: Engine, folder: Path, name: str, given: dict[str, Any], rows: int) -> Any:
    given = {
        "source": pa.array(["file"] * rows),
        "currency": pa.array(["USD"] * rows),
        "is_return": pa.array([False] * rows),
        **given,
    }
    schema = stored(name)
    columns = [given.get(f.name, pa.nulls(rows, f.type)) for f in schema]
    pq.write_table(pa.table(columns, schema=schema), folder / "orders.parquet")
    there = engine.scan([folder / "orders.parquet"], schema)
    other = "purchase_line" if name == "purchase" else "purchase"
    nothing = engine.scan([], stored(other))
    both = (there, nothing) if name == "purchase" else (nothing, there)
    every = engine.cache(lines(*both, currency="USD"))
    return engine.cache(orders(every, matched_returns(every, keep=engine.cache)))


@pytest.fixture(scope="module")
def master(shared_data: Path) -> pd.DataFrame:
    columns = ["customer", "date", "cds", "dollars"]
    return _cdnow(shared_data / "orders/cdnow/CDNOW_master.txt", columns, 1)


@pytest.fixture(scope="module")
def cdnow(engine: Engine, master: pd.DataFrame, tmp_path_factory: Any) -> Any:
    return _orders(engine, tmp_path_factory.mktemp("cdnow"), master)


def test_the_tenth_of_cdnow_gives_the_published_summary(
    engine: Engine, shared_data: Path, tmp_path: Path
) -> None:
    columns = ["master", "customer", "date", "cds", "dollars"]
    sample = _cdnow(shared_data / "orders/cdnow/CDNOW_sample.txt", columns, 0)
    bought = _orders(engine, tmp_path, sample)
    found = engine.collect(holdout_counts(bought, CALIBRATION, 39 * 7)).to_pandas()
    found = found.sort_values("person_id").reset_index(drop=True)
    published = pd.read_csv(shared_data / "orders/cdnow/cdnow_customers_summary.csv")
    assert len(found) == 2357
    assert found["frequency"].tolist() == published["frequency"].tolist()
    assert found["recency"].round(2).tolist() == published["recency"].tolist()
    assert found["age"].round(2).tolist() == published["T"].tolist()
    assert found["holdout"].sum() == 1882
    cells = engine.collect(grouped(purchase_counts(bought, CALIBRATION)))
    assert pc.sum(cells["people"]).as_py() == 2357


def test_all_of_cdnow_is_counted_as_pandas_counts_it(
    engine: Engine, cdnow: Any, master: pd.DataFrame
) -> None:
    found = engine.collect(purchase_counts(cdnow, dt.date(1998, 6, 30))).to_pandas()
    found = found.set_index("person_id").sort_index()
    spent = master.assign(dollars=master["dollars"].map(Decimal))
    by_day = spent.groupby(["customer", "day"])["dollars"].sum().reset_index()
    by_day["first"] = by_day.groupby("customer")["day"].transform("min")
    people = by_day.groupby("customer")
    last, first = people["day"].max(), people["day"].min()
    repeat = by_day[(by_day["day"] > by_day["first"]) & (by_day["dollars"] > 0)]
    means = repeat.groupby("customer")["dollars"].agg(lambda v: float(sum(v)) / len(v))
    assert len(found) == 23_570
    assert found["frequency"].tolist() == (people.size() - 1).tolist()
    assert found["recency_days"].tolist() == (last - first).dt.days.tolist()
    assert found["age_days"].tolist() == (pd.Timestamp(1998, 6, 30) - first).dt.days.tolist()
    assert found["revenue"].tolist() == people["dollars"].sum().tolist()
    assert found["orders"].sum() == len(master)
    known = found["mean_value"].dropna()
    np.testing.assert_allclose(known.to_numpy(), means.sort_index().to_numpy(), rtol=1e-12)


def test_retention_of_cdnow_is_that_of_pandas(
    engine: Engine, cdnow: Any, master: pd.DataFrame
) -> None:
    cells = filled(engine.collect(retention(buying_days(cdnow))), dt.date(1998, 6, 30))
    month = master["day"].dt.year * 12 + master["day"].dt.month
    cohort = month.groupby(master["customer"]).transform("min")
    again = master.assign(cohort=cohort, after=month - cohort)
    active = again.groupby(["cohort", "after"])["customer"].nunique()
    for row in cells.to_pylist():
        key = (row["cohort"].year * 12 + row["cohort"].month, row["month"])
        assert row["active"] == active.get(key, 0)
    back, all_of_them = share_back(cells, 3)
    assert (back, all_of_them) == (int(active.xs(3, level="after").sum()), 23_570)


def test_the_best_tenth_and_the_months_of_cdnow_are_those_of_pandas(
    engine: Engine, cdnow: Any, master: pd.DataFrame
) -> None:
    counts = purchase_counts(cdnow, dt.date(1998, 6, 30))
    dollars = master["dollars"].astype(float)
    by_person = np.sort(dollars.groupby(master["customer"]).sum().to_numpy())[::-1]
    (shares,) = engine.collect(top_shares(ranked_values(counts), (0.1, 1.0))).to_pylist()
    assert shares["s0"] == pytest.approx(by_person[:2357].sum())
    assert shares["s1"] == pytest.approx(dollars.sum())
    n = len(by_person)
    gini = 1 - 2 * np.mean(np.cumsum(by_person[::-1]) / by_person.sum()) + 1 / n
    assert shares["gini"] == pytest.approx(gini)
    (edge,) = engine.collect(edge_sums(ranked_values(counts), 0.1)).to_pylist()
    told = top_share_number(shares, edge)
    assert told is not None
    assert told.value == pytest.approx(by_person[:2357].sum() / by_person.sum())
    rng = np.random.default_rng(1)
    again = [np.sort(rng.choice(by_person, n))[::-1] for _ in range(200)]
    resampled = [drawn[:2357].sum() / drawn.sum() for drawn in again]
    low, high = np.quantile(resampled, [0.05, 0.95])
    assert told.low == pytest.approx(low, abs=0.15 * (high - low))
    assert told.high == pytest.approx(high, abs=0.15 * (high - low))
    months = engine.collect(revenue_by_month(cdnow)).to_pandas().set_index("month").sort_index()
    first = master.groupby("customer")["day"].transform("min")
    of_new = dollars[master["day"] == first].groupby(master["day"].dt.to_period("M")).sum()
    np.testing.assert_allclose(months["new"][: len(of_new)], of_new)
    whole = dollars.groupby(master["day"].dt.to_period("M")).sum()
    np.testing.assert_allclose(months[["new", "returning"]].sum(axis=1), whole)


def test_gaps_and_numbers_of_cdnow_are_those_of_pandas(
    engine: Engine, cdnow: Any, master: pd.DataFrame
) -> None:
    days = master[["customer", "day"]].drop_duplicates().sort_values(["customer", "day"])
    between = days.groupby("customer")["day"].diff().dropna().dt.days
    waits = gaps(buying_days(cdnow))
    (row,) = engine.collect(gap_quantiles(waits, (0.25, 0.5, 0.9))).to_pylist()
    assert row["gaps"] == len(between)
    assert [row[f"q{k}"] for k in range(3)] == between.quantile([0.25, 0.5, 0.9]).tolist()
    (below,) = engine.collect(gaps_up_to(waits, row["q1"])).to_pylist()
    assert below["below"] == (between <= row["q1"]).sum()
    low, high = gap_bounds(below)
    assert 0.47 < low < 0.5 < high < 0.53

    counts = purchase_counts(cdnow, dt.date(1998, 6, 30))
    (sums,) = engine.collect(customer_sums(counts)).to_pylist()
    (every,) = engine.collect(totals(cdnow)).to_pylist()
    told = order_numbers(every, sums, "USD")
    dollars = master["dollars"].astype(float)
    assert told["average_order_value"].value == pytest.approx(dollars.mean())
    assert told["orders_per_customer"].value == pytest.approx(len(master) / 23_570)
    repeaters = (master.groupby("customer")["day"].nunique() > 1).mean()
    assert told["repeat_rate"].value == pytest.approx(repeaters)
    by_person = dollars.groupby(master["customer"]).agg(["sum", "count"])
    rng = np.random.default_rng(2)
    picks = rng.integers(0, len(by_person), (300, len(by_person)))
    values = by_person["sum"].to_numpy(), by_person["count"].to_numpy()
    resampled = [values[0][pick].sum() / values[1][pick].sum() for pick in picks]
    low, high = np.quantile(resampled, [0.05, 0.95])
    made = told["average_order_value"]
    assert made.high - made.low == pytest.approx(high - low, rel=0.2)


@pytest.fixture(scope="module")
def retail(shared_data: Path, tmp_path_factory: Any) -> Path:
    """Return the UCI file as the record would hold it."""
    settings = parse_settings('brand = "Gifts"\ncurrency = "GBP"\ntime_zone = "Europe/London"')
    facts = read(shared_data / "orders/online_retail.csv.gz", settings)
    rows = pa.concat_tables(
        [batch.tables["purchase_line"] for batch in facts.batches], promote_options="default"
    )
    given = {name: rows[name] for name in rows.schema.names} | {
        "source": pa.array(["online_retail"] * len(rows))
    }
    schema = stored("purchase_line")
    columns = [given.get(f.name, pa.nulls(len(rows), f.type)) for f in schema]
    path = tmp_path_factory.mktemp("retail") / "lines.parquet"
    pq.write_table(pa.table(columns, schema=schema), path)
    return path


def test_online_retail_adds_up_to_the_penny(retail: Path, tmp_path: Path) -> None:
    with open_engine("duckdb", time_zone="Europe/London", temp=tmp_path) as engine:
        by_line = engine.scan([retail], stored("purchase_line"))
        nothing = engine.scan([], stored("purchase"))
        every = engine.cache(lines(nothing, by_line, currency="GBP"))
        matched = engine.cache(matched_returns(every, keep=engine.cache))
        bought = engine.cache(orders(every, matched))
        parts = engine.collect(balance(every, matched)).to_pylist()
        found = engine.collect(bought).to_pandas()
        (every_total,) = engine.collect(totals(bought)).to_pylist()
        pairs = engine.collect(matched).to_pandas()
        days = engine.collect(of_known(bought).select("person_id", "day").unique()).num_rows
        del by_line, nothing, every, matched, bought
    raw = pq.read_table(retail).to_pandas()
    amounts = {part["part"]: part["amount"] for part in parts}
    assert sum(part["rows"] for part in parts) == 541_909
    assert sum(amounts.values()) == raw["revenue"].sum()
    assert found["net"].sum() == amounts["sold"] + amounts["matched returns"]
    assert found["net"].sum() == every_total["net"]
    # every return is taken off at most once, and never more than it was
    returned = raw[raw["is_return"]].set_index(["purchase_id", "line"])["revenue"]
    taken = pairs.groupby(["return_purchase_id", "return_line"])["refund"].sum()
    assert (taken <= -returned.loc[taken.index].astype(float) * 10_000 + 0.5).all()
    # and from an order of the same customer, placed before it
    placed = raw.groupby("purchase_id").agg(who=("account_id", "first"), at=("ordered_on", "min"))
    sale, back = placed.loc[pairs["purchase_id"]], placed.loc[pairs["return_purchase_id"]]
    assert sale["who"].tolist() == back["who"].tolist()
    assert (sale["at"].to_numpy() <= back["at"].to_numpy()).all()
    # what is left over: orders before December 2010, customers left blank, and credits by hand
    of_goods = amounts["matched returns"] + amounts["unmatched returns"]
    assert 0.80 < amounts["matched returns"] / of_goods < 0.95
    assert found["cancelled"].sum() > 100
    assert days > 15_000


def test_the_complete_journey_is_counted_as_pandas_counts_it(
    engine: Engine, shared_data: Path, tmp_path: Path
) -> None:
    path = shared_data / "orders/completejourney/transactions.parquet"
    raw = pq.read_table(path)
    given = {
        "purchase_id": raw["basket_id"].cast(pa.string()),
        "account_id": raw["household_id"].cast(pa.string()),
        "product_id": raw["product_id"].cast(pa.string()),
        "ordered_on": raw["transaction_timestamp"].cast(pa.timestamp("us", "UTC")),
        "quantity": raw["quantity"].cast(pa.float64()),
        "revenue": pc.round(raw["sales_value"].cast(pa.float64()), 4).cast(pa.decimal128(18, 4)),
        "line": pa.array(np.arange(len(raw))),
    }
    bought = _scanned(engine, tmp_path, "purchase_line", given, len(raw))
    until = dt.date(2018, 1, 31)
    found = engine.collect(purchase_counts(bought, until)).to_pandas()
    frame = raw.select(["household_id", "transaction_timestamp"]).to_pandas()
    frame["day"] = frame["transaction_timestamp"].dt.floor("D").dt.tz_localize(None)
    days = frame.groupby("household_id")["day"].agg(["nunique", "min", "max"])
    found = found.assign(n=found["person_id"].str.removeprefix("file:").astype(int))
    found = found.set_index("n").sort_index()
    assert len(found) == 2469
    assert found["frequency"].tolist() == (days["nunique"] - 1).tolist()
    assert found["recency_days"].tolist() == (days["max"] - days["min"]).dt.days.tolist()
    assert found["orders"].sum() == pc.count_distinct(raw["basket_id"]).as_py()
    assert float(found["revenue"].sum()) == pytest.approx(pc.sum(raw["sales_value"]).as_py())
