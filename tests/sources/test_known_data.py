"""Real files, read whole: what comes out equals what an independent reading of them says."""

from __future__ import annotations

import shutil
from collections import Counter
from decimal import Decimal
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from tests.sources.helpers import NOW, gather, settings

from rapport.errors import Problem
from rapport.record.schema import TABLES
from rapport.settings import Settings
from rapport.sources.registry import NeedsMapping, facts, read, recognise

GBP = Settings(brand="Gifts", currency="GBP", time_zone="Europe/London")


def whole(path: Path, how: Settings, table: str) -> tuple[pa.Table, Counter[str], int]:
    """All rows of one table of a file, the reasons of those set aside, and rows in."""
    kept, codes, rows = [], Counter[str](), 0
    for batch in read(path, how, NOW).batches:
        assert batch.rows == batch.tables[table].num_rows + batch.aside.num_rows
        kept.append(batch.tables[table])
        codes.update(batch.aside["code"].to_pylist())
        rows += batch.rows
    return pa.concat_tables(kept), codes, rows


def confirmed(path: Path, how: Settings) -> Settings:
    """The settings after a person has agreed to what was proposed for a file."""
    with pytest.raises(NeedsMapping) as asked:
        read(path, how)
    agreed = asked.value.mapping.model_copy(update={"confirmed": True})
    return how.model_copy(update={"mappings": {asked.value.name: agreed}})


@pytest.fixture(scope="module")
def online_retail(shared_data: Path) -> pa.Table:
    table, codes, rows = whole(shared_data / "orders/online_retail.csv.gz", GBP, "purchase_line")
    assert (rows, codes) == (541_909, Counter())
    return table


def test_online_retail_says_what_pandas_says(online_retail: pa.Table, shared_data: Path) -> None:
    told = pd.read_csv(shared_data / "orders/online_retail.csv.gz", dtype=str)
    amounts = (told["Quantity"].astype(float) * told["UnitPrice"].astype(float)).round(4)
    lines = online_retail
    assert float(pc.sum(lines["revenue"]).as_py()) == pytest.approx(amounts.sum(), abs=0.005)
    assert pc.count_distinct(lines["purchase_id"]).as_py() == 25_900
    assert pc.count_distinct(lines["account_id"], mode="only_valid").as_py() == 4_372
    assert lines["account_id"].null_count == told["CustomerID"].isna().sum() == 135_080
    assert lines["source_row"].to_pylist() == list(range(2, 541_911))
    back = told["InvoiceNo"].str.startswith("C") | (told["Quantity"].astype(float) < 0)
    assert pc.sum(lines["is_return"]).as_py() == back.sum()
    days = lines["ordered_on"].to_pandas().dt.tz_convert("Europe/London").dt.tz_localize(None)
    assert (days.astype("datetime64[s]") == pd.to_datetime(told["InvoiceDate"]).astype(
        "datetime64[s]"
    )).all()  # fmt: skip


def test_online_retail_marks_what_is_not_goods(online_retail: pa.Table, shared_data: Path) -> None:
    told = pd.read_csv(shared_data / "orders/online_retail.csv.gz", dtype=str)
    marks = online_retail.group_by("category").aggregate([("line", "count")]).to_pylist()
    counts = {row["category"]: row["line_count"] for row in marks}
    codes = told["StockCode"].str.upper()
    free = told["UnitPrice"].astype(float) == 0
    off = (told["Quantity"].astype(float) < 0) & ~told["InvoiceNo"].str.startswith("C") & free
    assert counts["postage"] == (codes.isin(["POST", "DOT", "C2"]) & ~off).sum()
    assert counts["discount"] == (codes == "D").sum() == 77
    assert counts["fee"] == codes.isin(["BANK CHARGES", "AMAZONFEE"]).sum() == 71
    assert counts["bad debt"] == told["InvoiceNo"].str.startswith("A").sum() == 3
    assert counts["stock adjustment"] == off.sum() == 1_336
    assert counts["manual"] == 572
    assert counts["charity"] == 16
    assert counts["sample"] == 63


def test_lines_are_numbered_within_their_invoice(online_retail: pa.Table) -> None:
    keys = online_retail.select(["purchase_id", "line"]).to_pandas()
    assert not keys.duplicated().any()
    assert (keys.groupby("purchase_id")["line"].max() == keys.groupby("purchase_id").size()).all()


def test_batches_are_typed_as_the_record_declares(online_retail: pa.Table) -> None:
    declared = TABLES["purchase_line"].arrow
    for field in online_retail.schema:
        assert field.type == declared.field(field.name).type


def test_cdnow_master_through_what_is_proposed(shared_data: Path) -> None:
    path = shared_data / "orders/cdnow/CDNOW_master.txt"
    how = confirmed(path, GBP)
    assert how.mappings["cdnow_master"].columns == {
        "account_id": "customer_id",
        "ordered_on": "date",
        "revenue": "dollar_value",
    }
    table, codes, rows = whole(path, how, "purchase")
    told = pd.read_csv(path, sep=r"\s+", dtype=str)
    assert (rows, codes) == (69_659, Counter()) == (len(told), Counter())
    assert pc.sum(table["revenue"]).as_py() == Decimal("2500315.6300")
    assert pc.count_distinct(table["account_id"]).as_py() == 23_570
    assert pc.count_distinct(table["purchase_id"]).as_py() == 69_659
    assert table["purchase_id"].to_pylist()[1:3] == ["00002|19970112", "00002|19970112|2"]


def test_cdnow_sample_has_no_header(shared_data: Path) -> None:
    path = shared_data / "orders/cdnow/CDNOW_sample.txt"
    how = confirmed(path, GBP)
    assert how.mappings["cdnow_sample"].header_row == 0
    table, codes, rows = whole(path, how, "purchase")
    assert (rows, codes) == (6_919, Counter())
    assert pc.sum(table["revenue"]).as_py() == Decimal("244091.9400")
    assert pc.count_distinct(table["account_id"]).as_py() == 2_357
    assert table["source_row"][0].as_py() == 1


def test_complete_journey_counts_what_the_shop_received(shared_data: Path) -> None:
    path = shared_data / "orders/completejourney/transactions.parquet"
    lines, codes, rows = whole(path, GBP, "purchase_line")
    told = pq.read_table(path).to_pandas()
    assert (rows, codes) == (1_469_307, Counter())
    assert float(pc.sum(lines["revenue"]).as_py()) == pytest.approx(told["sales_value"].sum())
    own = told["retail_disc"].sum() + told["coupon_match_disc"].sum()
    assert float(pc.sum(lines["discount"]).as_py()) == pytest.approx(own)
    assert pc.count_distinct(lines["account_id"]).as_py() == 2_469
    assert pc.count_distinct(lines["purchase_id"]).as_py() == told["basket_id"].nunique()
    assert set(pc.unique(lines["currency"]).to_pylist()) == {"USD"}
    keys = lines.select(["purchase_id", "line"]).to_pandas()
    assert not keys.duplicated().any()


def test_a_folder_of_mixed_files_is_told_apart_without_a_mistake(
    shared_data: Path, tmp_path: Path
) -> None:
    expected = {
        "orders/online_retail.csv.gz": "online_retail, one line",
        "orders/completejourney/transactions.parquet": "completejourney, one line",
        "orders/cdnow/CDNOW_master.txt": "proposed, order",
        "orders/cdnow/CDNOW_sample.txt": "proposed, order",
        "orders/apparel/apparelTrans.csv": "proposed, order",
        "orders/completejourney/campaigns.parquet": "a table of The Complete Journey",
        "orders/completejourney/products.parquet": "a table of The Complete Journey",
        "orders/completejourney/coupons.parquet": "a table of The Complete Journey",
        "orders/completejourney/demographics.parquet": "a table of The Complete Journey",
        "orders/completejourney/coupon_redemptions.parquet": "a table of The Complete Journey",
        "orders/completejourney/campaign_descriptions.parquet": "a table of The Complete Journey",
        "orders/cdnow/donations.csv": "they lack a date and an amount",
        "orders/cdnow/cdnow_customers_summary.csv": "they lack a date",
        "orders/apparel/apparelStaticCov.csv": "they lack a date",
        "platforms/facebook_page_insights.csv": "name neither the post nor its day",
        "accounts/instagram_realAccountData.json": "they lack a date and an amount",
        "networks/brfarmers.csv": "they lack a date",
    }
    for name, answer in expected.items():
        assert answer in _answer(shared_data / name), name
    # The name of the file has no say.
    other = tmp_path / "download(3).bin"
    shutil.copy(shared_data / "orders/online_retail.csv.gz", other)
    assert _answer(other).startswith("online_retail, one line")


def _answer(path: Path) -> str:
    try:
        found = recognise(path, GBP)
    except Problem as problem:
        return str(problem)
    return f"{'proposed' if found.proposal else found.source}, {found.grain}"


def test_the_reading_changes_with_what_decides_it(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("order,date,customer,amount\n1,2024-01-31,ana,10.50\n")
    one = facts(recognise(path, settings()), settings())
    again = facts(recognise(path, settings()), settings())
    other = facts(recognise(path, settings(currency="USD")), settings(currency="USD"))
    assert one.reading == again.reading != other.reading
    assert one.content == other.content
    assert gather(path).facts.source == "shop"
