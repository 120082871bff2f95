"""Messages of the record as they are understood: texts in, probabilities out."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import pyarrow as pa

from rapport.listening.routing import Understood
from rapport.workspace import Workspace

Understand = Callable[[Sequence[str]], Any]
Weigh = Callable[[str, str], Sequence[str]]

SCORES = (
    "negative", "neutral", "positive", "praise", "complaint", "suggestion", "question",
    "purchase_intent", "leaving", "thanks", "recommendation", "irony",
)  # fmt: skip


def understanding_of(workspace: Workspace) -> Understand:
    """Return what reads messages here: the model of the settings, with heads refitted here.

    Raises Problem where that model cannot be had.
    """
    from rapport.listening import understand
    from rapport.listening.backends import open_reader
    from rapport.listening.trust.refitted import refitted_reader

    chosen = open_reader(workspace.settings.listening.model)
    reader = refitted_reader(chosen, workspace.labels)
    return lambda texts: understand(texts, model=reader)


def built_in_weights() -> Weigh | None:
    """Return what names the words that weighed, where the understanding can tell."""
    import rapport.listening

    found: Weigh | None = getattr(rapport.listening, "weighed", None)
    return found


def understood(
    rows: pa.Table, understand: Understand, brand: Collection[tuple[str, str]]
) -> list[Understood]:
    """Return the messages of a table as `rapport.watching.news` gives them, understood.

    Raises KeyError when the understanding lacks a column.
    """
    told = rows.to_pylist()
    scores = _columns(understand([str(row["text"]) for row in told]))
    return [
        Understood(
            message_id=row["message_id"],
            said=naive(row["occurred_on"]),
            text=row["text"],
            scores={name: float(scores[name][place] or 0.0) for name in SCORES},
            from_brand=(row["source"], row["account_id"]) in brand,
            url=row["url"] or "",
            channel=row["channel"] or "",
            account_id=row["account_id"] or "",
            in_reply_to=row["in_reply_to"] or "",
        )
        for place, row in enumerate(told)
    ]


def _columns(frame: Any) -> Mapping[str, Sequence[Any]]:
    """Return the columns of any dataframe as lists."""
    if isinstance(frame, Mapping):
        return frame
    if not isinstance(frame, pa.Table):
        import narwhals as nw

        made = nw.from_native(frame)
        lazy = isinstance(made, nw.LazyFrame)
        frame = made.collect("pyarrow").to_native() if lazy else made.to_arrow()
    return {name: frame.column(name).to_pylist() for name in SCORES}


def naive(time: dt.datetime) -> dt.datetime:
    """Return a time as UTC without a zone.

    Examples
    --------
    >>> naive(dt.datetime(2026, 1, 5, 12, tzinfo=dt.timezone(dt.timedelta(hours=2))))
    datetime.datetime(2026, 1, 5, 10, 0)
    """
    return time.astimezone(dt.UTC).replace(tzinfo=None) if time.tzinfo else time
