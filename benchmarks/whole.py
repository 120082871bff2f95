"""Time and memory of a whole run on a large brand, and of the runs after one more day and another.

    python benchmarks/whole.py                     a million people, 50 million activities
    python benchmarks/whole.py --people 100000     smaller, in the same shares
    python benchmarks/whole.py --steps             each step's seconds as well, one step at a time
    python benchmarks/whole.py --keep DIR          keep the workspace, or go on with it

Loading is told apart from the run. Facts are made up with the rates of a chain that knows half of
its followers: two years, five orders and fifty activities a person, and one message.
Memory is the most that all processes of the run held together, looked at every second.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from rapport.pipeline import open_record
from rapport.record.facts import Batch, Facts
from rapport.record.schema import TABLES
from rapport.simulation.texts import messages
from rapport.workspace import SETTINGS, Workspace

FIRST, DAYS = "2024-10-01", 730
AT_ONCE = 2_000_000
ORDERS, DEEDS, WORDS, FOLLOWERS, TICKETS, ASKED = 5, 50, 1, 0.2, 0.1, 0.02
SETTINGS_MORE = """
[service]
cost_per_contact = 4.5
"""

_PEOPLE = """
    select 'c' || i as account_id, 'Ana Lo' || i % 9973 as name, 'FR' as country, 'fr' as language
    from range({people}) t(i)
"""
_NEW = """
    select 'c' || i as account_id, 'Ana Lo' || i % 9973 as name, 'FR' as country, 'fr' as language
    from range({people}, {people} + {newcomers}) t(i)
"""
_NEW_EMAILS = """
    select 'c' || i as account_id, 'email' as kind, 'c' || i || '@mail.example' as value
    from range({people}, {people} + {newcomers}) t(i)
    union all
    select 'c' || i, 'postcode', cast(10000 + i % 9000 as varchar)
    from range({people}, {people} + {newcomers}) t(i)
"""
_SOCIAL = """
    select 's' || i as account_id, ['instagram', 'facebook', 'x', 'tiktok'][1 + i % 4] as channel,
        'user' || hash(i) as handle, cast(300 * random() as bigint) as followers,
        cast(200 * random() as bigint) as following, cast(90 * random() as bigint) as posts
    from range({social}) t(i)
"""
_EMAILS = """
    select 'c' || i as account_id, 'email' as kind, 'c' || i || '@mail.example' as value
    from range({people}) t(i)
    union all
    select 's' || i, 'email', 'c' || (i * 5) || '@mail.example' from range({social}) t(i)
    where i % 2 = 0
    union all
    select 'c' || i, 'postcode', cast(10000 + i % 9000 as varchar) from range({people}) t(i)
"""
_TIME = "timestamptz '{first} 00:00:00+00' + interval 1 second * cast({span} * random() as bigint)"
_ORDERS = """
    select 'o' || i as purchase_id, {time} as ordered_on, 'shop' as channel,
        'c' || cast(floor({people} * random() * random()) as bigint) as account_id,
        cast(10 + 60 * random() * random() as decimal(18, 4)) as revenue, 'EUR' as currency,
        if(random() < .1, 'SPRING', null) as coupon
    from range({from}, {to}) t(i)
"""
_DEEDS = """
    select 'd' || i as activity_id, {time} as occurred_on,
        ['instagram', 'facebook', 'x', 'tiktok'][1 + cast(floor(4 * random()) as int)] as channel,
        if(random() < .6, 's' || cast(floor({social} * random() * random()) as bigint),
            'c' || cast(floor({people} * random() * random()) as bigint)) as account_id,
        if(random() < .85, 'Like', if(random() < .7, 'Arrive', 'Announce')) as verb,
        'Note' as object_kind, 'post' || cast(floor(2000 * random()) as bigint) as object_id
    from range({from}, {to}) t(i)
"""
_FOLLOWS = """
    select 'f' || i as activity_id, {time} as occurred_on,
        ['instagram', 'facebook', 'x', 'tiktok'][1 + i % 4] as channel, 's' || i as account_id,
        'Follow' as verb, 'account' as object_kind
    from range({social}) t(i)
"""
_CODES = """
    select 'r' || i as activity_id, {time} as occurred_on, 'referral' as channel,
        'c' || cast(floor({people} * random()) as bigint) as account_id, 'Recommend' as verb,
        'referral code' as object_kind, 'code' || i as object_id
    from range(cast({people} / 50 as bigint)) t(i)
"""
_WORDS = """
    select 'm' || {from} + n as activity_id, {time} as occurred_on,
        ['instagram', 'facebook', 'x', 'tiktok'][1 + cast(floor(4 * random()) as int)] as channel,
        if(random() < .7, 's' || cast(floor({social} * random()) as bigint),
            'c' || cast(floor({people} * random()) as bigint)) as account_id,
        'Create' as verb, 'comment' as object_kind, text || ' ' || {from} + n as text
    from said
"""
_TICKETS = """
    select 't' || i as ticket_id, {time} as opened_on, 'email' as channel,
        'c' || cast(floor({people} * random()) as bigint) as account_id
    from range({tickets}) t(i)
"""
_ANSWERS = """
    select 'c' || (i * 50) as respondent, {time} as answered_on, 'rapport' as instrument,
        unnest(['satisfaction', 'return', 'confidence_1', 'confidence_2', 'integrity_1',
            'integrity_2', 'pride_1', 'pride_2', 'passion_1', 'passion_2']) as item,
        cast(1 + floor(5 * random()) as double) as score
    from range({asked}) t(i)
"""
_POSTS = """
    select 'post' || i as post_id, {time} as published_on,
        ['instagram', 'facebook', 'x', 'tiktok'][1 + i % 4] as channel, 'photo' as format,
        'A tea of the day' as text
    from range(2000) t(i)
"""


class Maker:
    """Facts of a brand of so many people, in batches."""

    def __init__(self, people: int, first: str, days: int, share: float, mark: int) -> None:
        self.people, self.mark = people, mark
        self.share = share
        self.connection = duckdb.connect()
        self.connection.execute("set timezone = 'UTC'")
        self.connection.execute("select setseed(?)", [0.1 + mark / 100]).fetchall()
        self.values = {
            "people": people, "social": int(FOLLOWERS * people), "tickets": self.many(TICKETS),
            "asked": int(ASKED * people), "newcomers": max(1, int(people * share)),
            "time": _TIME.format(first=first, span=days * 86_400 - 1),
        }  # fmt: skip
        self.row = 2

    def many(self, rate: float) -> int:
        """How many of a kind there are in the days asked for."""
        return max(1, int(rate * self.people * self.share))

    def batch(self, parts: list[tuple[str, str, dict[str, int]]]) -> Batch:
        """Return one batch; parts are (table, query, more values)."""
        tables: dict[str, pa.Table] = {}
        for name, query, more in parts:
            rows = self.connection.sql(query.format(**(self.values | more))).to_arrow_table()
            fields = {field.name: field for field in TABLES[name].arrow}
            rows = rows.cast(pa.schema([fields[column] for column in rows.column_names]))
            before = tables.get(name)
            tables[name] = (
                rows
                if before is None
                else pa.concat_tables([before, rows], promote_options="default")
            )
        count = 0
        for name, rows in tables.items():
            numbers = np.arange(self.row, self.row + rows.num_rows)
            tables[name] = rows.append_column("source_row", pa.array(numbers))
            self.row += rows.num_rows
            count += rows.num_rows
        return Batch(count, tables)

    def batches(self, *, everybody: bool) -> Iterator[Batch]:
        """Yield all facts; with `everybody` those of all people, without of some new ones."""
        if everybody:
            once = [("account", _PEOPLE), ("account", _SOCIAL), ("identifier", _EMAILS)]
            once += [("activity", _FOLLOWS), ("activity", _CODES), ("answer", _ANSWERS)]
            once += [("post", _POSTS)]
        else:
            once = [("account", _NEW), ("identifier", _NEW_EMAILS)]
        yield self.batch([(name, query, {}) for name, query in once])
        base = self.mark * 10**9
        yield self.batch(
            [
                (
                    "ticket",
                    _TICKETS.replace("range({tickets})", f"range({base}, {base} + {{tickets}})"),
                    {},
                )
            ]
        )
        for table, query, rate in (("purchase", _ORDERS, ORDERS), ("activity", _DEEDS, DEEDS)):
            total = self.many(rate)
            for start in range(0, total, AT_ONCE):
                span = {"from": base + start, "to": base + min(start + AT_ONCE, total)}
                yield self.batch([(table, query, span)])
        total = self.many(WORDS)
        for start in range(0, total, 200_000):
            said = _said(min(200_000, total - start), self.mark + start)
            self.connection.register("said", said)
            yield self.batch([("activity", _WORDS, {"from": base + start})])


def _said(count: int, seed: int) -> pa.Table:
    rng = np.random.default_rng(seed)
    kinds = ["praise", "complaint", "question", "other", "thanks", "purchase_intent"]
    moods = {"praise": "positive", "complaint": "negative", "thanks": "positive"}
    chosen = rng.choice(kinds, count)
    texts = messages(
        rng,
        kinds=list(chosen),
        sentiments=[moods.get(kind, "neutral") for kind in chosen],
        languages=list(rng.choice(["fr", "en"], count)),
        topics=[None] * count,
        ironies=[False] * count,
    )
    return pa.table({"n": np.arange(count), "text": pa.array(list(texts), pa.string())})


def load(workspace: Workspace, maker: Maker, name: str, *, everybody: bool) -> None:
    """Put the facts into the record, as a source of its own."""
    content = hashlib.sha256(f"{name} {maker.people}".encode()).hexdigest()
    facts = Facts("big", f"{name}.parquet", content, "big", maker.batches(everybody=everybody))
    open_record(workspace).load(facts)


_RUN = """
import json, resource, sys, time
from pathlib import Path
from rapport.pipeline import run
from rapport.steps.step import Step
from rapport.workspace import Workspace

times, work = {}, Step.run

def timed(step, context):
    start, used = time.perf_counter(), time.process_time()
    result = work(step, context)
    times[step.name] = [time.perf_counter() - start, time.process_time() - used]
    print(step.name, times[step.name], file=sys.stderr, flush=True)
    return result

def now(step, done, of):
    print(round(time.perf_counter() - start), done, step, file=sys.stderr, flush=True)

if __name__ == "__main__":
    start = time.perf_counter()
    if sys.argv[2] == "1":
        Step.run = timed
    run(Workspace(Path(sys.argv[1])), at_once=int(sys.argv[2]) or None, tell=now)
    print(json.dumps({"seconds": time.perf_counter() - start, "steps": times}))
"""


def measured(root: Path, at_once: int) -> dict[str, Any]:
    """Run everything in processes of its own; returns seconds, of the processor too, and memory."""
    before = _used()
    with tempfile.TemporaryDirectory() as folder:
        program = Path(folder) / "measured_run.py"
        program.write_text(_RUN, "utf-8")
        done = subprocess.Popen(
            [sys.executable, str(program), str(root), str(at_once)],
            stdout=subprocess.PIPE,
            text=True,
        )
        most = 0.0
        while done.poll() is None:
            most = max(most, held(done.pid))
            time.sleep(1.0)
        said, _ = done.communicate()
    if done.returncode:
        raise SystemExit(done.returncode)
    told: dict[str, Any] = json.loads(said.splitlines()[-1])
    return told | {"gb": most, "processor": _used() - before}


def _used() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def held(root: int) -> float:
    """Return the memory of a process and of all it started, in GB (Linux)."""
    children: dict[int, list[int]] = {}
    pages: dict[int, int] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
            pages[int(folder.name)] = int((folder / "statm").read_text().split()[1])
        except OSError:
            continue
        children.setdefault(int(fields[1]), []).append(int(folder.name))
    family = [root]
    for each in family:
        family += children.get(each, [])
    return sum(pages.get(each, 0) for each in family) * os.sysconf("SC_PAGE_SIZE") / 1024**3


def told(name: str, found: dict[str, Any]) -> None:
    """Print a line of the table."""
    print(
        f"| {name} | {found['seconds']:.0f} | {found['processor']:.0f} | {found['gb']:.2f} GB |",
        flush=True,
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, default=1_000_000)
    parser.add_argument("--steps", action="store_true")
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    folder = asked.keep or Path(tempfile.mkdtemp())
    root = folder / "brand"
    if not root.exists():
        workspace = Workspace.create(root, brand="Big", currency="EUR")
        path = workspace.root / SETTINGS
        text = re.sub(r"# margin = [\d.]+", "margin = 0.5", path.read_text("utf-8"))
        path.write_text(text + SETTINGS_MORE, "utf-8")
        start = time.perf_counter()
        load(workspace, Maker(asked.people, FIRST, DAYS, 1.0, 0), "two years", everybody=True)
        print(f"loaded in {time.perf_counter() - start:.0f} s", flush=True)
    workspace = Workspace(root)
    print("| run | seconds | of the processor | memory |\n|---|---:|---:|---:|", flush=True)
    whole = measured(root, int(asked.steps))
    told("two years", whole)
    day = Maker(asked.people, "2026-10-01", 1, 1 / DAYS, 1)
    load(workspace, day, "one more day", everybody=False)
    again = measured(root, int(asked.steps))
    told("one more day, with new customers", again)
    another = Maker(asked.people, "2026-10-02", 1, 1 / DAYS, 2)
    another.values["newcomers"] = 0
    load(workspace, another, "another day", everybody=False)
    told("another day, without", measured(root, int(asked.steps)))
    if asked.steps:
        print("\n| step | seconds | of processor | one more day | of processor |")
        print("|---|---:|---:|---:|---:|")
        sums = [0.0] * 4
        for name, once in whole["steps"].items():
            four = [*once, *again["steps"].get(name, [0.0, 0.0])]
            sums = [a + b for a, b in zip(sums, four, strict=True)]
            print(f"| {name} | {' | '.join(f'{each:.1f}' for each in four)} |")
        print(f"| all | {' | '.join(f'{each:.0f}' for each in sums)} |")
    if asked.keep is None:
        shutil.rmtree(folder)


if __name__ == "__main__":
    os.environ.setdefault("TMPDIR", tempfile.gettempdir())
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    main()
