"""Sentences built from numbers: rounded to what the range can carry, linked to their definition."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import Any

from babel import numbers
from markupsafe import Markup, escape

from rapport.estimate import Estimate
from rapport.words import Words

_COUNTED = {
    "alarms",
    "counts",
    "platforms",
    "posts",
    "customers",
    "messages",
    "orders",
    "people",
    "purchases",
    "requests",
    "rows",
    "topics",
    "questions",
}
_MILLION, _BILLION = 1e6, 1e9
_SMALL_SHARE = 0.1
_FINEST = -12
_FIXED = "\xa0"


@dataclass(frozen=True, slots=True)
class Prose:
    """One language's sentences, safe to stand in HTML.

    Examples
    --------
    >>> prose = Prose(Words.of("en"))
    >>> prose.say("{brand} and its customers", brand="<b>")
    Markup('&lt;b&gt; and its customers')
    >>> equity = Estimate.normal(1_234_567, 80_000, "EUR", source="x", name="customer_equity")
    >>> prose.told(equity).striptags(), prose.between(equity).striptags()
    ('€1.23 million', '€1.10 million and €1.37 million')
    """

    words: Words

    def say(self, message: str, /, **values: Any) -> Markup:
        """Return a message of the catalogue with its values, all escaped but markup."""
        return _typeset(self.words(message)).format(**values)

    def plain(self, message: str) -> str:
        """Return a message of the catalogue that has no values, not escaped."""
        return _curled(self.words(message))

    def many(self, one: str, other: str, n: float, /, **values: Any) -> Markup:
        """Return the singular or plural message for `n`, all values escaped but markup."""
        kept = {name: f"{{{name}}}" for name in values}
        return _typeset(self.words.many(one, other, n, **kept)).format(**values)

    def told(self, number: Estimate) -> Markup:
        """Return a number as it is said in a sentence, linked to its definition."""
        return linked(number, self.amount(number, number.value))

    def counted(self, number: Estimate) -> Markup:
        """Return a number of people or orders with its noun, linked to its definition."""
        step = _step(number)
        shown = round(number.value / step) * step
        return linked(number, self.words.quantity(shown, number.unit))

    def between(self, number: Estimate) -> Markup | None:
        """Return "low and high" of a number's range; None when it is exact or has no end."""
        if number.low == number.high or not _finite(number):
            return None
        low, high = self.amount(number, number.low), self.amount(number, number.high)
        if low == high:
            return None
        return self.say("{low} and {high}", low=low, high=high)

    def amount(self, number: Estimate, value: float) -> str:
        """Return `value`, the centre or an end of `number`, as long as a sentence bears."""
        step, unit = _step(number), number.unit
        if unit == "share":
            return self.words.percent(value, _share_places(number, step))
        if _is_money(unit):
            return money_said(self.words, value, unit[:3], step, size=abs(number.value))
        rounded = round(value / step) * step
        return self.words.number(rounded, 0 if unit in _COUNTED else _places(step, most=1))

    def cell(self, number: Estimate) -> tuple[str, str]:
        """Return a number and its range as a table shows them; the range of a count is empty."""
        value = self._figure(number, number.value)
        if number.low == number.high or not _finite(number):
            return value, ""
        if number.low < 0:
            ends = (self._figure(number, number.low), self._figure(number, number.high))
            return value, self.words("{low} to {high}", low=ends[0], high=ends[1])
        return value, self._span(number)

    def _span(self, number: Estimate) -> str:
        """Return the range with its unit once: before, as in €1–2, or after, as in 1–2 %."""
        if _named_by_million(number):
            return self._span_of_millions(number)
        step = _step(number)
        scale = 100 if number.unit == "share" else 1
        places = _cents(step) if _is_money(number.unit) else _places(step * scale, most=2)
        bare = [self.words.number(_rounded(end, step) * scale, places) for end in _ends(number)]
        if _is_money(number.unit) and self.words.language == "en":
            return f"{self._figure(number, number.low)} – {bare[1]}"
        return f"{bare[0]} – {self._figure(number, number.high)}"

    def _span_of_millions(self, number: Estimate) -> str:
        low, high = (self.amount(number, end) for end in _ends(number))
        if self.words.language == "en":
            return f"{low.rpartition(_FIXED)[0]} – {re.sub(r'^[^0-9]*', '', high)}"
        return f"{low.partition(_FIXED)[0]} – {high}"

    def _figure(self, number: Estimate, value: float) -> str:
        step, unit = _step(number), number.unit
        if _named_by_million(number):
            return self.amount(number, value)
        shown = _rounded(value, step)
        if unit == "share":
            return self.words.percent(shown, _places(step * 100, most=2))
        if _is_money(unit):
            return self.words.money(shown, unit[:3], _cents(step))
        if unit in _COUNTED:
            return self.words.number(shown, 0)
        return self.words.quantity(shown, unit, _places(step, most=2))


def linked(number: Estimate, text: str) -> Markup:
    """Return a text that leads to the definition of a number."""
    return Markup('<a class="n" href="#def-{}">{}</a>').format(number.name, text)


def money_said(words: Words, value: float, currency: str, step: float, *, size: float) -> str:
    r"""Return an amount as a sentence says it: millions and billions by their name.

    Parameters
    ----------
    step
        What to round to, in the currency.
    size
        The amount that decides between units, millions and billions, so that both ends of a range
        are said alike.

    Examples
    --------
    >>> money_said(Words.of("en"), 1_234_567, "EUR", 10_000, size=1_234_567)
    '€1.23\xa0million'
    >>> money_said(Words.of("fr"), 1_234_567, "EUR", 10_000, size=1_234_567)
    '1,23\xa0M€'
    """
    if size < _MILLION:
        return words.money(_rounded(value, step), currency, _cents(step))
    large = size >= _BILLION
    scale = _BILLION if large else _MILLION
    places = _places(step / scale, most=2)
    if words.language == "en":
        name = words("billion") if large else words("million")
        return f"{words.money(value / scale, currency, places)}\xa0{name}"
    sign = numbers.get_currency_symbol(currency, locale=words.locale)
    gap = "" if len(sign) == 1 else "\xa0"
    return f"{words.number(value / scale, places)}\xa0{'Md' if large else 'M'}{gap}{sign}"


def _step(number: Estimate) -> float:
    """Return what a number is rounded to: two digits of its range, or three of an exact amount."""
    width = number.high - number.low
    size = abs(number.value)
    if width > 0 and math.isfinite(width):
        step = 10.0 ** max(_FINEST, math.floor(math.log10(width)) - 1)
    elif number.unit in _COUNTED or size == 0:
        step = 1.0 if number.unit in _COUNTED else 0.01
    elif number.unit == "share":
        step = 0.01 if size >= 0.01 else 10.0 ** max(_FINEST, math.floor(math.log10(size)) - 1)
    else:
        step = 1.0 if size >= 100 or (size.is_integer() and not _is_money(number.unit)) else 0.01
    if number.unit in _COUNTED:
        return max(1.0, step)
    return max(0.01, step) if _is_money(number.unit) else step


def _share_places(number: Estimate, step: float) -> int:
    """Return the decimals of a percentage in a sentence: none unless it is small, or known well."""
    if number.value >= _SMALL_SHARE and (number.is_exact or number.high - number.low >= 0.01):
        return 0
    return _places(step * 100, most=1 if number.value > 0.01 else 2)


def _rounded(value: float, step: float) -> float:
    return round(value / step) * step


def _cents(step: float) -> int:
    return 2 if step < 1 else 0


def _places(step: float, *, most: int) -> int:
    if step >= 1:
        return 0
    return min(most, max(0, -math.floor(math.log10(step) + 1e-9)))


def _ends(number: Estimate) -> tuple[float, float]:
    return number.low, number.high


def _finite(number: Estimate) -> bool:
    return math.isfinite(number.low) and math.isfinite(number.high)


def _named_by_million(number: Estimate) -> bool:
    return _is_money(number.unit) and not number.is_exact and abs(number.value) >= _MILLION


def _is_money(unit: str) -> bool:
    return unit[:3].isupper() and len(unit[:3]) == 3 and unit[3:4] in {"", " "}


def _typeset(message: str) -> Markup:
    return escape(_curled(message))


def _curled(message: str) -> str:
    return message.replace("'", "’")
