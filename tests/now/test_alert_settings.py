"""Faults of `[listening]` and `[[alerts]]` are told at once, each with its line; no secret is."""

from __future__ import annotations

import pytest

from rapport.errors import Problem
from rapport.settings import parse_settings

GOOD = """brand = "Maison"
[listening]
allow = ["10.0.0.0/8", "mail.intern", "::1"]
waiting_hours = [24, 4, 4]
pull = [{ network = "mastodon", handle = "@a@b.example" }]
[[alerts]]
name = "service"
kind = "slack"
url_from = "SLACK_URL"
[[alerts]]
name = "crm"
kind = "url"
url = "https://crm.example/hook"
routes = ["sales"]
"""


def faults(text: str) -> str:
    with pytest.raises(Problem) as caught:
        parse_settings(text)
    return "\n".join(str(fault) for fault in caught.value.faults)


def test_what_is_right_is_read() -> None:
    settings = parse_settings(GOOD)
    assert [channel.name for channel in settings.alerts] == ["service", "crm"]
    assert settings.listening.waiting_hours == [4.0, 24.0]
    assert settings.alerts[0].routes == [
        "crisis", "complaint", "sales", "product", "question", "review", "waiting", "praise",
    ]  # fmt: skip


def test_faults_of_a_list_of_tables_name_the_line_of_their_own_entry() -> None:
    told = faults(
        GOOD + '[[alerts]]\nname = "x y"\nkind = "slak"\n'
        '[[alerts]]\nname = "desk"\nkind = "email"\nhots = "a"\nroutes = ["sale"]\n'
    )
    assert "line 16: alerts.2.name" in told
    assert "line 17: alerts.2.kind cannot be 'slak'. Did you mean slack?" in told
    assert "line 21: There is no setting 'alerts.3.hots'. Did you mean host?" in told
    assert "line 22: alerts.3.routes.0 cannot be 'sale'. Did you mean sales?" in told


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ('[[alerts]]\nname = "a"\nkind = "slack"', "a: 'url_from' is missing"),
        ('[[alerts]]\nname = "a"\nkind = "url"', "Give 'url' or 'url_from'"),
        ('[[alerts]]\nname = "a"\nkind = "url"\nurl = "ftp://x"', "https://crm.example/hook"),
        ('[[alerts]]\nname = "a"\nkind = "email"', "'host' is missing. 'sender' is missing. 'to'"),
        (
            '[[alerts]]\nname = "a"\nkind = "email"\nhost = "h"\nsender = "a@b.c\\r\\nBcc: x@y.z"\n'
            'to = ["x"]\nuser = "u"',
            "'x' is not an address.",
        ),
        ('[[alerts]]\nname="a"\nkind="url"\nurl="https://a.b"\n' * 2, "two alerts are called a"),
        ('[listening]\nallow = ["10.0.0.0/99"]', "neither a host nor a network"),
        ("[listening]\ncomplaint = 1.5", "listening.complaint"),
        ('[listening]\npull = [{ network = "x", handle = "a" }]', "Allowed: bluesky, mastodon"),
    ],
)
def test_faults_say_what_is_wrong(text: str, says: str) -> None:
    assert says in faults(f'brand = "Maison"\n{text}\n')


@pytest.mark.parametrize("name", ["url_from", "secret_from", "password_from"])
def test_a_secret_that_was_pasted_where_its_name_belongs_is_not_repeated(name: str) -> None:
    text = f'brand = "M"\n[[alerts]]\nname = "a"\nkind = "slack"\n{name} = "https://x/SECRET-1"\n'
    told = faults(text)
    assert "environment variable" in told
    assert "SECRET" not in told
