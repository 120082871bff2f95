"""Web visits, and where web orders seem to come from: the last click, which is not the cause."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.simulation.causes import NUMBER
from rapport.simulation.history import sheet
from rapport.simulation.lived import Lived, drawn_from, given, numbered, words_of
from rapport.simulation.streams import uniform


@dataclass(frozen=True)
class Source:
    """One way to a web site: what its link says, the site before, the kind of its click id.

    `often` is its share among people whom nothing sent; `paid` the channel that must be running.
    """

    often: float
    source: str | None = None
    medium: str | None = None
    campaign: str | None = None
    referrer: str | None = None
    click: str | None = None
    paid: str | None = None


GOOGLE = "https://www.google.com/"
FACEBOOK = "https://l.facebook.com/"
INSTAGRAM = "https://l.instagram.com/"
SOURCES = (
    Source(0.36),
    Source(0.24, referrer=GOOGLE),
    Source(0.10, "google", "cpc", "Marque", GOOGLE, "gclid", "google_ads"),
    Source(0.03, "google", "cpc", "Générique", GOOGLE, "gclid", "google_ads"),
    Source(0.02, "bing", "cpc", "Brand FR-UK", "https://www.bing.com/", "msclkid", "microsoft_ads"),
    Source(0.03, "facebook", "paid_social", "Reciblage", FACEBOOK, "fbclid", "meta_ads"),
    Source(0.01, "instagram", "paid_social", "Prospection", INSTAGRAM, "fbclid", "meta_ads"),
    Source(0.08, "newsletter", "email", "lettre", None, None, "email"),
    Source(0.03, "instagram", "social", None, INSTAGRAM),
    Source(0.02, "facebook", "social", None, FACEBOOK, "fbclid"),
    Source(0.005, "tiktok", "social", None, "https://www.tiktok.com/"),
    Source(0.004, None, None, None, "https://t.co/"),
    Source(0.004, None, None, None, "https://www.youtube.com/"),
    Source(0.003, None, None, None, "https://go.bsky.app/"),
    Source(0.006, "influencer", "influencer", "ambassadeurs", INSTAGRAM),
    Source(0.012, None, None, None, "https://chatgpt.com/"),
    Source(0.004, None, None, None, "https://www.perplexity.ai/"),
    Source(0.02, None, None, None, "https://www.bing.com/"),
    Source(0.01, None, None, None, "https://carnet-de-the.example/"),
)  # fmt: skip
OF_CAUSE = {
    "google_ads": (2, 3),
    "microsoft_ads": (4,),
    "meta_ads": (5, 6),
    "email": (7,),
    "influencer": (14, 8),
    "connection": (8, 9, 10),
    "press": (18, 1),
}
SOCIAL = (8, 9, 10, 11, 12, 13)
CLICKS = 0.7
"""Share of orders of a cause that has clicks whose last click is of that cause."""
PAGES = ("/", "/the", "/cafe", "/chocolat", "/coffrets", "/promotions", "/boutiques", "/blog")


def last_clicks(lived: Lived) -> np.ndarray:
    """Return the source of each order made (number in `SOURCES`), -1 in stores."""
    orders = lived.orders
    found = _clicks(lived, orders.person, orders.day, orders.mark)
    caused = uniform(orders.mark, "clicked") < CLICKS
    for cause, sources in OF_CAUSE.items():
        mine = caused & (orders.cause == NUMBER[cause])
        which = (uniform(orders.mark, "which click") * len(sources)).astype(int)
        found[mine] = np.array(sources)[which[mine]]
    return np.where(orders.in_store, -1, found)


def _clicks(lived: Lived, person: np.ndarray, day: np.ndarray, mark: np.ndarray) -> np.ndarray:
    """Return where people come from whom nothing sent: fans more often from networks.

    Paid sources are there only while their channel runs: search ads on the brand's own name then
    take the click of people who come anyway.
    """
    on = np.stack([_running(lived, source.paid, person, day) for source in SOURCES], axis=1)
    shares = on * np.array([source.often for source in SOURCES])
    fan = lived.life.connected(person, day)
    shares[:, list(SOCIAL)] *= np.where(fan, 5.0, 0.6)[:, None]
    return drawn_from(uniform(mark, "source"), shares) if len(person) else np.zeros(0, int)


def _running(lived: Lived, channel: str | None, person: np.ndarray, day: np.ndarray) -> np.ndarray:
    if channel is None:
        return np.ones(len(person))
    spent = lived.pressures.media[channel].spend
    at = np.minimum(day.astype(int), lived.days.count - 1)
    found: np.ndarray = np.minimum(spent[lived.people.region[person], at] * 1e9, 1.0)
    return found


def devices(lived: Lived) -> tuple[np.ndarray, np.ndarray]:
    """Return each person's browser, and whether it may be measured."""
    rng = lived.chance("devices")
    n = lived.people.count
    first = rng.integers(100_000_000, 2_000_000_000, n)
    seen = 1_600_000_000 + rng.integers(0, 120_000_000, n)
    ids = [f"{a}.{b}" for a, b in zip(first.tolist(), seen.tolist(), strict=True)]
    consents = rng.random(n) < lived.world.web.consent
    return np.array([*ids, ""], dtype=object)[:-1], consents


def visit_table(
    lived: Lived, clicks: np.ndarray, browser: tuple[np.ndarray, np.ndarray], shop: np.ndarray
) -> pa.Table:
    """Return the sheet `visit`: one for each web order, and others; only of measured browsers.

    `shop` is each person's card in the shop, None for those without.
    """
    rng = lived.chance("visits")
    orders = lived.orders
    web = np.flatnonzero(~orders.in_store)
    person, day = _others(lived, rng, len(web))
    mark = rng.integers(0, 2**64, len(person), dtype=np.uint64)
    who = np.concatenate([orders.person[web], person])
    when = np.concatenate([orders.day[web] - 0.004, day])
    source = np.concatenate([clicks[web], _clicks(lived, person, day, mark)])
    placed = np.concatenate([lived.order_ids[web], np.full(len(person), None)])
    kept = np.flatnonzero(browser[1][who] & (when >= 0))
    kept = kept[np.lexsort((who[kept], when[kept]))]
    who, when, source, placed = who[kept], when[kept], source[kept], placed[kept]
    n, ordered = len(who), np.array([each is not None for each in placed], dtype=bool)
    names = {
        name: words_of(source, [getattr(each, name) for each in SOURCES])
        for name in ("source", "medium", "campaign", "referrer", "click")
    }
    has_click = np.array([each is not None for each in names["click"]], dtype=bool)
    codes = rng.integers(0, 16, (n, 20))
    logged = ordered | (rng.random(n) < 0.15)
    events = np.where(ordered, 6, 1) + rng.poisson(np.where(ordered, 4, 2), n)
    deep = rng.integers(0, len(PAGES), n)
    return sheet(
        "visit",
        {
            "visit_id": numbered(rng, n, 10, first=1),
            "person_id": who + 1,
            "device_id": browser[0][who],
            "user_id": given(logged, shop[who]),
            "started_on": lived.times(when),
            "seconds": (20 * events * np.exp(0.6 * rng.standard_normal(n))).astype(np.int64) + 1,
            "landing": words_of(np.where(rng.random(n) < 0.4, 0, deep), PAGES),
            "country": lived.people.table["country"][who],
            "utm_source": names["source"],
            "utm_medium": names["medium"],
            "utm_campaign": names["campaign"],
            "utm_content": given(
                np.isin(source, (5, 6)), words_of(deep % 3, ("video", "carousel", "photo"))
            ),
            "referrer": names["referrer"],
            "click_id_kind": names["click"],
            "click_id": given(has_click, _hexes(codes)),
            "events": events,
            "order_id": placed,
        },
    )


def _hexes(codes: np.ndarray) -> np.ndarray:
    letters = np.array(list("0123456789abcdef"))[codes]
    joined = np.ascontiguousarray(letters).view(f"<U{codes.shape[1]}").ravel()
    found: np.ndarray = joined.astype(object)
    return found


def _others(lived: Lived, rng: np.random.Generator, orders: int) -> tuple[np.ndarray, np.ndarray]:
    """Return visits without an order: by customers more than others, less while interest fades."""
    people, life = lived.people, lived.life
    count = rng.poisson(3 * lived.world.web.visits * orders)
    likely = np.exp(0.5 * people.love) * ~people.never_clicks
    if not likely.sum():
        return np.zeros(0, int), np.zeros(0)
    person = rng.choice(people.count, count, p=likely / likely.sum())
    day = lived.days_by_demand(rng.random(count))
    keen = np.where(life.active(person, day), 0.15 + 0.7 * life.keen(person, day), 0.12)
    kept = rng.random(count) < keen
    return person[kept], day[kept]
