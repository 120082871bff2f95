"""Texts of a simulated world: varied, repeatable, sometimes hostile, true to their labels."""

from __future__ import annotations

import itertools
import math
import re
from collections import Counter

import numpy as np
import pytest

from rapport.simulation.texts import (
    CRISES,
    FORMATS,
    GOALS,
    KINDS,
    LANGUAGES,
    SENTIMENTS,
    TOPICS,
    answers,
    articles,
    copies,
    crisis,
    headlines,
    messages,
    open_answers,
    posts,
    subjects,
)
from rapport.simulation.texts.grammar import Grammar, grammar, written
from rapport.simulation.texts.labels import NATURAL
from rapport.simulation.texts.manners import SHORTER

MARKS = re.compile(r"[\ue000-\uf8ff]|\{(?!\{7|7)|\[|\]")
N = 10_000


def _some(n: int, seed: int = 1, language: str | None = None) -> list[str]:
    rng = np.random.default_rng(seed)
    spoken = [language] * n if language else rng.choice(LANGUAGES, n)
    kinds = rng.choice(KINDS, n)
    natural = np.array([NATURAL[kind] for kind in kinds])
    sentiments = np.where(rng.random(n) < 0.8, natural, rng.choice(SENTIMENTS, n))
    return messages(rng, kinds, sentiments, spoken, None, rng.random(n) < 0.05)


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_kind_topic_sentiment_and_irony_can_be_said(language) -> None:
    labels = list(itertools.product(KINDS, SENTIMENTS, (*TOPICS, *CRISES), (False, True)))
    kinds, sentiments, topics, ironies = (list(column) for column in zip(*labels, strict=True))
    said = messages(
        np.random.default_rng(2), kinds, sentiments, [language] * len(labels), topics, ironies
    )
    assert len(said) == 9 * 3 * 20 * 2
    assert all(text.strip() for text in said)
    assert [text for text in said if MARKS.search(text)] == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_rules_of_a_kind_name_known_topics_and_no_rule_is_dead(language) -> None:
    rules = written(language)
    used = {
        name for texts in rules.values() for text in texts for name in re.findall(r"{(.+?)}", text)
    }
    heads = {
        *("short", "detail", "close", "mood", "turn", "irony", "emoji", "tags", "open", "bot"),
        *("franglais", "post", "answer", "subject", "headline", "press", "about", "bare"),
    }
    tails = {
        *("open", "format", "fix", "sign", "call", "tags", "video", "carousel", "story"),
        *("section", "body", "irony", *TOPICS, *CRISES, *SENTIMENTS, *KINDS, *GOALS),
    }
    for name in set(rules) - used:
        head, *rest = name.split(".")
        assert head in heads | set(KINDS), name
        assert set(rest) <= tails, name


def test_both_languages_say_the_same_things() -> None:
    french, english = (
        {name for name in written(language) if name.split(".")[0] in {*KINDS, "irony", "about"}}
        for language in LANGUAGES
    )
    assert french == english


@pytest.mark.parametrize(
    ("rule", "fault"),
    [("[a|b", "brackets"), ("{tee}", "does not exist"), ("a|b", "outside brackets")],
)
def test_a_rule_that_does_not_parse_is_told_with_its_name(rule, fault) -> None:
    with pytest.raises(ValueError, match=f"hello.*{fault}"):
        Grammar.of({"hello": [rule], "tea": ["tea"]})


def test_the_same_generator_says_the_same_and_another_does_not() -> None:
    assert _some(300) == _some(300)
    assert len(set(_some(300)) & set(_some(300, seed=2))) < 15


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", KINDS)
def test_ten_thousand_messages_of_a_kind_hardly_repeat(kind, language) -> None:
    said = messages(np.random.default_rng(3), [kind] * N, [NATURAL[kind]] * N, [language] * N)
    assert len(set(said)) / N > 0.95


@pytest.mark.parametrize("language", LANGUAGES)
def test_tens_of_thousands_of_messages_in_each_language(language) -> None:
    assert len(set(_some(40_000, language=language))) > 38_000


def test_people_write_as_people_do() -> None:
    said = _some(N)
    shares = {
        "two words or fewer": np.mean([len(text.split()) <= 2 for text in said]),
        "a paragraph": np.mean([len(text) > 200 for text in said]),
        "capitals": np.mean([text.isupper() and len(text) > 15 for text in said]),
        "hashtag": np.mean(["#" in text for text in said]),
        "mention": np.mean(["@" in text for text in said]),
        "emoji": np.mean([bool(re.search("[\U0001f300-\U0001faff❤☕]", text)) for text in said]),
        "stretched": np.mean([bool(re.search(r"([a-z])\1\1", text)) for text in said]),
        "no capital first": np.mean([text[:1].islower() for text in said]),
    }
    low_high = {
        "two words or fewer": (0.005, 0.05), "a paragraph": (0.03, 0.15), "capitals": (0.02, 0.08),
        "hashtag": (0.07, 0.25), "mention": (0.1, 0.35), "emoji": (0.2, 0.5),
        "stretched": (0.02, 0.15), "no capital first": (0.2, 0.6),
    }  # fmt: skip
    wrong = {k: v for k, v in shares.items() if not low_high[k][0] < v < low_high[k][1]}
    assert wrong == {}


def test_french_loses_its_accents_and_is_shortened_in_some_messages_only() -> None:
    said = " ".join(_some(N, language="fr"))
    assert 0.15 < said.count("tres ") / (said.count("tres ") + said.count("très ")) < 0.6
    assert "bcp" in said
    assert "merci" in said
    assert not {"l'", "d'"} & set(SHORTER["fr"])


def test_messages_are_true_to_their_kind() -> None:
    """A plain word counter (naive Bayes), trained on half, knows the kind of the other half."""
    rng = np.random.default_rng(5)
    kinds = rng.choice(KINDS, 6_000).tolist()
    languages = rng.choice(LANGUAGES, 6_000).tolist()
    said = messages(rng, kinds, [NATURAL[kind] for kind in kinds], languages)
    words = [set(re.findall(r"\w+|\?", text.lower())) for text in said]
    counts = {kind: Counter() for kind in KINDS}
    for kind, found in zip(kinds[:3000], words[:3000], strict=True):
        counts[kind].update(found)
    seen = Counter(kinds[:3000])

    def guess(found: set[str]) -> str:
        return max(
            KINDS,
            key=lambda kind: sum(
                math.log((counts[kind][word] + 0.1) / (seen[kind] + 0.2)) for word in found
            ),
        )

    right = [guess(found) == kind for kind, found in zip(kinds[3000:], words[3000:], strict=True)]
    assert np.mean(right) > 0.85


def test_the_topic_is_named_when_it_is_given() -> None:
    said = messages(
        np.random.default_rng(6), ["complaint"] * 500, ["negative"] * 500, ["en"] * 500,
        ["delivery"] * 500,
    )  # fmt: skip
    words = re.compile(
        "deliver|shipping|parcel|courier|driver|postman|order|arrive|turned up", re.I
    )
    assert np.mean([bool(words.search(text)) for text in said]) > 0.9


def test_hostile_texts_are_rare_and_there() -> None:
    said = _some(40_000)
    hostile = [
        text for text in said if re.search(r"<script|<img|=HYPERLINK|\u202e|DROP TABLE", text)
    ]
    assert 8 < len(hostile) < 120


def test_nothing_leads_anywhere_real() -> None:
    rng = np.random.default_rng(8)
    n = 4_000
    said = _some(n) + posts(rng, rng.choice(GOALS, n), rng.choice(FORMATS, n), ["fr"] * n)
    said += copies(rng, said[:20], 500)[0]
    for address in re.findall(r"https?://([\w.-]+)|[\w.]+@([\w-]+\.[\w.]+)", " ".join(said)):
        assert next(filter(None, address)).endswith(("example", "example.com"))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kinds": ["complain"]}, "Did you mean complaint"),
        ({"sentiments": ["sad"]}, "Allowed: negative, neutral, positive"),
        ({"languages": ["de"]}, "Allowed: fr, en"),
        ({"topics": ["delivry"]}, "Did you mean delivery"),
        ({"kinds": ["praise", "praise"]}, "shorter"),
    ],
)
def test_a_wrong_label_is_told_with_the_right_one(change, said) -> None:
    labels = {"kinds": ["praise"], "sentiments": ["positive"], "languages": ["fr"]} | change
    with pytest.raises(ValueError, match=said):
        messages(np.random.default_rng(1), **labels)


def test_posts_call_to_action_when_asked() -> None:
    rng = np.random.default_rng(9)
    n = 400
    goals, formats = ["keep"] * n, ["photo"] * n
    calling = re.compile("comment|#maisonalize|below|👇")
    with_call = posts(rng, goals, formats, ["en"] * n, [True] * n)
    assert all(calling.search(text) for text in with_call)
    without = posts(rng, goals, formats, ["en"] * n, [False] * n)
    assert not any("below 👇" in text or "in the comments" in text for text in without)


def test_answers_of_people_and_of_machines_differ() -> None:
    rng = np.random.default_rng(10)
    kinds = rng.choice(KINDS, 2_000)
    people = answers(rng, kinds, ["fr"] * 2_000)
    machine = answers(rng, kinds, ["fr"] * 2_000, [True] * 2_000)
    assert all(text.startswith("Bonjour") for text in people)
    assert len(set(people)) > 1_000
    robot = re.compile("conseiller|automatique|assistant|Ne répondez pas", re.I)
    assert all(robot.search(text) for text in machine)


@pytest.mark.parametrize("language", LANGUAGES)
def test_press_surveys_and_tickets_vary(language) -> None:
    rng = np.random.default_rng(11)
    n = 1_000
    moods, spoken = rng.choice(SENTIMENTS, n), [language] * n
    titles = headlines(rng, moods, spoken)
    assert len(set(titles)) > 800
    assert np.mean(["Maison Alizé" in title for title in titles]) > 0.8
    bodies = articles(rng, titles, spoken)
    assert all(body.startswith(title) for body, title in zip(bodies, titles, strict=True))
    assert len(set(open_answers(rng, moods, spoken))) > 900
    lines = subjects(rng, rng.choice(["complaint", "question"], n), rng.choice(TOPICS, n), spoken)
    assert len(set(lines)) > 700
    assert not any(MARKS.search(text) for text in titles + bodies + lines)


def test_a_crisis_has_one_topic_and_its_copies_know_their_original() -> None:
    rng = np.random.default_rng(12)
    said, kinds, sentiments = crisis(rng, "recall", ["fr", "en"] * 150)
    assert sentiments.count("negative") / 300 > 0.8
    assert Counter(kinds).most_common(1)[0][0] == "complaint"
    about = re.compile("rappel|lot|recall|batch|contamin|malade|ill ", re.I)
    assert np.mean([bool(about.search(text)) for text in said]) > 0.7
    spread, source = copies(rng, said[:5], 200)
    assert all(said[row][:20] in text for row, text in zip(source, spread, strict=True))
    with pytest.raises(ValueError, match="Did you mean recall"):
        crisis(rng, "recal", ["fr"])


def test_a_grammar_is_read_once() -> None:
    assert grammar("fr") is grammar("fr")
