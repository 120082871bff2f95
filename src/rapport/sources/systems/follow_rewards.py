"""Points given for following the brand: who follows on which network, under which handle.

Loyalty apps of web shops (Smile, LoyaltyLion, Yotpo, LoyaltyLabs and others) give points to
customers who follow the brand and ask for their handle. Such a list is where a customer's account
on a network and their orders meet, and it says since when they follow.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.settings import Settings
from rapport.sources.fields import Kind, fields_in
from rapport.sources.identifiers import emails, people
from rapport.sources.loading import KEY, Recipe, record_table
from rapport.sources.reading import TableFile
from rapport.sources.shapes import Aliases, Header, Shape, System

SOURCE = "follow_rewards"
VERSION = 1
_COLUMNS: dict[str, Aliases] = {
    "given_on": (
        *("date", "rewarded_on", "created_at", "earned_on", "completed_at", "jour"),
        *("date d'attribution", "Datum", "fecha"),
    ),
    "email": ("email", "customer_email", "e-mail", "courriel", "E-Mail-Adresse"),
    "network": ("network", "followed_on", "platform", "réseau", "Netzwerk", "red social"),
    "handle": (
        *("handle", "username", "social_handle", "pseudo", "identifiant", "Benutzername"),
        "usuario",
    ),
    "points": ("points", "points_earned", "reward", "Punkte", "puntos"),
}


def _recipe(file: TableFile, header: Header, settings: Settings) -> Recipe:
    kinds: dict[str, Kind] = {
        "given_on": "time",
        "email": "text",
        "network": "text",
        "handle": "text",
    }
    fields = fields_in(header, kinds, required=["given_on", "email", "network", "handle"])
    key = (header["email"], header["network"])
    notes = (
        "Following is counted from the day the points were given; it may have begun before.",
        "Points are a cost of the programme: give it in a list of costs.",
    )
    return Recipe(SOURCE, VERSION, fields, key, _tables, by_line=False, notes=notes)


def _tables(typed: pa.Table) -> Mapping[str, pa.Table]:
    email = emails(typed.column("email"))
    network = pc.utf8_lower(pc.utf8_trim_whitespace(typed.column("network")))
    handle = pc.utf8_ltrim(pc.utf8_trim_whitespace(typed.column("handle")), characters="@")
    account = pc.binary_join_element_wise(network, pc.utf8_lower(handle), ":")
    followed: dict[str, object] = {
        "activity_id": pc.binary_join_element_wise(typed.column(KEY), pa.scalar("follow"), ":"),
        "occurred_on": typed.column("given_on"),
        "zone": typed.column("zone"),
        "channel": network,
        "account_id": account,
        "verb": "Follow",
        "object_kind": "account",
    }
    columns: dict[str, object] = {"account_id": account, "channel": network, "handle": handle}
    tables = people(typed, columns, {"email": [email]})
    return {"activity": record_table("activity", followed, typed), **tables}


SYSTEM = System(
    SOURCE,
    "Points for following",
    "offline",
    (
        Shape(
            name="points",
            title="Points for following the brand",
            grain="one customer rewarded for following on one network",
            tables=("activity", "account", "identifier"),
            columns=_COLUMNS,
            needs=("given_on", "email", "network", "handle", "points"),
            where="The loyalty app: activity of customers, action “follow”",
            since="2026",
            checked="a list of our own making",
            recipe=_recipe,
        ),
    ),
)
