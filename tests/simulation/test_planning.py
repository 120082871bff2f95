"""A plan keeps its word: published examples, independent oracles, and experiments that are run."""

from __future__ import annotations

import datetime as dt
import json
import math
from pathlib import Path

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import integrate, stats

from rapport.record.engines import Engine, open_engine
from rapport.report.charts.plan import plan_chart
from rapport.simulation.making import live_through, write_down
from rapport.simulation.planning import (
    Crowd,
    Design,
    Window,
    cell_of_mean,
    cell_of_share,
    detectable_mean,
    detectable_share,
    measured_power,
    need,
    people_for_mean,
    people_for_share,
    place_spread,
    power_of_means,
    power_of_shares,
    shortest,
    spread_of_values,
)
from rapport.simulation.planning.grid import (
    Span,
    cells,
    checked,
    lengths_of,
    place_cells,
    place_spreads,
)
from rapport.simulation.planning.power import standard_error
from rapport.simulation.planning.world import world_orders, world_sales
from rapport.simulation.world import World
from rapport.words import Words
from shell import Shell, run_some, shop_orders

USUAL = Design(level=0.95)
LAST = dt.date(2025, 6, 30)


# Formulae against published examples and other ways to the same number


@pytest.mark.parametrize(
    ("people", "effect", "expected"),
    [(40, 1.0, 0.8689528), (128, 0.5, 0.8014596), (52, 0.8, 0.8074866), (788, 0.2, 0.8006)],
)
def test_power_of_means_equals_published_values(people, effect, expected) -> None:
    """R's power.t.test(n = 20, delta = 1), and Cohen 1988, table 2.3.5: 64, 26 and 394 a group."""
    assert power_of_means(effect, 1.0, people, USUAL) == pytest.approx(expected, abs=2e-5)


@pytest.mark.parametrize("people", [6, 30, 400, 100_000])
@pytest.mark.parametrize("distance", [0.3, 1.7, 3.1])
def test_power_equals_scipys_noncentral_t(people, distance) -> None:
    design = Design(level=0.9, treated=0.3)
    effect = distance * standard_error(2.0, people, design)
    limit = stats.t.ppf(0.95, people - 2)
    far = stats.nct(people - 2, distance)
    assert power_of_means(effect, 2.0, people, design) == pytest.approx(
        far.sf(limit) + far.cdf(-limit), abs=1e-9
    )


def test_power_equals_an_integral_over_the_standard_deviation() -> None:
    """The noncentral t by its definition: a normal divided by the root of a chi squared."""
    people, effect = 24, 0.9
    freedom = people - 2
    distance = effect / math.sqrt(4 / people)
    limit = stats.t.ppf(0.975, freedom)

    def beyond(spread: float) -> float:
        edge = limit * spread
        inside = stats.norm.cdf(edge - distance) - stats.norm.cdf(-edge - distance)
        return (
            (1 - inside) * stats.chi.pdf(spread * math.sqrt(freedom), freedom) * math.sqrt(freedom)
        )

    expected, _ = integrate.quad(beyond, 0, 5)
    assert power_of_means(effect, 1.0, people, USUAL) == pytest.approx(expected, abs=1e-8)


def test_people_it_takes_equal_published_values() -> None:
    """R's power.t.test: 22.02 a group; power.prop.test: 76.65 a group; Cohen: 64 a group."""
    assert people_for_mean(1.0, 1.0, Design(0.9, 0.95)) == 46
    assert people_for_mean(0.5, 1.0, USUAL) == 128
    assert people_for_share(0.5, 0.75, Design(0.9, 0.95)) == 154


def test_shares_equal_published_values() -> None:
    assert power_of_shares(0.5, 0.75, 100, USUAL) == pytest.approx(0.740, abs=5e-4)
    assert 0.5 + detectable_share(0.5, 100, Design(0.9, 0.95)) == pytest.approx(0.8026, abs=5e-5)


def test_the_economics_of_advertising_are_unfavourable() -> None:
    """Lewis & Rao 2015: $0.35 of $7 with sd $75, a million in each group: t = 3.30."""
    assert 0.35 / standard_error(75.0, 2_000_000, Design()) == pytest.approx(3.30, abs=0.005)
    explained = (0.5 * 0.35 / 75) ** 2
    assert explained == pytest.approx(0.0000054, abs=5e-8)


def test_cuped_halves_the_variance_at_a_correlation_of_070() -> None:
    """Deng et al. 2013, equation 4: what is left is 1 - correlation²."""
    rng = np.random.default_rng(1)
    past = rng.normal(size=50_000)
    outcome = 10 + math.sqrt(0.5) * past + math.sqrt(0.5) * rng.normal(size=50_000)
    found = spread_of_values(past, outcome, Window(LAST, 4, 26))
    assert (found.left / found.sd) ** 2 == pytest.approx(0.5, abs=0.01)
    half = people_for_mean(0.1, found.left, USUAL) / people_for_mean(0.1, found.sd, USUAL)
    assert half == pytest.approx(0.5, abs=0.01)


@given(
    people=st.integers(10, 10**7),
    sd=st.floats(0.01, 1e4),
    power=st.floats(0.5, 0.99),
    treated=st.floats(0.1, 0.9),
)
@settings(max_examples=60, deadline=None)
def test_the_smallest_effect_has_the_power_and_shrinks_with_people(
    people, sd, power, treated
) -> None:
    design = Design(power, 0.9, treated)
    effect = detectable_mean(sd, people, design)
    assert power_of_means(effect, sd, people, design) == pytest.approx(power, abs=1e-6)
    assert detectable_mean(sd, people * 2, design) < effect


@given(st.floats(0.01, 0.6), st.integers(400, 10**6))
@settings(max_examples=60, deadline=None)
def test_the_smallest_rise_of_a_share_has_the_power(base, people) -> None:
    rise = detectable_share(base, people, Design())
    if math.isfinite(rise):
        assert power_of_shares(base, base + rise, people, Design()) == pytest.approx(0.8, abs=1e-6)


@pytest.mark.parametrize("change", [{"power": 1.0}, {"level": 0.0}, {"power": 0.04}])
def test_a_design_that_is_none_is_refused(change) -> None:
    with pytest.raises(ValueError, match=r"power|level"):
        Design(**change)


def test_too_few_people_see_nothing() -> None:
    assert detectable_mean(1.0, 2, Design()) == math.inf
    assert detectable_share(0.5, 4, Design()) == math.inf
    assert people_for_mean(1e-9, 1.0, Design()) is None


# The range of the answer


def test_the_range_of_a_spread_holds_the_truth_nine_times_in_ten() -> None:
    rng = np.random.default_rng(3)
    held = 0
    for _ in range(300):
        past = rng.gamma(1.0, 1.0, 1500)
        outcome = past * rng.gamma(2.0, 0.5, 1500)
        found = spread_of_values(past, outcome, Window(LAST, 4, 26))
        truth = math.sqrt(2 * 0.5)  # E[past²] Var(noise) = 2 · 0.5
        held += abs(math.log(found.left / truth)) < 1.645 * found.error
    assert 0.80 < held / 300 < 0.96


def test_the_range_of_a_cell_is_around_it_and_narrows_with_people_known() -> None:
    rng = np.random.default_rng(4)

    def cell(known: int):
        past = rng.gamma(0.5, 20.0, known)
        outcome = 0.5 * past + rng.gamma(0.5, 20.0, known)
        return cell_of_mean(spread_of_values(past, outcome, Window(LAST, 8, 26)), 1000, Design())

    few, many = cell(500), cell(50_000)
    for each in (few, many):
        assert each.share.low < each.share.value < each.share.high
    assert (many.share.high / many.share.low) < (few.share.high / few.share.low)


def test_small_or_uneven_groups_of_very_unequal_people_are_marked() -> None:
    rng = np.random.default_rng(5)
    past = rng.lognormal(0, 1.2, 20_000)
    found = spread_of_values(past, past * rng.lognormal(0, 1, 20_000), Window(LAST, 8, 26))
    assert not cell_of_mean(found, 100, Design()).trusted
    assert cell_of_mean(found, 10_000_000, Design()).trusted
    assert not cell_of_mean(found, 100_000, Design(treated=0.001)).trusted


# Experiments that are run


@pytest.fixture(scope="module")
def history():
    return write_down(live_through(World(), people=4_000, months=15, seed=11))


@pytest.fixture(scope="module")
def engine(tmp_path_factory) -> Engine:
    with open_engine(
        "duckdb", time_zone="Europe/Paris", temp=tmp_path_factory.mktemp("room")
    ) as opened:
        yield opened


def _length(engine: Engine, history, outcome: str):
    value = nw.col("margin") if outcome == "margin" else nw.lit(1.0)
    orders = engine.table(world_orders(history)).select("person_id", "day", value=value)
    span = Span(history.first_day, history.last_day)
    binary = outcome == "retention"
    (found,) = lengths_of(engine, orders, span, span.windows([8], 26), binary=binary)
    return found


@pytest.mark.parametrize("outcome", ["margin", "orders", "retention"])
def test_measured_power_on_a_simulated_world_is_the_power_promised(
    engine, history, outcome
) -> None:
    length, binary = _length(engine, history, outcome), outcome == "retention"
    found = checked(engine, length, 1200, Design(), binary=binary, rounds=600)
    assert abs(found.power - 0.8) < 4 * found.error, found


def test_without_an_effect_the_test_cries_wolf_as_often_as_agreed(engine, history) -> None:
    rows = engine.collect(_length(engine, history, "margin").totals.select("past", "outcome"))
    crowd = Crowd(rows["past"].to_numpy(), rows["outcome"].to_numpy())
    found = measured_power(np.random.default_rng(6), crowd, 0.0, 800, Design(), rounds=600)
    assert abs(found.power - 0.1) < 4 * found.error


def test_sums_by_the_engine_equal_sums_by_hand(engine, history) -> None:
    length = _length(engine, history, "margin")
    orders = world_orders(history).to_pylist()
    end = history.last_day.toordinal()
    start = end - 56
    member, past, outcome = set(), {}, {}
    for row in orders:
        day, who = row["day"].toordinal(), row["person_id"]
        if start - 365 < day <= start:
            member.add(who)
        if start - 7 * length.window.before < day <= start:
            past[who] = past.get(who, 0.0) + row["margin"]
        if start < day <= end:
            outcome[who] = outcome.get(who, 0.0) + row["margin"]
    xs = np.array([past.get(who, 0.0) for who in sorted(member)])
    ys = np.array([outcome.get(who, 0.0) for who in sorted(member)])
    expected = spread_of_values(xs, ys, length.window)
    assert length.latest.people == len(member) > 300
    for name in ("mean", "sd", "skew", "correlation", "error"):
        assert getattr(length.latest, name) == pytest.approx(getattr(expected, name), rel=1e-9), (
            name
        )


def test_spark_sees_the_same_spread(engine, history, spark, tmp_path) -> None:
    orders = world_orders(history)
    span = Span(history.first_day, history.last_day)
    with open_engine("spark", time_zone="Europe/Paris", temp=tmp_path) as other:
        rows = other.table(orders).select("person_id", "day", value=nw.col("margin"))
        (found,) = lengths_of(other, rows, span, span.windows([8], 26), binary=False)
    here = _length(engine, history, "margin").spread
    assert found.spread.people == here.people
    assert found.spread.left == pytest.approx(here.left, rel=1e-9)
    assert found.spread.error == pytest.approx(here.error, rel=1e-6)


def test_stores_against_each_other_see_what_is_promised() -> None:
    """Stores of a known spread: the effect is put in, and seen as often as the plan says."""
    rng = np.random.default_rng(8)
    sizes = rng.normal(9, 0.7, 14)[:, None]
    sales = np.exp(sizes + rng.normal(0, 0.12, (14, 120)))
    found = place_spread(sales, 8, 26)
    assert found is not None
    effect = detectable_mean(found.left, 14, Design(), covariates=1)
    past = rng.normal(0, 0.7, (2000, 14))
    hits = 0
    for row in past:
        outcome = row + rng.normal(0, found.left, 14)
        treated = rng.permutation(14) < 7
        crowd = np.column_stack([np.ones(14), treated, row])
        slopes, rest, *_ = np.linalg.lstsq(crowd, outcome + effect * treated, rcond=None)
        error = math.sqrt(rest[0] / 11 * np.linalg.inv(crowd.T @ crowd)[1, 1])
        hits += abs(slopes[1]) > stats.t.ppf(0.95, 11) * error
    assert hits / 2000 == pytest.approx(0.8, abs=0.04)


def test_stores_of_a_world_are_planned_and_too_few_are_not(engine, history) -> None:
    windows = Span(history.first_day, history.last_day).windows([4, 8], 26)
    spreads = place_spreads(engine, engine.table(world_sales(history)), windows)
    assert [each.weeks for each in spreads] == [4, 8]
    grid = place_cells(spreads, [], Design())
    assert all(cell.share.low < cell.share.value < cell.share.high for cell in grid)
    assert place_spread(np.ones((5, 60)), 4, 26) is None
    assert place_spread(np.ones((9, 20)), 4, 26) is None


def test_needs_and_cells_agree(engine, history) -> None:
    for outcome in ("margin", "retention"):
        binary = outcome == "retention"
        spread = _length(engine, history, outcome).spread
        cell = (cell_of_share if binary else cell_of_mean)(spread, 2000, Design())
        found = need(spread, cell.share.value, Design(), binary=binary)
        assert found.people == pytest.approx(2000, abs=3)
        assert found.possible == (spread.people >= found.people)
    assert shortest([]) is None


def test_the_chart_is_a_picture_by_itself(engine, history) -> None:
    length = _length(engine, history, "margin")
    grid = cells([length], [200, 1000, 3000], Design(), binary=False)
    for language in ("en", "fr"):
        picture = str(plan_chart(grid, Words.of(language), "A plan", stores=False))
        assert picture.startswith("<svg")
        assert 'aria-label="A plan"' in picture
        assert ("8 weeks" if language == "en" else "8 semaines") in picture


# The command


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shell:
    root = tmp_path_factory.mktemp("plan") / "maison"
    shell = Shell(root)
    shell("new", str(root), "--currency", "EUR", "--language", "en")
    file = root.parent / "orders.csv"
    file.write_text(shop_orders(customers=400), encoding="utf-8")
    shell("add", "--yes", str(file))
    run_some(root, "identity", "roles", "buying")
    return shell


def test_plan_from_the_record(shop, tmp_path) -> None:
    told = shop.json(
        "plan", "--weeks", "4", "--weeks", "8", "--people", "100", "--people", "300",
        "--effect", "20%", "--check", "50", "--out", str(tmp_path / "plan.svg"),
    )  # fmt: skip
    assert (told["outcome"], told["source"], told["grade"]) == ("revenue", "record", "model")
    assert told["unit"] == "EUR per person and week"
    by = {(cell["weeks"], cell["people"]): cell for cell in told["cells"]}
    assert set(by) == {(4, 100), (4, 300), (8, 100), (8, 300)}
    assert by[4, 300]["share"]["value"] < by[4, 100]["share"]["value"]
    assert by[8, 300]["share"]["low"] < by[8, 300]["share"]["value"] < by[8, 300]["share"]["high"]
    assert [row["weeks"] for row in told["needs"]] == [4, 8]
    assert all(0.5 < row["power"] <= 1 for row in told["checked"])
    assert (tmp_path / "plan.svg").read_text(encoding="utf-8").startswith("<svg")


def test_plan_in_words_of_both_languages(shop) -> None:
    told = shop("plan", "--weeks", "4", "--effect", "0.5", "--outcome", "margin").stdout
    for words in ("Smallest effect on revenue", "4 weeks", "€", "People it takes"):
        assert words in told
    french = shop("plan", "--weeks", "4", "--outcome", "retention", "--language", "fr").stdout
    for words in ("Plus petit effet visible", "4 semaines", "en points", "servent de témoins"):
        assert words in french


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--effect", "lots"], "5%"),
        (["--power", "1.5"], "Power must be above 0 and below 1"),
        (["--weeks", "500"], "spans"),
        (["--outcome", "stores"], "daily sales by store or region"),
        (["--cost", "1"], "compared with margin"),
        (["--out", "/nowhere/plan.svg"], "Name a file you may write"),
    ],
)
def test_a_plan_that_cannot_be_made_says_why(shop, arguments, said) -> None:
    told = shop.json("plan", *arguments, code=1)
    assert said in json.dumps(told)


def test_plan_before_a_run_says_what_to_do(tmp_path) -> None:
    shell = Shell(tmp_path / "empty")
    shell("new", str(shell.root))
    assert "rapport run" in json.dumps(shell.json("plan", code=1))
    assert Path(shell.root).is_dir()


def test_weekly_sales_leave_out_places_without_a_name() -> None:
    from rapport.simulation.planning.grid import weekly_sales

    daily = pa.table({"place": ["a", None], "value": [1.0, 9.0], "day": [LAST, LAST]})
    assert weekly_sales(daily, LAST, 1).tolist() == [[1.0]]


@pytest.fixture
def small_world(monkeypatch):
    monkeypatch.setattr("rapport.commands.plan_sources.WORLD_PEOPLE", 2_000)
    monkeypatch.setattr("rapport.commands.plan_sources.WORLD_MONTHS", 14)


def _figures(cells: list[dict]) -> list[float]:
    ends = ("value", "low", "high")
    sizes = [c[kind][end] for c in cells for kind in ("share", "amount") if c[kind] for end in ends]
    return [*(float(c["weeks"]) for c in cells), *(float(c["people"]) for c in cells), *sizes]


def test_plan_on_a_simulated_brand_and_whether_it_can_tell_if_a_cost_is_earned(
    small_world, tmp_path
) -> None:
    from typer.testing import CliRunner

    from rapport.cli import app

    def plan(*more: str) -> dict:
        done = CliRunner().invoke(app, ["plan", "--simulated", "--weeks", "4", *more, "--json"])
        assert done.exit_code == 0, done.output
        return json.loads(done.stdout)

    told = plan("--cost", "0.01")
    assert (told["source"], told["outcome"]) == ("world", "margin")
    assert told["can_tell_whether_it_pays"] is False
    # sums over threads may differ in their last digit
    assert _figures(told["cells"]) == pytest.approx(_figures(plan()["cells"]), rel=1e-9)
    assert plan("--cost", "500")["can_tell_whether_it_pays"] is True
    stores = plan("--outcome", "stores")
    assert stores["unit"] == "EUR per store and week"
    assert stores["places"] >= 6
    other = tmp_path / "world.toml"
    other.write_text("strat = 2024-10-01\n", encoding="utf-8")
    wrong = CliRunner().invoke(app, ["plan", "--world", str(other), "--json"])
    assert wrong.exit_code == 1
    assert "start" in wrong.stdout


def test_stores_are_planned_from_daily_sales_on_record(tmp_path) -> None:
    shell = Shell(tmp_path / "maison")
    shell("new", str(shell.root), "--currency", "EUR", "--language", "en")
    orders, sales = tmp_path / "orders.csv", tmp_path / "sales.csv"
    orders.write_text(shop_orders(customers=30), encoding="utf-8")
    rng, first = np.random.default_rng(9), dt.date(2023, 1, 2)
    lines = [
        f"{first + dt.timedelta(day)},{region},{1000 * (1 + place) * rng.lognormal(0, 0.2):.2f}"
        for day in range(400)
        for place, region in enumerate(("Lille", "Lyon", "Nice", "Metz", "Bath", "Leeds", "York"))
    ]
    sales.write_text("Day,Region,Revenue\n" + "\n".join(lines) + "\n", encoding="utf-8")
    shell("add", "--yes", str(orders), str(sales))
    run_some(shell.root, "identity", "roles", "buying")
    told = shell.json("plan", "--outcome", "stores", "--weeks", "8")
    assert told["places"] == 7
    (all_of_them,) = [cell for cell in told["cells"] if cell["people"] == 7]
    assert 0.02 < all_of_them["share"]["low"] < all_of_them["share"]["value"] < 0.25
    assert all_of_them["amount"]["value"] == pytest.approx(
        all_of_them["share"]["value"] * 4000 * 7, rel=0.1
    )
