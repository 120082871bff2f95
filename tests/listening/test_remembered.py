"""Scores are kept by a keyed hash, used again for the same model only, and hold no text."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from rapport.listening.copies import MINIMA
from rapport.listening.hands import Found
from rapport.listening.heads import OUTPUTS
from rapport.listening.remembered import Remembered, forget, hashes_of

KEY = b"k" * 32


def found(texts: list[str]) -> Found:
    scores = np.array([[len(text) / 100] * len(OUTPUTS) for text in texts], dtype=np.float32)
    marks = np.array([[len(text)] * MINIMA for text in texts], dtype=np.uint64)
    shapes = (-1, len(OUTPUTS)), (-1, MINIMA)
    return Found(
        scores.reshape(shapes[0]), np.array([b"fr"] * len(texts), "S3"), marks.reshape(shapes[1])
    )


def read(remembered: Remembered, texts: list[str]) -> tuple[list[str], Found]:
    asked = remembered.look(texts, KEY)
    new = [texts[place] for place in asked.new.tolist()]
    return new, remembered.take(asked, found(new))


def run(folder: Path, texts: list[str], version: str = "1") -> tuple[list[str], np.ndarray]:
    remembered = Remembered(folder, version)
    new, said = read(remembered, texts)
    remembered.save()
    assert set(said.languages.tolist()) <= {b"fr"}
    assert said.sketches[:, 0].tolist() == [len(text) for text in texts]
    assert (remembered.sketches == said.sketches).all()
    return new, said.scores


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    folder = tmp_path / "understood"
    assert run(folder, ["un", "deux"])[0] == ["un", "deux"]
    read, scores = run(folder, ["trois", "un"])
    assert read == ["trois"]
    assert scores[:, 0] == pytest.approx([0.05, 0.02])
    assert run(folder, ["deux"])[0] == ["deux"]  # it was not asked for, so it did not stay


def test_what_a_slow_model_read_outlives_a_broken_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(tmp_path / "u", ["un"])
    monkeypatch.setattr("rapport.listening.remembered._OFTEN", 0.0)
    read(Remembered(tmp_path / "u", "1"), ["deux", "trois"])  # never saved
    assert run(tmp_path / "u", ["un", "deux", "trois"])[0] == []


def test_another_model_reads_anew(tmp_path: Path) -> None:
    run(tmp_path / "u", ["un"])
    assert run(tmp_path / "u", ["un"], version="2")[0] == ["un"]


def test_damage_is_made_good(tmp_path: Path) -> None:
    folder = tmp_path / "u"
    run(folder, ["un"])
    (folder / "scores.npy").write_bytes(b"broken")
    assert run(folder, ["un"])[0] == ["un"]


def test_no_text_is_in_the_files_and_all_of_it_can_go(tmp_path: Path) -> None:
    folder = tmp_path / "u"
    run(folder, ["Madame Hortense Delacourt est fâchée"])
    assert not any(b"Hortense" in file.read_bytes() for file in folder.iterdir())
    assert hashes_of(["a"], KEY)[0] != hashes_of(["a"], b"other")[0]
    forget(folder)
    assert not folder.exists()
