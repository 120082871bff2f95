"""What a source hands to the record: batches of typed rows, and rows set aside with a reason."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa

ASIDE = pa.schema(
    [
        pa.field("source_row", pa.int64()),
        pa.field("column", pa.string()),
        pa.field("code", pa.string()),
        pa.field("reason", pa.string()),
        pa.field("raw", pa.string()),
    ]
)


@dataclass(frozen=True, slots=True)
class Batch:
    """Some rows of one file.

    Parameters
    ----------
    rows
        How many rows of the file the batch stands for.
    tables
        Rows for each table of the record, typed as `schema.TABLES` says; columns that are absent
        are null. Each has `source_row`; provenance and partition are added by the record.
    aside
        Rows that were not kept (schema `ASIDE`): one for each row of the file, `code` a short
        stable word to count by, `reason` a sentence, `raw` the row as JSON.
    folded
        Numbers of rows that are kept without a row of their own: they were added to the figures of
        another row, as the ad groups of a campaign are.
    """

    rows: int
    tables: Mapping[str, pa.Table]
    aside: pa.Table = field(default_factory=ASIDE.empty_table)
    folded: npt.NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))


@dataclass(frozen=True, slots=True)
class Facts:
    """All that one file holds, read as it is asked for.

    Parameters
    ----------
    source
        The system the file comes from, such as "shopify".
    file
        The name of the file.
    content
        SHA-256 of the file's bytes, in hexadecimal.
    reading
        A digest of how it was read (mapping, settings): the same file read in another way is
        another load.
    batches
        The rows, in the order of the file. Every row of the file is in exactly one batch, kept or
        set aside.
    notes
        Plain sentences on how the file was read ("dates are day first"), kept with the load.
    """

    source: str
    file: str
    content: str
    reading: str
    batches: Iterator[Batch]
    notes: tuple[str, ...] = ()
