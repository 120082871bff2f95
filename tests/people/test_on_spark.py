"""Where the engine is Spark, accounts are compared there, and the same people come out."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from rapport.people.resolving import Resolved, Rules, resolve_rows
from rapport.record.engines import open_engine

GIVEN = ("Jean", "Marie", "Robert", "Élise", "Catherine", "Louis", "Hélène", "Paul")
FAMILY = ("Lefèvre", "Garnier", "O'Neill", "de la Tour", "Martin", "Besson", "Chauvin", "Smith")
SHORT = {"Robert": "Bob", "Catherine": "Kate"}


def accounts(persons: int) -> pa.Table:
    """Three accounts a person in three systems: short names, slips, fields that are missing."""
    chance = np.random.default_rng(7)
    rows: list[tuple[str, str, str, str]] = []
    for n in range(persons):
        given, family = GIVEN[n % 8], FAMILY[(n // 8) % 8]
        email = f"{given[0]}.{family[:4]}{n}@mail{n % 3}.fr".lower().replace(" ", "")
        born, postcode = f"19{50 + n % 50}-0{1 + n % 9}-1{n % 10}", f"{10000 + 137 * (n % 40)}"
        known = {
            "shop": {"name": f"{given} {family}", "email": email, "postcode": postcode},
            "till": {"name": f"{family.upper()} {SHORT.get(given, given)}", "birth date": born,
                     "postcode": postcode},
            "desk": {"name": f"{given} {family[:-1]}", "email": email[:-3] + ".fr",
                     "birth date": born, "phone": f"06{n:08}"},
        }  # fmt: skip
        for source, fields in known.items():
            kept = [(k, v) for k, v in fields.items() if chance.random() < 0.9]
            rows += [(source, f"{n:04}", kind, value) for kind, value in kept]
    names = ("source", "account_id", "kind", "value")
    return pa.table(dict(zip(names, map(list, zip(*rows, strict=True)), strict=True)))


@pytest.fixture
def both(spark) -> tuple[Resolved, Resolved]:
    rows = accounts(90)
    found = []
    for name in ("duckdb", "spark"):
        with open_engine(name, time_zone="Europe/Paris") as engine:
            found.append(resolve_rows(engine, rows, rules=Rules()))
    return found[0], found[1]


def pairs(found: Resolved) -> dict[tuple[int, int], tuple[float, str]]:
    rows = found.pairs.to_pylist()
    return {(row["node_l"], row["node_r"]): (row["p"], row["code"]) for row in rows}


@pytest.mark.slow
def test_spark_compares_by_itself_and_finds_the_same_people(both, spark) -> None:
    here, there = both
    assert np.array_equal(here.groups.person, there.groups.person)
    assert len(set(here.groups.person.tolist())) < here.accounts.num_rows / 1.5
    mine, theirs = pairs(here), pairs(there)
    assert mine.keys() == theirs.keys()
    assert {code for _, code in mine.values()} >= {"name+postcode", "email, name~", "details"}
    for pair, (p, code) in mine.items():  # nearly: each engine has its own functions for texts
        assert theirs[pair] == (pytest.approx(p, abs=0.03), code)
    assert spark.sql("SHOW VIEWS LIKE '__splink__*'").collect() == []
