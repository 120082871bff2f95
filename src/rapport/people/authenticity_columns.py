"""Profiles as platforms name their columns, turned into the numbers that signs need."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from rapport.errors import Fault, Problem, nearest
from rapport.people.authenticity_signs import Numbers

NAMES: dict[str, tuple[str, ...]] = {
    "account_id": ("accountid", "id", "userid"),
    "handle": ("handle", "screenname", "username", "login"),
    "handle_digits": ("handledigits", "usernamedigitcount"),
    "handle_length": ("handlelength", "usernamelength"),
    "name": ("name", "fullname", "displayname"),
    "followers": ("followers", "followerscount", "followercount", "userfollowercount"),
    "following": ("following", "followingcount", "followscount", "friendscount", "friends",
                  "userfollowingcount"),
    "posts": ("posts", "postscount", "statuses", "statusescount", "mediacount", "usermediacount",
              "tweetcount", "tweets"),
    "likes": ("likes", "likesgiven", "likescount", "favouritescount", "favoritescount"),
    "listed": ("listed", "listedcount"),
    "picture": ("picture", "haspicture", "hasprofilepic", "userhasprofilpic", "avatar",
                "profilepicture"),
    "default_picture": ("defaultprofileimage", "defaultpicture"),
    "description": ("description", "hasdescription", "bio", "biography", "userbiographylength",
                    "biographylength", "descriptionlength"),
    "url": ("url", "hasurl", "website", "externalurl"),
    "location": ("location", "haslocation", "city"),
    "private": ("private", "isprivate", "userisprivate", "protected"),
    "created": ("created", "createdat", "joined", "accountcreated"),
    "last_post": ("lastpost", "lastposton", "laststatusat", "lastpostat"),
    "followed_on": ("followedon", "followedat", "followdate"),
    "seen_on": ("seenon", "updated", "collectedon", "retrievedat"),
}  # fmt: skip

_COUNTS = ("followers", "following", "posts", "likes", "listed", "handle_digits", "handle_length")
_THERE = ("picture", "default_picture", "description", "url", "location", "private")
_TIMES = ("created", "last_post", "followed_on", "seen_on")
_NOTHING = {"", "null", "none", "nan", "n/a", "false", "no", "0", "0.0", "-"}
_EPOCH = np.datetime64("1970-01-01", "s")


@dataclass(frozen=True, slots=True)
class Profiles:
    """What is known of accounts, as numbers; not-a-number where it is not known.

    Parameters
    ----------
    rows
        How many accounts.
    numbers
        Counts, shares and days by name, each of shape (rows,): what `SIGNS` are cut from, and
        `followed_day` and `created_day` (days since 1970).
    account_id
        Their ids, where a column holds them.
    """

    rows: int
    numbers: Mapping[str, Numbers]
    account_id: pa.Array | None


def read_profiles(
    table: pa.Table, columns: Mapping[str, str] | None = None, today: dt.date | None = None
) -> Profiles:
    """Return profiles from a table whose columns are named as one of `NAMES`, or as `columns` says.

    Raises
    ------
    Problem
        If `columns` names something that is not there, or no column is known.
    """
    chosen = _chosen(table.column_names, columns or {})
    made: dict[str, Numbers] = {}
    for name in _COUNTS:
        if name in chosen:
            made[name] = _count(table[chosen[name]])
    for name in _THERE:
        if name in chosen:
            made[name] = _there(table[chosen[name]])
    for name in _TIMES:
        if name in chosen:
            made[name] = _day(table[chosen[name]])
    if "default_picture" in made and "picture" not in made:
        # Exports leave the flag empty where the picture is the account's own.
        made["picture"] = 1 - np.nan_to_num(made["default_picture"])
    handles = table[chosen["handle"]].to_pylist() if "handle" in chosen else None
    ids = table[chosen["account_id"]].combine_chunks() if "account_id" in chosen else None
    return Profiles(table.num_rows, _derived(made, handles, today), ids)


def _chosen(names: list[str], columns: Mapping[str, str]) -> dict[str, str]:
    faults = [
        Fault(f"There is no column '{column}'.", key, nearest(column, names))
        for key, column in columns.items()
        if column not in names
    ]
    faults += [
        Fault(f"Nothing is called '{key}' here.", hint=nearest(key, list(NAMES)))
        for key in columns
        if key not in NAMES
    ]
    if faults:
        raise Problem("The profiles could not be read.", faults)
    plain = {re.sub(r"[^a-z]", "", name.lower()): name for name in reversed(names)}
    found = {
        key: next(plain[alias] for alias in aliases if alias in plain)
        for key, aliases in NAMES.items()
        if any(alias in plain for alias in aliases)
    }
    found |= columns
    if not set(found) - {"account_id", "name", "seen_on"}:
        hint = f"Known names: {', '.join(NAMES)}. Say columns={{'followers': 'your column'}}."
        fault = Fault("No column says anything about a profile.", ", ".join(names), hint)
        raise Problem("The profiles could not be read.", [fault])
    return found


def _derived(
    made: dict[str, Numbers], handles: list[Any] | None, today: dt.date | None
) -> dict[str, Numbers]:
    if "followers" in made and "following" in made:
        made["ratio"] = made["following"] / np.maximum(made["followers"], 1)
    if handles is not None:
        made.setdefault("handle_digits", _measured(handles, _digits))
        made.setdefault("handle_length", _measured(handles, lambda text: float(len(text))))
    if "handle_digits" in made:
        made["digits"] = made["handle_digits"]
    now = _now(made, today)
    if "created" in made:
        made["age"] = np.maximum(now - made["created"], 0)
        made["created_day"] = made["created"]
    if "last_post" in made:
        made["silence"] = np.maximum(now - made["last_post"], 0)
        if "posts" in made:  # who never posted has been silent for good
            made["silence"] = np.where(made["posts"] == 0, 9999.0, made["silence"])
    if "followed_on" in made:
        made["followed_day"] = made["followed_on"]
    return made


def _now(made: Mapping[str, Numbers], today: dt.date | None) -> Numbers | float:
    """Return the day of looking: as said, as each row says, or the newest day there is."""
    if today is not None:
        return float((today - dt.date(1970, 1, 1)).days)
    if "seen_on" in made:
        newest = np.nanmax(made["seen_on"]) if np.isfinite(made["seen_on"]).any() else np.nan
        return np.where(np.isnan(made["seen_on"]), newest, made["seen_on"])
    days = [made[n] for n in ("created", "last_post", "followed_on") if n in made]
    known = [float(np.nanmax(d)) for d in days if np.isfinite(d).any()]
    return max(known, default=float("nan"))


def _count(column: pa.ChunkedArray) -> Numbers:
    """Return counts; what is no number, or negative, is not known."""
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        values = column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False)
    else:
        values = np.array([_number(value) for value in column.to_pylist()], float)
    found = np.asarray(values, float)
    return np.where(np.isfinite(found) & (found >= 0), found, np.nan)


def _number(value: Any) -> float:
    try:
        return float(str(value).replace(",", "").replace("\u202f", "").strip())
    except ValueError:
        return float("nan")


def _there(column: pa.ChunkedArray) -> Numbers:
    """Return 1 where something stands (a text, true, a length above zero), 0 where it does not.

    A column of flags or numbers that is empty in a row says nothing of it; a text that is empty
    is a text that lacks.
    """
    kind = column.type
    if pa.types.is_boolean(kind) or pa.types.is_integer(kind) or pa.types.is_floating(kind):
        values = np.asarray(
            column.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False), float
        )
        return np.where(np.isnan(values), np.nan, (values > 0).astype(float))
    if pa.types.is_null(kind):
        return np.full(len(column), np.nan)
    told = [str(v).strip().lower() if v is not None else "" for v in column.to_pylist()]
    return np.array([float(text not in _NOTHING) for text in told])


def _day(column: pa.ChunkedArray) -> Numbers:
    """Return times as days since 1970; not-a-number for what is no time."""
    kind = column.type
    if pa.types.is_timestamp(kind) or pa.types.is_date(kind):
        plain = column.cast(pa.timestamp("s"), safe=False).cast(pa.int64())
        seconds = np.asarray(plain.cast(pa.float64(), safe=False).to_numpy(zero_copy_only=False))
        return np.asarray(np.floor(seconds / 86_400), float)
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        values = np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), float)
        seconds = np.where(values > 1e11, values / 1000, values)  # milliseconds, or seconds
        return np.asarray(np.floor(seconds / 86_400), float)
    return np.array([_moment(value) for value in column.to_pylist()], float)


def _moment(value: Any) -> float:
    text = str(value).strip() if value is not None else ""
    if not text:
        return float("nan")
    for read in (dt.datetime.fromisoformat, _twitter_time):
        try:
            return float((read(text).date() - dt.date(1970, 1, 1)).days)
        except ValueError:
            continue
    return float("nan")


def _twitter_time(text: str) -> dt.datetime:
    return dt.datetime.strptime(text, "%a %b %d %H:%M:%S %z %Y")


def _digits(text: str) -> float:
    return float(sum(letter.isdigit() for letter in text))


def _measured(texts: list[Any], measure: Any) -> Numbers:
    found = [float("nan") if text in (None, "") else measure(str(text)) for text in texts]
    return np.array(found, float)
