"""Events of Google Analytics 4 become visits, purchases and deeds; every row is accounted for."""

from __future__ import annotations

import csv
import datetime as dt
import gzip
import io
import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.sources.helpers import gather, settings, written
from typer.testing import CliRunner

from rapport.cli import app
from rapport.errors import Problem
from rapport.sources.registry import recognise

DAY = int(dt.datetime(2026, 5, 1, 8, tzinfo=dt.UTC).timestamp())
SHOP = "https://www.alize.example"
Event = dict[str, Any]


def event(name: str, second: int, session: int | None = DAY, **more: Any) -> Event:
    """An event as BigQuery exports it: numbers as texts, parameters in a list."""
    params: dict[str, Any] = {"ga_session_id": session, "ga_session_number": more.pop("nth", 1)}
    params |= more.pop("params", {})
    listed = [
        {"key": key, "value": {"int_value": str(value)}}
        if isinstance(value, int)
        else {"key": key, "value": {"string_value": value, "int_value": None}}
        for key, value in params.items()
        if value is not None
    ]
    return {
        "event_date": "20260501",
        "event_timestamp": str((DAY + second) * 1_000_000),
        "event_name": name,
        "event_params": listed,
        "user_pseudo_id": "11.22",
        "user_first_touch_timestamp": str((DAY - 86400) * 1_000_000),
        "device": {"language": "fr-fr", "web_info": {"browser": "Chrome"}},
        "traffic_source": {"name": "(direct)", "medium": "cpc", "source": "google"},
    } | more


def bought(number: str | None, second: int, amount: Any = 40.5, **more: Any) -> Event:
    ecommerce = {"transaction_id": number, "purchase_revenue": amount, "tax_value": 6.75}
    params = {"currency": "EUR", "coupon": "MAI10"} | more.pop("params", {})
    return event("purchase", second, ecommerce=ecommerce, params=params, **more)


def lines(events: list[Event | str]) -> str:
    return "".join(f"{e if isinstance(e, str) else json.dumps(e)}\n" for e in events)


LANDING = f"{SHOP}/soins?utm_source=instagram&utm_medium=social&utm_campaign=mai&email=a%40b.fr#x"
VISIT = [
    event("session_start", 1, params={"page_location": LANDING}),
    event(
        "page_view",
        1,
        params={"page_location": LANDING, "page_referrer": "https://l.instagram.com/?u=1"},
    ),
    event("sign_up", 20, user_id="C7", params={"page_location": f"{SHOP}/compte?token=s3cret"}),
    bought("A1", 60, user_id="C7"),
]


def test_a_visit_with_its_purchase_and_who_it_was(tmp_path: Path) -> None:
    found = gather(written(tmp_path, lines(VISIT), "events_20260501.json"), settings(None))
    assert (found.rows, found.aside) == (4, [])
    [visit] = found.tables["visit"]
    assert visit["started_on"] == dt.datetime(2026, 5, 1, 8, 0, 1, tzinfo=dt.UTC)
    assert visit["channel"] == "Organic Social"
    assert (visit["utm_source"], visit["utm_medium"]) == ("instagram", "social")
    assert (visit["campaign"], visit["goals"]) == ("mai", "purchase, sign_up")
    assert visit["landing_page"] == f"{SHOP}/soins", "what may name a person is not kept"
    assert visit["referrer"] == "https://l.instagram.com/"
    [order] = found.tables["purchase"]
    assert (order["purchase_id"], order["revenue"], order["currency"]) == (
        "A1",
        Decimal("40.5000"),
        "EUR",
    )
    assert (order["coupon"], order["campaign"], order["source_row"]) == ("MAI10", "mai", 4)
    [deed] = found.tables["activity"]
    assert (deed["verb"], deed["object_kind"], deed["url"]) == ("Join", "site", f"{SHOP}/compte")
    known = {(r["kind"], r["value"]) for r in found.tables["identifier"]}
    assert known == {("device", "11.22"), ("external id", "C7")}
    [account] = found.tables["account"]
    assert account["created"] == dt.datetime(2026, 4, 30, 8, tzinfo=dt.UTC)
    assert {visit["account_id"], order["account_id"], deed["account_id"]} == {"11.22"}


def test_numbers_of_visits_name_no_browser_and_stay_the_same(tmp_path: Path) -> None:
    rows = [*VISIT, bought(None, 90)]
    one = gather(written(tmp_path, lines(rows), "a.json"), settings(None))
    two = gather(written(tmp_path, lines(list(reversed(rows))), "b.json"), settings(None))
    for table, column in (("visit", "visit_id"), ("activity", "activity_id")):
        assert one.column(column, table) == two.column(column, table)
    assert set(one.column("purchase_id")) == set(two.column("purchase_id"))
    numbers = [*one.column("visit_id", "visit"), *one.column("purchase_id")]
    assert not any("11.22" in number for number in numbers)


def test_a_visit_takes_its_own_source_and_not_that_of_the_first_visit_ever(tmp_path: Path) -> None:
    plain = [event("page_view", 1, params={"page_location": f"{SHOP}/"})]
    found = gather(written(tmp_path, lines(plain), "e.json"), settings(None))
    assert found.column("channel", "visit") == ["Direct"]
    assert found.column("utm_source", "visit") == [None]


def test_what_analytics_collected_goes_before_parameters_and_a_click_id_counts(
    tmp_path: Path,
) -> None:
    first = event("page_view", 1, params={"page_location": f"{SHOP}/", "source": "brevo"})
    first["collected_traffic_source"] = {"manual_source": "news", "manual_medium": "email"}
    ad = event("page_view", 100, DAY + 99, params={"page_location": f"{SHOP}/"})
    ad["collected_traffic_source"] = {"gclid": "Cj0"}
    path = written(tmp_path, lines([first, ad]), "e.json")
    visits = gather(path, settings(None)).tables["visit"]
    assert [v["channel"] for v in visits] == ["Email", "Paid Search"]
    assert visits[0]["utm_source"] == "news"


def test_a_purchase_event_that_comes_again_counts_once(tmp_path: Path) -> None:
    again = bought("A1", 90) | {"user_pseudo_id": "33.44"}
    unknown = [bought("(not set)", 120), bought(None, 120)]
    rows = [*VISIT, again, *unknown]
    found = gather(written(tmp_path, lines(rows), "e.json"), settings(None))
    assert found.reasons == [
        (5, "The purchase 'A1' stands in row 4 already."),
        (7, f"The purchase '{found.column('purchase_id')[1]}' stands in row 6 already."),
    ]
    assert found.column("purchase_id")[0] == "A1"


def test_a_refund_lowers_its_purchase_and_is_a_deed(tmp_path: Path) -> None:
    back = event("refund", 4000, DAY + 3999, ecommerce={"transaction_id": "A1", "refund_value": 9})
    found = gather(written(tmp_path, lines([*VISIT, back]), "e.json"), settings(None))
    assert found.column("refund") == [Decimal("9.0000")]
    undone = next(r for r in found.tables["activity"] if r["verb"] == "Undo")
    assert (undone["object_kind"], undone["object_id"]) == ("purchase", "A1")


AWKWARD: list[tuple[Event | str, str]] = [
    ("{not json", "not_json"),
    ("[1, 2]", "not_json"),
    (event("", 1), "missing_name"),
    (event("page_view", 1) | {"event_timestamp": "yesterday"}, "not_a_date"),
    (event("page_view", 1) | {"event_timestamp": str(DAY)}, "not_a_date"),
    (event("page_view", 86400 * 400), "date_in_future"),
    (event("page_view", 1, None), "no_session"),
    (event("page_view", 1) | {"user_pseudo_id": None}, "no_session"),
    (bought("B1", 2, None), "missing_revenue"),
    (bought("B2", 2, "1e30"), "too_large"),
]


@pytest.mark.parametrize(("row", "code"), AWKWARD)
def test_a_row_that_cannot_be_kept_says_why(tmp_path: Path, row: Event | str, code: str) -> None:
    found = gather(written(tmp_path, lines([VISIT[0], row]), "e.json"), settings(None))
    assert dict(found.codes) == {code: 1}
    assert found.aside[0]["source_row"] == 2
    assert found.aside[0]["reason"].endswith(".")
    assert json.loads(found.aside[0]["raw"])
    assert len(found.tables["visit"]) == 1


def test_a_purchase_without_consent_is_a_sale_to_somebody_unknown(tmp_path: Path) -> None:
    row = bought("C1", 5, params={"ga_session_id": None}) | {"user_pseudo_id": None}
    found = gather(written(tmp_path, lines([VISIT[0], row]), "e.json"), settings(None))
    assert (found.column("account_id"), found.column("campaign")) == ([None], [None])
    assert found.aside == []


def test_dollars_are_only_taken_where_nothing_else_is_told(tmp_path: Path) -> None:
    usd = bought("U1", 5, None, params={"currency": None})
    usd["ecommerce"]["purchase_revenue_in_usd"] = 12
    none = bought("U2", 6, 5, params={"currency": None})
    found = gather(written(tmp_path, lines([usd, none]), "e.json"), settings(None))
    assert found.column("currency") == ["USD", "EUR"]
    assert "Purchases that name no currency are in EUR." in found.facts.notes


def test_a_visit_over_midnight_stands_in_one_day_only(tmp_path: Path) -> None:
    late = [
        event("page_view", 600, DAY, params={"page_location": f"{SHOP}/p"}),
        bought("A9", 700),
        event("session_start", 900, DAY + 900, params={"page_location": f"{SHOP}/"}),
    ]
    found = gather(written(tmp_path, lines(late), "events_20260502.json"), settings(None))
    assert found.reasons == [(1, "Its visit began before this file, which the day before holds.")]
    assert found.column("source_row", "visit") == [3]
    assert found.column("purchase_id") == ["A9"], "what was bought is no part of the visit"


def parquet(events: list[Event], path: Path) -> Path:
    value = pa.struct([("string_value", pa.string()), ("int_value", pa.int64())])
    params = pa.list_(pa.struct([("key", pa.string()), ("value", value)]))
    for one in events:
        for param in one["event_params"]:
            number = param["value"].get("int_value")
            param["value"]["int_value"] = int(number) if number else None
    stamps = [int(e["event_timestamp"]) for e in events]
    columns = {
        "event_date": [e["event_date"] for e in events],
        "event_timestamp": pa.array(stamps, pa.int64()),
        "event_name": [e["event_name"] for e in events],
        "event_params": pa.array([e["event_params"] for e in events], params),
        "user_pseudo_id": [e["user_pseudo_id"] for e in events],
        "user_id": [e.get("user_id") for e in events],
        "ecommerce": pa.array(
            [e.get("ecommerce") for e in events],
            pa.struct([("transaction_id", pa.string()), ("purchase_revenue", pa.float64())]),
        ),
    }
    pq.write_table(pa.table(columns), path)
    return path


def test_json_lines_gzip_an_array_and_parquet_say_the_same(tmp_path: Path) -> None:
    plain = gather(written(tmp_path, lines(VISIT), "a.json"), settings(None))
    packed = gather(
        written(tmp_path, gzip.compress(lines(VISIT).encode()), "a.json.gz"), settings(None)
    )
    array = gather(written(tmp_path, json.dumps(VISIT), "b.json"), settings(None))
    typed = gather(parquet(json.loads(json.dumps(VISIT)), tmp_path / "a.parquet"), settings(None))
    assert plain.tables == packed.tables == array.tables
    assert [row["source_row"] for row in typed.tables["purchase"]] == [5]
    for table, columns in {
        "visit": ("visit_id", "started_on", "channel", "goals", "landing_page", "campaign"),
        "purchase": ("purchase_id", "revenue", "currency", "coupon", "account_id"),
        "identifier": ("kind", "value"),
    }.items():
        for column in columns:
            assert typed.column(column, table) == plain.column(column, table)


def test_odd_bytes_blank_lines_and_long_lines_are_counted(tmp_path: Path) -> None:
    good = lines([VISIT[0]]).encode()
    long = b'{"event_name": "' + b"x" * (4 << 20) + b'"}\n'
    text = b"\xef\xbb\xbf" + good + b"\n  \r\n" + b'{"event_name": "\xff"}\n' + long + good[:-1]
    found = gather(written(tmp_path, text, "e.json"), settings(None))
    assert [(row["source_row"], row["code"]) for row in found.aside] == [
        (4, "not_text"),
        (5, "line_too_long"),
    ]
    assert found.rows == 4


def test_a_report_of_analytics_is_refused_with_what_to_export_instead(tmp_path: Path) -> None:
    english = (
        "# ----------------------------------------\n# Traffic acquisition\n# Account: A\n"
        "# Start date: 20260501\n# End date: 20260531\n#\n"
        "Session primary channel group (Default channel group),Sessions,Engaged sessions\n"
        "Direct,120,80\nOrganic Social,40,20\n"
    )
    french = (
        "Groupe de canaux principal de la session (Groupe de canaux par défaut),Sessions,"
        "Sessions avec engagement\nDirect,120,80\n"
    )
    for text in (english, french):
        with pytest.raises(Problem, match="sums without the visits") as refused:
            recognise(written(tmp_path, text, "report.csv"), settings(None))
        assert "BigQuery" in str(refused.value)


def test_the_real_shape(shared_data: Path) -> None:
    found = gather(shared_data / "platforms/ga4_bigquery/events_2rows.ndjson", settings(None))
    assert found.rows == 2
    assert found.aside == []
    visits = {row["account_id"]: row for row in found.tables["visit"]}
    velir = visits["745846450.1644156613"]
    assert velir["channel"] == "Organic Search"
    assert velir["referrer"] == "https://www.google.com/"


def test_a_day_exported_again_holds_instead_of_the_earlier_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rapport(*arguments: str) -> str:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    monkeypatch.chdir(tmp_path)
    rapport("new", "shop", "--currency", "EUR")
    monkeypatch.chdir(tmp_path / "shop")
    day = written(tmp_path, lines(VISIT[:2]), "events_20260501.json")
    rapport("add", "--yes", str(day))
    later = event("session_start", 500, DAY + 500, nth=2)
    rapport("add", "--yes", str(written(tmp_path, lines([*VISIT, later]), day.name)))
    visits = list(csv.DictReader(io.StringIO(rapport("table", "visit"))))
    assert [row["goals"] for row in visits] == ["purchase, sign_up", ""]
    assert len({row["visit_id"] for row in visits}) == 2


def test_somebody_who_was_forgotten_stays_so_when_the_day_comes_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def rapport(*arguments: str) -> str:
        done = CliRunner().invoke(app, list(arguments))
        assert done.exit_code == 0, done.output
        return done.output

    monkeypatch.chdir(tmp_path)
    rapport("new", "shop", "--currency", "EUR")
    monkeypatch.chdir(tmp_path / "shop")
    other = event("session_start", 500, DAY + 500) | {"user_pseudo_id": "33.44"}
    rapport("add", "--yes", str(written(tmp_path, lines([*VISIT, other]), "a.json")))
    rapport("forget", "--yes", "C7")
    rapport("add", "--yes", str(written(tmp_path, lines([*VISIT, other, other]), "b.json")))
    visits = list(csv.DictReader(io.StringIO(rapport("table", "visit"))))
    assert {row["account_id"] for row in visits} == {"33.44"}
