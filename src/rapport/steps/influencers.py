"""Whom the brand asks to post: who still says yes, what follows, and whom to ask no more."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.engagement.influencers.approaches import (
    REQUEST,
    WORDS,
    approaches,
    reaches,
    tagged_by_day,
)
from rapport.engagement.influencers.audiences import audiences, by_post, reactions_to
from rapport.engagement.influencers.following import Following, following, weighed, working
from rapport.engagement.influencers.tiring import Array, Tiring, fading, learnt
from rapport.record.frames import Frame, as_number, day_number, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.breaking_up import money_of
from rapport.steps.context import Context
from rapport.steps.influencers_claims import claims_of
from rapport.steps.influencers_numbers import numbers
from rapport.steps.influencers_tables import followed_table, people_table, response_table
from rapport.steps.linked import links_of
from rapport.value.purchases import of_known

QUESTION = "Do we tire the people we court?"
FEWEST_ASKED = 10


@dataclass(frozen=True, slots=True)
class Asked:
    """Every approach, in columns; money and counts of what followed.

    Parameters
    ----------
    rows
        person, nth, yes, asked, posted and reach of each approach, as numbers; posted and reach
        are not a number where there was no post or its reach is not known.
    names
        Of each person: the id, account and channel.
    campaigns
        Campaigns whose cost is booked on influencers, in lower case.
    """

    rows: dict[str, Array]
    names: list[tuple[str, str, str]]
    tiring: Tiring
    fading: tuple[float, float, float] | None
    cost: float | None
    campaigns: tuple[str, ...]
    followed: dict[str, Following]
    margin: float | None
    today: dt.date

    @property
    def usual_reach(self) -> float | None:
        """What a post reaches, in the mean; None where no reach is known."""
        reach = self.rows["reach"]
        return float(np.nanmean(reach)) if np.isfinite(reach).any() else None


def influencers(context: Context) -> StepResult:
    """Write who was asked how often, what came of it, and whom to ask again."""
    if not context.holds("activity"):
        return StepResult()
    engine, links = context.engine, context.engine.cache(links_of(context))
    activity = _activity(context)
    # few of very many deeds: they are read apart, and all of them only where there are some
    deeds = engine.cache(activity.filter(nw.col("object_kind") == REQUEST))
    found = engine.cache(approaches(deeds, links))
    asked = _asked(context, found)
    if asked is None:
        return StepResult(untold=(_nobody(),))
    tables = {
        "influencer_response": context.write("influencer_response", response_table(asked, context)),
        "influencer_following": context.write("influencer_following", followed_table(asked)),
    }
    seen, compared = _audiences(context, activity, found, links)
    people = people_table(asked, context.settings.engagement.most_asks_a_year, seen)
    tables["influencers"] = context.write("influencers", people)
    claimed = claims_of(context, asked, links)
    if claimed is not None:
        tables["claims_influencer"] = context.write("claims_influencer", claimed)
    return StepResult(
        numbers(asked, people, compared, context.settings.currency),
        tables,
        _untold(asked, seen, compared),
    )


def _activity(context: Context) -> Frame:
    return context.facts("activity").select(
        *("source", "account_id", "activity_id", "occurred_on", "channel", "verb"),
        *("object_kind", "object_id", "in_reply_to"),
    )


def _asked(context: Context, found: Frame) -> Asked | None:
    reach = reaches(context.facts("post_metric"))
    rows = context.engine.collect(found.join(reach, on="post_id", how="left"))
    if not rows.num_rows:
        return None
    rows = rows.sort_by([("person_id", "ascending"), ("nth", "ascending")])
    ids = sorted(set(rows["person_id"].to_pylist()))
    place = {name: k for k, name in enumerate(ids)}
    columns = {
        name: np.array([np.nan if v is None else float(v) for v in rows[name].to_pylist()])
        for name in ("nth", "yes", "asked", "posted", "reach")
    }
    columns["person"] = np.array([place[name] for name in rows["person_id"].to_pylist()], float)
    columns["reach"] = np.where(columns["yes"] > 0, columns["reach"], np.nan)
    columns["reach"] = np.where(columns["reach"] > 0, columns["reach"], np.nan)
    who, nth = columns["person"].astype(int), columns["nth"].astype(int)
    first = {row["person_id"]: row for row in reversed(rows.to_pylist())}
    names = [(n, str(first[n]["account_id"]), str(first[n]["channel"] or "")) for n in ids]
    known = np.isfinite(columns["reach"])
    cost, campaigns = _cost(context, columns["asked"])
    margin = _mean_order(context)
    return Asked(
        columns,
        names,
        learnt(who, nth, columns["yes"]),
        fading(who[known], nth[known], columns["reach"][known]),
        cost,
        campaigns,
        _followed(context, columns, campaigns),
        margin,
        _today(context, columns["asked"]),
    )


def _today(context: Context, asked: Array) -> dt.date:
    told = context.results.facts.get("last_day")
    return dt.date.fromisoformat(told) if told else dt.date.fromordinal(int(asked.max()))


def _cost(context: Context, asked: Array) -> tuple[float | None, tuple[str, ...]]:
    """Return what one approach costs, from the list of costs, and the campaigns booked there."""
    spend = context.facts("spend").filter(
        nw.col("channel").fill_null("").str.to_lowercase().is_in(list(WORDS))
        & (nw.col("currency") == context.settings.currency)
    )
    rows = context.engine.collect(
        spend.select(
            cost=as_number(nw.col("cost")),
            number=day_number(nw.col("day")),
            campaign=nw.col("campaign").fill_null("").str.to_lowercase(),
        )
    )
    if not rows.num_rows:
        return None, ()
    cost, day = np.asarray(rows["cost"], float), np.asarray(rows["number"], float)
    paid = float(((asked >= day.min()) & (asked <= day.max() + 31)).sum())
    campaigns = tuple(sorted(set(rows["campaign"].to_pylist()) - {""}))
    return (float(cost.sum()) / paid if paid else None), campaigns


def _mean_order(context: Context) -> float | None:
    if "orders" not in context.results.tables:
        return None
    told = money_of(context).select(mean=nw.col("money").mean())
    (mean,) = context.engine.collect(told)["mean"].to_pylist()
    return None if mean is None else float(mean)


def _followed(
    context: Context, columns: dict[str, Array], campaigns: tuple[str, ...]
) -> dict[str, Following]:
    """Return what one post of usual reach adds to each daily count."""
    series = _series(context, campaigns)
    if not series:
        return {}
    posted, weight = weighed(columns["posted"], columns["reach"])
    found = {}
    for name, counts in series.items():
        days = np.arange(min(counts), max(counts) + 1, dtype=float)
        values = np.array([counts.get(int(day), 0.0) for day in days])
        months = np.array([_month(int(day)) for day in days], float)
        work = working(days, posted, weight)
        told = following(values, work, months, days % 7)
        if told is not None:
            found[name] = told
    return found


def _month(day: int) -> int:
    date = dt.date.fromordinal(day)
    return date.year * 12 + date.month


def _series(context: Context, campaigns: tuple[str, ...]) -> dict[str, dict[int, float]]:
    """Return daily counts, by day number, each from the first day of its table to the last."""
    made: dict[str, dict[int, float]] = {}
    if "orders" in context.results.tables:
        orders = of_known(context.result("orders")).select(number=day_number(nw.col("day")))
        made["all orders"] = _by_day(context, orders.group_by("number").agg(n=nw.len()))
        first = (
            of_known(context.result("orders"))
            .group_by("person_id")
            .agg(number=day_number(nw.col("day")).min())
        )
        made["new customers"] = _by_day(context, first.group_by("number").agg(n=nw.len()))
    visits = context.facts("visit")
    told = context.engine.cache(tagged_by_day(visits, campaigns))
    span = visits.select(number=day_number(nw.col("started_on"))).select(
        low=nw.col("number").min(), high=nw.col("number").max()
    )
    (ends,) = context.engine.collect(span).to_pylist()
    if ends["low"] is None:
        return {name: counts for name, counts in made.items() if counts}
    for column in ("visits", "purchases"):
        counts = _by_day(context, told.select("number", n=nw.col(column)))
        if sum(counts.values()):
            made[f"tagged {column}"] = {ends["low"]: 0.0, ends["high"]: 0.0, **counts}
    return {name: counts for name, counts in made.items() if counts}


def _by_day(context: Context, rows: Frame) -> dict[int, float]:
    found = context.engine.collect(rows)
    pairs = zip(found["number"].to_pylist(), found["n"].to_pylist(), strict=True)
    return {int(day): float(n) for day, n in pairs if day is not None}


def _audiences(
    context: Context, activity: Frame, found: Frame, links: Frame
) -> tuple[dict[str, dict[str, float]], tuple[Array, Array]]:
    """Return whom each author reaches, and reactions to posts asked for and to own ones."""
    engine, tables = context.engine, context.results.tables
    asked_for = found.filter(~nw.col("post_id").is_null()).select(
        "person_id", "post_id", asked_for=nw.lit(1)
    )
    posts = [asked_for]
    if "messages" in tables:
        authors = distinct(found.select("person_id"))
        own = context.result("messages").filter(
            ~nw.col("activity_id").is_null() & nw.col("in_reply_to").is_null()
        )
        theirs = own.join(authors, on="person_id", how="inner").select(
            "person_id", post_id=nw.col("activity_id"), asked_for=nw.lit(0)
        )
        others = theirs.join(asked_for.select("post_id"), on="post_id", how="anti")
        posts.append(others)
    every = engine.cache(distinct(nw.concat(posts, how="vertical")))
    told = engine.cache(reactions_to(activity, every))
    judged = (
        context.result("accounts_judged")
        if "accounts_judged" in tables
        else engine.table(_NO_VERDICT.empty_table())
    )
    customers = (
        context.result("customers").select("person_id")
        if "customers" in tables
        else links.select("person_id").filter(nw.lit(False))
    )
    sponsored = told.join(asked_for.select("post_id"), on="post_id", how="semi")
    rows = engine.collect(audiences(sponsored, links, judged, customers)).to_pylist()
    counts = engine.collect(by_post(told, every))
    flag = np.asarray(counts["asked_for"], float)
    reactions = np.asarray(counts["reactions"], float)
    return {row["author"]: row for row in rows}, (reactions[flag > 0], reactions[flag == 0])


_NO_VERDICT = pa.schema(
    [("source", pa.string()), ("account_id", pa.string()), ("suspicion", pa.float64())]
)


def _untold(
    asked: Asked, seen: dict[str, dict[str, float]], compared: tuple[Array, Array]
) -> tuple[Untold, ...]:
    told = []
    if asked.cost is None:
        told.append(
            Untold(
                Said("Is it worth asking influencers again?"),
                Said("No list of costs says what asking them costs."),
                Said("Add a list of costs with a line for influencers."),
            )
        )
    if not asked.followed:
        told.append(
            Untold(
                Said("What follows a post of an influencer?"),
                Said("Too few posts, or too short a time with orders and visits beside them."),
                Said("Give influencers a code or a link of their own, and add web visits."),
            )
        )
    if not seen:
        told.append(
            Untold(
                Said("Whom do influencers reach?"),
                Said("No file says who reacted to the posts they were asked for."),
                Said("Ask them for the list of who reacted, or for their own archive."),
            )
        )
    if min(len(side) for side in compared) < FEWEST_ASKED or not compared[1].sum():
        told.append(
            Untold(
                Said("Do posts that we asked for do as well as their authors’ own?"),
                Said("Too few reactions to both kinds of posts are on record."),
                Said("Ask influencers for their own archives."),
            )
        )
    return tuple(told)


def _nobody() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("No file says whom the brand asked to post."),
        Said("Keep a list: network, handle, asked on, posted on, fee, reach, post."),
    )
