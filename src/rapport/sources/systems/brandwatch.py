"""Mentions that Brandwatch found, on networks, forums, reviews and news.

Lines about the export stand above the header. Its sentiment, impressions and scores are not taken
over: they are another model's opinion. Dates are UTC unless the export says otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import column_of
from rapport.sources.loading import KEY, Recipe, record_table
from rapport.sources.mentions import authors, mention_ids
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "brandwatch"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "query_id": "Query Id",
    "query": "Query Name",
    "occurred_on": "Date",
    "title": "Title",
    "snippet": "Snippet",
    "full": "Full Text",
    "url": "Url",
    "domain": "Domain",
    "sentiment": "Sentiment",
    "page": ("Page Type", "Content Source Name", "Content Source"),
    "entry": "Thread Entry Type",
    "language": "Language",
    "country": ("Country Code", "Country"),
    "author": "Author",
    "full_name": "Full Name",
    "thread": "Thread URL",
    "likes": "Likes",
    "comments": "Comments",
    "shares": "Shares",
    "x_author": ("X Author ID", "Twitter Author ID"),
    "x_followers": ("X Followers", "Twitter Followers"),
    "x_following": ("X Following", "Twitter Following"),
    "bluesky_author": "Bluesky Author Id",
    "mention": ("Resource Id", "Mention Id"),
}
# Brandwatch's page types, and what the record calls the channel.
_CHANNELS = {
    "twitter": "x",
    "x": "x",
    "news": "press",
    "online news": "press",
    "blog": "blog",
    "forum": "forum",
    "review": "reviews",
    "general": "web",
}


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    texts = ("title", "snippet", "full", "domain", "page", "language", "country", "author")
    kinds: dict[str, Kind] = {
        "occurred_on": "time",
        "url": "text",
        "full_name": "text",
        "thread": "text",
        "mention": "identifier",
        "x_author": "identifier",
        "bluesky_author": "identifier",
        "x_followers": "integer",
        "x_following": "integer",
    }
    kinds |= dict.fromkeys(texts, "text")
    fields = fields_in(header, kinds, required=["occurred_on"])
    notes = ("Sentiment, impressions and scores are Brandwatch's own and not taken over.",)
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (),
        _tables,
        by_line=False,
        notes=notes,
        time_zone="UTC",
        usual_dates="iso",
    )


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    page = pc.utf8_lower(column_of(typed, "page"))
    known = pc.index_in(page, pa.array(list(_CHANNELS), pa.string()))
    channel = pc.coalesce(pc.take(pa.array(list(_CHANNELS.values())), known), page)
    author = column_of(typed, "author")
    account = pc.coalesce(
        column_of(typed, "x_author"),
        column_of(typed, "bluesky_author"),
        author,
        column_of(typed, "domain"),
    )
    url = column_of(typed, "url")
    text = pc.coalesce(column_of(typed, "full"), column_of(typed, "snippet"))
    columns: dict[str, object] = {
        "activity_id": mention_ids(
            pc.coalesce(column_of(typed, "mention"), url), typed.column(KEY)
        ),
        "occurred_on": typed.column("occurred_on"),
        "zone": typed.column("zone"),
        "channel": channel,
        "account_id": account,
        "verb": "Create",
        "object_kind": pc.if_else(pc.equal(channel, "press"), "Article", "Note"),
        "in_reply_to": column_of(typed, "thread"),
        "text": pc.coalesce(text, column_of(typed, "title")),
        "url": url,
    }
    told = {
        "account_id": account,
        "channel": channel,
        "handle": author,
        "name": pc.coalesce(column_of(typed, "full_name"), author),
        "country": column_of(typed, "country"),
        "language": column_of(typed, "language"),
    }
    counts = {"x_followers": "followers", "x_following": "following"}
    told |= {to: typed.column(name) for name, to in counts.items() if name in typed.column_names}
    return {"activity": record_table("activity", columns, typed), **authors(typed, told)}


SYSTEM = System(
    SOURCE,
    "Brandwatch",
    "listening",
    (
        Shape(
            name="mentions",
            title="Mentions found by Brandwatch",
            grain="one mention",
            tables=("activity", "account", "identifier"),
            columns=_COLUMNS,
            needs=("query", "occurred_on", "url", "page", "author"),
            where="Brandwatch › Mentions › Export › CSV or Excel",
            since="2023",
            checked="the documented columns",
            recipe=_recipe,
        ),
    ),
)
