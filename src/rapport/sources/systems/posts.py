"""What the exports of posts have in common: formats in every language, tables of the record."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.identifiers import identifiers_of
from rapport.sources.loading import Rule, present, record_table
from rapport.sources.mending import ROUNDED
from rapport.sources.metrics import post_metrics
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.sql import BLANK_WORDS

# The first that fits names the format: English, French, German, Spanish, Swedish.
_FORMATS = (
    ("reel", r"\breels?\b"),
    ("carousel", r"carousel|carrousel|carrusel|karussell|karusell|secuencia|album"),
    ("story", r"stor(y|ies)\b|historia|händelse"),
    ("video", r"video|vidéo|vídeo|film"),
    ("photo", r"image|imagen|bild|photo|foto"),
    ("link", r"\blinks?\b|\bliens?\b|enlace|länk"),
    ("text", r"text|status|statut|estado"),
)


def formats(kinds: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return what posts are, in one word; null for a word that is not known.

    Examples
    --------
    >>> formats(pa.chunked_array([["IG reel", "Carrousel IG", "Bilder", "?"]])).to_pylist()
    ['reel', 'carousel', 'photo', None]
    """
    words = pc.utf8_lower(kinds)
    found = pa.chunked_array([pa.nulls(len(kinds), pa.string())])
    for name, pattern in _FORMATS:
        fits = pc.and_(pc.is_null(found), pc.match_substring_regex(words, pattern))
        found = pc.if_else(pc.fill_null(fits, False), pa.scalar(name), found)
    return found


def whole_of(typed: pa.Table, *columns: str) -> pa.ChunkedArray | None:
    """Return the sum of those columns that there are; null where none of them says anything."""
    parts = [
        pc.cast(typed.column(name), pa.float64()) for name in columns if name in typed.schema.names
    ]
    if not parts:
        return None
    known = pc.is_valid(parts[0])
    total = pc.fill_null(parts[0], 0.0)
    for part in parts[1:]:
        known = pc.or_(known, pc.is_valid(part))
        total = pc.add(total, pc.fill_null(part, 0.0))
    return pc.if_else(known, total, pa.scalar(None, pa.float64()))


@dataclass(frozen=True, slots=True)
class PostFile:
    """How the typed rows of a file of posts become tables.

    Parameters
    ----------
    channel
        The network.
    measured_on
        When the figures were counted: one moment, or the column that says it.
    metrics
        For each column of figures, what the record calls it.
    """

    channel: str
    measured_on: dt.datetime | str
    metrics: Mapping[str, str]

    def tables(self, typed: pa.Table) -> dict[str, pa.Table]:
        """Return `post`, `post_metric`, and `account` where the file names the brand's own.

        `typed` has `post_id`, `published_on`, `zone` and, where the file has them, `account_id`,
        `handle`, `name`, `text`, `format` and `paid`.
        """
        names = ("post_id", "published_on", "zone", "account_id", "text", "format", "paid")
        columns = {**present(typed, names), "channel": self.channel}
        found = {"post": record_table("post", columns, typed), **self.figures(typed)}
        if "account_id" in typed.column_names:
            found |= own_accounts(typed, self.channel)
        return found

    def figures(self, typed: pa.Table) -> dict[str, pa.Table]:
        """Return `post_metric` alone."""
        moment = self.measured_on
        when = typed.column(moment) if isinstance(moment, str) else moment
        return {"post_metric": post_metrics(typed, when, self.metrics)}


def own_accounts(typed: pa.Table, channel: str) -> dict[str, pa.Table]:
    """Return the brand's own accounts that rows name, each once, as its last row has it."""
    told = [
        name
        for name in ("handle", "name", "followers", "following", "posts", "created")
        if name in typed.column_names
    ]
    known = typed.filter(pc.is_valid(typed.column("account_id")))
    if not known.num_rows:
        return {}
    last = known.group_by("account_id", use_threads=False).aggregate(
        [(name, "last") for name in (*told, ROW)]
    )
    last = last.rename_columns(["account_id", *told, ROW])
    columns: dict[str, object] = {name: last.column(name) for name in ("account_id", *told)}
    columns |= {"channel": channel, "is_brand": True}
    found = {"account": record_table("account", columns, last)}
    if "handle" in told:
        evidence = {"handle": [last.column("handle")]}
        account = last.column("account_id")
        found["identifier"] = identifiers_of(account, evidence, last.column(ROW))
    return found


def different(file: TableFile, column: str) -> tuple[int, int]:
    """Return how many rows fill a column, and how many different values stand there.

    Numbers that a spreadsheet rounded say nothing and do not count.
    """
    filled = 0
    values: set[str] = set()
    for part in file.rows([column]):
        cells = trimmed(part.table.column(column))
        said = pc.invert(pc.match_substring_regex(cells, ROUNDED))
        cells = cells.filter(pc.and_(said, pc.not_equal(cells, "")))
        filled += len(cells)
        values.update(pc.unique(cells).to_pylist())
    return filled, len(values)


def older_versions(file: TableFile, ids: str, moments: str) -> Rule:
    """Return the rule that sets aside all but the last version of each row.

    Connectors keep every version of a post or a profile. The moments are ISO texts of one length,
    which sort as they are; of two equal ones the lower row is the later.
    """
    last: dict[str, tuple[str, int]] = {}
    for part in file.rows([ids, moments]):
        rows = part.table
        cells = zip(
            trimmed(rows.column(ids)).to_pylist(),
            rows.column(moments).to_pylist(),
            rows.column(ROW).to_pylist(),
            strict=True,
        )
        for key, moment, number in cells:
            last[key] = max(last.get(key, ("", 0)), (moment, number))
    kept = pa.array([number for _, number in last.values()], pa.int64())

    def finds(rows: pa.Table) -> pa.ChunkedArray:
        return pc.invert(pc.is_in(rows.column(ROW), kept))

    return Rule("older_version", "A later row is a newer version of it.", finds)


def without_figures(columns: Sequence[str]) -> Rule:
    """Return the rule that sets aside rows in which none of some columns says anything.

    Examples
    --------
    >>> rows = pa.table({"likes": ["1", "", "-"], "views": ["", " ", "n/a"]})
    >>> without_figures(["likes", "views"]).finds(rows).to_pylist()
    [False, True, True]
    """
    nothing = pa.array(["", *BLANK_WORDS])

    def finds(rows: pa.Table) -> pa.ChunkedArray:
        blank = [pc.is_in(pc.utf8_lower(trimmed(rows.column(name))), nothing) for name in columns]
        found = blank[0]
        for each in blank[1:]:
            found = pc.and_(found, each)
        return found

    return Rule("no_figure", "The row has no figure.", finds)
