"""Making a brand's folder."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from rapport.commands.terminal import Terminal
from rapport.workspace import Workspace


def new(
    terminal: Terminal, name: Path, brand: str | None, currency: str, time_zone: str, language: str
) -> dict[str, Any]:
    """Make a workspace and say what comes next; returns its folder and brand."""
    made = Workspace.create(
        name.absolute(), brand=brand, currency=currency, time_zone=time_zone, language=language
    )
    words = terminal.words
    terminal.say(words("{folder} is ready for {brand}.", folder=name, brand=made.settings.brand))
    terminal.say(words("Next: cd {folder}, then rapport add FILES", folder=name))
    return {"workspace": str(made.root), "brand": made.settings.brand}
