"""Commands for what is said now."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from rapport.cli.app import AsJson, Limit, Where, answer, app, workspace_at


@app.command()
def listen(
    folder: Annotated[
        Path | None, typer.Option(help="Where files are dropped; else that of rapport.toml.")
    ] = None,
    once: Annotated[bool, typer.Option("--once", help="Do what there is to do, and end.")] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Show what would be sent; send and write nothing.")
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(help="With --dry-run: from this day on.", formats=["%Y-%m-%d"]),
    ] = None,
    test: Annotated[
        str | None, typer.Option(metavar="NAME", help="Send a test to this channel, and end.")
    ] = None,
    where: Where = None,
    as_json: AsJson = False,
) -> None:
    """Tell people at once of crises, complaints, wishes to buy and ideas."""
    from rapport.commands import listening as job

    def work(terminal: Any) -> dict[str, Any]:
        workspace = workspace_at(where)
        if test is not None:
            return job.test(terminal, workspace, test)
        if dry_run:
            return job.dry_run(terminal, workspace, since.date() if since else None)
        return job.listen(terminal, workspace, folder, once=once)

    answer(work, as_json)


@app.command()
def alerts(
    retry: Annotated[
        str | None, typer.Option(metavar="ID", help="Try one that was given up again, or 'all'.")
    ] = None,
    drop: Annotated[
        str | None, typer.Option(metavar="ID", help="Throw one that was given up away, or 'all'.")
    ] = None,
    limit: Limit = 50,
    where: Where = None,
    as_json: AsJson = False,
) -> None:
    """List who was told what, what waits, and what could not be delivered."""
    from rapport.commands import listening as job

    def work(terminal: Any) -> dict[str, Any]:
        workspace = workspace_at(where)
        wanted = retry or drop
        if wanted is not None:
            return job.change(terminal, workspace, wanted, drop=retry is None)
        return job.alerts(terminal, workspace, limit)

    answer(work, as_json)
