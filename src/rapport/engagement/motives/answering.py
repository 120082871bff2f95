"""What a motive answers to: whether those who have it react more to a kind of post, or a coupon.

Motives are told from what people say, or else from what they did before a day; what they react to
is counted after it, so that a reaction is never its own explanation.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import narwhals as nw

from rapport.estimate import EDGE
from rapport.listening.answering.survival import Span
from rapport.record.frames import Frame, distinct, whole_sum


def responses(deeds: Frame, dimension: str) -> Frame:
    """Return for each person and value how many of their responses were to it, of how many.

    Parameters
    ----------
    deeds
        person_id, value, times: how often somebody responded to it after the day; there may be
        several rows of both.
    dimension
        What the values are of: "goal", "format", "price".

    Returns
    -------
    Frame
        person_id, dimension, value, hits, tries.
    """
    whole = deeds.group_by("person_id").agg(tries=whole_sum(nw.col("times")))
    values = distinct(deeds.select("value"))
    each = deeds.group_by("person_id", "value").agg(hits=whole_sum(nw.col("times")))
    grid = whole.join(values, how="cross").join(each, on=["person_id", "value"], how="left")
    return grid.select(
        "person_id",
        "value",
        "tries",
        dimension=nw.lit(dimension),
        hits=nw.col("hits").fill_null(0),
    )


def sums(responses: Frame, told: Frame) -> Frame:
    """Return sums of responses by motive, value, and whether people have the motive.

    Parameters
    ----------
    responses
        As `responses` gives them.
    told
        person_id, motive, has (1 or 0), asked (1 where they said so themselves): of whom it can be
        judged.

    Returns
    -------
    Frame
        motive, dimension, value, has, people, asked, hits, tries, hits2, both, tries2 (sums of
        squares and of products, for the variance of a ratio).
    """
    joined = responses.join(told, on="person_id", how="inner").with_columns(
        hits2=nw.col("hits") * nw.col("hits"),
        both=nw.col("hits") * nw.col("tries"),
        tries2=nw.col("tries") * nw.col("tries"),
    )
    names = ("asked", "hits", "tries", "hits2", "both", "tries2")
    return joined.group_by("motive", "dimension", "value", "has").agg(
        people=nw.len().cast(nw.Int64()), **{name: whole_sum(nw.col(name)) for name in names}
    )


@dataclass(frozen=True, slots=True)
class Tried:
    """Sums over people of one group: see `sums`."""

    people: int
    hits: float
    tries: float
    hits2: float
    both: float
    tries2: float

    @property
    def share(self) -> float:
        """Share of responses that were to this."""
        return self.hits / self.tries

    @property
    def log_error(self) -> float:
        """Variance of the logarithm of the share; responses of one person go together."""
        share = self.share
        left = self.hits2 - 2 * share * self.both + share**2 * self.tries2
        return max(left, 0.0) / self.hits**2


def lift(have: Tried, others: Tried) -> Span:
    """Return how many times as often those with a motive respond to it, with a 90 % range.

    The ratio of two ratio estimates, its range by logarithms (Cochran 1977, section 6.4; Katz et
    al. 1978); people, not responses, are what chance chose.

    Examples
    --------
    >>> have = Tried(100, 200.0, 1000.0, 500.0, 2000.0, 10000.0)
    >>> others = Tried(100, 100.0, 1000.0, 200.0, 1000.0, 10000.0)
    >>> told = lift(have, others)
    >>> round(told.value, 2), told.low > 1
    (2.0, True)
    """
    if not have.hits or not others.hits:
        return Span(math.nan, 0.0, math.inf)
    value = have.share / others.share
    half = EDGE * math.sqrt(have.log_error + others.log_error)
    return Span(value, value * math.exp(-half), value * math.exp(half))
