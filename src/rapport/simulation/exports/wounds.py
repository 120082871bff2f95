"""Cells that got lost on the way, as they do in life: a few, and always the same ones."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.view import rng
from rapport.simulation.history import History


def emptied(
    history: History, place: str, cells: pa.Array | pa.ChunkedArray, share: float, left: str = ""
) -> pa.Array:
    """Return cells of which a share was lost, by chance that depends on the place alone.

    Parameters
    ----------
    history
        Whose seed sets the chance.
    place
        The file and the column, as a name for the chance.
    cells
        Text.
    share
        How many of them are lost, from 0 to 1.
    left
        What stands there instead.
    """
    lost = rng(history, place).random(len(cells)) < share
    return pc.if_else(pa.array(lost), left, cells)
