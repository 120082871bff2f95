"""`rapport link` and `rapport unlink`: shown first, agreed to, kept, and taken back."""

from __future__ import annotations

import pytest
from tests.people.maison import compute, links, number

from rapport.record.kept import Kept
from rapport.workspace import Workspace
from shell import Shell

ANA, MARIE = "ana@free.fr", "shop:marie@free.fr"


@pytest.fixture
def shell(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Shell:
    monkeypatch.setenv("COLUMNS", "200")
    return Shell(workspace.root)


def test_without_a_yes_it_is_shown_and_nothing_changes(shell: Shell, workspace: Workspace) -> None:
    refused = shell("link", ANA, MARIE, code=1)
    shown = refused.output
    assert "shop:marie@free.fr" in shown
    assert "desk:9001" in shown
    assert "--yes" in shown
    assert Kept(workspace.record).decisions() == ()
    assert "marie" in shell("link", ANA, MARIE, "--language", "fr", code=1).output


def test_a_link_is_kept_totals_follow_and_come_back(shell: Shell, workspace: Workspace) -> None:
    told = shell.json("link", ANA, MARIE, "--yes")
    assert told["decision"] == 1
    assert told["totals"]["customers"] == {"before": 2, "after": 1}
    assert [len(each["accounts"]) for each in told["after"]] == [3]
    assert told["takes_back"] is None
    compute(workspace, "identity", "buying")
    assert (number(workspace, "people"), number(workspace, "customers")) == (2, 2)
    assert links(workspace)["shop:marie@free.fr"] == links(workspace)["desk:9001"]
    assert shell.json("link", ANA, MARIE, "--yes")["decision"] is None  # it was decided already
    back = shell.json("unlink", MARIE, "desk:9001", "--yes")
    assert back["takes_back"] == 1
    compute(workspace, "identity", "buying")
    assert (number(workspace, "people"), number(workspace, "customers")) == (3, 3)


def test_what_contradicts_and_who_is_not_there_are_told(shell: Shell, workspace: Workspace) -> None:
    shell("link", MARIE, "shop:ana@free.fr", "--yes")
    shell("link", MARIE, "till:card-77001", "--yes")
    compute(workspace, "identity")
    refused = shell("unlink", "shop:ana@free.fr", "till:card-77001", "--yes", code=1)
    assert "contradicts" in refused.output
    missing = shell("link", "nobody@x.fr", ANA, "--yes", code=1)
    assert "nobody@x.fr" in missing.output
    assert "Traceback" not in refused.output + missing.output
