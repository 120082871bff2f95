"""Posts compared like with like: published rates, the simulation's truth, and what is not known."""

from __future__ import annotations

import csv
import datetime as dt
from collections import Counter
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.impact.content.calls import KINDS, NONE, call_of, codes_of
from rapport.impact.content.comparing import (
    against_expected,
    compared,
    described,
    kinds,
    post_verdict,
    rate,
    verdict,
)
from rapport.impact.content.effects import fitted, own
from rapport.impact.content.goals import UNSURE, goal_of
from rapport.impact.content.posts import FIGURES
from rapport.simulation.texts.brand import FORMATS, GOALS, posts

DATA = Path(__file__).parents[3] / "shared" / "data" / "platforms" / "facebook_page_insights.csv"


def post(number: int, channel: str = "x", **more: Any) -> dict[str, Any]:
    """Return one post as the engine gives it."""
    start = dt.datetime.fromisoformat("2026-01-05T09:07")
    row: dict[str, Any] = {
        "channel": channel, "post_id": str(number), "text": "", "format": None, "goal": None,
        "campaign": None, "paid": None, "cost": None,
        "published_on": start + number * dt.timedelta(hours=31, minutes=17),
    }  # fmt: skip
    return row | dict.fromkeys(FIGURES) | more


def many(count: int = 240, seed: int = 1) -> list[dict[str, Any]]:
    """Posts of two channels; videos are liked twice as often, links are clicked thrice."""
    rng = np.random.default_rng(seed)
    rows = []
    for number in range(count):
        channel, video, link = ("x", "facebook")[number % 2], number % 3 == 0, number % 5 < 2
        shown = rng.integers(500, 3000)
        scatter = rng.gamma(6.0, 1 / 6.0)
        liked = 0.03 * (2.0 if video else 1.0) * (1.5 if channel == "x" else 1.0) * scatter
        clicked = 0.01 * (3.0 if link else 1.0) * rng.gamma(6.0, 1 / 6.0)
        rows.append(
            post(
                number, channel, format="video" if video else "photo",
                text="Order now, link in bio" if link else "A quiet morning",
                reach=float(shown), likes=float(rng.poisson(shown * liked)),
                link_clicks=float(rng.poisson(shown * clicked)),
            )
        )  # fmt: skip
    return rows


def test_every_call_of_the_simulation_is_heard_and_hardly_any_is_heard_where_there_is_none():
    rng = np.random.default_rng(11)
    n = 1600
    goals, forms = (np.array(names)[rng.integers(0, len(names), n)] for names in (GOALS, FORMATS))
    languages, calls = np.array(["fr", "en"])[rng.integers(0, 2, n)], rng.random(n) < 0.5
    texts = posts(rng, goals.tolist(), forms.tolist(), languages.tolist(), calls)
    heard = np.array([call_of(text) != NONE for text in texts])
    assert heard[calls].mean() > 0.98
    # sentences of some posts ask by themselves: to come and taste, to use a code, to refer
    plain = ~calls & (goals != "acquire")
    assert heard[plain].mean() < 0.02
    sure = np.array([goal_of(text) for text in texts])
    assert (sure != UNSURE).mean() > 0.8
    assert (sure == goals)[sure != UNSURE].mean() > 0.95


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Réservez votre table pour samedi", "book"),
        ("Découvrez nos coulisses", "read"),
        ("-20 % avec le code BLACK20", "code"),
        ("Dites-nous tout en commentaire 👇", "take part"),
        ("Inscrivez-vous à notre lettre", "sign up"),
        ("Rendez-vous en boutique dès lundi", "visit"),
        ("Une question ? Écrivez-nous", "contact"),
        ("J’en profite 🎁", "buy"),
        ("Shop the collection", "buy"),
        ("Book your table now", "book"),
        ("Read more on our blog", "read"),
        ("New shop in Bath", NONE),
        ("Our order books are full, our hands too", NONE),
        ("Il neige sur l’atelier", NONE),
        ("", NONE),
        (None, NONE),
    ],
)
def test_calls_are_told_apart_in_both_languages(text, kind):
    assert call_of(text) == kind


@given(st.text())
def test_any_text_has_a_call_of_the_list_or_none(text):
    assert call_of(text) in (*KINDS, NONE)
    assert all(code in text for code in codes_of(text))
    assert goal_of(text) in (*GOALS, UNSURE)


def test_effects_hold_the_truth_and_small_kinds_are_drawn_in():
    found = described(many(), "Europe/Paris")
    liked, clicked = compared(found, "engaged"), compared(found, "clicked")
    assert liked is not None
    assert clicked is not None
    rows = {(r["factor"], r["level"], r["what"]): r for f in (liked, clicked) for r in kinds(f)}
    video = rows["format", "video", "engaged"]
    assert video["low"] < 2.0 < video["high"]
    assert video["verdict"] == "more"
    asking = rows["asks", "yes", "clicked"]
    assert asking["low"] < 3.0 < asking["high"]
    assert rows["asks", "yes", "engaged"]["low"] < 1.0 < rows["asks", "yes", "engaged"]["high"]
    rare = many()
    for number in range(0, 25, 5):
        rare[number] |= {"format": "story", "likes": 0.2 * rare[number]["reach"]}
    drawn = compared(described(rare, "Europe/Paris"), "engaged")
    assert drawn is not None
    (story,) = (r for r in kinds(drawn) if r["level"] == "story")
    assert 1.0 < story["ratio"] < 0.2 / 0.04
    assert story["posts"] == 5


def test_a_kind_of_one_post_is_no_kind_and_the_post_is_held_against_the_others():
    rows = many()
    rows[7] |= {"format": "story", "likes": 0.4 * rows[7]["reach"]}
    found = compared(described(rows, "Europe/Paris"), "engaged")
    assert found is not None
    assert "story" not in {r["level"] for r in kinds(found)}
    expected, ratio, low, _ = against_expected(found)["facebook", "7"]
    assert expected < 0.2 * rows[7]["reach"]
    assert low > 1.0
    assert ratio < rows[7]["likes"] / expected


def test_ranges_hold_the_truth_nine_times_in_ten():
    held = []
    for seed in range(30):
        found = compared(described(many(120, seed), "Europe/Paris"), "engaged")
        assert found is not None
        (video,) = (r for r in kinds(found) if r["level"] == "video")
        held.append(video["low"] < 2.0 < video["high"])
    assert np.mean(held) >= 0.8


@pytest.mark.slow  # its oracle takes long to load
@pytest.mark.skipif(not DATA.exists(), reason="the public data are not beside the project")
def test_a_cosmetics_brands_posts_agree_with_negative_binomial_regression():
    sm = pytest.importorskip("statsmodels.api")
    lines = DATA.read_text(encoding="utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines, delimiter=";"))
    kept = [r for r in rows if r["like"] and r["share"] and r["Paid"]]
    counts = np.array([float(r["Total Interactions"]) for r in kept])
    base = np.array([float(r["Lifetime Post Total Reach"]) for r in kept])
    category = [r["Category"] for r in kept]
    fit = fitted(counts, base, {"channel": ["facebook"] * len(kept)}, {"category": category})
    dummies = np.column_stack(
        [np.ones(len(kept)), *(np.array(category) == c for c in ("2", "3"))]
    ).astype(float)
    family = sm.families.NegativeBinomial(alpha=fit.dispersion)
    oracle = sm.GLM(counts, dummies, family=family, offset=np.log(base)).fit()
    for place, level in enumerate(("2", "3"), start=1):
        weights = np.zeros(3)
        weights[fit.levels["category"].index(level)] = 1.0
        weights[fit.levels["category"].index("1")] = -1.0
        ratio, low, high = fit.ratio("category", weights)
        assert np.log(ratio) == pytest.approx(oracle.params[place], abs=0.35 * oracle.bse[place])
        width = np.log(high / low) / (2 * 1.6449)
        assert width == pytest.approx(oracle.bse[place], rel=0.1)


def test_rates_are_ratios_of_sums_over_posts_with_a_base():
    rows = [
        post(1, reach=100.0, likes=10.0),
        post(2, reach=900.0, likes=9.0, shares=1.0),
        post(3, "bluesky", likes=50.0),
    ]
    found = described(rows, "Europe/Paris")
    told = rate(found, "engaged")
    assert told["rate"] == pytest.approx(20 / 1000)  # and not the mean of 10 % and 1.1 %
    assert told["base"] == "reach"
    assert (told["posts"], told["channels"]) == (3, 2)


def test_what_is_not_known_is_not_guessed():
    rows = many(60)
    for row in rows:
        row["published_on"] = row["published_on"].replace(hour=0, minute=0)
        row["link_clicks"] = None
    found = described(rows, "Europe/Paris")
    assert {p["hour"] for p in found} == {"unknown"}
    assert {p["paid"] for p in found} == {"unknown"}
    assert compared(found, "clicked") is None
    liked = compared(found, "engaged")
    assert liked is not None
    assert not {r["factor"] for r in kinds(liked)} & {"hour", "paid"}
    assert compared(found[:10], "engaged") is None
    assert described([], "Europe/Paris") == []


def test_paid_posts_stand_apart():
    rows = [row | {"paid": int(n % 4 == 0)} for n, row in enumerate(many())]
    found = compared(described(rows, "Europe/Paris"), "engaged")
    assert found is not None
    paid = [r for r in kinds(found) if r["factor"] == "paid"]
    assert Counter(r["level"] for r in paid) == {"paid": 1, "unpaid": 1}
    assert sum(r["posts"] for r in paid) == len(rows)


def test_a_post_is_held_against_what_was_expected_of_it():
    rows = many()
    rows[4] |= {"likes": 0.25 * rows[4]["reach"]}
    found = compared(described(rows, "Europe/Paris"), "engaged")
    assert found is not None
    told = against_expected(found)
    assert max(told, key=lambda key: told[key][1]) == (rows[4]["channel"], "4")
    expected = np.array([row[0] for row in told.values()])
    assert expected.sum() == pytest.approx(sum(r["likes"] for r in rows), rel=0.1)
    ratio, low, high = own(np.array([0.0, 5.0]), np.array([5.0, 5.0]), 0.3)
    assert (low <= ratio).all()
    assert (ratio <= high).all()


def test_verdicts_say_no_more_than_the_ranges():
    assert verdict(1.01, 3.0) == "more"
    assert verdict(0.2, 0.99) == "less"
    assert post_verdict(None, None) == "cannot tell"
    assert post_verdict((5, 2.0, 1.2, 3.0), None) == "cannot tell"
    assert post_verdict((5, 0.5, 0.2, 0.9), (5, 1.0, 0.5, 1.6)) == "passed by"
    assert post_verdict((5, 1.0, 0.8, 1.3), None) == "as usual"
