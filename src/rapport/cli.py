"""The commands, a few lines each. Heavy libraries are imported by the command that needs them."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import datetime
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


# Formats that a table can be written in.
Format = StrEnum("Format", {"CSV": "csv", "JSON": "json", "PARQUET": "parquet"})
# What to do with a file that shares some orders with its earlier version.
Overlap = StrEnum("Overlap", {"ASK": "ask", "REPLACE": "replace", "KEEP": "keep"})


class Network(StrEnum):
    """Networks that can be asked what is new."""

    BLUESKY = "bluesky"
    MASTODON = "mastodon"


class Outcome(StrEnum):
    """What an experiment can be judged by."""

    MARGIN = "margin"
    ORDERS = "orders"
    RETENTION = "retention"
    STORES = "stores"


Where = Annotated[
    Path | None, typer.Option("--workspace", "-w", help="The brand's folder; found from here up.")
]
AsJson = Annotated[bool, typer.Option("--json", help="Answer for machines.")]
Yes = Annotated[bool, typer.Option("--yes", "-y", help="Agree to what is proposed.")]
Speak = Annotated[Language | None, typer.Option("--language", "-l", help="en or fr.")]
Limit = Annotated[int, typer.Option("--limit", min=1, help="How many rows at the most.")]


def _answer(
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


def _workspace(where: Path | None) -> Any:
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

    _answer(lambda t: job(t, name, brand, currency, time_zone, language.value), as_json, language)


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

    _answer(lambda t: job(t, _workspace(workspace), files, yes=yes, overlap=overlap.value), as_json)


@app.command()
def sources(
    name: Annotated[str | None, typer.Argument(help="One of them, to see all about it.")] = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """List the systems whose files can be read."""
    from rapport.commands.sources import sources as job

    _answer(lambda t: job(t, name), as_json, language)


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
    _answer(lambda t: job(t, _workspace(workspace), *asked), as_json)


@app.command()
def check(workspace: Where = None, language: Speak = None, as_json: AsJson = False) -> None:
    """Say what is in the record and what it can answer."""
    from rapport.commands.checking import check as job

    _answer(lambda t: job(t, _workspace(workspace)), as_json, language)


@app.command()
def run(
    again: Annotated[bool, typer.Option("--again", help="Compute all, changed or not.")] = False,
    workspace: Where = None,
    as_json: AsJson = False,
) -> None:
    """Compute what changed since last time."""
    from rapport.commands.computing import run as job

    _answer(lambda t: job(t, _workspace(workspace), again=again), as_json)


@app.command()
def results(
    names: Annotated[list[str] | None, typer.Argument(help="Only these numbers.")] = None,
    workspace: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Show every number with its range and definition."""
    from rapport.commands.computing import results as job

    _answer(lambda t: job(t, _workspace(workspace), names or []), as_json, language)


@app.command()
def report(
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Where to write it.")] = None,
    workspace: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Write the letter: one HTML file with its charts."""
    from rapport.commands.computing import report as job

    _answer(lambda t: job(t, _workspace(workspace), out), as_json, language)


@app.command()
def status(workspace: Where = None, as_json: AsJson = False) -> None:
    """List the loads, and say what is out of date."""
    from rapport.commands.checking import status as job

    _answer(lambda t: job(t, _workspace(workspace)), as_json)


@app.command()
def show(
    person: Annotated[str, typer.Argument(help="A customer, as the result tables name them.")],
    workspace: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Tell one person's story, row by row."""
    from rapport.commands.showing import show as job

    _answer(lambda t: job(t, _workspace(workspace), person), as_json, language)


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

    _answer(lambda t: job(t, _workspace(workspace), name, format.value, out, limit), False)


@app.command()
def aside(
    load: Annotated[str | None, typer.Argument(help="Only this load.")] = None,
    limit: Limit = 50,
    workspace: Where = None,
    as_json: AsJson = False,
) -> None:
    """Show the rows that were set aside, with file, row and reason."""
    from rapport.commands.loading import aside as job

    _answer(lambda t: job(t, _workspace(workspace), load, limit), as_json)


@app.command()
def undo(
    load: Annotated[str, typer.Argument(help="The load, as `rapport status` names it.")],
    yes: Yes = False,
    workspace: Where = None,
    as_json: AsJson = False,
) -> None:
    """Take a load back."""
    from rapport.commands.loading import undo as job

    _answer(lambda t: job(t, _workspace(workspace), load, yes=yes), as_json)


@app.command()
def forget(
    identifier: Annotated[str, typer.Argument(help="An e-mail, phone, handle or account.")],
    yes: Yes = False,
    workspace: Where = None,
    as_json: AsJson = False,
) -> None:
    """Remove a person for good, and prove it."""
    from rapport.commands.loading import forget as job

    _answer(lambda t: job(t, _workspace(workspace), identifier, yes=yes), as_json)


@app.command()
def questionnaire(
    language: Speak = None,
    csv: Annotated[bool, typer.Option("--csv", help="As a table, a row for each item.")] = False,
    html: Annotated[bool, typer.Option("--html", help="As a page of its own.")] = False,
    brand: Annotated[str, typer.Option(help="The name in it; else the workspace's brand.")] = "",
) -> None:
    """Print our questionnaire, ready to paste into a survey tool."""
    from rapport.commands.questionnaire import questionnaire as job

    _answer(lambda t: job(t, brand, "csv" if csv else "html" if html else "text"), False, language)


@app.command()
def demo(
    folder: Annotated[Path, typer.Argument(help="The folder to make.")] = Path("demo"),
    real: Annotated[
        bool, typer.Option("--real", help="On a year of real groceries, not a simulated brand.")
    ] = False,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Run the whole way on a simulated brand, or on a year of real purchases."""
    from rapport.commands import demo as jobs

    job = jobs.real if real else jobs.demo
    _answer(lambda t: job(t, folder), as_json, language)


@app.command()
def simulate(
    folder: Annotated[Path | None, typer.Argument(help="The folder to make.")] = None,
    people: Annotated[int, typer.Option(help="Prospects and customers.")] = 20_000,
    months: Annotated[int, typer.Option(help="How many months.")] = 24,
    seed: Annotated[int, typer.Option(min=0, help="Same seed, same bytes.")] = 7,
    world: Annotated[Path | None, typer.Option(help="A world.toml with other parameters.")] = None,
    write_world: Annotated[
        Path | None, typer.Option("--write-world", help="Write the default world.toml and stop.")
    ] = None,
    yes: Yes = False,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Make a brand whose truth is known: its export files, and what really happened."""
    from rapport.commands import simulating as jobs

    if folder is None and write_world is None:
        raise typer.BadParameter("Name the folder to make.", param_hint="FOLDER")
    if folder is None or write_world is not None:
        path = write_world or Path("world.toml")
        _answer(lambda t: jobs.write_world(t, path, yes=yes), as_json, language)
        return
    wanted = jobs.Wanted(people, months, seed, world)
    _answer(lambda t: jobs.simulate(t, folder, wanted, yes=yes), as_json, language)


@app.command()
def plan(
    outcome: Annotated[
        Outcome, typer.Option(help="What to move; stores compares whole stores by sales.")
    ] = Outcome.MARGIN,
    weeks: Annotated[list[int] | None, typer.Option(min=1, help="How long; may repeat.")] = None,
    people: Annotated[list[int] | None, typer.Option(min=6, help="How many; may repeat.")] = None,
    effect: Annotated[str | None, typer.Option(help="The size in question: 5% or 0.40.")] = None,
    cost: Annotated[
        float | None, typer.Option(min=0, help="What it costs, a person and week.")
    ] = None,
    before: Annotated[int, typer.Option(min=0, help="Weeks of their past to use.")] = 26,
    power: Annotated[float, typer.Option(help="Chance to see the effect.")] = 0.8,
    level: Annotated[float, typer.Option(help="Chance to see none where there is none.")] = 0.9,
    treated: Annotated[float, typer.Option(help="Share of the people treated.")] = 0.5,
    check: Annotated[
        int, typer.Option("--check", min=0, help="Run so many experiments to prove it.")
    ] = 0,
    simulated: Annotated[
        bool, typer.Option("--simulated", help="Plan on a simulated brand, not on the record.")
    ] = False,
    world: Annotated[Path | None, typer.Option(help="A world.toml to simulate.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Of the simulated brand.")] = 7,
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Draw it: a .svg file.")] = None,
    workspace: Where = None,
    language: Speak = None,
    as_json: AsJson = False,
) -> None:
    """Plan an experiment: how many people, how long, to see an effect of a size."""
    from rapport.commands import planning as jobs
    from rapport.commands.plan_telling import Wanted

    def job(terminal: Any) -> dict[str, Any]:
        wanted = Wanted(
            outcome.value, weeks or (), people or (), before,
            jobs.design_of(power, level, treated), effect, cost, check, out,
        )  # fmt: skip
        if simulated or world is not None:
            return jobs.plan_world(terminal, world, seed, wanted)
        return jobs.plan_record(terminal, _workspace(workspace), wanted)

    _answer(job, as_json, language)


def main() -> None:
    """Run the command line."""
    app()
