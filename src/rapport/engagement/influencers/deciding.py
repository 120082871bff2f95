"""Whether to ask again: what the next approach is expected to bring against what it costs."""

from __future__ import annotations

from dataclasses import dataclass

ASK, STOP, CANNOT_TELL = "ask", "stop", "cannot tell"


@dataclass(frozen=True, slots=True)
class Range:
    """A number with its 90 % range."""

    value: float
    low: float
    high: float

    def times(self, other: Range) -> Range:
        """Return the product of two that are not negative; its range takes both ends.

        Wider than the truth, since both are seldom at their ends together: a stop or an ask that
        holds in it holds all the more.

        Examples
        --------
        >>> Range(0.5, 0.2, 0.8).times(Range(100.0, 50.0, 200.0))
        Range(value=50.0, low=10.0, high=160.0)
        """
        return Range(self.value * other.value, self.low * other.low, self.high * other.high)


def gain(yes: Range, post: Range, reach: float) -> Range:
    """Return what the next approach brings: chance of a yes times what a post brings.

    Parameters
    ----------
    post
        What one post of usual reach brings, in money.
    reach
        What the next post of this person is expected to reach, 1 for as much as usual.
    """
    worth = Range(*(max(0.0, end * reach) for end in (post.value, post.low, post.high)))
    return yes.times(worth)


def verdict(gain: Range | None, cost: float | None) -> str:
    """Return "ask", "stop" or "cannot tell".

    Examples
    --------
    >>> verdict(Range(20.0, 5.0, 40.0), 60.0), verdict(Range(90.0, 61.0, 400.0), 60.0)
    ('stop', 'ask')
    >>> verdict(Range(90.0, 5.0, 400.0), 60.0), verdict(None, 60.0)
    ('cannot tell', 'cannot tell')
    """
    if gain is None or cost is None:
        return CANNOT_TELL
    if gain.high < cost:
        return STOP
    return ASK if gain.low > cost else CANNOT_TELL
