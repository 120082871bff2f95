"""How messages' scores are spread, by month, channel, language and relation: counts by bin."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce

import narwhals as nw

from rapport.listening.heads import KINDS
from rapport.listening.trust.quantification import EDGES
from rapport.record.frames import Frame, month_start, whole_sum

GROUPS = ("channel", "language", "relation")
WHOLE = "all"
UNKNOWN = "unknown"
# The score of each kind, and what the model says of it.
SCORES = {
    "negative": ("negative", nw.col("sentiment") == "negative"),
    "positive": ("positive", nw.col("sentiment") == "positive"),
    **{kind: (f"p_{kind}", nw.col(f"is_{kind}")) for kind in KINDS},
}


def heard(messages: Frame) -> Frame:
    """Return the messages that shares are told of: not the brand's own, copies of a text once."""
    return messages.filter(~nw.col("from_brand"), nw.col("copy_of") == nw.col("message_id"))


def with_groups(messages: Frame, people: Frame | None) -> Frame:
    """Return the messages with `month` (its first day) and `relation`.

    Parameters
    ----------
    messages
        Those that were heard.
    people
        person_id and relation, a row a person; None where nobody knows.
    """
    if people is None:
        related = messages.with_columns(relation=nw.lit(UNKNOWN))
    else:
        known = people.select("person_id", known_relation=nw.col("relation"))
        joined = messages.join(known, on="person_id", how="left")
        related = joined.with_columns(relation=nw.col("known_relation").fill_null(UNKNOWN))
    return related.with_columns(
        month=month_start(nw.col("day")),
        channel=nw.col("channel").fill_null(UNKNOWN),
        language=nw.col("language").fill_null(UNKNOWN),
    )


def bin_of(score: nw.Expr) -> nw.Expr:
    """Return the bin of a probability, as `quantification.binned` does."""
    steps = [(score >= edge).cast(nw.Int64()) for edge in EDGES[1:-1]]
    return reduce(lambda a, b: a + b, steps)


def cells(messages: Frame) -> Frame:
    """Return how many messages fall in each cell: month, groups, kind and bin of the score.

    Columns `messages`, and `said`: how many of them the model takes for the kind.
    """
    parts = [
        messages.select(
            "month",
            *GROUPS,
            kind=nw.lit(kind),
            bin=bin_of(nw.col(score)),
            said=said.fill_null(value=False).cast(nw.Int64()),
        )
        for kind, (score, said) in SCORES.items()
    ]
    by = ("month", *GROUPS, "kind", "bin")
    return (
        nw.concat(parts, how="vertical")
        .group_by(*by)
        .agg(messages=nw.len().cast(nw.Int64()), said=whole_sum(nw.col("said")))
    )


def spread(counted: Frame) -> Frame:
    """Return the cells summed for all, and by each group, of every month and of all time.

    `month` is null for all time; `group_kind` is "all" or one of GROUPS.
    """
    return _each_group(
        counted,
        ("kind", "bin"),
        messages=whole_sum(nw.col("messages")),
        said=whole_sum(nw.col("said")),
    )


def sizes(messages: Frame) -> Frame:
    """Return the messages and the people of each group, of every month and of all time."""
    people = nw.col("person_id").n_unique().cast(nw.Int64())
    return _each_group(messages, (), messages=nw.len().cast(nw.Int64()), people=people)


def _each_group(rows: Frame, by: Sequence[str], **sums: nw.Expr) -> Frame:
    never = nw.lit(None, dtype=nw.Date())
    parts = []
    for kind in (WHOLE, *GROUPS):
        group = nw.lit(WHOLE) if kind == WHOLE else nw.col(kind)
        for month in (nw.col("month"), never):
            timed = rows.with_columns(group_kind=nw.lit(kind), group=group, month=month)
            made = timed.group_by("month", "group_kind", "group", *by).agg(**sums)
            parts.append(made.select("month", "group_kind", "group", *by, *sums))
    return nw.concat(parts, how="vertical")
