"""What all commands share: the application, their common options, how they answer."""

from __future__ import annotations

import sys
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="rapport",
    help="Measure what the relationships of a brand are worth, and say how sure that is.",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


class Language(StrEnum):
    """Languages that the product speaks."""

    EN = "en"
    FR = "fr"


Where = Annotated[
    Path | None, typer.Option("--workspace", "-w", help="The brand's folder; found from here up.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer for machines.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree to what is proposed.")]
Speak = Annotated[Language | None, typer.Option("--language", "-l", help="en or fr.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many rows at the most.")]


def answer(
    job: Callable[[Any], dict[str, Any]], as_json: AsJson, language: Language | None = None
) -> None:
    """Do a job with a terminal; print its answer or its problem, and end with the right code."""
    from rapport.commands.terminal import Terminal
    from rapport.commands.unforeseen import refused, unforeseen
    from rapport.errors import Problem

    terminal = Terminal(as_json=as_json, language=language.value if language else None)
    try:
        terminal.finish(job(terminal))
    except Problem as problem:
        terminal.problem(problem)
        raise typer.Exit(1) from None
    except OSError as error:
        terminal.last_word(None if isinstance(error, BrokenPipeError) else refused(error))
        raise typer.Exit(1) from error
    except Exception as error:
        terminal.last_word(unforeseen(error))
        raise typer.Exit(1) from error


def workspace_at(where: Path | None) -> Any:
    """Return the brand's workspace, from a folder or from here up."""
    from rapport.workspace import Workspace

    return Workspace.find((where or Path.cwd()).absolute())


def _version(asked: Annotated[bool, typer.Option()]) -> None:
    if asked:
        from rapport import __version__

        sys.stdout.write(f"rapport {__version__}\n")
        raise typer.Exit


@app.callback()
def _rapport(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Say the version.")
    ] = False,
) -> None:
    pass
