"""An audience from the command line, the whole way: written, held out, read back in the letter."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import random
import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from rapport.results import Results
from shell import Shell, run_some

FIRST, LAST = dt.date(2024, 1, 1), dt.date(2025, 6, 30)
HEAD = "Order number,Order date,Email,Total\n"
EVIL = "=cmd|calc!a1@mail.example"
NEEDED = ("identity", "roles", "buying", "worth", "relations", "understanding", "asking",
          "answering", "months", "moves", "plays")  # fmt: skip


def email(n: int) -> str:
    return EVIL if n == 7 else f"jane.{n:03d}@mail.example"


def history(people: int = 420, seed: int = 5) -> str:
    """Orders of a year and a half; everybody bought at least once, the last day is LAST."""
    chance = random.Random(seed)
    rows = [(LAST, 0, 20.0)]
    for n in range(people):
        gap = 20 + chance.random() * 60
        day = chance.randrange(0, 120)
        while FIRST + dt.timedelta(days=day) < LAST:
            rows.append((FIRST + dt.timedelta(days=day), n, 15 + chance.random() * 30))
            if chance.random() < 0.12:
                break
            day += 1 + int(chance.expovariate(1 / gap))
    return told(rows, "A")


def told(rows: list[tuple[dt.date, int, float]], letter: str) -> str:
    lines = [
        f"{letter}{k:05d},{day.isoformat()},{email(n)},{money:.2f}"
        for k, (day, n, money) in enumerate(rows)
    ]
    return HEAD + "\n".join(lines) + "\n"


def shop(root: Path, *, whole: bool = True) -> Shell:
    shell = Shell(root)
    shell("new", str(root), "--currency", "EUR", "--language", "en")
    file = root.parent / f"{root.name}-orders.csv"
    file.write_text(history(), encoding="utf-8")
    shell("add", "--yes", str(file))
    if whole:
        shell("run")
    else:
        run_some(root, *NEEDED)
    return shell


@pytest.fixture(scope="module")
def ready(tmp_path_factory) -> Shell:
    """A shop that was run; tests write into audiences of their own names."""
    return shop(tmp_path_factory.mktemp("shop") / "maison", whole=False)


def rows_of(path: str) -> list[dict[str, str]]:
    with Path(path).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def arms(shell: Shell, name: str) -> dict[str, str]:
    found = {}
    for path in (shell.root / "audiences").glob(f"{name}-*/*.parquet"):
        rows = pq.read_table(path)
        found |= dict(zip(rows["person_id"].to_pylist(), rows["arm"].to_pylist(), strict=True))
    return found


def test_without_a_name_it_lists_what_there_is(ready) -> None:
    found = {each["name"]: each for each in ready.json("audience")["audiences"]}
    assert found["win-back"]["play"]
    assert not found["lifetime"]["play"]
    assert "Win back" in ready("audience").stdout


def test_every_fault_is_told_at_once(ready) -> None:
    told = ready.json(
        "audience", "win-bak", "--hold-out", "10", "--on", "2024-01-01", "--yes", code=1
    )
    where = [fault["where"] for fault in told["faults"]]
    assert where == ["NAME", "--hold-out", "--on"]
    assert "win-back" in told["faults"][0]["hint"]


def test_nothing_is_written_without_a_yes(ready) -> None:
    told = ready.json("audience", "chances_of_leaving", code=1)
    assert told["audience"]["people"] > 0
    assert not arms(ready, "chances")


def test_the_list_leaves_out_who_is_held_out_and_remembers_them(ready) -> None:
    told = ready.json("audience", "lifetime", "--hold-out", "20 %", "--yes")
    drawn = arms(ready, "lifetime")
    listed = {row["person_id"] for row in rows_of(told["file"])}
    assert listed == {who for who, arm in drawn.items() if arm == "sent"}
    assert told["held_out"] == round(0.2 * len(drawn)) == len(drawn) - len(listed)
    again = ready.json("audience", "lifetime", "--hold-out", "50%", "--yes", "--for", "google")
    assert (again["drawn_now"], again["held_out"]) == (0, told["held_out"])
    assert arms(ready, "lifetime") == drawn


def test_cells_are_no_formulas_and_files_are_their_owners_alone(ready) -> None:
    told = ready.json("audience", "people", "--hold-out", "0", "--yes")
    rows = rows_of(told["file"])
    assert f"'{EVIL}" in {row["email"] for row in rows}
    assert Path(told["file"]).stat().st_mode & 0o077 == 0
    assert email(0) in {row["email"] for row in rows}


@pytest.mark.parametrize(
    ("network", "head"),
    [("meta", "email"), ("google", "Email"), ("linkedin", "email"), ("tiktok", "Email_SHA256")],
)
def test_networks_get_hashes_and_nothing_else(ready, tmp_path, network, head) -> None:
    out = tmp_path / "list.csv"
    arguments = ("audience", "orders", "--for", network, "--out", str(out), "--most", "30")
    told = ready.json(
        *arguments, "--hold-out", "10%", "--yes", "--on", f"2030-01-0{len(network) % 9}"
    )
    text = out.read_text("utf-8")
    assert re.fullmatch(r"([0-9a-f]{64},?)+", "".join(text.splitlines()[1:]).replace(",", ""))
    assert "@" not in text
    known = {hashlib.sha256(email(n).encode()).hexdigest() for n in range(420)}
    assert {row[head] for row in rows_of(str(out))} <= known
    assert told["people"] == 30


def test_small_lists_say_that_nothing_will_be_seen(ready) -> None:
    shown = ready("audience", "customers", "--most", "12", code=1).stdout
    assert "Nothing will be seen" in shown
    shown = ready("audience", "customers", "--most", "12", "--language", "fr", code=1).stdout
    assert "On ne verra rien" in shown


def test_with_hashed_identifiers_it_says_what_cannot_be_done(tmp_path) -> None:
    root = tmp_path / "quiet"
    shell = Shell(root)
    shell("new", str(root), "--currency", "EUR", "--language", "en")
    settings = root / "rapport.toml"
    settings.write_text(
        settings.read_text("utf-8").replace("hash_identifiers = false", "hash_identifiers = true")
    )
    file = tmp_path / "orders.csv"
    file.write_text(history(60), encoding="utf-8")
    shell("add", "--yes", str(file))
    run_some(root, "identity", "roles", "buying", "worth", "relations")
    refused = shell.json("audience", "lifetime", "--for", "meta", "--yes", code=1)
    assert "key of your own" in refused["faults"][0]["what"]
    assert "hashes alone" in shell("audience", "lifetime", "--yes").stdout
    told = shell.json("audience", "lifetime", "--yes")
    assert {row["email"] + row["phone"] + row["accounts"] for row in rows_of(told["file"])} == {""}


@pytest.mark.slow
def test_who_is_forgotten_is_in_no_list_any_more(tmp_path) -> None:
    shell = shop(tmp_path / "maison")
    told = shell.json("audience", "lifetime", "--yes", "--hold-out", "0")
    gone = {row["email"]: row["person_id"] for row in rows_of(told["file"])}[email(3)]
    shell("forget", email(3), "--yes")
    assert not Path(told["file"]).exists()
    assert gone not in arms(shell, "lifetime")
    shell("run")
    again = shell.json("audience", "lifetime", "--yes", "--hold-out", "0")
    assert email(3) not in {row["email"] for row in rows_of(again["file"])}


@pytest.mark.slow
def test_next_months_letter_says_whether_it_worked(tmp_path) -> None:
    shell = shop(tmp_path / "maison")
    plan = shell.json("audience", "win-back", "--hold-out", "40%", "--on", "2025-07-01", "--yes")
    drawn = arms(shell, "win-back")
    assert plan["people"] == len(drawn)
    sent = {row["email"] for row in rows_of(plan["file"])}
    everybody = {row["email"]: row["person_id"] for row in rows_of(
        shell.json("audience", "people", "--hold-out", "0", "--yes")["file"])}  # fmt: skip
    chance, number = random.Random(9), {email(n): n for n in range(420)}
    number |= {f"'{EVIL}": 7}
    later = [(dt.date(2025, 10, 15), 0, 10.0)]
    for address, who in sorted(everybody.items()):
        if who in drawn:
            more = 60.0 if address in sent else 5.0
            day = dt.date(2025, 7, 2) + dt.timedelta(days=chance.randrange(60))
            later.append((day, number[address], more + chance.random() * 10))
    file = tmp_path / "later.csv"
    file.write_text(told(later, "B"), encoding="utf-8")
    shell("add", "--yes", str(file))
    shell("run")
    letter = shell.json("report")["letter"]
    text = re.sub(r"<[^>]+>", "", Path(letter).read_text("utf-8"))
    assert "Yes: the people whom “win-back” reached each brought" in text
    plays = {row["play"]: row for row in Results(shell.root / "results").table("plays").to_pylist()}
    again = plays.get("win-back")
    assert again is None or (again["basis"], again["grade"]) == ("experiment", "experiment")
