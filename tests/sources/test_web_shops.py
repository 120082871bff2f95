"""Exports of WooCommerce and PrestaShop, and payments of Stripe, become orders of somebody."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal
from pathlib import Path

import pytest
from tests.sources.helpers import gather, settings, written

from rapport.errors import Problem
from rapport.settings import SourceSettings
from rapport.sources.registry import recognise

ANALYTICS = (
    'Date,"Order #","N. Revenue (formatted)",Status,Customer,"Customer type",Product(s),'
    '"Items sold",Coupon(s),"Net Sales",Attribution\n'
    '2026-02-17 09:30:00,101,"€25.00",completed,Ana Lopez,new,"2× Tea, 1× Cup",3,MAY,25.00,Direct\n'
    '2026-02-19 10:00:00,101,"-€5.00",completed,Ana Lopez,returning,"-1× Cup",-1,,-5.00,\n'
    '2026-02-18 09:30:00,102,"€9.00",cancelled,Bo,new,1× Cup,1,,9.00,\n'
    '2026-02-18 09:31:00,103,"€9.00",on-hold,Bo,new,1× Cup,1,,9.00,\n'
    '2026-02-18 09:31:00,104,"€9.00",processing,Bo,new,1× Cup,one,,9.00,\n'
)


def test_orders_of_analytics_are_sales_to_somebody_unknown(tmp_path: Path) -> None:
    found = gather(written(tmp_path, ANALYTICS), settings(None))
    assert found.facts.source == "woocommerce"
    lines = found.tables["purchase_line"]
    assert [
        (r["purchase_id"], r["line"], r["quantity"], r["revenue"], r["is_return"], r["coupon"])
        for r in lines
    ] == [
        ("101", 1, 3.0, Decimal(25), False, "MAY"),
        ("101", 2, -1.0, Decimal(-5), True, None),
        ("103", 1, 1.0, Decimal(9), False, None),
    ]
    assert lines[0]["ordered_on"] == dt.datetime(2026, 2, 17, 8, 30, tzinfo=dt.UTC)
    assert {line.get("account_id") for line in lines} == {None}
    assert found.codes == {"not_paid": 1, "not_a_number": 1}
    assert found.reasons[0] == (
        4, "The order brought no money: it was cancelled, failed or not yet paid.",
    )  # fmt: skip


def test_customers_of_analytics(tmp_path: Path) -> None:
    text = (
        'Name,Username,"Last Active","Sign Up",Email,Orders,"Total Spend",AOV,"Country / Region",'
        'City,Region,"Postal Code","Billing Phone","Shipping Phone",Role\n'
        "Ana Lopez,ana,2026-02-17,2025-01-02 10:00:00,Ana@B.fr,2,50,25,FR,Paris,,75011,"
        "+33612345678,,customer\n"
        "Bo Ek,,2026-02-17,,,1,9,9,SE,,,,,,\n"
    )
    found = gather(written(tmp_path, text), settings(None))
    (row,) = found.tables["account"]
    assert (row["account_id"], row["name"], row["country"]) == ("ana@b.fr", "Ana Lopez", "FR")
    assert row["created"] == dt.datetime(2025, 1, 2, 9, tzinfo=dt.UTC)
    assert found.codes == {"no_address": 1}


LINES = (
    '"Order Number","Order Status","Order Date","Customer Note","First Name (Billing)",'
    '"Last Name (Billing)","Company (Billing)","Address 1&2 (Billing)","City (Billing)",'
    '"State Code (Billing)","Postcode (Billing)","Country Code (Billing)","Email (Billing)",'
    '"Phone (Billing)","Item #",SKU,"Item Name",Quantity,"Item Cost","Order Line (w/o tax)",'
    '"Coupon Code","Cart Discount Amount","Order Subtotal Amount","Order Refund Amount",'
    '"Order Total Amount"\n'
    '101,Completed,"2026-02-17 09:30","ring twice",Ana,Lopez,,"1 rue X",Paris,,75011,FR,'
    "Ana@B.fr,0612345678,1,T,Tea,2,10.00,18.00,MAY,3.00,30.00,6.00,36.00\n"
    '101,Completed,"2026-02-17 09:30",,Ana,Lopez,,"1 rue X",Paris,,75011,FR,'
    "Ana@B.fr,0612345678,2,C,Cup,1,10.00,9.00,MAY,3.00,30.00,6.00,36.00\n"
    '102,Refunded,"2026-02-18 09:30",,Bo,Ek,,,,,,SE,,"+46 70 111 22 33",1,C,Cup,1,10.00,10.00,,'
    "0.00,10.00,,12.00\n"
    '103,Failed,"2026-02-18 09:30",,Bo,Ek,,,,,,SE,,"+46 70 111 22 33",1,C,Cup,1,10.00,10.00,,'
    "0.00,10.00,,12.00\n"
)


def test_lines_of_a_plugin_are_orders_of_an_address(tmp_path: Path) -> None:
    found = gather(written(tmp_path, LINES), settings(None))
    orders = found.tables["purchase"]
    assert [
        (r["purchase_id"], r["account_id"], r["revenue"], r["discount"], r["refund"])
        for r in orders
    ] == [
        ("101", "ana@b.fr", Decimal(27), Decimal(3), Decimal(6)),
        ("102", "+46701112233", Decimal(10), Decimal(0), Decimal(10)),
    ]
    lines = found.tables["purchase_line"]
    assert [(r["purchase_id"], r["line"], r["product"], r["revenue"]) for r in lines] == [
        ("101", 1, "Tea", Decimal(18)),
        ("101", 2, "Cup", Decimal(9)),
        ("102", 1, "Cup", Decimal(10)),
    ]
    assert sum(r["revenue"] for r in lines[:2]) == orders[0]["revenue"]
    known = {(r["account_id"], r["kind"], r["value"]) for r in found.tables["identifier"]}
    assert ("ana@b.fr", "phone", "0612345678") in known
    assert "ring twice" not in str(found.tables)
    assert found.codes == {"not_paid": 1}


def test_the_same_plugin_with_a_row_for_each_order(tmp_path: Path) -> None:
    text = (
        '"Order Number","Order Status","Order Date","Email (Billing)","Order Subtotal Amount",'
        '"Cart Discount Amount","Order Refund Amount"\n'
        "101,Completed,2026-02-17 09:30,ana@b.fr,30.00,3.00,0\n"
        "101,Completed,2026-02-17 09:30,ana@b.fr,30.00,3.00,0\n"
    )
    found = gather(written(tmp_path, text), settings(None))
    (row,) = found.tables["purchase"]
    assert (row["revenue"], row["refund"]) == (Decimal(27), Decimal(0))
    assert found.codes == {"repeated_row": 1}


def test_orders_of_webtoffee(tmp_path: Path) -> None:
    text = (
        "order_id,order_number,order_date,paid_date,status,shipping_total,tax_total,"
        "discount_total,order_total,order_subtotal,order_currency,customer_email,"
        "billing_first_name,billing_last_name,billing_email,billing_phone,billing_postcode,"
        "billing_country,coupon_items,refund_items,line_item_1\n"
        "9101,101,2026-02-17 09:30:00,,completed,5,6,3.00,38.00,30.00,SEK,,Ana,Lopez,ana@b.fr,,"
        "75011,FR,code:MAY|amount:3.00,,name:Tea|quantity:2\n"
        "9102,102,2026-02-18 09:30:00,,refunded,5,6,0,21.00,10.00,SEK,,Bo,Ek,bo@b.fr,,,SE,,,\n"
        "9103,103,2026-02-18 09:30:00,,wc-cancelled,5,6,0,21.00,10.00,SEK,,Bo,Ek,bo@b.fr,,,SE,,,\n"
    )
    found = gather(written(tmp_path, text), settings(None))
    first, second = found.tables["purchase"]
    assert (first["revenue"], first["refund"], first["coupon"], first["currency"]) == (
        Decimal(27), None, "MAY", "SEK",
    )  # fmt: skip
    assert second["refund"] == Decimal(10)
    assert found.codes == {"not_paid": 1}


PAYMENTS = (
    "id,Created date (UTC),Amount,Amount Refunded,Currency,Captured,Converted Amount,"
    "Converted Amount Refunded,Converted Currency,Decline Reason,Description,Fee,Mode,Status,"
    "Seller Message,Card Name,Card Last4,Card Address Zip,Card Address Country,Customer ID,"
    "Customer Email,Disputed Amount,Dispute Status\n"
    "ch_1,2026-05-01 23:30:00,49.90,10.00,usd,true,45.00,9.00,eur,,Order,1.70,Live,Paid,ok,"
    "Ana Lopez,4242,75011,FR,cus_1,Ana@B.fr,,\n"
    "ch_2,2026-05-02 10:00:00,20.00,0.00,eur,true,20.00,0.00,eur,,Order,0.50,Live,Paid,ok,"
    ",4242,,,,bo@b.fr,20.00,lost\n"
    "ch_3,2026-05-02 10:05:00,20.00,0.00,eur,false,,,,insufficient_funds,Order,0.00,Live,Failed,"
    "no,,4242,,,,bo@b.fr,,\n"
    "ch_4,2026-05-02 10:06:00,20.00,0.00,eur,false,,,,,Order,0.00,Live,Paid,ok,,,,,,bo@b.fr,,\n"
    "ch_5,2026-05-02 10:07:00,20.00,0.00,eur,true,,,,,Order,0.00,Test,Paid,ok,,,,,,bo@b.fr,,\n"
    "ch_6,2026-05-02 10:08:00,20.00,0.00,eur,true,,,,,Order,0.00,Live,Odd,ok,,,,,,bo@b.fr,,\n"
    "ch_7,2026-05-02 10:09:00,5.00,5.00,eur,true,,,,,Order,0.00,Live,Refunded,ok,,,,,,,,\n"
)


def test_payments_of_stripe_count_where_money_moved(tmp_path: Path) -> None:
    found = gather(written(tmp_path, PAYMENTS), settings(None))
    rows = found.tables["purchase"]
    assert [
        (r["purchase_id"], r["account_id"], r["revenue"], r["refund"], r["currency"]) for r in rows
    ] == [
        ("ch_1", "cus_1", Decimal("49.9"), Decimal(10), "USD"),
        ("ch_2", "bo@b.fr", Decimal(20), Decimal(20), "EUR"),
        ("ch_7", None, Decimal(5), Decimal(5), "EUR"),
    ]
    # The brand is in Paris; the header says that the times are UTC.
    assert rows[0]["ordered_on"] == dt.datetime(2026, 5, 1, 23, 30, tzinfo=dt.UTC)
    assert rows[0]["zone"] == "UTC"
    assert found.codes == {
        "not_paid": 1, "not_captured": 1, "test_payment": 1, "unknown_status": 1,
    }  # fmt: skip
    assert (4, "The payment failed, was called off or is not finished: no money moved.") in (
        found.reasons
    )
    assert "4242" not in str(found.tables)


def test_older_payments_and_a_french_spreadsheet(tmp_path: Path) -> None:
    text = (
        "id;Description;Created (UTC);Amount;Amount Refunded;Currency;Status;Customer ID\n"
        "ch_1;Order;2026-05-01 23:30;49,90;0,00;eur;Paid;cus_1\n"
    )
    (row,) = gather(written(tmp_path, text), settings(None)).tables["purchase"]
    assert (row["revenue"], row["currency"]) == (Decimal("49.9"), "EUR")


def test_customers_of_stripe_are_the_payers(tmp_path: Path) -> None:
    text = (
        "id,Description,Email,Name,Created (UTC),Delinquent,Plan,Status,Total Spend,"
        "Payment Count,Refunded Volume,Dispute Losses\n"
        "cus_1,,Ana@B.fr,Ana Lopez,2026-04-30 23:30,false,,,49.90,1,10.00,0.00\n"
    )
    found = gather(written(tmp_path, text), settings(None))
    (row,) = found.tables["account"]
    assert (row["account_id"], row["name"]) == ("cus_1", "Ana Lopez")
    assert row["created"] == dt.datetime(2026, 4, 30, 23, 30, tzinfo=dt.UTC)


def test_the_balance_of_stripe_is_refused(tmp_path: Path) -> None:
    text = (
        "id,Type,Source,Amount,Fee,Net,Currency,Created (UTC),Available On (UTC),Description\n"
        "txn_1,charge,ch_1,25.00,1.03,23.97,eur,2026-05-01 10:00,2026-05-08 00:00,Order\n"
    )
    with pytest.raises(Problem, match="fees and payouts stand among the payments") as caught:
        gather(written(tmp_path, text), settings(None))
    assert "Export the payments" in str(caught.value)


PRESTA = {
    "en": "ID;Reference;New client;Delivery;Customer;Total;Payment;Status;Date\n"
    "7;XKBKNABJK;1;France;J. DOE;€1,061.50;Card;Payment accepted;2026-02-17 09:30:00\n"
    "8;OHSATSERP;0;France;J. DOE;£69.90;Card;Canceled;2026-02-18 09:30:00\n"
    "9;OHSATSERQ;0;France;J. DOE;£69.90;Card;Refunded;2026-02-18 09:31:00\n",
    "fr": "ID;Référence;Nouveau client;Livraison;Client;Total;Paiement;État;Date\n"
    "7;XKBKNABJK;1;France;J. DOE;1 061,50 €;CB;Paiement accepté;17/02/2026 09:30:00\n"
    "8;OHSATSERP;0;France;J. DOE;69,90 £;CB;Annulé;18/02/2026 09:30:00\n"
    "9;OHSATSERQ;0;France;J. DOE;69,90 £;CB;Remboursé;18/02/2026 09:31:00\n",
    "de": "ID;Bestellnummer;Neuer Kunde;Lieferung;Kunde;Summe;Zahlung;Status;Datum\n"
    "7;XKBKNABJK;1;France;J. DOE;1.061,50 €;Karte;Bezahlt;17.02.2026 09:30:00\n"
    "8;OHSATSERP;0;France;J. DOE;69,90 £;Karte;Storniert;18.02.2026 09:30:00\n"
    "9;OHSATSERQ;0;France;J. DOE;69,90 £;Karte;Erstattet;18.02.2026 09:31:00\n",
    "es": "ID;Referencia;Nuevo cliente;Entrega;Cliente;Total;Pago;Estado;Fecha\n"
    "7;XKBKNABJK;1;France;J. DOE;1.061,50 €;Tarjeta;Pago aceptado;17/02/2026 09:30:00\n"
    "8;OHSATSERP;0;France;J. DOE;69,90 £;Tarjeta;Cancelado;18/02/2026 09:30:00\n"
    "9;OHSATSERQ;0;France;J. DOE;69,90 £;Tarjeta;Reembolsado;18/02/2026 09:31:00\n",
}


@pytest.mark.parametrize("language", PRESTA)
def test_orders_of_prestashop_in_four_languages(tmp_path: Path, language: str) -> None:
    found = gather(written(tmp_path, PRESTA[language]), settings(None))
    assert found.facts.source == "prestashop"
    first, second = found.tables["purchase"]
    assert (first["purchase_id"], first["revenue"], first["currency"], first["refund"]) == (
        "7", Decimal("1061.5"), "EUR", None,
    )  # fmt: skip
    assert (second["currency"], second["refund"]) == ("GBP", Decimal("69.9"))
    assert first["ordered_on"] == dt.datetime(2026, 2, 17, 8, 30, tzinfo=dt.UTC)
    assert first.get("account_id") is None
    assert found.codes == {"not_paid": 1}


def test_an_amount_without_a_sign_is_in_the_shops_currency(tmp_path: Path) -> None:
    text = PRESTA["en"].replace("€1,061.50", "1061.50 CHF").replace("£", "")
    how = settings(None).model_copy(
        update={"sources": {"prestashop": SourceSettings(currency="SEK")}}
    )
    assert gather(written(tmp_path, text), how).column("currency") == ["CHF", "SEK"]


def test_customers_of_prestashop(tmp_path: Path) -> None:
    text = (
        '"ID";"Social title";"First name";"Last name";"Email address";"Group";"Company";"Sales";'
        '"Enabled";"Newsletter";"Partner offers";"Registration";"Last visit"\n'
        '"2";"Mrs.";"Ana";"Lopez";"Ana@B.fr";"Customer";"";"€50.00";"1";"1";"0";'
        '"2026-01-02 10:00:00";"2026-02-17 09:30:00"\n'
    )
    found = gather(written(tmp_path, text), settings(None))
    assert recognise(written(tmp_path, text), settings(None)).source == "prestashop"
    (row,) = found.tables["account"]
    assert (row["account_id"], row["name"]) == ("2", "Ana Lopez")
    known = {(r["kind"], r["value"]) for r in found.tables["identifier"]}
    assert known == {("email", "ana@b.fr"), ("name", "ana lopez")}


@pytest.mark.parametrize(
    "header",
    [
        "Date;N° de commande;État;Client;Type de client;Produit(s);Articles vendus;Ventes nettes",
        "Datum;Bestellnummer;Status;Kunde;Kundentyp;Produkt(e);Verkaufte Artikel;Nettoumsatz",
        "Fecha;N.º de pedido;Estado;Cliente;Tipo de cliente;Producto(s);Artículos vendidos;"
        "Ventas netas",
        "Datum;Ordernr;Status;Kund;Kundtyp;Produkt(er);Sålda artiklar;Nettoförsäljning",
    ],
)
@pytest.mark.parametrize("state", ["Annulée", "Storniert", "Cancelado", "Avbruten"])
def test_analytics_in_other_languages(tmp_path: Path, header: str, state: str) -> None:
    rows = (
        f"2026-02-17 09:30;101;ok;Ana;new;2× Tea;2;25,50\n2026-02-18;102;{state};Bo;new;x;1;9,00\n"
    )
    found = gather(written(tmp_path, f"{header}\n{rows}"), settings(None))
    (line,) = found.tables["purchase_line"]
    assert (line["purchase_id"], line["revenue"]) == ("101", Decimal("25.5"))
    assert found.codes == {"not_paid": 1}


@pytest.mark.parametrize(
    "header",
    [
        "ID;Titre de civilité;Prénom;Nom;Adresse e-mail;Ventes;Offres partenaires;Inscription",
        "ID;Anrede;Vorname;Nachname;E-Mail-Adresse;Umsatz;Partnerangebote;Registrierung",
        "ID;Tratamiento;Nombre;Apellidos;Dirección de correo electrónico;Ventas;"
        "Ofertas de socios;Registro",
        "ID;Titel;Förnamn;Efternamn;E-postadress;Försäljning;Partnererbjudanden;Registrering",
    ],
)
def test_customers_of_prestashop_in_other_languages(tmp_path: Path, header: str) -> None:
    text = f"{header}\n2;x;Ana;Lopez;ana@b.fr;50;0;2026-01-02 10:00:00\n"
    found = gather(written(tmp_path, text), settings(None))
    assert found.facts.source == "prestashop"
    assert found.column("name", "account") == ["Ana Lopez"]
