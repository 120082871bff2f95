"""A brand's folder: rapport.toml, the record, the results, and the key that hashes identifiers."""

from __future__ import annotations

import hashlib
import hmac
import os
import secrets
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import tomlkit
from tomlkit.items import Table

from rapport.errors import Fault, Problem
from rapport.settings import FileMapping, Settings, parse_settings, read_settings
from rapport.words import LANGUAGES

SETTINGS = "rapport.toml"
_KEY_BYTES = 32

_TEMPLATE = """\
# What Rapport needs to know about the brand; `rapport check` reports every fault of this file.
brand = {brand}
currency = {currency}          # amounts in other currencies need a rate in [exchange_rates]
time_zone = {time_zone}        # when a day begins for the brand
languages = {languages}        # languages of the letter: "en", "fr"
engine = "duckdb"              # or "spark", or a Spark Connect address such as "sc://host:15002"
memory = "4GB"                 # what the engine on this machine may use
# today = 2026-01-31           # the last day that counts; without it, the newest fact

[value]
# margin = 0.45                # share of revenue kept after cost of goods; without it, revenue only
discount_rate = 0.10           # a year; money of tomorrow counts for less
horizon_months = 36            # how far ahead a lifetime is counted
contract = false               # true for subscriptions

[people]
hash_identifiers = false       # true: e-mails, phones and names are stored as keyed hashes only
smallest_group = 10            # smaller groups are not shown as groups

# [costs]                      # a month; while they are missing, no return on them is told
# tools = 150.0
# content = 500.0
# [[costs.people]]
# who = "community manager"
# per_month = 3200.0
# share = 0.5                  # the part of their time that goes into relationships

# [exchange_rates]
# GBP = 1.17
"""


@dataclass(frozen=True)
class Workspace:
    """One brand's folder.

    Parameters
    ----------
    root
        The folder that holds rapport.toml.
    """

    root: Path

    @classmethod
    def create(
        cls,
        root: Path,
        *,
        brand: str | None = None,
        currency: str = "EUR",
        time_zone: str = "Europe/Paris",
        language: str = "en",
    ) -> Workspace:
        """Make a new workspace; raises Problem when one is there or a setting is not allowed."""
        text = _TEMPLATE.format(
            brand=_quoted(brand or root.name),
            currency=_quoted(currency),
            time_zone=_quoted(time_zone),
            languages=f"[{_quoted(language)}]",
        )
        parse_settings(text, SETTINGS)
        if (root / SETTINGS).exists():
            fault = Fault(f"{root / SETTINGS} is already there.", hint="Choose another name.")
            raise Problem("The workspace was not made.", [fault])
        try:
            root.mkdir(parents=True, exist_ok=True)
            (root / SETTINGS).write_text(text, encoding="utf-8")
        except OSError as error:
            fault = Fault(f"{error.strerror}.", str(root), "Choose a folder you may write to.")
            raise Problem("The workspace was not made.", [fault]) from error
        return cls(root)

    @classmethod
    def find(cls, start: Path) -> Workspace:
        """Return the workspace at `start` or in the nearest folder above it."""
        for folder in (start, *start.parents):
            if (folder / SETTINGS).is_file():
                return cls(folder)
        fault = Fault(
            f"There is no {SETTINGS} in {start} or above it.",
            hint="Make one with 'rapport new NAME', or name it with --workspace.",
        )
        raise Problem("No workspace was found.", [fault])

    @cached_property
    def settings(self) -> Settings:
        """The settings; raises Problem with every fault of the file."""
        return read_settings(self.root / SETTINGS)

    @property
    def record(self) -> Path:
        """The folder of the record."""
        return self.root / "record"

    @property
    def results(self) -> Path:
        """The folder of the results."""
        return self.root / "results"

    @property
    def listening(self) -> Path:
        """The folder of what `rapport listen` has told and has yet to tell."""
        return self.root / "listening"

    @property
    def labels(self) -> Path:
        """The folder of labels that people gave to messages, and of what was learned from them."""
        return self.root / "labels"

    @property
    def audiences(self) -> Path:
        """The folder of audiences that were written, and of who was held out."""
        return self.root / "audiences"

    @property
    def names(self) -> Path:
        """The list of brands, products, competitors and people that messages are searched for."""
        return self.root / "names.csv"

    @property
    def letters(self) -> tuple[Path, ...]:
        """Where the letter and its tables are written unless another place is named."""
        ends = (".html", "_files")
        return tuple(self.root / f"letter-{code}{end}" for code in LANGUAGES for end in ends)

    @property
    def own(self) -> tuple[Path, ...]:
        """Files and folders that Rapport writes here itself: never exports to be loaded."""
        names = (self.record, self.results, self.listening, self.labels, self.names)
        return (self.root / SETTINGS, *names, self.audiences, *self.letters)

    @cached_property
    def key(self) -> bytes:
        """The secret that identifiers are hashed with; made once, readable by its owner only.

        Raises Problem when it is damaged, or cannot be made.
        """
        path = self.root / ".rapport-key"
        try:
            if not path.exists():
                _write_first(path, secrets.token_hex(_KEY_BYTES).encode())
            found = bytes.fromhex(path.read_text(encoding="ascii"))
        except OSError as error:
            fault = Fault(f"{error.strerror}.", str(path), "Look at the disk's space and rights.")
            raise Problem("The key of the workspace could not be read or made.", [fault]) from error
        except ValueError:
            found = b""
        if len(found) != _KEY_BYTES:
            hint = "Bring it back from a backup: without it, hashed identifiers match no new ones."
            fault = Fault("It does not hold a key.", str(path), hint)
            raise Problem("The key of the workspace is damaged.", [fault])
        return found

    def add_mapping(self, name: str, mapping: FileMapping) -> None:
        """Write a mapping into rapport.toml, keeping everything else as it stands."""
        path = self.root / SETTINGS
        document = tomlkit.parse(path.read_text(encoding="utf-8-sig"))
        mappings = document.setdefault("mappings", tomlkit.table(is_super_table=True))
        mappings[name] = _table(mapping)
        text = tomlkit.dumps(document)
        parse_settings(text, SETTINGS)
        write_whole(path, text.encode())
        self.reload()

    def reload(self) -> None:
        """Read rapport.toml anew the next time that a setting is asked for."""
        self.__dict__.pop("settings", None)


def mapping_text(name: str, mapping: FileMapping) -> str:
    """Return a mapping, confirmed, as it would stand in rapport.toml.

    Examples
    --------
    >>> print(mapping_text("shop", FileMapping(files="s.csv", columns={"revenue": "Total"})))
    [mappings.shop]
    files = "s.csv"
    table = "purchase"
    confirmed = true
    header_row = 1
    <BLANKLINE>
    [mappings.shop.columns]
    revenue = "Total"
    """
    document, mappings = tomlkit.document(), tomlkit.table(is_super_table=True)
    mappings[name] = _table(mapping.model_copy(update={"confirmed": True}))
    document["mappings"] = mappings
    return tomlkit.dumps(document).rstrip()


def _table(mapping: FileMapping) -> Table:
    table = tomlkit.table()
    for key, value in mapping.model_dump(exclude_none=True).items():
        if value != {}:
            table.add(key, value)
    return table


def keyed_hash(key: bytes, kind: str, value: str) -> str:
    """Return the keyed hash of an identifier: 32 hexadecimal digits (HMAC-SHA-256, cut).

    Examples
    --------
    >>> keyed_hash(b"k", "email", "a@b.fr") == keyed_hash(b"k", "email", "a@b.fr")
    True
    >>> keyed_hash(b"k", "email", "a@b.fr") == keyed_hash(b"other", "email", "a@b.fr")
    False
    """
    return hmac.new(key, f"{kind}:{value}".encode(), hashlib.sha256).hexdigest()[:32]


def _write_first(path: Path, secret: bytes) -> None:
    """Write a file that only its owner may read, whole, unless another process was first."""
    temporary = path.with_name(f"{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
        with suppress(FileExistsError):
            os.link(temporary, path)
    finally:
        temporary.unlink(missing_ok=True)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader, or a crash, sees the old or the new content, never half."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    try:
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _quoted(text: str) -> str:
    return tomlkit.string(text).as_string()
