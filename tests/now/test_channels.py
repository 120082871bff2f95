"""Whatever somebody writes is shown as text in every channel, and steers none."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.actions.alerts import channels, mail
from rapport.actions.alerts.alert import LONGEST, Alert, Told, safe_link, told
from rapport.results import Said

HOSTILE = [
    "<script>alert(1)</script><img src=x onerror=alert(1)>",
    "<!channel> <!here> <@U123> <https://evil.example|your bank> *bold* `code`",
    "[your bank](https://evil.example) **bold** {{DATE(2017-02-14T06:08:39Z,SHORT)}} <at>all</at>",
    '=HYPERLINK("https://evil.example")',
    "\u202egnp.exe\u202c \u2066hidden\u2069",
    "a\x00b\x1b[2Jc\r\nBcc: all@evil.example",
    "\ud800 lone \udfff",
    "]]></quote>--></style>",
    "{name} {0} %s %(a)s ${x}",
    "",
]
LONG = "x" * 1_000_000
texts = st.one_of(st.sampled_from(HOSTILE), st.text(max_size=300))


def an_alert(text: str, url: str = "https://forum.example/1") -> Alert:
    return Alert(
        "k",
        "complaint",
        Said("A complaint on {channel}", {"channel": text[:200]}),
        lines=(Said("By {name}.", {"name": text[:200]}),),
        quote=text,
        url=url,
        facts={"words": [text[:50]], "value": float("nan")},
    )


def said(text: str) -> Told:
    return told(an_alert(text), "en", f"Maison {text[:20]}")


class _Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.attributes |= {name for name, _ in attrs}


@given(texts)
def test_html_holds_no_tag_of_theirs(text: str) -> None:
    read = _Tags()
    read.feed(channels.html(said(text), "en"))
    assert read.tags <= {"html", "meta", "body", "h2", "blockquote", "br", "p", "a", "em"}
    assert read.attributes <= {"lang", "charset", "style", "dir", "rel", "href"}


@given(texts)
def test_slack_reads_no_markup_in_it(text: str) -> None:
    body = channels.slack(said(text), "en")
    kinds = {each["type"] for each in _inside(body)}
    assert kinds <= {
        "header", "plain_text", "rich_text", "rich_text_quote", "rich_text_section", "text", "link",
    }  # fmt: skip
    assert "mrkdwn" not in json.dumps(body)
    assert not re.search(r"[<>]", body["text"])
    assert len(body["blocks"][0]["text"]["text"]) <= 150
    links = [each["url"] for each in _inside(body) if each["type"] == "link"]
    assert links == ["https://forum.example/1"]


@given(texts)
def test_teams_reads_no_markup_in_it(text: str) -> None:
    body = channels.teams(said(text), "en")
    assert body["type"] == "message"
    kinds = {each["type"] for each in _inside(body)}
    assert kinds <= {
        "message", "AdaptiveCard", "RichTextBlock", "TextRun", "Container", "Action.OpenUrl",
    }  # fmt: skip
    assert "{{" not in json.dumps(body)
    assert len(channels.encoded(body)) < 28_000


def test_a_megabyte_is_cut_for_people_and_machines() -> None:
    made = an_alert(LONG)
    assert len(channels.encoded(channels.teams(said(LONG), "en"))) < 28_000
    machine = json.loads(channels.encoded(channels.machine(made, "en", "Maison")))
    assert len(machine["message"]) <= 100_001
    assert len(
        mail.message(said(LONG), "en", "a@maison.example", ["b@c.example"], "k").as_bytes()
    ) < (100_000)


@given(texts)
def test_machines_get_json_that_every_reader_takes(text: str) -> None:
    content = channels.encoded(channels.machine(an_alert(text), "en", "Maison"))
    read = json.loads(content, parse_constant=_no_constant)
    assert content.isascii()
    assert read["facts"]["value"] is None
    read["message"].encode()


@given(texts)
def test_mail_has_no_header_of_theirs(text: str) -> None:
    made = mail.message(said(text), "en", "alerts@maison.example", ["cm@maison.example"], "k")
    content = made.as_bytes()
    head = content.split(b"\n\n")[0]
    names = {line.partition(b":")[0] for line in head.splitlines() if not line.startswith(b" ")}
    assert names == {
        b"Subject", b"From", b"To", b"Date", b"Message-ID", b"Auto-Submitted", b"X-Rapport-Key",
        b"MIME-Version", b"Content-Type",
    }  # fmt: skip
    assert len(content) < 40_000


@given(texts)
def test_what_is_shown_has_no_controls_and_an_end(text: str) -> None:
    shown = said(text)
    for each in (shown.title, *shown.lines, shown.quote):
        assert len(each) <= LONGEST + 1
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", each)
        each.encode()
    assert "\n" not in shown.title


def test_what_they_wrote_is_there_word_for_word() -> None:
    text = "C’est <cassé> & *nul* 👩‍🍳\nje veux un remboursement"
    body = channels.slack(said(text), "en")
    assert body["blocks"][1]["elements"][0]["elements"][0]["text"] == text
    card = channels.teams(said(text), "en")["attachments"][0]["content"]
    assert card["body"][1]["items"][0]["inlines"][0]["text"] == text
    assert channels.machine(an_alert(text), "en", "M")["message"] == text


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)", "data:text/html,x", "https://a.example/\r\nX: y", "//a.example",
        "https://a.example/)|<!channel>", "file:///etc/passwd", "https://", "http://[::1",
        "x" * 3000, "https://a.example/\u202e",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_not_linked(url: str) -> None:
    assert safe_link(url) == ""
    body = channels.slack(told(an_alert("x", url), "en", "M"), "en")
    assert "link" not in {each["type"] for each in _inside(body)}


def _inside(value: Any) -> list[dict[str, Any]]:
    found = []
    if isinstance(value, dict):
        found += [value] if "type" in value else []
        for each in value.values():
            found += _inside(each)
    elif isinstance(value, list):
        for each in value:
            found += _inside(each)
    return found


def _no_constant(name: str) -> None:
    raise AssertionError(name)
