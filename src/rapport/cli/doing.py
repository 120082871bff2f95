"""Commands on what to do next."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rapport.cli.app import AsJson, Speak, Where, Yes, answer, app, workspace_at

# What a list can be written for.
For = StrEnum(
    "For",
    {"CRM": "crm", "META": "meta", "GOOGLE": "google", "LINKEDIN": "linkedin", "TIKTOK": "tiktok"},
)
_CRM = For("crm")


@app.command()
def audience(
    name: Annotated[
        str | None, typer.Argument(help="A play, or a result table of people; else list them.")
    ] = None,
    hold_out: Annotated[
        str, typer.Option("--hold-out", help="The part kept back by lot: 10% or 0.1.")
    ] = "10%",
    to: Annotated[
        For, typer.Option("--for", help="A CRM, or a network: hashed as it asks.")
    ] = _CRM,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write it.")] = None,
    most: Annotated[int | None, typer.Option(min=1, help="Only so many, the first.")] = None,
    on: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="The day it is for; else today.")
    ] = None,
    window: Annotated[
        int, typer.Option(min=1, max=730, help="Days after it in which effects count.")
    ] = 90,
    cost: Annotated[
        float | None, typer.Option(min=0.0, help="What reaching one person costs.")
    ] = None,
    yes: Yes = False,
    workspace: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Write a list of people, and keep a part of them back to see whether it works."""
    from rapport.commands.audience import Wish
    from rapport.commands.audience import audience as job

    wish = Wish(hold_out, to.value, out, most, on.date() if on else None, window, cost, yes=yes)
    answer(lambda t: job(t, workspace_at(workspace), name, wish), as_json, language)
