"""Codes, word of mouth, answers and reviews: the same rows on DuckDB and on Spark."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

import rapport.value
from awkward_shop import ZONE, at, file, stored
from parity.comparing import assert_same_rows, relational_steps
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame
from rapport.value import gains
from rapport.value.crediting import Ends
from rapport.value.referral import alone, codes, compared, ledger
from rapport.value.reviews import read
from rapport.value.service import complained
from rapport.value.word_of_mouth import newcomers, told

pytestmark = pytest.mark.spark

BEGIN = at("2024-01-01T00:00").date().toordinal()
UNTIL = at("2024-12-31T00:00").date().toordinal()

ACCOUNTS = [
    {"account_id": who, "source": "codes", "source_file": "codes.csv", "source_row": row}
    for who, row in [("ann@x", 2), ("bob@x", 2), ("cid@x", 3), ("dan@x", 4), ("eve@x", 5)]
]
DEEDS = [
    *(
        {"activity_id": f"s{row}", "source": "codes", "source_file": "codes.csv",
         "source_row": row, "account_id": "ann@x", "verb": "Recommend", "object_id": "AMI-1",
         "object_kind": "referral code", "occurred_on": at(f"2024-0{row}-03T23:30")}
        for row in (2, 3, 4, 5)
    ),
    {"activity_id": "u2", "source": "codes", "account_id": "bob@x", "verb": "Accept",
     "object_id": "T-7", "in_reply_to": "s2", "occurred_on": at("2024-02-10T10:00")},
    {"activity_id": "u3", "source": "codes", "account_id": "cid@x", "verb": "Accept",
     "object_id": "T-9", "in_reply_to": "s3", "occurred_on": at("2024-03-10T10:00")},
    {"activity_id": "n1", "source": "x", "account_id": None, "verb": "Create",
     "occurred_on": at("2024-03-10T10:00")},
]  # fmt: skip
ANSWERS = [
    {"source": "asked", "respondent": who, "item": "heard", "instrument": "how did you hear",
     "answered_on": at(day), "text": text}
    for who, day, text in [
        ("eve", "2024-05-02T10:00", "Une AMIE m’en a parlé"),
        ("eve", "2024-05-01T10:00", "Instagram"),
        ("row 1", "2024-05-01T10:00", "Je ne sais plus"),
        ("fay", "2024-06-01T10:00", "télévision"),
        ("gus", "2024-06-01T10:00", "?!"),
        ("bob", "2024-02-11T10:00", "A friend or relative"),
    ]
]  # fmt: skip
VISITS = [
    {"visit_id": f"v{n}", "source": "web", "account_id": who, "started_on": at(day),
     "landing_page": page, "referrer": before, "utm_medium": medium}
    for n, (who, day, page, before, medium) in enumerate([
        ("eve", "2024-05-01T10:00", "/", None, None),
        ("eve", "2024-05-02T10:00", "/the", "https://fr.TRUSTPILOT.com/a", "organic"),
        ("fay", "2024-05-02T10:00", "/AVIS", None, None),
        ("gus", "2024-05-02T10:00", None, None, "cpc"),
        ("gus", "2024-05-03T10:00", "/", None, "cpc"),
        ("gus", "2024-05-04T10:00", "/", None, "cpc"),
        (None, "2024-05-04T10:00", "/", None, "cpc"),
    ])
]  # fmt: skip
LINKS = pa.table(
    {
        "source": ["codes"] * 5 + ["asked"] * 4 + ["web"] * 3,
        "account_id": [
            *("ann@x", "bob@x", "cid@x", "dan@x", "eve@x"),
            *("eve", "fay", "gus", "bob"),
            *("eve", "fay", "gus"),
        ],
        "person_id": [*("A", "B", "C", "D", "E"), *("E", "F", "G", "B"), *("E", "F", "G")],
    }
)
MONEY = pa.decimal128(18, 4)


def orders() -> pa.Table:
    rows = [
        ("A", "a1", "2024-01-05", 10, None), ("B", "p|T-7", "2024-02-10", 20, None),
        (None, "q|T-9", "2024-03-10", 30, None), ("B", "b2", "2024-04-10", -5, None),
        ("D", "d1", "2024-06-10", 40, " ami-1 "), ("E", "e1", "2024-05-03", 50, None),
        ("E", "e2", "2024-09-03", 60, "AMI-1"), ("F", "f1", "2024-05-20", 70, "OTHER"),
        ("G", "g1", "2024-05-04", 80, None), ("G", "g2", "2024-12-04", 90, None),
    ]  # fmt: skip
    return pa.table(
        {
            "source": ["till"] * len(rows),
            "purchase_id": [row[1] for row in rows],
            "person_id": [row[0] for row in rows],
            "day": pa.array([at(f"{row[2]}T00:00").date() for row in rows], pa.date32()),
            "channel": ["store" if k % 2 else None for k in range(len(rows))],
            "coupon": [row[4] for row in rows],
            "net": pa.array([Decimal(row[3]) for row in rows], MONEY),
            "margin": pa.array([None if k % 2 else Decimal(1) for k in range(len(rows))], MONEY),
            "cancelled": [False] * len(rows),
            "role": pa.array([None] * len(rows), pa.string()),
        }
    )


def requests() -> pa.Table:
    rows = [
        ("E", "r1", "2024-06-01T10:00", "2024-06-01T11:00", "complaint", "answered"),
        ("E", "r2", "2024-07-01T10:00", "2024-07-03T11:00", "complaint", "answered"),
        ("F", "r3", "2024-06-01T10:00", None, "complaint", "waiting"),
        ("G", "r4", "2024-06-01T10:00", "2024-06-04T10:00", "leaving", "answered"),
        ("G", "r5", "2024-06-01T10:00", None, "question", "waiting"),
        (None, "r6", "2024-06-01T10:00", None, "complaint", "waiting"),
        ("A", "r7", "2024-06-01T10:00", None, "complaint", "hidden"),
    ]
    names = ("person_id", "request_id", "opened_on", "answered_on", "kind", "state")
    times = {"opened_on", "answered_on"}
    columns = {
        name: pa.array(
            [at(r[k]).replace(tzinfo=None) if name in times and r[k] else r[k] for r in rows],
            pa.timestamp("us") if name in times else pa.string(),
        )
        for k, name in enumerate(names)
    }
    return pa.table({**columns, "public": pa.array([0, 1, 0, 0, 0, 0, 0], pa.int64())})


class World:
    """One record on one engine, with the frames that most steps start from."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        rows = {"account": ACCOUNTS, "activity": DEEDS, "answer": ANSWERS, "visit": VISITS}
        there = {t: engine.scan(file(folder, t, r), stored(t)) for t, r in rows.items()}
        self.account, self.activity = there["account"], there["activity"]
        self.answer, self.visit = there["answer"], there["visit"]
        self.links, self.orders = engine.table(LINKS), engine.table(orders())
        self.offers = engine.cache(codes.offers(self.activity))
        self.uses = engine.cache(
            codes.owned(codes.uses(self.activity, self.offers, self.links), self.orders)
        )
        known = codes.with_friends(self.orders, self.uses)
        self.gains = engine.cache(gains.gains(known, "margin", 0.5))
        self.first = engine.cache(gains.first_days(self.gains))
        coupons = codes.coupon_uses(self.orders, self.offers, self.links)
        every = nw.concat([self.uses, coupons], how="vertical")
        self.referred = engine.cache(codes.referred(every, self.first))
        self.recipients = engine.cache(codes.recipients(self.offers, self.account, self.links))
        self.late = codes.late(self.recipients, self.referred, self.first, UNTIL)
        self.alone = alone.Alone(3.0, 100.0)
        self.claims = engine.cache(alone.claims(self.alone, self.gains, self.referred))
        self.lifetime = engine.table(
            pa.table({"person_id": [*"ABDEF"], "lifetime_value": [9.0, 1.0, 5.0, 4.0, 2.0]})
        )
        terms = ledger.Terms(self.alone, Ends(0.8, 0.5), UNTIL, 36.0, 2.0)
        self.referrals = engine.cache(
            ledger.referrals(self.referred, self.claims, self.lifetime, terms)
        )
        self.shared = ledger.codes_shared(self.offers, self.links)
        self.advocates = engine.cache(ledger.advocates(self.referrals, self.shared))
        self.answers = engine.cache(told.answers(self.answer, self.links))
        self.newcomers = engine.cache(
            newcomers.newcomers(self.first, self.answers, self.referred, BEGIN)
        )
        self.chances = newcomers.chances_of(
            self.newcomers,
            self.newcomers.select("cohort", "told", "near")
            .unique()
            .with_columns(chance=nw.lit(0.25)),
        )
        self.complaints = engine.cache(complained.complaints(engine.table(requests()), 24.0))
        self.histories = engine.cache(
            complained.histories(complained.first_of_each(self.complaints), self.gains)
        )
        self.given = engine.cache(complained.answers_given(self.complaints))
        self.later = engine.cache(complained.later_orders(self.given, self.gains))
        self.seen = engine.cache(read.seen(self.visit, self.links))


WINDOW = compared.Window(BEGIN, UNTIL, 5.0, 20.0)
STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    gains.gains: lambda w: w.gains,
    gains.first_days: lambda w: w.first,
    codes.offers: lambda w: w.offers,
    codes.recipients: lambda w: w.recipients,
    codes.uses: lambda w: codes.uses(w.activity, w.offers, w.links),
    codes.owned: lambda w: w.uses,
    codes.with_friends: lambda w: codes.with_friends(w.orders, w.uses),
    codes.coupon_uses: lambda w: codes.coupon_uses(w.orders, w.offers, w.links),
    codes.referred: lambda w: w.referred,
    codes.waited: lambda w: codes.waited(w.recipients, w.referred, w.first, UNTIL),
    codes.late: lambda w: w.late,
    alone.claims: lambda w: w.claims,
    alone.late_claims: lambda w: alone.late_claims(w.alone, w.gains, w.late),
    compared.newcomer_cells: lambda w: compared.newcomer_cells(
        w.gains, w.orders, w.referred, WINDOW
    ),
    ledger.referrals: lambda w: w.referrals,
    ledger.codes_shared: lambda w: w.shared,
    ledger.advocates: lambda w: w.advocates,
    ledger.matrix: lambda w: ledger.matrix(w.lifetime, w.advocates, 4.0),
    told.answers: lambda w: w.answers,
    newcomers.newcomers: lambda w: w.newcomers,
    newcomers.cohort_cells: lambda w: newcomers.cohort_cells(w.newcomers, w.gains),
    newcomers.gains_by_age: lambda w: newcomers.gains_by_age(w.newcomers, w.gains),
    newcomers.chances_of: lambda w: w.chances,
    newcomers.claims: lambda w: newcomers.claims(w.chances, w.gains, w.alone),
    newcomers.answers_by_kind: lambda w: newcomers.answers_by_kind(w.answers, w.referred),
    complained.complaints: lambda w: w.complaints,
    complained.first_of_each: lambda w: complained.first_of_each(w.complaints),
    complained.answers_given: lambda w: w.given,
    complained.histories: lambda w: w.histories,
    complained.buying_cells: lambda w: complained.buying_cells(w.histories, w.gains, UNTIL),
    complained.later_orders: lambda w: w.later,
    complained.later_sums: lambda w: complained.later_sums(w.later),
    complained.worth_ahead: lambda w: complained.worth_ahead(w.given, w.lifetime),
    complained.claims: lambda w: complained.claims(
        w.later,
        w.later.select(*complained.ANSWER, "times").unique().with_columns(share=nw.lit(0.25)),
    ),
    read.seen: lambda w: w.seen,
    read.pages_read: lambda w: read.pages_read(w.seen, w.gains),
    read.read_cells: lambda w: read.read_cells(w.seen, w.gains, UNTIL),
}


def computed(name: str, folder: Path) -> dict[Callable[..., Any], pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        there = World(engine, folder)
        made = {step: engine.collect(use(there)) for step, use in STEPS.items()}
        del there
    return made


def test_every_step_has_a_case() -> None:
    rooms = tuple(
        f"rapport.value.{name}"
        for name in ("gains", "crediting", "referral", "word_of_mouth", "service", "reviews")
    )
    steps = {s for s in relational_steps(rapport.value) if s.__module__.startswith(rooms)}
    assert steps == set(STEPS)


@pytest.mark.slow
def test_both_engines_say_the_same(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for step in STEPS:
        try:
            assert_same_rows(duck[step], other[step])
        except AssertionError as error:
            raise AssertionError(f"{step.__module__}.{step.__name__}: {error}") from error


def test_what_the_rows_say(tmp_path: Path) -> None:
    made = computed("duckdb", tmp_path)
    came = {row["person_id"]: row for row in made[codes.referred].to_pylist()}
    # B by the order's number, C by an order of nobody, D and E by a coupon that is a code
    assert {who: row["brought"] for who, row in came.items()} == {
        "B": True, "C": True, "D": True, "E": False,
    }  # fmt: skip
    assert {row["referrer"] for row in came.values()} == {"A"}
    kinds = {row["person_id"]: row["told"] for row in made[told.answers].to_pylist()}
    assert kinds == {"E": "social", None: "unsure", "F": "tv", "G": "other", "B": "friend"}
    given = {row["answered"]: row for row in made[complained.later_sums].to_pylist()}
    assert given["fast"]["times"] == 2  # E's two answers both came before the order
    assert set(given) == {"fast", "slow"}
    pages = {row["page"]: row["orders"] for row in made[read.pages_read].to_pylist()}
    assert pages == {"trustpilot": 1, "/avis": 0}
    shares = made[alone.claims].to_pylist()
    assert all(row["share"] == 1.0 for row in shares if row["days"] == 0)
