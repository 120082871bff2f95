"""What the values of a column look like: dates, numbers, money, things that come back."""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa

_ISO_DATE = re.compile(r"^\d{4}[-/.]\d{1,2}[-/.]\d{1,2}([ T].*)?$")
_DATE = re.compile(
    r"^\d{1,2}[-/. ](\d{1,2}|[a-zà-ÿ]{3,9}\.?)[-/. ,]+\d{2,4}([ ,T].*)?$", re.IGNORECASE
)
_COMPACT = re.compile(r"^(19|20)\d{2}(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])$")
_NUMBER = re.compile(r"^[^\w(]*[-(]?\s*[^\w]*\d[\d.,'\s\u00a0\u202f]*[-)]?[^\w]*$")
_MONEY = re.compile(r"\d[.,]\d{1,2}$")
_CURRENCY = re.compile(r"^[A-Z]{3}$")


@dataclass(frozen=True, slots=True)
class ColumnLook:
    """What the values of a column look like in the sample: shares between 0 and 1."""

    name: str
    date: float
    number: float
    money: float
    currency: float
    distinct: float
    filled: float
    whole: bool


def look(sample: pa.Table, name: str) -> ColumnLook:
    """Return what the values of a column look like."""
    cells = [cell.strip() for cell in sample.column(name).to_pylist()]
    filled = [cell for cell in cells if cell]
    count = max(len(filled), 1)

    def share(pattern: re.Pattern[str]) -> float:
        return sum(bool(pattern.match(cell)) for cell in filled) / count

    dates = max(share(_ISO_DATE), share(_DATE), share(_COMPACT))
    return ColumnLook(
        name,
        date=dates,
        number=share(_NUMBER),
        money=sum(bool(_MONEY.search(cell)) for cell in filled) / count,
        currency=share(_CURRENCY),
        distinct=len(set(filled)) / count,
        filled=len(filled) / max(len(cells), 1),
        whole=all(cell.lstrip("-").isdigit() for cell in filled),
    )
