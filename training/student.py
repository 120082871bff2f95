"""The small model in PyTorch: word vectors, one convolution over three words, heads.

`rapport.listening.network` computes the same with NumPy.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from sets import COLUMN, TARGETS, Rows
from torch import nn

from rapport.listening.features import BUCKETS, spelling, word_hash
from rapport.listening.normalise import cut, folded, is_long, is_loud, token

THREE_WAY = ("sentiment", "stars")
YES_NO = tuple(name for name in TARGETS if name not in (*THREE_WAY, "own"))
OUTPUTS = 6 + len(YES_NO)
LONGEST = 120  # tokens that are learned from


@dataclass
class Corpus:
    """Texts as numbers of surface words, and each word's features."""

    words: list[str]
    texts: list[np.ndarray]
    known: np.ndarray  # a row of the vocabulary, its length for none
    buckets: np.ndarray
    starts: np.ndarray
    manner: np.ndarray
    hashes: np.ndarray


def corpus_of(texts: list[str], learn: np.ndarray, more: list[str], *, least: int = 2) -> Corpus:
    """Return texts as numbers; the vocabulary is what is written `least` times, and `more`."""
    index: dict[str, int] = {}
    made = []
    for text in texts:
        parts = [token(part) for part in cut(text)][:LONGEST] or ["‹url›"]
        made.append(np.array([index.setdefault(part, len(index)) for part in parts]))
    words = list(index)
    low = [folded(word) for word in words]
    counts: Counter[str] = Counter()
    for row in np.flatnonzero(learn):
        counts.update({low[word] for word in made[row]})
    chosen = {word for word, count in counts.items() if count >= least} | set(more)
    hashes = np.unique(np.array([word_hash(word) for word in chosen], dtype=np.uint32))
    marks = np.array([word_hash(word) for word in low], dtype=np.uint32)
    places = np.minimum(np.searchsorted(hashes, marks), len(hashes) - 1)
    known = np.where(hashes[places] == marks, places, len(hashes))
    each = [spelling(word) for word in low]
    sizes = np.array([len(one) for one in each])
    return Corpus(
        words,
        made,
        known,
        np.concatenate([np.array(one) for one in each]),
        np.cumsum(sizes) - sizes,
        np.array([(is_long(word), is_loud(word)) for word in words], dtype=np.float32),
        hashes,
    )


class Student(nn.Module):
    """The small model.

    Parameters
    ----------
    vectors
        A vector for each known word to start from.
    channels
        Width of the convolution.
    hidden
        Width of the layer between pooling and heads.
    """

    def __init__(self, vectors: np.ndarray, channels: int = 128, hidden: int = 64) -> None:
        super().__init__()
        size = vectors.shape[1]
        start = np.concatenate([vectors, np.zeros((1, size))]).astype(np.float32)
        self.known = nn.Embedding.from_pretrained(
            torch.tensor(start), freeze=False, padding_idx=len(vectors), sparse=True
        )
        self.spelling = nn.EmbeddingBag(BUCKETS, size, mode="mean", sparse=True)
        nn.init.normal_(self.spelling.weight, std=0.05)
        self.manner = nn.Parameter(torch.zeros(2, size))
        self.conv = nn.Parameter(torch.randn(3, size, channels) * (1 / (3 * size) ** 0.5))
        self.conv_b = nn.Parameter(torch.zeros(channels))
        pooled = 2 * channels + size
        self.hidden = nn.Linear(pooled, hidden)
        self.heads = nn.Linear(pooled + hidden, OUTPUTS)
        self.drop_words, self.drop = 0.1, nn.Dropout(0.3)

    def words(self, corpus: Corpus, unique: np.ndarray) -> torch.Tensor:
        """Return the vectors of some surface words."""
        begins = corpus.starts[unique]
        ends = np.append(corpus.starts, len(corpus.buckets))[unique + 1]
        flat = np.concatenate([corpus.buckets[b:e] for b, e in zip(begins, ends, strict=True)])
        offsets = np.cumsum(ends - begins) - (ends - begins)
        known = self.known(torch.tensor(corpus.known[unique]))
        if self.training:  # a word that is unknown one day must be read from its spelling
            known = known * (torch.rand(len(unique), 1) > self.drop_words)
        spelt = self.spelling(torch.tensor(flat), torch.tensor(offsets))
        return known + spelt + torch.tensor(corpus.manner[unique]) @ self.manner

    def pooled(self, corpus: Corpus, texts: list[np.ndarray]) -> torch.Tensor:
        """Return what the heads see."""
        lens = torch.tensor([len(text) for text in texts])
        unique, inverse = np.unique(np.concatenate(texts), return_inverse=True)
        vectors = self.drop(self.words(corpus, unique))
        inverse = torch.tensor(inverse)
        sides = torch.cat([vectors, vectors.new_zeros(1, vectors.shape[1])])
        n, none = len(inverse), len(unique)
        starts = torch.cumsum(lens, 0) - lens
        before = torch.cat([torch.tensor([none]), inverse[:-1]])
        before[starts] = none
        after = torch.cat([inverse[1:], torch.tensor([none])])
        after[starts + lens - 1] = none
        one, two, three = (sides @ self.conv[k] for k in range(3))
        h = torch.relu(one[before] + two[inverse] + three[after] + self.conv_b)
        owner = torch.repeat_interleave(torch.arange(len(lens)), lens)
        width = h.shape[1]
        top = h.new_zeros(len(lens), width)
        top = top.scatter_reduce(0, owner[:, None].expand(n, width), h, "amax")
        total = h.new_zeros(len(lens), width).index_add(0, owner, h)
        raw = h.new_zeros(len(lens), vectors.shape[1]).index_add(0, owner, sides[inverse])
        root = lens[:, None].float().sqrt()
        pooled = torch.cat([top, total / root, raw / root], 1)
        hidden = torch.relu(self.hidden(self.drop(pooled)))
        return torch.cat([pooled, hidden], 1)

    def forward(self, corpus: Corpus, texts: list[np.ndarray]) -> torch.Tensor:
        """Return the logits."""
        return self.heads(self.drop(self.pooled(corpus, texts)))


def loss(
    logits: torch.Tensor,
    labels: torch.Tensor,
    weights: torch.Tensor,
    soft: torch.Tensor | None = None,
) -> torch.Tensor:
    """Return the loss over what is labelled; `labels` as in `sets.TARGETS`.

    `soft` holds a teacher's probabilities, NaN where it is silent; its word counts half.
    """
    total = logits.new_zeros(())
    n = len(labels)
    for position, name in enumerate(THREE_WAY):
        span = slice(3 * position, 3 * position + 3)
        column = labels[:, COLUMN[name]]
        known = ~column.isnan()
        if known.any():
            each = nn.functional.cross_entropy(
                logits[known, span], column[known].long(), reduction="none"
            )
            total = total + (each * weights[known]).sum() / n
    columns = labels[:, [COLUMN[name] for name in YES_NO]]
    known = ~columns.isnan()
    each = nn.functional.binary_cross_entropy_with_logits(
        logits[:, 6:], torch.nan_to_num(columns), reduction="none"
    )
    total = total + 0.7 * (each * known * weights[:, None]).sum() / n
    return total if soft is None else total + 0.5 * _away(logits, soft, weights) / n


def _away(logits: torch.Tensor, soft: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return how far the student is from its teacher."""
    three = torch.nan_to_num(soft[:, :3])
    each = -(three * nn.functional.log_softmax(logits[:, :3], 1)).sum(1)
    others = soft[:, 3:]
    kinds = nn.functional.binary_cross_entropy_with_logits(
        logits[:, 6 : 6 + others.shape[1]], torch.nan_to_num(others), reduction="none"
    )
    return ((each + 0.7 * (kinds * ~others.isnan()).sum(1)) * weights).sum()


@dataclass(frozen=True)
class Plan:
    """How the small model is trained."""

    epochs: int = 4
    seed: int = 1
    size: int = 64
    rate: float = 3e-3
    channels: int = 128
    hidden: int = 64


def trained(
    corpus: Corpus,
    rows: Rows,
    vectors: np.ndarray,
    plan: Plan,
    tell: Callable[[str], None] = print,
    soft: np.ndarray | None = None,
) -> Student:
    """Train the small model on the rows that are not kept aside.

    `soft` is what a teacher says, a row a text: see `teacher.taught`.
    """
    torch.manual_seed(plan.seed)
    chance = np.random.default_rng(plan.seed)
    model = Student(vectors, plan.channels, plan.hidden)
    labels, weights = torch.tensor(rows.targets), torch.tensor(rows.weights)
    says = None if soft is None else torch.tensor(soft)
    sparse = torch.optim.SparseAdam(
        [*model.known.parameters(), *model.spelling.parameters()], lr=plan.rate / 3
    )
    dense = torch.optim.AdamW(
        [p for n, p in model.named_parameters() if not n.startswith(("known", "spelling"))],
        lr=plan.rate,
        weight_decay=0.01,
    )
    learn = np.flatnonzero(rows.learned)
    steps = plan.epochs * (len(learn) // plan.size)
    step = 0
    for epoch in range(plan.epochs):
        model.train()
        running = 0.0
        order = chance.permutation(learn)
        for start in range(0, len(order) - plan.size + 1, plan.size):
            scale = max(0.02, 1 - step / steps) * min(1.0, (step + 1) / 100)
            dense.param_groups[0]["lr"] = plan.rate * scale
            sparse.param_groups[0]["lr"] = plan.rate / 3 * scale
            batch = order[start : start + plan.size]
            logits = model(corpus, [corpus.texts[row] for row in batch])
            given = None if says is None else says[batch]
            value = loss(logits, labels[batch], weights[batch], given)
            dense.zero_grad()
            sparse.zero_grad()
            value.backward()
            dense.step()
            sparse.step()
            step += 1
            running += value.item()
        tell(f"student epoch {epoch} loss {running / (steps / plan.epochs):.3f}")
    model.eval()
    return model
