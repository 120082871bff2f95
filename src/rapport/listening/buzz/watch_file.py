"""A watch as JSON, so that it stops and goes on as if it had not."""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import asdict
from typing import Any

import numpy as np

from rapport.errors import Fault, Problem
from rapport.listening.buzz.alarm import Alarm
from rapport.listening.buzz.baseline import Baseline
from rapport.listening.buzz.rules import Rules
from rapport.listening.buzz.watch import Watch

VERSION = 1
_ARRAYS = (
    "counts", "expected", "wholes", "usual", "armed", "learnt",
    "block", "whole_block", "hour", "whole_hour",
)  # fmt: skip


def to_json(watch: Watch) -> str:
    """Return all that a watch knows, as JSON without NaN; numbers keep every digit.

    Examples
    --------
    >>> from rapport.listening.buzz.rules import Rules
    >>> watch = Watch(["all"], dt.datetime(2026, 1, 5), Rules(every=3600))
    >>> news = watch.take({"all": 12})
    >>> from_json(to_json(watch)).period
    1
    """
    told = {
        "version": VERSION,
        "streams": list(watch.streams),
        "first": watch.first.isoformat(),
        "rules": asdict(watch.rules),
        "period": watch.period,
        "baseline": watch.baseline.to_dict(),
        **{name: _plain(getattr(watch, name)) for name in _ARRAYS},
        "evidence": {name: _plain(each) for name, each in watch.evidence.items()},
        "open": {str(row): alarm.to_dict() for row, alarm in watch.open.items()},
        "past": [alarm.to_dict() for alarm in watch.past],
    }
    return json.dumps(told, allow_nan=False)


def from_json(text: str) -> Watch:
    """Return the watch that `to_json` wrote.

    Raises
    ------
    Problem
        If the text is not what `to_json` of this version writes.
    """
    try:
        told = json.loads(text)
        if told["version"] != VERSION:
            hint = "Start the watch anew from the counts."
            fault = Fault(f"It was written by another version ({told['version']}).", hint=hint)
            raise Problem("The watch could not be read.", [fault])
        return _made(told)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fault = Fault("It is damaged.", hint="Start the watch anew from the counts.")
        raise Problem("The watch could not be read.", [fault]) from error


def _made(told: dict[str, Any]) -> Watch:
    rules = Rules(**{**told["rules"], "directions": tuple(told["rules"]["directions"])})
    watch = Watch(told["streams"], dt.datetime.fromisoformat(told["first"]), rules)
    watch.period = told["period"]
    watch.baseline = Baseline.from_dict(told["baseline"])
    for name in _ARRAYS:
        before = getattr(watch, name)
        read = np.array(told[name], float) if before.dtype == float else np.array(told[name])
        if read.shape != before.shape:
            raise ValueError(name)
        setattr(watch, name, read.astype(before.dtype))
    for name in watch.evidence:
        read = np.array(told["evidence"][name], float)
        watch.evidence[name] = np.where(np.isnan(read), -np.inf, read)
    watch.open = {int(row): Alarm.from_dict(each) for row, each in told["open"].items()}
    watch.past = [Alarm.from_dict(each) for each in told["past"]]
    return watch


def _plain(values: np.ndarray) -> list[Any]:
    """Return an array as lists; what is not a finite number (unknown, or no evidence) is null."""
    if values.dtype != float:
        listed: list[Any] = values.tolist()
        return listed
    boxed = values.astype(object)
    boxed[~np.isfinite(values)] = None
    plain: list[Any] = boxed.tolist()
    return plain
