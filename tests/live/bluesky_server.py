"""A real Bluesky server (the npm package @atproto/pds) on this machine, and people on it."""

from __future__ import annotations

import fcntl
import json
import os
import secrets
import shutil
import signal
import socket
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import httpx

HERE = Path(__file__).parent / "pds"
READY = HERE / "node_modules" / ".ready"
PASSWORD = "correct horse battery"


class CannotRun(Exception):
    """The server cannot be set up on this machine; the reason is in plain words."""


def install() -> None:
    """Install the server's pinned packages once; better-sqlite3 compiles where it has to."""
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        raise CannotRun("Node.js and npm are not on this machine")
    with (HERE / ".lock").open("w") as alone:  # several workers may want it at once
        fcntl.flock(alone, fcntl.LOCK_EX)
        wanted = (HERE / "package-lock.json").read_bytes()
        if not (READY.is_file() and READY.read_bytes() == wanted):
            print("Bringing a Bluesky server for the tests (about two minutes the first time)")
            _install(node, npm)
            READY.write_bytes(wanted)


def _install(node: str, npm: str) -> None:
    headers = Path(node).resolve().parents[1]
    own = (headers / "include" / "node" / "node.h").is_file()
    command = [npm, "ci", "--omit=dev", "--no-audit", "--no-fund", "--foreground-scripts"]
    try:
        done = subprocess.run(
            command,
            cwd=HERE,
            env={**os.environ, **({"npm_config_nodedir": str(headers)} if own else {})},
            capture_output=True,
            text=True,
            timeout=1800,
            check=False,
        )
    except subprocess.TimeoutExpired:
        raise CannotRun("npm did not install @atproto/pds within half an hour") from None
    if done.returncode:
        last = [line for line in (done.stderr or done.stdout).splitlines() if line.strip()][-5:]
        raise CannotRun("npm could not install @atproto/pds: " + " | ".join(last))


def free_port() -> int:
    """Return a port that nobody listens on."""
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


class _Directory(BaseHTTPRequestHandler):
    """The directory of identities, as far as the server asks it: takes operations, gives them."""

    operations: dict[str, dict[str, Any]]

    def do_POST(self) -> None:
        size = int(self.headers["content-length"])
        self.operations[unquote(self.path[1:])] = json.loads(self.rfile.read(size))
        self._answer(200, {})

    def do_GET(self) -> None:
        did, _, part = unquote(self.path[1:]).partition("/")
        operation = self.operations.get(did)
        if did == "_health":
            self._answer(200, {"version": "test"})
        elif operation is None:
            self._answer(404, {"message": "DID not registered"})
        elif part == "log/last":
            self._answer(200, operation)
        elif part == "data":
            self._answer(200, {"did": did, **operation})
        else:
            self._answer(200, _document(did, operation))

    def _answer(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def _document(did: str, operation: dict[str, Any]) -> dict[str, Any]:
    key = operation["verificationMethods"]["atproto"].removeprefix("did:key:")
    return {
        "@context": ["https://www.w3.org/ns/did/v1", "https://w3id.org/security/multikey/v1"],
        "id": did,
        "alsoKnownAs": operation["alsoKnownAs"],
        "verificationMethod": [
            {
                "id": f"{did}#atproto",
                "type": "Multikey",
                "controller": did,
                "publicKeyMultibase": key,
            }
        ],
        "service": [
            {
                "id": f"#{name}",
                "type": service["type"],
                "serviceEndpoint": service["endpoint"],
            }
            for name, service in operation["services"].items()
        ],
    }


@contextmanager
def directory() -> Iterator[str]:
    """Run the stand-in for the directory of identities; the answer is its address."""
    handler = type("Directory", (_Directory,), {"operations": {}})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://localhost:{server.server_port}"
    finally:
        server.shutdown()
        server.server_close()


@contextmanager
def bluesky(folder: Path, **settings: str) -> Iterator[str]:
    """Run the server with its data in `folder`; the answer is its address."""
    install()
    port = free_port()
    with directory() as plc:
        environment = {
            "PATH": os.environ["PATH"],
            "NODE_ENV": "test",
            "LOG_ENABLED": "false",
            "PDS_HOSTNAME": "localhost",
            "PDS_PORT": str(port),
            "PDS_DATA_DIRECTORY": str(folder),
            "PDS_BLOBSTORE_DISK_LOCATION": str(folder / "blobs"),
            "PDS_JWT_SECRET": secrets.token_hex(16),
            "PDS_ADMIN_PASSWORD": secrets.token_hex(16),
            "PDS_PLC_ROTATION_KEY_K256_PRIVATE_KEY_HEX": secrets.token_hex(32),
            "PDS_DID_PLC_URL": plc,
            "PDS_SERVICE_HANDLE_DOMAINS": ".test",
            "PDS_INVITE_REQUIRED": "false",
            "PDS_DEV_MODE": "true",
            "PDS_DISABLE_SSRF_PROTECTION": "true",
            **settings,
        }
        log = (folder / "server.log").open("w")
        process = subprocess.Popen(
            [str(shutil.which("node")), str(HERE / "serve.cjs")],
            cwd=HERE,
            env=environment,
            stdin=subprocess.PIPE,  # it ends when this ends, however the tests end
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            address = f"http://localhost:{port}"
            _until_it_answers(process, address, folder / "server.log")
            yield address
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate(timeout=10)
            log.close()


def _until_it_answers(process: subprocess.Popen[bytes], address: str, log: Path) -> None:
    end = time.monotonic() + 60
    while time.monotonic() < end:
        if process.poll() is not None:
            raise CannotRun(f"the Bluesky server ended at once: {log.read_text()[-800:]}")
        try:
            if httpx.get(f"{address}/xrpc/_health", timeout=2).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise CannotRun(f"the Bluesky server did not answer: {log.read_text()[-800:]}")


class Somebody:
    """An account on the server that can do what people do."""

    def __init__(self, server: str, name: str) -> None:
        self.server, self.handle = server, f"{name}.test"
        self.http = httpx.Client(base_url=f"{server}/xrpc/", timeout=30)
        made = self._post(
            "com.atproto.server.createAccount",
            {"handle": self.handle, "email": f"{name}@mail.test", "password": PASSWORD},
        )
        self.did = str(made["did"])
        self.http.headers["authorization"] = f"Bearer {made['accessJwt']}"

    def _post(self, method: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = self.http.post(method, json=body)
        assert answer.status_code == 200, f"{method}: {answer.text}"
        return dict(answer.json()) if answer.content else {}

    def make(self, collection: str, record: dict[str, Any], **more: Any) -> dict[str, str]:
        """Make a record; the answer is its uri and cid."""
        record = {"$type": collection, "createdAt": now(), **record}
        body = {"repo": self.did, "collection": collection, "record": record, **more}
        made = self._post("com.atproto.repo.createRecord", body)
        return {"uri": made["uri"], "cid": made["cid"]}

    def say(self, text: str, **more: Any) -> dict[str, str]:
        return self.make("app.bsky.feed.post", {"text": text, "langs": ["en"], **more})

    def reply(self, to: dict[str, str], text: str, root: dict[str, str] | None = None) -> Any:
        return self.say(text, reply={"parent": to, "root": root or to})

    def mention(self, who: Somebody, text: str) -> dict[str, str]:
        whole = f"@{who.handle} {text}"
        feature = {"$type": "app.bsky.richtext.facet#mention", "did": who.did}
        place = {"byteStart": 0, "byteEnd": len(who.handle) + 1}
        return self.say(whole, facets=[{"index": place, "features": [feature]}])

    def quote(self, what: dict[str, str], text: str) -> dict[str, str]:
        return self.say(text, embed={"$type": "app.bsky.embed.record", "record": what})

    def like(self, what: dict[str, str]) -> dict[str, str]:
        return self.make("app.bsky.feed.like", {"subject": what})

    def repost(self, what: dict[str, str]) -> dict[str, str]:
        return self.make("app.bsky.feed.repost", {"subject": what})

    def follow(self, who: Somebody) -> dict[str, str]:
        return self.make("app.bsky.graph.follow", {"subject": who.did})

    def block(self, who: Somebody) -> dict[str, str]:
        return self.make("app.bsky.graph.block", {"subject": who.did})

    def profile(self, name: str) -> None:
        self._post(
            "com.atproto.repo.putRecord",
            {
                "repo": self.did,
                "collection": "app.bsky.actor.profile",
                "rkey": "self",
                "record": {"$type": "app.bsky.actor.profile", "displayName": name},
            },
        )

    def edit(self, what: dict[str, str], text: str) -> None:
        collection, rkey = what["uri"].split("/")[-2:]
        record = {"$type": collection, "createdAt": now(), "text": text}
        self._post(
            "com.atproto.repo.putRecord",
            {"repo": self.did, "collection": collection, "rkey": rkey, "record": record},
        )

    def delete(self, what: dict[str, str]) -> None:
        collection, rkey = what["uri"].split("/")[-2:]
        self._post(
            "com.atproto.repo.deleteRecord",
            {"repo": self.did, "collection": collection, "rkey": rkey},
        )

    def leave(self) -> None:
        """Deactivate the account."""
        self._post("com.atproto.server.deactivateAccount", {})

    def come_back(self) -> None:
        """Activate the account again."""
        answer = self.http.post("com.atproto.server.activateAccount")
        assert answer.status_code == 200, answer.text


def now() -> str:
    """Return this instant as Bluesky writes it."""
    seconds = time.time()
    whole = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(seconds))
    return f"{whole}.{int(seconds * 1000) % 1000:03d}Z"


if __name__ == "__main__":
    try:
        install()
    except CannotRun as reason:
        print(f"The tests of a real Bluesky server will be left out: {reason}")
