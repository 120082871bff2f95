"""Files of every system, damaged: refused in a sentence, or read with every row accounted for."""

from __future__ import annotations

from pathlib import Path

import pytest
from benchmarks.mutated_files import mutate, small_brand


@pytest.fixture(scope="module")
def brand(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return small_brand(tmp_path_factory.mktemp("brand"))


@pytest.mark.slow
@pytest.mark.parametrize("seed", range(3))
def test_nothing_crashes_and_no_row_is_lost(brand: list[Path], seed: int, tmp_path: Path) -> None:
    tale = mutate(brand, 50, 100 + seed, tmp_path)
    assert [f"{name} ({number}): {why[-400:]}" for name, number, why in tale.broken] == []
    assert tale.read > 15
    assert tale.rows > tale.kept > 0
