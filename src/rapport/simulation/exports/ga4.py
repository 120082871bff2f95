"""Google Analytics 4 as its BigQuery export gives it: one event a line, JSON, a file a month."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import ints, money
from rapport.simulation.exports.delimited import joined, text_bytes
from rapport.simulation.exports.packing import gzip_file
from rapport.simulation.exports.view import (
    Places,
    days_of,
    late,
    looked_up,
    micros,
    missing,
    moments,
    month_name,
    months_of,
    places,
)
from rapport.simulation.history import ZONE, History

SITE = "https://www.maison-alize.example"
STREAM = "3481067205"
_STEPS = ("page_view", "view_item", "page_view", "add_to_cart", "view_cart", "begin_checkout")
_AT_ONCE = 20_000


def json_text(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    r"""Return text as it stands between the quotes of JSON, empty where there is none.

    Examples
    --------
    >>> json_text(pa.array(['a "b"', None])).to_pylist()
    ['a \\"b\\"', '']
    """
    text = pc.replace_substring(pc.fill_null(column, ""), "\\", "\\\\")
    text = pc.replace_substring(text, '"', '\\"')
    text = pc.replace_substring(text, "\n", "\\n")
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def write_events(history: History, folder: Path) -> list[Path]:
    """Write the events of each month, purchases among them, and return the files' paths.

    Late days stand in the next month's file, so those of the last month are not there yet.
    """
    visit = history.visit
    day = days_of(visit.column("started_on"))
    month = months_of(day) + late(history, "ga4", day)
    kept = ~missing(history, "ga4", day) & (day >= 0)
    if not kept.any():
        return []
    last = months_of(np.asarray([np.datetime64(history.last_day).astype(np.int64)]))[0]
    nth = _nth_visit(visit)
    bought = _purchases(history)
    order = places(bought.column("order_id"), visit.column("order_id"))
    paths = []
    for now in range(int(month[kept].min()), int(last) + 1):
        rows = np.flatnonzero(kept & (month == now))
        if not len(rows):
            continue
        path = folder / "web" / "ga4" / f"events_{month_name(now).replace('-', '')}.json.gz"
        with gzip_file(path) as file:
            for start in range(0, len(rows), _AT_ONCE):
                at = rows[start : start + _AT_ONCE]
                file.write(text_bytes(_lines(visit.take(pa.array(at)), nth[at], order[at], bought)))
        paths.append(path)
    return paths


def _nth_visit(visit: pa.Table) -> Places:
    """Return the number of each visit among those of its browser."""
    device = np.asarray(visit.column("device_id").combine_chunks().dictionary_encode().indices)
    order = np.argsort(device, kind="stable")
    sorted_device = device[order]
    starts = np.searchsorted(sorted_device, sorted_device)
    nth = np.empty(len(device), np.int64)
    nth[order] = np.arange(len(device)) - starts + 1
    return nth


def _purchases(history: History) -> pa.Table:
    """Return for each order of the web shop what its purchase event says, as JSON."""
    order, line = history.order, history.order_line
    order = order.filter(pc.equal(order.column("channel"), "shop"))
    at = places(order.column("order_id"), line.column("order_id"))
    kept = np.flatnonzero(at >= 0)
    kept = kept[np.argsort(at[kept], kind="stable")]
    line, at = line.take(pa.array(kept)), at[kept]
    product = places(history.product.column("sku"), line.column("sku"))
    revenue = ints(line.column("price")) * ints(line.column("quantity"))
    item = joined(
        [
            '{"item_id":"',
            json_text(line.column("sku")),
            '","item_name":"',
            json_text(line.column("product")),
            '","item_category":"',
            json_text(looked_up(history.product, "category", product)),
            '","price":',
            money(line.column("price")),
            ',"quantity":"',
            pc.cast(line.column("quantity"), pa.string()).combine_chunks(),
            '","item_revenue":',
            money(revenue),
            "}",
        ]
    )
    counts = np.bincount(at, minlength=order.num_rows)
    offsets = pa.array(np.concatenate([[0], np.cumsum(counts)]).astype(np.int32))
    items = pc.binary_join(pa.ListArray.from_arrays(offsets, item), ",")
    net = money(ints(order.column("subtotal")) - ints(order.column("discount")))
    number = json_text(order.column("order_id"))
    coupon = json_text(order.column("coupon"))
    params = joined(
        [
            ',{"key":"transaction_id","value":{"string_value":"',
            number,
            '"}},{"key":"currency","value":{"string_value":"EUR"}},{"key":"value","value":'
            '{"double_value":',
            net,
            '}},{"key":"coupon","value":{"string_value":"',
            coupon,
            '"}}',
        ]
    )
    ecommerce = joined(
        [
            ',"ecommerce":{"purchase_revenue":',
            net,
            ',"shipping_value":',
            money(order.column("shipping")),
            ',"tax_value":',
            money(order.column("tax")),
            ',"unique_items":"',
            pc.cast(pa.array(counts), pa.string()),
            '","transaction_id":"',
            number,
            '"},"items":[',
            items,
            "]",
        ]
    )
    return pa.table(
        {"order_id": order.column("order_id"), "params": params, "ecommerce": ecommerce}
    )


def _lines(visit: pa.Table, nth: Places, order: Places, bought: pa.Table) -> pa.Array:
    """Return the events of some visits, each a line of JSON.

    `nth` is the number of each visit of its browser, `order` the place of its order in `bought`.
    """
    events = np.maximum(ints(visit.column("events")), 1)
    at = np.repeat(np.arange(visit.num_rows), events)
    step = np.arange(len(at)) - np.repeat(np.cumsum(events) - events, events)
    length = ints(visit.column("seconds")) * 1_000_000 // events
    time = micros(visit.column("started_on"))[at] + step * length[at]
    final = step == events[at] - 1
    order = np.where(final, order[at], -1)
    name = np.asarray(_STEPS)[np.where(step == 0, 0, (at + step) % len(_STEPS))]
    name = np.where(order >= 0, "purchase", name)
    first = step == 0
    index = pa.array(at)
    engaged = ints(visit.column("seconds"))[at] >= 10
    return joined(
        [
            '{"event_date":"',
            _dates(time),
            '","event_timestamp":"',
            pc.cast(pa.array(time), pa.string()),
            '","event_name":"',
            pa.array(name),
            '","event_params":[',
            pc.take(_session_params(visit, nth), index),
            _only(pc.take(_query(visit), index), first),
            '"}},{"key":"session_engaged","value":{"string_value":"',
            pa.array(np.where(engaged, "1", "0")),
            '"}},{"key":"engagement_time_msec","value":{"int_value":"',
            pc.cast(pa.array((length // 1000)[at]), pa.string()),
            '"}}',
            _only(pc.take(_source_params(visit), index), first),
            _of_order(bought, "params", order),
            '],"user_pseudo_id":"',
            pc.take(_user(visit), index),
            _only(pc.take(_traffic(visit), index), first),
            _of_order(bought, "ecommerce", order),
            "}\n",
        ]
    )


def _dates(time: Places) -> pa.Array:
    """Return the day of each moment as GA4 writes it; the days of a part are few."""
    day = days_of(moments(time), ZONE)
    first = int(day.min())
    known = [
        str(np.datetime64(number, "D")).replace("-", "")
        for number in range(first, int(day.max()) + 1)
    ]
    return pc.take(pa.array(known), pa.array(day - first))


def _only(text: pa.Array, mask: np.ndarray) -> pa.Array:
    return pc.if_else(pa.array(mask), text, "")


def _of_order(bought: pa.Table, column: str, at: Places) -> pa.Array:
    return pc.fill_null(looked_up(bought, column, at), "").combine_chunks()


def _param(before: str, column: pa.Array | pa.ChunkedArray, after: str = "") -> pa.Array:
    """Return a name with its value, or nothing where there is no value."""
    text = joined([before, json_text(column), after])
    return pc.if_else(pc.is_valid(column), text, "")


def _query(visit: pa.Table) -> pa.Array:
    parts = [
        _param(f"&{name}=", visit.column(name))
        for name in ("utm_source", "utm_medium", "utm_campaign", "utm_content")
    ]
    click = joined(
        ["&", json_text(visit.column("click_id_kind")), "=", json_text(visit.column("click_id"))]
    )
    parts.append(pc.if_else(pc.is_valid(visit.column("click_id")), click, ""))
    query = joined(
        [part.combine_chunks() if isinstance(part, pa.ChunkedArray) else part for part in parts]
    )
    bare = pc.invert(pc.match_substring(visit.column("landing").combine_chunks(), "?"))
    return pc.if_else(bare, pc.replace_substring_regex(query, "^&", "?"), query)


def _session_params(visit: pa.Table, nth: Places) -> pa.Array:
    return joined(
        [
            '{"key":"ga_session_id","value":{"int_value":"',
            json_text(visit.column("visit_id")),
            '"}},{"key":"ga_session_number","value":{"int_value":"',
            pc.cast(pa.array(nth), pa.string()),
            f'"}}}},{{"key":"page_location","value":{{"string_value":"{SITE}',
            json_text(visit.column("landing")),
        ]
    )


def _source_params(visit: pa.Table) -> pa.Array:
    parts = [
        _flat(_param(f',{{"key":"{key}","value":{{"string_value":"', visit.column(name), '"}}'))
        for key, name in (
            ("page_referrer", "referrer"),
            ("source", "utm_source"),
            ("medium", "utm_medium"),
            ("campaign", "utm_campaign"),
        )
    ]
    return joined(parts)


def _flat(text: pa.Array | pa.ChunkedArray) -> pa.Array:
    return text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text


def _user(visit: pa.Table) -> pa.Array:
    """Return the browser, the logged-in customer and where they are, up to the traffic's source."""
    device = json_text(visit.column("device_id"))
    since = pc.replace_substring_regex(device, r"^.*\.", "")
    french = pc.equal(_flat(visit.column("country")), "FR")
    mobile = pc.match_substring_regex(device, r"[0-6]\.")
    return joined(
        [
            device,
            '","user_first_touch_timestamp":"',
            since,
            '000000"',
            _flat(_param(',"user_id":"', visit.column("user_id"), '"')),
            ',"device":{"category":"',
            pc.if_else(mobile, "mobile", "desktop"),
            '","language":"',
            pc.if_else(french, "fr-fr", "en-gb"),
            '"},"geo":{"country":"',
            pc.if_else(french, "France", "United Kingdom"),
            f'"}},"stream_id":"{STREAM}","platform":"WEB"',
        ]
    )


def _traffic(visit: pa.Table) -> pa.Array:
    """Return the source of a visit, where its link said one."""
    pairs = [
        _flat(_param(f',"manual_{key}":"', visit.column(name), '"'))
        for key, name in (
            ("source", "utm_source"),
            ("medium", "utm_medium"),
            ("campaign_name", "utm_campaign"),
            ("content", "utm_content"),
        )
    ]
    google = pc.equal(visit.column("click_id_kind"), "gclid")
    google_id = pc.if_else(google, visit.column("click_id"), pa.scalar(None, pa.string()))
    pairs.append(_flat(_param(',"gclid":"', google_id, '"')))
    inside = pc.replace_substring_regex(joined(pairs), "^,", "")
    held = joined([',"collected_traffic_source":{', inside, "}"])
    return pc.if_else(pc.equal(inside, ""), "", held)
