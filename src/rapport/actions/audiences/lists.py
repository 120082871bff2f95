"""The rows of a list: for a CRM with all that is known, for a network as hashes alone."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rapport.actions.audiences.formats import PLATFORMS, plain_email
from rapport.people.contacts import parse_phone
from rapport.tables import defused

CRM_COLUMNS = (
    "place", "person_id", "name", "level", "email", "phone", "accounts", "reasons", "said", "url",
)  # fmt: skip
MOST_EACH = 3
"""How many e-mails, and phones, of one person a network is given."""
_PHONE = re.compile(r"\+\d{6,15}")


@dataclass(frozen=True, slots=True)
class Reach:
    """How one person is reached.

    Parameters
    ----------
    emails
        In small letters.
    phones
        In E.164.
    accounts
        Network and name there: "instagram: jane".
    """

    emails: tuple[str, ...] = ()
    phones: tuple[str, ...] = ()
    accounts: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.emails or self.phones or self.accounts)


def reach_of(
    contacts: Sequence[Mapping[str, str | None]], handles: Sequence[Mapping[str, str]]
) -> dict[str, Reach]:
    """Return how each person is reached; what is no address or number is left out.

    Parameters
    ----------
    contacts
        person_id, kind ("email" or "phone"), value, country.
    handles
        person_id, channel, handle.

    Examples
    --------
    >>> rows = [{"person_id": "p", "kind": "phone", "value": "06 12 34 56 78", "country": "FR"},
    ...         {"person_id": "p", "kind": "email", "value": "A@b.fr", "country": None}]
    >>> reach_of(rows, [])["p"]
    Reach(emails=('a@b.fr',), phones=('+33612345678',), accounts=())
    """
    found: dict[str, tuple[set[str], set[str], set[str]]] = {}
    for row in contacts:
        emails, phones, _ = found.setdefault(str(row["person_id"]), (set(), set(), set()))
        value = str(row["value"] or "")
        if row["kind"] == "email":
            emails.add(plain_email(value))
        else:
            phones.add(parse_phone(value, row["country"]))
    for row in handles:
        mine = found.setdefault(row["person_id"], (set(), set(), set()))
        mine[2].add(f"{row['channel']}: {row['handle']}")
    return {
        who: Reach(*(tuple(sorted(kind - {""})) for kind in kinds)) for who, kinds in found.items()
    }


def for_crm(
    people: Sequence[Mapping[str, object]], reach: Mapping[str, Reach]
) -> Iterator[tuple[str, ...]]:
    """Return a row for each person, with all that is known of them.

    Parameters
    ----------
    people
        place, person_id, name, level, reasons, said, url.
    """
    for row in people:
        known = reach.get(str(row["person_id"]), Reach())
        told = {name: str(row.get(name) or "") for name in CRM_COLUMNS}
        told |= {
            "email": next(iter(known.emails), ""),
            "phone": next(iter(known.phones), ""),
            "accounts": "; ".join(known.accounts),
        }
        yield tuple(told[name] for name in CRM_COLUMNS)


def for_platform(
    platform: str, people: Sequence[Mapping[str, object]], reach: Mapping[str, Reach]
) -> Iterator[tuple[str, ...]]:
    """Return rows of hashes: a person's first e-mail beside their first phone, and so on.

    Examples
    --------
    >>> rows = list(for_platform("meta", [{"person_id": "p"}], {"p": Reach(("a@b.fr", "c@d.fr"))}))
    >>> len(rows), rows[0][1]
    (2, '')
    """
    told = PLATFORMS[platform]
    for row in people:
        known = reach.get(str(row["person_id"]), Reach())
        phones = known.phones if len(told.columns) > 1 else ()
        pairs = zip_longest(known.emails[:MOST_EACH], phones[:MOST_EACH], fillvalue="")
        made = (told.row(email, phone) for email, phone in pairs)
        yield from (each for each in made if each is not None)


def reachable(platform: str, known: Reach) -> bool:
    """Whether a network can be given a person."""
    return bool(known.emails or (known.phones and len(PLATFORMS[platform].columns) > 1))


def as_csv(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> bytes:
    r"""Return a file whose cells no spreadsheet takes for formulas; a phone's + may stand.

    Examples
    --------
    >>> as_csv(["name", "phone"], [["=1+1", "+33612345678"]])
    b"name,phone\r\n'=1+1,+33612345678\r\n"
    """
    stream = io.StringIO(newline="")
    writer = csv.writer(stream)
    writer.writerow(columns)
    writer.writerows([_safe(cell) for cell in row] for row in rows)
    return stream.getvalue().encode()


def _safe(cell: str) -> str:
    return cell if _PHONE.fullmatch(cell) else defused(cell)
