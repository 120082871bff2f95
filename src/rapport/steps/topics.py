"""What people talk about: topics with names, growth and sentiment, and each message's topic."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pyarrow.parquet as pq
from deltalake import DeltaTable, write_deltalake

from rapport.listening.themes.entry import encoder
from rapport.listening.themes.finding import FEWEST
from rapport.listening.themes.keeping import Known
from rapport.listening.themes.learning import Learned, Wishes, learned
from rapport.listening.themes.sampling import Sampler
from rapport.listening.themes.storing import stored
from rapport.listening.themes.talk import (
    as_ordinal,
    spoken,
    topic_sums,
    topic_weeks,
    topics_by_month,
    with_copies_placed,
    with_late,
)
from rapport.record.frames import Frame, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.topics_rows import TOPICS, Span, numbers, topic_rows

MEMORY, SPACE = "topic_memory", "topic_space"
_PLACING = "placing"  # texts on their way to a topic; gone when the step ends
_BATCH = 20_000
_WEEKS = 26


def topics(context: Context) -> StepResult:
    """Write `topics`, `message_topics`, `topics_by_month`, and what a later run knows them by."""
    messages = context.result("messages")
    said = context.engine.cache(spoken(messages))
    span = span_of(context, said)
    if span is None:
        return _untold(Said("There is no message by anybody but the brand."))
    with room_of(context) as room:
        if not context.engine.write(with_late(said, span.last), room / "texts"):
            return _untold(Said("There is no message by anybody but the brand."))
        files = DeltaTable(str(room / "texts")).file_uris()
        model = learned(_samples(files), wishes_of(context), earlier(context))
        if not model.topics:
            return _untold(
                Said(
                    "Fewer than {n} different messages of one language say what they are about, or "
                    "they have nothing in common.",
                    {"n": FEWEST},
                )
            )
        where = placed(context, files, model, room)
        every = context.engine.cache(with_copies_placed(messages, where))
        return written(context, model, said, every, span)


def span_of(context: Context, said: Frame) -> Span | None:
    """Return the first and the last day on which anything was said; None where nothing was."""
    summary = said.select(first=nw.col("day").min(), last=nw.col("day").max())
    (found,) = context.engine.collect(summary).to_pylist()
    if found["first"] is None:
        return None
    last = as_ordinal(context.settings.today or found["last"])
    return Span(as_ordinal(found["first"]), last)


def placed(context: Context, files: list[str], model: Learned, room: Path) -> Frame:
    """Return the topic of each text: text, language, topic_id."""
    made = pa.RecordBatchReader.from_batches(_PLACED, _placed(files, model))
    write_deltalake(str(room / "placed"), made)
    return context.engine.scan_delta(room / "placed")


def written(context: Context, model: Learned, said: Frame, every: Frame, span: Span) -> StepResult:
    """Write all tables of topics; `every` has the topic of each message: message_id, topic_id."""
    collect, smallest = context.engine.collect, context.settings.people.smallest_group
    sums = collect(topic_sums(said, every, span.last)).to_pylist()
    weeks = collect(topic_weeks(said, every, span.last, _WEEKS)).to_pylist()
    rows = topic_rows(model.topics, sums, weeks, span, context.settings.languages[0])
    shown = [row for row in rows if row["people"] >= smallest]
    kept = [row["topic_id"] for row in shown]
    belonging = every.filter(nw.col("topic_id").is_in(kept or [""]))
    monthly = topics_by_month(said, belonging, smallest)
    tables = {
        "topics": context.write("topics", pa.Table.from_pylist(shown, schema=TOPICS)),
        "message_topics": context.write("message_topics", belonging),
        "topics_by_month": context.write("topics_by_month", monthly),
        MEMORY: context.write(MEMORY, _memory(context, model)),
        SPACE: context.write(SPACE, stored(model)),
    }
    (all_said,) = collect(
        said.select(messages=nw.len(), people=nw.col("person_id").n_unique())
    ).to_pylist()
    told: tuple[Untold, ...] = ()
    too_few = {code: n for code, n in model.too_few.items() if code != "und" and n >= FEWEST // 2}
    if too_few:
        told = (_few(too_few),)
    facts = {
        "topics_until": span.last,
        "placed_by_month": context.results.facts.get("heard_by_month"),
    }
    return StepResult(numbers(shown, all_said), tables, told, facts=facts)


@contextmanager
def room_of(context: Context) -> Iterator[Path]:
    """Give a folder for texts on their way; it is gone in the end."""
    room = context.results.folder / _PLACING
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _batches(files: list[str]) -> Iterator[pa.RecordBatch]:
    for file in files:
        with pq.ParquetFile(file) as rows:
            yield from rows.iter_batches(batch_size=_BATCH)


def _samples(files: list[str]) -> dict[str, Sampler]:
    samples: dict[str, Sampler] = {}
    for batch in _batches(files):
        rows = batch.to_pydict()
        by_language: dict[str, tuple[list[str], list[bool]]] = {}
        for text, language, late in zip(*(rows[n] for n in _COLUMNS), strict=True):
            own = by_language.setdefault(language or "und", ([], []))
            own[0].append(text)
            own[1].append(bool(late))
        for language, (some, late) in by_language.items():
            samples.setdefault(language, Sampler()).add(some, late)
    samples.pop("und", None)
    return samples


_COLUMNS = ("text", "language", "late")
_PLACED = pa.schema([("text", pa.string()), ("language", pa.string()), ("topic_id", pa.string())])


def _placed(files: list[str], model: Learned) -> Iterator[pa.RecordBatch]:
    for batch in _batches(files):
        said, languages = (batch.column(name).to_pylist() for name in ("text", "language"))
        found = model.place(said, [code or "und" for code in languages])
        columns = [pa.array(each, pa.string()) for each in (said, languages, found)]
        yield pa.record_batch(columns, schema=_PLACED)


def wishes_of(context: Context) -> Wishes:
    """Return how topics are looked for: without the brand's own words, not named after goods."""
    own = brand_words(context.settings.brand)
    unfit: list[str] = []
    if "mentions" in context.results.tables:
        named = context.result("mentions").filter(nw.col("target_kind").is_in(["brand", "product"]))
        rows = context.engine.collect(distinct(named.select("target", "target_kind"))).to_pylist()
        for row in rows:
            if row["target_kind"] == "brand":
                own = own | brand_words(row["target"])
            else:
                unfit.append(row["target"])
    vectors = "embed" if context.settings.listening.model == "embed" else "words"
    smallest = context.settings.people.smallest_group
    return Wishes(frozenset(own), tuple(unfit), smallest, encoder(vectors))


def brand_words(name: str) -> frozenset[str]:
    """Return the words of a brand's name, and its words run together, as in a hashtag.

    Examples
    --------
    >>> sorted(brand_words("Maison Alizé"))
    ['Alizé', 'Maison', 'MaisonAlizé']
    """
    words = re.findall(r"\w+", name)
    return frozenset([*words, "".join(words)])


def earlier(context: Context) -> list[Known]:
    """Return the topics that earlier runs knew, also when all else was deleted."""
    if not (context.results.path(MEMORY) / "_delta_log").is_dir():
        return []
    rows = context.engine.collect(context.result(MEMORY)).to_pylist()
    sides: dict[tuple[str, str], dict[str, float]] = {}
    for row in rows:
        sides.setdefault((row["topic_id"], row["language"]), {})[row["stem"]] = row["weight"]
    return [Known(topic_id, language, stems) for (topic_id, language), stems in sides.items()]


def _memory(context: Context, model: Learned) -> pa.Table:
    """Return the words of every topic of this run, and of those that only earlier runs found."""
    now = model.known()
    again = {(each.topic_id, each.language) for each in now}
    every = [*now, *(k for k in earlier(context) if (k.topic_id, k.language) not in again)]
    rows: list[dict[str, Any]] = [
        {"topic_id": k.topic_id, "language": k.language, "stem": stem, "weight": weight}
        for k in every
        for stem, weight in k.stems.items()
    ]
    texts = [(name, pa.string()) for name in ("topic_id", "language", "stem")]
    return pa.Table.from_pylist(rows, schema=pa.schema([*texts, ("weight", pa.float64())]))


def _untold(why: Said) -> StepResult:
    needs = Said("Add more exports of comments, mentions, reviews or requests.")
    return StepResult(untold=(Untold(Said("What do people talk about?"), why, needs),))


def _few(languages: dict[str, int]) -> Untold:
    code = max(languages, key=lambda each: (languages[each], each))
    return Untold(
        Said("What do people talk about in {language}?", {"language": code}),
        Said("Only {n} different messages are in this language.", {"n": languages[code]}),
        Said("Add more messages in it."),
    )
