"""Archives of YouTube Studio: a table of videos, a chart of days and the days' totals.

The table counts the days that were chosen in Studio, not a video's life: figures of videos that are
older than the first of those days are left out. A row of totals stands first. `Impressions` became
`Thumbnail impressions`: both keep their names. The columns are those that the user has chosen.
Days are those of the Pacific coast (Hootsuite, "Time zones in reports").
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.amounts import Mark
from rapport.sources.fields import Kind, fields_in
from rapport.sources.loading import Recipe, facts_of, total_row
from rapport.sources.metrics import channel_metrics, counted_on, of_day, post_metrics
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System
from rapport.sources.systems.posts import PostFile

SOURCE = "youtube"
VERSION = 1
PACIFIC = "America/Los_Angeles"
_CHOSEN = re.compile(r"(20\d\d-\d\d-\d\d)_(20\d\d-\d\d-\d\d)")

_FIGURES: dict[str, Aliases] = {
    "views": ("Views", "Vues", "Aufrufe", "Visualizaciones", "Visningar"),
    "engaged_views": ("Engaged views", "Vues engagées"),
    "watch_hours": (
        *("Watch time (hours)", "Durée de visionnage (heures)", "Wiedergabezeit (Stunden)"),
        *("Tiempo de visualización (horas)", "Visningstid (timmar)"),
    ),
    "net_subscribers": ("Subscribers", "Abonnés", "Abonnenten", "Suscriptores", "Prenumeranter"),
    "follows": "Subscribers gained",
    "unfollows": "Subscribers lost",
    "impressions": ("Impressions", "Impressionen", "Impresiones", "Exponeringar"),
    "thumbnail_impressions": "Thumbnail impressions",
    "viewers": ("Unique viewers", "Spectateurs uniques"),
    "likes": ("Likes", "J'aime", "Me gusta"),
    "dislikes": "Dislikes",
    "comments": ("Comments added", "Commentaires ajoutés", "Comentarios añadidos"),
    "shares": ("Shares", "Partages", "Compartidos"),
}
_CONTENT: dict[str, Aliases] = {
    "post_id": ("Content", "Video", "Contenu", "Videos", "Contenido", "Innehåll"),
    "text": (
        *("Video title", "Titre de la vidéo", "Videotitel", "Título del vídeo"),
        "Título del video",
    ),
    "published_on": (
        *("Video publish time", "Heure de publication de la vidéo"),
        *("Veröffentlichungszeitpunkt des Videos", "Hora de publicación del vídeo"),
        *("Hora de publicación del video", "Publiceringstid för video"),
    ),
}
_DAY: Aliases = ("Date", "Datum", "Fecha")
_TOTAL = ("total", "totals", "gesamt", "totalt", "totales", "totaux", "summa")
_ALONE = (
    r"(totals|totaux|gesamtwerte|totales|totalt|chart data|données du graphique|diagrammdaten"
    r"|datos del gráfico|diagramdata)[^/]*$"
)


def _kinds(header: Header) -> dict[str, Kind]:
    return {
        name: "number" if name == "watch_hours" else "integer"
        for name in _FIGURES
        if name in header
    }


def _decimal(header: Header) -> Mark:
    """Return the decimal mark of the language that the header is in."""
    return "." if header["views" if "views" in header else "text"] in _ENGLISH else ","


_ENGLISH = ("Views", "Video title")


def _in_seconds(typed: pa.Table) -> pa.Table:
    if "watch_hours" not in typed.column_names:
        return typed
    seconds = pc.round(pc.multiply(typed.column("watch_hours"), 3600.0))
    return typed.append_column("watch_seconds", seconds)


def _metrics(header: Header) -> dict[str, str]:
    return {
        name: name for name in (*(n for n in _kinds(header) if n != "watch_hours"), "watch_seconds")
    }


def _posts(file: TableFile, header: Header, settings: Settings, now: dt.datetime | None) -> Facts:
    chosen = _CHOSEN.search(file.name)
    first = dt.datetime.fromisoformat(chosen[1]) if chosen else None
    shown = PostFile(SOURCE, counted_on(file, now), _metrics(header))

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        typed = _in_seconds(typed).append_column("format", pa.repeat("video", typed.num_rows))
        whole = typed
        if first:
            begins = pa.scalar(first.replace(tzinfo=ZoneInfo(PACIFIC)), pa.timestamp("us", "UTC"))
            whole = typed.filter(pc.greater_equal(typed.column("published_on"), begins))
        return shown.tables(typed) | shown.figures(whole)

    kinds: dict[str, Kind] = {"post_id": "identifier", "published_on": "time", "text": "text"}
    fields = fields_in(header, kinds | _kinds(header), required=("post_id", "published_on"))
    recipe = Recipe(
        SOURCE,
        VERSION,
        fields,
        order=(header["post_id"],),
        finish=finish,
        by_line=False,
        notes=(_SENTENCES["chosen" if chosen else "lifetime"],),
        time_zone=PACIFIC,
        usual_dates="day-first",
        usual_decimal=_decimal(header),
        rules=(total_row(header["post_id"], *_TOTAL),),
    )
    return facts_of(file, recipe, settings, now)


_SENTENCES = {
    "chosen": "Figures count the days in the file's name: those of older videos are left out."
    " Choose Lifetime in YouTube Studio to have them.",
    "lifetime": "Figures are taken for totals since publication: that holds if Lifetime was chosen"
    " in YouTube Studio.",
}


def _chart(file: TableFile, header: Header, settings: Settings) -> Recipe:
    names = {name: of_day(metric) for name, metric in _metrics(header).items()}

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        typed = _in_seconds(typed)
        return {"post_metric": post_metrics(typed, typed.column("measured_on"), names)}

    kinds: dict[str, Kind] = {"post_id": "identifier", "measured_on": "time"}
    columns = {**header, "measured_on": header["day"]}
    needed = ("post_id", "measured_on", "views")
    return Recipe(
        SOURCE,
        VERSION,
        fields_in(columns, kinds | _kinds(header), required=needed),
        order=(header["day"], header["post_id"]),
        finish=finish,
        by_line=False,
        time_zone=PACIFIC,
        usual_decimal=_decimal(header),
        rules=(total_row(header["post_id"], *_TOTAL),),
    )


def _totals(file: TableFile, header: Header, settings: Settings) -> Recipe:
    names = _metrics(header)

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return {"channel_metric": channel_metrics(_in_seconds(typed), SOURCE, names)}

    kinds: dict[str, Kind] = {"day": "day", **_kinds(header)}
    return Recipe(
        SOURCE,
        VERSION,
        fields_in(header, kinds, required=("day", "views")),
        order=(header["day"],),
        finish=finish,
        by_line=False,
        usual_decimal=_decimal(header),
        rules=(total_row(header["day"], *_TOTAL),),
    )


_CHECKED = "columns that other importers read, in five languages"


SYSTEM = System(
    SOURCE,
    "YouTube",
    "social",
    (
        Shape(
            name="videos",
            title="Videos of a YouTube channel",
            grain="one video",
            tables=("post", "post_metric"),
            columns={**_CONTENT, **_FIGURES, "day": _DAY},
            needs=("post_id", "text", "published_on"),
            without=("day",),
            where="YouTube Studio › Analytics › Advanced mode › Content › Export view › CSV",
            since="2020",
            checked=_CHECKED,
            facts=_posts,
        ),
        Shape(
            name="days_of_videos",
            title="Days of the videos of a YouTube channel",
            grain="one video on one day",
            tables=("post_metric",),
            columns={**_CONTENT, **_FIGURES, "day": _DAY},
            needs=("day", "post_id", "text", "views"),
            where="YouTube Studio › Analytics › Advanced mode › Content › Export view › CSV",
            since="2020",
            checked=_CHECKED,
            recipe=_chart,
        ),
        Shape(
            name="days",
            title="Days of a YouTube channel",
            grain="one day",
            tables=("channel_metric",),
            columns={**_FIGURES, "day": _DAY},
            needs=("day", "views"),
            exact=True,
            named=_ALONE,
            where="YouTube Studio › Analytics › Advanced mode › Content › Export view › CSV",
            since="2020",
            checked=_CHECKED,
            recipe=_totals,
        ),
    ),
)
