"""Who and what people speak of, and how they feel about each: the table `mentions`."""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Iterator

import narwhals as nw
import numpy as np
import pyarrow as pa
from deltalake import DeltaTable, write_deltalake
from pyarrow.dataset import Dataset, dataset

from rapport.estimate import Estimate, Grade
from rapport.listening.heads import SENTIMENTS
from rapport.listening.named.addressed import addressed
from rapport.listening.named.names import FILE, Name, read_names, with_handles
from rapport.listening.named.targets import Targets
from rapport.record.frames import Frame, distinct
from rapport.results import Results, StepResult
from rapport.steps.context import Context
from rapport.steps.lately import same_before
from rapport.steps.reading import reader_of

_WORKING = "mentioning"  # messages on their way; gone when the step ends
_BATCH = 20_000
_TYPES = pa.schema(
    [
        ("message_id", pa.string()),
        ("target", pa.string()),
        ("target_kind", pa.string()),
        ("written", pa.string()),
        *((name, pa.float64()) for name in SENTIMENTS),
        ("sentiment", pa.string()),
    ]
)


def mentions(context: Context) -> StepResult:
    """Write `mentions`: a row for each name in each message that people wrote."""
    if not context.results.tables.get("messages"):
        return StepResult(tables={"mentions": context.write("mentions", _TYPES.empty_table())})
    targets = Targets(names_of(context), reader_of(context))
    room = context.results.folder / _WORKING
    shutil.rmtree(room, ignore_errors=True)
    try:
        messages = context.result("messages")
        posts, tickets = context.facts("post"), context.facts("ticket")
        to_brand = addressed(messages, posts, tickets).with_columns(own=nw.lit(True))
        wanted = (
            messages.filter(~nw.col("from_brand"))
            .join(to_brand, on="message_id", how="left")
            .select("message_id", "text", *SENTIMENTS, own=nw.col("own").fill_null(value=False))
        )
        before = _before(context, messages, targets)
        if before is not None:
            wanted = (
                messages.filter(_late(context))
                .select("message_id")
                .join(wanted, on="message_id", how="inner")
            )
        context.engine.write(wanted, room / "said")
        # read as plain files: the table's own reader cannot be asked while another one is written
        rows = dataset(DeltaTable(str(room / "said")).file_uris(), format="parquet")
        made = pa.RecordBatchReader.from_batches(_TYPES, _batches(rows, targets))
        if before is None:
            write_deltalake(str(context.results.path("mentions")), made, mode="overwrite")
        else:
            write_deltalake(str(room / "named"), made)
            named = context.engine.scan_delta(room / "named").select(*_TYPES.names)
            context.write("mentions", nw.concat([before, named], how="vertical"))
    finally:
        shutil.rmtree(room, ignore_errors=True)
    return _result(context, targets)


def _before(context: Context, messages: Frame, targets: Targets) -> Frame | None:
    """Return the rows of `mentions` that stand, of messages before `since`; None where none do.

    They do not when other names are looked for, or when messages of before came or went.
    """
    if context.since is None:
        return None
    earlier = Results(context.results.folder, only=["mentions"])
    facts, now = earlier.facts, context.results.facts.get("heard_by_month")
    same = same_before(context.since, facts.get("named_by_month"), now)
    if "mentions" not in earlier.tables or not same or facts["names_told"] != _told(targets):
        return None
    kept = messages.filter(~_late(context), ~nw.col("from_brand")).select("message_id")
    rows = context.result("mentions").join(kept, on="message_id", how="inner")
    return context.engine.cache(rows.select(*_TYPES.names))


def _told(targets: Targets) -> str:
    """Return a digest of the names that are looked for."""
    return hashlib.sha256(repr(targets.names).encode()).hexdigest()[:32]


def _late(context: Context) -> nw.Expr:
    return (nw.col("day") >= nw.lit(context.since)).fill_null(value=True)


def names_of(context: Context) -> tuple[Name, ...]:
    """Return the list that the user owns, with the brand and its own accounts' handles."""
    path = context.record.root.parent / FILE
    listed = read_names(path) if path.is_file() else ()
    own = distinct(
        context.facts("account")
        .filter(nw.col("is_brand").fill_null(value=False), ~nw.col("handle").is_null())
        .select("handle")
    )
    handles = sorted(row["handle"] for row in context.engine.collect(own).to_pylist())
    return with_handles(listed, context.settings.brand, handles)


def _batches(rows: Dataset, targets: Targets) -> Iterator[pa.RecordBatch]:
    for batch in rows.to_batches(batch_size=_BATCH):
        texts, ids = batch.column("text").to_pylist(), batch.column("message_id").to_pylist()
        said = np.stack([batch.column(name).to_numpy() for name in SENTIMENTS], axis=1)
        aimed = targets.aimed(texts, batch.column("own").to_pylist())
        if not aimed:
            continue
        judged = targets.judged(texts, aimed, said)
        names = [targets.names[each.name] for each in aimed]
        yield pa.record_batch(
            [
                pa.array([ids[each.message] for each in aimed]),
                pa.array([name.name for name in names]),
                pa.array([name.kind for name in names], pa.string()),
                pa.array([each.written for each in aimed], pa.string()),
                *(pa.array(judged[:, place]) for place in range(len(SENTIMENTS))),
                pa.array(targets.sentiments(judged), pa.string()),
            ],
            schema=_TYPES,
        )


def _result(context: Context, targets: Targets) -> StepResult:
    rows = context.result("mentions")
    brands = [name.name for name in targets.names if name.kind == "brand"]
    authors = context.result("messages").select("message_id", "person_id")
    about = rows.filter(nw.col("target").is_in(brands)).join(authors, on="message_id", how="left")
    sums = about.select(
        messages=nw.col("message_id").n_unique(),
        people=nw.col("person_id").n_unique(),
        told=(nw.col("sentiment") != "unsure").cast(nw.Int64()).sum(),
    )
    (row,) = context.engine.collect(sums).to_pylist()
    (every,) = context.engine.collect(rows.select(n=nw.len())).to_pylist()
    number = Estimate.exact(
        row["messages"] or 0, "messages", grade=Grade.MODEL, name="messages_about_brand",
        people=int(row["people"] or 0), rows=int(row["messages"] or 0), table="mentions",
    )  # fmt: skip
    facts = {
        "names": len(targets.names),
        "names_told": _told(targets),
        "named_by_month": context.results.facts.get("heard_by_month"),
    }
    return StepResult({"messages_about_brand": number}, {"mentions": int(every["n"])}, facts=facts)
