"""The letter on paper: whole pages, nothing fetched, no path of the machine in it."""

from __future__ import annotations

import re
import sys
import zlib
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from rapport.errors import Problem
from rapport.report.letter import write_letter
from rapport.report.pdf import printed
from rapport.results import Results

Write = Callable[..., Results]


def plain(paper: bytes) -> bytes:
    """All that the file holds, unpacked."""
    packed = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", paper, re.DOTALL)
    parts = [paper]
    for each in packed:
        with suppress(zlib.error):
            parts.append(zlib.decompress(each))
    return b"\n".join(parts)


def pages(paper: bytes) -> int:
    return len(re.findall(rb"/Type ?/Page\b(?!s)", plain(paper)))


def test_the_letter_is_written_as_pdf_with_the_two_pages_first(
    written_results: Write, tmp_path: Path
) -> None:
    out, pdf = tmp_path / "letter.html", tmp_path / "letter.pdf"
    write_letter(
        written_results(),
        brand="Maison",
        language="fr",
        out=out,
        record_summary={"rows_in": 0, "rows_kept": 0, "rows_aside": 0, "loads": []},
        pdf=pdf,
    )
    paper = pdf.read_bytes()
    assert paper.startswith(b"%PDF-")
    assert pages(paper) > 3
    assert str(tmp_path).encode() not in plain(paper)
    assert b"letter_files" not in plain(paper)


def test_nothing_is_fetched(tmp_path: Path) -> None:
    secret = tmp_path / "secret.svg"
    secret.write_text("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")
    page = f"<p>kept</p><img src='{secret.as_uri()}'><link rel=stylesheet href='{secret.as_uri()}'>"
    assert pages(printed(page)) == 1


def test_without_pango_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    class Missing:
        def find_spec(self, name: str, *_: Any) -> None:
            if name == "weasyprint":
                raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.delitem(sys.modules, "weasyprint", raising=False)
    monkeypatch.setattr(sys, "meta_path", [Missing(), *sys.meta_path])
    with pytest.raises(Problem, match="libpango"):
        printed("<p>x</p>")
