"""What people are to the brand: prospect, new, repeat or lapsed; who they are, in one row each."""

from __future__ import annotations

import math

import narwhals as nw

from rapport.record.frames import Frame

SILENT_SHARE = 0.1  # of one's own gaps, how many are longer than a silence that is a lapse
ACCOUNT = ("source", "account_id")


def standing(counts: Frame, usual_gap: float | None, dormant_days: int | None = None) -> Frame:
    """Return what each customer is: new, repeat or lapsed.

    Somebody has lapsed who is silent for longer than nine in ten of their own gaps would be. Gaps
    of one person are taken as exponential around a mean of their own, which is averaged with one
    gap of the brand's (a gamma prior of weight one: with frequency n and recency r, the mean is
    (r + usual_gap) / (n + 1), Schmittlein, Morrison & Colombo 1987, section 2); so the silence
    allowed is ln(10) times that mean. `dormant_days`, where set, holds instead for everybody.

    Parameters
    ----------
    counts
        Columns person_id, frequency (repeat buying days), recency_days, age_days.
    usual_gap
        Mean days between two buying days of one customer of the brand; None where nobody came
        back: then nobody can be said to have lapsed.

    Returns
    -------
    Frame
        person_id, relation ("new", "repeat" or "lapsed"), silent_days, allowed_days (null where
        nothing can be said).
    """
    silent = (nw.col("age_days") - nw.col("recency_days")).cast(nw.Float64())
    if dormant_days is not None:
        allowed = nw.lit(float(dormant_days))
    elif usual_gap is None:
        allowed = nw.lit(None).cast(nw.Float64())
    else:
        spell = nw.col("recency_days").cast(nw.Float64()) + usual_gap
        mean = spell / (nw.col("frequency").cast(nw.Float64()) + 1.0)
        allowed = mean * math.log(1 / SILENT_SHARE)
    told = counts.with_columns(silent_days=silent, allowed_days=allowed)
    is_lapsed = (nw.col("silent_days") > nw.col("allowed_days")).fill_null(value=False)
    relation = (
        nw.when(is_lapsed)
        .then(nw.lit("lapsed"))
        .otherwise(nw.when(nw.col("frequency") > 0).then(nw.lit("repeat")).otherwise(nw.lit("new")))
    )
    return told.select("person_id", "silent_days", "allowed_days", relation=relation)


def sightings(met: Frame, links: Frame) -> Frame:
    """Return when each person was first and last seen.

    Parameters
    ----------
    met
        source, account_id, first, last, as `rapport.people.gathering.accounts_met` gives them.
    links
        source, account_id, person_id.

    Returns
    -------
    Frame
        person_id, first_seen, last_seen.
    """
    joined = met.filter(~nw.col("first").is_null()).join(links, on=list(ACCOUNT), how="inner")
    return joined.group_by("person_id").agg(
        first_seen=nw.col("first").min(), last_seen=nw.col("last").max()
    )


def described(account: Frame, links: Frame) -> Frame:
    """Return how many accounts each person has, a name to call them by, and a language.

    Returns
    -------
    Frame
        person_id, accounts, name (a name, else a handle; null without either), language.
    """
    told = links.join(
        account.select(*ACCOUNT, "name", "handle", "language"), on=list(ACCOUNT), how="left"
    )
    sums = told.group_by("person_id").agg(
        accounts=nw.len(),
        a_name=nw.col("name").max(),
        a_handle=nw.col("handle").max(),
        language=nw.col("language").max(),
    )
    return sums.select("person_id", "accounts", "language", name=nw.coalesce("a_name", "a_handle"))


def people(described: Frame, seen: Frame, standing: Frame, roles: Frame, groups: Frame) -> Frame:
    """Return one row for each person.

    Parameters
    ----------
    described, seen, standing
        As `described`, `sightings` and `standing` give them.
    roles
        Columns person_id, role; who is not in it is a person like any other.
    groups
        Columns person_id, household_id, company; who is in no group may lack.

    Returns
    -------
    Frame
        person_id, relation, role, household_id, company, accounts, first_seen, last_seen, name,
        language.
    """
    one = described.join(seen, on="person_id", how="left")
    bought = one.join(standing.select("person_id", "relation"), on="person_id", how="left")
    apart = bought.join(roles.select("person_id", "role"), on="person_id", how="left")
    joined = apart.join(groups, on="person_id", how="left")
    return joined.select(
        "person_id",
        relation=nw.col("relation").fill_null("prospect"),
        role=nw.col("role").fill_null("person"),
        household_id=nw.col("household_id"),
        company=nw.col("company"),
        accounts=nw.col("accounts"),
        first_seen=nw.col("first_seen"),
        last_seen=nw.col("last_seen"),
        name=nw.col("name"),
        language=nw.col("language"),
    )


def relation_counts(people: Frame) -> Frame:
    """Return how many people there are by role and relation: role, relation, people."""
    return people.group_by("role", "relation").agg(people=nw.len())
