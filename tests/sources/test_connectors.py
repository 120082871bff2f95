"""A warehouse connector's many tables: those that are needed, those left alone."""

from __future__ import annotations

from pathlib import Path

import pytest

from rapport.adding import add
from rapport.errors import Problem
from rapport.sources.registry import NotNeeded, recognise
from rapport.workspace import Workspace

SPARE = "id,_fivetran_synced,name\n1,2026-01-05 10:00:00,Soaps\n"
SPEND = "Day,Campaign,Cost,Impr.\n2026-01-05,Soaps,4.50,50\n"


def workspace(folder: Path) -> Workspace:
    (folder / "rapport.toml").write_text('brand = "Maison"\n')
    return Workspace(folder)


def test_a_table_that_no_answer_needs_is_refused_where_it_comes_alone(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "collection.csv").write_text(SPARE)
    with pytest.raises(NotNeeded, match="a table of a Fivetran connector"):
        recognise(exports / "collection.csv", workspace(tmp_path).settings)
    added = add(workspace(tmp_path), [exports], confirm=lambda _: False)
    assert (len(added.loads), len(added.refused), added.left) == (0, 1, ())


def test_and_left_alone_where_it_comes_with_others(tmp_path: Path) -> None:
    exports = tmp_path / "exports"
    exports.mkdir()
    (exports / "collection.csv").write_text(SPARE)
    (exports / "spend.csv").write_text(SPEND)
    added = add(workspace(tmp_path), [exports], confirm=lambda _: False)
    assert (len(added.loads), added.refused, added.left) == (1, (), ("collection.csv",))


@pytest.mark.parametrize("folder", ["fivetran_shopify", "fivetran_social", "fivetran_zendesk"])
def test_every_published_table_is_known(shared_data: Path, folder: str, tmp_path: Path) -> None:
    settings = workspace(tmp_path).settings
    tables = sorted((shared_data / "platforms" / folder).iterdir())
    # Some of the test data were cut down; a connector itself always writes when it last synced.
    synced = [path for path in tables if "synced" in path.read_text("utf-8").partition("\n")[0]]
    assert len(synced) > len(tables) * 0.8
    for path in synced:
        try:
            source = recognise(path, settings).source
        except NotNeeded:
            continue
        except Problem as problem:
            assert "no answer needs" in str(problem), path.name  # noqa: PT017 - the sentence counts
            continue
        assert source.startswith("fivetran_"), path.name
