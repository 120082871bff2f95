"""The numbers on influencers: asked, answered, tired, worth asking again."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from rapport.engagement.influencers.deciding import CANNOT_TELL, STOP
from rapport.estimate import Estimate, Grade

if TYPE_CHECKING:
    from rapport.engagement.influencers.tiring import Array
    from rapport.steps.influencers import Asked

FEWEST_POSTS = 10  # of each kind, to compare posts asked for with own ones


def numbers(
    asked: Asked, people: pa.Table, compared: tuple[Array, Array], unit: str
) -> dict[str, Estimate]:
    """Return every number of the step."""
    rows, tiring = asked.rows, asked.tiring
    many, persons = len(rows["yes"]), len(asked.names)
    basis: dict[str, Any] = {"people": persons, "rows": many, "table": "influencers"}
    verdicts = people["verdict"].to_pylist()
    made = {
        "influencer_requests": Estimate.exact(many, "number", **basis),
        "influencer_yes_share": Estimate.of_share(
            float(rows["yes"].sum()), many, source="influencer yes", **basis
        ),
        "influencer_tiring": Estimate(
            tiring.ratio, "share", Grade.MODEL, tiring.ratio_low, tiring.ratio_high, **basis
        ),
        "influencer_ask_cap": Estimate.exact(
            tiring.half_after, "number", grade=Grade.MODEL, **basis
        ),
    }
    if CANNOT_TELL not in set(verdicts) or STOP in verdicts:
        made["influencers_to_stop"] = Estimate.exact(
            verdicts.count(STOP), "people", grade=Grade.ADJUSTED, **basis
        )
    if asked.cost is not None:
        made["influencer_cost"] = Estimate.exact(asked.cost, unit, **basis)
    bought = asked.followed.get("tagged purchases")
    if bought is not None and asked.margin is not None:
        made["influencer_post_gain"] = Estimate.normal(
            bought.each * asked.margin, bought.error * asked.margin, unit,
            source="influencer posts", grade=Grade.ADJUSTED, people=persons, rows=bought.posts,
            table="influencer_following",
        )  # fmt: skip
    made |= _own_posts(compared, persons)
    return {name: number.based_on(name=name) for name, number in made.items()}


def _own_posts(compared: tuple[Array, Array], persons: int) -> dict[str, Estimate]:
    """Return reactions to a post asked for against one of its author's own."""
    sponsored, own = compared
    if min(len(sponsored), len(own)) < FEWEST_POSTS or not (own.sum() and sponsored.sum()):
        return {}
    error = sum(
        float(np.var(side, ddof=1)) / len(side) / float(side.mean()) ** 2 for side in compared
    )
    return {
        "influencer_sponsored_ratio": Estimate.lognormal(
            float(sponsored.mean() / own.mean()), error**0.5, "number",
            source="sponsored against own", grade=Grade.COUNT, people=persons,
            rows=len(sponsored) + len(own), table="influencers",
        )
    }  # fmt: skip
