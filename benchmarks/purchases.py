"""Time and memory of every step on purchases, as the data grow.

python benchmarks/purchases.py 5_000_000 50_000_000

Lines are generated to Parquet by DuckDB: customers with rates of their own buy one to four of
20,000 products, one line in thirty is a return of something bought before, one in twenty names no
customer. Each size runs in a process of its own, whose peak memory is that of all steps.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from rapport.record.engines import Engine, open_engine
from rapport.record.schema import TABLES
from rapport.value.concentration import ranked_values, top_shares
from rapport.value.customers import buying_days, grouped, holdout_counts, purchase_counts
from rapport.value.lines import lines
from rapport.value.purchases import balance, orders
from rapport.value.retention import retention
from rapport.value.returning import revenue_by_month
from rapport.value.returns import matched_returns
from rapport.value.rhythm import gap_quantiles, gaps
from rapport.value.totals import customer_sums, totals

UNTIL = dt.date(2024, 12, 31)

GENERATE = """
COPY (
    WITH drawn AS (
        SELECT
            i,
            hash(i, 1) % $customers AS who,
            hash(i, 2) % 1461 AS day,
            hash(i, 3) % 86400 AS second,
            hash(i, 4) % 20000 AS product,
            1 + hash(i, 5) % 4 AS quantity,
            hash(i, 6) % 30 = 0 AS back,
            hash(i, 7) % 20 = 0 AS unknown
        FROM range($first, $last) AS numbers(i)
    ),
    -- a return takes the customer and the product of the row before it
    taken AS (
        SELECT
            i, day, second, back, unknown, quantity,
            if(back, hash(i - 1, 1) % $customers, who) AS who,
            if(back, hash(i - 1, 4) % 20000, product) AS product
        FROM drawn
    )
    SELECT
        i::VARCHAR AS purchase_id,
        1::BIGINT AS line,
        (TIMESTAMP '2021-01-01' + to_days(day::INTEGER) + to_seconds(second))
            ::TIMESTAMPTZ AS ordered_on,
        if(unknown, NULL, who::VARCHAR) AS account_id,
        CASE hash(who) % 3 WHEN 0 THEN 'web' WHEN 1 THEN 'store' ELSE NULL END AS channel,
        product::VARCHAR AS product_id,
        if(back, -1, 1) * quantity::DOUBLE AS quantity,
        (if(back, -1, 1) * quantity * (99 + product % 5000) / 100)::DECIMAL(18, 4) AS revenue,
        'EUR' AS currency,
        back AS is_return,
        'shop' AS source
    FROM taken
) TO $path (FORMAT parquet, COMPRESSION zstd)
"""


def generate(rows: int, folder: Path, chunk: int = 5_000_000) -> list[Path]:
    """Write `rows` lines of about rows / 10 customers."""
    files = []
    for first in range(0, rows, chunk):
        path = folder / f"lines-{first}.parquet"
        last = min(rows, first + chunk)
        with duckdb.connect(config={"memory_limit": "3GB"}) as connection:
            connection.execute("SET TimeZone = 'UTC'")
            connection.execute(
                GENERATE,
                {"customers": max(1, rows // 10), "first": first, "last": last, "path": str(path)},
            )
        files.append(path)
    return files


def run(files: list[Path], temp: Path, memory: str) -> dict[str, float]:
    """Run every step once; returns seconds by step."""
    took: dict[str, float] = {}

    @contextmanager
    def timed(name: str) -> Iterator[None]:
        began = time.perf_counter()
        yield
        took[name] = round(time.perf_counter() - began, 1)

    with open_engine("duckdb", time_zone="Europe/Paris", temp=temp, memory=memory) as engine:
        _steps(engine, files, temp, timed)
    return took


def _steps(engine: Engine, files: list[Path], temp: Path, timed) -> None:
    nothing = engine.scan([], _stored("purchase"))
    by_line = engine.scan(files, _stored("purchase_line"))
    with timed("lines"):
        every = engine.cache(lines(nothing, by_line, currency="EUR"))
    with timed("returns"):
        matched = engine.cache(matched_returns(every, keep=engine.cache))
    with timed("orders, written"):
        engine.write(orders(every, matched), temp / "orders")
        bought = engine.scan_delta(temp / "orders")
    with timed("balance"):
        engine.collect(balance(every, matched))
    with timed("customers, written"):
        engine.write(purchase_counts(bought, UNTIL), temp / "customers")
        counts = engine.scan_delta(temp / "customers")
    with timed("buying days"):
        days = engine.cache(buying_days(bought))
    small = {
        "totals": lambda: totals(bought),
        "sums by customer": lambda: customer_sums(counts),
        "grouped": lambda: grouped(counts),
        "holdout": lambda: grouped(holdout_counts(bought, dt.date(2023, 12, 31), 365)),
        "gaps": lambda: gap_quantiles(gaps(days), (0.25, 0.5, 0.75)),
        "retention": lambda: retention(days),
        "months": lambda: revenue_by_month(bought),
        "concentration": lambda: top_shares(ranked_values(counts)),
    }
    for name, step in small.items():
        with timed(name):
            engine.collect(step())


def _stored(name: str) -> pa.Schema:
    return pa.schema([field for field in TABLES[name].arrow if field.name != "month"])


def _child(folder: Path, memory: str) -> None:
    took = run(sorted(folder.glob("*.parquet")), folder / "temp", memory)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(json.dumps({"seconds": took, "peak_gb": round(peak, 2)}))


def main() -> None:
    """Print one column a size."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("rows", nargs="*", type=int, default=[5_000_000])
    parser.add_argument("--memory", default="4GB", help="DuckDB's limit")
    parser.add_argument("--folder", type=Path, help="where the files go")
    parser.add_argument("--child", type=Path, help=argparse.SUPPRESS)
    asked = parser.parse_args()
    if asked.child:
        _child(asked.child, asked.memory)
        return
    told = {}
    for rows in asked.rows:
        with tempfile.TemporaryDirectory(dir=asked.folder) as made:
            generate(rows, Path(made))
            command = [sys.executable, __file__, "--child", made, "--memory", asked.memory]
            told[rows] = json.loads(subprocess.check_output(command, text=True))
    names = list(next(iter(told.values()))["seconds"])
    print(f"{'':20}" + "".join(f"{rows:>14,}" for rows in told))
    for name in names:
        print(f"{name:20}" + "".join(f"{one['seconds'][name]:>12.1f} s" for one in told.values()))
    print(f"{'all':20}" + "".join(f"{sum(o['seconds'].values()):>12.1f} s" for o in told.values()))
    print(f"{'peak memory':20}" + "".join(f"{one['peak_gb']:>11.2f} GB" for one in told.values()))


if __name__ == "__main__":
    main()
