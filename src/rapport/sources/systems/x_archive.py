"""The archive that X gives an account of itself: JavaScript files, each one array.

Followers and accounts followed are numbers alone, without a handle and without a day: they become
accounts and nothing else. Tweets carry likes and retweets, no impressions and no replies. Likes
have neither an author nor a day. Private messages are never read.
"""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Mapping, Sequence
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.facts import Facts
from rapport.settings import Settings
from rapport.sources.fields import Field
from rapport.sources.identifiers import identifiers_of
from rapport.sources.json_arrays import Flat, Object, array_table, head_of
from rapport.sources.loading import Recipe, facts_of, record_table
from rapport.sources.metrics import counted_on
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW
from rapport.sources.shapes import Header, Refusal, Shape, System, as_named
from rapport.sources.systems.posts import PostFile, own_accounts

SOURCE = "x_archive"
CHANNEL = "x"
VERSION = 1
_PART = re.compile(rb"window\.YTD\.(\w+?)\.part\d+\s*=")
_TWEET = {
    "tweet_id": "id_str",
    "created_at": "created_at",
    "full_text": "full_text",
    "favorite_count": "favorite_count",
    "retweet_count": "retweet_count",
    "reply_to": "in_reply_to_status_id_str",
    "reply_to_user": "in_reply_to_user_id_str",
    "reply_to_name": "in_reply_to_screen_name",
}


def _opened(
    piece: Piece, parts: Sequence[str], names: tuple[str, ...], flat: Flat
) -> TableFile | None:
    """Return the table of a file of the archive, or None when it is another one."""
    found = _PART.match(head_of(piece))
    if not found or found[1].decode() not in parts:
        return None
    return array_table(piece, names, flat)


def _tweet(entry: Object) -> Object | None:
    tweet = entry.get("tweet", entry)
    if not isinstance(tweet, Mapping) or not (tweet.get("id_str") or tweet.get("id")):
        return None
    cells = {name: tweet.get(key) for name, key in _TWEET.items()}
    cells["tweet_id"] = cells["tweet_id"] or tweet.get("id")
    cells["full_text"] = html.unescape(str(cells["full_text"] or tweet.get("text") or ""))
    return cells | {"created_at": _iso(str(cells["created_at"] or ""))}


def _iso(text: str) -> str:
    try:
        return dt.datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y").isoformat()
    except ValueError:
        return text


def _inner(entry: Object, key: str, columns: Mapping[str, str]) -> Object | None:
    inner = entry.get(key)
    if not isinstance(inner, Mapping):
        return None
    return {name: inner.get(inside) for name, inside in columns.items()}


def _tweets(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    """Return the facts of the tweets of an archive; raises Problem as `facts_of` does."""
    fields = (
        Field("post_id", "identifier", ("tweet_id",), required=True),
        Field("published_on", "time", ("created_at",), required=True),
        Field("text", "text", ("full_text",)),
        Field("likes", "integer", ("favorite_count",)),
        Field("shares", "integer", ("retweet_count",)),
        Field("in_reply_to", "identifier", ("reply_to",)),
        Field("their_id", "identifier", ("reply_to_user",)),
        Field("their_handle", "text", ("reply_to_name",)),
    )
    posts = PostFile(CHANNEL, counted_on(file, now), {"likes": "likes", "shares": "shares"})
    recipe = Recipe(
        SOURCE,
        VERSION,
        fields,
        ("tweet_id",),
        partial(_deeds, posts=posts, own=_own_numbers(file)),
        by_line=False,
        notes=("An archive holds no impressions, replies, quotes and bookmarks of posts.",),
        time_zone="UTC",
    )
    return facts_of(file, recipe, settings, now)


def _own_numbers(file: TableFile) -> pa.Array:
    """Return the account's own number, which answers to its own tweets tell."""
    tweets: set[str] = set()
    answered: list[tuple[str, str]] = []
    for part in file.rows(["tweet_id", "reply_to", "reply_to_user"]):
        columns = (part.table.column(name).to_pylist() for name in ("reply_to", "reply_to_user"))
        tweets.update(part.table.column("tweet_id").to_pylist())
        answered += [pair for pair in zip(*columns, strict=True) if all(pair)]
    return pa.array(sorted({user for tweet, user in answered if tweet in tweets}), pa.string())


def _deeds(typed: pa.Table, posts: PostFile, own: pa.Array) -> Mapping[str, pa.Table]:
    """Return posts with their figures, retweets and answers as deeds, and who was answered.

    `own` are the account's own numbers: a thread answers itself, and nobody else.
    """
    again = pc.fill_null(pc.starts_with(typed.column("text"), "RT @"), False)
    ours = typed.filter(pc.invert(again))
    answers = ours.filter(pc.is_valid(ours.column("in_reply_to")))
    deeds = [
        _activity(typed.filter(again), "Announce"),
        _activity(answers, "Create"),
    ]
    found = {"activity": pa.concat_tables(deeds).sort_by(ROW)}
    if ours.num_rows:
        found |= posts.tables(ours)
    theirs = pc.invert(pc.is_in(ours.column("their_id"), own))
    them = ours.filter(pc.and_(pc.is_valid(ours.column("their_id")), theirs))
    if them.num_rows:
        found |= _others(them)
    return found


def _activity(rows: pa.Table, verb: str) -> pa.Table:
    ours = verb == "Create"
    columns: dict[str, object] = {
        "activity_id": rows.column("post_id"),
        "occurred_on": rows.column("published_on"),
        "zone": rows.column("zone"),
        "channel": CHANNEL,
        "verb": verb,
        "object_kind": "post",
        "text": rows.column("text") if ours else None,
        "in_reply_to": rows.column("in_reply_to") if ours else None,
    }
    return record_table("activity", columns, rows)


def _others(rows: pa.Table) -> dict[str, pa.Table]:
    last = rows.group_by("their_id", use_threads=False).aggregate(
        [("their_handle", "last"), (ROW, "last")]
    )
    last = last.rename_columns(["account_id", "handle", ROW])
    account, handle = last.column("account_id"), last.column("handle")
    columns: dict[str, object] = {"account_id": account, "handle": handle, "channel": CHANNEL}
    return {
        "account": record_table("account", columns, last),
        "identifier": identifiers_of(account, {"handle": [handle]}, last.column(ROW)),
    }


def _people(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how followers and accounts followed are read: numbers without a day."""
    (column,) = header.values()

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        columns: dict[str, object] = {"account_id": typed.column("account_id"), "channel": CHANNEL}
        return {"account": record_table("account", columns, typed)}

    fields = (Field("account_id", "identifier", (column,), required=True),)
    notes = (
        "X names neither the handle nor the day of these accounts: they are kept as accounts, and"
        " nothing says since when they follow.",
    )
    return Recipe(SOURCE, VERSION, fields, (column,), finish, by_line=False, notes=notes)


def _account(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how the account itself is read."""
    fields = (
        Field("account_id", "identifier", ("own_id",), required=True),
        Field("handle", "text", ("username",)),
        Field("name", "text", ("display_name",)),
        Field("created", "time", ("created_at",)),
    )

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        return own_accounts(typed, CHANNEL)

    return Recipe(SOURCE, VERSION, fields, ("own_id",), finish, by_line=False, time_zone="UTC")


_PRIVATE = Refusal(
    "It holds private messages, which Rapport does not read.",
    "Take them out of the archive if you like: nothing is lost by it.",
)
_LIKES = Refusal(
    "It lists what the account liked, without a day and without an author.",
    "Nothing can be learnt from it here: leave it out.",
)


def _alone(piece: Piece, parts: Sequence[str], name: str) -> TableFile | None:
    """Return a table of a file that is never read, when somebody names it by itself.

    Inside an archive it is left alone without a word against the archive.
    """
    return None if piece.part else _opened(piece, parts, (name,), dict)


_OWN = {
    "own_id": "accountId",
    "username": "username",
    "display_name": "accountDisplayName",
    "created_at": "createdAt",
}
_MESSAGES = (
    *("direct_messages", "direct_messages_group", "direct_message_headers"),
    *("direct_message_group_headers", "direct_message_mute"),
)

SYSTEM = System(
    SOURCE,
    "X data archive",
    "social",
    (
        Shape(
            name="tweets",
            title="Tweets of an X archive",
            grain="one post",
            tables=("post", "post_metric", "activity", "account", "identifier"),
            columns=as_named(*_TWEET),
            needs=tuple(_TWEET),
            where="X › Settings › Your account › Download an archive of your data",
            since="2019",
            checked="the documented structure",
            opens=partial(_opened, parts=("tweets", "tweet"), names=tuple(_TWEET), flat=_tweet),
            facts=_tweets,
        ),
        *(
            Shape(
                name=name,
                title="Accounts that follow or are followed, of an X archive",
                grain="one account",
                tables=("account",),
                columns={"account": column},
                needs=("account",),
                where="X › Settings › Your account › Download an archive of your data",
                since="2019",
                checked="the documented structure",
                opens=partial(
                    _opened,
                    parts=(name,),
                    names=(column,),
                    flat=partial(_inner, key=name, columns={column: "accountId"}),
                ),
                recipe=_people,
            )
            for name, column in (("follower", "follower_id"), ("following", "following_id"))
        ),
        Shape(
            name="account",
            title="The account itself, of an X archive",
            grain="one account",
            tables=("account", "identifier"),
            columns=as_named(*_OWN),
            needs=tuple(_OWN),
            where="X › Settings › Your account › Download an archive of your data",
            since="2019",
            checked="the documented structure",
            opens=partial(
                _opened,
                parts=("account",),
                names=tuple(_OWN),
                flat=partial(_inner, key="account", columns=_OWN),
            ),
            recipe=_account,
        ),
        Shape(
            name="messages",
            title="Private messages of an X archive",
            grain="one conversation",
            tables=(),
            columns=as_named("message"),
            needs=("message",),
            opens=partial(_alone, parts=_MESSAGES, name="message"),
            refuses=_PRIVATE,
        ),
        Shape(
            name="likes",
            title="Likes of an X archive",
            grain="one like",
            tables=(),
            columns=as_named("like"),
            needs=("like",),
            opens=partial(_alone, parts=("like",), name="like"),
            refuses=_LIKES,
        ),
    ),
)
