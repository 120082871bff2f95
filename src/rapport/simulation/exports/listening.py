"""The listening tools: Meltwater (UTF-16, tabs) and Brandwatch (metadata above the header)."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import ints, local, money
from rapport.simulation.exports.delimited import Cells, Dialect, names, write_filled
from rapport.simulation.exports.view import looked_up, places, where
from rapport.simulation.history import BRAND, ZONE, History

MELTWATER = names(
    "Date, Headline, URL, Opening Text, Hit Sentence, Source, Influencer, Country, Subregion",
    "Language, Reach, Desktop Reach, Mobile Reach, Twitter Social Echo, Facebook Social Echo",
    "Reddit Social Echo, National Viewership, Engagement, AVE, Sentiment, Key Phrases, Input Name",
    "Keywords, Twitter Authority, Tweet Id, Twitter Id, Twitter Client, Twitter Screen Name",
    "User Profile Url, Twitter Bio, Twitter Followers, Twitter Following, Alternate Date Format",
    "Time, State, City, Document Tags",
)
BRANDWATCH = names(
    "Query Id, Query Name, Date, Title, Snippet, Full Text, Url, Domain, Sentiment, Page Type",
    "Thread Entry Type, Category Details, Language, Country Code, Continent Code, Continent",
    "Country, City Code, Account Type, Added, Assignment, Author, Likes, Comments, Shares",
    "Mentioned Authors, Thread Author, X Author ID, X Followers, Engagement Score",
    "Bluesky Author Id",
)
_COUNTRIES = {"FR": "France", "GB": "United Kingdom"}
_LANGUAGES = {"fr": "French", "en": "English"}


def _words(words: dict[str, str], column: pa.ChunkedArray) -> pa.Array:
    at = places(pa.array(list(words)), column)
    return looked_up(pa.table({"word": list(words.values())}), "word", at)


def write_meltwater(history: History, folder: Path) -> list[Path]:
    """Write press and blogs, newest first, with the advertising value that nobody should use."""
    rows = where(history.mention, tool="meltwater").sort_by(
        [("published_on", "descending"), ("mention_id", "ascending")]
    )
    reach, when = ints(rows.column("reach")), rows.column("published_on")
    cells: dict[str, Cells] = {
        "Date": local(when, "%d-%b-%Y %I:%M%p", ZONE),
        "Headline": rows.column("title"),
        "URL": rows.column("url"),
        "Opening Text": rows.column("text"),
        "Hit Sentence": rows.column("text"),
        "Source": rows.column("outlet"),
        "Influencer": rows.column("author"),
        "Country": _words(_COUNTRIES, rows.column("country")),
        "Language": _words(_LANGUAGES, rows.column("language")),
        "Reach": reach,
        "Desktop Reach": reach * 4 // 10,
        "Mobile Reach": reach - reach * 4 // 10,
        "AVE": money(reach * 925 // 1000),
        "Sentiment": pc.utf8_capitalize(rows.column("sentiment")),
        "Input Name": BRAND,
        "Keywords": "Maison Alizé; Alizé",
        "Alternate Date Format": local(when, "%d-%b-%y", ZONE),
        "Time": local(when, "%I:%M %p", ZONE),
    }
    path = folder / "listening" / f"meltwater_{history.last_day}.csv"
    return write_filled(path, MELTWATER, cells, Dialect("\t", "\n", encoding="utf-16-le"))


def write_brandwatch(history: History, folder: Path) -> list[Path]:
    """Write what was said on networks and forums; lines about the export stand above the header."""
    rows = where(history.mention, tool="brandwatch").sort_by(
        [("published_on", "descending"), ("mention_id", "ascending")]
    )
    when = local(rows.column("published_on"), "%Y-%m-%d %H:%M:%S.0")
    author = _author(history, rows)
    outlet = rows.column("outlet")
    domain = pc.if_else(
        pc.match_substring(outlet, "."), outlet, pc.binary_join_element_wise(outlet, "com", ".")
    )
    account = author.column("account_id")
    none = pa.scalar(None, pa.string())
    page = rows.column("page_type")
    cells: dict[str, Cells] = {
        "Query Id": "2003412789",
        "Query Name": BRAND,
        "Date": when,
        "Title": rows.column("title"),
        "Snippet": pc.utf8_slice_codeunits(rows.column("text"), 0, 120),
        "Full Text": rows.column("text"),
        "Url": rows.column("url"),
        "Domain": domain,
        "Sentiment": rows.column("sentiment"),
        "Page Type": page,
        "Thread Entry Type": "post",
        "Language": rows.column("language"),
        "Country Code": rows.column("country"),
        "Continent": "Europe",
        "Continent Code": "EUROPE",
        "Country": _words(_COUNTRIES, rows.column("country")),
        "Account Type": "individual",
        "Added": when,
        "Author": rows.column("author"),
        "Likes": "0",
        "Comments": "0",
        "Shares": "0",
        "X Author ID": pc.if_else(pc.equal(page, "x"), account, none),
        "X Followers": pc.if_else(
            pc.equal(page, "x"), pc.cast(author.column("followers"), pa.string()), none
        ),
        "Bluesky Author Id": pc.if_else(pc.equal(page, "bluesky"), account, none),
    }
    lines = (
        f"Report:,{BRAND} mentions",
        f"Brand:,{BRAND}",
        f"From:,{history.first_day}T00:00:00.000+0000",
        f"To:,{history.last_day}T23:59:59.000+0000",
        "Label:,Mentions",
        "",
        "",
    )
    path = folder / "listening" / f"brandwatch_mentions_{history.last_day}.csv"
    return write_filled(path, BRANDWATCH, cells, Dialect(preamble="\n".join(lines)))


def _author(history: History, rows: pa.Table) -> pa.Table:
    """Return the account that wrote each mention, null where it is no message of a network."""
    message = places(history.message.column("message_id"), rows.column("message_id"))
    account = looked_up(history.message, "account_id", message)
    at = places(history.account.column("account_id"), account)
    return pa.table(
        {
            "account_id": account,
            "followers": looked_up(history.account, "followers", at),
        }
    )
