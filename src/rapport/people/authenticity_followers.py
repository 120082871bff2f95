"""Who follows on which channel since when, and what their accounts show: patterns to count."""

from __future__ import annotations

import datetime as dt

import narwhals as nw

from rapport.people.authenticity_reactions import ACCOUNT, own_accounts
from rapport.people.authenticity_signs import SIGNS, UNKNOWN
from rapport.record.frames import Frame, day_number, distinct

PATTERN = ("ratio", "followers", "posts", "age", "digits", "did", "bought_goods", "arrival")
"""The signs that the record can show of an account."""


def follows(activity: Frame, account: Frame) -> Frame:
    """Return the accounts that follow the brand now, and since when.

    Who stopped following after having begun follows no more. The brand's own accounts and its
    employees' are left out.

    Returns
    -------
    Frame
        source, account_id, channel, day (a number, as `date.toordinal`; the first time).
    """
    known = activity.filter(~nw.col("account_id").is_null() & ~nw.col("channel").is_null())
    keys = (*ACCOUNT, "channel")
    began = (
        known.filter(nw.col("verb") == "Follow")
        .group_by(*keys)
        .agg(day=day_number(nw.col("occurred_on_day").min()), last=nw.col("occurred_on").max())
    )
    ended = (
        known.filter(
            (nw.col("verb") == "Undo")
            & (nw.col("object_kind").is_in(["Follow", "account", "Person"]))
        )
        .group_by(*keys)
        .agg(ended=nw.col("occurred_on").max())
    )
    joined = began.join(ended, on=list(keys), how="left")
    still = joined.filter((nw.col("ended").is_null()) | (nw.col("ended") < nw.col("last")))
    return still.join(own_accounts(account), on=list(ACCOUNT), how="anti").select(*keys, "day")


def followers_by_day(follows: Frame) -> Frame:
    """Return how many accounts known by name began to follow: channel, day (a number), came."""
    return follows.group_by("channel", "day").agg(came=nw.len())


def deeds(acts: Frame, links: Frame, buyers: Frame | None = None) -> Frame:
    """Return for each account whether its person was seen to act, and to buy.

    That somebody did nothing is said only of accounts of a source which shows what others did (a
    plain list of followers does not), and that they bought nothing only of people with several
    accounts: of the others nobody could know.

    Parameters
    ----------
    acts
        As `rapport.people.gathering.acts` gives them.
    links
        Columns source, account_id, person_id.
    buyers
        Column person_id; None where no purchase is known.

    Returns
    -------
    Frame
        source, account_id, person_id, did, bought_goods (1, 0, or null where it cannot be known).
    """
    acting = distinct(acts.filter(nw.col("acted") > 0).select(*ACCOUNT))
    active = acting.join(links, on=list(ACCOUNT), how="inner")
    showing = distinct(acting.select("source", shows=nw.lit(1).cast(nw.Int64())))
    made = _marked(links, distinct(active.select("person_id")), "did")
    here = (
        made.join(showing, on="source", how="left")
        .with_columns(accounts=nw.len().over("person_id"))
        .with_columns(
            did=nw.when((nw.col("did") > 0) | ~nw.col("shows").is_null()).then(nw.col("did"))
        )
    )
    if buyers is None:
        nothing = nw.lit(None).cast(nw.Int64())
        return here.with_columns(bought_goods=nothing).drop("shows", "accounts")
    bought = _marked(here, distinct(buyers.select("person_id")), "bought_goods")
    known = (nw.col("accounts") > 1) | (nw.col("bought_goods") > 0)
    return bought.with_columns(bought_goods=nw.when(known).then(nw.col("bought_goods"))).drop(
        "shows", "accounts"
    )


def _marked(frame: Frame, people: Frame, name: str) -> Frame:
    marks = people.with_columns(**{name: nw.lit(1).cast(nw.Int64())})
    joined = frame.join(marks, on="person_id", how="left")
    return joined.with_columns(**{name: nw.col(name).fill_null(0)})


def shown(
    account: Frame,
    follows: Frame,
    people: Frame,
    today: dt.date,
    *,
    handles: bool = True,
) -> Frame:
    """Return what each account on a network shows, every sign as the step it falls into.

    Parameters
    ----------
    account
        The table of the record.
    follows
        As `follows` gives them.
    people
        Columns source, account_id, person_id, did, bought_goods (1, 0, or null where the record
        cannot show it).
    handles
        False where handles are hashes, whose digits say nothing.

    Returns
    -------
    Frame
        source, account_id, person_id, channel, day (of following, null where it is not known to
        follow), and one whole number for each sign of `PATTERN`, -1 where it is not known. Accounts
        with a handle, and all that follow.
    """
    keys = list(ACCOUNT)
    profile = account.join(own_accounts(account), on=keys, how="anti").select(
        *keys, "channel", "handle", "followers", "following", "posts", "created"
    )
    here = follows.select(*keys, follow_channel=nw.col("channel"), day=nw.col("day"))
    joined = profile.join(here, on=keys, how="left").filter(
        (~nw.col("handle").is_null() & ~nw.col("channel").is_null()) | ~nw.col("day").is_null()
    )
    linked = joined.join(people, on=keys, how="left")
    number = {name: nw.col(name).cast(nw.Float64()) for name in ("followers", "following", "posts")}
    floor = nw.max_horizontal(number["followers"], nw.lit(1.0))
    age = (today.toordinal() - day_number(nw.col("created"))).cast(nw.Float64())
    inside = nw.col("handle").str.replace_all(r"[^0-9]", "").str.len_chars()
    # A handle of digits alone is a number that the network gave.
    is_name = inside < nw.col("handle").str.len_chars()
    digits = nw.when(is_name).then(inside.cast(nw.Float64()))
    nothing = nw.lit(None).cast(nw.Float64())
    # The greatest of null and one is one on one engine and null on the other: say it outright.
    ratio = nw.when(~nw.col("followers").is_null()).then(number["following"] / floor)
    values = {
        "ratio": ratio,
        "followers": number["followers"],
        "posts": number["posts"],
        "age": age,
        "digits": digits if handles else nothing,
        "did": nw.col("did").cast(nw.Float64()),
        "bought_goods": nw.col("bought_goods").cast(nw.Float64()),
        "arrival": nw.when(~nw.col("day").is_null()).then(nw.lit(1.0)),
    }
    return linked.with_columns(**{f"{name}_value": value for name, value in values.items()}).select(
        *keys,
        "person_id",
        "day",
        channel=nw.coalesce("follow_channel", "channel"),
        **{name: _step(name) for name in PATTERN},
    )


def _step(name: str) -> nw.Expr:
    value, cuts = nw.col(f"{name}_value"), SIGNS[name].cuts
    steps = [(value >= cut).cast(nw.Int64()) for cut in cuts]
    total = steps[0]
    for step in steps[1:]:
        total = total + step
    return nw.when(value.is_null()).then(nw.lit(UNKNOWN)).otherwise(total).cast(nw.Int64())


def patterns(shown: Frame, shares: Frame) -> Frame:
    """Return how many accounts show each pattern, channel by channel.

    Parameters
    ----------
    shares
        channel, day (a number), burst (thousandths of that day's arrivals beyond what was
        expected).

    Returns
    -------
    Frame
        channel, follows (1 where the account is known to follow), the signs of `PATTERN`, burst,
        accounts.
    """
    return (
        with_bursts(shown, shares)
        .group_by("channel", "follows", *PATTERN, "burst")
        .agg(accounts=nw.len())
    )


def with_bursts(shown: Frame, shares: Frame) -> Frame:
    """Return what accounts show, with `burst` and `follows` of each."""
    joined = shown.join(shares, on=["channel", "day"], how="left")
    in_burst = nw.col("burst").fill_null(0) > 0
    return joined.with_columns(
        arrival=nw.when(in_burst)
        .then(nw.lit(UNKNOWN))
        .otherwise(nw.col("arrival"))
        .cast(nw.Int64()),
        burst=nw.col("burst").fill_null(0).cast(nw.Int64()),
        follows=(~nw.col("day").is_null()).cast(nw.Int64()),
    )


def spread(told: Frame, account: Frame, links: Frame) -> Frame:
    """Return suspicion of some accounts for all accounts that are the same one on that channel.

    Those of the same person, and those with the same handle: on one network it names one account.

    Parameters
    ----------
    told
        source, account_id, channel, pod (probability), pod_reasons.

    Returns
    -------
    Frame
        source, account_id, channel, pod, pod_reasons; the strongest where there are several.
    """
    keys, found = list(ACCOUNT), ("pod", "pod_reasons")
    plain = nw.col("handle").str.to_lowercase()
    here = account.select(*keys, "channel", handle=plain)
    by_handle = (
        told.join(here.select(*keys, "handle"), on=keys, how="inner")
        .select("channel", "handle", *found)
        .join(here, on=["channel", "handle"], how="inner")
        .select(*keys, "channel", *found)
    )
    by_person = (
        told.join(links, on=keys, how="inner")
        .select("person_id", "channel", *found)
        .join(links, on="person_id", how="inner")
        .select(*keys, "channel", *found)
    )
    every = nw.concat([told.select(*keys, "channel", *found), by_handle, by_person], how="vertical")
    return every.group_by(*keys, "channel").agg(
        pod=nw.col("pod").max(), pod_reasons=nw.col("pod_reasons").max()
    )


def judged(shown: Frame, shares: Frame, verdicts: Frame, suspects: Frame) -> Frame:
    """Return the verdict on each account: that of its pattern, or of its behaviour where worse.

    Parameters
    ----------
    verdicts
        channel, follows, the signs of `PATTERN`, burst, suspicion, verdict, reasons.
    suspects
        Accounts told by their behaviour, as `spread` gives them.

    Returns
    -------
    Frame
        source, account_id, channel, follows, suspicion, verdict, reasons.
    """
    keys = ["channel", "follows", *PATTERN, "burst"]
    told = with_bursts(shown, shares).join(verdicts, on=keys, how="left")
    both = told.join(suspects, on=[*ACCOUNT, "channel"], how="left")
    is_worse = (nw.col("pod") > nw.col("suspicion")).fill_null(value=False)
    has_both = is_worse & (nw.col("reasons") != "")
    joined = nw.concat_str("pod_reasons", "reasons", separator=", ")
    return both.select(
        *ACCOUNT,
        "channel",
        "follows",
        suspicion=nw.when(is_worse).then(nw.col("pod")).otherwise(nw.col("suspicion")),
        verdict=nw.when(is_worse).then(nw.lit("suspicious")).otherwise(nw.col("verdict")),
        reasons=nw.when(has_both)
        .then(joined)
        .otherwise(nw.when(is_worse).then(nw.col("pod_reasons")).otherwise(nw.col("reasons"))),
    )
