"""What the numbers on topics and on questions mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "topics",
        "Topics",
        "Groups of messages that share their words and come back when the messages are halved; "
        "topics of few people are left out.",
        source="Hennig 2007, section 3",
    ),
    Definition(
        "new_topics",
        "New topics",
        "Topics talked about in the last 28 days at least five times as often as ever before; at "
        "most one in ten of those told may be none.",
        source="Benjamini & Hochberg 1995",
    ),
    Definition(
        "growing_topics",
        "Growing topics",
        "Topics talked about more in the last 28 days than in the 84 days before; at most one in "
        "ten of the topics said to have changed may not have.",
        source="Benjamini & Hochberg 1995",
    ),
    Definition(
        "with_topic_share",
        "Messages with a topic",
        "Share of messages, without the brand's own and without copies, that belong to a topic; "
        "the others say too little or stand alone.",
    ),
    Definition(
        "questions_asked",
        "Questions asked",
        "Messages by others in which the model reads that an answer is expected.",
    ),
    Definition(
        "repeated_questions",
        "Questions asked again and again",
        "Groups of questions alike in their words that enough people asked.",
        source="Sokal & Michener 1958",
    ),
    Definition(
        "questions_unanswered",
        "Questions without an answer",
        "Share of questions that neither the brand nor anybody else answered, machines aside, "
        "where the source shows answers.",
    ),
)
