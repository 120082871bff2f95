"""One row for each account, with all that is compared, and keys by which likely pairs are met."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from rapport.record.frames import Frame

COLUMNS = {
    "email": "email",
    "phone": "phone",
    "external": "external id",
    "short": "short id",
    "card": "loyalty card",
    "birth": "birth date",
    "postcode": "postcode",
    "city": "city",
    "address": "address",
    "occupation": "occupation",
}
"""Columns of the wide table, and the kinds of evidence that they hold."""

NAME = ("given", "root", "family", "whole", "given_sound", "family_sound")

KEYS: dict[str, tuple[str, ...]] = {
    "by_email": ("email",),
    "by_local": ("local",),
    "by_phone": ("phone",),
    "by_external": ("external",),
    "by_card": ("card",),
    "by_whole": ("whole",),
    "by_family_postcode": ("family", "postcode"),
    "by_given_postcode": ("root", "postcode"),
    "by_family_birth": ("family", "birth"),
    "by_given_birth": ("root", "birth"),
    "by_birth_postcode": ("birth", "postcode"),
    "by_birth_city": ("birth", "city"),
    "by_family_city": ("family_sound", "root", "city"),
    "by_sounds": ("family_sound", "given_sound"),
    "by_sounds_area": ("family_sound", "given_sound", "area"),
    "by_sounds_year": ("family_sound", "given_sound", "year"),
    "by_address": ("address", "area"),
    "by_postcode_year": ("postcode", "year"),
    "by_birth": ("birth",),
    "by_family": ("family",),
    "by_given": ("root",),
}
"""Columns that must all be the same for a pair to be looked at; any one key is enough."""


def telling(values: Frame, borne: Frame, most: int) -> Frame:
    """Return the values that tell people apart: identifiers of more than `most` accounts do not.

    Parameters
    ----------
    values, borne
        As `rapport.people.shared.bearers` takes and gives them.

    Returns
    -------
    Frame
        node, kind, value.
    """
    crowded = borne.filter(nw.col("bearers") > most).select("kind", "value")
    return values.join(crowded, on=["kind", "value"], how="anti")


def wide(values: Frame, names: Frame) -> Frame:
    """Return one row for each account that has anything to compare.

    Of several values of one kind the first in the alphabet stands: exact evidence has seen all.

    Parameters
    ----------
    values, names
        See `rapport.people.evidence.Evidence`.

    Returns
    -------
    Frame
        node and the columns of `COLUMNS` and `NAME`, local (of the e-mail), area (of the
        postcode) and year (of birth); null where it is not known.
    """
    spread = values.filter(nw.col("kind").is_in(list(COLUMNS.values()))).select(
        "node",
        **{
            column: nw.when(nw.col("kind") == kind).then(nw.col("value"))
            for column, kind in COLUMNS.items()
        },
    )
    one = spread.group_by("node").agg(**{name: nw.col(name).min() for name in COLUMNS})
    named = names.select(
        name_node=nw.col("node"),
        **{part: nw.when(nw.col(part) != "").then(nw.col(part)) for part in NAME},
    )
    joined = one.join(named, left_on="node", right_on="name_node", how="full")
    postcode = nw.col("postcode")
    size = postcode.str.len_chars()
    area = (  # a British postcode without its last three signs, two digits of a French one
        nw.when(postcode.str.contains("^[A-Z]"))
        .then(postcode.str.slice(0, 4))
        .when(size > 3)
        .then(postcode.str.slice(0, 2))
    )
    local = nw.when(nw.col("email").str.contains("@")).then(
        nw.col("email").str.replace_all("@.*$", "")
    )
    return joined.with_columns(
        node=nw.coalesce("node", "name_node"),
        area=area,
        year=nw.col("birth").str.slice(0, 4),
        local=nw.when(local.str.len_chars() > 5).then(local),
        external=nw.coalesce("external", "short"),
    ).drop("name_node", "short")


COMMON = ("by_whole", "by_sounds", "by_birth", "by_family", "by_given")
"""Keys of a name or a birthday alone: where many share it, something else must be shared too."""


def filled(accounts: Frame) -> Frame:
    """Return one row: for each column of which keys are made, how many accounts have a value."""
    parts = sorted({part for parts in KEYS.values() for part in parts})
    return accounts.select(*(nw.col(part).count().cast(nw.Int64()) for part in parts))


def keyed(
    accounts: Frame, most: int, most_common: int, names: Sequence[str] = tuple(KEYS)
) -> Frame:
    """Return the wide table with some of its keys: null unless 2 to `most` accounts share it.

    So no key makes more than `most` pairs an account, however common a name is; a key of `COMMON`
    no more than `most_common`.
    """
    keys = {
        name: nw.concat_str(*(nw.col(part) for part in KEYS[name]), separator="\x1f")
        for name in names
    }
    every = accounts.with_columns(**keys) if keys else accounts
    found = every
    for name in names:
        bearers = every.filter(~nw.col(name).is_null()).group_by(name).agg(bearers=nw.len())
        limit = most_common if name in COMMON else most
        few = bearers.filter((nw.col("bearers") > 1) & (nw.col("bearers") <= limit))
        shared = found.join(few, on=name, how="left")
        kept = nw.when(~nw.col("bearers").is_null()).then(nw.col(name))
        found = shared.with_columns(kept.alias(name)).drop("bearers")
    return found
