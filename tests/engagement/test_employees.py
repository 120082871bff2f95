"""What employees say is counted with their consent, together, and never by name."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa

from engagement.kept import LAST, context_of
from rapport.steps.employees import employee_voice

AGREED = "[people]\nemployees_agreed = true\n"


def tables(speakers: int) -> dict[str, pa.Table]:
    ids = [f"staff{n}" for n in range(12)] + ["ann"]
    rows: list[dict[str, Any]] = []
    for n in range(2 * speakers + 1):
        who = f"staff{n % speakers}" if n < 2 * speakers else "ann"
        day = LAST - dt.timedelta(days=n)
        rows.append(
            {"message_id": f"x:{n}", "source": "x", "activity_id": str(n), "channel": "x",
             "occurred_on": dt.datetime.combine(day, dt.time(9)), "day": day, "account_id": who,
             "person_id": who, "from_brand": who != "ann", "copy_of": f"x:{n}", "text": "Hello",
             "p_praise": 0.97, "p_recommendation": 0.9, "p_complaint": 0.01, "p_leaving": 0.01}
        )  # fmt: skip
    roles = ["employee"] * 12 + ["person"]
    people = pa.table({"person_id": ids, "relation": ["repeat"] * 13, "role": roles})
    return {"people": people, "messages": pa.Table.from_pylist(rows)}


def test_without_consent_nothing_is_counted(tmp_path: Path) -> None:
    with context_of(tmp_path, tables(12)) as context:
        made = employee_voice(context)
    assert not made.tables
    assert not made.numbers
    (entry,) = made.untold
    assert "employees_agreed" in entry.needs.text("fr")


def test_with_consent_they_are_counted_together_and_named_nowhere(tmp_path: Path) -> None:
    with context_of(tmp_path, tables(12), AGREED) as context:
        made = employee_voice(context)
        context.results.save("employees", "1", made)
    (row,) = context.results.table("employee_voice").to_pylist()
    assert (row["people"], row["messages"], row["reached"]) == (12, 24, 0)
    assert 12 < row["well"] <= 24
    assert not any("staff" in str(value) for value in row.values())
    assert row["money"] is None  # of fewer than ten who ordered nothing is told
    assert made.numbers["employees_speaking"].value == 12


def test_few_who_speak_are_no_group(tmp_path: Path) -> None:
    with context_of(tmp_path, tables(4), AGREED) as context:
        made = employee_voice(context)
        context.results.save("employees", "1", made)
    assert context.results.table("employee_voice").num_rows == 0
    assert not made.numbers
    assert made.untold


def test_nobody_employed_is_no_question(tmp_path: Path) -> None:
    there = tables(2)
    people = there["people"].slice(12)
    with context_of(tmp_path, {**there, "people": people}) as context:
        assert not employee_voice(context).untold
