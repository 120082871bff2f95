"""What people talk about is found, named, kept and told as new."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.errors import Problem
from rapport.listening import topics
from rapport.listening.themes.entry import Topics
from rapport.listening.themes.keeping import Known, Side, joined, numbered
from rapport.listening.themes.naming import named
from rapport.listening.themes.wording import stem, wordings
from rapport.simulation.texts import messages

BRAND = ("maison", "alizé", "maisonalize")
SUBJECTS = ("delivery", "app", "refund", "hours", "allergens", "packaging")


def said(subjects: list[str], languages: list[str], seed: int = 7) -> list[str]:
    """Return complaints and questions about subjects, as the simulated brand's people write."""
    rng = np.random.default_rng(seed)
    kinds = rng.choice(["complaint", "question"], len(subjects)).tolist()
    return messages(
        rng,
        kinds=kinds,
        sentiments=["neutral"] * len(subjects),
        languages=languages,
        topics=subjects,
        ironies=[False] * len(subjects),
    )


@functools.cache
def world() -> tuple[list[str], list[str], list[str], Topics]:
    rng = np.random.default_rng(3)
    truth = rng.choice(SUBJECTS, 1500).tolist()
    languages = rng.choice(["fr", "en"], 1500).tolist()
    texts = said(truth, languages)
    return texts, truth, languages, topics(texts, languages, left_out=BRAND)


def test_topics_are_what_the_messages_were_written_about() -> None:
    _, truth, _, found = world()
    placed = [n for n, topic in enumerate(found.of) if topic is not None]
    assert len(placed) > 1050
    ours, theirs = [found.of[n] for n in placed], [truth[n] for n in placed]
    largest = {
        topic: max(
            counts := [theirs[n] for n, o in enumerate(ours) if o == topic], key=counts.count
        )
        for topic in set(ours)
    }
    right = [largest[topic] == its for topic, its in zip(ours, theirs, strict=True)]
    assert np.mean(right) > 0.6  # by chance: 0.2
    assert 6 <= found.table.num_rows <= 40


def test_a_topic_is_named_by_its_words() -> None:
    _, truth, _, found = world()
    words = {
        "app": ("app", "appli"),
        "refund": ("refund", "rembours"),
        "hours": ("open", "ouvert", "horaire"),
    }
    for subject, expected in words.items():
        ours = [topic for topic, its in zip(found.of, truth, strict=True) if its == subject]
        most = max({t for t in ours if t}, key=ours.count)
        (row,) = [row for row in found.table.to_pylist() if row["topic_id"] == most]
        assert any(word in name["name"] for name in row["names"] for word in expected), row


def test_french_and_english_about_one_thing_are_one_topic() -> None:
    _, _, _, found = world()
    both = [row for row in found.table.to_pylist() if len(row["names"]) == 2]
    assert len(both) >= 4
    for row in both:
        assert {name["language"] for name in row["names"]} == {"fr", "en"}


def test_the_brand_names_no_topic() -> None:
    _, _, _, found = world()
    for row in found.table.to_pylist():
        for name in row["names"]:
            assert "maison" not in name["name"]
            assert "alize" not in name["name"]
            assert "@" not in name["name"]


def test_the_order_of_the_messages_changes_nothing() -> None:
    texts, _, languages, found = world()
    turned = topics(texts[::-1], languages[::-1], left_out=BRAND)
    assert turned.of[::-1] == found.of
    assert turned.table == found.table


def test_topics_keep_their_ids_when_more_is_said_and_new_ones_are_told() -> None:
    texts, truth, languages, found = world()
    more = said(["gift"] * 200 + ["delivery"] * 100, ["en"] * 300, seed=11)
    later = topics([*texts, *more], [*languages, *["en"] * 300], left_out=BRAND, earlier=found)
    for subject in ("app", "refund", "delivery"):
        ours = [n for n, its in enumerate(truth) if its == subject and found.of[n]]
        before = [found.of[n] for n in ours]
        most = max(set(before), key=before.count)
        after = [later.of[n] for n in ours if found.of[n] == most]
        assert after.count(most) > 0.6 * len(after), subject
    rows = {row["topic_id"]: row for row in later.table.to_pylist()}
    new = {topic_id for topic_id, row in rows.items() if row["is_new"]}
    gifts = [topic for topic in later.of[len(texts) : len(texts) + 200] if topic]
    assert max(set(gifts), key=gifts.count) in new
    assert new.isdisjoint({topic for topic in found.of if topic})


def test_chatter_without_a_subject_belongs_to_no_topic() -> None:
    texts, _, languages, _ = world()
    chatter = ["Thank you!", "Super, bravo 😍", "ok", "…", "", "https://example.org/a", "@you @me"]
    found = topics([*texts, *chatter], [*languages, *["en"] * len(chatter)], left_out=BRAND)
    assert found.of[len(texts) :] == [None] * len(chatter)


def test_with_too_few_messages_nobody_can_tell() -> None:
    found = topics(["My parcel is late", "Where is my parcel?", None], "en")
    assert found.of == [None, None, None]
    assert found.table.num_rows == 0
    assert found.too_few == {"en": 2}
    assert "Too few messages" in found.cannot_tell


def test_messages_that_share_nothing_have_no_topic() -> None:
    rng = np.random.default_rng(1)
    letters = list("abcdefghijklmnopqrstuvwxyz")
    nonsense = [" ".join("".join(rng.choice(letters, 7)) for _ in range(6)) for _ in range(300)]
    found = topics(nonsense, "en")
    assert found.table.num_rows == 0


@pytest.mark.parametrize("kind", ["pandas", "polars", "arrow", "frame"])
def test_any_column_will_do(kind: str) -> None:
    texts, _, languages, found = world()
    column = {
        "pandas": lambda: pd.Series(texts),
        "polars": lambda: pl.Series(texts),
        "arrow": lambda: pa.array(texts),
        "frame": lambda: pl.DataFrame({"text": texts, "n": range(len(texts))}),
    }[kind]()
    assert topics(column, pa.array(languages), left_out=BRAND).of == found.of


def test_a_wrong_call_says_what_is_allowed() -> None:
    with pytest.raises(Problem, match="single text"):
        topics("one text")
    with pytest.raises(Problem, match="2 texts and 1 languages"):
        topics(["a", "b"], ["en"])
    with pytest.raises(Problem, match='Write "words" or "embed"'):
        topics(["a"], "en", vectors="deep")


HOSTILE = st.text(max_size=200) | st.sampled_from(
    ["=cmd()", "<script>x</script>", "\u202eabc", "a" * 100_000, "\ud800 parcel", "\0", "😡" * 50]
)


@settings(max_examples=8, deadline=None)
@given(st.lists(HOSTILE, max_size=30))
def test_hostile_texts_break_nothing(odd: list[str]) -> None:
    texts = said(["delivery"] * 60, ["en"] * 60, seed=5)
    found = topics([*texts, *odd], "en", left_out=BRAND)
    assert len(found.of) == len(texts) + len(odd)


def test_a_phrase_that_is_said_together_is_the_name() -> None:
    groups = [wordings(texts) for texts in (
        [f"la mise à jour {what}" for what in ("plante", "échoue", "bloque", "ferme")] * 5,
        [f"le point relais est {how}" for how in ("fermé", "plein", "loin", "perdu")] * 5,
    )]  # fmt: skip
    first, second = named(groups)
    assert first.name.startswith("mise à jour")
    assert "point relais" in second.words


def test_a_product_is_no_name_but_counts_all_the_same() -> None:
    groups = [wordings([f"matcha tin dented {n}" for n in range(20)]), wordings(["tea"] * 20)]
    (named_first, _), (plain, _) = named(groups, unfit=["Matcha"]), named(groups)
    assert "matcha" not in named_first.name
    assert named_first.stems == plain.stems


def test_two_sides_are_one_only_when_each_is_the_others_best() -> None:
    def side(language: str, size: int, **words: float) -> Side:
        return Side(language, {stem(word): weight for word, weight in words.items()}, size)

    sides = [
        side("fr", 50, livraison=0.9, colis=0.4),
        side("en", 40, delivery=0.8, parcel=0.5),
        side("en", 30, delivery=0.3, free=0.9),
        side("fr", 20, remboursement=1.0),
        side("de", 10, lieferung=1.0),
    ]
    assert joined(sides) == [[0, 1], [2], [3], [4]]


def test_an_id_is_given_to_one_topic_only() -> None:
    before = [Known("t1", "fr", {"a": 1.0}), Known("t1", "en", {"b": 1.0})]
    now = [Side("fr", {"a": 1.0}, 20), Side("en", {"b": 1.0}, 10)]
    assert numbered(now, [[0, 1]], before) == [("t1", False)]
    assert numbered(now, [[0], [1]], before) == [("t1", False), ("t2", True)]
