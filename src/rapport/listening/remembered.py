"""What texts were found to say, kept under a keyed hash of each text: no text, no name."""

from __future__ import annotations

import hashlib
import json
import shutil
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rapport.listening.copies import MINIMA, SKETCHED, Sketch
from rapport.listening.hands import Found
from rapport.listening.heads import OUTPUTS

_FILES = ("hashes.npy", "scores.npy", "languages.npy", "sketches.npy", "about.json")
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


@dataclass(frozen=True, slots=True)
class Asked:
    """Texts that were looked up: what is known of each, and which are still to be read.

    Parameters
    ----------
    hashes
        One for each text.
    found
        What is known; empty at the places of `new`.
    new
        Places of texts that were never read.
    """

    hashes: Hashes
    found: Found
    new: NDArray[np.int64]


class Remembered:
    """What texts were found to say by the same version of the model, and their sketches.

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
        self.about = {"version": version, "outputs": list(OUTPUTS), "sketches": SKETCHED}
        self.read_anew = 0
        self._used: list[tuple[Hashes, Found]] = []
        self._old = self._load()
        self._saved = time.monotonic()

    def __len__(self) -> int:
        """Return how many texts are remembered from earlier runs."""
        return 0 if self._old is None else len(self._old[0])

    def _load(self) -> tuple[Hashes, Found] | None:
        try:
            about = json.loads((self.folder / _FILES[-1]).read_text("utf-8"))
            if about != self.about:
                return None
            hashes, *rest = (
                np.load(self.folder / name, mmap_mode="r", allow_pickle=False)
                for name in _FILES[:-1]
            )
        except (OSError, ValueError):  # none yet, or damaged: it can be made again
            return None
        whole = len(hashes) > 0 and all(len(part) == len(hashes) for part in rest)
        return (np.asarray(hashes), Found(*rest)) if whole else None

    def look(self, texts: Sequence[str], key: bytes) -> Asked:
        """Return what is known of distinct texts; `key` is the workspace's."""
        hashes = hashes_of(texts, key)
        found = Found(
            np.zeros((len(texts), len(OUTPUTS)), dtype=np.float32),
            np.full(len(texts), b"und", dtype="S3"),
            np.zeros((len(texts), MINIMA), dtype=np.uint64),
        )
        if self._old is None:
            return Asked(hashes, found, np.arange(len(texts)))
        every, old = self._old
        places = np.minimum(np.searchsorted(every, hashes), len(every) - 1)
        there = every[places] == hashes
        found.scores[there] = old.scores[places[there]]
        found.languages[there] = old.languages[places[there]]
        found.sketches[there] = old.sketches[places[there]]
        return Asked(hashes, found, np.flatnonzero(~there))

    def take(self, asked: Asked, read: Found) -> Found:
        """Return what all the texts say, and keep it; `read` is what was found of the new ones."""
        asked.found.scores[asked.new] = read.scores
        asked.found.languages[asked.new] = read.languages
        asked.found.sketches[asked.new] = read.sketches
        self._used.append((asked.hashes, asked.found))
        self.read_anew += len(asked.new)
        if len(asked.new) and time.monotonic() - self._saved > _OFTEN:
            self._keep(also_old=True)
        return asked.found

    @property
    def sketches(self) -> Sketch:
        """The sketches of all texts that were asked for, in order."""
        none = np.zeros((0, MINIMA), dtype=np.uint64)
        return np.concatenate([none, *(found.sketches for _, found in self._used)])

    def save(self) -> None:
        """Keep what was used in this run, and nothing else."""
        used = sum(len(hashes) for hashes, _ in self._used)
        if self.read_anew or used != len(self):
            self._keep(also_old=False)

    def _keep(self, *, also_old: bool) -> None:
        """Write what was used; in the middle of a run also the old, of which more may be used."""
        whole = [*self._used, *([self._old] if also_old and self._old is not None else [])]
        forget(self.folder)
        if not whole:
            return
        self.folder.mkdir(parents=True)
        hashes, first = np.unique(np.concatenate([each for each, _ in whole]), return_index=True)
        np.save(self.folder / _FILES[0], hashes)
        for name, part in zip(_FILES[1:-1], range(len(Found._fields)), strict=True):
            every = np.concatenate([np.asarray(found[part]) for _, found in whole])
            np.save(self.folder / name, every[first])
        (self.folder / _FILES[-1]).write_text(json.dumps(self.about), "utf-8")
        self._saved = time.monotonic()


def forget(folder: Path) -> None:
    """Delete all that was kept."""
    shutil.rmtree(folder, ignore_errors=True)
