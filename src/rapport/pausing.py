"""When monthly answers rest in a run, and which steps go on from what they found before."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager

from rapport import monthly
from rapport.freshness import all_before
from rapport.record.store import Record
from rapport.results import Results
from rapport.settings import Settings
from rapport.steps.context import Context
from rapport.steps.step import Step


def see(context: Context, grounds: Mapping[str, list[str]]) -> None:
    """Keep with monthly answers what they were given from; to be called when all are whole."""
    ours = monthly.ours_of(context)
    now = monthly.seen_now(context.record, context.settings, grounds, ours)
    if now is not None:
        context.results.see(monthly.keepers(), now.to_dict())


def rest(
    record: Record, results: Results, settings: Settings, grounds: Mapping[str, list[str]]
) -> monthly.Seen | None:
    """Return what monthly answers were given from that stand, by what came since; None if not."""
    steps = monthly.names()
    seen = [results.seen(name) for name in steps if results.fingerprint(name)]
    if not seen or len(seen) < len(steps) or not monthly.is_large(record.moment):
        return None
    if any(each is None or each != seen[0] for each in seen):  # a run was ended in the middle
        return None
    before = monthly.Seen.from_dict(seen[0] or {})
    if before is None or not monthly.stand(before, record, settings, grounds):
        return None
    return before


class Pause:
    """Monthly answers stand, unless it turns out that people are others than they were.

    Parameters
    ----------
    results
        What was found so far.
    seen
        What the answers were given from.
    opened
        Opens what a look at people takes.
    """

    def __init__(
        self,
        results: Results,
        seen: monthly.Seen,
        opened: Callable[[], AbstractContextManager[Context]],
    ) -> None:
        self.seen = seen.to_dict()
        self.since = monthly.open_month(seen.last)[0]
        self._results, self._opened = results, opened
        self._same: bool | None = None

    def holds(self, name: str) -> bool:
        """Return whether a step may go on from what it found; asked once who is what is known."""
        if "roles" not in all_before()[name]:
            return True
        if self._same is None:
            self._same = self._people_are_the_same()
        return self._same

    def goes_on(self, step: Step) -> bool:
        """Return whether a step's tables are those of when all was seen, or go on from them."""
        uses = step.goes_on or step.between
        return bool(uses) and self._results.seen(step.name) == self.seen

    def _people_are_the_same(self) -> bool:
        if self._results.seen("identity") != self.seen:
            return False
        with self._opened() as context:
            same = monthly.ours_of(context) == self.seen["ours"]
            return same and monthly.still_known(context)
