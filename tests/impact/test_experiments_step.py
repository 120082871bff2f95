"""Hold-outs read back: the truth inside its range, and plain words where nothing can be told."""

from __future__ import annotations

import datetime as dt

import pyarrow as pa
import pytest

from impact.shop import LAST, LOT, orders, read, shop, write
from rapport.estimate import Grade
from rapport.impact.experiments.audiences import HELD, SENT, Audiences


def only(context):
    (row,) = context.results.table("experiments").to_pylist()
    return row


def test_what_was_sent_worked_and_the_range_holds_the_truth(tmp_path):
    shop(tmp_path, effect=5.0, cost=0.5)
    with read(tmp_path) as (context, result):
        row = only(context)
        groups = context.results.table("experiment_groups").to_pylist()
        del context
    assert row["verdict"] == "worked"
    assert row["effect_low"] <= 5.0 <= row["effect_high"]
    assert (row["sent"], row["held_out"], row["lost"]) == (2800, 1200, 0)
    assert (row["look"], row["looks"], row["until"]) == (3, 3, LOT + dt.timedelta(days=90))
    assert row["explained"] > 0.2
    assert row["cost"] == pytest.approx(0.5 * 2800)
    assert row["total"] == pytest.approx(row["effect"] * 2800)
    gain = result.numbers["experiment_gain"]
    assert gain.grade is Grade.EXPERIMENT
    assert (gain.low, gain.high) == pytest.approx((row["total_low"], row["total_high"]))
    assert gain.people == 4000
    assert [g["level"] for g in groups] == ["fully engaged", "not engaged"]
    assert not result.untold


@pytest.mark.parametrize(("effect", "verdict"), [(0.0, "not seen"), (-8.0, "harmed")])
def test_what_did_nothing_or_harm_is_called_so(tmp_path, effect, verdict):
    shop(tmp_path, effect=effect)
    with read(tmp_path) as (context, _):
        assert only(context)["verdict"] == verdict
        del context


def test_with_no_hold_out_nothing_is_told(tmp_path):
    shop(tmp_path, share=0.0)
    with read(tmp_path) as (context, result):
        assert "experiments" not in context.results.tables
        del context
    assert result.numbers == {}
    assert result.untold[0].question.message == "Did what we did work?"


def test_too_early_too_few_and_nobody_buying_say_why(tmp_path):
    ids = [f"p{n}" for n in range(60)]
    write(tmp_path, orders(ids, [10.0] * 60, [10.0] * 60), ids)
    kept = Audiences(tmp_path / "audiences")
    arms = pa.array([HELD if n < 12 else SENT for n in range(60)])
    kept.write("late", LAST - dt.timedelta(days=10), pa.table({"person_id": ids, "arm": arms}))
    few = pa.table({"person_id": ids[:12], "arm": [HELD] * 3 + [SENT] * 9})
    kept.write("few", LOT, few)
    gone = pa.table({"person_id": [f"q{n}" for n in range(60)], "arm": arms})
    kept.write("gone", LOT, gone)
    kept.write("quiet", LOT + dt.timedelta(days=85), pa.table({"person_id": ids, "arm": arms}))
    with read(tmp_path) as (context, result):
        rows = {r["audience"]: r for r in context.results.table("experiments").to_pylist()}
        del context
    assert {name: row["why"] for name, row in rows.items()} == {
        "late": "too early", "few": "too few", "gone": "too few", "quiet": "nobody bought",
    }  # fmt: skip
    assert all(row["effect"] is None for row in rows.values())
    assert rows["gone"]["lost"] == 60
    assert result.numbers == {}
    assert len(result.untold) == 4


def test_people_lost_from_one_group_only_are_an_alarm(tmp_path):
    shop(tmp_path, people=1000, share=0.5)
    ids = [f"p{n}" for n in range(1000)]
    kept = Audiences(tmp_path / "audiences")
    (wave,) = kept.waves()
    held = {
        who
        for who, arm in zip(
            *(kept.people(wave)[c].to_pylist() for c in ("person_id", "arm")), strict=True
        )
        if arm == HELD
    }
    there = [who for n, who in enumerate(ids) if who not in held or n % 3]
    bought = orders(ids, [10.0] * 1000, [float(n % 7) for n in range(1000)])
    write(tmp_path, bought, there)
    with read(tmp_path) as (context, result):
        row = only(context)
        del context
    assert (row["verdict"], row["why"]) == ("cannot tell", "lost unevenly")
    assert result.numbers == {}


def test_orders_on_the_day_of_the_lot_and_after_the_window_do_not_count(tmp_path):
    ids = [f"p{n}" for n in range(80)]
    before, after = [5.0 + n % 3 for n in range(80)], [7.0 + n % 5 for n in range(80)]
    bought = orders(ids, before, after)
    days = [
        LOT if n % 2 == 0 else LOT + dt.timedelta(days=91 if n % 4 == 1 else 1) for n in range(160)
    ]
    place = bought.schema.get_field_index("day")
    bought = bought.set_column(place, "day", pa.array(days, pa.date32()))
    write(tmp_path, bought, ids)
    arms = [HELD if n < 40 else SENT for n in range(80)]
    Audiences(tmp_path / "audiences").write("a", LOT, pa.table({"person_id": ids, "arm": arms}))
    with read(tmp_path) as (context, _):
        row = only(context)
        del context
    counted = [after[n] for n in range(40) if n % 2]
    assert row["held_mean"] == pytest.approx(sum(counted) / 40)


def test_employees_do_not_count(tmp_path):
    shop(tmp_path, people=400)
    ids = [f"p{n}" for n in range(400)]
    write(tmp_path, orders(ids, [9.0] * 400, [float(n % 9) for n in range(400)]), ids)
    from rapport.record.engines import open_engine
    from rapport.results import Results

    roles = pa.table({"person_id": ids, "role": ["employee"] * 400})
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path / "t") as engine:
        engine.write(engine.table(roles), Results(tmp_path / "results").path("people"))
    with read(tmp_path) as (context, _):
        row = only(context)
        del context
    assert (row["why"], row["lost"]) == ("too few", 400)


def test_a_damaged_list_is_said_and_nothing_breaks(tmp_path):
    shop(tmp_path, people=100)
    (tmp_path / "audiences" / "log.jsonl").write_text("{broken\n")
    with read(tmp_path) as (_, result):
        pass
    assert "damaged" in result.untold[0].why.text("en")
    assert "abîmée" in result.untold[0].why.text("fr")
