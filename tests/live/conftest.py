"""A Bluesky server for the session, and a workspace for each test."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from live.live_record import Brand
from rapport.workspace import Workspace


@pytest.fixture(scope="session")
def pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a Bluesky server that runs for as long as the tests do."""
    from live.bluesky_server import CannotRun, bluesky

    try:
        with bluesky(tmp_path_factory.mktemp("pds")) as address:
            yield address
    except CannotRun as reason:
        pytest.skip(f"the Bluesky server cannot run here: {reason}")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "shop", brand="Maison", time_zone="UTC")


@pytest.fixture
def brand_of(workspace: Workspace) -> Callable[..., Brand]:
    """Return a way to pull a brand's account into the workspace and to look at what came."""

    def made(address: str, handle: str, password: str | None = None) -> Brand:
        return Brand(workspace, address, handle, password)

    return made
