"""Requests for help from help desks and public conversations, each person's same request once."""

from __future__ import annotations

import narwhals as nw

from rapport.listening.answering.business_hours import seconds
from rapport.listening.answering.threads import DESK_KINDS
from rapport.record.frames import Frame, row_number, running_sum, whole_sum

COLUMNS = (
    *("source", "channel", "request_id", "activity_id", "account_id", "opened_on", "answered_on"),
    *("community_on", "ended_on", "solved_on", "reopened", "rating", "answered_by"),
    *("public", "text", "url"),
)


def of_desks(ticket: Frame, activity: Frame) -> Frame:
    """Return the requests of help desks.

    A ticket that was solved without an answer that is known has ended without one.

    Returns
    -------
    Frame
        `COLUMNS`; request_id is the ticket's own id.
    """
    kind = nw.col("object_kind").fill_null("")
    opening = activity.filter(kind.is_in(list(DESK_KINDS)) & ~nw.col("object_id").is_null())
    words = opening.group_by("source", nw.col("object_id").alias("ticket_id")).agg(
        activity_id=nw.col("activity_id").min(),
        text=nw.col("text").max(),
        url=nw.col("url").max(),
    )
    joined = ticket.join(words, on=["source", "ticket_id"], how="left")
    answered = nw.col("first_human_answer_on")
    nothing = nw.lit(None)
    return joined.select(
        "source",
        nw.col("channel").fill_null(nw.col("source")),
        nw.col("ticket_id").alias("request_id"),
        "activity_id",
        "account_id",
        "opened_on",
        answered_on=answered,
        community_on=nothing.cast(nw.Datetime("us")),
        ended_on=nw.when(answered.is_null()).then(nw.col("solved_on")),
        solved_on=nw.col("solved_on"),
        reopened=nw.col("reopened").fill_null(0),
        rating=nw.col("rating"),
        answered_by=nothing.cast(nw.String()),
        public=nw.lit(0).cast(nw.Int64()),
        text=nw.col("text"),
        url=nw.col("url"),
    )


def of_conversations(judged: Frame) -> Frame:
    """Return one row for each conversation that a customer began, and when who answered.

    Parameters
    ----------
    judged
        As `automatic.judged` gives them: messages with their root, and which replies are machines'.

    Returns
    -------
    Frame
        `COLUMNS`: answered_on is the first answer of a person of the brand, answered_by their
        account; community_on the first answer of another customer.
    """
    begun = judged.filter((nw.col("message_id") == nw.col("root")) & ~nw.col("from_brand"))
    first = begun.select(
        "channel", "root", asker=nw.col("account_id"), opened_on=nw.col("occurred_on")
    )
    later = judged.filter(nw.col("message_id") != nw.col("root")).select(
        "channel", "root", "message_id", "account_id", "from_brand", "automatic", "occurred_on"
    )
    replies = later.join(first, on=["channel", "root"], how="inner").filter(
        nw.col("occurred_on") >= nw.col("opened_on")
    )
    staff = replies.filter(nw.col("from_brand") & nw.col("automatic").is_null()).with_columns(
        place=row_number(["channel", "root"], ["occurred_on", "message_id"])
    )
    staff = staff.filter(nw.col("place") == 1).select(
        "channel", "root", answered_on=nw.col("occurred_on"), answered_by=nw.col("account_id")
    )
    others = ~nw.col("from_brand") & (nw.col("account_id") != nw.col("asker"))
    community = (
        replies.filter(others)
        .group_by("channel", "root")
        .agg(community_on=nw.col("occurred_on").min())
    )
    whole = begun.join(staff, on=["channel", "root"], how="left").join(
        community, on=["channel", "root"], how="left"
    )
    nothing = nw.lit(None)
    return whole.select(
        "source",
        "channel",
        nw.col("root").alias("request_id"),
        nw.col("root").alias("activity_id"),
        "account_id",
        opened_on=nw.col("occurred_on"),
        answered_on=nw.col("answered_on"),
        community_on=nw.col("community_on"),
        ended_on=nothing.cast(nw.Datetime("us")),
        solved_on=nothing.cast(nw.Datetime("us")),
        reopened=nw.lit(0).cast(nw.Int64()),
        rating=nothing.cast(nw.String()),
        answered_by=nw.col("answered_by"),
        public=nw.lit(1).cast(nw.Int64()),
        text=nw.col("text"),
        url=nw.col("url"),
    )


def together(desks: Frame, conversations: Frame) -> Frame:
    """Return all requests; of a conversation that is also a ticket the conversation alone.

    Its messages tell a machine's reply from a person's, which the ticket does not.
    """
    seen = conversations.select("channel", "request_id")
    alone = desks.join(seen, on=["channel", "request_id"], how="anti")
    both = [alone.select(*COLUMNS), conversations.select(*COLUMNS)]
    return nw.concat(both, how="vertical")


def once(requests: Frame, hours: float) -> Frame:
    """Return requests, those that one person made twice on different channels counted once.

    A request is the same as the person's one before when it came on another channel, within so
    many hours of it, and before that one was answered. The wait runs from the first opening to the
    first answer on any of them; it has ended only when all have.

    Parameters
    ----------
    requests
        `COLUMNS` and person_id; a request without a person stands alone.

    Returns
    -------
    Frame
        person_id and `COLUMNS` of the first, with the earliest answers; contacts (how many
        requests stand behind the row).
    """
    alone = nw.concat_str(
        nw.lit("?"), nw.col("source"), nw.col("request_id"), separator=":", ignore_nulls=True
    )
    keyed = requests.with_columns(who=nw.col("person_id").fill_null(alone))
    order = ["opened_on", "source", "request_id"]
    within = ["who"]

    def before(column: str) -> nw.Expr:
        return nw.col(column).shift(1).over(*within, order_by=order)

    gap = seconds(nw.col("opened_on")) - seconds(nw.col("opened_before"))
    open_still = nw.col("answered_before").is_null() | (
        nw.col("answered_before") > nw.col("opened_on")
    )
    same = (
        (gap <= int(hours * 3600)) & open_still & (nw.col("channel") != nw.col("channel_before"))
    ).fill_null(False)
    marked = keyed.with_columns(
        opened_before=before("opened_on"),
        answered_before=before("answered_on"),
        channel_before=before("channel"),
    ).with_columns(new=(~same).cast(nw.Int64()))
    grouped = marked.with_columns(part=running_sum(nw.col("new"), within, order))
    return _first_of_each(grouped, order)


def _first_of_each(grouped: Frame, order: list[str]) -> Frame:
    """Return the first request of each part, with what all of the part know."""
    still = nw.col("ended_on").is_null() & nw.col("answered_on").is_null()
    whole = grouped.group_by("who", "part").agg(
        contacts=nw.len(),
        first_answer=nw.col("answered_on").min(),
        first_community=nw.col("community_on").min(),
        last_end=nw.col("ended_on").max(),
        still_open=whole_sum(still.cast(nw.Int64())),
        last_solved=nw.col("solved_on").max(),
        all_reopened=nw.col("reopened").max(),
        any_rating=nw.col("rating").min(),
        any_name=nw.col("answered_by").min(),
    )
    ranked = grouped.with_columns(place=row_number(["who", "part"], order))
    joined = ranked.filter(nw.col("place") == 1).join(whole, on=["who", "part"], how="inner")
    never = nw.col("first_answer").is_null() & (nw.col("still_open") == 0)
    told = {
        "answered_on": nw.col("first_answer"),
        "community_on": nw.col("first_community"),
        "ended_on": nw.when(never).then(nw.col("last_end")),
        "solved_on": nw.col("last_solved"),
        "reopened": nw.col("all_reopened").cast(nw.Int64()),
        "rating": nw.col("any_rating"),
        "answered_by": nw.col("any_name"),
    }
    kept = [name for name in COLUMNS if name not in told]
    return joined.select("person_id", *kept, nw.col("contacts").cast(nw.Int64()), **told)
