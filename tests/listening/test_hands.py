"""Several processes say the same as one, in order, and end when the work is broken off."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from joblib.externals import loky

from rapport.errors import Problem
from rapport.listening.backends import Reader, open_reader
from rapport.listening.hands import ENOUGH, MOST, how_many, read, read_by_many
from rapport.settings import parse_settings
from rapport.steps.reading import Opened

TEXTS = [
    ["Merci, livraison rapide !", "Third breakdown today, I am furious with this kettle."],
    [],
    ["Quand ouvrez-vous la boutique du quartier, et le dimanche aussi, comme avant ?"],
    *([f"Je recommande le thé numéro {n} à tous mes amis"] for n in range(12)),
]


def opened(model: str = "small") -> Opened:
    return Opened(model, Path("nowhere"), "1")


def test_two_processes_say_the_same_as_one() -> None:
    reader = open_reader("small")
    every = list(read_by_many(opened(), 2, TEXTS))
    assert len(every) == len(TEXTS)
    for texts, found in zip(TEXTS, every, strict=True):
        alone = read(reader, texts)
        assert np.allclose(found.scores, alone.scores, atol=1e-5)
        assert (found.languages == alone.languages).all()
        assert (found.sketches == alone.sketches).all()


def test_what_fails_there_fails_here() -> None:
    with pytest.raises(Problem, match="No model"):
        list(read_by_many(opened("of nobody"), 2, TEXTS))


def ended() -> Reader:
    os._exit(1)


def test_a_process_that_is_ended_is_told_in_plain_words() -> None:
    with pytest.raises(Problem, match="memory"):
        list(read_by_many(ended, 1, TEXTS))


def test_who_breaks_off_leaves_no_process_behind(monkeypatch: pytest.MonkeyPatch) -> None:
    begun: list[Any] = []

    class Watched(loky.ProcessPoolExecutor):  # type: ignore[misc]
        def submit(self, *work: Any) -> Any:
            given = super().submit(*work)
            begun.extend(self._processes.values())
            return given

    def broken() -> Iterator[list[str]]:
        yield ["Merci"]
        raise KeyboardInterrupt

    monkeypatch.setattr(loky, "ProcessPoolExecutor", Watched)
    with pytest.raises(KeyboardInterrupt):
        list(read_by_many(opened(), 2, broken()))
    assert begun
    assert not any(process.is_alive() for process in begun)


@pytest.mark.parametrize(("texts", "memory", "most"), [
    (ENOUGH - 1, 64.0, 1), (10**6, 0.3, 1), (10**6, 1.0, 2), (10**6, 64.0, MOST),
])  # fmt: skip
def test_few_texts_and_little_memory_take_one(texts: int, memory: float, most: int) -> None:
    assert 1 <= how_many(texts, memory) <= most


def test_memory_is_told_in_gigabytes() -> None:
    told = [parse_settings(f'brand = "x"\nmemory = "{m}"').memory_gb for m in ("4GB", "500 MB")]
    assert told == [4.0, 0.5]
