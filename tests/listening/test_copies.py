"""Copies of one text are found, word for word or nearly; alike and short texts are no copies."""

from __future__ import annotations

import time

import numpy as np

from rapport.listening.copies import groups, sketches

STATEMENT = (
    "Suite à une panne de nos serveurs les commandes passées hier soir seront livrées avec deux "
    "jours de retard, nous vous prions de nous excuser"
)


def together(texts: list[str]) -> list[int]:
    return groups(sketches(texts)).tolist()


def test_links_names_capitals_and_a_word_more_make_no_other_text() -> None:
    texts = [
        STATEMENT,
        f"RT @journal: {STATEMENT.upper()} https://j.fr/1",
        f"{STATEMENT} hélas",
        "Ma commande est arrivée avec deux jours de retard, personne ne m'a présenté d'excuses",
    ]
    assert together(texts) == [0, 0, 0, 3]


def test_short_texts_are_never_copies() -> None:
    assert together(["Merci !", "Merci !", "trop cher", "trop cher"]) == [0, 1, 2, 3]


def test_time_stays_in_bounds_when_all_are_copies_of_few() -> None:
    chance = np.random.default_rng(1)
    words = ["".join(chance.choice(list("aeioulmnrst"), 6)) for _ in range(300)]
    known = [" ".join(chance.choice(words, 20)) for _ in range(50)]
    texts = [f"{known[int(n)]} @u{k}" for k, n in enumerate(chance.integers(50, size=20_000))]
    began = time.process_time()
    found = together(texts)
    assert len(set(found)) == 50
    assert time.process_time() - began < 30
