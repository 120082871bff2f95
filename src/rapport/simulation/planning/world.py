"""A simulated world's orders, as a plan reads them: what the brand itself would know of them."""

from __future__ import annotations

from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.history import ZONE, History


def world_orders(history: History) -> pa.Table:
    """Return the orders of people the brand knows: person_id, day, margin and revenue (a float).

    Days are those of the brand's zone, money is in units of its currency. Orders whose buyer
    stayed anonymous in a store are left out, as no experiment on people could count them.
    """
    known = history.order.filter(history.order["identified"])
    revenue = pc.subtract(known["subtotal"], known["discount"])
    return pa.table(
        {
            "person_id": known["person_id"].cast(pa.string()),
            "day": _days(known["ordered_on"]),
            "margin": pc.divide(known["margin"].cast(pa.float64()), 100.0),
            "revenue": pc.divide(revenue.cast(pa.float64()), 100.0),
        }
    )


def world_sales(history: History) -> pa.Table:
    """Return each store's takings by day, and those of the web shop by country: place, day, value.

    Takings are without tax, before refunds, as a till reports them.
    """
    order = history.order
    shop = pc.binary_join_element_wise("web", order["country"], " ")
    takings = pc.subtract(order["subtotal"], order["discount"])
    return pa.table(
        {
            "place": pc.coalesce(order["store"], shop),
            "day": _days(order["ordered_on"]),
            "value": pc.divide(takings.cast(pa.float64()), 100.0),
        }
    )


def _days(times: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.local_timestamp(times.cast(pa.timestamp("us", ZoneInfo(ZONE).key))).cast(pa.date32())
