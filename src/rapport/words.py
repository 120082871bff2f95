"""Words, numbers, money and dates as each reader writes them, from one catalogue.

The English sentence is the key; `locale/fr.po` and the files beside it
that begin with `fr_` hold the French one. Babel knows how each
language writes numbers, money and dates.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from importlib import resources
from importlib.resources.abc import Traversable
from typing import Any

from babel import Locale, dates, numbers

LANGUAGES = ("en", "fr")

_LOCALES = {"en": "en_GB", "fr": "fr_FR"}
_MONEY = re.compile(r"^[A-Z]{3}$")
_UNITS = {
    # A unit's noun is a message of the catalogue, singular and plural.
    "people": ("{n} person", "{n} people"),
    "accounts": ("{n} account", "{n} accounts"),
    "customers": ("{n} customer", "{n} customers"),
    "orders": ("{n} order", "{n} orders"),
    "purchases": ("{n} purchase", "{n} purchases"),
    "days": ("{n} day", "{n} days"),
    "weeks": ("{n} week", "{n} weeks"),
    "months": ("{n} month", "{n} months"),
    "rows": ("{n} row", "{n} rows"),
    "messages": ("{n} message", "{n} messages"),
    "alarms": ("{n} alarm", "{n} alarms"),
    "minutes": ("{n} minute", "{n} minutes"),
    "hours": ("{n} hour", "{n} hours"),
    "requests": ("{n} request", "{n} requests"),
    "bursts": ("{n} burst", "{n} bursts"),
    "households": ("{n} household", "{n} households"),
    "companies": ("{n} company", "{n} companies"),
    "topics": ("{n} topic", "{n} topics"),
    "questions": ("{n} question", "{n} questions"),
    "counts": ("{n} count", "{n} counts"),
    "posts": ("{n} post", "{n} posts"),
    "platforms": ("{n} platform", "{n} platforms"),
    "questionnaires": ("{n} questionnaire", "{n} questionnaires"),
}


class Words:
    """One language's way of saying things; get it with `Words.of("fr")`."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.locale = Locale.parse(_LOCALES[language])
        self._singles, self._plurals = _catalogue(language)

    @staticmethod
    @cache
    def of(language: str) -> Words:
        """Return the words of a language, "en" or "fr"; raises KeyError for another."""
        return Words(language)

    def __call__(self, message: str, /, **values: Any) -> str:
        r"""Return a message of the catalogue with its values filled in.

        Examples
        --------
        >>> Words.of("en")("What are our customers worth?")
        'What are our customers worth?'
        >>> Words.of("fr")("What are our customers worth?")
        'Que valent nos clients\u202f?'
        """
        said = self._singles.get(message, message)
        return said.format(**values) if values else said

    def many(self, one: str, other: str, n: float, /, **values: Any) -> str:
        """Return the singular or plural message for `n`; `{n}` in it is the number as written.

        Examples
        --------
        >>> Words.of("fr").many("{n} order", "{n} orders", 1234)
        '1\u202f234 commandes'
        """
        singular, plural = self._plurals.get((one, other), (one, other))
        single = self.locale.plural_form(abs(n)) == "one"
        return (singular if single else plural).format(
            **{"n": self.number(n, 0 if float(n).is_integer() else 1), **values}
        )

    def number(self, value: float | Decimal, decimals: int = 0) -> str:
        """Return a number with this many decimals, grouped as the language groups."""
        if not math.isfinite(value):
            return "–"
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        text: str = numbers.format_decimal(_tidy(value, decimals), pattern, locale=self.locale)
        return _minus(text)

    def percent(self, value: float, decimals: int = 0) -> str:
        """Return a share as a percentage: 0.304 with no decimals is "30%" or "30 %"."""
        if not math.isfinite(value):
            return "–"
        pattern = "#,##0" + ("." + "0" * decimals if decimals else "")
        sign = "\u202f%" if self.language == "fr" else "%"
        shown = _tidy(value * 100, decimals)
        text: str = numbers.format_decimal(shown, pattern, locale=self.locale)
        return _minus(text) + sign

    def money(self, value: float | Decimal, currency: str, decimals: int | None = None) -> str:
        """Return an amount with its currency sign; without `decimals`, as many as it deserves."""
        if not math.isfinite(value):
            return "–"
        places = _money_decimals(float(value)) if decimals is None else decimals
        pattern = self.locale.currency_formats["standard"].pattern
        pattern = re.sub(r"0\.00", "0" + ("." + "0" * places if places else ""), pattern)
        text: str = numbers.format_currency(
            _tidy(value, places), currency, pattern, locale=self.locale, currency_digits=False
        )
        return _minus(re.sub(r"(?<=[A-Za-z])(?=\d)", "\xa0", text))

    def date(self, day: dt.date, style: str = "long") -> str:
        """Return a day as the language writes it; `style` is short, medium, long or full."""
        text: str = dates.format_date(day, style, locale=self.locale)
        if self.language == "fr" and day.day == 1:
            return re.sub(r"\b1 ", "1er ", text, count=1)
        return text

    def month(self, day: dt.date) -> str:
        """Return a month and its year: "Mar 2011", "mars 2011"."""
        text: str = dates.format_date(day, "MMM y", locale=self.locale)
        return text

    def quantity(self, value: float, unit: str, decimals: int | None = None) -> str:
        """Return a value with its unit.

        Examples
        --------
        >>> Words.of("en").quantity(0.304, "share"), Words.of("en").quantity(12.5, "EUR")
        ('30%', '€12.50')
        """
        if unit == "share":
            return self.percent(value, decimals or 0)
        head, _, per = unit.partition(" per ")
        if _MONEY.match(head):
            text = self.money(value, head, decimals)
        elif head in _UNITS and not per:
            text = self._counted(value, head, decimals)
        else:
            text = self.number(value, _decimals(value) if decimals is None else decimals)
        return text

    def _counted(self, value: float, unit: str, decimals: int | None) -> str:
        places = (0 if float(value).is_integer() else 1) if decimals is None else decimals
        singular, plural = self._plurals.get(_UNITS[unit], _UNITS[unit])
        shown = round(value, places)
        single = self.locale.plural_form(abs(shown)) == "one"
        return (singular if single else plural).format(n=self.number(value, places))

    def estimate(self, value: float, low: float, high: float, unit: str) -> str:
        """Return a value and its range, rounded to what the range can carry.

        Examples
        --------
        >>> Words.of("en").estimate(0.304, 0.251, 0.361, "share")
        '30% (25% to 36%)'
        >>> print(Words.of("en").estimate(1234.4, 1100.2, 1371.9, "EUR"))
        €1,234 (€1,100 to €1,372)
        >>> print(Words.of("en").estimate(22_848_745, 16_513_226, 31_907_734, "EUR"))
        €22,800,000 (€16,500,000 to €31,900,000)
        """
        if not math.isfinite(value):
            return self("cannot be told")
        if low == high:
            return self.quantity(value, unit)
        scale = 100 if unit == "share" else 1
        width = (high - low) * scale
        places = _decimals(width, digits=2)
        if unit != "share":
            places = min(places, 2)
        coarse = min(0, 2 - math.floor(math.log10(width)))
        shown = [
            self.quantity(round(each, coarse) if coarse else each, unit, places)
            for each in (value, low, high)
        ]
        return self("{value} ({low} to {high})", value=shown[0], low=shown[1], high=shown[2])


def _decimals(value: float, digits: int = 3) -> int:
    """Return how many decimals show about this many significant digits."""
    if value == 0 or not math.isfinite(value):
        return 0
    return min(6, max(0, digits - 1 - math.floor(math.log10(abs(value)))))


def _money_decimals(value: float) -> int:
    return 0 if abs(value) >= 100 else 2


def _tidy(value: float | Decimal, decimals: int) -> Decimal:
    """Round half to even, with no minus sign before a zero."""
    rounded = round(Decimal(str(value)) if isinstance(value, float) else Decimal(value), decimals)
    return abs(rounded) if rounded == 0 else rounded


def _minus(text: str) -> str:
    """Write a minus sign where a locale's data has a hyphen, at which a line would break."""
    return text.replace("-", "−")


Plurals = Mapping[tuple[str, str], tuple[str, str]]


@cache
def _catalogue(language: str) -> tuple[Mapping[str, str], Plurals]:
    if language == "en":
        return {}, {}
    from babel.messages.pofile import read_po

    singles: dict[str, str] = {}
    plurals: dict[tuple[str, str], tuple[str, str]] = {}
    for path in catalogues(language):
        with path.open("rb") as file:
            for message in read_po(file, locale=language):
                if isinstance(message.id, tuple):
                    one, other = (_spaced(text) for text in message.string)
                    plurals[message.id[0], message.id[1]] = (one, other)
                elif message.id and message.string:
                    singles[message.id] = _spaced(str(message.string))
    return singles, plurals


def catalogues(language: str) -> list[Traversable]:
    """Return the files of a language's catalogue: `fr.po`, and `fr_sources.po` and the like."""
    folder = resources.files("rapport") / "locale"
    parts = [each for each in folder.iterdir() if re.match(rf"{language}(_\w+)?\.po$", each.name)]
    return sorted(parts, key=lambda path: path.name)


def _spaced(french: str) -> str:
    """Put the unbreakable spaces of French typography before and inside double punctuation."""
    narrow = re.sub(r" (?=[?!;])", "\u202f", french)
    return re.sub(r" (?=[:»])|(?<=«) ", "\xa0", narrow)
