"""Who speaks well and who speaks ill: rates, shares, influence, and the step on a small record."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from engagement.kept import LAST, context_of
from rapport.engagement.advocacy.influence import (
    Worth,
    Yield,
    net,
    rate,
    reading_error,
    relative_error,
    weights,
    worth,
)
from rapport.engagement.advocacy.reading import BINS, rates
from rapport.engagement.advocacy.shares import EVERY, rows, share
from rapport.listening.trust.quantification import Correction
from rapport.steps.advocates import find_advocates
from rapport.steps.advocates_numbers import first, last


def test_rates_of_bins_are_those_of_the_mixture() -> None:
    known = np.zeros((1, 2, BINS))
    known[0, 0, [1, 12]], known[0, 1, [1, 12]] = (1800, 200), (600, 1400)
    counts = np.zeros(BINS)
    counts[[1, 12]] = 7500, 2500
    found = rates(Correction(known, drift=0.01), counts)
    # three in ten are of the kind (2500 = θ·0.7 + (1-θ)·0.1), so 0.3·0.7/0.25 of the upper bin are
    assert found.corrected
    assert found.value[12] == pytest.approx(0.3 * 0.7 / 0.25 - 0.09, abs=0.1)
    assert found.low[12] < found.value[12] < found.high[12]
    assert found.value[1] < 0.2


@given(st.floats(0.0, 1.0), st.integers(10, 5000), st.floats(0.0, 0.5), st.floats(0.0, 0.5))
def test_a_share_is_inside_its_range_and_misreading_widens_it(value, people, below, above) -> None:
    part = value * people
    told = share(part, part * (1 - below), part + (people - part) * above, people)
    sure = share(part, part, part, people)
    assert 0 <= told[1] <= told[0] <= told[2] <= 1 + 1e-12
    assert told[1] <= sure[1] + 1e-12
    assert told[2] >= sure[2] - 1e-12


def test_small_groups_are_in_no_row_but_in_their_sum() -> None:
    cell = {"well": 3.0, "well_low": 2.0, "well_high": 4.0, "ill": 0.0, "ill_low": 0.0,
            "ill_high": 1.0}  # fmt: skip
    cells = [
        {"side": "customer", "level": "engaged", "people": 9, **cell},
        {"side": "customer", "level": "fully engaged", "people": 6, **cell},
    ]
    (row,) = rows(cells, "online", 10)
    assert (row["level"], row["people"]) == (EVERY, 15)
    assert row["well"] == pytest.approx(6 / 15)


@pytest.mark.parametrize("shape", [0.2, 1.0, 5.0])
def test_rates_of_people_are_found_again(shape: float) -> None:
    rng = np.random.default_rng(3)
    own = rng.gamma(shape, 0.4 / shape, 40_000)
    seen = rng.poisson(own)
    found = rate([len(seen)], [seen.sum()], [(seen**2).sum()], 1.0)
    assert found.mean[0] == pytest.approx(0.4, rel=0.05)
    assert found.shape == pytest.approx(shape, rel=0.2)
    # expected rates are right on average among those who were seen equally often
    group = np.zeros(len(seen), np.int64)
    for times in (0, 1, 2):
        here = seen == times
        told = found.of(group[here], seen[here]).mean()
        assert told == pytest.approx(own[here].mean(), rel=0.12)
    low, high = found.ends(seen)
    told = found.of(group, seen)
    inside = (own >= told * low) & (own <= told * high)
    assert 0.87 <= inside.mean() <= 0.93


def test_what_all_are_worth_is_what_new_customers_of_friends_are_worth() -> None:
    rng = np.random.default_rng(4)
    seen = rng.poisson(rng.gamma(0.3, 1.0, 5000)).astype(float)
    found = rate([5000], [seen.sum()], [(seen**2).sum()], 1.0)
    each = Yield(120 / (found.mean[0] * 5000), 0.2, 50.0, 0.1)
    zeros = np.zeros(5000, np.int64)
    told = worth(found.of(zeros, seen), found.ends(seen), np.zeros(5000), each)
    assert told.value.sum() == pytest.approx(120 * 50.0, rel=0.01)
    assert (told.low <= told.value).all()
    assert (told.value <= told.high).all()


def test_what_is_kept_away_is_taken_off_and_its_error_is_kept() -> None:
    one = Worth(np.array([10.0]), np.array([7.0]), np.array([14.0]))
    told = net([one], one)
    assert (told.value[0], told.low[0], told.high[0]) == (0.0, -5.0, 5.0)


def test_reach_is_on_average_one_and_errors_are_none_where_nothing_differs() -> None:
    assert weights([1, 2, 3], [0, 0, 0]).tolist() == [1.0, 1.0, 1.0]
    few, many = weights([1, 1], [0, 100])
    assert 1 < many / few < 2  # one message of much reach does not make a rule
    few, many = weights([50, 50], [0, 100])
    assert many / few > 2
    assert reading_error(np.array([2.0]), np.array([2.0])).tolist() == [0.0]
    assert relative_error(0.0, 0.0, 1.0) == 0.0


def message(number: int, who: str, **more: Any) -> dict[str, Any]:
    day = LAST - dt.timedelta(days=number % 300)
    row: dict[str, Any] = {
        "message_id": f"x:{number}", "source": "x", "activity_id": str(number), "channel": "x",
        "occurred_on": dt.datetime.combine(day, dt.time(9)), "day": day, "account_id": who,
        "person_id": who, "from_brand": False, "copy_of": f"x:{number}", "text": "Hello",
        **{f"p_{kind}": 0.02 for kind in ("praise", "recommendation", "complaint", "leaving")},
    }  # fmt: skip
    return row | more


def people_of(ids: list[str]) -> pa.Table:
    return pa.table({"person_id": ids, "relation": ["prospect"] * len(ids),
                     "role": ["person"] * len(ids), "name": [None, *ids[1:]]})  # fmt: skip


def test_those_who_recommend_come_first_and_those_who_complain_are_critics(tmp_path) -> None:
    rows = [message(n, f"p{n % 40}") for n in range(200)]
    rows += [message(200 + n, f"fan{n % 12}", p_praise=0.97, p_recommendation=0.97)
             for n in range(36)]  # fmt: skip
    rows += [message(300 + n, f"foe{n % 15}", p_complaint=0.97) for n in range(30)]
    rows += [message(400 + n, "us", p_praise=0.97, from_brand=True) for n in range(3)]
    ids = sorted({row["person_id"] for row in rows} | {"silent"})
    tables = {"people": people_of(ids), "messages": pa.Table.from_pylist(rows)}
    with context_of(tmp_path, tables) as context:
        made = find_advocates(context)
        context.results.save("advocates", "1", made)
    told = context.results.table("advocates")
    assert told.num_rows == 40 + 12 + 15  # neither the brand nor who says nothing
    assert {row["person_id"][:3] for row in first(told).to_pylist()} >= {"fan"}
    best = [row["person_id"] for row in first(told, 12).to_pylist()]
    assert all(each.startswith("fan") for each in best)
    by_ill = sorted(told.to_pylist(), key=lambda row: -row["speaks_ill"])
    assert {row["person_id"][:3] for row in by_ill[:15]} == {"foe"}
    # the shipped reader errs too often about complaints: nobody is called a critic
    assert last(told).num_rows == 0
    assert "known_critics" not in made.numbers
    assert "Who are our critics?" in {entry.question.text("en") for entry in made.untold}
    assert told["influence"].null_count == told.num_rows  # nobody said what brought them
    said = {entry.question.text("en") for entry in made.untold}
    assert "What are the words of advocates worth?" in said
    assert "Do people speak well of us off line?" in said
    assert made.numbers["known_advocates"].value >= 12
    whole = [row for row in context.results.table("advocacy").to_pylist() if row["where"] == "both"]
    assert {row["people"] for row in whole} == {67}


@pytest.mark.parametrize("case", ["nothing", "nobody", "only_brand", "all_staff"])
def test_with_nothing_to_hear_it_says_so(tmp_path: Path, case: str) -> None:
    rows = [message(n, "us", from_brand=case == "only_brand") for n in range(5)]
    people = people_of(["us", "else"])
    if case == "all_staff":
        people = people.set_column(2, "role", pa.array(["employee", "employee"]))
    empty = pa.Table.from_pylist(rows).slice(0, 0)
    tables = {
        "nothing": {}, "nobody": {"people": people, "messages": empty},
        "only_brand": {"people": people, "messages": pa.Table.from_pylist(rows)},
        "all_staff": {"people": people, "messages": pa.Table.from_pylist(rows)},
    }[case]  # fmt: skip
    with context_of(tmp_path, tables) as context:
        made = find_advocates(context)
    assert not made.numbers
    assert [entry.question.text("en") for entry in made.untold] == [
        "Who speaks well of us, and who speaks ill?"
    ]
