"""The simulated brand's files: what each platform documents, and nothing that only truth knows."""

from __future__ import annotations

import csv
import gzip
import io
import json
import re
import zipfile
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from python_calamine import CalamineWorkbook

from rapport.simulation.exports.trap_files import TRAPS
from rapport.simulation.exports.wounds import emptied
from rapport.simulation.exports.writing import write, write_traps
from rapport.simulation.history import History
from simulation.small_history import made

DOCS = Path(__file__).parents[2] / "docs" / "simulation-exports.md"


@pytest.fixture(scope="module")
def history() -> History:
    return made(people=300, months=9)


@pytest.fixture(scope="module")
def exports(history: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    write(history, folder)
    return folder


def _only(folder: Path, pattern: str) -> Path:
    (path,) = folder.glob(pattern)
    return path


def _rows(
    path: Path, encoding: str = "utf-8", delimiter: str = ",", skip: int = 0
) -> list[dict[str, str]]:
    with path.open(encoding=encoding, newline="") as file:
        for _ in range(skip):
            file.readline()
        return list(csv.DictReader(file, delimiter=delimiter))


def _header(path: Path, encoding: str = "utf-8", delimiter: str = ",", skip: int = 0) -> str:
    lines = path.read_text(encoding=encoding).split("\n")[skip]
    return " | ".join(next(csv.reader([lines.strip("\r")], delimiter=delimiter)))


def _cents(text: str) -> int:
    return int(Decimal(text.replace("\xa0", "").replace(",", ".")) * 100)


def _sum(table: pa.Table, column: str) -> int:
    return pc.sum(table.column(column)).as_py() or 0


def _network(history: History, name: str) -> pa.Table:
    posts = history.post.filter(pc.equal(history.post["network"], name))
    mine = pc.is_in(history.post_day["post_id"], value_set=posts["post_id"].combine_chunks())
    known = history.post_day.filter(mine)
    return known.filter(pc.less_equal(known["day"], pa.scalar(history.last_day)))


# --- documented headers -------------------------------------------------------------------------

HEADERS = {
    "meta/[A-Z][a-z][a-z]-*.csv": (
        "utf-8-sig",
        ",",
        0,
        "Post ID | Page ID | Page name | Title | Description | Duration (sec) | Publish time |"
        " Caption type | Permalink | Is crosspost | Is share | Post type | Languages |"
        " Custom labels | Funded content status | Data comment | Date | Views | Reach |"
        " Reactions, Comments and Shares | Reactions | Comments | Shares | Total clicks |"
        " Matched Audience Targeting Consumption (Photo Click) | Other Clicks | Link Clicks |"
        " Matched Audience Targeting Consumption (Video Click) |"
        " Negative feedback from users: Hide all | Seconds viewed | Average Seconds viewed |"
        " Estimated earnings (USD) | Ad CPM (USD) | Ad impressions",
    ),
    "x/account_analytics_content_*.csv": (
        "utf-8-sig",
        ",",
        0,
        "Post id | Date | Post text | Post Link | Impressions | Likes | Engagements | Bookmarks |"
        " Shares | New follows | Replies | Reposts | Profile visits | Detail Expands |"
        " URL Clicks | Hashtag Clicks | Permalink Clicks",
    ),
    "x/account_overview_*.csv": (
        "utf-8-sig",
        ",",
        0,
        "Date | Impressions | Likes | Engagements | Bookmarks | Shares | New follows | Unfollows |"
        " Replies | Reposts | Profile visits | Create Post | Video views | Media views",
    ),
    "meta/Facebook_follows.csv": ("utf-16", ",", 2, "Date | Primary"),
    "crm/hubspot*deals*.csv": (
        "utf-8",
        ",",
        0,
        "Record ID | Deal Name | Deal Stage | Close Date | Create Date | Deal owner | Amount |"
        " Currency | Pipeline | Original Traffic Source | Associated Contact IDs |"
        " Associated Contact | Associated Company",
    ),
    "linkedin/Connections.csv": (
        "utf-8",
        ",",
        3,
        "First Name | Last Name | URL | Email Address | Company | Position | Connected On",
    ),
    "listening/meltwater_*.csv": (
        "utf-16",
        "\t",
        0,
        "Date | Headline | URL | Opening Text | Hit Sentence | Source | Influencer | Country |"
        " Subregion | Language | Reach | Desktop Reach | Mobile Reach | Twitter Social Echo |"
        " Facebook Social Echo | Reddit Social Echo | National Viewership | Engagement | AVE |"
        " Sentiment | Key Phrases | Input Name | Keywords | Twitter Authority | Tweet Id |"
        " Twitter Id | Twitter Client | Twitter Screen Name | User Profile Url | Twitter Bio |"
        " Twitter Followers | Twitter Following | Alternate Date Format | Time | State | City |"
        " Document Tags",
    ),
    "service/chatwoot_csat_report.csv": (
        "utf-8",
        ",",
        2,
        "Contact Name | Contact Email Address | Contact Phone Number | Link to the conversation |"
        " Agent Name | Rating | Feedback Comment | Recorded date | Review Notes",
    ),
    "mastodon/following_accounts.csv": (
        "utf-8",
        ",",
        0,
        "Account address | Show boosts | Notify on new posts | Languages",
    ),
    "service/support_tweets.csv": (
        "utf-8",
        ",",
        0,
        "tweet_id | author_id | inbound | created_at | text | response_tweet_id |"
        " in_response_to_tweet_id",
    ),
}


@pytest.mark.parametrize("pattern", HEADERS)
def test_headers_are_those_that_platforms_document(exports: Path, pattern: str) -> None:
    encoding, delimiter, skip, wanted = HEADERS[pattern]
    paths = sorted(exports.glob(pattern))
    assert paths
    for path in paths:
        assert _header(path, encoding, delimiter, skip) == wanted


LONG = {
    "shopify/orders_export_1.csv": (
        "utf-8",
        0,
        "Name | Email | Financial Status",
        "Lineitem price",
    ),
    "service/zendesk_*.csv": (
        "utf-8",
        0,
        "Summation column | Id | Requester",
        "Requester wait time in minutes within business hours",
    ),
    "surveys/Relationship*.csv": (
        "utf-8",
        0,
        "StartDate | EndDate | Status",
        "UserLanguage | Q1 | Q2",
    ),
    "listening/brandwatch*.csv": (
        "utf-8",
        6,
        "Query Id | Query Name | Date",
        "Bluesky Author Id",
    ),
    "ads/Campaign report.csv": (
        "utf-8",
        2,
        "Day | Campaign | Campaign type",
        "Impr. | Clicks | Cost | Conversions",
    ),
    "ads/linkedin*.csv": ("utf-16", 5, "Start Date (in UTC)", "Total Spent"),
}


@pytest.mark.parametrize("pattern", LONG)
def test_long_headers_begin_and_hold_what_is_documented(exports: Path, pattern: str) -> None:
    encoding, skip, begins, holds = LONG[pattern]
    delimiter = "\t" if encoding == "utf-16" else ","
    header = _header(_only(exports, pattern), encoding, delimiter, skip)
    assert header.startswith(begins)
    assert holds in header


def test_every_file_is_listed_in_the_documentation(
    history: History, tmp_path: Path, exports: Path
) -> None:
    listed = re.findall(r"^\| `([^`]+)` \|", DOCS.read_text(encoding="utf-8"), re.MULTILINE)
    patterns = [re.sub(r"Mmm-DD-YYYY|YYYY-MM|YYYYMM", "*", name) for name in listed]
    files = [path.relative_to(exports) for path in exports.rglob("*.*")]
    assert [str(file) for file in files if not any(file.match(p) for p in patterns)] == []
    unused = [p for p in patterns if "/" in p and not any(file.match(p) for file in files)]
    assert unused == []
    assert set(TRAPS) <= set(listed)


# --- the same bytes, and no truth ---------------------------------------------------------------


def _content(paths: list[Path], folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in paths}


def test_one_history_makes_the_same_paths_and_bytes(history: History, tmp_path: Path) -> None:
    told: list[str] = []
    first = write(history, tmp_path / "a", tell=told.append)
    second = write(history, tmp_path / "b")
    one, other = _content(first, tmp_path / "a"), _content(second, tmp_path / "b")
    assert list(one) == list(other)
    assert one == other
    assert "Shopify" in told
    assert len(told) == len(set(told))


def _renumbered(table: pa.Table) -> pa.Table:
    for name in ("person_id", "referred_by", "referrer", "referred"):
        if name in table.column_names and pa.types.is_integer(table[name].type):
            column = pc.subtract(7_654_321, table[name])
            table = table.set_column(table.column_names.index(name), name, column)
    return table


_TRUTH = {
    "order": {"cause": "friend", "needs": "x", "margin": -1},
    "message": {"kind": "other", "topic": "x", "sentiment": "x", "is_irony": True, "cause": "x"},
    "mention": {"true_sentiment": "positive"},
    "heard": {"cause": "x"},
    "lead": {"cause": "x"},
    "person": {"level": "engaged", "true_effect": 99, "affinity": 0.0, "speaks": "critic"},
}  # fmt: skip


def test_nothing_that_only_truth_knows_reaches_a_file(history: History, tmp_path: Path) -> None:
    tables = {name: _renumbered(table) for name, table in history.tables().items()}
    for name, columns in _TRUTH.items():
        for column, value in columns.items():
            place = tables[name].column_names.index(column)
            kind = tables[name].schema.field(column)
            same = pa.repeat(pa.scalar(value, kind.type), tables[name].num_rows)
            tables[name] = tables[name].set_column(place, kind, same)
    blind = replace(history, **tables)
    one = _content(write(history, tmp_path / "a"), tmp_path / "a")
    other = _content(write(blind, tmp_path / "b"), tmp_path / "b")
    assert [name for name in one if one[name] != other[name]] == []


def test_an_empty_history_is_written_without_a_crash(history: History, tmp_path: Path) -> None:
    tables = {name: table.slice(0, 0) for name, table in history.tables().items()}
    paths = write(replace(history, **tables), tmp_path)
    assert all(path.stat().st_size for path in paths)


# --- totals -------------------------------------------------------------------------------------


def test_shopify_has_every_order_of_the_web_shop_and_its_lines(
    history: History, exports: Path
) -> None:
    rows = _rows(exports / "shopify" / "orders_export_1.csv")
    orders = history.order.filter(pc.equal(history.order["channel"], "shop"))
    lines = pc.is_in(history.order_line["order_id"], value_set=orders["order_id"].combine_chunks())
    assert len(rows) == pc.sum(lines).as_py()
    heads = [row for row in rows if row["Currency"]]
    assert len(heads) == orders.num_rows == len({row["Name"] for row in rows})
    assert sum(_cents(row["Subtotal"]) for row in heads) == _sum(orders, "subtotal") - _sum(
        orders, "discount"
    )
    assert sum(_cents(row["Refunded Amount"]) for row in heads) == _sum(orders, "refund")
    assert sum(
        _cents(row["Lineitem price"]) * int(row["Lineitem quantity"]) for row in rows
    ) == _sum(orders, "subtotal")
    assert all(not row["Email"] and not row["Total"] for row in rows if not row["Currency"])
    assert all(row["Billing Zip"].startswith("'") for row in heads)
    assert all(row["Phone"].startswith("'") for row in heads if row["Phone"])
    assert [row["Created at"][:10] for row in heads] == sorted(
        (row["Created at"][:10] for row in heads), reverse=True
    )


def test_the_tills_have_every_sale_once_but_for_the_overlap(
    history: History, exports: Path
) -> None:
    paths = sorted((exports / "stores").glob("tickets_caisse_*.csv"))
    rows = [row for path in paths for row in _rows(path, "cp1252", ";")]
    assert b"\r\n" in paths[0].read_bytes()
    unique = {(row["N° ticket"], row["Ligne"]): row for row in rows}
    assert len(rows) > len(unique), "one file in five begins early"
    sold = [row for row in unique.values() if not row["N° ticket"].startswith("R")]
    for row in sold:  # an amount that got lost is what was paid without tax
        net = _cents(row["Montant TTC"]) - _cents(row["TVA"])
        assert not row["Montant HT"] or _cents(row["Montant HT"]) == net
    orders = history.order.filter(pc.equal(history.order["channel"], "store"))
    net = _sum(orders, "subtotal") - _sum(orders, "discount")
    assert sum(_cents(row["TVA"]) for row in sold) == _sum(orders, "tax")
    assert sum(_cents(row["Montant TTC"]) for row in sold) == net + _sum(orders, "tax")
    anonymous = sum(not row["Carte fidélité"] for row in sold)
    assert anonymous > len(sold) / 2
    assert {row["Date"][-6] for row in rows} == {" "}
    back = [row for row in unique.values() if row["N° ticket"].startswith("R")]
    assert back
    assert all(_cents(row["Montant TTC"]) < 0 for row in back)


def test_late_tickets_stand_in_the_next_months_file(history: History, exports: Path) -> None:
    late = history.gap.filter(pc.equal(history.gap["kind"], "late")).to_pylist()[0]
    assert (late["system"], late["first_day"].isoformat()) == ("pos:LIL1", "2024-01-29")
    days = {f"{day}/01/2024" for day in (29, 30, 31)}

    def tickets(month: str) -> set[str]:
        rows = _rows(exports / "stores" / f"tickets_caisse_{month}.csv", "cp1252", ";")
        return {row["Date"][:10] for row in rows if row["Magasin"] == "LIL1"}

    assert not tickets("2024-01") & days
    assert tickets("2024-02") & days


def test_meta_figures_add_up_and_the_lost_days_of_instagram_are_lost(
    history: History, exports: Path
) -> None:
    rows = [
        row
        for path in sorted(exports.glob("meta/[A-Z][a-z][a-z]-*.csv"))
        for row in _rows(path, "utf-8-sig")
    ]
    days = _network(history, "facebook")
    assert sum(int(row["Views"]) for row in rows) == _sum(days, "views")
    assert sum(int(row["Reactions"]) for row in rows) == _sum(days, "likes")
    for row in rows:
        parts = [int(row[name]) for name in ("Reactions", "Comments", "Shares")]
        assert int(row["Reactions, Comments and Shares"]) == sum(parts)
        assert int(row["Reach"]) <= int(row["Views"])
    shown = [
        row for path in sorted(exports.glob("meta/IG_*.csv")) for row in _rows(path, "utf-8-sig")
    ]
    posts = history.post.filter(pc.equal(history.post["network"], "instagram"))
    assert len(shown) < posts.num_rows
    assert {row["Date"] for row in shown} == {"Lifetime"}
    gone = {f"02/{day:02d}/2024" for day in range(1, 13)}
    assert not [row for row in shown if row["Heure de publication"][:10] in gone]


def test_instagram_calls_views_impressions_until_april_2025(
    history: History, tmp_path: Path
) -> None:
    later = replace(history, first_day=history.first_day.replace(year=2025))
    moved = pc.add(history.post["published_on"], pa.scalar(366 * 86_400_000_000, pa.duration("us")))
    place = history.post.column_names.index("published_on")
    later = replace(
        later,
        post=history.post.set_column(
            place, "published_on", moved.cast(pa.timestamp("us", tz="UTC"))
        ),
    )
    later = replace(later, last_day=history.last_day.replace(year=2025))
    from rapport.simulation.exports.instagram import write_posts

    (before, *_), (after, *_) = (
        write_posts(history, tmp_path / "a"),
        write_posts(later, tmp_path / "b"),
    )
    assert "Impressions" in _header(before, "utf-8-sig")
    assert "Vues" in _header(after, "utf-8-sig")


def test_follower_files_leave_out_days_without_new_followers(
    history: History, exports: Path
) -> None:
    path = exports / "meta" / "Facebook_follows.csv"
    text = path.read_bytes()
    assert text.startswith(b"\xff\xfes\x00e\x00p\x00=\x00")
    rows = _rows(path, "utf-16", skip=2)
    size = history.audience.filter(pc.equal(history.audience["network"], "facebook"))
    assert sum(int(row["Primary"]) for row in rows) == _sum(size, "gained")
    assert 0 < len(rows) < size.num_rows
    assert all(int(row["Primary"]) > 0 for row in rows)


def test_x_repeats_two_days_and_one_file_has_rounded_ids(history: History, exports: Path) -> None:
    paths = sorted(exports.glob("x/account_analytics_content_*.csv"))
    files = [_rows(path, "utf-8-sig") for path in paths]
    assert [len(path.stem.split("_")) for path in paths] == [5] * len(paths)
    ids = {row["Post Link"].rsplit("/", 1)[1] for rows in files for row in rows}
    posts = history.post.filter(pc.equal(history.post["network"], "x"))
    assert ids == set(posts["post_id"].to_pylist())
    assert all("E+18" in row["Post id"] for row in files[1])
    assert not any("E+" in row["Post id"] for row in files[0])
    unique = {row["Post Link"]: row for rows in files for row in rows}.values()
    days = _network(history, "x")
    assert sum(int(row["Impressions"].replace(",", "")) for row in unique) == _sum(days, "views")
    overview = _rows(_only(exports, "x/account_overview_*.csv"), "utf-8-sig")
    assert re.fullmatch(r"[A-Z][a-z]{2}, [A-Z][a-z]{2} \d{1,2}, 2024", overview[3]["Date"])
    assert sum(int(row["Create Post"]) for row in overview) == posts.num_rows


def test_the_x_archive_has_no_handles_and_no_dates_of_followers(
    history: History, exports: Path
) -> None:
    with zipfile.ZipFile(_only(exports, "x/twitter-*.zip")) as archive:
        text = archive.read("data/follower.js").decode()
        tweets = archive.read("data/tweets.js").decode()
    assert text.startswith("window.YTD.follower.part0 = [")
    followers = json.loads(text.partition("= ")[2])
    assert {frozenset(one["follower"]) for one in followers} == {
        frozenset(["accountId", "userLink"])
    }
    current = history.follow.filter(
        pc.and_(
            pc.equal(history.follow["network"], "x"), pc.is_null(history.follow["unfollowed_on"])
        )
    )
    assert len(followers) == current.num_rows
    assert '"full_text"' in tweets
    assert "impressions" not in tweets


def _sheet(path: Path, name: str) -> list[list[Any]]:
    return CalamineWorkbook.from_path(path).get_sheet_by_name(name).to_python()


def test_linkedin_explains_above_the_header_and_goes_below_zero(
    history: History, exports: Path
) -> None:
    metrics = _sheet(_only(exports, "linkedin/*_content_*.xlsx"), "Metrics")
    assert metrics[0][1] == ""
    assert metrics[1][:4] == [
        "Date",
        "Impressions (organic)",
        "Impressions (sponsored)",
        "Impressions (total)",
    ]
    days = _network(history, "linkedin")
    total = metrics[1].index("Impressions (total)")
    assert sum(int(row[total]) for row in metrics[2:]) == _sum(days, "views")
    organic = metrics[1].index("Reactions (organic)")
    assert min(row[organic] for row in metrics[2:]) < 0
    book = CalamineWorkbook.from_path(_only(exports, "linkedin/*_followers_*.xlsx"))
    assert book.sheet_names == [
        "New followers",
        "Location",
        "Job function",
        "Seniority",
        "Industry",
        "Company size",
    ]
    notes = (exports / "linkedin" / "Connections.csv").read_text(encoding="utf-8")
    assert notes.startswith("Notes:\n")
    known = _rows(exports / "linkedin" / "Connections.csv", skip=3)
    assert sum(not row["Email Address"] for row in known) > len(known) / 2


def test_youtube_begins_with_a_total_and_the_days_add_up(history: History, exports: Path) -> None:
    with zipfile.ZipFile(_only(exports, "youtube/*.zip")) as archive:
        files = {name: archive.read(name).decode() for name in archive.namelist()}
    assert set(files) == {"Table data.csv", "Chart data.csv", "Totals.csv"}
    table = list(csv.DictReader(io.StringIO(files["Table data.csv"])))
    views = _sum(_network(history, "youtube"), "views")
    assert table[0]["Content"] == "Total"
    assert int(table[0]["Views"]) == views == sum(int(row["Views"]) for row in table[1:])
    chart = csv.DictReader(io.StringIO(files["Chart data.csv"]))
    assert sum(int(row["Views"]) for row in chart) == views
    assert "Thumbnail impressions" in table[0]


def test_bluesky_and_mastodon_tell_who_followed_liked_and_wrote(
    history: History, exports: Path
) -> None:
    told = [
        item
        for path in exports.glob("bluesky/listNotifications_*.json")
        for item in json.loads(path.read_text(encoding="utf-8"))["notifications"]
    ]
    reasons = [item["reason"] for item in told]
    reactions = history.reaction.filter(pc.equal(history.reaction["network"], "bluesky"))
    likes = reactions.filter(pc.equal(reactions["kind"], "like")).num_rows
    assert reasons.count("like") == likes
    assert reasons.count("repost") == reactions.num_rows - likes
    assert all(item["record"]["createdAt"].endswith("Z") for item in told)
    assert len({item["uri"] for item in told}) == len(told)
    pages = sorted(exports.glob("bluesky/getAuthorFeed_*.json"))
    feed = [v for page in pages for v in json.loads(page.read_text(encoding="utf-8"))["feed"]]
    posts = history.post.filter(pc.equal(history.post["network"], "bluesky")).num_rows
    assert sum("reply" not in view["post"]["record"] for view in feed) == posts
    outbox = json.loads((exports / "mastodon" / "outbox.json").read_text(encoding="utf-8"))
    assert outbox["type"] == "OrderedCollection"
    assert outbox["totalItems"] == len(outbox["orderedItems"])
    notes = json.loads((exports / "mastodon" / "notifications.json").read_text(encoding="utf-8"))
    assert {note["type"] for note in notes} >= {"follow", "favourite", "reblog"}


def test_ads_add_up_in_each_dialect(history: History, exports: Path) -> None:
    def cost(channel: str) -> int:
        rows = history.spend.filter(pc.equal(history.spend["channel"], channel))
        return _sum(rows, "cost")

    meta = _rows(exports / "meta" / "Maison-Alize-Campagnes-par-jour.csv", "utf-8-sig", ";")
    assert 0 < sum(_cents(row["Montant dépensé (EUR)"]) for row in meta) < cost("meta_ads")
    google = _rows(exports / "ads" / "Campaign report.csv", skip=2)
    totals = [row for row in google if row["Day"].startswith("Total:")]
    assert len(totals) == 2
    spent = [_cents(row["Cost"].replace(",", "")) for row in google]
    assert sum(spent[:-2]) == cost("google_ads") == spent[-1]
    bing = _rows(exports / "ads" / "Campaign_Performance_Report_Microsoft.csv", "utf-8-sig")
    assert sum(_cents(row["Spend"]) for row in bing) == cost("microsoft_ads")
    linkedin = _rows(exports / "ads" / "linkedin_campaign_performance.csv", "utf-16", "\t", 5)
    assert sum(_cents(row["Total Spent"]) for row in linkedin) == cost("linkedin_ads")


def test_ga4_has_every_event_of_every_visit_and_every_web_order(
    history: History, exports: Path
) -> None:
    events = [
        json.loads(line)
        for path in sorted(exports.glob("web/ga4/*.json.gz"))
        for line in gzip.decompress(path.read_bytes()).splitlines()
    ]
    assert len(events) == _sum(history.visit, "events")
    bought = [event for event in events if event["event_name"] == "purchase"]
    orders = history.order.filter(pc.equal(history.order["channel"], "shop"))
    assert {e["ecommerce"]["transaction_id"] for e in bought} == set(orders["order_id"].to_pylist())
    revenue = sum(round(100 * e["ecommerce"]["purchase_revenue"]) for e in bought)
    assert revenue == _sum(orders, "subtotal") - _sum(orders, "discount")
    sessions = {
        (e["user_pseudo_id"], p["value"]["int_value"])
        for e in events
        for p in e["event_params"]
        if p["key"] == "ga_session_id"
    }
    assert len(sessions) == history.visit.num_rows
    sources = [e for e in events if "collected_traffic_source" in e]
    assert {e["collected_traffic_source"].get("manual_source") for e in sources} >= {"instagram"}
    quoted = [e for e in events if 'c="x"' in json.dumps(e, ensure_ascii=False).replace('\\"', '"')]
    assert quoted, "a quote in a path stays a quote"


def test_service_files_have_every_request_and_the_bot_counts_as_a_reply(
    history: History, exports: Path
) -> None:
    tickets = history.ticket
    zendesk = tickets.filter(pc.equal(tickets["system"], "zendesk"))
    rows = _rows(_only(exports, "service/zendesk_*.csv"))
    newest = json.loads((exports / "service" / "zendesk_incremental_tickets.json").read_bytes())
    people = json.loads((exports / "service" / "zendesk_incremental_users.json").read_bytes())
    assert len(rows) + newest["count"] == zendesk.num_rows
    assert not {row["Id"] for row in rows} & {str(one["id"]) for one in newest["tickets"]}
    known = {user["id"] for user in people["users"]}
    assert {one["requester_id"] for one in newest["tickets"]} - {None} <= known
    assert all(one["description"] for one in newest["tickets"])
    assert {row["Satisfaction Score"] for row in rows} <= {"Good", "Bad", "Offered", "Not Offered"}
    quick = [
        row
        for row in rows
        if row["First reply time in minutes"] == "0"
        and row["Requester wait time in minutes"] not in ("", "0")
    ]
    assert quick, "where a bot answered, the first reply looks quick and the person waited"
    calls = _rows(exports / "service" / "journal_appels.csv", "cp1252", ";")
    assert len(calls) == tickets.filter(pc.equal(tickets["system"], "callcentre")).num_rows
    csat = _rows(exports / "service" / "chatwoot_csat_report.csv", skip=2)
    chats = tickets.filter(pc.equal(tickets["system"], "chatwoot"))
    assert len(csat) == chats.num_rows - chats["rating"].null_count
    talks = json.loads((exports / "service" / "chatwoot_conversations.json").read_bytes())
    talks = talks["data"]["payload"]
    assert len(talks) == chats.num_rows
    answered = chats.num_rows - chats["first_answer_on"].null_count
    assert sum(talk["first_reply_created_at"] > 0 for talk in talks) == answered


def test_qualtrics_has_three_header_rows_and_every_answer(history: History, exports: Path) -> None:
    path = exports / "surveys" / "Relationship survey_qualtrics.csv"
    rows = _rows(path)
    assert json.loads(rows[1]["Q3"]) == {"ImportId": "QID3"}
    answers = history.answer.filter(pc.equal(history.answer["instrument"], "relationship"))
    recommend = answers.filter(pc.equal(answers["item"], "recommend"))
    assert len(rows) - 2 == recommend.num_rows
    assert sum(int(row["Q3"]) for row in rows[2:]) == _sum(recommend, "score")
    store = _rows(exports / "surveys" / "enquete_magasins.csv", "utf-8-sig", ";")
    assert (
        len(store)
        == history.answer.filter(
            pc.and_(
                pc.equal(history.answer["instrument"], "store"),
                pc.equal(history.answer["item"], "recommend"),
            )
        ).num_rows
    )


def test_people_are_written_as_each_system_writes_them(history: History, exports: Path) -> None:
    customers = _rows(exports / "shopify" / "customers_export.csv")
    known = history.profile.filter(pc.equal(history.profile["system"], "shopify"))
    assert [row["Email"] for row in customers] == [e or "" for e in known["email"].to_pylist()]
    contacts = _rows(_only(exports, "crm/hubspot*contacts*.csv"))
    cards = history.profile.filter(pc.equal(history.profile["system"], "hubspot"))
    assert [row["ID de fiche d'informations"] for row in contacts] == cards["card_id"].to_pylist()


def test_offline_files_hold_every_row(history: History, exports: Path) -> None:
    folder = exports / "offline"
    assert len(_rows(folder / "referral_codes.csv")) == history.referral.num_rows
    assert len(_rows(folder / "how_did_you_hear.csv")) == history.heard.num_rows
    given = {(row["network"], row["handle"]) for row in _rows(folder / "points_for_following.csv")}
    accounts = history.account.select(["network", "handle"]).to_pylist()
    assert given
    assert given <= {(row["network"], row["handle"]) for row in accounts}
    prices = _rows(folder / "competitor_prices.csv", "cp1252", ";")
    assert len(prices) == history.competitor_price.num_rows
    tv = _rows(folder / "tv_plan.csv", "cp1252", ";")
    spend = history.spend.filter(pc.equal(history.spend["channel"], "tv"))
    assert sum(_cents(row["Coût HT"]) for row in tv) == _sum(spend, "cost")
    costs = _rows(folder / "costs.csv")
    spend = history.spend.filter(pc.equal(history.spend["channel"], "email"))
    assert sum(_cents(row["cost"]) for row in costs) == _sum(spend, "cost")
    assert len(_rows(folder / "influencers.csv")) == history.approach.num_rows
    days = _rows(folder / "holidays.csv")
    assert [row["name"] for row in days] == ["Jour de l'an"]
    places = ("store_visits.csv", "events.csv", "sales_calls.csv")
    assert (
        sum(len(_rows(folder / name, "cp1252", ";")) for name in places) == history.contact.num_rows
    )


def test_few_cells_are_lost_and_always_the_same(history: History) -> None:
    cells = pa.array(["x"] * 20_000)
    once, again = (emptied(history, "a", cells, 0.01) for _ in range(2))
    assert once.equals(again)
    assert 100 < once.to_pylist().count("") < 300
    assert not emptied(history, "b", cells, 0.01).equals(once)
    assert emptied(history, "b", cells, 1.0, "Masqué").unique().to_pylist() == ["Masqué"]


def test_traps_are_written_apart_from_the_exports(history: History, tmp_path: Path) -> None:
    paths = write_traps(history, tmp_path)
    assert [path.name for path in paths] == list(TRAPS)
    daily = _rows(tmp_path / "01_facebook_daily_breakdown.csv", "utf-8-sig")
    assert "Views" not in daily[0]
    assert len({row["Post ID"] for row in daily}) / len(daily) < 0.5
    german = (tmp_path / "02_facebook_page_german.csv").read_text(encoding="utf-8-sig")
    assert re.search(r";\d\.\d{3}", german)
    assert _header(tmp_path / "06_x_video_overview.csv", "utf-8-sig", skip=1).startswith(
        "Date | Views"
    )
