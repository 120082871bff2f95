"""How the shipped models score messages whose kind is known: counts alone, no text.

They are made by `training/known.py` from messages that the model never learned from: the project's
own frozen part by trade, and parts of public sets kept aside.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from functools import cache
from importlib import resources
from typing import Any

import numpy as np
from numpy.typing import NDArray

from rapport.listening.heads import KINDS, SENTIMENTS
from rapport.listening.trust.quantification import BINS

FILE = "model/known.json"
SHARES = (SENTIMENTS[0], SENTIMENTS[2], *KINDS)  # what shares are told of; neutral is the rest
Places = NDArray[np.float64]


def known(version: str) -> Mapping[str, Places]:
    """Return counts of known messages by name: shape (places, 2, BINS), as `Correction` takes.

    Parameters
    ----------
    version
        Of who reads. Empty when nothing is known of it: another model, or refitted heads.
    """
    return _stored().get(version, {})


@cache
def _stored() -> Mapping[str, Mapping[str, Places]]:
    file = resources.files("rapport.listening").joinpath(FILE)
    try:
        told: Mapping[str, Any] = json.loads(file.read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return {
        version: {
            name: np.array([place["counts"] for place in places], float).reshape(-1, 2, BINS)
            for name, places in heads.items()
        }
        for version, heads in told["models"].items()
    }
