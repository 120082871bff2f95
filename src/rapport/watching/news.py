"""What somebody said, as the record has it: of new loads, of the last weeks, or one message."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path

import pyarrow as pa

from rapport.record.lookup import connect
from rapport.record.store import Record

BATCH = 2000  # messages that are understood together
SURVEY = "survey"  # the channel of answers to questions
LONGEST = 20_000  # characters of a message that are looked at

# One row a text, with the id that the table `messages` of a run has for it.
_ACTIVITY = f"""
    select source || ':' || activity_id as message_id, source, activity_id, channel, occurred_on,
           account_id, in_reply_to, object_id, url, left(text, {LONGEST}) as text, load_id
    from read_parquet(?, union_by_name = true)
    where text is not null and trim(text) <> '' and verb not in ('Delete', 'Undo')
"""  # noqa: S608 - a number of this module
_ANSWER = f"""
    select source || ':' || instrument || ':' || item || ':' || respondent || ':'
           || strftime(answered_on at time zone 'UTC', '%Y%m%d%H%M%S') as message_id,
           source, '' as activity_id,
           '{SURVEY}' as channel, answered_on as occurred_on, respondent as account_id,
           null as in_reply_to, null as object_id, null as url,
           left(text, {LONGEST}) as text, load_id
    from read_parquet(?, union_by_name = true)
    where text is not null and trim(text) <> ''
"""  # noqa: S608 - a number of this module
_TABLES = {"activity": _ACTIVITY, "answer": _ANSWER}
# The same with the empty row that a deletion leaves, which holds over the text before it.
_EVERY = {
    table: f"select * from ({query.partition('where')[0]}) "  # noqa: S608 - texts of this module
    "where message_id in (select unnest(?)) and load_id in (select unnest(?)) order by load_id"
    for table, query in _TABLES.items()
}


def of_load(record: Record, load_id: str) -> Iterator[pa.Table]:
    """Yield the texts that a load brought, in batches by time."""
    for table, query in _TABLES.items():
        files = _files(record, table, [load_id])
        if files:
            yield from _batches(f"{query} and load_id = ? order by occurred_on", [files, load_id])


def since(record: Record, start: dt.datetime, loads: Collection[str]) -> Iterator[pa.Table]:
    """Yield the texts said since a time (UTC) that these loads brought, in batches by time."""
    ids = sorted(loads)
    for table, query in _TABLES.items():
        files = [f for f in _files(record, table, ids) if _may_hold(f, start)]
        if files:
            condition = "and occurred_on >= ? and load_id in (select unnest(?))"
            told = [files, start.replace(tzinfo=dt.UTC), ids]
            yield from _batches(f"{query} {condition} order by occurred_on", told)


def messages(record: Record, message_ids: Sequence[str]) -> dict[str, dict[str, object]]:
    """Return messages that count now, by id; those that were deleted are not there."""
    found: dict[str, dict[str, object]] = {}
    for table, query in _EVERY.items():
        shown = record.visible(table)
        if shown.files:
            asked = [list(shown.files), list(message_ids), list(shown.load_ids)]
            for batch in _batches(query, asked):
                found.update({str(row["message_id"]): row for row in batch.to_pylist()})
    return {key: row for key, row in found.items() if str(row["text"] or "").strip()}


def answered(
    record: Record, waiting: Mapping[str, Mapping[str, object]], brand: Collection[tuple[str, str]]
) -> set[str]:
    """Return which messages (as `messages` gives them) the brand has answered, by id.

    Answered is what the brand replied to, and what a help desk says was answered or solved.
    """
    found: set[str] = set()
    shown = record.visible("activity")
    if shown.files and waiting and brand:
        query = """
            select distinct r.source || ':' || r.in_reply_to
            from read_parquet(?, union_by_name = true) r
            where r.source || ':' || r.in_reply_to in (select unnest(?))
              and (r.source || ':' || r.account_id) in (select unnest(?))
              and r.load_id in (select unnest(?)) and r.verb not in ('Delete', 'Undo')
        """
        ours = [f"{source}:{account}" for source, account in brand]
        asked = [list(shown.files), list(waiting), ours, list(shown.load_ids)]
        with connect() as connection:
            found = {str(row[0]) for row in connection.execute(query, asked).fetchall()}
    tickets = {
        f"{row['source']}:{row['object_id']}": key
        for key, row in waiting.items()
        if row["object_id"] is not None
    }
    return found | {tickets[each] for each in _settled(record, sorted(tickets))}


def _settled(record: Record, tickets: Sequence[str]) -> set[str]:
    """Return which requests ("source:ticket_id") a person has answered, or which are solved."""
    shown = record.visible("ticket")
    if not shown.files or not tickets:
        return set()
    query = """
        select distinct source || ':' || ticket_id from read_parquet(?, union_by_name = true)
        where source || ':' || ticket_id in (select unnest(?)) and load_id in (select unnest(?))
          and coalesce(first_human_answer_on, solved_on) is not null
    """
    with connect() as connection:
        asked = [list(shown.files), list(tickets), list(shown.load_ids)]
        return {str(row[0]) for row in connection.execute(query, asked).fetchall()}


def brand_accounts(record: Record) -> set[tuple[str, str]]:
    """Return the accounts (source, account_id) of the brand, its employees and its posts."""
    found: set[tuple[str, str]] = set()
    with connect() as connection:
        for table, condition in (("account", "is_brand or is_employee"), ("post", "true")):
            shown = record.visible(table)
            if not shown.files:
                continue
            query = (
                "select distinct source, account_id from read_parquet(?, union_by_name = true)"  # noqa: S608
                f" where account_id is not null and ({condition}) and load_id in (select unnest(?))"
            )
            asked = [list(shown.files), list(shown.load_ids)]
            found |= {(row[0], row[1]) for row in connection.execute(query, asked).fetchall()}
    return found


def _files(record: Record, table: str, load_ids: Sequence[str]) -> list[str]:
    """Return the files that may hold rows of these loads: their own, and merged ones."""
    wanted = tuple(f"{load_id}-" for load_id in load_ids)
    files = record.visible(table).files
    return [f for f in files if Path(f).name.startswith((*wanted, "M"))]


def _may_hold(file: str, start: dt.datetime) -> bool:
    """Return whether a file of a month may hold rows since a time; months are the brand's."""
    month = Path(file).parent.name.removeprefix("month=")
    return month >= f"{start - dt.timedelta(days=2):%Y-%m}"  # 'none' sorts after all digits


def _batches(query: str, asked: Sequence[object]) -> Iterator[pa.Table]:
    with connect() as connection:
        reader = connection.sql(query, params=list(asked)).to_arrow_reader(BATCH)
        for batch in reader:
            if batch.num_rows:
                yield pa.Table.from_batches([batch])
