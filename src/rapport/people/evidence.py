"""Evidence brought into one form: each distinct value is read once, whatever it is written like."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from rapport.people import contacts
from rapport.people.names import Name, fold, made_of, parse_name, sound
from rapport.people.nicknames import GIVEN

EVIDENCE = pa.schema([("node", pa.int64()), ("kind", pa.string()), ("value", pa.string())])
NAMES = pa.schema(
    [("node", pa.int64())]
    + [(part, pa.string()) for part in (*Name._fields, "given_sound", "family_sound")]
)
SPELT = pa.schema([("node", pa.int64()), ("key", pa.string()), ("form", pa.string())])

_HASHED = re.compile(r"[0-9a-f]{32}")
_NOTHING = frozenset(
    {"", "none", "null", "nan", "n/a", "na", "-", "unknown", "inconnu", "anonymous"}
)
_LONGEST = 500
_SHORTEST_ID = 8
_SHORTEST_HANDLE = 5
_SHORTEST_PSEUDONYM = 7

Row = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Evidence:
    """All that is known of some accounts, each a whole number, in one form.

    Parameters
    ----------
    values
        node, kind, value: what can be the same on two accounts.
    names
        node, given, root, family, whole, given_sound, family_sound: one name for each account.
    spelt
        node, key, form: how a handle may spell the name ("full", "initial"), and what the letters
        of its handles are ("handle").
    """

    values: pa.Table
    names: pa.Table
    spelt: pa.Table


def read_evidence(rows: pa.Table, country: str | None = None) -> Evidence:
    """Return evidence in one form.

    Parameters
    ----------
    rows
        node (int64), kind (of `rapport.people.kinds.KINDS`) and value.
    country
        Two letters: where phones without a country code are, for accounts without a country. The
        commonest country of the phones that name one when not given.
    """
    rows = _filled(rows)
    values = [_each(rows, kind, read) for kind, read in _READERS.items()]
    values.append(_phones(rows, country))
    names = _names(rows)
    spelt = _spelt(names)
    known = _not_names(pa.concat_tables(values), pc.unique(spelt.column("key")))
    both = pa.concat_tables([spelt, _handles(rows)])
    return Evidence(known.combine_chunks(), names, both.combine_chunks())


def _not_names(values: pa.Table, keys: pa.Array) -> pa.Table:
    """Return values without pseudonyms that spell somebody's name: others of that name use them."""
    letters = pc.replace_substring_regex(values.column("value"), r"[0-9]{0,3}$", "")
    named = pc.and_(pc.equal(values.column("kind"), "pseudonym"), pc.is_in(letters, value_set=keys))
    plain = pc.and_(pc.equal(values.column("kind"), "handle"), pc.is_in(letters, value_set=keys))
    kind = pc.if_else(plain, "plain handle", values.column("kind"))
    return values.set_column(1, "kind", kind).filter(pc.invert(named))


def _filled(rows: pa.Table) -> pa.Table:
    trimmed = pc.utf8_slice_codeunits(pc.utf8_trim_whitespace(rows.column("value")), 0, _LONGEST)
    rows = rows.set_column(rows.column_names.index("value"), "value", trimmed)
    nothing = pc.is_in(pc.utf8_lower(trimmed), value_set=pa.array(sorted(_NOTHING)))
    return rows.filter(pc.and_(pc.is_valid(trimmed), pc.invert(nothing)))


def _of(rows: pa.Table, *kinds: str) -> pa.Table:
    return rows.filter(pc.is_in(rows.column("kind"), value_set=pa.array(kinds)))


def _each(rows: pa.Table, kind: str, read: Callable[[str], Iterable[Row]]) -> pa.Table:
    """Read each distinct value of a kind once, and give the answer to all who bear it."""
    mine = _of(rows, kind)
    if not mine.num_rows:
        return EVIDENCE.empty_table()
    coded = mine.column("value").combine_chunks().dictionary_encode()
    if isinstance(coded, pa.ChunkedArray):
        coded = coded.combine_chunks()
    found: list[tuple[int, str, str]] = []
    for index, text in enumerate(coded.dictionary.to_pylist()):
        given = [(kind, text)] if _HASHED.fullmatch(text) else read(text)
        found.extend((index, what, value) for what, value in given if value)
    answers = pa.table(
        {
            "index": pa.array([row[0] for row in found], pa.int64()),
            "kind": pa.array([row[1] for row in found], pa.string()),
            "value": pa.array([row[2] for row in found], pa.string()),
        }
    )
    asked = pa.table({"node": mine.column("node"), "index": coded.indices.cast(pa.int64())})
    joined = asked.join(answers, "index", join_type="inner")
    return joined.select(EVIDENCE.names).cast(EVIDENCE)


def _email(text: str) -> list[Row]:
    email = contacts.parse_email(text)
    if not email.address:
        return []
    if email.role:
        return [("role email", email.address)]
    local = email.address.partition("@")[0]
    found = [("email", email.address), *_pseudonym(local)]
    return [*found, ("email typo", email.repaired or email.address)]


def _handle(text: str) -> list[Row]:
    bare = contacts.bare(contacts.parse_handle(text))
    if len(bare) < _SHORTEST_HANDLE:
        return []
    found = _pseudonym(bare)
    return [("handle" if found else "plain handle", bare), *found]


def _pseudonym(local: str) -> list[Row]:
    """Return what somebody calls themself, where it is more than a name that others bear too."""
    bare = contacts.bare(local)
    if len(bare) < _SHORTEST_PSEUDONYM:
        return []
    digits = sum(map(str.isdigit, bare))
    plain = digits < 4 and (_is_named(bare) or (digits < 2 and len(bare) < 10))
    return [] if plain else [("pseudonym", bare)]


def _is_named(bare: str) -> bool:
    """Return whether a word begins or ends with a given name, as names written in one do."""
    return any(bare[:n] in GIVEN or bare[-n:] in GIVEN for n in range(3, len(bare) + 1))


def _external(text: str) -> list[Row]:
    plain = re.sub(r"^'|\.0$", "", text).casefold()
    return [("external id" if len(plain) >= _SHORTEST_ID else "short id", plain)]


def _card(text: str) -> list[Row]:
    return [("loyalty card", re.sub(r"[\s'.-]", "", text).upper())]


def _postcode(text: str) -> list[Row]:
    plain = re.sub(r"[\s'-]", "", text).upper()
    plain = re.sub(r"\.0$", "", plain)
    return [("postcode", f"0{plain}" if re.fullmatch(r"[1-9]\d{3}", plain) else plain)]


def _plain(kind: str) -> Callable[[str], list[Row]]:
    def read(text: str) -> list[Row]:
        return [(kind, re.sub(r"[^a-z0-9]+", " ", fold(text)).strip())]

    return read


def _birth(text: str) -> list[Row]:
    """Return a date as year-month-day; day first where the order is not plain."""
    digits = re.findall(r"\d+", text)
    if len(digits) == 1 and len(digits[0]) == 8:
        digits = [digits[0][:4], digits[0][4:6], digits[0][6:]]
    if len(digits) < 3:
        return [("birth date", digits[0])] if digits and len(digits[0]) == 4 else []
    year, month, day = digits[:3]
    if len(digits[0]) != 4:
        day, month, year = digits[:3]
    return [("birth date", f"{year:0>4}-{month:0>2}-{day:0>2}")]


_READERS: dict[str, Callable[[str], Iterable[Row]]] = {
    "email": _email,
    "handle": _handle,
    "external id": _external,
    "loyalty card": _card,
    "device": lambda text: [("device", text)],
    "network account": lambda text: [("network account", text.casefold().replace("@", ""))],
    "postcode": _postcode,
    "birth date": _birth,
    **{kind: _plain(kind) for kind in ("city", "address", "occupation")},
}


def _phones(rows: pa.Table, country: str | None) -> pa.Table:
    mine = _of(rows, "phone")
    if not mine.num_rows:
        return EVIDENCE.empty_table()
    known = _of(rows, "country").select(["node", "value"]).rename_columns(["node", "country"])
    known = known.group_by("node").aggregate([("country", "min")])
    joined = mine.select(["node", "value"]).join(known, "node", join_type="left outer")
    at_home = country or _commonest(mine.column("value"))
    pairs = joined.group_by(["value", "country_min"]).aggregate([])
    plain = []
    for text, where in zip(*(pairs.column(n).to_pylist() for n in pairs.column_names), strict=True):
        named = where.upper() if where and len(where) == 2 else at_home
        plain.append(text if _HASHED.fullmatch(text) else contacts.parse_phone(text, named))
    answers = pairs.append_column("phone", pa.array(plain, pa.string()))
    answers = answers.set_column(1, "country_min", pc.fill_null(answers["country_min"], ""))
    joined = joined.set_column(2, "country_min", pc.fill_null(joined["country_min"], ""))
    told = joined.join(answers, ["value", "country_min"], join_type="inner")
    told = told.filter(pc.not_equal(told.column("phone"), ""))
    kind = pa.chunked_array([pa.repeat("phone", told.num_rows)], pa.string())
    made = {"node": told.column("node"), "kind": kind, "value": told.column("phone")}
    return pa.table(made).cast(EVIDENCE)


_CODES = {"+33": "FR", "+44": "GB", "+32": "BE", "+41": "CH", "+1": "US", "+49": "DE", "+34": "ES",
          "+39": "IT", "+352": "LU", "+353": "IE", "+31": "NL", "+351": "PT"}  # fmt: skip


def _commonest(phones: pa.ChunkedArray) -> str:
    """Return the country that most phones name; France where none does."""
    counts = {
        where: pc.sum(pc.match_substring_regex(phones, rf"^'?(\+|00){code[1:]}")).as_py() or 0
        for code, where in _CODES.items()
    }
    best = max(counts, key=lambda where: counts[where])
    return best if counts[best] else "FR"


def _names(rows: pa.Table) -> pa.Table:
    """Return one name for each account: the fullest of those that it bears."""
    whole = _of(rows, "name").select(["node", "value"])
    parts = {kind: _first(_of(rows, kind), kind) for kind in ("given name", "family name")}
    both = parts["given name"].join(parts["family name"], "node", join_type="full outer")
    coded = [(whole.column("node"), whole.column("value"), _read_name)]
    if both.num_rows:
        joined = pc.binary_join_element_wise(
            *(pc.fill_null(both.column(kind), "") for kind in parts), "\x1f"
        )
        coded.append((both.column("node"), joined, _read_parts))
    tables = [_parsed(*each) for each in coded if len(each[0])]
    if not tables:
        return NAMES.empty_table()
    every = pa.concat_tables(tables)
    order = [("node", "ascending"), ("full", "descending"), ("size", "descending")]
    every = every.sort_by([*order, ("given", "ascending"), ("family", "ascending")])
    first = every.group_by("node", use_threads=False).aggregate(
        [(name, "first") for name in NAMES.names[1:]]
    )
    return first.rename_columns(NAMES.names).cast(NAMES)


def _first(rows: pa.Table, name: str) -> pa.Table:
    one = rows.group_by("node").aggregate([("value", "min")])
    return one.rename_columns(["node", name])


def _read_name(text: str) -> Name:
    if _HASHED.fullmatch(text):  # only the whole can be compared
        return Name("", "", "", text)
    return parse_name(text)


def _read_parts(text: str) -> Name:
    given, _, family = text.partition("\x1f")
    return made_of(given, family)


def _parsed(
    nodes: pa.ChunkedArray, texts: pa.ChunkedArray, read: Callable[[str], Name]
) -> pa.Table:
    coded = pc.dictionary_encode(texts)
    coded = coded.combine_chunks() if isinstance(coded, pa.ChunkedArray) else coded
    parsed = [read(text) for text in coded.dictionary.to_pylist()]
    columns: dict[str, pa.Array] = {
        part: pa.array([getattr(name, part) for name in parsed], pa.string())
        for part in Name._fields
    }
    columns["given_sound"] = pa.array([sound(name.root) for name in parsed], pa.string())
    columns["family_sound"] = pa.array([sound(name.family) for name in parsed], pa.string())
    columns["full"] = pa.array([name.whole != "" for name in parsed], pa.bool_())
    columns["size"] = pa.array([len(name.given) + len(name.family) for name in parsed], pa.int64())
    columns["any"] = pa.array([any(name) for name in parsed], pa.bool_())
    table = pa.table(columns).take(coded.indices)
    table = table.add_column(0, "node", nodes)
    return table.filter(table.column("any")).drop_columns(["any"])


def _spelt(names: pa.Table) -> pa.Table:
    """Return how a handle may spell each name: both parts, or one of them by its initial."""
    whole = pc.and_(
        pc.greater(pc.utf8_length(names.column("given")), 1),
        pc.not_equal(names.column("family"), ""),
    )
    names = names.filter(whole)
    given, family = names.column("given"), names.column("family")
    first, last = (pc.utf8_slice_codeunits(part, 0, 1) for part in (given, family))
    orders = {
        "full": [(given, family), (family, given)],
        "initial": [(first, family), (family, first), (given, last)],
    }
    parts = [
        pa.table(
            {
                "node": names.column("node"),
                "key": pc.binary_join_element_wise(*pair, ""),
                "form": pa.chunked_array([pa.repeat(form, names.num_rows)], pa.string()),
            }
        ).cast(SPELT)
        for form, pairs in orders.items()
        for pair in pairs
    ]
    spelt = pa.concat_tables(parts)
    return spelt.filter(pc.greater(pc.utf8_length(spelt.column("key")), _SHORTEST_HANDLE))


def _handles(rows: pa.Table) -> pa.Table:
    keys = _each(rows, "handle", lambda text: [("handle", _letters(text))])
    keys = keys.filter(pc.invert(pc.match_substring_regex(keys["value"], _HASHED.pattern + "$")))
    return pa.table(
        {"node": keys["node"], "key": keys["value"], "form": keys["kind"]}
    ).cast(SPELT)  # fmt: skip


def _letters(handle: str) -> str:
    key = contacts.letters(contacts.parse_handle(handle))
    return key if len(key) >= _SHORTEST_HANDLE + 1 else ""
