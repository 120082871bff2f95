"""Our questionnaire is recognised in whatever tool asked it, and prints ready to paste."""

from __future__ import annotations

import csv
import io
import unicodedata
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from rapport.choices import choice_of, chosen, ticked
from rapport.cli import app
from rapport.questionnaire import (
    BY_CODE,
    CHOICES,
    INTRODUCTION,
    ITEMS,
    as_csv,
    as_html,
    item_of,
    score_of,
)

BRANDS = ("Maison Alizé", "L'Écume & Cie", "7 for all", "B")
FRAMES = (
    "{}",
    "  {} ",
    "3. {}",
    "How much do you agree? - {}",
    "How much do you agree with each of these statements? [{}]",
    "{} (1-5)",
    "{} [1 to 5]",
)


@pytest.mark.parametrize("brand", BRANDS)
@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("frame", FRAMES)
def test_every_item_is_known_by_its_words(brand: str, language: str, frame: str) -> None:
    for item in ITEMS:
        words = item.asked(language, brand)
        assert item_of(frame.format(words)) == item.code
        assert item_of(frame.format(words).upper().replace("’", "'")) == item.code


@pytest.mark.parametrize(
    "question", ["How old are you?", "Timestamp", "Q3", "", "Who keeps promises?", "Date", "Email"]
)
def test_other_questions_are_not_ours(question: str) -> None:
    assert item_of(question) is None


def test_two_items_for_each_feeling_and_three_questions_before() -> None:
    codes = [item.code for item in ITEMS]
    assert codes[:3] == ["satisfaction", "return", "recommend"]
    feelings = [item.facet for item in ITEMS[3:11]]
    assert feelings == [f for f in ("confidence", "integrity", "pride", "passion") for _ in "12"]
    assert all((item.low, item.high) == (1, 5) for item in ITEMS[3:11])
    assert (BY_CODE["recommend"].low, BY_CODE["recommend"].high) == (0, 10)


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_words_of_a_scale_are_its_scores(language: str) -> None:
    for item in ITEMS:
        labels = item.labels[language]
        if len(labels) == 5:
            assert [score_of(item.code, label) for label in labels] == [1, 2, 3, 4, 5]
            assert score_of(item.code, f"4 - {labels[3]}") == 4
    assert score_of("recommend", BY_CODE["recommend"].labels[language][1]) == 10


@pytest.mark.parametrize("answer", ["6", "0", "-1", "3.5", "yes", "", "55"])
def test_an_answer_off_the_scale_is_no_score(answer: str) -> None:
    assert score_of("pride_1", answer) is None


@given(st.sampled_from([item.code for item in ITEMS]), st.text(max_size=20))
def test_a_score_is_always_on_its_scale(code: str, answer: str) -> None:
    score = score_of(code, answer)
    assert score is None or BY_CODE[code].low <= score <= BY_CODE[code].high


@given(st.text(max_size=60))
def test_any_question_is_an_item_or_none(question: str) -> None:
    assert item_of(question) in {None, *BY_CODE}


def test_it_prints_in_both_languages_and_three_forms() -> None:
    run = CliRunner().invoke
    text = run(app, ["questionnaire", "-l", "en", "--brand", "Maison Alizé"]).output
    assert "Maison Alizé keeps its promises.\n1 - Strongly disagree" in text
    assert INTRODUCTION["en"] in text
    french = run(app, ["questionnaire", "-l", "fr", "--csv", "--brand", "Alizé"]).output
    rows = list(csv.DictReader(io.StringIO(french)))
    assert [row["code"] for row in rows] == [item.code for item in ITEMS]
    assert [item_of(row["question"]) for row in rows] == [item.code for item in ITEMS]
    page = run(app, ["questionnaire", "-l", "en", "--html"]).output
    assert page.count('type="radio"') == 5 * 10 + 11
    assert page.count('type="checkbox"') == 8


@pytest.mark.parametrize(
    ("language", "lines"),
    [
        (
            "en",
            "What do you come to Alizé for? (choose all that apply)\n"
            "[ ] Help and advice\n[ ] News and information\n[ ] Being among people like me\n"
            "[ ] Saving money\n[ ] Showing who I am and what I like\n"
            "[ ] Having my say and being heard\n[ ] Doing some good for people or the planet\n"
            "[ ] None of these\n",
        ),
        (
            "fr",
            "Que venez-vous chercher chez Alizé ? (plusieurs réponses possibles)\n"
            "[ ] De l’aide et des conseils\n[ ] Des nouvelles et des informations\n"
            "[ ] La compagnie de gens comme moi\n[ ] Des économies\n"
            "[ ] Une façon de montrer qui je suis et ce que j’aime\n"
            "[ ] Une écoute quand j’ai quelque chose à dire\n"
            "[ ] Une façon d’agir pour une bonne cause\n[ ] Rien de tout cela\n",
        ),
    ],
)
def test_the_motives_are_asked_in_these_words(language: str, lines: str) -> None:
    said = CliRunner().invoke(app, ["questionnaire", "-l", language, "--brand", "Alizé"]).output
    assert lines in said
    item = BY_CODE["motives"]
    assert len(item.labels[language]) == len(CHOICES)
    assert not any(sign in label for label in item.labels[language] for sign in ",;|\n")
    (row,) = (r for r in csv.DictReader(io.StringIO(as_csv(language))) if r["code"] == "motives")
    told = row["answers" if language == "en" else "réponses"]
    assert chosen(told) == (frozenset(CHOICES) - {"motive_none"}, "")


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize(
    "frame",
    [
        "{label}",
        "{asked} - {label}",
        "{asked} - Selected Choice - {label}",
        "{asked} [{label}]",
        "{bare}: {label}",
        "{code}",
    ],
)
def test_a_column_of_one_choice_is_known(language: str, frame: str) -> None:
    asked = BY_CODE["motives"].asked(language, "L'Écume & Cie")
    bare = asked.split(" (")[0]
    assert item_of(asked) == item_of(bare) == item_of(f"7. {bare}") == "motives"
    for code, label in zip(CHOICES, BY_CODE["motives"].labels[language], strict=True):
        column = frame.format(label=label, asked=asked, bare=bare, code=code)
        assert choice_of(column) == choice_of(column.upper()) == code
        lost = unicodedata.normalize("NFKD", column).encode("ascii", "ignore").decode()
        if "’" not in column:  # without its apostrophe a word is another
            assert choice_of(lost) == code


@pytest.mark.parametrize(
    "column", ["Help", "News", "What do you come to Lyon for each year?", "Savings", "motive_x", ""]
)
def test_a_column_of_something_else_is_no_choice(column: str) -> None:
    assert choice_of(column) is None
    assert item_of(column) is None


@given(st.lists(st.sampled_from(CHOICES[:-1]), min_size=1, unique=True), st.sampled_from(";,|\n"))
def test_a_cell_tells_all_that_was_chosen_in_any_order(codes: list[str], sign: str) -> None:
    for language in ("en", "fr"):
        labels = dict(zip(CHOICES, BY_CODE["motives"].labels[language], strict=True))
        found, rest = chosen(f"{sign} ".join(labels[code] for code in codes))
        assert (found, rest) == (frozenset(codes), "")


@given(st.text(max_size=60))
def test_any_cell_is_read_or_kept(cell: str) -> None:
    codes, _ = chosen(cell)
    assert codes <= set(CHOICES)
    assert all(ticked(code, cell) in {True, False, None} for code in CHOICES)


def test_a_brand_cannot_break_the_page_or_the_table() -> None:
    hostile = '<script>"Ki, oui"\n'
    assert "<script>" not in as_html("en", hostile)
    assert len(list(csv.reader(io.StringIO(as_csv("fr", hostile))))) == len(ITEMS) + 1
    HTMLParser().feed(as_html("fr", hostile))
