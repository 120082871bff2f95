"""What was learnt of topics as a table, so that what is said later can be placed without learning.

No text is kept: stems with their weights and directions, the centres of heaps and of topics.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.listening.themes.branches import Branches
from rapport.listening.themes.finding import Found
from rapport.listening.themes.learning import Learned, Topic, Wishes
from rapport.listening.themes.space import Points, Space

STORED = pa.schema(
    [
        *((name, pa.string()) for name in ("language", "part", "name")),
        ("place", pa.int64()),
        ("value", pa.float64()),
        ("vector", pa.list_(pa.float32())),
    ]
)
_STEM, _HEAP, _CENTRE, _NEARNESS = "stem", "heap", "centre", "nearness"

Row = tuple[str, str, str | None, int, float, Any]


def stored(model: Learned) -> pa.Table:
    """Return what places messages, as rows of `STORED`.

    A row is a stem (its weight and directions), a heap (its topic's number in `value`, -1 for
    none, and its centre), a topic's centre (its id in `name`), or how near is near enough.
    """
    rows: list[Row] = []
    for language, there in model.spaces.items():
        space, parts = there.space, there.parts
        rows += [
            (language, _STEM, stem, place, float(space.weights[place]), space.turn[place])
            for stem, place in space.numbers.items()
        ]
        rows += [
            (language, _HEAP, None, place, float(parts.branch[place]), centre)
            for place, centre in enumerate(parts.heaps)
        ]
        rows += [
            (
                language,
                _CENTRE,
                model.ids[language][place],
                place,
                float(there.sizes[place]),
                centre,
            )
            for place, centre in enumerate(there.middle)
        ]
        rows.append((language, _NEARNESS, None, 0, parts.nearness, []))
    columns = list(zip(*rows, strict=True)) or [()] * len(STORED)
    arrays = [pa.array(column, field.type) for column, field in zip(columns, STORED, strict=True)]
    return pa.table(arrays, schema=STORED)


def restored(rows: pa.Table, topics: Sequence[Topic], wishes: Wishes) -> Learned:
    """Return what `stored` kept, to place messages as before.

    Parameters
    ----------
    rows
        As `stored` gives them.
    topics, wishes
        What topics there are, and how they were looked for.
    """
    spaces, ids = {}, {}
    told = rows.to_pylist()
    for language in sorted({row["language"] for row in told}):
        own = [row for row in told if row["language"] == language]
        stems, heaps, centres = (_of(own, part) for part in (_STEM, _HEAP, _CENTRE))
        space = Space(
            {row["name"]: place for place, row in enumerate(stems)},
            np.array([row["value"] for row in stems], dtype=np.float32),
            _vectors(stems),
        )
        (near,) = _of(own, _NEARNESS)
        branch = np.array([row["value"] for row in heaps]).astype(np.int64)
        parts = Branches(_vectors(heaps), branch, np.zeros(len(centres)), near["value"])
        sizes = tuple(int(row["value"]) for row in centres)
        spaces[language] = Found(language, space, parts, _vectors(centres), (), sizes, ())
        ids[language] = tuple(row["name"] for row in centres)
    return Learned(tuple(topics), {}, spaces, ids, wishes)


def _of(rows: Sequence[dict[str, Any]], part: str) -> list[dict[str, Any]]:
    return sorted((row for row in rows if row["part"] == part), key=lambda row: row["place"])


def _vectors(rows: Sequence[dict[str, Any]]) -> Points:
    return np.array([row["vector"] for row in rows], dtype=np.float32)
