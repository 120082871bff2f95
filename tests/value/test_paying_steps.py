"""From codes, answers and complaints on record to numbers, claims and the letter."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from rapport.record.engines import open_engine
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.schema import TABLES
from rapport.record.store import Record
from rapport.report.findings import Findings
from rapport.report.prose import Prose
from rapport.report.sections.what_pays import what_pays
from rapport.results import Results, StepResult
from rapport.settings import parse_settings
from rapport.steps.answering import answering
from rapport.steps.answering_requests import find_requests
from rapport.steps.buying import buying
from rapport.steps.context import Context
from rapport.steps.referral import referral
from rapport.steps.reviews import reviews
from rapport.steps.service_value import service_value
from rapport.steps.word_of_mouth import word_of_mouth
from rapport.steps.worth import value_customers

START = dt.datetime(2025, 1, 2, 10, tzinfo=dt.UTC)
DAYS = 540
STEPS = {
    "buying": buying, "worth": value_customers, "asking": find_requests, "answering": answering,
    "referral": referral,
    "word_of_mouth": word_of_mouth, "service_value": service_value, "reviews": reviews,
}  # fmt: skip
MINE = ("referral", "word_of_mouth", "service_value", "reviews")
Rows = dict[str, list[dict[str, Any]]]


def load(record: Record, table: str, rows: list[dict[str, Any]]) -> None:
    kinds = {column.name: column.arrow.type for column in TABLES[table].columns}
    for source in sorted({row["source"] for row in rows}):
        kept = [row for row in rows if row["source"] == source]
        kept = [{"source_row": k, **row} for k, row in enumerate(kept, start=2)]
        kept.sort(key=lambda row: row["source_row"])
        columns: dict[str, Any] = {
            name: pa.array([row.get(name) for row in kept], kind) for name, kind in kinds.items()
        }
        columns["source_row"] = pa.array([row["source_row"] for row in kept], pa.int64())
        lines = len({row["source_row"] for row in kept})
        batch = Batch(lines, {table: pa.table(columns)}, ASIDE.empty_table())
        content = hashlib.sha256(json.dumps([table, kept], default=str).encode()).hexdigest()
        record.load(Facts(source, f"{source}.csv", content, "1", iter([batch])))


def facts(seed: int = 1) -> Rows:
    """400 customers over 18 months; 40 came with a code, each third complainer is unheard."""
    rng = np.random.default_rng(seed)
    made: Rows = {name: [] for name in ("purchase", "account", "activity", "answer", "ticket")}
    many = 0
    for k in range(400):
        who, first = f"p{k}", int(rng.integers(0, DAYS - 60))
        gone = rng.random() < 0.5 and k % 3 == 0
        complains = k % 2 == 0
        until = first + 40 if gone and complains else DAYS
        days = [first, *(int(d) for d in rng.integers(first, DAYS, 8) if d < until)]
        for day in days:
            many += 1
            made["purchase"].append(
                {"source": "shop", "purchase_id": f"#{many}", "account_id": who,
                 "ordered_on": START + dt.timedelta(days=day), "currency": "EUR",
                 "revenue": Decimal(20), "is_return": False}
            )  # fmt: skip
        if complains:
            opened = START + dt.timedelta(days=first + 30)
            ticket = {"source": "shop", "ticket_id": f"t{k}", "account_id": who,
                      "channel": "email", "opened_on": opened}  # fmt: skip
            if k % 3:
                ticket["first_human_answer_on"] = opened + dt.timedelta(hours=5)
            made["ticket"].append(ticket)
        if k % 10 == 1:
            _code(made, k, who, START + dt.timedelta(days=first), f"#{many - len(days) + 1}")
        if k % 4 < 2:
            told = rng.choice(["A friend", "Instagram", "I don't remember", "In the store"])
            made["answer"].append(
                {"source": "shop", "respondent": who, "item": "heard", "text": str(told),
                 "instrument": "how did you hear",
                 "answered_on": START + dt.timedelta(days=first)}
            )  # fmt: skip
    for k in range(60):  # whose codes stay unused
        _code(made, 1000 + k, f"q{k}", START + dt.timedelta(days=k * 5), None)
    return made


def _code(made: Rows, row: int, friend: str, when: dt.datetime, order: str | None) -> None:
    base = {"source": "shop", "source_row": row}
    made["account"].append({**base, "account_id": friend})
    made["activity"].append(
        {**base, "activity_id": f"s{row}", "account_id": f"p{row % 37 + 2}", "verb": "Recommend",
         "object_kind": "referral code", "object_id": "AMI", "channel": "referral",
         "occurred_on": when - dt.timedelta(days=3)}
    )  # fmt: skip
    if order:
        made["activity"].append(
            {**base, "activity_id": f"u{row}", "account_id": friend, "verb": "Accept",
             "object_kind": "purchase", "object_id": order, "in_reply_to": f"s{row}",
             "occurred_on": when}
        )  # fmt: skip


@contextmanager
def computed(
    folder: Path, rows: Mapping[str, list[dict[str, Any]]], settings: str = ""
) -> Iterator[Results]:
    record, results = Record(folder / "record", key=b"k"), Results(folder / "results")
    for table, facts_of in rows.items():
        if facts_of:
            load(record, table, facts_of)
    results.folder.mkdir(parents=True, exist_ok=True)
    parsed = parse_settings(f'brand = "B"\n{settings}')
    with record.reading(), open_engine("duckdb", time_zone="Europe/Paris", temp=folder) as engine:
        context = Context(engine, record, results, parsed)
        for name, step in STEPS.items():
            results.save(name, name, step(context))
        yield results


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Results]:
    settings = "[value]\nmargin = 0.5\n[service]\ncost_per_contact = 5"
    with computed(tmp_path_factory.mktemp("brand"), facts(), settings) as results:
        yield results


def test_numbers_are_those_of_the_brand_and_its_claims_add_up(told: Results) -> None:
    numbers = told.numbers
    assert numbers["referred_customers"].value == 40
    claims = told.table("claims_referral").to_pylist()
    assert len({(row["source"], row["purchase_id"]) for row in claims}) == len(claims)
    total = 10.0 * sum(row["share"] for row in claims)  # every order brings ten euros
    assert total == pytest.approx(numbers["referral_margin"].value, rel=0.03)
    for end in ("low", "high"):
        summed = 10.0 * sum(row[end] for row in claims)
        assert summed == pytest.approx(getattr(numbers["referral_margin"], end), rel=0.03)
    assert numbers["referral_value"].low <= numbers["referral_value"].value
    assert 0.5 < numbers["referral_incremental"].value < 1.0


@pytest.mark.parametrize(
    ("table", "number"),
    [("claims_word_of_mouth", "word_of_mouth_margin"), ("claims_answer", "kept_margin")],
)
def test_every_claim_stands_by_its_order_and_its_range(
    told: Results, table: str, number: str
) -> None:
    rows = told.table(table).to_pylist()
    assert rows
    for row in rows:
        assert -1.0 <= row["low"] <= row["share"] <= row["high"] <= 1.0
        assert row["purchase_id"].startswith("#")
    total = 10.0 * sum(row["share"] for row in rows)
    found = told.numbers[number]
    assert found.low - 30 <= total <= found.high + 30


def test_advocates_have_a_ledger_and_customers_their_place(told: Results) -> None:
    given = told.table("referral_value").to_pylist()
    assert sum(row["codes"] for row in given) == 100
    assert sum(row["customers"] for row in given) == 40
    one = told.table("referrals").to_pylist()
    assert sum(row["value"] for row in one) == pytest.approx(sum(row["value"] for row in given))
    assert all(row["low"] <= row["value"] <= row["high"] for row in one)
    groups = {row["group"]: row["customers"] for row in told.table("referral_matrix").to_pylist()}
    assert sum(groups.values()) <= 400
    assert min(groups.values()) >= 10


def test_answers_kept_something_where_the_unheard_leave(told: Results) -> None:
    share = told.numbers["kept_share"]
    assert share.low > 0
    assert share.people is not None
    assert share.people >= 100
    assert told.numbers["kept_expected"].value > 0


def test_reviews_nobody_read_are_not_told_of(told: Results) -> None:
    assert "reviews_more" not in told.numbers
    questions = {entry.question.message for entry in told.untold}
    assert "Do reviews read before buying sell?" in questions


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_letter_says_what_pays_most_first(told: Results, language: str) -> None:
    findings = Findings.of(told, language)
    made = what_pays(findings, Prose(findings.words))
    first = max(
        (n for n in ("referral_margin", "word_of_mouth_margin", "kept_margin")
         if told.numbers[n].low > 0),
        key=lambda name: told.numbers[name].value,
    )  # fmt: skip
    assert f"#def-{first}" in made.answer or first != "referral_margin"
    assert [figure.key for figure in made.figures] == ["pays"]
    assert len(made.grids) == 2
    assert len(made.grids[0].rows) == 3
    assert {"en": "Word of mouth", "fr": "Bouche-à-oreille"}[language] in made.figures[0].wide


def empty() -> Rows:
    return {"purchase": []}


def three_customers() -> Rows:
    return {
        "purchase": [
            {"source": "shop", "purchase_id": f"#{k}", "account_id": f"p{k}", "currency": "EUR",
             "ordered_on": START, "revenue": Decimal(9), "is_return": False}
            for k in range(3)
        ]
    }  # fmt: skip


def codes_alone() -> Rows:
    every = facts()
    return {name: every[name] for name in ("account", "activity")}


def codes_of_nobody() -> Rows:
    """Codes were handed over, and nobody came."""
    every = facts()
    kept = [row for row in every["activity"] if row["verb"] == "Recommend"]
    return {"purchase": every["purchase"], "account": every["account"], "activity": kept}


@pytest.mark.parametrize("rows", [empty, three_customers, codes_alone, codes_of_nobody])
def test_with_too_little_it_says_so_and_invents_no_number(tmp_path: Path, rows: Any) -> None:
    with computed(tmp_path, rows()) as results:
        steps: Mapping[str, StepResult] = results.steps
        assert not any(steps[name].numbers for name in MINE)
        assert all(steps[name].untold for name in MINE)
        findings = Findings.of(results, "fr")
        made = what_pays(findings, Prose(findings.words))
    assert not made.figures
    assert not made.numbers
    assert made.answer
