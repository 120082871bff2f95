"""A visit is put in the channel that the published rules of Google Analytics 4 give it, or ours."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.sources.channels import CHANNELS, CLICK_IDS, Arrival, channel_group, origin

SHOP = "https://www.alize.example"

# Google, Analytics Help 9756891: source, medium, campaign and the group they give.
PUBLISHED = [
    ("(direct)", "(none)", "", "Direct"),
    ("(direct)", "(not set)", "", "Direct"),
    ("google", "cpc", "Cross-network", "Cross-network"),
    ("google", "cpc", "fr-shopping-soins", "Paid Shopping"),
    ("amazon", "cpc", "", "Paid Shopping"),
    ("google", "cpc", "workshops", "Paid Search"),
    ("google", "cpc", "bishop", "Paid Search"),
    ("google", "cpc", "eshop-fr", "Paid Shopping"),
    ("bing", "paid-search", "", "Paid Search"),
    ("facebook", "cpc", "", "Paid Social"),
    ("l.instagram.com", "retargeting", "", "Paid Social"),
    ("youtube", "cpv-cpm", "", "Paid Video"),
    ("partner.example", "banner", "", "Display"),
    ("google", "display", "", "Display"),
    ("partner.example", "ppc", "", "Paid Other"),
    ("chatgpt.com", "ai-assistant", "(ai-assistant)", "AI Assistant"),
    ("etsy.com", "referral", "", "Organic Shopping"),
    ("brand", "e mail", "shop", "Organic Shopping"),
    ("fr.linkedin.com", "referral", "", "Organic Social"),
    ("agency", "Social Network", "", "Organic Social"),
    ("vimeo.com", "referral", "", "Organic Video"),
    ("partner", "video-content", "", "Organic Video"),
    ("duckduckgo", "organic", "", "Organic Search"),
    ("unheard.example", "organic", "", "Organic Search"),
    ("e_mail", "any", "", "Email"),
    ("brevo", "E-Mail", "", "Email"),
    ("partner", "affiliate", "", "Affiliates"),
    ("blog.example", "referral", "", "Referral"),
    ("blog.example", "link", "", "Referral"),
    ("spotify", "audio", "", "Audio"),
    ("brand", "sms", "", "SMS"),
    ("brand", "web-push", "", "Mobile Push Notifications"),
    ("firebase", "x", "", "Mobile Push Notifications"),
    ("flyer", "print", "", "Unassigned"),
]


@pytest.mark.parametrize(("source", "medium", "campaign", "channel"), PUBLISHED)
def test_the_published_rules(source: str, medium: str, campaign: str, channel: str) -> None:
    assert channel_group(source, medium, campaign) == channel
    assert channel_group(source.upper(), medium.upper(), campaign.upper()) == channel


@pytest.mark.parametrize(
    ("click", "channel"),
    [
        *(("gclid", "Paid Search"), ("gbraid", "Paid Search"), ("wbraid", "Paid Search")),
        *(("msclkid", "Paid Search"), ("ttclid", "Paid Social"), ("li_fat_id", "Paid Social")),
        *(("twclid", "Paid Social"), ("srsltid", "Organic Shopping"), ("dclid", "Display")),
        # Facebook adds it to links that nobody paid for, so it proves no payment.
        ("fbclid", "Organic Social"),
    ],
)
def test_a_click_id_proves_the_network_and_payment_only_where_it_does(
    click: str, channel: str
) -> None:
    found = origin(Arrival(f"{SHOP}/p?{click}=Cj0KC"))
    assert found.channel == channel
    assert (found.source, found.medium) == ("", ""), "only what the link says is kept as its tag"


def test_what_the_brand_wrote_in_the_link_goes_before_what_a_network_added() -> None:
    paid = origin(Arrival(f"{SHOP}/?utm_source=facebook&utm_medium=paid_social&fbclid=1"))
    assert paid.channel == "Paid Social"
    mail = origin(Arrival(f"{SHOP}/?utm_source=brevo&utm_medium=email&gclid=1"))
    assert (mail.channel, mail.source, mail.medium) == ("Email", "brevo", "email")


REFERRERS = [
    ("https://www.google.fr/", "Organic Search"),
    ("https://docs.google.com/document/d/1", "Referral"),
    ("https://chatgpt.com/", "AI Assistant"),
    ("https://www.perplexity.ai/search", "AI Assistant"),
    ("https://copilot.microsoft.com/", "AI Assistant"),
    ("https://gemini.google.com/app", "AI Assistant"),
    ("https://claude.ai/chat", "AI Assistant"),
    ("https://chat.mistral.ai/chat", "AI Assistant"),
    ("https://l.facebook.com/", "Organic Social"),
    ("https://t.co/x", "Organic Social"),
    ("android-app://com.linkedin.android/", "Organic Social"),
    ("https://mail.google.com/mail/u/0", "Dark Social"),
    ("https://webmail.sfr.fr/", "Dark Social"),
    ("android-app://com.google.android.gm/", "Dark Social"),
    ("android-app://com.whatsapp/", "Dark Social"),
    ("https://web.telegram.org/", "Dark Social"),
    ("https://t.me/", "Dark Social"),
    ("https://web.whatsapp.com/", "Dark Social"),
    ("https://www.lemonde.fr/article", "Referral"),
    ("https://www.alize.example/panier", "Direct"),
    ("https://checkout.alize.example/", "Direct"),
    ("https://[broken", "Direct"),
]


@pytest.mark.parametrize(("referrer", "channel"), REFERRERS)
def test_a_referrer_alone_tells_the_channel(referrer: str, channel: str) -> None:
    assert origin(Arrival(f"{SHOP}/", referrer, returning=False)).channel == channel


def test_a_deep_page_that_a_newcomer_reached_without_a_referrer_was_sent_by_somebody() -> None:
    deep = f"{SHOP}/soins/creme-mains-karite-75ml"
    assert origin(Arrival(deep, returning=False)).channel == "Dark Social"
    assert origin(Arrival(deep, returning=True)).channel == "Direct", "a bookmark explains it"
    assert origin(Arrival(deep)).channel == "Direct", "not known to be new: not guessed"
    assert origin(Arrival(f"{SHOP}/", returning=False)).channel == "Direct"
    assert origin(Arrival(f"{SHOP}/account/orders/1001", returning=False)).channel == "Direct"
    assert origin(Arrival(f"{SHOP}/", browser="Android Webview")).channel == "Dark Social"
    assert origin(Arrival(f"{SHOP}/", browser="Safari (in-app)")).channel == "Dark Social"


def test_a_network_named_by_the_link_is_not_dark_even_in_an_app() -> None:
    link = f"{SHOP}/?utm_source=instagram&utm_medium=social"
    assert origin(Arrival(link, browser="Safari (in-app)")).channel == "Organic Social"


@given(st.text(), st.text(), st.text(), st.text(), st.text())
def test_whatever_a_file_says_the_channel_is_one_of_the_named(
    landing: str, referrer: str, source: str, medium: str, browser: str
) -> None:
    found = origin(Arrival(landing, referrer, source, medium, browser=browser, returning=False))
    assert found.channel in CHANNELS


def test_every_click_id_gives_a_channel_that_is_named() -> None:
    assert {channel_group(*said) for said in CLICK_IDS.values()} <= set(CHANNELS)
