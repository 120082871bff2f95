"""X: posts and account days as CSV, with numbers like "1,234" and dates like "Fri, Jun 5, 2026"."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import day_text, grouped, ints, local
from rapport.simulation.exports.delimited import (
    WITH_MARK,
    Cells,
    as_text,
    names,
    write_filled,
    write_rows,
)
from rapport.simulation.exports.posts import (
    Posts,
    brand,
    by_half_year,
    daily,
    posts,
)
from rapport.simulation.exports.view import days_of, missing, where
from rapport.simulation.history import History

CONTENT = names(
    "Post id, Date, Post text, Post Link, Impressions, Likes, Engagements, Bookmarks, Shares",
    "New follows, Replies, Reposts, Profile visits, Detail Expands, URL Clicks, Hashtag Clicks",
    "Permalink Clicks",
)
OVERVIEW = names(
    "Date, Impressions, Likes, Engagements, Bookmarks, Shares, New follows, Unfollows, Replies",
    "Reposts, Profile visits, Create Post, Video views, Media views",
)
_DAY = "%a, %b %e, %Y"
_OVERLAP = 2
_EATEN = 1
"""The file that went through a spreadsheet, which rounded its ids."""


def write_content(history: History, folder: Path) -> list[Path]:
    """Write the posts of each half-year; a file begins two days before its time.

    The ids of the second file were rounded by a spreadsheet: the links beside them still hold them.
    """
    handle = brand(history, "x")["handle"]
    paths = []
    files = by_half_year(history, "x", posts(history, "x"), overlap=_OVERLAP, zone="UTC")
    for number, (period, found) in enumerate(files):
        if not found.rows.num_rows:
            continue
        cells = _content(found, handle)
        if number == _EATEN:
            cells["Post id"] = [rounded(value) for value in found.words("post_id")]
        name = f"account_analytics_content_{period.first}_{period.last}.csv"
        paths.append(write_rows(folder / "x" / name, CONTENT, cells, WITH_MARK))
    return paths


def rounded(number: str) -> str:
    """Return a long id as a spreadsheet shows it.

    Examples
    --------
    >>> rounded("1234567890123456789")
    '1.23457E+18'
    """
    return f"{float(number):.5E}" if number.isdigit() else number


def _content(found: Posts, handle: str) -> dict[str, Cells]:
    figures = found.figures
    ids = found["post_id"]
    details, visits = figures["views"] // 60, figures["views"] // 350
    sums = sum(figures[name] for name in ("likes", "comments", "shares", "clicks", "saves"))
    return {
        "Post id": ids,
        "Date": local(found["published_on"], _DAY),
        "Post text": found["text"],
        "Post Link": pc.binary_join_element_wise(f"https://x.com/{handle}/status/", ids, ""),
        "Impressions": grouped(figures["views"]),
        "Likes": grouped(figures["likes"]),
        "Engagements": grouped(np.asarray(sums) + details + visits),
        "Bookmarks": grouped(figures["saves"]),
        "Shares": grouped(figures["shares"] // 5),
        "New follows": grouped(figures["follows"]),
        "Replies": grouped(figures["comments"]),
        "Reposts": grouped(figures["shares"]),
        "Profile visits": grouped(visits),
        "Detail Expands": grouped(details),
        "URL Clicks": grouped(figures["clicks"]),
        "Hashtag Clicks": grouped(figures["clicks"] // 40),
        "Permalink Clicks": grouped(figures["clicks"] // 25),
    }


def write_overview(history: History, folder: Path) -> list[Path]:
    """Write the account's days; lost days have no row."""
    days, sums = daily(history, "x")
    size = where(history.audience, network="x")
    day = pa.array(days, pa.date32())
    number = days_of(day)
    at = number - number[0]
    gained, lost = np.zeros(len(days), np.int64), np.zeros(len(days), np.int64)
    place = days_of(size.column("day")) - number[0]
    gained[place], lost[place] = ints(size.column("gained")), ints(size.column("lost"))
    kept = pa.array(at[~missing(history, "x", number)])
    details, visits = sums["views"] // 60, sums["views"] // 350
    engaged = sum(sums[name] for name in ("likes", "comments", "shares", "clicks", "saves"))
    video = sums["views"] // 9
    wide = {
        "Impressions": sums["views"],
        "Likes": sums["likes"],
        "Engagements": np.asarray(engaged) + details + visits,
        "Bookmarks": sums["saves"],
        "Shares": sums["shares"] // 5,
        "New follows": gained,
        "Unfollows": lost,
        "Replies": sums["comments"],
        "Reposts": sums["shares"],
        "Profile visits": visits,
        "Create Post": sums["posts"],
        "Video views": video,
        "Media views": video + sums["views"] // 7,
    }
    cells: dict[str, Cells] = {
        name: pc.take(as_text(grouped(values)), kept) for name, values in wide.items()
    }
    cells["Date"] = pc.take(day_text(day, _DAY), kept)
    name = f"account_overview_analytics_{history.first_day}_{history.last_day}.csv"
    return write_filled(folder / "x" / name, OVERVIEW, cells, WITH_MARK)
