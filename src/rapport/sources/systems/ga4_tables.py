"""Makes visits, purchases, deeds and browsers of staged events (see `ga4_events`)."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from rapport.record.facts import ASIDE, Batch
from rapport.sources.channels import CLICK_IDS, Arrival, origin
from rapport.sources.loading import record_table
from rapport.sources.rows import ROW
from rapport.sources.sql import literal

_AT_ONCE = 100_000
# Google's recommended events that say something of a relationship: verb, kind of object.
KEY_EVENTS: Mapping[str, tuple[str, str]] = {
    "sign_up": ("Join", "site"),
    "join_group": ("Join", "group"),
    "newsletter_signup": ("Follow", "newsletter"),
    "subscribe": ("Follow", "newsletter"),
    "generate_lead": ("Create", "lead"),
    "contact": ("Create", "request"),
    "share": ("Announce", "page"),
    "add_to_wishlist": ("Like", "product"),
    "refund": ("Undo", "purchase"),
}
PURCHASES = ("purchase", "ecommerce_purchase")
_REASONS = {
    "not_json": "It is not one JSON object.",
    "not_text": "The line holds bytes that are not text.",
    "line_too_long": "The line is longer than 1,024 KB.",
    "missing_name": "event_name is empty.",
    "not_a_date": "event_timestamp is not a time in microseconds.",
    "date_in_future": "event_timestamp is in the future.",
    "no_session": "It names no browser and no session: the visitor did not consent, or a server"
    " sent it.",
    "visit_began_before": "Its visit began before this file, which the day before holds.",
    "missing_revenue": "The purchase names no amount.",
    "too_large": "The purchase has an amount that is too large.",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """What is known beside the events.

    Parameters
    ----------
    latest
        Times after this lie in the future.
    currency
        Of purchases that name none.
    """

    latest: dt.datetime
    currency: str


def arrange(connection: duckdb.DuckDBPyConnection, rules: Rules) -> None:
    """Make the tables `judged`, `visit`, `sale` and `deed` of `event`."""
    connection.execute(_JUDGED, [rules.latest])
    connection.execute(_SESSIONS)
    connection.execute(_JUDGE_SESSIONS)
    connection.execute(_SALES, [rules.currency])
    connection.execute(_DEEDS)
    connection.execute(_VISITS)
    _add_origins(connection)
    connection.execute(_PEOPLE)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(literal(name) for name in names)


_IS_SALE = f"name in ({_listed(PURCHASES)})"
_IS_DEED = f"name in ({_listed(list(KEY_EVENTS))})"
_NUMBER = r"^\d{16}$"
# A session's number is the second in which it began, where the tag was not told otherwise.
_JUDGED = rf"""
    create table judged as
    select *, case
        when fault is not null then fault
        when name is null then 'missing_name'
        when moment is null then 'not_a_date'
        when make_timestamp(moment) > cast(? as timestamp) then 'date_in_future'
        when not ({_IS_SALE} or {_IS_DEED}) and (browser_id is null or session is null)
            then 'no_session'
        when {_IS_SALE} and amount is null then
            case when coalesce(revenue, revenue_usd) is null then 'missing_revenue'
                else 'too_large' end
        end as why, null::varchar as said
    from (
        select *,
            case when regexp_matches(stamp, '{_NUMBER}') then cast(stamp as bigint) end as moment,
            try_cast(coalesce(revenue, revenue_usd) as decimal(18, 4)) as amount,
            browser_id || '.' || session as visit_id,
            coalesce(browser_id, user_id) as account_id
        from event)
"""  # noqa: S608 - our own
_SESSIONS = """
    create table begun_before as
    select visit_id from judged
    where why is null and visit_id is not null
    group by visit_id
    having not bool_or(name in ('session_start', 'first_visit'))
        and try_cast(any_value(session) as bigint) between min(moment) / 1000000 - 86400
            and least(min(moment) / 1000000 - 300,
                (select min(moment) from judged where why is null) / 1000000 - 1)
"""
_JUDGE_SESSIONS = f"""
    update judged set why = 'visit_began_before'
    where why is null and visit_id in (from begun_before) and not ({_IS_SALE} or {_IS_DEED})
"""  # noqa: S608 - our own
_SALES = f"""
    create table sale as
    with told as (
        select *, coalesce(nullif(transaction, '(not set)'),
            left(sha256(coalesce(account_id, '') || '.' || stamp), 16)) as purchase_id
        from judged where why is null and {_IS_SALE}),
    ranked as (
        select *, first_value(source_row) over one as first_row
        from told window one as (partition by purchase_id order by source_row))
    select *, case when revenue is null then 'USD'
        when regexp_matches(upper(currency), '^[A-Z]{{3}}$') then upper(currency)
        else cast(? as varchar) end as unit
    from ranked
"""  # noqa: S608 - our own
_DEEDS = f"""
    create table deed as
    select *, min(source_row) over (partition by activity_id) as first_row
    from (
        select *, name || '.' || stamp || '.' || coalesce(account_id, '') || '.'
            || coalesce(bundle, '') || '.' || coalesce(batch_event, '') as activity_id
        from judged where why is null and {_IS_DEED});
    update judged set why = 'repeated_order', said = 'The purchase ''' || again.purchase_id
        || ''' stands in row ' || format('{{:,}}', again.first_row) || ' already.'
    from sale as again
    where again.source_row = judged.source_row and again.first_row <> again.source_row;
    delete from sale where first_row <> source_row;
    update judged set why = 'repeated_row',
        said = 'It repeats row ' || format('{{:,}}', again.first_row) || '.'
    from deed as again
    where again.source_row = judged.source_row and again.first_row <> again.source_row;
    delete from deed where first_row <> source_row
"""  # noqa: S608 - our own
_BARE = "regexp_replace({}, '[?#].*$', '')"
_CLICKS = "|".join(CLICK_IDS)
_KEPT_TAGS = rf"[?&](?:utm_(?:source|medium|campaign)|{_CLICKS})=[^&#]*"
# Of a click id only its kind matters: with 1 in its place, links of one kind are alike.
_LANDING = rf"""
    {_BARE.format("location")} || replace(replace(coalesce(array_to_string(regexp_extract_all(
        regexp_replace(location, '([?&])({_CLICKS})=[^&#]+', '\1\2=1', 'g'),
        '{_KEPT_TAGS}'), ''), ''), '?', '&'), '&utm_id=', '')
"""
_ORDER = "cast(moment as hugeint) * 4294967296 + source_row"


def _first(value: str, known: str) -> str:
    return f"arg_min({value}, {_ORDER}) filter ({known})"


_TAGGED = "coalesce(tag_source, tag_medium, gclid, dclid, srsltid) is not null"
_VISITS = rf"""
    create table visit as
    select *, dense_rank() over (
        order by landing, source_host, tags, click, browser, newcomer) as arrival
    from (
        select visit_id, min(source_row) as source_row, min(moment) as moment,
            any_value(browser_id) as account_id,
            {_first("location", "location is not null")} as location,
            coalesce({_first(_LANDING, "location is not null")}, '') as landing,
            {_first("referrer", "location is not null")} as referrer,
            coalesce({_first(_BARE.format("referrer"), "location is not null")}, '')
                as source_host,
            {_first("[tag_source, tag_medium, tag_campaign]", _TAGGED)} as tags,
            {
    _first(
        "case when gclid is not null then 'gclid' when dclid is not null then 'dclid' "
        "when srsltid is not null then 'srsltid' end",
        _TAGGED,
    )
} as click,
            any_value(browser) as browser,
            min(try_cast(nth as bigint)) = 1 as newcomer,
            array_to_string(list_sort(list_distinct(list(name) filter ({_IS_SALE} or {_IS_DEED}))),
                ', ') as goals
        from judged
        where why is null and visit_id is not null and visit_id not in (from begun_before)
        group by visit_id)
"""  # noqa: S608 - our own


def _add_origins(connection: duckdb.DuckDBPyConnection) -> None:
    """Make the table `origin`: source, medium, campaign and channel of each kind of arrival."""
    found = connection.execute(
        "select arrival, any_value(landing), any_value(source_host), any_value(tags), "
        "any_value(click), any_value(browser), any_value(newcomer) from visit group by arrival"
    )
    numbers: list[int] = []
    columns: dict[str, list[str | None]] = {
        name: [] for name in ("utm_source", "utm_medium", "campaign", "channel")
    }
    while rows := found.fetchmany(_AT_ONCE):
        for number, landing, referrer, tags, click, browser, newcomer in rows:
            source, medium, campaign = (text or "" for text in tags or ("", "", ""))
            query = landing.replace("&", "?", 1)
            returning = None if newcomer is None else not newcomer
            came = Arrival(
                query, referrer, source, medium, campaign, click or "", browser or "", returning
            )
            told = origin(came)
            numbers.append(number)
            for name, text in zip(
                columns, (told.source, told.medium, told.campaign, told.channel), strict=True
            ):
                columns[name].append(text or None)
    texts = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    connection.register("told", pa.table({"arrival": pa.array(numbers, pa.int64()), **texts}))
    connection.execute("create table origin as from told")
    connection.unregister("told")


_PEOPLE = """
    create table kept as
    select source_row, account_id, visit_id, browser_id, user_id, first_seen, language
    from judged where why is null;
    create table person as
    select account_id, min(source_row) as source_row, any_value(language) as language,
        min(try_cast(first_seen as bigint)) as first_seen
    from kept where account_id is not null group by account_id;
    create table evidence as
    select account_id, kind, value, min(source_row) as source_row from (
        select account_id, 'device' as kind, browser_id as value, source_row from kept
        union all
        select account_id, 'external id', user_id, source_row from kept)
    where account_id is not null and value is not null
    group by account_id, kind, value
"""
_TIME = "make_timestamp({})"
# A number that names no browser, whose own may have to be kept as a hash or forgotten.
_NUMBERED = "left(sha256({}), 32)"


def _pairs(names: Mapping[str, tuple[str, str]], place: int) -> str:
    whens = " ".join(f"when {literal(n)} then {literal(p[place])}" for n, p in names.items())
    return f"case name {whens} end"


# For each table of the record: the columns, and where they come from.
_TABLES: Mapping[str, tuple[Mapping[str, str], str]] = {
    "visit": (
        {
            "visit_id": _NUMBERED.format("visit_id"),
            "started_on": _TIME.format("moment"),
            "zone": "'UTC'",
            "account_id": "account_id",
            "channel": "channel",
            "landing_page": _BARE.format("location"),
            "referrer": _BARE.format("referrer"),
            "utm_source": "utm_source",
            "utm_medium": "utm_medium",
            "campaign": "campaign",
            "goals": "nullif(goals, '')",
        },
        "visit join origin using (arrival)",
    ),
    "purchase": (
        {
            "purchase_id": "purchase_id",
            "ordered_on": _TIME.format("sale.moment"),
            "zone": "'UTC'",
            "account_id": "sale.account_id",
            "channel": "'web'",
            "revenue": "amount",
            "refund": "back.refund",
            "currency": "unit",
            "coupon": "coupon",
            "campaign": "origin.campaign",
            "referrer": _BARE.format("visit.referrer"),
        },
        "sale left join visit on visit.visit_id = sale.visit_id "
        "left join origin using (arrival) "
        "left join (select transaction, sum(abs(try_cast(refund as decimal(18, 4)))) as refund "
        "from deed where name = 'refund' group by transaction) as back "
        "on back.transaction = sale.purchase_id",
    ),
    "activity": (
        {
            "activity_id": _NUMBERED.format("activity_id"),
            "occurred_on": _TIME.format("moment"),
            "zone": "'UTC'",
            "channel": "'web'",
            "account_id": "account_id",
            "verb": _pairs(KEY_EVENTS, 0),
            "object_kind": _pairs(KEY_EVENTS, 1),
            "object_id": f"coalesce(transaction, case when name = 'share' then "
            f"{_BARE.format('location')} end)",
            "url": _BARE.format("location"),
        },
        "deed",
    ),
    "account": (
        {
            "account_id": "account_id",
            "channel": "'web'",
            "created": f"case when first_seen between 1e15 and 9e15 then "
            f"{_TIME.format('first_seen')} end",
            "language": "language",
        },
        "person",
    ),
    "identifier": ({name: name for name in ("account_id", "kind", "value")}, "evidence"),
}


def batches(connection: duckdb.DuckDBPyConnection) -> Iterator[Batch]:
    """Yield the batches of what was arranged, in the order of the file."""
    last = connection.execute("select max(source_row) from judged").fetchall()[0][0] or 0
    for start in range(1, last + 1, _AT_ONCE):
        span = [start, start + _AT_ONCE]
        tables = {}
        for name in _TABLES:
            rows = connection.sql(_sql(name), params=span).to_arrow_table()
            if rows.num_rows:
                columns = {n: rows.column(n) for n in _TABLES[name][0]}
                tables[name] = record_table(name, columns, rows)
        aside = _asides(connection, span)
        kept = connection.execute(
            "select source_row from kept where source_row >= ? and source_row < ?", span
        ).fetchnumpy()[ROW]
        own = [rows.column(ROW).to_numpy() for rows in tables.values()]
        folded = np.setdiff1d(kept, np.concatenate(own)) if own else np.unique(kept)
        if len(kept) or aside.num_rows:
            yield Batch(len(kept) + aside.num_rows, tables, aside, folded.astype(np.int64))


def _sql(name: str) -> str:
    columns, source = _TABLES[name]
    main = source.split(maxsplit=1)[0]
    listed = ", ".join(f"{expression} as {column}" for column, expression in columns.items())
    return (
        f"select {listed}, {main}.source_row from {source} "  # noqa: S608 - our own
        f"where {main}.source_row >= ? and {main}.source_row < ? order by {main}.source_row"
    )


def _asides(connection: duckdb.DuckDBPyConnection, span: list[int]) -> pa.Table:
    shown = ("stamp", "name", "browser_id", "session", "user_id", "transaction", "revenue")
    raw = ", ".join(f"'{_CALLED.get(name, name)}': {name}" for name in shown)
    reasons = " ".join(f"when {literal(c)} then {literal(r)}" for c, r in _REASONS.items())
    found = connection.sql(
        f"select source_row, null::varchar as column, why as code, "  # noqa: S608 - our own
        f"coalesce(said, case why {reasons} end) as reason, "
        f"cast(to_json({{{raw}}}) as varchar) as raw from judged "
        f"where why is not null and source_row >= ? and source_row < ? order by source_row",
        params=span,
    ).to_arrow_table()
    return found.select(ASIDE.names).cast(ASIDE)


_CALLED = {
    "stamp": "event_timestamp",
    "name": "event_name",
    "browser_id": "user_pseudo_id",
    "session": "ga_session_id",
    "transaction": "transaction_id",
    "revenue": "purchase_revenue",
}
