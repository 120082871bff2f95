"""Servers that are told, on this machine, and an understanding by a few words."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

SCORES = (
    "negative", "neutral", "positive", "praise", "complaint", "suggestion", "question",
    "purchase_intent", "leaving", "thanks", "recommendation", "irony",
)  # fmt: skip
_WORDS = {
    "complaint": ("broken", "cassé", "late"),
    "purchase_intent": ("buy", "acheter"),
    "suggestion": ("should", "devriez"),
    "question": ("?",),
    "leaving": ("leaving you",),
    "irony": ("bravo",),
    "praise": ("bravo", "love"),
}


def understand(texts: Sequence[str]) -> dict[str, list[float]]:
    """Probabilities by words alone: enough to see where messages go."""
    found: dict[str, list[float]] = {name: [] for name in SCORES}
    for text in texts:
        kinds = {k for k, words in _WORDS.items() if any(w in text.casefold() for w in words)}
        bad = "complaint" in kinds or "leaving" in kinds
        for name in SCORES:
            found[name].append(0.9 if name in kinds else 0.05)
        found["negative"][-1], found["positive"][-1] = (0.9, 0.05) if bad else (0.1, 0.4)
        found["neutral"][-1] = 1 - found["negative"][-1] - found["positive"][-1]
    return found


@dataclass
class Came:
    """One request that came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Receiver:
    """A server that is told; `answers` says what it answers to each request, then 200."""

    url: str = ""
    came: list[Came] = field(default_factory=list)
    answers: list[Callable[[BaseHTTPRequestHandler], None]] = field(default_factory=list)

    @property
    def keys(self) -> list[str]:
        return [each.headers["webhook-id"] for each in self.came]


def status(code: int, **headers: str) -> Callable[[BaseHTTPRequestHandler], None]:
    """Answer with a status."""

    def answer(request: BaseHTTPRequestHandler) -> None:
        request.send_response(code)
        for name, value in headers.items():
            request.send_header(name.replace("_", "-"), value)
        request.send_header("Content-Length", "0")
        request.end_headers()

    return answer


@contextmanager
def receiver(context: Any = None) -> Iterator[Receiver]:
    """Run a server that is told, with TLS where a context is given."""
    told = Receiver()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            told.came.append(Came(self.path, dict(self.headers.items()), body))
            place = len(told.came) - 1
            given = told.answers[place] if place < len(told.answers) else status(200)
            with suppress(OSError):
                given(self)

        do_GET = do_POST

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Server(("127.0.0.1", 0), Handler)
    if context is not None:
        server.socket = context.wrap_socket(
            server.socket, server_side=True, do_handshake_on_connect=False
        )
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    scheme = "https" if context is not None else "http"
    told.url = f"{scheme}://127.0.0.1:{server.server_address[1]}"
    try:
        yield told
    finally:
        server.shutdown()
        server.server_close()
