"""What the numbers on talk mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "recent_messages",
        "Messages in the last 30 days",
        "What others wrote in the 30 days up to the newest message: copies of one text count once, "
        "the brand's own messages do not count.",
    ),
    Definition(
        "alarms_open",
        "Alarms that go on",
        "Streams of messages that are out of the usual now and not explained, those that overlap "
        "taken as one.",
        source="Pollak 1985",
    ),
    Definition(
        "alarms_raised",
        "Alarms raised",
        "Times at which streams of messages were out of the usual; how many of them may be false "
        "in a month is set beforehand.",
        source="Pollak 1985",
    ),
    Definition(
        "alarms_unexplained",
        "Of these, not explained",
        "Alarms that no known event (a launch, promotion, holiday, event in a store or new price) "
        "and no post of the brand explains, and that stand for enough people to be shown as a "
        "group. A crisis counts in any case.",
    ),
    Definition(
        "net_sentiment",
        "Net sentiment",
        "Positive less negative messages of the last 30 days, divided by both; what is neutral or "
        "unsure is left out. The range takes authors as drawn, not messages.",
    ),
    Definition(
        "share_of_voice",
        "Share of voice",
        "Mentions of the brand in the last 30 days, divided by mentions of it and of the "
        "competitors that the settings name. The range takes authors as drawn, not messages.",
    ),
    Definition(
        "potential_reach",
        "Followers of those who spoke",
        "Followers of the accounts that wrote in the last 30 days, each account once. People who "
        "follow two of them count twice, and few of them saw it.",
    ),
    Definition(
        "potential_reach_genuine",
        "The same without suspicious accounts",
        "Followers of those who spoke, without accounts that are taken for bought or automated.",
    ),
    Definition(
        "earned_media_value",
        "The same reach bought as ads",
        "Followers of those who spoke, at the cost per thousand set in rapport.toml. A count "
        "beside: nobody paid it, nobody earned it, and it is part of no return.",
    ),
)
