"""What the brand publishes, who likes and shares it, and each post's figures day by day."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.simulation.accounts import POD, Accounts
from rapport.simulation.history import sheet
from rapport.simulation.lived import Lived, drawn_from, words_of
from rapport.simulation.schema_people import NETWORKS
from rapport.simulation.texts.brand import posts as post_texts

GOALS = ("acquire", "keep", "serve", "brand")
_GOAL_SHARES = (0.30, 0.30, 0.12, 0.28)
FORMATS = ("photo", "video", "reel", "link", "carousel", "story", "text")
_FORMAT_SHARES = {
    "facebook": (0.4, 0.15, 0.1, 0.3, 0.0, 0.0, 0.05),
    "instagram": (0.35, 0.0, 0.3, 0.0, 0.25, 0.1, 0.0),
    "x": (0.3, 0.1, 0.0, 0.3, 0.0, 0.0, 0.3),
    "linkedin": (0.3, 0.15, 0.0, 0.3, 0.15, 0.0, 0.1),
    "youtube": (0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "tiktok": (0.0, 1.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    "bluesky": (0.4, 0.0, 0.0, 0.3, 0.0, 0.0, 0.3),
    "mastodon": (0.4, 0.0, 0.0, 0.3, 0.0, 0.0, 0.3),
    "threads": (0.4, 0.1, 0.0, 0.1, 0.0, 0.0, 0.4),
}
PAID_ON = ("facebook", "instagram", "linkedin", "x", "tiktok")
SEEN_FOR = 14
LIKES_BY_LEVEL = np.array([0.16, 0.07, 0.025, 0.004])


@dataclass(frozen=True)
class Posts:
    """The brand's posts by time: network number, day, id, and what each is."""

    network: np.ndarray
    day: np.ndarray
    post_id: np.ndarray
    goal: np.ndarray
    kind: np.ndarray
    paid: np.ndarray
    has_link: np.ndarray
    table: pa.Table


@dataclass(frozen=True)
class Reactions:
    """Likes (0) and shares (1) by known accounts: positions of account and post, and when."""

    account: np.ndarray
    post: np.ndarray
    what: np.ndarray
    day: np.ndarray


def publish(lived: Lived) -> Posts:
    """Return all posts of the brand."""
    rng = lived.chance("posts")
    many = rng.poisson(lived.world.posting.posts_a_week * lived.days.count / 7, len(NETWORKS))
    network = np.repeat(np.arange(len(NETWORKS)), many)
    n = len(network)
    day = np.floor(rng.uniform(0, lived.days.count, n)) + rng.beta(4, 3, n)
    order = np.lexsort((network, day))
    network, day = network[order], np.minimum(day[order], lived.days.count - 0.01)
    goal = drawn_from(rng.random(n), _GOAL_SHARES)
    shares = np.array([_FORMAT_SHARES[name] for name in NETWORKS])[network]
    kind = drawn_from(rng.random(n), shares)
    boosted = rng.random(n) < np.where(goal == 0, 0.3, 0.05)
    paid = boosted & np.isin(network, [NETWORKS.index(name) for name in PAID_ON])
    has_link = rng.random(n) < np.array([0.8, 0.4, 0.5, 0.3])[goal]
    language = np.where(rng.random(n) < lived.world.population.french, "fr", "en").astype(object)
    ids = post_ids(lived, network, day)
    campaign = np.full(n, None, dtype=object)
    months = lived.days.dates(day).astype("datetime64[M]").astype(str)
    campaign[goal == 0] = [f"social-{month}" for month in months[goal == 0]]
    texts = post_texts(
        lived.chance("post texts"),
        words_of(goal, GOALS),
        words_of(kind, FORMATS),
        language,
    )
    columns = {
        "post_id": ids,
        "network": words_of(network, NETWORKS),
        "published_on": lived.days.times(day),
        "language": language,
        "format": words_of(kind, FORMATS),
        "paid": paid,
        "goal": words_of(goal, GOALS),
        "campaign": campaign,
        "link": _links(network, language, campaign, has_link),
        "text": texts,
    }
    return Posts(network, day, ids, goal, kind, paid, has_link, sheet("post", columns))


def post_ids(lived: Lived, network: np.ndarray, day: np.ndarray) -> np.ndarray:
    """Return the ids that networks give to posts and messages: longer ones rise with time."""
    rng = lived.chance("post ids", len(network))
    ids = np.empty(len(network), object)
    rising = np.round((day + 8000) * 86_400_000).astype(np.int64)
    low = rng.integers(0, 4_000_000, len(network))
    for number, name in enumerate(NETWORKS):
        rows = np.flatnonzero(network == number)
        value = (rising[rows] << 22) + np.sort(low[rows])
        if name == "facebook":
            ids[rows] = [f"104857600123456_{each >> 5}" for each in value.tolist()]
        elif name == "youtube":
            ids[rows] = [_sixty_four(each) for each in value.tolist()]
        elif name == "bluesky":
            ids[rows] = [f"3l{_base32(each)[-11:]}" for each in value.tolist()]
        elif name == "linkedin":
            ids[rows] = [f"urn:li:share:{each + 4 * 10**18}" for each in value.tolist()]
        else:
            ids[rows] = value.astype(str)
    return ids


def _base32(value: int) -> str:
    letters = "234567abcdefghijklmnopqrstuvwxyz"
    return "".join(letters[(value >> (5 * place)) & 31] for place in range(12, -1, -1))


def _sixty_four(value: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
    mixed = (value * 0x9E3779B97F4A7C15) % 2**64
    return "".join(letters[(mixed >> (6 * place)) & 63] for place in range(11))


def _links(
    network: np.ndarray, language: np.ndarray, campaign: np.ndarray, has_link: np.ndarray
) -> np.ndarray:
    made = np.empty(len(network), object)
    for row in np.flatnonzero(has_link):
        name = f"&utm_campaign={campaign[row]}" if campaign[row] else ""
        source = f"utm_source={NETWORKS[network[row]]}&utm_medium=social"
        made[row] = f"https://www.maison-alize.example/{language[row]}/?{source}{name}"
    return made


def reactions(lived: Lived, known: Accounts, posts: Posts) -> Reactions:
    """Return who liked or shared which post: followers by their engagement, the pod nearly always.

    Bought accounts hardly ever react, and a member of the pod reacts within minutes.
    """
    parts = []
    for number in range(len(NETWORKS)):
        rng = lived.chance("reactions", number)
        here = np.flatnonzero(posts.network == number)
        fans = np.flatnonzero(known.network[known.follower] == number)
        account = known.follower[fans]
        month = lived.days.month_of[posts.day[here].astype(int)]
        owner = known.owner[account]
        levels = lived.life.level[month][:, np.maximum(owner, 0)]
        chance = LIKES_BY_LEVEL[levels]
        chance = np.where(known.kind[account] == 1, 0.002, chance)
        chance = np.where(known.kind[account] == 2, 0.92, chance)
        when = posts.day[here][:, None]
        there = (known.followed[fans] <= when) & (when < known.unfollowed[fans])
        draw = rng.random(chance.shape, dtype=np.float32)
        post, fan = np.nonzero(there & (draw < chance))
        shared = rng.random(len(post)) < 0.10
        wait = np.where(known.kind[account[fan]] == 2, 0.012, 0.8) * rng.exponential(1, len(post))
        day = np.minimum(posts.day[here[post]] + wait, lived.days.count - 0.001)
        parts.append(np.stack([account[fan], here[post], shared, day]))
    stacked = np.concatenate(parts, axis=1)
    account, post = stacked[0].astype(int), stacked[1].astype(int)
    ids, post_id = known.account_id[account].astype(str), posts.post_id[post].astype(str)
    order = np.lexsort((stacked[2], post_id, ids, stacked[3]))
    return Reactions(account[order], post[order], stacked[2][order].astype(int), stacked[3][order])


def reaction_table(lived: Lived, known: Accounts, posts: Posts, made: Reactions) -> pa.Table:
    """Return the sheet `reaction`."""
    return sheet(
        "reaction",
        {
            "account_id": known.account_id[made.account],
            "network": words_of(known.network[made.account], NETWORKS),
            "post_id": posts.post_id[made.post],
            "kind": words_of(made.what, ("like", "share")),
            "reacted_on": lived.days.times(made.day),
        },
    )


def post_days(
    lived: Lived,
    known: Accounts,
    posts: Posts,
    made: Reactions,
    comments: tuple[np.ndarray, np.ndarray],
) -> pa.Table:
    """Return the sheet `post_day`; `comments` holds (post, day) of messages under posts."""
    rng = lived.chance("post figures")
    n = len(posts.day)
    first = posts.day.astype(int)
    day = first[:, None] + np.arange(SEEN_FOR)
    size = np.array([_followers(known, number, posts) for number in range(len(NETWORKS))])
    followers = size[posts.network, np.arange(n)]
    fade = np.tile(0.5 ** np.arange(SEEN_FOR), (n, 1))
    fade[:, 0] *= 1.2 - posts.day % 1
    spread = np.exp(0.6 * rng.standard_normal(n))
    wide = np.array([0.9, 1.6, 2.2, 0.7, 1.1, 0.6, 0.8])[posts.kind]
    mean = (20 + 0.35 * followers) * wide * spread * np.where(posts.paid, 4.0, 1.0)
    views = rng.poisson(mean[:, None] * fade * 0.5)
    inside = (day < lived.days.count) & (views > 0)
    likes, shares, told = np.zeros_like(views), np.zeros_like(views), np.zeros_like(views)
    for cells, post, when in (
        (likes, made.post[made.what == 0], made.day[made.what == 0]),
        (shares, made.post[made.what == 1], made.day[made.what == 1]),
        (told, comments[0].astype(int), comments[1]),
    ):
        place = np.clip(when.astype(int) - first[post], 0, SEEN_FOR - 1)
        np.add.at(cells, (post, place), 1)
    inside |= (day < lived.days.count) & (likes + shares + told > 0)
    views = np.maximum(views, likes + shares + told)
    strangers = rng.binomial(views, 0.012)
    clicks = rng.binomial(views, 0.015) * posts.has_link[:, None]
    post, place = np.nonzero(inside)
    ids = posts.post_id[post]
    when = day[post, place]
    order = np.lexsort((ids.astype(str), when))
    post, place = post[order], place[order]
    return sheet(
        "post_day",
        {
            "post_id": posts.post_id[post],
            "day": lived.days.dates(when[order]),
            "views": views[post, place],
            "reach": np.ceil(views * 0.82).astype(np.int64)[post, place],
            "likes": (likes + strangers)[post, place],
            "comments": told[post, place],
            "shares": shares[post, place],
            "clicks": clicks[post, place],
            "saves": rng.binomial(views, 0.004)[post, place],
            "follows": rng.binomial(views, 0.0006)[post, place],
        },
    )


def _followers(known: Accounts, number: int, posts: Posts) -> np.ndarray:
    mine = known.network[known.follower] == number
    since, until = np.sort(known.followed[mine]), np.sort(known.unfollowed[mine])
    count = np.searchsorted(since, posts.day) - np.searchsorted(until, posts.day)
    found: np.ndarray = count
    return found


def pod_of(known: Accounts) -> np.ndarray:
    """Return the positions of the pod's accounts."""
    return np.flatnonzero((known.kind == 2) & (known.network == NETWORKS.index(POD)))
