"""What people say: every message with its language, its sentiment and its kinds."""

from __future__ import annotations

import shutil
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.dataset as ds
import pyarrow.parquet as pq
from deltalake import DeltaTable

from rapport.estimate import Estimate, Grade
from rapport.listening.backends import Reader
from rapport.listening.copies import groups
from rapport.listening.hands import Found, how_many, read, read_by_many
from rapport.listening.heads import IRONY, KINDS, OUTPUTS, SENTIMENTS
from rapport.listening.messages import (
    by_brand,
    distinct_texts,
    open_questions,
    with_copies,
    written,
)
from rapport.listening.remembered import Asked, Remembered
from rapport.record.forget import HASHED
from rapport.record.frames import Frame, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.lately import heard_by_month
from rapport.steps.linked import links_of
from rapport.steps.reading import opened_elsewhere, reader_of

(REMEMBERED,) = HASHED  # in the results folder; forgetting a person deletes it
READ = "texts_read"  # there too: what every text says, from `reading` until `understanding`
_SCORES, _COPIES, _OF = "scores.parquet", "copies.parquet", "of"
_READING, _AHEAD = "reading", "reading_ahead"  # texts on their way; gone when the step ends
_BATCH = 5_000


def read_ahead(context: Context) -> StepResult:
    """Read every text, before it is known who wrote it, and keep what it says for `understanding`.

    Reading keeps one core busy for as long as finding out who is who does, and neither waits for
    the other. What was read in an earlier run is remembered.
    """
    kept = context.results.folder / READ
    shutil.rmtree(kept, ignore_errors=True)
    if not context.holds("activity", "answer"):
        return StepResult()
    reader = reader_of(context)
    every = written(context.facts("activity"), open_questions(context.facts("answer")))
    with _room(context, _AHEAD) as room:
        read_anew = _read(context, every, reader, room)
        shutil.rmtree(room / "texts")
        (room / _OF).write_text(_what_was_read(context, reader), "utf-8")
        room.rename(kept)
    return StepResult(facts={"texts_read_ahead": read_anew})


def understanding(context: Context) -> StepResult:
    """Write `messages`; what was read before is not read again."""
    every = written(context.facts("activity"), open_questions(context.facts("answer")))
    if not context.holds("activity", "answer"):
        return _nothing(context, every)
    reader, kept, read_anew = reader_of(context), context.results.folder / READ, 0
    ahead = (kept / _OF).is_file() and (kept / _OF).read_text("utf-8")
    with _room(context, _READING) as room:
        messages = context.engine.cache(every)
        if ahead == _what_was_read(context, reader):
            scored = _scores(context, kept)
        else:
            read_anew = _read(context, messages, reader, room)
            scored = _scores(context, room)
        if scored is None:
            return _nothing(context, messages)
        rows = context.write("messages", _messages(context, messages, scored))
    shutil.rmtree(kept, ignore_errors=True)
    facts = {
        "model": reader.version,
        "texts_read": read_anew,
        "heard_by_month": heard_by_month(context),
    }
    return StepResult(_numbers(context), {"messages": rows}, facts=facts)


def _what_was_read(context: Context, reader: Reader) -> str:
    """Return a digest of the texts on record, and the model that reads them."""
    return f"{reader.version} {context.record.fingerprint(('activity', 'answer'))}"


def _messages(context: Context, messages: Frame, scored: Frame) -> Frame:
    """Return the rows of `messages`, each with its author and what it says."""
    ours = by_brand(messages, context.facts("account"))
    said = with_copies(ours.join(scored, on="text", how="inner"))
    known = said.join(links_of(context), on=["source", "account_id"], how="left")
    own = nw.concat_str(nw.col("source", "account_id"), separator=":")
    people = _with_roles(
        context, known.with_columns(person_id=nw.coalesce(nw.col("person_id"), own))
    )
    return people.select(
        *("message_id", "source", "activity_id", "channel", "occurred_on", "day", "account_id"),
        *("person_id", "from_brand", "in_reply_to", "object_id", "url", "text", "language"),
        *SENTIMENTS,
        "sentiment",
        *(f"p_{name}" for name in (*KINDS, IRONY)),
        *(f"is_{name}" for name in KINDS),
        "possible_irony",
        "copy_of",
    )


def _with_roles(context: Context, messages: Frame) -> Frame:
    """Return the messages; what people whom the settings name as ours wrote is the brand's too."""
    if "roles" not in context.results.tables:
        return messages
    ours = context.result("roles").filter(nw.col("role").is_in(["brand", "employee"]))
    marked = messages.join(
        distinct(ours.select("person_id", ours=nw.lit(True))),
        on="person_id",
        how="left",
    )
    return marked.with_columns(
        from_brand=nw.col("from_brand") | nw.col("ours").fill_null(value=False)
    )


@contextmanager
def _room(context: Context, name: str) -> Iterator[Path]:
    """Give a folder that the engine sees, and empty it at the end."""
    room = context.results.folder / name
    shutil.rmtree(room, ignore_errors=True)
    room.mkdir(parents=True)
    try:
        yield room
    finally:
        shutil.rmtree(room, ignore_errors=True)


def _read(context: Context, messages: Frame, reader: Reader, room: Path) -> int:
    """Write what each distinct text says into a folder; returns how many were never read before.

    Texts pass in batches, so that memory does not grow with their length; of each only its
    sketch is kept, 128 bytes, to find copies.
    """
    remembered = Remembered(context.results.folder / REMEMBERED, reader.version)
    many = context.engine.write(distinct_texts(messages), room / "texts")
    passing = _Passing(context, room / "texts", reader, remembered, many)
    if many:
        with pq.ParquetWriter(room / _SCORES, _schema()) as scores:
            for batch in passing.batches():
                scores.write_batch(batch)
        pq.write_table(passing.copies(), room / _COPIES)
    remembered.save()
    return remembered.read_anew


def _scores(context: Context, folder: Path) -> Frame | None:
    """Return what each distinct text says, as `_read` wrote it; None where there is none."""
    if not (folder / _SCORES).is_file():
        return None
    found = context.engine.scan([folder / _SCORES], _schema())
    numbered = context.engine.scan([folder / _COPIES], pq.read_schema(folder / _COPIES))
    return found.join(numbered, on="number", how="left").drop("number")


@dataclass
class _Passing:
    """Distinct texts on their way through the model."""

    context: Context
    texts: Path
    reader: Reader
    remembered: Remembered
    many: int

    def found(self) -> Iterator[tuple[pa.Array, Found]]:
        """Give each batch of texts, and what they say."""
        waiting: deque[tuple[pa.Array, Asked]] = deque()
        for said in self._read(self._unread(waiting)):
            texts, asked = waiting.popleft()
            yield texts, self.remembered.take(asked, said)

    def batches(self) -> Iterator[pa.RecordBatch]:
        """Give the scores of each batch of texts."""
        number = 0
        for texts, said in self.found():
            yield self._batch(texts, number, said)
            number += len(texts)

    def _unread(self, waiting: deque[tuple[pa.Array, Asked]]) -> Iterator[list[str]]:
        """Give the texts of each batch that were never read; all of it waits for what they say."""
        if not self.many:  # a table without rows has no file to read
            return
        key = self.context.record.rules.key
        files = DeltaTable(str(self.texts)).file_uris()
        dataset = ds.dataset(files, format="parquet")
        for batch in dataset.to_batches(columns=["text"], batch_size=_BATCH):
            texts = batch.column("text").to_pylist()
            asked = self.remembered.look(texts, key)
            waiting.append((batch.column("text"), asked))
            yield [texts[place] for place in asked.new.tolist()]

    def _read(self, batches: Iterable[Sequence[str]]) -> Iterator[Found]:
        new = self.many - len(self.remembered)
        hands = how_many(new, self.context.settings.memory_gb)
        elsewhere = opened_elsewhere(self.context, self.reader)
        if hands == 1 or elsewhere is None:
            return (read(self.reader, texts) for texts in batches)
        return read_by_many(elsewhere, hands, batches)

    def copies(self) -> pa.Table:
        """Return the number of each text that may be a copy, and the number that copies share."""
        every = self.remembered.sketches
        long = np.flatnonzero(every.any(axis=1))
        return pa.table({"number": pa.array(long), "copies": pa.array(groups(every)[long])})

    def _batch(self, texts: pa.Array, first: int, said: Found) -> pa.RecordBatch:
        scores = said.scores
        found = dict(zip(OUTPUTS, scores.T, strict=True))
        best = scores[:, :3].argmax(axis=1)
        sure = scores[:, :3].max(axis=1) >= self.reader.sure_from
        columns: dict[str, Any] = {
            "text": texts.cast(pa.string()),
            "number": pa.array(np.arange(first, first + len(scores), dtype=np.int64)),
            "language": pa.array([code.decode() for code in said.languages.tolist()]),
            "sentiment": pa.array(np.where(sure, np.array(SENTIMENTS)[best], "unsure").tolist()),
        }
        for name in SENTIMENTS:
            columns[name] = pa.array(found[name].astype(np.float64))
        for name in (*KINDS, IRONY):
            there = self.reader.is_there(name, found[name])
            columns[f"p_{name}"] = pa.array(found[name].astype(np.float64))
            columns[f"is_{name}" if name != IRONY else "possible_irony"] = pa.array(there)
        return pa.record_batch([columns[field.name] for field in _schema()], schema=_schema())


def _schema() -> pa.Schema:
    numbers = [*SENTIMENTS, *(f"p_{name}" for name in (*KINDS, IRONY))]
    flags = [*(f"is_{name}" for name in KINDS), "possible_irony"]
    return pa.schema(
        [
            ("text", pa.string()),
            ("number", pa.int64()),
            ("language", pa.string()),
            ("sentiment", pa.string()),
            *((name, pa.float64()) for name in numbers),
            *((name, pa.bool_()) for name in flags),
        ]
    )


_COUNTED = {
    "messages_negative": nw.col("sentiment") == "negative",
    "messages_positive": nw.col("sentiment") == "positive",
    "messages_unsure": nw.col("sentiment") == "unsure",
    **{f"messages_{name}": nw.col(f"is_{name}") for name in KINDS},
    "messages_irony": nw.col("possible_irony"),
}


def _numbers(context: Context) -> dict[str, Estimate]:
    """Return how many messages there are, and how many the model takes for each kind."""
    heard = context.result("messages").filter(
        ~nw.col("from_brand"), nw.col("copy_of") == nw.col("message_id")
    )
    sums = heard.select(
        messages=nw.len(),
        people=nw.col("person_id").n_unique(),
        **{name: one.cast(nw.Int64()).sum() for name, one in _COUNTED.items()},
    )
    (row,) = context.engine.collect(sums).to_pylist()
    basis: dict[str, Any] = {
        "people": int(row["people"] or 0),
        "rows": int(row["messages"] or 0),
        "table": "messages",
    }
    found = {
        "messages_understood": Estimate.exact(
            row["messages"] or 0, "messages", name="messages_understood", **basis
        )
    }
    for name in _COUNTED:
        found[name] = Estimate.exact(
            row[name] or 0, "messages", grade=Grade.MODEL, name=name, **basis
        )
    return found


def _nothing(context: Context, messages: Frame) -> StepResult:
    empty = {field.name: pa.array([], field.type) for field in _schema()}
    scored = context.engine.table(pa.table({**empty, "copies": pa.array([], pa.int64())}))
    rows = context.write("messages", _messages(context, messages, scored.drop("number")))
    told = Untold(
        Said("What do people say?"),
        Said("No message with words is in the record."),
        Said("Add an export of comments, mentions, reviews or survey answers."),
    )
    return StepResult(tables={"messages": rows}, untold=(told,))
