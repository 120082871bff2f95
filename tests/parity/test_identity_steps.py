"""Every relational step of who is who gives the same rows on DuckDB and on Spark."""

from __future__ import annotations

import datetime as dt
import inspect
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from parity.comparing import assert_same_rows
from rapport.people import gathering, shared, wide
from rapport.people.evidence import read_evidence
from rapport.record.engines import Engine, open_engine
from rapport.record.frames import Frame

pytestmark = pytest.mark.spark

ROWS = [
    (0, "name", "Jean Dupont"), (0, "email", "jean.dupont@orange.fr"), (0, "postcode", "75011"),
    (1, "name", "J. Dupont"), (1, "phone", "0612345678"), (1, "email", "JEAN.DUPONT@orange.fr"),
    (2, "name", "Marie Dupont"), (2, "phone", "+33612345678"), (2, "postcode", "75011"),
    (3, "phone", "06 12 34 56 78"), (4, "handle", "jeandupont"), (5, "handle", "@pixel_4921"),
    (6, "email", "pixel4921@free.fr"), (7, "postcode", "SW1A 1AA"), (8, "birth date", "1980-02-03"),
    (9, "external id", "1854576032495"), (9, "loyalty card", "77 001"), (9, "city", "Lyon"),
    (10, "external id", "1854576032495"), (10, "name", "=1+1"), (11, "name", ""),
]  # fmt: skip


def world(engine: Engine) -> dict[str, Frame]:
    columns = zip(*ROWS, strict=True)
    rows = pa.table(dict(zip(("node", "kind", "value"), map(list, columns), strict=True)))
    read = read_evidence(rows.set_column(0, "node", rows["node"].cast(pa.int64())))
    people = pa.table({"node": list(range(12)), "person": [0, 0, *range(2, 12)]})
    account = pa.table(
        {
            "source": ["shop", "shop", "ig", "ig"],
            "account_id": ["a", "b", "us", "x"],
            "handle": [None, None, "maison", "jeandupont"],
            "name": ["Ana", None, "Maison", ""],
            "channel": [None, None, "instagram", "instagram"],
            "country": ["FR", None, None, None],
            "is_brand": [None, False, True, None],
        }
    )
    identifier = pa.table(
        {
            "source": ["shop", "shop", "ig"], "account_id": ["a", "a", "us"],
            "kind": ["email", "email", "email"], "value": ["a@b.fr", "a@b.fr", "us@b.fr"],
        }
    )  # fmt: skip
    orders = pa.table(
        {
            "source": ["shop"] * 4,
            "purchase_id": ["1", "2", "3", "4"],
            "person_id": ["P", "P", "Q", None],
            "day": [dt.date(2024, 1, n) for n in (1, 2, 3, 4)],
            "net": [1.5, 2.0, 4.0, 8.0],
            "cancelled": [False, False, False, False],
        }
    )
    named = pa.table(
        {
            "source": ["shop"] * 4,
            "purchase_id": ["1", "2", "3", "3"],
            "account_id": ["a", "b", "c", "c"],
        }
    )
    links = pa.table(
        {
            "source": ["shop"] * 3, "account_id": ["a", "b", "c"], "person_id": ["P", "P", "Q"],
            "sure_id": ["P", "P~", "Q"], "weak": [False, True, False],
        }
    )  # fmt: skip
    hours = [dt.datetime(2024, 1, 1, n) for n in range(5)]  # noqa: DTZ001 - naive, as engines give
    activity = pa.table(
        {
            "source": ["ig"] * 5,
            "account_id": ["x", "x", "y", "x", None],
            "channel": ["instagram", "instagram", "instagram", None, "instagram"],
            "verb": ["Like", "Follow", "Create", "Arrive", "Like"],
            "occurred_on": pa.array(hours, pa.timestamp("us")),
        }
    )
    tables = {"activity": activity, "values": read.values, "names": read.names,
              "spelt": read.spelt, "people": people,
              "account": account, "identifier": identifier, "orders": orders, "named": named,
              "links": links}  # fmt: skip
    made = {name: engine.table(table) for name, table in tables.items()}
    made["acts"] = engine.cache(gathering.acts(made["activity"]))
    made["borne"] = engine.cache(shared.bearers(made["values"], made["names"]))
    made["pairs"] = engine.cache(shared.exact_pairs(made["values"], made["borne"]))
    made["judged"] = engine.cache(shared.agreement(made["pairs"], made["names"]))
    made["scored"] = engine.cache(shared.worth(made["judged"]))
    ids = ["a@b.fr", "+33 6 12 34 56 78", "0612345678", "us@b.fr", "x@m.social", "0f" * 16]
    made["met"] = engine.table(pa.table({"source": ["shop"] * 6, "account_id": ids}))
    made["wide"] = engine.cache(wide.wide(made["values"], made["names"]))
    made["placed"] = engine.cache(
        gathering.order_people(made["orders"], made["named"], made["links"])
    )
    return made


World = dict[str, Frame]
STEPS: dict[Callable[..., Any], Callable[[World], Frame]] = {
    shared.bearers: lambda w: w["borne"],
    shared.exact_pairs: lambda w: shared.exact_pairs(w["values"], w["borne"], 2),
    shared.agreement: lambda w: w["judged"],
    shared.worth: lambda w: w["scored"],
    shared.together: lambda w: shared.together(w["scored"]),
    shared.handle_pairs: lambda w: shared.handle_pairs(w["spelt"], w["people"]),
    wide.telling: lambda w: wide.telling(w["values"], w["borne"], 2),
    wide.wide: lambda w: w["wide"],
    wide.filled: lambda w: wide.filled(w["wide"]),
    wide.keyed: lambda w: wide.keyed(w["wide"], 100, 25),
    gathering.accounts_met: lambda w: gathering.accounts_met(
        {"account": w["account"], "identifier": w["identifier"]}, w["acts"]
    ),
    gathering.acts: lambda w: w["acts"],
    gathering.identifiers_known: lambda w: gathering.identifiers_known(
        w["identifier"], w["account"]
    ),
    gathering.named_by_contact: lambda w: gathering.named_by_contact(w["met"], w["account"]),
    gathering.order_people: lambda w: w["placed"],
    gathering.buyers: lambda w: gathering.buyers(w["placed"], "sure_id"),
    gathering.resting_on: lambda w: gathering.resting_on(w["placed"], w["links"]),
}


@pytest.fixture(scope="module")
def both(spark, tmp_path_factory) -> Iterator[tuple[Any, Any]]:
    folder: Path = tmp_path_factory.mktemp("engines")
    with ExitStack() as stack:
        engines = [
            stack.enter_context(open_engine(name, time_zone="Europe/Paris", temp=folder))
            for name in ("duckdb", "spark")
        ]
        worlds = [(engine, world(engine)) for engine in engines]
        yield worlds[0], worlds[1]
        worlds.clear()


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.__name__)
def test_both_engines_give_the_same_rows(both, step) -> None:
    (duck, here), (spark, there) = both
    rows = duck.collect(STEPS[step](here))
    assert rows.num_rows, "a case that gives no row proves nothing"
    assert_same_rows(rows, spark.collect(STEPS[step](there)))


def test_every_step_has_a_case() -> None:
    public = {
        function
        for module in (shared, wide, gathering)
        for _, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__
        and not function.__name__.startswith("_")
        and function.__annotations__.get("return") == "Frame"
    }
    assert public == set(STEPS)
