"""A small brand: a till, a shop and a desk that know the same people by different things."""

from __future__ import annotations

import datetime as dt
import hashlib
from decimal import Decimal

import pyarrow as pa
from deltalake import DeltaTable

from rapport.pipeline import looking, open_record
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.kept import Kept
from rapport.results import Results
from rapport.steps.buying import buying
from rapport.steps.footing import footing
from rapport.steps.identity import identity
from rapport.steps.linking import change_of
from rapport.workspace import Workspace

JEAN = {"email": "jean.dupont@orange.fr", "name": "Jean Dupont", "phone": "0612345678"}
PEOPLE = {
    ("till", "card-77001"): {
        "loyalty card": "77001",
        "name": "DUPONT Jean",
        "phone": "+33612345678",
    },
    ("shop", "jean.dupont@orange.fr"): JEAN,
    ("shop", "ana@free.fr"): {"email": "ana@free.fr", "name": "Ana Lopes"},
    ("desk", "9001"): {"email": "ana@free.fr"},
    ("shop", "marie@free.fr"): {"email": "marie@free.fr", "name": "Marie Dupont"},
}
ORDERS = [
    ("till", "card-77001", 1), ("shop", "jean.dupont@orange.fr", 9), ("shop", "ana@free.fr", 3),
    ("shop", "marie@free.fr", 4),
]  # fmt: skip


def facts(source: str, people, orders) -> Facts:
    mine = [(account, known) for (of, account), known in people.items() if of == source]
    bought = [(account, day) for of, account, day in orders if of == source]
    rows = [(a, kind, value) for a, known in mine for kind, value in known.items()]
    account = pa.table({"account_id": [a for a, _ in mine], "source_row": range(2, len(mine) + 2)})
    start = 2 + len(mine)
    identifier = pa.table(
        {
            "account_id": [row[0] for row in rows],
            "kind": [row[1] for row in rows],
            "value": [row[2] for row in rows],
            "source_row": [start + n for n in range(len(rows))],
        }
    )
    start += len(rows)
    purchase = pa.table(
        {
            "purchase_id": [f"{source}-{n}" for n in range(len(bought))],
            "ordered_on": [dt.datetime(2024, 3, day, 9, tzinfo=dt.UTC) for _, day in bought],
            "account_id": pa.array([a for a, _ in bought], pa.string()),
            "revenue": [Decimal("10.00")] * len(bought),
            "currency": ["EUR"] * len(bought),
            "source_row": [start + n for n in range(len(bought))],
        }
    )
    tables = {"account": account, "identifier": identifier}
    if bought:
        tables["purchase"] = purchase
    rows_in = sum(table.num_rows for table in tables.values())
    content = hashlib.sha256(repr((source, people, orders)).encode()).hexdigest()
    batch = Batch(rows_in, tables, ASIDE.empty_table())
    return Facts(source, f"{source}.csv", content, "1", iter([batch]))


def fill(workspace: Workspace, people=PEOPLE, orders=ORDERS) -> None:
    record = open_record(workspace)
    for source in sorted({source for source, _ in people}):
        record.load(facts(source, people, orders), overlap="keep")


STEPS = {"identity": identity, "buying": buying, "footing": footing}


def compute(workspace: Workspace, *steps: str) -> None:
    """Run the steps that links need; all three when none is named."""
    with looking(workspace) as context:
        workspace.results.mkdir(exist_ok=True)
        for name in steps or STEPS:
            context.results.save(name, "x", STEPS[name](context))


def links(workspace: Workspace) -> dict[str, str]:
    rows = DeltaTable(workspace.results / "links").to_pyarrow_table().to_pylist()
    return {f"{row['source']}:{row['account_id']}": row["person_id"] for row in rows}


def number(workspace: Workspace, name: str) -> float:
    return Results(workspace.results).numbers[name].value


def decide(workspace: Workspace, verb: str, left: str, right: str):
    with looking(workspace) as context:
        change = change_of(context, verb, left, right)
    Kept(workspace.record).decide(verb, change.left, change.right)
    return change
