"""Posts and stories of an Instagram account, as Meta Business Suite exports them.

`Date` says "Lifetime" (or "Global", or "Total") in every row: the day is in `Publish time`, months
first and in Pacific time whatever the language. `Views` took the place of `Impressions` on 21 April
2025; both keep their names. There are no clicks on posts. A reply to a story is a private message
and stays apart from comments.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, facts_of
from rapport.sources.mending import mended, twin_columns
from rapport.sources.metrics import counted_on
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.posts import PostFile, formats

SOURCE = "instagram"
VERSION = 1
PACIFIC = "America/Los_Angeles"

_POSTS: dict[str, Aliases] = {
    "post_id": (
        *("Post ID", "Identifiant de la publication", "Identifiant de publication", "Beitrags-ID"),
        *("Identificador de la publicación", "Publicerings-id"),
    ),
    "account_id": (
        *("Account ID", "ID du compte", "Identifiant du compte", "Konto-ID"),
        *("Identificador de la cuenta", "Konto-id"),
    ),
    "handle": (
        *("Account username", "Nom de profil du compte", "Nom d'utilisateur du compte"),
        *("Benutzername des Kontos", "Nombre de usuario de la cuenta", "Kontots användarnamn"),
    ),
    "name": ("Account name", "Nom du compte", "Kontoname", "Nombre de la cuenta", "Kontonamn"),
    "text": ("Description", "Beschreibung", "Descripción", "Beskrivning"),
    "duration": (
        *("Duration (sec)", "Durée (s)", "Dauer (Sek.)", "Duración (segundos)"),
        "Varaktighet (sek)",
    ),
    "published_on": (
        *("Publish time", "Heure de publication", "Veröffentlichungszeit", "Hora de publicación"),
        "Publiceringstid",
    ),
    "link": ("Permalink", "Permalien", "Enlace permanente", "Permalänk"),
    "kind": (
        *("Post type", "Type de publication", "Beitragstyp", "Beitragsart"),
        *("Tipo de publicación", "Inläggstyp"),
    ),
    "day": ("Date", "Datum", "Fecha"),
    "views": ("Views", "Vues", "Aufrufe", "Visualizaciones", "Visningar"),
    "impressions": ("Impressions", "Impressionen", "Impresiones", "Exponeringar"),
    "reach": ("Reach", "Couverture", "Reichweite", "Alcance", "Räckvidd"),
    "likes": (
        *("Likes", "Mentions J'aime", "„Gefällt mir“-Angaben", "Gefällt mir-Angaben", "Me gusta"),
        "Gilla-markeringar",
    ),
    "comments": ("Comments", "Commentaires", "Kommentare", "Comentarios", "Kommentarer"),
    "shares": (
        *("Shares", "Partages", "Geteilte Inhalte", "Veces que se compartió"),
        *("Veces que se ha compartido", "Delningar"),
    ),
    "saves": (
        *("Saves", "Enregistrements", "Gespeicherte Inhalte", "Veces que se guardó"),
        *("Veces que se ha guardado", "Sparade objekt"),
    ),
    "follows": ("Follows", "Followers en plus", "Abonnements", "Seguimientos", "Följer"),
    "profile_visits": (
        *("Profile visits", "Visites de profil", "Visites du profil", "Profilbesuche"),
        *("Visitas al perfil", "Profilbesök"),
    ),
}
_STORIES: dict[str, Aliases] = {
    **{name: names for name, names in _POSTS.items() if name not in ("comments", "saves")},
    "replies": ("Replies", "Réponses", "Antworten", "Respuestas", "Svar"),
    "link_clicks": (
        *("Link clicks", "Clics sur le lien", "Clics sur un lien", "Link-Klicks"),
        *("Clics en el enlace", "Länkklick"),
    ),
    "stickers": (
        *("Sticker taps", "Appuis sur des stickers", "Toques en stickers"),
        "Tryck på klistermärken",
    ),
    "navigation": ("Navigation", "Navegación", "Navigering"),
}
_COUNTS = (
    *("views", "impressions", "reach", "likes", "comments", "shares", "saves", "follows"),
    *("profile_visits", "replies", "link_clicks"),
)
_KINDS: dict[str, Kind] = {
    "post_id": "identifier",
    "published_on": "time",
    "account_id": "identifier",
    "handle": "text",
    "name": "text",
    "text": "text",
    "kind": "text",
    "link": "text",
    **dict.fromkeys(_COUNTS, "integer"),
}


def _facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of a file of posts or stories; raises Problem as `facts_of` does."""
    posts = PostFile(SOURCE, counted_on(file, now), {name: name for name in _COUNTS})

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return posts.tables(_with_format(typed, story="replies" in header))

    recipe = Recipe(
        SOURCE,
        VERSION,
        fields_in(header, _KINDS, required=["post_id", "published_on"]),
        (header["post_id"],),
        finish,
        by_line=False,
        notes=("Times that name no zone are Pacific time, as Meta reports them.",),
        time_zone=PACIFIC,
        usual_dates="month-first",
    )
    return facts_of(
        mended(file, *twin_columns(file.names, _STORIES | _POSTS)), recipe, settings, now
    )


def _with_format(typed: pa.Table, *, story: bool) -> pa.Table:
    """Add what kind of post each is, by its type or else by its address."""
    found = pa.chunked_array([pa.nulls(typed.num_rows, pa.string())])
    if "kind" in typed.column_names:
        found = formats(typed.column("kind"))
    if "link" in typed.column_names:
        reel = pc.fill_null(pc.match_substring_regex(typed.column("link"), "/reels?/"), False)
        found = pc.if_else(reel, pa.scalar("reel"), found)
    if story:
        found = pc.fill_null(found, "story")
    return typed.append_column("format", found)


SYSTEM = System(
    SOURCE,
    "Instagram",
    "social",
    (
        Shape(
            name="posts",
            title="Posts of an Instagram account",
            grain="one post",
            tables=("post", "post_metric", "account", "identifier"),
            columns=_POSTS,
            needs=("post_id", "handle", "published_on"),
            where="Meta Business Suite › Insights › Content › Export data",
            since="2023",
            checked="the documented columns; French, Spanish and Swedish as public importers read"
            " real files; German not seen in a real file",
            facts=_facts,
        ),
        Shape(
            name="stories",
            title="Stories of an Instagram account",
            grain="one story",
            tables=("post", "post_metric", "account", "identifier"),
            columns=_STORIES,
            needs=("post_id", "handle", "published_on", "replies"),
            where="Meta Business Suite › Insights › Content › Stories › Export data",
            since="2023",
            checked="English, French and Spanish as public importers read real files",
            facts=_facts,
        ),
    ),
)
