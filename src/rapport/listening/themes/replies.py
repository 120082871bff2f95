"""Who answered which question, and whether it helped: conversations and help desks together."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, distinct, row_number, whole_sum

STAFF, COMMUNITY, NOBODY, UNSEEN = "staff", "community", "nobody", "unseen"


def questions_of(messages: Frame) -> Frame:
    """Return the questions of people other than the brand's own.

    Returns
    -------
    Frame
        message_id, source, channel (the source where there is none), activity_id, object_id,
        person_id, day, text, language, copy_of.
    """
    wanted = nw.col("is_question") & ~nw.col("from_brand") & ~nw.col("day").is_null()
    return messages.filter(wanted).select(
        *("message_id", "source", "activity_id", "object_id", "person_id", "day", "text"),
        *("language", "copy_of"),
        channel=nw.col("channel").fill_null(nw.col("source")),
    )


def replies_to(questions: Frame, talk: Frame) -> Frame:
    """Return every reply to a question: to it itself or, where it began a conversation, after it.

    Parameters
    ----------
    questions
        As `questions_of` gives them.
    talk
        channel, message_id, account_id, from_brand, occurred_on, parent, root, text, automatic: as
        `rapport.listening.answering.automatic.judged` gives them.

    Returns
    -------
    Frame
        question_id (message_id of the question), channel, reply (its own id there), occurred_on,
        by ("staff" or "community"), text; what machines wrote and what the asker wrote is left out.
    """
    asked = distinct(questions.select("channel", "activity_id", question_id=nw.col("message_id")))
    began = talk.select(
        "channel",
        "root",
        activity_id=nw.col("message_id"),
        asker=nw.col("account_id"),
        asked_on=nw.col("occurred_on"),
    )
    known = asked.join(began, on=["channel", "activity_id"], how="inner")
    inside = known.join(
        talk.select(
            *("channel", "root", "account_id", "from_brand", "occurred_on", "text"),
            *("parent", "automatic"),
            reply=nw.col("message_id"),
        ),
        on=["channel", "root"],
        how="inner",
    )
    direct = (nw.col("parent") == nw.col("activity_id")) | (nw.col("root") == nw.col("activity_id"))
    other = nw.col("account_id").fill_null("") != nw.col("asker").fill_null("?")
    later = nw.col("occurred_on") >= nw.col("asked_on")
    human = nw.col("automatic").is_null()
    differs = nw.col("reply") != nw.col("activity_id")
    return inside.filter(direct, other, later, human, differs).select(
        *("question_id", "channel", "reply", "occurred_on", "text"),
        by=nw.when(nw.col("from_brand")).then(nw.lit(STAFF)).otherwise(nw.lit(COMMUNITY)),
    )


def praised(replies: Frame, questions: Frame, messages: Frame, likes: Frame) -> Frame:
    """Return the replies with `thanked` (the asker then thanked or praised: 1 or 0) and `likes`.

    Parameters
    ----------
    replies
        As `replies_to` gives them.
    questions
        As `questions_of` gives them.
    messages
        The result table `messages`; what the asker wrote in answer to the reply counts.
    likes
        The record's `activity`, of which likes count.
    """
    askers = questions.select(question_id=nw.col("message_id"), person_id=nw.col("person_id"))
    glad = (nw.col("is_thanks") | nw.col("is_praise")) & ~nw.col("in_reply_to").is_null()
    thanks = distinct(
        messages.filter(glad).select(
            "person_id",
            channel=nw.col("channel").fill_null(nw.col("source")),
            reply=nw.col("in_reply_to"),
            thanked=nw.lit(1),
        )
    )
    liked = (
        likes.filter((nw.col("verb") == "Like") & ~nw.col("object_id").is_null())
        .group_by(nw.col("channel").fill_null(nw.col("source")).alias("channel"), "object_id")
        .agg(likes=nw.len().cast(nw.Int64()))
        .select("channel", "likes", reply=nw.col("object_id"))
    )
    told = (
        replies.join(askers, on="question_id", how="left")
        .join(thanks, on=["person_id", "channel", "reply"], how="left")
        .join(liked, on=["channel", "reply"], how="left")
    )
    return told.select(
        *("question_id", "channel", "reply", "occurred_on", "by", "text"),
        thanked=nw.col("thanked").fill_null(0).cast(nw.Int64()),
        likes=nw.col("likes").fill_null(0),
    )


def states(questions: Frame, replies: Frame, tickets: Frame, seen: Frame) -> Frame:
    """Return for each question who answered it.

    Parameters
    ----------
    questions, replies
        As `questions_of` and `replies_to` give them.
    tickets
        The record's table: a question that opened one was answered when a person did there.
    seen
        source: where the brand is seen to answer at all. Elsewhere nobody can tell.

    Returns
    -------
    Frame
        message_id, state: "staff", "community", "nobody", or "unseen".
    """
    staff = (nw.col("by") == STAFF).cast(nw.Int64())
    answered = replies.group_by("question_id").agg(staff=staff.max())
    human = (~nw.col("first_human_answer_on").is_null()).cast(nw.Int64())
    desk = (
        tickets.with_columns(human=human)
        .group_by("source", "ticket_id")
        .agg(desk=nw.col("human").max())
        .select("source", "desk", object_id=nw.col("ticket_id"))
    )
    watched = distinct(seen.select("source", seen=nw.lit(1)))
    told = (
        questions.join(
            answered.select("staff", message_id=nw.col("question_id")), on="message_id", how="left"
        )
        .join(desk, on=["source", "object_id"], how="left")
        .join(watched, on="source", how="left")
    )
    state = (
        nw.when((nw.col("staff") == 1) | (nw.col("desk") == 1))
        .then(nw.lit(STAFF))
        .otherwise(
            nw.when(nw.col("staff") == 0)
            .then(nw.lit(COMMUNITY))
            .otherwise(
                nw.when(~nw.col("seen").is_null() | ~nw.col("desk").is_null())
                .then(nw.lit(NOBODY))
                .otherwise(nw.lit(UNSEEN))
            )
        )
    )
    return told.select("message_id", state=state)


def question_sums(questions: Frame, groups: Frame, states: Frame, last: int) -> Frame:
    """Return one row a group of questions: how often asked, by how many, since when, unanswered.

    Parameters
    ----------
    questions
        As `questions_of` gives them, with number (the day as `date.toordinal`).
    groups
        message_id, question_id.
    states
        As `states` gives them.
    last
        The last day: times of the year before it are counted too.

    Returns
    -------
    Frame
        question_id, times, people, first_seen, last_seen, year (times in the last 365 days),
        staff, community, nobody, unseen (times).
    """
    counted = {
        name: (nw.col("state") == name).cast(nw.Int64())
        for name in (STAFF, COMMUNITY, NOBODY, UNSEEN)
    }
    joined = (
        questions.join(groups, on="message_id", how="inner")
        .join(states, on="message_id", how="left")
        .with_columns(year=(nw.col("number") > last - 365).cast(nw.Int64()), **counted)
    )
    return joined.group_by("question_id").agg(
        times=nw.len().cast(nw.Int64()),
        people=nw.col("person_id").n_unique().cast(nw.Int64()),
        first_seen=nw.col("day").min(),
        last_seen=nw.col("day").max(),
        year=whole_sum(nw.col("year")),
        **{name: whole_sum(nw.col(name)) for name in counted},
    )


def best_answers(replies: Frame, groups: Frame) -> Frame:
    """Return the best reply to each group of questions: question_id, answer, answered_by, url-less.

    A reply that the asker thanked for counts most, then one by staff, then likes; a few words, or
    one that only sends people to a private message, counts least. Of equals the latest, since what
    is true changes.

    Parameters
    ----------
    replies
        As `praised` gives them.
    groups
        message_id (of the question), question_id.
    """
    text = nw.col("text")
    short = text.str.len_chars() < 25
    private = text.str.to_lowercase().str.contains(
        r"message priv|en mp|en dm|by dm|a dm|us dm|private message|direct message|message direct"
    )
    worth = (
        2.0 * nw.col("thanked")
        + nw.when(nw.col("by") == STAFF).then(1.0).otherwise(0.0)
        + nw.when(nw.col("likes") > 0).then(0.5).otherwise(0.0)
        - nw.when(short.fill_null(value=True)).then(2.0).otherwise(0.0)
        - nw.when(private.fill_null(value=False)).then(1.5).otherwise(0.0)
    )
    joined = (
        replies.select(
            *("channel", "reply", "text", "by", "thanked", "likes", "occurred_on"),
            message_id=nw.col("question_id"),
            rank=-worth,
        )
        .join(groups, on="message_id", how="inner")
        .filter(nw.col("rank") < 1)
    )
    fresh = (-_seconds(nw.col("occurred_on"))).alias("fresh")
    ranked = joined.with_columns(fresh).with_columns(
        place=row_number(["question_id"], ["rank", "fresh", "reply", "message_id"])
    )
    return ranked.filter(nw.col("place") == 1).select(
        "question_id",
        answer=nw.col("text"),
        answered_by=nw.col("by"),
        answer_channel=nw.col("channel"),
        answer_id=nw.col("reply"),
        thanked=nw.col("thanked"),
        likes=nw.col("likes"),
    )


def _seconds(time: nw.Expr) -> nw.Expr:
    from rapport.record.frames import day_number

    within = time.dt.hour() * 3600 + time.dt.minute() * 60 + time.dt.second()
    return day_number(time) * 86_400 + within.cast(nw.Int64())
