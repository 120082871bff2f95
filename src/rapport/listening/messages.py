"""What people wrote, as one table of messages: on any channel, and in surveys."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, distinct, row_number

SURVEY = "survey"
_FEW = 20
_REPEATED = 5
COLUMNS = (
    "message_id",
    "source",
    "activity_id",
    "channel",
    "occurred_on",
    "day",
    "account_id",
    "in_reply_to",
    "object_id",
    "url",
    "text",
)


def written(activities: Frame, answers: Frame) -> Frame:
    """Return one row for each text that somebody wrote, with the columns of COLUMNS.

    Parameters
    ----------
    activities, answers
        The tables `activity` and `answer` of the record.
    """
    return nw.concat([_deeds(activities), _answers(answers)], how="vertical")


def open_questions(answers: Frame) -> Frame:
    """Return the answers whose words are the writer's own, not one of a few that were offered.

    A question counts as closed when it has at least 20 answers with words, and fewer than one in
    five of them differ.

    Parameters
    ----------
    answers
        The table `answer` of the record.
    """
    question = ("source", "instrument", "item")
    asked = (
        _with_text(answers)
        .group_by(*question)
        .agg(given=nw.len(), different=nw.col("text").n_unique())
        .filter((nw.col("given") < _FEW) | (nw.col("different") * _REPEATED >= nw.col("given")))
        .select(*question)
    )
    return answers.join(asked, on=list(question), how="inner")


def _deeds(activities: Frame) -> Frame:
    return (
        _with_text(activities)
        .with_columns(message_id=nw.concat_str(nw.col("source", "activity_id"), separator=":"))
        .with_columns(day=nw.col("occurred_on_day"))
        .select(*COLUMNS)
    )


def _answers(answers: Frame) -> Frame:
    time = nw.col("answered_on")
    second = (
        time.dt.year().cast(nw.Int64()) * 10_000_000_000
        + time.dt.month().cast(nw.Int64()) * 100_000_000
        + time.dt.day().cast(nw.Int64()) * 1_000_000
        + time.dt.hour().cast(nw.Int64()) * 10_000
        + time.dt.minute().cast(nw.Int64()) * 100
        + time.dt.second().cast(nw.Int64())
    )
    parts = nw.col("instrument", "item", "respondent", "second")
    nothing = nw.lit(None, dtype=nw.String())
    return (
        _with_text(answers)
        .with_columns(second=second.cast(nw.String()))
        .with_columns(activity_id=nw.concat_str(parts, separator=":"))
        .with_columns(
            message_id=nw.concat_str(nw.col("source", "activity_id"), separator=":"),
            channel=nw.lit(SURVEY),
            occurred_on=time,
            day=nw.col("answered_on_day"),
            account_id=nw.col("respondent"),
            in_reply_to=nothing,
            object_id=nw.col("instrument"),
            url=nothing,
        )
        .select(*COLUMNS)
    )


def _with_text(rows: Frame) -> Frame:
    return rows.filter(nw.col("text").fill_null("").str.strip_chars() != "")


def distinct_texts(messages: Frame) -> Frame:
    """Return each text once: `text`."""
    return distinct(messages.select("text"))


def by_brand(messages: Frame, accounts: Frame) -> Frame:
    """Return the messages with `from_brand`: whether the brand or an employee wrote it.

    Parameters
    ----------
    messages
        With `source` and `account_id`.
    accounts
        The table `account` of the record, or any with `is_brand` and `is_employee`.
    """
    ours = distinct(
        accounts.filter(
            nw.col("is_brand").fill_null(value=False) | nw.col("is_employee").fill_null(value=False)
        ).select("source", "account_id", from_brand=nw.lit(True))
    )
    joined = messages.join(ours, on=["source", "account_id"], how="left")
    return joined.with_columns(from_brand=nw.col("from_brand").fill_null(value=False))


def with_copies(messages: Frame) -> Frame:
    """Return the messages with `copy_of`: the first message of those that are copies of one text.

    Parameters
    ----------
    messages
        With `copies`: a number that copies of one text share, null where the text is too short to
        be one; the column is dropped.
    """
    first = (
        messages.filter(~nw.col("copies").is_null())
        .with_columns(place=row_number(["copies"], ["occurred_on", "message_id"]))
        .filter(nw.col("place") == 1)
        .select("copies", first_message=nw.col("message_id"))
    )
    joined = messages.join(first, on="copies", how="left")
    found = nw.coalesce(nw.col("first_message"), nw.col("message_id"))
    return joined.with_columns(copy_of=found).drop("copies", "first_message")
