"""What a lot said of being connected: it stands before all that comparisons say."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any

from markupsafe import Markup

from rapport.estimate import Estimate
from rapport.impact.comparing.verdict import CANNOT_TELL, CAUSED, LESS, NO, PARTLY
from rapport.report.findings import Findings
from rapport.report.prose import Prose, linked
from rapport.results import Said

MONTHLY = "connection_trial_monthly"
NUMBERS = (
    "connection_trial",
    MONTHLY,
    "connection_trial_invited",
    "connection_trial_uptake",
)
_READ = frozenset({"worked", "harmed", "not seen"})
_SETTLED = frozenset({CAUSED, PARTLY, NO, LESS})
_EARLY = "too early"

LEADS = {
    CAUSED: Said("By lot: yes."),
    PARTLY: Said("By lot: partly."),
    NO: Said("By lot: no."),
    LESS: Said("By lot: no, it does harm."),
    CANNOT_TELL: Said("By lot: we cannot tell."),
}
OF_THOSE_MOVED = {
    CAUSED: Said(
        "Customers invited to connect each brought {invited} more in {days} than those held out; "
        "{uptake} of them connected because of it, and each of these brought {each} more, {month}."
    ),
    PARTLY: Said(
        "Customers invited to connect each brought {invited} more in {days} than those held out; "
        "{uptake} of them connected because of it, and each of these brought {each} more, {month}: "
        "under half of the gap as it seems."
    ),
    LESS: Said(
        "Customers invited to connect each brought {invited} less in {days} than those held out; "
        "{uptake} of them connected because of it, and each of these brought {each} less, {month}."
    ),
    NO: Said(
        "Customers who connected because they were invited brought next to nothing more in {days}: "
        "{each} each."
    ),
    CANNOT_TELL: Said(
        "Customers who connected because they were invited may each have brought anything from "
        "{low} to {high} more in {days} than without."
    ),
}
OF_THOSE_INVITED = {
    "worked": Said(
        "Customers invited to connect each brought {invited} more in {days} than those held out, "
        "but too few connected because of it to say what connecting does."
    ),
    "harmed": Said(
        "Customers invited to connect each brought {invited} less in {days} than those held out, "
        "but too few connected because of it to say what connecting does."
    ),
    "not seen": Said(
        "Between customers invited to connect and those held out no difference is seen in {days}, "
        "and too few connected because of it to say what connecting does."
    ),
}


def trial(findings: Findings) -> Mapping[str, Any] | None:
    """Return the fact on the trial by lot; None where nobody was invited by lot."""
    found = findings.facts.get("connection_trial")
    return found if isinstance(found, Mapping) and found.get("verdict") else None


def was_read(findings: Findings) -> bool:
    """Whether a trial by lot could be read."""
    found = trial(findings)
    known = found is not None and found["verdict"] in _READ
    return known and findings.number("connection_trial_invited") is not None


def settled(findings: Findings) -> bool:
    """Whether a trial by lot answered the question."""
    found = trial(findings)
    return was_read(findings) and found is not None and found.get("said") in _SETTLED


def by_lot(findings: Findings, prose: Prose) -> Markup | None:
    """Return what the trial said, in two sentences; None where it could not be read."""
    found, invited = trial(findings), findings.number("connection_trial_invited")
    if found is None or invited is None or not was_read(findings):
        return None
    each, month = findings.number("connection_trial"), findings.number(MONTHLY)
    uptake = findings.number("connection_trial_uptake")
    days = findings.words.quantity(int(found["days"]), "days")
    said = str(found["said"])
    if each is None or month is None or uptake is None or said not in OF_THOSE_MOVED:
        sign = -1 if found["verdict"] == "harmed" else 1
        body = OF_THOSE_INVITED[found["verdict"]]
        told = prose.say(body.message, invited=_signed(prose, invited, sign), days=days)
        return _after(prose.say(LEADS[CANNOT_TELL].message), told)
    sign = -1 if said == LESS else 1
    told = prose.say(
        OF_THOSE_MOVED[said].message,
        invited=_signed(prose, invited, sign),
        days=days,
        uptake=prose.told(uptake),
        each=_ranged(prose, each, sign),
        month=prose.say("{amount} a month", amount=_signed(prose, month, sign)),
        low=prose.amount(each, each.low),
        high=linked(each, prose.amount(each, each.high)),
    )
    return _after(prose.say(LEADS[said].message), told)


def basis(findings: Findings, prose: Prose) -> tuple[Markup, ...]:
    """Return what the trial rests on, when it can be read, or what one would take."""
    found = trial(findings)
    told: list[Markup] = []
    if found is None:
        told.append(prose.say("Only a test by lot would settle it."))
    elif was_read(findings):
        told.append(_read(findings, prose, found))
    elif found["verdict"] == _EARLY:
        told.append(
            prose.say(
                "A test by lot is under way since {day}; it can be read from {due} on.",
                day=_day(findings, found["written_on"]),
                due=_day(findings, found["due"]),
            )
        )
    else:
        told.append(
            prose.say(
                "A test by lot was begun on {day} and cannot be read so far; “Did what we did "
                "work?” says why.",
                day=_day(findings, found["written_on"]),
            )
        )
    many = findings.number("connection_test_people")
    running = found is not None and found["verdict"] == _EARLY
    if many is not None and not settled(findings) and not running:
        told.append(
            prose.say(
                "Such a test would need about {people}, half of them invited to connect.",
                people=prose.counted(many),
            )
        )
    return tuple(told)


def _read(findings: Findings, prose: Prose, found: Mapping[str, Any]) -> Markup:
    words = findings.words
    told = prose.say(
        "A lot drawn on {day} had {sent} customers invited to connect and {held} held out. What "
        "the invitation brought is divided by how many more connected because of it (Imbens & "
        "Angrist 1994); should the invitation itself sell, as an offer does, connecting looks "
        "better than it is. The range holds however few connected, and at all planned looks "
        "together.",
        day=_day(findings, found["written_on"]),
        sent=words.number(int(found["sent"])),
        held=words.number(int(found["held_out"])),
    )
    if found.get("whose") != "connected":
        return told
    alone = prose.say("Nobody held out connected: it is the effect on all who did (Bloom 1984).")
    return _after(told, alone)


def _signed(prose: Prose, number: Estimate, sign: int) -> Markup:
    return linked(number, prose.amount(number, sign * number.value))


def _ranged(prose: Prose, number: Estimate, sign: int) -> Markup:
    low, high = sorted((sign * number.low, sign * number.high))
    return prose.say(
        "{effect} ({low} to {high})",
        effect=_signed(prose, number, sign),
        low=prose.amount(number, low),
        high=prose.amount(number, high),
    )


def _after(first: Markup, second: Markup) -> Markup:
    return Markup("{} {}").format(first, second)


def _day(findings: Findings, written: object) -> str:
    return findings.words.date(dt.date.fromisoformat(str(written)))
