"""Who reads messages in a workspace: the model of its settings, with heads refitted there."""

from __future__ import annotations

from pathlib import Path

from rapport.listening.backends import Reader, open_reader
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
