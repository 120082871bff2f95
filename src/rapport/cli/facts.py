"""Commands that bring facts in, and take them back."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rapport.cli.app import AsJson, Language, Limit, Speak, Where, Yes, answer, app, workspace_at

# What to do with a file that shares some orders with its earlier version.
Overlap = StrEnum("Overlap", {"ASK": "ask", "REPLACE": "replace", "KEEP": "keep"})


class Network(StrEnum):
    """Networks that can be asked what is new."""

    BLUESKY = "bluesky"
    MASTODON = "mastodon"


@app.command()
def new(
    name: Annotated[Path, typer.Argument(help="The folder to make; its name is the brand.")],
    brand: Annotated[
        str | None, typer.Option(help="The brand, when not the folder's name.")
    ] = None,
    currency: Annotated[str, typer.Option(help="Three letters, such as EUR.")] = "EUR",
    time_zone: Annotated[str, typer.Option(help="Such as Europe/Paris.")] = "Europe/Paris",
    language: Annotated[Language, typer.Option(help="Language of the letter.")] = Language.EN,
    as_json: AsJson = False,
) -> None:
    """Make a folder for a brand."""
    from rapport.commands.setting_up import new as job

    answer(lambda t: job(t, name, brand, currency, time_zone, language.value), as_json, language)


@app.command()
def sources(
    name: Annotated[str | None, typer.Argument(help="One of them, to see all about it.")] = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """List the systems whose files can be read."""
    from rapport.commands.sources import sources as job

    answer(lambda t: job(t, name), as_json, language)


@app.command()
def add(
    files: Annotated[list[str], typer.Argument(help="Files, folders or web addresses to load.")],
    yes: Yes = False,
    overlap: Annotated[
        Overlap, typer.Option(help="For a file that shares orders with its earlier version.")
    ] = Overlap.ASK,
    workspace: Where = None,
    as_json: AsJson = False,
) -> None:
    """Load files; asks before it trusts a guess."""
    from rapport.commands.loading import add_all as job

    answer(
        lambda t: job(t, workspace_at(workspace), files, yes=yes, overlap=overlap.value), as_json
    )


@app.command()
def pull(
    network: Annotated[Network, typer.Argument(help="bluesky or mastodon.")],
    handle: Annotated[str, typer.Argument(help="The brand's account there.")],
    server: Annotated[
        str | None, typer.Option(help="Its server, where the handle does not tell.")
    ] = None,
    since: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], help="Leave out what is older.")
    ] = None,
    watch: Annotated[
        float | None, typer.Option(min=5.0, help="Ask again every so many seconds.")
    ] = None,
    workspace: Where = None,
    as_json: AsJson = False,
) -> None:
    """Fetch what is new on a network; secrets come from the environment."""
    from rapport.commands.pulling import pull as job

    asked = (network.value, handle, server, since, watch)
    answer(lambda t: job(t, workspace_at(workspace), *asked), as_json)


@app.command()
def aside(
    load: Annotated[str | None, typer.Argument(help="Only this load.")] = None,
    limit: Limit = 50,
    workspace: Where = None,
    as_json: AsJson = False,
) -> None:
    """Show the rows that were set aside, with file, row and reason."""
    from rapport.commands.loading import aside as job

    answer(lambda t: job(t, workspace_at(workspace), load, limit), as_json)


@app.command()
def undo(
    load: Annotated[str, typer.Argument(help="The load, as `rapport status` names it.")],
    yes: Yes = False,
    workspace: Where = None,
    as_json: AsJson = False,
) -> None:
    """Take a load back."""
    from rapport.commands.loading import undo as job

    answer(lambda t: job(t, workspace_at(workspace), load, yes=yes), as_json)


@app.command()
def forget(
    identifier: Annotated[str, typer.Argument(help="An e-mail, phone, handle or account.")],
    yes: Yes = False,
    workspace: Where = None,
    as_json: AsJson = False,
) -> None:
    """Remove a person for good, and prove it."""
    from rapport.commands.loading import forget as job

    answer(lambda t: job(t, workspace_at(workspace), identifier, yes=yes), as_json)
