"""What every network that can be pulled from offers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, Protocol

from rapport.sources.live.cloak import Cloak
from rapport.sources.live.deeds import Found
from rapport.sources.live.known import Known
from rapport.sources.live.spool import Spool

Tell = Callable[..., None]


class Live(Protocol):
    """A brand's account on a network, ready to be asked."""

    @property
    def source(self) -> str:
        """The network, as the record names it."""
        ...

    @property
    def channel(self) -> str:
        """The channel, as the record names it."""
        ...

    @property
    def brand(self) -> str:
        """The brand's account."""
        ...

    @property
    def handle(self) -> str:
        """Its handle, for people."""
        ...

    def owner(self, deed_id: str) -> str | None:
        """Return the account that a deed's id names; None where it names none."""
        ...

    def fetch(
        self, cursor: Mapping[str, Any], known: Known, spool: Spool, cloak: Cloak, tell: Tell
    ) -> Found:
        """Fetch what is new since `cursor`, keeping every page in the spool first."""
        ...

    def close(self) -> None:
        """Let the connection go."""
        ...


class Closable(Protocol):
    """What holds a connection."""

    def close(self) -> None:
        """Let the connection go."""
        ...


@contextmanager
def closing_on_error(held: Closable) -> Iterator[None]:
    """Let a connection go when the block fails, and keep it when it does not."""
    try:
        yield
    except BaseException:
        held.close()
        raise
