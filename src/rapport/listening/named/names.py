"""The names that a brand watches: its own, its products, competitors and people, a list it owns.

The list is `names.csv` in the workspace, a row a name: name, kind (brand, product, competitor or
person), aliases, handles and hashtags (several with | between them), common (yes where the name is
an ordinary word as well; no where it is not; found out where it is empty).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal, cast, get_args

from rapport.errors import Fault, Problem, nearest
from rapport.listening.named.ordinary import is_ordinary
from rapport.listening.normalise import folded
from rapport.tables import defused
from rapport.workspace import write_whole

Kind = Literal["brand", "product", "competitor", "person"]
KINDS: tuple[Kind, ...] = get_args(Kind)
COLUMNS = ("name", "kind", "aliases", "handles", "hashtags", "common")
FILE = "names.csv"
_LONGEST = 200
_YES, _NO = {"yes", "oui", "y", "o", "1", "true"}, {"no", "non", "n", "0", "false"}


@dataclass(frozen=True, slots=True)
class Name:
    """One name to look for.

    Parameters
    ----------
    name
        As it is shown.
    kind
        What it names.
    aliases
        Other ways to write it; small errors, accents, plurals and capitals need none.
    handles, hashtags
        Without their @ and #; those that are the name without its spaces need not be given.
    common
        Whether it is an ordinary word as well, such as Orange: then it needs a capital, a handle,
        a hashtag, or a word before it that only a name follows ("chez", "merci").
    """

    name: str
    kind: Kind = "brand"
    aliases: tuple[str, ...] = ()
    handles: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    common: bool = False


def named(names: Any) -> tuple[Name, ...]:
    """Return names from any way to give them.

    Parameters
    ----------
    names
        The path of a file as `names.csv`; a mapping from name to kind; names as texts (brands), as
        `Name`, or as mappings with the columns of the file; or a dataframe with them.

    Raises
    ------
    Problem
        With every fault of the list.

    Examples
    --------
    >>> [each.common for each in named({"Orange": "brand", "Maison Alizé": "competitor"})]
    [True, False]
    """
    if isinstance(names, str | Path):
        return read_names(Path(names))
    if isinstance(names, Mapping):
        return checked([_row(name, kind) for name, kind in names.items()])
    if not isinstance(names, Sequence):
        import narwhals as nw

        frame = nw.from_native(names)
        eager = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
        return checked([dict(row) for row in eager.iter_rows(named=True)])
    ready = [each for each in names if isinstance(each, Name)]
    if len(ready) == len(names):
        return tuple(ready)
    return checked([_row(each, "brand") if isinstance(each, str) else each for each in names])


def _row(name: str, kind: str) -> dict[str, str]:
    return {"name": name, "kind": kind}


def read_names(path: Path) -> tuple[Name, ...]:
    """Return the names of a list; raises Problem with every fault, each with its row.

    Commas, semicolons and tabs part columns alike, as spreadsheets of different countries write.
    """
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except OSError as error:
        fault = Fault(f"{error.strerror}.", str(path), "Give the path of a list of names.")
        raise Problem("The list of names was not read.", [fault]) from error
    except UnicodeDecodeError as error:
        fault = Fault("It is not UTF-8.", str(path), "Save it as CSV UTF-8.")
        raise Problem("The list of names was not read.", [fault]) from error
    head = text.partition("\n")[0]
    mark = max(",;\t", key=head.count)
    rows = list(csv.DictReader(io.StringIO(text, newline=""), delimiter=mark, strict=False))
    titles = {str(title).strip().casefold() for title in (rows[0] if rows else {})}
    if rows and "name" not in titles:
        fault = Fault("There is no column 'name'.", str(path), f"Columns: {', '.join(COLUMNS)}.")
        raise Problem("The list of names was not read.", [fault])
    plain = [{str(k).strip().casefold(): v for k, v in row.items()} for row in rows]
    return checked(plain, str(path))


def checked(rows: Sequence[Mapping[str, Any]], where: str = "") -> tuple[Name, ...]:
    """Return the names of rows; raises Problem with every fault of them."""
    found: list[Name] = []
    faults: list[Fault] = []
    written: dict[str, str] = {}
    for number, row in enumerate(rows, start=2):
        at = f"{where}:{number}" if where else f"row {number - 1}"
        if not any(str(value or "").strip() for value in row.values()):
            continue
        name = _name(row, at, faults)
        if name is None:
            continue
        found.append(name)
        for text in dict.fromkeys(map(_folded, (name.name, *name.aliases))):
            other = written.setdefault(text, name.name)
            if other != name.name or (text == _folded(name.name) and _twice(found, name)):
                hint = "Keep it with one of them."
                faults.append(Fault(f"'{text}' stands for {other} and {name.name}.", at, hint))
    if faults:
        raise Problem("The list of names cannot be used.", faults)
    return tuple(found)


def _twice(found: Sequence[Name], name: Name) -> bool:
    return sum(each.name == name.name for each in found) > 1


def _name(row: Mapping[str, Any], at: str, faults: list[Fault]) -> Name | None:
    before = len(faults)
    name = _cell(row, "name")
    if not any(sign.isalnum() for sign in name) or len(name) > _LONGEST:
        hint = "Write the name as people write it."
        faults.append(Fault(f"'{name[:40]}' is not a name.", at, hint))
    kind = _cell(row, "kind").casefold() or "brand"
    if kind not in KINDS:
        hint = nearest(kind, KINDS) or f"Allowed: {', '.join(KINDS)}."
        faults.append(Fault(f"'{kind}' is not a kind of name.", at, hint))
    said = _cell(row, "common").casefold()
    if said and said not in _YES | _NO:
        faults.append(Fault(f"'{said}' is neither yes nor no.", at, "Leave common empty."))
    if len(faults) > before:
        return None
    common = said in _YES if said else is_ordinary(name)
    aliases = tuple(a for a in _several(row, "aliases") if a != name and any(map(str.isalnum, a)))
    handles = tuple(each.lstrip("@") for each in _several(row, "handles") if each.strip("@ "))
    hashtags = tuple(each.lstrip("#") for each in _several(row, "hashtags") if each.strip("# "))
    return Name(name, cast("Kind", kind), aliases, handles, hashtags, common)


def _cell(row: Mapping[str, Any], column: str) -> str:
    value = row.get(column)
    if value is None or value != value:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    text = " ".join(str(value).split())
    return text[1:] if text[:1] == "'" and text[1:2] in "=+-@" else text


def _several(row: Mapping[str, Any], column: str) -> tuple[str, ...]:
    value = row.get(column)
    if isinstance(value, list | tuple):
        parts: Iterable[str] = map(str, value)
    else:
        parts = _cell(row, column).split("|")
    return tuple(dict.fromkeys(" ".join(part.split()) for part in parts if part.strip()))


def _folded(text: str) -> str:
    return " ".join(map(folded, text.split()))


def write_names(path: Path, names: Sequence[Name]) -> None:
    """Write the list whole, so that a spreadsheet opens it without harm."""
    told = io.StringIO(newline="")
    writer = csv.writer(told, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in names:
        several = ("|".join(part) for part in (each.aliases, each.handles, each.hashtags))
        common = "yes" if each.common else "" if not is_ordinary(each.name) else "no"
        writer.writerow([defused(cell) for cell in (each.name, each.kind, *several)] + [common])
    write_whole(path, b"\xef\xbb\xbf" + told.getvalue().encode())


def with_handles(names: Sequence[Name], brand: str, handles: Iterable[str]) -> tuple[Name, ...]:
    """Return the names with the brand among them, known by its own accounts' handles as well.

    Parameters
    ----------
    names
        The list that the user owns.
    brand
        The brand's name; added when the list names no brand.
    handles
        Of the brand's own accounts.
    """
    own = tuple(dict.fromkeys(handle.lstrip("@") for handle in handles if handle))
    every = list(names)
    if not any(each.kind == "brand" for each in every):
        every.insert(0, Name(brand, common=is_ordinary(brand)))
    first = next(n for n, each in enumerate(every) if each.kind == "brand")
    theirs = {handle.casefold() for each in every for handle in each.handles}
    more = tuple(handle for handle in own if handle.casefold() not in theirs)
    every[first] = replace(every[first], handles=(*every[first].handles, *more))
    return tuple(every)
