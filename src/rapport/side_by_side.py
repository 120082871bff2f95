"""Steps that do not wait for each other, computed side by side by processes of their own.

Most of a step keeps one core busy. Where there is much to do, as many steps run at once as there
are processes; each sees only what the steps before it found, so that the order in which others
end changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, wait
from typing import Any

from rapport.errors import Fault
from rapport.processes import cores, processes

MANY = 2
"""Steps at once: DuckDB takes what cores are left."""
ENOUGH = 4_000_000
"""Rows of a record from which a second process is worth its start."""

Begin = Callable[[str], bool]
Keep = Callable[[str, Any], None]


def how_many(rows: int, engine: str) -> int:
    """Return how many steps should be computed at once.

    Examples
    --------
    >>> how_many(1_000, "duckdb"), how_many(10**8, "spark")
    (1, 1)
    """
    if rows < ENOUGH or engine != "duckdb":
        return 1
    return min(MANY, cores())


def behind(names: Sequence[str], before: Mapping[str, Sequence[str]]) -> dict[str, int]:
    """Return how long the longest row of steps is that wait for each of them, one after another.

    Examples
    --------
    >>> behind(["a", "b", "c", "d"], {"a": (), "b": ("a",), "c": ("a", "b"), "d": ("a",)})
    {'a': 2, 'b': 1, 'c': 0, 'd': 0}
    """
    found: dict[str, int] = {}
    for name in reversed(names):
        found[name] = max((found[other] + 1 for other in found if name in before[other]), default=0)
    return {name: found[name] for name in names}


def side_by_side(
    names: Sequence[str],
    before: Mapping[str, Sequence[str]],
    compute: Callable[[str, float], tuple[Callable[..., Any], tuple[Any, ...]]],
    *,
    begin: Begin,
    keep: Keep,
    many: int,
) -> None:
    """Compute steps in processes of their own, each once all that it comes after is there.

    Of several steps that could begin, the one that the longest row waits for is first.

    Parameters
    ----------
    names
        The steps to compute, each after those that it comes after.
    before
        For each step all that it comes after.
    compute
        Returns a function and what it is called with in the other process, for a step and the part
        of the memory that it may take.
    begin
        Called before a step is computed; False where it need not be.
    keep
        Called with the name and what the function returned.
    many
        How many steps at once.

    Raises
    ------
    Problem
        If a step raises one, or a process is ended from outside.
    """
    left, running = list(names), dict[Future[Any], str]()
    length = behind(names, before)
    ended = Fault(
        "A process that computed a step was ended, most likely because memory ran out.",
        hint="Close other programs, or lower 'memory' in rapport.toml, and run again.",
    )
    with processes(many, "The run was not finished; run it again.", ended) as pool:
        while left or running:
            for name in _ready(left, running, before, length)[: many - len(running)]:
                left.remove(name)
                alone = not running and all(name in before[other] for other in left)
                if not begin(name):
                    break  # others may have been waiting for it
                job, values = compute(name, 1.0 if alone else 1.0 / many)
                running[pool.submit(job, *values)] = name
            else:
                done, _ = wait(running, return_when=FIRST_COMPLETED)
                for each in done:
                    keep(running.pop(each), each.result())


def _ready(
    left: Sequence[str],
    running: Mapping[Any, str],
    before: Mapping[str, Sequence[str]],
    length: Mapping[str, int],
) -> list[str]:
    """Return the steps whose own are all there, those first that the longest row waits for."""
    missing = {*left, *running.values()}
    found = [name for name in left if not missing.intersection(before[name])]
    return sorted(found, key=lambda name: -length[name])
