"""Commands that decide who is who: linking two accounts, keeping two apart."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from rapport.commands.terminal import Terminal, needs_yes
from rapport.pipeline import looking
from rapport.record.kept import Kept, Verb
from rapport.results import Said
from rapport.steps.linking import Change, Stand, change_of
from rapport.workspace import Workspace

_TITLES = {
    "people": Said("Persons"),
    "customers": Said("Customers"),
    "repeat_customers": Said("Repeat customers"),
}
_ASKED = {
    "link": Said("Take them for one person from now on?"),
    "unlink": Said("Keep them apart from now on?"),
}


def decide(
    terminal: Terminal, workspace: Workspace, verb: Verb, left: str, right: str, *, yes: bool
) -> dict[str, Any]:
    """Show what a decision would change, and keep it once it is agreed to.

    Raises Problem when it cannot hold, or nobody agreed.
    """
    terminal.speak(workspace.settings.languages)
    words = terminal.words
    with looking(workspace) as context, terminal.progress(words("Looking at the links")):
        change = change_of(context, verb, left, right)
    _show(terminal, change, workspace.settings.currency)
    if change.repeats:
        terminal.say(words("That was decided already; nothing was changed."))
        return _told(change, None)
    if change.takes_back is not None:
        terminal.say(
            words(
                "This takes back decision {n} of {day}; the evidence decides again.",
                n=change.takes_back.number,
                day=change.takes_back.decided_on[:10],
            )
        )
    if not terminal.confirm(_ASKED[verb].text(words.language), yes=yes):
        raise needs_yes(words("Nothing was changed."))
    record = context.record
    with record.ledger.locked():
        made = Kept(record.root).decide(verb, change.left, change.right)
    terminal.say(words("Kept. Next: rapport run, and all totals follow."))
    return _told(change, made.number)


def _show(terminal: Terminal, change: Change, currency: str) -> None:
    words = terminal.words
    titles = [words("Person"), words("Accounts"), words("Days with orders"), words("Net revenue")]
    for title, stands in ((words("Before"), change.before), (words("After"), change.after)):
        terminal.say(title, style="bold")
        terminal.table(titles, [_row(terminal, each, currency) for each in stands], right=[2, 3])
    rows = [
        [_TITLES[name].text(words.language), words.number(before), words.number(after)]
        for name, (before, after) in change.totals().items()
    ]
    terminal.table([words("Total"), words("Before"), words("After")], rows, right=[1, 2])


def _row(terminal: Terminal, stand: Stand, currency: str) -> list[str]:
    accounts = ", ".join(f"{source}:{account}" for source, account in stand.accounts[:_SHOWN])
    more = len(stand.accounts) - _SHOWN
    words = terminal.words
    return [
        stand.person_id,
        f"{accounts}, +{more}" if more > 0 else accounts,
        words.number(stand.days),
        words.money(stand.net, currency),
    ]


_SHOWN = 6


def _told(change: Change, number: int | None) -> dict[str, Any]:
    return {
        "decision": number,
        "before": [asdict(each) for each in change.before],
        "after": [asdict(each) for each in change.after],
        "totals": {
            name: {"before": before, "after": after}
            for name, (before, after) in change.totals().items()
        },
        "takes_back": change.takes_back.number if change.takes_back else None,
    }
