"""A history made by chance alone: no mechanism, every table filled, any size."""

from __future__ import annotations

import datetime as dt
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.simulation.history import SHEETS, History, sheet
from rapport.simulation.schema_events import ITEMS, KINDS
from rapport.simulation.schema_people import NETWORKS, SYSTEMS

FIRST = dt.date(2024, 1, 1)
DAY = 86_400_000_000
STORES = (
    ("LIL1", "Alizé Lille", "Lille", "Hauts-de-France", "FR"),
    ("LON1", "Alizé London", "London", "London", "GB"),
)
PRODUCTS = (
    ("TEA-01", "Thé vert « Brume »; 100 g", 'Green tea "Mist", 100 g', "tea", 1250, 420),
    ("CHO-01", "Chocolat noir 70 %", "Dark chocolate 70%", "chocolate", 690, 240),
    ("GIF-01", "Coffret découverte, 12 pièces", "Discovery box, 12 pieces", "gift", 3900, 1500),
)
TEXTS = (
    "J'adore ce thé 😍",
    "Toujours pas livré…\nça fait 3 semaines !!",
    'They said "tomorrow", twice',
    "ok",
    "=cmd()|x, <b>wow</b>; fin",
)


def _times(rng: np.random.Generator, n: int, days: int) -> np.ndarray:
    start = int(dt.datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=dt.UTC).timestamp() * 1e6)
    return np.sort(start + rng.integers(0, days * DAY, n) // 1000 * 1000)


def _moments(values: np.ndarray, mask: np.ndarray | None = None) -> pa.Array:
    return pa.array(values.astype("datetime64[us]"), mask=mask).cast(pa.timestamp("us", tz="UTC"))


def _days(times: np.ndarray) -> pa.Array:
    return pa.array((times // DAY).astype("datetime64[D]"))


def _some(values: Any, mask: np.ndarray) -> pa.Array:
    return pa.array(values, mask=~mask)


def _words(rng: np.random.Generator, choices: Any, n: int) -> list[str]:
    return [choices[i] for i in rng.integers(0, len(choices), n)]


def _numbered(pattern: str, n: int) -> list[str]:
    return [pattern.format(i) for i in range(1, n + 1)]


def made(people: int = 120, months: int = 12, seed: int = 5) -> History:
    """Return a history of so many people; the same seed makes the same history."""
    rng = np.random.default_rng(seed)
    days = months * 30
    tables: dict[str, pa.Table] = {}
    tables["person"] = _person(rng, people, days)
    tables["profile"] = _profile(rng, tables["person"], days)
    tables["store"] = sheet(
        "store", dict(zip(SHEETS["store"].arrow.names, zip(*STORES, strict=True), strict=True))
    )
    tables["product"] = sheet(
        "product",
        dict(zip(SHEETS["product"].arrow.names, zip(*PRODUCTS, strict=True), strict=True)),
    )
    tables |= _networks(rng, people, days)
    tables |= _orders(rng, people, days)
    tables |= _media(rng, days)
    tables |= _service(rng, people, days)
    tables |= _talk(rng, tables["message"], people, days)
    for name, wanted in SHEETS.items():
        if name not in tables:
            tables[name] = wanted.arrow.empty_table()
        keys = [(key, "ascending") for key in wanted.key]
        tables[name] = tables[name].sort_by(keys).cast(wanted.arrow)
    return History(FIRST, FIRST + dt.timedelta(days=days - 1), seed, **tables)


def _person(rng: np.random.Generator, n: int, days: int) -> pa.Table:
    first = _words(rng, ("Zoé", "Jean-Baptiste", "Elizabeth", "Noah", "Anaïs"), n)
    last = _words(rng, ("de la Tour", "O'Neill", "Müller", "Lefèvre", "Smith"), n)
    french = rng.random(n) < 0.6
    joined = _times(rng, n, days)
    return sheet(
        "person",
        {
            "person_id": np.arange(1, n + 1),
            "first_name": first,
            "last_name": last,
            "language": np.where(french, "fr", "en"),
            "birth_year": rng.integers(1945, 2005, n),
            "email": _numbered("p{}@mail.example", n),
            "phone": _some(_numbered("+3363998{:04d}", n), rng.random(n) < 0.8),
            "postcode": np.where(french, "59000", "SW1A 1AA"),
            "city": np.where(french, "Lille", "London"),
            "region": np.where(french, "Hauts-de-France", "London"),
            "country": np.where(french, "FR", "GB"),
            "loyalty_card": _some(_numbered("29{:010d}", n), rng.random(n) < 0.4),
            "is_employee": rng.random(n) < 0.02,
            "is_influencer": rng.random(n) < 0.02,
            "never_clicks": rng.random(n) < 0.1,
            "speaks": ["neither"] * n,
            "level": ["not_engaged"] * n,
            "motives": [["help"]] * n,
            "affinity": rng.normal(size=n),
            "orders_a_year": rng.random(n) * 4,
            "joined_on": _moments(joined),
            "true_effect": np.zeros(n, int),
        },
    )


def _profile(rng: np.random.Generator, person: pa.Table, days: int) -> pa.Table:
    n = person.num_rows
    parts = []
    for number, system in enumerate(SYSTEMS):
        who = np.arange(n) if system in ("shopify", "pos") else np.arange(number % 3, n, 3)
        rows = person.take(pa.array(who))
        cards = [f"{7_000_000 + number * 1_000_000 + w}" for w in who]
        columns = {
            name: rows.column(name)
            for name in (
                "person_id",
                "first_name",
                "last_name",
                "email",
                "phone",
                "postcode",
                "city",
            )
        }
        columns |= {
            "system": [system] * len(who),
            "card_id": cards,
            "loyalty_card": rows.column("loyalty_card"),
            "created_on": _moments(_times(rng, len(who), days)),
            "accepts_marketing": rng.random(len(who)) < 0.5,
        }
        parts.append(sheet("profile", columns))
    return pa.concat_tables(parts)


def _networks(rng: np.random.Generator, people: int, days: int) -> dict[str, pa.Table]:
    accounts, follows, posts, audience = [], [], [], []
    for network in NETWORKS:
        n = max(people // 5, 12)
        ids = [f"{network[:2]}{i}" for i in range(n + 1)]
        if network == "bluesky":
            ids = [f"did:plc:{i:024d}" for i in range(n + 1)]
        elif network in ("x", "mastodon"):
            ids = [str(1_000_000_000_000 + i) for i in range(n + 1)]
        columns = {
            "account_id": ids,
            "person_id": pa.array([None, *range(1, n + 1)], pa.int64()),
            "network": [network] * (n + 1),
            "handle": ["maison_alize", *(f"user_{i}" for i in range(1, n + 1))],
            "display_name": ["Maison Alizé", *(f"Élodie {i} 🍫" for i in range(1, n + 1))],
            "created": _moments(_times(rng, n + 1, days) - 900 * DAY),
            "followers": rng.integers(0, 5000, n + 1),
            "following": rng.integers(0, 900, n + 1),
            "posts": rng.integers(0, 900, n + 1),
            "kind": ["brand", "influencer", "employee", *(["person"] * (n - 2))],
        }
        accounts.append(sheet("account", columns))
        on = _times(rng, n, days)
        gone = rng.random(n) < 0.1
        follow = {
            "account_id": ids[1:],
            "network": [network] * n,
            "followed_on": _moments(on),
            "unfollowed_on": _moments(on + 20 * DAY, ~gone),
        }
        follows.append(sheet("follow", follow))
        posts.append(_posts(rng, network, days))
        size = 1000 + np.arange(days)
        daily = {
            "day": [FIRST + dt.timedelta(days=i) for i in range(days)],
            "network": [network] * days,
            "followers": size,
            "gained": rng.integers(0, 4, days),
            "lost": rng.integers(0, 2, days),
        }
        audience.append(sheet("audience", daily))
    post = pa.concat_tables(posts)
    account = pa.concat_tables(accounts)
    found = {
        "account": account,
        "follow": pa.concat_tables(follows),
        "post": post,
        "audience": pa.concat_tables(audience),
        "post_day": _post_days(rng, post),
    }
    found["approach"] = _approaches(rng, account, days)
    found["reaction"] = _reactions(rng, account, post)
    found["message"] = _messages(rng, account, post, people, days)
    return found


def _approaches(rng: np.random.Generator, account: pa.Table, days: int) -> pa.Table:
    who = account.filter(pa.compute.equal(account.column("kind"), "influencer"))
    n = 2 * who.num_rows
    at = pa.array(np.arange(n) % who.num_rows)
    on = _times(rng, n, days)
    posted = np.arange(n) % 3 > 0
    columns = {
        "account_id": who.column("account_id").take(at),
        "person_id": who.column("person_id").take(at),
        "network": who.column("network").take(at),
        "approached_on": _moments(on),
        "cost": np.full(n, 25_000),
        "nth": 1 + np.arange(n) // who.num_rows,
        "posted_on": _moments(on + 2 * DAY, ~posted),
        "reach": np.where(posted, 900, 0),
        "message_id": _some(_numbered("{}", n), posted),
    }
    return sheet("approach", columns)


def _posts(rng: np.random.Generator, network: str, days: int) -> pa.Table:
    n = max(days // 6, 6)
    ids = [f"{network}_{i}" for i in range(n)]
    if network == "bluesky":
        ids = [f"3k{i:011d}" for i in range(n)]
    elif network not in ("youtube", "threads"):
        ids = [str(1_700_000_000_000_000_000 + i * 987_654_321) for i in range(n)]
    columns = {
        "post_id": ids,
        "network": [network] * n,
        "published_on": _moments(_times(rng, n, days)),
        "language": _words(rng, ("fr", "en"), n),
        "format": _words(rng, ("photo", "video", "reel", "link", "carousel", "story", "text"), n),
        "paid": rng.random(n) < 0.2,
        "goal": _words(rng, ("acquire", "keep", "serve", "brand"), n),
        "campaign": _some(["spring"] * n, rng.random(n) < 0.3),
        "link": _some(["https://shop.example/?utm_source=x"] * n, rng.random(n) < 0.3),
        "text": _words(rng, TEXTS, n),
    }
    return sheet("post", columns)


def _post_days(rng: np.random.Generator, post: pa.Table) -> pa.Table:
    n = post.num_rows
    at = np.repeat(np.arange(n), 4)
    born = np.asarray(post.column("published_on").cast(pa.int64()))[at] // DAY
    views = rng.integers(50, 4000, n * 4)
    columns: dict[str, Any] = {
        "post_id": post.column("post_id").take(pa.array(at)),
        "day": pa.array((born + np.tile(np.arange(4), n)).astype("datetime64[D]")),
        "views": views,
        "reach": views * 8 // 10,
        "likes": views // 30,
        "comments": views // 200,
        "shares": views // 300,
        "clicks": views // 50,
        "saves": views // 250,
        "follows": views // 900,
    }
    return sheet("post_day", columns)


def _reactions(rng: np.random.Generator, account: pa.Table, post: pa.Table) -> pa.Table:
    parts = []
    for network in ("bluesky", "mastodon"):
        who = account.filter(pa.compute.equal(account.column("network"), network))
        what = post.filter(pa.compute.equal(post.column("network"), network))
        n = 3 * what.num_rows
        at = np.arange(n) % what.num_rows
        fan = 1 + (np.arange(n) // what.num_rows + at) % (who.num_rows - 1)
        on = np.asarray(what.column("published_on").cast(pa.int64()))[at] + 3_600_000_000
        columns = {
            "account_id": who.column("account_id").take(pa.array(fan)),
            "network": [network] * n,
            "post_id": what.column("post_id").take(pa.array(at)),
            "kind": _words(rng, ("like", "share"), n),
            "reacted_on": _moments(on),
        }
        parts.append(sheet("reaction", columns))
    return pa.concat_tables(parts)


def _messages(
    rng: np.random.Generator, account: pa.Table, post: pa.Table, people: int, days: int
) -> pa.Table:
    n = max(people, 60)
    who = rng.integers(0, account.num_rows, n)
    brand = np.asarray(account.column("kind").to_pylist())[who] == "brand"
    who = np.where(brand, who + 1, who)
    on = _times(rng, n, days)
    answered = rng.random(n) < 0.5
    network = account.column("network").take(pa.array(who))
    under = [
        posts[0]
        if (
            posts := [
                p
                for p, w in zip(
                    post["post_id"].to_pylist(), post["network"].to_pylist(), strict=True
                )
                if w == name
            ]
        )
        else None
        for name in network.unique().to_pylist()
    ]
    first = dict(zip(network.unique().to_pylist(), under, strict=True))
    columns = {
        "message_id": [str(1_800_000_000_000_000_000 + i) for i in range(n)],
        "account_id": account.column("account_id").take(pa.array(who)),
        "network": network,
        "sent_on": _moments(on),
        "kind": _words(rng, KINDS, n),
        "sentiment": _words(rng, ("negative", "neutral", "positive"), n),
        "is_irony": rng.random(n) < 0.1,
        "is_public": rng.random(n) < 0.9,
        "language": _words(rng, ("fr", "en"), n),
        "text": _words(rng, TEXTS, n),
        "post_id": _some([first[name] for name in network.to_pylist()], rng.random(n) < 0.5),
        "answered_on": _moments(on + 7_200_000_000, ~answered),
        "answered_by": _some(["Inès"] * n, answered),
        "answer": _some(["Bonjour, merci, on regarde."] * n, answered),
        "cause": ["post"] * n,
    }
    return sheet("message", columns)


def _orders(rng: np.random.Generator, people: int, days: int) -> dict[str, pa.Table]:
    n = people * 3
    person = rng.integers(1, people + 1, n)
    on = _times(rng, n, days)
    shop = rng.random(n) < 0.6
    store = np.asarray(["LIL1", "LON1"])[rng.integers(0, 2, n)]
    lines = rng.integers(1, 4, n)
    ids = [f"#{1000 + i}" if shop[i] else f"{store[i]}-{i:06d}" for i in range(n)]
    at = np.repeat(np.arange(n), lines)
    product = rng.integers(0, 3, len(at))
    quantity = rng.integers(1, 4, len(at))
    price = np.asarray([p[4] for p in PRODUCTS])[product]
    cost = np.asarray([p[5] for p in PRODUCTS])[product]
    subtotal = np.bincount(at, quantity * price, n).astype(np.int64)
    discount = np.where(rng.random(n) < 0.2, subtotal // 10, 0)
    shipping = np.where(shop & (subtotal < 4000), 490, 0)
    tax = (subtotal - discount + shipping) // 5
    refunded = rng.random(n) < 0.05
    refund = np.where(refunded, (subtotal - discount) * 12 // 10, 0)
    order = {
        "order_id": ids,
        "person_id": person,
        "ordered_on": _moments(on),
        "channel": np.where(shop, "shop", "store"),
        "store": _some(store, ~shop),
        "country": np.where(store == "LIL1", "FR", "GB"),
        "subtotal": subtotal,
        "discount": discount,
        "shipping": shipping,
        "tax": tax,
        "refund": refund,
        "refunded_on": _moments(on + 3 * DAY, ~refunded),
        "coupon": _some(["SPRING10"] * n, discount > 0),
        "currency": ["EUR"] * n,
        "payment": _words(rng, ("card", "paypal", "gift_card"), n),
        "identified": shop | (rng.random(n) < 0.3),
        "cause": ["baseline"] * n,
        "needs": [""] * n,
        "margin": subtotal // 2,
    }
    line = {
        "order_id": [ids[i] for i in at],
        "line": np.arange(len(at)) - np.repeat(np.cumsum(lines) - lines, lines) + 1,
        "sku": [PRODUCTS[p][0] for p in product],
        "product": [PRODUCTS[p][1] for p in product],
        "quantity": quantity,
        "price": price,
        "cost": cost,
    }
    return {
        "order": sheet("order", order),
        "order_line": sheet("order_line", line),
        "visit": _visits(rng, people, ids, on, shop, days),
    }


def _visits(
    rng: np.random.Generator,
    people: int,
    ids: list[str],
    on: np.ndarray,
    shop: np.ndarray,
    days: int,
) -> pa.Table:
    n = people * 10
    bought = np.flatnonzero(shop)
    started = np.concatenate([_times(rng, n, days), on[bought] - 300_000_000])
    m = len(started)
    social = rng.random(m) < 0.3
    columns = {
        "visit_id": [str(1_700_000_000 + i) for i in range(m)],
        "person_id": rng.integers(1, people + 1, m),
        "device_id": [f"{i % (people * 2)}.1700000000" for i in range(m)],
        "user_id": _some([f"{7_000_000 + i % people}" for i in range(m)], rng.random(m) < 0.2),
        "started_on": _moments(started),
        "seconds": rng.integers(0, 900, m),
        "landing": _words(rng, ("/", "/products/tea", '/pages/a?b=1&c="x"'), m),
        "country": _words(rng, ("FR", "GB"), m),
        "utm_source": _some(["instagram"] * m, social),
        "utm_medium": _some(["social"] * m, social),
        "utm_campaign": _some(["spring"] * m, social),
        "referrer": _some(["https://www.instagram.com/"] * m, social),
        "click_id_kind": _some(["gclid"] * m, rng.random(m) < 0.1),
        "click_id": _some([f"Cj0{i}" for i in range(m)], rng.random(m) < 0.1),
        "events": rng.integers(1, 6, m),
        "order_id": _some(
            ["" if i < n else ids[bought[i - n]] for i in range(m)], np.arange(m) >= n
        ),
    }
    return sheet("visit", columns)


def _media(rng: np.random.Generator, days: int) -> dict[str, pa.Table]:
    rows = [
        (FIRST + dt.timedelta(days=i), channel, f"{channel} – printemps", region)
        for i in range(days)
        for channel in (
            "meta_ads",
            "google_ads",
            "microsoft_ads",
            "linkedin_ads",
            "tv",
            "radio",
            "email",
        )
        for region in ("Hauts-de-France", "London")
    ]
    n = len(rows)
    impressions = rng.integers(0, 20_000, n)
    spend = dict(
        zip(("day", "channel", "campaign", "region"), zip(*rows, strict=True), strict=True)
    )
    spend |= {
        "cost": rng.integers(0, 30_000, n),
        "impressions": impressions,
        "clicks": impressions // 80,
        "conversions": impressions // 4000,
    }
    event = {
        "day": [FIRST, FIRST + dt.timedelta(days=40), FIRST + dt.timedelta(days=60)],
        "until": [FIRST, FIRST + dt.timedelta(days=47), FIRST + dt.timedelta(days=60)],
        "kind": ["holiday", "promotion", "press"],
        "region": [None, "London", None],
        "note": ["Jour de l'an", "SPRING10", "Le thé, mode d'emploi"],
        "size": [None, 0.1, None],
    }
    weeks = [FIRST + dt.timedelta(days=7 * i) for i in range(days // 7)]
    price = {
        "day": weeks,
        "competitor": ["Thé & Cie"] * len(weeks),
        "sku": ["TEA-01"] * len(weeks),
        "price": [1190] * len(weeks),
        "our_price": [1250] * len(weeks),
    }
    gap = {
        "system": ["instagram", "pos:LIL1", "meta_ads"],
        "first_day": [FIRST + dt.timedelta(days=d) for d in (20, 28, 50)],
        "last_day": [FIRST + dt.timedelta(days=d) for d in (44, 31, 52)],
        "kind": ["missing", "late", "missing"],
    }
    return {
        "spend": sheet("spend", spend),
        "event": sheet("event", event),
        "competitor_price": sheet("competitor_price", price),
        "gap": sheet("gap", gap),
    }


def _service(rng: np.random.Generator, people: int, days: int) -> dict[str, pa.Table]:
    n = max(people // 2, 30)
    on = _times(rng, n, days)
    channel = _words(rng, ("email", "social", "chat", "phone", "store"), n)
    system = [
        {"email": "zendesk", "social": "zendesk", "chat": "chatwoot"}.get(c, "callcentre")
        for c in channel
    ]
    answered, solved = rng.random(n) < 0.85, rng.random(n) < 0.7
    rated = answered & (rng.random(n) < 0.4)
    ticket = {
        "ticket_id": _numbered("{}", n),
        "person_id": rng.integers(1, people + 1, n),
        "channel": channel,
        "system": system,
        "kind": _words(rng, ("complaint", "question"), n),
        "topic": ["delivery"] * n,
        "language": _words(rng, ("fr", "en"), n),
        "opened_on": _moments(on),
        "bot_answer_on": _moments(on + 1_000_000, rng.random(n) < 0.7),
        "first_answer_on": _moments(on + 9_000_000_000, ~answered),
        "solved_on": _moments(on + 90_000_000_000, ~(answered & solved)),
        "reopened": rng.integers(0, 2, n),
        "rating": _some(_words(rng, ("good", "bad"), n), rated),
        "subject": _words(rng, ("Colis, toujours rien", "Where is my order?"), n),
        "text": _words(rng, TEXTS, n),
        "agent": _some(["Inès"] * n, answered),
        "contacts": rng.integers(1, 4, n),
    }
    m = max(people // 4, 20)
    at = np.repeat(np.arange(m), len(ITEMS))
    answered_on = _times(rng, m, days)
    instrument = np.where(np.arange(m) % 3 == 0, "store", "relationship")
    item = list(ITEMS) * m
    number = np.asarray([11 if i == "recommend" else 5 for i in item])
    score = rng.integers(0, number) + (number == 5)
    asked = np.asarray([i != "comment" for i in item])
    answer = {
        "response_id": [f"R_{i:015d}" for i in at],
        "person_id": (at % people) + 1,
        "instrument": instrument[at],
        "answered_on": _moments(answered_on[at]),
        "seconds": np.full(len(at), 240),
        "language": np.where(at % 2 == 0, "fr", "en"),
        "store": _some(["LIL1"] * len(at), instrument[at] == "store"),
        "item": item,
        "score": _some(score, asked),
        "text": _some(_words(rng, TEXTS, len(at)), ~asked),
    }
    return {"ticket": sheet("ticket", ticket), "answer": sheet("answer", answer)}


def _talk(
    rng: np.random.Generator, message: pa.Table, people: int, days: int
) -> dict[str, pa.Table]:
    n = 40
    press = np.arange(n) % 2 == 0
    mention = {
        "mention_id": _numbered("m{}", n),
        "tool": np.where(press, "meltwater", "brandwatch"),
        "published_on": _moments(_times(rng, n, days)),
        "outlet": np.where(press, "La Voix fictive", "x"),
        "page_type": np.where(press, "news", "x"),
        "author": ["A. Dupont"] * n,
        "title": _words(rng, TEXTS, n),
        "text": _words(rng, TEXTS, n),
        "url": _numbered("https://news.example/{}", n),
        "language": _words(rng, ("fr", "en"), n),
        "country": _words(rng, ("FR", "GB"), n),
        "reach": rng.integers(100, 90_000, n),
        "sentiment": _words(rng, ("negative", "neutral", "positive"), n),
        "true_sentiment": ["neutral"] * n,
        "message_id": _some(message.column("message_id").slice(0, n).to_pylist(), ~press),
        "kind": np.where(press, "press", "talk"),
    }
    k = max(people // 10, 10)
    on = _times(rng, k, days)
    won = rng.random(k) < 0.4
    lead = {
        "lead_id": _numbered("{}", k),
        "system": _words(rng, ("hubspot", "salesforce"), k),
        "person_id": rng.integers(1, people + 1, k),
        "company": ["Banque fictive, SA"] * k,
        "created_on": _moments(on),
        "origin": _words(rng, ("website", "event", "linkedin"), k),
        "stage": np.where(won, "won", "qualified"),
        "won_on": _moments(on + 9 * DAY, ~won),
        "amount": rng.integers(10_000, 900_000, k),
        "owner": ["Inès"] * k,
        "cause": ["baseline"] * k,
    }
    used = rng.random(k) < 0.5
    referral = {
        "code": _numbered("AMI-{}", k),
        "referrer": rng.integers(1, people + 1, k),
        "referred": rng.integers(1, people + 1, k),
        "referred_on": _moments(on),
        "used_on": _moments(on + DAY, ~used),
        "order_id": _some(_numbered("#{}", k), used),
        "reward": np.full(k, 500),
    }
    contact = {
        "contact_id": _numbered("c{}", k),
        "person_id": _some(rng.integers(1, people + 1, k), rng.random(k) < 0.6),
        "met_on": _moments(on),
        "kind": _words(rng, ("store_visit", "event", "sales_call"), k),
        "place": ["LIL1"] * k,
        "identified": rng.random(k) < 0.5,
        "bought": rng.random(k) < 0.3,
    }
    heard = {
        "person_id": rng.integers(1, people + 1, k),
        "asked_on": _moments(on),
        "told": _words(rng, ("friend", "social", "store"), k),
        "cause": ["baseline"] * k,
    }
    return {
        "mention": sheet("mention", mention),
        "lead": sheet("lead", lead),
        "referral": sheet("referral", referral),
        "contact": sheet("contact", contact),
        "heard": sheet("heard", heard),
    }
