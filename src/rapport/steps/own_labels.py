"""A workspace's own labels beside what the model says of the same messages."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw
import numpy as np

from rapport.listening.backends import Reader
from rapport.listening.heads import KINDS, SENTIMENTS
from rapport.listening.trust.choosing import weights
from rapport.listening.trust.judged import Judged
from rapport.listening.trust.labels import Label, Labels
from rapport.listening.trust.refitted import Refitted
from rapport.listening.trust.refitting import Own
from rapport.steps.context import Context
from rapport.steps.reading import labels_folder, reader_of

_MOST_ASKED = 2000  # ids in one question to the engine


def own_labels(context: Context) -> Judged | None:
    """Return labelled messages with what the model says of them; None without any.

    Where heads were refitted, what is said of a message comes from a fit that had not seen it.
    """
    labels = Labels(labels_folder(context)).given()
    rows = labelled_rows(context, [label.message_id for label in labels])
    there = [label for label in labels if label.message_id in rows]
    if not there:
        return None
    return judged(there, rows, reader_of(context), context.record.rules.key)


def labelled_rows(context: Context, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
    """Return by id the rows of `messages` that are still there."""
    found: dict[str, dict[str, Any]] = {}
    for start in range(0, len(ids), _MOST_ASKED):
        wanted = list(ids[start : start + _MOST_ASKED])
        rows = context.result("messages").filter(nw.col("message_id").is_in(wanted))
        found |= {row["message_id"]: row for row in context.engine.collect(rows).to_pylist()}
    return found


def judged(
    labels: Sequence[Label], rows: dict[str, dict[str, Any]], reader: Reader, key: bytes
) -> Judged:
    """Return labels beside what the model says, each with how many messages it stands for."""
    ids = [label.message_id for label in labels]
    scores = {
        name: np.array([rows[each][_column(name)] for each in ids], float)
        for name in (*SENTIMENTS, *KINDS)
    }
    if isinstance(reader, Refitted):
        _hold_out(scores, ids, reader)
    said: dict[str, Any] = {kind: reader.is_there(kind, scores[kind]) for kind in KINDS}
    three = np.stack([scores[name] for name in SENTIMENTS], axis=1)
    sure = three.max(axis=1) >= reader.sure_from
    said |= {name: (three.argmax(axis=1) == k) & sure for k, name in enumerate(SENTIMENTS)}
    truth = {name: np.array([x.sentiment == name for x in labels]) for name in SENTIMENTS}
    truth |= {kind: np.array([kind in label.kinds for label in labels]) for kind in KINDS}
    importances = np.array([label.importance for label in labels], float)
    return Judged(truth, said, scores, weights(ids, importances, key))


def to_fit(labels: Sequence[Label], rows: dict[str, dict[str, Any]]) -> Own:
    """Return labels with their texts, as `refit` takes them."""
    there = [label for label in labels if label.message_id in rows]
    return Own(
        [label.message_id for label in there],
        [rows[label.message_id]["text"] for label in there],
        np.array([SENTIMENTS.index(label.sentiment) for label in there], dtype=np.int64),
        {k: np.array([k in label.kinds for label in there], dtype=np.int64) for k in KINDS},
    )


def _column(name: str) -> str:
    return name if name in SENTIMENTS else f"p_{name}"


def _hold_out(scores: dict[str, Any], ids: Sequence[str], reader: Refitted) -> None:
    for row, each in enumerate(ids):
        for name, chance in reader.added.held_out.get(each, {}).items():
            if name in scores:
                scores[name][row] = chance
