"""Who should see a message now, and why: a pure decision on what `understand` says of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

Way = Literal["complaint", "sales", "product", "question", "review"]

# The kind of message that goes each way, the strongest reason first.
KINDS: Mapping[Way, tuple[str, ...]] = {
    "complaint": ("complaint", "leaving"),
    "sales": ("purchase_intent",),
    "product": ("suggestion",),
    "question": ("question",),
}


@dataclass(frozen=True, slots=True)
class Thresholds:
    """From which probability on a message goes somewhere."""

    complaint: float = 0.6
    sales: float = 0.6
    product: float = 0.6
    question: float = 0.7
    irony: float = 0.5


@dataclass(frozen=True, slots=True)
class Understood:
    """A message and what it was understood to be.

    Parameters
    ----------
    message_id
        "source:activity_id".
    said
        When, UTC.
    text, url, channel, account_id, in_reply_to
        As the record has them.
    scores
        Probabilities by kind (`complaint`, `purchase_intent`, …, `irony`) and by sentiment
        (`negative`, `neutral`, `positive`), as `rapport.listening.understand` gives them.
    from_brand
        Whether the brand or one of its employees wrote it.
    """

    message_id: str
    said: dt.datetime
    text: str
    scores: Mapping[str, float]
    from_brand: bool = False
    url: str = ""
    channel: str = ""
    account_id: str = ""
    in_reply_to: str = ""


@dataclass(frozen=True, slots=True)
class Routed:
    """One way that a message goes.

    Parameters
    ----------
    message
        The message.
    way
        Where to: "complaint" and "question" to service, "sales", "product", or "review".
    kind
        The kind of message that decided.
    probability
        Of that kind.
    ironic
        Whether it may be meant the other way round: a person should look before anybody answers.
    words
        The words that weighed, where known.
    """

    message: Understood
    way: Way
    kind: str
    probability: float
    ironic: bool = False
    words: tuple[str, ...] = field(default=())


def ways(message: Understood, thresholds: Thresholds = Thresholds()) -> tuple[Routed, ...]:
    """Return where a message goes: several ways, one, or none.

    The brand's own messages go nowhere. A question inside a complaint or a wish to buy goes with
    it, and not a second time by itself. Praise that may be ironic goes to review; irony never
    decides by itself what a message is.

    Examples
    --------
    >>> import datetime as dt
    >>> scores = {"complaint": 0.9, "suggestion": 0.7, "question": 0.8}
    >>> message = Understood("x:1", dt.datetime(2026, 1, 5), "Why no metal lid?", scores)
    >>> [(routed.way, routed.kind) for routed in ways(message)]
    [('complaint', 'complaint'), ('product', 'suggestion')]
    """
    if message.from_brand or not message.text.strip():
        return ()
    scores = message.scores
    ironic = scores.get("irony", 0.0) >= thresholds.irony
    found = []
    for way, kinds in KINDS.items():
        kind = max(kinds, key=lambda name: scores.get(name, 0.0))
        probability = scores.get(kind, 0.0)
        if probability >= getattr(thresholds, way):
            found.append(Routed(message, way, kind, probability, ironic))
    if any(each.way in {"complaint", "sales"} for each in found):
        found = [each for each in found if each.way != "question"]
    kindly = max(scores.get("praise", 0.0), scores.get("positive", 0.0))
    if ironic and kindly >= 0.5 and not any(each.way == "complaint" for each in found):
        found.append(Routed(message, "review", "irony", scores["irony"], ironic=True))
    return tuple(found)


def urgency(value: float | None, said: dt.datetime, now: dt.datetime, usual: float = 1.0) -> float:
    """Return by how much a complaint comes before others: value at stake × hours of waiting.

    Parameters
    ----------
    value
        What the person is expected to be worth; `usual` is taken where nobody knows.
    said, now
        When it was said, and the time now, both UTC. A complaint counts as waiting for at least
        a minute, so that what is at stake decides between new ones.

    Examples
    --------
    >>> said = dt.datetime(2026, 1, 5, 10)
    >>> urgency(200.0, said, dt.datetime(2026, 1, 5, 13))
    600.0
    """
    hours = max((now - said).total_seconds() / 3600, 1 / 60)
    return (usual if value is None else max(value, 0.0)) * hours
