"""The trial of being connected, the whole way: proposed, drawn, invited, told in the letter."""

from __future__ import annotations

import csv
import datetime as dt
import random
import re
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from rapport.results import Results
from shell import Shell

FIRST, LAST = dt.date(2024, 1, 1), dt.date(2025, 6, 30)
LOT, END = dt.date(2025, 7, 1), dt.date(2025, 10, 15)
HEAD, CARDS = "Order number,Order date,Email,Total\n", "Card number,Joined,Email\n"
PEOPLE, MEMBERS = 420, 60
NAME = "invite-to-connect"

pytestmark = pytest.mark.slow


def email(n: int) -> str:
    return f"jane.{n:03d}@mail.example"


def orders(rows: list[tuple[dt.date, int, float]], letter: str) -> str:
    lines = [
        f"{letter}{k:05d},{day.isoformat()},{email(n)},{money:.2f}"
        for k, (day, n, money) in enumerate(rows)
    ]
    return HEAD + "\n".join(lines) + "\n"


def cards(rows: list[tuple[int, dt.date]]) -> str:
    lines = [f"4000{n:06d},{day.isoformat()},{email(n)}" for n, day in rows]
    return CARDS + "\n".join(lines) + "\n"


def add(shell: Shell, name: str, text: str) -> None:
    file = shell.root.parent / name
    file.write_text(text, encoding="utf-8")
    shell("add", "--yes", str(file))


def before(root: Path) -> Shell:
    """A brand whose members bring far more than others, as it seems."""
    shell, chance = Shell(root), random.Random(5)
    shell("new", str(root), "--currency", "EUR", "--language", "en")
    rows = [(LAST, 0, 20.0)]
    for n in range(PEOPLE):
        day = chance.randrange(0, 120)
        while FIRST + dt.timedelta(days=day) < LAST:
            money = (60 if n < MEMBERS else 15) + chance.random() * 10
            rows.append((FIRST + dt.timedelta(days=day), n, money))
            day += 1 + int(chance.expovariate(1 / 45))
    add(shell, "orders.csv", orders(rows, "A"))
    joined = [(n, FIRST + dt.timedelta(days=180 + 3 * n)) for n in range(MEMBERS)]
    add(shell, "cards.csv", cards(joined))
    shell("run")
    return shell


def plays_of(shell: Shell) -> list[dict[str, Any]]:
    results = Results(shell.root / "results")
    return results.table("plays").to_pylist() if results.tables.get("plays") else []


def invited(shell: Shell) -> tuple[set[str], dict[str, str]]:
    """Write the list; return the ids of those to be invited, and the lot of everybody."""
    told = shell.json("audience", NAME, "--hold-out", "50%", "--on", LOT.isoformat(), "--yes")
    with Path(told["file"]).open(encoding="utf-8", newline="") as file:
        listed = {row["person_id"] for row in csv.DictReader(file)}
    (path,) = (shell.root / "audiences").glob(f"{NAME}-*/*.parquet")
    rows = pq.read_table(path)
    lots = dict(zip(rows["person_id"].to_pylist(), rows["arm"].to_pylist(), strict=True))
    assert listed == {who for who, arm in lots.items() if arm == "sent"}
    return listed, lots


def people(shell: Shell) -> dict[str, int]:
    """Return the number of each person, by the orders that they made."""
    known = {}
    for row in Results(shell.root / "results").table("orders").to_pylist():
        known[row["person_id"]] = int(row["purchase_id"][1:])
    text = (shell.root.parent / "orders.csv").read_text("utf-8").splitlines()[1:]
    numbers = [int(line.split(",")[2][5:8]) for line in text]
    return {who: numbers[place] for who, place in known.items()}


def after(shell: Shell, listed: set[str], lots: dict[str, str]) -> None:
    """Half of those invited join and bring 40 more; everybody buys as before."""
    chance, rows, joined = random.Random(9), [(END, 0, 20.0)], []
    for who, n in sorted(people(shell).items()):
        moved = who in listed and chance.random() < 0.5
        if moved:
            joined.append((n, LOT + dt.timedelta(days=1)))
        if who in lots:
            day = LOT + dt.timedelta(days=5 + chance.randrange(70))
            rows.append((day, n, 20 + 20 * chance.random() + 40 * moved))
    add(shell, "later.csv", orders(rows, "B"))
    add(shell, "new-cards.csv", cards(joined))
    shell("run")


def letter(shell: Shell, language: str) -> str:
    path = shell.json("report", "--language", language)["letter"]
    text = re.sub(r"<[^>]+>", "", Path(path).read_text("utf-8"))
    return re.sub(r"[\s\u202f\xa0]+", " ", text)


def test_the_letter_begins_with_what_the_lot_said(tmp_path) -> None:
    shell = before(tmp_path / "maison")
    plays = {each["play"]: each for each in plays_of(shell)}
    assert plays[NAME]["people"] == PEOPLE - MEMBERS
    assert f"rapport audience {NAME} --hold-out 50%" in letter(shell, "en")
    listed, lots = invited(shell)
    assert len(lots) == PEOPLE - MEMBERS
    numbers = people(shell)
    after(shell, listed, lots)
    results = Results(shell.root / "results")
    (row,) = results.table("connection_trials").to_pylist()
    assert (row["kind"], row["verdict"], row["whose"]) == ("member", "worked", "connected")
    assert row["connecting_low"] <= 40 <= row["connecting_high"]
    assert results.facts["connection_trial"]["said"] in {"caused", "partly"}
    assert "By lot: " in letter(shell, "en")
    assert "only a test by lot" not in letter(shell, "en").lower()
    assert "Par tirage au sort : " in letter(shell, "fr")
    assert NAME not in {each["play"] for each in plays_of(shell)}
    gone = next(iter(listed))
    shell("forget", email(numbers[gone]), "--yes")
    shell("run")
    again = results.table("connection_trials").to_pylist()
    assert again[0]["sent"] == row["sent"]
    assert results.numbers["connection_trial"].people == len(lots) - 1
