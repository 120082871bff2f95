"""Files of service, surveys and the web, damaged: refused, or every row accounted for.

Those that the simulated brand does not write; the others are damaged in test_damaged_files.
"""

from __future__ import annotations

import json
import random
from pathlib import Path

import pytest
from tests.sources import test_ga4, test_matomo, test_service, test_surveys
from tests.sources.helpers import gather, settings

from rapport.errors import Problem

FILES = {
    "tickets.csv": test_service.table(test_service.TICKETS, test_service.ROWS),
    "tickets.json": json.dumps(test_service.PAGE),
    "csat.csv": f"{test_service.PERIOD}\n{test_service.CSAT}\n{test_service.RATED}",
    "visits.json": json.dumps(test_matomo.GOLDEN),
    "survey.csv": test_surveys.qualtrics(test_surveys.GOLDEN),
    "events.json": test_ga4.lines([*test_ga4.VISIT, *(row for row, _ in test_ga4.AWKWARD)]),
}
ODD = (b'"', b"\n", b",", b"{", b"}", b"null", b"\0", b"-", b"[]", b"1e99", b"\xff", b"")


def damaged(content: bytes, chance: random.Random) -> bytes:
    data = bytearray(content)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(data) or 1)
        kind = chance.randrange(4)
        if kind == 0:
            del data[place : place + chance.randint(1, 40)]
        elif kind == 1:
            data[place : place + 1] = chance.choice(ODD)
        elif kind == 2:
            data[place:place] = data[: chance.randint(1, 200)]
        elif chance.random() < 0.3:
            del data[place:]
    return bytes(data)


@pytest.mark.parametrize("name", FILES)
def test_nothing_crashes_and_no_row_is_lost(name: str, tmp_path: Path) -> None:
    chance = random.Random(name)
    read = 0
    for _ in range(8):
        path = tmp_path / name
        path.write_bytes(damaged(FILES[name].encode(), chance))
        try:
            found = gather(path, settings(None))  # which counts the rows
        except Problem:
            continue
        read += 1
        numbers = {row["source_row"] for rows in found.tables.values() for row in rows}
        assert not numbers & {row["source_row"] for row in found.aside}
    assert read > 0
