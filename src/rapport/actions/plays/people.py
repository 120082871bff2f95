"""Whom each play is for: one row a person, the one with most at stake first unless said otherwise.

`value` is what is at stake with a person; `counts` is 1 where money is expected of reaching them.
"""

from __future__ import annotations

import narwhals as nw

from rapport.actions.plays import play
from rapport.record.frames import Frame, day_number, distinct, row_number

_COLUMNS = ("play", "person_id", "value", "counts", "reasons", "said", "url", "urgency")


def ordinary(people: Frame) -> Frame:
    """Return person_id of everybody who is neither the brand, nor an employee, nor a reseller."""
    own = nw.col("role").is_null() | (nw.col("role") == "person")
    return distinct(people.filter(own).select("person_id"))


def to_thank(advocates: Frame, held: Frame, asked: Frame, most: int) -> Frame:
    """Return advocates who have no code yet, and were not asked often enough.

    Parameters
    ----------
    advocates
        person_id, side, speaks_well, speaks_ill, influence, evidence. Money is expected of
        customers alone: codes for a friend were theirs so far.
    held
        person_id of who has a code.
    asked
        person_id, times in the last year.
    most
        How often one of them may be asked a year.
    """
    free = (
        advocates.filter((nw.col("speaks_well") >= 0.5) & (nw.col("speaks_ill") < 0.5))
        .join(distinct(held.select("person_id")), on="person_id", how="anti")
        .join(asked, on="person_id", how="left")
        .filter(nw.col("times").fill_null(0) < most)
    )
    codes = nw.col("evidence").fill_null("").str.replace_all(", ", " ", literal=True)
    told = free.with_columns(
        value=nw.col("influence").fill_null(0.0), counts=nw.col("side") == "customer", reasons=codes
    )
    return _rows(told, play.THANK)


def waiting(unanswered: Frame, kinds: tuple[str, ...], since: int) -> Frame:
    """Return the newest request of each person that waits, of these kinds and not older than a day.

    Parameters
    ----------
    unanswered
        person_id, kind, opened_on, source, request_id, relation, text, url.
    since
        The first day that counts, as `date.toordinal`.
    """
    known = unanswered.filter(
        ~nw.col("person_id").is_null()
        & nw.col("kind").is_in(list(kinds))
        & (day_number(nw.col("opened_on")) >= since)
    )
    same = ["person_id"]
    last = known.group_by(same).agg(opened_on=nw.col("opened_on").max())
    newest = known.join(last, on=["person_id", "opened_on"], how="inner")
    placed = newest.with_columns(place=row_number(same, ["source", "request_id"]))
    return placed.filter(nw.col("place") == 1)


def to_answer(requests: Frame, yearly: Frame, least: float) -> Frame:
    """Return who waits with a complaint, or said they would leave, by what they buy in a year.

    Parameters
    ----------
    requests
        As `waiting` gives them.
    yearly
        person_id, year.
    least
        What somebody must buy in a year for an answer to be worth its cost.
    """
    year = nw.col("year").fill_null(0.0)
    told = requests.join(yearly, on="person_id", how="left").with_columns(
        value=year, counts=year > least, reasons=nw.col("kind")
    )
    return _rows(told, play.ANSWER, said=True)


def to_sell(requests: Frame, new: float, known: float, least: float) -> Frame:
    """Return who asked to buy and waits, by what a sale to them would be worth.

    Parameters
    ----------
    requests
        As `waiting` gives them.
    new, known
        What a new customer, and one more order of a customer, are worth.
    least
        What a sale must be worth for a reply to be worth its cost.
    """
    first = nw.col("relation").fill_null("prospect") == "prospect"
    worth = nw.when(first).then(nw.lit(new)).otherwise(nw.lit(known))
    told = requests.with_columns(
        value=worth, counts=worth > least, reasons=nw.col("relation").fill_null("prospect")
    )
    return _rows(told, play.SELL, said=True)


def to_win_back(breaking_up: Frame) -> Frame:
    """Return who is breaking up, by the margin at risk.

    Parameters
    ----------
    breaking_up
        person_id, margin_at_risk, because.
    """
    at_risk = nw.col("margin_at_risk").fill_null(0.0)
    told = breaking_up.with_columns(
        value=at_risk, counts=at_risk > 0, reasons=nw.col("because").fill_null("")
    )
    return _rows(told, play.WIN_BACK)


def to_spare(influencers: Frame) -> Frame:
    """Return whom not to ask any more, by what asking costs in a year.

    Parameters
    ----------
    influencers
        person_id, verdict, cost, this_year, account.
    """
    stop = influencers.filter(nw.col("verdict") == "stop")
    cost = nw.col("cost").fill_null(0.0) * nw.col("this_year").cast(nw.Float64())
    told = stop.with_columns(value=cost, counts=cost > 0, reasons=nw.col("account").fill_null(""))
    return _rows(told, play.SPARE)


def to_invite(bought: Frame, connections: Frame, kind: str, key: str = play.INVITE) -> Frame:
    """Return customers who never were connected in one way, those who bought last first.

    Who was and no longer is stays out: that they came back could not be told from the record.
    Nothing is said to be at stake with each: an invitation brings something to all in the mean.

    Parameters
    ----------
    bought
        person_id, number (the day of each order).
    connections
        person_id, kind.
    kind
        A way to be connected, as `rapport.engagement.connections` names it.
    key
        Of the play: to find out whether connecting pays, or to invite the rest once it did.
    """
    ever = distinct(connections.filter(nw.col("kind") == kind).select("person_id"))
    last = bought.group_by("person_id").agg(last=nw.col("number").max())
    free = last.join(ever, on="person_id", how="anti")
    told = free.with_columns(
        value=nw.lit(None).cast(nw.Float64()),
        counts=nw.lit(False),
        reasons=nw.lit(""),
        urgency=nw.col("last").cast(nw.Float64()),
    )
    return _rows(told, key, urgency="urgency")


def listed(rows: Frame, ordinary: Frame) -> Frame:
    """Return the people of all plays with their place in each.

    Parameters
    ----------
    rows
        play, person_id, value, counts, reasons, said, url, urgency (who goes first).
    ordinary
        person_id of who may be in a play.

    Returns
    -------
    Frame
        The same columns but urgency, and rank, from 1 on in each play.
    """
    free = rows.join(ordinary, on="person_id", how="semi")
    placed = free.with_columns(less=-nw.col("urgency"))
    return placed.with_columns(rank=row_number(["play"], ["less", "person_id"])).select(
        "play", "person_id", "rank", "value", "counts", "reasons", "said", "url"
    )


def summed(listed: Frame) -> Frame:
    """Return how many people each play has, and what is at stake: play, counts, people, value."""
    return listed.group_by("play", "counts").agg(
        people=nw.len().cast(nw.Int64()), value=nw.col("value").sum()
    )


def code_sums(referral_value: Frame) -> Frame:
    """Return people with a code, the sum of their referral value, and of its squares."""
    value = nw.col("value").fill_null(0.0)
    return referral_value.select(
        people=nw.len().cast(nw.Int64()), value=value.sum(), squares=(value * value).sum()
    )


def _rows(frame: Frame, key: str, *, said: bool = False, urgency: str = "value") -> Frame:
    """Return the columns of a play from value, counts, reasons, and what was said."""
    nothing = nw.lit("")
    return frame.select(
        "person_id",
        "reasons",
        play=nw.lit(key),
        value=nw.col("value").cast(nw.Float64()),
        counts=nw.col("counts").fill_null(False).cast(nw.Int64()),
        said=nw.col("text").fill_null("") if said else nothing,
        url=nw.col("url").fill_null("") if said else nothing,
        urgency=nw.col(urgency).cast(nw.Float64()),
    ).select(*_COLUMNS)
