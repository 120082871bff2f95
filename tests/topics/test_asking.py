"""Questions that mean the same are one, and the plainest of them is shown."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import adjusted_rand_score

from rapport.listening.themes.asking import alike, asked

KINDS = {
    "refund": ["How long does a refund of 15 quid take?", "how long does a refund take",
               "When do refunds arrive? A refund of €12 takes how long?"],
    "address": ["How do I change my address on the site?", "Can I change my address on the site?",
                "change my address on the site, how??"],
    "wrap": ["Do you gift wrap?", "do you gift wrap in Brighton?", "Gift wrap at the shop?"],
}  # fmt: skip


def test_questions_of_one_kind_come_together() -> None:
    texts = [asked(text) for texts in KINDS.values() for text in texts]
    truth = [kind for kind, some in KINDS.items() for _ in some]
    groups, centres = alike(texts, "en")
    assert adjusted_rand_score(truth, groups) > 0.7
    for group, place in centres.items():
        assert groups[place] == group


def test_french_words_for_one_thing_are_one() -> None:
    groups, _ = alike(
        ["Où sont mes points dans l'appli ?", "Où sont mes points dans l'application ?",
         "Vous livrez en Belgique ?", "Livrez-vous en Belgique ?", "Il y a du gluten ?"],
        "fr",
    )  # fmt: skip
    assert groups[0] == groups[1]
    assert groups[2] == groups[3]
    assert groups[0] != groups[2]
    assert groups[4] == -1  # nobody else asks that


def test_nobodys_number_is_shown() -> None:
    assert "68473" not in asked("Où est ma commande AL68473 ?")
    assert "612345678" not in asked("Call me on 0612345678, when do you open?")


def test_a_shout_or_a_misspelling_is_not_the_example() -> None:
    texts = [
        "WHERE IS MY PARCEL PLEASE?",
        "Where is my parcel, please?",
        "whre is my parcl please?",
        "Where is my parcel today?",
    ]
    groups, centres = alike(texts, "en")
    best = centres[groups[1]]
    assert texts[best] in {"Where is my parcel, please?", "Where is my parcel today?"}


def test_many_questions_are_compared_in_blocks() -> None:
    rng = np.random.default_rng(1)
    words = ["parcel", "refund", "invoice", "voucher", "opening", "gluten", "teapot", "points"]
    towns = [f"town{chr(97 + n)}" for n in range(26)]
    texts = list(
        dict.fromkeys(
            f"Where is my {rng.choice(words)} in {rng.choice(towns)} number {n}?"
            for n in range(4000)
        )
    )
    groups, centres = alike(texts, "en")
    assert min(groups) >= 0
    assert len(centres) < len(texts) / 2


def test_nothing_asked_is_nothing_found() -> None:
    assert alike([], "en") == ([], {})
    assert alike(["??", "Hein ?"], "fr")[1] == {}
