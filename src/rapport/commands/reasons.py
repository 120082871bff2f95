"""Why rows were set aside, in words; the record counts them by a code."""

from __future__ import annotations

from rapport.results import Said

_MISSING = "missing_"
_SAID = {
    "blank_row": Said("empty row"),
    "currency_invalid": Said("no currency of three capital letters"),
    "date_in_future": Said("date in the future"),
    "date_too_old": Said("date before 1970"),
    "deleted": Said("deleted at the source"),
    "footer": Said("line of copyright"),
    "forgotten_person": Said("forgotten person"),
    "internal_note": Said("note among colleagues"),
    "line_too_long": Said("line too long"),
    "line_without_order": Said("line without its order"),
    "no_account": Said("nobody who could be told"),
    "no_line_item": Said("order without a line"),
    "not_a_date": Said("not a date"),
    "not_a_number": Said("not a number"),
    "not_a_whole_number": Said("not a whole number"),
    "not_as_documented": Said("not as the network documents it"),
    "not_json": Said("not a JSON object"),
    "not_needed": Said("not needed, or nothing to do with the brand"),
    "not_published": Said("draft or deleted post"),
    "not_text": Said("bytes that are not text"),
    "not_yes_or_no": Said("neither yes nor no"),
    "older_version": Said("older version of a row"),
    "order_set_aside": Said("the order's first row was set aside"),
    "quote_not_closed": Said("quotation mark never closed"),
    "repeated_order": Said("order number used before, with other content"),
    "repeated_row": Said("repeated row"),
    "rounded_id": Said("number rounded by a spreadsheet"),
    "test_order": Said("test order"),
    "too_few_columns": Said("too few columns"),
    "too_large": Said("too large for an amount of money"),
    "too_many_columns": Said("too many columns"),
    "total_row": Said("row of totals"),
}


def reason(code: str, language: str) -> str:
    """Return why rows were set aside, in a few words; a code that is not known stays as it is.

    Examples
    --------
    >>> reason("not_a_date", "en"), reason("missing_revenue", "en")
    ('not a date', 'no revenue')
    """
    if code.startswith(_MISSING):
        return Said("no {column}", {"column": code.removeprefix(_MISSING)}).text(language)
    return _SAID[code].text(language) if code in _SAID else code
