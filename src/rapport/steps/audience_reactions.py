"""The reactions that are looked at: all, or those to a sample of posts where they are many."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import narwhals as nw
import pyarrow as pa

from rapport.people.authenticity_reactions import reacted_posts, reactions, some_posts
from rapport.record.frames import Frame, distinct
from rapport.steps.context import Context


@dataclass(frozen=True)
class Reacted:
    """Reactions to the brand's posts.

    Parameters
    ----------
    told
        As `rapport.people.authenticity_reactions.reactions` gives them.
    posts
        For each channel, to how many posts they are.
    scale
        For each channel, how many times as many reactions there are in all; 1 unless only a sample
        is looked at.
    """

    told: Frame
    posts: Mapping[str, int]
    scale: Mapping[str, float]


def reacted(context: Context) -> Reacted:
    """Return the reactions to posts that are looked at."""
    engine, activity, post = context.engine, context.facts("activity"), context.facts("post")
    counted = engine.collect(reacted_posts(activity, post))
    names = ("channel", "object_id", "reactions")
    rows = list(zip(*(counted.column(name).to_pylist() for name in names), strict=True))
    chosen = some_posts(rows)
    if len(chosen) < len(rows):
        few = counted.select(names[:2]).rename_columns(["channel", "post_id"])
        some = engine.table(few.take(pa.array(chosen)))
        post = post.join(some, on=["channel", "post_id"], how="inner")
    told = engine.cache(reactions(activity, post, context.facts("account")))
    each = distinct(told.select("channel", "object_id")).group_by("channel").agg(posts=nw.len())
    posts = {row["channel"]: row["posts"] for row in engine.collect(each).to_pylist()}
    whole, seen = _by_channel(rows), _by_channel([rows[n] for n in chosen])
    return Reacted(told, posts, {channel: whole[channel] / n for channel, n in seen.items()})


def _by_channel(rows: list[tuple[str, str, int]]) -> dict[str, int]:
    sums: dict[str, int] = {}
    for channel, _, many in rows:
        sums[channel] = sums.get(channel, 0) + many
    return sums
