"""What texts were found to say, kept under a keyed hash of each text: no text, no name."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.listening.heads import OUTPUTS

_FILES = ("hashes.npy", "scores.npy", "languages.npy", "about.json")
_AT_ONCE = 1_000  # texts
_OFTEN = 120.0  # seconds: what a slow model read is kept, should the run be broken off
Hashes = NDArray[np.uint64]


def hashes_of(texts: Sequence[str], key: bytes) -> Hashes:
    """Return a 64-bit hash of each text that only the workspace's key can make again.

    Examples
    --------
    >>> one, two = hashes_of(["Merci", "merci"], b"key")
    >>> bool(one == two)
    False
    """
    digest = hashlib.blake2b
    made = b"".join(
        digest(text.encode("utf-8", "replace"), digest_size=8, key=key[:64]).digest()
        for text in texts
    )
    return np.frombuffer(made, dtype="<u8").astype(np.uint64)


class Remembered:
    """Scores of texts that were read before by the same version of the model.

    What is looked up or added stays; what nobody asked for in a run is left out when it is saved,
    so that scores of texts that left the record do not stay.

    Parameters
    ----------
    folder
        Where it is kept.
    version
        Of the model: another version's scores are not used.
    """

    def __init__(self, folder: Path, version: str) -> None:
        self.folder = folder
        self.version = version
        self.read_anew = 0
        self._used: list[Hashes] = []
        self._scores: list[NDArray[np.float32]] = []
        self._languages: list[NDArray[Any]] = []
        self._old = self._load()
        self._saved = time.monotonic()

    def _load(self) -> tuple[Any, Any, Any] | None:
        try:
            about = json.loads((self.folder / "about.json").read_text("utf-8"))
            if about != {"version": self.version, "outputs": list(OUTPUTS)}:
                return None
            hashes, scores, languages = (
                np.load(self.folder / name, mmap_mode="r", allow_pickle=False)
                for name in _FILES[:3]
            )
        except (OSError, ValueError):  # none yet, or damaged: it can be made again
            return None
        whole = len(hashes) == len(scores) == len(languages) and len(hashes) > 0
        return (np.asarray(hashes), scores, languages) if whole else None

    def known(self, hashes: Hashes) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return which texts were read before, and where their scores stand."""
        if self._old is None:
            return np.zeros(len(hashes), dtype=bool), np.zeros(len(hashes), dtype=np.int64)
        every = self._old[0]
        places = np.minimum(np.searchsorted(every, hashes), len(every) - 1)
        return every[places] == hashes, places

    def scored(
        self, texts: Sequence[str], key: bytes, read: Any
    ) -> tuple[NDArray[np.float32], NDArray[Any]]:
        """Return scores (a column for each of `OUTPUTS`) and languages; read only what is new.

        Parameters
        ----------
        texts
            Distinct texts.
        key
            The workspace's key.
        read
            What `Reader.read` is, of one argument.
        """
        hashes = hashes_of(texts, key)
        there, places = self.known(hashes)
        scores = np.zeros((len(texts), len(OUTPUTS)), dtype=np.float32)
        languages = np.full(len(texts), b"und", dtype="S3")
        if self._old is not None and there.any():
            scores[there] = self._old[1][places[there]]
            languages[there] = self._old[2][places[there]]
        self._use(hashes[there], scores[there], languages[there])
        every = np.flatnonzero(~there)
        for start in range(0, len(every), _AT_ONCE):
            new = every[start : start + _AT_ONCE]
            said = read([texts[place] for place in new.tolist()])
            scores[new] = np.stack([said[name] for name in OUTPUTS], axis=1)
            languages[new] = np.array(said["language"], dtype="S3")
            self._use(hashes[new], scores[new], languages[new])
            self.read_anew += len(new)
            if time.monotonic() - self._saved > _OFTEN:
                self._keep(also_old=True)
        return scores, languages

    def _use(self, hashes: Hashes, scores: NDArray[np.float32], languages: NDArray[Any]) -> None:
        self._used.append(hashes)
        self._scores.append(scores)
        self._languages.append(languages)

    def save(self) -> None:
        """Keep what was used in this run, and nothing else."""
        self._keep(also_old=False)

    def _keep(self, *, also_old: bool) -> None:
        """Write what was used; in the middle of a run also the old, of which more may be used."""
        old = self._old if also_old else None
        parts: list[list[NDArray[Any]]]
        parts = [[*self._used], [*self._scores], [*self._languages]]
        for part, kept in zip(parts, old or (), strict=False):
            part.append(np.asarray(kept))
        forget(self.folder)
        if not parts[0]:
            return
        self.folder.mkdir(parents=True)
        hashes, first = np.unique(np.concatenate(parts[0]), return_index=True)
        np.save(self.folder / _FILES[0], hashes)
        np.save(self.folder / _FILES[1], np.concatenate(parts[1])[first])
        np.save(self.folder / _FILES[2], np.concatenate(parts[2])[first])
        about = json.dumps({"version": self.version, "outputs": list(OUTPUTS)})
        (self.folder / _FILES[3]).write_text(about, "utf-8")
        self._saved = time.monotonic()


def forget(folder: Path) -> None:
    """Delete all that was kept."""
    shutil.rmtree(folder, ignore_errors=True)
