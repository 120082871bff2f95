"""Who is kept apart from customers and prospects: the brand, its employees, its resellers."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from rapport.errors import Fault, Problem
from rapport.people.kinds import KINDS
from rapport.people.relation_roles import Listed, roles
from rapport.record.frames import Frame
from rapport.record.privacy import hash_account, hash_identifier, normal
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context
from rapport.steps.linked import links_of

_LARGEST = 20_000_000


def set_apart(context: Context) -> StepResult:
    """Write the people who are no customers; later steps count them in lines of their own."""
    people = context.settings.people
    hashes = people.hash_identifiers
    listed = Listed(
        brand=_values(people.brand_accounts, context),
        employees=_values([*people.employees, *_in_file(context)], context),
        resellers=_values(people.resellers, context),
        domains=() if hashes else [d.strip().lstrip("@") for d in people.employee_domains],
    )
    links = context.engine.cache(links_of(context))
    found = roles(context.facts("account"), context.facts("identifier"), links, listed)
    tables = {"roles": context.write("roles", found)}
    untold = (_hashed(),) if hashes and people.employee_domains else ()
    return StepResult(tables=tables, untold=untold)


def employee_file(context: Context) -> Path | None:
    """Return where the list of employees lies; None where the settings name none."""
    name = context.settings.people.employee_file
    return context.record.root.parent / name if name else None


def _in_file(context: Context) -> list[str]:
    """Return every cell of the list of employees."""
    path = employee_file(context)
    if path is None:
        return []
    where = f"people.employee_file in rapport.toml: {path.name}"
    try:
        if path.stat().st_size > _LARGEST:
            fault = Fault("It is larger than 20 MB.", where, "Give a plain list, one a line.")
            raise Problem("The list of employees was not read.", [fault])
        text = path.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        hint = "Give a text file (UTF-8) in the workspace, one e-mail, handle or account id a line."
        fault = Fault("It cannot be read.", where, hint)
        raise Problem("The list of employees was not read.", [fault]) from error
    cells = text.replace(";", "\n").replace(",", "\n").replace("\t", "\n").splitlines()
    return [cell.strip().strip('"') for cell in cells if cell.strip().strip('"')]


def _values(told: Sequence[str], context: Context) -> list[str]:
    """Return each value in every form in which the record may hold it."""
    forms: set[str] = set()
    key = context.record.rules.key
    for value in told:
        bare = value.strip()
        if not bare:
            continue
        forms |= {bare, normal(bare), normal(bare).removeprefix("@")}
        if context.settings.people.hash_identifiers:
            source, colon, account = bare.partition(":")
            forms |= {hash_account(key, bare), f"{source}{colon}{hash_account(key, account)}"}
            plain = bare.removeprefix("@")
            forms |= {hash_identifier(key, kind, plain) for kind in KINDS}
    return sorted(forms)


def _hashed() -> Untold:
    return Untold(
        Said("Who is an employee, by e-mail domain?"),
        Said("E-mails are stored as hashes, which show no domain."),
        Said("List employees by e-mail in people.employee_file."),
    )


def apart(context: Context) -> Frame | None:
    """Return person_id and role of those kept apart; None before the step ran."""
    return context.result("roles") if "roles" in context.results.tables else None
