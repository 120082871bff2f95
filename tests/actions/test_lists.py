"""Lots that stay, lists as each network takes them, and people who are asked too often."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.actions.audiences import formats
from rapport.actions.audiences.lists import Reach, as_csv, for_crm, for_platform, reach_of
from rapport.actions.audiences.lots import lots, share_of, times_asked
from rapport.actions.audiences.planning import sight
from rapport.errors import Problem
from rapport.impact.experiments.audiences import HELD, SENT, Audiences

DAY = dt.date(2026, 1, 10)
IDS = [f"p{n}" for n in range(200)]


def keep(kept: Audiences, name: str, day: dt.date, ids: list[str], share: float) -> dict[str, str]:
    found = lots(kept, name, day, ids, share)
    new = [(who, arm) for who, arm, new in zip(ids, found.arms, found.new, strict=True) if new]
    if new:
        people, arms = zip(*new, strict=True)
        kept.write(name, day, pa.table({"person_id": list(people), "arm": list(arms)}))
    return dict(zip(ids, found.arms, strict=True))


@pytest.mark.parametrize("text", ["12.5%", "12,5 %", "0.125", ".125", "12.5\u202f%"])
def test_a_share_is_read_as_people_write_it(text):
    assert share_of(text) == pytest.approx(0.125)


@pytest.mark.parametrize("text", ["10", "100%", "-1%", "ten", "", "0.1.2", "nan", "95%"])
def test_what_is_no_share_is_refused(text):
    with pytest.raises(Problem, match="no part to hold out"):
        share_of(text)


def test_who_was_drawn_keeps_the_lot_while_the_window_is_open(tmp_path):
    kept = Audiences(tmp_path)
    first = keep(kept, "a", DAY, IDS[:100], 0.3)
    later = keep(kept, "a", DAY + dt.timedelta(days=30), IDS[50:], 0.3)
    assert all(later[who] == first[who] for who in IDS[50:100])
    assert list(later.values()).count(HELD) == sum(first[w] == HELD for w in IDS[50:100]) + 30
    assert [wave.sent + wave.held_out for wave in kept.waves()] == [100, 100]
    anew = lots(kept, "a", DAY + dt.timedelta(days=300), IDS, 0.3)
    assert all(anew.new)


def test_another_audience_has_lots_of_its_own(tmp_path):
    kept = Audiences(tmp_path)
    one, other = (keep(kept, name, DAY, IDS, 0.5) for name in ("a", "b"))
    both = sum(one[who] == other[who] for who in IDS)
    assert 70 <= both <= 130


def test_a_part_of_nothing_holds_nobody_out(tmp_path):
    assert lots(Audiences(tmp_path), "a", DAY, IDS, 0.0).held == 0
    assert lots(Audiences(tmp_path), "a", DAY, [], 0.5).arms == ()


def test_everybody_is_asked_as_often_as_lists_reached_them(tmp_path):
    kept = Audiences(tmp_path)
    drawn = keep(kept, "ask", DAY, IDS[:40], 0.25)
    keep(kept, "other", DAY, IDS, 0.1)
    written = [("ask", DAY), ("ask", DAY + dt.timedelta(days=20)), ("other", DAY)]
    times = times_asked(kept, {"ask"}, written, DAY + dt.timedelta(days=60))
    assert {times[who] for who, arm in drawn.items() if arm == SENT} == {2}
    assert {times[who] for who, arm in drawn.items() if arm == HELD} == {0}
    assert sum(times_asked(kept, {"ask"}, written, DAY + dt.timedelta(days=800)).values()) == 0
    assert set(times_asked(kept, {"ask"}, [], DAY).values()) == {1}


def test_hashes_are_those_that_the_networks_print():
    """TikTok's help page prints the hash of this address."""
    published = "d6117306485ed0e50afab3ac871e98f81699151f30281527d63ff5f233656c69"
    for network in ("tiktok", "meta", "google", "linkedin"):
        row = formats.PLATFORMS[network].row(" JaneDoe@Gmail.com", "")
        assert row is not None
        assert row[0] == published


def test_phones_and_gmail_are_written_as_each_network_asks():
    def sha(text: str) -> str:
        return hashlib.sha256(text.encode()).hexdigest()

    phone = "+33612345678"
    rows = {name: each.row("j.d@gmail.com", phone) for name, each in formats.PLATFORMS.items()}
    assert rows["meta"] == (sha("j.d@gmail.com"), sha("33612345678"))
    assert rows["google"] == (sha("jd@gmail.com"), sha(phone))
    assert rows["tiktok"] == (sha("j.d@gmail.com"), sha(phone))
    assert rows["linkedin"] == (sha("j.d@gmail.com"),)
    assert formats.PLATFORMS["linkedin"].row("", phone) is None
    assert formats.PLATFORMS["meta"].row("nobody", "0612345678") is None


@given(st.text(max_size=30), st.text(max_size=30))
def test_a_network_never_sees_anything_but_hashes(email, phone):
    reach = {"p": Reach((email,), (phone,))}
    for network in formats.PLATFORMS:
        for row in for_platform(network, [{"person_id": "p"}], reach):
            assert all(not cell or len(cell) == 64 for cell in row)


def test_contacts_that_are_none_are_left_out():
    rows = [
        {"person_id": "p", "kind": "phone", "value": "0612345678", "country": None},
        {"person_id": "p", "kind": "email", "value": "0f9a" * 8, "country": None},
    ]
    assert not reach_of(rows, [])["p"]


@given(st.text(max_size=40))
def test_no_cell_is_a_formula(text):
    person = {"person_id": "p", "place": 1, "name": text, "said": text, "reasons": text}
    reach = {"p": Reach((), (), (f"x: {text}",))}
    written = as_csv(["a"], list(for_crm([person], reach))).decode()
    _, row = csv.reader(io.StringIO(written, newline=""))
    for cell in row:
        assert not cell.startswith(("=", "@", "+", "-", "\t", "\r", "\n"))


def test_what_a_list_can_show_shrinks_with_its_people():
    def sums(people: int) -> dict[str, float]:
        return {"people": people, "brought": 10.0 * people, "squares": 500.0 * people}

    effects = [sight(sums(many), many // 10, 10).effect for many in (200, 2000, 200_000)]
    assert effects == sorted(effects, reverse=True)
    assert sight(sums(200), 20, 10).blind
    assert not sight(sums(200_000), 20_000, 10).blind
    needed = sight(sums(2000), 200, 10).people
    assert sight(sums(needed), needed // 10, 10).effect == pytest.approx(2.5, rel=0.01)


def test_nobody_or_nobody_who_buys_is_no_crash():
    assert sight({"people": 0}, 0, 10).blind
    nothing = sight({"people": 100, "brought": 0.0, "squares": 0.0}, 10, 10)
    assert (nothing.people, nothing.hold, nothing.blind) == (None, None, True)
