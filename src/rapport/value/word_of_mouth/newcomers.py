"""New customers of each month, what they said brought them, and what they bought since."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, whole_sum
from rapport.value.referral.alone import MONTH, Alone

NEAR = 60
"""Days around the first order within which an answer is one of a new customer."""
UNASKED = "unasked"
CELL = ("cohort", "told", "near")


def newcomers(first: Frame, answers: Frame, referred: Frame, begin: int) -> Frame:
    """Return customers by the month of their first order, those who came with a code left out.

    Parameters
    ----------
    first
        Each customer's first order, as `gains.first_days` gives it.
    answers
        As `told.answers` gives them.
    referred
        As `referral.codes.referred` gives them.
    begin
        The first day of the record, as `date.toordinal`.

    Returns
    -------
    Frame
        person_id, first, cohort (months since `begin`), told ("unasked" where nobody asked), near
        (1: asked around the first order).
    """
    coded = referred.filter(nw.col("brought")).select(
        "person_id", has_code=nw.lit(1).cast(nw.Int64())
    )
    known = answers.filter(~nw.col("person_id").is_null()).select(
        "person_id", "told", asked=nw.col("number")
    )
    met = (
        first.join(coded, on="person_id", how="left")
        .filter(nw.col("has_code").is_null())
        .join(known, on="person_id", how="left")
    )
    away = nw.col("asked") - nw.col("first")
    months = ((nw.col("first") - begin).cast(nw.Float64()) / MONTH).floor()
    return met.select(
        "person_id",
        "first",
        cohort=months.cast(nw.Int64()),
        told=nw.col("told").fill_null(UNASKED),
        near=((away <= NEAR) & (away >= -NEAR)).fill_null(False).cast(nw.Int64()),
    )


def cohort_cells(newcomers: Frame, gains: Frame) -> Frame:
    """Return how many people share a cohort and an answer, and what they brought.

    Returns
    -------
    Frame
        cohort, told, near, people, gain, squares (of what each person brought).
    """
    sums = gains.group_by("person_id").agg(gain=nw.col("gain").sum())
    joined = newcomers.join(sums, on="person_id", how="inner")
    marked = joined.with_columns(square=nw.col("gain") * nw.col("gain"))
    return marked.group_by(*CELL).agg(
        people=nw.len().cast(nw.Int64()),
        gain=nw.col("gain").sum(),
        squares=nw.col("square").sum(),
    )


def gains_by_age(newcomers: Frame, gains: Frame) -> Frame:
    """Return what came in by months since the first order: cohort, told, near, age, gain."""
    joined = gains.join(newcomers, on="person_id", how="inner")
    age = ((nw.col("number") - nw.col("first")).cast(nw.Float64()) / MONTH).floor()
    aged = joined.with_columns(age=age.cast(nw.Int64()))
    return aged.group_by(*CELL, "age").agg(gain=nw.col("gain").sum())


def chances_of(newcomers: Frame, chances: Frame) -> Frame:
    """Return how likely word of mouth brought each person: person_id, first, chance.

    Parameters
    ----------
    chances
        cohort, told, near, chance: small, from the driver.
    """
    joined = newcomers.join(chances, on=list(CELL), how="inner")
    return joined.filter(nw.col("chance") > 0).select("person_id", "first", "chance")


def claims(chances: Frame, gains: Frame, alone: Alone) -> Frame:
    """Return the orders of people whom word of mouth may have brought, each with its share.

    Returns
    -------
    Frame
        person_id, source, purchase_id, gain, share: the chance that a friend brought the person,
        times the chance that they would not have come by themselves by then.
    """
    joined = gains.join(chances, on="person_id", how="inner")
    share = nw.col("chance") * alone.share_of_days(nw.col("number") - nw.col("first"))
    return joined.select("person_id", "source", "purchase_id", "gain", share=share)


def answers_by_kind(answers: Frame, referred: Frame) -> Frame:
    """Return how many said what, those who came with a code apart: told, coded, answers."""
    coded = referred.filter(nw.col("brought")).select("person_id", coded=nw.lit(1).cast(nw.Int64()))
    joined = answers.join(coded, on="person_id", how="left").with_columns(
        nw.col("coded").fill_null(0), one=nw.lit(1).cast(nw.Int64())
    )
    return joined.group_by("told", "coded").agg(answers=whole_sum(nw.col("one")))
