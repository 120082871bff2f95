"""What a decision on who is who would change: who is meant, and which totals."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.errors import Fault, Problem
from rapport.people.decisions import as_decided, same_two, standing
from rapport.people.gathering import order_people
from rapport.people.grouping import Pairs, group
from rapport.people.ids import surviving
from rapport.record.kept import Account, Decision, Kept, Verb
from rapport.record.person import find
from rapport.steps.context import ORDERS, Context

MOST_NAMED = 200


@dataclass(frozen=True, slots=True)
class Stand:
    """One person, before or after: accounts, days on which they bought, net revenue."""

    person_id: str
    accounts: tuple[Account, ...]
    days: int
    net: float


@dataclass(frozen=True, slots=True)
class Change:
    """What a decision would change.

    Parameters
    ----------
    left, right
        The accounts that were named.
    before, after
        The people they are of.
    takes_back
        The standing decision that this one takes back, if it does.
    repeats
        Whether the same was decided before.
    """

    left: tuple[Account, ...]
    right: tuple[Account, ...]
    before: tuple[Stand, ...]
    after: tuple[Stand, ...]
    takes_back: Decision | None
    repeats: bool

    def totals(self) -> dict[str, tuple[int, int]]:
        """Return people, customers and repeat customers among those concerned, before and after."""
        counted = []
        for stands in (self.before, self.after):
            bought = [each.days for each in stands if each.days]
            counted.append((len(stands), len(bought), sum(days > 1 for days in bought)))
        names = ("people", "customers", "repeat_customers")
        return {name: (counted[0][i], counted[1][i]) for i, name in enumerate(names)}


def change_of(context: Context, verb: Verb, left: str, right: str) -> Change:
    """Return what would change.

    Parameters
    ----------
    context
        A look at the workspace.
    verb
        "link" or "unlink".
    left, right
        As a person types them: a person's id, "source:account", an e-mail, phone, handle or card.

    Raises
    ------
    Problem
        When there are no results, one of the two names nobody or both name the same account, or
        when the decision contradicts others that stand.
    """
    if "links" not in context.results.tables:
        fault = Fault("Who is who was not computed yet.", hint="Run 'rapport run' first.")
        raise Problem("Nothing was decided.", [fault])
    sides = [_named(context, typed) for typed in (left, right)]
    if set(sides[0]) & set(sides[1]):
        fault = Fault(f"'{left}' and '{right}' name the same account.",
                      hint="Name two accounts, as 'rapport table links' lists them.")  # fmt: skip
        raise Problem("Nothing was decided.", [fault])
    stood = standing(Kept(context.record.root).decisions())
    number = max((each.number for each in stood), default=0) + 1
    new = Decision(number, verb, sides[0], sides[1], "")
    match = [each for each in stood if same_two(each, new)]
    back = next((each for each in match if each.verb != verb), None)
    repeats = any(each.verb == verb for each in match)
    rows = _concerned(context, sides)
    after = _regrouped(context, rows, standing([*stood, new]))
    before = _stands(context, rows, rows.column("person_id").to_pylist())
    return Change(sides[0], sides[1], before, _stands(context, rows, after), back, repeats)


def _named(context: Context, typed: str) -> tuple[Account, ...]:
    """Return the accounts that are meant."""
    engine, links = context.engine, context.result("links")
    own = nw.concat_str(nw.col("source"), nw.col("account_id"), separator=":")
    for column in (own, nw.col("person_id")):
        rows = engine.collect(links.filter(column == typed).select("source", "account_id"))
        if rows.num_rows:
            return _accounts(rows)
    found = find(context.record.root, context.record.rules.key, typed).accounts
    if not found:
        fault = Fault(
            f"Nobody on record is called '{typed}'.",
            hint="Write an e-mail, phone, handle, source:account, or a person's id.",
        )
        raise Problem("Nothing was decided.", [fault])
    if len(found) > MOST_NAMED:
        fault = Fault(f"'{typed}' names {len(found)} accounts.", hint="Name one of them.")
        raise Problem("Nothing was decided.", [fault])
    return tuple(sorted(found))


def _accounts(rows: pa.Table) -> tuple[Account, ...]:
    return tuple(sorted((row["source"], row["account_id"]) for row in rows.to_pylist()))


def _concerned(context: Context, sides: Sequence[tuple[Account, ...]]) -> pa.Table:
    """Return every account of the people of both sides, in their order."""
    ids = [account for side in sides for _, account in side]
    links = context.result("links").select("source", "account_id", "person_id")
    near = context.engine.collect(links.filter(nw.col("account_id").is_in(ids))).to_pylist()
    wanted = {account for side in sides for account in side}
    people = sorted(
        {row["person_id"] for row in near if (row["source"], row["account_id"]) in wanted}
    )
    rows = context.engine.collect(links.filter(nw.col("person_id").is_in(people)))
    return rows.sort_by([("source", "ascending"), ("account_id", "ascending")])


def _regrouped(context: Context, rows: pa.Table, held: Sequence[Decision]) -> list[str]:
    """Return the person of each account once the decisions hold."""
    accounts = rows.select(["source", "account_id"])
    decided, meant = as_decided(held, accounts)
    left, right, p = _pairs(context, rows)
    fixed = np.zeros(len(p), dtype=bool)
    if decided.one:
        extra = np.array(decided.one, dtype=np.int64)
        left, right = np.append(left, extra[:, 0]), np.append(right, extra[:, 1])
        p = np.append(p, np.ones(len(extra)))
        fixed = np.append(fixed, np.ones(len(extra), dtype=bool))
    people = context.settings.people
    groups = group(
        rows.num_rows,
        Pairs(left, right, p, fixed),
        above=people.merge_above,
        weak_under=people.weak_under,
        most=people.most_accounts,
        apart=decided.apart,
    )
    if groups.broken:
        faults = [
            Fault(
                f"Decision {meant[n].number} keeps {_text(meant[n].left)} and "
                f"{_text(meant[n].right)} apart, and others link them.",
                hint="Take one of them back with the opposite command.",
            )
            for n in groups.broken
        ]
        raise Problem("Nothing was decided: it contradicts what was decided before.", faults)
    since = pa.array([1] * rows.num_rows, pa.int64())
    after = surviving(accounts, groups.person, rows.append_column("since", since))
    told: list[str] = after.column("person_id").to_pylist()
    return told


def _text(side: Sequence[Account]) -> str:
    return ":".join(side[0])


def _pairs(context: Context, rows: pa.Table) -> tuple[Any, Any, Any]:
    """Return the pairs that tie the people concerned, by the rows' numbers, without decisions."""
    people = pc.unique(rows.column("person_id")).to_pylist()
    evidence = context.result("link_evidence").filter(
        nw.col("joined") & nw.col("person_id").is_in(people)
    )
    number = {
        (row["source"], row["account_id"]): place for place, row in enumerate(rows.to_pylist())
    }
    left, right, p = [], [], []
    for row in context.engine.collect(evidence).to_pylist():
        if row["evidence"] != "decision":
            left.append(number[row["source"], row["account_id"]])
            right.append(number[row["other_source"], row["other_account_id"]])
            p.append(row["evidence_alone"])
    return np.array(left, np.int64), np.array(right, np.int64), np.array(p, np.float64)


def _stands(context: Context, rows: pa.Table, people: list[str]) -> tuple[Stand, ...]:
    """Return each person with what they bought, by the orders that count."""
    bought: dict[str, tuple[set[Any], float]] = {}
    person_of = {
        (row["source"], row["account_id"]): person
        for row, person in zip(rows.to_pylist(), people, strict=True)
    }
    if "orders" in context.results.tables:
        before = pc.unique(rows.column("person_id")).to_pylist()
        orders = context.result("orders").filter(nw.col("person_id").is_in(before))
        named = nw.concat(
            [context.facts(name).select("source", "purchase_id", "account_id") for name in ORDERS],
            how="vertical",
        )
        own = pa.array([f"{source}\x1f{account}" for source, account in person_of])
        links = context.engine.table(
            rows.select(["source", "account_id"]).append_column("sure_id", own)
        )
        found = context.engine.collect(order_people(orders, named, links))
        for row in found.to_pylist():
            source, _, account = row["sure_id"].partition("\x1f")
            person = person_of.get((source, account), row["person_id"])
            days, net = bought.get(person, (set(), 0.0))
            bought[person] = (days | {row["day"]}, net + row["net"])
    stands = []
    for person in sorted(set(people)):
        mine = tuple(account for account, of in person_of.items() if of == person)
        days, net = bought.get(person, (set(), 0.0))
        stands.append(Stand(person, mine, len(days), net))
    return tuple(stands)
