"""Names as the record stores them: in plain, or as keyed hashes where the brand wants that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from rapport.record.privacy import account_tombstone, hash_account, hash_identifier
from rapport.record.store import Record
from rapport.sources.live.deeds import PERSON
from rapport.workspace import keyed_hash


@dataclass(frozen=True)
class Cloak:
    """How one network's names of people are stored.

    Parameters
    ----------
    source
        The network.
    record
        Whose rules hold.
    owner
        The account that a deed's id names, None where it names none.
    """

    source: str
    record: Record
    owner: Callable[[str], str | None]

    @property
    def hashes(self) -> bool:
        """Whether identifiers are stored as hashes only."""
        return self.record.rules.hash_identifiers

    def account(self, account: str) -> str:
        """Return an account as it is stored."""
        return hash_account(self.record.rules.key, account) if self.hashes else account

    def text(self, kind: str, value: str | None) -> str | None:
        """Return a handle or a name as it is stored."""
        if value is None or not self.hashes:
            return value
        return hash_identifier(self.record.rules.key, kind, value)

    def deed(self, deed_id: str, brand: str) -> str:
        """Return a deed's id as it is stored: hashed, where it names somebody but the brand."""
        owner = self.owner(deed_id) if self.hashes else None
        if owner is None or owner == brand:
            return deed_id
        return keyed_hash(self.record.rules.key, "deed", deed_id)

    def reference(self, kind: str | None, to: str | None, brand: str) -> str | None:
        """Return what a deed was done to, as it is stored; nothing of people who were forgotten."""
        if to is None:
            return None
        owner = to if kind == PERSON else self.owner(to)
        if owner is not None and self.is_forgotten(owner):
            return None
        return self.account(to) if kind == PERSON else self.deed(to, brand)

    def is_forgotten(self, account: str) -> bool:
        """Return whether the account is that of somebody who was forgotten."""
        if not self._tombstones:
            return False
        key = self.record.rules.key
        return any(
            account_tombstone(key, self.source, name) in self._tombstones
            for name in (account, hash_account(key, account))
        )

    @cached_property
    def _tombstones(self) -> frozenset[str]:
        """Those known when the pull began; the load itself keeps out who was forgotten since."""
        return self.record.ledger.state().tombstones
