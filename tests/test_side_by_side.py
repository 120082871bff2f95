"""Steps computed side by side say the same as one by one, and tell what fails."""

from __future__ import annotations

import os
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport import pipeline
from rapport.errors import Problem
from rapport.freshness import all_before
from rapport.results import Results
from rapport.side_by_side import behind, side_by_side
from rapport.simulation.world_file import parse_world
from rapport.steps.order import STEPS
from test_second_run import brand, facts, load, same, told


class Watched:
    """Begins and keeps steps that return a number, and remembers in which order."""

    def __init__(self, before: dict[str, tuple[str, ...]], spared: tuple[str, ...] = ()) -> None:
        self.before, self.spared = before, spared
        self.kept: dict[str, Any] = {}
        self.parts: dict[str, float] = {}
        self.running: set[str] = set()
        self.most = 0

    def begin(self, name: str) -> bool:
        assert set(self.before[name]) <= {*self.kept, *self.spared}
        if name in self.spared:
            return False
        self.running.add(name)
        self.most = max(self.most, len(self.running))
        return True

    def compute(self, name: str, part: float) -> tuple[Any, tuple[Any, ...]]:
        self.parts[name] = part
        return len, (name,)

    def keep(self, name: str, found: int) -> None:
        self.running.remove(name)
        self.kept[name] = found

    def run(self, names: list[str], many: int = 2) -> None:
        side_by_side(names, self.before, self.compute, begin=self.begin, keep=self.keep, many=many)


def test_each_step_waits_for_its_own_and_no_more_run_than_may() -> None:
    before = {"a": (), "bb": ("a",), "ccc": ("a",), "dddd": ("a", "bb"), "e": ("a",)}
    watched = Watched(before, spared=("ccc",))
    watched.run(list(before))
    assert watched.kept == {"a": 1, "bb": 2, "dddd": 4, "e": 1}
    assert watched.most == 2
    # all memory for the one that everything waits for
    assert (watched.parts["a"], watched.parts["bb"]) == (1.0, 0.5)


@settings(max_examples=5, deadline=None)
@given(st.lists(st.sets(st.integers(0, 7)), min_size=1, max_size=8))
def test_any_order_of_needs_is_kept(needs: list[set[int]]) -> None:
    before: dict[str, tuple[str, ...]] = {}
    for n, each in enumerate(needs):
        direct = {f"s{k}" for k in each if k < n}
        before[f"s{n}"] = tuple(sorted(direct.union(*(before[name] for name in direct))))
    watched = Watched(before)
    watched.run(list(before))
    assert set(watched.kept) == set(before)
    assert watched.most <= 2


def test_the_longest_row_of_steps_is_begun_first() -> None:
    length = behind([step.name for step in STEPS], all_before())
    assert max(length, key=lambda name: length[name]) == "identity"
    assert length["plays"] == 0
    assert length["understanding"] > length["asking"] > length["months"] > length["levels"]
    assert length["mentions"] > length["topics"] > length["answering"]


def test_a_problem_in_another_process_is_told_with_its_faults() -> None:
    watched = Watched({"a": ()})
    watched.compute = lambda name, part: (parse_world, ("[connecting]\nefect = 0",))  # type: ignore[method-assign]
    with pytest.raises(Problem) as found:
        watched.run(["a"])
    assert "Did you mean effect?" in str(found.value)
    assert watched.kept == {}


def test_a_process_that_is_ended_from_outside_is_said() -> None:
    watched = Watched({"a": ()})
    watched.compute = lambda name, part: (os._exit, (9,))  # type: ignore[method-assign]
    with pytest.raises(Problem, match="run it again") as found:
        watched.run(["a"])
    assert "memory" in str(found.value)


@pytest.mark.slow
def test_two_at_once_say_what_one_by_one_say(tmp_path) -> None:
    alone, together = brand(tmp_path / "alone"), brand(tmp_path / "together")
    for shop in (alone, together):
        load(shop, "everything", facts(0, 200, everybody=True))
    one = pipeline.run(alone, at_once=1)
    steps: list[str] = []
    two = pipeline.run(together, at_once=2, tell=lambda **now: steps.append(now["step"]))
    assert one == two
    assert len(steps) == len(STEPS)
    states = [Results(shop.results) for shop in (alone, together)]
    assert list(states[0].steps) == list(states[1].steps) == [step.name for step in STEPS]
    first, second = told(alone), told(together)
    assert first.keys() == second.keys()
    for name, rows in first.items():
        pairs = zip(rows, second[name], strict=True)
        assert [pair for pair in pairs if not same(*pair)] == [], name
    assert pipeline.out_of_date(together) == ()
    assert list((together.root / ".temporary").iterdir()) == []
    assert pipeline.run(together, at_once=2).computed == ()
