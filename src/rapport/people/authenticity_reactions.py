"""Who reacts to what, how soon and with whom: sums and pairs that the engine makes."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from itertools import accumulate

import narwhals as nw

from rapport.people.gathering import REACTIONS
from rapport.record.frames import Frame, day_number, distinct, whole_sum

FAST = 600  # seconds after a post
NEAR = 1800  # seconds between the reactions of two accounts
LEAST = 5  # reactions below which nothing is said of an account's company
MOST_REACTIONS = 4_000_000  # that are looked at for company; beyond, those to a sample of posts
MOST_PAIRS = 20_000_000  # of accounts in company; beyond, crowded half-hours are passed over
LEAST_POSTS = 50
AWAKE = 50  # things done below which nothing is said of an account's nights

ACCOUNT = ("source", "account_id")


def seconds(time: nw.Expr) -> nw.Expr:
    """Return a time as whole seconds, whose differences are true ones."""
    clock = time.dt.hour().cast(nw.Int64()) * 3600 + time.dt.minute().cast(nw.Int64()) * 60
    return day_number(time) * 86_400 + clock + time.dt.second().cast(nw.Int64())


def reactions(activity: Frame, post: Frame, account: Frame) -> Frame:
    """Return the first reaction of each account to each of the brand's posts.

    Likes, shares and comments count; the brand's own and its employees' do not.

    Returns
    -------
    Frame
        source, account_id, channel, object_id, moment (seconds, as `seconds` gives them), lag
        (seconds since the post came out; may be negative where two systems' clocks differ).
    """
    out = (
        post.select("channel", object_id=nw.col("post_id"), out=seconds(nw.col("published_on")))
        .group_by("channel", "object_id")
        .agg(out=nw.col("out").max())  # of two systems the one that knows the hour
    )
    joined = _done(activity).join(out, on=["channel", "object_id"], how="inner")
    first = joined.group_by(*ACCOUNT, "channel", "object_id").agg(
        first=nw.col("occurred_on").min(), out=nw.col("out").max()
    )
    others = first.join(own_accounts(account), on=list(ACCOUNT), how="anti")
    timed = others.with_columns(moment=seconds(nw.col("first")))
    return timed.select(
        *ACCOUNT, "channel", "object_id", "moment", lag=nw.col("moment") - nw.col("out")
    )


def _done(activity: Frame) -> Frame:
    """Return likes, shares and comments: account, channel, object_id, occurred_on."""
    verbs = activity.filter(nw.col("verb").is_in(list(REACTIONS)))
    return verbs.filter(
        ~nw.col("account_id").is_null()
        & ~nw.col("channel").is_null()
        & ((nw.col("verb") != "Create") | ~nw.col("in_reply_to").is_null())
    ).select(*ACCOUNT, "channel", "occurred_on", object_id=nw.coalesce("in_reply_to", "object_id"))


def reacted_posts(activity: Frame, post: Frame) -> Frame:
    """Return how many reactions each of the brand's posts got, those of one account each counted.

    Returns
    -------
    Frame
        channel, object_id, reactions.
    """
    known = distinct(post.select("channel", object_id=nw.col("post_id")))
    each = _done(activity).group_by("channel", "object_id").agg(n=nw.len())
    met = each.join(known, on=["channel", "object_id"], how="inner")
    return met.select("channel", "object_id", reactions=nw.col("n").cast(nw.Int64()))


def own_accounts(account: Frame) -> Frame:
    """Return the accounts that the record itself calls the brand's or an employee's."""
    own = nw.col("is_brand").fill_null(value=False) | nw.col("is_employee").fill_null(value=False)
    return distinct(account.filter(own).select(*ACCOUNT))


def reaction_counts(reactions: Frame) -> Frame:
    """Return for each account how often it reacted, how often at once, how often in company.

    Returns
    -------
    Frame
        source, account_id, channel, reactions, fast (within ten minutes of the post), close (with
        another account's reaction to the same post within half an hour).
    """
    within, order = ["channel", "object_id"], ["moment", "source", "account_id"]
    before = nw.col("moment") - nw.col("moment").shift(1).over(*within, order_by=order)
    after = nw.col("moment").shift(-1).over(*within, order_by=order) - nw.col("moment")
    marked = reactions.with_columns(before=before, after=after)
    near = (nw.col("before") <= NEAR).fill_null(value=False) | (nw.col("after") <= NEAR).fill_null(
        value=False
    )
    fast = (nw.col("lag") >= 0) & (nw.col("lag") <= FAST)
    return (
        marked.with_columns(near=near.cast(nw.Int64()), quick=fast.cast(nw.Int64()))
        .group_by(*ACCOUNT, "channel")
        .agg(reactions=nw.len(), fast=whole_sum(nw.col("quick")), close=whole_sum(nw.col("near")))
    )


def company_pairs(reactions: Frame, counts: Frame, most: int | None = None) -> Frame:
    """Return pairs of accounts that reacted to the same post within half an hour of each other.

    Only accounts with at least `LEAST` reactions are paired. Reactions meet in buckets of time, so
    that a post with a million of them makes no million times a million pairs.

    Parameters
    ----------
    reactions, counts
        As `reactions` and `reaction_counts` give them.
    most
        Half-hours in which more of these accounts reacted to a post are passed over: to meet in a
        crowd says least. None passes over nothing.

    Returns
    -------
    Frame
        channel, source, account_id, other_source, other_account_id (the pair once, in the order of
        their ids), together (posts).
    """
    kept = _in_buckets(reactions, counts)
    if most is not None:
        crowd = nw.len().over("channel", "object_id", "bucket")
        kept = kept.with_columns(crowd=crowd).filter(nw.col("crowd") <= most).drop("crowd")
    other = kept.select(
        "channel", "object_id", "bucket",
        other_source=nw.col("source"), other_account_id=nw.col("account_id"),
        other_moment=nw.col("moment"),
    )  # fmt: skip
    shifted = nw.concat(
        [other.with_columns(bucket=nw.col("bucket") + step) for step in (-1, 0, 1)],
        how="vertical",
    )
    both = kept.join(shifted, on=["channel", "object_id", "bucket"], how="inner")
    apart = nw.col("moment") - nw.col("other_moment")
    once = (nw.col("source") < nw.col("other_source")) | (
        (nw.col("source") == nw.col("other_source"))
        & (nw.col("account_id") < nw.col("other_account_id"))
    )
    near = both.filter(once & (apart <= NEAR) & (apart >= -NEAR))
    keys = ("channel", *ACCOUNT, "other_source", "other_account_id")
    return near.group_by(*keys).agg(together=nw.len())


def _in_buckets(reactions: Frame, counts: Frame) -> Frame:
    often = counts.filter(nw.col("reactions") >= LEAST).select(*ACCOUNT, "channel")
    kept = reactions.join(often, on=[*ACCOUNT, "channel"], how="inner")
    return kept.with_columns(bucket=nw.col("moment") // NEAR)


def crowds(reactions: Frame, counts: Frame) -> Frame:
    """Return how many half-hours of posts there are by how many accounts reacted in them.

    Returns
    -------
    Frame
        accounts, buckets.
    """
    kept = _in_buckets(reactions, counts)
    sizes = kept.group_by("channel", "object_id", "bucket").agg(accounts=nw.len())
    counted = sizes.group_by("accounts").agg(buckets=nw.len())
    return counted.select(*(nw.col(name).cast(nw.Int64()) for name in ("accounts", "buckets")))


def largest_crowd(rows: Sequence[tuple[int, int]], most: int = MOST_PAIRS) -> int | None:
    """Return up to how many accounts a half-hour may hold for all pairs to be at most `most`.

    Parameters
    ----------
    rows
        accounts and buckets, as `crowds` gives them.

    Returns
    -------
    int or None
        None where all of them may be paired.

    Examples
    --------
    >>> largest_crowd([(2, 10), (100, 1), (3000, 1)], most=20_000)
    100
    """
    pairs, largest = 0.0, 1
    for accounts, buckets in sorted(rows):
        pairs += 1.5 * buckets * accounts**2  # with half an hour before and after
        if pairs > most:
            return largest
        largest = accounts
    return None


def some_posts(rows: Sequence[tuple[str, str, int]], most: int = MOST_REACTIONS) -> list[int]:
    """Return the posts whose reactions are looked at for company: all, or a sample drawn by name.

    Who acts in company does so on most posts, and shows on a tenth of them as well. At least
    `LEAST_POSTS` are drawn, however many react to each.

    Parameters
    ----------
    rows
        channel, object_id, reactions.

    Returns
    -------
    list
        Places in `rows`.
    """
    if sum(row[2] for row in rows) <= most:
        return list(range(len(rows)))
    drawn = sorted(
        range(len(rows)), key=lambda n: blake2b("\x1f".join(rows[n][:2]).encode()).digest()
    )
    sums = accumulate(rows[n][2] for n in drawn)
    return [n for k, (n, so_far) in enumerate(zip(drawn, sums, strict=True))
            if so_far <= most or k < LEAST_POSTS]  # fmt: skip


def hours_of_day(activity: Frame, account: Frame, acts: Frame) -> Frame:
    """Return at which hours accounts that do much are active.

    Parameters
    ----------
    activity, account
        Tables of the record.
    acts
        As `rapport.people.gathering.acts` gives them: most accounts do little, and need not be
        looked at by the hour.

    Returns
    -------
    Frame
        source, account_id, channel, hour (0 to 23, UTC), times; only accounts that did at least
        `AWAKE` things, the brand's own and its employees' left out.
    """
    key = (*ACCOUNT, "channel")
    much = acts.filter((nw.col("reacted") >= AWAKE) & ~nw.col("channel").is_null())
    others = much.select(*key).join(own_accounts(account), on=list(ACCOUNT), how="anti")
    done = activity.filter(nw.col("verb").is_in(list(REACTIONS)))
    awake = done.join(others, on=list(key), how="inner")
    hours = awake.select(*key, hour=nw.col("occurred_on").dt.hour().cast(nw.Int64()))
    return hours.group_by(*key, "hour").agg(times=nw.len())
