"""Before and after: published numbers, a peer on the same data, and ranges that keep their word."""

from __future__ import annotations

import datetime as dt
import math

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rapport.impact
from rapport.errors import Problem
from rapport.impact.before_after.averages import by_period, of_periods, overall, simple
from rapport.impact.before_after.effects import group_times
from rapport.impact.before_after.moments import NEVER, moments_of, moments_of_sums
from rapport.impact.before_after.study import study
from rapport.impact.before_after.trends import (
    Path,
    bounded,
    breakdown,
    detectable_drift,
    pre_test,
    straight,
)

COUNTIES = {
    "unit": "countyreal", "period": "year", "outcome": "lemp", "connected_since": "first.treat",
}  # fmt: skip
# R's `did`, version of 2021, and recomputed: effect and standard error by cohort and year.
PUBLISHED = {
    ("never", ()): {
        (2004, 2004): (-0.0105, 0.0233), (2004, 2005): (-0.0704, 0.0310),
        (2004, 2006): (-0.1373, 0.0364), (2004, 2007): (-0.1008, 0.0344),
        (2006, 2004): (0.0065, 0.0233), (2006, 2005): (-0.0028, 0.0196),
        (2006, 2006): (-0.0046, 0.0178), (2006, 2007): (-0.0412, 0.0202),
        (2007, 2004): (0.0305, 0.0150), (2007, 2005): (-0.0027, 0.0164),
        (2007, 2006): (-0.0311, 0.0179), (2007, 2007): (-0.0261, 0.0167),
    },
    ("never", ("lpop",)): {
        (2004, 2004): (-0.0145, 0.0221), (2004, 2005): (-0.0764, 0.0287),
        (2004, 2006): (-0.1404, 0.0354), (2004, 2007): (-0.1069, 0.0329),
        (2006, 2004): (-0.0005, 0.0222), (2006, 2005): (-0.0062, 0.0185),
        (2006, 2006): (0.0010, 0.0194), (2006, 2007): (-0.0413, 0.0197),
        (2007, 2004): (0.0267, 0.0141), (2007, 2005): (-0.0046, 0.0157),
        (2007, 2006): (-0.0284, 0.0182), (2007, 2007): (-0.0288, 0.0162),
    },
    ("not yet", ("lpop",)): {
        (2004, 2004): (-0.0212, 0.0216), (2004, 2005): (-0.0816, 0.0283),
        (2004, 2006): (-0.1382, 0.0342), (2004, 2007): (-0.1069, 0.0329),
        (2006, 2004): (-0.0075, 0.0218), (2006, 2005): (-0.0046, 0.0183),
        (2006, 2006): (0.0087, 0.0168), (2006, 2007): (-0.0413, 0.0197),
        (2007, 2004): (0.0269, 0.0139), (2007, 2005): (-0.0042, 0.0155),
        (2007, 2006): (-0.0284, 0.0182), (2007, 2007): (-0.0288, 0.0162),
    },
}  # fmt: skip
SIMPLE = {
    ("never", ()): (-0.0400, 0.0120),
    ("never", ("lpop",)): (-0.0418, 0.0115),
    ("not yet", ("lpop",)): (-0.0414, 0.0114),
}
AFTER = {  # by years since, from 0 on
    ("never", ()): (-0.0199, -0.0510, -0.1373, -0.1008),
    ("never", ("lpop",)): (-0.0211, -0.0530, -0.1404, -0.1069),
    ("not yet", ("lpop",)): (-0.0201, -0.0547, -0.1382, -0.1069),
}
COHORTS = {
    ("never", ()): (-0.0797, -0.0229, -0.0261),
    ("never", ("lpop",)): (-0.0846, -0.0202, -0.0288),
    ("not yet", ("lpop",)): (-0.0870, -0.0163, -0.0288),
}


@pytest.fixture(scope="module")
def counties(shared_data) -> pd.DataFrame:
    return pd.read_csv(shared_data / "experiments" / "mpdta.csv")


def county_moments(counties: pd.DataFrame):
    wide = counties.pivot_table(index="countyreal", columns="year", values="lemp")
    first = counties.groupby("countyreal")["first.treat"].first().loc[wide.index].astype(float)
    return moments_of(wide.to_numpy(), first.replace(0, NEVER).to_numpy(), wide.columns.to_numpy())


@pytest.mark.parametrize("case", PUBLISHED, ids=str)
def test_counties_give_the_published_effects(counties, case):
    control, covariates = case
    found = rapport.impact.event_study(
        counties, **COUNTIES, control=control, covariates=list(covariates)
    )
    cells = {(int(c["cohort"]), int(c["period"])): c for c in found.cells}
    assert cells.keys() == PUBLISHED[case].keys()
    for key, (effect, error) in PUBLISHED[case].items():
        assert cells[key]["effect"] == pytest.approx(effect, abs=1e-4), key
        assert cells[key]["error"] == pytest.approx(error, rel=0.1), key
    assert found.average.value == pytest.approx(SIMPLE[case][0], abs=1e-4)
    assert found.average.error == pytest.approx(SIMPLE[case][1], rel=0.1)
    after = [row["effect"] for row in found.periods if row["since"] >= 0]
    assert after == pytest.approx(AFTER[case], abs=1e-4)
    assert [r["effect"] for r in found.cohorts] == pytest.approx(COHORTS[case], abs=1e-4)
    assert (found.connected, found.control, found.left_out) == (191, 309, 0)


def test_counties_give_the_published_means_and_pre_test(counties):
    found = rapport.impact.event_study(counties, **COUNTIES, control="never")
    assert found.cells_test is not None
    assert found.cells_test[2] == pytest.approx(0.16812, abs=1e-5)
    assert found.overall.value == pytest.approx(-0.0310, abs=1e-4)
    moving = group_times(county_moments(counties), "never", one_base=False)
    since, effects = by_period(moving)
    assert effects.value == pytest.approx(
        [0.0305, -0.0006, -0.0245, -0.0199, -0.0510, -0.1373, -0.1008], abs=1e-4
    )
    assert of_periods(effects, since >= 0).value[0] == pytest.approx(-0.0772, abs=1e-4)


@pytest.mark.parametrize("control", ["never", "not yet"])
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_sums_by_cohort_give_what_a_peer_gives_person_by_person(counties, control, base):
    from diff_diff import CallawaySantAnna

    group = {"never": "never_treated", "not yet": "not_yet_treated"}[control]
    peer = CallawaySantAnna(control_group=group, base_period=base).fit(
        counties, outcome="lemp", unit="countyreal", time="year", first_treat="first.treat"
    )
    found = group_times(county_moments(counties), control, one_base=base == "universal")
    errors = found.estimates.errors()
    for place, key in enumerate(zip(found.cohort.tolist(), found.period.tolist(), strict=True)):
        theirs = peer.group_time_effects[key]
        assert found.estimates.value[place] == pytest.approx(theirs["effect"], abs=1e-12)
        assert errors[place] == pytest.approx(theirs["se"], abs=1e-12)
    surface = peer.aggregate("event_study")
    _, effects = by_period(found)
    told = ~surface.is_reference
    assert effects.value == pytest.approx(surface.att[told], abs=1e-12)
    assert effects.covariance() == pytest.approx(surface.vcov, abs=1e-12)
    assert simple(found).errors()[0] == pytest.approx(peer.aggregate("simple").se[0], abs=1e-12)


def test_another_peer_agrees_on_the_average_over_people(counties):
    import polars as pl
    from moderndid import aggte, att_gt

    theirs = att_gt(
        data=pl.from_pandas(counties), yname="lemp", tname="year", idname="countyreal",
        gname="first.treat", est_method="reg", boot=False,
    )  # fmt: skip
    whole = aggte(theirs, type="group", boot=False, cband=False)
    found = study(county_moments(counties), "never")
    assert found.overall.value == pytest.approx(float(whole.overall_att), abs=1e-10)
    assert found.overall.error == pytest.approx(float(whole.overall_se), rel=0.02)


def test_lalonde_controls_give_the_published_doubly_robust_value(shared_data):
    """DRDID's eval_lalonde_cps: no programme was given, so all that is seen is bias."""
    long = pd.read_csv(shared_data / "experiments" / "nsw_long.csv.gz")
    panel = long[(long["treated"] == 0) | (long["sample"] == 2)].copy()
    panel["when"] = (panel["year"] == 1978).astype(int)
    panel["since"] = np.where(panel["experimental"] == 1, 1, 0)
    found = rapport.impact.event_study(
        panel, unit="id", period="when", outcome="re", connected_since="since", control="never",
        covariates=["age", "educ", "black", "married", "nodegree", "hisp", "re74"],
    )  # fmt: skip
    assert found.average.value == pytest.approx(-871.3271, abs=1e-3)
    assert found.average.error == pytest.approx(396.02, abs=0.05)
    assert not found.can_tell  # two years: nothing is known of paths before


def test_honest_ranges_are_those_of_the_peer(counties):
    from rapport.impact.before_after.peer import _surface

    found = study(county_moments(counties), "never")
    from diff_diff import HonestDiD, PreTrendsPower

    surface = _surface(found.path)
    weights = found.path.weight[found.path.since >= 0]
    for times in (0.5, 1.0, 2.0):
        peer = HonestDiD("relative_magnitude", M=times, alpha=0.1, l_vec=weights).fit(surface)
        _, low, high = bounded(found.path, times)
        assert (low, high) == pytest.approx((peer.ci_lb, peer.ci_ub), abs=1e-9)
    line = found.smooth(0.0)
    assert (found.straight.low, found.straight.high) == pytest.approx(
        (line.low, line.high), abs=1e-5
    )
    assert found.smooth(0.01).high - found.smooth(0.01).low > line.high - line.low
    power = PreTrendsPower(alpha=0.1, power=0.8, pretest_form="wald").fit(surface)
    assert found.test.noticed == pytest.approx(power.mdv, rel=1e-6)


def world(rng, *, people=400, effect=0.0, drift=0.0, noise=1.0):
    """People who connect by themselves in one of three periods, or never."""
    periods = np.arange(10.0)
    cohort = rng.choice([4.0, 6.0, 8.0, NEVER], people, p=[0.15, 0.15, 0.2, 0.5])
    since = np.where(np.isinf(cohort), 0.0, periods[:, None] - cohort).T
    level = rng.normal(0, 3, people)[:, None] + 0.2 * periods
    lasting = rng.normal(0, noise, (people, 10)).cumsum(axis=1) * 0.3
    outcome = level + lasting + rng.normal(0, noise, (people, 10))
    outcome += effect * (~np.isinf(cohort)[:, None] & (since >= 0))
    outcome += drift * np.where(np.isinf(cohort)[:, None], 0.0, periods[None, :])
    return moments_of(outcome, cohort, periods)


@pytest.mark.slow
def test_ranges_hold_the_truth_nine_times_in_ten_and_so_do_those_for_a_drift():
    rng = np.random.default_rng(11)
    plain = [study(world(rng, effect=1.0)) for _ in range(300)]
    held = np.mean([s.average.low <= 1.0 <= s.average.high for s in plain])
    assert 0.86 <= held <= 0.94
    drifting = [study(world(rng, effect=1.0, drift=0.15)) for _ in range(200)]
    assert np.mean([s.average.low <= 1.0 <= s.average.high for s in drifting]) < 0.7
    line = np.mean([s.straight.low <= 1.0 <= s.straight.high for s in drifting])
    assert 0.84 <= line <= 0.95
    assert np.mean([s.honest[1.0].low <= 1.0 <= s.honest[1.0].high for s in drifting]) >= 0.88


@pytest.mark.slow
def test_the_pre_test_is_wrong_one_time_in_ten_and_sees_the_drift_it_promises():
    rng = np.random.default_rng(12)
    calm = [study(world(rng)).test.differs for _ in range(300)]
    assert 0.06 <= np.mean(calm) <= 0.15
    noticed = float(np.median([study(world(rng)).test.noticed for _ in range(20)]))
    seen = [study(world(rng, drift=noticed)).test.differs for _ in range(200)]
    assert 0.72 <= np.mean(seen) <= 0.88


@given(st.integers(0, 10_000), st.floats(-50, 50), st.floats(0.1, 9))
def test_effects_move_with_the_unit_and_not_with_what_all_share(seed, shift, scale):
    rng = np.random.default_rng(seed)
    outcome = rng.gamma(1.0, 5.0, (60, 5))
    cohort = rng.choice([2.0, 3.0, NEVER], 60)
    kind = rng.integers(0, 2, 60)
    first = study(moments_of(outcome, cohort, np.arange(5), kind))
    other = outcome * scale + shift + np.arange(5) * shift
    moved = study(moments_of(other, cohort, np.arange(5), kind))
    assert moved.average.value == pytest.approx(first.average.value * scale, rel=1e-6, abs=1e-6)
    assert moved.average.error == pytest.approx(first.average.error * scale, rel=1e-6, abs=1e-6)


def test_strata_take_off_what_they_explain():
    rng = np.random.default_rng(3)
    kind = rng.integers(0, 2, 6000)
    cohort = np.where(rng.random(6000) < np.where(kind, 0.7, 0.2), 3.0, NEVER)
    outcome = rng.normal(0, 1, (6000, 6)) + kind[:, None] * 0.5 * np.arange(6)
    without = study(moments_of(outcome, cohort, np.arange(6)))
    within = study(moments_of(outcome, cohort, np.arange(6), kind))
    assert without.average.low > 0.2  # the kind that grows connects more
    assert within.average.low <= 0 <= within.average.high


def test_who_has_nobody_to_be_compared_with_is_left_out_and_counted():
    outcome = np.arange(24.0).reshape(6, 4)
    cohort = [2.0, 2.0, 2.0, NEVER, NEVER, NEVER]
    found = study(moments_of(outcome, cohort, np.arange(4), [0, 0, 1, 0, 0, 0]))
    assert (found.connected, found.left_out) == (3, 1)


def test_sums_give_the_moments_of_people():
    rng = np.random.default_rng(5)
    outcome = rng.gamma(1.0, 9.0, (40, 3))
    one = moments_of(outcome, np.full(40, NEVER), np.arange(3))
    sums, products = outcome.sum(axis=0)[None], (outcome.T @ outcome)[None]
    two = moments_of_sums(np.array([40.0]), sums, products, np.array([NEVER]), np.array([0]))
    assert one.mean == pytest.approx(two.mean)
    assert one.spread == pytest.approx(two.spread)


def test_without_periods_before_nothing_can_be_tested():
    path = Path(np.array([0.0, 1.0]), np.ones(2), np.eye(2), np.array([0.5, 0.5]))
    assert pre_test(path).hidden == math.inf
    assert breakdown(path) == 0.0
    assert not math.isfinite(straight(path)[0])
    assert detectable_drift(np.array([-2.0]), np.zeros((1, 1))) == math.inf


MONTHS = [dt.date(2025, m, 1) for m in range(1, 7)]


def panel(**more):
    rows = [
        {"who": f"p{n}", "month": month, "spent": float(n % 3 + k + 4 * (n < 4 and k >= 3)),
         "since": dt.date(2025, 4, 17) if n < 4 else None, "kind": "ab"[n % 2]}
        for n in range(12) for k, month in enumerate(MONTHS)
    ]  # fmt: skip
    return pa.Table.from_pylist(rows)


CALL = {"unit": "who", "period": "month", "outcome": "spent", "connected_since": "since"}


@pytest.mark.parametrize("kind", ["pandas", "polars", "pyarrow", "duckdb"])
def test_any_dataframe_will_do_and_days_count_by_their_month(kind):
    import duckdb
    import polars as pl

    told = panel()
    frames = {
        "pandas": told.to_pandas,
        "polars": lambda: pl.from_arrow(told),
        "pyarrow": lambda: told,
        "duckdb": lambda: duckdb.from_arrow(told),
    }
    frame = frames[kind]()
    found = rapport.impact.event_study(frame, **CALL, covariates=["kind"])
    del frame
    assert found.average.value == pytest.approx(4.0)
    assert [row["since"] for row in found.periods] == [-3, -2, 0, 1, 2]


def test_every_fault_is_told_at_once():
    with pytest.raises(Problem) as caught:
        rapport.impact.event_study(panel(), **{**CALL, "outcome": "spend", "unit": "how"})
    assert [str(f) for f in caught.value.faults] == [
        "frame: There is no column 'how'. Did you mean who?",
        "frame: There is no column 'spend'. Did you mean spent?",
    ]
    with pytest.raises(Problem) as caught:
        rapport.impact.event_study(
            panel(), **{**CALL, "outcome": "kind", "period": "spent"}, control="nobody"
        )
    told = str(caught.value)
    assert "There is no control 'nobody'" in told
    assert "kind: It holds" in told
    with pytest.raises(Problem, match="no dataframe"):
        rapport.impact.event_study([1, 2], **CALL)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda t: t.slice(0, 0), "one period only"),
        (lambda t: pa.concat_tables([t, t.slice(0, 1)]), "several rows in one period"),
        (lambda t: t.filter(pa.compute.field("month") != MONTHS[2]), "not one apart"),
        (lambda t: t.filter(pa.compute.field("since").is_null()), "Nobody connected"),
        (lambda t: t.filter(pa.compute.is_valid(pa.compute.field("since"))), "Nobody connected"),
    ],
)
def test_data_that_cannot_tell_say_why(change, said):
    with pytest.raises(Problem, match=said):
        rapport.impact.event_study(change(panel()), **CALL)


def test_people_who_are_not_known_all_the_time_are_left_out():
    told = panel().slice(1)
    assert rapport.impact.event_study(told, **CALL).connected == 3


@pytest.mark.parametrize(("language", "start"), [("en", "From the"), ("fr", "Depuis le lien")])
def test_a_sentence_says_it(language, start, counties):
    found = rapport.impact.event_study(counties, **COUNTIES, control="never")
    assert found.sentence(language).startswith(start)
    assert found.table("cohorts").num_rows == 3


def test_overall_weighs_cohorts_by_their_people():
    outcome = np.zeros((30, 4))
    cohort = np.array([1.0] * 20 + [2.0] * 5 + [NEVER] * 5)
    outcome[:20, 1:] += 3.0
    outcome[20:25, 2:] += 8.0
    found = group_times(moments_of(outcome, cohort, np.arange(4)), one_base=True)
    assert overall(found).value[0] == pytest.approx((20 * 3 + 5 * 8) / 25)
    assert simple(found).value[0] == pytest.approx((20 * 3 * 3 + 5 * 2 * 8) / (20 * 3 + 5 * 2))


def test_an_engine_gives_the_moments_of_people():
    from rapport.impact.before_after.cells import cell_sums, moments_of_cells
    from rapport.record.engines import open_engine

    rng = np.random.default_rng(1)
    ids = [f"p{n}" for n in range(500)]
    cohort = rng.choice([3.0, 5.0, NEVER], 500)
    kind = rng.integers(0, 3, 500)
    outcome = rng.gamma(0.3, 20.0, (500, 8)) * (rng.random((500, 8)) < 0.3)
    who, when = np.nonzero(outcome)
    people = pa.table({"person_id": ids, "stratum": kind, "cohort": pa.array(
        [None if np.isinf(g) else int(g) for g in cohort], pa.int64())})  # fmt: skip
    brought = pa.table({"person_id": [ids[n] for n in who], "period": when,
                        "outcome": outcome[who, when]})  # fmt: skip
    with open_engine("duckdb", time_zone="UTC") as engine:
        cells = cell_sums(engine.table(people), engine.table(brought), (0, 7))
        told = study(moments_of_cells(engine.collect(cells), (0, 7)))
        del cells
    one_by_one = study(moments_of(outcome, cohort, np.arange(8), kind))
    assert told.average == pytest.approx(one_by_one.average, rel=1e-9)
    assert told.test.statistic == pytest.approx(one_by_one.test.statistic, rel=1e-6)
