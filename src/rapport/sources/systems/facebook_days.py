"""The daily figures of a Facebook page or an Instagram account, as Meta Business Suite's results.

The file is UTF-16 with a `sep=,` line, a title that says which figure it holds, and two columns:
the day and `Primary`. Days without a new follower are left out, so between the first and the last
day of a file of follows a missing day is a day with none: the record says 0 for it. Before the
first and after the last day nothing is known.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from functools import partial

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault
from rapport.settings import Settings
from rapport.sources.dates import Order
from rapport.sources.fields import Kind, fields_in
from rapport.sources.headers import rows_above
from rapport.sources.loading import Recipe, record_table
from rapport.sources.metrics import channel_metrics
from rapport.sources.opening import refuse
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Aliases, Header, Refusal, Shape

SOURCE = "facebook"
# A day's size has a source of its own: beside a day's follows one of the two rows would be hidden.
SIZES = "facebook_page_days"
VERSION = 1

# The first that fits names the figure: English, French, German, Spanish, Swedish.
_FIGURES = (
    # What was paid for is a part of a figure, and not the figure.
    ("", r"\bpaid\b|payé|bezahl|pagad|betald"),
    ("video_views_3s", r"\b3 s"),
    ("video_views_60s", r"\b1 minut"),
    ("unfollows", r"unfollow|en moins|désabonn|dejaron de|slutat följa|nicht mehr"),
    ("net_follows", r"\bnet\b|\bnets?\b|netto"),
    (
        "gained",
        r"\bfollows\b|new followers|en plus|nouveaux|neue follower|nuevos segu|seguimientos"
        r"|nya följare|newfollow",
    ),
    ("link_clicks", r"clicks?\b|clics?\b|klicks?\b|klick"),
    ("visits", r"visit|besuch|besök"),
    ("viewers", r"viewer|spectateur|espectador|betrachter|tittare"),
    ("views", r"\bviews?\b|\bvues?\b|aufruf|visualiza|visning"),
    ("reach", r"\breach\b|couverture|reichweite|alcance|räckvidd"),
    ("interactions", r"interaction|interaktion|interacci"),
)
_UNNAMED = Refusal(
    "Its title does not say which figure of the page it counts.",
    "Export one figure for itself: follows, visits, views, viewers, reach, interactions or link"
    " clicks.",
)
_WHOSE = Refusal(
    "Nothing says whether it is about Facebook or Instagram.",
    "Write facebook or instagram into the name of the file.",
)
_SEVERAL = Refusal(
    "It holds several figures one below the other.", "Export each figure as a file of its own."
)


def figure_of(file: TableFile) -> str:
    """Return which figure a daily file counts, by its title or else its name; empty if unknown.

    Examples
    --------
    >>> from pathlib import Path
    >>> file = TableFile(Path("Instagram follows.csv"), "json", ("Date", "Primary"), 1)
    >>> figure_of(file)
    'gained'
    """
    for text in (_title(file), file.name):
        words = re.sub(r"[_\W]+", " ", text.lower())
        for figure, pattern in _FIGURES:
            if re.search(pattern, words):
                return figure
        if text and text != file.name:
            return ""
    return ""


def network_of(file: TableFile) -> str:
    """Return whose page it is, by the title or the file's name: facebook, instagram or nothing."""
    for text in (_title(file), file.name):
        named = [name for name in ("facebook", "instagram") if name in text.lower()]
        if len(named) == 1:
            return named[0]
    return ""


def _title(file: TableFile) -> str:
    above = rows_above(file)
    return " ".join(above[-1]) if above else ""


def _examine(file: TableFile, header: Header, settings: Settings) -> Sequence[Fault]:
    """Refuse a file that does not say what it counts, or counts several things."""
    wrong = []
    if not figure_of(file):
        wrong.append(_UNNAMED)
    if not network_of(file):
        wrong.append(_WHOSE)
    for part in file.rows([header["day"]]):
        again = pc.equal(trimmed(part.table.column(header["day"])), header["day"])
        if pc.any(again).as_py():
            wrong.append(_SEVERAL)
            break
    return [Fault(refusal.what, file.name, refusal.hint) for refusal in wrong]


def _days(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how a daily file of one figure is read."""
    network, figure = network_of(file), figure_of(file)
    if not network or not figure:
        raise refuse(file.name, _UNNAMED.what, _UNNAMED.hint)
    fields = fields_in(header, {"day": "day", "count": "integer"}, required=["day", "count"])
    finish = partial(_tables, channel=network, figure=figure)
    notes = (
        ("Days that are missing between the first and the last had no new follower.",)
        if figure == "gained"
        else ()
    )
    order = (header["day"],)
    return Recipe(network, VERSION, fields, order, finish, by_line=False, notes=notes)


def _tables(typed: pa.Table, channel: str, figure: str) -> Mapping[str, pa.Table]:
    if figure != "gained":
        rows = typed.rename_columns([figure if n == "count" else n for n in typed.column_names])
        return {"channel_metric": channel_metrics(rows, channel, {figure: figure})}
    typed = _with_zeros(typed)
    columns: dict[str, object] = {"day": typed.column("day"), "channel": channel}
    columns["gained"] = typed.column("count")
    return {"audience": record_table("audience", columns, typed)}


def _with_zeros(typed: pa.Table) -> pa.Table:
    """Add the days that are missing in between, with the row of the next day that is there."""
    known = typed.select(["day", "count", ROW]).sort_by("day")
    days = known.column("day").to_numpy().astype("datetime64[D]")
    whole = np.arange(days[0], days[-1] + np.timedelta64(1, "D"))
    missing = np.setdiff1d(whole, days)
    if not missing.size:
        return known
    after = pc.take(known.column(ROW), pa.array(np.searchsorted(days, missing)))
    zeros = pa.table(
        {"day": pa.array(missing), "count": pa.array(np.zeros(missing.size, np.int64)), ROW: after}
    )
    return pa.concat_tables([known, zeros.cast(known.schema)]).sort_by("day")


_DAY: Aliases = ("Date", "Datum", "Fecha")


def _followers(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how a daily file of a page's followers and reach is read."""
    kinds: dict[str, Kind] = {"day": "day", "followers": "integer", "reach": "integer"}
    fields = fields_in(header, kinds, required=["day"])
    order = (header["day"],)
    usual: Order = "day-first" if header["day"] in ("Datum", "Fecha") else "month-first"
    return Recipe(SIZES, VERSION, fields, order, _sizes, by_line=False, usual_dates=usual)


def _sizes(typed: pa.Table) -> Mapping[str, pa.Table]:
    columns: dict[str, object] = {"day": typed.column("day"), "channel": SOURCE}
    columns["followers"] = typed.column("followers")
    found = {"audience": record_table("audience", columns, typed)}
    return found | {"channel_metric": channel_metrics(typed, SOURCE, {"reach": "reach"})}


DAYS = (
    Shape(
        name="days",
        title="One daily figure of a Facebook page or an Instagram account",
        grain="one day",
        tables=("audience", "channel_metric"),
        columns={"day": _DAY, "count": ("Primary", "Principal", "Primär")},
        needs=("day", "count"),
        exact=True,
        where="Meta Business Suite › Insights › Results › Export",
        since="2022",
        checked="the documented columns and title rows; English and French titles as public"
        " importers read real files",
        recipe=_days,
        examine=_examine,
    ),
    Shape(
        name="page_days",
        title="Daily followers and reach of a Facebook page",
        grain="one day",
        tables=("audience", "channel_metric"),
        columns={
            "day": _DAY,
            "followers": (
                *("Page followers", "Abonnés de la Page", "Seiten-Follower"),
                *("Seguidores de la página", "Sidföljare"),
            ),
            "reach": ("Reach", "Couverture", "Reichweite", "Alcance", "Räckvidd"),
        },
        needs=("day", "followers"),
        where="Meta Business Suite › Insights › Overview › Export",
        since="2022",
        checked="German columns as a public importer reads real files",
        recipe=_followers,
    ),
)
