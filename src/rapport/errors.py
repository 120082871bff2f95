"""Problems that a person can do something about, told in full and all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where it stands, what is wrong, and what to do.

    Examples
    --------
    >>> print(Fault("'EURO' is not a currency.", where="rapport.toml, line 2", hint="Write EUR."))
    rapport.toml, line 2: 'EURO' is not a currency. Write EUR.
    """

    what: str
    where: str = ""
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        return f"{place}{self.what}{' ' + self.hint if self.hint else ''}"

    def to_dict(self) -> dict[str, str]:
        """Return the fault for machines: `where`, `what`, `hint`."""
        return {"where": self.where, "what": self.what, "hint": self.hint}


class Problem(Exception):  # noqa: N818 - the word that users read
    """A problem in the data or the request; the command line ends with exit code 1.

    Parameters
    ----------
    summary
        One sentence: what could not be done, and in what state things are left.
    faults
        Everything that is wrong, gathered.
    details
        What a machine may want to know besides.

    Examples
    --------
    >>> print(Problem("Nothing was loaded.", [Fault("The file is empty.", where="a.csv")]))
    Nothing was loaded.
      - a.csv: The file is empty.
    """

    def __init__(
        self,
        summary: str,
        faults: Iterable[Fault] = (),
        details: Mapping[str, object] | None = None,
    ) -> None:
        self.summary = summary
        self.details = dict(details or {})
        self.faults = tuple(faults)
        super().__init__(summary)

    def __str__(self) -> str:
        return "\n".join([self.summary, *(f"  - {fault}" for fault in self.faults)])

    def to_dict(self) -> dict[str, object]:
        """Return the problem for machines: `problem`, a list of `faults`, and the details."""
        faults = [fault.to_dict() for fault in self.faults]
        return {"problem": self.summary, "faults": faults, **self.details}


def nearest(word: str, allowed: Sequence[str], cutoff: float = 0.6) -> str:
    """Return "Did you mean X?" for the nearest allowed word, or what is allowed.

    Examples
    --------
    >>> nearest("curency", ["brand", "currency"])
    'Did you mean currency?'
    >>> nearest("zzz", ["brand", "currency"])
    'Allowed: brand, currency.'
    """
    by_folded = {name.casefold(): name for name in allowed}
    near = get_close_matches(word.casefold(), by_folded, n=1, cutoff=cutoff)
    if near:
        return f"Did you mean {by_folded[near[0]]}?"
    return f"Allowed: {', '.join(allowed)}." if allowed else ""
