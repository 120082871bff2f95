"""Commands that try and plan: demonstration, simulation, experiments."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from rapport.cli.app import AsJson, Speak, Where, Yes, answer, app, workspace_at


class Outcome(StrEnum):
    """What an experiment can be judged by."""

    MARGIN = "margin"
    ORDERS = "orders"
    RETENTION = "retention"
    STORES = "stores"


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
    answer(lambda t: job(t, folder), as_json, language)


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
        answer(lambda t: jobs.write_world(t, path, yes=yes), as_json, language)
        return
    wanted = jobs.Wanted(people, months, seed, world)
    answer(lambda t: jobs.simulate(t, folder, wanted, yes=yes), as_json, language)


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
        return jobs.plan_record(terminal, workspace_at(workspace), wanted)

    answer(job, as_json, language)
