"""Names, e-mails, phones and handles as French and English people write them."""

from __future__ import annotations

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.people import contacts
from rapport.people.evidence import read_evidence
from rapport.people.names import fold, parse_name, sound


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Éloïse Lefèvre", "ELOISE LEFEVRE"),
        ("DUPONT Jean", "Jean Dupont"),
        ("Dupont, Jean", "M. Jean DUPONT"),
        ("Jean-Pierre de la Tour", "Jean Pierre Delatour"),
        ("Seán O'Brien", "sean obrien"),
        ("Kate McDonald", "Catherine Mc Donald"),
        ("Bob Smith", "Robert Smith"),
        ("Anne-Sophie d’Aubigny", "Anne Sophie Daubigny"),
        ("Van den Berg, Tom", "Thomas Vandenberg"),
        ("Martin Sophie", "Sophie Martin"),
        ("Zoé Bœuf", "zoe boeuf"),
    ],
)
def test_two_ways_of_writing_one_name_are_one(one: str, other: str) -> None:
    assert parse_name(one).whole == parse_name(other).whole != ""


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jean Dupont", "Marie Dupont"),
        ("Paul Martin", "Paul Moreau"),
        ("Alexandre R", "Alexandra R"),
    ],
)
def test_two_people_stay_two(one: str, other: str) -> None:
    assert parse_name(one).whole != parse_name(other).whole


def test_an_initial_is_no_whole_name() -> None:
    assert parse_name("S. Garnier").whole == ""
    assert parse_name("S. Garnier").family == "garnier"


@settings(deadline=None)
@given(st.text(max_size=80))
def test_any_text_can_be_read_and_is_plain_afterwards(text: str) -> None:
    name = parse_name(text)
    assert all(part.isascii() and part == part.lower() for part in name)
    assert parse_name(text.upper()).family.isascii()
    email = contacts.parse_email(text)
    assert email.address == "" or "@" in email.address
    number = contacts.parse_phone(text, "FR")
    assert number == "" or number.startswith("+")
    assert "@" not in contacts.parse_handle(text)
    assert len(sound(fold(text))) <= 6


def test_the_ways_in_which_a_handle_spells_a_name() -> None:
    rows = [(0, "Jean Dupont"), (1, "J. Dupont"), (2, "Al Po"), (3, "Zoé"), (4, "Élise de la Tour")]
    nodes, names = zip(*rows, strict=True)
    known = pa.table({"node": nodes, "kind": ["name"] * len(rows), "value": names})
    spelt = read_evidence(known).spelt.to_pylist()
    told = {(row["node"], row["key"], row["form"]) for row in spelt}
    assert told == {
        (0, "jeandupont", "full"), (0, "dupontjean", "full"), (0, "jdupont", "initial"),
        (0, "dupontj", "initial"), (4, "elisedelatour", "full"), (4, "delatourelise", "full"),
        (4, "edelatour", "initial"), (4, "delatoure", "initial"), (4, "elised", "initial"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("Jean.Dupont@gmail.com", "jeandupont@gmail.com"),
        ("jeandupont+shop@GoogleMail.com ", "jeandupont@gmail.com"),
        ("J.Dupont+x@orange.fr", "j.dupont@orange.fr"),
        ("mailto:a@b.fr", "a@b.fr"),
        ("a@b", ""),
        ("not an address", ""),
    ],
)
def test_emails(typed: str, address: str) -> None:
    assert contacts.parse_email(typed).address == address


def test_a_mistyped_domain_is_not_put_right_in_the_address_itself() -> None:
    email = contacts.parse_email("ana@gmial.com")
    assert email.address == "ana@gmial.com"
    assert email.repaired == "ana@gmail.com"


@pytest.mark.parametrize(
    ("typed", "country", "number"),
    [
        ("06.12.34.56.78", "FR", "+33612345678"),
        ("'+33 (0)6 12 34 56 78", None, "+33612345678"),
        ("0033612345678", "GB", "+33612345678"),
        ("07911 123456", "GB", "+447911123456"),
        ("(415) 555-2671", "US", "+14155552671"),
        ("0612345678", None, ""),
        ("0000000000", "FR", ""),
        ("12", "FR", ""),
    ],
)
def test_phones(typed: str, country: str | None, number: str) -> None:
    assert contacts.parse_phone(typed, country) == number
