"""A file behind a web address is fetched whole or not at all, and no secret of it is kept."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rapport.errors import Problem
from rapport.sources.downloads import download
from shell import Shell, shop_orders

ORDERS = shop_orders(40).encode()


class Answers(BaseHTTPRequestHandler):
    def do_GET(self) -> None:
        path = self.path.partition("?")[0]
        if path == "/away":
            self.send_response(302)
            self.send_header("Location", "http://shop.example/orders.csv")
            self.end_headers()
        elif path == "/gone.csv":
            self.send_error(404)
        else:
            self.send_response(200)
            size = len(ORDERS) + (1000 if path == "/cut.csv" else 0)
            self.send_header("Content-Length", str(size))
            if path == "/named":
                self.send_header("Content-Disposition", 'attachment; filename="../../orders x.csv"')
            self.end_headers()
            self.wfile.write(ORDERS)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def server() -> Iterator[str]:
    made = ThreadingHTTPServer(("127.0.0.1", 0), Answers)
    thread = threading.Thread(target=made.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{made.server_port}"
    made.shutdown()
    made.server_close()
    thread.join()


def test_an_address_is_added_like_a_file_and_its_secret_is_nowhere(
    server: str, tmp_path: Path
) -> None:
    shell = Shell(tmp_path / "w")
    shell("new", str(shell.root), "--currency", "EUR")
    told = shell.json("add", f"{server}/orders.csv?token=SECRET", "--yes")
    assert told["loads"][0]["file"] == "orders.csv"
    assert told["loads"][0]["rows_kept"] > 40
    assert shell.json("add", f"{server}/orders.csv", "--yes")["loads"][0]["status"] == "repeat"
    kept = [path for path in shell.root.rglob("*") if path.is_file()]
    assert not any(b"SECRET" in path.read_bytes() for path in kept)


def test_a_name_cannot_lead_out_of_the_folder(server: str, tmp_path: Path) -> None:
    assert download(f"{server}/named", tmp_path) == tmp_path / "orders x.csv"


@pytest.mark.parametrize(
    ("place", "says"),
    [
        ("/gone.csv?key=SECRET", "The server answered 404."),
        ("/cut.csv?key=SECRET", "in part"),
        ("/away?key=SECRET", "Only addresses that begin with https:// are fetched."),
    ],
)
def test_what_fails_leaves_nothing_and_tells_no_secret(
    server: str, tmp_path: Path, place: str, says: str
) -> None:
    with pytest.raises(Problem, match=says) as caught:
        download(server + place, tmp_path)
    assert "SECRET" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("url", ["http://shop.example/a.csv", "https:///a.csv"])
def test_unsafe_addresses_are_not_asked(url: str, tmp_path: Path) -> None:
    with pytest.raises(Problem, match="Only addresses that begin with https"):
        download(url, tmp_path)


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(Problem, match="could not be fetched"):
        download("http://127.0.0.1:9/orders.csv", tmp_path)
