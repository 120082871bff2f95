"""Files of TikTok Studio: videos, and the days of the account, its followers and its viewers.

Dates may have no year ("December 31"): the last one is taken for the last such day before the
export, those above it go back from there. `undefined` stands where TikTok has not counted yet.
Daily figures are net and may be below zero. Days are UTC (Hootsuite, "Time zones in reports").
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.derived import derived
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Finish, Recipe, facts_of, record_table
from rapport.sources.mending import mended
from rapport.sources.metrics import channel_metrics, counted_on
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.posts import PostFile
from rapport.sources.yearless import with_years

SOURCE = "tiktok"
VERSION = 1
_ID = "the video's number"
_NUMBER = r"/(?:video|photo)/(?P<id>\d{6,})"
_POSTS: dict[str, Aliases] = {
    "text": ("Video title", "Título del video", "Título del vídeo"),
    "link": ("Video link", "Enlace del video", "Enlace del vídeo"),
    "published_on": ("Post time", "Hora de publicación"),
    "views": ("Total views", "Video views", "Visualizaciones totales"),
    "likes": ("Total likes", "Likes", "Me gusta totales"),
    "comments": ("Total comments", "Comments", "Comentarios totales"),
    "shares": ("Total shares", "Shares", "Veces compartido"),
    "saves": "Add to favorites",
}
_OVERVIEW: dict[str, Aliases] = {
    "day": "Date",
    "views": "Video views",
    "profile_visits": "Profile views",
    "likes": "Likes",
    "comments": "Comments",
    "shares": "Shares",
    "followers": "Followers",
}
_FOLLOWERS: dict[str, Aliases] = {
    "day": "Date",
    "followers": "Followers",
    "difference": "Difference in followers from previous day",
}
_VIEWERS: dict[str, Aliases] = {
    "day": "Date",
    "viewers": "Total Viewers",
    "new": "New Viewers",
    "returning": "Returning Viewers",
}


def _posts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    def number(rows: pa.Table) -> pa.ChunkedArray:
        found = pc.extract_regex(trimmed(rows.column(header["link"])), _NUMBER)
        return pc.fill_null(pc.struct_field(found, "id"), "")

    counted = counted_on(file, now)
    file, notes = with_years(file, header["published_on"], counted.date(), in_order=False)
    figures = ("views", "likes", "comments", "shares", "saves")
    shown = PostFile(SOURCE, counted, {name: name for name in figures})

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return shown.tables(typed.append_column("format", pa.repeat("video", typed.num_rows)))

    kinds: dict[str, Kind] = {
        "post_id": "text",
        "published_on": "time",
        "text": "text",
        **dict.fromkeys(figures, "integer"),
    }
    columns = {**header, "post_id": _ID}
    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(columns, kinds, required=("post_id", "published_on")),
        order=(_ID,),
        finish=finish,
        by_line=False,
        notes=notes,
        time_zone="UTC",
        usual_dates="year-first",
    )
    return facts_of(derived(file, {_ID: number}), recipe, settings, now)


def _overview(typed: pa.Table) -> Mapping[str, pa.Table]:
    figures = ("views", "profile_visits", "likes", "comments", "shares")
    named = {name: name for name in figures}
    found = {"channel_metric": channel_metrics(typed, SOURCE, named)}
    return found | (_audience(typed) if "followers" in typed.column_names else {})


def _audience(typed: pa.Table) -> dict[str, pa.Table]:
    known = typed.filter(pc.is_valid(typed.column("followers")))
    columns: dict[str, object] = {
        "day": known.column("day"),
        "channel": SOURCE,
        "followers": known.column("followers"),
    }
    return {"audience": record_table("audience", columns, known)}


def _viewers(typed: pa.Table) -> Mapping[str, pa.Table]:
    return {"channel_metric": channel_metrics(typed, SOURCE, {"viewers": "viewers"})}


def _days(
    finish: Finish, needed: str, *figures: str
) -> Callable[[TableFile, Header, Settings, dt.datetime | None], Facts]:
    """Return how a file of days is read."""

    def facts(
        file: TableFile, header: Header, settings: Settings, now: dt.datetime | None
    ) -> Facts:
        counted = mended(file, _counted)
        counted, notes = with_years(
            counted, header["day"], counted_on(file, now).date(), in_order=True
        )
        kinds: dict[str, Kind] = {"day": "day", **dict.fromkeys((needed, *figures), "integer")}
        recipe = Recipe(
            SOURCE,
            VERSION,
            fields_in(header, kinds, required=("day", needed)),
            order=(header["day"],),
            finish=finish,
            by_line=False,
            notes=notes,
            usual_dates="year-first",
        )
        return facts_of(counted, recipe, settings, now)

    return facts


def _counted(rows: pa.Table) -> pa.Table:
    """Empty the cells that hold no count yet."""
    for place, name in enumerate(rows.column_names):
        if name != ROW:
            cells = rows.column(name)
            none = pc.equal(pc.utf8_lower(trimmed(cells)), "undefined")
            rows = rows.set_column(place, name, pc.if_else(none, "", cells))
    return rows


_CHECKED = "files that other importers read, in English"


SYSTEM = System(
    SOURCE,
    "TikTok",
    "social",
    (
        Shape(
            name="videos",
            title="Videos of a TikTok account",
            grain="one video",
            tables=("post", "post_metric"),
            columns=_POSTS,
            needs=("link", "published_on", "views"),
            where="TikTok Studio › Analytics › Content › Download data › CSV",
            since="2022",
            checked="files that other importers read, in English and Spanish",
            facts=_posts,
        ),
        Shape(
            name="days",
            title="Days of a TikTok account",
            grain="one day",
            tables=("channel_metric", "audience"),
            columns=_OVERVIEW,
            needs=("day", "views", "profile_visits"),
            where="TikTok Studio › Analytics › Overview › Download data › CSV",
            since="2022",
            checked=_CHECKED,
            facts=_days(
                _overview, "views", "profile_visits", "likes", "comments", "shares", "followers"
            ),
        ),
        Shape(
            name="followers",
            title="Followers of a TikTok account by day",
            grain="one day",
            tables=("audience",),
            columns=_FOLLOWERS,
            needs=("day", "followers", "difference"),
            where="TikTok Studio › Analytics › Followers › Download data › CSV",
            since="2024",
            checked=_CHECKED,
            facts=_days(_audience, "followers"),
        ),
        Shape(
            name="viewers",
            title="Viewers of a TikTok account by day",
            grain="one day",
            tables=("channel_metric",),
            columns=_VIEWERS,
            needs=("day", "viewers", "new", "returning"),
            where="TikTok Studio › Analytics › Viewers › Download data › CSV",
            since="2024",
            checked=_CHECKED,
            facts=_days(_viewers, "viewers"),
        ),
    ),
)
