"""The commands as a person uses them: what they print, what they answer, how they end."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from rapport.cli import app
from rapport.steps.order import STEPS
from shell import Shell, shop_orders


@pytest.fixture
def shell(tmp_path, monkeypatch) -> Shell:
    monkeypatch.setenv("LANG", "C")
    made = Shell(tmp_path / "maison")
    made("new", str(made.root), "--currency", "EUR", "--language", "en")
    return made


@pytest.fixture(scope="module")
def whole_way(tmp_path_factory) -> Shell:
    """A workspace after add and run, for the commands that only look."""
    root = tmp_path_factory.mktemp("shop") / "maison"
    shell = Shell(root)
    shell("new", str(root), "--currency", "EUR", "--language", "en")
    file = root.parent / "orders.csv"
    file.write_text(shop_orders(), encoding="utf-8")
    shell("add", "--yes", str(file))
    shell("run")
    return shell


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys, rapport.cli;"
        "print([m for m in ('duckdb','pyarrow','numpy','rich','altair','pydantic','narwhals')"
        " if m in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_wrong_use_ends_with_two(shell) -> None:
    assert "No such command" in shell("nonsense", code=2).output
    assert shell("add", code=2).exit_code == 2


def test_a_problem_ends_with_one_and_says_what_to_do(shell) -> None:
    told = shell.json("run", code=1)
    assert told == {
        "ok": False,
        "problem": "Nothing was computed.",
        "faults": [
            {
                "where": "",
                "what": "The record is empty.",
                "hint": "Load files with 'rapport add FILES'.",
            }
        ],
    }
    assert "rapport add FILES" in shell("run", code=1).stderr


def test_outside_a_workspace(tmp_path) -> None:
    result = CliRunner().invoke(app, ["check", "--workspace", str(tmp_path)])
    assert result.exit_code == 1
    assert "rapport new" in result.stderr


def test_a_guess_is_proposed_and_not_trusted_without_a_yes(shell, tmp_path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(shop_orders(), encoding="utf-8")
    told = shell("add", str(file), code=1)
    assert "Order number" in told.output
    assert "--yes" in told.stderr
    assert (
        "mappings" not in (shell.root / "rapport.toml").read_text(encoding="utf-8").split("#")[-1]
    )
    assert shell.json("status")["loads"] == []


def test_the_same_file_twice_changes_nothing(shell, tmp_path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(shop_orders(), encoding="utf-8")
    first = shell.json("add", "--yes", str(file))["loads"][0]
    again = shell.json("add", "--yes", str(file))["loads"][0]
    assert first["status"] == "committed"
    assert again["status"] == "repeat"
    assert again["load_id"] == first["load_id"]
    assert first["rows_in"] == first["rows_kept"] + first["rows_aside"]
    assert len(shell.json("status")["loads"]) == 1


def test_one_bad_file_leaves_the_good_one_loaded(shell, tmp_path) -> None:
    good, bad = tmp_path / "orders.csv", tmp_path / "picture.csv"
    good.write_text(shop_orders(), encoding="utf-8")
    bad.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20)
    told = shell("add", "--yes", str(good), str(bad), code=1)
    assert "picture.csv" in told.stderr
    assert [load["file"] for load in shell.json("status")["loads"]] == ["orders.csv"]


def test_run_computes_only_what_changed(shell, tmp_path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(shop_orders(), encoding="utf-8")
    shell("add", "--yes", str(file))
    assert shell.json("run")["computed"] == [step.name for step in STEPS]
    assert shell.json("run")["computed"] == []
    settings = shell.root / "rapport.toml"
    text = settings.read_text(encoding="utf-8").replace(
        "horizon_months = 36", "horizon_months = 12"
    )
    settings.write_text(text, encoding="utf-8")
    late = shell.json("status")["out_of_date"]
    assert late[0] == "worth"
    assert not {"identity", "buying", "staying", "understanding"} & set(late)
    ran = shell.json("run")["computed"]
    assert ran[0] == "worth"
    assert set(ran) <= set(late)  # steps whose inputs came out the same stand as they are
    assert shell.json("status")["out_of_date"] == []


def test_undo_takes_the_load_out_of_all_totals(shell, tmp_path) -> None:
    file = tmp_path / "orders.csv"
    file.write_text(shop_orders(), encoding="utf-8")
    load = shell.json("add", "--yes", str(file))["loads"][0]["load_id"]
    assert "--yes" in shell("undo", load, code=1).stderr
    assert shell.json("undo", load, "--yes")["load"]["status"] == "undone"
    assert shell.json("check")["rows_in"] == 0
    assert "empty" in shell("run", code=1).stderr


def test_check_says_rows_days_and_what_can_be_answered(whole_way) -> None:
    told = whole_way.json("check")
    assert told["rows_in"] == told["rows_kept"] + told["rows_aside"] > 0
    (purchases,) = [table for table in told["tables"] if table["table"] == "purchase"]
    assert purchases["first"].startswith("2023")
    answers = {q["question"]: q["answerable"] for q in told["questions"]}
    assert answers["What are our customers worth?"] is True
    assert answers["What do we earn on them?"] is False


def test_every_number_has_all_that_a_reader_needs(whole_way) -> None:
    numbers = whole_way.json("results")["numbers"]
    assert {n["name"] for n in numbers} >= {"revenue", "orders", "customers", "lifetime_value"}
    for number in numbers:
        assert number["low"] <= number["value"] <= number["high"], number
        assert number["unit"]
        assert number["grade"]
        assert number["definition"]
        assert isinstance(number["people"], int), number
        assert isinstance(number["rows"], int), number
        assert number["table"], number


def test_results_speak_french(whole_way) -> None:
    told = whole_way("results", "customers", "--language", "fr").stdout
    assert "clients" in told
    unknown = whole_way("results", "custmers", code=1)
    assert "Did you mean customers?" in unknown.stderr


def test_revenue_equals_the_sum_of_the_file(whole_way) -> None:
    rows = list(csv.DictReader(io.StringIO(shop_orders())))
    (revenue,) = whole_way.json("results", "revenue")["numbers"]
    assert revenue["value"] == pytest.approx(sum(float(row["Total"]) for row in rows), abs=0.005)
    assert revenue["rows"] == len(rows)


@pytest.mark.parametrize("kind", ["csv", "json", "parquet"])
def test_a_table_is_written_in_each_format(whole_way, tmp_path, kind) -> None:
    out = tmp_path / f"customers.{kind}"
    whole_way("table", "customers", "--format", kind, "--out", str(out))
    if kind == "csv":
        rows = len(list(csv.DictReader(out.read_text(encoding="utf-8").splitlines())))
    elif kind == "json":
        rows = len([json.loads(line) for line in out.read_text(encoding="utf-8").splitlines()])
    else:
        rows = pq.read_table(out).num_rows
    assert rows == 120


def test_tables_of_the_record_can_be_written_too(whole_way) -> None:
    told = whole_way("table", "purchase", "--limit", "3").stdout
    assert len(told.splitlines()) == 4
    assert "Did you mean purchase?" in whole_way("table", "purchas", code=1).stderr
    assert "customers" in whole_way("table").stdout


def test_a_persons_story(whole_way) -> None:
    line = whole_way("table", "customers", "--limit", "1").stdout.splitlines()[1]
    person = line.split(",")[0]
    told = whole_way.json("show", person)
    assert told["orders"]
    assert told["customers"][0]["person_id"] == person
    assert "rapport table customers" in whole_way("show", "nobody", code=1).stderr


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_letter_is_one_file_that_asks_for_nothing(whole_way, tmp_path, language) -> None:
    out = tmp_path / "letter.html"
    whole_way("report", "--language", language, "--out", str(out))
    text = out.read_text(encoding="utf-8")
    assert f'<html lang="{language}"' in text
    assert "<svg" in text
    assert "<script" not in text
    assert "nan" not in text.lower().split()
