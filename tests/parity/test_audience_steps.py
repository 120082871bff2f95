"""Who follows, reacts, works here and lives together: the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from pathlib import Path
from typing import Any

import narwhals as nw
import pyarrow as pa
import pytest

import rapport.people
from awkward_shop import ZONE, at, file, stored
from parity.comparing import assert_same_rows, relational_steps
from rapport.people import authenticity_followers as followers
from rapport.people import authenticity_reactions as reactions
from rapport.people import household, relation, relation_roles
from rapport.people.gathering import accounts_met, acts
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame
from rapport.value.purchases import with_roles

pytestmark = pytest.mark.spark

ACCOUNTS = [
    {"account_id": "shop", "is_brand": True, "handle": "maison", "channel": "x"},
    {"account_id": "paul", "is_employee": True, "handle": "Paul_M", "channel": "x"},
    {"account_id": "ann", "handle": "Ann12", "channel": "x", "followers": 0, "following": 900,
     "posts": 3, "created": at("2024-06-01T00:00:00"), "name": "Ann Roy", "language": "fr"},
    {"account_id": "bob", "handle": "bob", "channel": "x", "followers": 400, "following": None},
    {"account_id": "eve", "handle": "12345", "channel": None, "name": "Eve Roy"},
    {"account_id": "kim", "name": "Kim Roy", "source": "desk"},
    {"account_id": "lou", "handle": "ANN12", "channel": "x", "source": "desk"},
]  # fmt: skip
IDS = [
    {"account_id": who, "kind": kind, "value": value, "source": source}
    for who, kind, value, source in [
        ("ann", "name", "ann roy", "shop"), ("eve", "name", "eve roy", "shop"),
        ("kim", "name", "Kim Roy", "desk"), ("bob", "name", "bob", "shop"),
        ("ann", "postcode", "75011", "shop"), ("eve", "postcode", "75011", "shop"),
        ("bob", "postcode", "75011", "shop"), ("kim", "phone", "+33600000001", "desk"),
        ("eve", "phone", "+33600000001", "shop"), ("ann", "email", "Ann@Works.FR", "shop"),
        ("bob", "email", "bob@gmail.com", "shop"), ("kim", "email", "k@shop.maison.fr", "desk"),
        ("eve", "email", "no mail", "shop"),
    ]
]  # fmt: skip
DEEDS = [
    {"activity_id": str(n), "account_id": who, "occurred_on": at(time), "verb": verb,
     "channel": channel, "object_id": what, "in_reply_to": under, "object_kind": "account"}
    for n, (who, time, verb, channel, what, under) in enumerate(
        [
            ("ann", "2024-03-30T23:30:00", "Follow", "x", "maison", None),
            ("ann", "2024-05-30T23:30:00", "Follow", "x", "maison", None),
            ("bob", "2024-03-31T10:00:00", "Follow", "x", "maison", None),
            ("bob", "2024-04-02T10:00:00", "Undo", "x", "maison", None),
            ("eve", "2024-03-31T10:00:00", "Follow", "x", "maison", None),
            ("paul", "2024-03-31T10:00:00", "Follow", "x", "maison", None),
            ("ann", "2024-04-01T09:05:00", "Like", "x", "p1", None),
            ("ann", "2024-04-01T09:01:00", "Create", "x", None, "p1"),
            ("bob", "2024-04-01T09:20:00", "Create", "x", "reply", "p1"),
            ("eve", "2024-04-01T23:20:00", "Announce", "x", "p1", None),
            ("eve", "2024-04-01T23:20:00", "Create", "x", "own", None),
            (None, "2024-04-01T23:20:00", "Like", "x", "p1", None),
            ("paul", "2024-04-01T09:00:30", "Like", "x", "p1", None),
        ]
    )
]  # fmt: skip
MANY = [
    {"activity_id": f"m{n}-{who}", "account_id": who, "verb": "Like", "channel": "x",
     "occurred_on": at(f"2024-05-{1 + n:02d}T10:{step:02d}:00"), "object_id": f"q{n}"}
    for n in range(26) for step, who in enumerate(("pod1", "pod2"))
]  # fmt: skip
POSTS = [
    {"post_id": "p1", "channel": "x", "published_on": at("2024-04-01T00:00:00")},
    {"post_id": "p1", "channel": "x", "published_on": at("2024-04-01T09:00:00"), "source": "api"},
    *(
        {"post_id": f"q{n}", "channel": "x", "published_on": at(f"2024-05-{1 + n:02d}T09:58:00")}
        for n in range(26)
    ),
]
LINKS = pa.table(
    {
        "source": ["shop"] * 7 + ["desk"] * 2,
        "account_id": ["shop", "paul", "ann", "bob", "eve", "pod1", "pod2", "kim", "lou"],
        "person_id": ["S", "P", "A", "B", "E", "O1", "O2", "K", "B"],
    }
)
CUSTOMERS = pa.table(
    {
        "person_id": [*"ABEK", *(f"c{n}" for n in range(8))],
        "frequency": [3, 0, 9, 4, 0, 1, 0, 2, 1, 0, 0, 3],
        "recency_days": [90, 0, 60, 100, 0, 20, 0, 40, 30, 0, 0, 80],
        "age_days": [300, 5, 70, 110, 400, 30, 9, 50, 30, 11, 12, 90],
        "orders": pa.array([4, 1, 400, 5, 1, 2, 1, 3, 2, 1, 1, 4], pa.int64()),
        "revenue": [40.0, 9.5, 90000.0, 50.0, 12.0, 21.0, 8.0, 33.0, 19.0, 0.0, 11.0, 44.0],
    }
)
SHARES = pa.table({"channel": ["x"], "day": [dt.date(2024, 3, 31).toordinal()], "burst": [900]})
LISTED = relation_roles.Listed(
    brand=["desk:lou"], employees=["ann12", "+33600000001"], resellers=["bob"],
    domains=["maison.fr"],
)  # fmt: skip
TODAY = dt.date(2024, 6, 30)


class World:
    """One record on one engine, with the frames that most steps start from."""

    def __init__(self, engine: Engine, folder: Path) -> None:
        rows = {"account": ACCOUNTS, "identifier": IDS, "activity": [*DEEDS, *MANY], "post": POSTS}
        there = {t: engine.scan(file(folder, t, r), stored(t)) for t, r in rows.items()}
        self.account, self.identifier = there["account"], there["identifier"]
        self.activity = there["activity"]
        self.post = there["post"]
        self.links, self.customers = engine.table(LINKS), engine.table(CUSTOMERS)
        self.shares = engine.table(SHARES)
        self.follows = engine.cache(followers.follows(self.activity, self.account))
        self.reactions = engine.cache(
            reactions.reactions(self.activity, there["post"], self.account)
        )
        self.counts = engine.cache(reactions.reaction_counts(self.reactions))
        self.acts = engine.cache(acts(self.activity))
        self.deeds = engine.cache(followers.deeds(self.acts, self.links, self.customers))
        self.shown = engine.cache(followers.shown(self.account, self.follows, self.deeds, TODAY))
        self.verdicts = (
            followers.patterns(self.shown, self.shares)
            .with_columns(**verdict_columns())
            .drop("accounts")
        )
        told = self.counts.filter(nw.col("reactions") > 0).with_columns(**pod_columns())
        self.told = engine.cache(told.select(*relation.ACCOUNT, "channel", "pod", "pod_reasons"))
        self.roles = relation_roles.roles(self.account, self.identifier, self.links, LISTED)
        self.standing = relation.standing(self.customers, 40.0)


def verdict_columns() -> dict[str, Any]:
    return {"suspicion": nw.col("burst") / 1000.0, "verdict": nw.lit("unsure"),
            "reasons": nw.lit("")}  # fmt: skip


def pod_columns() -> dict[str, Any]:
    return {"pod": nw.lit(0.95), "pod_reasons": nw.lit("reacts_with_the_same_few")}


def met(there: World) -> Frame:
    return accounts_met({}, there.acts)


def everybody(there: World) -> Frame:
    return relation.people(
        relation.described(there.account, there.links),
        relation.sightings(met(there), there.links),
        there.standing,
        there.roles,
        household.groups(there.identifier, there.links),
    )


STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    reactions.reactions: lambda w: w.reactions,
    reactions.reacted_posts: lambda w: reactions.reacted_posts(w.activity, w.post),
    reactions.own_accounts: lambda w: reactions.own_accounts(w.account),
    reactions.reaction_counts: lambda w: w.counts,
    reactions.company_pairs: lambda w: reactions.company_pairs(w.reactions, w.counts),
    reactions.crowds: lambda w: reactions.crowds(w.reactions, w.counts),
    reactions.hours_of_day: lambda w: reactions.hours_of_day(w.activity, w.account, w.acts),
    followers.follows: lambda w: w.follows,
    followers.followers_by_day: lambda w: followers.followers_by_day(w.follows),
    followers.deeds: lambda w: w.deeds,
    followers.shown: lambda w: w.shown,
    followers.patterns: lambda w: followers.patterns(w.shown, w.shares),
    followers.with_bursts: lambda w: followers.with_bursts(w.shown, w.shares),
    followers.spread: lambda w: followers.spread(w.told, w.account, w.links),
    followers.judged: lambda w: followers.judged(
        w.shown, w.shares, w.verdicts, followers.spread(w.told, w.account, w.links)
    ),
    relation_roles.roles: lambda w: w.roles,
    relation_roles.named: lambda w: relation_roles.named(w.account, w.identifier, LISTED.employees),
    relation_roles.of_domains: lambda w: relation_roles.of_domains(w.identifier, LISTED.domains),
    relation_roles.reseller_edges: lambda w: relation_roles.reseller_edges(w.customers),
    relation_roles.reseller_proposals: lambda w: relation_roles.reseller_proposals(
        w.customers, relation_roles.reseller_edges(w.customers), w.roles
    ),
    relation.standing: lambda w: w.standing,
    relation.sightings: lambda w: relation.sightings(met(w), w.links),
    relation.described: lambda w: relation.described(w.account, w.links),
    relation.people: everybody,
    relation.relation_counts: lambda w: relation.relation_counts(everybody(w)),
    household.households: lambda w: household.households(w.identifier, w.links),
    household.companies: lambda w: household.companies(w.identifier, w.links),
    household.groups: lambda w: household.groups(w.identifier, w.links),
    with_roles: lambda w: with_roles(w.customers, w.roles),
}


def computed(name: str, folder: Path) -> dict[Callable[..., Any], pa.Table]:
    with open_engine(name, time_zone=ZONE, temp=folder) as engine:
        there = World(engine, folder)
        made = {step: engine.collect(use(there)) for step, use in STEPS.items()}
        del there
    return made


def test_every_step_has_a_case() -> None:
    rooms = ("authenticity_", "relation", "household")
    steps = {
        step
        for step in relational_steps(rapport.people)
        if step.__module__.removeprefix("rapport.people.").startswith(rooms)
    }
    assert steps <= set(STEPS)


@pytest.mark.slow
def test_both_engines_say_the_same(tmp_path: Path, spark: Any) -> None:
    duck, other = computed("duckdb", tmp_path), computed("spark", tmp_path)
    for step in STEPS:
        try:
            assert_same_rows(duck[step], other[step])
        except AssertionError as error:
            raise AssertionError(step.__name__) from error


def test_what_the_rows_say(tmp_path: Path) -> None:
    made = computed("duckdb", tmp_path)
    assert {row["account_id"] for row in made[followers.follows].to_pylist()} == {"ann", "eve"}
    roles = {
        r["person_id"]: (r["role"], r["evidence"]) for r in made[relation_roles.roles].to_pylist()
    }
    assert roles == {
        "S": ("brand", "record"), "B": ("brand", "list"), "P": ("employee", "record"),
        "A": ("employee", "list"), "K": ("employee", "list"), "E": ("employee", "list"),
    }  # fmt: skip
    homes = {r["person_id"]: r["household_id"] for r in made[household.households].to_pylist()}
    assert homes == dict.fromkeys("AEK", "home:A")  # one postcode, then one phone
    assert {r["company"] for r in made[household.companies].to_pylist()} == {
        "works.fr", "shop.maison.fr",
    }  # fmt: skip
    told = {r["person_id"]: r["relation"] for r in made[relation.standing].to_pylist()}
    assert told["A"] == "lapsed"  # 210 days, where gaps of a month are usual
    assert told["B"] == "new"
    assert told["K"] == "repeat"
    (pair,) = made[reactions.company_pairs].to_pylist()
    assert (pair["account_id"], pair["other_account_id"], pair["together"]) == ("pod1", "pod2", 26)
    lags = {
        (r["account_id"], r["object_id"]): r["lag"] for r in made[reactions.reactions].to_pylist()
    }
    assert lags["ann", "p1"] == 60  # the source that knows the hour of the post holds
    assert "paul" not in {who for who, _ in lags}
