"""A brand with subscriptions: who stays, and what running contracts are worth."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from rapport.cli import app
from shell import run_some

MONTHS = 24
PRICE = 10.0


@pytest.fixture(scope="module")
def subscriptions(tmp_path_factory):
    """Twelve cohorts of 150, each leaving at the end of a month with a chance of their own."""
    root = tmp_path_factory.mktemp("contracts") / "club"
    rng = np.random.default_rng(11)
    rows = ["Order number,Order date,Customer,Total"]
    running = 0
    for start in range(12):
        for person in range(150):
            chance = rng.beta(1.2, 12.0)
            stay = int(rng.geometric(chance))
            last = min(start + stay, MONTHS)
            running += start + stay > MONTHS - 1
            rows += [
                f"{start}-{person}-{month},{2023 + month // 12}-{month % 12 + 1:02d}-05,"
                f"C{start:02d}{person:03d},{PRICE}"
                for month in range(start, last)
            ]
    file = root.parent / "payments.csv"
    file.write_text("\n".join(rows) + "\n", encoding="utf-8")
    run = CliRunner().invoke
    assert run(app, ["new", str(root), "--currency", "EUR"]).exit_code == 0
    settings = root / "rapport.toml"
    text = settings.read_text(encoding="utf-8").replace("contract = false", "contract = true")
    text = text.replace("discount_rate = 0.10", "discount_rate = 0.0")
    text = text.replace("# today = 2026-01-31 ", "today = 2024-12-31 ")
    settings.write_text(text, encoding="utf-8")
    where = ["--workspace", str(root)]
    assert run(app, ["add", "--yes", str(file), *where]).exit_code == 0
    run_some(root, "identity", "roles", "buying", "staying", "worth")
    numbers = json.loads(run(app, ["results", "--json", *where]).stdout)["numbers"]
    return {number["name"]: number for number in numbers}, running


def test_running_contracts_are_counted(subscriptions) -> None:
    numbers, running = subscriptions
    assert numbers["active_customers"]["value"] == running
    assert numbers["customers"]["value"] == 12 * 150


def test_the_worth_is_that_of_the_true_chances(subscriptions) -> None:
    """Those who stayed n months leave with Beta(1.2, 12 + n): their payments can be summed."""
    numbers, running = subscriptions
    # 36 payments at the most; with these chances a running contract makes about 21 of them
    each = numbers["customer_equity"]["value"] / running / PRICE
    truth = []
    rng = np.random.default_rng(2)
    for renewals in (12, 17, 23):
        chance = rng.beta(1.2, 12.0 + renewals, 40_000)[:, None]
        truth.append(float(((1 - chance) ** np.arange(1, 37)).sum(axis=1).mean()))
    assert min(truth) * 0.9 < each < max(truth) * 1.1
    assert numbers["customer_equity"]["low"] < numbers["customer_equity"]["high"]
