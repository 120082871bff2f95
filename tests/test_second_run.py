"""A second run computes what can have changed, and says the same as a run from nothing."""

from __future__ import annotations

import datetime as dt
import hashlib
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rapport import pipeline
from rapport.record.facts import Batch, Facts
from rapport.record.schema import TABLES
from rapport.results import Results, StepResult
from rapport.steps import order
from rapport.steps.context import Context
from rapport.steps.step import Step
from rapport.workspace import Workspace

FIRST = dt.datetime(2025, 1, 1, 9, tzinfo=dt.UTC)
SAID = (
    "J’adore le thé de Maison, merci !",
    "Where is my order?",
    "The parcel came broken, I want a refund",
)


def facts(day: int, days: int, *, everybody: bool) -> dict[str, list[dict[str, Any]]]:
    """Orders and messages of forty people in some days; their accounts with `everybody`."""
    people = [f"c{n}" for n in range(40)] if everybody else []
    spans = range(day, day + days)
    when = {n: FIRST + dt.timedelta(days=n) for n in spans}
    return {
        "account": [{"account_id": who, "name": f"Ana {who}"} for who in people],
        "identifier": [{"account_id": who, "kind": "email", "value": f"{who}@mail.fr"}
                       for who in people],
        "purchase": [
            {"purchase_id": f"o{n}", "ordered_on": when[n], "channel": "shop", "currency": "EUR",
             "account_id": f"c{n * n % 40}", "revenue": 20 + n % 7} for n in spans],
        "activity": [
            {"activity_id": f"m{n}", "occurred_on": when[n], "channel": "x", "verb": "Create",
             "account_id": f"c{n % 40}", "object_kind": "comment", "text": f"{SAID[n % 3]} {n}"}
            for n in spans],
    }  # fmt: skip


def load(
    workspace: Workspace, name: str, rows: dict[str, list[dict[str, Any]]], source: str = "shop"
) -> None:
    tables, row = {}, 2
    for table, each in rows.items():
        if each:
            types = {column.name: column.arrow for column in TABLES[table].all_columns}
            columns = [*each[0], "source_row"]
            numbered = [{**one, "source_row": row + n} for n, one in enumerate(each)]
            schema = pa.schema([types[column] for column in columns])
            tables[table] = pa.Table.from_pylist(numbered, schema=schema)
            row += len(each)
    content = hashlib.sha256(name.encode()).hexdigest()
    batches = iter([Batch(row - 2, tables)])
    pipeline.open_record(workspace).load(Facts(source, name, content, "small", batches))


def told(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    """All numbers and all rows of all tables, in an order that rounding does not change."""
    results = Results(workspace.results)
    numbers = [{"name": name, **number.to_dict()} for name, number in results.numbers.items()]
    tables = {
        name: results.table(name).to_pylist()
        for name in results.tables
        if not name.endswith("_memory")
    }
    return {name: sorted(rows, key=_rounded) for name, rows in {**tables, "": numbers}.items()}


def _rounded(row: dict[str, Any]) -> str:
    near = {name: round(value, 3) if isinstance(value, float) else value
            for name, value in row.items()}  # fmt: skip
    exact = {name: value for name, value in near.items() if not isinstance(value, float)}
    return repr((sorted(exact.items()), sorted(near.items())))


def same(one: Any, other: Any) -> bool:
    """Whether two rows say the same; a text read alone differs from among others by rounding."""
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-4, abs=1e-5, nan_ok=True)
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(same(one[name], other[name]) for name in one)
    return bool(one == other)


def brand(root: Path) -> Workspace:
    return Workspace.create(root, brand="Maison", currency="EUR")


def test_who_turns_out_to_be_the_brand_has_answered_all_along(tmp_path, monkeypatch) -> None:
    """A post alone says that its author speaks for the brand: who waited for them was heard."""
    needed = {"identity", "reading", "roles", "buying", "worth", "relations", "understanding",
              "asking", "months"}  # fmt: skip
    monkeypatch.setattr(order, "STEPS", tuple(s for s in order.STEPS if s.name in needed))
    shop, past = brand(tmp_path / "shop"), facts(0, 60, everybody=True)
    replies = [
        {**said, "activity_id": f"r{n}", "account_id": "c39" if n else "us",
         "in_reply_to": said["activity_id"],
         "occurred_on": said["occurred_on"] + dt.timedelta(hours=1), "text": f"Pardon, {n}"}
        for n, said in enumerate(past["activity"])
    ]  # fmt: skip
    load(shop, "past", past)
    us = {"account_id": "us", "name": "Maison", "channel": "x", "is_brand": True}
    load(shop, "replies", {"activity": replies, "account": [us]})
    pipeline.run(shop)
    results = Results(shop.results)
    before = sum(results.table("person_months")["unheard"].to_pylist())
    post = {"post_id": "p1", "published_on": FIRST, "channel": "x", "account_id": "c39"}
    load(shop, "posts", {"post": [post]})
    assert "months" in pipeline.run(shop).computed
    assert before > sum(results.table("person_months")["unheard"].to_pylist())


@pytest.mark.slow
def test_a_day_more_is_told_as_if_it_had_been_there_from_the_start(tmp_path) -> None:
    grown, fresh = brand(tmp_path / "grown"), brand(tmp_path / "fresh")
    past, day = facts(0, 120, everybody=True), facts(120, 1, everybody=False)
    load(grown, "past", past)
    pipeline.run(grown)
    load(grown, "day", day)
    load(fresh, "past", past)
    load(fresh, "day", day)
    ran = pipeline.run(grown)
    pipeline.run(fresh)
    one, other = told(grown), told(fresh)
    assert one.keys() == other.keys()
    for name, rows in one.items():
        assert len(rows) == len(other[name]), name
        pairs = zip(rows, other[name], strict=True)
        assert [pair for pair in pairs if not same(*pair)] == [], name
    assert "roles" in ran.kept
    assert pipeline.out_of_date(grown) == ()


class Told(Step):
    """A step that says what a function says."""

    said: Callable[[Context], StepResult]

    def run(self, context: Context) -> StepResult:
        return SAY[self.name](context)


SAY: dict[str, Callable[[Context], StepResult]] = {}


@pytest.fixture
def three(monkeypatch) -> Iterator[list[str]]:
    """Steps: orders counted, whether there are any, and what follows from that."""
    done: list[str] = []

    def many(context: Context) -> StepResult:
        done.append("many")
        n = context.engine.collect(context.facts("purchase")).num_rows
        return StepResult(tables={"many": context.write("many", pa.table({"n": [n]}))})

    def some(context: Context) -> StepResult:
        done.append("some")
        n = context.engine.collect(context.result("many"))["n"][0].as_py()
        return StepResult(tables={"some": context.write("some", pa.table({"any": [n > 0]}))})

    def after(context: Context) -> StepResult:
        done.append("after")
        return StepResult(facts={"any": context.results.table("some")["any"][0].as_py()})

    SAY.update(many=many, some=some, after=after)
    steps = (
        Told("many", "?", ("purchase",), (), ""),
        Told("some", "?", (), ("many",), ""),
        Told("after", "?", (), ("some",), "", settings=("value.margin",)),
    )
    monkeypatch.setattr(order, "STEPS", steps)
    yield done
    SAY.clear()


def test_what_comes_before_a_step_that_says_the_same_counts_as_well(tmp_path, three) -> None:
    shop = brand(tmp_path / "shop")
    load(shop, "past", facts(0, 5, everybody=True))
    assert pipeline.run(shop).computed == ("many", "some", "after")
    load(shop, "day", facts(5, 1, everybody=False))
    assert pipeline.out_of_date(shop) == ("many", "some", "after")
    three.clear()
    pipeline.run(shop)  # "after" may read of "many" what "some" leaves out
    assert three == ["many", "some", "after"]


def test_a_step_before_that_says_the_same_lets_the_others_rest(tmp_path, three) -> None:
    shop = brand(tmp_path / "shop")
    load(shop, "past", facts(0, 5, everybody=True))
    pipeline.run(shop)
    SAY["many"] = lambda context: StepResult(
        tables={"many": context.write("many", pa.table({"n": [5]}))}
    )
    three.clear()
    load(shop, "day", facts(5, 1, everybody=False))
    ran = pipeline.run(shop)
    assert (ran.computed, ran.kept) == (("many",), ("some", "after"))
    assert three == []
    assert pipeline.out_of_date(shop) == ()


def test_a_setting_of_a_step_before_counts_for_what_follows(tmp_path, three) -> None:
    shop = brand(tmp_path / "shop")
    load(shop, "past", facts(0, 5, everybody=True))
    pipeline.run(shop)
    path = shop.root / "rapport.toml"
    path.write_text(path.read_text("utf-8").replace("# margin = 0.45", "margin = 0.5"), "utf-8")
    three.clear()
    assert pipeline.run(Workspace(shop.root)).computed == ("after",)


def test_a_lost_table_is_computed_again_though_nothing_changed(tmp_path, three) -> None:
    shop = brand(tmp_path / "shop")
    load(shop, "past", facts(0, 5, everybody=True))
    pipeline.run(shop)
    shutil.rmtree(shop.results / "some")
    three.clear()
    assert pipeline.run(shop).computed == ("some",)
