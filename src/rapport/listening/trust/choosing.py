"""Which messages to label next: by chance, more where the model is unsure.

Each message has a random number of its own that never changes, divided by how much its label would
help; those with the smallest come first (priority sampling: Duffield, Lund & Thorup 2007, section
2). So the order can be gone on with at any time, and the chance of each message is known, which is
what lets labels speak for all messages.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

_FLOOR = 0.25  # a message that the model is sure of is chosen now and then too
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Chosen:
    """A message to label: its importance, and its place in the order (the smaller the sooner)."""

    message_id: str
    importance: float
    place: float


def importance(scores: Mapping[str, NDArray[np.floating]]) -> Numbers:
    """Return how much a label of each message would help: the spread of all its probabilities.

    A stratum of a share is best read in proportion to the standard deviation in it (Neyman 1934).

    Examples
    --------
    >>> importance({"negative": np.array([0.5, 0.99])}).round(2).tolist()
    [0.75, 0.35]
    """
    spreads = [np.sqrt(np.clip(p * (1 - p), 0, None)) for p in map(_numbers, scores.values())]
    return np.asarray(_FLOOR + np.sum(spreads, axis=0))


def _numbers(values: NDArray[np.floating]) -> Numbers:
    return np.asarray(values, dtype=float)


def places(ids: Sequence[str], importances: Numbers, key: bytes) -> Numbers:
    """Return the place of each message in the order; equal ids have equal random numbers."""
    digest = hashlib.blake2b
    made = b"".join(
        digest(each.encode("utf-8", "replace"), digest_size=8, key=key[:64]).digest()
        for each in ids
    )
    drawn = (np.frombuffer(made, dtype="<u8").astype(float) + 1.0) / 2.0**64
    return np.asarray(drawn / importances)


def first(
    batches: Iterable[tuple[Sequence[str], Mapping[str, NDArray[np.floating]]]],
    most: int,
    key: bytes,
    done: Collection[str] = (),
) -> list[Chosen]:
    """Return the first messages of the order that are not done, from batches of any number.

    Parameters
    ----------
    batches
        Ids and probabilities by name.
    most
        How many.
    key
        The workspace's key.
    done
        Ids that are labelled or passed over.
    """
    kept: list[Chosen] = []
    for ids, scores in batches:
        if not len(ids):
            continue
        weights = importance(scores)
        order = places(ids, weights, key)
        limit = kept[-1].place if len(kept) >= most else np.inf
        new = [
            Chosen(ids[row], float(weights[row]), float(order[row]))
            for row in np.flatnonzero(order < limit).tolist()
            if ids[row] not in done
        ]
        kept = sorted([*kept, *new], key=lambda each: each.place)[:most]
    return kept


def weights(ids: Sequence[str], importances: Numbers, key: bytes) -> Numbers:
    """Return how many messages each labelled one stands for, in proportion.

    The chance of a message to be among the first is its importance times the farthest place that
    was reached, and at most 1 (Duffield, Lund & Thorup 2007, eq. 2).
    """
    if not len(ids):
        return np.zeros(0)
    reached = float(places(ids, importances, key).max())
    return np.asarray(1.0 / np.minimum(1.0, importances * reached))
