"""The statement: return, cost, and what is left of every euro, with ranges; parts add up."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from typing import Literal, Self

from rapport.estimate import Estimate, total
from rapport.value.ledger.causes import COSTS, FUNCTIONS, RETURNS
from rapport.value.ledger.rounding import to_cents

Kind = Literal["return", "cost"]
KINDS: tuple[Kind, ...] = ("return", "cost")


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a statement: what came in or was paid, why, and who answers for it.

    Parameters
    ----------
    kind
        "return" or "cost".
    line
        Of a return "acquisition", "growth", "retention" or "service"; of a cost "media",
        "people", "tools", "incentives" or "content".
    cause
        What it is owed to; of a cost, its own name.
    function
        "brand", "marketing", "sales" or "service".
    exact
        The amount to the ten-thousandth, which sums are made of.
    number
        The same amount with its range; lines of one cause share their draws.
    note
        Where the amount comes from, in words of the catalogue; empty for none.
    """

    kind: Kind
    line: str
    cause: str
    function: str
    exact: Decimal
    number: Estimate
    note: str = ""


@dataclass(frozen=True, slots=True)
class Part:
    """A line, a cause, a function or a whole: its exact amount and its range."""

    name: str
    exact: Decimal
    number: Estimate


@dataclass(frozen=True)
class Bar:
    """One bar of the waterfall: from where it hangs to where it ends.

    Parameters
    ----------
    name
        The line, or "return" or "net".
    kind
        "return", "cost", "sum".
    start, end
        Where the bar begins and ends on the axis of money.
    low, high
        The range of its end.
    """

    name: str
    kind: str
    start: float
    end: float
    low: float
    high: float


@dataclass(frozen=True)
class Sums:
    """All lines of one period, and what they add up to, to the cent.

    Amounts of lines are whole cents that add up to the whole, so every cut of the same lines (by
    line, cause or function) adds up to the same total. Ranges are those of sums of draws: common
    within a cause, independent between causes.

    Examples
    --------
    >>> def line(cause, function, amount, kind="return"):
    ...     number = Estimate.normal(float(amount), 10.0, "EUR", source=cause)
    ...     line = {"referral": "acquisition", "answer": "retention"}.get(cause, cause)
    ...     return Line(kind, line, cause, function, Decimal(amount), number)
    >>> sums = Sums.of([line("referral", "sales", "120.005"), line("answer", "service", "79.995"),
    ...                 line("media", "marketing", "80", "cost")], "EUR")
    >>> str(sums.returned.exact), str(sums.cost.exact), str(sums.net.exact)
    ('200.00', '80.00', '120.00')
    >>> [(part.name, str(part.exact)) for part in sums.by_function]
    [('brand', '0.00'), ('marketing', '-80.00'), ('sales', '120.01'), ('service', '79.99')]
    >>> print(sums.ronr)
    150% (98% to 221%)
    """

    lines: tuple[Line, ...]
    unit: str

    @classmethod
    def of(cls, lines: Iterable[Line], unit: str) -> Self:
        """Return the sums of lines, whose amounts are brought to whole cents that add up."""
        given = list(lines)
        made: list[Line] = []
        for kind in KINDS:
            part = [line for line in given if line.kind == kind]
            cents = to_cents([line.exact for line in part])
            made += [replace(line, exact=c) for line, c in zip(part, cents, strict=True)]
        return cls(tuple(made), unit)

    @cached_property
    def returned(self) -> Part:
        """All that came in."""
        return self._part("return", [line for line in self.lines if line.kind == "return"])

    @cached_property
    def cost(self) -> Part:
        """All that was paid."""
        return self._part("cost", [line for line in self.lines if line.kind == "cost"])

    @cached_property
    def net(self) -> Part:
        """What came in less what was paid."""
        number = self.returned.number - self.cost.number
        return Part("net", self.returned.exact - self.cost.exact, number)

    @property
    def ronr(self) -> Estimate | None:
        """Return on relationship, (return − cost) / cost; None where nothing was paid."""
        if self.cost.exact <= 0:
            return None
        ratio = self.net.number / self.cost.number
        return replace(ratio, unit="share", name="ronr")

    @property
    def by_line(self) -> tuple[Part, ...]:
        """Each line of return, then each of cost, that is there."""
        return (
            *self._cut("return", "line", RETURNS),
            *self._cut("cost", "line", COSTS),
        )

    @property
    def by_cause(self) -> tuple[Part, ...]:
        """What each cause returned, in the order of the lines: parts of the return."""
        return self._cut("return", "cause", ())

    @property
    def by_function(self) -> tuple[Part, ...]:
        """Return less cost of each function of the firm: parts of the net."""
        found = []
        for name in FUNCTIONS:
            mine = [line for line in self.lines if line.function == name]
            inward = self._part(name, [line for line in mine if line.kind == "return"])
            outward = self._part(name, [line for line in mine if line.kind == "cost"])
            number = inward.number - outward.number
            found.append(Part(name, inward.exact - outward.exact, number))
        return tuple(found)

    def function(self, name: str, kind: Kind) -> Part:
        """Return what one function brought in, or what it cost."""
        mine = [line for line in self.lines if line.function == name and line.kind == kind]
        return self._part(name, mine)

    def waterfall(self) -> tuple[Bar, ...]:
        """Return the bars from nothing to the net: lines of return, their sum, costs, the net."""
        return waterfall(
            self._cut("return", "line", RETURNS),
            self._cut("cost", "line", COSTS),
            self.returned,
            self.net,
        )

    def _cut(self, kind: str, by: str, ranked: Sequence[str]) -> tuple[Part, ...]:
        mine = [line for line in self.lines if line.kind == kind]
        names = list(dict.fromkeys(getattr(line, by) for line in mine))
        names.sort(key=lambda name: ranked.index(name) if name in ranked else len(ranked))
        return tuple(
            self._part(name, [line for line in mine if getattr(line, by) == name]) for name in names
        )

    def _part(self, name: str, lines: Sequence[Line]) -> Part:
        if not lines:
            return Part(name, Decimal("0.00"), Estimate.exact(0.0, self.unit))
        amount = sum((line.exact for line in lines), Decimal(0))
        number = total(line.number for line in lines)
        value = float(amount)  # the centre is what the cents add up to
        if number.draws is None:
            return Part(name, amount, replace(number, value=value, low=value, high=value))
        low, high = min(number.low, value), max(number.high, value)
        return Part(name, amount, replace(number, value=value, low=low, high=high))


def waterfall(
    returns: Sequence[Part], costs: Sequence[Part], returned: Part, net: Part
) -> tuple[Bar, ...]:
    """Return the bars from nothing to the net; a bar's range is that of its own line."""
    bars: list[Bar] = []
    height = 0.0
    for sign, parts in ((1, returns), (-1, costs)):
        for part in parts:
            end = height + sign * float(part.exact)
            ends = (height + sign * part.number.low, height + sign * part.number.high)
            kind = "return" if sign > 0 else "cost"
            bars.append(Bar(part.name, kind, height, end, min(ends), max(ends)))
            height = end
        if sign > 0 and parts:
            bars.append(
                Bar("return", "sum", 0.0, height, returned.number.low, returned.number.high)
            )
    if costs:
        bars.append(Bar("net", "sum", 0.0, height, net.number.low, net.number.high))
    return tuple(bars)
