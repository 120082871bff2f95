"""One step of the way: what it answers, what it reads, and where its work is."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapport.results import StepResult
    from rapport.steps.context import Context


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way.

    Parameters
    ----------
    name
        Its name in `results/state.json` and on the screen.
    question
        What it answers (a message of the catalogue).
    reads
        Tables of the record it reads.
    after
        Steps whose results it reads.
    job
        The module of `steps/` and the function in it that do the work; imported when it is done,
        since most commands only ask what is out of date.
    settings
        Which settings it depends on.
    decided
        Whether it depends on what somebody decided of who is who.
    files
        Files of the workspace that it reads.
    monthly
        Whether a large brand's answer stands until the month is over (`rapport.monthly`).
    between
        Like `job`: what a monthly step does until then, instead of nothing; it answers whole.
    goes_on
        Whether its work makes use of `Context.since`, though its answer is no monthly one.
    """

    name: str
    question: str
    reads: tuple[str, ...]
    after: tuple[str, ...]
    job: str
    settings: tuple[str, ...] = ()
    decided: bool = False
    files: tuple[str, ...] = ()
    monthly: bool = False
    between: str = ""
    goes_on: bool = False

    def run(self, context: Context) -> StepResult:
        """Do the work."""
        again = context.since is not None and self.monthly
        module, _, name = (self.between if again else self.job).partition(":")
        job: Callable[[Context], StepResult] = getattr(
            import_module(f"rapport.steps.{module}"), name
        )
        return job(context)
