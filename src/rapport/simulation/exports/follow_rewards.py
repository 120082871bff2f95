"""The loyalty app of the web shop, which gives points for following the brand on a network."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import local
from rapport.simulation.exports.delimited import Cells, names, write_filled
from rapport.simulation.exports.view import cards, looked_up, micros, rng
from rapport.simulation.history import ZONE, History

COLUMNS = names("date, email, network, handle, points")
FILE = "points_for_following.csv"
_CLAIMED = 0.6
_DAY = 86_400_000_000  # microseconds


def write_follow_rewards(history: History, folder: Path) -> list[Path]:
    """Write who got points for following: most of those with an account in the shop.

    Points are asked for some days after somebody began to follow, and not before they had an
    account in the shop or before the first day on record.
    """
    named = history.account.select(["network", "account_id", "handle", "person_id", "kind"])
    whole = history.follow.join(named, ["network", "account_id"], join_type="inner")
    whole = whole.filter(
        pc.and_(pc.equal(whole["kind"], "person"), pc.is_valid(whole["person_id"]))
    )
    rows = whole.sort_by(
        [("followed_on", "ascending"), ("network", "ascending"), ("handle", "ascending")]
    )
    known, at = cards(history, "shopify", rows["person_id"], rows["followed_on"])
    begun = np.datetime64(history.first_day, "us").astype(np.int64)
    ended = np.datetime64(history.last_day, "us").astype(np.int64) + _DAY
    chance = rng(history, FILE).random((2, rows.num_rows))
    created = micros(known["created_on"])
    shop = created[np.maximum(at, 0)] if len(created) else np.zeros(rows.num_rows, np.int64)
    soonest = np.maximum(np.maximum(micros(rows["followed_on"]), shop), begun)
    given = soonest + (20 * _DAY * chance[1] ** 3).astype(np.int64)
    kept = (at >= 0) & (chance[0] < _CLAIMED) & (given < ended)
    left = rows.filter(pa.array(kept)).append_column(
        "given_on", pa.array(given[kept], pa.timestamp("us", tz="UTC"))
    )
    cells: dict[str, Cells] = {
        "date": local(left["given_on"], "%Y-%m-%d %H:%M:%S", ZONE),
        "email": looked_up(known, "email", at[kept]),
        "network": left["network"],
        "handle": left["handle"],
        "points": ["50"] * left.num_rows,
    }
    return write_filled(folder / "offline" / FILE, COLUMNS, cells)
