"""What may stand under `[listening]` and `[[alerts]]`: what is watched, and who is told."""

from __future__ import annotations

import ipaddress
import re
from typing import Annotated, Literal
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

Route = Literal[
    "crisis", "complaint", "sales", "product", "question", "review", "waiting", "praise"
]
ROUTES: tuple[Route, ...] = (
    "crisis",
    "complaint",
    "sales",
    "product",
    "question",
    "review",
    "waiting",
    "praise",
)

Chance = Annotated[float, Field(gt=0.0, le=1.0)]
_VARIABLE = re.compile(r"^[A-Za-z_][A-Za-z0-9_]*$")
_MAIL = re.compile(r"^[^\s@<>,;:\"\\]+@[^\s@<>,;:\"\\]+$")


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


class Pulling(_Strict):
    """A network that is asked again and again."""

    network: Literal["bluesky", "mastodon"]
    handle: Annotated[str, Field(min_length=1, max_length=300)]
    server: str | None = None
    every: Annotated[float, Field(ge=1.0)] = Field(default=30.0, description="seconds")


class Listening(_Strict):
    """What `rapport listen` watches, and from when on somebody is told."""

    model: Annotated[str, Field(min_length=1)] = Field(
        default="small",
        description="who reads messages: small, embed, transformers:NAME, or a path",
    )
    folder: Annotated[str, Field(min_length=1)] = Field(
        default="inbox", description="where files are dropped; in the workspace unless a whole path"
    )
    pull: list[Pulling] = Field(default=[], description="networks that are asked")
    oldest_hours: Annotated[float, Field(gt=0)] = Field(
        default=72.0, description="nobody is told of what was said longer ago"
    )
    complaint: Chance = Field(default=0.6, description="from this probability on, to service")
    sales: Chance = Field(default=0.6, description="a wish to buy: to sales")
    product: Chance = Field(default=0.6, description="a suggestion: to product")
    question: Chance = Field(default=0.7, description="a question: to service")
    irony: Chance = Field(default=0.5, description="possible irony: a person should look first")
    false_alarms: Annotated[float, Field(gt=0, le=100)] = Field(
        default=0.5, description="alarms that are none, a month, that are put up with"
    )
    cost_per_thousand: Annotated[float, Field(gt=0)] | None = Field(
        default=None,
        description="what you pay for a thousand contacts: shows earned media beside, as a count",
    )
    waiting_hours: Annotated[list[Annotated[float, Field(gt=0)]], Field(max_length=20)] = Field(
        default=[4.0, 24.0], description="a complaint without an answer is told again after these"
    )
    allow: list[str] = Field(
        default=[], description="private addresses that alerts may go to: a host or a network"
    )
    per_minute: Annotated[int, Field(ge=1, le=600)] = Field(
        default=10, description="of more alerts than this, a channel gets one digest"
    )
    attempts: Annotated[int, Field(ge=1, le=30)] = Field(
        default=8, description="before an alert is given up and kept as undelivered"
    )
    timeout: Annotated[float, Field(gt=0, le=120)] = Field(default=10.0, description="seconds")

    @field_validator("waiting_hours")
    @classmethod
    def _rising(cls, hours: list[float]) -> list[float]:
        return sorted(set(hours))

    @field_validator("allow")
    @classmethod
    def _hosts(cls, allowed: list[str]) -> list[str]:
        for each in allowed:
            if "/" not in each and re.fullmatch(r"[\w.\-:]+", each):
                continue
            try:
                ipaddress.ip_network(each)
            except ValueError:
                msg = f"'{each}' is neither a host nor a network such as 10.1.0.0/16"
                raise ValueError(msg) from None
        return allowed


class AlertChannel(_Strict):
    """One place where alerts go."""

    name: Annotated[str, Field(pattern=r"^[\w\-]{1,40}$")]
    kind: Literal["email", "slack", "teams", "url"]
    routes: Annotated[list[Route], Field(min_length=1)] = Field(
        default=list(ROUTES), description="what it is told of"
    )
    language: Literal["en", "fr"] | None = Field(
        default=None, description="the first of `languages` when not given"
    )
    least_value: Annotated[float, Field(ge=0)] = Field(
        default=0.0, description="complaints with less at stake are not told here"
    )
    url: str | None = Field(default=None, description="of kind url, when it holds no secret")
    url_from: str | None = Field(
        default=None, description="the environment variable that holds the address"
    )
    secret_from: str | None = Field(
        default=None, description="the environment variable with the secret that signs"
    )
    host: str | None = Field(default=None, description="of the mail server")
    port: Annotated[int, Field(ge=1, le=65535)] | None = None
    security: Literal["starttls", "ssl", "none"] = "starttls"
    user: str | None = None
    password_from: str | None = Field(
        default=None, description="the environment variable with the password"
    )
    sender: str | None = Field(default=None, description="the address that mail comes from")
    to: list[str] = Field(default=[], description="the addresses that mail goes to")

    @field_validator("url_from", "secret_from", "password_from")
    @classmethod
    def _variable(cls, name: str | None) -> str | None:
        if name is not None and not _VARIABLE.match(name):
            msg = "What ends in _from names an environment variable, such as RAPPORT_SLACK_URL"
            raise ValueError(msg)
        return name

    @field_validator("url")
    @classmethod
    def _address(cls, url: str | None) -> str | None:
        if url is None:
            return None
        parts = urlsplit(url)
        if parts.scheme not in {"http", "https"} or not parts.hostname or "@" in parts.netloc:
            msg = "url is an address such as https://crm.example/hook, without user or password"
            raise ValueError(msg)
        return url

    @model_validator(mode="after")
    def _complete(self) -> AlertChannel:
        wrong = _missing(self)
        if wrong:
            raise ValueError(f"{self.name}: {' '.join(wrong)}")
        return self


def _missing(channel: AlertChannel) -> list[str]:
    if channel.kind == "email":
        wrong = [f"'{n}' is missing." for n in ("host", "sender") if not getattr(channel, n)]
        wrong += [] if channel.to else ["'to' is missing."]
        addresses = [*channel.to, *([channel.sender] if channel.sender else [])]
        wrong += [f"'{each}' is not an address." for each in addresses if not _MAIL.match(each)]
        if bool(channel.user) != bool(channel.password_from):
            wrong.append("'user' and 'password_from' go together.")
        return wrong
    if channel.kind in {"slack", "teams"}:
        wrong = [] if channel.url_from else ["'url_from' is missing: the address is a secret."]
        return wrong + (["'url' would show the secret: use 'url_from'."] if channel.url else [])
    if bool(channel.url) == bool(channel.url_from):
        return ["Give 'url' or 'url_from', one of them."]
    return []
