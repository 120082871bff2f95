"""What help desks have in common: tickets, what opened them, and when somebody answered."""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.sources.identifiers import column_of
from rapport.sources.loading import present, record_table

_CHANNELS: Mapping[str, str] = {
    "mail": "email",
    "e-mail": "email",
    "email": "email",
    "channel::email": "email",
    "web": "web",
    "web form": "web",
    "web widget": "chat",
    "channel::webwidget": "chat",
    "chat": "chat",
    "messaging": "chat",
    "native_messaging": "chat",
    "phone": "phone",
    "phone call": "phone",
    "phone call (inbound)": "phone",
    "voice": "phone",
    "voicemail": "phone",
    "twitter": "x",
    "twitter dm": "x",
    "twitter direct message": "x",
    "x (formerly twitter)": "x",
    "channel::twitterprofile": "x",
    "facebook": "facebook",
    "facebook post": "facebook",
    "facebook private message": "facebook",
    "channel::facebookpage": "facebook",
    "instagram direct": "instagram",
    "instagram_dm": "instagram",
    "channel::instagram": "instagram",
    "whatsapp": "whatsapp",
    "channel::whatsapp": "whatsapp",
    "channel::sms": "sms",
    "channel::twiliosms": "sms",
    "channel::telegram": "telegram",
    "channel::line": "line",
    "channel::api": "api",
    "api": "api",
}


def channels(said: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return where requests came in, in one word; a word that is not known stays, in small letters.

    Examples
    --------
    >>> channels(pa.chunked_array([["Mail", "Channel::WebWidget", "Kiosk", None]])).to_pylist()
    ['email', 'chat', 'kiosk', None]
    """
    small = pc.utf8_lower(said)
    known = pc.index_in(small, pa.array(list(_CHANNELS), pa.string()))
    return pc.coalesce(pc.take(pa.array(list(_CHANNELS.values()), pa.string()), known), small)


def after(start: pa.ChunkedArray, passed: pa.ChunkedArray, seconds: int) -> pa.ChunkedArray:
    """Return moments some units of `seconds` after others; null where either is.

    Examples
    --------
    >>> import datetime as dt
    >>> start = pa.chunked_array([[dt.datetime(2026, 5, 1)]], pa.timestamp("us"))
    >>> after(start, pa.chunked_array([[90.0]]), 60)[0].as_py()
    datetime.datetime(2026, 5, 1, 1, 30)
    """
    micros = pc.cast(pc.round(pc.multiply(passed, seconds * 1e6)), pa.int64())
    return pc.add(start, pc.cast(micros, pa.duration("us")))


def some_minutes(minutes: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return waits in minutes, null for those under a minute: a machine answered, not a person."""
    numbers = pc.cast(minutes, pa.float64())
    return pc.if_else(pc.greater_equal(numbers, 1.0), numbers, pa.scalar(None, pa.float64()))


def requests(typed: pa.Table, kind: str) -> dict[str, pa.Table]:
    """Return `ticket`, and `activity` with the words that opened it where the file has them.

    Parameters
    ----------
    typed
        Rows with `ticket_id`, `opened_on`, `zone` and, where the file has them, `account_id`,
        `channel`, `first_human_answer_on`, `solved_on`, `reopened`, `rating` and `text`.
    kind
        What was opened: a ticket, a call, a conversation.
    """
    names = ("ticket_id", "opened_on", "zone", "account_id", "channel", "first_human_answer_on")
    columns = present(typed, (*names, "solved_on", "reopened", "rating"))
    tables = {"ticket": record_table("ticket", columns, typed)}
    told = typed.filter(pc.is_valid(column_of(typed, "text")))
    if told.num_rows:
        deeds: dict[str, object] = {
            "activity_id": pc.binary_join_element_wise(
                pa.scalar(kind), told.column("ticket_id"), " "
            ),
            "occurred_on": told.column("opened_on"),
            "zone": told.column("zone"),
            **present(told, ("account_id", "channel", "text")),
            "verb": "Create",
            "object_kind": kind,
            "object_id": told.column("ticket_id"),
        }
        tables["activity"] = record_table("activity", deeds, told)
    return tables


def with_columns(typed: pa.Table, columns: Mapping[str, pa.ChunkedArray]) -> pa.Table:
    """Return rows with more columns, or others in the place of those of the same name."""
    for name, values in columns.items():
        if name in typed.column_names:
            typed = typed.set_column(typed.column_names.index(name), name, values)
        else:
            typed = typed.append_column(name, values)
    return typed
