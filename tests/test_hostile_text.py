"""Whatever people write is stored whole, shown safely, and never run."""

from __future__ import annotations

import csv
import io
import json
import re
from pathlib import Path

import pytest

from shell import Shell

LONG = ("où est ma commande ? " * 50_000).strip()
HOSTILE = {
    "html": "<script>alert(1)</script><img src=x onerror=alert(2)> this tea is awful & late",
    "formula": '=HYPERLINK("http://evil.example","win") I love it',
    "plus": "+1 @SUM(A1) great",
    "bidi": "abc \u202egnp.exe \u2066 hidden \u200f is broken",
    "zero": "null \u0000 inside, when does it open?",
    "escape": "\x1b[31mred\x1b[0m \x07 [bold]rich[/bold] {{7*7}} {x} %s",
    "sql": "'; drop table activity; -- please cancel my subscription",
    "long": LONG,
    "zalgo": "Z̶̢a̷lgo ﷽ 👨‍👩‍👧‍👦 merci beaucoup",
    "lone": "lone \\ud800 surrogate",
}
MAPPING = """
[mappings.talk]
files = "talk.jsonl"
table = "activity"
confirmed = true
time_zone = "UTC"
channel = "forum"
[mappings.talk.columns]
activity_id = "Id"
occurred_on = "When"
account_id = "Who"
verb = "Verb"
text = "Message"
"""


@pytest.fixture(scope="module")
def shell(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    root = tmp_path_factory.mktemp("hostile") / "maison"
    shell = Shell(root)
    shell("new", str(root), "--language", "en")
    toml = root / "rapport.toml"
    toml.write_text(toml.read_text("utf-8") + MAPPING, encoding="utf-8")
    talk = root.parent / "talk.jsonl"
    rows = [
        {
            "Id": name,
            "When": f"2024-03-{day:02d}T09:00:00Z",
            "Who": f"<b>{name}",
            "Verb": "Create",
            "Message": text,
        }
        for day, (name, text) in enumerate(HOSTILE.items(), start=1)
    ]
    lines = [json.dumps(row).replace("\\\\ud800", "\\ud800") for row in rows]
    talk.write_text("\n".join(lines), encoding="utf-8")
    shell("add", "--yes", str(talk))
    shell("run")
    return shell


def _rows(shell: Shell, table: str) -> list[dict[str, str]]:
    csv.field_size_limit(10_000_000)
    return list(csv.DictReader(io.StringIO(shell("table", table).stdout)))


def test_every_text_is_stored_whole(shell: Shell) -> None:
    lines = shell("table", "activity", "--format", "json").stdout.splitlines()
    assert {(row := json.loads(line))["activity_id"]: row["text"] for line in lines} == HOSTILE


def test_every_text_is_understood(shell: Shell) -> None:
    kinds = {row["activity_id"]: row for row in _rows(shell, "messages")}
    assert set(kinds) == set(HOSTILE)
    assert kinds["long"]["language"] == "fr"
    assert kinds["html"]["sentiment"] in ("negative", "unsure")
    assert all(0 <= float(row["negative"]) <= 1 for row in kinds.values())


def test_a_spreadsheet_runs_none_of_it(shell: Shell) -> None:
    for table in ("activity", "messages"):
        for row in _rows(shell, table):
            assert not row["text"].startswith(("=", "+", "-", "@", "\t", "\r"))


def test_the_letter_and_the_pages_run_none_of_it(shell: Shell, tmp_path: Path) -> None:
    letter = tmp_path / "letter.html"
    shell("report", "--out", str(letter))
    pages = [letter.read_text("utf-8")]
    for name in HOSTILE:
        page = tmp_path / "person.html"
        shell("show", f"talk:<b>{name}", "--out", str(page))
        pages.append(page.read_text("utf-8"))
    for page in pages:
        assert not re.search(r"<(script|img|b>\w+<)", page)
        assert "\x1b" not in page
        assert "script-src" not in page
        assert "default-src 'none'" in page
    assert any("&lt;script&gt;" in page for page in pages)


def test_the_screen_shows_no_control_signs(shell: Shell) -> None:
    for name in HOSTILE:
        told = shell("show", f"talk:<b>{name}").stdout
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f\u202a-\u202e\u2066-\u2069]", told), name
