"""LinkedIn's workbooks of a page, and a member's connections."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from tests.sources.helpers import NOW, SETTINGS, Gathered, gather, written

from rapport.errors import Problem
from rapport.sources.pieces import pieces_of
from rapport.sources.registry import facts_of_piece, recognise, recognised, wanted_pieces

GOLDEN = Path(__file__).parent / "golden"
CONNECTIONS = GOLDEN / "linkedin_connections" / "Connections.csv"
POSTS = [
    *("Post title", "Post link", "Post type", "Campaign name", "Posted by", "Created date"),
    *("Campaign start date", "Campaign end date", "Audience", "Impressions", "Views"),
    *("Offsite Views", "Clicks", "Click through rate (CTR)", "Likes", "Comments", "Reposts"),
    *("Follows", "Engagement rate", "Content Type"),
]
URL = "https://www.linkedin.com/feed/update/urn:li:activity:71186497878511247"
ROWS: list[list[Any]] = [
    [
        *("New soaps", f"{URL}01", "Organic", "", "Inès", "03/05/2026", "", "", "All followers"),
        *(1200, 400, "", 31, 0.025, 40, 3, 2, 1, 0.06, "Video"),
    ],
    [
        *("New soaps", f"{URL}01", "Sponsored", "Spring", "Inès", "03/05/2026", "03/06/2026"),
        *("", "", 5000, "", "", 60, 0.012, 12, 0, 1, 2, 0.01, ""),
    ],
    [
        *("Taken back", f"{URL}02", "Organic", "", "Inès", "03/13/2026", "", "", "All followers"),
        *(90, "", "", 0, 0, -1, 0, 0, 0, 0, ""),
    ],
    [
        *("No link", "", "Organic", "", "Inès", "03/14/2026", "", "", "All followers"),
        *(90, "", "", 0, 0, 1, 0, 0, 0, 0, ""),
    ],
]
PARTS = ("organic", "sponsored", "total")
DAYS = [
    "Date",
    *(f"Impressions ({part})" for part in PARTS),
    "Unique impressions (organic)",
    *(f"{kind} ({part})" for kind in ("Clicks", "Reactions", "Comments") for part in PARTS),
    *(f"Reposts ({part})" for part in PARTS),
    *(f"Engagement rate ({part})" for part in PARTS),
]
DAY = ["03/05/2026", 700, 300, 1000, 600, 9, 1, 10, -1, 3, 2, 0, 0, 0, 1, 0, 1, 0.1, 0.2, 0.1]


def book(path: Path, sheets: Mapping[str, Sequence[Sequence[Any]]]) -> Path:
    """Write a workbook."""
    with xlsxwriter.Workbook(str(path)) as file:
        for name, rows in sheets.items():
            sheet = file.add_worksheet(name)
            for number, row in enumerate(rows):
                sheet.write_row(number, 0, row)
    return path


def content(path: Path, posts: Sequence[str] = POSTS, days: Sequence[str] = DAYS) -> Path:
    """The workbook of a page's content, a description above the header of each sheet."""
    note = ["Engagement metrics of your page, in UTC. Organic figures may be negative."]
    return book(path, {"Metrics": [note, days, DAY], "All posts": [note, posts, *ROWS]})


def sheets_of(path: Path) -> dict[str, dict[str, list[dict[str, Any]]]]:
    """The rows of every sheet that is loaded, by the sheet and the table of the record."""
    found: dict[str, dict[str, list[dict[str, Any]]]] = {}
    with pieces_of(path) as pieces:
        for piece in wanted_pieces(path, pieces, SETTINGS):
            tables: dict[str, list[dict[str, Any]]] = {"aside": []}
            for batch in facts_of_piece(piece, SETTINGS, NOW).batches:
                for name, rows in batch.tables.items():
                    tables.setdefault(name, []).extend(rows.to_pylist())
                tables["aside"] += batch.aside.to_pylist()
                kept = {row["source_row"] for name in batch.tables for row in tables[name]}
                assert len(kept) + batch.aside.num_rows == batch.rows
            found[piece.sheet] = tables
    return found


def figures(rows: list[dict[str, Any]], post: str) -> dict[str, float]:
    return {row["metric"]: row["value"] for row in rows if row["post_id"] == post}


def test_posts_under_their_description(tmp_path: Path) -> None:
    found = sheets_of(content(tmp_path / "maison_content_1773964800000.xlsx"))["All posts"]
    ids = ["7118649787851124701", "7118649787851124701|Spring", "7118649787851124702"]
    assert [row["post_id"] for row in found["post"]] == ids
    first, paid, _ = found["post"]
    assert first["published_on"] == dt.datetime(2026, 3, 5, tzinfo=dt.UTC)
    assert (first["zone"], first["paid"], first["format"]) == ("UTC", False, "video")
    assert (paid["paid"], paid["campaign"], paid["format"]) == (True, "Spring", None)
    assert {row["measured_on"] for row in found["post_metric"]} == {
        dt.datetime(2026, 3, 20, tzinfo=dt.UTC)
    }
    assert figures(found["post_metric"], ids[0]) == {
        "impressions": 1200,
        "video_views": 400,
        "clicks": 31,
        "likes": 40,
        "comments": 3,
        "reposts": 2,
        "follows": 1,
    }
    # A total below zero is none; the person who posted is nobody's business.
    assert "likes" not in figures(found["post_metric"], ids[2])
    assert [(row["source_row"], row["code"]) for row in found["aside"]] == [(6, "missing_post_id")]


def test_days_are_net_and_stay_as_they_are(tmp_path: Path) -> None:
    found = sheets_of(content(tmp_path / "content.xlsx"))["Metrics"]
    values = {row["metric"]: row["value"] for row in found["channel_metric"]}
    assert values["organic_reactions"] == -1
    assert (values["impressions"], values["organic_impressions"]) == (1000, 700)
    assert (values["organic_reach"], values["reposts"]) == (600, 1)
    assert "shares" not in values
    assert {row["day"] for row in found["channel_metric"]} == {dt.date(2026, 3, 5)}


def test_shares_and_reposts_keep_their_names(tmp_path: Path) -> None:
    posts = ["Shares" if name == "Reposts" else name for name in POSTS]
    days = [name.replace("Reposts", "Shares") for name in DAYS]
    found = sheets_of(content(tmp_path / "content.xlsx", posts, days))
    metrics = {row["metric"] for row in found["All posts"]["post_metric"]}
    assert "shares" in metrics
    assert "reposts" not in metrics
    assert "shares" in {row["metric"] for row in found["Metrics"]["channel_metric"]}


def test_posts_in_spanish(tmp_path: Path) -> None:
    spanish = [
        *("Título de la publicación", "Enlace de la publicación", "Tipo de publicación"),
        *("Nombre de la campaña", "Anunciado por", "Fecha de creación"),
        *("Fecha de inicio de campaña", "Fecha de finalización de campaña", "Público"),
        *("Impresiones", "Visualizaciones", "Visualizaciones fuera del sitio", "Clics"),
        *("Porcentaje de clics", "Recomendaciones", "Comentarios", "Veces compartido"),
        *("Seguidores", "Tasa de interacción", "Tipo de contenido"),
    ]
    found = sheets_of(content(tmp_path / "contenido.xlsx", spanish))["All posts"]
    values = figures(found["post_metric"], "7118649787851124701")
    assert (values["likes"], values["shares"], values["follows"]) == (40, 2, 1)


def test_posts_in_a_language_that_is_not_known_are_told_by_place(tmp_path: Path) -> None:
    french = [f"Colonne {number}" for number in range(20)]
    path = content(tmp_path / "contenu.xlsx", french)
    with pieces_of(path) as pieces:
        piece = next(piece for piece in pieces if piece.sheet == "All posts")
        known = recognised(piece, SETTINGS)
        assert (known.source, known.grain) == ("linkedin", "one post")
        notes = facts_of_piece(piece, SETTINGS, NOW).notes
    assert any("told by place" in note for note in notes)
    found = sheets_of(path)["All posts"]
    assert figures(found["post_metric"], "7118649787851124701")["reposts"] == 2


def test_new_followers_are_loaded_and_groups_left_alone(tmp_path: Path) -> None:
    header = ["Date", "Sponsored followers", "Organic followers", "Auto-invited followers"]
    path = book(
        tmp_path / "followers.xlsx",
        {
            "New followers": [
                [*header, "Total followers"],
                ["02/28/2026", 1, 4, 0, 5],
                ["03/01/2026", 0, -2, 0, -2],
            ],
            "Location": [["Location", "Total followers"], ["Paris", 40], ["Lyon", 12]],
            "Seniority": [["Seniority", "Total followers"], ["Senior", 40], ["Entry", 12]],
        },
    )
    found = sheets_of(path)
    assert list(found) == ["New followers"]
    rows = [(row["day"], row["gained"], row["lost"]) for row in found["New followers"]["audience"]]
    assert rows == [(dt.date(2026, 2, 28), 5, None), (dt.date(2026, 3, 1), 0, 2)]


def test_visitors_by_day(tmp_path: Path) -> None:
    header = ["Date", "Total page views (desktop)", "Total page views (mobile)"]
    header += ["Total page views (total)", "Total unique visitors (desktop)"]
    header += ["Total unique visitors (mobile)", "Total unique visitors (total)"]
    path = book(
        tmp_path / "visitors.xlsx", {"Visitor metrics": [header, ["03/13/2026", 5, 7, 12, 3, 4, 7]]}
    )
    found = gather(path, SETTINGS)
    values = {row["metric"]: row["value"] for row in found.tables["channel_metric"]}
    assert values == {"page_views": 12, "visitors": 7}


def test_competitors_are_refused_in_one_sentence(tmp_path: Path) -> None:
    header = ["Page", "Total Followers", "New Followers", "Total post engagements", "Total posts"]
    path = book(
        tmp_path / "competitors.xlsx", {"COMPETITORS": [["Mar 1 - 31"], header, ["A", 9, 1, 4, 2]]}
    )
    with pytest.raises(Problem, match="It compares pages over a period"):
        recognise(path, SETTINGS)


def test_connections_below_their_notes() -> None:
    known = recognise(CONNECTIONS, SETTINGS)
    assert (known.source, known.grain) == ("linkedin_connections", "one connection")
    found: Gathered = gather(CONNECTIONS, SETTINGS)
    assert found.rows == 5
    assert found.codes == {"no_account": 1, "repeated_row": 1}
    accounts = {row["account_id"]: row for row in found.tables["account"]}
    assert set(accounts) == {"ana-lopez-12ab", "bo%c3%b6-dahl", "cleo@example.fr"}
    assert accounts["ana-lopez-12ab"]["name"] == "Ana Lopez"
    assert accounts["ana-lopez-12ab"]["handle"] == "ana-lopez-12ab"
    assert accounts["cleo@example.fr"]["handle"] is None
    known_by = {(r["account_id"], r["kind"], r["value"]) for r in found.tables["identifier"]}
    assert ("bo%c3%b6-dahl", "email", "bo.dahl@example.com") in known_by
    assert ("cleo@example.fr", "name", "cleo petit") in known_by
    days = [row["occurred_on"].date() for row in found.tables["activity"]]
    assert days == [dt.date(2024, 3, 12), dt.date(2023, 1, 3), dt.date(2022, 2, 8)]
    assert {row["verb"] for row in found.tables["activity"]} == {"Follow"}
    # Neither an id nor any other column tells the company or who it was.
    assert "ana" not in "".join(row["activity_id"] for row in found.tables["activity"])
    assert "Acme" not in str(found.tables)


def test_connections_of_before_2021_had_no_url(tmp_path: Path) -> None:
    text = (
        "First Name,Last Name,Email Address,Company,Position,Connected On\n"
        "Ana,Lopez,ana@example.fr,Acme,Buyer,12 Mar 2019\nBo,Dahl,,,,13 Mar 2019\n"
    )
    found = gather(written(tmp_path, text, "Connections.csv"), SETTINGS)
    assert [row["account_id"] for row in found.tables["activity"]] == ["ana@example.fr"]
    assert found.codes == {"no_account": 1}
