"""Is something about to blow up? Alarms with their story, share of voice, and talk day by day."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.compute as pc

from rapport.listening.buzz.counting import (
    copies,
    days,
    heard,
    moods,
    precision,
    reach,
    stream_counts,
)
from rapport.listening.buzz.voice import rivals, voices
from rapport.record.frames import Frame, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.buzz_numbers import Glance, numbers, voice_rows
from rapport.steps.buzz_story import ALARMS, stories
from rapport.steps.buzz_streams import Watched, episodes, rules_of, watch_streams
from rapport.steps.context import Context

RECENT = 30
_QUESTION = "Is something about to blow up?"


def buzz(context: Context) -> StepResult:
    """Write alarms, voice and talk by day."""
    messages = context.result("messages")
    said = context.engine.cache(heard(messages))
    spoken = said.select(n=nw.len(), first=nw.col("day").min(), last=nw.col("day").max())
    (basis,) = context.engine.collect(spoken).to_pylist()
    if not basis["n"]:
        why = Said("There is no message by anybody but the brand.")
        return StepResult(untold=(_untold(why, Said("Add exports with messages or comments.")),))
    mentions = context.result("mentions") if "mentions" in context.results.tables else None
    watched = _watched(context, said, _parts(context, mentions))
    told = stories(context, said, copies(messages), episodes(watched.alarms))
    tables = {
        "alarms": context.write("alarms", pa.Table.from_pylist(told, schema=ALARMS)),
        "buzz_by_day": context.write("buzz_by_day", _by_day(context, said, watched, basis)),
    }
    voice = (
        voice_rows(context.engine.collect(voices(rivals(said, mentions))))
        if mentions is not None
        else []
    )
    if mentions is not None:
        tables["voice"] = context.write("voice", _voice_table(context, voice))
    recent = said.filter(nw.col("day") > basis["last"] - dt.timedelta(days=RECENT))
    (mood,) = context.engine.collect(moods(recent)).to_pylist()
    accounts = context.facts("account")
    (heard_by,) = context.engine.collect(reach(recent, accounts)).to_pylist()
    (really,) = context.engine.collect(reach(_genuine(context, recent), accounts)).to_pylist()
    cost = context.settings.listening.cost_per_thousand
    glance = Glance(
        told,
        mood,
        _share(context, recent, mentions),
        watched.known,
        {**heard_by, "genuine": really["followers"]},
        None if cost is None else (cost, context.settings.currency),
    )
    return StepResult(
        numbers(glance),
        tables,
        _open(watched, basis, has_mentions=mentions is not None),
        facts={
            "false_alarms": context.settings.listening.false_alarms,
            "talk_until": str(basis["last"]),
        },
    )


def _genuine(context: Context, said: Frame) -> Frame:
    """Return what was said without suspicious accounts."""
    if "accounts_judged" not in context.results.tables:
        return said
    judged = context.result("accounts_judged").filter(nw.col("verdict") == "suspicious")
    return said.join(
        distinct(judged.select("source", "account_id")), on=["source", "account_id"], how="anti"
    )


def _watched(context: Context, said: Frame, parts: Frame) -> Watched:
    """Watch sources by the hour, and by the day those whose times are days only.

    All messages together share half of the false alarms; languages, topics and brands, which are
    many, share the other half, so that they do not make all talk harder to watch.
    """
    exact = context.engine.collect(precision(said)).to_pylist()
    groups = [
        (by_day, [r["source"] for r in exact if r["by_day"] == by_day]) for by_day in (False, True)
    ]
    groups = [(by_day, sources) for by_day, sources in groups if sources]
    allowed = context.settings.listening.false_alarms / len(groups) / 2
    found = []
    for by_day, sources in groups:
        own = said.filter(nw.col("source").is_in(sources))
        counts = context.engine.collect(stream_counts(own, parts, by_day=by_day))
        rules = rules_of(allowed, context.settings.time_zone, by_day=by_day)
        whole = pc.equal(counts.column("cut"), "all")
        found += [watch_streams(counts.filter(own), rules) for own in (whole, pc.invert(whole))]
    usual: dict[tuple[str, dt.date], float] = {}
    for each in found:
        for key, value in each.usual.items():
            usual[key] = usual.get(key, 0.0) + value
    alarms = [alarm for each in found for alarm in each.alarms]
    return Watched(alarms, usual, any(each.known for each in found))


def _parts(context: Context, mentions: Frame | None) -> Frame:
    """Return what messages belong to: their topic, and the brands that they name."""
    named: list[Frame] = []
    if "message_topics" in context.results.tables:
        topics = context.result("message_topics").filter(~nw.col("topic_id").is_null())
        named.append(
            topics.select(
                "message_id", cut=nw.lit("topic"), part=nw.col("topic_id").cast(nw.String())
            )
        )
    if mentions is not None:
        brands = mentions.filter(nw.col("target_kind").is_in(["brand", "product"]))
        named.append(brands.select("message_id", cut=nw.lit("brand"), part=nw.col("target")))
    if not named:
        empty = {name: pa.array([], pa.string()) for name in ("message_id", "cut", "part")}
        return context.engine.table(pa.table(empty))
    return distinct(nw.concat(named, how="vertical"))


def _by_day(context: Context, said: Frame, watched: Watched, basis: dict[str, Any]) -> pa.Table:
    rows = {row["day"]: row for row in context.engine.collect(days(said)).to_pylist()}
    kinds = ("volume", "negative", "complaint", "praise")
    n = (basis["last"] - basis["first"]).days + 1
    told = []
    for number in range(n):
        day = basis["first"] + dt.timedelta(days=number)
        seen = {kind: rows.get(day, {}).get(kind, 0) for kind in kinds}
        usual = {f"usual_{kind}": watched.usual.get((kind, day)) for kind in kinds}
        told.append({"day": day, **seen, **usual})
    fields = [("day", pa.date32()), *((k, pa.int64()) for k in kinds)]
    fields += [(f"usual_{k}", pa.float64()) for k in kinds]
    return pa.Table.from_pylist(told, schema=pa.schema(fields))


def _voice_table(context: Context, rows: Sequence[dict[str, Any]]) -> pa.Table:
    smallest = context.settings.people.smallest_group
    kept = [row for row in rows if row["all_people"] >= smallest]
    texts = ("channel", "target", "target_kind")
    counts = ("messages", "people", "all_messages", "all_people", "positive", "negative")
    shares = ("share", "share_low", "share_high", "net", "net_low", "net_high")
    schema = pa.schema(
        [
            ("week", pa.date32()), *((name, pa.string()) for name in texts),
            *((name, pa.int64()) for name in counts), *((name, pa.float64()) for name in shares),
        ]
    )  # fmt: skip
    return pa.Table.from_pylist([{n: row[n] for n in schema.names} for row in kept], schema=schema)


def _share(context: Context, recent: Frame, mentions: Frame | None) -> list[dict[str, Any]]:
    """Return the share of voice of the last days, all channels and weeks together."""
    if mentions is None:
        return []
    named = rivals(recent, mentions).filter(nw.col("channel") == "")
    once = named.with_columns(week=nw.lit(1).cast(nw.Int64()))
    return voice_rows(context.engine.collect(voices(once)))


def _open(watched: Watched, basis: dict[str, Any], *, has_mentions: bool) -> tuple[Untold, ...]:
    found = []
    if not watched.known:
        n = (basis["last"] - basis["first"]).days + 1
        why = Said("Messages are known for {n} days: too few to say what is usual.", {"n": n})
        found.append(
            _untold(why, Said("Add older messages: from 14 days on, alarms are possible."))
        )
    if not has_mentions:
        question = Said("How large is our share of voice?")
        why = Said("No competitor is named in the settings, or nobody mentions one.")
        needs = Said("Name your competitors in rapport.toml, and add what is said about them.")
        found.append(Untold(question, why, needs))
    return tuple(found)


def _untold(why: Said, needs: Said) -> Untold:
    return Untold(Said(_QUESTION), why, needs)
