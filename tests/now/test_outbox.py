"""Nothing put is lost, nothing is told twice, whatever instant a process dies at."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.actions.alerts.alert import Alert
from rapport.actions.alerts.outbox import NAME, Outbox
from rapport.results import Said


def alert(key: str, text: str = "x") -> Alert:
    return Alert(key, "complaint", Said("A complaint on {channel}", {"channel": "x"}), quote=text)


def test_the_same_thing_goes_to_a_channel_once(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    assert len(outbox.put([(alert("a"), ["crm", "desk"]), (alert("a"), ["crm"])], 1.0)) == 2
    assert outbox.put([(alert("a", "edited since"), ["crm"])], 2.0) == []
    assert len(Outbox(tmp_path).put([(alert("a"), ["crm", "new"])], 3.0)) == 1
    (waiting,) = Outbox(tmp_path).waiting("crm")
    outbox.begin(waiting.delivery_id, 4.0)
    outbox.sent(waiting.delivery_id, 5.0)
    outbox.tidy()
    assert Outbox(tmp_path).put([(alert("a"), ["crm"])], 6.0) == []
    assert Outbox(tmp_path).waiting("crm") == []


def test_a_send_that_was_cut_off_is_known_to_have_maybe_arrived(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    (put,) = outbox.put([(alert("a"), ["crm"])], 1.0)
    assert not put.maybe
    outbox.begin(put.delivery_id, 2.0)
    (again,) = Outbox(tmp_path).waiting("crm")
    assert again.maybe
    assert again.delivery_id == put.delivery_id
    outbox.failed(put.delivery_id, 3.0, 8.0, "It answered 500.", maybe=False)
    (failed,) = Outbox(tmp_path).waiting("crm")
    assert (failed.maybe, failed.tries, failed.due) == (False, 1, 8.0)


@given(cut=st.integers(1, 400), text=st.text(max_size=40))
def test_a_line_that_was_torn_does_not_count_and_is_cut_off(
    cut: int, text: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("outbox")
    outbox = Outbox(folder)
    outbox.put([(alert("a", text), ["crm"])], 1.0)
    whole = (folder / NAME).stat().st_size
    outbox.put([(alert("b", text), ["crm"])], 2.0)
    size = (folder / NAME).stat().st_size
    os.truncate(folder / NAME, max(whole, size - cut))
    left = Outbox(folder)
    known = {each.alert.key for each in left.waiting("crm") if each.alert}
    assert "a" in known
    new = left.put([(alert("b", text), ["crm"])], 3.0)
    assert len(new) == (0 if "b" in known else 1)
    assert len(Outbox(folder).waiting("crm")) == 2


def test_several_processes_may_add_and_look(tmp_path: Path) -> None:
    one, two = Outbox(tmp_path), Outbox(tmp_path)
    one.put([(alert("a"), ["crm"])], 1.0)
    two.put([(alert("a"), ["crm"]), (alert("b"), ["crm"])], 2.0)
    assert len(one.waiting("crm")) == 2
    one.tidy()
    two.put([(alert("c"), ["crm"])], 3.0)
    assert [len(each.waiting("crm")) for each in (one, two, Outbox(tmp_path))] == [3, 3, 3]


def test_what_was_told_loses_its_text_and_its_owner_alone_may_read(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    sent, waits = outbox.put(
        [(alert("a", "a secret wish"), ["crm"]), (alert("b", "another wish"), ["crm"])], 1.0
    )
    outbox.sent(sent.delivery_id, 2.0)
    outbox.tidy()
    kept = (tmp_path / NAME).read_text()
    assert "a secret wish" not in kept
    assert "another wish" in kept
    assert outbox.forget_texts() == 1
    assert "another wish" not in (tmp_path / NAME).read_text()
    assert [each.state for each in outbox.deliveries()] == ["sent", "dropped"]
    assert waits.delivery_id in {each.delivery_id for each in Outbox(tmp_path).deliveries()}
    fresh = Outbox(tmp_path / "new")
    fresh.put([(alert("a"), ["crm"])], 1.0)
    assert (tmp_path / "new" / NAME).stat().st_mode & 0o077 == 0


def test_what_was_told_long_ago_goes_whole(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    old, new, dead = outbox.put([(alert(key), ["crm"]) for key in "abc"], 1.0)
    outbox.sent(old.delivery_id, 2.0)
    outbox.sent(new.delivery_id, 20.0)
    outbox.give_up(dead.delivery_id, 3.0, "It answered 404.")
    outbox.tidy(before=10.0)
    assert [each.state for each in Outbox(tmp_path).deliveries()] == ["sent", "dead"]


def test_lone_surrogates_come_back_as_they_were(tmp_path: Path) -> None:
    outbox = Outbox(tmp_path)
    outbox.put([(alert("\ud800", "\udfff\x00\u202e"), ["crm"])], 1.0)
    (read,) = Outbox(tmp_path).waiting("crm")
    assert read.alert is not None
    assert read.alert.quote == "\udfff\x00\u202e"
