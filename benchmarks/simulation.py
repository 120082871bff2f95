"""Time and memory of simulating a brand, and the naive gap beside the true effect.

    python benchmarks/simulation.py                # 20,000 and 200,000 people, 24 months
    python benchmarks/simulation.py 1000 50000     # other sizes

Each size runs in a process of its own; memory is the most that it held at once, CPU what it used of
both cores. Export files are written for the first size only: say --files to write them for all.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

SIZES = (20_000, 200_000)
MONTHS = 24
EFFECTS = (0.0, 0.1, -0.2)


def measured(*arguments: str) -> tuple[float, float, str]:
    """Return seconds of CPU, the peak of memory in GB, and what a process of ours printed."""
    process = subprocess.Popen([sys.executable, __file__, *arguments], stdout=subprocess.PIPE)
    printed = process.stdout.read().decode() if process.stdout else ""
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit(f"{' '.join(arguments)} failed")
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024**2, printed


def make(people: int, *, files: bool) -> None:
    """Live through a world, write it down, and its files where asked; print the rows of orders."""
    from rapport.simulation.exports.writing import write
    from rapport.simulation.making import live_through, write_down
    from rapport.simulation.truth import write_truth
    from rapport.simulation.world import World

    start = time.perf_counter()
    lived = live_through(World(), people=people, months=MONTHS, seed=7)
    living = time.perf_counter() - start
    history = write_down(lived)
    history_in = time.perf_counter() - start - living
    told = {"orders": history.order.num_rows, "living": living, "history": history_in}
    with tempfile.TemporaryDirectory() as temporary:
        start = time.perf_counter()
        write_truth(lived, history, Path(temporary) / "truth")
        told["truth"] = time.perf_counter() - start
        if files:
            start = time.perf_counter()
            paths = write(history, Path(temporary) / "exports", tell=lambda _: None)
            told["files"] = time.perf_counter() - start
            told["megabytes"] = sum(path.stat().st_size for path in paths) / 1e6
    print(json.dumps(told))


def gaps(people: int) -> None:
    """Print the naive gap and the true effect of worlds with no, a good and a bad effect."""
    from rapport.simulation.making import live_through
    from rapport.simulation.truth import connection
    from rapport.simulation.world_file import parse_world

    print("\n| true effect on buying | naive gap a month | caused a month |")
    print("|---|---|---|")
    for effect in EFFECTS:
        world = parse_world(f"[connecting]\neffect = {effect}\neffect_spread = 0")
        told = connection(live_through(world, people=people, months=MONTHS, seed=7))
        print(f"| {effect:+.0%} | €{told['naive']:.2f} | €{told['caused']:.2f} |")


def main() -> None:
    """Print both tables."""
    if "--make" in sys.argv:
        make(int(sys.argv[2]), files="--files" in sys.argv)
        return
    sizes = [int(size) for size in sys.argv[1:] if size.isdigit()] or list(SIZES)
    print("| people | orders | living | history | truth files | export files | CPU | memory |")
    print("|---|---|---|---|---|---|---|---|")
    for size in sizes:
        files = size == sizes[0] or "--files" in sys.argv
        extra = ["--files"] if files else []
        cpu, memory, printed = measured("--make", str(size), *extra)
        told = json.loads(printed)
        written = f"{told['files']:.1f} s, {told['megabytes']:.0f} MB" if files else "not written"
        print(
            f"| {size:,} | {told['orders']:,} | {told['living']:.1f} s | {told['history']:.1f} s | "
            f"{told['truth']:.1f} s | {written} | {cpu:.0f} s | {memory:.2f} GB |",
            flush=True,
        )
    gaps(min(sizes))


if __name__ == "__main__":
    main()
