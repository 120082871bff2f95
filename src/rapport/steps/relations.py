"""Who everybody is to the brand: prospect, new, repeat or lapsed; staff, households, companies."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.estimate import Estimate, Grade
from rapport.people.household import groups
from rapport.people.relation import described, people, relation_counts, sightings, standing
from rapport.people.relation_roles import reseller_edges, reseller_proposals
from rapport.record.frames import Frame
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.identity import seen_accounts
from rapport.steps.linked import links_of
from rapport.value.customers import buying_days
from rapport.value.rhythm import gaps

_FOLD = 1.5  # the allowed silence, over and under which the number of lapsed is also told
_NAMES = {"new": "new_customers", "repeat": "repeat_customers", "lapsed": "lapsed_customers"}
_ROLES = {"employee": "employees", "reseller": "resellers"}


def relations(context: Context) -> StepResult:
    """Write one row for each person, and how many there are of each kind."""
    engine = context.engine
    links = engine.cache(links_of(context))
    roles = context.result("roles")
    bought = "customers" in context.results.tables
    gap = _usual_gap(context) if bought else None
    made = people(
        engine.cache(described(context.facts("account"), links)),
        engine.cache(sightings(seen_accounts(context), links)),
        _standing(context, gap),
        roles,
        engine.cache(_groups(context, links)),
    )
    tables = {"people": context.write("people", made)}
    counts = engine.collect(relation_counts(context.result("people")))
    shown = _without_small(counts, context.settings.people.smallest_group)
    tables["people_by_relation"] = context.write("people_by_relation", shown)
    tables |= _proposals(context, roles) if bought else {}
    numbers = _numbers(context, counts, gap)
    return StepResult(numbers, tables, _untold(context, gap), _questions(tables))


def _standing(context: Context, gap: float | None, fold: float = 1.0) -> Frame:
    if "customers" not in context.results.tables:
        return _nobody(context)
    counts = context.result("customers").select(
        "person_id", "frequency", "recency_days", "age_days"
    )
    dormant = context.settings.value.dormant_days
    return standing(counts, None if gap is None else gap * fold, dormant)


def _nobody(context: Context) -> Frame:
    schema = pa.schema([("person_id", pa.string()), ("relation", pa.string())])
    return context.engine.table(schema.empty_table())


def _usual_gap(context: Context) -> float | None:
    """Return the mean days between two buying days of one customer; None where nobody came back."""
    orders = context.result("orders")
    between = gaps(buying_days(orders)).select(mean=nw.col("gap").mean())
    (mean,) = context.engine.collect(between).column("mean").to_pylist()
    return None if mean is None else float(mean)


def _groups(context: Context, links: Frame) -> Frame:
    """Return households and companies; hashed names and e-mails show neither."""
    if context.settings.people.hash_identifiers:
        schema = pa.schema([(n, pa.string()) for n in ("person_id", "household_id", "company")])
        return context.engine.table(schema.empty_table())
    keep = context.engine.cache
    return groups(keep(context.facts("identifier")), links, keep)


def _without_small(counts: pa.Table, smallest: int) -> pa.Table:
    """Return the counts without groups of fewer people than may be shown."""
    rows = [row for row in counts.to_pylist() if row["people"] >= smallest]
    rows.sort(key=lambda row: (row["role"], row["relation"]))
    return pa.Table.from_pylist(rows, schema=counts.schema)


def _proposals(context: Context, roles: Frame) -> dict[str, int]:
    customers = context.result("customers").select("person_id", "orders", "revenue")
    edges = reseller_edges(customers)
    found = reseller_proposals(customers, edges, roles)
    return {"role_proposals": context.write("role_proposals", found)}


def _numbers(context: Context, counts: pa.Table, gap: float | None) -> dict[str, Estimate]:
    rows = counts.to_pylist()
    plain = {r["relation"]: r["people"] for r in rows if r["role"] == "person"}
    found = {
        name: _counted(plain.get(relation, 0), "customers")
        for relation, name in _NAMES.items()
        if relation != "lapsed"
    }
    if gap is not None or context.settings.value.dormant_days is not None:
        found["lapsed_customers"] = _lapsed(context, plain.get("lapsed", 0), gap)
    for role, name in _ROLES.items():
        many = sum(row["people"] for row in rows if row["role"] == role)
        if many:
            found[name] = _counted(many, "people")
    for column, name in (("household_id", "households"), ("company", "companies")):
        told = context.result("people").filter(~nw.col(column).is_null())
        (many,) = context.engine.collect(told.select(n=nw.col(column).n_unique()))["n"].to_pylist()
        if many:
            found[name] = _counted(many, "households" if name == "households" else "companies")
    return {name: each.based_on(name=name, table="people") for name, each in found.items()}


def _counted(many: int, unit: str) -> Estimate:
    return Estimate.exact(many, unit).based_on(people=many, rows=many)


def _lapsed(context: Context, many: int, gap: float | None) -> Estimate:
    """Return how many have lapsed; between a half more and a third less patience, unless set."""
    basis: dict[str, Any] = {"people": many, "rows": many}
    if context.settings.value.dormant_days is not None or gap is None:
        return Estimate.exact(many, "customers", **basis)
    low, high = (
        sum(
            context.engine.collect(
                _standing(context, gap, fold)
                .filter(nw.col("relation") == "lapsed")
                .select(n=nw.len())
            )["n"].to_pylist()
        )
        for fold in (_FOLD, 1 / _FOLD)
    )
    return Estimate(
        float(many), "customers", Grade.MODEL, float(min(low, many)), float(max(high, many)),
        **basis,
    )  # fmt: skip


def _untold(context: Context, gap: float | None) -> tuple[Untold, ...]:
    told = []
    if gap is None and context.settings.value.dormant_days is None:
        told.append(
            Untold(
                Said("Which customers have lapsed?"),
                Said("Nobody on record came back, so no usual gap is known."),
                Said("Set value.dormant_days in rapport.toml, or add a longer history of orders."),
            )
        )
    if context.settings.people.hash_identifiers:
        told.append(
            Untold(
                Said("Who shares a household or a company?"),
                Said("Names and e-mails are stored as hashes, which show neither."),
                Said("Turn hash_identifiers off, and load the files again."),
            )
        )
    return tuple(told)


def _questions(tables: dict[str, int]) -> tuple[Said, ...]:
    many = tables.get("role_proposals", 0)
    if not many:
        return ()
    return (
        Said(
            "Customers who buy far more than others and may be resellers: {n}. They count as "
            "customers until people.resellers in rapport.toml names them (table role_proposals).",
            {"n": many},
        ),
    )
