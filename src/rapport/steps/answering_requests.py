"""Every request for help, with who asked, what kind it is, and what that person is worth."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass

import narwhals as nw

from rapport.listening.answering.business_hours import BusinessHours, calendar
from rapport.listening.answering.metronome import delays, hidden, metronomes
from rapport.listening.answering.requests import of_conversations, of_desks, once, together
from rapport.listening.answering.threads import of_talk
from rapport.listening.answering.waits import states, waited
from rapport.record.frames import Frame, distinct, month_start, quantile, whole_sum
from rapport.results import StepResult
from rapport.steps.context import Context
from rapport.steps.linked import links_of
from rapport.steps.talk import seen_talk

KINDS = ("complaint", "leaving", "question", "purchase_intent")
"""Kinds of messages that wait for an answer, the most pressing first."""

FOUND = "requests_found"
"""The table of requests without their topics, and the fact that tells of them."""

_BRANDS = 100  # more brands than this in one record are not told apart
_TOP = 0.8


@dataclass(frozen=True, slots=True)
class Asked:
    """All requests of a record, as they stand on its last day.

    Parameters
    ----------
    waits
        One row for each request: who, what, since when, how it stands, for how long.
    answers
        channel, message_id of the brand's public answers.
    now
        The last instant of the record.
    unseen
        Sources of public messages in which no answer of the brand can be seen: left out.
    kinds_known
        Whether messages were understood.
    machines
        Replies of the brand that a machine wrote, by the sign that told.
    joined
        Requests that were the same as another on a second channel.
    """

    waits: Frame
    answers: Frame
    now: dt.datetime
    unseen: tuple[str, ...]
    kinds_known: bool
    machines: dict[str, int]
    joined: int


def find_requests(context: Context) -> StepResult:
    """Write `requests_found`: every request and how it stands, before topics are known.

    Whether people were heard is asked by many steps, of what they spoke by one.
    """
    asked = gather(context)
    if asked is None:
        return StepResult()
    told = {
        "now": asked.now.isoformat(),
        "unseen": list(asked.unseen),
        "kinds_known": asked.kinds_known,
        "machines": asked.machines,
        "joined": asked.joined,
    }
    return StepResult(tables={FOUND: context.write(FOUND, asked.waits)}, facts={FOUND: told})


def known_requests(context: Context) -> Asked | None:
    """Return every request with its topic, as `find_requests` found it; None without any."""
    if FOUND not in context.results.tables:
        return None
    told = context.results.facts[FOUND]
    return Asked(
        context.engine.cache(_with_topics(context, context.result(FOUND))),
        _answers(context, seen_talk(context)),
        dt.datetime.fromisoformat(told["now"]),
        tuple(told["unseen"]),
        told["kinds_known"],
        told["machines"],
        told["joined"],
    )


def gather(context: Context) -> Asked | None:
    """Return every request, without its topic, or None when the record holds none."""
    if not context.holds("ticket", "activity"):
        return None
    now = last_instant(context)
    if now is None:
        return None
    engine = context.engine
    activity = engine.cache(of_talk(context.facts("activity")))
    talk = seen_talk(context, activity, anew=True)
    talks = engine.cache(of_conversations(talk))
    unseen = _unseen(context, talks)
    desks = of_desks(context.facts("ticket"), activity)
    both = together(desks, talks.filter(~nw.col("source").is_in([*unseen, ""])))
    kinds = _kinds(context)
    known = engine.cache(_waiting_for_answer(both, kinds))
    named = _branded(known, context)
    people = named.join(links_of(context), on=["source", "account_id"], how="left")
    single = engine.cache(once(people, context.settings.service.same_request_hours))
    clockwork = metronomes(engine.collect(delays(single)).to_pylist())
    told = (
        hidden(single, clockwork)
        .join(known.select("source", "request_id", "kind"), on=["source", "request_id"], how="left")
        .join(
            named.select("source", "request_id", "brand"), on=["source", "request_id"], how="left"
        )
    )
    told = _described(told, context)
    waits = engine.cache(_waited(told, context, now))
    (sums,) = engine.collect(
        waits.select(rows=nw.len(), made=whole_sum(nw.col("contacts")).fill_null(0))
    ).to_pylist()
    if not sums["rows"]:
        return None
    automatic = talk.filter(~nw.col("automatic").is_null()).group_by("automatic").agg(n=nw.len())
    machines = {row["automatic"]: row["n"] for row in engine.collect(automatic).to_pylist()}
    return Asked(
        waits,
        _answers(context, talk),
        now,
        unseen,
        kinds is not None,
        machines,
        int(sums["made"] - sums["rows"]),
    )


def _answers(context: Context, talk: Frame) -> Frame:
    """Return channel, message_id of the brand's public answers."""
    answers = talk.filter(nw.col("from_brand") & ~nw.col("parent").is_null())
    return context.engine.cache(answers.select("channel", "message_id"))


def last_instant(context: Context) -> dt.datetime | None:
    """Return until when people have waited: the end of `today`, or the record's last instant."""
    if (today := context.settings.today) is not None:
        return dt.datetime.combine(today, dt.time()) + dt.timedelta(days=1)
    times = (
        ("ticket", ("opened_on", "first_human_answer_on", "solved_on")),
        ("activity", ("occurred_on",)),
        ("purchase", ("ordered_on",)),
    )
    found = []
    for table, columns in times:
        latest = context.facts(table).select(nw.col(name).max() for name in columns)
        (row,) = context.engine.collect(latest).to_pylist()
        found += [time for time in row.values() if time is not None]
    return max(found, default=None)


def _unseen(context: Context, talks: Frame) -> tuple[str, ...]:
    """Return the sources of conversations in which the brand is never seen to answer."""
    answered = (~nw.col("answered_on").is_null()).cast(nw.Int64())
    rows = talks.group_by("source").agg(answered=whole_sum(answered))
    found = context.engine.collect(rows).to_pylist()
    return tuple(sorted(row["source"] for row in found if not row["answered"]))


def _kinds(context: Context) -> Frame | None:
    """Return source, activity_id, kind of every message that was understood; None without."""
    if "messages" not in context.results.tables:
        return None
    kind: nw.Expr = nw.lit("other")
    for name in reversed(KINDS):
        kind = nw.when(nw.col(f"is_{name}")).then(nw.lit(name)).otherwise(kind)
    return context.result("messages").select("source", "activity_id", kind=kind)


def _waiting_for_answer(requests: Frame, kinds: Frame | None) -> Frame:
    """Return the requests that want an answer, with their kind where it is known.

    All of a help desk do. Of public messages those of a kind that asks; where kinds are not known,
    those with a question mark.
    """
    asks = nw.col("text").fill_null("").str.contains("?", literal=True)
    if kinds is None:
        kept = requests.filter((nw.col("public") == 0) | asks)
        return kept.with_columns(kind=nw.lit(None).cast(nw.String()))
    told = requests.join(kinds, on=["source", "activity_id"], how="left")
    wanted = nw.col("kind").is_in(list(KINDS)) | (nw.col("kind").is_null() & asks)
    return told.filter((nw.col("public") == 0) | wanted)


def _branded(requests: Frame, context: Context) -> Frame:
    """Return requests with the brand they were put to, where a network's data hold several."""
    handles = context.facts("account").filter(
        nw.col("is_brand").fill_null(False) & ~nw.col("handle").is_null()
    )
    rows = context.engine.collect(
        distinct(handles.select("source", "account_id", handle=nw.col("handle").str.to_lowercase()))
    ).to_pylist()
    by_source: dict[str, list[dict[str, str]]] = {}
    for row in rows:
        by_source.setdefault(row["source"], []).append(row)
    several = [row for group in by_source.values() if len(group) > 1 for row in group]
    brand: nw.Expr = nw.lit(None).cast(nw.String())
    text = nw.concat_str(nw.col("text").str.to_lowercase(), nw.lit(" "))
    for row in sorted(several, key=lambda r: (len(r["handle"]), r["handle"]))[:_BRANDS]:
        told = nw.col("answered_by") == row["account_id"]
        put = text.str.contains(f"@{row['handle']} ", literal=True).fill_null(False)
        asked = nw.col("answered_by").is_null() & put
        here = (nw.col("source") == row["source"]) & (told.fill_null(False) | asked)
        brand = nw.when(here).then(nw.lit(row["handle"])).otherwise(brand)
    return requests.with_columns(brand=brand)


def _described(requests: Frame, context: Context) -> Frame:
    """Return requests with relation and value of who asked, where they are known."""
    there = context.results.tables
    told = requests.with_columns(month=month_start(nw.col("opened_on")))
    if "people" in there:
        people = context.result("people").select("person_id", "relation", "name")
        told = told.join(people, on="person_id", how="left")
    else:
        nothing = nw.lit(None).cast(nw.String())
        told = told.with_columns(relation=nothing, name=nothing)
    if there.get("lifetime"):
        told = _valued(told, context.result("lifetime").select("person_id", "lifetime_value"))
    else:
        told = told.with_columns(
            value=nw.lit(None).cast(nw.Float64()), tier=nw.lit(None).cast(nw.String())
        )
    return told


def _with_topics(context: Context, requests: Frame) -> Frame:
    """Return requests with what they are about, where that is known."""
    there = context.results.tables
    if "message_topics" in there and "topics" in there:
        return requests.join(_topics(context), on=["source", "activity_id"], how="left")
    return requests.with_columns(topic=nw.lit(None).cast(nw.String()))


def _valued(requests: Frame, lifetime: Frame) -> Frame:
    edge = lifetime.select(edge=quantile(nw.col("lifetime_value"), _TOP))
    joined = requests.join(lifetime, on="person_id", how="left").join(edge, how="cross")
    best = (nw.col("lifetime_value") >= nw.col("edge")).fill_null(value=False)
    tier = nw.when(best).then(nw.lit("best fifth")).otherwise(nw.lit("other customers"))
    bought = nw.col("relation").fill_null("prospect") != "prospect"
    known = ~nw.col("lifetime_value").is_null() | bought  # who bought lately has no forecast yet
    return joined.with_columns(
        value=nw.col("lifetime_value"),
        tier=nw.when(known).then(tier).otherwise(nw.lit("no known order")),
    ).drop("edge", "lifetime_value")


def _topics(context: Context) -> Frame:
    """Return one topic of each message, by its name."""
    columns = context.result("topics").collect_schema().names()
    name = next((n for n in ("name", "label", "title") if n in columns), "topic_id")
    topics = context.result("topics").select("topic_id", topic=nw.col(name).cast(nw.String()))
    placed = context.result("message_topics").join(topics, on="topic_id", how="inner")
    one = placed.group_by("message_id").agg(topic=nw.col("topic").min())
    ids = context.result("messages").select("source", "activity_id", "message_id")
    return ids.join(one, on="message_id", how="inner").select("source", "activity_id", "topic")


def _waited(requests: Frame, context: Context, now: dt.datetime) -> Frame:
    """Return requests with how they stand and for how long, in business hours where set."""
    service = context.settings.service
    stood = states(requests, now)
    if service.hours is None:
        return waited(stood)
    hours = BusinessHours.read(service.hours, context.settings.time_zone, service.holidays)
    first = stood.select(first=nw.col("opened_on").min())
    (row,) = context.engine.collect(first).to_pylist()
    days = calendar(hours, (row["first"] or now).date(), now.date())
    return waited(stood, context.engine.table(days))
