"""How many real people each person's words reach: those who were seen to answer, like or share."""

from __future__ import annotations

import narwhals as nw

from rapport.people.gathering import REACTIONS
from rapport.record.frames import Frame, distinct, whole_sum


def reached(activity: Frame, spoken: Frame, links: Frame, suspicious: Frame | None) -> Frame:
    """Return how many people reacted to what each person said, each once.

    Parameters
    ----------
    activity
        source, account_id, verb, object_id, in_reply_to.
    spoken
        The messages that count: source, activity_id, person_id.
    links
        source, account_id, person_id.
    suspicious
        source and account_id of accounts that look bought: they are nobody's reach.

    Returns
    -------
    Frame
        person_id, reached.
    """
    verb = nw.col("verb")
    about = nw.coalesce(nw.col("in_reply_to"), nw.col("object_id"))
    acts = activity.filter(verb.is_in([*REACTIONS]), ~nw.col("account_id").is_null())
    acts = acts.select("source", "account_id", activity_id=about)
    acts = acts.filter(~nw.col("activity_id").is_null())
    own = spoken.select("source", "activity_id", person_id=nw.col("person_id"))
    met = acts.join(own, on=["source", "activity_id"], how="inner")
    if suspicious is not None:  # only now, since most acts are about nothing that was said
        key = ["source", "account_id"]
        met = met.join(distinct(suspicious.select(*key)), on=key, how="anti")
    who = links.select("source", "account_id", other=nw.col("person_id"))
    pairs = met.join(who, on=["source", "account_id"], how="inner").filter(
        nw.col("other") != nw.col("person_id")
    )
    each = distinct(pairs.select("person_id", "other")).with_columns(one=nw.lit(1))
    return each.group_by("person_id").agg(reached=whole_sum(nw.col("one")))
