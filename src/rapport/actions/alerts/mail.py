"""An alert as an e-mail, and its way to the mail server that the settings name."""

from __future__ import annotations

import smtplib
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import formatdate

from rapport.actions.alerts import channels
from rapport.actions.alerts.addresses import (
    Place,
    RefusedError,
    UnreachableError,
    connected,
    place,
)
from rapport.actions.alerts.alert import Told, line
from rapport.actions.alerts.posting import Net

PORTS = {"starttls": 587, "ssl": 465, "none": 25}


@dataclass(frozen=True, slots=True)
class MailServer:
    """A mail server, and who asks it to carry mail; the password is never shown."""

    host: str
    port: int
    security: str
    user: str | None
    password: str | None

    def __repr__(self) -> str:
        return f"MailServer({self.host!r}, {self.port}, {self.security!r})"


def message(alert: Told, language: str, sender: str, to: Sequence[str], key: str) -> EmailMessage:
    r"""Return the mail: plain text and HTML, marked as written by a machine (RFC 3834).

    Its Message-ID is made of the key, so that a mail that is sent again is known as the same.

    Examples
    --------
    >>> alert = Told("A complaint\r\nBcc: all@x.example", (), "", "", "Maison")
    >>> made = message(alert, "en", "alerts@maison.example", ["cm@maison.example"], "k1")
    >>> made["Subject"], made["Bcc"], made["Message-ID"]
    ('[Maison] A complaint Bcc: all@x.example', None, '<k1@maison.example>')
    """
    mail = EmailMessage()
    mail["Subject"] = line(f"[{alert.brand}] {alert.title}", 200)
    user, _, domain = sender.rpartition("@")
    mail["From"] = Address(line(f"{alert.brand} – Rapport", 80), user, domain)
    mail["To"] = ", ".join(to)
    mail["Date"] = formatdate(localtime=False)
    mail["Message-ID"] = f"<{key}@{domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail["X-Rapport-Key"] = key
    mail.set_content(channels.plain(alert, language))
    mail.add_alternative(channels.html(alert, language), subtype="html")
    return mail


def send(mail: EmailMessage, server: MailServer, net: Net) -> None:
    """Hand a mail to the server.

    Raises
    ------
    RefusedError
        When the server's address is private and not allowed, or it will never take the mail.
    UnreachableError
        When a later try may succeed.
    """
    where = place(server.host, server.port, net.allowed, net.look)
    if server.security == "none" and server.password:
        raise RefusedError("A password would go without encryption. Use starttls or ssl.")
    try:
        with _opened(where, server, net) as smtp:
            if server.security == "starttls":
                smtp.starttls(context=net.tls())
            if server.user and server.password:
                smtp.login(server.user, server.password)
            refused = smtp.send_message(mail)
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise _said(error, server.host) from None
    if refused:
        raise RefusedError(f"{server.host} took it for some, and refused {len(refused)} of them.")


def _said(error: Exception, host: str) -> Exception:
    """Return what an error means: whether a later try may succeed, and why, without secrets."""
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return RefusedError(f"{host} does not take the user and password.")
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return RefusedError(f"{host} cannot do what is asked of it.")
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        return _refusal(host, min(codes, default=550))
    if isinstance(error, smtplib.SMTPResponseException):
        return _refusal(host, error.smtp_code)
    if isinstance(error, ssl.SSLCertVerificationError):
        return UnreachableError(f"{host}'s certificate: {error.verify_message}.")
    if isinstance(error, TimeoutError):
        return UnreachableError(f"{host} did not answer in time.", maybe=True)
    if isinstance(error, smtplib.SMTPServerDisconnected):
        return UnreachableError(f"{host} cut the connection.", maybe=True)
    why = getattr(error, "strerror", None) or type(error).__name__
    return UnreachableError(f"{host}: {why}.")


def _refusal(host: str, code: int) -> Exception:
    """Return what a code means: from 500 on it will never do (RFC 5321, 4.2.1)."""
    if code >= 500:
        return RefusedError(f"{host} answered {code}.")
    return UnreachableError(f"{host} answered {code}.")


def _opened(where: Place, server: MailServer, net: Net) -> smtplib.SMTP:
    if server.security == "ssl":
        return _Encrypted(where, net)
    return _Plain(where, net)


class _Plain(smtplib.SMTP):
    """A client that connects to the address that was looked at, and to no other."""

    def __init__(self, where: Place, net: Net) -> None:
        self.where, self.net = where, net
        super().__init__(where.host, where.port, timeout=net.timeout)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:  # noqa: ARG002 - the library's signature
        return connected(self.where, timeout)


class _Encrypted(_Plain):
    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        raw = super()._get_socket(host, port, timeout)
        return self.net.tls().wrap_socket(raw, server_hostname=self.where.host)
