"""Time and memory of reading Google Analytics 4 events, against plain reads of the same file.

    python benchmarks/ga4.py            # 1,000,000 events made up
    python benchmarks/ga4.py 200000     # another size, small enough for Polars too

The plain reads only parse the file and count its events: DuckDB's and Polars' own readers, on one
core each, as ours. Each runs in a process of its own; memory is the most that it held at once, and
the ratio is of processor time, which other work on the machine changes little.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb

ROWS = 1_000_000
_MOST_IN_MEMORY = 200_000  # a million nested events took Polars more than 11 GB

_ONE_CORE = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\n"
_OURS = """
import sys
from pathlib import Path
from rapport.settings import Settings
from rapport.sources.registry import read
facts = read(Path(sys.argv[1]), Settings(brand="A", currency="EUR"))
kept = rows = 0
for batch in facts.batches:
    rows += batch.rows
    kept += batch.rows - batch.aside.num_rows
assert kept, "nothing was kept"
"""
_DUCKDB = """
import sys, duckdb
with duckdb.connect(config={"threads": 1}) as connection:
    print(connection.execute(
        "select count(distinct user_pseudo_id), sum(len(event_params)), "
        "count(ecommerce.transaction_id), count(device), count(geo) "
        "from read_json(?, format='newline_delimited')", [sys.argv[1]]).fetchall())
"""
_POLARS = """
import gzip, sys, polars
with gzip.open(sys.argv[1]) as stream:
    events = polars.read_ndjson(stream.read(), infer_schema_length=50_000)
print(events["user_pseudo_id"].n_unique(), events["event_params"].len())
"""


def generate(rows: int, path: Path) -> None:
    """Write events in the shape of the BigQuery export: some visits bought, some came by links."""
    with duckdb.connect() as connection:
        connection.execute("select setseed(0.7)")
        connection.execute(
            """
            copy (
                with visit as (
                    select i as v, 1767225600 + (i * 37) % 15552000 as began,
                        hash(i) % 9 as way, (hash(i) % 1000003)::varchar as who,
                        hash(i) % 40 = 0 as bought
                    from range(? // 6 + 1) t(i)),
                event as (
                    select v.*, s, row_number() over () as n
                    from visit v, range(6) r(s) order by began, v, s limit ?)
                select strftime(make_timestamp(began * 1000000), '%Y%m%d') as event_date,
                    ((began + s * 20)::bigint * 1000000 + 123)::varchar as event_timestamp,
                    case when s = 0 then 'session_start' when s = 5 and bought then 'purchase'
                        when s % 2 = 0 then 'view_item' else 'page_view' end as event_name,
                    [
                        {'key': 'ga_session_id', 'value':
                            {'string_value': null, 'int_value': began::varchar}},
                        {'key': 'ga_session_number', 'value':
                            {'string_value': null, 'int_value': (1 + v % 3)::varchar}},
                        {'key': 'page_location', 'value': {'string_value':
                            'https://www.alize.example/soins/produit-' || (v % 300) ||
                            case when way = 0 then '?gclid=Cj0K' || hash(v)
                                when way = 1 then '?utm_source=brevo&utm_medium=email' else '' end,
                            'int_value': null}},
                        {'key': 'page_referrer', 'value': {'string_value':
                            case when way = 2 then 'https://www.google.com/'
                                when way = 3 then 'https://l.instagram.com/' end,
                            'int_value': null}},
                        {'key': 'page_title', 'value': {'string_value':
                            'Crème mains au karité, 75 ml | Maison Alizé', 'int_value': null}},
                        {'key': 'engagement_time_msec', 'value':
                            {'string_value': null, 'int_value': '4200'}},
                        {'key': 'session_engaged', 'value':
                            {'string_value': '1', 'int_value': null}},
                        {'key': 'currency', 'value': {'string_value':
                            case when s = 5 and bought then 'EUR' end, 'int_value': null}}
                    ] as event_params,
                    null::varchar as event_previous_timestamp, null::double as event_value_in_usd,
                    '1445270839' as event_bundle_sequence_id,
                    case when bought then 'C' || who end as user_id,
                    who || '.' || (began - 86400) as user_pseudo_id,
                    {'analytics_storage': null, 'ads_storage': null,
                        'uses_transient_token': 'No'} as privacy_info,
                    []::varchar[] as user_properties,
                    (began::bigint * 1000000)::varchar as user_first_touch_timestamp,
                    {'revenue': '0.0', 'currency': 'USD'} as user_ltv,
                    {'category': 'mobile', 'mobile_brand_name': 'Samsung',
                        'operating_system': 'Android', 'operating_system_version': 'Android 12',
                        'language': 'fr-fr', 'is_limited_ad_tracking': 'No', 'web_info': {
                            'browser': 'Chrome', 'browser_version': '101.0.4951.61',
                            'hostname': 'www.alize.example'}} as device,
                    {'continent': 'Europe', 'country': 'France', 'region': 'Ile-de-France',
                        'city': 'Paris', 'sub_continent': 'Western Europe',
                        'metro': '(not set)'} as geo,
                    {'name': '(organic)', 'medium': 'organic', 'source': 'google'}
                        as traffic_source,
                    '1966637064' as stream_id, 'WEB' as platform,
                    case when s = 5 and bought then {'purchase_revenue': 45.5,
                        'transaction_id': 'A' || v, 'tax_value': 7.58} end as ecommerce,
                    []::varchar[] as items
                from event order by n
            ) to '{path}' (format json, compression gzip)
            """.replace("{path}", str(path).replace("'", "''")),
            [rows, rows],
        )


def run(program: str, path: Path) -> tuple[float, float, float]:
    """Return seconds, seconds of the processor and the peak memory in GB of one program."""
    start = time.perf_counter()
    one = {"POLARS_MAX_THREADS": "1", "OMP_NUM_THREADS": "1"}
    process = subprocess.Popen(
        [sys.executable, "-c", _ONE_CORE + program, str(path)],
        stdout=subprocess.DEVNULL,
        env=os.environ | one,
    )
    _, status, usage = os.wait4(process.pid, 0)
    if status != 0:
        sys.exit("A reader failed.")
    spent = usage.ru_utime + usage.ru_stime
    return time.perf_counter() - start, spent, usage.ru_maxrss / 1024**2


def main() -> None:
    """Print the table."""
    if sys.argv[1:2] == ["--write"]:
        generate(int(sys.argv[2]), Path(sys.argv[3]))
        return
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else ROWS
    with tempfile.TemporaryDirectory() as temporary:
        path = Path(temporary) / "events.json.gz"
        # In a process of its own: the memory of this one would be counted in those it starts.
        subprocess.run([sys.executable, __file__, "--write", str(rows), str(path)], check=True)
        print(f"{rows:,} events, {path.stat().st_size / 1e6:,.0f} MB compressed")
        print("| reader | seconds | of the processor | memory | part of ours |")
        print("|---|---|---|---|---|")
        ours = run(_OURS, path)
        tell("Rapport: visits, purchases, people", ours, ours)
        tell("DuckDB, read only", run(_DUCKDB, path), ours)
        if rows <= _MOST_IN_MEMORY:
            tell("Polars, read only", run(_POLARS, path), ours)


def tell(name: str, found: tuple[float, float, float], ours: tuple[float, float, float]) -> None:
    """Print one line of the table."""
    wall, spent, memory = found
    share = spent / ours[1]
    print(f"| {name} | {wall:.1f} | {spent:.1f} | {memory:.2f} GB | {share:.2f} |", flush=True)


if __name__ == "__main__":
    main()
