"""What each number about answering means."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "median_wait",
        "Half are answered within",
        "Time within which half of all requests for help got the first answer of a person; a "
        "machine's is none. Who still waits counts as waiting; a request that ended without an "
        "answer counts as never answered.",
        source="Kaplan & Meier 1958; Aalen & Johansen 1978; Brookmeyer & Crowley 1982",
    ),
    Definition(
        "p90_wait",
        "Nine in ten are answered within",
        "Time within which nine in ten of all requests for help got the first answer of a person; "
        "a machine's is none. Who still waits counts as waiting; a request that ended without an "
        "answer counts as never answered.",
        source="Kaplan & Meier 1958; Aalen & Johansen 1978; Brookmeyer & Crowley 1982",
    ),
    Definition(
        "answered_in_an_hour",
        "Answered within an hour",
        "Share of all requests for help that a person answered within one hour. Who still waits "
        "counts as waiting; a request that ended without an answer counts as never answered.",
        source="Aalen & Johansen 1978",
    ),
    Definition(
        "answered_in_a_day",
        "Answered within 24 hours",
        "Share of all requests for help that a person answered within 24 hours. Who still waits "
        "counts as waiting; a request that ended without an answer counts as never answered.",
        source="Aalen & Johansen 1978",
    ),
    Definition(
        "still_waiting",
        "Still waiting",
        "Requests without an answer of a person that have not been closed either.",
    ),
    Definition(
        "ended_unanswered",
        "Closed without an answer",
        "Requests that were closed, and no answer of a person is on record.",
    ),
    Definition(
        "recontact_rate",
        "Had to ask again",
        "Share of answered requests of known people who asked again, on any channel, within the "
        "days set in service.recontact_days (7) of the first answer.",
    ),
    Definition(
        "first_contact_resolution",
        "Settled at the first contact",
        "Share of answered requests of known people that were not opened again and after which "
        "the person did not ask again within service.recontact_days (7).",
    ),
    Definition(
        "reopened_rate",
        "Opened again",
        "Share of answered requests of known people that were opened again.",
    ),
    Definition(
        "satisfaction_raw",
        "Content, of those who rated",
        "Share of ratings that are good, or four or five of five.",
    ),
    Definition(
        "satisfaction",
        "Content, all who asked",
        "The same share, weighted so that each channel, speed and end of a request counts by how "
        "many there were and not by how many rated. Why people of one kind rate or keep silent "
        "is not known.",
        source="Holt & Smith 1979",
    ),
    Definition(
        "answered_fast_gap_naive",
        "Bought again: answered fast less never, as it is",
        "Share who ordered within 90 days, counted from a week after their first request: "
        "answered within service.fast_hours (24) less not answered in that week.",
    ),
    Definition(
        "answered_fast_gap",
        "Bought again: answered fast less never, like with like",
        "The same difference among people with as many orders before, as lately, and the same "
        "kind of request. What else sets them apart is not in it.",
        source="Rosenbaum & Rubin 1984; Anderson, Cain & Gelber 1983",
    ),
    Definition(
        "contacts_avoided",
        "Contacts avoided",
        "Requests fewer, within service.avoidance_days (14), of linked people who saw a public "
        "answer or a help page than of others who looked in the same month, with as many orders "
        "and requests before. Below zero: those who looked for help asked more.",
        source="Rosenbaum & Rubin 1984",
    ),
    Definition(
        "contacts_avoided_money",
        "Saved by contacts avoided",
        "Contacts avoided times service.cost_per_contact.",
    ),
    Definition(
        "community_first",
        "Answered first by another customer",
        "Share of public requests that another customer answered before the brand did, or alone.",
    ),
)
