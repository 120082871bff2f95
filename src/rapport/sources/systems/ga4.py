"""Google Analytics 4: the events of its BigQuery export, and why its own reports are refused.

One row is one event; events of one browser (`user_pseudo_id`) with one `ga_session_id` are a visit.
A day's table is updated for up to three days, so a later export of a day holds instead of the
earlier one: visits and purchases carry the same numbers in both.
"""

from __future__ import annotations

import datetime as dt
import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa

from rapport.errors import Problem
from rapport.record.facts import Batch, Facts
from rapport.settings import Settings, SourceSettings
from rapport.sources.loading import Recipe, reading_digest
from rapport.sources.opening import opened, refuse
from rapport.sources.other_tables import json_objects, object_rows, read_parquet
from rapport.sources.pieces import Piece
from rapport.sources.reading import TableFile, made_table
from rapport.sources.rows import RawRows
from rapport.sources.shapes import Header, Refusal, Shape, System, as_named
from rapport.sources.systems.ga4_events import stage
from rapport.sources.systems.ga4_tables import Rules, arrange, batches

SOURCE = "ga4"
VERSION = 1
_MEMORY = "500MB"
_EVENT = ("event_name", "event_timestamp", "event_params", "user_pseudo_id")
_NOTES = (
    "Events of one browser with one ga_session_id are one visit.",
    "Addresses are kept without what follows the question mark.",
    "traffic_source is where a person first came from, once and for all: it is no visit's source.",
    "Purchases are what the browser saw. Where the shop's own orders are added too, count one of"
    " the two.",
)


def _opens(piece: Piece) -> TableFile | None:
    """Return the events as a table, told by the first of them; None for any other file."""
    try:
        names = _parquet_names(piece.path) or _json_names(piece.path)
    except (Problem, OSError):
        return None
    if not set(_EVENT[:3]) <= set(names):
        return None
    return made_table(piece, names, lambda: _rows(piece.path, names))


def _parquet_names(path: Path) -> tuple[str, ...]:
    import pyarrow.parquet as pq

    with path.open("rb") as raw:
        if raw.read(4) != b"PAR1":
            return ()
    try:
        return tuple(pq.read_schema(path).names)
    except (pa.ArrowException, OSError):
        return ()


def _json_names(path: Path) -> tuple[str, ...]:
    with opened(path) as stream:
        start = stream.read(4096)
    if start.lstrip(b"\xef\xbb\xbf \t\r\n")[:1] not in (b"{", b"["):
        return ()
    if not all(f'"{name}"'.encode() in start for name in ("event_name", "event_timestamp")):
        return ()
    names: dict[str, None] = {}
    with opened(path) as stream:
        for count, (_, value, _) in enumerate(json_objects(stream)):
            if isinstance(value, dict):
                names.update(dict.fromkeys(value))
            if count >= 100:
                break
    return tuple(names)


def _rows(path: Path, names: tuple[str, ...]) -> Iterator[RawRows]:
    if _parquet_names(path):
        yield from read_parquet(path, names, names)
        return
    with opened(path) as stream:
        told = ((number, value) for number, value, _ in json_objects(stream))
        yield from object_rows(told, names)


def _facts(
    file: TableFile, header: Header, settings: Settings, now: dt.datetime | None = None
) -> Facts:
    how = settings.sources.get(SOURCE, SourceSettings())
    latest = (now or dt.datetime.now(dt.UTC)) + dt.timedelta(days=1)
    rules = Rules(latest.astimezone(dt.UTC).replace(tzinfo=None), how.currency or settings.currency)
    recipe = Recipe(SOURCE, VERSION, (), (), dict, time_zone="UTC")
    notes = (*file.notes, *_NOTES, f"Purchases that name no currency are in {rules.currency}.")
    return Facts(
        source=SOURCE,
        file=file.name,
        content=file.digest(),
        reading=reading_digest(recipe, settings),
        batches=_batches(file, rules),
        notes=notes,
    )


def _batches(file: TableFile, rules: Rules) -> Iterator[Batch]:
    settings = {
        "memory_limit": _MEMORY,
        "enable_external_access": "false",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
    }
    with tempfile.TemporaryDirectory(prefix="rapport-") as folder:
        connection = duckdb.connect(str(Path(folder) / "events.duckdb"), config=settings)
        try:
            stage(connection, file.path)
            arrange(connection, rules)
            yield from batches(connection)
        except (duckdb.IOException, duckdb.OutOfMemoryException) as error:
            what = "A working file could not be written."
            hint = f"Make room in {tempfile.gettempdir()}, or set TMPDIR to another folder."
            raise refuse(file.name, what, hint) from error
        finally:
            connection.close()


_REPORT = Refusal(
    "It is a report of Google Analytics: sums without the visits behind them.",
    "Link the property to BigQuery and export the table events_… as JSON lines or Parquet.",
)
_SESSIONS = ("Sessions", "Sitzungen", "Sesiones", "Sessioner")
_ENGAGED = (
    "Engaged sessions",
    "Sessions avec engagement",
    "Sitzungen mit Interaktionen",
    "Sesiones con interacción",
    "Engagerade sessioner",
)

SYSTEM = System(
    SOURCE,
    "Google Analytics 4",
    "web",
    (
        Shape(
            name="events",
            title="Events of Google Analytics 4, as BigQuery exports them",
            grain="one event",
            tables=("visit", "purchase", "activity", "account", "identifier"),
            columns=as_named(*_EVENT, "ecommerce", "items", "collected_traffic_source", "user_id"),
            needs=_EVENT[:3],
            where="Google Cloud › BigQuery › analytics_… › events_… › Export › JSON or Parquet",
            since="2020",
            checked="the documented schema and two real events",
            opens=_opens,
            facts=_facts,
        ),
        Shape(
            name="report",
            title="A report of Google Analytics 4",
            grain="",
            tables=(),
            columns={
                "sessions": _SESSIONS,
                "engaged": _ENGAGED,
                "group": re.compile(r"(?i)(session|first user|user|sitzung|sesión).*(\(.*\))?"),
            },
            needs=("sessions", "engaged"),
            refuses=_REPORT,
        ),
    ),
)
