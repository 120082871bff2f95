"""Amounts rounded so that they still add up."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_FLOOR, ROUND_HALF_EVEN, Decimal

CENT = Decimal("0.01")


def to_cents(amounts: Sequence[Decimal]) -> list[Decimal]:
    """Return amounts in whole cents whose sum is the sum of them all, rounded once.

    Each is cut to the cent below; the cents that are missing go to the largest remainders (the
    method of Hamilton), of equal ones to the first.

    Examples
    --------
    >>> [str(each) for each in to_cents([Decimal("0.005"), Decimal("0.005"), Decimal("-1")])]
    ['0.01', '0.00', '-1.00']
    """
    total = sum(amounts, Decimal(0)).quantize(CENT, ROUND_HALF_EVEN)
    floors = [amount.quantize(CENT, ROUND_FLOOR) for amount in amounts]
    missing = int((total - sum(floors, Decimal(0))) / CENT)
    remainders = [amount - floor for amount, floor in zip(amounts, floors, strict=True)]
    ranked = sorted(range(len(amounts)), key=lambda place: (-remainders[place], place))
    more = set(ranked[:missing])
    return [floor + CENT if place in more else floor for place, floor in enumerate(floors)]


def exact(amount: object) -> Decimal:
    """Return an amount as a decimal to the ten-thousandth.

    Examples
    --------
    >>> exact(0.1 + 0.2), exact(Decimal("1.5"))
    (Decimal('0.3000'), Decimal('1.5000'))
    """
    told = amount if isinstance(amount, Decimal) else Decimal(repr(amount))
    return told.quantize(Decimal("0.0001"), ROUND_HALF_EVEN)
