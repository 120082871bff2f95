"""Commands that compute and tell."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from rapport.cli.app import AsJson, Speak, Where, answer, app, workspace_at

# Formats that a table can be written in.
Format = StrEnum("Format", {"CSV": "csv", "JSON": "json", "PARQUET": "parquet"})


@app.command()
def check(workspace: Where = None, language: Speak = None, as_json: AsJson = False) -> None:
    """Say what is in the record and what it can answer."""
    from rapport.commands.checking import check as job

    answer(lambda t: job(t, workspace_at(workspace)), as_json, language)


@app.command()
def status(workspace: Where = None, as_json: AsJson = False) -> None:
    """List the loads, and say what is out of date."""
    from rapport.commands.checking import status as job

    answer(lambda t: job(t, workspace_at(workspace)), as_json)


@app.command()
def run(
    again: Annotated[bool, typer.Option("--again", help="Compute all, changed or not.")] = False,
    whole: Annotated[
        bool, typer.Option("--whole", help="Give monthly answers of a large brand anew as well.")
    ] = False,
    workspace: Where = None,
    as_json: AsJson = False,
) -> None:
    """Compute what changed since last time."""
    from rapport.commands.computing import run as job

    answer(lambda t: job(t, workspace_at(workspace), again=again, whole=whole), as_json)


@app.command()
def results(
    names: Annotated[list[str] | None, typer.Argument(help="Only these numbers.")] = None,
    workspace: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Show every number with its range and definition."""
    from rapport.commands.computing import results as job

    answer(lambda t: job(t, workspace_at(workspace), names or []), as_json, language)


@app.command()
def report(
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write it.")] = None,
    pdf: Annotated[bool, typer.Option("--pdf", help="Write it as PDF too, for printing.")] = False,
    workspace: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Write the letter: one HTML file with its charts, as PDF too with --pdf."""
    from rapport.commands.computing import report as job

    answer(lambda t: job(t, workspace_at(workspace), out, pdf=pdf), as_json, language)


@app.command()
def show(
    person: Annotated[
        str, typer.Argument(help="A person of the result tables, an account, e-mail or handle.")
    ],
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Write it as a page.")] = None,
    workspace: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Tell one person's whole story, across systems."""
    from rapport.commands.story import show as job

    answer(lambda t: job(t, workspace_at(workspace), person, out), as_json, language)


@app.command()
def table(
    name: Annotated[str | None, typer.Argument(help="A result table or a table of record.")] = None,
    format: Annotated[Format, typer.Option("--format", "-f")] = Format.CSV,  # noqa: A002
    out: Annotated[
        Path | None, typer.Option("--out", "-o", help="A file; else the screen.")
    ] = None,
    limit: Annotated[int | None, typer.Option("--limit", min=1)] = None,
    workspace: Where = None,
) -> None:
    """Write a table out; without a name, list them."""
    from rapport.commands.showing import table as job

    answer(lambda t: job(t, workspace_at(workspace), name, format.value, out, limit), False)


@app.command()
def questionnaire(
    language: Speak = None,
    csv: Annotated[bool, typer.Option("--csv", help="As a table, a row for each item.")] = False,
    html: Annotated[bool, typer.Option("--html", help="As a page of its own.")] = False,
    brand: Annotated[str, typer.Option(help="The name in it; else the workspace's brand.")] = "",
) -> None:
    """Print our questionnaire, ready to paste into a survey tool."""
    from rapport.commands.questionnaire import questionnaire as job

    answer(lambda t: job(t, brand, "csv" if csv else "html" if html else "text"), False, language)
