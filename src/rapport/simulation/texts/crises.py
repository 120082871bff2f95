"""A crisis in texts: many messages on one topic, and copies of the same few that go round."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from rapport.simulation.texts.chance import chances, picked
from rapport.simulation.texts.labels import CRISES, checked
from rapport.simulation.texts.messages import Labels, messages

KINDS = ("complaint", "question", "leaving", "other", "suggestion")
SHARES = (0.62, 0.16, 0.14, 0.05, 0.03)
"""What people write in a crisis."""


def crisis(
    rng: np.random.Generator, topic: str, languages: Labels
) -> tuple[list[str], list[str], list[str]]:
    """Return the texts, kinds and sentiments of one message of a crisis for each language given.

    Parameters
    ----------
    topic
        One of `CRISES`.

    Raises
    ------
    ValueError
        If the topic is no crisis.

    Examples
    --------
    >>> texts, kinds, sentiments = crisis(np.random.default_rng(4), "recall", ["en"] * 50)
    >>> len(texts), sentiments.count("negative") > 30
    (50, True)
    """
    checked([topic], CRISES, "crisis")
    n = len(languages)
    kinds = [KINDS[drawn] for drawn in rng.choice(len(KINDS), n, p=SHARES)]
    calm = rng.random(n) < 0.5
    sentiments = [
        "neutral" if quiet and kind in {"question", "other", "suggestion"} else "negative"
        for kind, quiet in zip(kinds, calm, strict=True)
    ]
    texts = messages(rng, kinds, sentiments, languages, [topic] * n)
    return texts, kinds, sentiments


def copies(rng: np.random.Generator, texts: Sequence[str], n: int) -> tuple[list[str], list[int]]:
    """Return n copies of a few texts as they go round, and the position of each one's original.

    Some are word for word, others carry `RT`, lose their end, or gain a link: a counter of
    talk must take them for one voice.

    Raises
    ------
    ValueError
        If there is nothing to copy.

    Examples
    --------
    >>> copies(np.random.default_rng(0), ["the tea is off"], 2)
    (['the tea is off', 'the tea is off'], [0, 0])
    """
    if not texts:
        msg = "there is nothing to copy"
        raise ValueError(msg)
    weights = 1 / (np.arange(len(texts)) + 1.0)
    source = rng.choice(len(texts), n, p=weights / weights.sum()).tolist()
    roll = chances(rng)
    return [_copied(texts[row], picked(WAYS, roll)) for row in source], source


WAYS = ("{}", "{}", "{}", "RT @alerte_conso {}", "{} (via @conso_info)", "{short}…", "« {} »",
        "{} https://news.example/a/1", "⚠️ {}", "{} #maisonalize")  # fmt: skip


def _copied(text: str, way: str) -> str:
    return way.replace("{short}", text[: max(20, len(text) * 3 // 4)]).replace("{}", text)
