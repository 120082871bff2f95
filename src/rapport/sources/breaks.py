"""Days on which a network changed what it counts: a line must not be drawn across them."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

from rapport.results import Said


@dataclass(frozen=True, slots=True)
class Break:
    """One documented change of a figure.

    Parameters
    ----------
    sources
        The sources whose files carry the figure.
    metric
        What the record calls it.
    on
        The day of the change, by the day a post was published.
    what
        What changed, in one sentence.
    """

    sources: tuple[str, ...]
    metric: str
    on: dt.date
    what: Said


_INSTAGRAM = ("instagram", "meta_api", "fivetran_instagram_business")
_FACEBOOK = ("facebook", "fivetran_facebook_pages")

# Meta's change logs of the Instagram and Pages APIs; the dates are those of the last day served.
BREAKS = (
    Break(
        _INSTAGRAM,
        "impressions",
        dt.date(2025, 4, 21),
        Said("Instagram stopped counting impressions on 21 April 2025 and counts views since."),
    ),
    Break(
        _FACEBOOK,
        "impressions",
        dt.date(2025, 11, 15),
        Said("Facebook stopped counting impressions of pages on 15 November 2025."),
    ),
    Break(
        _FACEBOOK,
        "impressions",
        dt.date(2026, 6, 15),
        Said("Facebook stopped counting impressions of posts on 15 June 2026."),
    ),
)
