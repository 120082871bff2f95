"""Questions that are asked again and again, whether anybody answers, and the best answer given."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.estimate import Estimate, Grade
from rapport.listening.themes.asking import MOST, alike, asked
from rapport.listening.themes.replies import (
    best_answers,
    praised,
    question_sums,
    questions_of,
    replies_to,
    states,
)
from rapport.listening.themes.talk import as_ordinal
from rapport.record.frames import Frame, day_number, distinct
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.talk import seen_talk
from rapport.steps.topics import brand_words

Row = dict[str, Any]

_LONGEST_ANSWER = 600
_HANDLE = re.compile(r"(?<!\w)@[\w.\-]+(?:@[\w.\-]+)?\s*")  # whom the brand wrote to
_YEAR = 365

QUESTIONS = pa.schema(
    [
        *((name, pa.string()) for name in ("question_id", "question", "language", "topic_id")),
        *((name, pa.int64()) for name in ("times", "people")),
        *((name, pa.date32()) for name in ("first_seen", "last_seen")),
        *((name, pa.int64()) for name in ("staff", "community", "nobody", "unseen")),
        *((f"unanswered{end}", pa.float64()) for end in ("", "_low", "_high")),
        *((name, pa.float64()) for name in ("a_year", "left_a_year")),
        *((f"contacts_saved{end}", pa.float64()) for end in ("", "_low", "_high")),
        ("money_saved", pa.float64()),
        *((name, pa.string()) for name in ("answer", "answered_by", "answer_channel", "answer_id")),
        *((name, pa.int64()) for name in ("thanked", "likes")),
    ]
)


def questions(context: Context) -> StepResult:
    """Write `questions`, ranked by the contacts that an article would avoid, and `asked_questions`.

    A group counts when enough people asked; a question whose answer nobody can see is no question
    without an answer.
    """
    engine = context.engine
    messages = context.result("messages")
    wanted = engine.cache(questions_of(messages).with_columns(number=day_number(nw.col("day"))))
    summary = wanted.select(n=nw.len(), first=nw.col("number").min(), last=nw.col("number").max())
    (basis,) = engine.collect(summary).to_pylist()
    if not basis["n"]:
        return StepResult(untold=(_nothing(),))
    today = context.settings.today
    last = basis["last"] if today is None else as_ordinal(today)
    texts = engine.collect(
        wanted.group_by("text", "language").agg(newest=nw.col("number").max())
    ).to_pylist()
    told, names = _grouped(texts, brand_words(context.settings.brand))
    groups = engine.cache(
        wanted.join(engine.table(told), on=["text", "language"], how="inner").select(
            "message_id", "question_id"
        )
    )
    talk = seen_talk(context)
    replies = engine.cache(
        praised(replies_to(wanted, talk), wanted, messages, context.facts("activity"))
    )
    stood = engine.cache(states(wanted, replies, context.facts("ticket"), _seen(context, talk)))
    sums = engine.collect(question_sums(wanted, groups, stood, last)).to_pylist()
    smallest = context.settings.people.smallest_group
    shown = [row for row in sums if row["people"] >= smallest]
    best = {
        row["question_id"]: row for row in engine.collect(best_answers(replies, groups)).to_pylist()
    }
    span = min(max(last - basis["first"] + 1, 1), _YEAR)
    cost = context.settings.service.cost_per_contact
    rows = question_rows(shown, names, best, span, cost)
    rows = _with_topics(context, rows, groups)
    kept = [row["question_id"] for row in rows]
    tables = {
        "questions": context.write("questions", pa.Table.from_pylist(rows, schema=QUESTIONS)),
        "asked_questions": context.write(
            "asked_questions", groups.filter(nw.col("question_id").is_in(kept or [""]))
        ),
    }
    found = _numbers(engine.collect(_totals(wanted, stood)).to_pylist(), rows)
    return StepResult(found, tables, _untold(rows, smallest))


def _grouped(texts: Sequence[Row], own: frozenset[str]) -> tuple[pa.Table, dict[str, Row]]:
    """Return the group of each text, and of each group its question and language."""
    placed: list[Row] = []
    names: dict[str, Row] = {}
    for language in sorted({row["language"] or "und" for row in texts}):
        some = [row for row in texts if (row["language"] or "und") == language]
        newest: dict[str, int] = {}
        for row in some:
            row["asked"] = asked(row["text"])
            newest[row["asked"]] = max(newest.get(row["asked"], 0), row["newest"])
        plain = sorted(newest, key=lambda text: (-newest[text], text))[:MOST]
        groups, centres = alike(plain, language, own)
        number = dict(zip(plain, groups, strict=True))
        for group, place in centres.items():
            name = f"{language}{group}"
            names[name] = {"question": plain[place], "language": language}
        placed += [
            {
                "text": row["text"],
                "language": row["language"],
                "question_id": f"{language}{number[row['asked']]}",
            }
            for row in some
            if number.get(row["asked"], -1) >= 0
        ]
    columns = [(name, pa.string()) for name in ("text", "language", "question_id")]
    return pa.Table.from_pylist(placed, schema=pa.schema(columns)), names


def _seen(context: Context, talk: Frame) -> Frame:
    """Return the sources in which the brand is seen to answer somebody."""
    answers = talk.filter(nw.col("from_brand"), ~nw.col("parent").is_null())
    return context.engine.cache(distinct(answers.select("source")))


def _totals(wanted: Frame, stood: Frame) -> Frame:
    return (
        wanted.join(stood, on="message_id", how="inner")
        .group_by("state")
        .agg(
            times=nw.len().cast(nw.Int64()), people=nw.col("person_id").n_unique().cast(nw.Int64())
        )
    )


def question_rows(
    sums: Sequence[Row],
    names: Mapping[str, Row],
    best: Mapping[str, Row],
    span: int,
    cost: float | None,
) -> list[Row]:
    """Return the rows of `questions`, those first whose article would avoid most contacts.

    What an article would avoid is at most every contact that asks it: times a year that go without
    an answer. Its range is that of the share without an answer (Jeffreys), where anybody can see
    whether there was one.

    Parameters
    ----------
    sums
        As `question_sums` gives them.
    names, best
        The question of each group, and the best answer if there is one.
    span
        Days that the times of the last year cover, at most 365.
    cost
        Of one contact; None where it is not set.
    """
    rows = []
    for own in sums:
        known = own["staff"] + own["community"] + own["nobody"]
        a_year = own["year"] * _YEAR / span
        share = Estimate.of_share(own["nobody"], known, source="unanswered") if known else None
        saved = None if share is None else share * a_year
        answer = best.get(own["question_id"], {})
        text = _HANDLE.sub("", answer.get("answer") or "").strip() or None
        rows.append(
            {
                "question_id": own["question_id"],
                **names[own["question_id"]],
                "topic_id": None,
                **{n: own[n] for n in ("times", "people", "first_seen", "last_seen")},
                **{n: own[n] for n in ("staff", "community", "nobody", "unseen")},
                **_ends("unanswered", share),
                "a_year": a_year,
                "left_a_year": None if saved is None else saved.value,
                **_ends("contacts_saved", saved),
                "money_saved": None if saved is None or cost is None else saved.value * cost,
                "answer": text if text is None else text[:_LONGEST_ANSWER],
                **{n: answer.get(n) for n in ("answered_by", "answer_channel", "answer_id")},
                "thanked": answer.get("thanked"),
                "likes": answer.get("likes"),
            }
        )
    return sorted(rows, key=lambda row: (-(row["contacts_saved"] or 0.0), -row["times"]))


def _ends(name: str, number: Estimate | None) -> Row:
    if number is None:
        return {name: None, f"{name}_low": None, f"{name}_high": None}
    return {name: number.value, f"{name}_low": number.low, f"{name}_high": number.high}


def _with_topics(context: Context, rows: list[Row], groups: Frame) -> list[Row]:
    """Return the rows with the topic that most of their messages have."""
    if "message_topics" not in context.results.tables or not rows:
        return rows
    counted = (
        groups.join(context.result("message_topics"), on="message_id", how="inner")
        .group_by("question_id", "topic_id")
        .agg(n=nw.len().cast(nw.Int64()))
    )
    most: dict[str, tuple[int, str]] = {}
    for row in context.engine.collect(counted).to_pylist():
        most[row["question_id"]] = max(
            most.get(row["question_id"], (0, "")), (row["n"], row["topic_id"])
        )
    return [{**row, "topic_id": most.get(row["question_id"], (0, None))[1]} for row in rows]


def _numbers(totals: Sequence[Row], rows: Sequence[Row]) -> dict[str, Estimate]:
    times = {row["state"]: row["times"] for row in totals}
    people = {row["state"]: row["people"] for row in totals}
    known = sum(n for state, n in times.items() if state != "unseen")
    basis: dict[str, Any] = {"rows": sum(times.values()), "table": "questions"}
    found = {
        "questions_asked": Estimate.exact(
            sum(times.values()),
            "questions",
            grade=Grade.MODEL,
            people=sum(people.values()),
            **basis,
        ),
        "repeated_questions": Estimate.exact(len(rows), "questions", grade=Grade.MODEL, **basis),
    }
    if known:
        found["questions_unanswered"] = Estimate.of_share(
            times.get("nobody", 0),
            known,
            source="questions_unanswered",
            grade=Grade.MODEL,
            people=sum(n for state, n in people.items() if state != "unseen"),
            rows=known,
            table="questions",
        )
    return {name: number.based_on(name=name) for name, number in found.items()}


def _nothing() -> Untold:
    return Untold(
        Said("Which questions are worth an article?"),
        Said("No message asks anything."),
        Said("Add exports of comments, mentions or requests."),
    )


def _untold(rows: Sequence[Row], smallest: int) -> tuple[Untold, ...]:
    question = Said("Which questions are worth an article?")
    if not rows:
        why = Said("No question was asked by {n} people or more.", {"n": smallest})
        return (Untold(question, why, Said("Wait until more people ask.")),)
    if all(row["unanswered"] is None for row in rows):
        why = Said("No source shows whether the brand answers.")
        needs = Said("Add exports that hold the brand's own replies, or its help desk.")
        return (Untold(Said("Which questions stay without an answer?"), why, needs),)
    return ()
