"""Instagram: the posts of Meta Business Suite in French, and the account's own download."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import local
from rapport.simulation.exports.delimited import Cells, names, write_rows
from rapport.simulation.exports.facebook import META, PACIFIC, file_name
from rapport.simulation.exports.packing import json_bytes, write_zip
from rapport.simulation.exports.posts import Posts, brand, by_half_year, posts
from rapport.simulation.exports.view import looked_up, micros, places, where
from rapport.simulation.history import BRAND, History

POSTS = names(
    "Identifiant de publication, Identifiant du compte, Nom d’utilisateur du compte",
    "Nom du compte, Description, Durée (s), Heure de publication, Permalien",
    "Type de publication, Commentaire sur les données, Date, Vues, Couverture, Mentions J’aime",
    "Partages, Abonnements, Commentaires, Enregistrements",
)
RENAMED = dt.date(2025, 4, 21)
"""The day on which impressions became views."""
_TYPES = {
    "photo": "Image IG",
    "text": "Image IG",
    "link": "Image IG",
    "carousel": "Carrousel IG",
    "video": "Vidéo IG",
    "reel": "Reel IG",
    "story": "Story IG",
}
_SECONDS = {"video": 52, "reel": 24}
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"


def shortcode(number: str) -> str:
    """Return the code that stands in the address of a post, made from its number.

    Examples
    --------
    >>> shortcode("64")
    'BA'
    """
    left, code = int("".join(c for c in number if c.isdigit()) or "0"), ""
    while left or not code:
        left, place = divmod(left, 64)
        code = _LETTERS[place] + code
    return code


def write_posts(history: History, folder: Path) -> list[Path]:
    """Write the posts of each half-year under French headers.

    Files that end before `RENAMED` have impressions where later ones have views.
    """
    account = brand(history, "instagram")
    paths = []
    for period, found in by_half_year(
        history, "instagram", posts(history, "instagram"), zone=PACIFIC
    ):
        if not found.rows.num_rows:
            continue
        cells = _columns(found, account)
        header = POSTS
        if period.last < RENAMED:
            header = tuple("Impressions" if name == "Vues" else name for name in POSTS)
            cells["Impressions"] = cells.pop("Vues")
        path = folder / "meta" / f"IG_{file_name(period, account['account_id'])}"
        paths.append(write_rows(path, header, cells, META))
    return paths


def _columns(found: Posts, account: dict[str, str]) -> dict[str, Cells]:
    figures, kinds = found.figures, found.words("format")
    return {
        "Identifiant de publication": found["post_id"],
        "Identifiant du compte": account["account_id"],
        "Nom d’utilisateur du compte": account["handle"],
        "Nom du compte": BRAND,
        "Description": found["text"],
        "Durée (s)": [_SECONDS.get(kind, 0) for kind in kinds],
        "Heure de publication": local(found["published_on"], "%m/%d/%Y %H:%M", PACIFIC),
        "Permalien": [
            f"https://www.instagram.com/p/{shortcode(number)}/" for number in found.words("post_id")
        ],
        "Type de publication": [_TYPES[kind] for kind in kinds],
        "Date": "Lifetime",
        "Vues": figures["views"],
        "Couverture": figures["reach"],
        "Mentions J’aime": figures["likes"],
        "Partages": figures["shares"],
        "Abonnements": figures["follows"],
        "Commentaires": figures["comments"],
        "Enregistrements": figures["saves"],
    }


def write_download(history: History, folder: Path) -> Path:
    """Write the zip that Instagram gives an account of itself: who follows it, whom it follows.

    Followers stand in the older shape (handle in `value`), the accounts followed in the newer one
    (handle in `title`). Names of people are nowhere in it.
    """
    base = "connections/followers_and_following"
    members = {
        f"{base}/followers_1.json": json_bytes(_followers(history)),
        f"{base}/following.json": json_bytes({"relationships_following": _following(history)}),
    }
    name = f"instagram-{brand(history, 'instagram')['handle']}-{history.last_day}.zip"
    return write_zip(folder / "meta" / name, members)


def _followers(history: History) -> list[dict[str, Any]]:
    follow = where(history.follow, network="instagram")
    follow = follow.filter(pc.is_null(follow.column("unfollowed_on")))
    known = where(history.account, network="instagram")
    at = places(known.column("account_id"), follow.column("account_id"))
    handles = looked_up(known, "handle", at).to_pylist()
    seconds = (micros(follow.column("followed_on")) // 1_000_000).tolist()
    rows = sorted(zip(seconds, handles, strict=True), key=lambda row: (-row[0], row[1] or ""))
    return [
        {
            "title": "",
            "media_list_data": [],
            "string_list_data": [
                {"href": f"https://www.instagram.com/{handle}", "value": handle, "timestamp": time}
            ],
        }
        for time, handle in rows
        if handle
    ]


def _following(history: History) -> list[dict[str, Any]]:
    rows = where(history.account, network="instagram")
    rows = rows.filter(pc.is_in(rows.column("kind"), pa.array(["influencer", "employee"])))
    first = np.datetime64(history.first_day, "s").astype(np.int64)
    return [
        {
            "title": handle,
            "string_list_data": [
                {
                    "href": f"https://www.instagram.com/_u/{handle}",
                    "timestamp": int(first) + 86_400 * number,
                }
            ],
        }
        for number, handle in enumerate(rows.column("handle").to_pylist())
    ]
