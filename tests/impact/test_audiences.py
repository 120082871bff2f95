"""Audiences are kept whole, drawn by a lot that nobody moves, and forget whom they must."""

from __future__ import annotations

import datetime as dt
import json

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.errors import Problem
from rapport.impact.experiments.audiences import HELD, SENT, Audiences, Wave, drawn

DAY = dt.date(2026, 3, 1)


def rows(people: int = 40, share: float = 0.25) -> pa.Table:
    ids = [f"p{n}" for n in range(people)]
    return pa.table({"person_id": ids, "arm": drawn(ids, share, "a", DAY)})


@given(st.integers(0, 300), st.floats(0, 1), st.text(max_size=20))
def test_a_lot_holds_out_the_share_that_was_asked(people, share, name):
    ids = [f"p{n}" for n in range(people)]
    arms = drawn(ids, share, name, DAY)
    held = arms.count(HELD)
    assert len(arms) == people
    if people > 1 and share > 0:
        assert 1 <= held <= people - 1
        assert abs(held - people * share) <= 1
    else:
        assert held in {0, round(people * share)}


def test_a_lot_is_the_same_whoever_asks_and_another_for_another_day():
    ids = [f"p{n}" for n in range(500)]
    one = dict(zip(ids, drawn(ids, 0.2, "a", DAY), strict=True))
    turned = dict(zip(ids[::-1], drawn(ids[::-1], 0.2, "a", DAY), strict=True))
    assert one == turned
    other = drawn(ids, 0.2, "a", DAY + dt.timedelta(days=1))
    both = sum(a == b == HELD for a, b in zip(one.values(), other, strict=True))
    assert 5 <= both <= 40  # 20 by chance


def test_a_lot_hangs_on_nothing_that_ids_tell():
    ids = [f"person-{n:05d}" for n in range(20_000)]
    held = np.array([arm == HELD for arm in drawn(ids, 0.1, "a", DAY)])
    assert abs(np.corrcoef(held, np.arange(20_000))[0, 1]) < 0.02


@pytest.mark.parametrize(
    "name", ["../../etc/passwd", "=cmd|' /C calc'!A0", "<script>alert(1)</script>", "Thés d’été",
             "a\nb", "\u202etxt.exe", "CON", "x" * 300],
)  # fmt: skip
def test_whatever_an_audience_is_called_it_stays_in_its_folder(tmp_path, name):
    kept = Audiences(tmp_path / "audiences")
    wave = kept.write(name, DAY, rows(), window=60, play="thank", cost=1.5)
    (read,) = Audiences(tmp_path / "audiences").waves()
    assert read == wave
    assert read.name == name
    assert (read.window, read.looks, read.play, read.cost) == (60, 2, "thank", 1.5)
    path = (tmp_path / "audiences" / wave.file).resolve()
    assert path.is_relative_to((tmp_path / "audiences").resolve())
    assert kept.people(wave).num_rows == 40
    assert {p.name for p in tmp_path.iterdir()} == {"audiences"}


def test_two_names_never_share_a_folder(tmp_path):
    kept = Audiences(tmp_path)
    files = {kept.write(name, DAY, rows()).file for name in ("a b", "a-b", "A B", "a/b", "")}
    assert len(files) == 5


def test_an_audience_is_written_once_a_day_and_no_person_twice(tmp_path):
    kept = Audiences(tmp_path)
    kept.write("a", DAY, rows())
    with pytest.raises(Problem, match="already"):
        kept.write("a", DAY, rows())
    kept.write("a", DAY + dt.timedelta(days=30), rows())
    twice = pa.table({"person_id": ["p1", "p1"], "arm": [SENT, "later"]})
    with pytest.raises(Problem) as caught:
        kept.write("b", DAY, twice)
    assert len(caught.value.faults) == 2
    assert [wave.name for wave in kept.waves()] == ["a", "a"]


def test_who_is_held_out_stays_so_until_the_window_closes(tmp_path):
    kept = Audiences(tmp_path)
    kept.write("a", DAY, rows(), window=90)
    held = kept.held_out("a", DAY + dt.timedelta(days=90))
    assert len(held) == 10
    assert kept.held_out("a", DAY + dt.timedelta(days=91)) == set()
    assert kept.held_out("another", DAY) == set()


def test_a_forgotten_person_is_in_no_file(tmp_path):
    kept = Audiences(tmp_path)
    wave = kept.write("a", DAY, rows())
    kept.write("b", DAY, rows())
    assert kept.keep(lambda who: who != "p7") == 2
    assert "p7" not in kept.people(wave)["person_id"].to_pylist()
    assert not any(b"p7\x00" in p.read_bytes() for p in tmp_path.rglob("*.parquet"))
    assert kept.keep(lambda who: True) == 0


@pytest.mark.parametrize(
    "line", ["{", "[]", '{"name": "a"}', '{"name": "a", "written_on": "soon"}',
             json.dumps({"name": "a", "written_on": "2026-01-01", "sent": 1, "held_out": 1,
                         "file": "../../record/x.parquet"})],
)  # fmt: skip
def test_a_damaged_list_says_which_line(tmp_path, line):
    kept = Audiences(tmp_path)
    kept.write("a", DAY, rows())
    with (tmp_path / "log.jsonl").open("a") as file:
        file.write(line + "\n")
    with pytest.raises(Problem, match="line 2"):
        kept.waves()


def test_looks_are_due_once_a_month_until_the_window_closes():
    wave = Wave("a", DAY, 90, 10, window=90)
    due = [wave.look(DAY + dt.timedelta(days=d)) for d in (0, 29, 30, 59, 60, 89, 90, 400)]
    assert due == [None, None, (1, 30), (1, 30), (2, 60), (2, 60), (3, 90), (3, 90)]
    assert Wave("a", DAY, 9, 1, window=10).look(DAY + dt.timedelta(days=10)) == (1, 10)
    assert wave.share == pytest.approx(0.1)
