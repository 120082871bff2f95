"""YouTube Studio's archives: the table of videos, the chart of days, the totals."""

from __future__ import annotations

import datetime as dt
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.sources.helpers import NOW, SETTINGS, gather, written

from rapport.sources.pieces import pieces_of
from rapport.sources.registry import facts_of_piece, recognise, recognised, wanted_pieces

TABLE = """\
Content,Video title,Video publish time,Duration,Views,Watch time (hours),Subscribers,\
Thumbnail impressions,Thumbnail click-through rate (%),Likes,Comments added,Shares
Total,,,,"1,530",102.5,12,21000,5.1,60,9,4
dQw4w9WgXcQ,"How soap, is made","Jan 6, 2026",312,1200,100.25,11,14000,5.2,50,9,4
-aB3_x9KdLM,Behind the shop,"Mar 1, 2026",95,330,2.25,-1,7000,4.9,10,0,0
old4w9WgXcQ,From last year,"Dec 31, 2025",95,70,0.5,2,900,4.9,1,0,0
"""
CHART = """\
Date,Content,Video title,Video publish time,Duration,Views
2026-03-01,dQw4w9WgXcQ,"How soap, is made","Jan 6, 2026",312,7
2026-03-02,dQw4w9WgXcQ,"How soap, is made","Jan 6, 2026",312,0
2026-03-01,-aB3_x9KdLM,Behind the shop,"Mar 1, 2026",95,30
"""
TOTALS = "Date,Views\n2026-03-01,41\n2026-03-02,12\n"
PERIOD = "Content 2026-01-01_2026-03-31 Maison.zip"


def archive(path: Path, members: Mapping[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as file:
        for name, text in members.items():
            file.writestr(name, text)
    return path


def loaded(path: Path) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The rows of every member that is loaded, by its name and the table of the record."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    with pieces_of(path) as pieces:
        for piece in wanted_pieces(path, pieces, SETTINGS):
            tables: dict[str, list[dict[str, Any]]] = {"aside": []}
            for batch in facts_of_piece(piece, SETTINGS, NOW).batches:
                kept = set()
                for name, rows in batch.tables.items():
                    tables.setdefault(name, []).extend(rows.to_pylist())
                    kept |= set(rows.column("source_row").to_pylist())
                tables["aside"] += batch.aside.to_pylist()
                assert len(kept) + batch.aside.num_rows == batch.rows
            found[piece.label.partition("/")[2]] = tables
    return found


def figures(rows: list[dict[str, Any]], post: str) -> dict[str, float]:
    return {row["metric"]: row["value"] for row in rows if row["post_id"] == post}


def test_every_member_is_told_apart(tmp_path: Path) -> None:
    other = "Traffic source,Views,Watch time (hours)\nTotal,3,1\nExternal,3,1\n"
    members = {"Table data.csv": TABLE, "Chart data.csv": CHART, "Totals.csv": TOTALS}
    path = archive(tmp_path / PERIOD, {**members, "Other.csv": other})
    with pieces_of(path) as pieces:
        chosen = wanted_pieces(path, pieces, SETTINGS)
        grains = [recognised(piece, SETTINGS).grain for piece in chosen]
    assert grains == ["one video on one day", "one video", "one day"]


def test_videos_without_the_row_of_totals(tmp_path: Path) -> None:
    found = loaded(archive(tmp_path / PERIOD, {"Table data.csv": TABLE, "Totals.csv": TOTALS}))
    table = found["Table data.csv"]
    assert [(row["source_row"], row["code"]) for row in table["aside"]] == [(2, "total_row")]
    posts = {row["post_id"]: row for row in table["post"]}
    assert list(posts) == ["dQw4w9WgXcQ", "-aB3_x9KdLM", "old4w9WgXcQ"]
    # A day begins at eight in the morning, UTC: YouTube's days are Pacific ones.
    first = posts["dQw4w9WgXcQ"]
    assert first["published_on"] == dt.datetime(2026, 1, 6, 8, tzinfo=dt.UTC)
    assert (first["zone"], first["format"]) == ("America/Los_Angeles", "video")
    assert first["text"] == "How soap, is made"
    assert figures(table["post_metric"], "dQw4w9WgXcQ") == {
        "views": 1200,
        "watch_seconds": 360_900,
        "net_subscribers": 11,
        "thumbnail_impressions": 14000,
        "likes": 50,
        "comments": 9,
        "shares": 4,
    }
    assert figures(table["post_metric"], "-aB3_x9KdLM")["net_subscribers"] == -1
    measured = {row["measured_on"] for row in table["post_metric"]}
    assert measured == {dt.datetime(2026, 3, 31, tzinfo=dt.UTC)}


def test_figures_of_videos_older_than_the_days_chosen_are_left_out(tmp_path: Path) -> None:
    found = loaded(archive(tmp_path / PERIOD, {"Table data.csv": TABLE, "Totals.csv": TOTALS}))
    assert figures(found["Table data.csv"]["post_metric"], "old4w9WgXcQ") == {}
    alone = gather(written(tmp_path, TABLE, "Table data.csv"), SETTINGS)
    assert figures(alone.tables["post_metric"], "old4w9WgXcQ")["views"] == 70
    assert any("if Lifetime was chosen" in note for note in alone.facts.notes)


def test_a_day_of_a_video_is_no_total(tmp_path: Path) -> None:
    found = gather(written(tmp_path, CHART, "Chart data.csv"), SETTINGS)
    rows = [(r["post_id"], r["metric"], r["value"]) for r in found.tables["post_metric"]]
    assert rows == [
        ("dQw4w9WgXcQ", "views_of_day", 7),
        ("dQw4w9WgXcQ", "views_of_day", 0),
        ("-aB3_x9KdLM", "views_of_day", 30),
    ]
    assert set(found.tables) == {"post_metric"}


def test_totals_of_the_channel(tmp_path: Path) -> None:
    found = gather(written(tmp_path, TOTALS, "Totals.csv"), SETTINGS)
    rows = [(r["day"], r["metric"], r["value"]) for r in found.tables["channel_metric"]]
    assert rows == [(dt.date(2026, 3, 1), "views", 41), (dt.date(2026, 3, 2), "views", 12)]


def test_impressions_of_before_keep_their_name(tmp_path: Path) -> None:
    text = (
        "Video,Video title,Video publish time,Comments added,Shares,Dislikes,Likes,"
        "Subscribers lost,Subscribers gained,RPM (USD),Views,Watch time (hours),Subscribers,"
        "Your estimated revenue (USD),Impressions,Impressions click-through rate (%)\n"
        "Total,,,9,4,1,50,1,9,0.5,1200,100.25,8,12.5,14000,5.2\n"
        'dQw4w9WgXcQ,Soap,"Jan 6, 2022",9,4,1,50,1,9,0.5,1200,100.25,8,12.5,14000,5.2\n'
    )
    found = gather(written(tmp_path, text, "Table data.csv"), SETTINGS)
    values = figures(found.tables["post_metric"], "dQw4w9WgXcQ")
    assert values["impressions"] == 14000
    assert "thumbnail_impressions" not in values
    assert (values["follows"], values["unfollows"], values["dislikes"]) == (9, 1, 1)
    assert found.codes == {"total_row": 1}


@pytest.mark.parametrize(
    ("name", "header", "total", "date", "hours"),
    [
        (
            "fr",
            "Contenu,Titre de la vidéo,Heure de publication de la vidéo,Durée,Vues,"
            "Durée de visionnage (heures),Abonnés,Impressions",
            "Total",
            '"6 janv. 2026"',
            '"100,25"',
        ),
        (
            "de",
            "Videos,Videotitel,Veröffentlichungszeitpunkt des Videos,Dauer,Aufrufe,"
            "Wiedergabezeit (Stunden),Abonnenten,Impressionen",
            "Gesamt",
            "06.01.2026",
            '"100,25"',
        ),
        (
            "es",
            "Contenido,Título del vídeo,Hora de publicación del vídeo,Duración,Visualizaciones,"
            "Tiempo de visualización (horas),Suscriptores,Impresiones",
            "Total",
            '"6 ene 2026"',
            '"100,25"',
        ),
        (
            "sv",
            "Innehåll,Videotitel,Publiceringstid för video,Varaktighet,Visningar,"
            "Visningstid (timmar),Prenumeranter,Exponeringar",
            "Totalt",
            '"6 jan. 2026"',
            '"100,25"',
        ),
    ],
)
def test_videos_in_other_languages(
    tmp_path: Path, name: str, header: str, total: str, date: str, hours: str
) -> None:
    rows = f"{total},,,,1200,{hours},11,14000\ndQw4w9WgXcQ,Savon,{date},312,1200,{hours},11,14000\n"
    path = written(tmp_path, f"{header}\n{rows}", f"{name}.csv")
    assert recognise(path, SETTINGS).source == "youtube"
    found = gather(path, SETTINGS)
    assert found.codes == {"total_row": 1}
    assert found.tables["post"][0]["published_on"].date() == dt.date(2026, 1, 6)
    assert figures(found.tables["post_metric"], "dQw4w9WgXcQ") == {
        "views": 1200,
        "watch_seconds": 360_900,
        "net_subscribers": 11,
        "impressions": 14000,
    }
