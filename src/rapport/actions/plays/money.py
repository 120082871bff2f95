"""What a play is expected to bring: by an experiment if there was one, else by the record.

Where the record holds only what would be there if everybody did as others did of their own will,
the truth lies between nothing and that much: the range says so, and its middle is half.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from rapport.actions.plays.play import Money
from rapport.estimate import EDGE, Grade

Row = Mapping[str, Any]

KEEPS = (0.05, -0.05, 0.15)
"""What an attempt to win somebody back keeps of the margin at risk: middle, low, high.

An assumption of ours, until an audience with a hold-out says more. It may be below nothing: who was
about to drift away unnoticed may be woken up (Ascarza, Iyengar & Schleicher 2016 saw six in a
hundred leave without an offer, and ten with it), and those most at risk are often not those who can
be kept (Ascarza 2018).
"""


def of_experiment(row: Row, people: int) -> Money:
    """Return what a play brings to so many people, as the last audience with a hold-out showed.

    Parameters
    ----------
    row
        Of the table `experiments`: effect a person with its range, sent and cost.

    Examples
    --------
    >>> row = {"effect": 2.0, "effect_low": 1.0, "effect_high": 3.0, "cost": 50.0, "sent": 100}
    >>> of_experiment(row, 10).value
    15.0
    """
    ends = (row["effect"], row["effect_low"], row["effect_high"])
    told = Money(*ends, Grade.EXPERIMENT, "experiment").times(people)
    cost = row.get("cost")
    return told.less(cost / row["sent"] * people) if cost and row.get("sent") else told


def of_codes(values: Row, people: int) -> Money | None:
    """Return what codes for so many advocates bring: at most what those who took one brought.

    Who has a code asked for it, or was asked because they speak of us; whether others would hand
    theirs on as often, nobody has tried.

    Parameters
    ----------
    values
        Over people with a code: `people`, `value` (sum of referral value) and `squares`.

    Examples
    --------
    >>> found = of_codes({"people": 100, "value": 2000.0, "squares": 90_000.0}, 10)
    >>> found.value, found.low, round(found.high)
    (100.0, 0.0, 237)
    """
    many = values["people"]
    if not many or values["value"] <= 0:
        return None
    mean = values["value"] / many
    spread = max(values["squares"] / many - mean**2, 0.0)
    high = mean + EDGE * math.sqrt(spread / many)
    return Money(mean / 2, 0.0, high, Grade.ASSUMPTION, "codes").times(people)


def of_answers(kept: Money, stake: float, people: int, cost: float | None) -> Money:
    """Return what answers to people who wait keep of what they buy in a year.

    Parameters
    ----------
    kept
        The share of later buying that an answer keeps.
    stake
        What they bought in the last year, together.
    cost
        Of answering one.
    """
    return kept.times(stake).less((cost or 0.0) * people)


def of_sales(more: Money, worth: float, people: int, cost: float | None) -> Money:
    """Return what answers to people who ask to buy bring.

    Parameters
    ----------
    more
        How many more of a hundred, as a share, buy because they were answered.
    worth
        Of all of them, if they bought.
    """
    return more.times(worth).less((cost or 0.0) * people)


def of_winning_back(at_risk: float) -> Money:
    """Return what winning people back keeps of their margin at risk, by assumption.

    Examples
    --------
    >>> found = of_winning_back(1000.0)
    >>> found.value, found.low, found.high
    (50.0, -50.0, 150.0)
    """
    return Money(*KEEPS, Grade.ASSUMPTION, "assumed").times(at_risk)


def of_articles(rows: Sequence[Row], cost: float | None) -> Money | None:
    """Return what articles save: at most every contact that asks the same and is not answered.

    Questions are different people's, so the distances of their upper ends add as squares.

    Parameters
    ----------
    rows
        Of the table `questions`.
    cost
        Of one contact; without it there is no money to be saved.

    Examples
    --------
    >>> rows = [{"contacts_saved": 10.0, "contacts_saved_high": 13.0},
    ...         {"contacts_saved": 6.0, "contacts_saved_high": 10.0}]
    >>> found = of_articles(rows, 5.0)
    >>> found.value, found.low, found.high
    (40.0, 0.0, 105.0)
    """
    if not cost or not rows:
        return None
    most = sum(row["contacts_saved"] for row in rows)
    wide = math.hypot(*(row["contacts_saved_high"] - row["contacts_saved"] for row in rows))
    return Money(most / 2, 0.0, most + wide, Grade.ASSUMPTION, "contacts").times(cost)


def of_leaving(row: Row) -> Money:
    """Return what leaving a platform saves: its cost less what it brings.

    Parameters
    ----------
    row
        Of the table `platforms`.
    """
    cost, value, low, high = (float(row[name]) for name in ("cost", "value", "low", "high"))
    return Money(cost - value, cost - high, cost - low, Grade.ADJUSTED, "platform")


def of_sparing(rows: Sequence[Row]) -> Money:
    """Return what is saved by not asking those any more of whom nothing is to be expected.

    As often as last year; what follows posts has one error in common.

    Parameters
    ----------
    rows
        Of the table `influencers`: this_year, cost, expected_gain, low, high.

    Examples
    --------
    >>> row = {"this_year": 3, "cost": 60.0, "expected_gain": 1.0, "low": 0.0, "high": 40.0}
    >>> found = of_sparing([row])
    >>> found.value, found.low, found.high
    (177.0, 60.0, 180.0)
    """
    value, low, high = (
        float(sum(row["this_year"] * (row["cost"] - row[name]) for row in rows))
        for name in ("expected_gain", "high", "low")
    )
    return Money(value, low, high, Grade.ADJUSTED, "influencers")
