"""What the shares of messages mean: corrected for the model's errors."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "messages_about_brand",
        "Messages about the brand",
        "Messages that name the brand, or are written to it: on its pages, in its threads, to its "
        "service.",
    ),
    Definition(
        "negative_share",
        "Negative messages",
        "Share of messages whose writer is displeased, corrected for the model’s errors; copies of "
        "one text count once, the brand’s own messages do not.",
    ),
    Definition(
        "neutral_share",
        "Neutral messages",
        "Share of messages whose writer is neither pleased nor displeased: what the negative and "
        "the positive leave.",
    ),
    Definition(
        "positive_share",
        "Positive messages",
        "Share of messages whose writer is pleased, corrected for the model’s errors; copies of "
        "one text count once, the brand’s own messages do not.",
    ),
    Definition(
        "praise_share",
        "Praise",
        "Share of messages that call something good, corrected for the model’s errors.",
    ),
    Definition(
        "complaint_share",
        "Complaints",
        "Share of messages that say that something went wrong, corrected for the model’s errors.",
    ),
    Definition(
        "suggestion_share",
        "Suggestions",
        "Share of messages that wish for something new or different, corrected for the model’s "
        "errors.",
    ),
    Definition(
        "question_share",
        "Questions",
        "Share of messages that expect an answer, corrected for the model’s errors.",
    ),
    Definition(
        "purchase_intent_share",
        "Wishes to buy",
        "Share of messages whose writer wants or plans to buy, corrected for the model’s errors.",
    ),
    Definition(
        "leaving_share",
        "Leaving",
        "Share of messages whose writer leaves or threatens to, corrected for the model’s errors.",
    ),
    Definition(
        "thanks_share",
        "Thanks",
        "Share of messages that thank the brand or its people, corrected for the model’s errors.",
    ),
    Definition(
        "recommendation_share",
        "Recommendations",
        "Share of messages that recommend the brand to others, corrected for the model’s errors.",
    ),
)
