"""Figures of posts and channels: many columns of a row become many rows of the record."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.loading import record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW

# One name for one thing on every network; a network's own figure keeps the network's word.
METRICS = (
    "views",
    "impressions",
    "reach",
    "likes",
    "reactions",
    "comments",
    "shares",
    "saves",
    "clicks",
    "link_clicks",
    "follows",
    "engagements",
    "watch_seconds",
    "negative_feedback",
    "interactions",
    "net_follows",
    "unfollows",
    "profile_visits",
    "replies",
    "sends",
    "video_views",
    "video_views_3s",
    "video_views_60s",
    "viewers",
    "visits",
    "reposts",
    "page_views",
    "visitors",
    "thumbnail_impressions",
    "engaged_views",
    "dislikes",
    "net_subscribers",
    "unfollows",
    *(f"organic_{name}" for name in ("impressions", "reach", "clicks", "reactions", "comments")),
    *("organic_shares", "organic_reposts"),
)
OF_DAY = "_of_day"
_DAY = re.compile(r"(?<!\d)(20\d\d)[-_.]?(0[1-9]|1[0-2])[-_.]?(0[1-9]|[12]\d|3[01])(?!\d)")
_MOMENT = re.compile(r"(?<!\d)(1[4-9]\d{11})(?!\d)")  # milliseconds since 1970, as LinkedIn writes
_NAMED_DAY = re.compile(r"(?<![A-Za-z])([A-Z][a-z]{2})-(0?[1-9]|[12]\d|3[01])-(20\d\d)(?!\d)")


def counted_on(file: TableFile, now: dt.datetime | None = None) -> dt.datetime:
    """Return when a file's totals were counted: the last day in its name, else the present.

    Totals of a post's life say until when they run only by when they were exported.

    Examples
    --------
    >>> from pathlib import Path
    >>> name = "account_analytics_content_2026-01-01_2026-03-31.csv"
    >>> counted_on(TableFile(Path(name), "text", (), 1)).isoformat()
    '2026-03-31T00:00:00+00:00'
    >>> counted_on(TableFile(Path("Nov-01-2025_Nov-30-2025_17236.csv"), "text", (), 1)).day
    30
    >>> counted_on(TableFile(Path("maison_followers_1767225600000.xls"), "text", (), 1)).year
    2026
    """
    present = now or dt.datetime.now(dt.UTC)
    written = [("-".join(found.groups()), "%Y-%m-%d") for found in _DAY.finditer(file.name)]
    written += [("-".join(found.groups()), "%b-%d-%Y") for found in _NAMED_DAY.finditer(file.name)]
    written += [
        (f"{dt.datetime.fromtimestamp(int(found[1]) / 1000, dt.UTC):%Y-%m-%d}", "%Y-%m-%d")
        for found in _MOMENT.finditer(file.name)
    ]
    days = []
    for text, form in written:
        try:
            days.append(dt.datetime.strptime(text, form).replace(tzinfo=dt.UTC))
        except ValueError:
            continue
    past = [day for day in days if day <= present]
    return max(past) if past else present.replace(hour=0, minute=0, second=0, microsecond=0)


def of_day(metric: str) -> str:
    """Return the name of a figure that counts one day alone, not all days until then.

    Examples
    --------
    >>> of_day("impressions")
    'impressions_of_day'
    """
    return f"{metric}{OF_DAY}"


def post_metrics(
    typed: pa.Table,
    measured_on: dt.datetime | pa.ChunkedArray,
    metrics: Mapping[str, str],
    denominators: Mapping[str, str] | None = None,
) -> pa.Table:
    """Return rows of `post_metric`: one for each figure that a row has.

    Parameters
    ----------
    typed
        Rows with `post_id`, `source_row` and a number for each figure.
    measured_on
        When the figures were counted: one moment, or one for each row.
    metrics
        For each column of figures, what the record calls it; columns that are absent are left out.
    denominators
        For each metric, what it is a share of, where it is one.
    """
    of = {"post_id": typed.column("post_id"), "measured_on": measured_on}
    return _melted("post_metric", of, typed, metrics, denominators or {})


def channel_metrics(
    typed: pa.Table,
    channel: str,
    metrics: Mapping[str, str],
    denominators: Mapping[str, str] | None = None,
) -> pa.Table:
    """Return rows of `channel_metric`: one for each figure that a day has.

    Parameters
    ----------
    typed
        Rows with `day`, `source_row` and a number for each figure.
    channel
        The channel that they are the whole of.
    metrics, denominators
        As for `post_metrics`.
    """
    of = {"day": typed.column("day"), "channel": channel}
    return _melted("channel_metric", of, typed, metrics, denominators or {})


def _melted(
    table: str,
    of: Mapping[str, object],
    typed: pa.Table,
    metrics: Mapping[str, str],
    denominators: Mapping[str, str],
) -> pa.Table:
    parts = []
    for column, metric in metrics.items():
        if column not in typed.column_names:
            continue
        has = pc.is_valid(typed.column(column))
        rows = typed.filter(has)
        columns: dict[str, object] = {
            name: value.filter(has) if isinstance(value, pa.ChunkedArray) else value
            for name, value in of.items()
        }
        columns |= {
            "metric": metric,
            "value": pc.cast(rows.column(column), pa.float64()),
            "denominator": denominators.get(metric),
        }
        parts.append(record_table(table, columns, rows))
    if not parts:
        return record_table(table, {}, typed.slice(0, 0))
    return pa.concat_tables(parts).sort_by([(ROW, "ascending"), ("metric", "ascending")])
