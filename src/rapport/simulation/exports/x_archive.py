"""X's archive of the brand's own account: what it wrote and liked, and the numbers of followers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.packing import json_bytes, write_zip
from rapport.simulation.exports.posts import brand, posts
from rapport.simulation.exports.view import looked_up, places, where
from rapport.simulation.history import History

_LIKED_EVERY = 3


def write_archive(history: History, folder: Path) -> Path:
    """Write the zip: tweets with likes and retweets alone, followers without handle or date."""
    account = brand(history, "x")
    tweets = [*_own(history), *_replies(history)]
    parts = {
        "account": [
            {
                "account": {
                    "accountId": account["account_id"],
                    "username": account["handle"],
                    "accountDisplayName": account["display_name"],
                }
            }
        ],
        "tweets": sorted(tweets, key=lambda row: str(row["tweet"]["id_str"])),
        "follower": _followers(history),
        "following": _following(history),
        "like": _likes(history),
    }
    members = {
        f"data/{name}.js": f"window.YTD.{name}.part0 = ".encode() + json_bytes(rows)
        for name, rows in parts.items()
    }
    return write_zip(folder / "x" / f"twitter-{history.last_day}-archive.zip", members)


def _tweet(number: str, when: dt.datetime, text: str, language: str) -> dict[str, Any]:
    return {
        "edit_info": {"initial": {"editTweetIds": [number], "editsRemaining": "5"}},
        "retweeted": False,
        "source": '<a href="https://mobile.twitter.com" rel="nofollow">Twitter Web App</a>',
        "entities": {"hashtags": [], "symbols": [], "user_mentions": [], "urls": []},
        "favorite_count": "0",
        "retweet_count": "0",
        "id_str": number,
        "id": number,
        "truncated": False,
        "created_at": f"{when:%a %b %d %H:%M:%S +0000 %Y}",
        "favorited": False,
        "full_text": text,
        "lang": language,
    }


def _own(history: History) -> list[dict[str, Any]]:
    found = posts(history, "x")
    rows = found.rows.select(["post_id", "published_on", "text", "language"]).to_pylist()
    tweets = []
    for number, row in enumerate(rows):
        tweet = _tweet(row["post_id"], row["published_on"], row["text"], row["language"])
        tweet["favorite_count"] = str(found.figures["likes"][number])
        tweet["retweet_count"] = str(found.figures["shares"][number])
        tweets.append({"tweet": tweet})
    return tweets


def _replies(history: History) -> list[dict[str, Any]]:
    """Return the brand's public answers on X; an archive has no other side of a talk."""
    said = where(history.message, network="x", is_public=True)
    said = said.filter(pc.is_valid(said.column("answer")))
    known = where(history.account, network="x")
    at = places(known.column("account_id"), said.column("account_id"))
    handles = looked_up(known, "handle", at).to_pylist()
    tweets = []
    for handle, row in zip(handles, said.to_pylist(), strict=True):
        text = f"@{handle} {row['answer']}"
        tweet = _tweet(answer_id(row["message_id"]), row["answered_on"], text, row["language"])
        tweet["in_reply_to_status_id_str"] = row["message_id"]
        tweet["in_reply_to_user_id_str"] = row["account_id"]
        tweet["in_reply_to_screen_name"] = handle
        tweet["entities"]["user_mentions"] = [
            {
                "screen_name": handle,
                "id_str": row["account_id"],
                "indices": ["0", str(len(handle) + 1)],
            }
        ]
        tweets.append({"tweet": tweet})
    return tweets


def answer_id(message: str) -> str:
    """Return the id of the brand's answer to a message.

    Examples
    --------
    >>> answer_id("1800000000000000000")
    '1800000000000000500'
    """
    return str(int(message) + 500) if message.isdigit() else f"{message}-answer"


def _link(account: str) -> dict[str, str]:
    return {
        "accountId": account,
        "userLink": f"https://twitter.com/intent/user?user_id={account}",
    }


def _followers(history: History) -> list[dict[str, Any]]:
    rows = where(history.follow, network="x")
    rows = rows.filter(pc.is_null(rows.column("unfollowed_on")))
    newest = rows.column("account_id").to_pylist()[::-1]
    return [{"follower": _link(account)} for account in newest]


def _following(history: History) -> list[dict[str, Any]]:
    rows = where(history.account, network="x")
    rows = rows.filter(pc.is_in(rows.column("kind"), pa.array(["influencer", "employee"])))
    return [{"following": _link(account)} for account in rows.column("account_id").to_pylist()]


def _likes(history: History) -> list[dict[str, Any]]:
    """Return the messages that the brand's people liked: some of those they answered."""
    rows = where(history.message, network="x", is_public=True)
    rows = rows.filter(pc.is_valid(rows.column("answer"))).to_pylist()[::_LIKED_EVERY]
    return [
        {
            "like": {
                "tweetId": row["message_id"],
                "fullText": row["text"],
                "expandedUrl": f"https://twitter.com/i/web/status/{row['message_id']}",
            }
        }
        for row in rows
    ]
