"""What was chosen where several answers may be: a score of 1 or 0 for each choice of a response."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.choices import SEVERAL, chosen, ticked
from rapport.questionnaire import CHOICES, INSTRUMENT
from rapport.sources.loading import record_table


def choices_made(
    typed: pa.Table, who: pa.ChunkedArray, cells: Mapping[str, pa.ChunkedArray]
) -> list[pa.Table]:
    """Return rows of `answer` for each choice of each response, and for words that are none.

    Parameters
    ----------
    typed
        The responses, with `answered_on` and `zone`.
    who
        The respondent of each.
    cells
        By item: `motives` for one cell with all that was chosen, else a choice and its own cells.

    Returns
    -------
    list
        Of a response with anything chosen each choice on offer, 1 or 0. Where nothing was chosen
        only what was refused in so many words: a blank may be a question that was skipped.
    """
    scores = {item: np.full(typed.num_rows, np.nan) for item in CHOICES}
    own = [item for item in CHOICES if item in cells]
    texts = {item: _of_own_cells(item, cells[item], scores[item]) for item in own}
    if SEVERAL in cells:  # beside columns of their own it holds what else people wrote
        whole = cells[SEVERAL]
        texts[SEVERAL] = whole.to_pylist() if own else _of_one_cell(whole, scores)
    offered = own or CHOICES
    anything = np.array([scores[item] == 1 for item in CHOICES]).any(0)
    parts = []
    for item in offered:
        told = np.where(anything & np.isnan(scores[item]), 0.0, scores[item])
        there = ~np.isnan(told)
        if there.any():
            parts.append(_rows(typed, who, item, pa.array(there), score=pa.array(told[there])))
    for item, words in texts.items():
        there = np.array([text is not None for text in words], bool)
        if there.any():
            kept = pa.array([text for text in words if text is not None], pa.string())
            parts.append(_rows(typed, who, item, pa.array(there), text=kept))
    return parts


def _of_one_cell(cells: pa.ChunkedArray, scores: Mapping[str, np.ndarray]) -> list[str | None]:
    """Fill in what one cell says of all choices; return what it says beside them."""
    at, distinct = _distinct(cells)
    rest: list[str | None] = []
    for text in distinct:
        found, more = chosen(text)
        rest.append(more or None)
        if found:
            here = at == len(rest) - 1
            for item, told in scores.items():
                told[here] = float(item in found)
    return [rest[place] if place >= 0 else None for place in at.tolist()]


def _of_own_cells(item: str, cells: pa.ChunkedArray, told: np.ndarray) -> list[str | None]:
    """Fill in what the cells of one choice say; return those that say neither yes nor no."""
    at, distinct = _distinct(cells)
    words: list[str | None] = []
    for place, text in enumerate(distinct):
        found = ticked(item, text)
        words.append(text if found is None else None)
        if found is not None:
            told[at == place] = float(found)
    return [words[place] if place >= 0 else None for place in at.tolist()]


def _distinct(cells: pa.ChunkedArray) -> tuple[np.ndarray, list[str]]:
    """Return the place of each cell among the distinct ones, -1 for blank, and these."""
    coded = cells.combine_chunks().dictionary_encode()
    place = pc.fill_null(coded.indices, -1)
    return np.asarray(place, np.int64), coded.dictionary.to_pylist()


def _rows(
    typed: pa.Table, who: pa.ChunkedArray, item: str, there: pa.Array, **told: pa.Array
) -> pa.Table:
    rows = typed.filter(there)
    columns: dict[str, object] = {
        "respondent": who.filter(there),
        "answered_on": rows.column("answered_on"),
        "zone": rows.column("zone"),
        "instrument": INSTRUMENT,
        "item": item,
        "score": None,
        "text": None,
    }
    return record_table("answer", columns | told, rows)
