"""Workbooks of a LinkedIn page: its posts, its days, its new followers and its visitors.

Each sheet has a row of explanation above its header. Days are UTC and written month first, also in
other languages. A day's figure may be below zero, when more people took a reaction back (or a post
was deleted) than reacted: daily figures are net and stay as they are, so that sums are right; a
post's total below zero is none, and is left out. `Shares` became `Reposts`: both keep their names.
The file knows no reach of a post, no follower's name, and no unfollowing.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.derived import derived
from rapport.sources.fields import Kind, fields_in
from rapport.sources.headers import headers_in
from rapport.sources.loading import Finish, Recipe, facts_of, record_table
from rapport.sources.metrics import channel_metrics, counted_on
from rapport.sources.opening import is_workbook
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile, table_of
from rapport.sources.rows import trimmed
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System
from rapport.sources.systems.posts import PostFile, formats

SOURCE = "linkedin"
VERSION = 1
_ID = "the post's number"
_NUMBER = r"(?:activity|share|ugcPost)[:-](?P<id>\d{6,})"

# The sheet "All posts", in the order of its columns, which is the same in every language.
_POSTS: dict[str, Aliases] = {
    "text": ("Post title", "Update title", "Título de la publicación"),
    "link": ("Post link", "Update link", "Enlace de la publicación"),
    "kind": ("Post type", "Update type", "Tipo de publicación"),
    "campaign": ("Campaign name", "Nombre de la campaña"),
    "by": ("Posted by", "Anunciado por"),
    "published_on": ("Created date", "Fecha de creación"),
    "campaign_start": ("Campaign start date", "Fecha de inicio de campaña"),
    "campaign_end": ("Campaign end date", "Fecha de finalización de campaña"),
    "audience": ("Audience", "Público"),
    "impressions": ("Impressions", "Impresiones"),
    "views": ("Views", "Views (excluding off-site video views)", "Visualizaciones"),
    "offsite": ("Offsite Views", "Off-site Views", "Visualizaciones fuera del sitio"),
    "clicks": ("Clicks", "Clics"),
    "rate": ("Click through rate (CTR)", "Porcentaje de clics"),
    "likes": ("Likes", "Recomendaciones"),
    "comments": ("Comments", "Comentarios"),
    "reposts": "Reposts",
    "follows": ("Follows", "Seguidores"),
    "engagement": ("Engagement rate", "Tasa de interacción"),
    "format": ("Content Type", "Tipo de contenido"),
    "shares": ("Shares", "Veces compartido"),
}
_IN_ORDER = (
    *("Post title", "Post link", "Post type", "Campaign name", "Posted by", "Created date"),
    *("Campaign start date", "Campaign end date", "Audience", "Impressions", "Views"),
    *("Offsite Views", "Clicks", "Click through rate (CTR)", "Likes", "Comments", "Reposts"),
    *("Follows", "Engagement rate", "Content Type"),
)
_FIGURES = ("impressions", "views", "clicks", "likes", "comments", "shares", "reposts", "follows")
_METRICS = {name: name for name in _FIGURES} | {"views": "video_views"}

_SENTENCES = {
    "below": "A figure below zero is no total: it is left out.",
    "net": "Figures of a day are net: below zero, more was taken back than given.",
    "followers": "'Total followers' are those who came on the day: the file has no total of the"
    " page.",
    "place": "The labels are of a language that is not known: columns were told by place.",
}

_DAYS: dict[str, Aliases] = {
    "day": ("Date", "Fecha"),
    "impressions": ("Impressions (total)", "Impresiones totales"),
    "organic_impressions": ("Impressions (organic)", "Impresiones (orgánicas)"),
    "organic_reach": ("Unique impressions (organic)", "Impresiones únicas (orgánicas)"),
    "clicks": ("Clicks (total)", "Clics (Totales)"),
    "organic_clicks": ("Clicks (organic)", "Clics (orgánicos)"),
    "reactions": ("Reactions (total)", "Reacciones (total)"),
    "organic_reactions": ("Reactions (organic)", "Reacciones (generales)"),
    "comments": ("Comments (total)", "Comentarios (totales)"),
    "organic_comments": ("Comments (organic)", "Comentarios (orgánicos)"),
    "reposts": "Reposts (total)",
    "organic_reposts": "Reposts (organic)",
    "shares": ("Shares (total)", "Veces compartido (total)"),
    "organic_shares": ("Shares (organic)", "Veces compartido (orgánico)"),
}
_FOLLOWERS: dict[str, Aliases] = {
    "day": "Date",
    "gained": ("Total followers", "Total new followers"),
    "organic": "Organic followers",
    "sponsored": "Sponsored followers",
    "invited": "Auto-invited followers",
}
_VISITORS: dict[str, Aliases] = {
    "day": "Date",
    "page_views": "Total page views (total)",
    "visitors": "Total unique visitors (total)",
}


def _posts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    """Return one post for each row; what was paid for is a post of its own."""
    link, kind, campaign = header["link"], header.get("kind"), header.get("campaign")

    def post_id(rows: pa.Table) -> pa.ChunkedArray:
        cells = trimmed(rows.column(link))
        number = pc.struct_field(pc.extract_regex(cells, _NUMBER), "id")
        known = pc.coalesce(number, cells)
        if not kind:
            return known
        named = trimmed(rows.column(campaign)) if campaign else pa.scalar("")
        paid = pc.fill_null(_paid(rows.column(kind)), False)
        return pc.if_else(paid, pc.binary_join_element_wise(known, named, "|"), known)

    more = derived(file, {_ID: post_id})
    kinds: dict[str, Kind] = {
        "published_on": "time",
        **dict.fromkeys(("text", "kind", "campaign", "format"), "text"),
        **dict.fromkeys(_FIGURES, "integer"),
    }
    fields = fields_in({**header, "post_id": _ID}, {"post_id": "text", **kinds}, _NEEDED)
    shown = PostFile(SOURCE, counted_on(file, now), _METRICS)

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return _post_tables(typed, shown)

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields,
        order=(_ID,),
        finish=finish,
        by_line=False,
        notes=(_SENTENCES["below"],),
        time_zone="UTC",
        usual_dates="month-first",
    )
    return facts_of(more, recipe, settings, now)


_NEEDED = ("post_id", "published_on")


def _paid(kinds: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return whether posts were paid for, by the word in any language; null where none fits."""
    words = pc.utf8_lower(kinds)
    paid = pc.match_substring_regex(words, "spon|patroc|promo")
    free = pc.match_substring_regex(words, "^(org|orgá)")
    return pc.if_else(pc.or_(paid, free), paid, pa.scalar(None, pa.bool_()))


def _post_tables(typed: pa.Table, shown: PostFile) -> dict[str, pa.Table]:
    for name in _FIGURES:
        if name in typed.column_names:
            column = typed.column(name)
            below = pc.fill_null(pc.less(column, 0), False)
            none = pa.scalar(None, column.type)
            place = typed.column_names.index(name)
            typed = typed.set_column(place, name, pc.if_else(below, none, column))
    if "format" in typed.column_names:
        place = typed.column_names.index("format")
        typed = typed.set_column(place, "format", formats(typed.column("format")))
    if "kind" in typed.column_names:
        typed = typed.append_column("paid", _paid(typed.column("kind")))
    found = shown.tables(typed)
    if "campaign" in typed.column_names:
        found["post"] = found["post"].append_column("campaign", typed.column("campaign"))
    return found


def _days(file: TableFile, header: Header, settings: Settings) -> Recipe:
    figures = [name for name in header if name != "day"]

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        named = {name: name for name in figures}
        return {"channel_metric": channel_metrics(typed, SOURCE, named)}

    kinds: dict[str, Kind] = {"day": "day", **dict.fromkeys(figures, "integer")}
    return _daily(header, kinds, "impressions", finish, (_SENTENCES["net"],))


def _visitors(file: TableFile, header: Header, settings: Settings) -> Recipe:
    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        named = {"page_views": "page_views", "visitors": "visitors"}
        return {"channel_metric": channel_metrics(typed, SOURCE, named)}

    kinds: dict[str, Kind] = {"day": "day", "page_views": "integer", "visitors": "integer"}
    return _daily(header, kinds, "page_views", finish)


def _followers(file: TableFile, header: Header, settings: Settings) -> Recipe:
    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        net = typed.column("gained")
        nought = pa.scalar(0, pa.int64())
        columns: dict[str, object] = {
            "day": typed.column("day"),
            "channel": SOURCE,
            "gained": pc.max_element_wise(net, nought),
            "lost": pc.if_else(pc.less(net, 0), pc.negate(net), pa.scalar(None, pa.int64())),
        }
        return {"audience": record_table("audience", columns, typed)}

    kinds: dict[str, Kind] = {"day": "day", "gained": "integer"}
    return _daily(header, kinds, "gained", finish, (_SENTENCES["followers"],))


def _daily(
    header: Header,
    kinds: Mapping[str, Kind],
    needed: str,
    finish: Finish,
    notes: tuple[str, ...] = (),
) -> Recipe:
    fields = fields_in(header, kinds, required=("day", needed))
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        order=(header["day"],),
        finish=finish,
        by_line=False,
        notes=notes,
        usual_dates="month-first",
    )


def _by_place(piece: Piece) -> TableFile | None:
    """Open the sheet of posts in a language whose labels are not known, by the place of columns."""
    if not piece.path.is_file() or not is_workbook(piece.path):
        return None
    plain = table_of(piece)
    for row, names in headers_in(plain):
        if any(name in _KNOWN for name in names[:2]):
            return None
        if len(names) != len(_IN_ORDER):
            continue
        file = table_of(piece, row)
        links = file.sample(3).column(file.names[1]).to_pylist() if len(file.names) > 1 else []
        if links and all("linkedin.com/" in link and "urn:li:" in link for link in links):
            notes = (*file.notes, _SENTENCES["place"])
            return replace(file, names=_IN_ORDER, notes=notes)
        return None
    return None


_KNOWN = {
    *("Post title", "Post link", "Update title", "Update link"),
    *("Título de la publicación", "Enlace de la publicación"),
}
SYSTEM = System(
    SOURCE,
    "LinkedIn",
    "social",
    (
        Shape(
            name="posts",
            title="Posts of a LinkedIn page",
            grain="one post",
            tables=("post", "post_metric"),
            columns=_POSTS,
            needs=("link", "published_on", "impressions"),
            where="LinkedIn page › Analytics › Content › Export",
            since="2021",
            checked="columns that four other importers read, in English and Spanish",
            facts=_posts,
        ),
        Shape(
            name="posts_by_place",
            title="Posts of a LinkedIn page, in another language",
            grain="one post",
            tables=("post", "post_metric"),
            columns=_POSTS,
            needs=("link", "published_on", "impressions"),
            where="LinkedIn page › Analytics › Content › Export",
            since="2021",
            checked="the order of the columns, which is one in English, Spanish and Portuguese",
            opens=_by_place,
            facts=_posts,
        ),
        Shape(
            name="days",
            title="Days of a LinkedIn page",
            grain="one day",
            tables=("channel_metric",),
            columns=_DAYS,
            needs=("day", "impressions", "organic_impressions"),
            where="LinkedIn page › Analytics › Content › Export, sheet Metrics",
            since="2021",
            checked="columns that four other importers read, in English and Spanish",
            recipe=_days,
        ),
        Shape(
            name="followers",
            title="New followers of a LinkedIn page",
            grain="one day",
            tables=("audience",),
            columns=_FOLLOWERS,
            needs=("day", "gained", "organic", "sponsored"),
            where="LinkedIn page › Analytics › Followers › Export, sheet New followers",
            since="2021",
            checked="columns that five other importers read, in English",
            recipe=_followers,
        ),
        Shape(
            name="visitors",
            title="Visitors of a LinkedIn page",
            grain="one day",
            tables=("channel_metric",),
            columns=_VISITORS,
            needs=("day", "page_views", "visitors"),
            where="LinkedIn page › Analytics › Visitors › Export, sheet Visitor metrics",
            since="2021",
            checked="columns that three other importers read, in English",
            recipe=_visitors,
        ),
        Shape(
            name="competitors",
            title="Competitors of a LinkedIn page",
            grain="one page over a period",
            tables=(),
            columns={
                "page": "Page",
                "followers": "Total Followers",
                "new": "New Followers",
                "engagements": ("Total post engagements", "Comments per day"),
                "posts": ("Total posts", "Posts"),
            },
            needs=("page", "new", "posts"),
            refuses=Refusal(
                "It compares pages over a period: no row is a day, a post or a person.",
                "Add the exports Content, Followers and Visitors of the page.",
            ),
        ),
    ),
)
