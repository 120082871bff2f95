"""Who reads messages in a workspace: the model of its settings, with heads refitted there."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from rapport.listening.backends import Reader, Small, open_reader
from rapport.listening.trust.refitted import refitted_reader
from rapport.steps.context import Context

LABELS = "labels"  # the folder of the workspace with labels and refitted heads


def labels_folder(context: Context) -> Path:
    """Return where the workspace's own labels are."""
    return context.record.root.parent / LABELS


def reader_of(context: Context) -> Reader:
    """Return the reader that the settings name, with the heads that own labels refitted."""
    reader = open_reader(context.settings.listening.model)
    return refitted_reader(reader, labels_folder(context))


@dataclass(frozen=True, slots=True)
class Opened:
    """How another process opens the same reader."""

    model: str
    labels: Path
    version: str

    def __call__(self) -> Reader:
        """Open it."""
        return refitted_reader(open_reader(self.model), self.labels)


def opened_elsewhere(context: Context, reader: Reader) -> Opened | None:
    """Return how other processes open a reader; None where one process makes use of all cores.

    Larger models bring threads of their own, and would be held in memory once more.
    """
    if not isinstance(getattr(reader, "base", reader), Small):
        return None
    return Opened(context.settings.listening.model, labels_folder(context), reader.version)
