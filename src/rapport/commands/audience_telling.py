"""How an audience is shown before it is written."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from rapport.actions.audiences.formats import CRM, PLATFORMS
from rapport.actions.audiences.planning import Sight
from rapport.commands.terminal import Terminal
from rapport.results import Said
from rapport.settings import Settings

if TYPE_CHECKING:
    from rapport.commands.audience import Plan

_FIRST = 5
_NOTES = (
    Said("{n} of them keep the lot that was drawn on an earlier day."),
    Said("{n} were asked often enough this year, and are left in peace."),
    Said("{n} are left out: nothing on record that this network could match."),
)


def listed(terminal: Terminal, known: Mapping[str, tuple[str, int]]) -> dict[str, Any]:
    """List what an audience can be made of."""
    words = terminal.words
    rows = [
        [name, words(title) if title else words("result table"), words.number(many)]
        for name, (title, many) in known.items()
    ]
    if rows:
        terminal.table([words("Audience"), words("What"), words("Rows")], rows, right=[2])
        terminal.say(words("Write one with: rapport audience NAME --hold-out 0.1"))
    else:
        terminal.say(words("No result names people yet, so there is no audience to write."))
    return {
        "audiences": [
            {"name": name, "play": bool(title), "rows": many}
            for name, (title, many) in known.items()
        ]
    }


def show(terminal: Terminal, plan: Plan, settings: Settings) -> None:
    """Show who is in a list, how many are held out, and what can be seen with so many."""
    words, lots = terminal.words, plan.lots
    people = words.quantity(len(lots.arms), "people")
    terminal.say(f"{plan.name} · {people}", style="bold")
    terminal.say(
        words(
            "To be reached: {sent}; held out by lot: {held}.",
            sent=words.number(lots.sent),
            held=words.number(lots.held),
        )
    )
    before = len(lots.arms) - sum(lots.new)
    for many, message in zip((before, plan.choice.spared, plan.unreachable), _NOTES, strict=True):
        if many:
            terminal.say(Said(message.message, {"n": many}).text(words.language))
    _first(terminal, plan)
    _reached(terminal, plan, settings)
    terminal.say(_seen(terminal, plan, settings))


def _first(terminal: Terminal, plan: Plan) -> None:
    words = terminal.words
    shown = plan.choice.people[:_FIRST]
    if not shown:
        return
    rows = [
        [words.number(int(row["place"])), str(row["person_id"]), str(row["name"] or ""),
         str(row["reasons"] or "")]
        for row in shown
    ]  # fmt: skip
    heads = [words("Place"), words("Person"), words("Name"), words("Why")]
    terminal.table(heads, rows, right=[0])


def _reached(terminal: Terminal, plan: Plan, settings: Settings) -> None:
    words = terminal.words
    if plan.to == CRM:
        if settings.people.hash_identifiers:
            terminal.say(
                words(
                    "Identifiers are stored as hashes alone: the list has ids, and no e-mail, "
                    "phone or account."
                )
            )
            return
        known = sum(bool(plan.choice.reach.get(str(r["person_id"]))) for r in plan.choice.people)
        terminal.say(
            words(
                "With an e-mail, a phone or an account on a network: {n} of {all}.",
                n=words.number(known),
                all=words.number(len(plan.choice.people)),
            )
        )
        return
    platform = PLATFORMS[plan.to]
    if plan.rows < platform.least:
        terminal.say(
            words(
                "{platform} wants {least} rows or more; this list has {rows}.",
                platform=platform.title,
                least=words.number(platform.least),
                rows=words.number(plan.rows),
            )
        )


def _seen(terminal: Terminal, plan: Plan, settings: Settings) -> str:
    words, sight = terminal.words, plan.sight
    if sight is None:
        return words("Nobody is held out: no letter will be able to say whether it worked.")
    smallest = settings.people.smallest_group
    if min(plan.lots.held, plan.lots.sent) < smallest:
        return words(
            "Nothing will be seen: each of the two groups needs {n} people or more.",
            n=words.number(smallest),
        )
    days = words.quantity(plan.window, "days")
    if not math.isfinite(sight.effect):
        return words(
            "What will be seen is not known: none of them bought anything in the last year."
        )
    told = {
        "effect": words.money(sight.effect, settings.currency),
        "mean": words.money(sight.mean, settings.currency),
        "days": days,
    }
    if not sight.blind:
        return words(
            "An effect of {effect} a person or more will be seen, four times in five; they "
            "brought {mean} each in {days} of the last year.",
            **told,
        )
    first = words(
        "Probably nothing will be seen: only an effect of {effect} a person or more would be, and "
        "they brought {mean} each in {days} of the last year.",
        **told,
    )
    more = _more(terminal, sight)
    return f"{first} {more}" if more else first


def _more(terminal: Terminal, sight: Sight) -> str:
    words = terminal.words
    if sight.hold is not None:
        return words(
            "With {n} held out, an effect of a quarter of that would be.",
            n=words.number(sight.hold),
        )
    if sight.people is not None:
        return words(
            "With {n} people, an effect of a quarter of that would be.",
            n=words.number(sight.people),
        )
    return ""
