"""Posts of a Facebook page, as Meta Business Suite and the older Page Insights export them.

Meta writes headers in the language of the account, months first and in Pacific time (Hootsuite,
"Time zones in reports"). `Views` took the place of `Impressions`: both keep their names here. The
sum "Reactions, Comments and Shares" is not taken over, since its parts are.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault
from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, Rule, facts_of
from rapport.sources.mending import Change, ids_from_links, mended, twin_columns
from rapport.sources.metrics import counted_on
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System
from rapport.sources.systems.facebook_days import DAYS
from rapport.sources.systems.facebook_insights import INSIGHTS
from rapport.sources.systems.posts import PostFile, different, formats, whole_of

SOURCE = "facebook"
VERSION = 1
PACIFIC = "America/Los_Angeles"

_POSTS: dict[str, Aliases] = {
    "post_id": (
        *("Post ID", "Identifiant de la publication", "Identifiant de publication", "Beitrags-ID"),
        *("Identificador de la publicación", "Publicerings-id"),
    ),
    "account_id": (
        *("Page ID", "ID de la Page", "Identifiant de la Page", "Seiten-ID"),
        *("Identificador de la página", "Sid-id"),
    ),
    "name": (
        *("Page name", "Nom de la Page", "Seitenname", "Name der Seite", "Nombre de la página"),
        "Sidnamn",
    ),
    "title": ("Title", "Titre", "Titel", "Título"),
    "text": ("Description", "Beschreibung", "Descripción", "Beskrivning"),
    "published_on": (
        *("Publish time", "Heure de publication", "Veröffentlichungszeit", "Hora de publicación"),
        "Publiceringstid",
    ),
    "link": ("Permalink", "Permalien", "Enlace permanente", "Permalänk"),
    "kind": (
        *("Post type", "Type de publication", "Beitragstyp", "Beitragsart"),
        *("Tipo de publicación", "Inläggstyp"),
    ),
    "views": ("Views", "Vues", "Aufrufe", "Visualizaciones", "Visningar"),
    "impressions": ("Impressions", "Impressionen", "Impresiones", "Exponeringar"),
    "reach": ("Reach", "Couverture", "Reichweite", "Alcance", "Räckvidd"),
    "reactions": ("Reactions", "Réactions", "Reaktionen", "Reacciones", "Reaktioner"),
    "comments": ("Comments", "Commentaires", "Kommentare", "Comentarios", "Kommentarer"),
    "shares": (
        *("Shares", "Partages", "Geteilte Inhalte", "Veces que se compartió"),
        *("Veces que se ha compartido", "Delningar"),
    ),
    "all_deeds": (
        *("Reactions, Comments and Shares", "Réactions, commentaires et partages"),
        *(
            "Reacciones, comentarios y veces que se compartió",
            "Reaktioner, kommentarer och delningar",
        ),
    ),
    "saves": ("Saves", "Enregistrements", "Veces que se guardó"),
    "viewers": ("Viewers", "Espectadores"),
    "net_follows": ("Net follows", "Seguimientos netos"),
    "clicks": (
        *("Total clicks", "Total des clics", "Klicks insgesamt", "Total de clics"),
        "Totalt antal klick",
    ),
    "link_clicks": (
        *("Link Clicks", "Clics sur un lien", "Link-Klicks", "Clics en el enlace", "Länkklick"),
    ),
    "hidden": (
        "Negative feedback from users: Hide",
        "Comentarios negativos de los usuarios: Ocultar",
    ),
    "all_hidden": (
        "Negative feedback from users: Hide all",
        "Comentarios negativos de los usuarios: Ocultar todo",
    ),
    "watch_seconds": ("Seconds viewed", "Segundos reproducidos"),
    "boosted_views": ("Views from Boosted posts", "Vues de Publications boostées"),
    "boosted_reach": ("Reach from Boosted posts", "Couverture de Publications boostées"),
}
_KINDS: dict[str, Kind] = {
    "post_id": "identifier",
    "published_on": "time",
    "account_id": "identifier",
    "name": "text",
    "title": "text",
    "text": "text",
    "kind": "text",
    "link": "text",
}
_COUNTS = (
    *("views", "impressions", "reach", "reactions", "comments", "shares", "clicks"),
    *("link_clicks", "hidden", "all_hidden", "boosted_views", "boosted_reach"),
    *("video_views_3s", "video_views_60s", "saves", "viewers", "net_follows"),
)
_METRICS = {
    name: name
    for name in (
        *("views", "impressions", "reach", "reactions", "comments", "shares", "clicks"),
        *("link_clicks", "watch_seconds", "negative_feedback", "video_views_3s"),
        *("video_views_60s", "saves", "viewers", "net_follows"),
    )
}
_OWN_LINK = r"(?:/posts/|story_fbid=)(?P<id>\d{6,})"


def _posts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of the per-post file; raises Problem as `loading.facts_of` does."""
    notes = ("Times that name no zone are Pacific time, as Meta reports them.",)
    recipe = _recipe(header, PostFile(SOURCE, counted_on(file, now), _METRICS), notes)
    return facts_of(mended(file, *_changes(file, header)), recipe, settings, now)


def _changes(file: TableFile, header: Header) -> list[Change]:
    changes = [*twin_columns(file.names, _POSTS)]
    if "link" in header:
        changes.append(ids_from_links(header["post_id"], header["link"], _OWN_LINK))
    return changes


def _recipe(header: Header, posts: PostFile, notes: Sequence[str], *rules: Rule) -> Recipe:
    kinds: dict[str, Kind] = {**_KINDS, **dict.fromkeys(_COUNTS, "integer")}
    kinds["watch_seconds"] = "number"
    fields = fields_in(header, kinds, required=["post_id", "published_on"])

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return posts.tables(_with_words(typed))

    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (header["post_id"],),
        finish,
        by_line=False,
        notes=tuple(notes),
        time_zone=PACIFIC,
        usual_dates="month-first",
        rules=rules,
    )


def _with_words(typed: pa.Table) -> pa.Table:
    """Add what is worked out of several columns: text, format, paid, negative feedback."""
    names = typed.column_names
    if "title" in names:
        title = typed.column("title")
        text = pc.coalesce(typed.column("text"), title) if "text" in names else title
        typed = typed.drop_columns(["text"]) if "text" in names else typed
        typed = typed.append_column("text", text)
    if "kind" in names:
        kinds = formats(typed.column("kind"))
        if "link" in names:
            reel = pc.fill_null(pc.match_substring(typed.column("link"), "/reel/"), False)
            kinds = pc.if_else(reel, pa.scalar("reel"), kinds)
        typed = typed.append_column("format", kinds)
    hidden = whole_of(typed, "hidden", "all_hidden")
    if hidden is not None:
        typed = typed.append_column("negative_feedback", hidden)
    boosted = whole_of(typed, "boosted_views", "boosted_reach")
    return typed if boosted is None else typed.append_column("paid", pc.greater(boosted, 0))


_DAILY = Refusal(
    "It is a daily breakdown, each post again on every day, and not a file of one row a post:"
    " its figures would be a part of the truth.",
    "Export it again from Meta Business Suite › Insights › Content, the posts with the column Views"
    " and no breakdown by day.",
)


def _not_daily(file: TableFile, header: Header, settings: Settings) -> Sequence[Fault]:
    """Refuse the daily breakdown that has the per-post file's columns."""
    rows, posts = different(mended(file, *_changes(file, header)), header["post_id"])
    counted = "views" in header or "impressions" in header
    if counted and (rows < 2 or posts / rows >= 0.5):
        return []
    return [Fault(_DAILY.what, file.name, _DAILY.hint)]


_VIDEOS: dict[str, Aliases] = {
    **{
        name: _POSTS[name]
        for name in (
            *("account_id", "name", "title", "text", "published_on", "link", "views", "reach"),
            *("reactions", "comments", "shares", "all_deeds", "watch_seconds"),
        )
    },
    "post_id": (
        *("Video asset ID", "Identificador de la pieza de vídeo"),
        "Identificador de la pieza de video",
    ),
    "video_views_3s": ("3-second video views", "Visualizaciones de vídeo de 3 segundos"),
    "video_views_60s": ("1-minute video views", "Visualizaciones de vídeo de 1 minuto"),
}


def _videos(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of the file of videos; raises Problem as `loading.facts_of` does."""
    posts = PostFile(SOURCE, counted_on(file, now), _METRICS)
    notes = (
        "Times that name no zone are Pacific time, as Meta reports them.",
        "A video is named by its asset here and by its post in the file of posts: Facebook gives no"
        " way from one to the other, so load one of the two files for a video, not both.",
    )
    recipe = _recipe(header, posts, notes)

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        named = pc.binary_join_element_wise("video", typed.column("post_id"), ":")
        place = typed.column_names.index("post_id")
        typed = typed.set_column(place, "post_id", named)
        return posts.tables(_with_words(typed.append_column("format", _all(typed, "video"))))

    return facts_of(
        mended(file, *twin_columns(file.names, _VIDEOS)),
        replace(recipe, finish=finish),
        settings,
        now,
    )


def _all(typed: pa.Table, word: str) -> pa.ChunkedArray:
    return pa.chunked_array([pa.repeat(pa.scalar(word), typed.num_rows)])


SYSTEM = System(
    SOURCE,
    "Facebook",
    "social",
    (
        Shape(
            name="posts",
            title="Posts of a Facebook page",
            grain="one post",
            tables=("post", "post_metric", "account"),
            columns=_POSTS,
            needs=("post_id", "name", "published_on"),
            where="Meta Business Suite › Insights › Content › Export data",
            since="2023",
            checked="the documented columns; French, Spanish and Swedish as public importers read"
            " real files; German not seen in a real file",
            facts=_posts,
            examine=_not_daily,
        ),
        Shape(
            name="videos",
            title="Videos of a Facebook page",
            grain="one video",
            tables=("post", "post_metric", "account"),
            columns=_VIDEOS,
            needs=("post_id", "published_on", "video_views_3s"),
            where="Meta Business Suite › Insights › Content › Videos › Export data",
            since="2023",
            checked="the documented columns; Spanish as a public importer reads real files",
            facts=_videos,
        ),
        *DAYS,
        *INSIGHTS,
    ),
)
