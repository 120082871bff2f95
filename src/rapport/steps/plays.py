"""What should we do on Monday? Plays by expected money, and the people of each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.actions.plays import money, people, play, wording
from rapport.actions.plays.play import Money, Play, ranked
from rapport.estimate import Estimate, Grade
from rapport.record.frames import Frame
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.lately import without_buyers, without_doers
from rapport.steps.plays_facts import Known, known_of
from rapport.steps.plays_inviting import (
    enough,
    invitation,
    invitation_of_the_rest,
    rest_to_invite,
    to_invite,
)

QUESTION = "What should we do on Monday?"
RECENT = 90
"""Days for which an answer is still an answer: effects were measured over as many."""
ARTICLES = 5

PLAYS = pa.schema(
    [
        ("rank", pa.int64()), *((name, pa.string()) for name in (
            "play", "subject", "title", "to_do", "why", "standing")),
        *((name, pa.int64()) for name in ("people", "many", "takes")),
        *((name, pa.float64()) for name in ("value", "low", "high", "counted")),
        *((name, pa.string()) for name in ("money", "grade", "basis", "list", "command")),
    ]
)  # fmt: skip
PLAY_PEOPLE = pa.schema(
    [("play", pa.string()), ("person_id", pa.string()), ("rank", pa.int64()),
     ("value", pa.float64()), ("counts", pa.int64()),
     *((n, pa.string()) for n in ("reasons", "said", "url"))]
)  # fmt: skip


def plays(context: Context) -> StepResult:
    """Write the plays, ranked, and whom each is for."""
    known = known_of(context)
    listed = _listed(context, known)
    sums = {} if listed is None else _sums(context, listed)
    if listed is not None and play.INVITE in sums and not enough(context, sums[play.INVITE].people):
        del sums[play.INVITE]
        listed = listed.filter(nw.col("play") != play.INVITE)
    found = ranked([*_for_people(context, known, sums), *_for_others(context, known)])
    if not found:
        return StepResult(untold=(_nothing(),))
    language = context.settings.languages[0]
    rows = [_row(each, n, known, language) for n, each in enumerate(found, start=1)]
    tables = {"plays": context.write("plays", pa.Table.from_pylist(rows, PLAYS))}
    if listed is not None:
        tables["play_people"] = context.write("play_people", listed)
    return StepResult(_numbers(found, known), tables, _untold(found))


def _listed(context: Context, known: Known) -> Frame | None:
    """Return everybody in a play, in the engine."""
    parts = [part for part in _parts(context, known) if part is not None]
    if not parts:
        return None
    rows = nw.concat(parts, how="vertical")
    return context.engine.cache(people.listed(rows, people.ordinary(context.result("people"))))


def _parts(context: Context, known: Known) -> list[Frame | None]:
    has, result = known.has, context.result
    if not has("people"):
        return []
    asked = context.engine.table(known.asked)
    most = context.settings.engagement.most_asks_a_year
    cost = context.settings.service.cost_per_contact
    nobody = context.engine.table(pa.table({"person_id": pa.array([], pa.string())}))
    held = result("referral_value") if has("referral_value") else nobody
    waits = result("unanswered") if has("unanswered") else None
    since = known.today.toordinal() - RECENT
    return [
        people.to_thank(
            without_doers(context, result("advocates"), "referral", ["Recommend"]),
            held,
            asked,
            most,
        )
        if has("advocates")
        else None,
        people.to_answer(
            people.waiting(waits, ("complaint", "leaving"), since),
            _yearly(context, known),
            least(known.kept, cost),
        )
        if waits is not None
        else None,
        people.to_sell(
            people.waiting(waits, ("purchase_intent",), since),
            known.new_worth,
            known.order_worth,
            least(known.more, cost),
        )
        if waits is not None
        else None,
        people.to_win_back(without_buyers(context, result("breaking_up"), "moves"))
        if has("breaking_up")
        else None,
        people.to_spare(result("influencers")) if has("influencers") else None,
        to_invite(context, known),
        rest_to_invite(context, known),
    ]


def _yearly(context: Context, known: Known) -> Frame:
    """Return what each customer brought in the last year: person_id, year."""
    from rapport.steps.breaking_up import money_of

    if not known.has("orders"):
        empty = pa.table(
            {"person_id": pa.array([], pa.string()), "year": pa.array([], pa.float64())}
        )
        return context.engine.table(empty)
    last = money_of(context).filter(nw.col("number") > known.today.toordinal() - 365)
    return last.group_by("person_id").agg(year=nw.col("money").sum())


def least(share: Money | None, cost: float | None) -> float:
    """Return what must be at stake with somebody for an answer to be worth its cost.

    Examples
    --------
    >>> least(Money(0.1, 0.0, 0.2, Grade.ADJUSTED, "kept"), 6.0), least(None, 6.0)
    (60.0, 0.0)
    """
    return cost / share.value if share is not None and share.value > 0 and cost else 0.0


@dataclass(frozen=True, slots=True)
class Size:
    """How many a play is for, and of how many money is expected, with what is at stake."""

    people: int
    counted: int
    stake: float


def _sums(context: Context, listed: Frame) -> dict[str, Size]:
    """Return the size of each play; of one that pays for nobody, everybody counts."""
    made: dict[str, dict[int, tuple[int, float]]] = {}
    for row in context.engine.collect(people.summed(listed)).to_pylist():
        of_play = made.setdefault(row["play"], {})
        of_play[row["counts"]] = (int(row["people"]), float(row["value"] or 0.0))
    sizes = {}
    for key, parts in made.items():
        everybody = sum(many for many, _ in parts.values())
        counted, stake = parts.get(1) or (everybody, sum(value for _, value in parts.values()))
        sizes[key] = Size(everybody, counted, stake)
    return sizes


def _for_people(context: Context, known: Known, sums: dict[str, Size]) -> list[Play]:
    tables = {
        play.THANK: "advocates", play.ANSWER: "unanswered", play.SELL: "unanswered",
        play.WIN_BACK: "breaking_up", play.SPARE: "influencers",
    }  # fmt: skip
    found = []
    for key, table in tables.items():
        size = sums.get(key)
        if size is None:
            continue
        tried = known.tried.get(key)
        if tried is not None:
            brings: Money | None = money.of_experiment(tried, size.people)
            found.append(Play(key, table, size.people, brings, many=size.people))
            continue
        brings = _brings(context, known, key, size)
        found.append(Play(key, table, size.people, brings, many=size.counted))
    if play.INVITE in sums:
        found.append(invitation(context, known, sums[play.INVITE].people))
    if play.INVITE_REST in sums:
        found.append(invitation_of_the_rest(context, known, sums[play.INVITE_REST].people))
    return found


def _brings(context: Context, known: Known, key: str, size: Size) -> Money | None:
    """Return what a play without an experiment is expected to bring."""
    many, stake = size.counted, size.stake
    cost = context.settings.service.cost_per_contact
    if key == play.THANK:
        return None if known.codes is None else money.of_codes(known.codes, many)
    if key == play.ANSWER:
        return None if known.kept is None else money.of_answers(known.kept, stake, many, cost)
    if key == play.SELL:
        return None if known.more is None else money.of_sales(known.more, stake, many, cost)
    if key == play.WIN_BACK:
        return money.of_winning_back(stake) if stake > 0 else None
    rows = [row for row in _rows_of(context, known, "influencers") if row["verdict"] == "stop"]
    priced = [row for row in rows if row["cost"] is not None and row["expected_gain"] is not None]
    return money.of_sparing(priced) if priced else None


def _rows_of(context: Context, known: Known, table: str) -> list[dict[str, Any]]:
    return context.results.table(table).to_pylist() if known.has(table) else []


def _for_others(context: Context, known: Known) -> list[Play]:
    return [
        *_articles(context, known),
        *_platforms(context, known),
        *_counts(context, known),
    ]


def _articles(context: Context, known: Known) -> list[Play]:
    rows = [r for r in _rows_of(context, known, "questions") if (r["contacts_saved"] or 0.0) > 0]
    rows.sort(key=lambda row: (-row["contacts_saved"], row["question_id"]))
    first = rows[:ARTICLES]
    if not first:
        return []
    saved = money.of_articles(first, context.settings.service.cost_per_contact)
    return [Play(play.WRITE, "questions", 0, saved, first[0]["question"], len(first))]


def _platforms(context: Context, known: Known) -> list[Play]:
    rows = _rows_of(context, known, "platforms")
    left = [
        Play(play.LEAVE, "platforms", 0, _saved(row), row["channel"], 1)
        for row in rows
        if row["verdict"] == "leave"
    ]
    tested = sorted(row["channel"] for row in rows if row["verdict"] == "test")
    if not tested:
        return left
    return [*left, Play(play.TRY, "platforms", 0, None, ", ".join(tested), len(tested))]


def _saved(row: dict[str, Any]) -> Money | None:
    if any(row[name] is None for name in ("cost", "value", "low", "high")):
        return None
    return money.of_leaving(row)


def _counts(context: Context, known: Known) -> list[Play]:
    rows = [r for r in _rows_of(context, known, "counts") if r["verdict"] == "no link seen"]
    return [Play(play.UNCOUNT, "counts", 0, None, "", len(rows))] if rows else []


def _row(each: Play, rank: int, known: Known, language: str) -> dict[str, Any]:
    basis = each.money.basis if each.money else ""
    told = {
        "rank": rank, "play": each.key, "subject": each.subject, "standing": each.standing,
        "title": wording.title(each.key, each.subject).text(language),
        "to_do": wording.to_do(each.key, each.subject).text(language),
        "why": wording.why(each.key, basis, each.takes).text(language), "takes": each.takes,
        "people": each.people, "many": each.many, "basis": basis, "list": each.table,
        "command": wording.command(each.key, each.table), "money": known.money,
    }  # fmt: skip
    if each.money is None:
        return told
    ends = {"value": each.money.value, "low": each.money.low, "high": each.money.high}
    return told | ends | {"counted": each.counted, "grade": each.money.grade.value}


def _numbers(found: list[Play], known: Known) -> dict[str, Estimate]:
    paying = [each for each in found if each.standing == play.PAYS]
    many = float(len(paying))
    told = {
        "plays_that_pay": Estimate(
            many, "number", Grade.COUNT, many, many, rows=len(found),
            people=sum(each.people or 0 for each in paying), name="plays_that_pay", table="plays",
        )
    }  # fmt: skip
    first = found[0]
    if first.money is not None and first.standing == play.PAYS:
        told["first_play_money"] = Estimate(
            first.money.value, f"{known.currency} per year", first.money.grade, first.money.low,
            first.money.high, people=first.people or None, name="first_play_money", table="plays",
        )  # fmt: skip
    return told


def _untold(found: list[Play]) -> tuple[Untold, ...]:
    if any(each.standing == play.PAYS for each in found):
        return ()
    return (
        Untold(
            Said(QUESTION),
            Said("Of nothing that could be done is it known that it would pay."),
            Said("Write an audience with a hold-out: 'rapport audience NAME --hold-out 0.1'."),
        ),
    )


def _nothing() -> Untold:
    return Untold(
        Said(QUESTION),
        Said("The record knows of nobody to thank, answer, win back or sell to."),
        Said("Add orders with their customers, messages, or requests for help."),
    )
