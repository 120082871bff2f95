"""JSON as it arrives: texts may hold halves of a letter, which no file of ours could keep."""

from __future__ import annotations

import json
from typing import Any


def parse_json(text: str | bytes, **how: Any) -> Any:
    r"""Return what JSON text holds; `how` goes to `json.loads`.

    A lone surrogate, half of a letter that no UTF-8 file can hold, is written out as it was
    escaped. Raises ValueError or RecursionError as `json.loads` does.

    Examples
    --------
    >>> parse_json(r'{"text": "cut \ud83d here, whole \ud83d\ude21 there"}')
    {'text': 'cut \\ud83d here, whole 😡 there'}
    """
    value = json.loads(text, **how)
    mark = b"\\ud" if isinstance(text, bytes) else "\\ud"
    return whole(value) if mark in text.lower() else value  # type: ignore[operator]


def whole(value: Any) -> Any:
    """Return a value of JSON whose texts can all be written as UTF-8."""
    if isinstance(value, str):
        return value.encode("utf-8", "backslashreplace").decode()
    if isinstance(value, list):
        return [whole(each) for each in value]
    if isinstance(value, dict):
        return {whole(key): whole(each) for key, each in value.items()}
    return value
