"""The entry point `resolve`: what it links, what it leaves apart, whatever frame it is given."""

from __future__ import annotations

import duckdb
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from rapport.errors import Problem
from rapport.people import Rules, resolve

COLUMNS = ("source", "account_id", "kind", "value")


def table(*accounts: dict[str, str | None]) -> pa.Table:
    """Accounts of a shop and others, each a dictionary of kind and value with its id in `of`."""
    rows = []
    for account in accounts:
        source, _, account_id = str(account["of"]).partition(":")
        rows += [(source, account_id, kind, v) for kind, v in account.items() if kind != "of"]
    columns = zip(*rows, strict=True) if rows else ((), (), (), ())
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(COLUMNS, columns, strict=True)})


def people(rows: pa.Table, **rules) -> set[frozenset[str]]:
    """Who is one person: sets of accounts."""
    found: dict[str, set[str]] = {}
    for row in resolve(rows, rules=Rules(**rules)).to_pylist():
        found.setdefault(row["person_id"], set()).add(f"{row['source']}:{row['account_id']}")
    return {frozenset(accounts) for accounts in found.values()}


def test_a_customer_of_till_and_web_shop_is_one_and_the_family_phone_makes_no_one_else() -> None:
    rows = table(
        {"of": "till:1", "phone": "06 12 34 56 78", "name": "DUPONT Jean"},
        {"of": "shop:a", "phone": "'+33612345678", "name": "Jean Dupont"},
        {"of": "shop:b", "phone": "0612345678", "name": "Marie Dupont"},
        {"of": "desk:9", "phone": "0612345678"},
    )
    assert people(rows) == {frozenset({"till:1", "shop:a"}), frozenset({"shop:b"}),
                            frozenset({"desk:9"})}  # fmt: skip


def test_a_mailbox_of_a_function_and_a_value_of_very_many_link_nobody() -> None:
    shared = [
        {"of": f"shop:{n}", "loyalty card": "0000", "email": "info@hotel.fr"} for n in range(30)
    ]
    assert len(people(table(*shared))) == 30


def test_a_card_ties_and_so_does_a_long_customer_number_but_not_a_short_one() -> None:
    rows = table(
        {"of": "till:1", "loyalty card": "fid-0012 34"},
        {"of": "visits:1", "loyalty card": "FID001234"},
        {"of": "web:1", "external id": "1854576032495"},
        {"of": "shop:a", "external id": "1854576032495"},
        {"of": "desk:7", "external id": "12"},
        {"of": "shop:b", "external id": "12"},
    )
    assert people(rows) == {frozenset({"till:1", "visits:1"}), frozenset({"web:1", "shop:a"}),
                            frozenset({"desk:7"}), frozenset({"shop:b"})}  # fmt: skip


def test_a_handle_that_spells_a_name_is_evidence_but_too_weak_to_merge_on() -> None:
    rows = table({"of": "ig:1", "handle": "@jdupont84"}, {"of": "shop:a", "name": "Jean Dupont"})
    assert len(people(rows)) == 2
    assert len(people(rows, above=0.1)) == 1


def test_hashes_match_exactly_and_not_otherwise() -> None:
    same, near = "0123456789abcdef" * 2, "0123456789abcdee" + "0123456789abcdef"
    rows = table(
        {"of": "till:1", "email": same}, {"of": "shop:a", "email": same},
        {"of": "shop:b", "email": near},
    )  # fmt: skip
    assert people(rows) == {frozenset({"till:1", "shop:a"}), frozenset({"shop:b"})}


def test_who_has_too_many_accounts_is_questioned_and_not_merged() -> None:
    rows = table(*({"of": f"shop:{n}", "email": "one@x.fr", "name": "Ann Lee"} for n in range(9)))
    assert len(people(rows)) == 1
    assert len(people(rows, most=5)) == 9


@pytest.mark.parametrize(
    "rows",
    [
        table(),
        table({"of": "shop:a", "email": "a@b.fr"}),
        table({"of": "shop:a", "email": None}, {"of": "shop:b", "name": ""}),
        table(
            {"of": "a:1", "name": "=cmd|' /C calc'!A0", "email": "<script>@x.fr"},
            {"of": "a:2", "name": "\u202eRTL\x00", "phone": "x" * 100_000},
            {"of": "a:3", "birth date": "soon", "postcode": "'"},
        ),
    ],
)
def test_little_or_hostile_data_gives_each_account_its_own_person(rows: pa.Table) -> None:
    links = resolve(rows)
    accounts = set(zip(rows["source"].to_pylist(), rows["account_id"].to_pylist(), strict=True))
    assert links.num_rows == len(accounts) == len(set(links["person_id"].to_pylist()))
    assert all(row["probability"] == 1.0 and not row["weak"] for row in links.to_pylist())


def test_any_kind_of_frame_gives_the_same_links() -> None:
    rows = table({"of": "till:1", "email": "A@b.fr"}, {"of": "shop:a", "email": "a@B.fr "})
    wanted = resolve(rows).to_pylist()
    assert {row["person_id"] for row in wanted} == {"shop:a"}
    assert {row["evidence"] for row in wanted} == {"email"}
    frame = resolve(rows.to_pandas())
    assert isinstance(frame, pd.DataFrame)
    assert frame.to_dict("records") == wanted
    assert resolve(pl.from_arrow(rows)).to_dicts() == wanted
    assert resolve(pl.from_arrow(rows).lazy()).collect().to_dicts() == wanted
    with duckdb.connect() as connection:
        relation = connection.from_arrow(rows)
        assert resolve(relation).to_pylist() == wanted
        del relation


def test_a_missing_column_and_an_unknown_kind_are_told() -> None:
    with pytest.raises(Problem, match="account_id"):
        resolve(pa.table({"source": ["a"], "account": ["1"], "kind": ["email"], "value": ["x"]}))
    with pytest.raises(Problem, match="emial"):
        resolve(table({"of": "a:1", "emial": "x@y.fr"}))
