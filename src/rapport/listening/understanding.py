"""The entry point: texts in, what they say out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa

from rapport.errors import Fault, Problem
from rapport.listening.backends import Reader, open_reader
from rapport.listening.heads import IRONY, KINDS, OUTPUTS, SENTIMENTS
from rapport.listening.normalise import clean, located

COLUMNS = ("language", *SENTIMENTS, "unsure", *KINDS, IRONY)
MOST_EXPLAINED = 80  # words


def understand(
    texts: Any,
    *,
    model: str | Reader = "small",
    languages: Mapping[str, float] | None = None,
) -> Any:
    """Say of each text in which language it is, how it feels and what kind of message it is.

    Parameters
    ----------
    texts
        A list of texts, or a column (series) of pandas, Polars, PyArrow or another library that
        Narwhals knows, or a DuckDB or Spark frame of one column. None counts as nothing written.
    model
        "small" is shipped; "embed" and "transformers:PATH" are slower and come with an extra; a
        path is a file that `training/train.py` wrote.
    languages
        How frequent each expected language is, such as `{"fr": 8, "en": 2}`; matters for very
        short texts. If not given, French and English are taken for four times as frequent as
        the others.

    Returns
    -------
    frame
        One row a text, in the texts' order and of the same library (a PyArrow table for a list or
        a database), with the columns `language` (ISO 639-1, or "und"), `negative`, `neutral`,
        `positive` (probabilities, adding up to 1), `unsure` (true where none of the three is
        probable enough to be told), the probability of each kind (`praise`, `complaint`,
        `suggestion`, `question`, `purchase_intent`, `leaving`, `thanks`, `recommendation`; several
        may hold), and `irony` (a reason to look at the message, never a verdict).

    Raises
    ------
    Problem
        If the texts are not a column of texts, or the model cannot be had.

    Examples
    --------
    >>> said = understand(["Merci, livraison rapide, je recommande !", "Third breakdown today."])
    >>> said["language"].to_pylist()
    ['fr', 'en']
    >>> [row["positive"] > row["negative"] for row in said.to_pylist()]
    [True, False]
    """
    values, like = _values(texts)
    reader = open_reader(model) if isinstance(model, str) else model
    table = as_table(reader.read(values, languages), reader.sure_from)
    return table if like is None else _like(table, like)


def as_table(said: Mapping[str, Any], sure_from: float) -> pa.Table:
    """Return what a reader said as a table with the columns of `understand`."""
    best = np.maximum.reduce([said[name] for name in SENTIMENTS])
    columns: dict[str, Any] = {"language": pa.array(said["language"], pa.string())}
    for name in OUTPUTS:
        columns[name] = pa.array(np.asarray(said[name], dtype=np.float64))
    columns["unsure"] = pa.array(np.asarray(best < sure_from))
    return pa.table({name: columns[name] for name in COLUMNS})


def _values(texts: Any) -> tuple[list[Any], Any]:
    """Return the texts as a list, and the module of the frame to give back (None for Arrow)."""
    if isinstance(texts, str):
        fault = Fault("A single text was given.", hint="Give a list: understand([text]).")
        raise Problem("Nothing was understood.", [fault])
    if isinstance(texts, Sequence):
        return list(texts), None
    if isinstance(texts, pa.Array | pa.ChunkedArray):
        return texts.to_pylist(), None
    if isinstance(texts, np.ndarray):
        return texts.tolist(), None
    known = nw.from_native(texts, pass_through=True, allow_series=True)
    if isinstance(known, nw.Series):
        return known.to_list(), known.implementation
    if isinstance(known, nw.LazyFrame):
        known = known.collect()
    if isinstance(known, nw.DataFrame):
        return _only_column(known), known.implementation
    if hasattr(texts, "__iter__"):
        return list(texts), None
    fault = Fault(
        f"'{type(texts).__name__}' is not a column of texts.",
        hint="Give a list, or one column of a frame, such as frame['text'].",
    )
    raise Problem("Nothing was understood.", [fault])


def _only_column(frame: nw.DataFrame[Any]) -> list[Any]:
    names = frame.columns
    name = "text" if "text" in names else names[0] if len(names) == 1 else None
    if name is None:
        fault = Fault(
            "The frame has several columns, and none is called 'text'.",
            hint=f"Give one of them: {', '.join(names[:8])}.",
        )
        raise Problem("Nothing was understood.", [fault])
    return frame[name].to_list()


def _like(table: pa.Table, implementation: nw.Implementation) -> Any:
    if implementation in (nw.Implementation.PYARROW, nw.Implementation.UNKNOWN):
        return table
    try:
        return nw.from_arrow(table, backend=implementation).to_native()  # type: ignore[arg-type]
    except (ValueError, TypeError):  # a library without frames of its own
        return table


@dataclass(frozen=True, slots=True)
class Weighed:
    """A word of a message, where it stands in the cleaned text, and how much it weighed.

    `weight` is what the word adds to the log-odds: what is lost when it is left out.
    """

    word: str
    start: int
    end: int
    weight: float


@dataclass(frozen=True, slots=True)
class Explanation:
    """What a message says and which of its words weighed.

    Parameters
    ----------
    text
        The text as it was read.
    said
        What `understand` says of it.
    why
        For the most probable sentiment, and for each kind that is there, the words in order.
    """

    text: str
    said: Mapping[str, Any]
    why: Mapping[str, tuple[Weighed, ...]]

    def top(self, name: str, most: int = 3) -> list[str]:
        """Return the words that spoke most for it, the strongest first."""
        words = sorted(self.why.get(name, ()), key=lambda each: -each.weight)
        return [each.word for each in words[:most] if each.weight > 0]


def explain(text: str, *, model: str | Reader = "small") -> Explanation:
    """Say what a message is, and which of its words weighed, by leaving out one at a time.

    Parameters
    ----------
    text
        One message; of a very long one the first words are explained.
    model
        As for `understand`.

    Examples
    --------
    >>> found = explain("Le livreur était adorable mais le carton est arrivé déchiré.")
    >>> "complaint" in found.why or "praise" in found.why or len(found.why) >= 1
    True
    """
    reader = open_reader(model) if isinstance(model, str) else model
    row = as_table(reader.read([text], None), reader.sure_from).to_pylist()[0]
    best = max(SENTIMENTS, key=lambda name: row[name])
    there = [n for n in (*KINDS, IRONY) if reader.is_there(n, np.array([row[n]]))[0]]
    why = _weights(text, [best, *there], reader)
    return Explanation(clean(text), row, why)


def weighed(text: str, name: str, *, model: str | Reader = "small") -> list[str]:
    """Return the words that spoke most for a sentiment, a kind or irony, the strongest first.

    Examples
    --------
    >>> weighed("Merci infiniment pour votre aide", "thanks")[0]
    'Merci'
    """
    reader = open_reader(model) if isinstance(model, str) else model
    words = _weights(text, [name], reader)[name]
    return [
        each.word for each in sorted(words, key=lambda each: -each.weight)[:3] if each.weight > 0
    ]


def _weights(text: str, names: Sequence[str], reader: Reader) -> dict[str, tuple[Weighed, ...]]:
    """Return the weight of each word for each name: what leaving it out takes from the log-odds."""
    parts = located(text)[:MOST_EXPLAINED]
    if not parts:
        return dict.fromkeys(names, ())
    words = [part for part, _, _ in parts]
    less = [" ".join(words[:n] + words[n + 1 :]) for n in range(len(words))]
    read = reader.read([" ".join(words), *less], None)
    found = {}
    for name in names:
        odds = _log_odds(np.asarray(read[name], dtype=np.float64))
        found[name] = tuple(
            Weighed(word, start, end, float(odds[0] - odds[n + 1]))
            for n, (word, start, end) in enumerate(parts)
        )
    return found


def _log_odds(chances: np.ndarray) -> np.ndarray:
    held = np.clip(chances, 1e-6, 1 - 1e-6)
    odds: np.ndarray = np.log(held) - np.log1p(-held)
    return odds
