"""Where alerts go: each channel writes them in its own form, so that it reads no markup in them.

Slack reads `<!channel>` and `*bold*` in its texts, Teams reads Markdown in its TextBlocks, mail
programs read HTML. So messages go into parts that are read as they stand: Slack's `rich_text`
elements, Teams' `TextRun`, and HTML with every sign escaped.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from rapport.actions.alerts.alert import Alert, Told, safe_link, shown, told
from rapport.words import Words


def slack(alert: Told, language: str) -> dict[str, Any]:
    """Return the body of a Slack incoming webhook (Block Kit).

    Examples
    --------
    >>> body = slack(Told("A complaint", (), "<!channel> *now*", "", "Maison"), "en")
    >>> body["text"]
    'A complaint: &lt;!channel&gt; *now*'
    >>> body["blocks"][1]["elements"][0]["elements"]
    [{'type': 'text', 'text': '<!channel> *now*'}]
    """
    words = Words.of(language)
    blocks: list[dict[str, Any]] = [
        {
            "type": "header",
            "text": {"type": "plain_text", "text": alert.title[:150], "emoji": False},
        }
    ]
    parts: list[dict[str, Any]] = []
    if alert.quote:
        quoted = [{"type": "text", "text": alert.quote}]
        parts.append({"type": "rich_text_quote", "elements": quoted})
    rest: list[dict[str, Any]] = [
        {"type": "text", "text": f"{line}\n"} for line in (*alert.lines, alert.caution) if line
    ]
    if alert.url:
        rest.append({"type": "link", "url": alert.url, "text": words("Open the message")})
    if rest:
        parts.append({"type": "rich_text_section", "elements": rest})
    if parts:
        blocks.append({"type": "rich_text", "elements": parts})
    summary = alert.title + (f": {alert.quote[:200]}" if alert.quote else "")
    return {
        "text": slack_escaped(summary),
        "blocks": blocks,
        "unfurl_links": False,
        "unfurl_media": False,
    }


def slack_escaped(text: str) -> str:
    """Return a text in which Slack finds no link, no mention and no command.

    Examples
    --------
    >>> slack_escaped("<!here> & <https://evil.example|bank>")
    '&lt;!here&gt; &amp; &lt;https://evil.example|bank&gt;'
    """
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def teams(alert: Told, language: str) -> dict[str, Any]:
    r"""Return the body of a Teams workflow "when a webhook request is received": an Adaptive Card.

    Examples
    --------
    >>> body = teams(Told("A complaint", (), "[x](https://evil.example) {{DATE(1)}}", "", ""), "en")
    >>> body["attachments"][0]["content"]["body"][1]["items"][0]["inlines"][0]["text"]
    '[x](https://evil.example) {\u200b{DATE(1)}}'
    """
    words = Words.of(language)
    body: list[dict[str, Any]] = [_runs(alert.title, weight="Bolder", size="Medium")]
    if alert.quote:
        body.append(
            {"type": "Container", "style": "emphasis", "items": [_runs(alert.quote)]},
        )
    body += [_runs(line) for line in alert.lines if line]
    if alert.caution:
        body.append(_runs(alert.caution, isSubtle=True))
    card: dict[str, Any] = {
        "$schema": "http://adaptivecards.io/schemas/adaptive-card.json",
        "type": "AdaptiveCard",
        "version": "1.4",
        "msteams": {"width": "Full"},
        "body": body,
    }
    if alert.url:
        card["actions"] = [
            {"type": "Action.OpenUrl", "title": words("Open the message"), "url": alert.url}
        ]
    kind = "application/vnd.microsoft.card.adaptive"
    attachment = {"contentType": kind, "contentUrl": None, "content": card}
    return {"type": "message", "attachments": [attachment]}


def _runs(text: str, **style: Any) -> dict[str, Any]:
    """Return a text that Teams shows as it stands: TextRun reads no Markdown."""
    run = {"type": "TextRun", "text": text.replace("{{", "{\u200b{"), **style}
    return {"type": "RichTextBlock", "inlines": [run]}


def plain(alert: Told, language: str) -> str:
    """Return an alert as plain text, for mail and for the terminal."""
    words = Words.of(language)
    quoted = "\n".join(f"> {line}" for line in alert.quote.split("\n")) if alert.quote else ""
    link = words("The message: {url}", url=alert.url) if alert.url else ""
    parts = (alert.title, quoted, "\n".join(alert.lines), link, alert.caution)
    return "\n\n".join(part for part in parts if part) + "\n"


def html(alert: Told, language: str) -> str:
    """Return an alert as HTML for mail, every text escaped.

    Examples
    --------
    >>> "<script>" in html(Told("T", (), "<script>alert(1)</script>", "", "Maison"), "en")
    False
    """
    from markupsafe import Markup, escape

    words = Words.of(language)
    quote = ""
    if alert.quote:
        inner = Markup("<br>").join(escape(line) for line in alert.quote.split("\n"))
        style = "margin:0 0 16px;padding:8px 16px;border-left:4px solid #888;background:#f6f6f6"
        quote = Markup('<blockquote dir="auto" style="{}">{}</blockquote>').format(style, inner)
    lines = Markup("").join(Markup("<p>{}</p>").format(each) for each in alert.lines if each)
    link = ""
    if alert.url:
        link = Markup('<p><a rel="noopener noreferrer" href="{}">{}</a></p>').format(
            alert.url, words("Open the message")
        )
    caution = Markup("<p><em>{}</em></p>").format(alert.caution) if alert.caution else ""
    page = Markup(
        '<!doctype html><html lang="{}"><meta charset="utf-8">'
        '<body style="font-family:sans-serif;max-width:640px"><h2>{}</h2>{}{}{}{}</body></html>'
    )
    return str(page.format(language, alert.title, quote, lines, link, caution))


def machine(alert: Alert, language: str, brand: str, *, again: bool = False) -> dict[str, Any]:
    """Return an alert for machines: codes and figures, and the sentences beside.

    The message is there whole; characters that JSON cannot carry are left out.
    """
    said = told(alert, language, brand, again=again)
    return {
        "type": f"rapport.{alert.route}",
        "key": alert.key,
        "brand": said.brand,
        "title": said.title,
        "lines": list(said.lines),
        "message": shown(alert.quote, 100_000),
        "url": safe_link(alert.url),
        "value": alert.value,
        "may_be_a_repeat": again,
        "facts": _carried(alert.facts),
    }


def encoded(body: Mapping[str, Any]) -> bytes:
    """Return a body as JSON that any reader takes: ASCII, no lone surrogates, no nan."""
    return json.dumps(_carried(body), ensure_ascii=True, allow_nan=False).encode()


def _carried(value: Any) -> Any:
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, Mapping):
        return {str(_carried(str(key))): _carried(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_carried(item) for item in value]
    return value if value is None or isinstance(value, bool | int) else _carried(str(value))
