"""The named numbers about answering, and what of it cannot be told."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from rapport.estimate import Estimate, Grade
from rapport.listening.answering.satisfaction import FEWEST, Satisfied
from rapport.listening.answering.survival import Curve, Span
from rapport.results import Said, Untold
from rapport.settings import Settings
from rapport.steps.answering_requests import Asked

_ENDED = 0.05


@dataclass(frozen=True, slots=True)
class Found:
    """What the step found, from which its numbers are made.

    Parameters
    ----------
    all
        The row of all requests in `waiting`.
    curve
        The curve of all requests.
    settled
        Rows of `resolution`, small groups included.
    content
        Ratings, corrected; None with too few.
    outcomes, avoided
        Rows of `outcomes`, and the row of `avoidance`.
    community
        Public requests, those that a customer answered, and those they answered first.
    """

    all: Mapping[str, Any]
    curve: Curve
    settled: Sequence[Mapping[str, Any]]
    content: Satisfied | None
    outcomes: Sequence[Mapping[str, Any]]
    avoided: Mapping[str, Any] | None
    community: Mapping[str, int]


def numbers(found: Found, currency: str) -> dict[str, Estimate]:
    """Return every number of the step that can be told, each with its people, rows and table."""
    basis = {"people": found.all["people"], "rows": found.all["requests"], "table": "waiting"}
    curve = found.curve
    made: dict[str, Estimate | None] = {
        "median_wait": _hours(curve.quantile(0.5)),
        "p90_wait": _hours(curve.quantile(0.9)),
        "answered_in_an_hour": _share(curve.within(60)),
        "answered_in_a_day": _share(curve.within(1440)),
        "still_waiting": Estimate.exact(curve.waiting, "requests"),
        "ended_unanswered": Estimate.exact(curve.ended, "requests") if curve.ended else None,
        **_resolution(found.settled),
        **_content(found.content),
        **_effect(found.outcomes),
        **_avoided(found.avoided, currency),
        "community_first": _community(found.community),
    }
    tables = {"still_waiting": "unanswered", "community_first": "requests"}
    tables |= {"satisfaction_raw": "requests", "satisfaction": "requests"}
    return {
        name: number.based_on(
            people=basis["people"] if number.people is None else None,
            rows=basis["rows"] if number.rows is None else None,
            name=name,
            table=number.table or tables.get(name, "waiting"),
        )
        for name, number in made.items()
        if number is not None
    }


def _hours(span: Span) -> Estimate | None:
    if not span.known:
        return None
    return Estimate(span.value / 60, "hours", Grade.COUNT, span.low / 60, span.high / 60)


def _share(span: Span, grade: Grade = Grade.COUNT, **basis: Any) -> Estimate | None:
    if not span.known:
        return None
    return Estimate(span.value, "share", grade, span.low, span.high, **basis)


def _resolution(rows: Sequence[Mapping[str, Any]]) -> dict[str, Estimate | None]:
    requests = sum(row["requests"] for row in rows)
    if not requests:
        return {}
    basis = {"rows": requests, "table": "resolution"}
    basis["people"] = sum(row["people"] for row in rows)
    told = {"recontact_rate": "again", "first_contact_resolution": "settled_at_once"}
    told["reopened_rate"] = "opened_again"
    return {
        name: Estimate.of_share(sum(r[column] for r in rows), requests, source=name, **basis)
        for name, column in told.items()
    }


def _content(content: Satisfied | None) -> dict[str, Estimate | None]:
    if content is None:
        return {}
    corrected = _share(content.corrected, Grade.ADJUSTED, rows=content.asked)
    return {"satisfaction_raw": _share(content.raw, rows=content.rated), "satisfaction": corrected}


def _effect(rows: Sequence[Mapping[str, Any]]) -> dict[str, Estimate | None]:
    """Return how much more often people bought again who were answered fast than never."""
    told = [r for r in rows if r["outcome"] == "bought" and r["answered"] == "fast"]
    told = [r for r in told if r.get("adjusted") is not None]
    if not told:
        return {}
    row = told[-1]  # the longest time after
    basis = {"people": row["compared"], "rows": row["people"], "table": "outcomes"}
    spans = {
        name: Span(row[name], row[f"{name}_low"], row[f"{name}_high"])
        for name in ("naive", "adjusted")
    }
    return {
        "answered_fast_gap_naive": _share(spans["naive"], **basis),
        "answered_fast_gap": _share(spans["adjusted"], Grade.ADJUSTED, **basis),
    }


def _avoided(row: Mapping[str, Any] | None, currency: str) -> dict[str, Estimate | None]:
    if row is None or row.get("contacts") is None:
        return {}
    basis = {"people": row["compared"], "rows": row["people"], "table": "avoidance"}

    def ranged(name: str, unit: str) -> Estimate | None:
        if row.get(name) is None:
            return None
        ends = (row[f"{name}_low"], row[f"{name}_high"])
        return Estimate(row[name], unit, Grade.ADJUSTED, *ends, **basis)

    return {
        "contacts_avoided": ranged("contacts", "requests"),
        "contacts_avoided_money": ranged("money", currency),
    }


def _community(counts: Mapping[str, int]) -> Estimate | None:
    if not counts["public"]:
        return None
    return Estimate.of_share(
        counts["earlier"], counts["public"], source="community_first", rows=counts["public"]
    )


def untold(found: Found, asked: Asked, settings: Settings) -> tuple[Untold, ...]:
    """Return what of answering cannot be told, why, and which data would tell it."""
    entries = [*_of_waiting(found, asked)]
    if not any(row["outcome"] == "bought" for row in found.outcomes):
        entries.append(
            Untold(
                Said("Do people buy again when they were answered?"),
                Said("Too few of those who asked are known as customers."),
                Said("Link the accounts of the help desk to those of the shop."),
            )
        )
    if found.content is None:
        entries.append(
            Untold(
                Said("How content are people with our answers?"),
                Said("Fewer than {n} ratings are on record.", {"n": FEWEST}),
                Said("Ask for a rating when a request is solved, and export it."),
            )
        )
    if found.avoided is None:
        entries.append(
            Untold(
                Said("How many contacts did our public answers avoid?"),
                Said("Too few people who saw one are linked to somebody who asked, or could have."),
                Said(
                    "Add web visits of known people, name your help pages under service.help_pages "
                    "in rapport.toml, and link accounts to people."
                ),
            )
        )
    elif settings.service.cost_per_contact is None:
        entries.append(
            Untold(
                Said("What do avoided contacts save?"),
                Said("rapport.toml does not say what a contact costs."),
                Said("Set cost_per_contact under service in rapport.toml."),
            )
        )
    if not asked.kinds_known:
        entries.append(
            Untold(
                Said("Which requests are complaints?"),
                Said("The messages on record were not understood yet."),
                Said("Run the step that reads messages; then complaints are told apart."),
            )
        )
    return tuple(entries)


def _of_waiting(found: Found, asked: Asked) -> list[Untold]:
    entries = []
    curve = found.curve
    if not curve.quantile(0.9).known:
        share = float(curve.share[-1]) if len(curve.share) else 0.0
        reached = Estimate.exact(share, "share")
        entries.append(
            Untold(
                Said("Within how long are nine in ten answered?"),
                Said("No more than {share} of them ever were.", {"share": reached}),
                Said("Answer more of them; those who still wait count as waiting."),
            )
        )
    if curve.hidden:
        values = {"n": curve.hidden, "all": curve.requests}
        entries.append(
            Untold(
                Said("When did a person answer what a machine answered first?"),
                Said(
                    "{n} of {all} requests got their first reply after always the same minutes; "
                    "what followed is not on record.",
                    values,
                ),
                Said("Export when a person first replied, not when the first reply was sent."),
            )
        )
    if curve.ended > _ENDED * curve.requests:
        values = {"n": curve.ended, "all": curve.requests}
        entries.append(
            Untold(
                Said("Were the requests answered that were solved without a known answer?"),
                Said(
                    "{n} of {all} requests were solved, and no person's answer is on record; "
                    "they count as not answered.",
                    values,
                ),
                Said("Export when a person first replied, not when the first reply was sent."),
            )
        )
    if asked.unseen:
        names = ", ".join(asked.unseen)
        entries.append(
            Untold(
                Said("Are people answered in what {sources} brought?", {"sources": names}),
                Said("No reply of the brand is on record there, so waits cannot be told."),
                Said("Add an export that holds the brand's own replies."),
            )
        )
    return entries
