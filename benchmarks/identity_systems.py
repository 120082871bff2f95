"""How well a simulated brand's accounts are linked, from system to system, by the whole pipeline.

    rapport simulate SIM --people 5000 --months 12
    rapport new BRAND && cd BRAND && rapport add SIM/exports --yes
    python benchmarks/identity_systems.py BRAND SIM

Reads the record of BRAND, finds who is who as `rapport run` would, and judges pairs of accounts
against SIM/truth. Accounts that the truth does not name by one person's e-mail, card,
handle or id are left out. Pairs of systems with fewer than 30 true pairs are not listed.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Hashable, Mapping, Sequence
from pathlib import Path

import pyarrow.parquet as pq

from rapport.pipeline import looking
from rapport.record.kept import Kept
from rapport.steps.identity import links_of, who_is_who
from rapport.workspace import Workspace

NAMING = {"card_id", "email", "second_email", "handle", "device_id", "loyalty_card", "account_id"}
LEAST = 30

Account = tuple[str, int, str]


def owners(folder: Path) -> Mapping[str, set[int]]:
    """Return for everything by which an account may be named whose it is."""
    found: defaultdict[str, set[int]] = defaultdict(set)
    for row in pq.read_table(folder / "truth" / "identity.parquet").to_pylist():
        if row["kind"] in NAMING:
            found[str(row["value"]).strip().lower()].add(row["person_id"])
        if row["card"] and row["system"] != "person":
            found[str(row["card"]).lower()].add(row["person_id"])
    return found


def accounts(workspace: Workspace, folder: Path) -> tuple[list[Account], int]:
    """Return source, true person and found person of each account, and how many are left out."""
    with looking(workspace) as context:
        kept = Kept(context.record.root)
        links = links_of(who_is_who(context, kept.decisions(), kept.ids())).to_pylist()
    known, found = owners(folder), []
    for row in links:
        name = row["account_id"].lower().strip("'")
        for each in (name, name.lstrip("@"), name.rpartition("/")[2], name.partition("@")[0]):
            if len(known.get(each, ())) == 1:
                found.append((row["source"], next(iter(known[each])), row["person_id"]))
                break
    return found, len(links) - len(found)


def crossing(one: Sequence[Account], other: Sequence[Account], *by: int) -> int:
    """Return how many pairs across two sources agree on some of the columns."""

    def counted(rows: Sequence[Account]) -> Counter[Hashable]:
        return Counter(tuple(row[n] for n in by) for row in rows)

    mine, theirs = counted(one), counted(other)
    return sum(count * theirs[key] for key, count in mine.items())


def main() -> None:
    """Print precision and recall for all accounts and for each two systems."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("workspace", type=Path)
    parser.add_argument("simulation", type=Path)
    asked = parser.parse_args()
    found, left = accounts(Workspace(asked.workspace), asked.simulation)
    sys.stdout.write(f"{len(found)} accounts judged, {left} left out\n\n")
    sys.stdout.write("| systems | true pairs | precision | recall |\n|---|---:|---:|---:|\n")

    def line(name: str, hit: float, told: float, true: float) -> None:
        sys.stdout.write(
            f"| {name} | {true:.0f} | {hit / max(told, 1):.3f} | {hit / max(true, 1):.3f} |\n"
        )

    every = [(crossing(found, found, *by) - len(found)) / 2 for by in ((1, 2), (2,), (1,))]
    line("all", *every)
    sources = sorted({row[0] for row in found})
    of = {source: [row for row in found if row[0] == source] for source in sources}
    rows = [
        (f"{one} and {other}", *(crossing(of[one], of[other], *by) for by in ((1, 2), (2,), (1,))))
        for n, one in enumerate(sources)
        for other in sources[n + 1 :]
    ]
    for row in sorted(rows, key=lambda row: -row[3]):
        if row[3] >= LEAST:
            line(*row)


if __name__ == "__main__":
    main()
