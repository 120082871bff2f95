"""What somebody asks for: the brand's products that a message names."""

from __future__ import annotations

from collections.abc import Sequence

from rapport.listening.finding import Finder
from rapport.listening.names import Name
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
    """

    def __init__(self, record: Record) -> None:
        self.record = record
        self._finder: tuple[str, Finder] = ("", Finder([]))

    def of(self, text: str) -> list[str]:
        """Return the products that a text names, each once, in the order of the text."""
        seen = self.record.fingerprint(("purchase_line",))
        if seen != self._finder[0]:
            names = _sold_most(self.record.visible("purchase_line").files)
            self._finder = (seen, Finder([Name(name, "product") for name in names]))
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
