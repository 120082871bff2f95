"""Who is what to the brand: lapsing by one's own rhythm, staff apart, households with caution."""

from __future__ import annotations

import math
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from rapport.adding import add
from rapport.errors import Problem
from rapport.freshness import fingerprints
from rapport.people.household import companies, households
from rapport.people.relation import standing
from rapport.people.relation_roles import reseller_edges, reseller_proposals
from rapport.pipeline import looking, open_record
from rapport.record.engines import Engine, open_engine
from rapport.results import Results
from rapport.steps.buying import buying
from rapport.steps.relations import relations
from rapport.steps.roles import set_apart
from rapport.steps.staying import staying
from rapport.workspace import Workspace


@pytest.fixture
def engine(tmp_path: Path) -> Iterator[Engine]:
    with open_engine("duckdb", time_zone="Europe/Paris", temp=tmp_path) as opened:
        yield opened


def rows(engine: Engine, frame: Any) -> list[dict[str, Any]]:
    return engine.collect(frame).to_pylist()


def history(frequency: int, recency: int, age: int) -> dict[str, Any]:
    return {"person_id": "p", "frequency": frequency, "recency_days": recency, "age_days": age}


@pytest.mark.parametrize(
    ("counts", "gap", "dormant", "relation"),
    [
        (history(0, 0, 10), 30.0, None, "new"),
        (history(0, 0, 69), 30.0, None, "new"),
        (history(0, 0, 70), 30.0, None, "lapsed"),  # 30 x ln 10 = 69.1
        (history(9, 90, 110), 60.0, None, "repeat"),
        (history(9, 90, 130), 60.0, None, "lapsed"),  # used to come every ten days
        (history(3, 900, 1200), 60.0, None, "repeat"),  # used to come once a year
        (history(0, 0, 5000), None, None, "new"),  # nobody came back: nothing can be said
        (history(2, 50, 400), 30.0, 365, "repeat"),
        (history(2, 50, 416), 30.0, 365, "lapsed"),
    ],
)
def test_silence_is_measured_by_ones_own_rhythm(engine, counts, gap, dormant, relation):
    (row,) = rows(engine, standing(engine.table(pa.Table.from_pylist([counts])), gap, dormant))
    assert row["relation"] == relation
    if gap is not None and dormant is None:
        mean = (counts["recency_days"] + gap) / (counts["frequency"] + 1)
        assert row["allowed_days"] == pytest.approx(math.log(10) * mean)


def known(engine: Engine, *told: tuple[str, str, str]) -> tuple[Any, Any]:
    """Return identifiers and links: each account a person of its own."""
    ids = {"source": ["s"] * len(told), "account_id": [t[0] for t in told],
           "kind": [t[1] for t in told], "value": [t[2] for t in told]}  # fmt: skip
    people = sorted({t[0] for t in told})
    links = {"source": ["s"] * len(people), "account_id": people, "person_id": people}
    return engine.table(pa.table(ids)), engine.table(pa.table(links))


def test_one_family_at_one_place_is_a_household_and_namesakes_are_not(engine):
    told = [("a", "name", "Ann Roy"), ("b", "name", "bob roy"), ("a", "postcode", "75011"),
            ("b", "postcode", "75011"), ("z", "name", "Zoe Far"),
            ("z", "postcode", "75011")]  # fmt: skip
    for n in range(40):  # forty Martins over ten postcodes: four at each, by chance
        told += [(f"m{n}", "name", f"M{n} Martin"), (f"m{n}", "postcode", f"{n % 10}")]
    homes = {
        r["person_id"]: r["household_id"] for r in rows(engine, households(*known(engine, *told)))
    }
    assert homes == {"a": "home:a", "b": "home:a"}


def test_a_crowd_of_one_name_at_one_phone_is_no_household(engine):
    told = [(f"p{n}", kind, value) for n in range(9)
            for kind, value in (("name", f"P{n} Roy"), ("phone", "+33123456789"))]  # fmt: skip
    assert rows(engine, households(*known(engine, *told))) == []


def test_free_mail_known_or_not_is_no_company(engine):
    told = [
        ("a", "email", "a@gmail.com"),
        ("b", "email", "b@atelier.fr"),
        ("c", "email", "nothing"),
    ]
    told += [(f"m{n}", "email", f"{n}@unheard-of-mail.example") for n in range(60)]
    found = rows(engine, companies(*known(engine, *told)))
    assert found == [{"person_id": "b", "company": "atelier.fr"}]


def test_a_reseller_is_proposed_and_a_good_customer_is_not(engine):
    buyers = [{"person_id": f"c{n}", "orders": 1 + n % 6, "revenue": 20.0 * (1 + n % 6)}
              for n in range(200)]  # fmt: skip
    buyers += [{"person_id": "best", "orders": 20, "revenue": 700.0},
               {"person_id": "shop", "orders": 300, "revenue": 90_000.0},
               {"person_id": "known", "orders": 300, "revenue": 90_000.0}]  # fmt: skip
    table = engine.table(pa.Table.from_pylist(buyers))
    apart = engine.table(pa.table({"person_id": ["known"]}))
    found = rows(engine, reseller_proposals(table, reseller_edges(table), apart))
    assert [row["person_id"] for row in found] == ["shop"]


ORDERS = [
    ("ann@mail.fr", "2025-01-05", 10), ("ann@mail.fr", "2025-02-05", 10),
    ("bob@mail.fr", "2025-03-20", 20), ("staff@maison.fr", "2025-03-21", 40),
    ("lou@mail.fr", "2025-03-22", 80), ("", "2025-03-23", 160),
]  # fmt: skip


def brand(folder: Path, more: str) -> Workspace:
    workspace = Workspace.create(folder / "ws", brand="Maison")
    lines = ["Name,Email,Financial Status,Currency,Subtotal,Total,Created at,Lineitem quantity,"
             "Lineitem name,Lineitem price"]  # fmt: skip
    for n, (email, day, price) in enumerate(ORDERS):
        lines.append(f"#{n},{email},paid,EUR,{price},{price},{day} 10:00:00 +0100,1,Tea,{price}")
    path = folder / "orders.csv"
    path.write_text("\n".join(lines))
    add(workspace, [path], confirm=lambda _: True)
    settings = workspace.root / "rapport.toml"
    text = settings.read_text()
    assert "[people]" in text
    settings.write_text(text.replace("[people]", f"[people]\n{more}"))
    workspace.reload()
    return workspace


def compute(workspace: Workspace) -> Results:
    """Run the steps that say who is what, as a run does, and no others."""
    steps = {"roles": set_apart, "buying": buying, "staying": staying, "relations": relations}
    with looking(workspace) as context:
        context.results.folder.mkdir(parents=True, exist_ok=True)
        for name, step in steps.items():
            context.results.save(name, "fingerprint", step(context))
    return Results(workspace.results)


def test_staff_and_resellers_have_a_line_of_their_own_and_the_parts_add_up(tmp_path):
    results = compute(
        brand(tmp_path, 'employee_domains = ["maison.fr"]\nresellers = ["lou@mail.fr"]')
    )
    numbers = results.numbers
    assert numbers["revenue"].value == 320
    assert numbers["apart_revenue"].value == 120
    assert numbers["customers"].value == 2
    assert numbers["employees"].value == 1
    assert numbers["resellers"].value == 1
    by_month = results.table("revenue_by_month").to_pylist()
    parts = {name: sum(row[name] for row in by_month) for name in
             ("new", "returning", "unknown", "apart")}  # fmt: skip
    assert parts == {"new": 30, "returning": 10, "unknown": 160, "apart": 120}
    roles = {r["role"] for r in results.table("people").to_pylist()}
    assert roles == {"person", "employee", "reseller"}
    known = {r["person_id"] for r in results.table("customers").to_pylist()}
    apart = {r["person_id"] for r in results.table("roles").to_pylist()}
    assert not known & apart


def test_without_a_role_nothing_is_set_apart(tmp_path):
    results = compute(brand(tmp_path, ""))
    assert "apart_revenue" not in results.numbers
    assert results.numbers["customers"].value == 4
    relations = {r["relation"] for r in results.table("people").to_pylist()}
    assert relations <= {"prospect", "new", "repeat", "lapsed"}


def test_a_list_of_employees_in_a_file_is_read_and_computed_again_when_it_changes(tmp_path):
    workspace = brand(tmp_path, 'employee_file = "staff.csv"')
    staff = workspace.root / "staff.csv"
    staff.write_text("name;email\nAnn;ANN@mail.fr\n")
    assert compute(workspace).numbers["employees"].value == 1
    before = fingerprints(open_record(workspace), workspace.settings)["roles"]
    staff.write_text("name;email\nAnn;ANN@mail.fr\nBob;bob@mail.fr\n")
    assert fingerprints(open_record(workspace), workspace.settings)["roles"] != before
    assert compute(workspace).numbers["employees"].value == 2


def test_a_list_of_employees_that_is_not_there_is_said(tmp_path):
    workspace = brand(tmp_path, 'employee_file = "nobody.csv"')
    with pytest.raises(Problem, match="list of employees"):
        compute(workspace)
