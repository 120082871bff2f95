"""What nobody foresaw, said without a traceback; the traceback is kept for whoever mends it."""

from __future__ import annotations

import tempfile
import traceback
from pathlib import Path

import rapport
from rapport.errors import Fault, Problem
from rapport.record.troubles import disk_words


def refused(error: OSError) -> Problem:
    """Return the problem of a file, a pipe or a screen that the machine refused."""
    what, hint = disk_words(error)
    where = str(error.filename) if error.filename else ""
    return Problem("The command was not finished.", [Fault(what, where, hint)])


def unforeseen(error: Exception) -> Problem:
    """Return the problem of a fault of the program itself, and keep its traceback in a file."""
    lines = "".join(traceback.format_exception(error))
    try:
        with tempfile.NamedTemporaryFile(
            "w", prefix="rapport-", suffix=".txt", delete=False, encoding="utf-8", errors="replace"
        ) as file:
            file.write(f"Rapport {rapport.__version__}\n{lines}")
        hint = f"Please report it with {Path(file.name)}."
    except OSError:
        hint = "Please report it."
    what = f"This is a fault of Rapport ({type(error).__name__}), not of your files."
    return Problem(
        "The command was not finished; what was stored is whole.", [Fault(what, hint=hint)]
    )
