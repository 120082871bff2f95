"""Who is who in a workspace: ids that survive, decisions that hold, people who are forgotten."""

from __future__ import annotations

import json
import shutil

import pytest
from tests.people.maison import JEAN, compute, decide, fill, links, number

from rapport.errors import Problem
from rapport.pipeline import open_record
from rapport.record.forget import forget
from rapport.record.kept import Kept
from rapport.steps.order import STEPS
from rapport.workspace import Workspace


def test_a_customer_of_the_till_and_the_web_shop_is_one_customer(workspace) -> None:
    found = links(workspace)
    assert found["till:card-77001"] == found["shop:jean.dupont@orange.fr"]
    assert found["shop:ana@free.fr"] == found["desk:9001"]
    assert len(set(found.values())) == 3
    assert number(workspace, "customers") == 3
    assert number(workspace, "repeat_rate") == pytest.approx(1 / 3)
    assert number(workspace, "accounts") == 5
    assert number(workspace, "accounts_per_person") == pytest.approx(5 / 3)


def test_ids_stay_when_results_are_deleted_and_when_new_accounts_come(workspace) -> None:
    before = links(workspace)
    shutil.rmtree(workspace.results)
    compute(workspace, "identity")
    assert links(workspace) == before
    more = {("aaa", "1"): {"email": "ana@free.fr"}, ("aaa", "2"): JEAN}
    fill(workspace, more, [])
    compute(workspace, "identity")
    after = links(workspace)
    assert {account: after[account] for account in before} == before
    assert after["aaa:1"] == before["shop:ana@free.fr"]
    assert after["aaa:2"] == before["till:card-77001"]


def test_a_link_shows_what_changes_and_then_all_totals_follow(workspace) -> None:
    change = decide(workspace, "link", "ana@free.fr", "shop:marie@free.fr")
    assert change.totals() == {"people": (2, 1), "customers": (2, 1), "repeat_customers": (0, 1)}
    compute(workspace, "identity", "buying")
    assert links(workspace)["shop:marie@free.fr"] == links(workspace)["desk:9001"]
    assert number(workspace, "customers") == 2
    back = decide(workspace, "unlink", "shop:marie@free.fr", "ana@free.fr")
    assert back.takes_back is not None
    compute(workspace, "identity", "buying")
    assert number(workspace, "customers") == 3


def test_what_was_set_apart_stays_apart_in_every_run(workspace) -> None:
    change = decide(workspace, "unlink", "till:card-77001", "jean.dupont@orange.fr")
    assert change.totals()["customers"] == (1, 2)
    for steps in (("identity",), ("identity", "buying")):
        compute(workspace, *steps)
        found = links(workspace)
        assert found["till:card-77001"] != found["shop:jean.dupont@orange.fr"]
    assert number(workspace, "customers") == 4


def test_a_decision_that_contradicts_others_is_refused(workspace) -> None:
    decide(workspace, "link", "shop:marie@free.fr", "shop:ana@free.fr")
    decide(workspace, "link", "shop:marie@free.fr", "till:card-77001")
    compute(workspace, "identity")
    with pytest.raises(Problem, match="contradicts"):
        decide(workspace, "unlink", "shop:ana@free.fr", "till:card-77001")


def test_who_is_not_there_and_one_account_twice_are_told(workspace) -> None:
    with pytest.raises(Problem, match=r"nobody@x\.fr"):
        decide(workspace, "link", "nobody@x.fr", "shop:ana@free.fr")
    with pytest.raises(Problem, match="same account"):
        decide(workspace, "link", "ana@free.fr", "shop:ana@free.fr")


def test_a_decision_makes_identity_and_what_follows_be_computed_again(workspace) -> None:
    from rapport.freshness import fingerprints

    record = open_record(workspace)
    before = fingerprints(record, workspace.settings)
    decide(workspace, "link", "shop:marie@free.fr", "shop:ana@free.fr")
    after = fingerprints(record, workspace.settings)
    changed = {name for name in before if before[name] != after[name]}
    assert {"identity", "buying", "staying", "worth"} <= changed
    assert {step.name for step in STEPS if step.decided} == {"identity"}


def test_a_line_that_a_crash_cut_off_does_not_count_and_the_next_is_whole(workspace) -> None:
    kept = Kept(workspace.record)
    kept.decide("link", [("a", "1")], [("b", "1")])
    path = workspace.record / "people" / "decisions.jsonl"
    path.write_bytes(path.read_bytes() + b'{"n": 2, "on"')
    assert [each.number for each in kept.decisions()] == [1]
    kept.decide("unlink", [("a", "2")], [("b", "2")])
    assert [json.loads(line)["n"] for line in path.read_text().splitlines()] == [1, 2]


def test_a_forgotten_person_is_in_no_id_and_no_decision_and_others_keep_theirs(workspace) -> None:
    decide(workspace, "link", "shop:marie@free.fr", "jean.dupont@orange.fr")
    decide(workspace, "unlink", "till:card-77001", "desk:9001")
    compute(workspace, "identity")
    ana = links(workspace)["desk:9001"]
    done = forget(open_record(workspace), "jean.dupont@orange.fr", results=workspace.results)
    assert done.hits == 0
    folder = workspace.record / "people"
    kept = Kept(workspace.record)
    told = kept.ids().to_pylist()
    assert "jean.dupont" not in str(told) + (folder / "decisions.jsonl").read_text()
    assert [each.verb for each in kept.decisions()] == ["unlink"]
    assert not (workspace.results / "links").exists()
    compute(workspace, "identity")
    found = links(workspace)
    assert "shop:jean.dupont@orange.fr" not in found
    assert found["desk:9001"] == ana


def test_accounts_named_by_one_e_mail_in_two_sources_are_one_person(workspace) -> None:
    more = {("letter", "Ana@Free.fr"): {}, ("forum", "ana@free.fr"): {}, ("forum", "ana"): {}}
    fill(workspace, more, [])
    compute(workspace, "identity")
    found = links(workspace)
    assert found["letter:Ana@Free.fr"] == found["forum:ana@free.fr"] == found["desk:9001"]
    assert found["forum:ana"] == "forum:ana"


def test_hashed_identifiers_link_exactly(tmp_path) -> None:
    workspace = Workspace.create(tmp_path / "hashed")
    path = workspace.root / "rapport.toml"
    path.write_text(path.read_text().replace("hash_identifiers = false", "hash_identifiers = true"))
    workspace.reload()
    fill(workspace)
    compute(workspace, "identity")
    assert number(workspace, "accounts") == 5
    people = list(links(workspace).values())
    assert len(set(people)) == 4  # the e-mail is the same; the phones were written differently
    assert "jean" not in str(people)
