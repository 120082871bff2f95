"""YouTube Studio's zip, TikTok's workbooks and the Threads table."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa

from rapport.simulation.exports.cells import Ints, day_text, fixed, local
from rapport.simulation.exports.delimited import Cells, as_text, names, rendered, write_filled
from rapport.simulation.exports.facebook import PACIFIC
from rapport.simulation.exports.packing import write_workbook, write_zip
from rapport.simulation.exports.posts import Posts, brand, daily, posts
from rapport.simulation.exports.view import days_of, missing
from rapport.simulation.history import BRAND, History

YOUTUBE = names(
    "Content, Video title, Video publish time, Duration, Views, Watch time (hours), Subscribers",
    "Thumbnail impressions, Thumbnail click-through rate (%), Average view duration",
    "Average percentage viewed (%), Likes, Comments added, Shares",
)
CHART = names("Date, Content, Video title, Video publish time, Duration, Views")
TIKTOK = names(
    "Video title, Video link, Post time, Total likes, Total comments, Total shares, Total views",
    "Total play time, Average watch time, Watched full video, Add to favorites",
)
TIKTOK_DAYS = names("Date, Video views, Profile views, Likes, Comments, Shares")
THREADS = names("Date, Post text, Post URL, Views, Likes, Replies, Reposts, Quotes")
_LENGTH = {"video": 312, "reel": 41}


def _lengths(found: Posts) -> Ints:
    return np.asarray([_LENGTH.get(kind, 95) for kind in found.words("format")], np.int64)


def write_youtube(history: History, folder: Path) -> Path:
    """Write the zip of three tables; the first row of the table is the total of all videos."""
    found = posts(history, "youtube")
    figures, length = found.figures, _lengths(found)
    watched = figures["views"] * length * 4 // 10
    shown = figures["views"] * 7
    rate = 100 * figures["views"] / np.maximum(shown, 1) * 0.9
    average = watched // np.maximum(figures["views"], 1)
    seen = 100 * average / np.maximum(length, 1)
    published = as_text(local(found["published_on"], "%b %e, %Y")).to_pylist()
    n = found.rows.num_rows
    sums = {name: int(values.sum()) for name, values in figures.items()}
    views = max(sums["views"], 1)
    cells: dict[str, Cells] = {
        "Content": ["Total", *found.words("post_id")],
        "Video title": ["", *(text.split("\n")[0][:90] for text in found.words("text"))],
        "Video publish time": ["", *published],
        "Duration": ["", *map(str, length.tolist())],
        "Views": [sums["views"], *figures["views"].tolist()],
        "Watch time (hours)": fixed(np.concatenate([[watched.sum()], watched]) / 3600, 4),
        "Subscribers": [sums["follows"], *figures["follows"].tolist()],
        "Thumbnail impressions": [int(shown.sum()), *shown.tolist()],
        "Thumbnail click-through rate (%)": fixed(
            np.concatenate([[rate.mean() if n else 0], rate]), 2
        ),
        "Average view duration": [
            _clock(int(watched.sum()) // views),
            *map(_clock, average.tolist()),
        ],
        "Average percentage viewed (%)": fixed(
            np.concatenate([[seen.mean() if n else 0], seen]), 2
        ),
        "Likes": [sums["likes"], *figures["likes"].tolist()],
        "Comments added": [sums["comments"], *figures["comments"].tolist()],
        "Shares": [sums["shares"], *figures["shares"].tolist()],
    }
    days, totals = daily(history, "youtube")
    members = {
        "Table data.csv": rendered(YOUTUBE, cells),
        "Chart data.csv": rendered(CHART, _chart(history, found, published)),
        "Totals.csv": rendered(("Date", "Views"), {"Date": days, "Views": totals["views"]}),
    }
    name = f"Content {history.first_day}_{history.last_day} {BRAND}.zip"
    return write_zip(folder / "youtube" / name, members)


def _clock(seconds: int) -> str:
    return f"{seconds // 3600}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"


def _chart(history: History, found: Posts, published: list[str]) -> dict[str, Cells]:
    """Return the views of each video on each day that has any."""
    at = {number: place for place, number in enumerate(found.words("post_id"))}
    titles, length = found.words("text"), _lengths(found)
    days = history.post_day
    mine = np.asarray([number in at for number in days.column("post_id").to_pylist()], bool)
    days = days.filter(pa.array(mine))
    where_from = [at[number] for number in days.column("post_id").to_pylist()]
    return {
        "Date": day_text(days.column("day")),
        "Content": days.column("post_id"),
        "Video title": [titles[place].split("\n")[0][:90] for place in where_from],
        "Video publish time": [published[place] for place in where_from],
        "Duration": [str(length[place]) for place in where_from],
        "Views": days.column("views"),
    }


def write_tiktok(history: History, folder: Path) -> list[Path]:
    """Write the workbook of videos and the one of days."""
    found, handle = posts(history, "tiktok"), brand(history, "tiktok")["handle"]
    figures, length = found.figures, _lengths(found)
    times = found["published_on"].to_pylist()
    rows: list[list[object]] = [list(TIKTOK)]
    for place, (number, text) in enumerate(
        zip(found.words("post_id"), found.words("text"), strict=True)
    ):
        count = {name: int(values[place]) for name, values in figures.items()}
        average = round(int(length[place]) * 0.31, 2)
        rows.append(
            [
                text,
                f"https://www.tiktok.com/@{handle}/video/{number}",
                f"{times[place]:%Y-%m-%d %H:%M:%S}",
                count["likes"],
                count["comments"],
                count["shares"],
                count["views"],
                round(count["views"] * average),
                average,
                "17.40%",
                count["saves"],
            ]
        )
    days, sums = daily(history, "tiktok")
    gone = missing(history, "tiktok", days_of(pa.array(days, pa.date32())))
    table: list[list[object]] = [list(TIKTOK_DAYS)]
    table += [_tiktok_day(day, sums, place) for place, day in enumerate(days) if not gone[place]]
    base = folder / "tiktok"
    return [
        write_workbook(base / "Content.xlsx", {"Content": rows}),
        write_workbook(base / "Overview.xlsx", {"Overview": table}),
    ]


def _tiktok_day(day: dt.date, sums: dict[str, Ints], place: int) -> list[object]:
    counts = [int(sums[name][place]) for name in ("views", "likes", "comments", "shares")]
    return [day.isoformat(), counts[0], counts[0] // 40, *counts[1:]]


def write_threads(history: History, folder: Path) -> list[Path]:
    """Write the table of Threads posts."""
    found, handle = posts(history, "threads"), brand(history, "threads")["handle"]
    figures = found.figures
    cells: dict[str, Cells] = {
        "Date": local(found["published_on"], "%Y-%m-%d %H:%M", PACIFIC),
        "Post text": found["text"],
        "Post URL": [
            f"https://www.threads.net/@{handle}/post/{number}" for number in found.words("post_id")
        ],
        "Views": figures["views"],
        "Likes": figures["likes"],
        "Replies": figures["comments"],
        "Reposts": figures["shares"],
        "Quotes": figures["shares"] // 8,
    }
    return write_filled(folder / "threads" / "threads_posts.csv", THREADS, cells)
