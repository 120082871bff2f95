"""The calendar day of a time in a zone, in DuckDB, without asking a calendar about every row.

DuckDB's `timezone` asks the calendar of the zone at each call: 0.25 microseconds a row, which is
more than all else that most scans do. A zone changes its distance from UTC twice a year at most,
so of many rows each is compared with the few moments of change instead; they are asked once, of
the same calendar.
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from duckdb import ConstantExpression, FunctionExpression

FIRST, END = 2010, 2036
"""Years whose changes are looked up; of a time outside them the calendar is asked."""

_MACRO = "rapport_day"
_STEP = 900  # seconds: zones have changed at quarters of an hour only

Change = tuple[dt.datetime, int]


def day_by_calendar(zone: str, time: Any) -> Any:
    """Return an expression for the day of a time (naive, UTC), as the calendar says."""
    local = FunctionExpression("timezone", ConstantExpression(zone), time.cast("TIMESTAMPTZ"))
    return local.cast("DATE")


def day_by_changes(time: Any) -> Any:
    """Return an expression for the same day where `learn_changes` was done on the connection."""
    return FunctionExpression(_MACRO, time)


def learn_changes(connection: Any, zone: str) -> None:
    """Teach a connection the changes of a zone."""
    changes = _changes(connection, zone)
    body = (
        f"CASE WHEN t >= {_literal(changes[0][0])} AND t < {_literal(_year(END))} "
        f"THEN t + to_seconds({_tree(changes)}) ELSE timezone({_text(zone)}, t::TIMESTAMPTZ) END"
    )
    connection.execute(f"CREATE OR REPLACE MACRO {_MACRO}(t) AS CAST({body} AS DATE)")


def _changes(connection: Any, zone: str) -> list[Change]:
    """Return from when on a zone is so many seconds ahead of UTC, in order."""
    rows = connection.execute(
        """
        SELECT t, ahead FROM (
            SELECT t, ahead, lag(ahead) OVER (ORDER BY t) AS before FROM (
                SELECT t, cast(epoch(timezone(?, t::TIMESTAMPTZ) - t) AS BIGINT) AS ahead
                FROM (SELECT unnest(range(?, ?, to_seconds(?))) AS t)
            )
        ) WHERE ahead IS DISTINCT FROM before ORDER BY t
        """,
        [zone, _year(FIRST), _year(END), _STEP],
    ).fetchall()
    return [(time, int(ahead)) for time, ahead in rows]


def _tree(changes: list[Change]) -> str:
    if len(changes) == 1:
        return str(changes[0][1])
    middle = len(changes) // 2
    earlier, later = _tree(changes[:middle]), _tree(changes[middle:])
    return f"CASE WHEN t < {_literal(changes[middle][0])} THEN {earlier} ELSE {later} END"


def _year(year: int) -> dt.datetime:
    return dt.datetime(year, 1, 1)  # noqa: DTZ001 - naive, as DuckDB has times here


def _literal(time: dt.datetime) -> str:
    return f"TIMESTAMP '{time:%Y-%m-%d %H:%M:%S}'"


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
