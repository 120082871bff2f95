"""A workspace and a way to type commands into it, and a shop to fill it with."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner, Result

from rapport.cli import app
from rapport.pipeline import looking
from rapport.steps.order import STEPS
from rapport.workspace import Workspace

ORDERS = "Order number,Order date,Customer,Total\n"


def shop_orders(customers: int = 120, seed: int = 3) -> str:
    """Return a year of orders: some customers leave, some come back often."""
    import random

    chance = random.Random(seed)
    rows = []
    for customer in range(customers):
        day = chance.randrange(0, 200)
        leaves, gap = chance.random() * 0.5, 10 + chance.random() * 60
        while day < 400:
            date = f"{2023 + day // 365}-{1 + day % 365 // 31:02d}-{1 + day % 31 % 28:02d}"
            rows.append(f"A{len(rows):05d},{date},C{customer:03d},{20 + chance.random() * 50:.2f}")
            if chance.random() < leaves:
                break
            day += 1 + int(chance.expovariate(1 / gap))
    return ORDERS + "\n".join(rows) + "\n"


def run_some(root: Path, *names: str) -> None:
    """Run only these steps of a workspace, where a test needs no more."""
    assert set(names) <= {step.name for step in STEPS}
    with looking(Workspace(root)) as context:
        for step in STEPS:
            if step.name in names:
                context.results.save(step.name, "x", step.run(context))


class Shell:
    """A workspace and a way to type commands into it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.runner = CliRunner()

    def __call__(self, *arguments: str, code: int = 0) -> Result:
        result = self.runner.invoke(app, [*arguments, *self._where(arguments)])
        assert result.exit_code == code, f"{arguments}: {result.output} {result.exception!r}"
        return result

    def json(self, *arguments: str, code: int = 0) -> dict:
        return json.loads(self(*arguments, "--json", code=code).stdout)

    def _where(self, arguments: tuple[str, ...]) -> list[str]:
        return [] if arguments[0] in {"new", "demo"} else ["--workspace", str(self.root)]
