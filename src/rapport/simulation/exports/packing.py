"""Zip files, workbooks and compressed lines whose bytes depend on their content alone."""

from __future__ import annotations

import datetime as dt
import gzip
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

_LONG_AGO = (1980, 1, 1, 0, 0, 0)
Sheet = Sequence[Sequence[object]]


def write_bytes(path: Path, content: bytes) -> Path:
    """Write a file, with its folders, and return its path."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def write_zip(path: Path, members: Mapping[str, bytes]) -> Path:
    """Write a zip archive whose members all carry the same old date."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name, data in members.items():
            entry = zipfile.ZipInfo(name, _LONG_AGO)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return write_bytes(path, content.getvalue())


@contextmanager
def gzip_file(path: Path) -> Iterator[gzip.GzipFile]:
    """Open a compressed file to write; it holds neither a name nor a time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with (
        path.open("wb") as raw,
        gzip.GzipFile("", "wb", compresslevel=1, fileobj=raw, mtime=0) as file,
    ):
        yield file


def write_workbook(path: Path, sheets: Mapping[str, Sheet]) -> Path:
    """Write an XLSX workbook; dates are written as dates, numbers as numbers."""
    import xlsxwriter  # type: ignore[import-untyped]

    path.parent.mkdir(parents=True, exist_ok=True)
    options = {
        "constant_memory": True,
        "in_memory": False,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "default_date_format": "mm/dd/yyyy",
    }
    book = xlsxwriter.Workbook(str(path), options)
    book.set_properties({"created": dt.datetime(2020, 1, 1)})  # noqa: DTZ001 - a fixed day
    for name, rows in sheets.items():
        sheet = book.add_worksheet(name)
        for number, row in enumerate(rows):
            sheet.write_row(number, 0, ["" if cell is None else cell for cell in row])
    book.close()
    return path


def json_bytes(value: object, *, indent: int | None = 2) -> bytes:
    r"""Return a value as JSON, names in the order given.

    Examples
    --------
    >>> json_bytes({"name": "é"}, indent=None)
    b'{"name": "\xc3\xa9"}'
    """
    return json.dumps(value, ensure_ascii=False, indent=indent).encode()
