"""Who read an answer and then did not have to ask: linked people against comparable others."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from rapport.record.frames import Frame, Keep, as_is, day_number, distinct, row_number

CELLS = ("month", "prior", "asked_before")


def looks(visits: Frame, deeds: Frame, answers: Frame, pages: Sequence[str]) -> Frame:
    """Return what linked people looked at, and whether it answers questions.

    Parameters
    ----------
    visits
        person_id, started_on, landing_page.
    deeds
        person_id, occurred_on, channel, object_id, in_reply_to: what people did on networks.
    answers
        channel, message_id of the brand's public answers.
    pages
        Parts of the addresses of pages that answer questions.

    Returns
    -------
    Frame
        person_id, number (day), helpful (1 for a help page, or for a reaction to a public answer).
    """
    page = nw.col("landing_page").fill_null("").str.to_lowercase()
    named = [page.str.contains(part.lower(), literal=True) for part in pages if part]
    helpful = nw.any_horizontal(*named, ignore_nulls=True) if named else nw.lit(value=False)
    seen = visits.filter(~nw.col("person_id").is_null()).select(
        "person_id",
        number=day_number(nw.col("started_on")),
        helpful=helpful.fill_null(False).cast(nw.Int64()),
    )
    to = nw.coalesce(nw.col("in_reply_to"), nw.col("object_id"))
    known = distinct(answers.select("channel", about=nw.col("message_id"), answer=nw.lit(1)))
    reacted = (
        deeds.filter(~nw.col("person_id").is_null())
        .with_columns(about=to)
        .filter(~nw.col("about").is_null())
        .join(known, on=["channel", "about"], how="left")
        .select(
            "person_id",
            number=day_number(nw.col("occurred_on")),
            helpful=nw.col("answer").fill_null(0).cast(nw.Int64()),
        )
    )
    return nw.concat([seen, reacted], how="vertical")


def avoidance_cells(
    looks: Frame, buying: Frame, requests: Frame, until: int, days: int, keep: Keep = as_is
) -> Frame:
    """Return how many people looked, with or without an answer, and how many asked afterwards.

    Each person counts once: on the day of the first answer they saw, or, who saw none, on a day
    of looking of their own. Those who asked on the day itself or the week before are left out:
    their question was under way.

    Parameters
    ----------
    looks
        As `looks` gives them.
    buying, requests
        person_id, number (day) of orders and of requests for help.
    until
        The last day of the record; a look counts when `days` have passed since.
    keep
        What is done with the look that counts of each person, which is read several times.

    Returns
    -------
    Frame
        helpful, month (number), prior ("0", "1", "2+" orders before), asked_before (0 or 1),
        people, asked (who asked within `days`).
    """
    order = ["helpful", "number"]
    passed = looks.filter(nw.col("number") + days <= until)
    earliest = passed.group_by("person_id", "helpful").agg(number=nw.col("number").min())
    ranked = earliest.with_columns(
        least=-nw.col("helpful"),
    ).with_columns(place=row_number(["person_id"], ["least", "number"]))
    first = keep(ranked.filter(nw.col("place") == 1).select("person_id", *order))
    orders = distinct(buying.select("person_id", bought_on=nw.col("number")))
    before = first.join(orders, on="person_id", how="inner").filter(
        nw.col("bought_on") < nw.col("number")
    )
    bought = before.group_by("person_id").agg(times=nw.len())
    asked = first.join(
        requests.select("person_id", asked_on=nw.col("number")), on="person_id", how="inner"
    )
    gap = nw.col("asked_on") - nw.col("number")
    marks = asked.group_by("person_id").agg(
        under_way=((gap <= 0) & (gap > -7)).cast(nw.Int64()).max(),
        earlier=(gap <= -7).cast(nw.Int64()).max(),
        later=((gap > 0) & (gap <= days)).cast(nw.Int64()).max(),
    )
    told = first.join(bought, on="person_id", how="left").join(marks, on="person_id", how="left")
    times = nw.col("times").fill_null(0)
    some = nw.when(times == 1).then(nw.lit("1")).otherwise(nw.lit("2+"))
    cells = told.filter(nw.col("under_way").fill_null(0) == 0).select(
        "helpful",
        month=nw.col("number") // 30,
        prior=nw.when(times == 0).then(nw.lit("0")).otherwise(some),
        asked_before=nw.col("earlier").fill_null(0),
        later=nw.col("later").fill_null(0),
    )
    return cells.group_by("helpful", *CELLS).agg(
        people=nw.len(), asked=nw.col("later").sum().cast(nw.Int64())
    )
