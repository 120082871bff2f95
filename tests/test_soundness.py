"""`rapport check` tells each source's span, gaps, late days, breaks and repeats, and what of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rapport.pipeline import look, open_record
from rapport.record.coverage import coverage, silences
from rapport.record.facts import Batch, Facts
from rapport.record.schema import TABLES
from rapport.soundness import soundness
from rapport.workspace import Workspace
from shell import Shell

FIRST = dt.date(2025, 1, 1)


def facts(source: str, name: str, tables: Mapping[str, list[dict[str, Any]]]) -> Facts:
    """Return one file's facts, a row of the file for each row of its longest table."""
    rows = max(len(each) for each in tables.values())
    made = {}
    for table, records in tables.items():
        columns = {column.name: column.arrow.type for column in TABLES[table].columns}
        told = [key for key in columns if any(key in record for record in records)]
        arrays = {key: pa.array([r.get(key) for r in records], columns[key]) for key in told}
        numbers = pa.array(range(2, len(records) + 2), pa.int64())
        made[table] = pa.table({**arrays, "source_row": numbers})
    return Facts(source, name, name, "1", iter([Batch(rows, made)]))


def noon(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(12), dt.UTC)


def spend(days: range) -> list[dict[str, Any]]:
    return [
        {"day": FIRST + dt.timedelta(n), "channel": "search", "cost": Decimal(5), "currency": "EUR"}
        for n in days
    ]


def posts(days: range, metric: str) -> dict[str, list[dict[str, Any]]]:
    moments = [(f"{metric}{n}", noon(FIRST + dt.timedelta(n))) for n in days]
    figures = [
        {"post_id": post, "measured_on": noon(dt.date(2026, 1, 1)), "metric": each, "value": 1.0}
        for post, _ in moments
        for each in (metric, "likes")
    ]
    return {"post": [{"post_id": p, "published_on": d} for p, d in moments], "post_metric": figures}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(
        tmp_path / "w", brand="W", currency="EUR", time_zone="Europe/Paris", language="en"
    )


def said(workspace: Workspace, kind: str) -> list[str]:
    found = [each for each in soundness(workspace).findings if each.kind == kind]
    return [
        f"{each.what.text('en')} {each.effect.text('en') if each.effect else ''}" for each in found
    ]


def test_a_missing_day_of_costs_is_told_with_what_it_does(workspace: Workspace) -> None:
    days = [*spend(range(10)), *spend(range(12, 30))]
    open_record(workspace).load(facts("ads", "ads.csv", {"spend": days}))
    (told,) = said(workspace, "gap")
    assert told == (
        "ads, search: nothing in spend from 11 January 2025 to 12 January 2025. "
        "Costs are counted too low there, and every return too high."
    )


def test_a_source_that_ends_before_the_others_is_late(workspace: Workspace) -> None:
    record = open_record(workspace)
    record.load(facts("ads", "ads.csv", {"spend": spend(range(10))}))
    record.load(facts("other_ads", "o.csv", {"spend": spend(range(40))}))
    (told,) = said(workspace, "late")
    assert told.startswith("ads, search: spend ends on 10 January 2025, 30 days before the newest")


def test_overlapping_exports_count_each_row_once_and_say_so(workspace: Workspace) -> None:
    record = open_record(workspace)
    record.load(facts("ads", "january.csv", {"spend": spend(range(31))}))
    record.load(facts("ads", "february.csv", {"spend": spend(range(28, 50))}))
    (told,) = said(workspace, "repeated")
    assert "ads: exports overlap, 3 rows of spend stand in two files or more." in told
    (cover,) = soundness(workspace).covers
    assert (cover.rows, cover.gaps) == (50, ())


def test_a_renamed_figure_leaves_a_visible_break(workspace: Workspace) -> None:
    record = open_record(workspace)
    record.load(facts("instagram", "old.csv", posts(range(0, 200, 3), "impressions")))
    record.load(facts("instagram", "new.csv", posts(range(120, 400, 3), "views")))
    breaks = said(workspace, "break")
    documented = "Instagram stopped counting impressions on 21 April 2025 and counts views since."
    assert any(text.startswith(documented) for text in breaks)
    assert any("instagram: views begins with posts of 1 May 2025" in text for text in breaks)
    assert not any("likes" in text for text in breaks)


def test_check_shows_it_in_french_and_to_machines(workspace: Workspace) -> None:
    days = [*spend(range(10)), *spend(range(12, 30))]
    open_record(workspace).load(facts("ads", "ads.csv", {"spend": days}))
    shell = Shell(workspace.root)
    french = " ".join(shell("check", "--language", "fr").stdout.split())
    assert "rien dans spend du 11 janvier 2025 au 12 janvier 2025" in french
    told = shell.json("check")
    assert told["findings"][0]["kind"] == "gap"
    assert told["sources"][0]["rows"] == 28


def test_an_empty_record_has_nothing_to_tell(workspace: Workspace) -> None:
    assert soundness(workspace).covers == ()


def test_weekends_of_a_closed_shop_are_no_gap() -> None:
    counts = {day: 20 for day in range(700_000, 700_365) if day % 7 < 5}
    days = [
        {"source": "till", "channel": None, "day_number": day, "rows": n}
        for day, n in counts.items()
    ]
    (cover,) = coverage("purchase", days, dt.date.fromordinal(700_364))
    assert cover.gaps == ()
    fewer = [row for row in days if not 700_100 <= row["day_number"] < 700_130]
    (cover,) = coverage("purchase", fewer, dt.date.fromordinal(700_364))
    assert len(cover.gaps) == 1


@pytest.mark.parametrize(("rate", "lost"), [(0.1, 250), (0.5, 40), (2.0, 20)])
def test_chance_alone_is_seldom_called_a_gap_and_a_lost_stretch_nearly_always(
    rate: float, lost: int
) -> None:
    chance = np.random.default_rng(11)
    false = found = 0
    for _ in range(300):
        days = {day: int(n) for day, n in enumerate(chance.poisson(rate, 500), 1) if n}
        false += bool(silences(days))
        torn = {day: n for day, n in days.items() if not 150 <= day < 150 + lost}
        found += bool(silences(torn))
    assert false <= 9
    assert found >= 285


def test_a_slow_beginning_and_quarterly_waves_are_no_gaps() -> None:
    grows = {1: 1, 90: 1, 300: 1, 420: 1, **dict.fromkeys(range(500, 600), 9)}
    waves = {start + n: 30 for start in range(0, 720, 90) for n in range(8)}
    assert silences(grows) == []
    assert silences(waves) == []


def test_flights_of_advertising_are_pauses_and_not_gaps(workspace: Workspace) -> None:
    flights = [*spend(range(20)), *spend(range(60, 80)), *spend(range(120, 140))]
    open_record(workspace).load(facts("media_plan", "tv.csv", {"spend": flights}))
    assert said(workspace, "gap") == []
    (told,) = said(workspace, "pauses")
    assert (
        told
        == "media_plan, search: spend comes and goes, pauses: 2. That is right if nothing ran then."
    )


@pytest.mark.parametrize(("told", "counted"), [(None, 1), (True, 2), (False, 1)])
def test_orders_that_were_only_watched_count_once(
    workspace: Workspace, told: Any, counted: int
) -> None:
    record = open_record(workspace)
    for source in ("shopify", "stripe"):
        order = {"purchase_id": "1", "ordered_on": noon(FIRST), "revenue": Decimal(9)}
        record.load(facts(source, f"{source}.csv", {"purchase": [{**order, "currency": "EUR"}]}))
    if told is not None:
        settings = workspace.root / "rapport.toml"
        settings.write_text(
            settings.read_text() + f"\n[sources.stripe]\norders = {str(told).lower()}\n"
        )
        workspace = Workspace(workspace.root)
    assert look(workspace).orders == counted
    assert bool(said(workspace, "doubled")) is (counted == 1)


def test_payments_alone_are_the_orders(workspace: Workspace) -> None:
    order = {"purchase_id": "1", "ordered_on": noon(FIRST), "revenue": Decimal(9)}
    open_record(workspace).load(
        facts("stripe", "s.csv", {"purchase": [{**order, "currency": "EUR"}]})
    )
    assert look(workspace).orders == 1
