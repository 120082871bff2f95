"""Contacts, leads and deals of the sellers' systems become people and leads, each once."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from itertools import permutations
from pathlib import Path

import pytest
from tests.sources.helpers import gather, settings, written

from rapport.errors import Problem
from rapport.record.engines import open_engine
from rapport.record.reading import table_frame
from rapport.record.store import Record
from rapport.sources.registry import read

CONTACTS = (
    '"Record ID","First Name","Last Name","Email","Phone Number","Job Title","Associated Company",'
    '"Lead Status","Lifecycle Stage","Create Date","Postal Code","Country/Region","Contact owner"\n'
    '"8001","Ana","Lopez","ANA@b.fr","+33 6 12 34 56 78","CEO","Bé","New","Lead",'
    '"2026-03-01 09:30","75011","France","Sam"\n'
    '"8002","","","","","","","","","","","",""\n'
    '"8001","Ana","Lopez","ANA@b.fr","","","","","","2026-03-01 09:30","","",""\n'
    '"8.004E+15","Bo","","bo@b.fr","","","","","","2026-03-02 10:00","","",""\n'
)
DEALS = (
    "Record ID,Deal Name,Deal Stage,Close Date,Create Date,Deal owner,Amount,Currency,Pipeline,"
    "Original Traffic Source,Associated Contact IDs,Associated Contact,Associated Company\n"
    "7001,B - boxes,Closed Won,2026-05-04 18:00,2026-03-01 09:30,Sam,15000.50,EUR,Sales,"
    "Organic Social,8001,Ana Lopez (ana@b.fr),B\n"
    "7002,C - boxes,Proposal,2027-12-31 18:00,2026-03-02 09:30,Sam,2500,EUR,Sales,"
    "Referrals,8001;8002,,C\n"
    "7003,D - boxes,Closed Lost,2026-04-01 10:00,2026-03-03 09:30,Sam,,,Sales,,,,D\n"
    "7004,E - boxes,New,,31 of March,Sam,,,Sales,,,,D\n"
)


def test_contacts_of_hubspot_are_people_and_no_leads(tmp_path: Path) -> None:
    found = gather(written(tmp_path, CONTACTS), settings(None))
    assert found.facts.source == "hubspot"
    assert set(found.tables) == {"account", "identifier"}
    made = dt.datetime(2026, 3, 1, 8, 30, tzinfo=dt.UTC)
    assert found.tables["account"] == [
        {"account_id": "8001", "name": "Ana Lopez", "country": "France", "created": made,
         "source_row": 2},
        {"account_id": "8002", "name": None, "country": None, "created": None, "source_row": 3},
    ]  # fmt: skip
    known = {(r["kind"], r["value"]) for r in found.tables["identifier"]}
    assert known == {
        ("email", "ana@b.fr"), ("phone", "+33612345678"), ("name", "ana lopez"),
        ("postcode", "75011"),
    }  # fmt: skip
    assert found.codes == {"repeated_order": 1, "rounded_id": 1}
    assert "CEO" not in str(found.tables)


@pytest.mark.parametrize(
    "header",
    [
        "ID de fiche d’informations;Prénom;Nom de famille;Adresse e-mail;Numéro de téléphone;"
        "Date de création;Pays/région",
        "Datensatz-ID;Vorname;Nachname;E-Mail;Telefonnummer;Erstelldatum;Land/Region",
        "ID de registro;Nombre;Apellidos;Correo;Número de teléfono;Fecha de creación;País/región",
        "Post-ID;Förnamn;Efternamn;E-post;Telefonnummer;Skapandedatum;Land",
    ],
)
def test_contacts_in_other_languages(tmp_path: Path, header: str) -> None:
    row = "8001;Ana;Lopez;ana@b.fr;+33612345678;2026-03-17 09:30;FR"
    found = gather(written(tmp_path, f"{header}\n{row}\n"), settings(None))
    made = dt.datetime(2026, 3, 17, 8, 30, tzinfo=dt.UTC)
    assert found.facts.source == "hubspot"
    assert found.tables["account"] == [
        {"account_id": "8001", "name": "Ana Lopez", "country": "FR", "created": made,
         "source_row": 2},
    ]  # fmt: skip
    assert {r["kind"] for r in found.tables["identifier"]} == {"email", "phone", "name"}


def test_a_deal_of_hubspot_is_a_lead_won_only_where_it_is_won(tmp_path: Path) -> None:
    found = gather(written(tmp_path, DEALS), settings(None))
    won, offered, lost = found.tables["lead"]
    assert (won["lead_id"], won["account_id"], won["origin"]) == ("7001", "8001", "Organic Social")
    assert won["won_on"] == dt.datetime(2026, 5, 4, 16, tzinfo=dt.UTC)
    assert (won["amount"], won["currency"]) == (Decimal("15000.5"), "EUR")
    assert won["zone"] == "Europe/Paris"
    # Its close date is a plan that lies ahead, and two contacts are nobody.
    assert (offered["won_on"], offered["account_id"]) == (None, None)
    assert (lost["won_on"], lost["amount"], lost["currency"], lost["stage"]) == (
        None, None, None, "Closed Lost",
    )  # fmt: skip
    assert found.codes == {"not_a_date": 1}


@pytest.mark.parametrize(
    ("header", "row"),
    [
        ("ID de fiche d’informations;Nom de la transaction;Phase de la transaction;"
         "Date de fermeture;Date de création;Montant",
         "7001;Coffrets;Fermé gagné;04/05/2026 18:00;17/03/2026 09:30;15 000,50"),
        ("Datensatz-ID;Deal-Name;Deal-Phase;Abschlussdatum;Erstelldatum;Betrag",
         "7001;Kisten;Gewonnen;04.05.2026 18:00;17.03.2026 09:30;15.000,50"),
        ("ID de registro;Nombre del negocio;Etapa del negocio;Fecha de cierre;Fecha de creación;"
         "Importe", "7001;Cajas;Cierre ganado;04/05/2026 18:00;17/03/2026 09:30;15.000,50"),
        ("Post-ID;Affärsnamn;Affärsfas;Slutdatum;Skapandedatum;Belopp",
         "7001;Lådor;Vunnen;2026-05-04 18:00;2026-03-17 09:30;15 000,50"),
    ],
)  # fmt: skip
def test_deals_in_other_languages(tmp_path: Path, header: str, row: str) -> None:
    found = gather(written(tmp_path, f"{header}\n{row}\n"), settings(None))
    (lead,) = found.tables["lead"]
    assert lead["amount"] == Decimal("15000.5")
    assert lead["created_on"] == dt.datetime(2026, 3, 17, 8, 30, tzinfo=dt.UTC)
    assert lead["won_on"] == dt.datetime(2026, 5, 4, 16, tzinfo=dt.UTC)


def test_deals_without_their_day_are_refused_with_what_to_export(tmp_path: Path) -> None:
    text = "Record ID,Deal Name,Deal Stage,Amount\n7001,B,Closed Won,5\n"
    with pytest.raises(Problem, match="do not say when they were created") as caught:
        gather(written(tmp_path, text), settings(None))
    assert "Add the column Create Date" in str(caught.value)


def test_companies_are_refused(tmp_path: Path) -> None:
    text = "Record ID,Company name,Company owner,Create Date\n9001,B,Sam,2026-01-01\n"
    with pytest.raises(Problem, match="names no person and no deal"):
        gather(written(tmp_path, text), settings(None))


LEADS = (
    '"Lead ID","First Name","Last Name","Title","Company / Account","Email","Phone","Street",'
    '"City","Zip/Postal Code","Country","Lead Source","Lead Status","Rating","Lead Owner",'
    '"Create Date","Converted"\n'
    '"00Q1","Ana","Lopez","CEO","B","Ana@b.fr","06 12 34 56 78","1 rue X","Paris","75011","FR",'
    '"Web","Open - Not Contacted","","Sam","03/17/2026","0"\n'
    '"00Q2","Bo","Ek","","C","","","","","","SE","Social Media","Closed - Converted","","Sam",'
    '"03/18/2026","1"\n'
    '\n'
    '"Leads of this year"\n'
    '"Copyright (c) 2000-2026 salesforce.com, inc. All rights reserved."\n'
    '"Confidential Information - Do Not Distribute"\n'
)  # fmt: skip


def test_leads_of_salesforce_and_the_notes_under_them(tmp_path: Path) -> None:
    found = gather(written(tmp_path, LEADS), settings(None))
    first, second = found.tables["lead"]
    assert (first["lead_id"], first["stage"], first["origin"]) == (
        "00Q1", "Open - Not Contacted", "Web",
    )  # fmt: skip
    assert first["created_on"] == dt.datetime(2026, 3, 16, 23, tzinfo=dt.UTC)
    assert (second["stage"], second.get("won_on"), second.get("amount")) == (
        "converted",
        None,
        None,
    )
    assert found.column("account_id", "account") == ["00Q1", "00Q2"]
    assert found.codes == {"too_few_columns": 3, "blank_row": 1}
    assert "1 rue X" not in str(found.tables)


def test_a_report_without_numbers_names_leads_by_their_address(tmp_path: Path) -> None:
    text = (
        "Prénom;Nom;Société / Compte;Adresse e-mail;Origine de la piste;Statut de la piste;"
        "Date de création\nAna;Lopez;B;Ana@B.fr;Web;Ouverte;17/03/2026\n"
        "Bo;Ek;C;;Web;Ouverte;18/03/2026\n"
    )
    found = gather(written(tmp_path, text), settings(None))
    assert found.column("lead_id", "lead") == ["ana@b.fr"]
    assert found.reasons == [(3, "Adresse e-mail is empty.")]
    assert any("no Lead ID" in note for note in found.facts.notes)


@pytest.mark.parametrize(
    "header",
    [
        "Lead-ID;Vorname;Nachname;Firma/Account;E-Mail;Lead-Quelle;Lead-Status;Erstelldatum;"
        "Konvertiert",
        "Id. de candidato;Nombre;Apellidos;Compañía / Cuenta;Correo electrónico;"
        "Origen del candidato;Estado del candidato;Fecha de creación;Convertido",
    ],
)
def test_leads_of_salesforce_in_german_and_spanish(tmp_path: Path, header: str) -> None:
    text = f"{header}\n00Q1;Ana;Lopez;B;ana@b.fr;Web;Offen;17.03.2026;1\n"
    (lead,) = gather(written(tmp_path, text), settings(None)).tables["lead"]
    assert (lead["lead_id"], lead["origin"], lead["stage"]) == ("00Q1", "Web", "converted")


def test_the_weekly_export_of_salesforce_is_known_too(tmp_path: Path) -> None:
    text = (
        '"Id","IsDeleted","LastName","FirstName","Company","Email","LeadSource","Status",'
        '"IsConverted","CreatedDate"\n'
        '"00Q1","0","Lopez","Ana","B","ana@b.fr","Web","Open","false","2026-03-17T09:30:00.000Z"\n'
    )
    (lead,) = gather(written(tmp_path, text), settings(None)).tables["lead"]
    assert lead["created_on"] == dt.datetime(2026, 3, 17, 9, 30, tzinfo=dt.UTC)


OPPORTUNITIES = {
    "en": "Opportunity Name,Type,Lead Source,Amount,Expected Revenue,Close Date,Next Step,Stage,"
    "Probability (%),Fiscal Period,Age,Created Date,Opportunity Owner,Owner Role,Account Name\n"
    "Boxes,New,Web,1500.50,1500.50,05/31/2026,,Closed Won,100,Q2-2026,20,03/17/2026,Sam,,B\n"
    "Boxes,New,,900.00,90.00,12/31/2027,,Prospecting,10,Q4-2027,20,03/18/2026,Sam,,C\n",
    "de": "Opportunity-Name;Lead-Quelle;Betrag;Schlusstermin;Phase;Erstelldatum;Accountname\n"
    "Boxes;Web;1.500,50;31.05.2026;Gewonnen;17.03.2026;B\n"
    "Boxes;;900,00;31.12.2027;Angebot;18.03.2026;C\n",
    "es": "Nombre de la oportunidad;Origen del candidato;Importe;Fecha de cierre;Etapa;"
    "Fecha de creación;Nombre de la cuenta\n"
    "Boxes;Web;1.500,50;31/05/2026;Cerrada ganada;17/03/2026;B\n"
    "Boxes;;900,00;31/12/2027;Propuesta;18/03/2026;C\n",
    "fr": "Nom de l'opportunité;Origine de la piste;Montant;Date de clôture;Étape;"
    "Date de création;Nom du compte\n"
    "Boxes;Web;1 500,50;31/05/2026;Affaire gagnée;17/03/2026;B\n"
    "Boxes;;900,00;31/12/2027;Proposition;18/03/2026;C\n",
}


@pytest.mark.parametrize("language", OPPORTUNITIES)
def test_opportunities_of_salesforce_in_four_languages(tmp_path: Path, language: str) -> None:
    found = gather(written(tmp_path, OPPORTUNITIES[language]), settings(None))
    won, open_ = found.tables["lead"]
    assert won["lead_id"] != open_["lead_id"]
    assert won["amount"] == Decimal("1500.5")
    assert won["currency"] == "EUR"
    assert won["won_on"] == dt.datetime(2026, 5, 30, 22, tzinfo=dt.UTC)
    assert (won["origin"], open_["origin"], open_["won_on"]) == ("Web", None, None)
    assert found.aside == []


def test_a_line_of_products_does_not_make_an_opportunity_twice(tmp_path: Path) -> None:
    text = (
        "Opportunity ID,Opportunity Name,Amount,Close Date,Stage,Created Date,Won,Product Name\n"
        "006A,Boxes,10.00,05/31/2026,Fermée,03/17/2026,1,Soap\n"
        "006A,Boxes,10.00,05/31/2026,Fermée,03/17/2026,1,Brush\n"
    )
    found = gather(written(tmp_path, text), settings(None))
    (lead,) = found.tables["lead"]
    assert lead["won_on"] is not None  # the column says so, whatever the stage is called
    assert found.codes == {"repeated_order": 1}


def test_deals_of_pipedrive(tmp_path: Path) -> None:
    text = (
        "Deal - ID,Deal - Title,Deal - Value,Deal - Currency of Value,Deal - Status,Deal - Stage,"
        "Deal - Contact person,Deal - Deal created,Deal - Won time,Deal - Expected close date\n"
        "1,Boxes,1500.5,EUR,Won,Negotiation,Ana Lopez,2026-03-17 09:30:00,2026-05-31 10:00:00,\n"
        "2,Boxes,,USD,Open,Contact made,Bo Ek,2026-03-18 09:30:00,,2027-01-01\n"
    )
    found = gather(written(tmp_path, text), settings(None))
    won, open_ = found.tables["lead"]
    assert (won["amount"], won["currency"]) == (Decimal("1500.5"), "EUR")
    assert won["won_on"] == dt.datetime(2026, 5, 31, 8, tzinfo=dt.UTC)
    assert (open_["won_on"], open_["amount"], open_["currency"]) == (None, None, None)
    assert "Ana" not in str(found.tables)


def test_the_two_files_of_olist_make_one_row_of_a_lead_in_either_order(
    shared_data: Path, tmp_path: Path
) -> None:
    folder = shared_data / "leads" / "olist"
    counts = []
    for number, order in enumerate(permutations(sorted(folder.glob("*.csv")))):
        record = Record(tmp_path / f"record{number}", key=b"a key")
        for path in order:
            load = record.load(read(path, settings(None)))
            assert load.rows_in == load.rows_kept + load.rows_aside
            assert load.rows_aside == 0
        with open_engine("duckdb", time_zone="UTC", temp=tmp_path / "temp") as engine:
            rows = engine.collect(table_frame(engine, record, "lead")).to_pylist()
        facts = ("lead_id", "created_on", "origin", "stage", "won_on", "amount")
        counts.append(sorted(tuple(str(row[name]) for name in facts) for row in rows))
        won = [row for row in rows if row["won_on"]]
        assert (len(rows), len(won)) == (8000, 842)
        assert all(row["created_on"] and row["amount"] is None for row in won)
        assert sum(row["origin"] == "Organic Search" for row in rows) == 2296
    assert counts[0] == counts[1]
