"""A brand that listens: a workspace with a drop folder, and places that are told."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from now.places import Receiver, receiver, understand
from rapport.workspace import Workspace

MAPPING = """
[mappings.forum]
files = "said*.csv"
table = "activity"
confirmed = true
time_zone = "UTC"
channel = "forum"
values = { verb = "Create", object_kind = "Note" }
[mappings.forum.columns]
activity_id = "id"
occurred_on = "time"
account_id = "who"
text = "text"
url = "link"
in_reply_to = "answers"
"""


@pytest.fixture
def told() -> Iterator[Receiver]:
    with receiver() as made:
        yield made


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return Workspace.create(tmp_path / "maison", brand="Maison", time_zone="UTC")


@pytest.fixture
def settings(workspace: Workspace) -> Callable[[str], Workspace]:
    """Adds settings to the workspace's rapport.toml."""

    def add(text: str) -> Workspace:
        path = workspace.root / "rapport.toml"
        path.write_text(path.read_text("utf-8") + MAPPING + text, "utf-8")
        workspace.reload()
        workspace.settings  # noqa: B018 - every fault at once
        return workspace

    return add


@pytest.fixture
def understanding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Puts the understanding of the tests in the place of the shipped one."""
    import rapport.listening
    from rapport.watching import understanding as reading

    monkeypatch.setattr(reading, "understanding_of", lambda workspace: understand)
    monkeypatch.setattr(
        rapport.listening, "weighed", lambda text, _: text.split()[:2], raising=False
    )


def said(*rows: tuple[str, str, str], at: dt.datetime | None = None, answers: str = "") -> str:
    """Return a forum's export: rows of id, account and text, said a minute ago."""
    import csv
    import io

    when = at or dt.datetime.now(dt.UTC) - dt.timedelta(minutes=1)
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "time", "who", "text", "link", "answers"])
    for key, who, text in rows:
        link = f"https://forum.example/{key}"
        writer.writerow([key, f"{when:%Y-%m-%d %H:%M:%S}", who, text, link, answers])
    return out.getvalue()
