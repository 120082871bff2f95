"""What the numbers on messages and what they say mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "messages_understood",
        "Messages read",
        "Messages, comments, reviews and survey answers with words, without the brand's own and "
        "without copies of one text.",
    ),
    Definition(
        "messages_negative",
        "Taken as negative",
        "Messages in which the model reads displeasure with enough certainty; its errors are not "
        "taken out.",
    ),
    Definition(
        "messages_positive",
        "Taken as positive",
        "Messages in which the model reads pleasure with enough certainty; its errors are not "
        "taken out.",
    ),
    Definition(
        "messages_unsure",
        "Sentiment not told",
        "Messages of which none of the three sentiments is probable enough to be told.",
    ),
    Definition(
        "messages_praise",
        "Taken as praise",
        "Messages in which the model reads that something of the brand is called good.",
    ),
    Definition(
        "messages_complaint",
        "Taken as complaints",
        "Messages in which the model reads that something went wrong.",
    ),
    Definition(
        "messages_suggestion",
        "Taken as suggestions",
        "Messages in which the model reads a wish for something new or different.",
    ),
    Definition(
        "messages_question",
        "Taken as questions",
        "Messages in which the model reads that an answer is expected.",
    ),
    Definition(
        "messages_purchase_intent",
        "Taken as wishes to buy",
        "Messages in which the model reads a wish or a plan to buy.",
    ),
    Definition(
        "messages_leaving",
        "Taken as leaving",
        "Messages in which the model reads that somebody leaves, or threatens to.",
    ),
    Definition(
        "messages_thanks",
        "Taken as thanks",
        "Messages in which the model reads thanks to the brand or its people.",
    ),
    Definition(
        "messages_recommendation",
        "Taken as recommendations",
        "Messages in which the model reads that the brand is recommended to others.",
    ),
    Definition(
        "messages_irony",
        "Perhaps ironic",
        "Messages that may mean the opposite of their words: a person should look at them.",
    ),
)
