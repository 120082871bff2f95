"""Files of an Instagram account: posts and stories, in every language, of every year."""

from __future__ import annotations

import csv
import datetime as dt
import io
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.sources.helpers import SETTINGS, Gathered, gather, written

from rapport.sources.registry import recognise

GOLDEN = Path(__file__).parent / "golden" / "instagram"
POSTS = GOLDEN / "Jan-01-2025_May-31-2025_17841400000000001.csv"


def figures(found: Gathered, post: str) -> dict[str, float]:
    """The figures of one post by their name."""
    rows = found.tables["post_metric"]
    return {row["metric"]: row["value"] for row in rows if row["post_id"] == post}


def table(*rows: Sequence[str]) -> str:
    """A CSV of these rows, the header first."""
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def test_the_posts_of_the_golden_file_are_exactly_these() -> None:
    found = gather(POSTS, SETTINGS)
    posts = {row["post_id"]: row for row in found.tables["post"]}
    assert list(posts) == [f"1790000000000000{n}" for n in (1, 2, 3)]
    first = posts["17900000000000001"]
    # Half past eleven at night in California is the next morning in UTC.
    assert first["published_on"] == dt.datetime(2025, 5, 3, 6, 30, tzinfo=dt.UTC)
    assert first["zone"] == "America/Los_Angeles"
    assert first["text"] == "Été, enfin ☀️\n#lavande"
    assert [row["format"] for row in posts.values()] == ["photo", "reel", "carousel"]
    assert figures(found, "17900000000000001") == {
        "views": 2345,
        "reach": 1800,
        "likes": 210,
        "shares": 4,
        "follows": 2,
        "comments": 11,
        "saves": 9,
    }
    # Shares and follows of the reel are not in the file, its saves are zero.
    assert figures(found, "17900000000000002") == {
        "views": 9000,
        "reach": 7200,
        "likes": 600,
        "comments": 40,
        "saves": 0,
    }
    measured = {row["measured_on"] for row in found.tables["post_metric"]}
    assert measured == {dt.datetime(2025, 5, 31, tzinfo=dt.UTC)}


def test_the_brands_own_account_is_named_with_its_handle() -> None:
    found = gather(POSTS, SETTINGS)
    assert found.tables["account"] == [
        {
            "account_id": "17841400000000001",
            "handle": "maison.alize",
            "name": "Maison Alizé",
            "channel": "instagram",
            "is_brand": True,
            "source_row": 4,
        }
    ]
    assert found.column("value", "identifier") == ["maison.alize"]


def test_rows_that_cannot_be_kept_are_set_aside_with_their_reason() -> None:
    found = gather(POSTS, SETTINGS)
    assert found.rows == 5
    assert found.codes == {"rounded_id": 1, "not_a_whole_number": 1}


ENGLISH = ("Post ID", "Account ID", "Account username", "Account name", "Description")
ENGLISH += ("Publish time", "Permalink", "Post type", "Date", "Views", "Reach", "Likes")
ENGLISH += ("Shares", "Follows", "Comments", "Saves")
FRENCH = ("Identifiant de la publication", "ID du compte", "Nom de profil du compte")
FRENCH += ("Nom du compte", "Description", "Heure de publication", "Permalien")
FRENCH += ("Type de publication", "Date", "Vues", "Couverture", "Mentions J’aime", "Partages")
FRENCH += ("Followers en plus", "Commentaires", "Enregistrements")
GERMAN = ("Beitrags-ID", "Konto-ID", "Benutzername des Kontos", "Kontoname", "Beschreibung")
GERMAN += ("Veröffentlichungszeit", "Permalink", "Beitragstyp", "Datum", "Aufrufe", "Reichweite")
GERMAN += ("„Gefällt mir“-Angaben", "Geteilte Inhalte", "Follows", "Kommentare")
GERMAN += ("Gespeicherte Inhalte",)
SPANISH = ("Identificador de la publicación", "Identificador de la cuenta")
SPANISH += ("Nombre de usuario de la cuenta", "Nombre de la cuenta", "Descripción")
SPANISH += ("Hora de publicación", "Enlace permanente", "Tipo de publicación", "Fecha")
SPANISH += ("Visualizaciones", "Alcance", "Me gusta", "Veces que se compartió", "Seguimientos")
SPANISH += ("Comentarios", "Veces que se guardó")
SWEDISH = ("Publicerings-id", "Konto-id", "Kontots användarnamn", "Kontonamn", "Beskrivning")
SWEDISH += ("Publiceringstid", "Permalänk", "Inläggstyp", "Datum", "Visningar", "Räckvidd")
SWEDISH += ("Gilla-markeringar", "Delningar", "Följer", "Kommentarer", "Sparade objekt")
LANGUAGES = {
    "en": (ENGLISH, "IG carousel", "Lifetime"),
    "fr": (FRENCH, "Carrousel IG", "Global"),
    "de": (GERMAN, "IG-Karussell", "Gesamt"),
    "es": (SPANISH, "Secuencia de Instagram", "Total"),
    "sv": (SWEDISH, "IG-karusell", "Livstid"),
}


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_language_gives_the_same_rows(tmp_path: Path, language: str) -> None:
    columns, kind, ever = LANGUAGES[language]
    cells = ("1790", "178", "alize", "Alizé", "Salut", "05/04/2026 10:00")
    cells += ("https://www.instagram.com/p/C1/", kind, ever, *"1234567")
    path = written(tmp_path, table(columns, cells).encode("utf-8-sig"), "posts.csv")
    assert recognise(path, SETTINGS).source == "instagram"
    found = gather(path, SETTINGS)
    (post,) = found.tables["post"]
    assert post["published_on"] == dt.datetime(2026, 5, 4, 17, tzinfo=dt.UTC)
    assert (post["format"], post["text"]) == ("carousel", "Salut")
    assert figures(found, "1790") == {
        "views": 1,
        "reach": 2,
        "likes": 3,
        "shares": 4,
        "follows": 5,
        "comments": 6,
        "saves": 7,
    }


def test_impressions_of_before_the_change_are_not_views(tmp_path: Path) -> None:
    columns = tuple(name.replace("Views", "Impressions") for name in ENGLISH)
    cells = ("1790", "178", "alize", "Alizé", "", "04/20/2025 10:00", "", "IG image", "Lifetime")
    found = gather(written(tmp_path, table(columns, (*cells, *"1234567"))), SETTINGS)
    assert figures(found, "1790")["impressions"] == 1
    assert "views" not in figures(found, "1790")


def test_stories_keep_private_replies_apart_from_comments(tmp_path: Path) -> None:
    columns = ("Post ID", "Account ID", "Account username", "Account name", "Description")
    columns += ("Duration (sec)", "Publish time", "Permalink", "Post type", "Data comment", "Date")
    columns += ("Views", "Reach", "Likes", "Shares", "Profile visits", "Replies", "Link clicks")
    columns += ("Navigation", "Sticker taps", "Follows")
    cells = ("1791", "178", "alize", "Alizé", "", "0", "05/04/2026 10:00", "", "IG story", "")
    path = written(tmp_path, table(columns, (*cells, "Lifetime", *"987654321", "0")))
    found = gather(path, SETTINGS)
    assert found.column("format", "post") == ["story"]
    assert figures(found, "1791") == {
        "views": 9,
        "reach": 8,
        "likes": 7,
        "shares": 6,
        "profile_visits": 5,
        "replies": 4,
        "link_clicks": 3,
        "follows": 0,
    }
