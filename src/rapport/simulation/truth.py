"""The truth files: what no export tells, and what a measurement must be held against."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from rapport.simulation.causes import CAUSES, bits, named
from rapport.simulation.history import History
from rapport.simulation.identity import identity
from rapport.simulation.lived import Lived, words_of
from rapport.simulation.media import curves
from rapport.simulation.orders import credited, needed

MADE_BY = "rapport simulate"
SUMMARY = "truth.json"
LABELS = {
    "person": None,
    "level": None,
    "follow": None,
    "referral": None,
    "approach": None,
    "heard": ("person_id", "asked_on", "told", "cause"),
    "gap": None,
    "event": None,
    "account": ("network", "account_id", "handle", "person_id", "kind"),
    "order": ("order_id", "person_id", "ordered_on", "cause", "needs", "margin"),
    "visit": ("visit_id", "person_id", "order_id"),
    "ticket": ("system", "ticket_id", "person_id", "kind", "topic", "order_id"),
    "lead": ("system", "lead_id", "person_id", "cause"),
    "mention": ("mention_id", "true_sentiment", "copy_of", "kind", "message_id"),
    "message": (
        "network",
        "message_id",
        "account_id",
        "kind",
        "topic",
        "sentiment",
        "is_irony",
        "copy_of",
        "language",
        "cause",
    ),
}
"""Which columns of which sheet are truth; None for all of them."""


def write_truth(lived: Lived, history: History, folder: Path) -> list[Path]:
    """Write every truth file into a folder; returns their paths."""
    folder.mkdir(parents=True, exist_ok=True)
    tables = {
        name: getattr(history, name) if columns is None else getattr(history, name).select(columns)
        for name, columns in LABELS.items()
    }
    tables["identity"] = identity(history)
    tables["response"] = _responses(history)
    tables["margin"] = margin_table(lived)
    tables["prevented"] = _prevented(lived)
    tables["curve"] = _curves(lived)
    paths = []
    for name in sorted(tables):
        path = folder / f"{name}.parquet"
        pq.write_table(tables[name], path, compression="zstd")
        paths.append(path)
    path = folder / SUMMARY
    text = json.dumps(summary(lived, history), ensure_ascii=False, indent=2)
    path.write_text(text + "\n", encoding="utf-8")
    return [*paths, path]


def margin_table(lived: Lived) -> pa.Table:
    """Return the margin of each cause and month in cents: credited once, and needed.

    `credited` adds up to all margin; `needed` is what would not be without that one cause.
    """
    months = lived.days.months
    once = credited(lived.candidates, lived.month, months)
    without = needed(lived.candidates, lived.month, months)
    starts = lived.days.dates(lived.days.starts[:-1])
    return pa.table(
        {
            "month": pa.array(np.repeat(starts, len(CAUSES))),
            "cause": np.tile(np.array(CAUSES, dtype=object), months),
            "credited": once.T.ravel(),
            "needed": without.T.ravel(),
        }
    )


def connection(lived: Lived) -> dict[str, float]:
    """Return what being connected seems to bring and what it brings, in EUR a customer and month.

    `naive` is the gap between connected and other customers; `caused` what the connected would
    not have brought without being connected; `expected` what their own effects make of them on
    average. `fans` and `others` are months of a customer behind the gap.
    """
    life, n = lived.life, lived.people.count
    orders = lived.orders
    day = np.minimum(orders.day.astype(int), lived.days.count - 1)
    cells = lived.days.month_of[day] * n + orders.person
    margin = np.bincount(cells, weights=orders.margin, minlength=lived.days.months * n)
    ends = lived.days.starts[1:] - 1e-6
    fan = (life.followed <= ends[:, None]) & (life.unfollowed > ends[:, None])
    fans, others = (life.customer & fan).ravel(), (life.customer & ~fan).ravel()
    made = lived.candidates.prevented == 0
    by = made & ((lived.candidates.mask & bits("connection")) > 0)
    lost = lived.candidates.stops == bits("connection")
    caused = lived.candidates.margin[by].sum() - lived.candidates.margin[lost].sum()
    each = float(orders.margin.mean()) if len(orders) else 0.0
    own = np.tile(lived.people.effect * lived.people.rate / 12 * each, lived.days.months)
    return {
        "naive": _mean(margin[fans]) - _mean(margin[others]),
        "caused": float(caused) / 100 / max(int(fans.sum()), 1),
        "expected": _mean(own[fans]),
        "fans": int(fans.sum()),
        "others": int(others.sum()),
    }


def _mean(cents: np.ndarray) -> float:
    return float(cents.mean()) / 100 if len(cents) else 0.0


def summary(lived: Lived, history: History) -> dict[str, Any]:
    """Return what a person wants to read first: totals by cause, levels, the two effects."""
    totals = margin_table(lived).group_by("cause", use_threads=False)
    rows = totals.aggregate([("credited", "sum"), ("needed", "sum")]).to_pylist()
    last = lived.life.customer[-1]
    levels = history.person.column("level").to_numpy(zero_copy_only=False)
    return {
        "made_by": MADE_BY,
        "seed": lived.chance.seed,
        "people": lived.people.count,
        "months": lived.days.months,
        "first_day": lived.days.first.isoformat(),
        "last_day": lived.days.last.isoformat(),
        "money": "EUR; cents in the Parquet files",
        "orders": len(lived.orders),
        "customers_on_the_last_day": int(last.sum()),
        "bought_at_least_once": len(np.unique(lived.orders.person)),
        "connected_people": int(np.isfinite(lived.life.followed).sum()),
        "margin": int(lived.orders.margin.sum()) / 100,
        "margin_by_cause": {row["cause"]: row["credited_sum"] / 100 for row in rows},
        "margin_needing_cause": {
            row["cause"]: row["needed_sum"] / 100 for row in rows if row["cause"] != "baseline"
        },
        "connection_a_month": {k: round(v, 4) for k, v in connection(lived).items()},
        "levels_of_customers": _shares(levels[last]),
        "levels_of_prospects": _shares(levels[~last]),
        "crises": [wave.model_dump() for wave in lived.world.crises.waves if lived.world.crises.on],
        "spend": _spend(history),
        "rows": {name: table.num_rows for name, table in history.tables().items()},
        "world": lived.world.model_dump(mode="json"),
    }


def _shares(levels: np.ndarray) -> dict[str, float]:
    names, counts = np.unique(levels.astype(str), return_counts=True)
    return {str(n): round(int(c) / len(levels), 4) for n, c in zip(names, counts, strict=True)}


def _spend(history: History) -> dict[str, float]:
    rows = history.spend.group_by("channel", use_threads=False).aggregate([("cost", "sum")])
    return {row["channel"]: row["cost_sum"] / 100 for row in rows.sort_by("channel").to_pylist()}


def _responses(history: History) -> pa.Table:
    columns = ["response_id", "person_id", "instrument"]
    kept = history.answer.select(columns).group_by(columns, use_threads=False).aggregate([])
    return kept.sort_by("response_id")


def _prevented(lived: Lived) -> pa.Table:
    rows = lived.candidates.where(lived.candidates.prevented > 0)
    return pa.table(
        {
            "person_id": rows.person + 1,
            "would_be_on": pa.array(lived.times(rows.day)).cast(pa.timestamp("us", tz="UTC")),
            "cause": pa.array(words_of(rows.credit, CAUSES), pa.string()),
            "needs": pa.array(named(rows.mask), pa.string()),
            "prevented_by": pa.array(words_of(rows.prevented, CAUSES), pa.string()),
            "margin": rows.margin,
        }
    )


def _curves(lived: Lived) -> pa.Table:
    """Return each channel's response to steady spending, in EUR a person and month."""
    parts = [
        pa.table(
            {
                "channel": np.full(len(curve), name, dtype=object),
                "spend": curve[:, 0],
                "lift": curve[:, 1],
                "arriving": curve[:, 2],
            }
        )
        for name, curve in sorted(curves(lived.world).items())
    ]
    return pa.concat_tables(parts)
