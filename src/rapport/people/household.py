"""Who lives or works together, where the record says so: households and companies, with caution."""

from __future__ import annotations

import narwhals as nw

from rapport.record.frames import Frame, Keep, as_is, distinct

ACCOUNT = ("source", "account_id")
MOST_AT_HOME = 6  # people of one name at one place; more are no household
CHANCE = 0.1  # namesakes expected there by chance, above which nothing is said
MOST_PEOPLE = 50  # people of one e-mail domain, above which it may be free mail we do not know
MOST_SHARE = 0.005  # the same as a share of all people with an e-mail

_FREE = (
    "gmail.com googlemail.com hotmail.com hotmail.fr hotmail.co.uk hotmail.be hotmail.it "
    "hotmail.de hotmail.es outlook.com outlook.fr outlook.be live.com live.fr live.co.uk live.be "
    "msn.com yahoo.com yahoo.fr yahoo.co.uk yahoo.de yahoo.es yahoo.it ymail.com rocketmail.com "
    "icloud.com me.com mac.com aol.com aol.fr gmx.com gmx.fr gmx.de gmx.net gmx.at gmx.ch web.de "
    "mail.com mail.ru inbox.ru list.ru bk.ru yandex.ru yandex.com proton.me protonmail.com "
    "protonmail.ch pm.me tutanota.com zoho.com fastmail.com hey.com orange.fr wanadoo.fr free.fr "
    "laposte.net sfr.fr neuf.fr bbox.fr numericable.fr club-internet.fr aliceadsl.fr cegetel.net "
    "voila.fr noos.fr 9online.fr libertysurf.fr tele2.fr skynet.be telenet.be scarlet.be "
    "proximus.be voo.be bluewin.ch sunrise.ch hispeed.ch t-online.de freenet.de arcor.de "
    "libero.it virgilio.it tiscali.it alice.it tin.it btinternet.com btopenworld.com "
    "blueyonder.co.uk ntlworld.com sky.com talktalk.net tiscali.co.uk virginmedia.com o2.co.uk "
    "comcast.net verizon.net att.net sbcglobal.net bellsouth.net cox.net charter.net "
    "qq.com 163.com 126.com naver.com hanmail.net rediffmail.com ziggo.nl kpnmail.nl planet.nl "
    "privaterelay.appleid.com example.com example.org example.net"
)  # fmt: skip
FREE_MAIL = tuple(_FREE.split())


def households(identifier: Frame, links: Frame, keep: Keep = as_is) -> Frame:
    """Return the households that the record shows: person_id, household_id.

    Two people are one where they share a family name and a phone, or a family name and a postcode
    in which less than a tenth of a namesake is expected by chance (people of that name, times the
    share of people in that postcode). Groups of more than six are none. A person with a household
    by postcode brings along who shares the phone.

    Returns
    -------
    Frame
        person_id, household_id ("home:" and the smallest person_id of the group).
    """
    names = _values(identifier, links, "name").with_columns(
        family=nw.col("value").str.to_lowercase().str.replace_all(r"^.*\s", "")
    )
    family = (
        names.filter(nw.col("value").str.contains(" ", literal=True))
        .group_by("person_id")
        .agg(family=nw.col("family").min())
    )
    family = keep(family)
    near = _together(_values(identifier, links, "postcode"), family, keep, by_chance=True)
    reach = _together(_values(identifier, links, "phone"), family, keep, by_chance=False)
    joined = reach.join(
        near.select("person_id", home=nw.col("group")), on="person_id", how="left"
    ).with_columns(known=nw.coalesce("home", "group"))
    shared = joined.with_columns(group=nw.col("known").min().over("place"))
    own = near.select("person_id", "group", first=nw.lit(0).cast(nw.Int64()))
    added = shared.join(near.select("person_id"), on="person_id", how="anti").select(
        "person_id", "group", first=nw.lit(1).cast(nw.Int64())
    )
    both = nw.concat([own, added], how="vertical")
    return both.group_by("person_id").agg(household_id=nw.col("group").min())


def companies(identifier: Frame, links: Frame, keep: Keep = as_is) -> Frame:
    """Return the company that people write from: person_id, company (the domain of the e-mail).

    Free mail is none, nor is a domain of which more people are on record than fifty and than one in
    two hundred: that is free mail that nobody has told us of.
    """
    rows = identifier.filter(
        (nw.col("kind") == "email") & nw.col("value").str.contains("@", literal=True)
    ).select(*ACCOUNT, domain=nw.col("value").str.to_lowercase().str.replace_all(r"^.*@", ""))
    known = rows.join(links, on=list(ACCOUNT), how="inner")
    counted = keep(distinct(known.select("person_id", "domain")))
    everybody = distinct(counted.select("person_id")).select(everybody=nw.len())
    people = counted.group_by("domain").agg(people=nw.len())
    sized = counted.join(people, on="domain", how="inner").join(everybody, how="cross")
    few = (nw.col("people") <= MOST_PEOPLE) | (
        nw.col("people").cast(nw.Float64()) <= MOST_SHARE * nw.col("everybody").cast(nw.Float64())
    )
    kept = sized.filter(~nw.col("domain").is_in(list(FREE_MAIL)) & few)
    return kept.group_by("person_id").agg(company=nw.col("domain").min())


def groups(identifier: Frame, links: Frame, keep: Keep = as_is) -> Frame:
    """Return household and company of each person who has one: person_id, household_id, company."""
    home = keep(households(identifier, links, keep))
    firm = keep(companies(identifier, links, keep))
    everyone = nw.concat([home.select("person_id"), firm.select("person_id")], how="vertical")
    return (
        distinct(everyone)
        .join(home, on="person_id", how="left")
        .join(firm, on="person_id", how="left")
    )


def _values(identifier: Frame, links: Frame, kind: str) -> Frame:
    """Return each person's values of a kind, once: person_id, value."""
    rows = identifier.filter(nw.col("kind") == kind)
    joined = rows.join(links, on=list(ACCOUNT), how="inner")
    return distinct(joined.select("person_id", "value"))


def _together(places: Frame, family: Frame, keep: Keep, *, by_chance: bool) -> Frame:
    """Return who shares a place and a family name with others: person_id, place, group."""
    told = keep(
        places.join(family, on="person_id", how="inner").with_columns(
            place=nw.concat_str("value", "family", separator="|")
        )
    )
    counts = [
        told.group_by("place").agg(here=nw.len(), first=nw.col("person_id").min()),
        told.group_by("family").agg(same_name=nw.len()),
        told.group_by("value").agg(same_value=nw.len()),
    ]
    sized = told.join(counts[0], on="place", how="inner")
    kept = (nw.col("here") >= 2) & (nw.col("here") <= MOST_AT_HOME)
    if by_chance:
        everybody = told.select(everybody=nw.len())
        sized = (
            sized.join(counts[1], on="family", how="inner")
            .join(counts[2], on="value", how="inner")
            .join(everybody, how="cross")
        )
        expected = (
            (nw.col("same_name") - 1).cast(nw.Float64())
            * nw.col("same_value").cast(nw.Float64())
            / nw.col("everybody").cast(nw.Float64())
        )
        # Those who live there are no chance: take the household itself off its own name.
        own = (nw.col("here") - 1).cast(nw.Float64())
        share = nw.col("same_value").cast(nw.Float64()) / nw.col("everybody").cast(nw.Float64())
        kept = kept & (expected - own * share <= CHANCE)
    home = nw.concat_str(nw.lit("home"), nw.col("first"), separator=":")
    return sized.filter(kept).select("person_id", "place", group=home)
