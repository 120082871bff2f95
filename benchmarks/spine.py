"""Time and memory of the whole way, from a file of purchases to the results.

    python benchmarks/spine.py                 # 541,909 real lines, then 5 and 50 million made up
    python benchmarks/spine.py 541909 5000000  # other sizes

The first size reads the UCI Online Retail file where ../shared/data is at hand. Each command runs
in a process of its own; memory is the most that it held at once.
"""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

RETAIL = Path(__file__).parents[2] / "shared" / "data" / "orders" / "online_retail.csv.gz"
SIZES = (541_909, 5_000_000, 50_000_000)


def generate(rows: int, path: Path) -> None:
    """Write purchases of rows/10 customers over two years, with the rates of a real shop."""
    customers = max(1, rows // 10)
    with duckdb.connect() as connection:
        connection.execute("select setseed(0.7)")
        connection.execute(
            """
            copy (
                select 'N' || i as "Order number",
                       cast(date '2024-01-01' + cast(floor(730 * random()) as int) as varchar)
                           as "Order date",
                       'C' || cast(floor(? * random() * random()) as bigint) as "Customer",
                       round(10 + 60 * random() * random(), 2) as "Total"
                from range(?) t(i)
            ) to '{path}' (header, delimiter ',')
            """.replace("{path}", str(path).replace("'", "''")),
            [customers, rows],
        )


def run(*arguments: str, folder: Path) -> tuple[float, float]:
    """Return seconds and the peak resident memory in GB of one command."""
    script = Path(sys.executable).parent / "rapport"
    start = time.perf_counter()
    process = subprocess.Popen(
        [str(script), *arguments], cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    output = process.stdout.read() if process.stdout else b""
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(arguments)} failed:\n{output.decode()}")
    return time.perf_counter() - start, usage.ru_maxrss / 1024**2


def measure(rows: int) -> None:
    """Print one line of the table."""
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary)
        real = rows == SIZES[0] and RETAIL.is_file()
        source = RETAIL if real else folder / "purchases.csv"
        if not real:
            generate(rows, source)
        run("new", "shop", "--currency", "GBP", folder=folder)
        shop = folder / "shop"
        add = run("add", "--yes", str(source), folder=shop)
        compute = run("run", folder=shop)
        again = run("run", folder=shop)
        name = "Online Retail" if real else "generated"
        print(
            f"| {name} | {rows:,} | {add[0]:.1f} s | {add[1]:.2f} GB | {compute[0]:.1f} s | "
            f"{compute[1]:.2f} GB | {again[0]:.1f} s |",
            flush=True,
        )


def main() -> None:
    """Print the table."""
    sizes = [int(size) for size in sys.argv[1:]] or list(SIZES)
    print("| data | rows | add | memory | run | memory | run again |")
    print("|---|---|---|---|---|---|---|")
    for rows in sizes:
        measure(rows)


if __name__ == "__main__":
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
