"""Meta Business Suite: Facebook posts a half-year, and the page's new followers."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import ints, local
from rapport.simulation.exports.delimited import (
    Cells,
    Dialect,
    names,
    write_rows,
)
from rapport.simulation.exports.posts import Period, Posts, audience, brand, by_half_year, posts
from rapport.simulation.history import BRAND, History

PACIFIC = "America/Los_Angeles"
POSTS = (
    *names(
        "Post ID, Page ID, Page name, Title, Description, Duration (sec), Publish time",
        "Caption type, Permalink, Is crosspost, Is share, Post type, Languages, Custom labels",
        "Funded content status, Data comment, Date, Views, Reach",
    ),
    "Reactions, Comments and Shares",
    *names(
        "Reactions, Comments, Shares, Total clicks",
        "Matched Audience Targeting Consumption (Photo Click), Other Clicks, Link Clicks",
        "Matched Audience Targeting Consumption (Video Click)",
        "Negative feedback from users: Hide all, Seconds viewed, Average Seconds viewed",
        "Estimated earnings (USD), Ad CPM (USD), Ad impressions",
    ),
)
META = Dialect(encoding="utf-8-sig", quotes="all")
FOLLOWERS = Dialect(
    encoding="utf-16-le", quotes="all", line_end="\r\n", preamble='sep=,\r\n"{title}"\r\n'
)
_TYPES = {
    "photo": "Photos",
    "carousel": "Photos",
    "video": "Videos",
    "reel": "Reels",
    "link": "Links",
    "story": "Stories",
    "text": "Text",
}
_SECONDS = {"video": 48, "reel": 21}


def file_name(period: Period, account: str) -> str:
    """Return how Meta names the file of a period."""
    return f"{period.first:%b-%d-%Y}_{period.last:%b-%d-%Y}_{account[-10:]}.csv"


def write_posts(history: History, folder: Path) -> list[Path]:
    """Write the page's posts, a file for each half-year, with what they came to since."""
    page = brand(history, "facebook")
    return [
        write_rows(
            folder / "meta" / file_name(period, page["account_id"]),
            POSTS,
            per_post(found, page["account_id"]),
            META,
        )
        for period, found in by_half_year(
            history, "facebook", posts(history, "facebook"), zone=PACIFIC
        )
        if found.rows.num_rows
    ]


def per_post(found: Posts, page: str) -> dict[str, Cells]:
    """Return the columns of the per-post file."""
    figures, kinds = found.figures, found.words("format")
    seconds = np.asarray([_SECONDS.get(kind, 0) for kind in kinds])
    watched = figures["views"] * seconds * 3 // 10
    paid = np.asarray(found["paid"].to_pylist(), bool)
    clicks = figures["clicks"]
    ids = pc.replace_substring_regex(found["post_id"], "^.*_", "")  # the page stands before it
    return {
        "Post ID": ids,
        "Page ID": page,
        "Page name": BRAND,
        "Title": [text.split("\n")[0][:60] for text in found.words("text")],
        "Description": found["text"],
        "Duration (sec)": seconds,
        "Publish time": local(found["published_on"], "%m/%d/%Y %H:%M", PACIFIC),
        "Permalink": pc.binary_join_element_wise(
            f"https://www.facebook.com/{page}/posts/", ids, ""
        ),
        "Is crosspost": "0",
        "Is share": "0",
        "Post type": [_TYPES[kind] for kind in kinds],
        "Date": "Lifetime",
        "Views": figures["views"],
        "Reach": figures["reach"],
        "Reactions, Comments and Shares": sum_of(figures, "likes", "comments", "shares"),
        "Reactions": figures["likes"],
        "Comments": figures["comments"],
        "Shares": figures["shares"],
        "Total clicks": clicks + figures["likes"] // 4,
        "Other Clicks": figures["likes"] // 4,
        "Link Clicks": clicks,
        "Negative feedback from users: Hide all": figures["views"] // 20_000,
        "Seconds viewed": watched,
        "Average Seconds viewed": watched // np.maximum(figures["views"], 1),
        "Ad impressions": pa.array(figures["views"] * 6 // 10, mask=~paid),
    }


def sum_of(figures: dict[str, np.ndarray], *metrics: str) -> np.ndarray:
    """Return the sum of some figures of each post."""
    return np.asarray(sum(figures[name] for name in metrics))


def write_followers(history: History, folder: Path) -> list[Path]:
    """Write the new followers a day of both Meta networks; days without any are not in the file."""
    paths = []
    for network, title in (("facebook", "Facebook follows"), ("instagram", "Instagram follows")):
        rows = audience(history, network)
        rows = rows.filter(pc.greater(rows.column("gained"), 0))
        if not rows.num_rows:
            continue
        day = local(
            pc.cast(rows.column("day"), pa.timestamp("s")).cast(pa.timestamp("s", tz="UTC")),
            "%Y-%m-%dT00:00:00",
        )
        dialect = Dialect(
            encoding=FOLLOWERS.encoding,
            quotes=FOLLOWERS.quotes,
            line_end=FOLLOWERS.line_end,
            preamble=FOLLOWERS.preamble.format(title=title),
        )
        cells: dict[str, Cells] = {"Date": day, "Primary": ints(rows.column("gained"))}
        path = folder / "meta" / f"{title.replace(' ', '_')}.csv"
        paths.append(write_rows(path, ("Date", "Primary"), cells, dialect))
    return paths
