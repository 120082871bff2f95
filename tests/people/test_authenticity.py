"""Bought and automated accounts are told from real ones, and what is not known is said."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.errors import Problem
from rapport.people.authenticity_columns import NAMES, read_profiles
from rapport.people.authenticity_judging import authenticity, coded
from rapport.people.authenticity_mixture import drawn, fitted, published
from rapport.people.authenticity_share import FITS, corrected_share, possible_counts
from rapport.people.authenticity_signs import SIGNS
from rapport.people.authenticity_words import REASONS, in_words

REAL = {"followers": 300, "following": 250, "posts": 400, "picture": True, "description": "Tea."}
BOUGHT = {"followers": 2, "following": 1900, "posts": 0, "picture": False, "description": ""}


def table(*rows: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(rows))


def twitter(folder: Path) -> pa.Table:
    text = pyarrow.csv.ConvertOptions(strings_can_be_null=True)
    kinds = []
    for kind in ("bought", "human"):
        read = pyarrow.csv.read_csv(
            folder / "accounts" / f"twitter_{kind}.csv",
            parse_options=pyarrow.csv.ParseOptions(newlines_in_values=True),
            convert_options=text,
        )
        names = ["screen_name", "statuses_count", "followers_count", "friends_count",
                 "favourites_count", "listed_count", "created_at", "url", "location",
                 "default_profile_image", "description", "updated"]  # fmt: skip
        kept = pa.table({name: read[name].cast(pa.string()) for name in names})
        kinds.append(kept.append_column("is_bought", pa.array([kind == "bought"] * len(kept))))
    return pa.concat_tables(kinds)


def f1(said: np.ndarray, true: np.ndarray) -> float:
    return float(2 * (said & true).sum() / (said.sum() + true.sum()))


@pytest.mark.parametrize("sign", SIGNS.values(), ids=lambda sign: sign.name)
def test_every_sign_has_rates_that_add_up_a_reason_and_words_for_it(sign):
    assert len(sign.real) == len(sign.bought) == len(sign.cuts) + 1
    assert sum(sign.real) == pytest.approx(1)
    assert sum(sign.bought) == pytest.approx(1)
    assert sign.bought[-1 if sign.name in {"ratio", "silence", "digits"} else 0] > 0.2
    assert sign.reason in REASONS


def test_one_account_is_judged_by_the_published_rates_alone():
    judged = authenticity(table(REAL, BOUGHT)).to_pylist()
    assert [row["verdict"] for row in judged] == ["real", "suspicious"]
    assert judged[0]["reasons"] == ""
    assert {"follows_many", "few_posts", "no_picture"} <= set(judged[1]["reasons"].split(", "))


@pytest.mark.parametrize("name", sorted(set(NAMES) - {"account_id", "name", "seen_on"}))
def test_with_one_column_alone_nobody_is_called_real(name):
    judged = authenticity(table(*({name: 3} for _ in range(5))))
    assert set(judged["verdict"].to_pylist()) <= {"unsure", "suspicious"}
    assert len(judged) == 5


def test_what_is_missing_in_a_row_makes_it_less_sure_and_never_crashes():
    bare = {"followers": None, "following": None, "posts": None, "picture": None}
    judged = authenticity(table(BOUGHT | bare, BOUGHT, REAL)).to_pylist()
    assert judged[0]["verdict"] == "unsure"
    assert judged[0]["suspicion"] < judged[1]["suspicion"]


def test_no_column_of_a_profile_is_said_with_what_is_known():
    with pytest.raises(Problem) as said:
        authenticity(pa.table({"order": [1]}))
    assert "followers" in str(said.value)


def test_a_wrong_column_is_named_with_its_nearest():
    with pytest.raises(Problem, match="Did you mean fans"):
        authenticity(pa.table({"fans": [1], "posts": [2]}), columns={"followers": "fan"})


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ([1, 0], "2 labels for 30 profiles"),
        ([1] * 30, "Only 0 accounts are labelled real"),
        (["bought"] * 29 + ["maybe"], "row 30"),
        ("kind", "no column 'kind'"),
    ],
)
def test_labels_that_cannot_be_used_are_refused_in_a_sentence(labels, said):
    with pytest.raises(Problem, match=said):
        authenticity(table(*[REAL] * 30), labels=labels)


def test_something_that_is_no_frame_is_refused():
    with pytest.raises(Problem, match="not a frame"):
        authenticity([1, 2])


def test_every_kind_of_frame_gives_the_same_answer_in_its_own_kind():
    import duckdb
    import pandas as pd
    import polars as pl

    rows = table(REAL, BOUGHT, BOUGHT | {"posts": 60})
    expected = authenticity(rows)["suspicion"].to_pylist()
    of_pandas = authenticity(rows.to_pandas())
    assert isinstance(of_pandas, pd.DataFrame)
    assert of_pandas["suspicion"].tolist() == pytest.approx(expected)
    of_polars = authenticity(pl.from_arrow(rows))
    assert isinstance(of_polars, pl.DataFrame)
    assert of_polars["suspicion"].to_list() == pytest.approx(expected)
    with duckdb.connect() as connection:
        of_duckdb = authenticity(connection.from_arrow(rows))
    assert of_duckdb["suspicion"].to_pylist() == pytest.approx(expected)


def test_a_spark_frame_is_judged_too(spark):
    rows = [REAL, BOUGHT]
    judged = authenticity(spark.createDataFrame(rows))
    assert judged["verdict"].to_pylist() == ["real", "suspicious"]


def test_accounts_that_came_in_a_burst_are_suspected_with_nothing_else_known():
    calm = [f"2025-{1 + n // 28 % 12:02d}-{1 + n % 28:02d}" for n in range(300)]
    rows = [{"handle": f"a{n}", "followed_on": day} for n, day in enumerate(calm)]
    rows += [{"handle": "b", "followed_on": "2025-06-15"}] * 80
    judged = authenticity(table(*rows)).to_pylist()
    assert {row["verdict"] for row in judged[300:]} == {"suspicious"}
    assert judged[-1]["reasons"].startswith("followed_in_a_burst")
    ordinary = [row for row, day in zip(judged, calm, strict=False) if day != "2025-06-15"]
    assert not any(row["verdict"] == "suspicious" for row in ordinary)


@settings(max_examples=30, deadline=None)
@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "followers": st.one_of(st.none(), st.integers(-5, 10**12)),
                "friends_count": st.one_of(st.none(), st.floats(allow_nan=True)),
                "bio": st.one_of(st.none(), st.text(max_size=20)),
                "screen_name": st.one_of(st.none(), st.text(max_size=20)),
                "created_at": st.one_of(st.none(), st.text(max_size=12), st.just("2020-02-30")),
            }
        ),
        min_size=1,
        max_size=30,
    )
)
def test_whatever_stands_in_the_cells_a_probability_comes_out(rows):
    schema = pa.schema([("followers", pa.int64()), ("friends_count", pa.float64()),
                        ("bio", pa.string()), ("screen_name", pa.string()),
                        ("created_at", pa.string())])  # fmt: skip
    judged = authenticity(pa.Table.from_pylist(rows, schema=schema))
    chance = np.asarray(judged["suspicion"])
    assert len(judged) == len(rows)
    assert np.isfinite(chance).all()
    assert ((chance >= 0) & (chance <= 1)).all()


def test_platforms_own_names_and_forms_are_read():
    found = read_profiles(
        table(
            {"screen_name": "bot123", "friends_count": "1,900", "created_at":
             "Thu Sep 08 13:20:35 +0000 2011", "default_profile_image": "1",
             "updated": "2011-09-18 10:00:00"},
            {"screen_name": "", "friends_count": "many", "created_at": None,
             "default_profile_image": None, "updated": None},
        )
    ).numbers  # fmt: skip
    assert found["digits"].tolist()[0] == 3
    assert found["following"].tolist()[0] == 1900
    assert np.isnan(found["following"][1])
    assert found["age"].tolist()[0] == 10
    assert found["picture"].tolist() == [0, 1]


def test_the_mixture_finds_the_share_that_was_put_in():
    """Accounts drawn from the published rates themselves: the share must come back."""
    rng = np.random.default_rng(3)
    names = ("ratio", "followers", "posts", "likes", "picture")
    before = published(names)
    bought = rng.random(4000) < 0.25
    codes = np.stack(
        [
            np.where(
                bought,
                rng.choice(len(b), 4000, p=b),
                rng.choice(len(r), 4000, p=r),
            )
            for r, b in zip(before.real, before.bought, strict=True)
        ],
        axis=1,
    )
    fit = fitted(names, codes, np.ones(4000))
    assert fit.share == pytest.approx(0.25, abs=0.02)
    chance = fit.probability(codes)
    for low in np.arange(0, 1, 0.2):  # what is given 30 % is bought in 30 of 100 cases
        inside = (chance >= low) & (chance < low + 0.2)
        assert bought[inside].mean() == pytest.approx(chance[inside].mean(), abs=0.08)


def test_grouped_patterns_give_the_same_fit_as_single_accounts():
    names, two = ("ratio", "picture", "posts"), np.array([[0, 1, 3], [3, 0, 0]])
    single = fitted(names, two[[0, 0, 1, 0, 1]], np.ones(5))
    grouped = fitted(names, two, np.array([3.0, 2.0]))
    assert single.share == pytest.approx(grouped.share)


def test_labels_are_learned_and_a_corrected_share_holds_the_truth():
    rng = np.random.default_rng(5)
    bought = rng.random(400) < 0.4
    rows = pa.table(
        {
            "followers": np.where(bought, rng.poisson(20, 400), rng.poisson(60, 400)),
            "posts": np.where(bought, rng.poisson(5, 400), rng.poisson(9, 400)),
        }
    )
    said = [bool(kind) if n < 200 else None for n, kind in enumerate(bought)]
    judged = authenticity(rows, labels=said)
    chance = np.asarray(judged["suspicion"])
    assert f1(chance[200:] > 0.5, bought[200:]) > 0.95
    assert "like_labelled_accounts" in judged["reasons"][int(np.argmax(chance))].as_py()
    labels = np.array([np.nan if label is None else float(label) for label in said])
    share = corrected_share(chance, labels)
    assert share.low <= bought[200:].mean() <= share.high


def test_public_bought_followers_are_found_without_any_label(shared_data):
    rows = twitter(shared_data)
    true = np.asarray(rows["is_bought"])
    chance = np.asarray(authenticity(rows.drop_columns(["is_bought"]))["suspicion"])
    assert f1(chance > 0.5, true) >= 0.95


def test_the_range_of_the_share_holds_the_truth_on_public_accounts(shared_data):
    folder = shared_data / "accounts"
    fake = json.loads((folder / "instagram_fakeAccountData.json").read_text())
    real = json.loads((folder / "instagram_realAccountData.json").read_text())
    held = 0
    for seed in range(10):
        rng = np.random.default_rng(seed)
        many = int(rng.integers(0, 120))
        rows = [*rng.choice(fake, many, replace=False), *rng.choice(real, 300, replace=False)]
        profiles = read_profiles(pa.Table.from_pylist(rows).drop_columns(["isFake"]))
        codes, names = coded(profiles)
        fit = fitted(names, codes, np.ones(len(rows)))
        chances = drawn(fit, codes, np.ones(len(rows)), None, draws=FITS)
        counts = possible_counts(chances, np.ones(len(rows)), seed=seed)
        low, high = np.quantile(counts, [0.05, 0.95])
        held += low <= many <= high
    assert held >= 8


def test_an_audience_of_real_people_is_not_said_to_be_bought(shared_data):
    rows = twitter(shared_data)
    people = rows.filter(pa.compute.invert(rows["is_bought"])).drop_columns(["is_bought"])
    chance = np.asarray(authenticity(people)["suspicion"])
    assert chance.mean() < 0.05


def test_reasons_are_told_in_both_languages():
    assert in_words("few_posts") == "has hardly posted"
    assert in_words("few_posts", "fr") != in_words("few_posts")
