"""Damage export files in every way a file is damaged, and see that nothing crashes or is lost.

    python benchmarks/mutated_files.py --files 10000 --seed 1

The files are those of a small simulated brand and its traps, and real ones with `--real FOLDER`.
Each damaged file must be refused in a sentence, or be read so that rows in = kept + set aside, the
rows in being those that the file holds.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from rapport.errors import Problem
from rapport.record.accounting import Tally
from rapport.settings import Settings
from rapport.simulation.exports.writing import write, write_traps
from rapport.simulation.making import live_through, write_down
from rapport.simulation.world import World
from rapport.sources.pieces import pieces_of
from rapport.sources.registry import facts, recognised, wanted_pieces

SETTINGS = Settings(brand="Maison", currency="EUR", time_zone="Europe/Paris")
LONGEST = 40_000
NASTY = (
    "", " ", "-", "NaN", "null", "1e999", "-0", "9" * 400, "=cmd|' /C calc'!A0", "31/02/2026",
    "2026-13-45", "1.234.567,8", "1,234", "1.2E+17", "\u202eabc", "\u0000", '"', '""', "'",
    "é" * 50,
    "😀", "<script>", "12:99", "0000-00-00", "true", "Total", "\ufeff", "a\tb", "x" * 5000,
)  # fmt: skip


@dataclass
class Tale:
    """What became of the damaged files, and those that broke the rule."""

    read: int = 0
    refused: int = 0
    rows: int = 0
    kept: int = 0
    sources: Counter[str] = field(default_factory=Counter)
    broken: list[tuple[str, int, str]] = field(default_factory=list)


def small_brand(folder: Path) -> list[Path]:
    """Write the exports and the traps of a small brand; returns the files."""
    history = write_down(live_through(World(), people=250, months=3, seed=5))
    return [*write(history, folder / "exports"), *write_traps(history, folder / "traps")]


def damaged(content: bytes, chance: random.Random) -> bytes:
    """Return a file's bytes after one to four accidents."""
    for _ in range(chance.randint(1, 4)):
        content = chance.choice(ACCIDENTS)(content, chance)
    return content


def _place(content: bytes, chance: random.Random) -> int:
    return chance.randrange(len(content) + 1)


def _cut(content: bytes, chance: random.Random) -> bytes:
    start = _place(content, chance)
    return content[:start] + content[start + chance.randint(1, 400) :]


def _double(content: bytes, chance: random.Random) -> bytes:
    start = _place(content, chance)
    return content[: start + chance.randint(1, 400)] + content[start:]


def _end(content: bytes, chance: random.Random) -> bytes:
    return content[: _place(content, chance)]


def _flip(content: bytes, chance: random.Random) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        if changed:
            changed[chance.randrange(len(changed))] = chance.randrange(256)
    return bytes(changed)


def _sign(content: bytes, chance: random.Random) -> bytes:
    start = _place(content, chance)
    return (
        content[:start]
        + chance.choice([b";", b",", b"\t", b'"', b"\n", b"\r", b"\0"])
        + content[start:]
    )


def _parts(content: bytes) -> list[bytes]:
    return content.split(b"\n")


def _lines(change: Callable[[list[bytes], random.Random], None]) -> Callable[..., bytes]:
    def accident(content: bytes, chance: random.Random) -> bytes:
        lines = _parts(content)
        if len(lines) > 1:
            change(lines, chance)
        return b"\n".join(lines)

    return accident


def _drop(lines: list[bytes], chance: random.Random) -> None:
    del lines[chance.randrange(len(lines))]


def _again(lines: list[bytes], chance: random.Random) -> None:
    lines.insert(chance.randrange(len(lines)), chance.choice(lines))


def _shuffle(lines: list[bytes], chance: random.Random) -> None:
    head, body = lines[:1], lines[1:]
    chance.shuffle(body)
    lines[:] = head + body


def _cell(lines: list[bytes], chance: random.Random) -> None:
    place = chance.randrange(len(lines))
    sign = max((b",", b";", b"\t"), key=lines[place].count)
    cells = lines[place].split(sign)
    cells[chance.randrange(len(cells))] = chance.choice(NASTY).encode()
    lines[place] = sign.join(cells)


def _column(lines: list[bytes], chance: random.Random) -> None:
    """Take a column away, double it or rename it."""
    sign = max((b",", b";", b"\t"), key=lines[0].count)
    place, what = chance.randrange(lines[0].count(sign) + 1), chance.randrange(3)
    for number, line in enumerate(lines):
        cells = line.split(sign)
        if place >= len(cells):
            continue
        if what == 0:
            del cells[place]
        elif what == 1:
            cells.insert(place, cells[place])
        elif number == 0:
            cells[place] = chance.choice(NASTY).encode()
        lines[number] = sign.join(cells)


def _encode(content: bytes, chance: random.Random) -> bytes:
    text = content.decode("utf-8", "replace")
    return text.encode(chance.choice(["utf-16", "utf-16-le", "utf-8-sig", "cp1252"]), "replace")


ACCIDENTS: Sequence[Callable[[bytes, random.Random], bytes]] = (
    _cut,
    _double,
    _end,
    _flip,
    _sign,
    _encode,
    *(_lines(change) for change in (_drop, _again, _shuffle, _cell, _cell, _cell, _column)),
)


def read_whole(path: Path, tale: Tale) -> None:
    """Read a file as `rapport add` does; raises Problem when it is refused."""
    with pieces_of(path) as pieces:
        for piece in wanted_pieces(path, pieces, SETTINGS):
            found = recognised(piece, SETTINGS)
            if found.mapping:
                confirmed = found.mapping.model_copy(update={"confirmed": True})
                mapped = SETTINGS.model_copy(update={"mappings": {found.source: confirmed}})
                found = recognised(piece, mapped)
                told = facts(found, mapped)
            else:
                told = facts(found, SETTINGS)
            tally = Tally(told.source, told.file)
            for batch in told.batches:
                tally.count(batch, batch.tables, batch.aside)
            there = sum(rows.rows for rows in found.file.rows())
            # Two of Qualtrics' three header rows lie below the first, and are no rows of data.
            heads = 2 if told.source == "qualtrics" else 0
            if not there - heads <= tally.rows_in <= there:
                raise AssertionError(f"{there} rows in the file, {tally.rows_in} accounted for")
            tale.rows += tally.rows_in
            tale.kept += tally.kept
            tale.sources[told.source] += 1
            tale.read += 1


def shortened(content: bytes) -> bytes:
    """Return the beginning of a long text, whole lines; binary files stay whole."""
    if len(content) <= LONGEST or b"\0" in content[:200] or content[:2] in (b"PK", b"\x1f\x8b"):
        return content
    if content[:1] in (b"{", b"["):
        return content
    return content[: content.rfind(b"\n", 0, LONGEST) + 1]


def mutate(files: Sequence[Path], count: int, seed: int, folder: Path) -> Tale:
    """Damage `count` files, each told by its seed, and read them."""
    tale = Tale()
    contents = {path: shortened(path.read_bytes()) for path in files}
    contents = {path: c for path, c in contents.items() if len(c) < 40 * LONGEST}
    names = sorted(contents)
    for number in range(count):
        chance = random.Random(seed * 1_000_003 + number)
        origin = chance.choice(names)
        path = folder / origin.name
        path.write_bytes(damaged(contents[origin], chance))
        try:
            read_whole(path, tale)
        except Problem as problem:
            tale.refused += 1
            if "fault of Rapport" in str(problem):
                tale.broken.append((origin.name, number, str(problem)))
        except BaseException:  # a panic of a library is a crash as well
            if isinstance(sys.exception(), KeyboardInterrupt):
                raise
            tale.broken.append((origin.name, number, traceback.format_exc()))
        path.unlink()
    return tale


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--real", type=Path, help="a folder of real files, damaged too")
    asked = parser.parse_args()
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as made, tempfile.TemporaryDirectory() as place:
        files = small_brand(Path(made))
        if asked.real:
            files += [p for p in asked.real.rglob("*") if p.is_file() and p.stat().st_size < 2e6]
        tale = mutate(files, asked.files, asked.seed, Path(place))
    print(f"{asked.files:,} damaged files of {len(files)} in {time.perf_counter() - start:,.0f} s")
    print(f"read {tale.read:,}, refused {tale.refused:,}, broke the rule {len(tale.broken):,}")
    print(f"rows {tale.rows:,} = kept {tale.kept:,} + set aside {tale.rows - tale.kept:,}")
    print(f"sources: {len(tale.sources)}")
    for name, number, why in tale.broken:
        print(f"\n{name} (file {number}):\n{why}")
    sys.exit(bool(tale.broken))


if __name__ == "__main__":
    main()
