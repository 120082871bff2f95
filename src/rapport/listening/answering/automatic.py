"""Replies that no person wrote: flagged accounts, stock phrases, copies sent within seconds."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from rapport.listening.answering.business_hours import seconds
from rapport.record.frames import Frame, whole_sum

QUICK = 60
"""Seconds within which a reply may be a machine's."""
COPIES = 5
COPIES_QUICK = 0.8
AROUND_THE_CLOCK = 18  # distinct hours of the day
ENOUGH = 30

PHRASES = (
    "réponse automatique",
    "reponse automatique",
    "message automatique",
    "répondeur automatique",
    "e-mail automatique",
    "mail automatique",
    "automatic reply",
    "automatic response",
    "automated reply",
    "automated response",
    "automated message",
    "auto-reply",
    "autoreply",
    "out of office",
    "out-of-office",
    "absent du bureau",
    "absente du bureau",
    "actuellement absent",
    "nous avons bien reçu votre",
    "nous avons bien recu votre",
    "votre demande a bien été",
    "votre demande a bien ete",
    "votre message a bien été reçu",
    "we have received your",
    "we've received your",
    "your request has been received",
    "your message has been received",
    "your ticket has been created",
    "do not reply to this",
    "please do not reply",
    "merci de ne pas répondre à ce",
    "ne pas répondre à cet e-mail",
    "i am a bot",
    "i'm a bot",
    "je suis un robot",
    "assistant virtuel",
    "virtual assistant",
)
"""What machines say, in French and English; compared in small letters."""


def judged(threads: Frame, bots: Sequence[str] = ()) -> Frame:
    """Return the messages of conversations, with why each reply of the brand is a machine's.

    Four signs: an account that is named as a bot; a phrase of `PHRASES`; one text that an account
    sent at least `COPIES` times, nearly always within `QUICK` seconds; and an account whose quick
    replies come at nearly all hours of the day, whose quick replies then are a machine's. A text
    that people send again and again by hand, slowly, is an answer.

    Parameters
    ----------
    threads
        As `threads.threads` gives them.
    bots
        Account ids that are known to be machines.

    Returns
    -------
    Frame
        The rows with `automatic`: "account", "phrase", "copies", "clock", or null for a person's.
    """
    folded = nw.col("text").str.to_lowercase()
    bare = folded.str.replace_all(r"@[a-z0-9_.\-]+", "").str.strip_chars(" ")
    reaction = seconds(nw.col("occurred_on")) - seconds(nw.col("reacted"))
    told = threads.with_columns(
        bare=bare,
        said=nw.any_horizontal(
            *(folded.str.contains(phrase, literal=True) for phrase in PHRASES), ignore_nulls=True
        ).fill_null(False),
        quick=((reaction >= 0) & (reaction <= QUICK)).cast(nw.Int64()).fill_null(0),
        hour=nw.col("occurred_on").dt.hour().cast(nw.Int64()),
    )
    replies = told.filter(nw.col("from_brand") & ~nw.col("parent").is_null())
    copies = (
        replies.group_by("channel", "account_id", "bare")
        .agg(sent=nw.len(), at_once=whole_sum(nw.col("quick")))
        .filter(
            (nw.col("sent") >= COPIES)
            & (nw.col("at_once").cast(nw.Float64()) >= COPIES_QUICK * nw.col("sent"))
        )
        .select("channel", "account_id", "bare", copied=nw.lit(1))
    )
    rapid = replies.filter(nw.col("quick") == 1)
    by_hour = rapid.group_by("channel", "account_id", "hour").agg(sent=nw.len())
    clocks = (
        by_hour.group_by("channel", "account_id")
        .agg(hours=nw.len(), sent=whole_sum(nw.col("sent")))
        .filter((nw.col("hours") >= AROUND_THE_CLOCK) & (nw.col("sent") >= ENOUGH))
        .select("channel", "account_id", sleepless=nw.lit(1))
    )
    told = told.join(copies, on=["channel", "account_id", "bare"], how="left")
    told = told.join(clocks, on=["channel", "account_id"], how="left")
    flagged = nw.col("account_id").fill_null("").is_in(list(bots) or [""])
    flagged = flagged & ~nw.col("account_id").is_null()
    sleepless = ~nw.col("sleepless").is_null() & (nw.col("quick") == 1)
    why = (
        nw.when(flagged)
        .then(nw.lit("account"))
        .otherwise(
            nw.when(nw.col("said"))
            .then(nw.lit("phrase"))
            .otherwise(
                nw.when(~nw.col("copied").is_null())
                .then(nw.lit("copies"))
                .otherwise(nw.when(sleepless).then(nw.lit("clock")))
            )
        )
    )
    told = told.with_columns(automatic=nw.when(nw.col("from_brand")).then(why))
    return told.drop("bare", "said", "quick", "hour", "copied", "sleepless")
