"""What relationships cost in a period: media, people, tools, incentives and content."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from rapport.estimate import Estimate, Grade
from rapport.record.frames import UNIT
from rapport.steps.context import Context
from rapport.steps.ledger_period import Period
from rapport.value.ledger.causes import FUNCTION_OF
from rapport.value.ledger.rounding import exact
from rapport.value.ledger.spending import cost_of_posts, spend_by_channel
from rapport.value.ledger.stating import Line

PEOPLE, TOOLS, CONTENT = "costs.people", "costs.tools", "costs.content"


@dataclass(frozen=True, slots=True)
class Paid:
    """What was paid, and which settings are missing before it is all of it.

    Parameters
    ----------
    lines
        The costs that are known.
    missing
        Names of settings; while one is missing, no return on the cost can be told.
    beside
        Channels of spend that are no media of relationships, most spent first.
    foreign
        Currencies of spend without a rate, which are left out.
    """

    lines: tuple[Line, ...]
    missing: tuple[str, ...]
    beside: tuple[str, ...]
    foreign: tuple[str, ...]


def paid(context: Context, period: Period) -> Paid:
    """Return what relationships cost in a period, as the record and `[costs]` say it."""
    said = context.settings.costs
    media, fees = (
        {name.strip().lower() for name in names}
        for names in (said.relationship_channels, said.incentive_channels)
    )
    spent, foreign = _spent(context, period)
    posts, unknown = _posts(context, period)
    lines = [
        *_line(context, "media", [spent[c] for c in spent if c in media - fees] + posts.get(1, [])),
        *_line(context, "incentives", [spent[c] for c in spent if c in fees]),
        *_line(context, "content", posts.get(0, [])),
    ]
    missing = []
    if said.people is None:
        missing.append(PEOPLE)
    for worker in said.people or ():
        amount = worker.per_month * worker.share * period.months
        lines += _set(context, "people", amount, worker.function)
    if said.tools is None:
        missing.append(TOOLS)
    else:
        lines += _set(context, "tools", said.tools * period.months)
    if said.content is not None:
        lines += _set(context, "content", said.content * period.months)
    elif 0 not in posts:
        missing.append(CONTENT)
    others = sorted(set(spent) - media - fees - {""}, key=lambda name: (-spent[name], name))
    return Paid(tuple(lines), tuple(missing), tuple(others), tuple(sorted(foreign | unknown)))


def _spent(context: Context, period: Period) -> tuple[dict[str, Decimal], set[str]]:
    """Return what was spent by channel in the brand's currency, and currencies left out."""
    if not context.holds("spend"):
        return {}, set()
    frame = spend_by_channel(context.facts("spend"), period.since, period.until)
    found: dict[str, Decimal] = {}
    foreign: set[str] = set()
    for row in context.engine.collect(frame).to_pylist():
        rate = _rate(context, row["currency"])
        if rate is None:
            foreign.add(row["currency"])
        else:
            amount = row["units"] * UNIT * rate
            found[row["channel"]] = found.get(row["channel"], Decimal(0)) + amount
    return found, foreign


def _posts(context: Context, period: Period) -> tuple[dict[int, list[Decimal]], set[str]]:
    if not context.holds("post"):
        return {}, set()
    frame = cost_of_posts(context.facts("post"), period.since, period.until)
    found: dict[int, list[Decimal]] = {}
    foreign: set[str] = set()
    for row in context.engine.collect(frame).to_pylist():
        rate = _rate(context, row["currency"] or context.settings.currency)
        if rate is None:
            foreign.add(row["currency"])
        else:
            found.setdefault(row["paid"], []).append(row["units"] * UNIT * rate)
    return found, foreign


def _rate(context: Context, currency: str) -> Decimal | None:
    if currency == context.settings.currency:
        return Decimal(1)
    rate = context.settings.exchange_rates.get(currency)
    return None if rate is None else Decimal(str(rate))


def _line(context: Context, line: str, amounts: list[Decimal]) -> list[Line]:
    """Return a line of what the record says was paid; none where it says nothing."""
    if not amounts:
        return []
    amount = exact(sum(amounts, Decimal(0)))
    number = Estimate.exact(float(amount), context.settings.currency)
    return [Line("cost", line, line, FUNCTION_OF[line], amount, number, "record")]


def _set(context: Context, line: str, amount: float, function: str | None = None) -> list[Line]:
    told = exact(amount)
    unit = context.settings.currency
    number = Estimate.exact(float(told), unit, grade=Grade.ASSUMPTION)
    return [Line("cost", line, line, function or FUNCTION_OF[line], told, number, "setting")]
