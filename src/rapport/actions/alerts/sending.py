"""One alert to one channel, as the settings describe the channel."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rapport.actions.alerts import channels, mail, signing
from rapport.actions.alerts.addresses import UnreachableError
from rapport.actions.alerts.alert import Alert, Told, told
from rapport.actions.alerts.posting import Net, post
from rapport.errors import Fault, Problem
from rapport.settings import Settings
from rapport.settings_listening import AlertChannel


@dataclass(frozen=True)
class Sender:
    """Sends alerts to one channel.

    Parameters
    ----------
    channel
        The place, as rapport.toml names it.
    language, brand
        In which language, for whom.
    net
        How the net is used.
    variables
        The environment, which holds the secrets.
    """

    channel: AlertChannel
    language: str
    brand: str
    net: Net
    variables: Mapping[str, str]

    def send(self, alert: Alert, key: str, *, again: bool = False) -> None:
        """Send an alert under its key; raises RefusedError or UnreachableError."""
        said = told(alert, self.language, self.brand, again=again)
        if self.channel.kind == "email":
            self._mail(said, key)
            return
        url = self.channel.url or self._secret(self.channel.url_from)
        if self.channel.kind == "slack":
            body = channels.encoded(channels.slack(said, self.language))
        elif self.channel.kind == "teams":
            body = channels.encoded(channels.teams(said, self.language))
        else:
            made = channels.machine(alert, self.language, self.brand, again=again)
            body = channels.encoded(made)
        secret = self._secret(self.channel.secret_from) if self.channel.secret_from else None
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "rapport",
            "Connection": "close",
            **signing.headers(secret, key, int(time.time()), body),
        }
        post(url, body, headers, self.net)

    def _mail(self, said: Told, key: str) -> None:
        at = self.channel
        sender = str(at.sender)
        made = mail.message(said, self.language, sender, at.to, key)
        password = self._secret(at.password_from) if at.password_from else None
        port = at.port or mail.PORTS[at.security]
        server = mail.MailServer(str(at.host), port, at.security, at.user, password)
        mail.send(made, server, self.net)

    def _secret(self, name: str | None) -> str:
        value = self.variables.get(name or "", "").strip()
        if not value:
            raise UnreachableError(f"The environment variable {name} is not set.")
        return value


def senders(
    settings: Settings, net: Net | None = None, variables: Mapping[str, str] | None = None
) -> dict[str, Sender]:
    """Return the sender of each channel, by name."""
    known = os.environ if variables is None else variables
    used = net or Net(settings.listening.allow, settings.listening.timeout)
    return {
        channel.name: Sender(
            channel, channel.language or settings.languages[0], settings.brand, used, known
        )
        for channel in settings.alerts
    }


def refuse_without_secrets(made: Mapping[str, Sender], only: Sequence[str] = ()) -> None:
    """Raise Problem when a secret that a channel needs is not there, all at once."""
    faults = []
    for name, sender in made.items():
        if only and name not in only:
            continue
        at = sender.channel
        for variable in (at.url_from, at.secret_from, at.password_from):
            if variable and not sender.variables.get(variable, "").strip():
                what = f"The environment variable {variable} is not set."
                faults.append(Fault(what, f"[[alerts]] {name}", f"Set {variable} and start again."))
    if faults:
        raise Problem("Nobody could be told.", faults)
