"""From a trained network to the shipped file: small numbers, heads, calibration, data card."""

from __future__ import annotations

import json
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
import torch
from scipy.optimize import minimize
from sets import COLUMN, KINDS, Rows
from student import THREE_WAY, YES_NO, Corpus, Student

from rapport.listening.features import WordVectors
from rapport.listening.heads import IRONY, OUTPUTS, SENTIMENTS, Heads, fitted, sigmoid
from rapport.listening.network import Network

# What a public set calls otherwise, and how much one row of it counts beside one of our own.
ALSO = {
    "complaint": ("problem", 0.35),
    "suggestion": ("request", 0.35),
    "purchase_intent": ("wish", 0.1),
    IRONY: ("sarcasm", 0.5),
}
# How frequent the three sentiments are taken to be when probabilities are stated: alike.
PRIOR = (1 / 3, 1 / 3, 1 / 3)
SURE = 0.75  # of the sentiments that are told, this share is right


def small(values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return int8 numbers and the scale of each column."""
    scale = np.abs(values).max(0) / 127 + 1e-12
    return np.round(values / scale).astype(np.int8), scale.astype(np.float32)


def arrays(model: Student, corpus: Corpus) -> dict[str, np.ndarray]:
    """Return the network as it is stored."""
    found: dict[str, np.ndarray] = {"hashes": corpus.hashes}
    known = model.known.weight.detach().numpy()[:-1]
    found["known"], found["known_scale"] = small(known)
    spelt = model.spelling.weight.detach().numpy()
    found["spellings"], found["spellings_scale"] = small(spelt)
    found["manner"] = model.manner.detach().numpy().astype(np.float16)
    found["windows"] = model.conv.detach().numpy().astype(np.float16)
    found["bias"] = model.conv_b.detach().numpy().astype(np.float16)
    found["hidden"] = model.hidden.weight.detach().numpy().T.astype(np.float16)
    found["hidden_bias"] = model.hidden.bias.detach().numpy().astype(np.float16)
    return found


def network_of(parts: dict[str, np.ndarray]) -> Network:
    """Return the network that the package will read."""

    def wide(name: str) -> np.ndarray:
        return parts[name].astype(np.float32) * parts[f"{name}_scale"]

    words = WordVectors(
        parts["hashes"], wide("known"), wide("spellings"), parts["manner"].astype(np.float32)
    )
    return Network(
        words,
        parts["windows"].astype(np.float32),
        parts["bias"].astype(np.float32),
        (parts["hidden"].astype(np.float32), parts["hidden_bias"].astype(np.float32)),
    )


def heads_of(described: np.ndarray, rows: Rows, start: tuple[np.ndarray, np.ndarray]) -> Heads:
    """Fit the kinds on our own messages and what public sets add; calibrate all on tuning rows.

    `start` holds weights (described by output) and bias: the network's own heads.
    """
    weights, bias = (part.astype(np.float64) for part in start)
    targets, learned, tuning = rows.targets, rows.learned, rows.tuning
    thresholds: dict[str, float] = {}
    for place, name in enumerate(OUTPUTS):
        if name in SENTIMENTS:
            continue
        labels, counts = labels_of(name, targets)
        use = learned & ~np.isnan(labels)
        w, b = fitted(
            described[use],
            labels[use],
            (weights[:, place].astype(np.float32), float(bias[place])),
            20.0,
            counts[use],
        )
        check = tuning & ~np.isnan(labels)
        logits = described[check] @ w + b
        slope, shift = platt(logits, labels[check], counts[check])
        weights[:, place], bias[place] = w * slope, b * slope + shift
        thresholds[name] = best_threshold(
            sigmoid(logits * slope + shift), labels[check], counts[check]
        )
    three = described @ weights[:, :3] + bias[:3]
    tempers, sure = _sentiment(three, rows)
    return Heads(
        weights.astype(np.float16).astype(np.float32),
        bias.astype(np.float32),
        tempers,
        thresholds,
        sure,
    )


def calibrated(logits: np.ndarray, rows: Rows) -> tuple[dict, dict[str, float], float]:
    """Return tempers, thresholds and from where on a sentiment is sure, for logits as they are."""
    thresholds = {}
    for place, name in enumerate(OUTPUTS):
        if name not in SENTIMENTS:
            labels, counts = labels_of(name, rows.targets)
            check = rows.tuning & ~np.isnan(labels)
            chances = sigmoid(logits[check, place])
            thresholds[name] = best_threshold(chances, labels[check], counts[check])
    tempers, sure = _sentiment(logits[:, :3], rows)
    return tempers, thresholds, sure


def start_heads(model: Student) -> tuple[np.ndarray, np.ndarray]:
    """Return the network's own heads in the order of OUTPUTS."""
    weights = model.heads.weight.detach().numpy().T
    bias = model.heads.bias.detach().numpy()
    columns = [0, 1, 2, *(6 + YES_NO.index(name) for name in (*KINDS, IRONY))]
    return weights[:, columns], bias[columns]


def labels_of(name: str, targets: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the labels of a kind, from our own messages and from sets that mean the same."""
    labels = targets[:, COLUMN[name]].astype(np.float64)
    counts = np.ones(len(labels))
    if name in ALSO:
        other, weight = ALSO[name]
        more = targets[:, COLUMN[other]]
        take = np.isnan(labels) & ~np.isnan(more)
        labels[take], counts[take] = more[take], weight
    return labels, counts


def platt(logits: np.ndarray, labels: np.ndarray, counts: np.ndarray) -> tuple[float, float]:
    """Return slope and shift of Platt (1999), held near 1 and 0 where rows are few."""

    def loss(ab: np.ndarray) -> float:
        z = ab[0] * logits + ab[1]
        fit = (counts * (np.logaddexp(0, z) - labels * z)).sum()
        return float(fit + 2 * (ab[0] - 1) ** 2 + 0.5 * ab[1] ** 2)

    found = minimize(loss, np.array([1.0, 0.0]), method="L-BFGS-B", bounds=[(0.2, 3), (-4, 4)]).x
    return float(found[0]), float(found[1])


def best_threshold(chances: np.ndarray, labels: np.ndarray, counts: np.ndarray) -> float:
    """Return the threshold of the best F1, smoothed towards 0.5 since rows are few."""
    grid = np.arange(0.1, 0.71, 0.02)
    scores = []
    for cut in grid:
        there = chances >= cut
        hit = (counts * (there & (labels == 1))).sum()
        scores.append(2 * hit / max((counts * there).sum() + (counts * labels).sum(), 1e-9))
    smooth = np.convolve(np.pad(scores, 2, mode="edge"), np.ones(5) / 5, mode="valid")
    return round(float((2 * grid[smooth.argmax()] + 0.5) / 3), 2)


def _sentiment(logits: np.ndarray, rows: Rows) -> tuple[dict, float]:
    labels = rows.targets[:, COLUMN["sentiment"]]
    languages = np.array(rows.languages)
    check = rows.tuning & ~np.isnan(labels)
    tempers = {}
    right, top, weight = [], [], []
    for code in ("en", "fr", "*"):
        chosen = languages == code if code != "*" else ~np.isin(languages, ("en", "fr"))
        use = check & chosen
        y = labels[use].astype(int)
        share = np.bincount(y, minlength=3) / max(len(y), 1)
        each = np.array(PRIOR)[y] / share[y]
        z = logits[use]
        found = _temper(z, y, each)
        tempers[code] = [round(float(v), 4) for v in found]
        chances = torch.softmax(torch.tensor(z * found[0] + found[1:]), 1).numpy()
        right.append(chances.argmax(1) == y)
        top.append(chances.max(1))
        weight.append(each / each.sum())
    right, top, weight = map(np.concatenate, (right, top, weight))
    for sure in np.arange(0.4, 0.8, 0.01):
        told = top >= sure
        if (weight * right)[told].sum() / weight[told].sum() >= SURE:
            break
    return tempers, round(float(sure), 2)


def _temper(logits: np.ndarray, labels: np.ndarray, counts: np.ndarray) -> np.ndarray:
    """Return one scale and three shifts that fit best (Guo et al. 2017, eq. 9, with a bias)."""

    def loss(p: np.ndarray) -> float:
        z = logits * p[0] + p[1:]
        z = z - z.max(1, keepdims=True)
        each = np.log(np.exp(z).sum(1)) - z[np.arange(len(labels)), labels]
        return float((counts * each).sum() + 2 * (p[1:] ** 2).sum() + 5 * (p[0] - 1) ** 2)

    return minimize(loss, np.array([1.0, 0, 0, 0]), method="L-BFGS-B").x


def calibration_error(chances: np.ndarray, labels: np.ndarray, bins: int = 15) -> float:
    """Return the expected calibration error of the top class (Guo et al. 2017, eq. 5)."""
    top, right = chances.max(1), chances.argmax(1) == labels
    which = np.minimum((top * bins).astype(int), bins - 1)
    gaps = [
        abs(top[which == k].mean() - right[which == k].mean()) * (which == k).mean()
        for k in range(bins)
        if (which == k).any()
    ]
    return float(sum(gaps))


def packed(parts: dict[str, np.ndarray], card: dict) -> bytes:
    """Return the bytes of the file: the same for the same content."""
    told = json.dumps(card, ensure_ascii=False, sort_keys=True, indent=1).encode()
    every = {**parts, "card": np.frombuffer(told, dtype=np.uint8)}
    whole = BytesIO()
    with ZipFile(whole, "w", ZIP_DEFLATED, compresslevel=9) as archive:
        for name in sorted(every):
            one = BytesIO()
            np.lib.format.write_array(one, np.ascontiguousarray(every[name]), allow_pickle=False)
            archive.writestr(ZipInfo(f"{name}.npy"), one.getvalue(), ZIP_DEFLATED, 9)
    return whole.getvalue()


__all__ = ["THREE_WAY", "arrays", "calibration_error", "heads_of", "network_of", "packed"]


def figures(said: dict[str, np.ndarray], heads: Heads, rows: Rows) -> dict[str, float]:
    """Return how well the model does on rows that were kept aside."""
    targets, aside = rows.targets, np.array(rows.aside)
    sources, languages = np.array(rows.sources), np.array(rows.languages)
    three = np.stack([said[name] for name in SENTIMENTS], axis=1)
    found: dict[str, float] = {}
    for source in ("tweet_sentiment", "messages"):
        for code in ("en", "fr", "de", "es", "it", "pt"):
            use = aside & (sources == source) & (languages == code)
            if use.any():
                y = targets[use, COLUMN["sentiment"]].astype(int)
                found[f"{source} {code} macro-F1"] = macro_f1(three[use].argmax(1), y)
                found[f"{source} {code} calibration error"] = calibration_error(three[use], y)
    for name, (column, source) in {
        **{kind: (kind, "messages") for kind in (*KINDS, IRONY)},
        "problem (complaint)": ("problem", "app_reviews"),
        "request (suggestion)": ("request", "app_reviews"),
        "wish (purchase_intent)": ("wish", "purchase_intent"),
        "sarcasm (irony)": ("sarcasm", "sarcasm"),
    }.items():
        output = name.partition("(")[2].rstrip(")") or name
        for code in ("en", "fr"):
            use = aside & (sources == source) & (languages == code)
            if use.any():
                y = targets[use, COLUMN[column]] == 1
                there = heads.is_there(output, said[output][use])
                found[f"{source} {code} {name} F1"] = f1(there, y)
    return {name: round(value, 3) for name, value in found.items()}


def f1(there: np.ndarray, labels: np.ndarray) -> float:
    """Return the F1 of what was found."""
    return float(2 * (there & labels).sum() / max(there.sum() + labels.sum(), 1))


def macro_f1(best: np.ndarray, labels: np.ndarray) -> float:
    """Return the mean F1 of three classes."""
    return float(np.mean([f1(best == k, labels == k) for k in range(3)]))
