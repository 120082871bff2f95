"""The numbers on who is leaving, who left unheard and who came back."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
from scipy import special

from rapport.engagement.trajectory.breaking import AWAY, GOING
from rapport.engagement.trajectory.hazard import Array, design
from rapport.engagement.trajectory.moves import LEFT
from rapport.engagement.trajectory.snapshots import CELLS
from rapport.engagement.trajectory.unheard import HEARD, UNHEARD, Share
from rapport.estimate import DRAWS, Estimate, Grade
from rapport.steps.breaking_up import Going
from rapport.steps.context import Context

SEED = 20_240_229
YEAR = 12  # months
PIECE = 100  # draws worked out at once, so that many cells need little memory


def numbers(
    context: Context, going: Going, shares: dict[str, Share], moved: pa.Table
) -> dict[str, Estimate]:
    """Return every number of the step."""
    unit = context.settings.currency
    made = {**_breaking(going, unit), **_left_unheard(shares), **_past(context, moved)}
    if going.checked:
        made["breaking_up_auc"] = Estimate.exact(
            going.checked.auc, "number", grade=Grade.MODEL, people=going.checked.people,
            rows=going.checked.people, table="breaking_up_check",
        )  # fmt: skip
    return {name: number.based_on(name=name) for name, number in made.items()}


def _breaking(going: Going, unit: str) -> dict[str, Estimate]:
    sums = going.sums
    state = np.array(sums["state"].tolist(), dtype=object)
    people = sums["people"].astype(float)
    if not people.sum():
        return {}
    here, still = state == GOING, state != AWAY
    many = int(people[here].sum())
    basis = {"people": many, "rows": many, "table": "breaking_up"}
    made = {
        "breaking_up_customers": Estimate.exact(many, "customers", grade=Grade.MODEL, **basis),
        "gone_in_three_months": _expected(
            going, np.where(still, people, 0.0), np.where(still, people, 0.0), "customers"
        ).based_on(people=int(people[still].sum()), rows=int(people[still].sum())),
    }
    if many:
        year, squares = (sums[name].astype(float) for name in ("year", "year_squared"))
        made["breaking_up_margin"] = _expected(
            going, np.where(here, year, 0.0), np.where(here, squares, 0.0), unit
        ).based_on(people=many, rows=many)
    return made


def _expected(going: Going, weight: Array, squares: Array, unit: str) -> Estimate:
    """Return the sum over cells of weight times chance, with what is not known of it.

    Parameters
    ----------
    weight, squares
        Of each cell: what its people weigh together, and the sum of their weights squared.
    """
    cells = {name: going.sums[name] for name in CELLS}
    made, model = design(cells), going.model
    chance = special.expit(made @ model.effects)
    rng = np.random.default_rng(SEED)
    root = np.linalg.cholesky(model.spread + 1e-12 * np.eye(len(model.effects)))
    effects = model.effects + rng.standard_normal((DRAWS, len(model.effects))) @ root.T
    drawn = np.concatenate(
        [special.expit(part @ made.T) @ weight for part in np.array_split(effects, DRAWS // PIECE)]
    )
    noise = float(chance * (1 - chance) @ squares) ** 0.5
    drawn = np.maximum(drawn + noise * rng.standard_normal(DRAWS), 0.0)
    return Estimate.from_draws(drawn, unit, value=float(chance @ weight), table="breaking_up")


def _left_unheard(shares: dict[str, Share]) -> dict[str, Estimate]:
    """Return how many left who would have stayed if heard: against those who were."""
    if not {HEARD, UNHEARD} <= set(shares):
        return {}
    told = {
        group: Estimate.from_draws(share.draws, "share", value=share.value, grade=Grade.ADJUSTED)
        for group, share in shares.items()
    }
    people = shares[UNHEARD].people
    gap = told[UNHEARD] - told[HEARD]
    rows = people + shares[HEARD].people
    basis: dict[str, Any] = {"people": people, "rows": rows, "table": "left_unheard"}
    return {
        "left_unheard": (gap * Estimate.exact(people, "customers")).based_on(**basis),
        "left_share_unheard": told[UNHEARD].based_on(**basis),
        "left_share_heard": told[HEARD].based_on(
            people=shares[HEARD].people, rows=rows, table="left_unheard"
        ),
    }


def _past(context: Context, moved: pa.Table) -> dict[str, Estimate]:
    back = context.engine.collect(context.result("came_back").select(n=nw.len()))
    (many,) = back["n"].to_pylist()
    made = {
        "came_back_customers": Estimate.exact(
            many, "customers", people=many, rows=many, table="came_back"
        )
    }
    left = sorted(
        (row for row in moved.to_pylist() if row["direction"] == LEFT), key=lambda r: r["month"]
    )[-YEAR:]
    if left:
        people = sum(row["people"] for row in left)
        if people < context.settings.people.smallest_group:
            return made
        half = sum(((row["high"] - row["people"]) ** 2) for row in left) ** 0.5
        made["left_last_year"] = Estimate(
            people, "customers", Grade.MODEL, max(0.0, people - half), people + half,
            people=round(people), table="moves",
        )  # fmt: skip
    return made
