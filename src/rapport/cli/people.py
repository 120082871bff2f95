"""Commands on who is who."""

from __future__ import annotations

from typing import Annotated

import typer

from rapport.cli.app import AsJson, Speak, Where, Yes, answer, app, workspace_at

One = Annotated[
    str, typer.Argument(help="A person's id, source:account, e-mail, phone, handle or card.")
]
Other = Annotated[str, typer.Argument(help="The other one.")]


@app.command()
def link(
    one: One,
    other: Other,
    yes: Yes = False,
    workspace: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Take two accounts for one person, for good; shows first what changes."""
    from rapport.commands.linking import decide as job

    answer(
        lambda t: job(t, workspace_at(workspace), "link", one, other, yes=yes), as_json, language
    )


@app.command()
def unlink(
    one: One,
    other: Other,
    yes: Yes = False,
    workspace: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Keep two accounts apart, for good; shows first what changes."""
    from rapport.commands.linking import decide as job

    answer(
        lambda t: job(t, workspace_at(workspace), "unlink", one, other, yes=yes), as_json, language
    )
