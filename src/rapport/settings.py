"""What may stand in rapport.toml: every setting with its type, range and meaning."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from collections.abc import Mapping as MappingType
from pathlib import Path
from typing import Annotated, Any, Literal
from zoneinfo import available_timezones

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator, model_validator

from rapport.errors import Fault, Problem, nearest
from rapport.settings_costs import Costs, Worker
from rapport.settings_engagement import Engagement
from rapport.settings_listening import AlertChannel, Listening
from rapport.settings_service import Service

Share = Annotated[float, Field(ge=0.0, le=1.0)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, strict=False)


MappedTable = Literal[
    "purchase",
    "purchase_line",
    "account",
    "activity",
    "answer",
    "audience",
    "event",
    "lead",
    "sales",
    "spend",
    "ticket",
    "visit",
]


class FileMapping(_Strict):
    """How the columns of one kind of file become columns of the record."""

    files: str = Field(description="which files: a name with * and ?, such as 'shop_*.csv'")
    table: MappedTable = "purchase"
    columns: dict[str, str] = Field(description="column of the record = column of the file")
    confirmed: bool = Field(default=False, description="false until a person has looked at it")
    header_row: int = Field(default=1, ge=0, description="the row of the names; 0 when none")
    dates: Literal["iso", "day-first", "month-first", "year-first", "compact", "excel"] | None = (
        None
    )
    decimal: Literal[".", ","] | None = None
    currency: Currency | None = None
    time_zone: str | None = None
    channel: str | None = None
    values: dict[str, str] = Field(
        default={}, description="column of the record = what holds for every row"
    )
    return_prefix: str | None = Field(
        default=None, description="what the number of a return or cancellation begins with"
    )


class SourceSettings(_Strict):
    """What is known of one source beyond what its files say."""

    time_zone: str | None = Field(
        default=None, description="the zone its times are in, when they name none"
    )
    dates: Literal["iso", "day-first", "month-first", "year-first", "compact", "excel"] | None = (
        None
    )
    decimal: Literal[".", ","] | None = None
    currency: Currency | None = Field(default=None, description="of amounts that name none")
    orders: bool | None = Field(
        default=None, description="whether its purchases count beside those of other sources"
    )

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str | None) -> str | None:
        return known_zone(zone) if zone else None


def known_zone(zone: str) -> str:
    """Return a time zone as it is; raises ValueError, with the nearest, for one there is not."""
    if zone not in available_timezones():
        msg = f"'{zone}' is not a time zone. {nearest(zone, sorted(available_timezones()))}"
        raise ValueError(msg)
    return zone


class Value(_Strict):
    """What is needed to say what customers are worth."""

    margin: Share | None = Field(
        default=None, description="share of revenue kept after cost of goods"
    )
    discount_rate: Annotated[float, Field(ge=0.0, lt=1.0)] = Field(
        default=0.10, description="yearly rate at which later money counts for less"
    )
    horizon_months: Annotated[int, Field(ge=1, le=120)] = 36
    contract: bool = Field(default=False, description="true for subscriptions")
    dormant_days: Annotated[int, Field(ge=1)] | None = None


class People(_Strict):
    """How people are kept safe, and who is no customer."""

    hash_identifiers: bool = Field(
        default=False, description="store e-mails, phones and names as keyed hashes only"
    )
    smallest_group: Annotated[int, Field(ge=2)] = 10
    merge_above: Annotated[float, Field(gt=0.0, le=1.0)] = Field(
        default=0.80, description="accounts are one person from this probability on"
    )
    weak_under: Annotated[float, Field(ge=0.0, le=1.0)] = Field(
        default=0.95, description="a link less likely than this is weak"
    )
    most_accounts: Annotated[int, Field(ge=2)] = Field(
        default=40, description="a person of more accounts is questioned, not merged"
    )
    most_bearers: Annotated[int, Field(ge=2)] = Field(
        default=25, description="a value that more accounts bear says nothing of who they are"
    )
    employees: list[str] = Field(
        default=[], description="e-mails, handles, phones, account ids or source:account_id"
    )
    employee_file: str | None = Field(
        default=None, description="a file in the workspace with one of these a line or cell"
    )
    employees_agreed: bool = Field(
        default=False, description="employees agreed that their public words are counted together"
    )
    employee_domains: list[str] = Field(
        default=[], description="e-mail domains of the firm, such as maison-alize.fr"
    )
    brand_accounts: list[str] = Field(default=[], description="the brand's own, beyond the record")
    resellers: list[str] = Field(default=[], description="who buys to sell on")


class Settings(_Strict):
    """All of rapport.toml."""

    brand: Annotated[str, Field(min_length=1, max_length=200)]
    currency: Currency = "EUR"
    time_zone: str = "Europe/Paris"
    languages: Annotated[list[Literal["en", "fr"]], Field(min_length=1)] = ["en"]
    engine: Annotated[str, Field(pattern=r"^(duckdb|spark|sc://\S+)$")] = "duckdb"
    memory: Annotated[str, Field(pattern=r"^\d+(\.\d+)?\s?(MB|GB)$")] = "4GB"
    today: dt.date | None = Field(
        default=None, description="the last day that counts; the newest fact when not given"
    )
    value: Value = Value()
    people: People = People()
    exchange_rates: dict[Currency, Annotated[float, Field(gt=0)]] = Field(
        default={}, description="one unit of that currency in the brand's currency"
    )
    sources: dict[str, SourceSettings] = Field(
        default={}, description="what is known of a source beyond what its files say"
    )
    mappings: dict[str, FileMapping] = {}
    listening: Listening = Listening()
    service: Service = Service()
    costs: Costs = Costs()
    engagement: Engagement = Engagement()
    alerts: list[AlertChannel] = Field(default=[], description="where `rapport listen` tells")

    @property
    def memory_gb(self) -> float:
        """What the engine on this machine may use, in gigabytes."""
        number, unit = self.memory[:-2], self.memory[-2:]
        return float(number) / (1.0 if unit == "GB" else 1000.0)

    @field_validator("alerts")
    @classmethod
    def _own_names(cls, alerts: list[AlertChannel]) -> list[AlertChannel]:
        names = [channel.name for channel in alerts]
        if twice := sorted({name for name in names if names.count(name) > 1}):
            msg = f"two alerts are called {', '.join(twice)}"
            raise ValueError(msg)
        return alerts

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        return known_zone(zone)

    @model_validator(mode="after")
    def _no_rate_for_itself(self) -> Settings:
        if self.currency in self.exchange_rates:
            msg = f"exchange_rates names {self.currency}, which is the brand's own currency"
            raise ValueError(msg)
        return self


def read_settings(path: Path) -> Settings:
    """Read rapport.toml whole, or raise one Problem that lists every fault with its line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        fault = Fault("It is not UTF-8 text.", path.name, "Save it again as UTF-8.")
        raise Problem("The settings could not be read.", [fault]) from error
    return parse_settings(text, path.name)


def parse_settings(text: str, name: str = "rapport.toml") -> Settings:
    r"""Return the settings that a TOML text holds; see `read_settings`.

    Examples
    --------
    >>> parse_settings('brand = "Maison"').currency
    'EUR'
    >>> parse_settings('brand = "Maison"\ncurency = "EUR"')
    Traceback (most recent call last):
    rapport.errors.Problem: The settings have 1 fault.
      - rapport.toml, line 2: There is no setting 'curency'. Did you mean currency?
    """
    try:
        raw = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        where, what = _place_of_toml_error(str(error), name)
        hint = "Texts stand in quotes, one setting a line."
        raise Problem("The settings could not be read.", [Fault(what, where, hint)]) from error
    try:
        return Settings.model_validate(raw)
    except ValidationError as error:
        lines = _lines_of_keys(text)
        details = sorted(error.errors(), key=lambda detail: _line(detail["loc"], lines) or 0)
        faults = [_fault(detail, lines, name) for detail in details]
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        raise Problem(f"The settings have {count}.", faults) from None


def _place_of_toml_error(message: str, name: str) -> tuple[str, str]:
    found = re.search(r"^(.*?) \(at line (\d+), column (\d+)\)$", message)
    if found:
        return f"{name}, line {found[2]}, column {found[3]}", f"{found[1]}."
    return name, f"{message}."


_HEADER = re.compile(r"^\s*\[\[?\s*([^\]]+?)\s*\]\]?")
_KEY = re.compile(r"""^\s*("[^"]*"|'[^']*'|[\w\-.]+)\s*=""")


def _parts(dotted: str) -> tuple[str, ...]:
    found = re.findall(r""""([^"]*)"|'([^']*)'|([\w\-]+)""", dotted)
    return tuple(next(part for part in parts if part) for parts in found if any(parts))


def _lines_of_keys(text: str) -> dict[tuple[str, ...], int]:
    """Return the line of each section and key, counted from one."""
    lines: dict[tuple[str, ...], int] = {}
    section: tuple[str, ...] = ()
    tables: dict[tuple[str, ...], int] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if header := _HEADER.match(line):
            section = _parts(header[1])
            lines.setdefault(section, number)
            if line.lstrip().startswith("[["):
                tables[section] = tables.get(section, -1) + 1
                section = (*section, str(tables[section]))
                lines.setdefault(section, number)
        elif key := _KEY.match(line):
            lines.setdefault((*section, *_parts(key[1])), number)
    return lines


def _path(place: tuple[int | str, ...]) -> tuple[str, ...]:
    return tuple(str(part) for part in place if part != "[key]")


def _line(place: tuple[int | str, ...], lines: dict[tuple[str, ...], int]) -> int | None:
    path = _path(place)
    return next((lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in lines), None)


def _fault(detail: MappingType[str, Any], lines: dict[tuple[str, ...], int], name: str) -> Fault:
    path = _path(detail["loc"])
    line = _line(detail["loc"], lines)
    where = f"{name}, line {line}" if line else name
    key = ".".join(path)
    kind = str(detail["type"])
    if kind == "extra_forbidden":
        return Fault(f"There is no setting '{key}'.", where, nearest(path[-1], _allowed(path)))
    if kind == "missing":
        return Fault(f"'{key}' is missing.", where, f"Add {path[-1]} = …")
    if kind == "literal_error":
        expected = re.findall(r"'([^']*)'", str(detail["ctx"]["expected"]))
        hint = nearest(str(detail["input"]), expected)
        return Fault(f"{key} cannot be '{detail['input']}'.", where, hint)
    if kind == "value_error":
        said = str(detail["ctx"]["error"])
        return Fault(said if said.endswith((".", "?")) else f"{said}.", where)
    if kind == "string_pattern_mismatch" and path[0] in {"currency", "exchange_rates", "mappings"}:
        hint = "A currency is three capital letters, such as EUR."
        return Fault(f"{key} cannot be '{detail['input']}'.", where, hint)
    if kind == "string_pattern_mismatch" and key == "engine":
        hint = "Allowed: duckdb, spark, or the address of a Spark Connect server, sc://host:port."
        return Fault(f"engine cannot be '{detail['input']}'.", where, hint)
    given = repr(detail["input"])
    shown = given if len(given) <= 100 else f"{given[:100]}…"
    return Fault(f"{key}: {detail['msg']}, not {shown}.", where)


# Sections whose names the user chooses.
_FREE: dict[str, type[BaseModel]] = {
    "mappings": FileMapping,
    "sources": SourceSettings,
    "alerts": AlertChannel,
    "costs": Worker,
}


def _allowed(path: tuple[str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in path[:-1]:
        field = model.model_fields.get(part)
        if field is None:
            return list(_FREE.get(path[0], FileMapping).model_fields)
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            model = inner
        else:
            return list(_FREE.get(path[0], FileMapping).model_fields)
    return list(model.model_fields)
