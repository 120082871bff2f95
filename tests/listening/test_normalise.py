"""Hostile and untidy texts are read safely, and what means the same is read the same."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.listening.normalise import LONGEST, clean, cut, folded, located, token


def read(text: object) -> list[str]:
    return [token(part) for part in cut(text)]


@pytest.mark.parametrize(
    ("written", "tokens"),
    [
        ("déçu :-(", ["déçu", "🙁"]),
        ("J&#39;adore <3", ["J'", "adore", "❤"]),
        ("<script>alert(1)</script>nul", ["alert", "‹0›", "nul"]),
        ("👍🏿👍", ["👍", "👍"]),
        ("@Brand merci!!!!", ["‹user›", "merci", "!!"]),
        ("voir http://a.b/c?d=e", ["voir", "‹url›"]),
        ("it\\u2019s fine", ["it’s", "fine"]),
        ("l’appli", ["l’", "appli"]),
        (None, []),
        (float("nan"), []),
        (12, ["‹0›"]),
    ],
)
def test_what_a_message_is_cut_into(written: object, tokens: list[str]) -> None:
    assert read(written) == tokens


@pytest.mark.parametrize(
    ("one", "other"), [("génial", "GENIAL"), ("soooooo", "soo"), ("e\u0301té", "été")]
)
def test_accents_capitals_and_length_are_one_word(one: str, other: str) -> None:
    assert folded(clean(one)) == folded(clean(other))


@settings(max_examples=200, deadline=None)
@given(st.text(st.characters(), max_size=300))
def test_any_text_is_read_without_harm(text: str) -> None:
    cleaned = clean(text)
    cleaned.encode("utf-8")  # no lone surrogate is left
    assert "\0" not in cleaned
    for part, start, end in located(text):
        assert cleaned[start:end] == part
        assert token(part)


def test_a_megabyte_is_read_at_once() -> None:
    assert len(clean("a" * 1_000_000)) == LONGEST
    assert len(read("<" * 500_000 + ">")) <= LONGEST
