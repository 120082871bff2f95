"""The command that prints our questionnaire, for people to paste into a survey tool."""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Any

from rapport.commands.terminal import Terminal
from rapport.errors import Problem
from rapport.questionnaire import INSTRUMENT, ITEMS, as_csv, as_html, as_text
from rapport.workspace import Workspace

_FORMS = {"text": as_text, "csv": as_csv, "html": as_html}


def questionnaire(terminal: Terminal, brand: str, form: str) -> dict[str, Any]:
    """Print the questionnaire as text, csv or html, with the brand's name in it.

    Without a name given, it is that of the workspace, where there is one.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(encoding="utf-8")
    language = terminal.words.language
    sys.stdout.write(_FORMS[form](language, brand or _brand()))
    return {"instrument": INSTRUMENT, "items": [item.code for item in ITEMS]}


def _brand() -> str:
    try:
        return Workspace.find(Path.cwd()).settings.brand
    except Problem:
        return ""
