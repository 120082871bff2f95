"""Posts of a Facebook page as Page Insights exported them until 2023, and as a public set has them.

A row under the header describes the columns. Posts are named page_post, and their numbers are of
their whole life. The tab "Lifetime Talking About This" counts people by what they did.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, Rule, facts_of
from rapport.sources.mending import Change, mended
from rapport.sources.metrics import counted_on
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Aliases, Header, Refusal, Shape
from rapport.sources.systems.posts import PostFile, formats

SOURCE = "facebook"
VERSION = 1
PACIFIC = "America/Los_Angeles"

_INSIGHTS: dict[str, Aliases] = {
    "post_id": "Post ID",
    "link": "Permalink",
    "text": "Post Message",
    "kind": "Type",
    "published_on": "Posted",
    "reach": "Lifetime Post Total Reach",
    "impressions": "Lifetime Post Total Impressions",
    "engaged": "Lifetime Engaged Users",
    "consumers": (
        "Lifetime Matched Audience Targeting Consumers on Post",
        "Lifetime Post Consumers",
    ),
    "clicks": (
        "Lifetime Matched Audience Targeting Consumptions on Post",
        "Lifetime Post Consumptions",
    ),
    "negative_feedback": (
        "Lifetime Negative Feedback from Users",
        "Lifetime Negative feedback from users",
        "Lifetime Negative Feedback",
    ),
}
_TALKING: dict[str, Aliases] = {
    **{name: _INSIGHTS[name] for name in ("post_id", "link", "text", "kind", "published_on")},
    "likes": "like",
    "comments": "comment",
    "shares": "share",
}


def _insights(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of an old Page Insights sheet; raises Problem as `facts_of` does."""
    figures = ("reach", "impressions", "clicks", "negative_feedback", "likes", "comments", "shares")
    posts = PostFile(SOURCE, counted_on(file, now), {name: name for name in figures})
    kinds: dict[str, Kind] = {"post_id": "identifier", "published_on": "time"}
    kinds |= {"text": "text", "kind": "text", **dict.fromkeys(figures, "integer")}
    fields = fields_in(header, kinds, required=["post_id", "published_on"])

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        kinds = formats(typed.column("kind")) if "kind" in typed.column_names else None
        return posts.tables(typed if kinds is None else typed.append_column("format", kinds))

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields,
        (header["post_id"],),
        finish,
        by_line=False,
        notes=("Posts of Page Insights are named page_post; the figures are of their whole life.",),
        time_zone=PACIFIC,
        usual_dates="month-first",
        rules=(_described(header["post_id"]),),
    )
    return facts_of(mended(file, _bare_ids(header["post_id"])), recipe, settings, now)


def _bare_ids(column: str) -> Change:
    """Return the change that takes the page off a post's number: page_post becomes post."""

    def change(rows: pa.Table) -> pa.Table:
        bare = pc.replace_substring_regex(trimmed(rows.column(column)), r"^\d+_(\d+)$", r"\1")
        return rows.set_column(rows.column_names.index(column), column, bare)

    return change


def _described(column: str) -> Rule:
    def finds(rows: pa.Table) -> pa.ChunkedArray:
        nameless = pc.equal(trimmed(rows.column(column)), "")
        told = pc.and_(nameless, False)
        for name in rows.column_names:
            if name != ROW:
                told = pc.or_(told, pc.starts_with(rows.column(name), "Lifetime"))
        return pc.and_(nameless, told)

    return Rule("description_row", "The row describes the columns and is no post.", finds)


_UNDATED = Refusal(
    "Its rows name neither the post nor its day: a month, a weekday and an hour fit several days.",
    "Export the posts from Page Insights again, with the columns Post ID and Posted.",
)

INSIGHTS = (
    Shape(
        name="page_insights",
        title="Posts of a Facebook page, Page Insights of old",
        grain="one post",
        tables=("post", "post_metric"),
        columns=_INSIGHTS,
        needs=("post_id", "published_on", "reach", "impressions"),
        where="Facebook page › Insights › Export Data › Post data",
        since="2013",
        checked="the documented columns and a public set of 500 posts",
        facts=_insights,
    ),
    Shape(
        name="page_insights_talking",
        title="Who talked about posts of a Facebook page, Page Insights of old",
        grain="one post",
        tables=("post", "post_metric"),
        columns=_TALKING,
        needs=("post_id", "published_on", "likes", "comments", "shares"),
        named="Lifetime Talking About This",
        where="Facebook page › Insights › Export Data › Post data",
        since="2013",
        checked="the documented columns",
        facts=_insights,
    ),
    Shape(
        name="page_insights_undated",
        title="Posts of a Facebook page without their days",
        grain="one post",
        tables=(),
        columns={
            "month": "Post Month",
            "weekday": "Post Weekday",
            "hour": "Post Hour",
            "reach": "Lifetime Post Total Reach",
            "impressions": "Lifetime Post Total Impressions",
            "engaged": "Lifetime Engaged Users",
            "likes": "like",
        },
        needs=("month", "weekday", "hour", "reach"),
        checked="a public set of 500 posts",
        refuses=_UNDATED,
    ),
)
