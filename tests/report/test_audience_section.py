"""The letter says who of the followers is real, as far as the record carries it."""

from __future__ import annotations

import datetime as dt
from itertools import pairwise
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from tests.report.conftest import write_results

from rapport.estimate import Estimate, Grade
from rapport.report.charts.audience import weeks_of
from rapport.report.findings import Findings
from rapport.report.parts import Section
from rapport.report.prose import Prose
from rapport.report.sections.audience import audience

COUNTS = [
    {"channel": "instagram", "what": "known followers", "counted": 625.0, "suspicious": 179.0,
     "without": 446.0, "without_low": 400.0, "without_high": 451.0},
    {"channel": "instagram", "what": "gained", "counted": 505.0, "suspicious": 177.0,
     "without": 328.0, "without_low": 326.0, "without_high": 332.0},
    {"channel": "x", "what": "known followers", "counted": 9.0, "suspicious": 3.0,
     "without": 6.0, "without_low": 5.0, "without_high": 7.0},
    {"channel": "mastodon", "what": "followers", "counted": 7704.0, "suspicious": None,
     "without": None, "without_low": None, "without_high": None},
]  # fmt: skip


def days() -> list[dict[str, Any]]:
    first = dt.date(2025, 1, 1)
    rows = [
        {"channel": "instagram", "day": first + dt.timedelta(days=n), "counted_by": "network",
         "gained": 2.0, "expected": 2.0, "is_burst": False, "excess": 0.0, "explained_by": ""}
        for n in range(120)
    ]  # fmt: skip
    rows[70] |= {"gained": 62.0, "is_burst": True, "excess": 60.0, "explained_by": "press"}
    return rows


def numbers() -> dict[str, Estimate]:
    share = Estimate(0.27, "share", Grade.MODEL, 0.26, 0.34, people=662, rows=662,
                     name="suspicious_share", table="audience_clean")  # fmt: skip
    many = Estimate(179.0, "accounts", Grade.MODEL, 174.0, 224.0, people=662, rows=662,
                    name="suspicious_followers", table="audience_clean")  # fmt: skip
    return {"suspicious_share": share, "suspicious_followers": many}


def section(folder: Path, language: str = "en", **found: Any) -> Section:
    told = {"numbers": {}, "tables": {}, "untold": (), "warnings": (), **found}
    results = write_results(folder, **told)
    findings = Findings.of(results, language)
    return audience(findings, Prose(findings.words))


TABLES = {
    "audience_clean": pa.Table.from_pylist(COUNTS),
    "audience_growth": pa.Table.from_pylist(days()),
}


@pytest.mark.parametrize(("language", "share"), [("en", "27%"), ("fr", "27\u202f%")])
def test_the_answer_says_the_share_and_the_pictures_show_it(tmp_path, language, share):
    made = section(tmp_path, language, numbers=numbers(), tables=TABLES)
    assert share in str(made.answer)
    assert "179" in made.answer.striptags()
    assert [figure.key for figure in made.figures] == ["real", "growth"]
    assert "446" in made.figures[0].wide
    assert ">Instagram<" in made.figures[1].wide  # the burst is marked with its channel
    assert made.figures[1].note  # the press may explain it


def test_small_groups_and_what_cannot_be_told_are_in_no_picture_and_no_table(tmp_path):
    made = section(tmp_path, numbers=numbers(), tables=TABLES)
    cells = [str(cell.text) for row in made.grids[0].rows for cell in row]
    assert "x" not in cells
    assert "mastodon" not in cells
    assert "7,704" not in cells
    assert ">mastodon<" not in made.figures[0].wide


def test_bursts_alone_are_said_without_a_share(tmp_path):
    bursts = Estimate.exact(3, "bursts", name="growth_bursts", rows=120)
    made = section(tmp_path, numbers={"growth_bursts": bursts})
    assert made.answer.striptags().startswith("3 times")
    calm = Estimate.exact(0, "bursts", name="growth_bursts", rows=120)
    made = section(tmp_path / "calm", numbers={"growth_bursts": calm})
    assert "no channel grew in bursts" in made.answer.striptags()


def test_with_nothing_known_it_says_so(tmp_path):
    assert section(tmp_path).answer.striptags().startswith("We cannot tell")


def test_weeks_hold_every_follower_once_and_leave_no_gap():
    rows = [row for row in days() if not 20 <= row["day"].timetuple().tm_yday < 45]
    weeks = weeks_of(rows)
    assert sum(w["ordinary"] + w["burst"] for w in weeks) == sum(row["gained"] for row in rows)
    assert {(b["week"] - a["week"]).days for a, b in pairwise(weeks)} == {7}
    assert [w["channels"] for w in weeks if w["burst"]] == ["instagram"]
