"""Who is forgotten is in no audience."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pyarrow as pa
from deltalake import write_deltalake

from rapport.commands.audience_forgetting import forget_audiences, people_of
from rapport.impact.experiments.audiences import HELD, SENT, Audiences
from rapport.results import Results, StepResult
from rapport.workspace import Workspace


def test_people_leave_every_audience_by_their_accounts(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "maison", brand="Maison")
    links = pa.table(
        {
            "source": ["shop", "x", "shop"],
            "account_id": ["1", "ann", "2"],
            "person_id": ["P1", "P1", "P2"],
        }
    )
    results = Results(workspace.results)
    write_deltalake(str(results.path("links")), links)
    results.save("identity", "1", StepResult(tables={"links": 3}))
    kept = Audiences(workspace.audiences)
    rows = pa.table({"person_id": ["P1", "P2"], "arm": [SENT, HELD]})
    wave = kept.write("thanks", dt.date(2026, 3, 1), rows)
    people = people_of(workspace, [("x", "ann")])
    assert "P1" in people
    assert forget_audiences(workspace, people) == 1
    assert kept.people(wave)["person_id"].to_pylist() == ["P2"]
    assert workspace.audiences in workspace.own


def test_without_links_accounts_stand_for_themselves(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "maison", brand="Maison")
    assert people_of(workspace, [("x", "ann")]) == {"x:ann"}
    assert forget_audiences(workspace, {"x:ann"}) == 0
