"""LinkedIn company pages as Fivetran's connector writes them into a warehouse.

Posts stand in two tables of versions (`share_history`, `ugc_post_history`); their figures are
totals until the last sync (`share_statistic`), under the post's URN. A post is named by the number
at the URN's end. The texts of the connector's test data are hidden.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.derived import Make, derived
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, Rule, facts_of, present, record_table
from rapport.sources.metrics import post_metrics
from rapport.sources.reading import TableFile
from rapport.sources.rows import trimmed
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.posts import older_versions, own_accounts, whole_of

SOURCE = "fivetran_linkedin"
CHANNEL = "linkedin"
VERSION = 1
_ID, _AUTHOR = "the post's number", "the author's number"

_POSTS: dict[str, Aliases] = {
    "post": "id",
    "author": "author",
    "text": "commentary",
    "published_on": ("first_published_at", "first_published_time"),
    "created": "created_time",
    "modified": "last_modified_time",
    "state": "lifecycle_state",
    "synced": "_fivetran_synced",
}
_FIGURES: dict[str, Aliases] = {
    "post": ("_share_entity_urn", "_ugc_post_entity_urn"),
    "measured_on": "_fivetran_synced",
    "impressions": "impression_count",
    "clicks": "click_count",
    "likes": "like_count",
    "comments": "comment_count",
    "shares": "share_count",
    "page": "_organization_entity_urn",
}
_METRICS = ("impressions", "clicks", "likes", "comments", "shares")
_PAGES: dict[str, Aliases] = {
    "account_id": "id",
    "handle": "vanity_name",
    "name": ("localized_name", "name_localized"),
    "kind": "organization_type",
    "synced": "_fivetran_synced",
}
_FOLLOWERS: dict[str, Aliases] = {
    "day": "day",
    "organic": "follower_gains_organic_follower_gain",
    "paid": "follower_gains_paid_follower_gain",
    "page": ("organization_entity", "_organization_entity_urn"),
}


def _last_number(column: str) -> Make:
    """Return how the number at a URN's end is found; the cell itself where it is none."""

    def make(rows: pa.Table) -> pa.ChunkedArray:
        cells = trimmed(rows.column(column))
        found = pc.struct_field(pc.extract_regex(cells, r"(?P<id>\d+)$"), "id")
        return pc.coalesce(found, cells)

    return make


def _posts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    author = header["author"]

    def page(rows: pa.Table) -> pa.ChunkedArray:
        # A member's own post is not the brand's.
        found = pc.extract_regex(trimmed(rows.column(author)), r":organization:(?P<id>\d+)$")
        return pc.fill_null(pc.struct_field(found, "id"), "")

    more = derived(file, {_ID: _last_number(header["post"]), _AUTHOR: page})
    columns = {**header, "post_id": _ID, "account_id": _AUTHOR}
    kinds: dict[str, Kind] = {"post_id": "text", "account_id": "text", "text": "text"}
    kinds["published_on"] = "time"
    state = header["state"]

    def unpublished(rows: pa.Table) -> pa.ChunkedArray:
        words = pc.utf8_upper(trimmed(rows.column(state)))
        return pc.invert(pc.is_in(words, pa.array(["PUBLISHED", "PUBLISHED_EDITED", ""])))

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        names = ("post_id", "published_on", "zone", "account_id", "text")
        post = record_table("post", {**present(typed, names), "channel": CHANNEL}, typed)
        return {"post": post, **own_accounts(typed, CHANNEL)}

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(columns, kinds, required=("post_id", "published_on")),
        order=(_ID,),
        finish=finish,
        by_line=False,
        time_zone="UTC",
        rules=(
            Rule("not_published", "It is a draft, or was deleted.", unpublished),
            older_versions(more, _ID, header["modified"]),
        ),
    )
    return facts_of(more, recipe, settings, now)


def _figures(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    named = {name: name for name in _METRICS}

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return {"post_metric": post_metrics(typed, typed.column("measured_on"), named)}

    kinds: dict[str, Kind] = {"post_id": "text", "measured_on": "time"}
    kinds |= dict.fromkeys(_METRICS, "integer")
    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in({**header, "post_id": _ID}, kinds, required=(*kinds,)[:3]),
        order=(),
        finish=finish,
        by_line=False,
        time_zone="UTC",
    )
    return facts_of(derived(file, {_ID: _last_number(header["post"])}), recipe, settings, now)


def _pages(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {"account_id": "identifier", "handle": "text", "name": "text"}

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return own_accounts(typed, CHANNEL)

    return Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=("account_id",)),
        order=(header["account_id"],),
        finish=finish,
        by_line=False,
    )


def _followers(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {"day": "day", "organic": "integer", "paid": "integer"}

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        net = pc.cast(whole_of(typed, "organic", "paid"), pa.int64())
        lost = pc.if_else(pc.less(net, 0), pc.negate(net), pa.scalar(None, pa.int64()))
        gained = pc.max_element_wise(net, pa.scalar(0, pa.int64()))
        columns = {"day": typed.column("day"), "channel": CHANNEL, "gained": gained, "lost": lost}
        return {"audience": record_table("audience", columns, typed)}

    return Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=("day", "organic")),
        order=(header["day"],),
        finish=finish,
        by_line=False,
        time_zone="UTC",
    )


_CHECKED = "the connector's published test data"


SYSTEM = System(
    SOURCE,
    "LinkedIn pages by Fivetran",
    "warehouse",
    (
        Shape(
            name="posts",
            title="Posts of LinkedIn pages, from Fivetran",
            grain="one version of a post",
            tables=("post", "account"),
            columns=_POSTS,
            needs=("post", "author", "published_on", "modified", "state", "synced"),
            where="Tables share_history and ugc_post_history of the connector's schema",
            since="2023",
            checked=_CHECKED,
            facts=_posts,
        ),
        Shape(
            name="figures",
            title="Figures of LinkedIn posts, from Fivetran",
            grain="one post until one day",
            tables=("post_metric",),
            columns=_FIGURES,
            needs=("post", "measured_on", "impressions", "clicks", "likes"),
            where="Table share_statistic of the connector's schema",
            since="2021",
            checked=_CHECKED,
            facts=_figures,
        ),
        Shape(
            name="pages",
            title="LinkedIn pages, from Fivetran",
            grain="one page",
            tables=("account", "identifier"),
            columns=_PAGES,
            needs=("account_id", "handle", "name", "kind", "synced"),
            where="Table organization of the connector's schema",
            since="2021",
            checked=_CHECKED,
            recipe=_pages,
        ),
        Shape(
            name="followers",
            title="New followers of LinkedIn pages, from Fivetran",
            grain="one day",
            tables=("audience",),
            columns=_FOLLOWERS,
            needs=("day", "organic", "paid"),
            where="Table time_bound_follower_statistic of the connector's schema",
            since="2021",
            checked="the documented columns",
            recipe=_followers,
        ),
    ),
)
