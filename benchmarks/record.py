"""How fast purchases go into the record, and in how much memory.

    python benchmarks/record.py                 5 and 50 million rows
    python benchmarks/record.py 1000000         as many as you say

Rows are made batch by batch and handed over as a source would; the time to make them is measured
apart and printed beside the time to load.
"""

from __future__ import annotations

import argparse
import datetime as dt
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Batch, Facts
from rapport.record.schema import MONEY
from rapport.record.store import Record

BATCH = 1_000_000
START = int(dt.datetime(2022, 1, 1, tzinfo=dt.UTC).timestamp() * 1e6)
TWO_YEARS = 730 * 86_400 * 1_000_000


def batch(first: int, rows: int, *, in_order: bool, total: int) -> Batch:
    """Make purchases of a shop: one customer in ten orders, over two years."""
    chance = np.random.default_rng(first)
    number = np.arange(first, first + rows)
    when = number / total if in_order else chance.random(rows)
    customer = chance.integers(0, max(total // 10, 1), rows)
    table = pa.table(
        {
            "purchase_id": _named("o", number),
            "ordered_on": pa.array(START + (when * TWO_YEARS).astype(np.int64)).cast(
                pa.timestamp("us", "UTC")
            ),
            "account_id": _named("c", customer),
            "channel": pa.array(np.array(["web", "store"])[chance.integers(0, 2, rows)]),
            "revenue": _money(chance.integers(100, 20_000, rows)),
            "currency": pa.array(["EUR"] * rows),
            "source_row": pa.array(number + 2),
        }
    )
    return Batch(rows, {"purchase": table})


def _named(prefix: str, numbers: np.ndarray) -> pa.Array:
    return pc.binary_join_element_wise(prefix, pa.array(numbers).cast(pa.string()), "")


def _money(cents: np.ndarray) -> pa.Array:
    words = np.zeros((cents.size, 2), np.int64)  # a decimal is 128 bits, low word first
    words[:, 0] = cents * 100
    return pa.Array.from_buffers(MONEY, cents.size, [None, pa.py_buffer(words)])


class Timed:
    """An iterator that knows how long its items took to make."""

    def __init__(self, batches: Iterator[Batch]) -> None:
        self.batches, self.seconds = batches, 0.0

    def __iter__(self) -> Iterator[Batch]:
        return self

    def __next__(self) -> Batch:
        begin = time.perf_counter()
        try:
            return next(self.batches)
        finally:
            self.seconds += time.perf_counter() - begin


def measure(total: int, *, in_order: bool) -> None:
    """Load so many rows into a new record and print what it took."""
    sizes = [min(BATCH, total - first) for first in range(0, total, BATCH)]
    made = (batch(n * BATCH, size, in_order=in_order, total=total) for n, size in enumerate(sizes))
    timed = Timed(made)
    with tempfile.TemporaryDirectory() as folder:
        record = Record(Path(folder) / "record", key=b"benchmark")
        begin = time.perf_counter()
        load = record.load(Facts("benchmark", "orders.csv", "content", "reading", timed))
        seconds = time.perf_counter() - begin - timed.seconds
        stored = sum(file.stat().st_size for file in Path(folder).rglob("*.parquet"))
        files = len(record.visible("purchase").files)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    order = "by time" if in_order else "any order"
    print(
        f"{load.rows_kept:>12,} {order:<10} {seconds:>8.1f} {load.rows_kept / seconds:>12,.0f} "
        f"{peak:>9,.0f} {stored / 1e6:>9,.0f} {files:>6} {timed.seconds:>8.1f}",
        flush=True,
    )


def main() -> None:
    """Measure each size in a process of its own, so that each peak is its own."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", type=int, default=[5_000_000, 50_000_000])
    parser.add_argument("--one", choices=["in-order", "any-order"], help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.one:
        measure(asked.rows[0], in_order=asked.one == "in-order")
        return
    print(
        f"{'rows':>12} {'arrive':<10} {'seconds':>8} {'rows/s':>12} {'peak MB':>9} "
        f"{'disk MB':>9} {'files':>6} {'making s':>8}",
        flush=True,
    )
    for rows in asked.rows:
        for order in ("in-order", "any-order"):
            subprocess.run([sys.executable, __file__, str(rows), "--one", order], check=True)


if __name__ == "__main__":
    main()
