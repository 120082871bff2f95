"""What people really bring and do: odd files, odd names, full disks, closed pipes, killed runs."""

from __future__ import annotations

import csv
import errno
import io
import json
import os
import re
import resource
import shutil
import subprocess
import sys
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rapport.definitions import buying
from shell import ORDERS, Shell, shop_orders

# Each goes the whole way, most of them in a process of its own.
pytestmark = pytest.mark.slow

LINES = "Order number,Order date,Customer,Product,Quantity,Unit price\n"
NASTY = (
    "<script>alert(1)</script>", "=cmd|' /C calc'!A0", "@SUM(1)", "\u202egnp.exe", "\x1b[31mred",
    "{n}", "[bold red]x[/]", "'; drop table account; --", "%s %(a)s", "..", "-1+1",
)  # fmt: skip


@pytest.fixture
def shell(tmp_path, monkeypatch) -> Shell:
    monkeypatch.setenv("LANG", "C")
    made = Shell(tmp_path / "maison")
    made("new", str(made.root), "--currency", "EUR", "--language", "en")
    return made


@pytest.fixture
def load(shell, tmp_path):
    """Return a function that writes a file, adds it, and returns what became of it."""

    def added(text: str | bytes, name: str = "orders.csv") -> dict:
        path = tmp_path / name
        path.write_bytes(text.encode() if isinstance(text, str) else text)
        return shell.json("add", "--yes", str(path))["loads"][0]

    return added


def whole_way(shell: Shell) -> dict[str, dict]:
    """Run every command that looks at the record; return the numbers by name."""
    for command in ("check", "run", "results", "status", "aside", "table"):
        shell(command)
    shell.json("report")
    return {number["name"]: number for number in shell.json("results")["numbers"]}


def rapport(*arguments: str, code: int, **how) -> subprocess.CompletedProcess:
    script = "from rapport.cli import main; main()"
    command = [sys.executable, "-c", script, *arguments]
    told = subprocess.run(command, check=False, text=True, stderr=subprocess.PIPE, **how)
    assert told.returncode == code, told.stderr
    assert "Traceback" not in told.stderr
    assert "Exception ignored" not in told.stderr
    return told


BUYING = {entry.name for entry in buying.ENTRIES} - {"prospects"}


def _of_money(numbers: dict) -> list[str]:
    """Names of the numbers that rest on an order that was kept."""
    return [name for name in numbers if name in BUYING]


# Files whose content is odd but true


def test_orders_that_name_no_customer(shell, load) -> None:
    load("Order number,Order date,Total\n1,2024-01-05,10\n2,2024-02-05,20\n")
    assert whole_way(shell)["revenue"]["value"] == 30


def test_nothing_but_returns(shell, load) -> None:
    rows = "".join(f"{n},2024-{1 + n % 12:02d}-03,C{n % 5},A,-2,5.00\n" for n in range(20))
    assert load(LINES + rows)["rows"] == {"purchase_line": 20}
    assert not _of_money(whole_way(shell))
    assert "no order" in shell("results").stdout


def test_lines_are_worked_out_though_no_order_has_two(shell, load) -> None:
    load(LINES + "1,2024-01-05,C1,A,2,5.00\n2,2024-01-06,C2,B,3,5.00\n")
    assert whole_way(shell)["revenue"]["value"] == 25


def test_a_file_pasted_twice_into_one_is_not_counted_twice(shell, load) -> None:
    rows = "".join(f"{n},2024-01-{n:02d},C{n % 3},10.00\n" for n in range(1, 21))
    made = load(ORDERS + rows + rows)
    assert made["reasons"] == {"repeated_row": 20}
    assert whole_way(shell)["revenue"]["value"] == 200


def test_a_number_used_for_two_customers_is_no_order_of_two_lines(shell, load) -> None:
    made = load(ORDERS + "1,2024-01-02,C1,10\n1,2024-01-02,C9,99\n2,2024-01-02,C2,10\n")
    assert made["reasons"] == {"repeated_order": 1}
    assert "C9" in shell("aside").stdout


@pytest.mark.parametrize("total", ["0.00", "5.00"])
def test_all_customers_buy_once(shell, load, total) -> None:
    rows = "".join(f"{n},2024-{1 + n % 12:02d}-02,C{n},{total}\n" for n in range(60))
    load(ORDERS + rows)
    assert whole_way(shell)["repeat_rate"]["value"] == 0


def test_all_orders_are_cancelled(shell, load) -> None:
    rows = "".join(f"{n},2024-01-0{n},C{n},5,2024-01-28\n" for n in range(1, 9))
    load("Order number,Order date,Customer,Total,Cancelled at\n" + rows)
    assert not _of_money(whole_way(shell))


# Names that could do harm


@pytest.fixture(scope="module")
def nasty(tmp_path_factory) -> Shell:
    """A shop whose products, customers, channels and files have names that could do harm."""
    root = tmp_path_factory.mktemp("nasty")
    shell = Shell(root / "maison")
    shell("new", str(shell.root), "--brand", "<script>alert(1)</script>{n}")
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([*LINES.strip().split(","), "Channel"])
    for n in range(220):
        name = NASTY[n % len(NASTY)]
        day = f"2023-{1 + n % 12:02d}-{1 + n % 28:02d}"
        writer.writerow([f"{name}{n}", day, NASTY[n // 7 % len(NASTY)], name, 1, "5.00", name])
    file = root / "<img src=x onerror=alert(1)>.csv"
    file.write_text(text.getvalue(), encoding="utf-8")
    shell("add", "--yes", str(file))
    shell("run")
    return shell


def test_names_do_no_harm_in_the_letter(nasty) -> None:
    letter = Path(nasty.json("report")["letter"]).read_text(encoding="utf-8")
    assert "<script" not in letter
    assert "<img src=x" not in letter
    assert "\x1b" not in letter
    assert "{n}" in letter  # the brand's own, filled in nowhere


def test_names_are_no_formulas_in_the_letters_tables(nasty) -> None:
    folder = Path(nasty.json("report")["letter"]).with_name("letter-en_files")
    cells = [
        cell
        for path in folder.glob("*.csv")
        for row in csv.reader(io.StringIO(path.read_text("utf-8-sig")))
        for cell in row
    ]
    assert any("cmd|" in cell for cell in cells)
    assert not [cell for cell in cells if cell.startswith(("=", "@", "+")) or cell == "-1+1"]


def test_names_do_not_steer_the_terminal(nasty) -> None:
    for command in (["status"], ["check"], ["aside"], ["results"], ["show", NASTY[4]]):
        assert "\x1b" not in nasty(*command).output
    assert "\u202e" not in nasty("show", "\u202enobody", code=1).stderr


@pytest.mark.parametrize("name", [b"caf\xe9-\xff.csv", b"new\nline\x1b[31m.csv", b"[a-z]*?.csv"])
def test_file_names_that_are_no_text(shell, tmp_path, name) -> None:
    path = tmp_path / os.fsdecode(name)
    path.write_text(ORDERS + "1,2024-01-01,C1,5.00\n", encoding="utf-8")
    assert "\x1b" not in shell("add", "--yes", str(path)).output
    assert shell.json("add", str(path))["loads"][0]["status"] == "repeat"
    whole_way(shell)


def test_a_brand_without_end_is_refused_in_one_line(tmp_path) -> None:
    told = Shell(tmp_path)("new", str(tmp_path / "m"), "--brand", "x" * 100_000, code=1)
    assert "200 characters" in told.stderr
    assert len(told.stderr) < 400


# Places that take nothing, and machines that speak no UTF-8


@pytest.fixture(scope="module")
def shop(tmp_path_factory) -> Shell:
    root = tmp_path_factory.mktemp("shop") / "maison"
    shell = Shell(root)
    shell("new", str(root), "--language", "en")
    file = root.parent / "été.csv"
    file.write_text(shop_orders(40), encoding="utf-8")
    shell("add", "--yes", str(file))
    shell("run")
    return shell


@pytest.mark.parametrize("command", ["results --json", "table customers"])
def test_output_to_a_full_disk_is_said_on_the_error_stream(shop, command) -> None:
    with Path("/dev/full").open("w") as full:
        told = rapport(*command.split(), "-w", str(shop.root), code=1, stdout=full)
    assert "The disk is full." in told.stderr


def test_a_reader_that_leaves_is_no_problem(shop) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        told = rapport("table", "orders", "-w", str(shop.root), code=1, stdout=writer)
    finally:
        os.close(writer)
    assert told.stderr == ""


def test_a_machine_without_accents(shop) -> None:
    how = {"env": {**os.environ, "PYTHONIOENCODING": "ascii"}, "stdout": subprocess.PIPE}
    assert "?" in rapport("status", "-w", str(shop.root), code=0, **how).stdout
    told = rapport("results", "-l", "fr", "--json", "-w", str(shop.root), code=0, **how).stdout
    assert "à" in json.dumps(json.loads(told), ensure_ascii=False)


def test_a_workspace_is_no_export_of_its_own(shop) -> None:
    shop("report")
    assert "holds no file" in shop("add", str(shop.root), code=1).stderr


def test_a_pipe_is_not_waited_for(shell, tmp_path) -> None:
    os.mkfifo(tmp_path / "pipe.csv")
    assert "Save it as a file" in shell("add", str(tmp_path / "pipe.csv"), code=1).stderr


def test_a_letter_is_written_into_the_folder_that_is_named(shop, tmp_path) -> None:
    assert shop.json("report", "--out", str(tmp_path))["letter"] == str(tmp_path / "letter-en.html")


def test_a_person_is_shown_by_their_own_number(shop) -> None:
    told = shop.json("show", "C001")
    assert [row["person_id"] for row in told["customers"]] == ["été:C001"]


def test_a_fault_of_the_program_is_said_without_a_traceback(shop, monkeypatch) -> None:
    import rapport.commands.checking as checking

    def broken(_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(checking, "out_of_date", broken)
    told = shop.json("status", code=1)
    assert "fault of Rapport" in told["faults"][0]["what"]
    kept = Path(told["faults"][0]["hint"].split()[-1].rstrip("."))
    assert "ZeroDivisionError" in kept.read_text(encoding="utf-8")
    kept.unlink()


# Broken off, at once, or with nowhere to write


def totals(shell: Shell) -> tuple[int, float]:
    """Run, and return the number of orders and the revenue."""
    shell("run")
    told = {number["name"]: number for number in shell.json("results")["numbers"]}
    return told["orders"]["rows"], round(told["revenue"]["value"], 2)


@pytest.fixture
def two_files(shell, tmp_path) -> tuple[Path, Path]:
    """Orders of 100 and of 20 in all, by the same shop."""
    first, second = tmp_path / "spring.csv", tmp_path / "autumn.csv"
    first.write_text(ORDERS + "".join(f"A{n},2024-03-{n:02d},C{n % 3},10\n" for n in range(1, 11)))
    second.write_text(ORDERS + "".join(f"B{n},2024-10-{n:02d},C{n},10\n" for n in range(1, 3)))
    return first, second


class Killed(BaseException):
    """Ends a command where it stands, as a kill would."""


def test_a_run_that_is_killed_is_not_taken_for_done(shell, two_files, monkeypatch) -> None:
    import rapport.results

    first, second = two_files
    shell("add", "--yes", str(first))
    assert totals(shell) == (10, 100)
    load = shell.json("add", "--yes", str(second))["loads"][0]["load_id"]
    with monkeypatch.context() as killed:

        def kill(*_: object, **__: object) -> None:
            raise Killed

        killed.setattr(rapport.results.Results, "save", kill)
        with pytest.raises(Killed):
            shell("run")
    shell("undo", load, "--yes")
    assert totals(shell) == (10, 100)


def test_two_that_confirm_mappings_at_once_keep_both(shell, two_files, monkeypatch) -> None:
    from rapport import adding

    first, second = (
        path.rename(path.with_name(f"shop{n}.csv")) for n, path in enumerate(two_files)
    )
    told = adding.NeedsMapping.__init__

    def meanwhile(self: object, recognition: object) -> None:
        monkeypatch.setattr(adding.NeedsMapping, "__init__", told)
        told(self, recognition)
        Shell(shell.root)("add", "--yes", str(second))

    monkeypatch.setattr(adding.NeedsMapping, "__init__", meanwhile)
    shell("add", "--yes", str(first))
    assert totals(shell) == (12, 120)
    assert (shell.root / "rapport.toml").read_text(encoding="utf-8").count("confirmed = true") == 1


def test_results_older_than_the_record_say_so(shell, two_files) -> None:
    first, second = two_files
    shell("add", "--yes", str(first))
    shell("run")
    assert shell.json("results")["out_of_date"] == []
    load = shell.json("add", "--yes", str(second))["loads"][0]["load_id"]
    assert "rapport run" in shell("results").stdout
    shell("undo", load, "--yes")
    shell("undo", "1", "--yes")
    shell("run", code=1)
    assert "nothing has been computed" in shell("results", code=1).stderr.lower()


@pytest.mark.parametrize("damage", ["state.json", "orders"])
def test_results_that_were_damaged_are_computed_again(shell, two_files, damage) -> None:
    shell("add", "--yes", str(two_files[0]))
    shell("run")
    if damage == "orders":
        shutil.rmtree(shell.root / "results" / "orders")
    else:
        (shell.root / "results" / "state.json").write_text("{", encoding="utf-8")
    assert "rapport run" in shell("report", code=1).stderr
    assert totals(shell) == (10, 100)


def test_a_damaged_file_of_the_record_is_said(shell, two_files) -> None:
    shell("add", "--yes", str(two_files[0]))
    for path in (shell.root / "record" / "purchase").rglob("*.parquet"):
        path.write_bytes(b"junk")
    assert "damaged" in shell("run", code=1).stderr


def test_a_key_that_could_not_be_written_whole_is_no_key(shell, two_files, monkeypatch) -> None:
    def full(*_: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr(os, "fsync", full)
        assert "No space left" in shell("status", code=1).stderr
    assert not (shell.root / ".rapport-key").exists()
    shell("add", "--yes", str(two_files[0]))
    (shell.root / ".rapport-key").write_text("", encoding="ascii")
    assert "backup" in shell("status", code=1).stderr


@pytest.mark.parametrize("command", ["undo", "run", "report"])
def test_a_disk_that_fills_up_leaves_all_whole(shell, two_files, monkeypatch, command) -> None:
    first, second = two_files
    shell("add", "--yes", str(first), str(second))
    shell("run")
    given = {"undo": ["undo", "2", "--yes"], "run": ["run", "--again"], "report": ["report"]}
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (200, limit[1]))
    try:
        told = shell(*given[command], code=1)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    assert "grow beyond" in told.stderr
    assert totals(shell) == (12, 120)
    shell("report")


# What a message advises works when it is followed


def test_the_advice_on_dates_and_numbers_works(shell, tmp_path) -> None:
    file = tmp_path / "shop.csv"
    rows = '1,05/12/2024,C1,"1,234"\n2,04/11/2024,C2,"2,500"\n'
    file.write_text(ORDERS + rows, encoding="utf-8")
    told = shell("add", "--yes", str(file), code=1).stderr
    assert 'Write dates = "day-first"' in told
    assert 'decimal = ","' in told
    assert told.count("[mappings.shop] of rapport.toml") == 2
    settings = shell.root / "rapport.toml"
    text = settings.read_text(encoding="utf-8")
    said = '[mappings.shop]\ndates = "day-first"\ndecimal = "."\n'
    settings.write_text(text.replace("[mappings.shop]\n", said), encoding="utf-8")
    shell("add", str(file))
    assert totals(shell) == (2, 3734)
    assert shell.json("check")["tables"][0]["last"] == "2024-12-05"


def test_dates_mixed_both_ways_are_read_as_the_mapping_then_says(shell, tmp_path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(ORDERS + "1,25/12/2024,C1,10\n2,12/25/2024,C2,10\n", encoding="utf-8")
    assert "rows that do not fit" in shell("add", "--yes", str(file), code=1).stderr
    settings = shell.root / "rapport.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(
        text.replace("[mappings.shop]\n", '[mappings.shop]\ndates = "month-first"\n'), "utf-8"
    )
    assert "1 row: not a date" in shell("add", str(file)).stdout
    assert totals(shell) == (1, 10)


def test_a_proposal_that_is_not_agreed_to_can_be_put_right_by_hand(shell, tmp_path) -> None:
    file = tmp_path / "shop.csv"
    file.write_text(
        "Order number,Order date,Customer,Total,Net\n1,2024-01-02,C1,12.00,10.00\n", "utf-8"
    )
    settings = shell.root / "rapport.toml"
    before = settings.read_text(encoding="utf-8")
    told = shell("add", str(file), code=1)
    assert "--yes" in told.stderr
    assert settings.read_text(encoding="utf-8") == before
    proposed = shell.json("add", str(file), code=1)["proposed"]["shop.csv"]
    assert proposed["columns"]["ordered_on"] == "Order date"
    toml = told.stdout[told.stdout.index("[mappings.shop]") :]
    mine = re.sub('revenue = ".*"', 'revenue = "Net"', toml)
    settings.write_text(f"{before}\n{mine}", encoding="utf-8")
    shell("add", str(file))
    assert totals(shell) == (1, 10)
    assert settings.read_text(encoding="utf-8").startswith(before)


def test_a_confirmed_mapping_leaves_the_comments_as_they_are(shell, load) -> None:
    before = (shell.root / "rapport.toml").read_text(encoding="utf-8")
    load(ORDERS + "1,2024-01-02,C1,10\n")
    after = (shell.root / "rapport.toml").read_text(encoding="utf-8")
    assert after.startswith(before)
    assert "confirmed = true" in after


def test_sales_in_a_currency_without_a_rate_are_told(shell, load) -> None:
    head = "Order number,Order date,Customer,Total,Currency\n"
    load(head + "1,2024-01-02,C1,10,EUR\n2,2024-01-03,C2,20,GBP\n")
    assert "exchange_rates" in shell("run").stdout
    assert totals(shell) == (1, 10)
    settings = shell.root / "rapport.toml"
    text = settings.read_text(encoding="utf-8")
    settings.write_text(text + "\n[exchange_rates]\nGBP = 1.2\n", encoding="utf-8")
    assert totals(shell) == (2, 34)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_reasons_are_counted_in_words(shell, load, language) -> None:
    made = load(
        ORDERS
        + "1,2024-01-02,C1,10\n1.2E+17,2024-01-02,C2,10\n3,2999-01-02,C1,10\n4,2024-02-30,C1,10\n"
        + "5,2024-01-02,C1,10"
        + ",x" * 10
        + "\n6,2024-01-02,C1,\n"
    )
    assert made["rows_kept"] == 1
    told = shell("check", "--language", language).stdout
    assert not re.search(r"[a-z]_[a-z]", told.replace("rapport.toml", ""))
    assert ("revenue absent" if language == "fr" else "no revenue") in told


# People


@pytest.mark.parametrize("hashed", [False, True])
def test_who_is_forgotten_stands_nowhere_any_more(shell, load, hashed) -> None:
    settings = shell.root / "rapport.toml"
    if hashed:
        text = settings.read_text(encoding="utf-8")
        settings.write_text(text.replace("identifiers = false", "identifiers = true"), "utf-8")
    rows = [
        f"{who}{n},2024-01-0{n},{who}@shop.test,10" for n in range(1, 9) for who in ("bo", "al")
    ]
    load("\n".join(["Order number,Order date,E-mail,Total", *rows, "x,no day,bo@shop.test,1"]))
    shell("run")
    shell("report")
    assert ("bo@shop.test" in everything(shell.root)) is not hashed
    assert len(shell.json("show", "bo@shop.test")["orders"]) == 8
    shell("forget", "bo@shop.test", "--yes")
    assert "bo@shop.test" not in everything(shell.root)
    assert totals(shell) == (8, 80)
    shell("show", "bo@shop.test", code=1)
    assert len(shell.json("show", "al@shop.test")["orders"]) == 8


def everything(root: Path) -> str:
    """Return all that a workspace holds, Parquet files as text."""
    texts = []
    for path in root.rglob("*"):
        if path.suffix == ".parquet":
            texts.append(str(pq.ParquetFile(path).read().to_pylist()))
        elif path.is_file():
            texts.append(path.read_bytes().decode("utf-8", "replace"))
    return "\n".join(texts)
