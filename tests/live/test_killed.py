"""Whatever instant a pull is killed at, the next one brings exactly what stands on the server."""

from __future__ import annotations

import itertools
import os
import subprocess
import sys
from collections.abc import Callable, Iterator

import httpx
import pytest

from live.bluesky_server import Somebody
from live.live_record import Brand, on_disk

pytestmark = pytest.mark.slow

_number = itertools.count()

# A pull whose process dies at the nth time that it sees something safely on the disk.
_DIES = """
import os, sys
from rapport.cli import main
safe, left = os.fsync, [int(sys.argv.pop(1))]
def fsync(descriptor):
    left[0] -= 1
    if left[0] == 0:
        os.kill(os.getpid(), 9)
    safe(descriptor)
os.fsync = fsync
try:
    main()
finally:
    sys.stderr.write(f"fsyncs {-left[0]}")
"""


@pytest.fixture
def town(pds: str) -> Iterator[list[Somebody]]:
    """A brand and three people."""
    number = next(_number)
    names = ("maison", "ann", "bob", "cat")
    made = [Somebody(pds, f"{name}k{number}") for name in names]
    yield made
    for somebody in made:
        somebody.http.close()


def live_a_day(town: list[Somebody]) -> None:
    """Let everybody do something, and some take it back."""
    maison, *others = town
    post = maison.say("A new day")
    for somebody in others:
        somebody.like(post)
        somebody.follow(maison)
        reply = somebody.reply(post, f"secretword from {somebody.handle}")
        somebody.repost(post)
        somebody.say("about something else")
        maison.reply(reply, "Thank you!", root=post)
        if somebody is others[0]:
            somebody.delete(reply)
    others[1].mention(maison, "when do you open?")


def truth(server: str, maison: Somebody) -> dict[str, str | None]:
    """Return what stands on the server and has to do with the brand: by uri, its text."""
    kinds = ("feed.post", "feed.like", "feed.repost", "graph.follow")
    found = {}
    with httpx.Client(base_url=f"{server}/xrpc/", timeout=30) as http:
        repos = http.get("com.atproto.sync.listRepos", params={"limit": 1000}).json()["repos"]
        for did, kind in itertools.product([repo["did"] for repo in repos], kinds):
            asked = {"repo": did, "collection": f"app.bsky.{kind}", "limit": 100}
            for each in http.get("com.atproto.repo.listRecords", params=asked).json()["records"]:
                if did == maison.did or maison.did in str(each["value"]):
                    found[each["uri"]] = each["value"].get("text")
    return found


def dies(brand: Brand, nth: int) -> int:
    """Pull in a process that dies at its nth fsync; return how many it did when it did not."""
    asked = ["pull", "bluesky", brand.handle, "--server", brand.address]
    done = subprocess.run(
        [sys.executable, "-c", _DIES, str(nth), *asked, "-w", str(brand.workspace.root)],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        env={**os.environ, "LANG": "C.UTF-8"},
    )
    assert done.returncode in {0, -9}, done.stderr
    return int(done.stderr.rpartition("fsyncs ")[2]) if done.returncode == 0 else -1


@pytest.mark.parametrize("share", [0.0, 0.5, 0.8, 0.95, 1.0])
def test_killed_at_any_instant_nothing_is_lost_or_doubled(
    town: list[Somebody],
    pds: str,
    brand_of: Callable[..., Brand],
    fsyncs: int,
    share: float,
) -> None:
    brand = brand_of(pds, town[0].handle)
    live_a_day(town)
    assert dies(brand, max(1, round(share * fsyncs))) == -1
    live_a_day(town)
    brand.pull()
    said = {name: row["text"] for name, row in brand.standing().items()}
    assert said == truth(pds, town[0])
    keys = [row["activity_id"] for row in brand.rows("activity")]
    assert len(keys) == len(set(keys))
    assert len({row["source_file"] for row in brand.rows("activity")}) <= 2
    assert on_disk(brand.workspace, f"secretword from {town[1].handle}") == []


@pytest.fixture(scope="module")
def fsyncs(pds: str, tmp_path_factory: pytest.TempPathFactory) -> int:
    """How often a whole first pull makes something safe on the disk."""
    from rapport.workspace import Workspace

    people = [Somebody(pds, f"{name}count") for name in ("maison", "ann", "bob", "cat")]
    live_a_day(people)
    shop = Workspace.create(tmp_path_factory.mktemp("count") / "shop")
    found = dies(Brand(shop, pds, people[0].handle), 0)
    for somebody in people:
        somebody.http.close()
    assert found > 10
    return found
