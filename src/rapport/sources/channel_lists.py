"""The largest sites of each kind that visits come from, by their name as a source and their host.

A name stands for itself ("facebook") and for its hosts ("m.facebook.com", "facebook.fr"); a name
with a dot stands for that host and those under it.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping

SEARCH = frozenset(
    (
        *("google", "bing", "yahoo", "duckduckgo", "ecosia", "qwant", "baidu", "yandex", "naver"),
        *("startpage", "lilo", "seznam", "sogou", "daum", "ask.com", "aol", "dogpile", "so.com"),
        *("search.brave.com", "presearch", "mojeek", "rambler", "lycos", "com.google.android.goog"),
    )
)
SOCIAL = frozenset(
    (
        *("facebook", "instagram", "twitter", "x.com", "t.co", "linkedin", "lnkd.in", "pinterest"),
        *("pin.it", "reddit", "tiktok", "snapchat", "threads", "threads.net", "threads.com"),
        *("mastodon", "mastodon.social", "bsky", "bsky.app", "tumblr", "quora", "vk", "vk.com"),
        *("weibo", "fb.me", "fb", "ig", "xing", "medium.com", "medium", "flickr", "meetup"),
        *("nextdoor", "discord", "twitch", "hootsuite", "buffer", "linktr.ee", "linktree"),
        *("news.ycombinator.com", "trustpilot", "tripadvisor", "yelp", "viadeo", "ok.ru"),
    )
)
VIDEO = frozenset(
    (
        *("youtube", "youtu.be", "vimeo", "dailymotion", "netflix", "hulu", "disneyplus"),
        *("iqiyi", "bilibili", "rumble", "wistia", "ted.com", "youku", "crackle", "veoh"),
    )
)
SHOPPING = frozenset(
    (
        *("amazon", "ebay", "etsy", "aliexpress", "alibaba", "walmart", "target.com", "rakuten"),
        *("cdiscount", "fnac", "manomano", "zalando", "shopify", "shop.app", "idealo", "kelkoo"),
        *("leguide", "google shopping", "shopping.google.com", "shopzilla", "mercadolibre", "temu"),
        *("vinted", "leboncoin", "igshopping", "kaufland", "bol.com", "allegro"),
    )
)
AI = frozenset(
    (
        *("chatgpt", "chatgpt.com", "chat.openai.com", "openai", "perplexity", "perplexity.ai"),
        *("copilot.microsoft.com", "copilot", "gemini.google.com", "gemini", "claude.ai", "claude"),
        *("chat.mistral.ai", "mistral.ai", "mistral", "le chat", "deepseek", "chat.deepseek.com"),
        *("grok.com", "grok", "x.ai", "meta.ai", "poe.com", "you.com", "phind.com", "pi.ai"),
        *("notebooklm.google.com", "bard.google.com", "edgeservices.bing.com", "chat.qwen.ai"),
    )
)
# Messengers and mailboxes: what people send one another by hand.
DARK = frozenset(
    (
        *("whatsapp", "wa.me", "telegram", "t.me", "signal", "signal.org", "messenger"),
        *("messenger.com", "m.me", "l.messenger.com", "line.me", "viber", "wechat", "weixin"),
        *("kakaotalk", "slack.com", "app.slack.com", "teams.microsoft.com", "discord.com"),
        *("mail.google.com", "mail.yahoo", "outlook.live.com", "outlook.office.com"),
        *("outlook.office365.com", "mail.proton.me", "mail.orange.fr", "messagerie.orange.fr"),
        *("mail.free.fr", "zimbra.free.fr", "webmail.sfr.fr", "messagerie.sfr.fr", "laposte.net"),
        *("navigator.web.de", "deref-gmx.net", "deref-web-02.de", "mail.aol.com", "icloud.com"),
        *("com.google.android.gm", "com.microsoft.office.outlook"),
    )
)
# What apps say in place of a site (android-app://…): the longest beginning first.
APPS: Mapping[str, str] = {
    "com.google.android.gm": "mail.google.com",
    "com.google.android.googlequicksearchbox": "google",
    "com.google.android.youtube": "youtube.com",
    "com.facebook.orca": "messenger.com",
    "com.facebook": "facebook.com",
    "com.instagram": "instagram.com",
    "com.linkedin": "linkedin.com",
    "com.twitter": "twitter.com",
    "com.pinterest": "pinterest.com",
    "com.reddit": "reddit.com",
    "com.zhiliaoapp.musically": "tiktok.com",
    "com.ss.android.ugc": "tiktok.com",
    "com.snapchat": "snapchat.com",
    "com.whatsapp": "whatsapp",
    "org.telegram": "telegram",
    "org.thoughtcrime.securesms": "signal",
    "com.slack": "slack.com",
    "com.microsoft.teams": "teams.microsoft.com",
    "com.microsoft.office.outlook": "outlook.live.com",
    "com.openai.chatgpt": "chatgpt.com",
}


# What may stand before a site's own name without making it another service.
_SAME_SITE = frozenset(
    ("www", "m", "l", "lm", "mobile", "web", "touch", "out", "old", "new", "search", "click", "go")
)


def is_one_of(source: str, sites: Collection[str]) -> bool:
    """Say whether a source, a name or a host, is one of some sites.

    Examples
    --------
    >>> [is_one_of(source, SOCIAL) for source in ("facebook", "m.facebook.com", "fr.linkedin.com")]
    [True, True, True]
    >>> is_one_of("www.google.co.uk", SEARCH), is_one_of("docs.google.com", SEARCH)
    (True, False)
    """
    if source in sites:
        return True
    labels = source.split(".")
    ends = (".".join(labels[start:]) for start in range(len(labels) - 1))
    if any(end in sites for end in ends):
        return True
    return any(
        label in sites
        and all(sub in _SAME_SITE or len(sub) == 2 for sub in labels[:place])
        and all(len(after) <= 3 for after in labels[place + 1 :])
        for place, label in enumerate(labels[:-1])
    )
