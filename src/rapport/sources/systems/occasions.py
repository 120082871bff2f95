"""What moves sales or talk: the brand's calendar, holidays, press, competitors' prices."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import column_of
from rapport.sources.loading import Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "occasions"
VERSION = 1
LONGEST = 400
_DAY = ("date", "day", "jour", "Datum", "Tag", "fecha", "dag")
_CALENDAR: dict[str, Aliases] = {
    "day": ("first_day", "first day", "from", "du", "début", "start", "start date", "von"),
    "until": ("last_day", "last day", "to", "au", "fin", "end", "end date", "bis"),
    "kind": ("kind", "type", "nature", "Art", "tipo"),
    "region": ("region", "région", "Region", "pays", "country"),
    "note": ("note", "description", "remarque", "Bemerkung", "nota", "name", "nom"),
    "size": ("size", "ampleur", "share off", "remise"),
}
_HOLIDAYS: dict[str, Aliases] = {
    "day": _DAY,
    "region": ("country", "pays", "region", "région", "zone", "Land", "país"),
    "note": ("name", "nom", "holiday", "nom_jour_ferie", "jour férié", "Feiertag", "festivo"),
}
_PRESS: dict[str, Aliases] = {
    "day": _DAY,
    "note": ("title", "titre", "headline", "Titel", "título"),
    "outlet": ("outlet", "média", "support", "Medium", "medio"),
    "region": ("country", "pays", "Land", "país"),
    "circulation": ("circulation", "audience", "reach", "Auflage", "diffusion"),
}
_PRICES: dict[str, Aliases] = {
    "day": ("week", "date", "semaine", "jour", "day"),
    "competitor": ("competitor", "concurrent", "enseigne", "Wettbewerber", "competidor"),
    "product": ("product", "produit", "article", "sku"),
    "price": ("competitor_price", "competitor price", "prix concurrent", "prix du concurrent"),
    "ours": ("our_price", "our price", "notre prix"),
    "currency": ("currency", "devise"),
}


def _calendar(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {"day": "day", "until": "day"}
    kinds |= dict.fromkeys(("kind", "region", "note", "size"), "text")
    fields = fields_in(header, kinds, required=["day", "kind"])
    notes = (f"An occasion of several days stands on each of them, up to {LONGEST} days.",)
    return Recipe(SOURCE, VERSION, fields, (), _days, by_line=False, notes=notes)


def _days(typed: pa.Table) -> Mapping[str, pa.Table]:
    """Return a row for each day of each occasion."""
    first = pc.cast(typed.column("day"), pa.int32())
    last = pc.coalesce(pc.cast(typed.column("until"), pa.int32()), first)
    length = pc.add(pc.subtract(last, first), 1)
    length = pc.max_element_wise(pc.min_element_wise(length, LONGEST), 1).to_numpy()
    place = np.repeat(np.arange(typed.num_rows), length)
    step = np.arange(len(place)) - np.repeat(np.cumsum(length) - length, length)
    rows = typed.take(pa.array(place))
    day = pa.array((first.to_numpy()[place] + step).astype(np.int32)).cast(pa.date32())
    size = column_of(rows, "size")
    note = pc.binary_join_element_wise(column_of(rows, "note"), size, " ", null_handling="skip")
    columns: dict[str, object] = {
        "day": day,
        "kind": rows.column("kind"),
        "region": column_of(rows, "region"),
        "note": note,
    }
    return {"event": record_table("event", columns, rows)}


def _simple(kind: str, *texts: str) -> Callable[[TableFile, Header, Settings], Recipe]:
    """Return how a list of one kind of occasion is read: its note is the named texts."""

    def recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
        kinds: dict[str, Kind] = {"day": "day", "region": "text"}
        kinds |= dict.fromkeys(texts, "text")
        fields = fields_in(header, kinds, required=["day", texts[0]])

        def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
            parts = [column_of(typed, name) for name in texts]
            note = pc.binary_join_element_wise(*parts, " · ", null_handling="skip")
            columns: dict[str, object] = {
                "day": typed.column("day"),
                "kind": kind,
                "region": column_of(typed, "region"),
                "note": note,
            }
            return {"event": record_table("event", columns, typed)}

        return Recipe(SOURCE, VERSION, fields, (), finish, by_line=False)

    return recipe


SYSTEM = System(
    SOURCE,
    "Occasions",
    "offline",
    (
        Shape(
            name="calendar",
            title="The brand's calendar: promotions, launches, prices",
            grain="one occasion of a day or more",
            tables=("event",),
            columns=_CALENDAR,
            needs=("day", "until", "kind", "note"),
            where="A list of your own: first day, last day, kind, region, note",
            since="2026",
            checked="a list of our own making",
            recipe=_calendar,
        ),
        Shape(
            name="holidays",
            title="Public holidays",
            grain="one holiday",
            tables=("event",),
            columns=_HOLIDAYS,
            needs=("day", "region", "note"),
            where="A government's list of public holidays: date, country, name",
            since="2026",
            checked="a list of our own making",
            exact=True,
            recipe=_simple("holiday", "note"),
        ),
        Shape(
            name="press",
            title="Press cuttings",
            grain="one cutting",
            tables=("event",),
            columns=_PRESS,
            needs=("day", "note", "outlet", "circulation"),
            where="The press office's list: date, title, outlet, country, circulation",
            since="2026",
            checked="a list of our own making",
            recipe=_simple("press", "note", "outlet"),
        ),
        Shape(
            name="prices",
            title="Competitors' prices",
            grain="one product of one competitor in one week",
            tables=("event",),
            columns=_PRICES,
            needs=("day", "competitor", "product", "price"),
            where="A list of your own: week, competitor, product, competitor's price, our price",
            since="2026",
            checked="a list of our own making",
            recipe=_simple(
                "competitor price", "competitor", "product", "price", "ours", "currency"
            ),
        ),
    ),
)
