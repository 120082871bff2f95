"""Where a visit came from: link tags, click ids and referrers, grouped into channels.

The groups and their order are the default channel group of Google Analytics 4 (Google, Analytics
Help 9756891, with AI Assistant since 13 May 2026). Dark Social is ours (Madrigal 2012): visits that
people sent each other, which analytics calls direct because no referrer came along.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlsplit

from rapport.sources.channel_lists import (
    AI,
    APPS,
    DARK,
    SEARCH,
    SHOPPING,
    SOCIAL,
    VIDEO,
    is_one_of,
)

DIRECT = "Direct"
DARK_SOCIAL = "Dark Social"
UNASSIGNED = "Unassigned"
CHANNELS = (
    *(DIRECT, "Cross-network", "Paid Shopping", "Paid Search", "Paid Social", "Paid Video"),
    *("Display", "Paid Other", "Organic Shopping", "Organic Social", "Organic Video"),
    *("Organic Search", "AI Assistant", "Email", "Affiliates", "Referral", "Audio", "SMS"),
    *("Mobile Push Notifications", DARK_SOCIAL, UNASSIGNED),
)

# What a network adds to its links: who added it, and the medium that this proves. An id that a
# network adds to unpaid links too proves the network and no more.
CLICK_IDS: Mapping[str, tuple[str, str]] = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "dclid": ("google", "display"),
    "srsltid": ("google shopping", "organic"),
    "msclkid": ("bing", "cpc"),
    "yclid": ("yandex", "cpc"),
    "ttclid": ("tiktok", "paid"),
    "li_fat_id": ("linkedin", "paid"),
    "twclid": ("twitter", "paid"),
    "rdt_cid": ("reddit", "paid"),
    "ScCid": ("snapchat", "paid"),
    "epik": ("pinterest", "social"),
    "fbclid": ("facebook", "social"),
    "igsh": ("instagram", "social"),
    "igshid": ("instagram", "social"),
    "mc_eid": ("mailchimp", "email"),
    "_kx": ("klaviyo", "email"),
}
_NOTHING = ("", "(not set)", "(none)", "(direct)", "direct", "none", "null", "<other>")
_PAID = re.compile(r"^(.*cp.*|ppc|retargeting|paid.*)$")
_SHOP = re.compile(r"^(.*(([^a-df-z]|^)shop|shopping).*)$")
_SOCIAL_MEDIUMS = (
    *("social", "social-network", "social-media", "sm", "social network", "social media"),
)
_MAIL = ("email", "e-mail", "e_mail", "e mail")
# Pages that people come back to by a bookmark or by typing, however deep they lie.
_OWN_WAY = re.compile(r"(account|login|signin|cart|checkout|basket|compte|panier|connexion|konto)")


@dataclass(frozen=True, slots=True)
class Arrival:
    """How one visit began, as far as a file says.

    Parameters
    ----------
    landing
        The address of its first page, with its query.
    referrer
        The address of the page before it.
    source, medium, campaign
        What an analytics system says of it; the tags of the landing page go before.
    click
        The kind of a click id that an analytics system kept apart from the landing page.
    browser
        The browser's name.
    returning
        Whether this browser had been here before; None when it is not known.
    """

    landing: str = ""
    referrer: str = ""
    source: str = ""
    medium: str = ""
    campaign: str = ""
    click: str = ""
    browser: str = ""
    returning: bool | None = None


@dataclass(frozen=True, slots=True)
class Origin:
    """The tags of a visit as they stand, and its channel."""

    source: str
    medium: str
    campaign: str
    channel: str


def origin(arrival: Arrival) -> Origin:
    """Return where a visit came from.

    Examples
    --------
    >>> origin(Arrival("https://s.fr/?utm_source=ig&utm_medium=social")).channel
    'Organic Social'
    >>> origin(Arrival("https://s.fr/p?gclid=1")).channel, origin(Arrival("https://s.fr/")).channel
    ('Paid Search', 'Direct')
    >>> origin(Arrival("https://s.fr/", "https://chatgpt.com/")).channel
    'AI Assistant'
    >>> origin(Arrival("https://s.fr/", "android-app://com.whatsapp/")).channel
    'Dark Social'
    >>> origin(Arrival("https://s.fr/soins/creme-mains-karite", returning=False)).channel
    'Dark Social'
    """
    tags = _tags(arrival.landing)
    source = _said(tags.get("utm_source")) or _said(arrival.source)
    medium = _said(tags.get("utm_medium")) or _said(arrival.medium)
    campaign = _said(tags.get("utm_campaign")) or _said(arrival.campaign)
    click = next((kind for kind in CLICK_IDS if tags.get(kind) or kind == arrival.click), None)
    where = source
    if click and not medium:
        where, how = CLICK_IDS[click]
        where = source or where
    else:
        how = medium
    if not where and not how:
        where, how = _referred(arrival)
    dark = not source and not medium and not click and _is_dark(arrival, where)
    channel = DARK_SOCIAL if dark else channel_group(where, how, campaign)
    return Origin(source, medium, campaign, channel)


def channel_group(source: str, medium: str, campaign: str = "") -> str:
    """Return the default channel group of Google Analytics 4; letters' case does not matter.

    Examples
    --------
    >>> channel_group("facebook", "paid_social"), channel_group("newsletter", "e-mail")
    ('Paid Social', 'Email')
    >>> channel_group("google", "organic"), channel_group("blog.example", "referral")
    ('Organic Search', 'Referral')
    >>> channel_group("", ""), channel_group("partner", "odd")
    ('Direct', 'Unassigned')
    """
    source, medium, campaign = (text.strip().casefold() for text in (source, medium, campaign))
    if source in _NOTHING and medium in _NOTHING:
        return DIRECT
    if "cross-network" in campaign:
        return "Cross-network"
    kind = _kind(source)
    if kind == "Shopping" or _SHOP.match(campaign):
        kind = "Shopping"
    if _PAID.match(medium) and kind in ("Shopping", "Search", "Social", "Video"):
        return f"Paid {kind}"
    return _unpaid(source, medium, kind)


def _unpaid(source: str, medium: str, kind: str) -> str:
    """Go through the rules after those of paid search, social, shopping and video, in order."""
    rules = (
        ("Display", medium in ("display", "banner", "expandable", "interstitial", "cpm")),
        ("Paid Other", bool(_PAID.match(medium))),
        ("AI Assistant", medium == "ai-assistant" or kind == "AI"),
        ("Organic Shopping", kind == "Shopping"),
        ("Organic Social", kind == "Social" or medium in _SOCIAL_MEDIUMS),
        ("Organic Video", kind == "Video" or "video" in medium),
        ("Organic Search", kind == "Search" or medium == "organic"),
        ("Email", source in _MAIL or medium in _MAIL),
        ("Affiliates", medium in ("affiliate", "affiliates")),
        (DARK_SOCIAL, kind == "Dark"),
        ("Referral", medium in ("referral", "app", "link")),
        ("Audio", medium == "audio"),
        ("SMS", "sms" in (source, medium)),
        ("Mobile Push Notifications", _is_push(source, medium)),
    )
    return next((name for name, holds in rules if holds), UNASSIGNED)


def _is_push(source: str, medium: str) -> bool:
    told = "mobile" in medium or "notification" in medium
    return medium.endswith("push") or told or source == "firebase"


@lru_cache(maxsize=100_000)
def _kind(source: str) -> str:
    """Return what kind of site a source is, by its name or its host."""
    for kind, sites in (
        ("AI", AI),
        ("Dark", DARK),
        ("Shopping", SHOPPING),
        ("Video", VIDEO),
        ("Social", SOCIAL),
        ("Search", SEARCH),
    ):
        if is_one_of(source, sites):
            return kind
    return ""


def _said(text: str | None) -> str:
    """Return a tag; what analytics systems write in brackets is a word of theirs, not a tag."""
    plain = (text or "").strip()
    own = plain.startswith("(") and plain.endswith(")")
    return "" if own or plain.casefold() in _NOTHING else plain


def _tags(landing: str) -> Mapping[str, str]:
    if "?" not in landing:
        return {}
    try:
        query = urlsplit(landing).query
    except ValueError:
        return {}
    return {name: value for name, value in parse_qsl(query, max_num_fields=None) if value}


def _parts(address: str) -> tuple[str, str, str]:
    """Return scheme, host without www and path of an address, empty where it is none."""
    try:
        found = urlsplit(address if "//" in address else f"//{address}")
        host = (found.hostname or "").removeprefix("www.")
    except ValueError:
        return "", "", ""
    return found.scheme, host, found.path


def _referred(arrival: Arrival) -> tuple[str, str]:
    """Return source and medium that a referrer stands for; a site's own pages are none."""
    if not arrival.referrer:
        return "", ""
    scheme, host, _ = _parts(arrival.referrer)
    if scheme in ("android-app", "ios-app"):
        host = next((site for app, site in APPS.items() if host.startswith(app)), host)
    own = _parts(arrival.landing)[1] if arrival.landing else ""
    if not host or (own and (host == own or own.endswith(f".{host}") or host.endswith(f".{own}"))):
        return "", ""
    return host, "organic" if _kind(host) == "Search" else "referral"


def _is_dark(arrival: Arrival, where: str) -> bool:
    """Say whether a visit without tags was most likely sent from person to person.

    From a messenger or a mailbox; in the browser inside an app; or straight to a page that nobody
    types, by somebody who was not here before.
    """
    if where:
        return _kind(where.casefold()) == "Dark"
    if re.search(r"webview|in-app", arrival.browser, re.IGNORECASE):
        return True
    if not arrival.landing or arrival.referrer or arrival.returning is not False:
        return False
    path = _parts(arrival.landing)[2].strip("/").casefold()
    deep = path.count("/") >= 1 or len(path) > 20 or bool(re.search(r"\d{3}", path))
    return deep and not _OWN_WAY.search(path)
