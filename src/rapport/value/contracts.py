"""What customers under contract are worth: a payment a month for as long as they stay."""

from __future__ import annotations

import calendar
import datetime as dt

import narwhals as nw
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from rapport.record.frames import Frame, as_number, month_number
from rapport.value.lifetime import ShiftedBetaGeometric

Array = NDArray[np.float64]


def tenants(customers: Frame, until: dt.date) -> Frame:
    """Return each customer's months under contract, whether it still runs, and what a month pays.

    A contract has ended when no payment came in the last whole month.

    Parameters
    ----------
    customers
        One row a customer: person_id, first_order, last_order, valued money in `paid`, and the
        other columns, which are kept.

    Returns
    -------
    Frame
        The columns given, and periods (months from the first payment to the last, both counted),
        running, monthly (mean money a month).
    """
    whole = until.day == calendar.monthrange(until.year, until.month)[1]
    final = until.year * 12 + until.month - 1 - (0 if whole else 1)
    last = month_number(nw.col("last_order"))
    spans = customers.with_columns(
        periods=last - month_number(nw.col("first_order")) + 1, running=last >= final
    )
    return spans.with_columns(
        monthly=as_number(nw.col("paid")) / nw.col("periods").cast(nw.Float64())
    )


def by_tenure(tenants: Frame) -> Frame:
    """Return how many contracts there are by length: periods, running, people, monthly (sum)."""
    return tenants.group_by("periods", "running").agg(
        people=nw.len(), monthly=nw.col("monthly").sum()
    )


def fit(rows: pa.Table) -> ShiftedBetaGeometric:
    """Fit the shifted-beta-geometric model to the rows of `by_tenure`; see its `fit`."""
    periods = np.asarray(rows.column("periods"), dtype=float)
    running = np.asarray(rows.column("running"), dtype=bool)
    people = np.asarray(rows.column("people"), dtype=float)
    # who still pays after n months has renewed n - 1 times
    return ShiftedBetaGeometric().fit(np.where(running, periods - 1, periods), ~running, people)


def payments_left(
    model: ShiftedBetaGeometric, periods: Array, months: int, yearly_rate: float
) -> Array:
    """Return the discounted payments still expected of a contract that has run so many months.

    Σ S(n + k) / S(n) · (1 + d)^(-k/12) over the next `months` months k, n being the renewals so far
    (Fader & Hardie 2010, "Customer-Base Valuation in a Contractual Setting", eq. 6, cut at the
    horizon).

    Examples
    --------
    >>> model = ShiftedBetaGeometric().with_parameters({"alpha": 1.0, "beta": 1e9})
    >>> [round(float(n), 6) for n in payments_left(model, np.array([1.0, 9.0]), 12, 0.0)]
    [12.0, 12.0]
    """
    ahead = np.arange(1, months + 1)
    renewals = periods[:, None] - 1
    stay = model.survival(renewals + ahead) / model.survival(renewals)
    return np.asarray(stay @ (1 + yearly_rate) ** (-ahead / 12))
