"""A column of texts, from whatever library it comes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals as nw

from rapport.errors import Fault, Problem


def texts_of(texts: Any, what: str) -> list[Any]:
    """Return a column of texts as a list.

    Parameters
    ----------
    texts
        A list, a column (series), or a frame of one column or with a column `text`.
    what
        What is not done when it is none of these, as a sentence.

    Raises
    ------
    Problem
        If it is a single text, or no column.

    Examples
    --------
    >>> import pyarrow as pa
    >>> texts_of(pa.table({"n": [1, 2], "text": ["a", None]}), "Nothing was done.")
    ['a', None]
    """
    if isinstance(texts, str):
        raise Problem(what, [Fault("A single text was given.", hint="Give a list of texts.")])
    if isinstance(texts, Sequence):
        return list(texts)
    known = nw.from_native(texts, pass_through=True, allow_series=True)
    if isinstance(known, nw.LazyFrame):
        known = known.collect()
    if isinstance(known, nw.Series):
        return list(known.to_list())
    if isinstance(known, nw.DataFrame):
        names = known.columns
        name = "text" if "text" in names else names[0] if len(names) == 1 else None
        if name is not None:
            return list(known[name].to_list())
        hint = f"Give one of them: {', '.join(names[:8])}."
        raise Problem(what, [Fault("Several columns, and none is called 'text'.", hint=hint)])
    if hasattr(texts, "tolist"):
        return list(texts.tolist())
    if hasattr(texts, "__iter__"):
        return list(texts)
    fault = Fault(f"'{type(texts).__name__}' is not a column of texts.", hint="Give a list.")
    raise Problem(what, [fault])
