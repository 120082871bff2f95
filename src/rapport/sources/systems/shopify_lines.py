"""Shares the discount of an order among its lines, so that they add up to the order."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from rapport.sources.money import money_of, units

_CENT = 100


def shares(
    gross: npt.NDArray[np.int64], order: npt.NDArray[np.int64], off: npt.NDArray[np.int64]
) -> npt.NDArray[np.int64]:
    """Share what is taken off each order among its lines by their amounts, to the last unit.

    Parameters
    ----------
    gross
        Amount of each line.
    order
        The order of each line, counted from 0, lines of one order together.
    off
        What is taken off each order, not more than its lines come to.

    Examples
    --------
    >>> import numpy as np
    >>> shares(np.array([100, 100, 100]), np.array([0, 0, 0]), np.array([100]))
    array([34, 33, 33])
    """
    total = np.bincount(order, weights=gross, minlength=len(off))
    weight = np.divide(gross, total[order], out=np.zeros(len(gross)), where=total[order] > 0)
    share = np.floor(off[order] * weight).astype(np.int64)
    left = off - np.bincount(order, weights=share, minlength=len(off)).astype(np.int64)
    orders, first = np.unique(order, return_index=True)
    share[first] += left[orders]
    return share


def allocated(
    orders: pa.Table, lines: pa.Table, place: npt.NDArray[np.int64]
) -> tuple[pa.Array, pa.Array]:
    """Return the revenue and the discount of each line.

    A line's own discount is its own. What the lines then come to beyond the order's subtotal is
    shared among them when the order's discount explains it; otherwise lines stay as they are.
    """
    own = np.abs(units(lines.column("off"))) if "off" in lines.column_names else 0
    net = units(lines.column("gross")) - own
    total = np.bincount(place, weights=net, minlength=orders.num_rows).astype(np.int64)
    beyond = total - units(orders.column("revenue"))
    given = np.zeros(orders.num_rows, np.int64)
    if "discount" in orders.column_names:
        given = np.abs(units(orders.column("discount")))
    lowest = np.full(orders.num_rows, np.iinfo(np.int64).max)
    np.minimum.at(lowest, place, net)
    explained = (beyond > 0) & (beyond <= given + _CENT) & (beyond <= total) & (lowest >= 0)
    share = shares(net, place, np.where(explained, beyond, 0))
    return money_of(net - share), money_of(own + share)
