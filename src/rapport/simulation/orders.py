"""Which candidates became orders, what prevented the others, what was bought, and what it left."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.stats import poisson

from rapport.simulation.causes import NUMBER, bits
from rapport.simulation.days import MONTH
from rapport.simulation.goods import FREE_FROM, SHIPPING, TAX, Goods, nearest_store
from rapport.simulation.life import Life, needs
from rapport.simulation.pressures import LOSSES
from rapport.simulation.stage import Stage
from rapport.simulation.streams import Candidates, uniform
from rapport.simulation.world import World


@dataclass(frozen=True)
class Orders:
    """Orders by time; money in cents. `prevented` is the cause that kept it from being made.

    `credit` is the number of the cause credited, `mask` the bits of all causes needed, `stops` the
    bits of all that prevented it, `coupon` an index into the promotions' names (-1 for none).
    `by_coupon` is what the coupon took from the margin of an order that it did not cause,
    `by_price` what the change of prices
    adds to its margin.
    """

    person: np.ndarray
    day: np.ndarray
    cause: np.ndarray
    mark: np.ndarray
    credit: np.ndarray
    mask: np.ndarray
    prevented: np.ndarray
    in_store: np.ndarray
    store: np.ndarray
    french: np.ndarray
    coupon: np.ndarray
    subtotal: np.ndarray
    discount: np.ndarray
    shipping: np.ndarray
    tax: np.ndarray
    refund: np.ndarray
    margin: np.ndarray
    stops: np.ndarray
    by_coupon: np.ndarray
    by_price: np.ndarray

    def __len__(self) -> int:
        return len(self.person)

    def where(self, kept: np.ndarray) -> Orders:
        """Return those of a mask or of positions."""
        return Orders(**{each.name: getattr(self, each.name)[kept] for each in fields(self)})


@dataclass(frozen=True)
class Lines:
    """Lines of orders: `order` is the position of the order; money in cents."""

    order: np.ndarray
    line: np.ndarray
    product: np.ndarray
    quantity: np.ndarray
    price: np.ndarray
    cost: np.ndarray


def living(life: Life, world: World, rows: Candidates) -> Candidates:
    """Return the candidates of people who were keen customers then, and connected where needed."""
    here = life.active(rows.person, rows.day)
    fan = rows.cause == NUMBER["connection"]
    since = np.maximum(rows.day - life.followed[rows.person], 0.0)
    left = (1 - world.connecting.fading) ** (np.where(np.isfinite(since), since, 0) / MONTH)
    felt = life.connected(rows.person, rows.day) & (uniform(rows.mark, "fading") < left)
    keen = uniform(rows.mark, "keen") < life.keen(rows.person, rows.day)
    return rows.where(here & keen & (~fan | felt))


def preventing(stage: Stage, life: Life, rows: Candidates) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of the first cause that prevents each candidate, and the bits of all.

    0 for those that are made. Each cause draws apart, so that an order that two prevent would not
    be made without one of them either.
    """
    day = np.minimum(rows.day.astype(int), stage.days.count - 1)
    found, stops = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    harm = np.maximum(-stage.people.effect[rows.person], 0.0) * life.connected(
        rows.person, rows.day
    )
    shares = [(cause, stage.pressures.lost[cause][day]) for cause in LOSSES]
    for cause, share in [*shares, ("connection", harm * (rows.cause == 0))]:
        lost = uniform(rows.mark, f"lost {cause}") < share
        found[lost & (found == 0)] = NUMBER[cause]
        stops |= lost * bits(cause)
    return found, stops


def settle(stage: Stage, life: Life, goods: Goods, candidates: Candidates) -> tuple[Orders, Lines]:
    """Return every order made or prevented, by time, and the lines of each."""
    people = stage.people
    rows = living(life, stage.world, candidates)
    rows = rows.where(np.lexsort((rows.mark, rows.person, rows.day)))
    lines = _lines(stage, goods, rows)
    credit, mask = needs(life, rows)
    prevented, stops = preventing(stage, life, rows)
    in_store = uniform(rows.mark, "store") < people.store_share[rows.person]
    french = people.table["country"][rows.person] == "FR"
    made = Orders(
        person=rows.person,
        day=rows.day,
        cause=rows.cause,
        mark=rows.mark,
        credit=credit,
        mask=mask,
        prevented=prevented,
        stops=stops,
        in_store=in_store,
        store=nearest_store(people.table["region"], people.table["country"])[rows.person],
        french=french,
        **_money(stage, goods, rows, lines, in_store=in_store, french=french),
    )
    return made, lines


def _money(
    stage: Stage,
    goods: Goods,
    rows: Candidates,
    lines: Lines,
    *,
    in_store: np.ndarray,
    french: np.ndarray,
) -> dict[str, np.ndarray]:
    """Return the coupon of each order and its amounts, as the columns of `Orders`."""
    subtotal = _summed(lines, lines.price, len(rows))
    listed = _summed(lines, goods.price[lines.product], len(rows))
    cost = _summed(lines, lines.cost, len(rows))
    day = np.minimum(rows.day.astype(int), stage.days.count - 1)
    triggered = rows.cause == NUMBER["promotion"]
    uses = triggered | (uniform(rows.mark, "coupon") < stage.world.promotions.taken)
    coupon = np.where(uses, stage.pressures.coupon[day], -1)
    off = np.where(coupon >= 0, stage.pressures.off[day], 0.0)
    back = _paid_back(stage.world, rows.mark)
    margin = _margin(subtotal, off, back, cost)
    discount = np.round(subtotal * off).astype(np.int64)
    paid = subtotal - discount
    shipping = np.where(in_store | (paid >= FREE_FROM), 0, SHIPPING)
    rate = np.where(french, TAX["FR"], TAX["GB"])
    return {
        "coupon": coupon,
        "subtotal": subtotal,
        "discount": discount,
        "shipping": shipping,
        "tax": np.round((paid + shipping) * rate).astype(np.int64),
        "refund": np.round(np.round(paid * back) * (1 + rate)).astype(np.int64),
        "margin": margin,
        "by_coupon": (margin - _margin(subtotal, 0 * off, back, cost)) * ~triggered,
        "by_price": margin - _margin(listed, off, back, cost),
    }


def _summed(lines: Lines, each: np.ndarray, orders: int) -> np.ndarray:
    """Return the sum over each order's lines of quantity x an amount."""
    total = np.bincount(lines.order, weights=lines.quantity * each, minlength=orders)
    return total.astype(np.int64)


def _margin(
    subtotal: np.ndarray, off: np.ndarray, back: np.ndarray, cost: np.ndarray
) -> np.ndarray:
    """Return cents left of a subtotal with a share off and a share of what was paid given back."""
    paid = subtotal - np.round(subtotal * off).astype(np.int64)
    found: np.ndarray = paid - np.round(paid * back).astype(np.int64) - cost
    return found


def _paid_back(world: World, mark: np.ndarray) -> np.ndarray:
    """Return the share of goods paid back of each order: all, half or nothing."""
    draw = uniform(mark, "refund")
    share: np.ndarray = np.where(draw < 0.6 * world.buying.refunds, 1.0, 0.5)
    return share * (draw < world.buying.refunds)


def _lines(stage: Stage, goods: Goods, rows: Candidates) -> Lines:
    """Return what each order holds, dearer after the change of prices."""
    world, people = stage.world, stage.people
    table = poisson.cdf(np.arange(7), world.buying.lines)
    count = 1 + np.searchsorted(table, uniform(rows.mark, "lines"))
    order = np.repeat(np.arange(len(rows)), count)
    line = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count) + 1
    mark = rows.mark[order]
    taste = uniform(mark, "product", line) ** np.exp(-people.spender[rows.person])[order]
    product = np.minimum(np.searchsorted(np.cumsum(goods.share), taste), len(goods.sku) - 1)
    more = uniform(mark, "quantity", line)
    day = np.minimum(rows.day.astype(int), stage.days.count - 1)[order]
    return Lines(
        order=order,
        line=line,
        product=product,
        quantity=1 + (more > 0.84).astype(np.int64) + (more > 0.96),
        price=np.round(goods.price[product] * stage.pressures.price[day]).astype(np.int64),
        cost=goods.cost[product],
    )


def credited(orders: Orders, month: np.ndarray, months: int) -> np.ndarray:
    """Return the margin credited to each cause in each month, (causes, months), in cents.

    An order prevented stays with its own cause and is taken from the cause that prevented it. What
    coupons took from orders that would be made anyway is taken from `promotion`, what the change of
    prices gave is given to `price`. The sum over causes is the margin of the orders made.
    """
    cells = np.zeros((len(NUMBER), months), np.int64)
    lost = orders.prevented > 0
    dearer, off = np.where(lost, 0, orders.by_price), np.where(lost, 0, orders.by_coupon)
    np.add.at(cells, (orders.credit, month), orders.margin - off - dearer)
    np.add.at(cells, (orders.prevented[lost], month[lost]), -orders.margin[lost])
    np.add.at(cells[NUMBER["promotion"]], month, off)
    np.add.at(cells[NUMBER["price"]], month, dearer)
    return cells


def needed(orders: Orders, month: np.ndarray, months: int) -> np.ndarray:
    """Return the margin that would not be without each cause, (causes, months), in cents.

    One cause is taken away at a time, so an order may count under several; what a cause prevented
    counts against it.
    """
    cells = np.zeros((len(NUMBER), months), np.int64)
    made = orders.prevented == 0
    for cause, number in NUMBER.items():
        if cause == "baseline":
            continue
        rows = made & ((orders.mask & bits(cause)) > 0)
        np.add.at(cells[number], month[rows], orders.margin[rows])
        lost = orders.stops == bits(cause)
        worth = orders.margin - (orders.by_price if cause == "price" else 0)
        np.add.at(cells[number], month[lost], -worth[lost])
    np.add.at(cells[NUMBER["promotion"]], month, np.where(made, orders.by_coupon, 0))
    np.add.at(cells[NUMBER["price"]], month, np.where(made, orders.by_price, 0))
    return cells
