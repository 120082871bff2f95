"""Who is no customer: the brand's own accounts, its employees, its resellers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw

from rapport.record.frames import Frame, as_number, distinct, quantile

ACCOUNT = ("source", "account_id")
RANKS = ("brand", "employee", "reseller")
"""Where somebody is two things, the first holds."""

SHOWN_ORDERS = 5  # orders below which nobody is proposed as a reseller
_FAR = 3.0  # how many times the middle spread, in logarithms, beyond the upper quartile


@dataclass(frozen=True, slots=True)
class Listed:
    """Whom rapport.toml names, each value as it stands in the record.

    Parameters
    ----------
    brand, employees, resellers
        E-mails, phones, handles, loyalty cards, account ids or "source:account_id".
    domains
        E-mail domains of the firm, such as "maison-alize.fr".
    """

    brand: Sequence[str] = ()
    employees: Sequence[str] = ()
    resellers: Sequence[str] = ()
    domains: Sequence[str] = ()


def roles(account: Frame, identifier: Frame, links: Frame, listed: Listed) -> Frame:
    """Return the people who are kept apart, and why.

    What holds for one account holds for all accounts linked to it.

    Returns
    -------
    Frame
        person_id, role ("brand", "employee" or "reseller"), evidence ("record", "list" or
        "domain").
    """
    flags = account.select(
        *ACCOUNT,
        brand=nw.col("is_brand").fill_null(value=False),
        employee=nw.col("is_employee").fill_null(value=False),
    )
    found = [
        _marked(flags.filter(nw.col("brand")), 0, 0),
        _marked(flags.filter(nw.col("employee")), 1, 0),
    ]
    for rank, values in enumerate((listed.brand, listed.employees, listed.resellers)):
        if values:
            found.append(_marked(named(account, identifier, values), rank, 1))
    if listed.domains:
        found.append(_marked(of_domains(identifier, listed.domains), 1, 2))
    marks = nw.concat(found, how="vertical").join(links, on=list(ACCOUNT), how="inner")
    best = marks.group_by("person_id").agg(mark=nw.col("mark").min())
    return best.select(
        "person_id",
        role=_word(nw.col("mark") // 10, RANKS),
        evidence=_word(nw.col("mark") % 10, ("record", "list", "domain")),
    )


def named(account: Frame, identifier: Frame, values: Sequence[str]) -> Frame:
    """Return the accounts that one of the values names: source, account_id."""
    told = list(values)
    own = nw.concat_str(nw.col("source"), nw.col("account_id"), separator=":")
    plain = nw.col("handle").str.to_lowercase().str.replace_all("@", "", literal=True)
    by_account = account.filter(
        nw.col("account_id").is_in(told) | own.is_in(told) | plain.is_in(told)
    )
    # Names and postcodes name nobody: too many people share them.
    value = nw.col("value").str.to_lowercase()
    by_value = identifier.filter(
        value.is_in(told) & ~nw.col("kind").is_in(["name", "postcode", "city", "country"])
    )
    both = [frame.select(*ACCOUNT) for frame in (by_account, by_value)]
    return distinct(nw.concat(both, how="vertical"))


def of_domains(identifier: Frame, domains: Sequence[str]) -> Frame:
    """Return the accounts with an e-mail of one of the domains or below it: source, account_id."""
    emails = identifier.filter(nw.col("kind") == "email").with_columns(
        domain=nw.col("value").str.to_lowercase().str.replace_all(r"^.*@", "")
    )
    is_ours = nw.col("domain").is_in([domain.lower() for domain in domains])
    for domain in domains:
        is_ours = is_ours | nw.col("domain").str.ends_with(f".{domain.lower()}")
    return distinct(emails.filter(is_ours).select(*ACCOUNT))


def reseller_edges(customers: Frame) -> Frame:
    """Return one row with the quartiles of orders and revenue, as logarithms.

    Returns
    -------
    Frame
        orders_low, orders_high, revenue_low, revenue_high: quartiles of the natural logarithms.
    """
    orders = nw.col("orders").cast(nw.Float64()).log()
    paid = customers.filter(nw.col("revenue") > 0)
    revenue = as_number(nw.col("revenue")).log()
    return paid.with_columns(o=orders, r=revenue).select(
        orders_low=quantile(nw.col("o"), 0.25),
        orders_high=quantile(nw.col("o"), 0.75),
        revenue_low=quantile(nw.col("r"), 0.25),
        revenue_high=quantile(nw.col("r"), 0.75),
    )


def reseller_proposals(customers: Frame, edges: Frame, known: Frame) -> Frame:
    """Return customers who buy so far outside of what others do that they may sell on.

    Far out (Tukey 1977): three times the middle spread beyond the upper quartile, of revenue or of
    orders, both as logarithms, and at least five orders. It is a question to the user, no verdict.

    Parameters
    ----------
    customers
        Columns person_id, orders, revenue.
    edges
        As `reseller_edges` gives them.
    known
        Columns person_id: people who have a role already.

    Returns
    -------
    Frame
        person_id, orders, revenue, role ("reseller"), times_usual (revenue by the upper quartile).
    """
    asked = customers.join(known.select("person_id"), on="person_id", how="anti")
    both = asked.filter(nw.col("revenue") > 0).join(edges, how="cross")
    logs = both.with_columns(
        r=as_number(nw.col("revenue")).log(), o=nw.col("orders").cast(nw.Float64()).log()
    )
    far = [
        nw.col(x) > nw.col(f"{name}_high") + _FAR * (nw.col(f"{name}_high") - nw.col(f"{name}_low"))
        for x, name in (("r", "revenue"), ("o", "orders"))
    ]
    out = logs.filter((far[0] | far[1]) & (nw.col("orders") >= SHOWN_ORDERS))
    return out.select(
        "person_id",
        "orders",
        revenue=as_number(nw.col("revenue")),
        role=nw.lit("reseller"),
        times_usual=(nw.col("r") - nw.col("revenue_high")).exp(),
    )


def _marked(accounts: Frame, rank: int, why: int) -> Frame:
    """Return accounts with a number whose smallest holds: the role first, then the evidence."""
    mark = nw.lit(10 * rank + why).cast(nw.Int64())
    return accounts.select(*ACCOUNT, mark=mark)


def _word(number: nw.Expr, words: Sequence[str]) -> nw.Expr:
    told = nw.lit(words[-1])
    for place, word in reversed(list(enumerate(words[:-1]))):
        told = nw.when(number == place).then(nw.lit(word)).otherwise(told)
    return told
