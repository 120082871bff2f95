"""What listening tools find: press with syndicated copies, and public talk on networks."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from rapport.simulation.accounts import Accounts
from rapport.simulation.history import sheet
from rapport.simulation.lived import Lived, drawn_from, numbered, words_of
from rapport.simulation.schema_people import NETWORKS
from rapport.simulation.talking import SENTIMENTS, Messages
from rapport.simulation.texts.brand import articles, headlines
from rapport.simulation.writing import CAUSES

OUTLETS = {
    "fr": (
        ("Le Courrier du Nord", "news"),
        ("La Gazette gourmande", "news"),
        ("Ouest Matin", "news"),
        ("Le Quotidien des Halles", "news"),
        ("carnet-de-the.example", "blog"),
        ("Forum Papilles", "forum"),
    ),
    "en": (
        ("The Harbour Post", "news"),
        ("Northern Table", "news"),
        ("City Courier", "news"),
        ("Weekend Larder", "news"),
        ("slow-cups.example", "blog"),
        ("Tea Forum UK", "forum"),
    ),
}
LISTENED = ("x", "bluesky", "mastodon", "threads", "youtube", "tiktok")
FOUND = 0.7
WRONG = 0.22


def mention_table(lived: Lived, known: Accounts, said: Messages) -> pa.Table:
    """Return the sheet `mention`, by time."""
    parts = [_press(lived), _networks(lived, known, said)]
    day = np.concatenate([part.pop("day") for part in parts])
    columns = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    order = np.lexsort((columns["url"].astype(str), day))
    columns = {name: values[order] for name, values in columns.items()}
    rng = lived.chance("mentions")
    ids = numbered(rng, len(day), 9)
    first = columns.pop("first")
    place = np.empty(len(day), np.int64)
    place[order] = np.arange(len(day))
    copied = np.flatnonzero(first >= 0)
    copy_of = np.full(len(day), None, dtype=object)
    copy_of[copied] = ids[place[first[copied]]]
    true = columns.pop("true")
    wrong = rng.random(len(day)) < WRONG
    shown = np.where(wrong, rng.integers(0, 3, len(day)), true)
    return sheet(
        "mention",
        {
            **columns,
            "mention_id": ids,
            "published_on": lived.times(day[order]),
            "sentiment": words_of(shown, SENTIMENTS),
            "true_sentiment": words_of(true, SENTIMENTS),
            "copy_of": copy_of,
        },
    )


def _press(lived: Lived) -> dict[str, np.ndarray]:
    """Return articles of ordinary weeks and of crises; some are copied by other papers."""
    rng = lived.chance("articles")
    quiet = lived.pressures.articles
    starts = [w.day for w in lived.world.crises.waves if w.day < lived.days.count]
    waves = starts if lived.world.crises.on else []
    loud = np.concatenate(
        [day + rng.exponential(3.0, rng.poisson(6)) for day in waves] or [np.zeros(0)]
    )
    original = np.concatenate([quiet, np.minimum(loud, lived.days.count - 0.01)])
    crisis = np.arange(len(original)) >= len(quiet)
    copies = rng.poisson(np.where(crisis, 4.0, 0.8))
    of = np.concatenate([np.arange(len(original)), np.repeat(np.arange(len(original)), copies)])
    is_copy = np.arange(len(of)) >= len(original)
    day = original[of] + np.where(is_copy, rng.exponential(0.3, len(of)), 0)
    french = (rng.random(len(original)) < lived.world.population.french)[of]
    language = np.where(french, "fr", "en").astype(object)
    sentiment = drawn_from(rng.random(len(original)), (0.1, 0.5, 0.4))
    sentiment = np.where(crisis, 0, sentiment)[of]
    kinds = words_of(np.where(crisis, 1, 0), ("press", "crisis"))
    text = _articles(lived, language[: len(original)], sentiment[: len(original)], crisis)
    outlet = np.where(is_copy, rng.integers(0, 4, len(of)), rng.integers(0, 6, len(of)))
    paper = np.array(
        [OUTLETS[lang][each] for lang, each in zip(language, outlet, strict=True)] or [("", "")]
    )
    paper = paper[: len(of)]
    title = text[0][of]
    return {
        "day": np.minimum(day, lived.days.count - 0.005),
        "tool": np.full(len(of), "meltwater", dtype=object),
        "outlet": paper[:, 0].astype(object),
        "page_type": paper[:, 1].astype(object),
        "author": np.full(len(of), "", dtype=object),
        "title": title,
        "text": text[1][of],
        "url": np.array(
            [f"https://news.example/{row:06d}" for row in range(len(of))], dtype=object
        ),
        "language": language,
        "country": np.where(french, "FR", "GB").astype(object),
        "reach": (2000 * np.exp(1.6 * rng.standard_normal(len(of)))).astype(np.int64),
        "true": sentiment,
        "first": np.where(is_copy, of, -1),
        "message_id": np.full(len(of), None, dtype=object),
        "kind": kinds[of],
    }


def _articles(
    lived: Lived, language: np.ndarray, sentiment: np.ndarray, crisis: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    topics = [wave.topic for wave in lived.world.crises.waves][:1] or ["recall"]
    topic = np.where(crisis, topics[0], "product").astype(object)
    moods = words_of(sentiment, SENTIMENTS)
    titles = headlines(lived.chance("headlines"), moods, language, topic)
    bodies = articles(lived.chance("article texts"), titles, language, topic)
    return np.array([*titles, ""], dtype=object)[:-1], np.array([*bodies, ""], dtype=object)[:-1]


def _networks(lived: Lived, known: Accounts, said: Messages) -> dict[str, np.ndarray]:
    rng = lived.chance("found on networks")
    network = known.network[said.account]
    heard = np.isin(network, [NETWORKS.index(name) for name in LISTENED])
    rows = np.flatnonzero(heard & said.is_public & (rng.random(len(network)) < FOUND))
    names = words_of(network[rows], NETWORKS)
    kind = np.full(len(rows), "talk", dtype=object)
    for cause in ("buzz", "crisis"):
        kind[said.cause[rows] == CAUSES.index(cause)] = cause
    owner = np.maximum(known.owner[said.account[rows]], 0)
    ids = said.message_id[rows]
    followers = np.asarray(known.table.column("followers"))[said.account[rows]]
    urls = [f"https://{net}.example/post/{each}" for net, each in zip(names, ids, strict=True)]
    return {
        "day": said.day[rows],
        "tool": np.full(len(rows), "brandwatch", dtype=object),
        "outlet": names,
        "page_type": names,
        "author": known.handle[said.account[rows]],
        "title": np.array([*(text[:60] for text in said.text[rows]), ""], dtype=object)[:-1],
        "text": said.text[rows],
        "url": np.array([*urls, ""], dtype=object)[:-1],
        "language": said.language[rows],
        "country": lived.people.table["country"][owner],
        "reach": followers,
        "true": said.sentiment[rows],
        "first": np.full(len(rows), -1),
        "message_id": ids,
        "kind": kind,
    }
