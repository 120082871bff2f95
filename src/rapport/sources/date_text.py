"""Dates in SQL: what a column says about how it is written, and the times that its cells hold."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapport.sources.sql import Step, filled_steps, literal, staged

if TYPE_CHECKING:
    from rapport.sources.dates import DateFormat

MONTHS = {
    1: ("january", "janvier", "jan", "janv", "januar", "januari", "enero", "ene"),
    2: (
        *("february", "fevrier", "février", "feb", "fev", "fév", "févr", "fevr"),
        *("februar", "februari", "febrero"),
    ),
    3: ("march", "mars", "mar", "märz", "maerz", "mär", "mrz", "marzo"),
    4: ("april", "avril", "apr", "avr", "abril", "abr"),
    5: ("may", "mai", "maj", "mayo"),
    6: ("june", "juin", "jun", "juni", "junio"),
    7: ("july", "juillet", "jul", "juil", "juli", "julio"),
    8: ("august", "aout", "août", "aug", "augusti", "agosto", "ago"),
    9: ("september", "septembre", "sep", "sept", "septiembre"),
    10: ("october", "octobre", "oct", "oktober", "okt", "octubre"),
    11: ("november", "novembre", "nov", "noviembre"),
    12: ("december", "decembre", "décembre", "dec", "déc", "dezember", "dez", "diciembre", "dic"),
}
# 'mar' is a Tuesday in French only before a day and its month; else it is March.
_WEEKDAY = (
    r"^(?:(?:(?:mon|tue|wed|thu|fri|sat|sun|lun|mer|jeu|ven|sam|dim)[a-z]*|mardi)\.?,? +(?:le +)?"
    r"|mar\.?,? +(?:le +)?(\d{1,2}(?:er)? +[a-zà-ÿ]))"
)
_OFFSET = r" ?(z|utc|gmt|[+-]\d{2}:?\d{2}|[+-]\d{2})$"
_TIMED_OFFSET = r"\d:\d{2}(:\d{2}([.,]\d+)?)?( ?[ap]m)?" + _OFFSET


def text_steps(column: str) -> list[Step]:
    """Return the steps to `text`: month names as numbers, no weekday, lower case."""
    steps = [
        *filled_steps(column),
        ("small", "lower(filled)"),
        ("named", "regexp_matches(small, '[a-zà-ÿ]{3}')"),
        ("dayless", f"case when named then regexp_replace(small, {literal(_WEEKDAY)}, '\\1') end"),
        ("numbered", "regexp_replace(dayless, '(\\d)(er|st|nd|rd|th)\\b', '\\1')"),
    ]
    numbered = "numbered"
    for number, names in MONTHS.items():
        listed = "|".join(sorted(names, key=len, reverse=True))
        pattern = rf"(^|[^a-zà-ÿ])({listed})\.?($|[^a-zà-ÿ])"
        numbered = f"regexp_replace({numbered}, {literal(pattern)}, '\\1m{number:02d}\\3')"
    return [*steps, ("text", f"case when named then {numbered} else small end")]


def is_iso(text: str) -> str:
    """Return SQL that says whether a text is an ISO date, alone or with a time."""
    return rf"regexp_matches({text}, '^\d{{4}}-\d\d?-\d\d?($|[ tT]\d)')"


_PLAIN_ISO = r"\d{4}-\d\d-\d\d([ T]\d\d:\d\d(:\d\d(\.\d+)?)?)?"


def plain_iso_sql(column: str) -> str:
    """Return the query that counts the cells of `batch` that are not plain ISO dates."""
    return f"""
        with cells as materialized (
            select {column} as cell, source_row,
                regexp_full_match({column}, {literal(_PLAIN_ISO)}) as plain
            from batch where {column} <> '')
        select count(*) filter (plain), count(*) filter (not plain), min(cell), max(cell),
            min(source_row)
        from cells"""  # noqa: S608 - the column is quoted


def evidence_sql(column: str) -> str:
    """Return the query that gathers what a column of `batch` says about its dates.

    One row for each shape (digits as 9) and, where day and month are numbers, each day.
    """
    return f"""
        with cells as materialized (
            select {column} as cell, count(*) as n, min(source_row) as source_row
            from batch group by all),
        texts as materialized (
            select text as v, n, source_row from {staged("cells", text_steps("cell"))}),
        shaped as materialized (
            select v, n, source_row,
                case when {is_iso("v")}
                    then 'iso' || case when regexp_matches(v, {literal(_TIMED_OFFSET)})
                        then '+' else '' end
                    else replace(translate(left(v, 40), '012345678', '999999999'),
                        'm99', 'mon') end as shape
            from texts where v is not null)
        select shape,
            case when regexp_matches(shape, '^99?[/.\\- ]99?[/.\\- ]')
                then regexp_extract(v, '^\\d+[/.\\- ]\\d+[/.\\- ]\\d+') end as day,
            sum(n)::bigint as rows, min(source_row) as first_row, arg_min(v, source_row) as example,
            min(v) as least, max(v) as most
        from shaped group by all limit 20000"""  # noqa: S608 - the column is quoted


_QUICK_OFFSET = r"\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d(\.\d+)? ?(Z|[+-]\d\d:?\d\d)"


def quick_time(cell: str, form: DateFormat) -> tuple[str, str]:
    """Return SQL for the time as it stands and its offset, null for all that is not plain.

    The offset is in minutes east of UTC, null where the cell names none.
    """
    none = "cast(null as integer)"
    if form.has_offset:
        plain = f"regexp_full_match({cell}, {literal(_QUICK_OFFSET)})"
        digits = f"replace(right({cell}, 6), ':', '')"
        minutes = (
            f"case when right({cell}, 1) = 'Z' then 0 else "
            f"try_cast(left(right({digits}, 5), 3) as integer) * 60 + "
            f"try_cast(left(right({digits}, 5), 1) || right({digits}, 2) as integer) end"
        )
        time = f"case when {plain} then try_cast(left({cell}, 19) as timestamp) end"
        return time, f"case when {plain} then {minutes} end"
    names = [name for name in form.formats if "m%m" not in name and "epoch" not in name]
    iso = f"case when {cell}[5] = '-' then try_cast({cell} as timestamp) end"
    tries = [_attempt(cell, name, form) for name in names] or [iso]
    return f"coalesce({', '.join(tries)})", none


def careful_time(cell: str, form: DateFormat) -> tuple[list[Step], str, str]:
    """Return steps, then SQL for the time that a cell holds, null when none, and its offset."""
    bare = f"regexp_replace(text, {literal(_OFFSET)}, '')"
    steps = [
        *text_steps(cell),
        ("timed", f"coalesce(regexp_matches(text, {literal(_TIMED_OFFSET)}), false)"),
        ("clock", f"case when timed then {bare} else text end" if form.has_offset else "text"),
    ]
    iso = f"case when {is_iso('clock')} then try_cast(replace(clock, 't', ' ') as timestamp) end"
    tries = [iso, *(_attempt("clock", name, form) for name in form.formats)]
    return steps, f"coalesce({', '.join(tries)})", _offset(form)


def _offset(form: DateFormat) -> str:
    offset = "cast(null as integer)"
    if form.has_offset:
        zone = f"regexp_extract(text, {literal(_OFFSET)}, 1)"
        digits = f"replace({zone}, ':', '')"
        offset = (
            f"case when not timed then null when left({zone}, 1) in ('z', 'u', 'g') then 0 else "
            f"(case when left({zone}, 1) = '-' then -1 else 1 end) * "
            f"(coalesce(try_cast(substr({digits}, 2, 2) as integer), 0) * 60 "
            f"+ coalesce(try_cast(substr({digits}, 4, 2) as integer), 0)) end"
        )
    if any(name.startswith("epoch") for name in form.formats):
        number = "regexp_full_match(text, '\\d{10}(\\.\\d+)?|\\d{13}')"
        offset = f"case when {number} then 0 else {offset} end"
    return offset


def _attempt(text: str, name: str, form: DateFormat) -> str:
    number = f"try_cast({text} as double)"
    if name == "excel":
        # Day 0 of Excel is 30 December 1899, since it believes in 29 February 1900.
        seconds = f"cast(round({number} * 86400) as bigint)"
        return (
            f"case when {number} between 20000 and 80000 "
            f"then timestamp '1899-12-30' + to_seconds({seconds}) end"
        )
    if name == "epoch":
        return (
            f"case when regexp_full_match({text}, '\\d{{10}}(\\.\\d+)?') "
            f"then make_timestamp(cast({number} * 1000000 as bigint)) end"
        )
    if name == "epoch_ms":
        return (
            f"case when regexp_full_match({text}, '\\d{{13}}') "
            f"then make_timestamp(cast({number} * 1000 as bigint)) end"
        )
    if name in ("%Y%m%d", "%Y%m%d%H%M%S"):
        width = 8 if name == "%Y%m%d" else 14
        return f"case when length({text}) = {width} then try_strptime({text}, {literal(name)}) end"
    attempt = f"try_strptime({text}, {literal(name)})"
    if "%Y" in name and any("%y" in other for other in form.formats):
        # Without this, '05/02/10' would be read as the year 10.
        return f"case when regexp_matches({text}, '\\d{{4}}') then {attempt} end"
    return attempt
