"""Why an account is suspected, in words."""

from __future__ import annotations

from rapport.results import Said

REASONS: dict[str, Said] = {
    "follows_many": Said("follows far more accounts than follow it"),
    "few_followers": Said("hardly anyone follows it"),
    "few_posts": Said("has hardly posted"),
    "likes_nothing": Said("hardly likes anything"),
    "long_silent": Said("has been silent for long"),
    "new_account": Said("was opened lately"),
    "digits_in_handle": Said("its handle is full of digits"),
    "on_no_list": Said("is on nobody’s list"),
    "no_picture": Said("has no picture"),
    "no_description": Said("says nothing about itself"),
    "no_url": Said("names no site"),
    "no_location": Said("names no place"),
    "never_active": Said("follows, and was never seen to do anything else"),
    "never_ordered": Said("is not known to have bought"),
    "followed_in_a_burst": Said("began to follow in a burst"),
    "created_together": Said("was opened together with many others"),
    "reacts_with_the_same_few": Said("reacts together with the same few accounts"),
    "reacts_within_minutes": Said("reacts as soon as a post is out"),
    "active_round_the_clock": Said("is active round the clock"),
    "like_labelled_accounts": Said("looks like accounts labelled as bought"),
}


def in_words(reasons: str, language: str = "en") -> str:
    """Return reasons, as `authenticity` gives them, in words of a language.

    Examples
    --------
    >>> in_words("follows_many, no_picture")
    'follows far more accounts than follow it, has no picture'
    """
    codes = [code for code in reasons.split(", ") if code]
    return ", ".join(REASONS[code].text(language) if code in REASONS else code for code in codes)
