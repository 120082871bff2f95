"""The advocate's ledger: what each referred customer, and each advocate, is worth.

Customer referral value (Kumar, Petersen & Leone 2010): the margin of those who would not have come,
so far and expected, discounted, less what the referral cost. Advocates and their own lifetime value
make four groups, as in Kumar, Petersen & Leone (2007, "How Valuable Is Word of Mouth?", Harvard
Business Review 85).
"""

from __future__ import annotations

from dataclasses import dataclass

import narwhals as nw

from rapport.record.frames import Frame
from rapport.value.crediting import Ends
from rapport.value.referral.alone import MONTH, YEAR, Alone

CHAMPIONS, AFFLUENTS, ADVOCATES, MISERS = "champions", "affluents", "advocates", "misers"


@dataclass(frozen=True, slots=True)
class Terms:
    """What a referral is valued with.

    Parameters
    ----------
    alone
        How soon friends would have come by themselves.
    ends
        How far the range of all goes to either side.
    until
        The last day, as `date.toordinal`.
    horizon
        Months ahead that lifetime values count.
    reward
        What was paid for one customer who came.
    """

    alone: Alone
    ends: Ends
    until: int
    horizon: float
    reward: float


def referrals(referred: Frame, claims: Frame, lifetime: Frame | None, terms: Terms) -> Frame:
    """Return one row for each customer who came with a code.

    Parameters
    ----------
    referred
        As `codes.referred` gives them.
    claims
        As `alone.claims` gives them: gain and share of each order.
    lifetime
        person_id, lifetime_value; None where no forecast was made.

    Returns
    -------
    Frame
        referrer, referred, code, came_on, incremental (chance that they would not have
        come within a year), orders, gain (all they brought), margin (of it, what the code brought),
        expected (what it brings yet, over the horizon), reward, value, low, high.
    """
    came = referred.filter(nw.col("brought"))
    marked = claims.with_columns(part=nw.col("gain") * nw.col("share"))
    sums = marked.group_by("person_id").agg(
        orders=nw.len().cast(nw.Int64()), gain=nw.col("gain").sum(), margin=nw.col("part").sum()
    )
    joined = came.join(sums, on="person_id", how="inner")
    if lifetime is None:
        joined = joined.with_columns(ahead=nw.lit(0.0))
    else:
        ahead = lifetime.select("person_id", ahead=nw.col("lifetime_value"))
        joined = joined.join(ahead, on="person_id", how="left").with_columns(
            nw.col("ahead").fill_null(0.0)
        )
    middle = nw.lit(terms.until) - nw.col("came") + int(terms.horizon * MONTH / 2)
    expected = nw.col("ahead") * terms.alone.share_of_days(middle)
    year = float(terms.alone.share(YEAR))
    made = joined.with_columns(
        expected=expected,
        whole=nw.col("gain") + nw.col("ahead"),
        sure=nw.col("margin") + expected,
    )
    up = nw.col("whole") - (nw.col("whole") - nw.col("sure")) * terms.ends.up
    return made.select(
        "referrer",
        "code",
        "came_on",
        "orders",
        "gain",
        "margin",
        "expected",
        referred=nw.col("person_id"),
        incremental=nw.lit(year),
        reward=nw.lit(terms.reward),
        value=nw.col("sure") - terms.reward,
        low=nw.min_horizontal(nw.col("sure") * terms.ends.down, nw.col("sure")) - terms.reward,
        high=nw.max_horizontal(up, nw.col("sure")) - terms.reward,
    )


def advocates(referrals: Frame, shared: Frame) -> Frame:
    """Return what each referrer brought: the advocate's ledger, one row each.

    Parameters
    ----------
    shared
        person_id, codes: how many codes each person handed over.

    Returns
    -------
    Frame
        person_id, codes, customers, margin, expected, reward, value, low, high.
    """
    names = ("margin", "expected", "reward", "value", "low", "high")
    sums = referrals.group_by(nw.col("referrer").alias("person_id")).agg(
        nw.len().cast(nw.Int64()).alias("customers"), *(nw.col(name).sum() for name in names)
    )
    joined = shared.join(sums, on="person_id", how="left")
    return joined.select(
        "person_id",
        "codes",
        nw.col("customers").fill_null(0),
        *(nw.col(name).fill_null(0.0) for name in names),
    )


def codes_shared(offers: Frame, links: Frame) -> Frame:
    """Return how many codes each person handed over: person_id, codes."""
    named = offers.join(links, on=["source", "account_id"], how="inner")
    return named.group_by("person_id").agg(codes=nw.len().cast(nw.Int64()))


def matrix(lifetime: Frame, advocates: Frame, middle: float) -> Frame:
    """Return customers by their own value and by what they bring through others.

    Champions and advocates brought somebody; champions and affluents are worth more than the middle
    customer themselves.

    Parameters
    ----------
    middle
        The median lifetime value of customers.

    Returns
    -------
    Frame
        group, customers, lifetime_value, referral_value (means), total (of both, over the group).
    """
    brought = advocates.filter(nw.col("customers") > 0).select(
        "person_id", referral=nw.col("value")
    )
    joined = lifetime.select("person_id", own=nw.col("lifetime_value")).join(
        brought, on="person_id", how="left"
    )
    speaks, rich = ~nw.col("referral").is_null(), nw.col("own") > middle
    with_voice = nw.when(rich).then(nw.lit(CHAMPIONS)).otherwise(nw.lit(ADVOCATES))
    without = nw.when(rich).then(nw.lit(AFFLUENTS)).otherwise(nw.lit(MISERS))
    grouped = joined.with_columns(
        nw.col("referral").fill_null(0.0), group=nw.when(speaks).then(with_voice).otherwise(without)
    )
    return (
        grouped.group_by("group")
        .agg(
            customers=nw.len().cast(nw.Int64()),
            lifetime_value=nw.col("own").mean(),
            referral_value=nw.col("referral").mean(),
            own_sum=nw.col("own").sum(),
            others_sum=nw.col("referral").sum(),
        )
        .with_columns(total=nw.col("own_sum") + nw.col("others_sum"))
        .drop("own_sum", "others_sum")
    )
