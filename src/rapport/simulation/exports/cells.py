"""Cells as platforms write them: money, times in their zone, grouped numbers."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

Ints = npt.NDArray[np.int64]


def ints(column: pa.Array | pa.ChunkedArray) -> Ints:
    """Return a column of whole numbers, 0 where there is none.

    Examples
    --------
    >>> ints(pa.array([1, None])).tolist()
    [1, 0]
    """
    return np.asarray(pc.fill_null(pc.cast(column, pa.int64()), 0), dtype=np.int64)


def money(cents: pa.Array | pa.ChunkedArray | Ints, decimal: str = ".") -> pa.Array:
    """Return amounts of minor units as text with two decimals.

    Examples
    --------
    >>> money(np.array([1234, -5]), ",").to_pylist()
    ['12,34', '-0,05']
    """
    values = ints(cents) if isinstance(cents, pa.Array | pa.ChunkedArray) else cents
    size = np.abs(values)
    whole = pc.cast(pa.array(size // 100), pa.string())
    part = pc.utf8_lpad(pc.cast(pa.array(size % 100), pa.string()), 2, "0")
    sign = pc.if_else(pa.array(values < 0), "-", "")
    return pc.binary_join_element_wise(sign, whole, decimal, part, "")


def fixed(values: npt.NDArray[np.float64], places: int, decimal: str = ".") -> pa.Array:
    """Return numbers with a fixed number of decimals.

    Examples
    --------
    >>> fixed(np.array([0.0312, 12.0]), 2).to_pylist()
    ['0.03', '12.00']
    """
    scale = 10**places
    scaled = np.rint(values * scale).astype(np.int64)
    size = np.abs(scaled)
    whole = pc.cast(pa.array(size // scale), pa.string())
    part = pc.utf8_lpad(pc.cast(pa.array(size % scale), pa.string()), places, "0")
    sign = pc.if_else(pa.array(scaled < 0), "-", "")
    return pc.binary_join_element_wise(sign, whole, decimal, part, "")


def grouped(values: Ints) -> list[str]:
    """Return whole numbers with commas between thousands.

    Examples
    --------
    >>> grouped(np.array([1234, 7]))
    ['1,234', '7']
    """
    return [f"{value:,}" for value in values.tolist()]


def local(times: pa.Array | pa.ChunkedArray, form: str, zone: str = "UTC") -> pa.Array:
    """Return moments as text in a time zone, null where there is none; %e is a bare day.

    Examples
    --------
    >>> import datetime as dt
    >>> noon = pa.array([dt.datetime(2026, 7, 1, 12, tzinfo=dt.UTC)])
    >>> local(noon, "%d/%m/%Y %H:%M %z", "Europe/Paris").to_pylist()
    ['01/07/2026 14:00 +0200']
    """
    whole = pc.cast(times, pa.timestamp("s", tz="UTC"), safe=False)
    return _written(pc.cast(whole, pa.timestamp("s", tz=zone)), form)


def _written(moments: pa.Array | pa.ChunkedArray, form: str) -> pa.Array:
    text = pc.strftime(moments, form)
    if "%e" in form:  # strftime pads it with a blank
        text = pc.utf8_trim_whitespace(pc.replace_substring(text, "  ", " "))
    return text


def day_text(days: pa.Array | pa.ChunkedArray, form: str = "%Y-%m-%d") -> pa.Array:
    """Return days as text.

    Examples
    --------
    >>> import datetime as dt
    >>> day_text(pa.array([dt.date(2026, 1, 6)]), "%b %e, %Y").to_pylist()
    ['Jan 6, 2026']
    """
    if pa.types.is_timestamp(days.type):
        return local(days, form)
    return _written(pc.cast(days, pa.timestamp("s")), form)


def pick(values: list[str], places: npt.NDArray[np.int64]) -> pa.Array:
    """Return the values at these places, null at places below zero.

    Examples
    --------
    >>> pick(["a", "b"], np.array([1, -1, 0])).to_pylist()
    ['b', None, 'a']
    """
    return pc.take(pa.array(values, pa.string()), pa.array(places, mask=places < 0))
