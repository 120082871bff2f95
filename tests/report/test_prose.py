"""How a number is said: rounded to its range, in each language's own way."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.estimate import Estimate, Grade
from rapport.report.prose import Prose
from rapport.words import Words

EN, FR = Prose(Words.of("en")), Prose(Words.of("fr"))


def estimate(value: float, low: float, high: float, unit: str) -> Estimate:
    return Estimate(value, unit, Grade.MODEL, low, high, name="x")


@pytest.mark.parametrize(
    ("number", "english", "french"),
    [
        (estimate(1_234_567, 1_100_000, 1_370_000, "EUR"), "€1.23 million", "1,23 M€"),
        (estimate(12_345_678, 9e6, 15e6, "EUR"), "€12.3 million", "12,3 M€"),
        (estimate(2.3456e9, 2.0e9, 2.6e9, "EUR"), "€2.35 billion", "2,35 Md€"),
        (estimate(1_234_567, 1.1e6, 1.37e6, "CHF"), "CHF 1.23 million", "1,23 M CHF"),
        (estimate(48_312, 44_000, 52_600, "EUR"), "€48,300", "48 300 €"),
        (estimate(283.4, 251.2, 320.9, "EUR per customer"), "€283", "283 €"),
        (estimate(12.345, 11.1, 13.6, "EUR"), "€12.30", "12,30 €"),
        (estimate(0.304, 0.25, 0.36, "share"), "30%", "30 %"),
        (estimate(0.0123, 0.011, 0.014, "share"), "1.2%", "1,2 %"),
        (estimate(312, 281, 343, "customers"), "312", "312"),
        (estimate(9_120, 8_730, 9_510, "orders"), "9,120", "9 120"),
        (Estimate.exact(8_911_407.9, "EUR"), "€8.91 million", "8,91 M€"),
        (Estimate.exact(480.87, "EUR"), "€481", "481 €"),
        (Estimate.exact(0.0, "EUR"), "€0.00", "0,00 €"),
    ],
)
def test_a_number_is_said_as_its_range_allows(number: Estimate, english: str, french: str) -> None:
    assert _plain(EN.amount(number, number.value)) == english
    assert _plain(FR.amount(number, number.value)) == french


TABLED = [
    (estimate(1247.2, 1130.4, 1364, "EUR"), "€1,250 | €1,130 – 1,360", "1 250 € | 1 130 – 1 360 €"),
    (
        estimate(5_452_758, 4.94e6, 5.96e6, "EUR"),
        "€5.5 million | €4.9 – 6.0 million",
        "5,5 M€ | 4,9 – 6,0 M€",
    ),
    (
        estimate(11_300_000, 10_700_000, 11_800_000, "USD"),
        "US$11.3 million | US$10.7 – 11.8 million",
        "11,3 M $US | 10,7 – 11,8 M $US",
    ),
    (
        estimate(1_234_567, 1_100_000, 1_370_000, "CHF"),
        "CHF 1.23 million | CHF 1.10 – 1.37 million",
        "1,23 M CHF | 1,10 – 1,37 M CHF",
    ),
    (estimate(49.9, 45.2, 54.63, "EUR"), "€49.90 | €45.20 – 54.60", "49,90 € | 45,20 – 54,60 €"),
    (estimate(0.627, 0.604, 0.65, "share"), "62.7% | 60.4 – 65.0%", "62,7 % | 60,4 – 65,0 %"),
    (
        estimate(34.2, 32.7, 35.7, "days"),
        "34.2 days | 32.7 – 35.7 days",
        "34,2 jours | 32,7 – 35,7 jours",
    ),
    (Estimate.exact(3.0, "days"), "3 days | ", "3 jours | "),
    (estimate(5, -20, 30, "EUR"), "€5 | −€20 to €30", "5 € | de −20 € à 30 €"),
    (Estimate.exact(18_532, "orders"), "18,532 | ", "18 532 | "),
    (Estimate.exact(8_911_407.9, "EUR"), "€8,911,408 | ", "8 911 408 € | "),
]


@pytest.mark.parametrize(("number", "english", "french"), TABLED)
def test_a_table_shows_the_unit_once(number: Estimate, english: str, french: str) -> None:
    assert _plain(" | ".join(EN.cell(number))) == english
    assert _plain(" | ".join(FR.cell(number))) == french


def test_a_range_of_nothing_is_not_said() -> None:
    assert EN.between(Estimate.exact(3, "orders")) is None
    assert EN.between(estimate(3, 1, float("inf"), "EUR")) is None


amounts = st.floats(-1e15, 1e15, allow_nan=False)
UNITS = ("EUR", "EUR per order", "share", "customers", "days", "number")


@settings(deadline=None)
@given(amounts, st.floats(0, 1e15), st.floats(0, 1e15), st.sampled_from(UNITS))
def test_whatever_the_number_it_can_be_said(
    value: float, below: float, above: float, unit: str
) -> None:
    number = estimate(value, value - below, value + above, unit)
    for prose in (EN, FR):
        said = " ".join([str(prose.told(number)), str(prose.between(number)), *prose.cell(number)])
        assert not re.search(r"nan|inf|e[+-]\d", said)


@settings(deadline=None)
@given(st.text(), st.text())
def test_values_are_escaped(brand: str, other: str) -> None:
    said = EN.say("{brand} and {other}", brand=brand, other=other)
    assert "<" not in said
    assert '"' not in said
    assert said.unescape() == f"{brand} and {other}"


def _plain(text: str) -> str:
    return re.sub(r"[\xa0\u202f]", " ", text)
