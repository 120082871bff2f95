"""How a file writes its dates: decided for the whole file, from all of its rows."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Literal

from rapport.sources.date_text import MONTHS

Order = Literal["iso", "day-first", "month-first", "year-first", "compact", "excel"]

_TIME = re.compile(r"^(?P<hour>9{1,2})[:h]99(?P<seconds>:99)?(?P<part>\.9+)?(?P<half> ?[ap]m)?$")
_DAY = re.compile(r"^(9{1,4})([/.\- ]) ?(9{1,2}|mon)\.?,?\2 ?(9{1,4})$")


@dataclass
class DateEvidence:
    """What the date cells of a file have in common, gathered batch by batch."""

    shapes: dict[str, int] = field(default_factory=dict)
    examples: dict[str, tuple[int, str]] = field(default_factory=dict)
    range: dict[str, tuple[str, str]] = field(default_factory=dict)
    only_day_first: tuple[int, str] | None = None
    only_month_first: tuple[int, str] | None = None
    either: dict[str, int] = field(default_factory=dict)

    def add(self, rows: Iterable[tuple[str, str | None, int, int, str, str, str]]) -> None:
        """Add what one batch says (rows of `evidence_sql`)."""
        for shape, day, count, row, example, least, most in rows:
            self.shapes[shape] = self.shapes.get(shape, 0) + count
            if shape not in self.examples or row < self.examples[shape][0]:
                self.examples[shape] = (row, example)
            low, high = self.range.get(shape, (least, most))
            self.range[shape] = (min(low, least), max(high, most))
            if day:
                self._add_day(day, row, example)

    def _add_day(self, day: str, row: int, example: str) -> None:
        first, second = (int(part) for part in re.split(r"[/.\- ]", day)[:2])
        if first > 12 and 1 <= second <= 12 and first <= 31:
            self.only_day_first = min(self.only_day_first or (row, example), (row, example))
        elif second > 12 and 1 <= first <= 12 and second <= 31:
            self.only_month_first = min(self.only_month_first or (row, example), (row, example))
        elif first != second and len(self.either) < 50:
            self.either.setdefault(day, row)


@dataclass(frozen=True, slots=True)
class DateFormat:
    """How dates are read: `order`, the exact formats in the order of their frequency, and why."""

    order: Order
    formats: tuple[str, ...]
    has_time: bool
    has_offset: bool
    why: str = ""


class Undecided(Exception):  # noqa: N818 - a question, not an error
    """The evidence does not decide; carries the sentence and what to write in the mapping."""

    def __init__(self, what: str, hint: str) -> None:
        self.what, self.hint = what, hint
        super().__init__(what)


def decide_dates(
    evidence: DateEvidence, said: Order | None = None, usual: Order | None = None
) -> DateFormat:
    """Decide how the file writes dates.

    `said` is what the mapping says and holds whatever stands there; `usual` is how the system
    writes them, and decides only where the file could be read either way.

    Raises
    ------
    Undecided
        When day and month could be either way round, or some rows are one way and some the other.
    """
    shapes = {
        s: n for s, n in evidence.shapes.items() if _formats(s, "day-first") or s[:3] == "iso"
    }
    numeric = {s: n for s, n in shapes.items() if _is_number(s)}
    offset = any(_has_offset(s) for s in shapes)
    order = said or _order(evidence, shapes, numeric, usual)
    formats: dict[str, int] = {}
    for shape, count in shapes.items():
        for form in _formats(shape, order, evidence.range.get(shape)):
            formats[form] = formats.get(form, 0) + count
    ranked = tuple(sorted(formats, key=lambda form: (-formats[form], form)))
    timed = any(_is_timed(form) for form in ranked) or any(
        re.search(r"\d:\d", example) for _, example in evidence.examples.values()
    )
    return DateFormat(order, ranked, timed, offset, _why(evidence, order, said))


def _order(
    evidence: DateEvidence, shapes: dict[str, int], numeric: dict[str, int], usual: Order | None
) -> Order:
    dayed = {s: n for s, n in shapes.items() if _needs_order(s)}
    if dayed:
        return _day_or_month(evidence, usual)
    if any(s.startswith("iso") for s in shapes):
        return "iso"
    if any(re.match(r"9{4}[/.\- ]", s) for s in shapes):
        return "year-first"
    if numeric:
        common = max(numeric, key=lambda s: numeric[s])
        return "excel" if len(common.split(".")[0]) == 5 else "compact"
    return "day-first"


def _day_or_month(evidence: DateEvidence, usual: Order | None = None) -> Order:
    day, month = evidence.only_day_first, evidence.only_month_first
    if day and month:
        what = (
            f"Dates are written in two ways: row {day[0]:,} has '{day[1]}', which can only be day "
            f"first, row {month[0]:,} has '{month[1]}', which can only be month first."
        )
        raise Undecided(
            what,
            'Write dates = "day-first" or dates = "month-first" in the mapping: rows that do not '
            "fit are then set aside.",
        )
    if day:
        return "day-first"
    if month:
        return "month-first"
    if usual or not evidence.either:
        return usual or "day-first"
    examples = sorted(evidence.either, key=lambda text: evidence.either[text])[:2]
    meanings = "; ".join(_two_readings(text) for text in examples)
    raise Undecided(
        f"Nothing in the file says whether the day or the month comes first: {meanings}.",
        'Write dates = "day-first" or dates = "month-first" in the mapping.',
    )


def _two_readings(text: str) -> str:
    first, second, year = (int(part) for part in re.split(r"[/.\- ]", text))
    year += 0 if year > 99 else (2000 if year < 69 else 1900)
    day_first, month_first = dt.date(year, second, first), dt.date(year, first, second)
    return (
        f"'{text}' would be {_spoken(day_first)} day first and {_spoken(month_first)} month first"
    )


def _spoken(day: dt.date) -> str:
    return f"{day.day} {MONTHS[day.month][0].title()} {day.year}"


def _why(evidence: DateEvidence, order: Order, said: Order | None) -> str:
    if said:
        return f"Dates are {order}, as the mapping says."
    if order == "day-first" and evidence.only_day_first:
        row, example = evidence.only_day_first
        return f"Dates are day first: row {row:,} has '{example}'."
    if order == "month-first" and evidence.only_month_first:
        row, example = evidence.only_month_first
        return f"Dates are month first: row {row:,} has '{example}'."
    return ""


def _is_number(shape: str) -> bool:
    return bool(re.fullmatch(r"9+(\.9+)?", shape))


def _needs_order(shape: str) -> bool:
    found = _split(shape)
    parts = _DAY.match(found[0]) if found else None
    return bool(parts and "mon" not in parts[0] and len(parts[1]) <= 2)


def _has_offset(shape: str) -> bool:
    return shape == "iso+" or bool(re.search(r"9:99.*( ?(z|utc|gmt|[+-]99:?99|[+-]99))$", shape))


def _is_timed(form: str) -> bool:
    return "%H" in form or "%I" in form or form.startswith("epoch")


def _split(shape: str) -> tuple[str, str, str] | None:
    """Part a shape into its day, what stands between, and its time of day."""
    if _has_offset(shape):
        shape = re.sub(r" ?(z|utc|gmt|[+-]99:?99|[+-]99)$", "", shape)
    for found in re.finditer(r"(,? at |,? à |,? a |, | |t)(?=9{1,2}[:h]99)", shape):
        return shape[: found.start()], found[0], shape[found.end() :]
    return shape, "", ""


@cache
def _formats(shape: str, order: Order, reach: tuple[str, str] | None = None) -> tuple[str, ...]:
    """Return the strptime formats of one shape; none when it is not a date."""
    if shape.startswith("iso"):
        return ()
    if _is_number(shape):
        return _number_format(shape, reach)
    split = _split(shape)
    if split is None:
        return ()
    day, between, time = split
    day_form = _day_format(day, order)
    if day_form is None:
        return ()
    if not time:
        return (day_form,)
    found = _TIME.match(time)
    if found is None:
        return ()
    sign = "h" if "h" in time else ":"
    clock = ("%I" if found["half"] else "%H") + f"{sign}%M"
    clock += ":%S" if found["seconds"] else ""
    clock += ".%f" if found["part"] else ""
    clock += (" %p" if found["half"].startswith(" ") else "%p") if found["half"] else ""
    return (f"{day_form}{between}{clock}",)


def _day_format(day: str, order: Order) -> str | None:
    if order == "compact" and day == "99999999":
        return "%Y%m%d"
    named = re.match(r"^(mon|9{1,2})([ \-/.,]+)(mon|9{1,2})([ \-/.,]+)(9{4}|99)$", day)
    if named and (named[1] == "mon") != (named[3] == "mon"):
        first, second = ("m%m", "%d") if named[1] == "mon" else ("%d", "m%m")
        year = "%Y" if len(named[5]) == 4 else "%y"
        return f"{first}{named[2]}{second}{named[4]}{year}"
    found = _DAY.match(day)
    if not found or "mon" in day:
        return None
    parts = (len(found[1]), len(found[3]), len(found[4]))
    sign = day[len(found[1]) : day.index("9", len(found[1]))]
    if parts[0] == 4 and parts[2] <= 2:
        return f"%Y{sign}%m{sign}%d"
    if parts[0] > 2 or parts[2] not in (2, 4):
        return None
    year = "%Y" if parts[2] == 4 else "%y"
    if order == "year-first" and parts[2] == 2:
        return f"%y{sign}%m{sign}%d"
    return f"%m{sign}%d{sign}{year}" if order == "month-first" else f"%d{sign}%m{sign}{year}"


def _number_format(shape: str, reach: tuple[str, str] | None) -> tuple[str, ...]:
    whole = shape.split(".", maxsplit=1)[0]
    low = reach[0] if reach else ""
    if len(whole) == 8 and shape == whole:
        return ("%Y%m%d",) if not low or "1900" <= low[:4] <= "2199" else ()
    if len(whole) == 14 and shape == whole:
        return ("%Y%m%d%H%M%S",)
    if len(whole) == 5:
        return ("excel",)
    if len(whole) == 10:
        return ("epoch",)
    if len(whole) == 13 and shape == whole:
        return ("epoch_ms",)
    return ()
