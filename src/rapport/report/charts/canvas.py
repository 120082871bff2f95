"""How every picture looks, and how it becomes SVG that stands in a page by itself."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from typing import Any, Literal

import altair as alt
import vl_convert
from babel import numbers
from markupsafe import Markup, escape

from rapport.words import Words

INK = "#1c1b19"
QUIET = "#6f6b64"
HAIRLINE = "#dedad2"
FAINT = "#bcb6ab"
PAPER = "#ffffff"
ACCENT = "#2b3f9e"
MIDDLE = "#93a2de"
TINT = "#eef0f9"

WIDE, NARROW = 680, 340
_LONG_AMOUNT = 10_000

# Metrics of Arial are everywhere: what is measured here fits on the reader's screen as well.
FONT = "Helvetica Neue, Helvetica, Arial, Liberation Sans, sans-serif"

_TIME_LOCALES: dict[str, Literal["en-GB", "fr-FR"]] = {"en": "en-GB", "fr": "fr-FR"}

_AXIS: dict[str, Any] = {
    "labelColor": QUIET,
    "labelFont": FONT,
    "labelFontSize": 12,
    "titleColor": QUIET,
    "titleFont": FONT,
    "titleFontSize": 12,
    "titleFontWeight": "normal",
    "domainColor": FAINT,
    "tickColor": FAINT,
    "gridColor": HAIRLINE,
    "gridWidth": 0.75,
    "labelPadding": 6,
    "tickSize": 4,
}

_CONFIG: dict[str, Any] = {
    "background": None,
    "font": FONT,
    "padding": {"left": 2, "right": 2, "top": 6, "bottom": 2},
    "view": {"stroke": None},
    "axis": _AXIS,
    "axisY": {"domain": False, "ticks": False},
    "axisX": {"grid": False},
    "text": {"font": FONT, "fontSize": 12, "color": INK},
}

Draw = Callable[[int], alt.LayerChart]


def svg(chart: alt.LayerChart, key: str, told: str, words: Words, currency: str) -> Markup:
    """Return a chart as SVG that scales with its column and reads as one picture.

    Parameters
    ----------
    key
        Comes before every id in it, so that several pictures can stand in one page.
    told
        What a reader who cannot see it is told.
    """
    drawn = vl_convert.vegalite_to_svg(
        chart.to_dict(),
        config=_CONFIG,
        format_locale=_number_locale(words, currency),
        time_format_locale=_TIME_LOCALES[words.language],
    )
    plain = re.sub(r' (?:aria-[a-z]+|role|class|pointer-events)="[^"]*"', "", drawn)
    apart = re.sub(r'(id="|url\(#)', rf"\1{key}-", plain)
    head = re.compile(r'<svg [^>]*?width="[\d.]+" height="[\d.]+" (viewBox="[^"]*")>')
    opening = f'<svg xmlns="http://www.w3.org/2000/svg" \\1 role="img" aria-label="{key}-told">'
    opened = head.sub(opening, apart, count=1)
    return Markup(opened.replace(f"{key}-told", str(escape(told)), 1))  # noqa: S704 - vega escapes


def layered(layers: Sequence[alt.Chart], width: int, height: int) -> alt.LayerChart:
    """Return layers as one chart that takes `width` by `height` pixels, axes included."""
    fit = alt.AutoSizeParams(type="fit", contains="padding")
    apart = alt.Resolve(scale=alt.ScaleResolveMap(color="independent"))
    return alt.LayerChart(
        layer=list(layers), width=width, height=height, autosize=fit, resolve=apart
    )


def data(rows: list[dict[str, Any]]) -> alt.InlineData:
    """Return rows as data of a chart, days as ISO text."""
    plain = [
        {k: v.isoformat() if hasattr(v, "isoformat") else v for k, v in r.items()} for r in rows
    ]
    return alt.InlineData(values=plain)


def money_axis(words: Words, top: float, **more: Any) -> alt.Axis:
    """Return an axis of amounts up to `top`; from 10,000 on in short: €200k, 200 k€."""
    short = f"format(datum.value, '{'$~s' if top >= _LONG_AMOUNT else '$,~f'}')"
    spaced = f"replace({short}, regexp('([kMG]?[^0-9., \u202f]+)$'), '\u202f$1')"
    label = short if words.language == "en" else spaced
    return alt.Axis(labelExpr=label, title=None, tickCount=5, **more)


def _number_locale(words: Words, currency: str) -> dict[str, Any]:
    sign = numbers.get_currency_symbol(currency, locale=words.locale)
    french = words.language == "fr"
    return {
        "decimal": "," if french else ".",
        "thousands": "\u202f" if french else ",",
        "grouping": [3],
        "currency": ["", sign] if french else [sign, ""],
        "percent": "\u202f%" if french else "%",
        "minus": "\u2212",
    }
