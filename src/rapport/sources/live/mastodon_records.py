"""What Mastodon's programming interface answers, and what it says that people did."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from html.parser import HTMLParser
from typing import Any

from rapport.sources.live.changes import METRICS, QUOTES, REPLIES
from rapport.sources.live.deeds import PERSON, Deed, Who, seen_time, text_of, whole_number

SOURCE = "mastodon"
CHANNEL = "mastodon"

NOTED = {"mention": "Create", "quote": "Create", "favourite": "Like", "reblog": "Announce"}
FOLLOWED = "follow"
_COUNTS = {
    METRICS["Like"]: "favourites_count",
    METRICS["Announce"]: "reblogs_count",
    REPLIES: "replies_count",
    QUOTES: "quotes_count",
}
_FORMS = {"image": "photo", "video": "video", "gifv": "video"}


def address(account: Mapping[str, Any], host: str) -> str:
    """Return an account's address in the whole network; `host` is where it was asked for.

    Examples
    --------
    >>> address({"acct": "Ann"}, "shop.example"), address({"acct": "bob@b.example"}, "shop.example")
    ('ann@shop.example', 'bob@b.example')
    """
    acct = str(account.get("acct", "")).lower()
    return acct if "@" in acct else f"{acct}@{host}"


def who(account: Mapping[str, Any], host: str, began: dt.datetime) -> Who:
    """Return what is told of an account."""
    return Who(
        address(account, host),
        "@" + address(account, host),
        text_of(account, "display_name"),
        whole_number(account.get("followers_count")),
        whole_number(account.get("following_count")),
        whole_number(account.get("statuses_count")),
        seen_time(account.get("created_at"), began),
    )


def status_id(status: Mapping[str, Any], host: str) -> str:
    """Return a post's id as the record names it: ids count within one server."""
    return f"{host}/{status['id']}"


def status_deed(status: Mapping[str, Any], host: str, began: dt.datetime) -> Deed | None:
    """Return what somebody did by a post: said something, or boosted what another said.

    None for a message to few people (visibility "direct"): it is not said in public.
    """
    if status.get("visibility") == "direct":
        return None
    name, doer = status_id(status, host), address(status["account"], host)
    time = seen_time(status.get("created_at"), began) or began
    boosted = status.get("reblog")
    if isinstance(boosted, Mapping):
        return Deed(name, "Announce", doer, time, "Note", status_id(boosted, host))
    answered = status.get("in_reply_to_id")
    return Deed(
        name,
        "Create",
        doer,
        time,
        "Note",
        _quoted(status, host),
        f"{host}/{answered}" if answered else None,
        said(status),
        text_of(status, "url"),
        _form(status),
        bool(answered) and status.get("in_reply_to_account_id") != status["account"].get("id"),
    )


def counts_of(status: Mapping[str, Any]) -> dict[str, int]:
    """Return the figures that a post tells, under the record's names."""
    told = {metric: whole_number(status.get(name)) for metric, name in _COUNTS.items()}
    return {metric: count for metric, count in told.items() if count is not None}


def notified_deed(
    note: Mapping[str, Any], host: str, brand: str | None, began: dt.datetime
) -> Deed | None:
    """Return what somebody did, as a notification tells it; None for other news."""
    status, verb = note.get("status"), NOTED.get(str(note.get("type")))
    if verb == "Create" and isinstance(status, Mapping):
        return status_deed(status, host, began)
    name, doer = f"{host}/notifications/{note['id']}", address(note["account"], host)
    time = seen_time(note.get("created_at"), began) or began
    if note.get("type") == FOLLOWED:
        return Deed(name, "Follow", doer, time, PERSON, brand)
    if verb and isinstance(status, Mapping):
        return Deed(name, verb, doer, time, "Note", status_id(status, host))
    return None


def _quoted(status: Mapping[str, Any], host: str) -> str | None:
    quote = status.get("quote")
    quoted = quote.get("quoted_status") if isinstance(quote, Mapping) else None
    if isinstance(quoted, Mapping):
        return status_id(quoted, host)
    name = quote.get("quoted_status_id") if isinstance(quote, Mapping) else None
    return f"{host}/{name}" if name else None


def _form(status: Mapping[str, Any]) -> str:
    media = status.get("media_attachments")
    if isinstance(media, list) and media:
        return _FORMS.get(str(media[0].get("type")), "photo")
    return "link" if isinstance(status.get("card"), Mapping) else "text"


def said(status: Mapping[str, Any]) -> str:
    """Return what a post says as plain text, a content warning as its first line."""
    warning = text_of(status, "spoiler_text")
    text = plain_text(text_of(status, "content") or "")
    return f"{warning}\n\n{text}" if warning else text


class _Reader(HTMLParser):
    """Keeps the text of HTML and the ends of its lines."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.parts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        del attrs
        if tag == "br":
            self.parts.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag in {"p", "li", "blockquote"}:
            self.parts.append("\n\n" if tag == "p" else "\n")

    def handle_data(self, data: str) -> None:
        self.parts.append(data)


def plain_text(html: str) -> str:
    """Return the text of a post's HTML.

    Examples
    --------
    >>> print(plain_text('<p>Hi <a href="/@ann">@ann</a> &amp; you<br/>two</p><p>Bye</p>'))
    Hi @ann & you
    two
    <BLANKLINE>
    Bye
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return "".join(reader.parts).strip()
