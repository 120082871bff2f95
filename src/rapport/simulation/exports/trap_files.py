"""Files that platforms do export and that would load and be wrong, for readers to be held to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports import facebook, instagram, service, x
from rapport.simulation.exports.cells import day_text, grouped, ints, local, money
from rapport.simulation.exports.delimited import (
    PLAIN,
    WITH_MARK,
    Cells,
    Dialect,
    names,
    rendered,
    write_rows,
)
from rapport.simulation.exports.packing import json_bytes, write_bytes, write_workbook, write_zip
from rapport.simulation.exports.posts import brand, daily, posts
from rapport.simulation.exports.view import where
from rapport.simulation.history import CURRENCY, ZONE, History

_SWEDISH = {
    "Publicerings-id": "Post ID",
    "Sid-id": "Page ID",
    "Sidnamn": "Page name",
    "Titel": "Title",
    "Beskrivning": "Description",
    "Publiceringstid": "Publish time",
    "Permalänk": "Permalink",
    "Inläggstyp": "Post type",
    "Datum": "Date",
    "Visningar": "Views",
    "Räckvidd": "Reach",
    "Reaktioner, kommentarer och delningar": "Reactions, Comments and Shares",
    "Reaktioner": "Reactions",
    "Kommentarer": "Comments",
    "Delningar": "Shares",
    "Totalt antal klick": "Total clicks",
    "Länkklick": "Link Clicks",
}
_META_PERIOD = (
    *names("Reporting starts, Reporting ends, Campaign name, Campaign delivery"),
    *names("Attribution setting, Results, Result indicator, Reach, Frequency, Cost per results"),
    f"Amount spent ({CURRENCY})",
    *names("Impressions"),
    f"CPM (cost per 1,000 impressions) ({CURRENCY})",
    *names("Link clicks, Clicks (all)"),
)
_VIDEO = names(
    "Date, Views, Watch Time (ms), Completion Rate, Average Watch Time (ms), Estimated Revenue"
)
_CLASSIC = names(
    "Tweet id, Tweet permalink, Tweet text, time, impressions, engagements, engagement rate",
    "retweets, replies, likes, user profile clicks, url clicks, hashtag clicks, detail expands",
    "permalink clicks, app opens, app installs, follows, email tweet, dial phone, media views",
    "media engagements",
)
_YOUTUBE_LONG = names(
    "Video, Video title, Video publish time, Comments added, Shares, Dislikes, Likes",
    "Subscribers lost, Subscribers gained, Average view duration, Views, Watch time (hours)",
    "Subscribers, Impressions, Impressions click-through rate (%)",
)
_SHARES = (
    "Date",
    *(
        f"{kind} ({part})"
        for kind in ("Impressions", "Clicks", "Likes", "Comments", "Shares")
        for part in ("organic", "sponsored", "total")
    ),
)


def daily_breakdown(history: History, path: Path) -> Path:
    """Write the Facebook file with a row for each post and day, and without `Views`."""
    found, page = posts(history, "facebook"), brand(history, "facebook")["account_id"]
    header = tuple(name for name in facebook.POSTS if name != "Views")
    columns = facebook.per_post(found, page)
    columns.pop("Views")
    at = np.repeat(np.arange(found.rows.num_rows), 28)
    step = np.tile(np.arange(28), found.rows.num_rows)
    born = np.asarray(pc.cast(found["published_on"], pa.int64())) // 86_400_000_000
    days = pa.array((born[at] + step).astype("datetime64[D]"))
    wide: dict[str, Cells] = {
        name: cells if isinstance(cells, str) else pc.take(pa.array(cells), pa.array(at))
        for name, cells in columns.items()
    }
    wide["Date"] = day_text(days, "%m/%d/%Y")
    return write_rows(path, header, wide, facebook.META)


def swedish(history: History, path: Path) -> Path:
    """Write the Facebook posts as a Swede gets them."""
    columns = facebook.per_post(
        posts(history, "facebook"), brand(history, "facebook")["account_id"]
    )
    cells = {name: columns[known] for name, known in _SWEDISH.items()}
    return write_rows(path, tuple(_SWEDISH), cells, facebook.META)


def german_page(history: History, path: Path) -> Path:
    """Write a page's days as a German gets them: semicolons, points between thousands."""
    days, sums = daily(history, "facebook")
    rows = where(history.audience, network="facebook")
    size = dict(zip(rows.column("day").to_pylist(), ints(rows.column("followers")), strict=True))
    points = {
        "Seiten-Follower": np.asarray([size.get(day, 0) for day in days]),
        "Reichweite": sums["reach"],
    }
    cells: dict[str, Cells] = {
        name: [text.replace(",", ".") for text in grouped(values)]
        for name, values in points.items()
    }
    cells["Datum"] = day_text(pa.array(days, pa.date32()), "%d.%m.%Y")
    header = ("Datum", "Seiten-Follower", "Reichweite")
    return write_rows(path, header, cells, Dialect(";", encoding="utf-8-sig"))


def meta_period_total(history: History, path: Path) -> Path:
    """Write Meta Ads for the whole period: one row a campaign, which is no daily cost."""
    rows = where(history.spend, channel="meta_ads")
    figures = ("cost", "impressions", "clicks", "conversions")
    rows = rows.group_by("campaign", use_threads=False).aggregate([(f, "sum") for f in figures])
    rows = rows.sort_by("campaign")
    cost, shown = ints(rows.column("cost_sum")), ints(rows.column("impressions_sum"))
    clicks, results = ints(rows.column("clicks_sum")), ints(rows.column("conversions_sum"))
    cells: dict[str, Cells] = {
        "Reporting starts": str(history.first_day),
        "Reporting ends": str(history.last_day),
        "Campaign name": rows.column("campaign"),
        "Campaign delivery": "active",
        "Attribution setting": "7-day click or 1-day view",
        "Results": results,
        "Result indicator": "actions:offsite_conversion.fb_pixel_purchase",
        "Reach": shown * 3 // 10,
        "Cost per results": money(cost // np.maximum(results, 1)),
        f"Amount spent ({CURRENCY})": money(cost),
        "Impressions": shown,
        f"CPM (cost per 1,000 impressions) ({CURRENCY})": money(
            cost * 1000 // np.maximum(shown, 1)
        ),
        "Link clicks": clicks,
        "Clicks (all)": clicks + clicks // 5,
    }
    return write_rows(path, _META_PERIOD, cells, Dialect(encoding="utf-8-sig", quotes="all"))


def video_overview(history: History, path: Path) -> Path:
    """Write X's video overview: a title stands above the header."""
    days, sums = daily(history, "x")
    views = sums["views"] // 9
    cells: dict[str, Cells] = {
        "Date": day_text(pa.array(days, pa.date32()), "%a, %b %e, %Y"),
        "Views": grouped(views),
        "Watch Time (ms)": grouped(views * 4200),
        "Completion Rate": "0.31",
        "Average Watch Time (ms)": "4,200",
        "Estimated Revenue": "0",
    }
    dialect = replace(WITH_MARK, preamble="Video overview,,,,,\n")
    return write_rows(path, _VIDEO, cells, dialect)


def classic_tweets(history: History, path: Path) -> Path:
    """Write the tweet activity that X gave until 2024: other names, another date."""
    found, handle = posts(history, "x"), brand(history, "x")["handle"]
    figures = found.figures
    engaged = facebook.sum_of(figures, "likes", "comments", "shares", "clicks")
    ids = found["post_id"]
    none = np.zeros(len(ids), int)
    cells: dict[str, Cells] = dict.fromkeys(_CLASSIC[15:], none) | {
        "Tweet id": ids,
        "Tweet permalink": pc.binary_join_element_wise(
            f"https://twitter.com/{handle}/status/", ids, ""
        ),
        "Tweet text": found["text"],
        "time": local(found["published_on"], "%Y-%m-%d %H:%M +0000"),
        "impressions": figures["views"],
        "engagements": engaged,
        "engagement rate": engaged / np.maximum(figures["views"], 1),
        "retweets": figures["shares"],
        "replies": figures["comments"],
        "likes": figures["likes"],
        "url clicks": figures["clicks"],
        "follows": figures["follows"],
    }
    return write_rows(path, _CLASSIC, cells, Dialect(quotes="all"))


def eaten_ids(history: History, path: Path) -> Path:
    """Write X's posts after a spreadsheet rounded all ids, without the links that would help."""
    found = posts(history, "x")
    cells: dict[str, Cells] = {
        "Post id": [x.rounded(number) for number in found.words("post_id")],
        "Date": local(found["published_on"], "%a, %b %e, %Y"),
        "Post text": found["text"],
        "Impressions": grouped(found.figures["views"]),
        "Likes": grouped(found.figures["likes"]),
    }
    return write_rows(path, x.CONTENT, cells, WITH_MARK)


def archive_followers(history: History, path: Path) -> Path:
    """Write the follower list of an X archive alone: numbers, no handle, no date."""
    rows = [
        {
            "follower": {
                "accountId": account,
                "userLink": f"https://twitter.com/intent/user?user_id={account}",
            }
        }
        for account in where(history.follow, network="x").column("account_id").to_pylist()
    ]
    return write_bytes(path, b"window.YTD.follower.part0 = " + json_bytes(rows))


def youtube_long(history: History, path: Path) -> Path:
    """Write YouTube's table of 2022: other names, `Impressions`, and the row of totals."""
    found = posts(history, "youtube")
    figures = found.figures

    def with_total(values: np.ndarray) -> list[int]:
        return [int(values.sum()), *values.tolist()]

    cells: dict[str, Cells] = {
        "Video": ["Total", *found.words("post_id")],
        "Video title": ["", *found.words("text")],
        "Video publish time": ["", *local(found["published_on"], "%b %e, %Y").to_pylist()],
        "Comments added": with_total(figures["comments"]),
        "Shares": with_total(figures["shares"]),
        "Likes": with_total(figures["likes"]),
        "Subscribers gained": with_total(figures["follows"]),
        "Subscribers": with_total(figures["follows"]),
        "Views": with_total(figures["views"]),
        "Impressions": with_total(figures["views"] * 7),
    }
    return write_zip(path, {"Table data.csv": rendered(_YOUTUBE_LONG, cells)})


def negative_likes(history: History, path: Path) -> Path:
    """Write LinkedIn's days with `Shares` for reposts and organic likes below zero."""
    days, sums = daily(history, "linkedin")
    rows: list[list[object]] = [["Metrics are in UTC."], list(_SHARES)]
    for number, day in enumerate(days):
        row: list[object] = [f"{day:%m/%d/%Y}"]
        for kind in ("views", "clicks", "likes", "comments", "shares"):
            count = int(sums[kind][number])
            organic = -1 if kind == "likes" and number % 7 == 3 else count
            row += [organic, count - organic, count]
        rows.append(row)
    return write_workbook(path, {"Metrics": rows})


def old_instagram(history: History, path: Path) -> Path:
    """Write Instagram posts as before April 2025: `Impressions`, no `Views`."""
    found = posts(history, "instagram")
    header = names(
        "Post ID, Account ID, Account username, Account name, Description, Duration (sec)",
        "Publish time, Permalink, Post type, Data comment, Date, Impressions, Reach, Likes",
        "Shares, Follows, Comments, Saves",
    )
    figures = found.figures
    cells: dict[str, Cells] = {
        "Post ID": found["post_id"],
        "Account username": brand(history, "instagram")["handle"],
        "Description": found["text"],
        "Publish time": local(found["published_on"], "%m/%d/%Y %H:%M", facebook.PACIFIC),
        "Permalink": [
            f"https://www.instagram.com/p/{instagram.shortcode(n)}/" for n in found.words("post_id")
        ],
        "Post type": "IG image",
        "Date": "Lifetime",
        "Impressions": figures["views"],
        "Reach": figures["reach"],
        "Likes": figures["likes"],
        "Shares": figures["shares"],
        "Follows": figures["follows"],
        "Comments": figures["comments"],
        "Saves": figures["saves"],
    }
    return write_rows(path, header, cells, facebook.META)


def dead_metrics(history: History, path: Path) -> Path:
    """Write a page's days with impressions that stop on the day their metric died."""
    days, sums = daily(history, "facebook")
    half = len(days) // 2
    shown = sums["views"].copy()
    shown[half:] = 0
    cells: dict[str, Cells] = {
        "date": day_text(pa.array(days, pa.date32())),
        "page_id": brand(history, "facebook")["account_id"],
        "page_impressions": shown,
        "page_post_engagements": sums["likes"] + sums["comments"] + sums["shares"],
    }
    header = ("date", "page_id", "page_impressions", "page_post_engagements")
    return write_rows(path, header, cells)


def ambiguous_zone(history: History, path: Path) -> Path:
    """Write Threads posts in the zone of whoever exported them, which the file does not say."""
    found = posts(history, "threads")
    cells: dict[str, Cells] = {
        "Published": local(found["published_on"], "%Y-%m-%d %H:%M", ZONE),
        "Caption": found["text"],
        "Post URL": [
            f"https://www.threads.net/@maison_alize/post/{n}" for n in found.words("post_id")
        ],
        "Views": found.figures["views"],
        "Likes": found.figures["likes"],
        "Replies": found.figures["comments"],
        "Reposts": found.figures["shares"],
    }
    return write_rows(path, tuple(cells), cells, PLAIN)


TRAPS: dict[str, Callable[[History, Path], Path]] = {
    "01_facebook_daily_breakdown.csv": daily_breakdown,
    "02_facebook_swedish.csv": swedish,
    "02_facebook_page_german.csv": german_page,
    "04_instagram_lifetime_impressions.csv": old_instagram,
    "05_x_rounded_ids_no_links.csv": eaten_ids,
    "06_x_classic_tweets.csv": classic_tweets,
    "06_x_video_overview.csv": video_overview,
    "07_youtube_total_row.zip": youtube_long,
    "08_linkedin_negative_likes.xlsx": negative_likes,
    "13_x_archive_follower.js": archive_followers,
    "14_meta_ads_period_total.csv": meta_period_total,
    "15_threads_zone_unsaid.csv": ambiguous_zone,
    "16_facebook_dead_metric.csv": dead_metrics,
    "00_chatwoot_averages.csv": service.write_averages,
}
"""What is written for each trap: the number is that of the list of traps, 00 for one beside it."""
