"""The statement on simulated brands: the short form of benchmarks/statement.py."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.statement import one, truth_total

pytestmark = pytest.mark.slow


@pytest.mark.parametrize("number", [0, 1])
def test_parts_add_up_and_the_total_holds_the_truth(tmp_path: Path, number: int) -> None:
    answer = one((number, 3000, 4000, str(tmp_path)))
    assert answer["adds_up"]
    _, low, high = answer["told"]["total"]
    assert low <= truth_total(answer) <= high
