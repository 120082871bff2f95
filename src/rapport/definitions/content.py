"""What the numbers on posts mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

_MODEL = "Breslow & Clayton 1993"

ENTRIES = (
    Definition(
        "posts",
        "Posts with figures",
        "Posts of the brand of which a network gives figures; replies to somebody left out.",
    ),
    Definition(
        "asking_engaged",
        "Likes of posts that ask for something",
        "Likes, comments, shares and saves for one who saw the post (by reach, else impressions, "
        "else views; by post where none is known), posts with a call to action over posts without: "
        "same channel and month, other traits alike.",
        source=_MODEL,
    ),
    Definition(
        "asking_clicked",
        "Clicks of posts that ask for something",
        "Clicks on links (on anything where links are not told apart) for one who saw the post, "
        "posts with a call to action over posts without, compared in the same way.",
        source=_MODEL,
    ),
    Definition(
        "liked_and_clicked",
        "How far likes go with clicks",
        "Rank correlation, over posts of which both are known, of likes and clicks, each over what "
        "comparable posts have: 1 when the more liked are always the more clicked, 0 when one says "
        "nothing of the other.",
        source="Fieller, Hartley & Pearson 1957",
    ),
)
