"""The stores: a French file of tickets a month, one row a line, and the list of card holders."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import ints, local, money
from rapport.simulation.exports.delimited import FRENCH, Cells, names, write_filled, write_rows
from rapport.simulation.exports.view import (
    Places,
    cards,
    days_of,
    late,
    looked_up,
    micros,
    missing,
    month_name,
    months_of,
    places,
    rng,
    where,
)
from rapport.simulation.exports.wounds import emptied
from rapport.simulation.history import ZONE, History

HEADER = (
    "Magasin",
    "N° ticket",
    "Date",
    "Ligne",
    "Code article",
    "Libellé",
    "Quantité",
    "Prix unitaire HT",
    "Remise HT",
    "Montant HT",
    "TVA",
    "Montant TTC",
    "Carte fidélité",
    "Règlement",
)
CARD_HOLDERS = names("N° carte, Nom, Prénom, E-mail, Téléphone, Code postal, Date d'adhésion")
_PAID_WITH = {
    "card": "CB",
    "cash": "Espèces",
    "gift_card": "Carte cadeau",
    "paypal": "CB",
    "apple_pay": "Sans contact",
}
_LOST = 1 / 2000
_OVERLAP_EVERY = 5
_OVERLAP_DAYS = 3
_AS_PRINTED, _REFUSED = 0.15, 0.3


def write_tickets(history: History, folder: Path) -> list[Path]:
    """Write the tickets of each month and return the files' paths.

    Late days stand in the next month's file, so those of the last month are not there yet. Every
    fifth file begins three days early, so that these days stand in two files. Goods paid back are
    a row of their own, with a minus.
    """
    rows = _rows(history)
    if not rows.num_rows:
        return []
    month = ints(rows.column("month"))
    day = ints(rows.column("day"))
    paths = []
    first, last = (months_of(np.asarray([day]))[0] for day in (_first(history), _last(history)))
    for number, now in enumerate(range(int(first), int(last) + 1)):
        inside = month == now
        if number % _OVERLAP_EVERY == _OVERLAP_EVERY - 1:
            begin = np.datetime64(now, "M").astype("datetime64[D]").astype(np.int64)
            inside |= (day >= begin - _OVERLAP_DAYS) & (month == now - 1)
        if not inside.any():
            continue
        part = rows.filter(pa.array(inside))
        path = folder / "stores" / f"tickets_caisse_{month_name(now)}.csv"
        columns: dict[str, Cells] = {name: part.column(name) for name in HEADER}
        amounts = part.column("Montant HT")
        columns["Montant HT"] = emptied(history, path.name, amounts, _LOST)
        paths.append(write_rows(path, HEADER, columns, FRENCH))
    return paths


def write_card_holders(history: History, folder: Path) -> list[Path]:
    """Write who holds which loyalty card, as the stores took it down on a form.

    Some numbers stand in groups as they are printed on the card; where no e-mail was given, some
    cashiers typed that it was refused.
    """
    known = where(history.profile, system="pos")
    known = known.filter(pc.is_valid(known.column("loyalty_card")))
    known = known.sort_by([("created_on", "ascending"), ("loyalty_card", "ascending")])
    chance = rng(history, "fichier_fidelite.csv").random((2, known.num_rows))
    card = known.column("loyalty_card")
    grouped = pc.replace_substring_regex(card, r"^(.)(.{6})(.*)$", r"\1 \2 \3")
    email = known.column("email")
    refused = pc.and_(pc.is_null(email), pa.array(chance[1] < _REFUSED))
    cells: dict[str, Cells] = {
        "N° carte": pc.if_else(pa.array(chance[0] < _AS_PRINTED), grouped, card),
        "Nom": known.column("last_name"),
        "Prénom": known.column("first_name"),
        "E-mail": pc.if_else(refused, "refus", email),
        "Téléphone": known.column("phone"),
        "Code postal": known.column("postcode"),
        "Date d'adhésion": local(known.column("created_on"), "%d/%m/%Y", ZONE),
    }
    return write_filled(folder / "stores" / "fichier_fidelite.csv", CARD_HOLDERS, cells, FRENCH)


def _rows(history: History) -> pa.Table:
    """Return the rows of all months, sorted, with the day of each and the month of its file."""
    order = where(history.order, channel="store")
    sold = _sold(history, order)
    back = _paid_back(order)
    rows = pa.concat_tables([sold, back])
    time, store = micros(rows.column("time")), rows.column("Magasin")
    day = days_of(rows.column("time"))
    month, lost = months_of(day), np.zeros(len(day), bool)
    for name in history.store.column("store_id").to_pylist():
        here = np.asarray(pc.equal(store, name))
        lost |= here & missing(history, f"pos:{name}", day)
        month = month + (here & late(history, f"pos:{name}", day))
    ticket = np.asarray(pc.rank(rows.column("N° ticket"), tiebreaker="dense"))
    index = np.lexsort((ints(rows.column("Ligne")), ticket, time))
    rows = rows.append_column("day", pa.array(day)).append_column("month", pa.array(month))
    rows = _with_cards(history, rows)
    return rows.take(pa.array(index[~lost[index] & (day[index] <= _last(history))]))


def _first(history: History) -> int:
    return int(np.datetime64(history.first_day).astype(np.int64))


def _last(history: History) -> int:
    return int(np.datetime64(history.last_day).astype(np.int64))


def _with_cards(history: History, rows: pa.Table) -> pa.Table:
    known, at = cards(history, "pos", rows.column("person_id"), rows.column("time"))
    at = np.where(np.asarray(rows.column("identified")), at, -1)
    return rows.append_column("Carte fidélité", looked_up(known, "loyalty_card", at))


def _sold(history: History, order: pa.Table) -> pa.Table:
    line = history.order_line
    at = places(order.column("order_id"), line.column("order_id"))
    line, at = line.filter(pa.array(at >= 0)), at[at >= 0]
    quantity, price = ints(line.column("quantity")), ints(line.column("price"))
    gross = quantity * price
    off = _shared(ints(order.column("discount")), gross, ints(line.column("line")), at)
    tax = _shared(ints(order.column("tax")), gross, ints(line.column("line")), at)
    cells = {
        "Ligne": line.column("line"),
        "Code article": line.column("sku"),
        "Libellé": line.column("product"),
        "Quantité": line.column("quantity"),
        "Prix unitaire HT": money(price, ","),
        "Remise HT": money(off, ","),
        "Montant HT": money(gross - off, ","),
        "TVA": money(tax, ","),
        "Montant TTC": money(gross - off + tax, ","),
    }
    return _with_order(order, at, cells, "ordered_on", "")


def _shared(whole: Places, weight: Places, line: Places, at: Places) -> Places:
    """Return an order's amount shared among its lines by weight; the lines add up to it."""
    total = np.bincount(at, weight, len(whole))[at]
    part = np.floor(whole[at] * weight / np.maximum(total, 1)).astype(np.int64)
    rest = whole - np.bincount(at, part, len(whole)).astype(np.int64)
    return part + np.where(line == 1, rest[at], 0)


def _paid_back(order: pa.Table) -> pa.Table:
    refunded = pc.and_(
        pc.greater(order.column("refund"), 0), pc.is_valid(order.column("refunded_on"))
    )
    order = order.filter(refunded)
    refund, tax = ints(order.column("refund")), ints(order.column("tax"))
    paid = ints(order.column("subtotal")) - ints(order.column("discount")) + tax
    vat = np.rint(refund * tax / np.maximum(paid, 1)).astype(np.int64)
    n = order.num_rows
    cells = {
        "Ligne": pa.array(np.ones(n, np.int64)),
        "Code article": pa.array(["RETOUR"] * n, pa.string()),
        "Libellé": pa.array(["Retour marchandise"] * n, pa.string()),
        "Quantité": pa.array(np.full(n, -1)),
        "Prix unitaire HT": money(refund - vat, ","),
        "Remise HT": money(np.zeros(n, np.int64), ","),
        "Montant HT": money(vat - refund, ","),
        "TVA": money(-vat, ","),
        "Montant TTC": money(-refund, ","),
    }
    return _with_order(order, np.arange(n), cells, "refunded_on", "R")


def _with_order(
    order: pa.Table, at: Places, cells: dict[str, pa.Array], when: str, before: str
) -> pa.Table:
    paid = pc.index_in(looked_up(order, "payment", at), pa.array(list(_PAID_WITH)))
    number = pc.binary_join_element_wise(before, looked_up(order, "order_id", at), "")
    time = looked_up(order, when, at)
    return pa.table(
        {
            "Magasin": looked_up(order, "store", at),
            "N° ticket": number,
            "Date": local(time, "%d/%m/%Y %H:%M", ZONE),
            **cells,
            "Règlement": pc.take(pa.array(list(_PAID_WITH.values())), paid),
            "time": time,
            "person_id": looked_up(order, "person_id", at),
            "identified": looked_up(order, "identified", at),
        }
    )
