"""`rapport simulate`: the same seed gives the same bytes, and nobody's files are lost."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner, Result

from rapport.cli import app
from rapport.simulation.world import World
from rapport.simulation.world_file import read_world

SMALL = ("--people", "150", "--months", "2")


def run(*arguments: str, code: int = 0) -> Result:
    result = CliRunner().invoke(app, ["simulate", *arguments])
    assert result.exit_code == code, f"{result.output} {result.stderr} {result.exception!r}"
    return result


def digests(folder: Path) -> dict[str, str]:
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def made(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("simulated") / "brand"
    run(str(folder), *SMALL)
    return folder


def test_the_same_seed_gives_the_same_bytes(made, tmp_path) -> None:
    run(str(tmp_path / "again"), *SMALL)
    assert digests(tmp_path / "again") == digests(made)


def test_another_seed_gives_other_bytes(made, tmp_path) -> None:
    run(str(tmp_path / "other"), *SMALL, "--seed", "8")
    before, after = digests(made), digests(tmp_path / "other")
    assert before["truth/person.parquet"] != after["truth/person.parquet"]
    orders = [name for name in before if name.endswith("orders_export_1.csv")]
    assert orders
    assert before[orders[0]] != after[orders[0]]


def test_it_ends_with_the_naive_gap_and_the_truth(made, tmp_path) -> None:
    told = run(str(tmp_path / "said"), "--people", "900", "--months", "2").stdout
    assert "naive gap" in told
    assert "the truth that a measurement must find" in told
    french = run(str(tmp_path / "dit"), *SMALL, "--language", "fr").stdout
    assert "fichiers d’export" in french


def test_the_summary_holds_the_totals_and_every_file(made) -> None:
    told = json.loads((made / "truth" / "truth.json").read_text(encoding="utf-8"))
    assert sorted(told["files"]) == sorted(digests(made))
    assert sum(told["margin_by_cause"].values()) == pytest.approx(told["margin"], abs=0.005)
    orders = pq.read_table(made / "truth" / "order.parquet")
    assert orders.num_rows == told["orders"] > 20
    assert World.model_validate(told["world"]) == World()


def test_no_export_holds_the_truth(made) -> None:
    causes = (b"word_of_mouth", b"person_id", b"is_irony", b"fully_engaged")
    for path in (made / "exports").rglob("*.csv"):
        data = path.read_bytes()
        assert not [cause for cause in causes if cause in data], path


def test_answers_for_machines(tmp_path) -> None:
    told = json.loads(run(str(tmp_path / "b"), *SMALL, "--json").stdout)
    assert told["ok"] is True
    assert told["people"] == 150
    assert {"naive", "caused", "expected"} <= set(told["connection_a_month"])
    assert all(Path(path).is_file() for path in (*told["files"], *told["truth"]))


def test_a_folder_with_other_things_is_refused(tmp_path) -> None:
    (tmp_path / "mine.txt").write_text("mine", encoding="utf-8")
    told = run(str(tmp_path), *SMALL, "--yes", code=1).stderr
    assert "not empty" in told
    assert "mine.txt" in told
    assert (tmp_path / "mine.txt").read_text(encoding="utf-8") == "mine"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["mine.txt"]


def test_a_file_in_the_place_of_the_folder_is_refused(tmp_path) -> None:
    (tmp_path / "brand").write_text("", encoding="utf-8")
    assert "It is a file." in run(str(tmp_path / "brand"), *SMALL, code=1).stderr


def test_an_earlier_simulation_is_replaced_only_when_agreed(tmp_path) -> None:
    folder = tmp_path / "brand"
    run(str(folder), *SMALL)
    before = digests(folder)
    told = run(str(folder), *SMALL, "--seed", "9", code=1)
    assert "150 people, 2 months, seed 7" in told.stdout
    assert "--yes" in told.stderr
    assert digests(folder) == before
    run(str(folder), *SMALL, "--seed", "9", "--yes")
    assert digests(folder) != before


def test_a_file_of_ones_own_among_the_exports_is_never_lost(tmp_path) -> None:
    folder = tmp_path / "brand"
    run(str(folder), *SMALL)
    own = folder / "exports" / "notes.csv"
    own.write_text("mine", encoding="utf-8")
    told = run(str(folder), *SMALL, "--yes", code=1).stderr
    assert "files of yours would be lost" in told
    assert "notes.csv" in told
    assert own.read_text(encoding="utf-8") == "mine"


def test_what_a_broken_run_left_behind_is_cleared(tmp_path) -> None:
    (tmp_path / ".making" / "exports").mkdir(parents=True)
    (tmp_path / ".making" / "exports" / "half.csv").write_text("x", encoding="utf-8")
    run(str(tmp_path), *SMALL)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["exports", "truth"]
    assert not list(tmp_path.rglob("half.csv"))


def test_the_default_world_is_written_and_read(tmp_path) -> None:
    path = tmp_path / "world.toml"
    assert "every parameter" in run("--write-world", str(path)).stdout
    assert read_world(path) == World()
    assert "already" in run("--write-world", str(path), code=1).stderr


def test_a_world_with_faults_makes_nothing(tmp_path) -> None:
    path = tmp_path / "world.toml"
    path.write_text("[buying]\nlove = 'much'\n[prise]\nday = 1", encoding="utf-8")
    told = run(str(tmp_path / "brand"), "--world", str(path), code=1).stderr
    assert "line 2" in told
    assert "Did you mean price?" in told
    assert not (tmp_path / "brand").exists()


def test_a_world_without_people_makes_nothing(tmp_path) -> None:
    told = run(str(tmp_path / "brand"), "--people", "0", code=1).stderr
    assert "0 people and 24 months make no world" in told
    assert not (tmp_path / "brand").exists()


def test_without_a_folder_it_is_used_wrongly() -> None:
    assert run(code=2)


@pytest.mark.parametrize("size", [("1", "1"), ("7", "1"), ("40", "3")])
def test_tiny_worlds_are_written_too(tmp_path, size) -> None:
    run(str(tmp_path / "tiny"), "--people", size[0], "--months", size[1])
    assert (tmp_path / "tiny" / "truth" / "truth.json").is_file()
