"""What kind of file it is, its bytes as a stream, and a plain sentence when it is not a table."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import re
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO, Literal

from rapport.errors import Fault, Problem

FileKind = Literal["text", "json", "parquet", "spreadsheet"]
CHUNK = 8 << 20
_NO_TABLE = re.compile(
    r"\.(jpe?g|png|gif|webp|heic|mp4|mov|m4v|mp3|pdf|html?|css|svg|ttf|woff2?|ico|zip|exe|md|txt)$",
    re.IGNORECASE,
)

_NOT_TABLES = (
    (b"\x89PNG", "a PNG picture"),
    (b"\xff\xd8\xff", "a JPEG picture"),
    (b"GIF8", "a GIF picture"),
    (b"RIFF", "a sound, film or picture"),
    (b"%PDF", "a PDF document"),
    (b"\x7fELF", "a program"),
    (b"MZ\x90", "a program"),
    (b"SQLite format 3", "a SQLite database"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"Rar!", "a RAR archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\x28\xb5\x2f\xfd", "a Zstandard archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"ORC", "an ORC file"),
    (b"Obj\x01", "an Avro file"),
)


def file_name(path: Path) -> str:
    r"""Return a file's own name as text; bytes of it that are no UTF-8 are written as \xe9.

    Examples
    --------
    >>> print(file_name(Path("caf\udce9.csv")))
    caf\xe9.csv
    """
    return os.fsencode(path.name).decode("utf-8", "backslashreplace")


def refuse(file: str, what: str, hint: str = "") -> Problem:
    """Return the Problem that says in one sentence why a file cannot be read."""
    return Problem(f"{file} was not read.", [Fault(what, file, hint)])


def unreadable(path: Path, error: Exception) -> Problem:
    """Return the Problem for a file that the machine could not read to its end."""
    if isinstance(error, zlib.error | gzip.BadGzipFile | EOFError | zipfile.BadZipFile):
        return refuse(
            file_name(path), "The compressed file is damaged or cut off.", "Export it again."
        )
    reason = getattr(error, "strerror", None) or str(error)
    return refuse(
        file_name(path), f"It could not be read: {reason}.", "Check the path and its rights."
    )


@contextmanager
def opened(path: Path) -> Iterator[IO[bytes]]:
    """Give the bytes of the file, out of its .gz or .zip wrapping; raises Problem."""
    try:
        with path.open("rb") as raw:
            start = raw.read(8)
            raw.seek(0)
            if start[:2] == b"\x1f\x8b":
                with gzip.GzipFile(fileobj=raw) as inner:
                    yield io.BufferedReader(inner, CHUNK)
            elif start[:4] in {b"PK\x03\x04", b"PK\x05\x06"} and not is_workbook(path):
                with zipfile.ZipFile(raw) as archive, archive.open(_only_table(archive, path)) as f:
                    yield f
            else:
                yield raw
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError) as error:
        raise unreadable(path, error) from error
    except RuntimeError as error:
        if "password" in str(error):
            raise refuse(
                file_name(path), "The zip file asks for a password.", "Unpack it first."
            ) from error
        raise


def _only_table(archive: zipfile.ZipFile, path: Path) -> str:
    names = [info.filename for info in archive.infolist() if not info.is_dir()]
    names = [name for name in names if may_be_table(name)] or names
    if len(names) != 1:
        listed = f": {', '.join(names[:5])}" if names else ""
        what = f"The zip file holds {len(names)} files{listed}."
        raise refuse(file_name(path), what, "Unpack it and add the table that is meant.")
    return names[0]


def may_be_table(member: str) -> bool:
    """Say whether a member of an archive could be a table, by its name.

    Examples
    --------
    >>> may_be_table("data/tweets.js"), may_be_table("media/cat.jpg"), may_be_table("data/.DS")
    (True, False, False)
    """
    hidden = any(part.startswith((".", "__MACOSX")) for part in PurePosixPath(member).parts)
    return not member.endswith("/") and not hidden and not _NO_TABLE.search(member)


def is_workbook(path: Path) -> bool:
    """Say whether a file is an Excel or OpenDocument workbook."""
    with path.open("rb") as raw:
        start = raw.read(8)
        if start == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
            return True
        if start[:4] != b"PK\x03\x04":
            return False
        try:
            with zipfile.ZipFile(raw) as archive:
                names = set(archive.namelist())
        except zipfile.BadZipFile:
            return False
    return bool(names & {"xl/workbook.xml", "xl/workbook.bin", "content.xml"})


def file_kind(path: Path) -> FileKind:
    """Say how a file is to be read, by its bytes and not by its name.

    Raises
    ------
    Problem
        When the file is missing, empty, a picture, a web page or anything else but a table.
    """
    if path.is_dir():
        raise refuse(
            file_name(path), "It is a folder.", "Name the files in it, such as folder/*.csv."
        )
    if not path.exists():
        raise refuse(file_name(path), "There is no such file.")
    if not path.is_file():
        raise refuse(
            file_name(path), "It is a device or a pipe, not a file.", "Save it as a file first."
        )
    try:
        if is_workbook(path):
            return "spreadsheet"
    except OSError as error:
        raise unreadable(path, error) from error
    with opened(path) as stream:
        start = stream.read(4096)
    if not start:
        raise refuse(file_name(path), "The file is empty.", "Export it again.")
    if start[:4] == b"PAR1":
        return "parquet"
    for magic, what in _NOT_TABLES:
        if start.startswith(magic):
            hint = "Export the table as CSV, XLSX, JSON lines or Parquet."
            raise refuse(file_name(path), f"It is {what}, not a table.", hint)
    text = start.lstrip(b"\xef\xbb\xbf \t\r\n")
    if text[:15].lower().startswith((b"<!doctype html", b"<html", b"<head", b"<script")):
        hint = "The login may have ended while it was downloaded: sign in and export it again."
        raise refuse(file_name(path), "It is a web page, not a table.", hint)
    if text.startswith((b"<?xml", b"<")):
        hint = "Export the table as CSV, XLSX, JSON lines or Parquet."
        raise refuse(file_name(path), "It is XML, not a table.", hint)
    return "json" if text[:1] in {b"{", b"["} else "text"


def content_digest(path: Path) -> str:
    """Return the SHA-256 of the file's bytes as they lie on disk, in hexadecimal."""
    try:
        with path.open("rb") as raw:
            return hashlib.file_digest(raw, "sha256").hexdigest()
    except OSError as error:
        raise unreadable(path, error) from error
