"""Numbers, money, dates and plurals as each reader writes them."""

from __future__ import annotations

import datetime as dt
import math

import pytest

from rapport.words import Words

EN, FR = Words.of("en"), Words.of("fr")


@pytest.mark.parametrize(
    ("words", "value", "decimals", "expected"),
    [
        (EN, 1234567.891, 0, "1,234,568"),
        (FR, 1234567.891, 1, "1\u202f234\u202f567,9"),
        (EN, -0.2, 0, "0"),
        (EN, -1234.5, 1, "−1,234.5"),
        (EN, math.nan, 0, "–"),
    ],
)
def test_numbers(words, value, decimals, expected) -> None:
    assert words.number(value, decimals) == expected


@pytest.mark.parametrize(
    ("words", "value", "currency", "expected"),
    [
        (EN, 12.5, "EUR", "€12.50"),
        (FR, 12.5, "EUR", "12,50\xa0€"),
        (EN, -1234.4, "GBP", "−£1,234"),
        (FR, 1234.4, "GBP", "1\u202f234\xa0£GB"),
        (EN, 99.999, "USD", "US$100.00"),
    ],
)
def test_money(words, value, currency, expected) -> None:
    assert words.money(value, currency) == expected


def test_percentages_and_dates() -> None:
    assert EN.percent(0.304) == "30%"
    assert FR.percent(0.3049, 1) == "30,5\u202f%"
    assert EN.date(dt.date(2011, 12, 9)) == "9 December 2011"
    assert FR.date(dt.date(2011, 12, 9)) == "9 décembre 2011"
    assert FR.month(dt.date(2011, 8, 1)) == "août 2011"


@pytest.mark.parametrize(
    ("words", "n", "expected"),
    [
        (EN, 0, "0 orders"),
        (EN, 1, "1 order"),
        (FR, 0, "0 commande"),
        (FR, 1, "1 commande"),
        (FR, 2, "2 commandes"),
    ],
)
def test_plurals_follow_the_language(words, n, expected) -> None:
    assert words.many("{n} order", "{n} orders", n) == expected


def test_french_spaces_before_double_punctuation_do_not_break() -> None:
    said = FR("What are our customers worth?")
    assert said.endswith("\u202f?")
    assert " ?" not in said


def test_an_unknown_language_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Words.of("de")
