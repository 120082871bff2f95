"""What is proposed for files of unknown shops, in five languages, and why."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.sources.helpers import NOW, gather, settings, written

from rapport.sources.mapping import file_pattern, propose
from rapport.sources.plain import targets
from rapport.sources.reading import open_table
from rapport.sources.registry import NeedsMapping, read
from rapport.sources.vocabulary import WORDS, folded, match
from rapport.workspace import Workspace

ROWS = (("A1", "2024-01-31", "K7", "19.90"), ("A2", "2024-02-01", "K8", "5.00"))


@pytest.mark.parametrize(
    "header",
    [
        ("Order ID", "Order Date", "Customer ID", "Net revenue"),
        ("order_number", "created_at", "email", "subtotal"),
        ("N° de commande", "Date d'achat", "Code client", "Montant HT"),
        ("Bestellnummer", "Bestelldatum", "Kundennr.", "Nettobetrag"),
        ("Número de pedido", "Fecha de compra", "Cliente", "Importe"),
        ("Ordernr", "Köpdatum", "Kundnummer", "Belopp"),
        ("InvoiceNo", "InvoiceDate", "CustomerID", "Amount (EUR)"),
    ],
)
def test_headers_of_five_languages(tmp_path: Path, header: tuple[str, ...]) -> None:
    text = "\n".join(";".join(row) for row in (header, *ROWS))
    proposal = propose(open_table(written(tmp_path, text)))
    names = ("purchase_id", "ordered_on", "account_id", "revenue")
    assert proposal.mapping.columns == dict(zip(names, header, strict=True))
    assert proposal.mapping.table == "purchase"
    assert not proposal.mapping.confirmed
    assert f"revenue is '{header[3]}': sure, by its name and its values." in proposal.sentences


def test_lines_are_told_from_orders_by_numbers_that_come_back(tmp_path: Path) -> None:
    text = (
        "Rechnungsnr;Datum;Kunde;Artikel;Menge;Einzelpreis\n"
        "7;2024-01-31;K1;Seife;2;3,50\n7;2024-01-31;K1;Creme;1;9,90\n8;2024-02-01;K2;Seife;1;3,50\n"
    )
    path = written(tmp_path, text)
    proposal = propose(open_table(path))
    assert proposal.mapping.table == "purchase_line"
    assert proposal.mapping.columns["revenue"] == "Menge * Einzelpreis"
    assert "One row is a line of an order: rows 2 and 3 share the order '7'." in proposal.sentences
    how = settings(proposal.mapping, confirmed=True)
    found = gather(path, how)
    assert [str(v) for v in found.column("revenue", "purchase_line")] == [
        "7.0000",
        "9.9000",
        "3.5000",
    ]
    assert found.column("line", "purchase_line") == [1, 2, 1]


def test_columns_without_telling_names_are_guessed_by_values_and_say_so(tmp_path: Path) -> None:
    rows = "\n".join(f"{n % 5},2024-01-{n % 28 + 1:02d},{n}.50" for n in range(40))
    proposal = propose(open_table(written(tmp_path, f"a,b,c\n{rows}\n")))
    assert proposal.mapping.columns == {"ordered_on": "b", "revenue": "c", "account_id": "a"}
    assert "ordered_on is 'b': a guess, since its values are dates." in proposal.sentences
    assert all(guess.confidence == 0.5 for guess in proposal.guesses)


def test_a_name_that_its_values_belie_is_not_believed(tmp_path: Path) -> None:
    text = "order id,date,price,amount\n1,2024-01-31,soap,10\n2,2024-02-01,brush,20\n"
    columns = propose(open_table(written(tmp_path, text))).mapping.columns
    assert columns["revenue"] == "amount"


def test_a_proposal_is_confirmed_through_the_workspace(tmp_path: Path) -> None:
    workspace = Workspace.create(tmp_path / "maison", brand="Maison")
    path = written(tmp_path, "Order ID,Date,Customer,Total\n1,2024-01-31,ana,10.50\n")
    with pytest.raises(NeedsMapping) as asked:
        read(path, workspace.settings, NOW)
    assert str(asked.value) == (
        "orders.csv was not read yet.\n  - orders.csv: Nobody has confirmed yet which of its "
        "columns is what. Look at mappings.orders in rapport.toml and set confirmed = true."
    )
    agreed = asked.value.mapping.model_copy(update={"confirmed": True})
    workspace.add_mapping(asked.value.name, agreed)
    found = gather(path, workspace.settings)
    assert found.facts.source == "orders"
    assert found.column("account_id") == ["ana"]


def test_a_mapping_that_nobody_confirmed_is_not_used(tmp_path: Path) -> None:
    path = written(tmp_path, "order,date,customer,amount\n1,2024-01-31,ana,10.50\n")
    with pytest.raises(NeedsMapping):
        read(path, settings(confirmed=False))


def test_returns_by_prefix_are_taken_off(tmp_path: Path) -> None:
    text = "order,date,customer,amount\n1,2024-01-31,ana,10.50\nR1,2024-02-01,ana,10.50\n"
    found = gather(written(tmp_path, text), settings(return_prefix="R"))
    assert [float(v) for v in found.column("revenue")] == [10.5, -10.5]


def test_patterns_fit_the_next_export_and_no_other_file() -> None:
    assert file_pattern("orders 2024-01 (2).csv") == "orders *.csv"
    assert file_pattern("20240131.csv") == "20240131.csv"


def test_every_column_that_can_be_proposed_is_one_of_the_record() -> None:
    allowed = {*targets("purchase"), *targets("purchase_line"), "unit_price"}
    assert set(WORDS) <= allowed
    for column, words in WORDS.items():
        for word in words:
            assert folded(word) == word, word
            assert column in dict(match(word)), word
