"""What a user sees of a message: language, sentiment, kinds, and the words that weighed."""

from __future__ import annotations

import time

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.errors import Problem
from rapport.listening import explain, understand, weighed
from rapport.listening.backends import Small, open_reader
from rapport.listening.heads import KINDS, OUTPUTS, SENTIMENTS
from rapport.listening.model import from_bytes, read_model, shipped
from rapport.listening.understanding import COLUMNS

PLAIN = {
    "negative": [
        "Worst service ever, I am furious.",
        "Service client inadmissible, je suis furieuse.",
        "My order arrived broken and nobody answers 😡",
        "Toujours pas livré au bout de trois semaines, c'est honteux",
        "tro decu jai jamais recu mon colis",
    ],
    "positive": [
        "I love this shop, great staff and lovely products!",
        "Super accueil, produits excellents, je reviendrai avec plaisir !",
        "c'est géniaaaaal merci 😍",
        "Absolutely delighted with my new boots :)",
    ],
}


def rows(texts: list[str]) -> list[dict[str, object]]:
    return understand(texts).to_pylist()


@pytest.mark.parametrize(
    ("feeling", "text"), [(f, text) for f, texts in PLAIN.items() for text in texts]
)
def test_plain_feelings_are_told(feeling: str, text: str) -> None:
    (row,) = rows([text])
    assert max(SENTIMENTS, key=lambda name: row[name]) == feeling


@pytest.mark.parametrize(
    ("kind", "with_it", "without"),
    [
        ("question", "Do you deliver to Belgium?", "You deliver to Belgium."),
        ("question", "Est-ce que vous livrez en Suisse ?", "Vous livrez en Suisse."),
        ("thanks", "Merci beaucoup pour votre aide", "Votre aide"),
        ("thanks", "Thank you so much for your help", "Your help"),
        ("leaving", "I am cancelling my subscription today", "I am starting my subscription today"),
        ("leaving", "Je résilie mon abonnement", "J'aime mon abonnement"),
        ("complaint", "The app crashes every time I open it", "The app opens every time"),
        ("complaint", "L'appli plante à chaque ouverture", "L'appli est ouverte"),
        ("suggestion", "It would be great if you added a dark mode", "There is a dark mode"),
        ("suggestion", "Vous devriez ajouter un mode sombre", "Le mode sombre est beau"),
        ("purchase_intent", "I want to buy these boots, do you have size 40?", "These boots"),
        ("recommendation", "Je recommande vivement cette boutique à tous", "Cette boutique"),
        ("praise", "Your staff are wonderful", "Your staff are in the shop"),
    ],
)
def test_a_kind_is_more_probable_where_it_is(kind: str, with_it: str, without: str) -> None:
    there, missing = rows([with_it, without])
    assert there[kind] > missing[kind] + 0.1


@pytest.mark.parametrize(
    ("plain", "denied"),
    [
        ("The service is good", "The service is not good"),
        ("Le service est bon", "Le service n'est pas bon"),
        ("I like it", "I don't like it"),
        ("C'est bien", "C'est pas bien"),
    ],
)
def test_negation_turns_a_feeling(plain: str, denied: str) -> None:
    said, turned = rows([plain, denied])
    assert said["positive"] > turned["positive"]
    assert turned["negative"] > said["negative"] + 0.2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Très déçue de ma commande", "tres decue de ma commande"),
        ("Bravo 👍", "Bravo 👍🏿"),
        ("C&#39;est nul", "C'est nul"),
        ("e\u0301nerve\u0301", "énervé"),
        ("hello \ud800 world", "hello ? world"),
    ],
)
def test_what_looks_the_same_is_read_the_same(one: str, other: str) -> None:
    first, second = rows([one, other])
    assert [first[name] for name in OUTPUTS] == pytest.approx([second[name] for name in OUTPUTS])


def test_languages_even_mixed_or_short() -> None:
    texts = ["merci bcp", "thx guys, love it", "¿Cuándo llega mi pedido?", "Wann kommt mein Paket?"]
    texts += ["Waar blijft mijn bestelling?", "Quando arriva il mio ordine?", "👍👍", "", "Спасибо"]
    found = understand(texts)["language"].to_pylist()
    assert found == ["fr", "en", "es", "de", "nl", "it", "und", "und", "und"]
    expected = understand(["super"], languages={"fr": 9, "en": 1})["language"].to_pylist()
    assert expected[0] in {"fr", "und"}


def test_every_kind_of_column_gives_its_own_kind_of_frame() -> None:
    texts = ["Merci !", None, "Broken again"]
    wanted = understand(texts)
    assert isinstance(wanted, pa.Table)
    assert wanted.column_names == list(COLUMNS)
    pandas = understand(pd.Series(texts))
    polars = understand(pl.Series(texts))
    assert isinstance(pandas, pd.DataFrame)
    assert isinstance(polars, pl.DataFrame)
    assert polars.to_arrow().to_pylist() == wanted.to_pylist()
    assert list(pandas["language"]) == wanted["language"].to_pylist()
    assert isinstance(understand(pd.DataFrame({"id": [1], "text": ["hi"]})), pd.DataFrame)
    assert understand(pa.chunked_array([texts])).equals(wanted)
    with duckdb.connect() as connection:
        relation = connection.sql("select 'Merci !' as text")
        assert understand(relation).num_rows == 1
        del relation


def test_what_is_no_column_of_texts_is_refused() -> None:
    with pytest.raises(Problem, match="single text"):
        understand("Merci")
    with pytest.raises(Problem, match="several columns"):
        understand(pd.DataFrame({"a": ["x"], "b": ["y"]}))
    with pytest.raises(Problem, match="names no model"):
        understand(["x"], model="huge")


def test_nothing_and_no_rows() -> None:
    assert understand([]).num_rows == 0
    (row,) = rows([""])
    assert row["language"] == "und"
    assert sum(row[name] for name in SENTIMENTS) == pytest.approx(1)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.text(st.characters(), max_size=200), max_size=8))
def test_probabilities_are_probabilities_and_rows_stand_alone(texts: list[str]) -> None:
    table = understand(texts)
    for name in OUTPUTS:
        column = np.asarray(table[name], dtype=float)
        assert ((column >= 0) & (column <= 1)).all()
    alone = [rows([text])[0] for text in texts]
    for one, row in zip(alone, table.to_pylist(), strict=True):
        assert [row[n] for n in OUTPUTS] == pytest.approx([one[n] for n in OUTPUTS], abs=1e-4)
    if texts:
        total = np.sum([np.asarray(table[name]) for name in SENTIMENTS], axis=0)
        assert total == pytest.approx(1, abs=1e-5)


def test_a_megabyte_of_noise_takes_no_time() -> None:
    began = time.process_time()
    understand(["a b " * 300_000, "😡" * 500_000, "x" * 1_000_000, "<" * 1_000_000])
    assert time.process_time() - began < 10


def test_the_words_that_weighed_are_shown() -> None:
    found = explain("Bonjour, l'appli plante sans arrêt <b>et</b> votre équipe est adorable.")
    assert set(found.why) >= {max(SENTIMENTS, key=lambda name: found.said[name])}
    for words in found.why.values():
        for each in words:
            assert found.text[each.start : each.end] == each.word
    assert "plante" in weighed("Bonjour, l'appli plante sans arrêt.", "complaint")
    assert weighed("thanks a lot for the help", "thanks")[0] == "thanks"
    assert explain("").why[max(SENTIMENTS, key=lambda n: explain("").said[n])] == ()


def test_a_head_learns_from_few_labels_in_seconds_and_the_others_stay() -> None:
    model = shipped()
    texts = [f"Le goût du thé numéro {n} me rappelle la pluie" for n in range(40)]
    other = [f"Votre boutique de la rue {n} ouvre à neuf heures" for n in range(40)]
    described = model.network.describe(texts + other)
    began = time.process_time()
    heads = model.heads.refitted("suggestion", described, np.array([1] * 40 + [0] * 40))
    assert time.process_time() - began < 10
    taught = Small(model.with_heads(heads))
    test = ["Le goût du thé vert me rappelle la pluie", "Votre boutique du quai ouvre à dix heures"]
    before, after = open_reader("small").read(test, None), taught.read(test, None)
    assert after["suggestion"][0] > max(0.5, after["suggestion"][1] + 0.2)
    assert after["suggestion"][0] > before["suggestion"][0]
    for name in set(OUTPUTS) - {"suggestion"}:
        assert after[name] == pytest.approx(before[name])
    assert taught.version != model.version


def test_sentiment_learns_too() -> None:
    model = shipped()
    texts = ["La livraison est lunaire"] * 30 + ["Le rayon est solaire"] * 30
    described = model.network.describe(texts)
    heads = model.heads.with_sentiment(described, np.array([0] * 30 + [2] * 30), strength=1.0)
    said = heads.probabilities(described[[0, -1]], ["fr", "fr"])
    assert said["negative"][0] > 0.5
    assert said["positive"][1] > 0.5


def test_the_file_is_small_and_says_what_it_is_made_of() -> None:
    model = shipped()
    assert {entry["name"] for entry in model.card["sets"]} >= {"messages", "app_reviews"}
    assert all(entry["licence"] for entry in model.card["sets"])
    assert not {"complaints", "suggestions", "airline"} & {e["name"] for e in model.card["sets"]}
    assert set(model.heads.thresholds) >= set(KINDS)


def test_a_file_that_is_no_model_is_refused(tmp_path: pytest.TempPathFactory) -> None:
    with pytest.raises(Problem, match="not a model"):
        from_bytes(b"PK nothing", "there.npz")
    with pytest.raises(Problem, match="no such file"):
        read_model(tmp_path / "none.npz")
