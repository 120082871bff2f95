"""Heads: what turns the description of a message into probabilities, and how they are refitted."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from rapport.listening.features import Floats

SENTIMENTS = ("negative", "neutral", "positive")
KINDS = (
    "praise",
    "complaint",
    "suggestion",
    "question",
    "purchase_intent",
    "leaving",
    "thanks",
    "recommendation",
)
IRONY = "irony"
OUTPUTS = (*SENTIMENTS, *KINDS, IRONY)
OTHER_LANGUAGES = "*"


@dataclass(frozen=True, slots=True)
class Heads:
    """Linear heads over the description of a message, and their calibration.

    Parameters
    ----------
    weights
        One column for each of `OUTPUTS`.
    bias
        One number for each.
    tempers
        For each language, what the three sentiment logits are multiplied with and what is added;
        "*" stands for languages without their own.
    thresholds
        From which probability a kind counts as there; 0.5 where none is given.
    sure_from
        A sentiment whose probability is lower is "unsure".
    """

    weights: Floats
    bias: Floats
    tempers: Mapping[str, tuple[float, float, float, float]] = field(default_factory=dict)
    thresholds: Mapping[str, float] = field(default_factory=dict)
    sure_from: float = 0.5

    def logits(self, described: Floats) -> Floats:
        """Return the logits before calibration, a column for each of `OUTPUTS`."""
        found: Floats = described @ self.weights + self.bias
        return found

    def probabilities(self, described: Floats, languages: Sequence[str]) -> dict[str, Floats]:
        """Return calibrated probabilities by name."""
        return self.of_logits(self.logits(described), languages)

    def of_logits(self, logits: Floats, languages: Sequence[str]) -> dict[str, Floats]:
        """Return calibrated probabilities from logits."""
        three = len(SENTIMENTS)
        chances = softmax(self._tempered(logits[:, :three], languages))
        found = {name: chances[:, place] for place, name in enumerate(SENTIMENTS)}
        for place, name in enumerate(OUTPUTS[three:], start=three):
            found[name] = sigmoid(logits[:, place])
        return found

    def _tempered(self, logits: Floats, languages: Sequence[str]) -> Floats:
        plain = (1.0, 0.0, 0.0, 0.0)
        rest = self.tempers.get(OTHER_LANGUAGES, plain)
        codes, which = np.unique(np.array(languages, dtype=str), return_inverse=True)
        rows = np.array([self.tempers.get(str(code), rest) for code in codes], dtype=np.float32)
        if not len(codes):
            return logits
        each = rows[which]
        tempered: Floats = logits * each[:, :1] + each[:, 1:]
        return tempered

    def is_there(self, name: str, chances: NDArray[np.floating]) -> NDArray[np.bool_]:
        """Return where a kind counts as there."""
        return np.asarray(chances >= self.thresholds.get(name, 0.5))

    def refitted(
        self,
        name: str,
        described: Floats,
        labels: NDArray[np.floating],
        *,
        strength: float = 30.0,
    ) -> Heads:
        """Return heads of which one, a kind or irony, has learned from more labels.

        The old weights are the centre of a normal prior, so that few labels move them little.

        Parameters
        ----------
        name
            A kind, or "irony".
        described
            One row a labelled message.
        labels
            1 where the kind is there, else 0.
        strength
            How firmly the old weights are held.
        """
        column = OUTPUTS.index(name)
        weights, bias = fitted(
            described, labels, (self.weights[:, column], float(self.bias[column])), strength
        )
        every, biases = self.weights.copy(), self.bias.copy()
        every[:, column], biases[column] = weights, bias
        return replace(self, weights=every, bias=biases)

    def with_sentiment(
        self, described: Floats, labels: NDArray[np.integer], *, strength: float = 30.0
    ) -> Heads:
        """Return heads whose sentiment has learned from more labels (0, 1, 2: see `SENTIMENTS`)."""
        from scipy.optimize import minimize

        three = len(SENTIMENTS)
        start = np.vstack([self.weights[:, :three], self.bias[:three]]).astype(np.float64)
        x = np.column_stack([described, np.ones(len(described))]).astype(np.float64)
        y = np.eye(three)[np.asarray(labels)]

        def loss(flat: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
            w = flat.reshape(start.shape)
            logits = x @ w
            top = logits.max(axis=1, keepdims=True)
            logs = logits - top - np.log(np.exp(logits - top).sum(axis=1, keepdims=True))
            away = w - start
            value = -(y * logs).sum() + strength / 2 * (away**2).sum()
            return float(value), (x.T @ (np.exp(logs) - y) + strength * away).ravel()

        found = minimize(loss, start.ravel(), jac=True, method="L-BFGS-B").x.reshape(start.shape)
        every, biases = self.weights.copy(), self.bias.copy()
        every[:, :three], biases[:three] = found[:-1], found[-1]
        return replace(self, weights=every, bias=biases)


def fitted(
    described: Floats,
    labels: NDArray[np.floating],
    start: tuple[Floats, float],
    strength: float,
    counts: NDArray[np.floating] | None = None,
) -> tuple[Floats, float]:
    """Return weights and bias of a logistic regression whose prior is centred on `start`.

    `counts` says how much each row counts; all alike if not given.
    """
    from scipy.optimize import minimize

    x = np.column_stack([described, np.ones(len(described))]).astype(np.float64)
    y = np.asarray(labels, dtype=np.float64)
    each = np.ones(len(y)) if counts is None else np.asarray(counts, dtype=np.float64)
    centre = np.append(start[0], start[1]).astype(np.float64)
    hold = np.append(np.full(len(centre) - 1, strength), strength / 100)  # the bias moves freely

    def loss(w: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        logits = x @ w
        value = (each * (np.logaddexp(0, logits) - y * logits)).sum()
        away = w - centre
        slope = x.T @ (each * (sigmoid(logits) - y)) + hold * away
        return float(value + (hold * away**2).sum() / 2), slope

    found = minimize(loss, centre, jac=True, method="L-BFGS-B").x
    return found[:-1].astype(np.float32), float(found[-1])


def softmax(logits: Floats) -> Floats:
    """Return probabilities that add up to 1 in each row."""
    powers = np.exp(logits - logits.max(axis=1, keepdims=True))
    chances: Floats = powers / powers.sum(axis=1, keepdims=True)
    return chances


def sigmoid(logits: NDArray[np.floating]) -> Floats:
    """Return 1 / (1 + exp(-x)) without overflow."""
    found: Floats = 0.5 * (1.0 + np.tanh(0.5 * logits))
    return found
