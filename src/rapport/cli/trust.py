"""Commands to trust and to correct what is understood: own labels, and the names watched."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rapport.cli.app import AsJson, Limit, Speak, Where, Yes, answer, app, workspace_at

# What a name can be the name of.
Kind = StrEnum(
    "Kind",
    {"BRAND": "brand", "PRODUCT": "product", "COMPETITOR": "competitor", "PERSON": "person"},
)
_COMPETITOR = Kind("competitor")


@app.command()
def label(
    most: Annotated[int, typer.Option("--most", min=1, help="How many messages.")] = 50,
    export: Annotated[
        Path | None, typer.Option("--export", help="Write them for a spreadsheet.")
    ] = None,
    filled: Annotated[
        Path | None, typer.Option("--import", help="Read a spreadsheet that was filled in.")
    ] = None,
    report: Annotated[
        bool, typer.Option("--report", help="Say how well messages are understood.")
    ] = False,
    fit: Annotated[bool, typer.Option("--fit", help="Let the model learn from them.")] = False,
    unfit: Annotated[bool, typer.Option("--unfit", help="Undo --fit.")] = False,
    where: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Label messages of your own, so that numbers on them can be trusted."""
    from rapport.commands import labelling as job

    def work(terminal: Any) -> dict[str, Any]:
        workspace = workspace_at(where)
        if report:
            return job.report(terminal, workspace)
        if fit or unfit:
            return (job.fit if fit else job.unfit)(terminal, workspace)
        if filled is not None:
            return job.bring_in(terminal, workspace, filled)
        if export is not None:
            return job.export(terminal, workspace, most, export)
        return job.label(terminal, workspace, most)

    answer(work, as_json, language)


@app.command()
def names(
    add: Annotated[str | None, typer.Option("--add", metavar="NAME", help="Put it on it.")] = None,
    kind: Annotated[Kind, typer.Option("--kind", help="What it is the name of.")] = _COMPETITOR,
    limit: Limit = 20,
    where: Where = None,
    language: Speak = None,
    yes: Yes = False,
    as_json: AsJson = False,
) -> None:
    """Show the brands, products and people that are looked for, and propose more."""
    from rapport.commands import naming as job

    def work(terminal: Any) -> dict[str, Any]:
        workspace = workspace_at(where)
        if add is not None:
            return job.add(terminal, workspace, add, kind.value, yes=yes)
        return job.names(terminal, workspace, limit)

    answer(work, as_json, language)
