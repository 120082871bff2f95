"""Whose accounts are real: every account judged, every audience count with and without."""

from __future__ import annotations

import datetime as dt
from zoneinfo import ZoneInfo

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.people.authenticity_followers import (
    PATTERN,
    deeds,
    follows,
    judged,
    patterns,
    shown,
    spread,
)
from rapport.people.authenticity_judging import known_signs, reasons_of, verdicts
from rapport.people.authenticity_mixture import drawn, fitted, informative
from rapport.people.authenticity_pods import LEAST_GROUP, suspects
from rapport.people.authenticity_reactions import (
    company_pairs,
    crowds,
    hours_of_day,
    largest_crowd,
    reaction_counts,
)
from rapport.people.authenticity_share import FITS
from rapport.people.authenticity_signs import BURST, SIGNS
from rapport.record.frames import Frame
from rapport.results import Said, StepResult, Untold
from rapport.steps.audience_counts import Judged, clean_rows, numbers
from rapport.steps.audience_growth import Course, burst_shares, courses, growth_table
from rapport.steps.audience_reactions import Reacted, reacted
from rapport.steps.context import Context
from rapport.steps.identity import seen_acts
from rapport.steps.linked import links_of

SOME = 0.25  # share of a day's arrivals beyond expectation from which it is told as a reason


def authenticity(context: Context) -> StepResult:
    """Write the verdict on every account, and audiences with and without suspicious ones."""
    if not context.holds("account", "activity", "audience"):
        return StepResult(untold=(_nobody(),))
    engine, account = context.engine, context.facts("account")
    activity = context.facts("activity")
    following = engine.cache(follows(activity, account))
    found = courses(context, following)
    tables = {"audience_growth": context.write("audience_growth", growth_table(found))}
    links = engine.cache(links_of(context))
    done = seen_acts(context)
    signs = engine.cache(
        shown(
            account,
            following,
            _people(context, done, links),
            _last_day(context),
            handles=not context.settings.people.hash_identifiers,
        )
    )
    shares = engine.table(burst_shares(found))
    counted = engine.collect(patterns(signs, shares))
    told = reacted(context)
    judge, verdict = _judge(counted)
    behaving = _behaving(context, told, done, links)
    every = judged(signs, shares, engine.table(verdict), behaving)
    tables["accounts_judged"] = context.write("accounts_judged", every)
    rows = clean_rows(context, judge, found, told)
    tables["audience_clean"] = context.write("audience_clean", rows)
    return StepResult(
        numbers(judge, found, rows),
        tables,
        _untold(found, judge),
    )


def _judge(counted: pa.Table) -> tuple[Judged, pa.Table]:
    """Return the fit to all patterns, and the table of their verdicts."""
    codes = np.stack([np.asarray(counted[name]) for name in PATTERN], axis=1).astype(np.int64)
    burst = np.asarray(counted["burst"], float) / 1000
    people = np.asarray(counted["accounts"], float)
    channels = np.array(counted["channel"].to_pylist(), object)
    chance, chances = np.zeros(len(codes)), np.zeros((FITS, len(codes)))
    reasons = np.full(len(codes), "", object)
    for channel in sorted(set(channels)):  # what is bought on one network says nothing of another
        here = channels == channel
        shown_here = (codes[here], people[here], burst[here])
        fit = fitted(PATTERN, *shown_here)
        chance[here] = fit.probability(codes[here], burst[here])
        chances[:, here] = drawn(fit, *shown_here, draws=FITS)
        extra = [[BURST] if share > SOME else [] for share in burst[here].tolist()]
        reasons[here] = reasons_of(fit, codes[here], chance[here], extra)
    table = counted.drop_columns(["accounts"])
    said = verdicts(chance, known_signs(codes) + (burst > SOME))
    table = table.append_column("suspicion", pa.array(chance, pa.float64()))
    table = table.append_column("verdict", pa.array(said, pa.string()))
    table = table.append_column("reasons", pa.array(reasons.tolist(), pa.string()))
    is_follower = np.asarray(counted["follows"]) == 1
    well = informative(tuple(SIGNS[name] for name in PATTERN), codes)
    return Judged(channels, is_follower, people, burst, well, chances), table


def _behaving(context: Context, reacted: Reacted, done: Frame, links: Frame) -> Frame:
    """Return the accounts whose timing and company chance does not explain."""
    engine, told = context.engine, reacted.told
    counts = engine.cache(reaction_counts(told))
    sizes = engine.collect(crowds(told, counts)).to_pydict()
    most = largest_crowd(list(zip(sizes["accounts"], sizes["buckets"], strict=True)))
    met = company_pairs(told, counts, most).filter(nw.col("together") >= LEAST_GROUP)
    hours = hours_of_day(context.facts("activity"), context.facts("account"), done)
    found = suspects(
        engine.collect(counts), engine.collect(met), dict(reacted.posts), engine.collect(hours)
    )
    rows = [
        {"source": source, "account_id": account, "channel": channel,
         "pod": suspect.chance, "pod_reasons": ", ".join(suspect.reasons)}
        for (source, account, channel), suspect in sorted(found.items())
    ]  # fmt: skip
    names = ("source", "account_id", "channel", "pod_reasons")
    schema = pa.schema([*((name, pa.string()) for name in names), ("pod", pa.float64())])
    told_of = engine.table(pa.Table.from_pylist(rows, schema=schema))
    return engine.cache(spread(told_of, context.facts("account"), links))


def _people(context: Context, done: Frame, links: Frame) -> Frame:
    """Return who stands behind each account, and whether they were seen to act and to buy."""
    known = bool(context.results.tables.get("customers"))
    return deeds(done, links, context.result("customers") if known else None)


def _last_day(context: Context) -> dt.date:
    told = context.results.facts.get("last_day")
    newest = context.facts("activity").select(time=nw.col("occurred_on").max())
    (time,) = context.engine.collect(newest).column("time").to_pylist()
    zone = ZoneInfo(context.settings.time_zone)
    day = None if time is None else time.replace(tzinfo=dt.UTC).astimezone(zone).date()
    known = [d for d in (context.settings.today, day) if d is not None]
    if told:
        known.append(dt.date.fromisoformat(str(told)))
    return context.settings.today or max(known, default=dt.date(1970, 1, 1))


def _untold(found: tuple[Course, ...], judge: Judged) -> tuple[Untold, ...]:
    named = set(judge.channels[judge.is_follower].tolist())
    blind = sorted({c.channel for c in found} - named)
    told = [
        Untold(
            Said("Are our followers on {channel} real?", {"channel": channel}),
            Said("No file names the accounts that follow; only how many came each day is known."),
            Said("Add the network’s own archive, or a list of followers."),
        )
        for channel in blind
    ]
    told += [
        Untold(
            Said("Are our followers on {channel} real?", {"channel": channel}),
            Said("Their accounts are named, but too little of their profiles is known."),
            Said("Add an export with followers, posts and dates of those accounts."),
        )
        for channel in sorted(named.difference(judge.told()))
    ]
    if not found and not named:
        told.append(_nobody())
    return tuple(told)


def _nobody() -> Untold:
    return Untold(
        Said("Are our followers real?"),
        Said("No file says who follows the brand, nor how many came each day."),
        Said("Add follower exports, or archives of your own accounts."),
    )
