"""A small stand-in for Bluesky's AppView: it answers from what stands on the server itself.

The server passes questions about the app on to it, as the real one does. It knows what the AppView
documents of the questions that Rapport asks (docs.bsky.app/docs/api).
"""

from __future__ import annotations

import base64
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx

DID = "did:web:appview.test"
POST, LIKE = "app.bsky.feed.post", "app.bsky.feed.like"
REPOST, FOLLOW, BLOCK = "app.bsky.feed.repost", "app.bsky.graph.follow", "app.bsky.graph.block"
Json = dict[str, Any]


class AppView:
    """What the AppView knows; `server` is set once the server runs."""

    def __init__(self) -> None:
        self.server = ""
        self.page = 3
        self.asked: list[str] = []

    def records(self) -> list[tuple[str, str, Json]]:
        """Return everything on the server: who, uri, record."""
        found = []
        with httpx.Client(base_url=f"{self.server}/xrpc/", timeout=30) as http:
            repos = http.get("com.atproto.sync.listRepos?limit=1000").json()["repos"]
            for did in [repo["did"] for repo in repos if repo["active"]]:
                for kind in (POST, LIKE, REPOST, FOLLOW, BLOCK):
                    asked = {"repo": did, "collection": kind, "limit": 100}
                    told = http.get("com.atproto.repo.listRecords", params=asked).json()
                    found += [(did, each["uri"], each["value"]) for each in told["records"]]
        return found

    def blocks(self, one: str, other: str, records: list[tuple[str, str, Json]]) -> Json:
        def does(who: str, whom: str) -> bool:
            return any(
                did == who and value["$type"] == BLOCK and value["subject"] == whom
                for did, _, value in records
            )

        return {"blocking": does(one, other), "blockedBy": does(other, one)}

    def author(self, did: str, viewer: str, records: list[tuple[str, str, Json]]) -> Json:
        told = httpx.get(f"{self.server}/xrpc/com.atproto.repo.describeRepo?repo={did}").json()
        tie = {name: yes for name, yes in self.blocks(viewer, did, records).items() if yes}
        return {"did": did, "handle": told["handle"], "displayName": "N.", "viewer": tie}

    def notifications(self, me: str, asked: dict[str, list[str]]) -> Json:
        records = self.records()
        found = []
        for did, uri, value in records:
            if did != me and me in json.dumps(value) and value["$type"] != BLOCK:
                tie = self.blocks(me, did, records)
                if not any(tie.values()):
                    found.append((value["createdAt"], uri, did, value))
        found.sort(reverse=True)
        start = int(asked.get("cursor", ["0"])[0])
        page = found[start : start + self.page]
        items = [
            {
                "uri": uri,
                "cid": "c",
                "author": self.author(did, me, records),
                "reason": value["$type"].split(".")[-1],
                "record": value,
                "isRead": False,
                "indexedAt": time,
            }
            for time, uri, did, value in page
        ]
        more = {"cursor": str(start + self.page)} if len(found) > start + self.page else {}
        return {"notifications": items, **more}

    def posts(self, me: str, uris: list[str]) -> Json:
        records = self.records()
        views = []
        for did, uri, value in records:
            if uri not in uris:
                continue
            likes = [1 for _, _, v in records if v["$type"] == LIKE and v["subject"]["uri"] == uri]
            reposts = [
                1 for _, _, v in records if v["$type"] == REPOST and v["subject"]["uri"] == uri
            ]
            replies = [
                1 for _, _, v in records if v.get("reply", {}).get("parent", {}).get("uri") == uri
            ]
            views.append(
                {
                    "uri": uri,
                    "cid": "c",
                    "author": self.author(did, me, records),
                    "record": value,
                    "likeCount": len(likes),
                    "repostCount": len(reposts),
                    "replyCount": len(replies),
                    "quoteCount": 0,
                    "indexedAt": value["createdAt"],
                }
            )
        return {"posts": views}

    def doers(self, kind: str, about: str) -> list[str]:
        return [
            did
            for did, _, value in self.records()
            if value["$type"] == kind
            and about in (value["subject"], dict(value).get("subject", {}) and _uri(value))
        ]


def _uri(value: Json) -> str | None:
    subject = value["subject"]
    return subject["uri"] if isinstance(subject, dict) else None


class _Handler(BaseHTTPRequestHandler):
    view: AppView

    def do_GET(self) -> None:
        view, parts = self.view, urlsplit(self.path)
        method, asked = parts.path.removeprefix("/xrpc/"), parse_qs(parts.query)
        view.asked.append(method)
        me = _asker(self.headers.get("authorization", ""))
        if method == "app.bsky.notification.listNotifications":
            self.answer(view.notifications(me, asked))
        elif method == "app.bsky.feed.getPosts":
            self.answer(view.posts(me, asked.get("uris", [])))
        elif method == "app.bsky.actor.getProfile":
            followers = len(view.doers(FOLLOW, me))
            told = view.author(me, me, [])
            counts = {"followersCount": followers, "followsCount": 0, "postsCount": 1}
            self.answer({**told, **counts})
        elif method == "app.bsky.feed.getLikes":
            actors = view.doers(LIKE, asked["uri"][0])
            self.answer({"likes": [{"actor": {"did": did}, "createdAt": ""} for did in actors]})
        elif method == "app.bsky.feed.getRepostedBy":
            actors = view.doers(REPOST, asked["uri"][0])
            self.answer({"repostedBy": [{"did": did} for did in actors]})
        elif method == "app.bsky.graph.getFollowers":
            self.answer({"followers": [{"did": did} for did in view.doers(FOLLOW, me)]})
        else:
            self.answer({"error": "MethodNotImplemented"}, 501)

    def answer(self, body: Json, status: int = 200) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _asker(header: str) -> str:
    """Return who asks, as the server's token for the AppView says."""
    payload = header.removeprefix("Bearer ").split(".")[1]
    return str(json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))["iss"])


@contextmanager
def appview() -> Iterator[tuple[AppView, str]]:
    """Run the stand-in; the answer is it and its address."""
    view = AppView()
    handler = type("Handler", (_Handler,), {"view": view})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield view, f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
