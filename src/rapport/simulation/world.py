"""The parameters of a simulated world: each with its default, range, unit and meaning.

A share lies between 0 and 1; a hazard is a chance a month; a lift is extra buying as a share of a
person's own rate. Every mechanism has `on`: turned off, it does nothing, and the chance of the
others stays what it was.
"""

from __future__ import annotations

import datetime as dt
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, field_validator


def _p(default: Any, unit: str, meaning: str, low: float = 0, high: float = 1) -> Any:
    """Return a number that may be set, with its unit, its meaning and its range, ends included."""
    extra: Any = {"unit": unit}
    return Field(default, ge=low, le=high, description=meaning, json_schema_extra=extra)


class Part(BaseModel):
    """A part of the world; unknown names are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Mechanism(Part):
    """A part that can be turned off."""

    on: bool = Field(True, description="false turns the mechanism off")


class Population(Part):
    """Who there is on the first day."""

    french: float = _p(
        0.68, "share", "people of the French shop; the others are of the English one"
    )
    customers: float = _p(0.30, "share", "people who are customers already on the first day")
    never_clicks: float = _p(0.12, "share", "people who buy in stores only and never click")
    employees: float = _p(0.004, "share", "people who work for the brand")
    store_lovers: float = _p(0.42, "share", "orders made in a store rather than on the web")


class Buying(Part):
    """How often people buy by themselves: gamma-Poisson with leaving (Ehrenberg 1959)."""

    orders_a_year: float = _p(2.6, "orders a year", "mean rate of all people", 0.01, 100)
    evenness: float = _p(1.1, "shape", "gamma shape: small means few heavy buyers", 0.1, 20)
    love: float = _p(0.45, "log rate", "how much latent love of the brand raises the rate", 0, 2)
    arriving: float = _p(0.012, "hazard", "prospects who come by themselves", 0, 1)
    leaving: float = _p(0.018, "hazard", "customers who lose interest by themselves", 0, 1)
    fade: float = _p(3.0, "months", "in which buying and mood fade before they leave", 0, 24)
    lines: float = _p(1.0, "lines", "lines of an order beyond the first, on average", 0, 5)
    refunds: float = _p(0.03, "share", "orders paid back, in part or whole")


class Connecting(Mechanism):
    """Following the brand: who does, and what it causes. Loyal buyers become fans."""

    rate: float = _p(0.0016, "hazard", "customers who begin to follow, at mean love and rate", 0, 1)
    prospects: float = _p(0.30, "ratio", "the rate of prospects, as a share of customers'", 0, 5)
    love: float = _p(0.70, "log rate", "how much love of the brand raises the rate", -2, 3)
    loyalty: float = _p(0.50, "log rate", "how much a person's rate of buying raises it", -2, 3)
    after_purchase: float = _p(
        1.5, "ratio", "extra rate in the month of an order of one's own", 0, 20
    )
    ending: float = _p(0.006, "hazard", "connected people who unfollow", 0, 1)
    effect: float = _p(0.10, "lift", "true mean effect of being connected on buying", -0.9, 3)
    effect_spread: float = _p(0.10, "lift", "how much that differs between people (sd)", 0, 1)
    fading: float = _p(0.0, "share a month", "what is lost of the effect each month", 0, 1)
    retention: float = _p(0.0, "share", "leavings by lost interest that being connected prevents")


class WordOfMouth(Mechanism):
    """People who talk to their friends, mostly offline."""

    friends: float = _p(6.0, "people", "friends of a person, on average", 0, 50)
    likeness: float = _p(0.5, "share", "how alike in love of the brand friends are")
    fully_engaged: float = _p(0.36, "share a month", "who speak well, of the fully engaged")
    engaged: float = _p(0.14, "share a month", "who speak well, of the engaged")
    not_engaged: float = _p(0.02, "share a month", "who speak well, of the not engaged")
    arriving: float = _p(
        0.012, "hazard", "prospects won by one friend who speaks in that month", 0, 1
    )
    lift: float = _p(0.10, "lift", "extra buying of a customer for each friend who speaks", 0, 0.5)
    online: float = _p(0.12, "share", "talks that can be read on a network")


class Referrals(Mechanism):
    """Codes that customers hand to friends; some of those would have come anyway."""

    handing: float = _p(
        0.010, "hazard", "fully engaged customers who hand a code to a friend", 0, 1
    )
    using: float = _p(0.30, "share", "friends who use it, at mean love")
    reward: float = _p(8.0, "EUR", "paid to the referrer for each friend who came", 0, 1000)


class Season(Mechanism):
    """The year and the week."""

    strength: float = _p(1.0, "ratio", "swing of the year: 0 is flat, 1 a chocolate shop's", 0, 1.3)
    week: float = _p(1.0, "ratio", "swing of the week: 0 is flat, 1 a shop's", 0, 1.3)


class Campaign(Part):
    """A stretch of days that comes again each year."""

    name: str = Field(description="what it is called; its coupon for a promotion")
    month: int = _p(1, "month", "month in which it begins", 1, 12)
    day: int = _p(1, "day", "day of that month", 1, 28)
    days: int = _p(7, "days", "how long", 1, 120)
    off: float = _p(0.15, "share", "off the price", 0, 0.9)


def _promotions() -> list[Campaign]:
    given = [
        ("HIVER15", 1, 8, 12, 0.15),
        ("AMOUR10", 2, 8, 7, 0.10),
        ("SPRING15", 4, 1, 10, 0.15),
        ("RENTREE10", 9, 3, 10, 0.10),
        ("BLACK20", 11, 22, 7, 0.20),
    ]
    return [Campaign(name=n, month=m, day=d, days=s, off=o) for n, m, d, s, o in given]


def _rivals() -> list[Campaign]:
    given = [("Comptoir Bourdon", 3, 10, 21, 0.2), ("Harrow Tea", 10, 5, 21, 0.25)]
    return [Campaign(name=n, month=m, day=d, days=s, off=o) for n, m, d, s, o in given]


class Promotions(Mechanism):
    """Coupons: some orders are won, some are only brought forward, some would be made anyway."""

    lift: float = _p(3.0, "lift", "extra buying for a price that is all off (x `off`)", 0, 10)
    taken: float = _p(0.55, "share", "orders of those days that use the coupon, won or not")
    borrowed: float = _p(0.35, "share", "of the lift, taken from the two weeks that follow")
    campaigns: list[Campaign] = Field(default_factory=_promotions, description="every year's")


class Price(Mechanism):
    """One change of the brand's own prices."""

    day: int = _p(300, "day", "days after the first day", 0, 100000)
    rise: float = _p(0.04, "share", "by how much prices rise", -0.5, 1)
    elasticity: float = _p(1.2, "ratio", "share of orders lost for a rise of all", 0, 5)


class Competitors(Mechanism):
    """Rivals' campaigns: orders lost, people lost, some of whom come back."""

    lost: float = _p(
        0.8, "share", "orders lost for a rival's price that is all off (x `off`)", 0, 3
    )
    leaving: float = _p(
        0.03, "hazard", "customers who go to a rival in its campaign (x `off`)", 0, 1
    )
    returning: float = _p(0.06, "hazard", "of those who went, who come back", 0, 1)
    campaigns: list[Campaign] = Field(default_factory=_rivals, description="every year's")


class Channel(Mechanism):
    """One paid channel: spending, delay, carry-over (adstock), saturation (Hill), response."""

    budget: float = _p(0.1, "EUR", "a person and month, on average", 0, 100)
    weeks_on: int = _p(52, "weeks", "of each year in which it runs, in flights of four", 0, 52)
    follows_demand: float = _p(0.0, "share", "how far spending follows the season of sales")
    delay: int = _p(0, "days", "before the effect begins", 0, 60)
    carry_over: float = _p(0.5, "share a day", "of the effect left on the next day", 0, 0.99)
    half: float = _p(
        0.1, "EUR", "a person and month at which half of the most is reached", 1e-6, 100
    )
    steepness: float = _p(1.0, "exponent", "of the Hill curve; above 1 it begins slowly", 0.2, 5)
    lift: float = _p(0.05, "lift", "the most extra buying that it can cause", 0, 2)
    arriving: float = _p(0.002, "hazard", "the most prospects that it can win", 0, 1)


class Media(Part):
    """Paid channels, and e-mail."""

    meta_ads: Channel = Channel(budget=0.10, carry_over=0.6, half=0.12, lift=0.08, arriving=0.0040)
    google_ads: Channel = Channel(
        budget=0.12, follows_demand=0.9, carry_over=0.2, half=0.2, lift=0.05, arriving=0.0030
    )
    microsoft_ads: Channel = Channel(
        budget=0.015, follows_demand=0.9, carry_over=0.2, half=0.03, lift=0.008, arriving=0.0004
    )
    linkedin_ads: Channel = Channel(budget=0.02, weeks_on=24, half=0.03, lift=0.0, arriving=0.0)
    tv: Channel = Channel(
        budget=0.16,
        weeks_on=12,
        follows_demand=0.3,
        delay=3,
        carry_over=0.9,
        half=0.5,
        steepness=1.6,
        lift=0.16,
        arriving=0.006,
    )
    radio: Channel = Channel(
        budget=0.05, weeks_on=16, delay=1, carry_over=0.8, half=0.15, lift=0.06, arriving=0.0020
    )
    email: Channel = Channel(budget=0.01, carry_over=0.3, half=0.01, lift=0.08, arriving=0.0)


class Viral(Part):
    """One wave of talk that brings sales."""

    day: int = _p(200, "day", "days after the first day", 0, 100000)
    size: float = _p(0.2, "lift", "extra buying at its height", 0, 5)


class Buzz(Mechanism):
    """Talk that follows sales, and waves of talk that lead them."""

    follows: float = _p(0.030, "share", "orders after which somebody writes publicly")
    virals: list[Viral] = Field(
        default_factory=lambda: [Viral(day=200, size=0.30), Viral(day=520, size=0.20)],
        description="waves that lead sales",
    )
    days: float = _p(6.0, "days", "in which a wave falls to a third", 0.5, 90)
    arriving: float = _p(0.05, "hazard", "prospects won at a wave of size 1", 0, 1)
    press: float = _p(2.0, "articles", "a month", 0, 100)
    press_lift: float = _p(
        0.02, "lift", "extra buying on the day of an article, then falling", 0, 2
    )


class Service(Mechanism):
    """Complaints and questions; off: nobody is answered."""

    complaints: float = _p(0.030, "share", "orders of one's own that end in a complaint")
    questions: float = _p(0.030, "share", "orders that end in a question")
    answered: float = _p(0.80, "share", "requests answered by a person, at last")
    hours: float = _p(14.0, "hours", "median wait for that answer, on working days", 0.05, 1000)
    wait_spread: float = _p(1.2, "log", "spread of waits (log sd)", 0.05, 3)
    bot: float = _p(0.35, "share", "requests that a bot answers at once, which is no answer")
    leaving: float = _p(0.38, "share", "complainers who leave when nobody answers")
    leaving_answered: float = _p(0.10, "share", "who leave though answered at once")
    patience: float = _p(72.0, "hours", "in which the good of an answer falls to a third", 1, 2000)
    contact_cost: float = _p(4.5, "EUR", "of one contact", 0, 500)


class Crisis(Part):
    """One crisis."""

    day: int = _p(455, "day", "days after the first day", 0, 100000)
    severity: float = _p(0.30, "share", "orders lost at its height", 0, 0.9)
    days: float = _p(12.0, "days", "in which it falls to a third", 0.5, 180)
    leaving: float = _p(0.015, "share", "customers who leave because of it")
    talk: float = _p(0.02, "share", "people who write about it, in all")
    topic: Literal["recall", "sourcing", "advert"] = Field("recall", description="what it is about")


class Crises(Mechanism):
    """Crises."""

    waves: list[Crisis] = Field(default_factory=lambda: [Crisis()], description="each crisis")


class Fakes(Mechanism):
    """Followers that are nobody."""

    bought: float = _p(0.12, "share", "bought accounts, for each real follower")
    bursts: int = _p(3, "bursts", "in which they came, on each network that has them", 1, 50)
    pod: int = _p(24, "accounts", "in the pod that likes whatever is posted", 0, 10000)


class Influencers(Mechanism):
    """People with many followers who are asked to post, and tire of it."""

    people: int = _p(10, "people", "who are asked", 0, 10000)
    every: int = _p(45, "days", "between two approaches of one of them", 1, 1000)
    says_yes: float = _p(0.7, "share", "of first approaches that end in a post")
    tiring: float = _p(0.78, "ratio", "of saying yes, and of reach, from one approach to the next")
    fee: float = _p(60.0, "EUR", "an approach, goods included", 0, 100000)
    lift: float = _p(0.03, "lift", "extra buying on the day of a fresh post, then falling", 0, 1)
    arriving: float = _p(0.003, "hazard", "prospects won at the height of a fresh post", 0, 1)


class Employees(Mechanism):
    """Employees who speak of the brand on their own accounts."""

    active: float = _p(0.35, "share", "who post at all")
    posts: float = _p(0.8, "posts", "of an active one in a month", 0, 60)
    lift: float = _p(0.0004, "lift", "extra buying on the day of a post, then falling", 0, 1)
    arriving: float = _p(0.00004, "hazard", "prospects won at the height of a post", 0, 1)


class Posting(Part):
    """What the brand publishes."""

    posts_a_week: float = _p(2.0, "posts", "on each network", 0, 50)
    answered: float = _p(0.6, "share", "messages on networks that want an answer and get one")
    complaints: float = _p(0.02, "share", "comments under posts that complain, in a normal week")


class Surveys(Mechanism):
    """Surveys: the happy and the angry answer most."""

    invited: float = _p(0.10, "share", "customers invited each quarter")
    answering: float = _p(
        0.14, "share", "of those invited who answer, when neither happy nor angry"
    )
    extremes: float = _p(0.8, "log odds", "more answers for each step from the middle", 0, 4)
    tablet: float = _p(0.05, "share", "store orders after which the tablet is shown")


class Leads(Mechanism):
    """Firms that buy gifts for their people."""

    leads: float = _p(0.6, "leads", "a month, for each thousand people", 0, 100)
    won: float = _p(0.22, "share", "which are won")
    amount: float = _p(900.0, "EUR", "median of an offer", 1, 1000000)
    linkedin: float = _p(0.8, "share", "leads that LinkedIn ads add at the most of them", 0, 20)


class Web(Part):
    """What is measured of visits."""

    consent: float = _p(0.70, "share", "browsers that may be measured")
    visits: float = _p(1.8, "visits", "without an order, for each web order", 0, 50)


class Faults(Mechanism):
    """Data that are missing or late."""

    missing: int = _p(4, "stretches", "of days for which some system lost its rows", 0, 100)
    late: int = _p(3, "days", "at the end that late systems bring later", 0, 60)


class World(Part):
    """All of world.toml."""

    start: dt.date = Field(dt.date(2024, 10, 1), description="first day: the first of a month")

    @field_validator("start")
    @classmethod
    def _first_of_a_month(cls, start: dt.date) -> dt.date:
        if start.day != 1 or not 1990 <= start.year <= 2100:
            msg = "a world begins on the first of a month, from 1990 to 2100"
            raise ValueError(msg)
        return start

    population: Population = Population()
    buying: Buying = Buying()
    connecting: Connecting = Connecting()
    word_of_mouth: WordOfMouth = WordOfMouth()
    referrals: Referrals = Referrals()
    season: Season = Season()
    promotions: Promotions = Promotions()
    price: Price = Price()
    competitors: Competitors = Competitors()
    media: Media = Media()
    buzz: Buzz = Buzz()
    service: Service = Service()
    crises: Crises = Crises()
    fakes: Fakes = Fakes()
    influencers: Influencers = Influencers()
    employees: Employees = Employees()
    posting: Posting = Posting()
    surveys: Surveys = Surveys()
    leads: Leads = Leads()
    web: Web = Web()
    faults: Faults = Faults()
