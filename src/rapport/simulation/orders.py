"""Which candidates became orders, what prevented the others, what was bought, and what it left."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from scipy.stats import poisson

from rapport.simulation.causes import NUMBER, bits
from rapport.simulation.days import MONTH, Days
from rapport.simulation.goods import FREE_FROM, SHIPPING, TAX, Goods, nearest_store
from rapport.simulation.life import Life, needs
from rapport.simulation.population import Population
from rapport.simulation.pressures import LOSSES, Pressures
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


def preventing(
    people: Population, pressures: Pressures, life: Life, days: Days, rows: Candidates
) -> tuple[np.ndarray, np.ndarray]:
    """Return the number of the first cause that prevents each candidate, and the bits of all.

    0 for those that are made. Each cause draws apart, so that an order that two prevent would not
    be made without one of them either.
    """
    day = np.minimum(rows.day.astype(int), days.count - 1)
    found, stops = np.zeros(len(rows), np.int64), np.zeros(len(rows), np.int64)
    harm = np.maximum(-people.effect[rows.person], 0.0) * life.connected(rows.person, rows.day)
    shares = [(cause, pressures.lost[cause][day]) for cause in LOSSES]
    for cause, share in [*shares, ("connection", harm * (rows.cause == 0))]:
        lost = uniform(rows.mark, f"lost {cause}") < share
        found[lost & (found == 0)] = NUMBER[cause]
        stops |= lost * bits(cause)
    return found, stops


def settle(
    world: World,
    days: Days,
    people: Population,
    pressures: Pressures,
    life: Life,
    goods: Goods,
    candidates: Candidates,
) -> tuple[Orders, Lines]:
    """Return every order made or prevented, by time, and the lines of each."""
    rows = living(life, world, candidates)
    rows = rows.where(np.lexsort((rows.mark, rows.person, rows.day)))
    lines = _lines(world, days, people, pressures, goods, rows)
    credit, mask = needs(life, rows)
    prevented, stops = preventing(people, pressures, life, days, rows)
    day = np.minimum(rows.day.astype(int), days.count - 1)
    n = len(rows)
    subtotal = np.bincount(lines.order, weights=lines.quantity * lines.price, minlength=n)
    cost = np.bincount(lines.order, weights=lines.quantity * lines.cost, minlength=n)
    usual = np.bincount(
        lines.order, weights=lines.quantity * goods.price[lines.product], minlength=n
    )
    subtotal, cost, usual = (each.astype(np.int64) for each in (subtotal, cost, usual))
    triggered = rows.cause == NUMBER["promotion"]
    uses = triggered | (uniform(rows.mark, "coupon") < world.promotions.taken)
    coupon = np.where(uses, pressures.coupon[day], -1)
    off = np.where(coupon >= 0, pressures.off[day], 0.0)
    discount = np.round(subtotal * off).astype(np.int64)
    in_store = uniform(rows.mark, "store") < people.store_share[rows.person]
    french = people.table["country"][rows.person] == "FR"
    goods_paid = subtotal - discount
    shipping = np.where(in_store | (goods_paid >= FREE_FROM), 0, SHIPPING)
    rate = np.where(french, TAX["FR"], TAX["GB"])
    share = _paid_back(world, rows.mark)
    back = np.round(goods_paid * share).astype(np.int64)
    margin = _margin(subtotal, off, share, cost)
    counts = prevented == 0
    made = Orders(
        person=rows.person,
        day=rows.day,
        cause=rows.cause,
        mark=rows.mark,
        credit=credit,
        mask=mask,
        prevented=prevented,
        in_store=in_store,
        store=nearest_store(people.table["region"], people.table["country"])[rows.person],
        french=french,
        coupon=coupon,
        subtotal=subtotal,
        discount=discount,
        shipping=shipping,
        tax=np.round((goods_paid + shipping) * rate).astype(np.int64),
        refund=np.round(back * (1 + rate)).astype(np.int64),
        margin=margin,
        stops=stops,
        by_coupon=(margin - _margin(subtotal, 0 * off, share, cost)) * (counts & ~triggered),
        by_price=margin - _margin(usual, off, share, cost),
    )
    return made, lines


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


def _lines(
    world: World,
    days: Days,
    people: Population,
    pressures: Pressures,
    goods: Goods,
    rows: Candidates,
) -> Lines:
    table = poisson.cdf(np.arange(7), world.buying.lines)
    count = 1 + np.searchsorted(table, uniform(rows.mark, "lines"))
    order = np.repeat(np.arange(len(rows)), count)
    line = np.arange(len(order)) - np.repeat(np.cumsum(count) - count, count) + 1
    mark = rows.mark[order]
    taste = uniform(mark, "product", line) ** np.exp(-people.spender[rows.person])[order]
    product = np.minimum(np.searchsorted(np.cumsum(goods.share), taste), len(goods.sku) - 1)
    more = uniform(mark, "quantity", line)
    day = np.minimum(rows.day.astype(int), days.count - 1)[order]
    return Lines(
        order=order,
        line=line,
        product=product,
        quantity=1 + (more > 0.84).astype(np.int64) + (more > 0.96),
        price=np.round(goods.price[product] * pressures.price[day]).astype(np.int64),
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
    dearer = np.where(lost, 0, orders.by_price)
    np.add.at(cells, (orders.credit, month), orders.margin - orders.by_coupon - dearer)
    np.add.at(cells, (orders.prevented[lost], month[lost]), -orders.margin[lost])
    np.add.at(cells[NUMBER["promotion"]], month, orders.by_coupon)
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
    np.add.at(cells[NUMBER["promotion"]], month, orders.by_coupon)
    np.add.at(cells[NUMBER["price"]], month, np.where(made, orders.by_price, 0))
    return cells
