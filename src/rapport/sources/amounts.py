"""How a file writes its numbers: the decimal mark, decided for the whole file from all rows."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from rapport.sources.dates import Undecided
from rapport.sources.sql import Step, filled_steps, literal, staged

Mark = Literal[".", ","]

# Blanks that group digits, apostrophes of Switzerland, and what currencies are written with.
_NOISE = (
    "[\\s\u00a0\u202f\u2009'’]|[€$£¥₹₽₩₺₴₪฿]|"
    "(?i:\\b(?:EUR|USD|GBP|CHF|SEK|NOK|DKK|PLN|CZK|CAD|AUD|JPY|INR|BRL|kr|zł|Kč|R\\$|Fr)\\b\\.?)"
)
_POINT = r"\d+|\d{1,3}(,\d{3})+|\d{1,2}(,\d{2})*,\d{3}"
_COMMA = r"\d+|\d{1,3}(\.\d{3})+|\d{1,2}(\.\d{2})*\.\d{3}"


def text_steps(column: str) -> list[Step]:
    """Return the steps to `text`: no blanks, no currency, and any minus in front."""
    return [
        *filled_steps(column),
        ("quiet", f"replace(regexp_replace(filled, {literal(_NOISE)}, '', 'g'), '\u2212', '-')"),
        ("open", "regexp_replace(quiet, '^\\((.+)\\)$', '-\\1')"),
        ("text", "regexp_replace(open, '^([^-]+)-$', '-\\1')"),
    ]


def plain_sql(column: str) -> str:
    """Return the query that counts the cells of `batch` that are no plain numbers with a point.

    Beside the count stand the first row with a decimal point and that cell.
    """
    return f"""
        with cells as materialized (
            select {column} as cell, source_row, contains({column}, '.') as pointed,
                regexp_full_match({column}, '-?\\d*([.](\\d\\d?|\\d{{4,}}))?') as plain
            from batch)
        select count(*) filter (not plain), min(source_row) filter (pointed),
            arg_min(cell, source_row) filter (pointed)
        from cells"""  # noqa: S608 - the column is quoted


_PLAIN = r"-?\d+[{mark}](\d\d?|\d{{4,}})"


def evidence_sql(column: str) -> str:
    """Return the query that gathers what a column of `batch` says about its decimal mark."""
    point, comma = (literal(_PLAIN.format(mark=mark)) for mark in ".,")
    return f"""
        with cells as materialized (
            select {column} as cell, count(*) as n, min(source_row) as source_row,
                case when regexp_full_match(cell, {point}) then '9.99'
                    when regexp_full_match(cell, {comma}) then '9,99' end as quick
            from batch where contains({column}, ',') or contains({column}, '.') group by all),
        odd as materialized (select cell, n, source_row from cells where quick is null),
        texts as materialized (
            select cell, n, source_row, ltrim(left(text, 40), '-+') as text
            from {staged("odd", text_steps("cell"))}),
        shaped as (
            select cell, n, source_row, quick as shape from cells where quick is not null
            union all
            select cell, n, source_row, case when text[1] = '0' then '0' else '' end ||
                translate(case when text[1] = '0' then text[2:] else text end,
                    '012345678', '999999999')
            from texts where text is not null)
        select shape, sum(n)::bigint, min(source_row), arg_min(cell, source_row)
        from shaped group by all limit 5000"""  # noqa: S608 - the column is quoted


@dataclass
class AmountEvidence:
    """What the number cells of a file say about their decimal mark."""

    point: tuple[int, str] | None = None
    comma: tuple[int, str] | None = None
    unclear: dict[str, tuple[int, str]] = field(default_factory=dict)

    def add(self, rows: Iterable[tuple[str, int, int, str]]) -> None:
        """Add what one batch says (rows of `evidence_sql`)."""
        for shape, _, row, example in rows:
            mark = decimal_of(shape)
            if mark == ".":
                self.point = min(self.point or (row, example), (row, example))
            elif mark == ",":
                self.comma = min(self.comma or (row, example), (row, example))
            elif mark:
                found = self.unclear.get(mark[1], (row, example))
                self.unclear[mark[1]] = min(found, (row, example))


def decimal_of(shape: str) -> str:
    """Return the decimal mark that a shape proves, '?.' or '?,' when it could group, '' for none.

    Examples
    --------
    >>> [decimal_of(s) for s in ("9,999.99", "9.99", "9,9", "9.999.999", "99,999", "0.999", "99")]
    ['.', '.', ',', ',', '?,', '.', '']
    """
    if not re.fullmatch(r"[09.,]+", shape):
        return ""
    marks = [sign for sign in shape if sign in ".,"]
    if not marks:
        return ""
    last = marks[-1]
    if len(set(marks)) == 2:
        return last if marks.count(last) == 1 else ""
    other = "," if last == "." else "."
    if len(marks) > 1:
        return other
    before, after = shape.split(last)
    if len(after) == 3 and 1 <= len(before) <= 3 and not before.startswith("0"):
        return f"?{last}"
    return last


@dataclass(frozen=True, slots=True)
class AmountFormat:
    """The decimal mark of a file, and how it is known."""

    mark: Mark
    why: str = ""


def decide_amounts(
    evidence: AmountEvidence, said: Mark | None = None, usual: Mark | None = None
) -> AmountFormat:
    """Decide the decimal mark.

    `said` is what the mapping says and holds whatever stands there; `usual` is how the system
    writes numbers, and decides only where the file could be read either way.

    Raises
    ------
    Undecided
        When some rows prove a point and others a comma, or when '1.234' could be either.
    """
    if said:
        return AmountFormat(said, f"The decimal mark is '{said}', as the mapping says.")
    point, comma = evidence.point, evidence.comma
    hint = 'Write decimal = "." or decimal = "," in the mapping'
    if point and comma:
        raise Undecided(
            f"Numbers are written in two ways: row {point[0]:,} has '{point[1]}' with a decimal "
            f"point, row {comma[0]:,} has '{comma[1]}' with a decimal comma.",
            f"{hint}: rows that do not fit are then set aside.",
        )
    if comma:
        return AmountFormat(
            ",", f"Numbers have a decimal comma: row {comma[0]:,} has '{comma[1]}'."
        )
    if point or not evidence.unclear:
        return AmountFormat(usual or ".")
    if usual:
        return AmountFormat(usual)
    sign, (row, example) = min(evidence.unclear.items(), key=lambda item: item[1])
    digits = re.sub(r"[^\d]", "", example)
    raise Undecided(
        f"Nothing in the file says whether '{sign}' is the decimal mark: row {row:,} has "
        f"'{example}', which would be {int(digits):,} or {int(digits) / 1000:,.3f}.",
        f"{hint}.",
    )


def mark_of_counts(evidence: AmountEvidence) -> Mark | None:
    """Return the decimal mark that columns of whole numbers prove: not the one that groups them.

    Examples
    --------
    >>> counts = AmountEvidence()
    >>> counts.add([("9,999", 1, 2, "1,234")])
    >>> mark_of_counts(counts)
    '.'
    """
    marks: dict[str, Mark] = {",": ".", ".": ","}
    found = {marks[sign] for sign in evidence.unclear if sign in marks}
    return found.pop() if len(found) == 1 else None


def quick_number(cell: str, form: AmountFormat) -> str:
    """Return SQL for a number written plainly, null for all else."""
    if form.mark == ".":
        return f"try_cast({cell} as decimal(18,6))"
    swapped = f"try_cast(replace({cell}, ',', '.') as decimal(18,6))"
    return f"case when not contains({cell}, '.') then {swapped} end"


def careful_number(form: AmountFormat, kind: str = "decimal(18,6)") -> str:
    """Return SQL for the number that `text` holds (see `text_steps`), null when it holds none."""
    whole, mark, group = (_POINT, r"\.", ",") if form.mark == "." else (_COMMA, ",", ".")
    pattern = rf"^[-+]?(({whole})({mark}\d*)?|{mark}\d+)([eE][-+]?\d+)?$"
    plain = f"replace(text, {literal(group)}, '')"
    if form.mark == ",":
        plain = f"replace({plain}, ',', '.')"
    return (
        f"case when regexp_matches(text, {literal(pattern)}) then try_cast({plain} as {kind}) end"
    )
