"""A repository of the AT protocol: the CAR file that holds all records of one account."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

Block = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Repository:
    """All records of one account.

    Parameters
    ----------
    account
        Its did.
    revision
        Sorts in the order of changes.
    records
        By their path, such as `app.bsky.feed.post/3k5u5ammyg72r`.
    """

    account: str
    revision: str
    records: Mapping[str, Mapping[str, Any]]


class BrokenRepositoryError(ValueError):
    """The bytes are not a repository, or not a whole one."""


def read_repository(content: bytes) -> Repository:
    """Return the records of a CAR file as `com.atproto.sync.getRepo` gives it.

    Raises BrokenRepositoryError when it is none, or a part of it is missing.
    """
    root, blocks = read_blocks(content)
    commit = _block(blocks, root)
    account, revision = commit.get("did"), commit.get("rev")
    if not isinstance(account, str) or not isinstance(revision, str):
        msg = "its first block is not the commit of an account"
        raise BrokenRepositoryError(msg)
    records = {path: _block(blocks, link) for path, link in _entries(blocks, commit.get("data"))}
    return Repository(account, revision, records)


def read_blocks(content: bytes) -> tuple[str, dict[str, Block]]:
    """Return the root of a CAR file, and its blocks by their CID.

    Raises BrokenRepositoryError when it is none.
    """
    from atproto_core.car import CAR  # type: ignore[import-untyped]

    try:
        car = CAR.from_bytes(content)
    except Exception as error:
        msg = f"it is not a CAR file: {error}"
        raise BrokenRepositoryError(msg) from error
    return str(car.root), {str(name): block for name, block in car.blocks.items()}


def _entries(blocks: Mapping[str, Block], root: object) -> Iterator[tuple[str, object]]:
    """Walk the tree of records: each path and the link to its record, in order."""
    waiting: list[tuple[str, object] | object] = [root]
    met: set[str] = set()
    while waiting:
        top = waiting.pop()
        if isinstance(top, tuple):
            yield top
            continue
        if top is None:
            continue
        if link_text(top) in met:
            msg = "its tree leads back into itself"
            raise BrokenRepositoryError(msg)
        met.add(link_text(top))
        waiting.extend(reversed(_below(_block(blocks, top))))


def _below(node: Block) -> list[tuple[str, object] | object]:
    """Return what a node of the tree holds: nodes below it, and paths with links to records."""
    below: list[tuple[str, object] | object] = [node.get("l")]
    path = b""
    try:
        for entry in node["e"]:
            path = path[: entry["p"]] + entry["k"]
            below += [(path.decode(), entry["v"]), entry.get("t")]
    except (KeyError, TypeError, AttributeError, UnicodeDecodeError) as error:
        msg = "its tree cannot be read"
        raise BrokenRepositoryError(msg) from error
    return below


def _block(blocks: Mapping[str, Block], link: object) -> Block:
    found = blocks.get(link_text(link))
    if not isinstance(found, Mapping):
        msg = "a part of it is missing; fetch it again"
        raise BrokenRepositoryError(msg)
    return found


def link_text(link: object) -> str:
    """Return a link to a block as text."""
    from atproto_core.cid import CID  # type: ignore[import-untyped]

    try:
        return str(CID.decode(link)) if isinstance(link, bytes) else str(link)
    except ValueError as error:
        msg = "it holds a link that cannot be read"
        raise BrokenRepositoryError(msg) from error
