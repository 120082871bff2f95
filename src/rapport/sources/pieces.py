"""What a file holds: one table, the sheets of a workbook, or the members of an archive."""

from __future__ import annotations

import re
import shutil
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from rapport.sources.opening import file_name, is_workbook, may_be_table, refuse, unreadable

# An archive that would unpack to more than this many times its size is a bomb.
MOST_TIMES = 1000


@dataclass(frozen=True, slots=True)
class Piece:
    """One table, or what may become one.

    Parameters
    ----------
    path
        Where its bytes lie.
    label
        What people call it: "export.zip/Table data.csv", "content.xlsx, sheet 'All posts'".
    sheet
        The sheet of a workbook; empty when the workbook has only one with rows.
    part
        Whether it is one of several pieces of a file.
    """

    path: Path
    label: str
    sheet: str = ""
    part: bool = False


@contextmanager
def pieces_of(path: Path) -> Iterator[list[Piece]]:
    """Give the pieces of a file, in a stable order; those of an archive lie unpacked meanwhile.

    Raises
    ------
    Problem
        When an archive is damaged, asks for a password or would fill the disk.
    """
    if not _is_archive(path):
        yield _sheets(path, file_name(path))
        return
    with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
        yield _members(path, Path(folder))


def _is_archive(path: Path) -> bool:
    try:
        if not path.is_file() or is_workbook(path):
            return False
        with path.open("rb") as raw:
            return raw.read(4) in {b"PK\x03\x04", b"PK\x05\x06"}
    except OSError as error:
        raise unreadable(path, error) from error


def _sheets(path: Path, label: str, *, part: bool = False) -> list[Piece]:
    if not path.is_file() or not is_workbook(path):
        return [Piece(path, label, part=part)]
    from rapport.sources.workbooks import filled_sheets

    sheets = filled_sheets(path)
    if len(sheets) < 2:
        return [Piece(path, label, part=part)]
    return [Piece(path, f"{label}, sheet '{name}'", name, part=True) for name in sheets]


def _members(path: Path, folder: Path) -> list[Piece]:
    try:
        with zipfile.ZipFile(path) as archive:
            wanted = [info for info in archive.infolist() if may_be_table(info.filename)]
            if len(wanted) < 2:
                return [Piece(path, file_name(path))]
            _refuse_bomb(path, wanted)
            found: list[Piece] = []
            for number, info in enumerate(sorted(wanted, key=lambda info: info.filename)):
                # Its own folder for each: two members may have one name, and names are hostile.
                place = folder / str(number) / _safe_name(info.filename)
                place.parent.mkdir()
                with archive.open(info) as member, place.open("wb") as out:
                    shutil.copyfileobj(member, out, 1 << 20)
                label = f"{file_name(path)}/{info.filename}"
                found += _sheets(place, label, part=True)
            return found
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise unreadable(path, error) from error
    except RuntimeError as error:
        if "password" in str(error):
            what = "The zip file asks for a password."
            raise refuse(file_name(path), what, "Unpack it first.") from error
        raise


def _safe_name(name: str) -> str:
    last = PurePosixPath(name.replace("\\", "/")).name
    return re.sub(r"[^\w.\- ]", "_", last)[-120:] or "member"


def _refuse_bomb(path: Path, members: list[zipfile.ZipInfo]) -> None:
    whole = sum(info.file_size for info in members)
    packed = max(path.stat().st_size, 1)
    room = shutil.disk_usage(tempfile.gettempdir()).free
    if whole > packed * MOST_TIMES:
        what = f"It would unpack to {whole / packed:,.0f} times its size, as no real export does."
        raise refuse(file_name(path), what, "Unpack it yourself if you trust it.")
    if whole > room:
        what = f"It needs {whole / 1e9:,.1f} GB to unpack and {room / 1e9:,.1f} GB are free."
        raise refuse(file_name(path), what, f"Make room in {tempfile.gettempdir()}, or set TMPDIR.")
