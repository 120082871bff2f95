"""What somebody asks for: the products that a message names, of the brand's own list or sold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rapport.listening.named.finding import Finder
from rapport.listening.named.names import Name, read_names
from rapport.record.lookup import connect
from rapport.record.store import Record

MOST = 2000  # products that are looked for, those sold most
SHOWN = 5  # products of a message that are named


class Needs:
    """Looks for products of the record in messages.

    Parameters
    ----------
    record
        The record, whose order lines say what is sold.
    names
        The workspace's own list of names, whose products come first; it need not be there.
    """

    def __init__(self, record: Record, names: Path) -> None:
        self.record = record
        self.listed = (
            [n for n in read_names(names) if n.kind == "product"] if names.exists() else []
        )
        self._finder: tuple[str, Finder] = ("", Finder([]))

    def of(self, text: str) -> list[str]:
        """Return the products that a text names, each once, in the order of the text."""
        seen = self.record.fingerprint(("purchase_line",))
        if seen != self._finder[0]:
            known = {name.name.casefold() for name in self.listed}
            sold = _sold_most(self.record.visible("purchase_line").files)
            more = [Name(name, "product") for name in sold if name.casefold() not in known]
            self._finder = (seen, Finder([*self.listed, *more]))
        finder = self._finder[1]
        found = [finder.names[each.name].name for each in finder.find(text)]
        return list(dict.fromkeys(found))[:SHOWN]


def _sold_most(files: Sequence[str]) -> list[str]:
    if not files:
        return []
    query = """
        select product from read_parquet(?, union_by_name = true)
        where length(product) >= 4 group by product order by count(*) desc, product limit ?
    """
    with connect() as connection:
        rows = connection.execute(query, [list(files), MOST]).fetchall()
    return [str(row[0]) for row in rows]
