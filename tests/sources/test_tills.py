"""Tickets of tills and members of loyalty programmes: the card joins them, nobody is invented."""

from __future__ import annotations

import csv
import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from tests.sources.helpers import gather, settings, written

from rapport.errors import Problem
from rapport.simulation.exports.till import write_tickets
from rapport.sources.registry import recognise
from simulation.small_history import made

FRENCH = (
    "Ticket;Date;Heure;Magasin;Article;Quantité;Prix;Carte\n"
    "0001;01/02/2026;09:30;Lille;Thé vert;2;12,50;fid 0001\n"
    "0001;01/02/2026;09:30;Lille;Tasse;1;8,00;fid 0001\n"
    "0002;01/02/2026;10:15;Lille;Thé vert;-1;12,50;\n"
    "0001;17/02/2026;00:15;Lille;Tasse;1;8,00;\n"
    "0001;17/02/2026;09:45;Paris;Tasse;1;8,00;-\n"
    "TOTAL;;;;;;49,00;\n"
    "0003;32/02/2026;09:45;Paris;Tasse;1;8,00;\n"
    "0004;18/02/2026;09:45;Paris;Tasse;;8,00;\n"
)


def test_a_french_ticket_becomes_lines_of_somebody_or_nobody(tmp_path: Path) -> None:
    found = gather(written(tmp_path, FRENCH.encode("cp1252")), settings(None))
    assert found.facts.source == "point_of_sale"
    lines = found.tables["purchase_line"]
    assert [(r["purchase_id"], r["line"], r["account_id"], r["revenue"]) for r in lines] == [
        ("Lille|2026-02-01|0001", 1, "FID0001", Decimal(25)),
        ("Lille|2026-02-01|0001", 2, "FID0001", Decimal(8)),
        ("Lille|2026-02-01|0002", 1, None, Decimal("-12.5")),
        ("Lille|2026-02-17|0001", 1, None, Decimal(8)),
        ("Paris|2026-02-17|0001", 1, None, Decimal(8)),
    ]
    assert [r["is_return"] for r in lines] == [False, False, True, False, False]
    assert lines[0]["ordered_on"] == dt.datetime(2026, 2, 1, 8, 30, tzinfo=dt.UTC)
    assert (lines[0]["channel"], lines[0]["currency"]) == ("store", "EUR")
    assert found.tables["identifier"] == [
        {"account_id": "FID0001", "kind": "loyalty card", "value": "FID0001", "source_row": 2}
    ]
    assert found.reasons[:2] == [
        (7, "The row is the total of the others."),
        (8, "Date Heure '32/02/2026 09:45' is not a date."),
    ]
    assert found.codes == {"total_row": 1, "not_a_date": 1, "missing_quantity": 1}


@pytest.mark.parametrize(
    "text",
    [
        "Receipt number,Date,Time,Store,Item,Quantity,Price,Loyalty card\n"
        "0001,2026-02-17,09:30,Leeds,Tea,2,12.50,FID1\n",
        "Bonnummer;Datum;Uhrzeit;Filiale;Artikel;Menge;Preis;Kundenkarte\n"
        "0001;17.02.2026;09:30;Leeds;Tea;2;12,50;FID1\n",
        "Número de ticket;Fecha;Hora;Tienda;Artículo;Cantidad;Precio;Tarjeta\n"
        "0001;17/02/2026;09:30;Leeds;Tea;2;12,50;FID1\n",
        "Kvittonummer;Datum;Tid;Butik;Artikel;Antal;Pris;Kundkort\n"
        "0001;2026-02-17;09:30;Leeds;Tea;2;12,50;FID1\n",
    ],
)
def test_tills_in_other_languages(tmp_path: Path, text: str) -> None:
    (line,) = gather(written(tmp_path, text), settings(None)).tables["purchase_line"]
    assert (line["purchase_id"], line["revenue"]) == ("Leeds|2026-02-17|0001", Decimal(25))
    assert (line["product"], line["account_id"]) == ("Tea", "FID1")
    assert line["ordered_on"] == dt.datetime(2026, 2, 17, 8, 30, tzinfo=dt.UTC)


def test_amounts_without_tax_are_taken_where_the_till_says_them(tmp_path: Path) -> None:
    head = "Ticket;Date;Article;Quantité;Prix unitaire HT;Remise HT;Montant HT;TVA;Montant TTC\n"
    row = "1;17/02/2026 09:30;Thé;2;10,00;5,00;15,00;3,00;18,00\n"
    found = gather(written(tmp_path, head + row), settings(None))
    (line,) = found.tables["purchase_line"]
    assert (line["revenue"], line["discount"]) == (Decimal(15), Decimal(5))
    assert not any("does not say" in note for note in found.facts.notes)
    # Without the amount, the discount is taken off what the pieces come to.
    cut = "Ticket;Date;Article;Quantité;Prix unitaire HT;Remise HT\n"
    text = cut + "1;17/02/2026 09:30;Thé;2;10,00;5,00\n2;18/02/2026 09:30;Thé;-2;10,00;5,00\n"
    lines = gather(written(tmp_path, text, "b.csv"), settings(None)).tables["purchase_line"]
    assert [line["revenue"] for line in lines] == [Decimal(15), Decimal(-15)]


def test_tickets_without_amounts_are_refused(tmp_path: Path) -> None:
    text = "Ticket;Date;Article;Quantité\n1;17/02/2026;Thé;2\n"
    with pytest.raises(Problem, match="name no amount and no price"):
        gather(written(tmp_path, text), settings(None))


def test_the_tills_of_a_simulated_brand(tmp_path: Path) -> None:
    history = made(people=120, months=6)
    cards = set(history.profile.column("loyalty_card").to_pylist())
    tickets: set[str] = set()
    for path in write_tickets(history, tmp_path):
        found = gather(path, settings(None))
        with path.open(encoding="cp1252", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
        lines = found.tables["purchase_line"]
        assert found.aside == []
        assert len(lines) == len(rows)
        written_ = sum(Decimal(row["Montant HT"].replace(",", ".")) for row in rows)
        assert sum(line["revenue"] for line in lines) == written_
        assert {row["value"] for row in found.tables.get("identifier", [])} <= cards
        assert sum(line["account_id"] is None for line in lines) == sum(
            row["Carte fidélité"] == "" for row in rows
        )
        named = {row["N° ticket"] for row in rows}
        assert {line["purchase_id"].split("|")[2] for line in lines} == named
        tickets |= {line["purchase_id"] for line in lines}
    assert tickets


MEMBERS = (
    "N° carte;Prénom;Nom;Adresse e-mail;Téléphone;Code postal;Date d’adhésion;Points\n"
    "fid 0001;Ana;Lopez;Ana@b.fr;06 12 34 56 78;75011;17/02/2024;120\n"
    "FID-0002;Bo;Ek;;;;;\n"
    "FID 0001;Ana;Lopez;;;;17/02/2024;\n"
    ";Cy;Ng;;;;18/02/2024;\n"
)


def test_a_member_is_a_card_and_joining_is_something_they_did(tmp_path: Path) -> None:
    found = gather(written(tmp_path, MEMBERS), settings(None))
    assert found.facts.source == "loyalty"
    joined = dt.datetime(2024, 2, 16, 23, tzinfo=dt.UTC)
    assert found.tables["account"][:2] == [
        {"account_id": "FID0001", "name": "Ana Lopez", "country": None, "created": joined,
         "source_row": 2},
        {"account_id": "FID0002", "name": "Bo Ek", "country": None, "created": None,
         "source_row": 3},
    ]  # fmt: skip
    first = found.tables["activity"][0]
    assert (first["verb"], first["account_id"], first["occurred_on"]) == ("Join", "FID0001", joined)
    assert first["activity_id"] == "join|FID0001"
    known = {(r["account_id"], r["kind"], r["value"]) for r in found.tables["identifier"]}
    assert ("FID0001", "loyalty card", "FID0001") in known
    assert ("FID0001", "email", "ana@b.fr") in known
    assert found.codes == {"missing_card": 1}


@pytest.mark.parametrize(
    "header",
    [
        "Card number,Name,Email,Member since",
        "Kartennummer,Name,E-Mail-Adresse,Mitglied seit",
        "Número de tarjeta,Nombre completo,Correo electrónico,Fecha de alta",
        "Kortnummer,Namn,E-post,Medlem sedan",
    ],
)
def test_members_in_other_languages(tmp_path: Path, header: str) -> None:
    path = written(tmp_path, f"{header}\nFID1,Ana Lopez,ana@b.fr,2024-02-17\n")
    assert recognise(path, settings(None)).source == "loyalty"
    (row,) = gather(path, settings(None)).tables["account"]
    assert (row["account_id"], row["name"]) == ("FID1", "Ana Lopez")
