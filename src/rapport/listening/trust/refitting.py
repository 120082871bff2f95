"""Learning from a workspace's own labels: small changes of the heads, kept only where they help.

Each head's log-odds are an offset; a ridge-held linear change is learned on top of it (a normal
prior around what was shipped). How firmly it is held, and whether it helps at all, is told by
five-fold cross-validation, on messages that the fit had not seen.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from rapport.listening.backends import Reader
from rapport.listening.heads import KINDS, SENTIMENTS, sigmoid
from rapport.listening.trust.refitted import Added, log_odds, move, said_and_described

FEWEST = 30  # labelled messages
FEWEST_EACH = 5  # that are of the kind, and that are not
_FOLDS = 5
_HOLDS = (1000.0, 100.0, 30.0, 10.0)
_ERRORS = 1.64  # standard errors by which a change must help
_SEED = 20_261_128
Numbers = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Own:
    """Messages that somebody labelled.

    Parameters
    ----------
    ids, texts
        Of the messages.
    sentiments
        Places in SENTIMENTS; -1 where none was said.
    kinds
        For each kind, 1 where it is there, else 0.
    """

    ids: Sequence[str]
    texts: Sequence[str]
    sentiments: NDArray[np.int64]
    kinds: Mapping[str, NDArray[np.int64]]


@dataclass(frozen=True, slots=True)
class Tried:
    """What became of one head: how much the log loss fell, and whether it is kept."""

    name: str
    labelled: int
    gain: float
    error: float
    kept: bool
    few: bool = False


def refit(reader: Reader, own: Own) -> tuple[Added, list[Tried]]:
    """Return what the labels add to a reader, and what became of each head.

    Examples
    --------
    >>> from rapport.listening.backends import open_reader
    >>> none = np.zeros(0, dtype=np.int64)
    >>> added, tried = refit(open_reader("small"), Own([], [], none, dict.fromkeys(KINDS, none)))
    >>> added.names, tried[0].few
    ((), True)
    """
    said, described = said_and_described(reader, own.texts)
    x, turn = _scaled(np.asarray(described, float))
    tried: list[Tried] = []
    names: list[str] = []
    parts: list[tuple[Numbers, Numbers]] = []
    held: dict[str, Numbers] = {}
    for name in ("sentiment", *KINDS):
        task = _task(name, said, own)
        found = _try(name, x[task.rows], task)
        tried.append(found.told)
        if found.told.kept:
            heads = SENTIMENTS if name == "sentiment" else (name,)
            names += heads
            weights, bias = _fit(x[task.rows], task.offset, task.labels, found.hold)
            parts.append((weights / turn[:, None], bias))
            for head, column in zip(heads, found.held.T, strict=True):
                every = np.full(len(own.ids), np.nan)
                every[task.rows] = column
                held[head] = every
    width = x.shape[1]
    added = Added(
        reader.version,
        tuple(names),
        np.concatenate([np.empty((width, 0)), *(w for w, _ in parts)], axis=1).astype(np.float32),
        np.concatenate([np.empty(0), *(b for _, b in parts)]).astype(np.float32),
        _by_message(own.ids, said, tuple(names), held),
        {each.name: each.gain for each in tried if each.kept},
    )
    return added, tried


@dataclass(frozen=True, slots=True)
class _Task:
    rows: NDArray[np.int64]
    offset: Numbers
    labels: Numbers
    few: bool


@dataclass(frozen=True, slots=True)
class _Found:
    told: Tried
    hold: float
    held: Numbers


def _task(name: str, said: Mapping[str, NDArray[np.floating]], own: Own) -> _Task:
    """Return the rows, offsets and labels of one head; several columns for the sentiment."""
    if name == "sentiment":
        rows = np.flatnonzero(np.asarray(own.sentiments) >= 0)
        offset = np.log(np.maximum(np.stack([said[n] for n in SENTIMENTS], axis=1), 1e-5))[rows]
        labels = np.eye(len(SENTIMENTS))[np.asarray(own.sentiments)[rows]]
    else:
        rows = np.arange(len(own.ids))
        offset = log_odds(said[name])[:, None]
        labels = np.asarray(own.kinds[name], float)[:, None]
    each = labels.sum(axis=0)
    rare = min(each.min(), len(rows) - each.max()) if len(rows) else 0
    few = len(rows) < FEWEST or rare < FEWEST_EACH
    return _Task(rows, np.asarray(offset, float), labels, few)


def _try(name: str, x: Numbers, task: _Task) -> _Found:
    n = len(task.rows)
    if task.few:
        return _Found(Tried(name, n, 0.0, 0.0, kept=False, few=True), _HOLDS[0], task.offset)
    fold = np.random.default_rng(_SEED).permutation(n) % _FOLDS
    before = _losses(task.offset, task.labels)
    outcomes = []
    for hold in _HOLDS:
        moved = np.zeros_like(task.offset)
        for part in range(_FOLDS):
            seen, unseen = fold != part, fold == part
            weights, bias = _fit(x[seen], task.offset[seen], task.labels[seen], hold)
            moved[unseen] = task.offset[unseen] + x[unseen] @ weights + bias
        gains = before - _losses(moved, task.labels)
        outcomes.append((float(gains.mean()), float(gains.std(ddof=1) / np.sqrt(n)), hold, moved))
    # the firmest hold that is about as good as the best: few labels fool no one (one-error rule)
    top = max(outcomes, key=lambda each: each[0])
    gain, error, hold, moved = next(each for each in outcomes if each[0] >= top[0] - top[1])
    kept = gain > _ERRORS * error
    return _Found(Tried(name, n, gain, error, kept), hold, _chances(moved))


def _chances(logits: Numbers) -> Numbers:
    if logits.shape[1] == 1:
        return np.asarray(sigmoid(logits), float)
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    found: Numbers = powers / powers.sum(axis=1, keepdims=True)
    return found


def _losses(logits: Numbers, labels: Numbers) -> Numbers:
    """Return the log loss of each row."""
    chances = np.clip(_chances(logits), 1e-9, 1 - 1e-9)
    if logits.shape[1] == 1:
        chances, labels = np.hstack([1 - chances, chances]), np.hstack([1 - labels, labels])
    found: Numbers = -(labels * np.log(chances)).sum(axis=1)
    return found


def _fit(x: Numbers, offset: Numbers, labels: Numbers, hold: float) -> tuple[Numbers, Numbers]:
    """Return weights and bias of the change, held to nothing by a ridge."""
    from scipy.optimize import minimize

    width, columns = x.shape[1], labels.shape[1]
    wide = np.column_stack([x, np.ones(len(x))])
    holds = np.append(np.full(width, hold), 1.0)[:, None]

    def loss(flat: Numbers) -> tuple[float, Numbers]:
        w = flat.reshape(width + 1, columns)
        logits = offset + wide @ w
        value = float(_losses(logits, labels).sum() + (holds * w**2).sum() / 2)
        slope = wide.T @ (_chances(logits) - labels) + holds * w
        return value, slope.ravel()

    start = np.zeros((width + 1) * columns)
    options = {"maxiter": 60}
    found = minimize(loss, start, jac=True, method="L-BFGS-B", options=options).x
    w = found.reshape(width + 1, columns)
    return w[:-1], w[-1]


def _scaled(described: Numbers) -> tuple[Numbers, Numbers]:
    """Return descriptions whose numbers are alike in size, and what they were divided by."""
    if not len(described):
        return described, np.ones(described.shape[1])
    turn = np.sqrt((described**2).mean(axis=0)) + 1e-3
    return described / turn, turn


def _by_message(
    ids: Sequence[str],
    said: Mapping[str, NDArray[np.floating]],
    names: tuple[str, ...],
    held: Mapping[str, Numbers],
) -> dict[str, dict[str, float]]:
    plain = {name: np.asarray(said[name], float) for name in (*SENTIMENTS, *KINDS)}
    for name in names:
        plain[name] = np.where(np.isnan(held[name]), plain[name], held[name])
    return {
        each: {name: round(float(plain[name][row]), 5) for name in plain}
        for row, each in enumerate(ids)
    }


__all__ = ["FEWEST", "Own", "Tried", "move", "refit"]
