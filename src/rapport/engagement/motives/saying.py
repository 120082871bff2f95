"""Motives as people say them in the questionnaire, put before those that their behaviour shows."""

from __future__ import annotations

import narwhals as nw

from rapport.choices import NONE
from rapport.questionnaire import CHOICES
from rapport.record.frames import Frame, whole_sum

SAID, SHOWN = "survey", "behaviour"
_PREFIX = len("motive_")


def said(answers: Frame, links: Frame) -> Frame:
    """Return the motives that known people said they have, or have not: their last answer.

    A form on which nothing was chosen is an answer only where "none of these" was not on offer: the
    others are forms whose tool writes 0 for a question that was skipped.

    Parameters
    ----------
    answers
        The table `answer` of the record, of our questionnaire.
    links
        source, account_id, person_id.

    Returns
    -------
    Frame
        person_id, motive, said (1 or 0), said_on; a row for each motive that was on offer.
    """
    rows = answers.filter(
        nw.col("item").is_in(list(CHOICES)),
        ~nw.col("score").is_null(),
        ~nw.col("answered_on").is_null(),
    ).select(
        "source",
        "item",
        "answered_on",
        score=nw.col("score").cast(nw.Float64()),
        said_on=nw.col("answered_on_day"),
        account_id=nw.col("respondent"),
    )
    known = rows.join(links, on=["source", "account_id"], how="inner")
    forms = known.group_by("person_id", "answered_on").agg(
        most=nw.col("score").max(), offered=whole_sum((nw.col("item") == NONE).cast(nw.Int64()))
    )
    filled = forms.filter((nw.col("most") > 0) | (nw.col("offered") == 0))
    last = filled.group_by("person_id").agg(answered_on=nw.col("answered_on").max())
    newest = known.join(last, on=["person_id", "answered_on"], how="inner")
    each = newest.filter(nw.col("item") != NONE).with_columns(
        motive=nw.col("item").str.slice(_PREFIX)
    )
    # two forms of one person at one moment: what either says they come for, they come for
    return each.group_by("person_id", "motive").agg(
        said=(nw.col("score").max() > 0).cast(nw.Int64()), said_on=nw.col("said_on").max()
    )


def beside(said: Frame, shown: Frame) -> Frame:
    """Return what people said, and how strongly their behaviour shows it: null where it cannot.

    Parameters
    ----------
    said
        As `said` gives it.
    shown
        person_id, motive, strength.

    Returns
    -------
    Frame
        person_id, motive, said, strength.
    """
    strong = shown.select("person_id", "motive", "strength")
    return said.select("person_id", "motive", "said").join(
        strong, on=["person_id", "motive"], how="left"
    )


def standing(said: Frame, people: Frame, levels: Frame) -> Frame:
    """Return everybody who answered, with their side and how likely each level is for them.

    Parameters
    ----------
    said
        As `said` gives it.
    people
        person_id, relation.
    levels
        person_id and the chances of the four levels; people may be missing.

    Returns
    -------
    Frame
        person_id, side, and the chances, null where nothing is known.
    """
    prospect = nw.col("relation").fill_null("prospect") == "prospect"
    side = nw.when(prospect).then(nw.lit("prospect")).otherwise(nw.lit("customer"))
    there = people.select("person_id", side=side)
    each = said.group_by("person_id").agg(motives=nw.len().cast(nw.Int64()))
    asked = each.select("person_id").join(there, on="person_id", how="inner")
    return asked.join(levels, on="person_id", how="left")


def settled(said: Frame, shown: Frame) -> Frame:
    """Return the motives of everybody: as said where they were asked, else as they show.

    Parameters
    ----------
    said
        As `said` gives it.
    shown
        person_id, motive, strength, signs, occasions, chance, has (1 or 0) and grade.

    Returns
    -------
    Frame
        person_id, motive, has, basis, grade, chance, strength, signs, occasions, said_on; of those
        who were not asked only motives of which a sign was seen.
    """
    key = ["person_id", "motive"]
    evidence = ("strength", "signs", "occasions")
    asked = said.join(shown.select(*key, *evidence), on=key, how="left").select(
        *key,
        has=nw.col("said"),
        basis=nw.lit(SAID),
        grade=nw.lit("count"),
        chance=nw.col("said").cast(nw.Float64()),
        **{name: nw.col(name) for name in evidence},
        said_on=nw.col("said_on"),
    )
    others = shown.filter(nw.col("signs") > 0).join(said.select(*key), on=key, how="anti")
    by_deeds = others.select(
        *key,
        has=nw.col("has"),
        basis=nw.lit(SHOWN),
        grade=nw.col("grade"),
        chance=nw.col("chance"),
        **{name: nw.col(name) for name in evidence},
        said_on=nw.lit(None).cast(nw.Date()),
    )
    return nw.concat([asked, by_deeds], how="vertical")


def first_said(said: Frame, shown: Frame) -> Frame:
    """Return who has which motive, by what they said, or by what they showed before a day.

    Parameters
    ----------
    said
        As `said` gives it.
    shown
        person_id, motive, has (1 or 0).

    Returns
    -------
    Frame
        person_id, motive, has, asked (1 or 0).
    """
    key = ["person_id", "motive"]
    asked = said.select(*key, has=nw.col("said"), asked=nw.lit(1).cast(nw.Int64()))
    others = shown.select(*key, "has").join(said.select(*key), on=key, how="anti")
    return nw.concat([asked, others.with_columns(asked=nw.lit(0).cast(nw.Int64()))], how="vertical")


def counted(settled: Frame) -> Frame:
    """Return how many have each motive, by what it is told from: motive, basis, people, having."""
    return settled.group_by("motive", "basis").agg(
        people=nw.len().cast(nw.Int64()), having=whole_sum(nw.col("has"))
    )
