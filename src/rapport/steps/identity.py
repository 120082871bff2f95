"""Who is who: which accounts are one person, how surely, and on what evidence."""

from __future__ import annotations

import datetime as dt
import shutil
from dataclasses import dataclass

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.estimate import Estimate
from rapport.people.decisions import as_decided, standing
from rapport.people.gathering import (
    ACCOUNTS,
    TIMES,
    accounts_met,
    acts,
    identifiers_known,
    named_by_contact,
)
from rapport.people.ids import surviving
from rapport.people.resolving import Resolved, Rules, resolve_rows
from rapport.people.reusing import among_all, bearing, digest_of, resolved_again
from rapport.record.frames import Frame
from rapport.record.kept import Account, Decision, Kept
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.order import WHOLE

SHOWN = 0.2  # pairs less likely than this are not listed as evidence
WEAK_MARK = "~"
SEEN, ACTS = "accounts_seen", "acts_seen"  # in the results folder, for steps that come after
_MET = ("source", "account_id", "first", "last")
MEMORY = "identity_memory"  # in the results folder: numbers of accounts and a digest, no names


@dataclass(frozen=True)
class Known:
    """Who is who at present, before anything is written.

    Parameters
    ----------
    resolved
        The answer, by numbers of accounts.
    ids
        source, account_id, person_id, since.
    broken
        Decisions that contradict others, and do not hold.
    """

    resolved: Resolved
    ids: pa.Table
    broken: tuple[Decision, ...] = ()


def identity(context: Context) -> StepResult:
    """Write links, their evidence and what was questioned; keep the ids of people."""
    kept = Kept(context.record.root)
    known = who_is_who(context, kept.decisions(), kept.ids())
    kept.keep_ids(known.ids)
    links = links_of(known)
    tables = {
        "links": context.write("links", links),
        "link_evidence": context.write("link_evidence", _evidence(known)),
        "questioned": context.write("questioned", _questioned(known)),
    }
    if context.since is None:
        context.kept(WHOLE, lambda: _whose(context), anew=True)
    return StepResult(_numbers(links), tables, _untold(known), _warnings(known))


def who_is_who(context: Context, decisions: tuple[Decision, ...], before: pa.Table) -> Known:
    """Return who is who by the record and by some decisions; only a memory is written."""
    engine = context.engine
    facts = {name: context.facts(name) for name in ("identifier", "account")}
    met = seen_accounts(context, anew=True)
    accounts = engine.collect(met.select("source", "account_id")).sort_by(
        [("source", "ascending"), ("account_id", "ascending")]
    )
    rows = pa.concat_tables(
        [
            engine.collect(identifiers_known(facts["identifier"], facts["account"])),
            engine.collect(named_by_contact(met, facts["account"])),
        ]
    )
    del facts, met
    held = standing(decisions)
    places = bearing(accounts, rows, _decided_of(held))
    some = accounts.take(places)
    decided, meant = as_decided(held, some)
    people = context.settings.people
    rules = Rules(
        above=people.merge_above,
        weak_under=people.weak_under,
        most=people.most_accounts,
        most_bearers=people.most_bearers,
        memory=context.settings.memory,
    )
    found = resolved_again(
        context.results.folder / MEMORY,
        digest_of(some, rows, rules, decided, engine.name),
        some,
        lambda: resolve_rows(engine, rows, some, rules=rules, decided=decided),
    )
    resolved = among_all(found, places, accounts)
    ids = surviving(accounts, resolved.groups.person, before)
    return Known(resolved, ids, tuple(meant[number] for number in resolved.groups.broken))


def seen_accounts(context: Context, *, anew: bool = False) -> Frame:
    """Return every account on record with when it was first and last seen; see `accounts_met`.

    It is found once a run, by the step `identity`, since it reads all that anybody did. Where
    nothing of a day before `since` has changed, only what was done since is read.
    """
    since = context.since
    if anew and since is not None and (context.results.folder / WHOLE / "_delta_log").is_dir():
        shutil.rmtree(context.results.folder / ACTS, ignore_errors=True)  # who needs it makes it
        return context.kept(SEEN, lambda: _seen_since(context, since), anew=True)

    def made() -> Frame:
        facts = {name: context.facts(name) for name in ACCOUNTS if name != "activity"}
        return accounts_met(facts, seen_acts(context, anew=anew))

    return context.kept(SEEN, made, anew=anew)


def _whose(context: Context) -> Frame:
    """Return the accounts that were met, with their person."""
    links = context.result("links").select("source", "account_id", "person_id")
    return seen_accounts(context).join(links, on=["source", "account_id"], how="left")


def _seen_since(context: Context, since: dt.date) -> Frame:
    """Return the accounts that were met, from those of the last whole answer and later facts."""
    begin = dt.datetime.combine(since, dt.time()) - dt.timedelta(days=1)  # in any time zone

    def late(table: str) -> Frame:
        rows = context.facts(table)
        if table not in TIMES:
            return rows
        moment = nw.col(TIMES[table])
        return rows.filter((moment >= nw.lit(begin)) | moment.is_null())

    others = {name: late(name) for name in ACCOUNTS if name != "activity"}
    met = accounts_met(others, acts(late("activity")))
    before = context.engine.scan_delta(context.results.folder / WHOLE)
    every = nw.concat([before.select(*_MET), met.select(*_MET)], how="vertical")
    return every.group_by("source", "account_id").agg(
        first=nw.col("first").min(), last=nw.col("last").max()
    )


def seen_acts(context: Context, *, anew: bool = False) -> Frame:
    """Return what every account did on each channel; see `acts`. It is found as `seen_accounts`."""
    return context.kept(ACTS, lambda: acts(context.facts("activity")), anew=anew)


def _decided_of(decisions: tuple[Decision, ...]) -> set[Account]:
    return {account for each in decisions for account in (*each.left, *each.right)}


def links_of(known: Known) -> pa.Table:
    """Return one row for each account.

    Columns: source, account_id, person_id, probability, evidence, weak, and sure_id: the person
    that the account would be without weak links.
    """
    groups = known.resolved.groups
    person = known.ids.column("person_id")
    own = pc.binary_join_element_wise(
        known.ids.column("source"), known.ids.column("account_id"), ":"
    )
    part = pc.binary_join_element_wise(own.take(pa.array(groups.sure)), WEAK_MARK, "")
    weak = pa.array(groups.weak)
    return pa.table(
        {
            "source": known.ids.column("source"),
            "account_id": known.ids.column("account_id"),
            "person_id": person,
            "probability": pa.array(groups.probability),
            "evidence": known.resolved.codes,
            "weak": weak,
            "sure_id": pc.if_else(weak, part, person),
        }
    )


def _evidence(known: Known) -> pa.Table:
    """Return pairs of accounts with what speaks for them, whether they were merged or not.

    `evidence_alone` is the probability without what somebody decided.
    """
    pairs = known.resolved.pairs
    pairs = pairs.filter(pc.greater_equal(pairs.column("p"), SHOWN))
    left, right = pairs.column("node_l"), pairs.column("node_r")
    ids = known.ids
    person = known.resolved.groups.person
    joined = person[left.to_numpy()] == person[right.to_numpy()]
    return pa.table(
        {
            "source": ids.column("source").take(left),
            "account_id": ids.column("account_id").take(left),
            "other_source": ids.column("source").take(right),
            "other_account_id": ids.column("account_id").take(right),
            "person_id": ids.column("person_id").take(left),
            "other_person_id": ids.column("person_id").take(right),
            "probability": pairs.column("p"),
            "evidence": pairs.column("code"),
            "evidence_alone": pairs.column("alone"),
            "joined": pa.array(joined, pa.bool_()),
        }
    )


def _questioned(known: Known) -> pa.Table:
    """Return the accounts of groups that were too large to be one person."""
    group = known.resolved.groups.questioned
    rows = np.flatnonzero(group >= 0)
    sizes = np.bincount(group[rows], minlength=1) if len(rows) else np.zeros(1, dtype=np.int64)
    place = pa.array(rows)
    first = pa.array(group[rows])
    ids = known.ids
    name = pc.binary_join_element_wise(
        ids.column("source").take(first), ids.column("account_id").take(first), ":"
    )
    return pa.table(
        {
            "group_id": name,
            "accounts": pa.array(sizes[group[rows]] if len(rows) else [], pa.int64()),
            "source": ids.column("source").take(place),
            "account_id": ids.column("account_id").take(place),
            "person_id": ids.column("person_id").take(place),
        }
    )


def _numbers(links: pa.Table) -> dict[str, Estimate]:
    accounts = links.num_rows
    if not accounts:
        return {}
    people = int(pc.count_distinct(links.column("person_id")).as_py())
    sure = int(pc.count_distinct(links.column("sure_id")).as_py())
    basis = {"people": people, "rows": accounts}

    def count(value: float, unit: str, name: str) -> Estimate:
        return Estimate.exact(value, unit, **basis).based_on(name=name, table="links")

    return {
        "accounts": count(accounts, "accounts", "accounts"),
        "people": count(people, "people", "people"),
        "people_without_weak": count(sure, "people", "people_without_weak"),
        "accounts_per_person": count(accounts / people, "accounts", "accounts_per_person"),
    }


def _untold(known: Known) -> tuple[Untold, ...]:
    doubted = len(np.unique(known.resolved.groups.questioned)) - 1
    if doubted < 1:
        return ()
    return (
        Untold(
            Said("Who are the people with very many accounts?"),
            Said("Groups of accounts that share evidence but are too many for one person: {n}.",
                 {"n": doubted}),
            Said("Look at 'rapport table questioned', then use rapport link and rapport unlink."),
        ),
    )  # fmt: skip


def _warnings(known: Known) -> tuple[Said, ...]:
    return tuple(
        Said(
            "The decision {n} of {day} to keep {left} and {right} apart contradicts others "
            "that link them; the links hold.",
            {"n": each.number, "day": each.decided_on[:10], "left": ":".join(each.left[0]),
             "right": ":".join(each.right[0])},
        )
        for each in known.broken
    )  # fmt: skip
