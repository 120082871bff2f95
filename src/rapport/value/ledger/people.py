"""Each person's ledger: what they brought and what it is owed to, by year and on the whole."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rapport.record.frames import Frame, as_number, from_units, whole_sum
from rapport.value.ledger.causes import BASELINE, CAUSES, LOSS

LATEST = "12 months"
WHOLE = "whole"
_KEYS = ("person_id", "year", "recent")
_WHOLE_COLUMNS = ("orders", "units", *(f"credit_{c.key}" for c in CAUSES), "rest", "contacts")
_ENDS = tuple(f"{end}_{cause.key}" for cause in CAUSES for end in ("low", "high"))
COLUMN = {cause.key: cause.name.replace(" ", "_") for cause in CAUSES}
"""The column of each cause in a person's ledger."""


def bought(parted: Frame, latest: tuple[dt.date, dt.date] | None) -> Frame:
    """Return what each person brought in each year, within and without the days of `latest`.

    Parameters
    ----------
    parted
        As `rapport.value.ledger.claims.credited` gives them. Orders that are cancelled, apart,
        without a margin or of nobody known are in no person's ledger.
    latest
        First and last day of the last twelve whole months; None when there are fewer.

    Returns
    -------
    Frame
        person_id, year, recent (1 within `latest`), orders, units, credit_KEY, rest (whole
        ten-thousandths), contacts (0), and the sums low_KEY, high_KEY of the ends of the credits.
    """
    own = parted.filter(nw.col("part").is_in([BASELINE, LOSS]))
    ends = {
        f"{end}_{c.key}": nw.col(f"{end}_{c.key}") * as_number(nw.col(f"left_{c.key}"))
        for c in CAUSES
        for end in ("low", "high")
    }
    one, none = (nw.lit(n).cast(nw.Int64()) for n in (1, 0))
    each = own.select(
        "person_id", "units", "rest", *(f"credit_{c.key}" for c in CAUSES), **ends,
        **_time(latest), orders=one, contacts=none,
    )  # fmt: skip
    return _summed(each, _KEYS)


def asked(contacts: Frame, latest: tuple[dt.date, dt.date] | None) -> Frame:
    """Return how often each person asked for help in each year, in the columns of `bought`.

    Parameters
    ----------
    contacts
        person_id, day, contacts (whole: how often they wrote or called about one request).
    """
    none = nw.lit(0).cast(nw.Int64())
    known = contacts.filter(~nw.col("person_id").is_null())
    zeros = {name: none for name in _WHOLE_COLUMNS if name != "contacts"}
    each = known.select(
        "person_id", "contacts", **zeros, **dict.fromkeys(_ENDS, nw.lit(0.0)), **_time(latest)
    )
    return _summed(each, _KEYS)


def ledger(parts: Frame, worth: Frame | None, contact_cost: float | None) -> Frame:
    """Return the ledger of each person and period.

    Parameters
    ----------
    parts
        `bought` and `asked`, one under the other.
    worth
        person_id, expected, expected_low, expected_high (margin to come) and referral_value,
        referral_value_low, referral_value_high; null where it is not known. None for nobody.
    contact_cost
        What answering one contact costs; None where it is not set.

    Returns
    -------
    Frame
        person_id, period (a calendar year, "12 months" or "whole"), orders, margin (money), then
        for each cause what is credited (money), and _low and _high of it; baseline (money: the
        causes and baseline add up to margin), contacts, service_cost (of answering them), and for
        the periods that end now the columns of `worth`.
    """
    names = ("person_id", "period")
    years = parts.with_columns(period=nw.col("year").cast(nw.String())).drop("year", "recent")
    recent = parts.filter(nw.col("recent") == 1).with_columns(period=nw.lit(LATEST))
    every = parts.with_columns(period=nw.lit(WHOLE))
    rows = [_summed(each, names) for each in (years, recent, every)]
    cost = nw.lit(None).cast(nw.Float64())
    if contact_cost is not None:
        cost = as_number(nw.col("contacts")) * contact_cost
    money = {}
    for cause in CAUSES:
        column, credit = COLUMN[cause.key], as_number(nw.col(f"credit_{cause.key}"))
        low, high = nw.col(f"low_{cause.key}"), nw.col(f"high_{cause.key}")
        money[column] = from_units(nw.col(f"credit_{cause.key}"))
        money[f"{column}_low"] = nw.min_horizontal(low, high, credit) / 10_000
        money[f"{column}_high"] = nw.max_horizontal(low, high, credit) / 10_000
    made = nw.concat(rows, how="vertical").select(
        *names,
        "orders",
        margin=from_units(nw.col("units")),
        **money,
        baseline=from_units(nw.col("rest")),
        contacts=nw.col("contacts"),
        service_cost=cost,
    )
    if worth is None:
        return made.with_columns(nw.lit(None).cast(nw.Float64()).alias(name) for name in _WORTH)
    return _with_worth(made, worth)


_WORTH = (
    "expected", "expected_low", "expected_high",
    "referral_value", "referral_value_low", "referral_value_high",
)  # fmt: skip


def _with_worth(rows: Frame, worth: Frame) -> Frame:
    """Return the rows with what is to come, in the periods that end now alone."""
    joined = rows.join(worth, on="person_id", how="left")
    now = nw.col("period").is_in([LATEST, WHOLE])
    return joined.with_columns(nw.when(now).then(nw.col(name)).alias(name) for name in _WORTH)


def ledger_sums(people: Frame) -> Frame:
    """Return sums over people by period: what plans of experiments and counts of people need.

    Returns
    -------
    Frame
        period, people, margin and margin_square (sums over people), and for each cause n_KEY,
        the people credited with anything owed to it.
    """
    margin = as_number(nw.col("margin"))
    each = people.select(
        "period",
        margin=margin,
        square=margin * margin,
        **{f"n_{key}": (nw.col(column) != 0).cast(nw.Int64()) for key, column in COLUMN.items()},
    )
    return each.group_by("period").agg(
        people=nw.len(),
        margin=nw.col("margin").sum(),
        margin_square=nw.col("square").sum(),
        **{f"n_{key}": whole_sum(nw.col(f"n_{key}")) for key in COLUMN},
    )


def _time(latest: tuple[dt.date, dt.date] | None) -> dict[str, nw.Expr]:
    day = nw.col("day")
    recent = nw.lit(0)
    if latest is not None:
        recent = nw.when((day >= latest[0]) & (day <= latest[1])).then(nw.lit(1)).otherwise(0)
    return {"year": day.dt.year().cast(nw.Int64()), "recent": recent.cast(nw.Int64())}


def _summed(rows: Frame, by: tuple[str, ...]) -> Frame:
    sums = {name: whole_sum(nw.col(name)) for name in _WHOLE_COLUMNS}
    ends = {name: nw.col(name).sum() for name in _ENDS}
    return rows.group_by(*by).agg(**sums, **ends)
