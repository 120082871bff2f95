"""Answers that a large brand gets by the month stand until it is over, and no longer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pyarrow as pa
import pytest

from rapport import monthly, pipeline
from rapport.commands.checking import status
from rapport.commands.computing import run
from rapport.commands.terminal import Terminal
from rapport.results import Results, StepResult
from rapport.steps import order
from rapport.steps.context import Context
from rapport.steps.step import Step
from rapport.workspace import Workspace
from test_second_run import brand, facts, load, same, told


class Told(Step):
    """A step that says what a function says."""

    def run(self, context: Context) -> StepResult:
        return SAY[self.name](context)


SAY: dict[str, Callable[[Context], StepResult]] = {}
PEOPLE = [f"p{n}" for n in range(40)]


def of_people(table: str, people: list[str]) -> Callable[[Context], StepResult]:
    """A step that finds these people, in a table of that name."""

    def found(context: Context) -> StepResult:
        return StepResult(tables={table: context.write(table, pa.table({"person_id": people}))})

    return found


def linked(people: list[str]) -> Callable[[Context], StepResult]:
    """A step that says whose each account is."""

    def found(context: Context) -> StepResult:
        accounts = {
            "source": ["shop"] * len(people),
            "account_id": [f"c{n}" for n in range(len(people))],
            "person_id": people,
        }
        rows = pa.table({name: pa.array(each, pa.string()) for name, each in accounts.items()})
        tables = {"links": context.write("links", rows)}
        if context.since is None:
            context.kept(order.WHOLE, lambda: context.engine.table(rows), anew=True)
        return StepResult(tables=tables)

    return found


def of_levels(context: Context) -> StepResult:
    return StepResult(facts={"levelled": context.results.table("levels").num_rows})


def orders(context: Context) -> StepResult:
    return StepResult(facts={"n": context.engine.collect(context.facts("purchase")).num_rows})


@pytest.fixture
def large(monkeypatch, tmp_path) -> Iterator[Workspace]:
    """A brand that counts as large, after a run: its orders by the day, its levels by the month."""
    monkeypatch.setattr(monthly, "LARGE", 1)
    SAY.update(
        identity=linked(PEOPLE),
        roles=of_people("roles", ["us"]),
        buying=orders,
        levels=of_people("levels", PEOPLE),
        moves=of_people("moves", PEOPLE),
        plays=of_levels,
    )
    steps = (
        Told("identity", "?", ("purchase",), (), "", goes_on=True),
        Told("roles", "?", (), ("identity",), ""),
        Told("buying", "?", ("purchase",), ("identity", "roles"), ""),
        Told("levels", "?", (), ("buying",), "", settings=("value.margin",), monthly=True),
        Told("moves", "?", (), ("buying", "levels"), "", monthly=True),
        Told("plays", "?", (), ("buying", "levels"), ""),
    )
    monkeypatch.setattr(order, "STEPS", steps)
    shop = brand(tmp_path / "shop")
    load(shop, "past", facts(0, 5, everybody=True))
    assert pipeline.run(shop).computed == tuple(SAY)
    yield shop
    SAY.clear()


def test_a_day_more_leaves_monthly_answers_until_the_month_is_over(large) -> None:
    load(large, "day", facts(5, 1, everybody=False))
    ran = pipeline.run(large)
    assert (ran.computed, ran.resting) == (("identity", "buying", "plays"), ("levels", "moves"))
    days = Results(large.results).resting
    assert {name: day.isoformat() for name, day in days.items()} == {
        "levels": "2025-01-05",
        "moves": "2025-01-05",
    }
    assert pipeline.out_of_date(large) == ()
    load(large, "last of january", facts(30, 1, everybody=False))
    assert pipeline.run(large).resting == ("levels", "moves")
    load(large, "first of february", facts(31, 1, everybody=False))
    ran = pipeline.run(large)
    assert (ran.computed, ran.resting) == (("identity", "buying", "levels", "moves", "plays"), ())
    load(large, "second of february", facts(32, 1, everybody=False))
    assert pipeline.run(large).resting == ("levels", "moves")


def test_people_are_told_of_which_day_an_answer_is(large, capsys) -> None:
    load(large, "day", facts(5, 1, everybody=False))
    terminal = Terminal(language="en")
    told = run(terminal, large, again=False)
    assert told["resting"] == {"levels": "2025-01-05", "moves": "2025-01-05"}
    said = (
        "Monthly answers: 2, as of 5 January 2025; they are given anew with the first facts after "
        "31 January 2025. 'rapport run --whole' gives them now."
    )
    assert said in capsys.readouterr().out
    assert status(terminal, large)["resting"] == told["resting"]
    assert said in capsys.readouterr().out
    assert run(terminal, large, again=False, whole=True)["resting"] == {}
    assert "Monthly answers" not in capsys.readouterr().out


def test_who_asks_for_all_of_it_has_monthly_answers_anew(large) -> None:
    load(large, "day", facts(5, 1, everybody=False))
    pipeline.run(large)
    SAY["levels"] = of_people("levels", PEOPLE[:30])
    ran = pipeline.run(large, whole=True)
    assert (ran.computed, ran.resting) == (("identity", "levels", "moves", "plays"), ())
    assert Results(large.results).facts["levelled"] == 30  # what comes after follows
    assert pipeline.run(large, whole=True).computed == ()


def test_what_comes_late_is_in_the_answer_at_once(large) -> None:
    load(large, "last of january", facts(30, 1, everybody=False))
    assert pipeline.run(large).resting == ("levels", "moves")
    load(large, "before", facts(-3, 1, everybody=False))
    assert pipeline.run(large).resting == ()


def test_what_was_undone_is_in_no_answer(large) -> None:
    record = pipeline.open_record(large)
    load(large, "day", facts(5, 1, everybody=False))
    pipeline.run(large, whole=True)
    record.undo(record.loads()[-1].load_id)
    assert "moves" in pipeline.run(large).computed


def test_a_setting_that_one_answer_rests_on_gives_all_anew(large) -> None:
    load(large, "day", facts(5, 1, everybody=False))
    assert pipeline.run(large).resting == ("levels", "moves")
    path = large.root / "rapport.toml"
    path.write_text(path.read_text("utf-8").replace("# margin = 0.45", "margin = 0.5"), "utf-8")
    ran = pipeline.run(Workspace(large.root))
    assert {"levels", "moves"} <= set(ran.computed)
    assert ran.resting == ()


def test_people_who_turn_out_to_be_one_are_one_in_every_answer(large) -> None:
    SAY["identity"] = linked(["p1", *PEOPLE[1:]])
    load(large, "day", facts(5, 1, everybody=False))
    assert pipeline.run(large).resting == ()


def test_who_turns_out_to_be_ours_is_no_customer_in_any_answer(large) -> None:
    SAY["roles"] = of_people("roles", ["us", "p1"])
    load(large, "day", facts(5, 1, everybody=False))
    SAY["identity"] = linked([*PEOPLE, "p40"])
    assert pipeline.run(large).resting == ()


def test_a_run_that_ended_in_the_middle_leaves_no_mixture(large) -> None:
    def fall(context: Context) -> StepResult:
        raise MemoryError

    whole = SAY["moves"]
    load(large, "day", facts(5, 1, everybody=False))
    SAY["moves"] = fall
    with pytest.raises(MemoryError):
        pipeline.run(large, whole=True)
    SAY["moves"] = whole
    load(large, "another", facts(6, 1, everybody=False))
    assert pipeline.run(large).resting == ()


def test_nobody_goes_on_from_what_a_run_found_that_never_ended(large) -> None:
    """Accounts of a load that was undone since would stay for a month as people who are nobody."""

    def fall(context: Context) -> StepResult:
        raise MemoryError

    since: list[Any] = []

    def seen(context: Context) -> StepResult:
        since.append(context.since)
        return linked(PEOPLE)(context)

    record, buying = pipeline.open_record(large), SAY["buying"]
    SAY.update(identity=seen, buying=fall)
    load(large, "next month", facts(40, 1, everybody=False))
    with pytest.raises(MemoryError):
        pipeline.run(large)
    record.undo(record.loads()[-1].load_id)
    SAY["buying"] = buying
    load(large, "day", facts(5, 1, everybody=False))
    assert pipeline.run(large).resting == ()
    load(large, "another", facts(6, 1, everybody=False))
    pipeline.run(large)
    assert since[:2] == [None, None]
    assert since[-1] is not None


def test_a_shop_s_own_orders_count_for_all_of_the_past(large) -> None:
    """Orders that a browser saw are left out once the shop's own are there, those of before too."""
    rows = facts(6, 1, everybody=False)
    record = pipeline.open_record(large)
    load(large, "seen in a browser", facts(5, 1, everybody=False), source="ga4")
    assert pipeline.run(large).resting == ()  # none of it counts beside the shop's
    record.undo(record.loads()[0].load_id)
    pipeline.run(large)
    load(large, "the shop's own", rows)
    assert pipeline.run(large).resting == ()


def test_a_small_brand_has_every_answer_anew(large, monkeypatch) -> None:
    monkeypatch.setattr(monthly, "LARGE", 10**9)
    load(large, "day", facts(5, 1, everybody=False))
    assert pipeline.run(large).resting == ()


@pytest.mark.slow
def test_a_large_brand_s_day_more_is_told_as_if_it_had_been_there(tmp_path, monkeypatch) -> None:
    """Daily answers at once, whatever they go on from; monthly ones as soon as they are asked."""
    monkeypatch.setattr(monthly, "LARGE", 1)
    grown, fresh = brand(tmp_path / "grown"), brand(tmp_path / "fresh")
    past, day = facts(0, 130, everybody=True), facts(130, 3, everybody=False)
    for workspace in (grown, fresh):
        load(workspace, "past", past)
    pipeline.run(grown)
    for workspace in (grown, fresh):
        load(workspace, "day", day)
    resting = pipeline.run(grown).resting
    pipeline.run(fresh)
    assert {"levels", "worth", "ledger", "platforms"} <= set(resting)
    daily = set(Results(fresh.results).tables)
    for step in resting:
        daily -= Results(fresh.results).steps[step].tables.keys()
    one, other = told(grown), told(fresh)
    assert one["mentions"]
    for name in sorted(daily - {"play_people", "plays"}):  # they choose among monthly answers
        if not name.endswith("_memory"):
            assert alike(one[name], other[name]), name
    assert pipeline.run(grown, whole=True).resting == ()
    one = told(grown)
    for name, rows in other.items():
        assert alike(one[name], rows), name


def alike(some: list[dict[str, Any]], others: list[dict[str, Any]]) -> bool:
    pairs = zip(some, others, strict=False)
    return len(some) == len(others) and all(same(*pair) for pair in pairs)


def test_monthly_answers_know_who_is_who_and_who_is_ours() -> None:
    from rapport.freshness import all_before

    assert monthly.names()
    for name in monthly.names():
        assert {"identity", "roles"} <= set(all_before()[name])
