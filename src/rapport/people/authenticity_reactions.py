"""Who reacts to what, how soon and with whom: sums and pairs that the engine makes."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, day_number, whole_sum

FAST = 600  # seconds after a post
NEAR = 1800  # seconds between the reactions of two accounts
LEAST = 5  # reactions below which nothing is said of an account's company
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
    about = nw.coalesce("in_reply_to", "object_id")
    verbs = activity.filter(nw.col("verb").is_in(["Like", "Announce", "Create"]))
    done = verbs.filter(
        ~nw.col("account_id").is_null()
        & ~nw.col("channel").is_null()
        & ((nw.col("verb") != "Create") | ~nw.col("in_reply_to").is_null())
    ).select(*ACCOUNT, "channel", object_id=about, moment=seconds(nw.col("occurred_on")))
    first = done.group_by(*ACCOUNT, "channel", "object_id").agg(moment=nw.col("moment").min())
    out = (
        post.select("channel", object_id=nw.col("post_id"), out=seconds(nw.col("published_on")))
        .group_by("channel", "object_id")
        .agg(out=nw.col("out").max())  # of two systems the one that knows the hour
    )
    joined = first.join(out, on=["channel", "object_id"], how="inner")
    others = joined.join(own_accounts(account), on=list(ACCOUNT), how="anti")
    return others.select(
        *ACCOUNT, "channel", "object_id", "moment", lag=nw.col("moment") - nw.col("out")
    )


def own_accounts(account: Frame) -> Frame:
    """Return the accounts that the record itself calls the brand's or an employee's."""
    own = nw.col("is_brand").fill_null(value=False) | nw.col("is_employee").fill_null(value=False)
    return account.filter(own).select(*ACCOUNT).unique()


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


def company_pairs(reactions: Frame, counts: Frame) -> Frame:
    """Return pairs of accounts that reacted to the same post within half an hour of each other.

    Only accounts with at least `LEAST` reactions are paired. Reactions meet in buckets of time, so
    that a post with a million of them makes no million times a million pairs.

    Returns
    -------
    Frame
        channel, source, account_id, other_source, other_account_id (the pair once, in the order of
        their ids), together (posts).
    """
    often = counts.filter(nw.col("reactions") >= LEAST).select(*ACCOUNT, "channel")
    kept = reactions.join(often, on=[*ACCOUNT, "channel"], how="inner").with_columns(
        bucket=nw.col("moment") // NEAR
    )
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


def hours_of_day(activity: Frame, account: Frame) -> Frame:
    """Return at which hours accounts that do much are active.

    Returns
    -------
    Frame
        source, account_id, channel, hour (0 to 23, UTC), times; only accounts that did at least
        `AWAKE` things, the brand's own and its employees' left out.
    """
    done = activity.filter(
        ~nw.col("account_id").is_null()
        & ~nw.col("channel").is_null()
        & nw.col("verb").is_in(["Like", "Announce", "Create"])
    ).join(own_accounts(account), on=list(ACCOUNT), how="anti")
    hourly = (
        done.select(*ACCOUNT, "channel", hour=nw.col("occurred_on").dt.hour().cast(nw.Int64()))
        .group_by(*ACCOUNT, "channel", "hour")
        .agg(times=nw.len())
    )
    all_day = hourly.with_columns(all_times=nw.col("times").sum().over(*ACCOUNT, "channel"))
    return all_day.filter(nw.col("all_times") >= AWAKE).drop("all_times")
