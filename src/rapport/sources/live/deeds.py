"""What a network tells, in one shape for all networks: deeds, people, figures."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

PERSON = "Person"


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that somebody did, as it stands on the network.

    Parameters
    ----------
    deed_id
        Its name in the network: an at:// address, or a server and a number.
    verb
        ActivityStreams 2.0: Create, Like, Announce, Follow or Block.
    account
        Who did it.
    occurred_on
        When, in UTC.
    object_kind, object_id
        What it was done to: "Note" and the id of a post (for Create: of the post that it quotes),
        or "Person" and an account.
    in_reply_to
        The post that it answers.
    form
        What a post holds besides text: text, photo, video or link.
    serves
        Whether a post answers somebody else.
    """

    deed_id: str
    verb: str
    account: str
    occurred_on: dt.datetime
    object_kind: str | None = None
    object_id: str | None = None
    in_reply_to: str | None = None
    text: str | None = None
    url: str | None = None
    form: str | None = None
    serves: bool = False


@dataclass(frozen=True, slots=True)
class Who:
    """One account: what the network tells of it; None where it does not."""

    account: str
    handle: str | None = None
    name: str | None = None
    followers: int | None = None
    following: int | None = None
    posts: int | None = None
    created: dt.datetime | None = None


@dataclass
class Found:
    """What was found by one pull.

    Parameters
    ----------
    brand
        The brand's own account.
    handle
        Its handle, as the load is named after it.
    began
        When the pull began.
    deeds
        By their id; each stands on the network now.
    gone
        Deeds that no longer stand there, with the time where the network tells it.
    whole
        Accounts of which `deeds` holds all: what the record has of them besides is gone.
    deserted
        Accounts, as they are stored, that are no longer there: all of theirs is gone.
    people
        By account.
    blocked
        Accounts that block the brand, or that it blocks, where no deed says so.
    counts
        Figures of the brand's posts: (post, metric) and value. None: to be counted from the deeds.
    followers
        Of the brand, today; None: to be counted from the deeds.
    cursor
        From where the next pull goes on.
    notes
        Plain sentences for a person.
    """

    brand: str
    handle: str
    began: dt.datetime
    deeds: dict[str, Deed] = field(default_factory=dict)
    gone: dict[str, dt.datetime | None] = field(default_factory=dict)
    whole: set[str] = field(default_factory=set)
    people: dict[str, Who] = field(default_factory=dict)
    blocked: set[str] = field(default_factory=set)
    counts: dict[tuple[str, str], int] | None = None
    followers: int | None = None
    cursor: dict[str, Any] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)
    deserted: set[str] = field(default_factory=set)


def seen_time(text: object, began: dt.datetime) -> dt.datetime | None:
    """Return a time as the network writes it, in UTC; None where it is none that can be.

    Networks let people write what they like: a time after `began` counts as `began`.

    Examples
    --------
    >>> began = dt.datetime(2026, 11, 22, tzinfo=dt.UTC)
    >>> seen_time("2026-10-14T19:03:19.937+02:00", began).isoformat()
    '2026-10-14T17:03:19.937000+00:00'
    >>> seen_time("9999-01-01T00:00:00Z", began) == began, seen_time("soon", began)
    (True, None)
    """
    if not isinstance(text, str):
        return None
    try:
        time = dt.datetime.fromisoformat(text)
        time = time.replace(tzinfo=dt.UTC) if time.tzinfo is None else time.astimezone(dt.UTC)
    except (ValueError, OverflowError):
        return None
    return min(time, began) if time.year >= EARLIEST else None


EARLIEST = 2000  # no network of this kind is older


def whole_number(value: object) -> int | None:
    """Return a count that a network tells, or None when it is none.

    Examples
    --------
    >>> whole_number(3), whole_number(None), whole_number(-1), whole_number(True)
    (3, None, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return None
    return value


def text_of(values: Mapping[str, Any], name: str) -> str | None:
    """Return a text that stands under this name, or None."""
    found = values.get(name)
    return found if isinstance(found, str) and found else None
