"""How many topics there are: those branches of a tree of messages that grow again elsewhere.

Messages are put into many small heaps, the heaps are joined into a tree, and the same is done again
with halves of the messages. A branch is a topic when it comes back: Hennig (2007), "Cluster-wise
assessment of cluster stability", section 3, with the Jaccard overlap that chance alone gives taken
off. Of branches that lie in one another those are taken that hold most messages most surely.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.listening.themes.space import Points, unit
from rapport.threads import one_thread

REGROWN = 8
STABLE = 0.45  # of a branch, chance taken off; below, it does not come back often enough
TOGETHER = 0.8  # a branch is left whole unless its parts together hold so much more
_LEAST_HEAPS, _MOST_HEAPS = 6, 80

Labels = NDArray[np.int64]
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Branches:
    """The topics found in a sample of messages.

    Parameters
    ----------
    heaps
        The centre of each heap.
    branch
        Of each heap, the number of its topic; -1 for none.
    stability
        Of each topic: 1 came back whole each time, 0 as by chance.
    nearness
        How alike (cosine) a message must be to the centre of its topic to belong to it.
    """

    heaps: Points
    branch: Labels
    stability: Numbers
    nearness: float

    def nearest(self, points: Points) -> Labels:
        """Return the topic of the nearest heap for each point; -1 for none."""
        return self.branch[_nearest(points, self.heaps)]


def branches(points: Points, smallest: int) -> Branches | None:
    """Return the topics among points of length 1; None when no branch comes back.

    Parameters
    ----------
    points
        One row a message.
    smallest
        Messages that a topic must hold.
    """
    many = len(points)
    heaps = int(np.clip(math.sqrt(many), _LEAST_HEAPS, _MOST_HEAPS))
    if many < max(2 * smallest, 2 * heaps):
        return None
    tree = _grown(points, heaps, seed=0)
    held = _nearest(points, tree.heaps)
    size: Numbers = (tree.within @ np.bincount(held, minlength=heaps)).astype(float)
    overlap = np.zeros(len(size))
    back = np.zeros((len(size), many), dtype=np.float32)
    for seed in range(1, REGROWN + 1):
        half = np.random.default_rng(seed).permutation(many)[: many // 2]
        again = _grown(points[half], heaps, seed)
        there = _nearest(points, again.heaps)
        best, match = _overlaps(tree, again, held, there, size)
        overlap += best / REGROWN
        back += again.within[match][:, there] / np.float32(REGROWN)
    sure = _beyond_chance(overlap, size / many)
    chosen = _chosen(tree, sure, size, smallest, many)
    if not chosen:
        return None
    branch = np.full(heaps, -1, dtype=np.int64)
    for number, node in enumerate(chosen):
        branch[tree.within[node]] = number
    nearness = _nearness(points, branch[held], back[chosen])
    return Branches(tree.heaps, branch, sure[chosen], nearness)


@dataclass(frozen=True, slots=True)
class _Tree:
    heaps: Points
    within: NDArray[np.bool_]  # nodes by heaps
    joined: Labels  # the two nodes under each node above the heaps


def _grown(points: Points, heaps: int, seed: int) -> _Tree:
    from sklearn.cluster import AgglomerativeClustering, KMeans

    with one_thread(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fewer different messages than heaps
        means = KMeans(heaps, n_init=1, max_iter=30, random_state=seed).fit(points)
    centres = means.cluster_centers_
    tree = AgglomerativeClustering(
        n_clusters=1, metric="cosine", linkage="average", compute_full_tree=True
    ).fit(unit(centres) + np.float32(1e-9))
    within = np.zeros((2 * heaps - 1, heaps), dtype=bool)
    within[:heaps] = np.eye(heaps, dtype=bool)
    for number, (left, right) in enumerate(tree.children_):
        within[heaps + number] = within[left] | within[right]
    return _Tree(centres, within, tree.children_)


def _nearest(points: Points, centres: Points) -> Labels:
    far = np.einsum("ij,ij->i", centres, centres)
    found: Labels = (2 * points @ centres.T - far).argmax(axis=1)
    return found


def _overlaps(
    tree: _Tree, again: _Tree, held: Labels, there: Labels, size: Numbers
) -> tuple[Numbers, Labels]:
    """Return for each branch its best Jaccard overlap with one of the other tree, and which."""
    heaps = len(tree.heaps)
    shared = np.zeros((heaps, heaps))
    np.add.at(shared, (held, there), 1)
    both = tree.within.astype(float) @ shared @ again.within.T.astype(float)
    other = again.within @ np.bincount(there, minlength=heaps)
    jaccard = both / np.maximum(size[:, None] + other[None] - both, 1)
    return jaccard.max(axis=1), jaccard.argmax(axis=1)


def _beyond_chance(overlap: Numbers, share: Numbers) -> Numbers:
    """Return the overlap with that of two unrelated groups of the same share taken off."""
    by_chance = share / (2 - share)
    found: Numbers = (overlap - by_chance) / np.maximum(1 - by_chance, 1e-9)
    found[share >= 1] = 0
    return found


def _chosen(tree: _Tree, sure: Numbers, size: Numbers, smallest: int, many: int) -> list[int]:
    """Return branches of which none holds another, worth most together."""
    told = np.sqrt(np.log(many / np.maximum(size, 1)))
    worth = np.where((sure >= STABLE) & (size >= smallest), size * sure * told, 0.0)
    heaps = len(tree.heaps)
    best, picked = worth.copy(), [[node] if worth[node] > 0 else [] for node in range(heaps)]
    for number, (left, right) in enumerate(tree.joined):
        node = heaps + number
        apart = best[left] + best[right]
        if worth[node] > 0 and worth[node] >= TOGETHER * apart:
            best[node] = max(worth[node], apart)
            picked.append([node])
        else:
            best[node] = apart
            picked.append(picked[left] + picked[right])
    return picked[-1]


def _nearness(points: Points, topic: Labels, back: NDArray[np.float32]) -> float:
    """Return the cosine to a topic's centre from which on messages mostly come back with it."""
    from sklearn.isotonic import IsotonicRegression

    inside = np.flatnonzero(topic >= 0)
    near = alike(points[inside], topic[inside], centres(points, topic))
    came = back[topic[inside], inside]
    rising = IsotonicRegression(out_of_bounds="clip").fit(near, came)
    steps = np.linspace(0, 1, 101)
    enough = steps[rising.predict(steps) >= 0.5]
    return float(min(enough[0] if len(enough) else 1.0, np.quantile(near, 0.5)))


def centres(points: Points, topic: Labels) -> Points:
    """Return the centre of each topic, of length 1."""
    made = np.zeros((int(topic.max()) + 1, points.shape[1]), dtype=np.float32)
    np.add.at(made, topic[topic >= 0], points[topic >= 0])
    return unit(made)


def alike(points: Points, topic: Labels, middle: Points) -> NDArray[np.float32]:
    """Return the cosine of each point with the centre of its topic."""
    found: NDArray[np.float32] = np.einsum("ij,ij->i", points, middle[topic])
    return found
