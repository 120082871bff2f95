"""How close people are: what they do, the four levels, advocates and critics, who is leaving.

Each entry point takes any dataframe and needs no workspace; it is imported when first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "levels": "rapport.engagement.closeness.entry",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        msg = f"module 'rapport.engagement' has no attribute '{name}'"
        raise AttributeError(msg)
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_WHERE])
