"""Every way of writing a date that a shop's file may hold."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from tests.sources.helpers import HEADER, gather, settings, written


@pytest.mark.parametrize(
    ("cells", "times"),
    [
        (["2024-01-31 08:26:00", "2024-2-1"], ["2024-01-31 08:26", "2024-02-01 00:00"]),
        (["2024-01-31T08:26:05.123Z", "2024-01-31"], ["2024-01-31 08:26:05", "2024-01-31 00:00"]),
        (
            ["2024-05-01 10:00:00 +0200", "2024-03-15 18:42 +0000", "2024-01-31 08:00:00-03:30"],
            ["2024-05-01 08:00", "2024-03-15 18:42", "2024-01-31 11:30"],
        ),
        (["31/01/2024 8:26", "1/2/2024 18:05"], ["2024-01-31 08:26", "2024-02-01 18:05"]),
        (["1/31/2024 1:05:00 PM", "2/1/24 12:30 am"], ["2024-01-31 13:05", "2024-02-01 00:30"]),
        (["31.01.2024", "1.2.24"], ["2024-01-31 00:00", "2024-02-01 00:00"]),
        (["31-01-2024 14h05", "01-02-2024 09h30"], ["2024-01-31 14:05", "2024-02-01 09:30"]),
        (["2024/01/31 10:00", "2024/02/01"], ["2024-01-31 10:00", "2024-02-01 00:00"]),
        (["19970101", "19971231"], ["1997-01-01 00:00", "1997-12-31 00:00"]),
        (["45322.5", "45323"], ["2024-01-31 12:00", "2024-02-01 00:00"]),
        (["1706688360", "1706688361000"], ["2024-01-31 08:06", "2024-01-31 08:06:01"]),
        (["Fri, Jan 5, 2024", "12 Mar 2024"], ["2024-01-05 00:00", "2024-03-12 00:00"]),
        (
            ["Jan 6, 2024 3:05 PM", "5-Feb-2024", "31 January 2024"],
            ["2024-01-06 15:05", "2024-02-05 00:00", "2024-01-31 00:00"],
        ),
        (
            ["5 juin 2024", "1er août 2024 à 14:05", "3 févr. 2024", "lundi 8 janvier 2024"],
            ["2024-06-05 00:00", "2024-08-01 14:05", "2024-02-03 00:00", "2024-01-08 00:00"],
        ),
        (
            ["Mar 1, 2024", "March 5, 2024 3:05 PM", "mars 7, 2024"],
            ["2024-03-01 00:00", "2024-03-05 15:05", "2024-03-07 00:00"],
        ),
        (
            ["mar. 5 mars 2024", "mardi 12 mars 2024", "mar 2 avr 2024"],
            ["2024-03-05 00:00", "2024-03-12 00:00", "2024-04-02 00:00"],
        ),
    ],
)
def test_a_column_of_dates(tmp_path: Path, cells: list[str], times: list[str]) -> None:
    rows = "".join(f'{n},"{cell}",a,1\n' for n, cell in enumerate(cells))
    found = gather(written(tmp_path, HEADER + rows), settings(time_zone="UTC"))
    assert found.aside == []
    expected = [datetime.fromisoformat(time).replace(tzinfo=UTC) for time in times]
    assert [at.replace(microsecond=0) for at in found.column("ordered_on")] == expected


def test_times_without_a_zone_are_those_of_the_brand_and_the_zone_is_kept(tmp_path: Path) -> None:
    text = HEADER + "1,2024-07-01 10:00:00,a,1\n2,2024-01-01 10:00:00,a,1\n"
    found = gather(written(tmp_path, text))
    assert found.column("ordered_on") == [
        datetime(2024, 7, 1, 8, tzinfo=UTC),
        datetime(2024, 1, 1, 9, tzinfo=UTC),
    ]
    assert found.column("zone") == ["Europe/Paris"] * 2


def test_the_hours_that_a_clock_skips_or_shows_twice_are_times_too(tmp_path: Path) -> None:
    text = HEADER + "1,2024-03-31 02:30:00,a,1\n2,2024-10-27 02:30:00,a,1\n"
    found = gather(written(tmp_path, text))
    assert found.aside == []
    assert [at.hour for at in found.column("ordered_on")] == [1, 0]


def test_offsets_and_plain_times_may_stand_in_one_file(tmp_path: Path) -> None:
    text = HEADER + "1,2024-07-01 10:00:00+02:00,a,1\n2,2024-07-01 10:00:00,a,1\n"
    found = gather(written(tmp_path, text), settings(time_zone="America/New_York"))
    assert [at.hour for at in found.column("ordered_on")] == [8, 14]
    assert found.column("zone") == ["+02:00", "America/New_York"]


def test_tomorrow_is_no_future_but_the_day_after_is(tmp_path: Path) -> None:
    text = HEADER + "1,2026-06-16 10:00:00,a,1\n2,2026-06-17 10:00:00,a,1\n"
    assert gather(written(tmp_path, text)).reasons == [
        (3, "date '2026-06-17 10:00:00' is in the future.")
    ]
