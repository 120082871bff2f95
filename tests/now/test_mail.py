"""Alerts by mail, against a real mail server on this machine."""

from __future__ import annotations

import email
import email.policy
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword

from now.test_posting import certificate
from rapport.actions.alerts.addresses import RefusedError, UnreachableError
from rapport.actions.alerts.alert import Alert
from rapport.actions.alerts.posting import Net
from rapport.actions.alerts.sending import Sender
from rapport.results import Said
from rapport.settings_listening import AlertChannel

ALERT = Alert(
    "k1",
    "complaint",
    Said("A complaint on {channel}", {"channel": "forum\r\nBcc: everybody@evil.example"}),
    lines=(Said("By {name}.", {"name": "Ann <b>\r\n.\r\nMAIL FROM:<x@evil.example>"}),),
    quote="<script>alert(1)</script>\n.\nRCPT TO:<y@evil.example>\u202e\x00 Été 😀",
    url="https://forum.example/1?a=1&b=2",
)


@dataclass
class Post:
    """What came, and what is answered."""

    came: list[tuple[list[str], EmailMessage]] = field(default_factory=list)
    answers: list[str] = field(default_factory=list)
    port: int = 0

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        if self.answers:
            return self.answers.pop(0)
        made = email.message_from_bytes(envelope.content, policy=email.policy.default)
        assert isinstance(made, EmailMessage)
        self.came.append((list(envelope.rcpt_tos), made))
        return "250 OK"


@contextmanager
def mail_server(**more: Any) -> Iterator[Post]:
    post = Post()

    class Server(Controller):
        def factory(self) -> SMTP:
            return SMTP(self.handler, **more)

    made = Server(post, hostname="127.0.0.1", port=0)
    made.port = _free_port()
    made.start()
    post.port = made.port
    try:
        yield post
    finally:
        made.stop()


def _free_port() -> int:
    import socket

    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


def sender(port: int, net: Net | None = None, password: str = "word", **more: Any) -> Sender:
    told = {
        "name": "desk", "kind": "email", "host": "127.0.0.1", "port": port, "security": "none",
        "sender": "alerts@maison.example", "to": ["cm@maison.example", "boss@maison.example"],
    } | more  # fmt: skip
    channel = AlertChannel.model_validate(told)
    here = net or Net(["127.0.0.1"], timeout=2)
    return Sender(channel, "fr", "Maison Alizé", here, {"MAIL_PASSWORD": password})


def test_a_mail_says_it_in_text_and_html_and_nothing_in_it_runs() -> None:
    with mail_server() as post:
        sender(post.port).send(ALERT, "key-1")
        sender(post.port).send(ALERT, "key-1", again=True)
    (to, mail), (_, second) = post.came
    assert to == ["cm@maison.example", "boss@maison.example"]
    assert mail["Bcc"] is None
    assert "evil.example" in mail["Subject"]
    assert "\n" not in str(mail["Subject"])
    assert "Maison Alizé" in str(mail["From"])
    assert mail["Message-ID"] == second["Message-ID"] == "<key-1@maison.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    plain = mail.get_body(["plain"])
    html = mail.get_body(["html"])
    assert plain is not None
    assert html is not None
    text, page = plain.get_content(), html.get_content()
    assert "> <script>alert(1)</script>" in text
    assert "Été 😀" in text
    assert "\u202e" not in text
    assert "\x00" not in text
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "Ann &lt;b&gt;" in page
    assert 'href="https://forum.example/1?a=1&amp;b=2"' in page


def test_a_server_that_is_busy_is_asked_later_and_one_that_refuses_is_not() -> None:
    with mail_server() as post:
        post.answers = ["451 later", "554 never"]
        with pytest.raises(UnreachableError, match="451"):
            sender(post.port).send(ALERT, "k")
        with pytest.raises(RefusedError, match="554"):
            sender(post.port).send(ALERT, "k")
    with pytest.raises(UnreachableError):
        sender(post.port).send(ALERT, "k")


def _checks(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and data.password == b"word" and session.ssl is not None
    return AuthResult(success=good, handled=good)


def test_with_starttls_the_password_goes_encrypted_and_certificates_are_checked(
    tmp_path: Path,
) -> None:
    context, trusting = certificate(tmp_path, "mail.example")
    net = Net(["127.0.0.1"], 2, lambda host, port: ["127.0.0.1"], trusting)
    how = {
        "host": "mail.example", "security": "starttls", "user": "maison",
        "password_from": "MAIL_PASSWORD",
    }  # fmt: skip
    with mail_server(tls_context=context, authenticator=_checks) as post:
        sender(post.port, net, **how).send(ALERT, "k")
        with pytest.raises(RefusedError, match="user and password") as caught:
            sender(post.port, net, password="wrong", **how).send(ALERT, "k")
        assert "wrong" not in str(caught.value)
        strict = Net(["127.0.0.1"], 2, net.look, ssl.create_default_context())
        with pytest.raises(UnreachableError, match="certificate"):
            sender(post.port, strict, **how).send(ALERT, "k")
    assert len(post.came) == 1


def test_a_server_without_starttls_gets_nothing() -> None:
    with mail_server() as post:
        with pytest.raises(RefusedError, match="cannot do"):
            sender(post.port, security="starttls").send(ALERT, "k")
        with pytest.raises(RefusedError, match="without encryption"):
            sender(post.port, security="none", user="maison", password_from="MAIL_PASSWORD").send(
                ALERT, "k"
            )
    assert post.came == []


def test_a_private_mail_server_is_refused_unless_it_is_allowed() -> None:
    with mail_server() as post, pytest.raises(RefusedError, match="private address"):
        sender(post.port, Net(timeout=1)).send(ALERT, "k")
    assert post.came == []
