"""Answers of surveys: one response in a row becomes one row for each answer, and who gave it."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import PurePath

import pyarrow as pa
import pyarrow.compute as pc

from rapport.choices import SEVERAL, choice_of
from rapport.questionnaire import CHOICES, INSTRUMENT, item_of, score_of
from rapport.sources.fields import Field
from rapport.sources.identifiers import column_of, emails, full_names, identifiers_of
from rapport.sources.loading import KEY, Rule, record_table
from rapport.sources.rows import ROW, trimmed
from rapport.sources.several import choices_made

_LONGEST = 200
_EXPORTED_ON = re.compile(
    r"(_[A-Z][a-zé]+ \d{1,2}, \d{4}_\d{1,2}\.\d{2})?( ?\(\d+\))?(\.\w{2,5}){1,2}$"
)


@dataclass(frozen=True, slots=True)
class Question:
    """One column of answers: what the file calls it, what the record calls it, whether ours."""

    column: str
    item: str
    ours: bool


def questions(columns: Iterable[tuple[str, str]]) -> tuple[Question, ...]:
    """Return what columns ask, given each with its words; ours are known by their words.

    Examples
    --------
    >>> found = questions([("Q1", "How likely are you to recommend B to a friend?"), ("Q2", "Age")])
    >>> [(one.column, one.item) for one in found]
    [('Q1', 'recommend'), ('Q2', 'Age')]
    """
    found: list[Question] = []
    taken: set[str] = set()
    columns = list(columns)
    choices = _choices(columns)
    for column, words in columns:
        code = choices.get(column) or item_of(words) or item_of(column)
        ours = code is not None and code not in taken
        text = " ".join(words.split())
        item = code if ours and code else text if 0 < len(text) <= _LONGEST else column
        if item in taken:
            item = f"{column}: {item}" if item != column else item
        taken.add(item)
        found.append(Question(column, item, ours))
    return tuple(found)


def _choices(columns: Sequence[tuple[str, str]]) -> dict[str, str]:
    """Return the columns that are a choice each: one alone may be anything of that name."""
    found = {column: choice_of(words) or choice_of(column) for column, words in columns}
    known = {column: code for column, code in found.items() if code}
    return known if len(set(known.values())) > 1 else {}


def answer_fields(asked: Sequence[Question]) -> tuple[Field, ...]:
    """Return a field of text for each question."""
    return tuple(Field(_name(n), "text", (one.column,)) for n, one in enumerate(asked))


def _name(number: int) -> str:
    return f"answer {number}"


def no_answer(asked: Sequence[Question]) -> Rule:
    """Return the rule that sets aside responses in which nothing was answered."""

    def finds(rows: pa.Table) -> pa.ChunkedArray:
        blank = pa.chunked_array([pa.repeat(pa.scalar(True), rows.num_rows)])
        for one in asked:
            blank = pc.and_(blank, pc.equal(trimmed(rows.column(one.column)), ""))
        return blank

    return Rule("no_answer", "The response holds no answer.", finds)


def instrument_of(file: str) -> str:
    """Return the name of a survey from the name of its file, without when it was exported.

    Examples
    --------
    >>> instrument_of("export.zip/Store survey_May 5, 2026_10.22.csv")
    'Store survey'
    """
    return _EXPORTED_ON.sub("", PurePath(file).name) or file


def answers(
    asked: Sequence[Question], instrument: str
) -> Callable[[pa.Table], Mapping[str, pa.Table]]:
    """Return how typed responses become `answer`, `account` and `identifier`.

    Typed rows have `answered_on`, `zone`, the columns of `answer_fields`, and of `response`,
    `email`, `phone`, `external`, `card`, `name`, `first`, `last` and `language` what the file has.
    """

    def finish(typed: pa.Table) -> Mapping[str, pa.Table]:
        who = _respondents(typed)
        parts = [
            part
            for number, one in enumerate(asked)
            if not _is_choice(one)
            and (part := _answers(typed, who, number, one, instrument)).num_rows
        ]
        chosen = {
            one.item: typed.column(_name(n)) for n, one in enumerate(asked) if _is_choice(one)
        }
        parts += choices_made(typed, who, chosen)
        tables = _people(typed, who)
        if parts:
            whole = pa.concat_tables(parts)
            tables["answer"] = whole.sort_by([(ROW, "ascending"), ("item", "ascending")])
        return tables

    return finish


def _is_choice(one: Question) -> bool:
    return one.ours and (one.item == SEVERAL or one.item in CHOICES)


def _respondents(typed: pa.Table) -> pa.ChunkedArray:
    nobody = pc.binary_join_element_wise(pa.scalar("row"), typed.column(KEY), " ")
    known = [column_of(typed, name) for name in ("response", "external", "card")]
    return pc.coalesce(known[0], emails(column_of(typed, "email")), *known[1:], nobody)


def _answers(
    typed: pa.Table, who: pa.ChunkedArray, number: int, one: Question, instrument: str
) -> pa.Table:
    values = typed.column(_name(number))
    there = pc.is_valid(values)
    rows, values = typed.filter(there), values.filter(there)
    distinct = pc.unique(values)
    read = [_score(one, text) for text in distinct.to_pylist()]
    scores = pc.take(pa.array(read, pa.float64()), pc.index_in(values, distinct))
    columns: dict[str, object] = {
        "respondent": who.filter(there),
        "answered_on": rows.column("answered_on"),
        "zone": rows.column("zone"),
        "instrument": INSTRUMENT if one.ours else instrument,
        "item": one.item,
        "score": scores,
        "text": pc.if_else(pc.is_null(scores), values, pa.scalar(None, pa.string())),
    }
    return record_table("answer", columns, rows)


def _score(one: Question, text: str) -> float | None:
    """Return a number as it stands; of our own items only what lies on their scale."""
    if one.ours:
        return score_of(one.item, text)
    plain = text.replace("\u202f", "").replace("\u00a0", "")
    if re.fullmatch(r"-?\d{1,9}([.,]\d{1,6})?", plain):
        return float(plain.replace(",", "."))
    return None


def _people(typed: pa.Table, who: pa.ChunkedArray) -> dict[str, pa.Table]:
    """Return the respondents who can be told from others."""
    name = pc.coalesce(
        column_of(typed, "name"), full_names(column_of(typed, "first"), column_of(typed, "last"))
    )
    evidence = {
        "email": [emails(column_of(typed, "email"))],
        "phone": [column_of(typed, "phone")],
        "external id": [column_of(typed, "external")],
        "loyalty card": [column_of(typed, "card")],
        "name": [name],
    }
    known = pc.is_valid(
        pc.coalesce(*(values for several in evidence.values() for values in several))
    )
    if not pc.any(known).as_py():
        return {}
    rows = typed.filter(known)
    columns: dict[str, object] = {
        "account_id": who.filter(known),
        "name": name.filter(known),
        "language": column_of(rows, "language"),
    }
    return {
        "account": record_table("account", columns, rows),
        "identifier": identifiers_of(
            columns["account_id"],
            {kind: [values.filter(known) for values in many] for kind, many in evidence.items()},
            rows.column(ROW),
        ),
    }
