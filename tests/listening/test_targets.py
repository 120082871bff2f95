"""Names in messages, and how writers feel about each of them."""

from __future__ import annotations

import time
from itertools import pairwise
from pathlib import Path

import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.errors import Problem
from rapport.listening import mentions
from rapport.listening.named.clauses import clauses, comparisons
from rapport.listening.named.finding import Finder
from rapport.listening.named.names import Name, named, read_names, with_handles, write_names
from rapport.listening.named.near import apart

NAMES = named(
    [
        {"name": "Maison Alizé", "kind": "brand", "aliases": "Alizé", "hashtags": "#lesalizes"},
        {"name": "Kusmiya", "kind": "competitor"},
        {"name": "Orange", "kind": "competitor"},
        {"name": "H&M", "kind": "competitor"},
        {"name": "Théière Alba", "kind": "product"},
        {"name": "Claire Montel", "kind": "person", "handles": "@cmontel"},
    ]
)
FINDER = Finder(NAMES)


def found(text: str) -> list[str]:
    return [NAMES[each.name].name for each in FINDER.find(text)]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("la maison alize m'a répondu", ["Maison Alizé"]),
        ("MAISON ALIZÉ ne répond pas", ["Maison Alizé"]),
        ("les maisons-alizés", ["Maison Alizé"]),
        ("la masion Alizé", ["Maison Alizé"]),
        ("maisonalize c'est top", ["Maison Alizé"]),
        ("merci @MaisonAlize_FR !", ["Maison Alizé"]),
        ("#BoycottMaisonAlize", ["Maison Alizé"]),
        ("#LesAlizés", ["Maison Alizé"]),
        ("voir www.maisonalize.fr/thes", ["Maison Alizé"]),
        ("des théières Alba ou une theiere alba", ["Théière Alba", "Théière Alba"]),
        ("Kusmyia est cher", ["Kusmiya"]),
        ("pas de kusmi ici", []),
        ("la maison est belle", []),
        ("@cmontel bonjour, Claire Montel ?", ["Claire Montel", "Claire Montel"]),
        ("je quitte Orange", ["Orange"]),
        ("merci orange", ["Orange"]),
        ("chez orange on attend", ["Orange"]),
        ("une orange bien mûre", []),
        ("Orange pressée ce matin", []),
        ("JE VEUX UNE ORANGE", []),
        ("paul@orange.fr m'écrit", []),
        ("@Orange orange répond enfin", ["Orange", "Orange"]),
        ("un jean h&m", ["H&M"]),
        ("à 8 h m. Dupont", []),
        ("", []),
        (None, []),
    ],
)
def test_names_are_found_as_people_write_them(text, names) -> None:
    assert found(text) == names


def test_a_word_of_the_language_is_not_a_misspelt_name() -> None:
    names = [Name("Maisan")]
    assert Finder(names).find("la maison")
    assert not Finder(names, lambda word: word == "maison").find("la maison")


@given(st.text(max_size=60), st.text(max_size=60))
def test_a_name_is_found_wherever_it_stands(before, after) -> None:
    text = f"{before} Kusmiya {after}"
    spans = [(each.start, each.end) for each in FINDER.find(text)]
    assert all(0 <= start < end for start, end in spans)
    assert "Kusmiya" in found(text)


@given(st.text("abcde", max_size=8), st.text("abcde", max_size=8))
def test_the_distance_of_spellings_is_one(one, other) -> None:
    near = apart(one, other, 2)
    assert near == apart(other, one, 2)
    assert (near == 0) == (one == other)
    if one:
        assert apart(one, one[1:], 2) == 1


@given(st.text(max_size=200))
@settings(max_examples=200)
def test_clauses_part_a_text_without_overlap(text) -> None:
    parts = clauses(text)
    assert parts
    assert all(a.end <= b.start for a, b in pairwise(parts))


BRAND = {"Maison Alizé": "positive", "Kusmiya": "negative"}
RIVAL = {"Maison Alizé": "negative", "Kusmiya": "positive"}
# (text, {name: sentiment}); written before the rules were looked at again, none is left out.
AIMED = [
    ("J'adore Maison Alizé mais Kusmiya c'est vraiment horrible", {"Maison Alizé": "positive"}),
    ("Maison Alizé is way better than Kusmiya", BRAND),
    ("Kusmiya est bien meilleur que Maison Alizé", RIVAL),
    ("Je suis passée de Kusmiya à Maison Alizé", BRAND),
    ("I switched from Maison Alizé to Kusmiya", RIVAL),
    ("Unlike Kusmiya, Maison Alizé answers fast, lovely people", BRAND),
    ("Contrairement à Kusmiya, Maison Alizé répond vite et bien, bravo", BRAND),
    ("Maison Alizé n'est pas mieux que Kusmiya", {"Maison Alizé": "negative"}),
    ("I prefer Kusmiya to Maison Alizé", RIVAL),
    ("Je préfère Maison Alizé à Kusmiya", BRAND),
    ("Bye bye Maison Alizé, je passe chez Kusmiya", RIVAL),
    ("Le colis Maison Alizé est arrivé cassé, alors que chez Kusmiya tout était parfait", RIVAL),
    ("moins cher que Kusmiya et délicieux, merci Maison Alizé", BRAND),
    ("Maison Alizé is worse than Kusmiya", RIVAL),
    ("Kusmiya > Maison Alizé", RIVAL),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), AIMED)
def test_praise_of_a_rival_is_not_praise_of_the_brand(text, expected) -> None:
    said = {row["target"]: row["sentiment"] for row in mentions([text], NAMES).to_pylist()}
    assert expected.items() <= said.items()


OWN = [
    ("Franchement mieux que chez Kusmiya !", BRAND),
    ("Je passe chez Kusmiya", RIVAL),
    ("Votre service est nul. Chez Kusmiya c’est super, j’adore", RIVAL),
    ("Trop déçue, la théière fuit", {"Maison Alizé": "negative"}),
]  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), OWN)
def test_a_message_to_the_brand_is_about_it_without_its_name(text, expected) -> None:
    rows = mentions([text], NAMES, own=[True]).to_pylist()
    assert {row["target"]: row["sentiment"] for row in rows} == expected
    elsewhere = {row["target"] for row in mentions([text], NAMES).to_pylist()}
    assert "Maison Alizé" not in elsewhere


def test_two_names_in_one_clause_share_what_is_said() -> None:
    rows = mentions(["Kusmiya et Maison Alizé, jamais déçue, je les adore"], NAMES).to_pylist()
    assert {row["positive"] for row in rows} == {rows[0]["positive"]}
    assert len(rows) == 2


def test_any_library_gives_a_frame_of_its_own() -> None:
    said = mentions(pl.Series(["Kusmiya", None, "rien"]), ["Kusmiya"])
    assert isinstance(said, pl.DataFrame)
    assert said["message"].to_list() == [0]
    assert mentions(pa.array(["rien"]), ["Kusmiya"]).num_rows == 0


def test_probabilities_add_up() -> None:
    for row in mentions([text for text, _ in AIMED], NAMES).to_pylist():
        assert row["negative"] + row["neutral"] + row["positive"] == pytest.approx(1, abs=1e-5)


def test_a_list_is_written_and_read_again(tmp_path: Path) -> None:
    names = (*NAMES, Name("=2+3", "product", aliases=("@SUM",)), Name("Orange Amère", "product"))
    write_names(tmp_path / "names.csv", names)
    content = (tmp_path / "names.csv").read_text("utf-8-sig")
    assert "'=2+3" in content
    assert read_names(tmp_path / "names.csv") == names


def test_a_list_of_a_french_spreadsheet_is_read(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_bytes("Name;Kind;Common\r\nOrange;competitor;non\r\n;;\r\n".encode("utf-8-sig"))
    assert read_names(path) == (Name("Orange", "competitor", common=False),)


def test_every_fault_of_a_list_is_told_at_once(tmp_path: Path) -> None:
    path = tmp_path / "names.csv"
    path.write_text(
        "name,kind,aliases,common\nA B,brnd,,\n!!,brand,,maybe\nX,brand,Y,\nY,brand,,\n"
    )
    with pytest.raises(Problem) as problem:
        read_names(path)
    told = str(problem.value)
    assert len(problem.value.faults) == 4
    assert "Did you mean brand?" in told
    assert ":3: '!!' is not a name." in told
    assert "'y' stands for X and Y." in told


def test_the_brands_own_accounts_are_its_handles() -> None:
    names = with_handles([Name("Kusmiya", "competitor")], "Maison Alizé", ["@alize", "alize"])
    assert [(each.name, each.handles) for each in names] == [
        ("Maison Alizé", ("alize",)),
        ("Kusmiya", ()),
    ]


def test_comparisons_between_three_names() -> None:
    text = "A1 beats B2, and I left C3 for A1"
    spots = Finder(named(["A1x", "B2x", "C3x"]))
    text = text.replace("A1", "A1x").replace("B2", "B2x").replace("C3", "C3x")
    assert comparisons(text, spots.find(text)) == {0: "better", 1: "worse", 2: "left"}


def test_hundreds_of_names_do_not_slow_the_search(shared_data: Path) -> None:
    lines = (shared_data / "text/tweet_sentiment/english_more.tsv").read_text("utf-8").split("\n")
    texts = [line.partition("\t")[2] for line in lines[1:4001]]
    many = Finder(named([f"Bri{a}ndal{b} Vor{a}{b}" for a in "aeiouy" for b in "bcdfghjklmnpqrst"]))
    few = Finder(named(["Briandal Vor"]))

    def seconds(finder: Finder) -> float:
        for text in texts:
            finder.find(text)
        start = time.process_time()
        for text in texts:
            finder.find(text)
        return time.process_time() - start

    assert seconds(many) < 3 * seconds(few) + 0.05
