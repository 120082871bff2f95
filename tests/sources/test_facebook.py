"""Files of a Facebook page: the posts, the videos, the days, and the ones that must not load."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
import xlsxwriter
from tests.sources.helpers import NOW, SETTINGS, Gathered, gather, written

from rapport.errors import Problem
from rapport.sources.pieces import pieces_of
from rapport.sources.registry import facts_of_piece, recognise, wanted_pieces

GOLDEN = Path(__file__).parent / "golden" / "facebook"
POSTS = GOLDEN / "Jan-01-2026_Mar-31-2026_9876543210.csv"


def figures(found: Gathered, post: str) -> dict[str, float]:
    """The figures of one post by their name."""
    rows = found.tables["post_metric"]
    return {row["metric"]: row["value"] for row in rows if row["post_id"] == post}


def table(columns: Sequence[str], *rows: Mapping[str, str], delimiter: str = ",") -> str:
    """A CSV with these columns; cells that a row lacks are empty."""
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, delimiter=delimiter, restval="")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue()


def utf16(title: str, *days: tuple[str, int], columns: str = '"Date","Primary"') -> bytes:
    """A file of daily figures as Meta Business Suite writes it."""
    rows = "".join(f'"{day}T00:00:00","{count}"\r\n' for day, count in days)
    return b"\xff\xfe" + f'sep=,\r\n"{title}"\r\n{columns}\r\n{rows}'.encode("utf-16-le")


def refused(path: Path) -> str:
    """What is said of a file that is not read."""
    with pytest.raises(Problem) as problem:
        gather(path, SETTINGS)
    return str(problem.value)


def test_the_posts_of_the_golden_file_are_exactly_these() -> None:
    found = gather(POSTS, SETTINGS)
    assert recognise(POSTS, SETTINGS).source == "facebook"
    posts = {row["post_id"]: row for row in found.tables["post"]}
    assert list(posts) == ["1221580000000101", "1221580000000102", "1221580000000103"]
    first = posts["1221580000000101"]
    # 09:30 in Pacific standard time; on 20 March summer time has begun there.
    assert first["published_on"] == dt.datetime(2026, 3, 5, 17, 30, tzinfo=dt.UTC)
    assert posts["1221580000000102"]["published_on"].hour == 1
    assert first["zone"] == "America/Los_Angeles"
    assert first["text"] == 'New scents, "fresh" and\ngreen 🌿'
    assert posts["1221580000000102"]["text"] == "Behind the scenes"
    assert [row["format"] for row in posts.values()] == ["photo", "reel", "link"]
    assert first["channel"] == "facebook"
    assert first["account_id"] == "100200300"
    assert "paid" not in first
    assert figures(found, "1221580000000101") == {
        "views": 1234,
        "reach": 900,
        "reactions": 50,
        "comments": 4,
        "shares": 3,
        "clicks": 20,
        "link_clicks": 5,
        "negative_feedback": 3,
    }
    # What the file does not say is absent; what it says is zero is zero.
    assert figures(found, "1221580000000102") == {
        "views": 4000,
        "reach": 3100,
        "reactions": 0,
        "comments": 0,
        "shares": 0,
        "watch_seconds": 640.5,
    }
    measured = {row["measured_on"] for row in found.tables["post_metric"]}
    assert measured == {dt.datetime(2026, 3, 31, tzinfo=dt.UTC)}
    assert found.tables["account"] == [
        {
            "account_id": "100200300",
            "name": "Maison Alizé",
            "channel": "facebook",
            "is_brand": True,
            "source_row": 4,
        }
    ]


def test_every_row_of_the_golden_file_is_kept_or_set_aside() -> None:
    found = gather(POSTS, SETTINGS)
    assert found.rows == 6
    assert found.codes == {"rounded_id": 1, "missing_published_on": 1, "repeated_order": 1}


ENGLISH = ("Post ID", "Page ID", "Page name", "Title", "Description", "Publish time", "Permalink")
ENGLISH += ("Post type", "Date", "Views", "Reach", "Reactions", "Comments", "Shares")
ENGLISH += ("Total clicks", "Link Clicks")
FRENCH = ("Identifiant de la publication", "ID de la Page", "Nom de la page", "Titre")
FRENCH += ("Description", "Heure de publication", "Permalien", "Type de publication", "Date")
FRENCH += ("Vues", "Couverture", "Réactions", "Commentaires", "Partages", "Total des clics")
FRENCH += ("Clics sur un lien",)
GERMAN = ("Beitrags-ID", "Seiten-ID", "Seitenname", "Titel", "Beschreibung")
GERMAN += ("Veröffentlichungszeit", "Permalink", "Beitragstyp", "Datum", "Aufrufe", "Reichweite")
GERMAN += ("Reaktionen", "Kommentare", "Geteilte Inhalte", "Klicks insgesamt", "Link-Klicks")
SPANISH = ("Identificador de la publicación", "Identificador de la página")
SPANISH += ("Nombre de la página", "Título", "Descripción", "Hora de publicación")
SPANISH += ("Enlace permanente", "Tipo de publicación", "Fecha", "Visualizaciones", "Alcance")
SPANISH += ("Reacciones", "Comentarios", "Veces que se compartió", "Total de clics")
SPANISH += ("Clics en el enlace",)
SWEDISH = ("Publicerings-id", "Sid-id", "Sidnamn", "Titel", "Beskrivning", "Publiceringstid")
SWEDISH += ("Permalänk", "Inläggstyp", "Datum", "Visningar", "Räckvidd", "Reaktioner")
SWEDISH += ("Kommentarer", "Delningar", "Totalt antal klick", "Länkklick")
ROW = (
    "77001",
    "55",
    "Alizé",
    "",
    "Salut",
    "05/04/2026 10:00",
    "https://www.facebook.com/55/posts/77001",
)
KINDS = ("Photos", "Photos", "Fotos", "Fotos", "Foton")


@pytest.mark.parametrize(
    ("columns", "kind"),
    list(zip((ENGLISH, FRENCH, GERMAN, SPANISH, SWEDISH), KINDS, strict=True)),
)
def test_every_language_gives_the_same_rows(
    tmp_path: Path, columns: tuple[str, ...], kind: str
) -> None:
    cells = (*ROW, kind, "Global", "1200", "800", "30", "2", "1", "9", "4")
    row = dict(zip(columns, cells, strict=True))
    path = written(tmp_path, table(columns, row).encode("utf-8-sig"), "posts.csv")
    found = gather(path, SETTINGS)
    (post,) = found.tables["post"]
    # 4 May and not 5 April: Meta writes the month first in every language.
    assert post["published_on"] == dt.datetime(2026, 5, 4, 17, tzinfo=dt.UTC)
    assert post["format"] == "photo"
    assert post["text"] == "Salut"
    assert figures(found, "77001") == {
        "views": 1200,
        "reach": 800,
        "reactions": 30,
        "comments": 2,
        "shares": 1,
        "clicks": 9,
        "link_clicks": 4,
    }


def test_a_file_of_before_views_keeps_impressions_apart(tmp_path: Path) -> None:
    columns = [name.replace("Views", "Impressions") for name in ENGLISH]
    row = dict(zip(ENGLISH, (*ROW, "Photos", "Lifetime", *"1234567"), strict=True))
    row["Impressions"] = row.pop("Views")
    found = gather(written(tmp_path, table(columns, row)), SETTINGS)
    assert "views" not in figures(found, "77001")
    assert figures(found, "77001")["impressions"] == 1


def test_a_file_with_both_languages_loses_no_figure(tmp_path: Path) -> None:
    columns = [*FRENCH, "Views"]
    cells = (*ROW, "Photos", "Global", "", "800", "30", "2", "1", "9", "4", "1500")
    path = written(tmp_path, table(columns, dict(zip(columns, cells, strict=True))))
    assert figures(gather(path, SETTINGS), "77001")["views"] == 1500


def test_the_newer_spanish_export_keeps_each_figure_by_its_own_name(tmp_path: Path) -> None:
    columns = ("Identificador de la publicación", "Nombre de la página", "Título")
    columns += ("Hora de publicación", "Enlace permanente", "Tipo de publicación", "Impresiones")
    columns += ("Interacciones", "Reacciones", "Comentarios", "Veces que se compartió")
    columns += ("Veces que se guardó", "Visualizaciones", "Espectadores", "Seguimientos netos")
    cells = ("77", "Alizé", "Hola", "05/04/2026 10:00", "", "Reel", *"987654321")
    found = gather(
        written(tmp_path, table(columns, dict(zip(columns, cells, strict=True)))), SETTINGS
    )
    assert figures(found, "77") == {
        "impressions": 9,
        "reactions": 7,
        "comments": 6,
        "shares": 5,
        "saves": 4,
        "views": 3,
        "viewers": 2,
        "net_follows": 1,
    }


def test_a_boosted_post_is_paid_where_the_file_says_so(tmp_path: Path) -> None:
    columns = [*ENGLISH, "Views from Boosted posts"]
    cells = (*ROW, "Photos", "Lifetime", *"1234567")
    first = dict(zip(ENGLISH, cells, strict=True))
    rows = [first | {"Views from Boosted posts": "0"}]
    rows.append(first | {"Post ID": "77002", "Views from Boosted posts": "40"})
    rows.append(first | {"Post ID": "77003"})
    found = gather(written(tmp_path, table(columns, *rows)), SETTINGS)
    assert found.column("paid", "post") == [False, True, None]


def test_the_daily_breakdown_is_refused_in_one_sentence(tmp_path: Path) -> None:
    columns = [name for name in ENGLISH if name != "Views"]
    row = dict(zip(ENGLISH, (*ROW, "Photos", "", *"1234567"), strict=True))
    row.pop("Views")
    days = [row | {"Date": f"02/{day:02d}/2026"} for day in range(1, 29)]
    said = refused(written(tmp_path, table(columns, *days)))
    assert "daily breakdown" in said
    assert "Views" in said
    # One day alone shows every post once: the missing column still tells.
    assert "daily breakdown" in refused(written(tmp_path, table(columns, days[0]), "one.csv"))


def test_a_daily_breakdown_that_has_views_is_refused_too(tmp_path: Path) -> None:
    row = dict(zip(ENGLISH, (*ROW, "Photos", "", *"1234567"), strict=True))
    days = [row | {"Date": f"02/{day:02d}/2026"} for day in range(1, 29)]
    assert "daily breakdown" in refused(written(tmp_path, table(ENGLISH, *days)))


def test_rounded_numbers_are_not_taken_for_a_daily_breakdown(tmp_path: Path) -> None:
    row = dict(zip(ENGLISH, (*ROW, "Photos", "Lifetime", *"1234567"), strict=True))
    linked = "https://www.facebook.com/55/posts/12215800000000"
    rows = [row | {"Post ID": "1.22158E+15", "Permalink": f"{linked}{n:02d}"} for n in range(9)]
    rows += [row | {"Post ID": "1.22158E+15", "Permalink": ""}] * 9
    found = gather(written(tmp_path, table(ENGLISH, *rows)), SETTINGS)
    assert len(found.tables["post"]) == 9
    assert found.codes == {"rounded_id": 9}


def test_videos_are_named_by_their_asset(tmp_path: Path) -> None:
    columns = ("Video asset ID", "Page ID", "Page name", "Title", "Duration (sec)")
    columns += ("Publish time", "Reach", "3-second video views", "1-minute video views")
    columns += ("Reactions", "Comments", "Shares")
    cells = ("900", "55", "Alizé", "Making of", "61", "05/04/2026 10:00", *"7654321"[:6])
    found = gather(
        written(tmp_path, table(columns, dict(zip(columns, cells, strict=True)))), SETTINGS
    )
    (post,) = found.tables["post"]
    assert (post["post_id"], post["format"], post["text"]) == ("video:900", "video", "Making of")
    assert figures(found, "video:900") == {
        "reach": 7,
        "video_views_3s": 6,
        "video_views_60s": 5,
        "reactions": 4,
        "comments": 3,
        "shares": 2,
    }
    assert any("not both" in note for note in found.facts.notes)


def test_missing_days_between_follows_are_days_without_any(tmp_path: Path) -> None:
    days = (("2026-05-01", 3), ("2026-05-04", 2), ("2026-05-05", 1))
    path = written(tmp_path, utf16("Facebook follows", *days), "Follows.csv")
    found = gather(path, SETTINGS)
    assert found.facts.source == "facebook"
    assert [
        (row["day"].day, row["gained"], row["source_row"]) for row in found.tables["audience"]
    ] == [
        *((1, 3, 4), (2, 0, 5), (3, 0, 5)),
        *((4, 2, 5), (5, 1, 6)),
    ]
    assert "followers" not in found.tables["audience"][0]


def test_follows_of_instagram_are_instagrams(tmp_path: Path) -> None:
    path = written(tmp_path, utf16("Instagram follows", ("2026-05-01", 3)), "Follows.csv")
    found = gather(path, SETTINGS)
    assert found.facts.source == "instagram"
    assert found.column("channel", "audience") == ["instagram"]


@pytest.mark.parametrize(
    ("title", "name", "metric"),
    [
        ("Facebook visits", "a.csv", "visits"),
        ("Vues", "facebook-vues.csv", "views"),
        ("Viewers", "Facebook.csv", "viewers"),
        ("Facebook reach", "a.csv", "reach"),
        ("Content interactions", "facebook.csv", "interactions"),
        ("Facebook link clicks", "a.csv", "link_clicks"),
        # Beside the day's follows, which another file holds, not in their place.
        ("Facebook unfollows", "a.csv", "unfollows"),
        ("Facebook net follows", "a.csv", "net_follows"),
        ("Facebook 3-second views", "a.csv", "video_views_3s"),
    ],
)
def test_other_daily_figures_are_figures_of_the_channel(
    tmp_path: Path, title: str, name: str, metric: str
) -> None:
    found = gather(
        written(tmp_path, utf16(title, ("2026-05-01", 8), ("2026-05-03", 9)), name), SETTINGS
    )
    rows = found.tables["channel_metric"]
    assert [(row["day"].day, row["metric"], row["value"]) for row in rows] == [
        (1, metric, 8.0),
        (3, metric, 9.0),
    ]


def test_a_daily_file_that_does_not_say_what_or_whose_is_refused(tmp_path: Path) -> None:
    day = ("2026-05-01", 3)
    assert "which figure" in refused(written(tmp_path, utf16("Facebook", day), "a.csv"))
    assert "which figure" in refused(written(tmp_path, utf16("Facebook paid reach", day), "c.csv"))
    assert "Facebook or Instagram" in refused(written(tmp_path, utf16("Views", day), "b.csv"))
    two = utf16("Facebook follows", day) + utf16("Views", day)[2:]
    assert "one below the other" in refused(written(tmp_path, two, "facebook.csv"))


def test_german_page_days_give_the_size_of_the_audience(tmp_path: Path) -> None:
    text = "Datum;Seiten-Follower;Reichweite\n01.05.2026;1.500;320\n02.05.2026;1.502;1.100\n"
    found = gather(written(tmp_path, text, "seite.csv"), SETTINGS)
    assert found.facts.source == "facebook_page_days"
    assert [(r["day"], r["followers"]) for r in found.tables["audience"]] == [
        (dt.date(2026, 5, 1), 1500),
        (dt.date(2026, 5, 2), 1502),
    ]
    assert found.column("value", "channel_metric") == [320.0, 1100.0]


def old_insights(path: Path) -> Path:
    """A workbook of Page Insights with its descriptions row and its second tab."""
    lead = ["Post ID", "Permalink", "Post Message", "Type", "Countries", "Languages", "Posted"]
    key = ["Lifetime Post Total Reach", "Lifetime Post Total Impressions", "Lifetime Engaged Users"]
    key.append("Lifetime Matched Audience Targeting Consumptions on Post")
    key.append("Lifetime Negative Feedback from Users")
    described = [""] * 7 + [
        "Lifetime: The total number of people your Page post was served to."
    ] * 5
    post = ["55_901", "https://www.facebook.com/55/posts/901", "Hi", "Photo", "", ""]
    with xlsxwriter.Workbook(path) as book:
        sheet = book.add_worksheet("Key Metrics")
        sheet.write_row(0, 0, [*lead, *key])
        sheet.write_row(1, 0, described)
        sheet.write_row(2, 0, [*post, "1/14/2020 10:32:14 AM", 300, 450, 30, 12, 2])
        sheet.write_row(3, 0, [*post[:1], *[""] * 5, "", 300, 450, 30, 12, 2])
        sheet = book.add_worksheet("Lifetime Talking About This")
        sheet.write_row(0, 0, [*lead, "share", "like", "comment"])
        sheet.write_row(1, 0, [""] * 7 + ["Lifetime: The number of people who talked."] * 3)
        sheet.write_row(2, 0, [*post, "1/14/2020 10:32:14 AM", 1, 20, 3])
        sheet = book.add_worksheet("Lifetime Number of Fans")
        sheet.write_row(0, 0, ["Country", "Fans"])
        sheet.write_row(1, 0, ["FR", 3])
    return path


def test_page_insights_of_old_come_from_both_tabs(tmp_path: Path) -> None:
    path = old_insights(tmp_path / "Facebook Insights Data Export 2020-01-31.xlsx")
    with pieces_of(path) as pieces:
        wanted = wanted_pieces(path, pieces, SETTINGS)
        assert [piece.sheet for piece in wanted] == ["Key Metrics", "Lifetime Talking About This"]
        batches = [b for piece in wanted for b in facts_of_piece(piece, SETTINGS, NOW).batches]
    posts = [row for b in batches for row in b.tables["post"].to_pylist()]
    assert [row["post_id"] for row in posts] == ["901", "901"]
    # 10:32 in the morning in California.
    assert posts[0]["published_on"] == dt.datetime(2020, 1, 14, 18, 32, 14, tzinfo=dt.UTC)
    rows = [row for b in batches for row in b.tables["post_metric"].to_pylist()]
    assert {row["metric"]: row["value"] for row in rows} == {
        "reach": 300,
        "impressions": 450,
        "clicks": 12,
        "negative_feedback": 2,
        "shares": 1,
        "likes": 20,
        "comments": 3,
    }
    codes = [row["code"] for b in batches for row in b.aside.to_pylist()]
    assert codes == ["description_row", "missing_published_on", "description_row"]


def test_insights_without_days_are_refused(shared_data: Path) -> None:
    said = refused(shared_data / "platforms" / "facebook_page_insights.csv")
    assert "neither the post nor its day" in said
    assert "Posted" in said
