"""What the simulated brand's systems export, the sources read back: same rows, same sums."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pytest
from tests.simulation.small_history import made

from rapport.errors import Problem
from rapport.settings import Settings
from rapport.simulation.exports.writing import write
from rapport.simulation.history import History
from rapport.simulation.making import live_through, write_down
from rapport.simulation.world import World
from rapport.sources.pieces import pieces_of
from rapport.sources.registry import facts, recognised

NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
SETTINGS = Settings(brand="Maison Alizé", currency="EUR", time_zone="Europe/Paris")


@dataclass(frozen=True)
class Read:
    """One piece of one file: what it was taken for, and what became of its rows."""

    file: str
    what: str
    rows: int
    tables: dict[str, pa.Table]
    aside: list[dict[str, Any]]

    def total(self, table: str, column: str) -> Any:
        return pc.sum(self.tables[table][column]).as_py() if table in self.tables else 0


def _read(path: Path, folder: Path) -> Iterator[Read]:
    """Read each table of a file; every row must be kept or set aside once."""
    with pieces_of(path) as pieces:
        for piece in pieces:
            recognition = recognised(piece, SETTINGS)
            assert recognition.shape, f"{piece.label}: {recognition.why}"
            parts: dict[str, list[pa.Table]] = {}
            aside: list[dict[str, Any]] = []
            rows = 0
            for batch in facts(recognition, SETTINGS, NOW).batches:
                kept = {n for t in batch.tables.values() for n in t["source_row"].to_pylist()}
                kept |= set(batch.folded.tolist())
                apart = batch.aside["source_row"].to_pylist()
                assert not kept & set(apart), piece.label
                assert len(kept) + len(apart) == batch.rows, piece.label
                rows += batch.rows
                aside += batch.aside.to_pylist()
                for name, table in batch.tables.items():
                    parts.setdefault(name, []).append(table)
            tables = {name: pa.concat_tables(several) for name, several in parts.items()}
            what = f"{recognition.source} {recognition.shape.name}"
            yield Read(str(path.relative_to(folder)), what, rows, tables, aside)


@pytest.fixture(scope="module")
def history() -> History:
    return made(people=150, months=7)


@pytest.fixture(scope="module")
def exports(history: History, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("exports")
    write(history, folder)
    return folder


# Which file is taken for what. LEFT are members and sheets that no reader needs.
TAKEN_FOR = {
    "shopify/orders_export_1.csv": ["shopify orders"],
    "shopify/customers_export.csv": ["shopify customers"],
    "stores/tickets_caisse_*.csv": ["point_of_sale lines"],
    "stores/fichier_fidelite.csv": ["loyalty members"],
    "meta/[A-Z][a-z][a-z]-*.csv": ["facebook posts"],
    "meta/IG_*.csv": ["instagram posts"],
    "meta/*_follows.csv": ["facebook days"],
    "meta/Maison-*.csv": ["meta_ads campaigns"],
    "meta/*_comments.json": ["meta_api comments"],
    "meta/instagram-*.zip": ["instagram_archive followers", "instagram_archive following"],
    "x/account_analytics_*.csv": ["x content"],
    "x/account_overview_*.csv": ["x overview"],
    "linkedin/*_visitors_*.xlsx": ["linkedin visitors"],
    "linkedin/*_content_*.xlsx": ["linkedin days", "linkedin posts"],
    "linkedin/Connections.csv": ["linkedin_connections connections"],
    "youtube/*.zip": ["youtube days_of_videos", "youtube videos", "youtube days"],
    "tiktok/Content.xlsx": ["tiktok videos"],
    "tiktok/Overview.xlsx": ["tiktok days"],
    "ads/Campaign report.csv": ["google_ads campaigns"],
    "ads/Campaign_*.csv": ["microsoft_ads campaigns"],
    "ads/linkedin_*.csv": ["linkedin_ads campaigns"],
    "threads/*.csv": ["threads posts"],
    "bluesky/*.json": ["bluesky answers"],
    "mastodon/following_accounts.csv": ["mastodon following"],
    "mastodon/outbox.json": ["mastodon outbox"],
    "mastodon/statuses.json": ["mastodon answers"],
    "mastodon/notifications.json": ["mastodon answers"],
    "surveys/Relationship*.csv": ["qualtrics responses"],
    "surveys/enquete_magasins.csv": ["survey responses"],
    "service/chatwoot_conversations.json": ["chatwoot conversations"],
    "service/chatwoot_csat*.csv": ["chatwoot csat"],
    "service/journal_appels.csv": ["call_log calls"],
    "service/support_tweets.csv": ["support_conversations messages"],
    "service/zendesk_*.csv": ["zendesk tickets"],
    "service/zendesk_*tickets.json": ["zendesk tickets_json"],
    "service/zendesk_*users.json": ["zendesk users_json"],
    "web/ga4/*.json.gz": ["ga4 events"],
    "crm/*contacts*.csv": ["hubspot contacts"],
    "crm/*deals*.csv": ["hubspot deals"],
    "crm/salesforce_l*.csv": ["salesforce leads"],
    "crm/salesforce_o*.csv": ["salesforce opportunities"],
    "listening/meltwater*.csv": ["meltwater mentions"],
    "listening/brandwatch*.csv": ["brandwatch mentions"],
    "offline/store_visits.csv": ["store_visits visits"],
    "offline/events.csv": ["meetings events"],
    "offline/sales_calls.csv": ["meetings calls"],
    "offline/how_did_you_hear.csv": ["heard answers"],
    "offline/referral_codes.csv": ["referral_codes codes"],
    "offline/points_for_following.csv": ["follow_rewards points"],
    "offline/press.csv": ["occasions press"],
    "offline/tv_plan.csv": ["media_plan tv"],
    "offline/radio_plan.csv": ["media_plan radio"],
    "offline/costs.csv": ["costs costs"],
    "offline/influencers.csv": ["influencers requests"],
    "offline/competitor_prices.csv": ["occasions prices"],
    "offline/calendar.csv": ["occasions calendar"],
    "offline/holidays.csv": ["occasions holidays"],
}


@pytest.fixture(scope="module")
def read(exports: Path) -> dict[str, list[Read]]:
    return {
        pattern: [one for path in sorted(exports.glob(pattern)) for one in _read(path, exports)]
        for pattern in TAKEN_FOR
    }


def test_every_file_is_taken_for_what_it_is(read: dict[str, list[Read]], exports: Path) -> None:
    found = {pattern: sorted({one.what for one in several}) for pattern, several in read.items()}
    assert found == {pattern: sorted(set(what)) for pattern, what in TAKEN_FOR.items()}
    for pattern, what in TAKEN_FOR.items():
        assert len(read[pattern]) == len(what) * len(list(exports.glob(pattern))), pattern


BROKEN = {
    ("google_ads campaigns", "total_row"),
    ("youtube videos", "total_row"),
    ("point_of_sale lines", "missing_revenue"),
    ("meetings events", "missing_occurred_on"),
    ("referral_codes codes", "repeated_order"),
}


def _codes(several: list[Read]) -> set[tuple[str, str]]:
    return {(one.what, row["code"]) for one in several for row in one.aside}


def test_only_what_is_broken_is_set_aside(read: dict[str, list[Read]]) -> None:
    assert _codes([one for several in read.values() for one in several]) <= BROKEN


def test_a_world_that_was_lived_through_is_read_back(tmp_path: Path) -> None:
    lived = live_through(World(), people=300, months=2, seed=7)
    paths = write(write_down(lived), tmp_path)
    files = {path: [p for p in TAKEN_FOR if path.match(p)] for path in paths}
    left = {path.name for path, patterns in files.items() if not patterns}
    assert left <= {
        path.name for path in paths if "followers_" in path.name or "archive" in path.name
    }
    for path, (pattern, *_) in ((path, found) for path, found in files.items() if found):
        try:
            several = list(_read(path, tmp_path))
        except Problem as problem:  # a list of three days may leave open which is the month
            if "whether the day or the month comes first" not in str(problem):
                raise
            continue
        assert {one.what for one in several} <= set(TAKEN_FOR[pattern]), path.name
        # A single mention does not say which of two accounts is the brand.
        assert _codes(several) <= BROKEN | {("bluesky answers", "not_needed")}, path.name


def _euros(table: pa.Table, *columns: str) -> float:
    return sum(pc.sum(table[name]).as_py() or 0 for name in columns) / 100


def _total(several: list[Read], table: str, column: str) -> float:
    return float(sum(one.total(table, column) or 0 for one in several))


def test_web_orders_come_back_to_the_cent(history: History, read: dict[str, list[Read]]) -> None:
    orders = history.order.filter(pc.equal(history.order["channel"], "shop"))
    shop = read["shopify/orders_export_1.csv"]
    assert shop[0].tables["purchase"].num_rows == orders.num_rows
    wanted = _euros(orders, "subtotal") - _euros(orders, "discount")
    assert _total(shop, "purchase", "revenue") == pytest.approx(wanted, abs=0.001)
    assert _total(shop, "purchase_line", "revenue") == pytest.approx(wanted, abs=0.001)
    assert _total(shop, "purchase", "refund") == pytest.approx(_euros(orders, "refund"), abs=0.001)


def test_web_analytics_tell_the_same_orders_and_visits(
    history: History, read: dict[str, list[Read]]
) -> None:
    events = read["web/ga4/*.json.gz"]
    assert sum(one.rows for one in events) == pc.sum(history.visit["events"]).as_py()
    visits = {v for one in events for v in one.tables["visit"]["visit_id"].to_pylist()}
    assert len(visits) == history.visit.num_rows
    orders = history.order.filter(pc.equal(history.order["channel"], "shop"))
    assert sum(one.tables["purchase"].num_rows for one in events) == orders.num_rows
    wanted = _euros(orders, "subtotal") - _euros(orders, "discount")
    assert _total(events, "purchase", "revenue") == pytest.approx(wanted, abs=0.01)


def test_tickets_of_the_tills_come_back_once(history: History, read: dict[str, list[Read]]) -> None:
    orders = history.order.filter(pc.equal(history.order["channel"], "store"))
    sold: dict[tuple[str, int], float] = {}
    lost = 0
    for one in read["stores/tickets_caisse_*.csv"]:
        lines = one.tables["purchase_line"].to_pylist()
        for row in lines:
            if row["revenue"] > 0:
                sold[row["purchase_id"], row["line"]] = float(row["revenue"])
        lost += len(one.aside)
    wanted = _euros(orders, "subtotal") - _euros(orders, "discount")
    if lost == 0:
        assert sum(sold.values()) == pytest.approx(wanted, abs=0.001)
    assert len({number for number, _ in sold}) >= orders.num_rows - lost
    with_card = {
        row["purchase_id"]
        for one in read["stores/tickets_caisse_*.csv"]
        for row in one.tables["purchase_line"].to_pylist()
        if row["account_id"] and row["revenue"] > 0
    }
    assert 0 < len(with_card) < orders.num_rows / 2


def test_card_holders_come_back_with_the_card_that_their_tickets_show(
    history: History, read: dict[str, list[Read]]
) -> None:
    (members,) = read["stores/fichier_fidelite.csv"]
    cards = set(members.tables["account"]["account_id"].to_pylist())
    holders = history.profile.filter(pc.equal(history.profile["system"], "pos"))
    assert cards == {card for card in holders["loyalty_card"].to_pylist() if card}
    shown = {
        account
        for one in read["stores/tickets_caisse_*.csv"]
        for account in one.tables["purchase_line"]["account_id"].to_pylist()
        if account
    }
    assert shown
    assert shown <= cards
    told = members.tables["identifier"].filter(
        pc.equal(members.tables["identifier"]["kind"], "email")
    )
    assert {e for e in told["value"].to_pylist() if "@" in e} == {
        e for e in holders.filter(pc.is_valid(holders["loyalty_card"]))["email"].to_pylist() if e
    }


SPENT = {
    "google_ads": "ads/Campaign report.csv",
    "microsoft_ads": "ads/Campaign_*.csv",
    "linkedin_ads": "ads/linkedin_*.csv",
    "tv": "offline/tv_plan.csv",
    "radio": "offline/radio_plan.csv",
    "email": "offline/costs.csv",
}


@pytest.mark.parametrize("channel", SPENT)
def test_what_media_cost_comes_back_to_the_cent(
    history: History, read: dict[str, list[Read]], channel: str
) -> None:
    rows = history.spend.filter(pc.equal(history.spend["channel"], channel))
    several = read[SPENT[channel]]
    assert _total(several, "spend", "cost") == pytest.approx(_euros(rows, "cost"), abs=0.001)
    assert _total(several, "spend", "impressions") == pc.sum(rows["impressions"]).as_py()


def _views(several: list[Read], *names: str) -> dict[str, float]:
    """Return each post's views; files that overlap say the same."""
    views: dict[str, float] = {}
    for one in several:
        if "post" not in one.tables:
            continue
        for row in one.tables["post_metric"].to_pylist():
            if row["metric"] in names:
                views[row["post_id"]] = row["value"]
    return views


@pytest.mark.parametrize(
    ("network", "pattern", "names"),
    [
        ("facebook", "meta/[A-Z][a-z][a-z]-*.csv", ("views",)),
        ("x", "x/account_analytics_*.csv", ("impressions",)),
        ("tiktok", "tiktok/Content.xlsx", ("views",)),
        ("instagram", "meta/IG_*.csv", ("views", "impressions")),
        ("linkedin", "linkedin/*_content_*.xlsx", ("impressions",)),
        ("threads", "threads/*.csv", ("views",)),
        ("youtube", "youtube/*.zip", ("views",)),
    ],
)
def test_posts_come_back_with_their_views(
    history: History,
    read: dict[str, list[Read]],
    network: str,
    pattern: str,
    names: tuple[str, ...],
) -> None:
    posts = history.post.filter(pc.equal(history.post["network"], network))
    mine = pc.is_in(history.post_day["post_id"], value_set=posts["post_id"].combine_chunks())
    days = history.post_day.filter(mine)
    days = days.filter(pc.less_equal(days["day"], pa.scalar(history.last_day)))
    views = _views(read[pattern], *names)
    if network == "instagram":  # its export lacks some days
        assert 0 < len(views) < posts.num_rows
        return
    assert len(views) == posts.num_rows, "ids that a spreadsheet rounded were found again"
    assert sum(views.values()) == pc.sum(days["views"]).as_py()


def test_followers_of_instagram_come_back_with_their_dates(
    history: History, read: dict[str, list[Read]]
) -> None:
    follow = history.follow.filter(pc.equal(history.follow["network"], "instagram"))
    follow = follow.filter(pc.is_null(follow["unfollowed_on"]))
    followers = next(one for one in read["meta/instagram-*.zip"] if one.what.endswith("followers"))
    assert followers.tables["activity"].num_rows == follow.num_rows
    first = pc.min(followers.tables["activity"]["occurred_on"]).as_py()
    assert abs(first - pc.min(follow["followed_on"]).as_py()) < dt.timedelta(seconds=1)


def test_people_come_back_as_each_system_wrote_them(
    history: History, read: dict[str, list[Read]]
) -> None:
    for pattern, system in (
        ("shopify/customers_export.csv", "shopify"),
        ("crm/*contacts*.csv", "hubspot"),
    ):
        cards = history.profile.filter(pc.equal(history.profile["system"], system))
        (one,) = read[pattern]
        known = one.tables["identifier"].to_pylist()
        emails = {row["value"] for row in known if row["kind"] == "email"}
        assert emails == set(cards["email"].drop_null().to_pylist()), pattern


def test_leads_come_back_with_what_was_won(history: History, read: dict[str, list[Read]]) -> None:
    files = ("crm/*deals*.csv", "crm/salesforce_l*.csv", "crm/salesforce_o*.csv")
    several = [one for pattern in files for one in read[pattern]]
    leads = [row for one in several for row in one.tables["lead"].to_pylist()]
    leads = [row for row in leads if row["stage"] != "converted"]  # its opportunity counts
    won = sum(row.get("won_on") is not None for row in leads)
    assert len(leads) == history.lead.num_rows
    assert won == history.lead.num_rows - history.lead["won_on"].null_count


TOLD_AT = {
    "service/chatwoot_conversations.json": (
        "ticket",
        "opened_on",
        "ticket",
        {"system": "chatwoot"},
    ),
    "service/journal_appels.csv": ("ticket", "opened_on", "ticket", {"system": "callcentre"}),
    "listening/brandwatch*.csv": ("activity", "occurred_on", "mention", {"tool": "brandwatch"}),
    "listening/meltwater*.csv": ("activity", "occurred_on", "mention", {"tool": "meltwater"}),
    "surveys/enquete_magasins.csv": ("answer", "answered_on", "answer", {"instrument": "store"}),
    "meta/[A-Z][a-z][a-z]-*.csv": ("post", "published_on", "post", {"network": "facebook"}),
    "threads/*.csv": ("post", "published_on", "post", {"network": "threads"}),
    "tiktok/Content.xlsx": ("post", "published_on", "post", {"network": "tiktok"}),
    "shopify/orders_export_1.csv": ("purchase", "ordered_on", "order", {"channel": "shop"}),
    "web/ga4/*.json.gz": ("visit", "started_on", "visit", {}),
    "crm/*deals*.csv": ("lead", "created_on", "lead", {"system": "hubspot"}),
}


@pytest.mark.parametrize("pattern", TOLD_AT)
def test_times_come_back_in_their_zone_to_the_minute(
    history: History, read: dict[str, list[Read]], pattern: str
) -> None:
    table, column, source, equal = TOLD_AT[pattern]
    truth = history.tables()[source]
    for name, value in equal.items():
        truth = truth.filter(pc.equal(truth[name], value))
    when = next(
        name for name in truth.column_names if pa.types.is_timestamp(truth.schema.field(name).type)
    )
    found = [
        t
        for one in read[pattern]
        if table in one.tables
        for t in one.tables[table][column].to_pylist()
    ]
    for pick in (min, max):
        late = pick(truth[when].to_pylist()) - pick(found)
        assert dt.timedelta(0) <= late < dt.timedelta(minutes=1)
