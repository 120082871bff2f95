"""Occasions on which a motive could show, and whether it did: one row each.

A motive is not seen; what is seen is that somebody does one thing rather than another when both
were open: asks rather than talks, buys with a coupon rather than without, looks rather than buys.
So each motive has occasions of its own, and two people are compared by the same kind of occasion.
"""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw

from rapport.record.frames import Frame, whole_sum

HELP, INFORMATION, BELONGING, SAVING = "help", "information", "belonging", "saving"
SELF, HEARD, GOOD = "self_expression", "being_heard", "doing_good"
MOTIVES = (HELP, INFORMATION, BELONGING, SAVING, SELF, HEARD, GOOD)
_GOOD_WORDS = (
    r"charit|donat|solidar|caritati|association|planet|planète|climat|recycl|organic|\bbio\b|"
    r"fair ?trade|équitable|plastic|plastique|waste|gaspill|vegan|carbon"
)


PERSON, ACCOUNT = ("person_id",), ("source", "account_id")


def _rows(frame: Frame, hits: Mapping[str, nw.Expr]) -> Frame:
    parts = [
        frame.select(*PERSON, "early", motive=nw.lit(motive), hit=hit.cast(nw.Int64()))
        for motive, hit in hits.items()
    ]
    return nw.concat(parts, how="vertical")


def of_messages(messages: Frame) -> Frame:
    """Return what messages show: a question (help), a complaint or an idea (being heard), care.

    Parameters
    ----------
    messages
        person_id, early (1 or 0), is_question, is_complaint, is_suggestion, text, in_reply_to.
    """
    words = nw.col("text").fill_null("").str.to_lowercase()
    own = nw.col("in_reply_to").is_null() & words.str.contains("#")
    hits = {
        HELP: nw.col("is_question"),
        HEARD: nw.col("is_complaint") | nw.col("is_suggestion"),
        SELF: own,
        GOOD: words.str.contains(_GOOD_WORDS),
    }
    return _rows(messages, hits)


def of_orders(orders: Frame) -> Frame:
    """Return what orders show: bought with a coupon or a reduction (money saved), or without.

    Parameters
    ----------
    orders
        person_id, early, reduced (a flag).
    """
    return _rows(orders, {SAVING: nw.col("reduced")})


def of_visits(visits: Frame) -> Frame:
    """Return what web visits show: came to look (information), or reached a goal.

    Parameters
    ----------
    visits
        person_id, early, goals (null or empty without any).
    """
    return _rows(visits, {INFORMATION: nw.col("goals").fill_null("") == ""})


def of_deeds(deeds: Frame) -> Frame:
    """Return what being there and reacting show: one row for each deed that shows something.

    Who came to an event rather than to a shop (belonging); who shared under their own name rather
    than liked (self-expression).

    Parameters
    ----------
    deeds
        source, account_id, early, verb, channel: all that accounts did.
    """
    verb = nw.col("verb")
    reacted = verb.is_in(["Like", "Announce"])
    event = (verb == "Join") & (nw.col("channel").fill_null("") == "event")
    return deeds.filter(reacted | (verb == "Arrive") | event).select(
        *ACCOUNT,
        "early",
        motive=nw.when(reacted).then(nw.lit(SELF)).otherwise(nw.lit(BELONGING)),
        hit=verb.is_in(["Join", "Announce"]).cast(nw.Int64()),
    )


def counted(chances: Frame) -> Frame:
    """Return for each person and motive the occasions and signs of it, early ones and late ones.

    Parameters
    ----------
    chances
        One row an occasion, of a person or of an account; many, so each kind of fact is counted
        by itself.

    Returns
    -------
    Frame
        person_id (or source and account_id), motive, early (1 or 0), occasions, signs.
    """
    who = ACCOUNT if "account_id" in chances.collect_schema().names() else PERSON
    return chances.group_by(*who, "motive", "early").agg(
        occasions=nw.len().cast(nw.Int64()), signs=whole_sum(nw.col("hit"))
    )


def together(counts: Frame) -> Frame:
    """Return occasions and signs by person and motive, whatever they were counted from.

    Parameters
    ----------
    counts
        person_id, motive, occasions, signs.
    """
    return counts.group_by("person_id", "motive").agg(
        occasions=whole_sum(nw.col("occasions")), signs=whole_sum(nw.col("signs"))
    )


def cells(counts: Frame) -> Frame:
    """Return how many people share a motive's occasions and signs: all that a fit needs."""
    return counts.group_by("motive", "occasions", "signs").agg(people=nw.len().cast(nw.Int64()))


def strengths(counts: Frame, fitted: Frame) -> Frame:
    """Return each person's strength of each motive: the chance of being above the usual.

    Parameters
    ----------
    counts
        As `together` gives them.
    fitted
        motive, occasions, signs, strength: of each cell, as the fit gives it; what else it has of
        the cell stays.
    """
    key = ["motive", "occasions", "signs"]
    more = [name for name in fitted.collect_schema().names() if name not in (*key, "strength")]
    return counts.join(fitted, on=key, how="inner").select(
        "person_id", "motive", "strength", "signs", "occasions", *more
    )
