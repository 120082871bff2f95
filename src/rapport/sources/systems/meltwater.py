"""Mentions that Meltwater found: press, blogs and networks.

Its sentiment, reach, social echo and advertising value are not taken over: they are another model's
opinion, and the last one is no value of anything (AMEC, Barcelona Principles).
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

SOURCE = "meltwater"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "occurred_on": "Date",
    "title": ("Headline", "Title"),
    "url": "URL",
    "opening": "Opening Text",
    "hit": "Hit Sentence",
    "outlet": ("Source", "Source Name"),
    "author": ("Influencer", "Author Name"),
    "country": "Country",
    "language": "Language",
    "query": "Input Name",
    "tweet": ("Tweet Id", "Tweet ID"),
    "author_id": ("Twitter Id", "Twitter ID"),
    "handle": "Twitter Screen Name",
    "followers": "Twitter Followers",
    "following": "Twitter Following",
    "reach": "Reach",
    "sentiment": "Sentiment",
    "ave": "AVE",
}


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    texts = ("title", "opening", "hit", "outlet", "author", "country", "language", "handle")
    kinds: dict[str, Kind] = {
        "occurred_on": "time",
        "url": "text",
        "tweet": "identifier",
        "author_id": "identifier",
        "followers": "integer",
        "following": "integer",
    }
    kinds |= dict.fromkeys(texts, "text")
    fields = fields_in(header, kinds, required=["occurred_on"])
    notes = (
        "Sentiment, reach and advertising value are Meltwater's own and not taken over.",
        "Dates are in the time zone of the Meltwater account; the brand's is assumed.",
    )
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (),
        _tables,
        by_line=False,
        notes=notes,
        usual_dates="month-first",
    )


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    tweet, handle = column_of(typed, "tweet"), column_of(typed, "handle")
    on_x = pc.or_(pc.is_valid(tweet), pc.is_valid(handle))
    channel = pc.if_else(on_x, "x", "press")
    author, outlet = column_of(typed, "author"), column_of(typed, "outlet")
    of_x = pc.coalesce(column_of(typed, "author_id"), handle)
    account = pc.if_else(on_x, of_x, pc.coalesce(author, outlet))
    account = pc.coalesce(account, author, outlet)
    url = column_of(typed, "url")
    columns: dict[str, object] = {
        "activity_id": mention_ids(pc.coalesce(tweet, url), typed.column(KEY)),
        "occurred_on": typed.column("occurred_on"),
        "zone": typed.column("zone"),
        "channel": channel,
        "account_id": account,
        "verb": "Create",
        "object_kind": pc.if_else(on_x, "Note", "Article"),
        "text": _text(typed),
        "url": url,
    }
    told = {
        "account_id": account,
        "channel": channel,
        "handle": handle,
        "name": pc.coalesce(author, outlet),
        "country": column_of(typed, "country"),
        "language": column_of(typed, "language"),
    }
    for name in ("followers", "following"):
        if name in typed.column_names:
            told[name] = typed.column(name)
    return {"activity": record_table("activity", columns, typed), **authors(typed, told)}


def _text(typed: pa.Table) -> pa.ChunkedArray:
    """Return the headline, the opening and the sentence that was hit, each once."""
    title, opening, hit = (column_of(typed, name) for name in ("title", "opening", "hit"))
    same = pc.fill_null(pc.equal(opening, hit), False)
    hit = pc.if_else(same, pa.scalar(None, pa.string()), hit)
    joined = pc.binary_join_element_wise(title, opening, hit, "\n", null_handling="skip")
    return pc.if_else(pc.equal(joined, ""), pa.scalar(None, pa.string()), joined)


SYSTEM = System(
    SOURCE,
    "Meltwater",
    "listening",
    (
        Shape(
            name="mentions",
            title="Mentions found by Meltwater",
            grain="one mention",
            tables=("activity", "account", "identifier"),
            columns=_COLUMNS,
            needs=("occurred_on", "title", "url", "outlet", "hit"),
            where="Meltwater › Explore › Export › CSV or Excel",
            since="2023",
            checked="the documented columns",
            recipe=_recipe,
        ),
    ),
)
