"""What people say, and whether they are answered.

Each entry point takes any dataframe and needs no workspace; it is imported when first asked for.
"""

from __future__ import annotations

from importlib import import_module
from typing import Any

_WHERE = {
    "mentions": "rapport.listening.named.targets",
    "explain": "rapport.listening.understanding",
    "understand": "rapport.listening.understanding",
    "weighed": "rapport.listening.understanding",
    "topics": "rapport.listening.themes.entry",
    "alarms": "rapport.listening.buzz.alarming",
    "waiting_time": "rapport.listening.answering.waiting",
}


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        msg = f"module 'rapport.listening' has no attribute '{name}'"
        raise AttributeError(msg)
    return getattr(import_module(_WHERE[name]), name)


def __dir__() -> list[str]:
    return sorted([*globals(), *_WHERE])
