"""Tests by lot: published effects, errors that trust nobody, looking early, arms of wrong size."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rapport.impact
from rapport.errors import Problem
from rapport.impact.experiments.arms import Arm, adjusted, cuped, difference, per_unit
from rapport.impact.experiments.groups import shrunk
from rapport.impact.experiments.looking import any_time, multiple, planned
from rapport.impact.experiments.mismatch import ALARM, mismatch
from rapport.impact.experiments.places import of_places
from rapport.impact.experiments.planning import (
    Spread,
    detectable,
    held_out_for,
    next_test,
    people_for,
)
from rapport.impact.experiments.regression import Reading, regressed


@pytest.fixture(scope="module")
def emails(shared_data) -> pd.DataFrame:
    return pd.read_csv(shared_data / "experiments" / "hillstrom.csv")


@pytest.fixture(scope="module")
def programme(shared_data) -> pd.DataFrame:
    """Dehejia & Wahba's 445: 185 in the programme, and the 260 controls known two years back."""
    folder = shared_data / "experiments"
    treated = pd.read_csv(folder / "lalonde" / "nsw74psid1.csv").query("trt == 1")
    long = pd.read_csv(folder / "nsw_long.csv.gz").query("sample == 1 and dwincl == 1")
    then = long[long["year"] == 1978].set_index("id")
    before = long[long["year"] == 1975].set_index("id")["re"]
    held = then.rename(columns={"married": "marr", "nodegree": "nodeg", "re": "re78"})
    held = held.assign(re75=before, trt=0)
    columns = ["trt", "age", "educ", "black", "hisp", "marr", "nodeg", "re74", "re75", "re78"]
    return pd.concat([treated[columns], held[columns]], ignore_index=True)


PAST = ["age", "educ", "black", "hisp", "marr", "nodeg", "re74", "re75"]


def test_a_published_email_test_by_three_arms(emails):
    told = rapport.impact.experiment(
        emails, outcome="spend", group="segment", control="No E-Mail", by="channel"
    )
    mens, womens = told["Mens E-Mail"], told["Womens E-Mail"]
    assert mens.difference.value == pytest.approx(0.769827, abs=1e-6)
    assert womens.difference.value == pytest.approx(0.424412, abs=1e-6)
    assert mens.difference.t == pytest.approx(5.300, abs=5e-4)
    assert mens.difference.p == pytest.approx(1.16e-07, rel=5e-3)
    assert (mens.mean, mens.held_mean) == pytest.approx((1.422617, 0.652789), abs=1e-6)
    assert told.sizes == {"Mens E-Mail": 21_307, "No E-Mail": 21_306, "Womens E-Mail": 21_387}
    assert told.can_tell
    assert [row["group"] for row in mens.groups] == ["Multichannel", "Phone", "Web"]
    spread = [row["effect"] for row in mens.groups]
    plain = [row["plain"] for row in mens.groups]
    assert np.ptp(spread) < np.ptp(plain)  # drawn together, since chance explains most of it
    assert told.table().num_rows == 2


def test_a_published_programme_by_lot(programme):
    assert programme["trt"].value_counts().to_dict() == {0: 260, 1: 185}
    told = rapport.impact.experiment(programme, outcome="re78", group="trt", covariates=PAST)["1"]
    assert told.difference.value == pytest.approx(1794.3423, abs=5e-4)
    assert told.difference.error == pytest.approx(671.00, abs=0.01)
    assert told.additive.value == pytest.approx(1676.34, abs=0.01)
    outcome, treated = programme["re78"].to_numpy(float), programme["trt"].to_numpy(float)
    assert regressed(outcome, treated, errors="plain").error == pytest.approx(632.85, abs=0.01)
    assert regressed(outcome, treated, errors="HC0").error == pytest.approx(669.32, abs=0.01)
    assert regressed(outcome, treated).error == pytest.approx(671.00, abs=0.01)


@pytest.mark.parametrize("crossed", [False, True])
@pytest.mark.parametrize("errors", ["plain", "HC0", "HC2"])
def test_least_squares_is_that_of_the_peer(programme, crossed, errors):
    import statsmodels.api as sm

    outcome, treated = programme["re78"].to_numpy(float), programme["trt"].to_numpy(float)
    past = programme[PAST].to_numpy(float)
    centred = past - past.mean(axis=0)
    columns = [treated, *centred.T, *((centred * treated[:, None]).T if crossed else [])]
    kind = {"plain": "nonrobust"}.get(errors, errors)
    peer = sm.OLS(outcome, sm.add_constant(np.column_stack(columns))).fit(cov_type=kind)
    told = regressed(outcome, treated, past, crossed=crossed, errors=errors)
    assert told.value == pytest.approx(peer.params[1], rel=1e-8)
    assert told.error == pytest.approx(peer.bse[1], rel=1e-6)


def test_sums_of_arms_give_what_people_one_by_one_give(programme):
    columns = programme[["re78", "re74", "re75"]].to_numpy(float)
    treated = programme["trt"].to_numpy() == 1
    arms = [Arm.of(columns[treated]), Arm.of(columns[~treated])]
    one = adjusted(*arms)
    other = regressed(columns[:, 0], treated.astype(float), columns[:, 1:])
    assert one.value == pytest.approx(other.value, rel=1e-8)
    assert one.error == pytest.approx(other.error, rel=0.05)
    sums = Arm.of_sums(int(treated.sum()), columns[treated].sum(axis=0),
                       columns[treated].T @ columns[treated])  # fmt: skip
    assert sums.spread == pytest.approx(arms[0].spread, rel=1e-9)
    halves = Arm.of(columns[treated][:90]) + Arm.of(columns[treated][90:])
    assert halves.spread == pytest.approx(arms[0].spread, rel=1e-9)


def draws(seed: int, rounds: int):
    rng = np.random.default_rng(seed)
    for _ in range(rounds):
        taste = rng.gamma(1.0, 20.0, 600)
        past, brought = (taste * rng.gamma(2.0, 0.5, 600) for _ in range(2))
        treated = rng.permutation(np.arange(600) < 200)
        yield past, brought, treated


def test_ranges_hold_nothing_nine_times_in_ten_and_the_past_narrows_them():
    held = {"difference": 0, "adjusted": 0, "cuped": 0, "lin": 0}
    widths = dict.fromkeys(held, 0.0)
    rounds = 400
    for past, brought, treated in draws(5, rounds):
        columns = np.column_stack([brought, past])
        arms = Arm.of(columns[treated]), Arm.of(columns[~treated])
        plain = (Arm.of(columns[treated][:, :1]), Arm.of(columns[~treated][:, :1]))
        found = {"difference": difference(*plain), "adjusted": adjusted(*arms),
                 "cuped": cuped(*arms), "lin": regressed(brought, treated.astype(float),
                                                         past[:, None])}  # fmt: skip
        for name, one in found.items():
            held[name] += one.low <= 0 <= one.high
            widths[name] += one.high - one.low
    for name, many in held.items():
        assert 0.85 <= many / rounds <= 0.95, name
    for name in ("adjusted", "cuped", "lin"):
        assert widths[name] < 0.9 * widths["difference"]


@pytest.mark.slow
def test_who_looks_after_every_hundred_people_is_wrong_at_most_one_time_in_ten():
    rng = np.random.default_rng(8)
    rounds, looks = 400, range(400, 10_001, 100)
    wrong, fooled = 0, 0
    for _ in range(rounds):
        brought = rng.gamma(0.5, 10.0, 10_000)
        treated = rng.random(10_000) < 0.5
        sums = [np.cumsum(np.where(side, brought**power, 0.0)) for side in (treated, ~treated)
                for power in (0, 1, 2)]  # fmt: skip
        caught = ordinary = False
        for people in looks:
            arms = []
            for side in (0, 3):
                n, s, q = (float(sums[side + k][people - 1]) for k in range(3))
                arms.append(Arm.of_sums(int(n), np.array([s]), np.array([[q]])))
            told = difference(*arms)
            ordinary |= told.sign != 0
            caught |= any_time(told, people, 5000).sign != 0
        wrong += caught
        fooled += ordinary
    assert wrong / rounds <= 0.1
    assert fooled / rounds > 0.35  # which an ordinary range does not survive


def test_ranges_of_planned_looks_hold_together_when_outcomes_add_up():
    rng = np.random.default_rng(9)
    rounds, wrong, wrong_plain = 600, 0, 0
    for _ in range(rounds):
        months = rng.gamma(0.3, 20.0, (400, 1)) * rng.gamma(1.0, 1.0, (400, 3))
        treated = rng.permutation(np.arange(400) < 200)
        totals = months.cumsum(axis=1)
        readings = [
            difference(Arm.of(total[treated][:, None]), Arm.of(total[~treated][:, None]))
            for total in totals.T
        ]
        wrong += any(planned(one, 3).sign for one in readings)
        wrong_plain += any(one.sign for one in readings)
    assert wrong / rounds <= 0.12
    assert wrong_plain / rounds > 0.12


def test_a_range_for_all_times_is_wider_everywhere_and_tightest_where_it_was_asked():
    sizes = [100, 1000, 5000, 20_000, 1_000_000]
    wide = [multiple(n, 5000) for n in sizes]
    assert min(wide) > 2.4
    assert multiple(5000, 5000) < min(multiple(5000, other) for other in (500, 50_000))


@given(st.integers(2, 10**6), st.integers(2, 10**6))
def test_a_lot_that_gave_what_it_should_is_no_alarm(first, second):
    assert mismatch([first, second], [first, second]) > ALARM


def test_arms_of_the_wrong_size_say_so():
    assert mismatch([10_000, 9_000]) < ALARM
    assert mismatch([30, 10]) == pytest.approx(0.0022, abs=2e-4)  # exact binomial
    frame = pa.table({"y": np.arange(300.0), "arm": ["control"] * 200 + ["sent"] * 100})
    told = rapport.impact.experiment(frame, outcome="y", group="arm")
    assert not told.can_tell
    assert "lost" in told.sentence()
    assert told.sentence("fr").startswith("Les groupes n’ont pas la taille")
    right = rapport.impact.experiment(
        frame, outcome="y", group="arm", shares={"control": 2, "sent": 1}
    )
    assert right.can_tell


def test_a_ratio_has_the_error_that_drawing_again_gives():
    rng = np.random.default_rng(4)
    orders = rng.integers(1, 6, 800).astype(float)
    money = orders * rng.gamma(4.0, 5.0, 800)
    treated = np.arange(800) < 400
    arms = [Arm.of(np.column_stack([money, orders])[side]) for side in (treated, ~treated)]
    told = per_unit(*arms)
    again = []
    for _ in range(2000):
        rows = [rng.choice(np.flatnonzero(side), 400) for side in (treated, ~treated)]
        again.append(np.subtract(*(money[r].sum() / orders[r].sum() for r in rows)))
    assert told.error == pytest.approx(np.std(again), rel=0.08)
    frame = pa.table({"m": money, "o": orders, "arm": np.where(treated, "sent", "held out")})
    found = rapport.impact.experiment(frame, outcome="m", group="arm", per="o")["sent"]
    assert found.difference.value == pytest.approx(told.value)


def test_places_are_what_counts_when_whole_places_are_treated():
    rng = np.random.default_rng(6)
    wrong, rounds = 0, 300
    low_p = 0
    for _ in range(rounds):
        level = rng.normal(100, 10, 12)
        people = rng.integers(50, 150, 12).astype(float)
        total = people * (level + rng.normal(0, 3, 12))
        treated = rng.permutation(np.arange(12) < 6).astype(float)
        reading, chance = of_places(total, people, treated, people * level)
        wrong += reading.sign != 0
        low_p += chance <= 0.1
    assert 0.05 <= wrong / rounds <= 0.15
    assert 0.05 <= low_p / rounds <= 0.15
    frame = pa.table(
        {
            "y": rng.normal(10, 1, 240),
            "town": [f"t{n % 12}" for n in range(240)],
            "arm": ["sent" if n % 2 else "control" for n in range(240)],
        }
    )
    told = rapport.impact.experiment(frame, outcome="y", group="arm", places="town")["sent"]
    assert told.lot is not None
    assert told.difference.freedom < 10.5


def test_small_groups_do_not_shout():
    rng = np.random.default_rng(3)
    truth = rng.normal(2.0, 0.5, 400)
    errors = rng.choice([0.3, 3.0], 400)
    seen = [Reading.of(t + rng.normal(0, e), e, 1000) for t, e in zip(truth, errors, strict=True)]
    told = shrunk(seen)
    raw = np.mean([(r.value - t) ** 2 for r, t in zip(seen, truth, strict=True)])
    drawn = np.mean([(r.value - t) ** 2 for r, t in zip(told.readings, truth, strict=True)])
    assert drawn < raw / 4
    held = np.mean([r.low <= t <= r.high for r, t in zip(told.readings, truth, strict=True)])
    assert 0.85 <= held <= 0.95
    assert told.spread == pytest.approx(0.5, abs=0.15)


def test_the_plan_in_closed_form_agrees_with_the_exact_one():
    from rapport.simulation.planning import Design, detectable_mean, people_for_mean

    for people, share, explained in ((1000, 0.5, 0.0), (5000, 0.1, 0.4), (200_000, 0.05, 0.7)):
        spread = Spread(37.0, explained)
        held = round(people * share)
        exact = detectable_mean(spread.left, people, Design(treated=1 - share), covariates=1)
        assert detectable(spread, people, held) == pytest.approx(exact, rel=5e-3)
    exact_people = people_for_mean(2.0, Spread(37.0, 0.4).left, Design(), covariates=1)
    assert people_for(Spread(37.0, 0.4), 2.0) == pytest.approx(exact_people, rel=5e-3)


def test_a_plan_that_cannot_be_says_so():
    assert held_out_for(Spread(20.0), 0.01, 500) is None
    assert held_out_for(Spread(20.0), 0.0, 500) is None
    assert people_for(Spread(20.0), 0.0) is None
    assert math.isinf(detectable(Spread(20.0), 3, 1))
    assert next_test(Spread(20.0), 1000, 100, expected=1.0, contact=2.0).forgone == 0.0


FRAME = {"spent": [1.0, 2, 3, 5, 6, 10], "arm": ["a"] * 3 + ["b"] * 3, "note": ["x"] * 6}


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "duckdb"])
def test_any_dataframe_will_do(kind):
    import duckdb
    import polars as pl

    told = pa.table(FRAME)
    make = {
        "pandas": told.to_pandas,
        "polars": lambda: pl.from_arrow(told),
        "pyarrow": lambda: told,
        "duckdb": lambda: duckdb.from_arrow(told),
    }[kind]
    frame = make()
    found = rapport.impact.experiment(frame, outcome="spent", group="arm", control="a")
    del frame
    assert found["b"].difference.value == 5.0


def test_every_fault_is_told_at_once():
    frame = pa.table(FRAME)
    with pytest.raises(Problem, match="Did you mean spent"):
        rapport.impact.experiment(frame, outcome="spend", group="arm")
    with pytest.raises(Problem) as caught:
        rapport.impact.experiment(frame, outcome="note", group="arm")
    assert "numbers are needed" in str(caught.value)
    assert "Which arm had no treatment is not said" in str(caught.value)
    with pytest.raises(Problem, match="no two arms"):
        rapport.impact.experiment(frame, outcome="spent", group="note")
    with pytest.raises(Problem, match="There is no arm 'c'"):
        rapport.impact.experiment(frame, outcome="spent", group="arm", control="c")
    with pytest.raises(Problem, match="fewer than two"):
        rapport.impact.experiment(
            pa.table({"spent": [1.0, None, 2.0, 3.0], "arm": ["a", "a", "b", "b"]}),
            outcome="spent",
            group="arm",
            control="a",
        )


def test_covariates_that_say_nothing_do_no_harm():
    rng = np.random.default_rng(2)
    frame = pa.table(
        {
            "y": rng.normal(size=80),
            "same": [1.0] * 80,
            "kind": ["a", "b"] * 40,
            "arm": ["control", "sent", "sent", "control"] * 20,
        }
    )
    told = rapport.impact.experiment(frame, outcome="y", group="arm", covariates=["same", "kind"])[
        "sent"
    ]
    assert math.isfinite(told.adjusted.error)
