"""How much of each result rests on weak links, as `rapport check` tells it."""

from __future__ import annotations

from typing import Any

from deltalake import DeltaTable

from rapport.commands.terminal import Terminal
from rapport.results import Results, Said
from rapport.workspace import Workspace

MEASURES = {
    "accounts": Said("Accounts"),
    "people": Said("Persons"),
    "customers": Said("Customers"),
    "repeat_customers": Said("Repeat customers"),
    "revenue_of_known": Said("Revenue of known customers"),
}


def tell_footing(terminal: Terminal, workspace: Workspace) -> list[dict[str, Any]]:
    """Tell each total with all links and without weak ones; nothing before the first run."""
    results = Results(workspace.results)
    if "footing" not in results.tables or "footing" in results.missing:
        return []
    rows: list[dict[str, Any]] = DeltaTable(results.path("footing")).to_pyarrow_table().to_pylist()
    words = terminal.words
    under = workspace.settings.people.weak_under
    terminal.say(
        words(
            "What rests on links between accounts that are less than {under} likely:",
            under=words.percent(under),
        )
    )
    shown = [
        [
            MEASURES[row["measure"]].text(words.language),
            words.number(row["with_all"]),
            words.number(row["without_weak"]),
            words.percent(row["share"], 1),
        ]
        for row in rows
        if row["measure"] in MEASURES
    ]
    titles = [words("Total"), words("With all links"), words("Without weak links")]
    terminal.table([*titles, words("Rests on weak links")], shown, right=[1, 2, 3])
    return rows
