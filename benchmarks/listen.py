"""How long from a message's arrival to its alert, and what does a flood cost?

Files with one message each are dropped into the folder of a running `rapport listen`, which tells a
server on this machine; then one file with `--flood` messages. Times are those on a clock of this
script: from the instant the file stands under its name to the instant the request with its alert
has come. Memory is the most that the listening process held.

    python benchmarks/listen.py [--files 30] [--flood 10000]
"""

from __future__ import annotations

import argparse
import csv
import datetime as dt
import io
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from rapport.workspace import Workspace

TEXTS = (
    "Third time the jar arrived broken, nobody answers my mails.",
    "Le colis est arrivé cassé et le service client ne répond pas.",
    "Where can I buy the red tea box in Lyon?",
    "Vous devriez proposer un format sans sucre.",
    "Lovely shop, thank you for the kind welcome!",
    "Quelqu’un a vu le match hier soir ?",
    "What time do you open on Sunday?",
    "Je veux résilier mon abonnement, c’est la dernière fois.",
)
SETTINGS = """
[mappings.forum]
files = "said*.csv"
table = "activity"
confirmed = true
time_zone = "UTC"
channel = "forum"
values = {{ verb = "Create", object_kind = "Note" }}
[mappings.forum.columns]
activity_id = "id"
occurred_on = "time"
account_id = "who"
text = "text"
[listening]
allow = ["127.0.0.1"]
per_minute = 600
[[alerts]]
name = "crm"
kind = "url"
url = "{url}"
"""


class Told:
    """A server that notes when each message's alert came."""

    def __init__(self) -> None:
        self.came: dict[str, float] = {}
        told = self.came

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                now = time.monotonic()
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                for facts in body["facts"].get("alerts", [body["facts"]]):
                    told.setdefault(facts.get("message_id", ""), now)
                self.send_response(204)
                self.end_headers()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}/"


def export(keys: list[str], chance: random.Random) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(["id", "time", "who", "text"])
    now = dt.datetime.now(dt.UTC)
    for key in keys:
        text = chance.choice(TEXTS) if len(keys) > 1 else TEXTS[0]
        writer.writerow([key, f"{now:%Y-%m-%d %H:%M:%S}", f"a{key}", f"{text} ({key})"])
    return out.getvalue()


def drop(folder: Path, name: str, content: str) -> float:
    (folder / f".{name}").write_text(content, "utf-8")
    (folder / f".{name}").rename(folder / name)
    return time.monotonic()


def peak(pid: int) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    kilobytes = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(kilobytes.split()[1]) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--files", type=int, default=30)
    parser.add_argument("--flood", type=int, default=10_000)
    asked = parser.parse_args()
    chance, told = random.Random(1), Told()
    with tempfile.TemporaryDirectory() as place:
        workspace = Workspace.create(Path(place) / "brand", brand="Maison", time_zone="UTC")
        path = workspace.root / "rapport.toml"
        path.write_text(path.read_text("utf-8") + SETTINGS.format(url=told.url), "utf-8")
        if not (Path(sys.executable).parent / "rapport").exists():
            sys.exit("Install rapport in this environment first.")
        program = str(Path(sys.executable).parent / "rapport")
        command = [program, "listen", "--json", "-w", str(workspace.root)]
        process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=os.environ)
        assert process.stdout is not None
        first = json.loads(process.stdout.readline())
        assert first.get("event") == "listening", first
        routed: list[tuple[float, dict]] = []
        reading = threading.Thread(
            target=lambda: routed.extend(
                (time.monotonic(), json.loads(line)) for line in process.stdout
            ),
            daemon=True,
        )
        reading.start()
        folder = workspace.root / "inbox"
        seconds = []
        for number in range(asked.files):
            at = drop(folder, f"said{number}.csv", export([f"m{number}"], chance))
            while f"forum:m{number}" not in told.came:
                time.sleep(0.002)
            seconds.append(told.came[f"forum:m{number}"] - at)
            time.sleep(0.2)
        quiet = peak(process.pid)
        keys = [f"f{number}" for number in range(asked.flood)]
        at = drop(folder, "said-flood.csv", export(keys, chance))
        while not any(
            event["event"] == "file" and event["file"] == "said-flood.csv" for _, event in routed
        ):
            time.sleep(0.01)
        done = next(t for t, e in routed if e.get("file") == "said-flood.csv") - at
        load = {e["load"] for _, e in routed if e["event"] == "routed" and e.get("load")}
        alerts = sum(e["event"] == "routed" and e.get("load") == max(load) for _, e in routed)
        begun = min(t for t, e in routed if e["event"] == "routed" and e.get("load") == max(load))
        flooded = peak(process.pid)
        process.send_signal(signal.SIGTERM)
        process.wait(30)
        reading.join(5)
    seconds.sort()
    print("| figure | measured | target |")
    print("|---|---:|---:|")
    print(f"| arrival to alert received, median of {len(seconds)} | "
          f"{statistics.median(seconds):.2f} s | under 1 s |")  # fmt: skip
    print(f"| the slowest of them | {seconds[-1]:.2f} s | |")
    print(f"| memory, one message at a time | {quiet:.2f} GB | |")
    print(f"| {asked.flood:,} messages in one file: all routed ({alerts:,} alerts) | "
          f"{done:.1f} s | |")  # fmt: skip
    print(f"| messages a second, arrival to routed | {asked.flood / done:,.0f} | |")
    print(f"| first of them routed after | {begun - at:.1f} s | |")
    print(f"| memory in the flood | {flooded:.2f} GB | |")


if __name__ == "__main__":
    main()
