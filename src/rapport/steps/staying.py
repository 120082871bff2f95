"""Who stays: retention by cohort and by month, new money against returning money."""

from __future__ import annotations

from rapport.results import StepResult
from rapport.steps.context import Context


def staying(context: Context) -> StepResult:
    """Return how many customers come back, cohort by cohort."""
    return StepResult(facts={"engine": context.engine.name})
