"""Lists stay of today while the answers that they are taken from rest."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rapport import monthly, pipeline
from rapport.results import StepResult
from rapport.steps import order
from rapport.steps.context import Context
from rapport.steps.lately import without_buyers, without_doers
from rapport.workspace import SETTINGS, Workspace
from test_second_run import load

SAW = dt.date(2026, 9, 10)


def deed(number: int, verb: str, day: dt.date) -> dict[str, Any]:
    return {
        "activity_id": f"d{number}", "account_id": f"c{number}", "verb": verb, "channel": "x",
        "occurred_on": dt.datetime.combine(day, dt.time(9), dt.UTC),
    }  # fmt: skip


@contextmanager
def world(root: Path, engine: str) -> Iterator[Context]:
    """c1 followed and c2 recommended after the answers were given, c3 followed long before."""
    shop = Workspace.create(root / "shop", brand="Maison", currency="EUR")
    path = shop.root / SETTINGS
    path.write_text(path.read_text("utf-8").replace('"duckdb"', f'"{engine}"', 1), "utf-8")
    shop = Workspace(shop.root)
    after = SAW + dt.timedelta(days=3)
    rows = [deed(1, "Follow", after), deed(2, "Recommend", after),
            deed(3, "Follow", SAW - dt.timedelta(days=30))]  # fmt: skip
    load(shop, "deeds", {"activity": rows})
    days = pa.array([after, SAW - dt.timedelta(days=9), SAW], pa.date32())
    orders = pa.table({"person_id": ["shop:c1", "shop:c2", None], "day": days})
    with pipeline.looking(shop) as made:
        made.engine.write(made.engine.table(orders), made.results.path("orders"))
        made.results.save("buying", "1", StepResult(tables={"orders": 3}))
        for step in ("moves", "months"):
            made.results.save(step, "1", StepResult())
        yield made


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with world(tmp_path, "duckdb") as made:
        yield made


def rest(context: Context) -> None:
    """Let the answers rest since the day that they saw."""
    for step in ("moves", "months"):
        context.results.see([step], {"last": SAW.isoformat()})
        context.results.renew(step, "2", rests=True)


def left(context: Context, rows: Any) -> set[str]:
    return set(context.engine.collect(rows)["person_id"].to_pylist())


def four(context: Context) -> Any:
    ids = [f"shop:c{n}" for n in range(1, 5)]
    return context.engine.table(pa.table({"person_id": ids}))


@pytest.fixture
def people(context: Context) -> Any:
    return four(context)


def test_who_bought_since_needs_not_be_won_back(context, people) -> None:
    rest(context)
    found = left(context, without_buyers(context, people, "moves"))
    assert found == {"shop:c2", "shop:c3", "shop:c4"}


def test_who_followed_or_recommended_since_is_not_asked_to(context, people) -> None:
    rest(context)
    assert left(context, without_doers(context, people, "months")) == {"shop:c3", "shop:c4"}
    thanked = without_doers(context, people, "months", ["Recommend"])
    assert left(context, thanked) == {"shop:c1", "shop:c3", "shop:c4"}


def test_of_an_answer_that_is_whole_nobody_is_left_out(context, people) -> None:
    assert len(left(context, without_buyers(context, people, "moves"))) == 4
    assert len(left(context, without_doers(context, people, "months"))) == 4


def still_known(context: Context, *moved: tuple[int, str]) -> bool:
    """Whether people are taken as the same, when some of a hundred accounts changed hands."""
    ids = [f"c{n}" for n in range(100)]
    people = pa.table({"source": ["shop"] * 100, "account_id": ids, "person_id": ids})
    roles = pa.table({"person_id": ["c9"], "role": ["employee"]})
    engine, results = context.engine, context.results
    now = list(ids)
    for place, person in moved:
        now[place] = person
    told = people.set_column(2, "person_id", pa.array(now))
    engine.write(engine.table(people), results.folder / order.WHOLE)
    engine.write(engine.table(roles), results.path("roles"))
    engine.write(engine.table(told), results.path("links"))
    return monthly.still_known(context)


def test_an_account_that_changed_hands_is_seen(context, monkeypatch) -> None:
    assert still_known(context)
    assert not still_known(context, (3, "c4"))  # one of a hundred is too many
    monkeypatch.setattr(monthly, "GONE", 0.05)
    assert still_known(context, (3, "c4"))
    assert not still_known(context, (3, "c9"))  # one of our own, it turns out


def test_spark_sees_the_same(tmp_path: Path, spark: Any) -> None:
    with world(tmp_path, "spark") as context:
        rest(context)
        assert left(context, without_buyers(context, four(context), "moves")) == {
            "shop:c2", "shop:c3", "shop:c4",
        }  # fmt: skip
        found = left(context, without_doers(context, four(context), "months"))
        assert found == {"shop:c3", "shop:c4"}
        assert still_known(context)
        assert not still_known(context, (3, "c4"))
