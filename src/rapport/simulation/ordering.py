"""Orders and their lines as sheets."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa

from rapport.simulation.causes import CAUSES, named
from rapport.simulation.goods import STORES
from rapport.simulation.history import sheet
from rapport.simulation.lived import Lived, drawn_from, given, words_of
from rapport.simulation.streams import uniform
from rapport.simulation.web import SOURCES

PAYMENTS = ("card", "paypal", "apple_pay", "cash", "gift_card")


def order_table(
    lived: Lived, clicks: np.ndarray, browser: np.ndarray, known: np.ndarray
) -> tuple[pa.Table, np.ndarray]:
    """Return the sheet `order`, and the position of each of its rows among the orders made.

    `clicks` are sources of the last click (-1 in stores), `known` whether the buyer is named.
    """
    orders, days = lived.orders, lived.days
    web = ~orders.in_store
    draw = uniform(orders.mark, "payment")
    shares = np.where(web[:, None], (0.62, 0.2, 0.15, 0.0, 0.03), (0.72, 0.0, 0.08, 0.17, 0.03))
    back = orders.day + 4 + 10 * uniform(orders.mark, "refunded on")
    back = np.where((orders.refund > 0) & (back < days.count), back, np.inf)
    order = np.lexsort((lived.order_ids.astype(str), lived.order_times))
    lands = np.array([store[4] for store in STORES], dtype=object)[orders.store]
    columns: dict[str, Any] = {
        "order_id": lived.order_ids,
        "person_id": orders.person + 1,
        "ordered_on": lived.order_times,
        "channel": np.where(web, "shop", "store").astype(object),
        "store": given(~web, words_of(orders.store, [store[0] for store in STORES])),
        "country": np.where(web, np.where(orders.french, "FR", "GB"), lands),
        "subtotal": orders.subtotal,
        "discount": orders.discount,
        "shipping": orders.shipping,
        "tax": orders.tax,
        "refund": orders.refund,
        "refunded_on": days.times(back),
        "coupon": words_of(orders.coupon, lived.pressures.coupons),
        "currency": np.full(len(orders), "EUR", dtype=object),
        "payment": words_of(drawn_from(draw, shares), PAYMENTS) if len(orders) else [],
        "identified": known,
        "campaign": words_of(clicks, [source.campaign for source in SOURCES]),
        "referrer": words_of(clicks, [source.referrer for source in SOURCES]),
        "device_id": given(web, browser[orders.person]),
        "cause": words_of(orders.credit, CAUSES),
        "needs": named(orders.mask),
        "margin": orders.margin,
    }
    return sheet("order", {k: np.asarray(v)[order] for k, v in columns.items()}), order


def line_table(lived: Lived) -> pa.Table:
    """Return the sheet `order_line`, by order and line."""
    place = np.full(len(lived.candidates), -1)
    place[lived.kept] = np.arange(len(lived.kept))
    lines, goods = lived.lines, lived.goods
    rows = np.flatnonzero(place[lines.order] >= 0)
    at = place[lines.order[rows]]
    french = lived.orders.french[at]
    product = lines.product[rows]
    order = np.lexsort((lines.line[rows], lived.order_ids[at].astype(str)))
    columns = {
        "order_id": lived.order_ids[at],
        "line": lines.line[rows],
        "sku": goods.sku[product],
        "product": np.where(french, goods.name_fr[product], goods.name_en[product]),
        "quantity": lines.quantity[rows],
        "price": lines.price[rows],
        "cost": lines.cost[rows],
    }
    return sheet("order_line", {name: values[order] for name, values in columns.items()})
