"""Messages that people wrote, in batches, for what no engine does: choosing, reading, counting."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable
from pyarrow.dataset import dataset

from rapport.errors import Fault, Problem
from rapport.steps.context import Context

_BATCH = 50_000


def heard_batches(context: Context, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
    """Give the messages of people in batches: not the brand's own, copies of a text once.

    Raises
    ------
    Problem
        If no message was read yet.
    """
    if "messages" not in context.results.tables:
        fault = Fault("No message was read yet.", hint="Load messages, then 'rapport run'.")
        raise Problem("There is nothing to show.", [fault])
    files = DeltaTable(str(context.results.path("messages"))).file_uris()
    wanted = list(dict.fromkeys([*columns, "from_brand", "copy_of", "message_id"]))
    for batch in dataset(files, format="parquet").to_batches(columns=wanted, batch_size=_BATCH):
        first = pc.equal(batch.column("copy_of"), batch.column("message_id"))
        yield batch.filter(pc.and_(first, pc.invert(batch.column("from_brand"))))
