"""Simulated brands in workspaces of their own, without exports: what several measurements share."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from rapport.pipeline import looking, open_record, run
from rapport.results import Results
from rapport.simulation.history import BRAND, History
from rapport.simulation.lived import Lived
from rapport.simulation.making import live_through, write_down
from rapport.simulation.recorded import facts_of
from rapport.simulation.world_file import parse_world
from rapport.steps.order import STEPS
from rapport.workspace import SETTINGS, Workspace

MORE = """
[service]
cost_per_contact = 4.5
"""


@dataclass(frozen=True)
class Brand:
    """One simulated brand: its workspace, and what is true of it."""

    workspace: Workspace
    history: History
    lived: Lived

    @property
    def results(self) -> Results:
        """What was computed."""
        return Results(self.workspace.results)

    def run(self, *steps: str) -> Results:
        """Compute the steps named, in their order, or everything; returns the results."""
        if not steps:
            run(self.workspace)
            return self.results
        with looking(self.workspace) as context:
            for step in STEPS:
                if step.name in steps:
                    self.workspace.results.mkdir(parents=True, exist_ok=True)
                    context.results.save(step.name, "measured", step.run(context))
        return self.results


def brand(
    root: Path, world: str = "", *, people: int = 5000, months: int = 24, seed: int = 1,
    seen: float = 1.0, settings: str = MORE,
) -> Brand:  # fmt: skip
    """Live through a world and put it into a record at `root`, which is made anew."""
    shutil.rmtree(root, ignore_errors=True)
    lived = live_through(parse_world(world), people=people, months=months, seed=seed)
    history = write_down(lived)
    made = Workspace.create(root, brand=BRAND, currency="EUR", time_zone="Europe/Paris")
    path = made.root / SETTINGS
    path.write_text(path.read_text("utf-8") + settings, "utf-8")
    workspace = Workspace(made.root)
    open_record(workspace).load(facts_of(history, seen=seen))
    return Brand(workspace, history, lived)
