"""The tables on influencers: who, how they tire, what followed."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pyarrow as pa

from rapport.engagement.influencers.deciding import Range, gain, verdict

if TYPE_CHECKING:
    from rapport.steps.context import Context
    from rapport.steps.influencers import Asked

PEOPLE = pa.schema(
    [
        ("person_id", pa.string()), ("account", pa.string()), ("channel", pa.string()),
        *((name, pa.int64()) for name in ("approaches", "yes", "this_year")),
        ("last_asked", pa.date32()),
        *((name, pa.float64()) for name in (
            "response", "response_low", "response_high", "reach", "cost", "expected_gain",
            "low", "high", "reached", "suspicious", "customers")),
        ("verdict", pa.string()), ("rest", pa.int64()),
    ]
)  # fmt: skip
RESPONSE = pa.schema(
    [("nth", pa.int64()), ("people", pa.int64()), ("yes", pa.int64()),
     ("share", pa.float64()), ("expected", pa.float64())]
)  # fmt: skip
FOLLOWED = pa.schema(
    [("outcome", pa.string()), *((name, pa.float64()) for name in ("each", "low", "high", "usual")),
     ("posts", pa.int64())]
)  # fmt: skip
A_YEAR = 365


def people_table(asked: Asked, cap: int, seen: dict[str, dict[str, float]]) -> pa.Table:
    """Return everybody who was asked, with what asking once more is expected to bring.

    Parameters
    ----------
    cap
        How often somebody may be asked a year.
    seen
        By person: who was seen to react to posts that were asked for.
    """
    rows = asked.rows
    made = []
    for k, (person, account, channel) in enumerate(asked.names):
        mine = rows["person"] == k
        when = rows["asked"][mine]
        year = int((when > asked.today.toordinal() - A_YEAR).sum())
        chance = Range(*(float(v[k]) for v in (
            asked.tiring.next_yes, asked.tiring.next_low, asked.tiring.next_high)))  # fmt: skip
        reach = next_reach(asked, k)
        brings = expected(asked, chance, reach)
        told: dict[str, Any] = {
            "person_id": person, "account": account, "channel": channel,
            "approaches": int(mine.sum()), "yes": int(rows["yes"][mine].sum()),
            "this_year": year, "last_asked": dt.date.fromordinal(int(when.max())),
            "response": chance.value, "response_low": chance.low, "response_high": chance.high,
            "reach": reach, "cost": asked.cost, "verdict": verdict(brings, asked.cost),
            "rest": int(year >= cap), **_audience(seen.get(person)),
        }  # fmt: skip
        if brings is not None:
            told |= {"expected_gain": brings.value, "low": brings.low, "high": brings.high}
        made.append(told)
    made.sort(key=lambda row: (-(row.get("expected_gain") or 0.0), row["person_id"]))
    return pa.Table.from_pylist(made, schema=PEOPLE)


def _audience(seen: dict[str, float] | None) -> dict[str, float | None]:
    if not seen or seen["reached"] < 1:
        return {}
    judged = seen["judged"]
    return {
        "reached": seen["reached"],
        "suspicious": seen["suspicious"] / judged if judged else None,
        "customers": seen["customers"] / seen["reached"],
    }


def next_reach(asked: Asked, person: int) -> float | None:
    """Return what the next post of a person is expected to reach; None where no reach is known.

    Their own posts, each carried forward by how reach falls from one approach to the next, drawn
    to the usual reach as one post more.
    """
    usual = asked.usual_reach
    if usual is None:
        return None
    rows = asked.rows
    mine = rows["person"] == person
    known = mine & np.isfinite(rows["reach"])
    ratio = asked.fading[0] if asked.fading else 1.0
    ahead = mine.sum() + 1 - rows["nth"][known]
    each = np.log(rows["reach"][known]) + ahead * np.log(ratio)
    everyone = np.isfinite(rows["reach"])
    mean_nth = float(rows["nth"][everyone].mean())
    prior = np.log(usual) + (mine.sum() + 1 - mean_nth) * np.log(ratio)
    return float(np.exp((each.sum() + prior) / (len(each) + 1)))


def expected(asked: Asked, chance: Range, reach: float | None) -> Range | None:
    """Return what the next approach is expected to bring; None where nothing is known to follow.

    The money is that of orders after visits with the influencers' tag, days after posts against
    days without. At the most it is that of all orders, whatever their way, where that is more.
    """
    bought = asked.followed.get("tagged purchases")
    if bought is None or asked.margin is None:
        return None
    every = asked.followed.get("all orders")
    most = max(bought.high, every.high) if every else bought.high
    post = Range(*(end * asked.margin for end in (bought.each, bought.low, most)))
    usual = asked.usual_reach
    share = reach / usual if reach is not None and usual else 1.0
    return gain(chance, post, share)


def response_table(asked: Asked, context: Context) -> pa.Table:
    """Return, by the how-manieth approach, how many said yes; of few people nothing."""
    rows, smallest = asked.rows, context.settings.people.smallest_group
    made = []
    for nth in range(1, int(rows["nth"].max()) + 1):
        here = rows["nth"] == nth
        people, yes = int(here.sum()), int(rows["yes"][here].sum())
        if people >= smallest:
            expects = asked.tiring.first * asked.tiring.ratio ** (nth - 1)
            made.append(
                {"nth": nth, "people": people, "yes": yes, "share": yes / people,
                 "expected": expects}
            )  # fmt: skip
    return pa.Table.from_pylist(made, schema=RESPONSE)


def followed_table(asked: Asked) -> pa.Table:
    """Return what one post of usual reach adds to each daily count."""
    rows = [
        {"outcome": name, "each": told.each, "low": told.low, "high": told.high,
         "usual": told.usual, "posts": told.posts}
        for name, told in asked.followed.items()
    ]  # fmt: skip
    return pa.Table.from_pylist(rows, schema=FOLLOWED)
