"""The command that writes a list of people, holds a part of them out, and remembers whom."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pyarrow as pa

from rapport.actions.audiences.formats import CRM, FORMATS, PLATFORMS
from rapport.actions.audiences.lists import (
    CRM_COLUMNS,
    as_csv,
    for_crm,
    for_platform,
    reachable,
)
from rapport.actions.audiences.lots import Lots, lots, share_of
from rapport.actions.audiences.planning import Sight, sight
from rapport.actions.audiences.written import Writing, note
from rapport.actions.plays import play
from rapport.commands.audience_choice import Choice, choose, names, sums_of
from rapport.commands.audience_telling import listed, show
from rapport.commands.computing import current_results
from rapport.commands.terminal import Terminal
from rapport.errors import Fault, Problem, nearest
from rapport.impact.experiments.audiences import SENT, WINDOW, Audiences, slug
from rapport.pipeline import looking
from rapport.results import Results
from rapport.workspace import Workspace, write_whole

NOT_WRITTEN = "The audience was not written."


@dataclass(frozen=True, slots=True)
class Wish:
    """What is asked for.

    Parameters
    ----------
    hold_out
        The part to hold out, as it was written.
    to
        "crm" or a network.
    out
        Where to put the list; None beside the workspace's audiences.
    most
        Only so many people, from the first on.
    on
        The day for which it is written; None for today.
    window, cost
        As of `Wave`.
    """

    hold_out: str = "10%"
    to: str = CRM
    out: Path | None = None
    most: int | None = None
    on: dt.date | None = None
    window: int = WINDOW
    cost: float | None = None
    yes: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """A list as it would be written.

    Parameters
    ----------
    unreachable
        How many people were left out since the network cannot be given them.
    sight
        What can be seen; None where nobody is held out.
    """

    name: str
    to: str
    day: dt.date
    window: int
    choice: Choice
    lots: Lots
    unreachable: int
    sight: Sight | None
    content: bytes
    rows: int


def audience(
    terminal: Terminal, workspace: Workspace, name: str | None, wish: Wish
) -> dict[str, Any]:
    """Show an audience and, once it is agreed to, write its list and remember who is held out."""
    terminal.speak(workspace.settings.languages)
    results = current_results(workspace)
    known = names(results)
    if name is None:
        return listed(terminal, known)
    share, day = _checked(workspace, results, name, wish)
    words = terminal.words
    with looking(workspace) as context, terminal.progress(words("Looking for its people")):
        choice = choose(context, name, wish.most, day)
        plan = _plan(workspace, name, wish, (share, day), choice)
        if plan.lots.held:
            chosen = [str(row["person_id"]) for row in plan.choice.people]
            sums = sums_of(context, chosen, wish.window)
            smallest = workspace.settings.people.smallest_group
            plan = replace(plan, sight=sight(sums, plan.lots.held, smallest))
    show(terminal, plan, workspace.settings)
    told = _told(plan)
    if not plan.lots.arms:
        raise Problem(NOT_WRITTEN, [_nobody(wish, plan)], {"audience": told})
    question = words("Write the list, and remember who is held out?")
    if not terminal.confirm(question, yes=wish.yes):
        hint = "Answer yes when asked, or say --yes."
        raise Problem(NOT_WRITTEN, [Fault("It was not agreed to.", hint=hint)], {"audience": told})
    about = str(results.facts.get("connection_definition") or "") if name in play.INVITING else ""
    path = _write(workspace, plan, wish, about)
    terminal.say(words("The list is {path}", path=path))
    return told | {"file": str(path)}


def _checked(
    workspace: Workspace, results: Results, name: str, wish: Wish
) -> tuple[float, dt.date]:
    """Return the part to hold out and the day; raises Problem with every fault."""
    faults, share = [], 0.0
    known = names(results)
    if name not in known:
        faults.append(
            Fault(
                f"There is no play or table of people '{name}'.", "NAME", nearest(name, list(known))
            )
        )
    if "people" not in results.tables:
        faults.append(Fault("Nobody is known yet.", hint="Compute again with 'rapport run'."))
    try:
        share = share_of(wish.hold_out)
    except Problem as problem:
        faults.extend(problem.faults)
    if wish.to not in FORMATS:
        faults.append(Fault(f"'{wish.to}' is no format.", "--for", nearest(wish.to, FORMATS)))
    elif wish.to != CRM and workspace.settings.people.hash_identifiers:
        faults.append(
            Fault(
                "Identifiers are stored as hashes with a key of your own, which no network knows.",
                "--for",
                "Write it for your CRM and hash it there, or load again without hash_identifiers.",
            )
        )
    last = dt.date.fromisoformat(str(results.facts.get("last_day") or "0001-01-01"))
    day = wish.on or max(dt.date.today(), last)  # noqa: DTZ011 - the day where the user is
    if day < last:
        faults.append(
            Fault(
                f"The record goes on until {last.isoformat()}: the list would know the end.",
                "--on",
                "Name that day or a later one.",
            )
        )
    if faults:
        raise Problem(NOT_WRITTEN, faults)
    return share, day


def _plan(
    workspace: Workspace, name: str, wish: Wish, how: tuple[float, dt.date], choice: Choice
) -> Plan:
    """Return who gets what; whom a network cannot be given is left out before the lot."""
    share, day = how
    people = list(choice.people)
    if wish.to != CRM:
        people = [
            row
            for row in people
            if (known := choice.reach.get(str(row["person_id"]))) and reachable(wish.to, known)
        ]
    ids = [str(row["person_id"]) for row in people]
    drawn = lots(Audiences(workspace.audiences), name, day, ids, share)
    sent = [row for row, arm in zip(people, drawn.arms, strict=True) if arm == SENT]
    if wish.to == CRM:
        columns: tuple[str, ...] = CRM_COLUMNS
        rows = list(for_crm(sent, choice.reach))
    else:
        columns = PLATFORMS[wish.to].columns
        rows = list(for_platform(wish.to, sent, choice.reach))
    left = len(choice.people) - len(people)
    kept = Choice(people, choice.spared, choice.reach)
    content = as_csv(columns, rows)
    return Plan(name, wish.to, day, wish.window, kept, drawn, left, None, content, len(rows))


def _nobody(wish: Wish, plan: Plan) -> Fault:
    if plan.unreachable:
        told = f"{PLATFORMS[wish.to].title} can be given none of them: no e-mail is on record."
        return Fault(told, "--for", "Write it for your CRM, or load files with e-mails.")
    return Fault("Nobody is left for it.", plan.name, "See the others with 'rapport audience'.")


def _write(workspace: Workspace, plan: Plan, wish: Wish, about: str) -> Path:
    """Remember the lots, then write the list: should that fail, the next try gives the same."""
    kept = Audiences(workspace.audiences)
    fresh = [
        (row, arm)
        for row, arm, new in zip(plan.choice.people, plan.lots.arms, plan.lots.new, strict=True)
        if new
    ]
    if fresh:
        rows = pa.table(
            {
                "person_id": [str(row["person_id"]) for row, _ in fresh],
                "arm": [arm for _, arm in fresh],
                "level": pa.array([row["level"] or None for row, _ in fresh], pa.string()),
            }
        )
        kept.write(
            plan.name,
            plan.day,
            rows,
            window=wish.window,
            play=plan.name if plan.name in play.WITH_PEOPLE else "",
            cost=wish.cost,
            about=about,
        )
    beside = workspace.audiences / slug(plan.name) / f"{plan.day.isoformat()}-{plan.to}.csv"
    path = (wish.out or beside).absolute()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, plan.content)
        path.chmod(0o600)
    except OSError as error:
        fault = Fault(f"{error.strerror}.", str(path), "Name another place with --out.")
        raise Problem(
            "The list was not written; its lots are kept for the next try.", [fault]
        ) from error
    note(workspace.audiences, Writing(plan.name, plan.day, plan.to, plan.rows, str(path)))
    return path


def _told(plan: Plan) -> dict[str, Any]:
    seen = plan.sight
    told: Mapping[str, Any] | None = None
    if seen is not None:
        told = {
            "smallest_effect": seen.effect if math.isfinite(seen.effect) else None,
            "brought": seen.mean, "days": plan.window, "nothing_will_be_seen": seen.blind,
            "hold_out_for_a_quarter": seen.hold, "people_for_a_quarter": seen.people,
        }  # fmt: skip
    return {
        "audience": plan.name, "for": plan.to, "day": plan.day.isoformat(),
        "people": len(plan.lots.arms), "sent": plan.lots.sent, "held_out": plan.lots.held,
        "drawn_now": sum(plan.lots.new), "asked_often_enough": plan.choice.spared,
        "cannot_be_given": plan.unreachable, "rows": plan.rows, "sees": told, "file": None,
    }  # fmt: skip
