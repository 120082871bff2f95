"""What answers saved: contacts that were avoided, in the share of a period."""

from __future__ import annotations

import narwhals as nw
import numpy as np

from rapport.estimate import Estimate, Grade
from rapport.steps.context import Context
from rapport.steps.ledger_period import Period
from rapport.value.ledger.causes import FUNCTION_OF, LINE_OF, SERVICE
from rapport.value.ledger.people import WHOLE
from rapport.value.ledger.rounding import exact
from rapport.value.ledger.stating import Line
from rapport.value.ledger.sums import cause_chance, moved


def avoided(context: Context, period: Period) -> list[Line]:
    """Return the line of contacts avoided; none where they, or their cost, cannot be told.

    They are measured over the whole record (step `answering`); a shorter period has the part of
    them that it has of the public answers people can have seen.
    """
    if not context.results.tables.get("avoidance"):
        return []
    (row,) = context.engine.collect(context.result("avoidance")).to_pylist()[:1]
    if row.get("money") is None:
        return []
    part = _part(context, period)
    value, low, high = (part * row[name] for name in ("money", "money_low", "money_high"))
    drawn = value + moved(cause_chance(SERVICE), high - value, low - value)
    number = Estimate.from_draws(
        np.asarray(drawn), context.settings.currency, value=value, grade=Grade.ADJUSTED
    ).based_on(people=row["compared"], rows=row["compared"])
    amount = exact(value)
    return [Line("return", LINE_OF[SERVICE], SERVICE, FUNCTION_OF[SERVICE], amount, number,
                 "avoidance")]  # fmt: skip


def _part(context: Context, period: Period) -> float:
    """Return the share of all public answers that were given in a period."""
    if period.name == WHOLE or not context.results.tables.get("requests"):
        return 1.0
    day = nw.col("answered_on").cast(nw.Date())
    answers = context.result("requests").filter(
        ~nw.col("answered_on").is_null(), nw.col("public") == 1
    )
    inside = ((day >= period.since) & (day <= period.until)).cast(nw.Int64())
    (row,) = context.engine.collect(
        answers.select(inside=inside).select(n=nw.len(), inside=nw.col("inside").sum())
    ).to_pylist()
    return float(row["inside"] or 0) / row["n"] if row["n"] else 1.0
