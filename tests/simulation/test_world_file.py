"""world.toml: what is written can be read, each parameter explained, every fault told at once."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from rapport.errors import Problem
from rapport.simulation.world import World
from rapport.simulation.world_file import (
    limits,
    parameters,
    parse_world,
    read_world,
    world_text,
)

DOCS = Path(__file__).parents[2] / "docs" / "simulation.md"


def test_the_written_world_is_the_default_world() -> None:
    assert parse_world(world_text()) == World()


def test_a_changed_world_comes_back_as_it_was() -> None:
    text = '[[crises.waves]]\nday = 3\ntopic = "advert"\n[promotions]\ncampaigns = []'
    world = parse_world(text)
    assert world.crises.waves[0].topic == "advert"
    assert parse_world(world_text(world)) == world


def test_every_parameter_says_its_meaning_and_every_number_its_unit_and_range() -> None:
    for name, field in parameters():
        assert field.description, name
        if field.annotation in {int, float}:
            assert isinstance(field.json_schema_extra, dict), name
            low, high = limits(field)
            assert low is not None, name
            assert high is not None, name
            assert low <= field.get_default() <= high, name


def test_every_line_of_the_written_world_explains_itself() -> None:
    for line in world_text().splitlines():
        assert not line or line[0] in "#[" or "  # " in line, line


def test_all_faults_are_told_with_their_line_and_the_nearest_name() -> None:
    text = (
        "[connecting]\nefect = 0.1\neffect = 99\n[media.tvv]\nbudget = 1\n"
        '[[crises.waves]]\nday = 3\n[[crises.waves]]\ntopic = "recal"'
    )
    with pytest.raises(Problem) as raised:
        parse_world(text)
    told = str(raised.value)
    assert "The world has 4 faults" in told
    assert "line 2: There is no parameter 'connecting.efect'. Did you mean effect?" in told
    assert "line 3: connecting.effect: Input should be less than or equal to 3" in told
    assert "line 4: There is no parameter 'media.tvv'. Did you mean tv?" in told
    assert "line 9: crises.waves.1.topic cannot be 'recal'. Did you mean recall?" in told


@pytest.mark.parametrize("text", ["start = 2024-10-02", "start = 1066-10-01"])
def test_a_world_begins_on_the_first_of_a_month(text: str) -> None:
    with pytest.raises(Problem, match="first of a month"):
        parse_world(text)


def test_a_world_that_is_not_there_says_how_to_write_one(tmp_path) -> None:
    with pytest.raises(Problem, match="rapport simulate --write-world"):
        read_world(tmp_path / "world.toml")


def test_a_world_that_is_no_toml_says_where(tmp_path) -> None:
    path = tmp_path / "world.toml"
    path.write_text("[connecting\n", encoding="utf-8")
    with pytest.raises(Problem, match="line 1"):
        read_world(path)


def test_the_table_of_the_docs_holds_every_parameter_as_the_code_has_it() -> None:
    text = DOCS.read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w.]+)` \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", text, re.M)
    assert [tuple(row) for row in rows] == [tuple(row) for row in documented()]


def documented() -> list[tuple[str, str, str, str, str]]:
    """Return the rows that the table in docs/simulation.md must have."""
    rows = []
    for name, field in parameters():
        extra = field.json_schema_extra
        low, high = limits(field)
        default = field.get_default(call_default_factory=True)
        shown = str(default).lower() if isinstance(default, bool) else str(default)
        span = "" if low is None else f"{low:g} to {high:g}"
        unit = str(extra["unit"]) if isinstance(extra, dict) else ""
        if shown == "PydanticUndefined":
            shown = ""
        rows.append((name, shown, unit, span, str(field.description)))
    return rows
