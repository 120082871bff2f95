"""LinkedIn: the page's workbooks (content, followers, visitors) and a member's connections."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa

from rapport.simulation.exports.cells import ints
from rapport.simulation.exports.delimited import Dialect, names, write_filled
from rapport.simulation.exports.packing import write_workbook
from rapport.simulation.exports.posts import audience, daily, posts
from rapport.simulation.exports.view import days_of, missing, rng, where
from rapport.simulation.history import BRAND, History

_KINDS = ("Clicks", "Reactions", "Comments", "Reposts")
_PARTS = ("organic", "sponsored", "total")
METRICS = (
    "Date",
    *(f"Impressions ({part})" for part in _PARTS),
    "Unique impressions (organic)",
    *(f"{kind} ({part})" for kind in _KINDS for part in _PARTS),
    *(f"Engagement rate ({part})" for part in _PARTS),
)
ALL_POSTS = names(
    "Post title, Post link, Post type, Campaign name, Posted by, Created date",
    "Campaign start date, Campaign end date, Audience, Impressions, Views, Offsite Views, Clicks",
    "Click through rate (CTR), Likes, Comments, Reposts, Follows, Engagement rate, Content Type",
)
NEW_FOLLOWERS = names(
    "Date, Sponsored followers, Organic followers, Auto-invited followers, Total followers"
)
_PAGES = ("Overview", "Life", "Jobs", "Total")
VISITORS = (
    "Date",
    *(
        f"{page} {count} ({device})"
        for page in _PAGES
        for count in ("page views", "unique visitors")
        for device in ("desktop", "mobile", "total")
    ),
)
CONNECTIONS = names("First Name, Last Name, URL, Email Address, Company, Position, Connected On")
_MEANING = (
    "Metrics are in UTC. Organic figures may fall below zero when people take a reaction back."
)
_GROUPS = {
    "Location": ("Greater Paris", "Lille", "London", "Manchester", "Lyon"),
    "Job function": ("Marketing", "Sales", "Human Resources", "Operations", "Purchasing"),
    "Seniority": ("Entry", "Senior", "Manager", "Director", "CXO"),
    "Industry": ("Retail", "Food and Beverage Services", "Hospitality", "Advertising Services"),
    "Company size": ("1", "2-10", "11-50", "51-200", "201-500", "501-1000"),
}
_JOBS = ("Acheteuse", "HR Manager", "Office Manager", "Directeur commercial", "Event planner")
_BOOST = 0.35
"""Share of a day's figures that is paid for, on days with paid posts out."""


def _date(day: dt.date) -> str:
    return f"{day:%m/%d/%Y}"


def write_content(history: History, folder: Path) -> Path:
    """Write the content workbook: a row of explanation stands above the header of each sheet."""
    name = f"{BRAND.lower().replace(' ', '-').replace('é', 'e')}_content_{history.last_day}.xlsx"
    sheets = {"Metrics": _metrics(history), "All posts": _all_posts(history)}
    return write_workbook(folder / "linkedin" / name, sheets)


def _metrics(history: History) -> list[list[object]]:
    days, sums = daily(history, "linkedin")
    gone = missing(history, "linkedin", days_of(pa.array(days, pa.date32())))
    taken_back = rng(history, "linkedin taken back").random(len(days)) < 0.03
    rows: list[list[object]] = [[_MEANING], list(METRICS)]
    for number, day in enumerate(days):
        if gone[number]:
            continue
        views = int(sums["views"][number])
        counts = [int(sums[m][number]) for m in ("clicks", "likes", "comments", "shares")]
        paid = [round(count * _BOOST) for count in (views, *counts)]
        free = [count - part for count, part in zip((views, *counts), paid, strict=True)]
        if taken_back[number]:  # more people took a like back than gave one
            paid[2], free[2] = counts[1] + 1, -1
        row: list[object] = [_date(day), free[0], paid[0], views, round(free[0] * 0.78)]
        for place, count in enumerate(counts, start=1):
            row += [free[place], paid[place], count]
        row += [
            _rate(sum(free[1:]), free[0]),
            _rate(sum(paid[1:]), paid[0]),
            _rate(sum(counts), views),
        ]
        rows.append(row)
    return rows


def _rate(part: int, whole: int) -> float:
    return round(part / whole, 6) if whole else 0


def _all_posts(history: History) -> list[list[object]]:
    found = posts(history, "linkedin")
    rows: list[list[object]] = [[f"All posts of {BRAND}, newest first."], list(ALL_POSTS)]
    table = found.rows.to_pylist()
    for place in range(len(table) - 1, -1, -1):
        post, count = table[place], {k: int(v[place]) for k, v in found.figures.items()}
        video = post["format"] in ("video", "reel")
        engaged = count["clicks"] + count["likes"] + count["comments"] + count["shares"]
        boosted = post["campaign"] if post["paid"] else ""
        rows.append(
            [
                post["text"],
                f"https://www.linkedin.com/feed/update/{_urn(post['post_id'])}",
                "Sponsored" if post["paid"] else "Organic",
                boosted,
                "Inès Caron",
                _date(post["published_on"].date()),
                "",
                "",
                "All followers",
                count["views"],
                count["views"] // 3 if video else "",
                "",
                count["clicks"],
                _rate(count["clicks"], count["views"]),
                count["likes"],
                count["comments"],
                count["shares"],
                count["follows"],
                _rate(engaged, count["views"]),
                "Video" if video else "",
            ]
        )
    return rows


def _urn(number: str) -> str:
    return number if number.startswith("urn:") else f"urn:li:activity:{number}"


def write_followers(history: History, folder: Path) -> Path:
    """Write the followers workbook: new ones a day, and who they are in five cuts."""
    size = audience(history, "linkedin")
    days, gained = size.column("day").to_pylist(), ints(size.column("gained")).tolist()
    new: list[list[object]] = [list(NEW_FOLLOWERS)]
    for day, count in zip(days, gained, strict=True):
        paid, asked = count // 6, count // 9
        new.append([_date(day), paid, count - paid - asked, asked, count])
    total = int(ints(size.column("followers"))[-1]) if size.num_rows else 0
    sheets = {"New followers": new}
    for name, groups in _GROUPS.items():
        share = rng(history, f"linkedin {name}").dirichlet(np.full(len(groups), 4.0))
        counts = np.floor(share * total).astype(int).tolist()
        sheets[name] = [
            [name, "Total followers"],
            *([g, c] for g, c in zip(groups, counts, strict=True)),
        ]
    path = folder / "linkedin" / f"maison-alize_followers_{history.last_day}.xlsx"
    return write_workbook(path, sheets)


def write_visitors(history: History, folder: Path) -> Path:
    """Write the visitors workbook: page views and visitors of each day."""
    days, sums = daily(history, "linkedin")
    rows: list[list[object]] = [list(VISITORS)]
    for day, views in zip(days, sums["views"].tolist(), strict=True):
        overview, jobs = 4 + views // 90, 1 + views // 900
        row: list[object] = [_date(day)]
        for count in (overview, 0, jobs, overview + jobs):
            for figure in (count, count * 7 // 10):
                desktop = figure * 6 // 10
                row += [desktop, figure - desktop, figure]
        rows.append(row)
    path = folder / "linkedin" / f"maison-alize_visitors_{history.last_day}.xlsx"
    return write_workbook(path, {"Visitor metrics": rows})


def write_connections(history: History, folder: Path) -> list[Path]:
    """Write a seller's own connections: three lines of notes above the header, few addresses."""
    known = where(history.profile, system="linkedin").sort_by([("created_on", "descending")])
    shown = rng(history, "linkedin addresses").random(known.num_rows) < 0.12
    job = rng(history, "linkedin jobs").integers(0, len(_JOBS), known.num_rows)
    email = [
        address if show else None
        for address, show in zip(known.column("email").to_pylist(), shown, strict=True)
    ]
    cells = {
        "First Name": known.column("first_name"),
        "Last Name": known.column("last_name"),
        "URL": [
            f"https://www.linkedin.com/in/{card}" for card in known.column("card_id").to_pylist()
        ],
        "Email Address": pa.array(email, pa.string()),
        "Position": pa.array([_JOBS[place] for place in job], pa.string()),
        "Connected On": [f"{day:%d %b %Y}" for day in known.column("created_on").to_pylist()],
    }
    notes = (
        "Notes:\n"
        '"When exporting your connection data, you may notice that some of the email addresses are'
        " missing. You will only see email addresses for connections who have allowed their"
        ' connections to see or download their email address."\n\n'
    )
    return write_filled(
        folder / "linkedin" / "Connections.csv", CONNECTIONS, cells, Dialect(preamble=notes)
    )
