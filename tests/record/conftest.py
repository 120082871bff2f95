"""What every test of the record can ask for; `small_shop` makes its files."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from rapport.record.store import Record

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def record(tmp_path: Path) -> Record:
    return Record(tmp_path / "record", key=b"a key")


@pytest.fixture
def open_record(tmp_path: Path) -> Callable[..., Record]:
    """Open the same record again, as another process would."""
    return lambda **more: Record(tmp_path / "record", **{"key": b"a key", **more})
