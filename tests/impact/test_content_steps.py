"""From facts on record to the letter: what is counted, what is posted, where people are."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rapport.record.engines import open_engine
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.schema import TABLES
from rapport.record.store import Record
from rapport.report.findings import Findings
from rapport.report.parts import Section
from rapport.report.prose import Prose
from rapport.report.sections.content import content as content_section
from rapport.report.sections.counts import counts as counts_section
from rapport.report.sections.platforms import platforms as platforms_section
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.buying import buying
from rapport.steps.content import content
from rapport.steps.context import Context
from rapport.steps.counts import counts
from rapport.steps.platforms import platforms
from rapport.steps.relations import relations
from rapport.steps.roles import set_apart

FIRST = dt.datetime.fromisoformat("2024-01-01T10:00").replace(tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
HOSTILE = '<script>alert(1)</script> & "order" {x} %s, with code WILD99'
SETTINGS = 'brand = "M"\n[value]\nmargin = 0.5\n'
COSTS = '[costs]\ncontent = 10\n[[costs.people]]\nwho = "us"\nper_month = 100\n'


def load(record: Record, table: str, rows: list[dict[str, Any]]) -> None:
    """Load rows as one file."""
    kinds = {column.name: column.arrow.type for column in TABLES[table].columns}
    columns: dict[str, Any] = {
        name: pa.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()
    }
    columns["source_row"] = pa.array(range(2, len(rows) + 2), pa.int64())
    batch = Batch(len(rows), {table: pa.table(columns)}, ASIDE.empty_table())
    content_of = hashlib.sha256(f"{table}{len(rows)}".encode()).hexdigest()
    record.load(Facts("shop", f"{table}.csv", content_of, "1", iter([batch])))


def facts(weeks: int = 104, seed: int = 3) -> dict[str, list[dict[str, Any]]]:
    """Two years of a shop whose saves lead its sales, and whose likes do not."""
    rng = np.random.default_rng(seed)
    saves = rng.poisson(np.exp(3 + 0.6 * rng.standard_normal(weeks)))
    swing = np.log1p(saves) - np.log1p(saves).mean()
    made: dict[str, list[dict[str, Any]]] = {"purchase": [], "channel_metric": []}
    for week in range(weeks):
        before = swing[max(0, week - 2) : week].sum() if week else 0.0
        for number in range(14):
            made["purchase"].append(
                {
                    "purchase_id": f"{week}-{number}", "account_id": f"p{rng.integers(60)}",
                    "ordered_on": FIRST + (7 * week + number // 2) * DAY, "currency": "EUR",
                    "revenue": round(50 * float(np.exp(0.2 * before + 0.05 * rng.normal()))),
                }
            )  # fmt: skip
        for metric, number in (("saves", saves[week]), ("likes", rng.poisson(40))):
            day = (FIRST + 7 * week * DAY).date()
            made["channel_metric"].append(
                {"day": day, "channel": "instagram", "metric": metric, "value": float(number)}
            )
    made["post"], made["post_metric"] = posted(rng, weeks)
    made["account"] = [
        {"account_id": f"p{n}", "channel": "instagram" if n < 30 else None} for n in range(60)
    ]
    made["visit"] = [
        {"visit_id": str(n), "started_on": FIRST + n * DAY, "utm_source": "instagram",
         "channel": "Organic Social", "goals": "purchase" if n % 4 == 0 else None}
        for n in range(7 * weeks)
    ]  # fmt: skip
    return made


def posted(rng: Any, weeks: int) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    posts, figures = [], []
    for n in range(weeks):
        when = FIRST + 7 * n * DAY + dt.timedelta(hours=int(rng.integers(12)), minutes=n % 60)
        text = HOSTILE if n == 5 else ("Order now, link in bio" if n % 2 else "Good morning")
        posts.append({"post_id": str(n), "published_on": when, "channel": "instagram",
                      "text": text, "format": "video" if n % 3 else "photo"})  # fmt: skip
        shown = float(rng.integers(500, 1500))
        clicks = rng.poisson(shown * (0.04 if n % 2 else 0.01)) * (6 if n == 5 else 1)
        for metric, value in (("reach", shown), ("likes", rng.poisson(0.05 * shown)),
                              ("link_clicks", clicks)):  # fmt: skip
            figures.append({"post_id": str(n), "measured_on": when + 30 * DAY, "metric": metric,
                            "value": float(value)})  # fmt: skip
    return posts, figures


@contextmanager
def computed(
    folder: Path, rows: dict[str, list[dict[str, Any]]], settings: str = SETTINGS
) -> Iterator[tuple[Context, dict[str, StepResult]]]:
    """Run the steps on a record of its own."""
    record = Record(folder / "record", key=b"k" * 32, zone="Europe/Paris")
    for table, each in rows.items():
        if each:
            load(record, table, each)
    results = Results(folder / "results")
    with open_engine("duckdb", time_zone="Europe/Paris", temp=folder / "temp") as engine:
        context = Context(engine, record, results, parse_settings(settings))
        made = {}
        for step in (set_apart, buying, relations, counts, content, platforms):
            made[step.__name__] = step(context)
            results.save(step.__name__, "f", made[step.__name__])
        yield context, made
        del context


def section(folder: Path, make: Any, language: str) -> Section:
    findings = Findings.of(Results(folder / "results"), language)
    return make(findings, Prose(findings.words))


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, StepResult], Any]:
    folder = tmp_path_factory.mktemp("shop")
    with computed(folder, facts(), SETTINGS + COSTS) as (context, made):
        tables = {
            name: context.results.table(name).to_pylist()
            for name in ("counts", "content", "content_posts", "content_codes", "platforms")
        }
        del context
    return folder, made, tables


def test_what_leads_sales_is_told_and_what_does_not_is_not(shop):
    _, made, tables = shop
    told = {(row["channel"], row["count"]): row for row in tables["counts"]}
    assert told["instagram", "saves"]["verdict"] == "linked"
    assert told["instagram", "saves"]["money"] > 0
    assert told["instagram", "likes"]["verdict"] != "linked"
    assert made["counts"].numbers["counts_linked"].value >= 1
    assert not made["counts"].untold


def test_posts_that_lead_somewhere_are_told_from_those_that_are_liked(shop):
    _, made, tables = shop
    rows = {(r["factor"], r["level"], r["what"]): r for r in tables["content"]}
    assert rows["asks", "yes", "clicked"]["verdict"] == "more"
    assert rows["asks", "yes", "engaged"]["verdict"] != "more"
    posts = {row["post_id"]: row for row in tables["content_posts"]}
    assert posts["5"]["verdict"] == "leads somewhere"
    assert made["content"].numbers["asking_clicked"].low > 2
    assert tables["content_codes"] == [{"code": "WILD99", "posts": 1, "orders": 0, "revenue": 0.0}]


def test_a_platform_is_told_with_its_people_cost_and_what_it_may_return(shop):
    _, made, tables = shop
    (row,) = tables["platforms"]
    assert (row["channel"], row["customers"], row["prospects"]) == ("instagram", 30, 0)
    assert row["customers_share"] == pytest.approx(0.5)
    assert row["cost"] == pytest.approx(12 * 110)
    assert row["visits"] == 365
    assert row["visits_margin"] == pytest.approx(row["bought"] * 25, rel=0.1)
    assert (row["verdict"], row["why"]) == ("cannot tell", "nothing measured")
    assert [each.question.message for each in made["platforms"].untold] == [
        "What does each platform return?"
    ]


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("make", [counts_section, content_section, platforms_section])
def test_sections_stand_in_both_languages_and_escape_what_people_wrote(shop, make, language):
    folder, _, _ = shop
    made = section(folder, make, language)
    assert made.answer.striptags()
    assert made.numbers
    cells = [str(cell.text) for grid in made.grids for row in grid.rows for cell in row]
    assert all("<script>" not in str(cell.text).replace("<script>alert(1)</script>", "")
               for grid in made.grids for row in grid.rows for cell in row)  # fmt: skip
    assert "None" not in " ".join(cells)
    assert "<script>" not in "".join(figure.wide for figure in made.figures)
    if make is counts_section:
        assert ("enregistrements" if language == "fr" else "saves") in made.answer


def test_without_facts_every_step_ends_at_once_and_says_so(tmp_path):
    with computed(tmp_path, {}) as (context, made):
        assert not {"counts", "content", "platforms"} & set(context.results.tables)
        del context
    for name in ("counts", "content", "platforms"):
        assert made[name].untold
        assert not made[name].numbers
    for make in (counts_section, content_section, platforms_section):
        assert section(tmp_path, make, "en").answer.striptags().startswith("We cannot tell")


def test_a_month_of_three_customers_gives_no_number_that_is_not_known(tmp_path):
    rows = facts(5)
    rows["account"] = rows["account"][:3]
    with computed(tmp_path, rows) as (context, made):
        told = context.results.table("counts").to_pylist()
        where = context.results.table("platforms").to_pylist()
        del context
    assert {(row["verdict"], row["why"], row["link"]) for row in told} == {
        ("cannot tell", "few weeks", None)
    }
    assert made["counts"].untold
    assert made["content"].untold
    assert {row["customers"] for row in where} == {None}  # three are no group
    shown = section(tmp_path, platforms_section, "fr")
    assert "moins de 10" in [str(cell.text) for cell in shown.grids[0].rows[0]]


def test_orders_of_staff_alone_are_no_value(tmp_path):
    rows = facts(60)
    rows["account"] = [row | {"is_employee": True} for row in rows["account"]]
    with computed(tmp_path, rows) as (context, made):
        told = context.results.table("counts").to_pylist()
        del context
    assert all(row["verdict"] != "linked" for row in told)
    assert made["platforms"].tables.get("platforms", 0) <= 1
