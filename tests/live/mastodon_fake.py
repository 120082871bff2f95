"""A small server that answers as Mastodon documents its interface, with the troubles of a real one.

The answers are made here, in the documented shape (docs.joinmastodon.org/entities); another test
compares that shape with answers recorded from a real server.
"""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

HOST = "shop.example"
TOKEN = "a-token-that-nobody-may-see"
Json = dict[str, Any]


class World:
    """What happened on the server."""

    def __init__(self) -> None:
        self.accounts: dict[str, Json] = {}
        self.statuses: dict[str, Json] = {}
        self.notes: dict[str, Json] = {}
        self.likes: dict[str, list[str]] = {}
        self.boosts: dict[str, list[str]] = {}
        self.followers: list[str] = []
        self.blocks: list[str] = []
        self.blocked_by: set[str] = set()
        self.faults: list[Callable[[BaseHTTPRequestHandler], bool]] = []
        self.asked: list[str] = []
        self.page = 3
        self.old = False
        self._next = 100
        self.time = dt.datetime(2026, 10, 14, 19, 0, tzinfo=dt.UTC)
        self.brand = self.somebody("shop")

    def number(self) -> str:
        self._next += 1
        self.time += dt.timedelta(minutes=1)
        return str(self._next)

    def when(self) -> str:
        return self.time.strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def somebody(self, acct: str) -> str:
        number = self.number()
        name = acct.split("@", maxsplit=1)[0]
        self.accounts[number] = {
            "id": number,
            "username": name,
            "acct": acct,
            "display_name": name.title(),
            "created_at": self.when(),
            "url": f"https://{HOST}/@{acct}",
            "followers_count": 0,
            "following_count": 0,
            "statuses_count": 0,
        }
        return number

    def say(self, who: str, content: str, **more: Any) -> str:
        number = self.number()
        self.statuses[number] = {
            "id": number,
            "created_at": self.when(),
            "in_reply_to_id": None,
            "in_reply_to_account_id": None,
            "spoiler_text": "",
            "visibility": "public",
            "language": "en",
            "uri": f"https://{HOST}/ap/statuses/{number}",
            "url": f"https://{HOST}/@{self.accounts[who]['acct']}/{number}",
            "edited_at": None,
            "reblog": None,
            "content": content,
            "account": who,
            "media_attachments": [],
            "mentions": [],
            "tags": [],
            "quote": None,
            "card": None,
            **more,
        }
        return number

    def mention(self, who: str, content: str, **more: Any) -> str:
        status = self.say(who, content, **more)
        self.note("mention", who, status)
        return status

    def answer(self, who: str, to: str, content: str, **more: Any) -> str:
        about = {"in_reply_to_id": to, "in_reply_to_account_id": self.statuses[to]["account"]}
        if who == self.brand:
            return self.say(who, content, **about, **more)
        return self.mention(who, content, **about, **more)

    def like(self, who: str, status: str) -> str:
        self.likes.setdefault(status, []).append(who)
        return self.note("favourite", who, status)

    def boost(self, who: str, status: str) -> str:
        self.boosts.setdefault(status, []).append(who)
        return self.note("reblog", who, status)

    def follow(self, who: str) -> str:
        self.followers.append(who)
        return self.note("follow", who, None)

    def note(self, kind: str, who: str, status: str | None) -> str:
        number = self.number()
        self.notes[number] = {
            "id": number,
            "type": kind,
            "created_at": self.when(),
            "account": who,
            "status": status,
        }
        return number

    def take_back(self, note: str) -> None:
        gone = self.notes.pop(note)
        if gone["type"] == "follow":
            self.followers.remove(gone["account"])
        else:
            ties = self.likes if gone["type"] == "favourite" else self.boosts
            ties[gone["status"]].remove(gone["account"])

    def delete(self, status: str) -> None:
        del self.statuses[status]
        self.notes = {n: note for n, note in self.notes.items() if note["status"] != status}

    # What the interface says.

    def account(self, number: str) -> Json:
        found = dict(self.accounts[number])
        if number == self.brand:
            found["followers_count"] = len(self.followers)
        return found

    def status(self, number: str) -> Json:
        found = self.statuses[number]
        replies = [s for s in self.statuses.values() if s["in_reply_to_id"] == number]
        quoted = found["quote"]
        return {
            **found,
            "account": self.account(found["account"]),
            "reblog": self.status(found["reblog"]) if found["reblog"] else None,
            "quote": {"state": "accepted", "quoted_status": self.status(quoted)}
            if quoted
            else None,
            "replies_count": len(replies),
            "reblogs_count": len(self.boosts.get(number, [])),
            "favourites_count": len(self.likes.get(number, [])),
            "quotes_count": 0,
        }

    def noted(self, number: str) -> Json:
        note = self.notes[number]
        status = {"status": self.status(note["status"])} if note["status"] else {}
        return {**note, "account": self.account(note["account"]), **status}


class _Handler(BaseHTTPRequestHandler):
    world: World
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        world, parts = self.world, urlsplit(self.path)
        world.asked.append(self.path)
        if world.faults and world.faults.pop(0)(self):
            return
        if self.headers.get("authorization") != f"Bearer {TOKEN}":
            self.answer({"error": f"The access token {TOKEN[:9]} is invalid"}, status=401)
            return
        path = parts.path.removeprefix("/api/v1/")
        if not self.lists(path, parse_qs(parts.query)):
            self.single(path, parse_qs(parts.query))

    def lists(self, path: str, asked: dict[str, list[str]]) -> bool:
        """Answer a list that has pages; return whether the question was for one."""
        world, kinds = self.world, asked.get("types[]", [])
        status = [*path.split("/"), ""][1]
        own = [n for n, s in world.statuses.items() if s["account"] == world.brand]
        notes = [n for n, note in world.notes.items() if note["type"] in kinds]
        known: dict[str, tuple[list[str], Callable[[str], Json]]] = {
            f"accounts/{world.brand}/statuses": (own, world.status),
            "notifications": (notes, world.noted),
            "blocks": (world.blocks, world.account),
            f"accounts/{world.brand}/followers": (world.followers, world.account),
            f"statuses/{status}/favourited_by": (world.likes.get(status, []), world.account),
            f"statuses/{status}/reblogged_by": (world.boosts.get(status, []), world.account),
        }
        if path in known:
            self.listed(*known[path], asked)
        return path in known

    def single(self, path: str, asked: dict[str, list[str]]) -> None:
        world, ids = self.world, asked.get("id[]", [])
        if path == "accounts/verify_credentials":
            self.answer(world.account(world.brand))
        elif path == "statuses" and not world.old:
            self.answer([world.status(n) for n in ids if n in world.statuses])
        elif path == "accounts/relationships":
            self.answer([self.relation(number) for number in ids])
        elif path.startswith("statuses/") and path.split("/")[1] in world.statuses:
            self.answer(world.status(path.split("/")[1]))
        else:
            self.answer({"error": "Record not found"}, status=404)

    def relation(self, number: str) -> Json:
        return {
            "id": number,
            "blocking": number in self.world.blocks,
            "blocked_by": number in self.world.blocked_by,
            "domain_blocking": False,
        }

    def listed(
        self, ids: list[str], show: Callable[[str], Json], asked: dict[str, list[str]]
    ) -> None:
        """Answer a page, newest first, with the Link header of its neighbours."""
        low = int(asked.get("min_id", ["-1"])[0])
        high = int(asked.get("max_id", [str(10**9)])[0])
        inside = sorted((int(n) for n in ids if low < int(n) < high), reverse=True)
        size = min(self.world.page, int(asked.get("limit", ["20"])[0]))
        page = inside[-size:] if "min_id" in asked else inside[:size]
        link = ""
        if page:
            base = f"http://{self.headers['host']}{urlsplit(self.path).path}"
            older, newer = urlencode({"max_id": page[-1]}), urlencode({"min_id": page[0]})
            link = f'<{base}?{older}>; rel="next", <{base}?{newer}>; rel="prev"'
        self.answer([show(str(n)) for n in page], link=link)

    def answer(self, body: object, *, status: int = 200, link: str = "", **headers: str) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json; charset=utf-8")
        self.send_header("content-length", str(len(content)))
        if link:
            self.send_header("link", link)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def too_many(handler: Any) -> bool:
    """Answer that there were too many questions."""
    soon = (dt.datetime.now(dt.UTC) + dt.timedelta(seconds=0.2)).isoformat()
    handler.answer({"error": "Too many requests"}, status=429, X_RateLimit_Reset=soon)
    return True


def much_too_many(handler: Any) -> bool:
    """Answer that there were too many questions, and ask for an hour of rest."""
    handler.answer({"error": "Too many requests"}, status=429, Retry_After="3600")
    return True


def broken(handler: Any) -> bool:
    """Answer that something is wrong with the server."""
    handler.answer({"error": "We're sorry, but something went wrong"}, status=500)
    return True


def cut(handler: Any) -> bool:
    """Break the connection off in the middle of an answer."""
    handler.send_response(200)
    handler.send_header("content-type", "application/json")
    handler.send_header("content-length", "5000")
    handler.end_headers()
    handler.wfile.write(b'[{"id": "1", ')
    handler.close_connection = True
    return True


def fine(_: Any) -> bool:
    """Let the question be answered."""
    return False


@contextmanager
def mastodon(world: World) -> Iterator[str]:
    """Run the server; the answer is its address."""
    handler = type("Handler", (_Handler,), {"world": world})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
