"""Which messages were written to the brand: on its pages, in its threads, to its service."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, distinct

# What arrives there is written to the brand, whatever it says.
CHANNELS = (
    "email", "phone", "chat", "social messaging", "survey", "store", "mail", "sms", "whatsapp",
    "messenger", "contact form", "direct message",
)  # fmt: skip


def addressed(messages: Frame, posts: Frame, tickets: Frame) -> Frame:
    """Return message_id of each message that was written to the brand, by people outside it.

    On a channel of its own, under one of its posts, as an answer to one of its messages, in a
    ticket, or as an answer to such a message.

    Parameters
    ----------
    messages
        As the step `understanding` writes them.
    posts, tickets
        Tables of the record.
    """
    plain = messages.select(
        "message_id", "source", "channel", "activity_id", "in_reply_to", "object_id", "from_brand"
    )
    published = distinct(posts.select("channel", target=nw.col("post_id")))
    said = plain.filter(nw.col("from_brand")).select("source", target=nw.col("activity_id"))
    served = tickets.select("source", target=nw.col("ticket_id"))
    ours = distinct(nw.concat([said, served], how="vertical"))
    people = plain.filter(~nw.col("from_brand"))
    found = distinct(
        nw.concat(
            [
                people.filter(nw.col("channel").is_in(CHANNELS)).select("message_id"),
                *(_below(people, published, "channel", by) for by in ("in_reply_to", "object_id")),
                *(_below(people, ours, "source", by) for by in ("in_reply_to", "object_id")),
            ],
            how="vertical",
        )
    )
    first = people.join(found, on="message_id", how="semi").select(
        "source", target=nw.col("activity_id")
    )
    answers = _below(people, first, "source", "in_reply_to")
    return distinct(nw.concat([found, answers], how="vertical"))


def _below(messages: Frame, targets: Frame, where: str, by: str) -> Frame:
    """Return the messages that point at one of the targets."""
    pointing = messages.filter(~nw.col(by).is_null()).with_columns(target=nw.col(by))
    return pointing.join(targets, on=[where, "target"], how="semi").select("message_id")
