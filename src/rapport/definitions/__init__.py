"""What each number means: one entry for each, printed beside the number wherever it is shown."""

from __future__ import annotations

from types import MappingProxyType

from rapport.definitions import (
    advocates,
    answering,
    audience,
    buying,
    buzz,
    connection,
    content,
    counts,
    experiments,
    identity,
    influencers,
    leaving,
    levels,
    motives,
    platforms,
    plays,
    statement,
    topics,
    trust,
    understanding,
    what_pays,
)
from rapport.definitions.definition import Definition

__all__ = ["DEFINITIONS", "Definition"]

_PARTS = (
    buying,
    identity,
    understanding,
    answering,
    audience,
    buzz,
    trust,
    topics,
    statement,
    counts,
    leaving,
    experiments,
    connection,
    content,
    levels,
    advocates,
    motives,
    influencers,
    platforms,
    what_pays,
    plays,
)

DEFINITIONS: MappingProxyType[str, Definition] = MappingProxyType(
    {entry.name: entry for part in _PARTS for entry in part.ENTRIES}
)
