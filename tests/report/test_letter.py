"""The letter as a reader meets it: whole, safe, in both languages, and honest about gaps."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import re
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pyarrow as pa
import pytest

from rapport.errors import Problem
from rapport.estimate import Estimate, Grade
from rapport.report import files
from rapport.report.chapters import OUTLINE
from rapport.report.letter import write_letter
from rapport.results import Results, Said, StepResult, Untold

Write = Callable[..., Results]

# What the made-up run says itself is in no catalogue.
UNTOLD_IN_ENGLISH = (
    "What does it cost to win a customer?",
    "The record holds no spend.",
    "Daily spend by channel would tell.",
)
HOSTILE = "</style></script><script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{7*7}}"


Letter = Callable[..., tuple[Any, str]]
Whole = Callable[[str], tuple[Any, Path]]


@pytest.mark.parametrize("language", ["en", "fr"])
def test_a_letter_stands_by_itself_and_leads_everywhere(whole: Whole, language: str) -> None:
    page, path = whole(language)
    text = path.read_text("utf-8")
    assert not {"script", "link", "img", "iframe", "object"} & set(page.tags)
    assert not {"src", "onclick", "onload", "style"} & page.attributes
    assert set(re.findall(r"https?://[^\s\"<]+", text)) <= {"http://www.w3.org/2000/svg"}
    assert len(page.ids) == len(set(page.ids))
    for href in page.hrefs:
        if href.startswith("#"):
            assert href[1:] in page.ids
        else:
            assert (path.parent / href).is_file()
    assert {"#def-customer_equity", "#grade-model", f"letter_{language}_files/lifetime.csv"} <= set(
        page.hrefs
    )


def test_only_the_style_of_the_letter_itself_may_apply(whole: Whole) -> None:
    text = whole("en")[1].read_text("utf-8")
    style = re.search(r"<style>(.*?)</style>", text, re.DOTALL)
    assert style
    digest = base64.b64encode(hashlib.sha256(style[1].encode()).digest()).decode()
    assert f"default-src 'none'; style-src 'sha256-{digest}'" in text


def test_answers_are_built_from_the_numbers(whole: Whole) -> None:
    page, _ = whole("en")
    assert (
        "Today’s customers should bring about €5.5\xa0million over the coming 36 months, very "
        "probably between €4.9\xa0million and €6.0\xa0million; that is €1,250 each." in page.text
    )
    assert "66% of our customers came back at least once" in page.text
    assert (
        "312 customers who used to come back have probably left, and with them €420,000 a year."
        in page.text
    )
    assert "The best tenth of customers brought 61% of revenue" in page.text
    assert "1 question stays open. What does it cost to win a customer?" in page.text
    assert "541,909 rows came in = 525,461 kept + 16,448 set aside" in page.text


@pytest.mark.parametrize(
    ("language", "head", "said"),
    [
        ("en", "monthly answers as of", "with them €420,000 a year. As of 30 November 2024."),
        ("en", "monthly answers as of", "given by the month, as of 30 November 2024."),
        ("fr", "réponses mensuelles au", "État au 30 novembre 2024."),
        ("fr", "réponses mensuelles au", "données par mois, état au 30 novembre 2024."),
    ],
)
def test_an_answer_that_waits_for_its_month_to_end_says_of_which_day_it_is(
    letter: Letter, whole: Whole, language: str, head: str, said: str
) -> None:
    page, _ = letter(language, rests_since=dt.date(2024, 11, 30))
    assert head in page.text
    assert said in page.text
    assert head not in whole(language)[0].text


def test_numbers_that_wait_beside_others_that_do_not_are_named(
    shop: SimpleNamespace, written_results: Write, tmp_path: Path
) -> None:
    results = written_results()
    equity = StepResult(numbers={"customer_equity": shop.numbers["customer_equity"]})
    results.save("equity", "1", equity)
    results.see(["equity"], {"last": "2024-11-30"})
    results.renew("equity", "2", rests=True)
    out = tmp_path / "letter.html"
    write_letter(results, brand="M", language="en", out=out, record_summary=shop.record)
    text = out.read_text("utf-8")
    assert "As of 30 November 2024: " in text
    assert "As of 30 November 2024." not in text


def test_the_french_letter_is_french(whole: Whole) -> None:
    page, path = whole("fr")
    assert '<html lang="fr">' in path.read_text("utf-8")
    assert "5,5\xa0M€ dans les 36 mois à venir" in page.text
    assert "Que valent nos clients\u202f?" in page.text
    assert "66\u202f% de nos clients sont revenus" in page.text
    assert "500\u202fk€" in page.text
    assert "janv." in page.text
    told = page.text.partition("Les tableaux joints")[0]
    for said in (*UNTOLD_IN_ENGLISH, "3\u202f710 orders have no customer."):
        told = told.replace(said, "")
    assert not re.search(r"\b(the|of|customers?|orders?|What|Range|million|rows)\b", told)


def test_the_same_results_give_the_same_letter(
    written_results: Write, shop: SimpleNamespace, tmp_path: Path
) -> None:
    few = ("retention", "concentration", "drifting")
    results = written_results(tables={name: shop.tables[name] for name in few})
    written = [
        write_letter(
            results,
            brand="Maison",
            language="en",
            out=tmp_path / "l.html",
            record_summary=shop.record,
        ).read_bytes()
        for _ in range(2)
    ]
    assert written[0] == written[1]


def test_hostile_text_stays_text(letter: Letter, shop: SimpleNamespace) -> None:
    tables = shop.tables
    people = tables["drifting"].slice(0, 3)
    ids = pa.array([HOSTILE, "=1+1", "{{brand}}"])
    tables["drifting"] = people.set_column(0, "person_id", ids)
    groups = tables["lifetime_by_group"].to_pylist()
    tables["lifetime_by_group"] = pa.Table.from_pylist(
        [{**row, "group": row["group"] + HOSTILE} for row in groups]
    )
    record = {
        **shop.record,
        "loads": [{**shop.record["loads"][0], "file": HOSTILE, "reasons": {HOSTILE: 3}}],
    }
    untold = (
        Untold(Said("{x}?", {"x": HOSTILE}), Said("{x}", {"x": HOSTILE}), Said(HOSTILE[:20])),
    )
    few = ("drifting", "lifetime_by_group", "model_choice")
    tables = {name: tables[name] for name in few}
    page, text = letter(brand=HOSTILE, tables=tables, record=record, untold=untold)
    assert not {"script", "img"} & set(page.tags)
    assert not {"onerror", "src"} & page.attributes
    assert "{{7*7}}" in page.text
    assert text.count("</style>") == 1
    assert text.count(HOSTILE) == 0
    assert page.text.count("<script>alert(1)</script>") >= 6


def _number(value: float, unit: str = "EUR", low: float | None = None, high: float | None = None):
    ends = (value if low is None else low, value if high is None else high)
    return Estimate(value, unit, Grade.MODEL, *ends)


NAN, INF = float("nan"), float("inf")


def _all(shop: SimpleNamespace, change: Callable[[Estimate], Estimate]) -> dict[str, Estimate]:
    return {k: change(n).based_on(name=k, table=n.table) for k, n in shop.numbers.items()}


CHANGES: dict[str, Callable[[Estimate], Estimate]] = {
    "not numbers": lambda n: _number(NAN, n.unit),
    "zero": lambda n: _number(0.0, n.unit),
    "one": lambda n: _number(1.0, n.unit),
    "tiny": lambda n: _number(1e-9, n.unit, 1e-12, 1e-6),
    "huge": lambda n: _number(1e15, n.unit, 1e13, 1e17),
    "endless": lambda n: _number(5.0, n.unit, 1.0, INF),
    "ends unknown": lambda n: _number(5.0, n.unit, -INF, INF),
    "from below zero": lambda n: _number(5.0, n.unit, -20.0, 30.0),
    "exact": lambda n: Estimate.exact(n.value, n.unit),
}


def _is_sound(page: Any) -> None:
    words = set(re.findall(r"[\w.]+", page.text))
    assert not {"nan", "NaN", "None", "inf", "Infinity", "undefined", "null"} & words
    assert not re.search(r"\{\w*\}", page.text)
    for question in ("worth", "staying", "drifting", "concentration", "untold", "method"):
        assert question in page.ids


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("change", CHANGES)
def test_sentences_hold_whatever_the_numbers(
    letter: Letter, shop: SimpleNamespace, change: str, language: str
) -> None:
    page, _ = letter(language, numbers=_all(shop, CHANGES[change]), tables={})
    _is_sound(page)


def test_without_numbers_every_question_says_so(letter: Letter) -> None:
    page, _ = letter(numbers={}, tables={}, facts={}, untold=(), warnings=(), record={})
    _is_sound(page)
    parts = [outline for outline in OUTLINE for _ in outline.sections or (None,)]
    front = sum(outline.answers for outline in OUTLINE if outline.numbered)
    assert page.text.count("We cannot tell") == len(parts) - 1 + front - 1
    assert "Nothing was left open" in page.text
    assert "holds nothing yet that could be counted" in page.text


def test_a_question_left_open_says_why_in_its_own_section(letter: Letter) -> None:
    left = Untold(
        Said("Who is drifting away?"),
        Said("Silence looks like waiting."),
        Said("A longer history would tell."),
    )
    page, text = letter(numbers={}, tables={}, untold=(left,))
    section = text.partition('id="drifting"')[2].partition("<section")[0]
    assert "We cannot tell. Silence looks like waiting." in section
    assert "A longer history would tell." in page.text


@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("en", "The fit failed. beta runs to infinity: nobody leaves."),
        ("fr", "Le modèle n’a pas pu être ajusté à ces clients."),
    ],
)
def test_a_model_that_failed_says_so(
    letter: Letter, shop: SimpleNamespace, language: str, said: str
) -> None:
    rows = shop.tables["model_choice"].to_pylist()
    rows[2] |= {
        "model": "ParetoNBD",
        "log_likelihood": NAN,
        "holdout_bias": None,
        "note": "The fit failed.\n  - beta runs to infinity: nobody leaves.",
    }
    page, _ = letter(language, tables={"model_choice": pa.Table.from_pylist(rows)})
    _is_sound(page)
    assert "Pareto/NBD" in page.text
    assert said in page.text


def test_when_every_row_was_kept_nothing_is_said_of_the_others(letter: Letter) -> None:
    load = {"file": "a.csv", "rows_in": 7, "rows_kept": 7, "rows_aside": 0, "reasons": {}}
    record = {"rows_in": 7, "rows_kept": 7, "rows_aside": 0, "loads": [load]}
    page, _ = letter(numbers={}, tables={}, record=record)
    assert "7 rows came in, and all were kept." in page.text
    assert "rapport aside" not in page.text


def test_under_contract_nobody_drifts_unseen(letter: Letter, shop: SimpleNamespace) -> None:
    numbers = {"active_share": shop.numbers["active_share"]}
    page, _ = letter(numbers=numbers, tables={}, facts={**shop.facts, "contract": True})
    assert "a contract ends on a known day, and 63% of customers have one running" in page.text


def test_zero_is_an_answer(letter: Letter, shop: SimpleNamespace) -> None:
    page, _ = letter(numbers=_all(shop, CHANGES["zero"]), tables={})
    assert "Nobody has come back yet" in page.text
    assert "Nobody: no repeat customer is silent for longer than usual." in page.text


def test_every_table_may_be_empty(letter: Letter, shop: SimpleNamespace) -> None:
    page, _ = letter(tables={name: table.slice(0, 0) for name, table in shop.tables.items()})
    _is_sound(page)
    assert "figure" not in page.tags


def test_every_table_may_hold_one_row(letter: Letter, shop: SimpleNamespace) -> None:
    page, _ = letter(tables={name: table.slice(0, 1) for name, table in shop.tables.items()})
    _is_sound(page)


def test_every_cell_may_be_unknown(letter: Letter, shop: SimpleNamespace) -> None:
    keys = {"person_id", "model", "dimension", "group"}
    emptied = {
        name: pa.table(
            {
                field.name: table[field.name]
                if field.name in keys
                else pa.nulls(table.num_rows, field.type)
                for field in table.schema
            }
        )
        for name, table in shop.tables.items()
    }
    page, _ = letter(tables=emptied)
    _is_sound(page)


@pytest.mark.parametrize(
    ("revenue", "months"), [(0.0, 2), (-50.0, 3), (1e-6, 2), (3e9, 40), (12.0, 130)]
)
def test_months_of_any_size_are_drawn(letter: Letter, revenue: float, months: int) -> None:
    first = [dt.date(2010 + k // 12, k % 12 + 1, 1) for k in range(months)]
    table = pa.table(
        {
            "month": first,
            "new": [revenue] * months,
            "returning": [0.0] * months,
            "unknown": [0.0] * months,
            "orders": [1] * months,
            "customers": [1] * months,
        }
    )
    page, _ = letter(tables={"revenue_by_month": table})
    _is_sound(page)
    assert page.tags.count("figure") == 1
    assert "unknown customers" not in page.text


def test_a_shop_without_repeats(letter: Letter, shop: SimpleNamespace) -> None:
    numbers = {
        name: shop.numbers[name] for name in ("revenue", "orders", "customers", "top_tenth_share")
    }
    numbers["repeat_rate"] = Estimate.of_share(0, 40, source="none", name="repeat_rate")
    cohorts = pa.table(
        {"cohort": [dt.date(2024, 5, 1)], "month": [0], "customers": [40], "active": [40]}
    )
    page, _ = letter(numbers=numbers, tables={"retention": cohorts})
    _is_sound(page)
    assert "Nobody has come back yet" in page.text
    assert "too few customers have ordered twice" in page.text


def test_groups_too_small_to_show_are_in_neither_letter_nor_files(whole: Whole) -> None:
    page, path = whole("en")
    assert "fair" not in page.text
    assert "1 group of fewer than 10 customers is not shown." in page.text
    rows = (path.parent / "letter_en_files" / "lifetime_by_group.csv").read_text("utf-8-sig")
    assert "store" in rows
    assert "fair" not in rows


def test_the_smallest_group_is_the_brands_to_set(letter: Letter, shop: SimpleNamespace) -> None:
    tables = {"lifetime_by_group": shop.tables["lifetime_by_group"]}
    page, _ = letter(facts={**shop.facts, "smallest_group": 2_000}, tables=tables)
    assert "store" not in page.text
    assert "Ordered once" not in page.text


def test_a_cut_table_says_so_and_how_to_get_all_of_it(
    letter: Letter, shop: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "LIMIT", 50)
    page, _ = letter(numbers={}, tables={"drifting": shop.tables["drifting"]})
    assert "drifting – the 50 rows of most value; all of them: rapport table drifting" in page.text


def test_warnings_stand_with_the_numbers_they_are_about(
    written_results: Write, shop: SimpleNamespace, tmp_path: Path
) -> None:
    results = written_results(warnings=(), tables={})
    share = shop.numbers["top_tenth_share"]
    warned = StepResult({"top_tenth_share": share}, warnings=(Said("One customer is a reseller."),))
    results.save("spread", "fingerprint", warned)
    out = write_letter(
        results, brand="M", language="en", out=tmp_path / "l.html", record_summary=shop.record
    )
    after = out.read_text("utf-8").partition('id="concentration"')[2]
    assert "One customer is a reseller." in after.partition("<section")[0]


def test_numbers_of_no_section_are_listed_at_the_end(letter: Letter, shop: SimpleNamespace) -> None:
    numbers = {**shop.numbers, "visits": Estimate.exact(3.5, "number", name="visits")}
    page, _ = letter(numbers=numbers, tables={})
    assert "def-visits" in page.ids
    assert "3.5" in page.text


def test_faults_are_told_together(tmp_path: Path) -> None:
    with pytest.raises(Problem) as caught:
        write_letter(
            Results(tmp_path / "none"),
            brand="M",
            language="de",
            out=tmp_path / "letter.html",
            record_summary={},
        )
    assert "no letter in 'de'" in str(caught.value)
    assert "Run 'rapport run' first." in str(caught.value)
    assert not (tmp_path / "letter.html").exists()


def test_a_place_that_cannot_be_written_is_named(written_results: Write, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(Problem, match="not written") as caught:
        write_letter(
            written_results(tables={}),
            brand="M",
            language="en",
            out=tmp_path / "file" / "letter.html",
            record_summary={},
        )
    assert str(tmp_path / "file") in str(caught.value)
