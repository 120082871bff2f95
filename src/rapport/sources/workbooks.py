"""Opens XLSX, XLS and ODS workbooks: which sheets have rows, and the rows of one."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from rapport.sources.opening import file_name, refuse

if TYPE_CHECKING:
    from python_calamine import CalamineWorkbook


def filled_sheets(path: Path) -> list[str]:
    """Return the sheets of a workbook that have rows, in its order; raises Problem."""
    with _workbook(path) as book:
        names = book.sheet_names
        return [name for name in names if book.get_sheet_by_name(name).end is not None]


def sheet_rows(path: Path, wanted: str = "") -> tuple[str, list[str], Iterator[Sequence[object]]]:
    """Return the name of the sheet that holds a table, all sheets with rows, and its rows.

    `wanted` is the sheet that is meant; when empty, it is the one with the most rows.
    """
    with _workbook(path) as book:
        sheets = {name: book.get_sheet_by_name(name) for name in book.sheet_names}
        filled = [name for name, sheet in sheets.items() if sheet.end is not None]
        if not filled:
            raise refuse(file_name(path), "The workbook has no rows.")
        name = wanted or max(filled, key=lambda sheet: sheets[sheet].total_height)
        rows = sheets[name].to_python(skip_empty_area=False)
    return name, filled, iter(rows)


@contextmanager
def _workbook(path: Path) -> Iterator[CalamineWorkbook]:
    import python_calamine as calamine

    try:
        yield calamine.load_workbook(str(path))
    except calamine.PasswordError as error:
        hint = "Save it without a password."
        raise refuse(file_name(path), "The workbook asks for a password.", hint) from error
    except (calamine.CalamineError, OSError) as error:
        hint = "Open it and save it again as XLSX or CSV."
        raise refuse(file_name(path), f"The workbook could not be read: {error}.", hint) from error
