"""One computed workspace for all tests on people; each gets its own copy."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from tests.people import maison

from rapport.workspace import Workspace


@pytest.fixture(scope="session")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("people") / "maison"
    workspace = Workspace.create(root)
    maison.fill(workspace)
    maison.compute(workspace)
    return root


@pytest.fixture
def workspace(made: Path, tmp_path: Path) -> Workspace:
    shutil.copytree(made, tmp_path / "maison")
    return Workspace(tmp_path / "maison")
