"""Answers of Meta's Graph API, saved as JSON: posts, media, comments, pages, figures of media.

An answer is a page (`data`), objects by their number, or one object. Nothing in it says who asked:
add the answers about the brand's own page or account, not a group's feed and not media that others
tagged. Names of those who commented are in it only where Meta gives them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Field
from rapport.sources.identifiers import identifiers_of
from rapport.sources.loading import Recipe, facts_of, present, record_table
from rapport.sources.metrics import counted_on
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Header, Shape, System, as_named
from rapport.sources.systems.meta_answers import (
    COMMENT,
    INSIGHT,
    MEDIA,
    PAGE,
    POST,
    Flat,
    comment_cells,
    insight_cells,
    media_cells,
    opened_answer,
    page_cells,
    post_cells,
)
from rapport.sources.systems.posts import PostFile, formats, own_accounts

SOURCE = "meta_api"
VERSION = 2
_INSIGHTS = {
    **{name: name for name in ("views", "impressions", "reach", "likes", "comments", "shares")},
    "saved": "saves",
    "follows": "follows",
    "replies": "replies",
    "profile_visits": "profile_visits",
    "total_interactions": "interactions",
    "video_views": "video_views",
}


def _posts_facts(
    file: TableFile,
    header: Header,
    settings: Settings,
    now: dt.datetime | None = None,
    *,
    facebook: bool,
) -> Facts:
    """Return the facts of posts or media; raises Problem as `loading.facts_of` does."""
    if facebook:
        names = ("fb_post", "fb_created", "fb_text", "fb_page", "fb_form")
        counts = {"reactions": "fb_reactions", "comments": "fb_comments", "shares": "fb_shares"}
    else:
        names = ("ig_media", "ig_created", "ig_text", "ig_handle", "ig_kind")
        counts = {"likes": "ig_likes", "comments": "ig_comments"}
    fields = (
        Field("post_id", "identifier", (names[0],), required=True),
        Field("published_on", "time", (names[1],), required=True),
        Field("text", "text", (names[2],)),
        Field("account_id", "text", (names[3],)),
        Field("kind", "text", (names[4],)),
        *(Field(name, "integer", (column,)) for name, column in counts.items()),
    )
    network = "facebook" if facebook else "instagram"
    posts = PostFile(network, counted_on(file, now), {name: name for name in counts})

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        kind = typed.column("kind")
        typed = typed.append_column("format", kind if facebook else formats(kind))
        if not facebook:
            typed = typed.append_column("handle", typed.column("account_id"))
        return posts.tables(typed)

    return facts_of(file, _recipe(fields, (names[0],), finish), settings, now)


def _recipe(
    fields: tuple[Field, ...],
    order: tuple[str, ...],
    finish: Callable[[pa.Table], Mapping[str, pa.Table]],
) -> Recipe:
    return Recipe(SOURCE, VERSION, fields, order, finish, by_line=False, time_zone="UTC")


def _comments(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how comments are read: what somebody said under a post."""
    fields = (
        Field("activity_id", "identifier", ("comment",), required=True),
        Field("occurred_on", "time", ("commented_on",), required=True),
        Field("text", "text", ("comment_text",)),
        Field("in_reply_to", "text", ("answers",)),
        Field("channel", "text", ("network",)),
        Field("account_id", "text", ("author",)),
        Field("handle", "text", ("author_handle",)),
        Field("name", "text", ("author_name",)),
    )
    return _recipe(fields, ("comment",), _said)


def _said(typed: pa.Table) -> Mapping[str, pa.Table]:
    names = ("activity_id", "occurred_on", "zone", "channel", "account_id", "text", "in_reply_to")
    columns = {**present(typed, names), "verb": "Create", "object_kind": "comment"}
    found = {"activity": record_table("activity", columns, typed)}
    known = typed.filter(pc.is_valid(typed.column("account_id")))
    if known.num_rows:
        told = ("channel", "handle", "name")
        last = known.group_by("account_id", use_threads=False).aggregate(
            [(name, "last") for name in (*told, ROW)]
        )
        last = last.rename_columns(["account_id", *told, ROW])
        found["account"] = record_table("account", present(last, ("account_id", *told)), last)
        evidence = {"handle": [last.column("handle")], "name": [last.column("name")]}
        account = last.column("account_id")
        found["identifier"] = identifiers_of(account, evidence, last.column(ROW))
    return found


def _pages(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the brand's pages are read."""
    fields = (
        Field("account_id", "identifier", ("page",), required=True),
        Field("name", "text", ("page_name",)),
        Field("handle", "text", ("page_handle",)),
        Field("followers", "integer", ("page_followers",)),
    )

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return own_accounts(typed, "facebook")

    return _recipe(fields, ("page",), finish)


def _figures(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of the figures of one or several media; raises Problem as `facts_of`."""
    fields = (
        Field("post_id", "identifier", ("insight_of",), required=True),
        Field("metric", "text", ("insight",), required=True),
        Field("value", "number", ("insight_value",), required=True),
    )
    moment = counted_on(file, now)

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        names = typed.column("metric")
        ours = pc.take(pa.array(_INSIGHTS.values()), pc.index_in(names, pa.array(_INSIGHTS)))
        columns: dict[str, object] = {
            "post_id": typed.column("post_id"),
            "measured_on": moment,
            # A figure that other files do not have keeps Instagram's own name.
            "metric": pc.coalesce(ours, names),
            "value": typed.column("value"),
        }
        return {"post_metric": record_table("post_metric", columns, typed)}

    return facts_of(file, _recipe(fields, ("insight_of", "insight"), finish), settings, now)


def _open(names: Sequence[str], flat: Flat) -> Callable[[Piece], TableFile | None]:
    return partial(opened_answer, names=tuple(names), flat=flat)


SYSTEM = System(
    SOURCE,
    "Meta Graph API",
    "social",
    (
        Shape(
            name="facebook_posts",
            title="Posts of a Facebook page, from the Graph API",
            grain="one post",
            tables=("post", "post_metric", "account"),
            columns=as_named(*POST),
            needs=POST,
            where="Graph API: PAGE/posts, saved as JSON",
            since="v6.0",
            checked="an open-source client's recorded answers",
            opens=_open(POST, post_cells),
            facts=partial(_posts_facts, facebook=True),
        ),
        Shape(
            name="instagram_media",
            title="Media of an Instagram account, from the Graph API",
            grain="one post",
            tables=("post", "post_metric", "account", "identifier"),
            columns=as_named(*MEDIA),
            needs=MEDIA,
            where="Graph API: USER/media, saved as JSON",
            since="v6.0",
            checked="an open-source client's recorded answers",
            opens=_open(MEDIA, media_cells),
            facts=partial(_posts_facts, facebook=False),
        ),
        Shape(
            name="comments",
            title="Comments on Facebook or Instagram, from the Graph API",
            grain="one comment",
            tables=("activity", "account", "identifier"),
            columns=as_named(*COMMENT),
            needs=COMMENT,
            where="Graph API: POST/comments, saved as JSON",
            since="v6.0",
            checked="an open-source client's recorded answers",
            opens=_open(COMMENT, comment_cells),
            recipe=_comments,
        ),
        Shape(
            name="pages",
            title="Facebook pages, from the Graph API",
            grain="one page",
            tables=("account", "identifier"),
            columns=as_named(*PAGE),
            needs=PAGE,
            where="Graph API: PAGE, saved as JSON",
            since="v6.0",
            checked="an open-source client's recorded answers",
            opens=_open(PAGE, page_cells),
            recipe=_pages,
        ),
        Shape(
            name="insights",
            title="Figures of Instagram media, from the Graph API",
            grain="one figure of one post",
            tables=("post_metric",),
            columns=as_named(*INSIGHT),
            needs=INSIGHT,
            where="Graph API: MEDIA/insights, saved as JSON",
            since="v6.0",
            checked="an open-source client's recorded answers",
            opens=_open(INSIGHT, insight_cells),
            facts=_figures,
        ),
    ),
)
