"""Who comes back: by month after the first purchase, and by length of a contract."""

from __future__ import annotations

import calendar
import datetime as dt

import narwhals as nw
import pyarrow as pa

from rapport.record.frames import Frame, as_number, month_number, month_start, total


def retention(buying_days: Frame) -> Frame:
    """Return how many of each cohort bought in each calendar month after their first.

    For customers without a contract: somebody silent in one month may buy in the next. Months in
    which nobody of a cohort bought have no row; `filled` adds them.

    Parameters
    ----------
    buying_days
        As `rapport.value.customers.buying_days` gives them.

    Returns
    -------
    Frame
        cohort (first day of the month of the first purchase), month (0, 1, … after it), customers
        (in the cohort), active (bought in that month), revenue (net, a float).
    """
    marked = buying_days.with_columns(
        first=nw.col("day").min().over("person_id"), month_of=month_number(nw.col("day"))
    )
    by_person = (
        marked.with_columns(
            cohort=month_start(nw.col("first")),
            month=nw.col("month_of") - month_number(nw.col("first")),
        )
        .group_by("person_id", "cohort", "month")
        .agg(net=total(nw.col("net")))
    )
    cells = by_person.group_by("cohort", "month").agg(active=nw.len(), net=total(nw.col("net")))
    sizes = cells.filter(nw.col("month") == 0).select("cohort", customers=nw.col("active"))
    return cells.join(sizes, on="cohort", how="inner").select(
        "cohort", "month", "customers", "active", revenue=as_number(nw.col("net"))
    )


def filled(cells: pa.Table, until: dt.date) -> pa.Table:
    """Return the cells of `retention` with the empty ones, up to the last whole month.

    Parameters
    ----------
    cells
        What `retention` gave, collected.
    until
        The last day on record; a month that it cuts short is left out.

    Examples
    --------
    >>> day = dt.date(2025, 1, 1)
    >>> cells = pa.table({"cohort": [day], "month": [0], "customers": [9], "active": [9],
    ...                   "revenue": [90.0]})
    >>> filled(cells, dt.date(2025, 3, 30))["active"].to_pylist()
    [9, 0]
    """
    whole = until.day == calendar.monthrange(until.year, until.month)[1]
    last = until.year * 12 + until.month - 1 - (0 if whole else 1)
    known = {(row["cohort"], row["month"]): row for row in cells.to_pylist()}
    sizes = {cohort: row["customers"] for (cohort, month), row in known.items() if month == 0}
    rows = []
    for cohort in sorted(sizes):
        for month in range(last - (cohort.year * 12 + cohort.month - 1) + 1):
            empty = {"customers": sizes[cohort], "active": 0, "revenue": 0.0}
            rows.append(
                {**empty, **known.get((cohort, month), {}), "cohort": cohort, "month": month}
            )
    return pa.Table.from_pylist(rows, schema=cells.schema)


def share_back(cells: pa.Table, month: int) -> tuple[int, int]:
    """Return active and all customers in month `month`, over the cohorts old enough.

    Parameters
    ----------
    cells
        As `filled` gives them.
    """
    rows = [row for row in cells.to_pylist() if row["month"] == month]
    return sum(row["active"] for row in rows), sum(row["customers"] for row in rows)


def tenures(buying_days: Frame, until: dt.date) -> Frame:
    """Return how many months contracts lasted: what a model of contractual retention needs.

    For customers with a contract, paid at least once a month: one whose last payment lies before
    the last whole month has left for good.

    Returns
    -------
    Frame
        cohort (month of the first payment), periods (months from the first payment to the last,
        both counted), churned, people.
    """
    final = until.year * 12 + until.month - 1
    cut_short = until.day < calendar.monthrange(until.year, until.month)[1]
    spans = buying_days.group_by("person_id").agg(
        first=nw.col("day").min(), last=nw.col("day").max()
    )
    months = spans.select(
        cohort=month_start(nw.col("first")),
        periods=month_number(nw.col("last")) - month_number(nw.col("first")) + 1,
        churned=month_number(nw.col("last")) < final - (1 if cut_short else 0),
    )
    return months.group_by("cohort", "periods", "churned").agg(people=nw.len())


def survival(tenures: pa.Table) -> pa.Table:
    """Return the share of contracts that outlive each month, those still running allowed for.

    Kaplan & Meier 1958, equation 2a.

    Returns
    -------
    pa.Table
        month (1, 2, …), at_risk, churned, survival (share of contracts alive after the month).

    Examples
    --------
    >>> rows = pa.table({"periods": [1, 2, 2], "churned": [True, True, False],
    ...                  "people": [10, 20, 70]})
    >>> [round(share, 3) for share in survival(rows)["survival"].to_pylist()]
    [0.9, 0.7]
    """
    ends: dict[int, list[int]] = {}
    for row in tenures.to_pylist():
        counts = ends.setdefault(row["periods"], [0, 0])
        counts[0 if row["churned"] else 1] += row["people"]
    at_risk, alive, rows = sum(map(sum, ends.values())), 1.0, []
    for month in range(1, max(ends, default=0) + 1):
        churned, running = ends.get(month, [0, 0])
        alive *= 1 - churned / at_risk if at_risk else 1.0
        rows.append({"month": month, "at_risk": at_risk, "churned": churned, "survival": alive})
        at_risk -= churned + running
    names = {"month": pa.int64(), "at_risk": pa.int64(), "churned": pa.int64()}
    schema = pa.schema([*names.items(), ("survival", pa.float64())])
    return pa.Table.from_pylist(rows, schema=schema)
