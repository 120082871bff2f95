"""What the histories of Zendesk tickets say: when somebody answered, when all was done."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

_DONE = ("solved", "closed")
_TRUE = pa.array(["true", "t", "1"])


def answers(comments: pa.Table, agents: pa.ChunkedArray) -> pa.Table:
    """Return when each ticket was first answered by an agent, in public.

    Parameters
    ----------
    comments
        Strings: ticket, occurred_on, account_id, public. Times are ISO texts of one length.
    agents
        The users who are agents.

    Returns
    -------
    pa.Table
        ticket, answered.

    Examples
    --------
    >>> said = pa.table({"ticket": ["1", "1", "1"], "account_id": ["c", "a", "a"],
    ...     "occurred_on": ["2026-01-01 08:00:00", "2026-01-01 10:00:00", "2026-01-01 09:00:00"],
    ...     "public": ["TRUE", "TRUE", "FALSE"]})
    >>> answers(said, pa.chunked_array([["a"]])).to_pylist()
    [{'ticket': '1', 'answered': '2026-01-01 10:00:00'}]
    """
    public = pc.is_in(pc.utf8_lower(comments.column("public")), _TRUE)
    theirs = pc.is_in(comments.column("account_id"), agents.combine_chunks())
    said = comments.filter(pc.and_(public, theirs))
    first = said.group_by("ticket").aggregate([("occurred_on", "min")])
    return pa.table({"ticket": first["ticket"], "answered": first["occurred_on_min"]})


def histories(changes: pa.Table) -> pa.Table:
    """Return what the changes of each ticket's fields come to.

    Parameters
    ----------
    changes
        Strings: field, ticket, updated, value.

    Returns
    -------
    pa.Table
        Strings: ticket, solved (when it was last solved, empty when it is open), reopened (how
        often it went back from solved), rating (the customer's last, empty when none).

    Examples
    --------
    >>> told = histories(pa.table({"field": ["status"] * 3 + ["satisfaction_score"],
    ...     "ticket": ["1"] * 4, "value": ["solved", "open", "solved", "good_with_comment"],
    ...     "updated": ["2026-01-01", "2026-01-02", "2026-01-03", "2026-01-04"]}))
    >>> told.to_pylist()
    [{'ticket': '1', 'solved': '2026-01-03', 'reopened': '1', 'rating': 'good'}]
    """
    told: dict[str, _Ticket] = {}
    for row in changes.sort_by([("ticket", "ascending"), ("updated", "ascending")]).to_pylist():
        ticket = told.setdefault(row["ticket"], _Ticket())
        if row["field"] == "status":
            ticket.step(row["value"].lower(), row["updated"])
        elif row["field"] == "satisfaction_score":
            ticket.rate(row["value"].lower())
    columns = {
        "ticket": list(told),
        "solved": [ticket.solved for ticket in told.values()],
        "reopened": [str(ticket.reopened) if ticket.seen else "" for ticket in told.values()],
        "rating": [ticket.rating for ticket in told.values()],
    }
    return pa.table(
        {name: pa.chunked_array([pa.array(v, pa.string())]) for name, v in columns.items()}
    )


class _Ticket:
    """One ticket, change by change."""

    def __init__(self) -> None:
        self.solved, self.rating, self.reopened, self.seen = "", "", 0, False

    def step(self, status: str, when: str) -> None:
        """Take note of a new status."""
        self.seen = True
        if status in _DONE:
            self.solved = self.solved or when
        elif self.solved:
            self.solved, self.reopened = "", self.reopened + 1

    def rate(self, score: str) -> None:
        """Take note of the customer's rating; an offer to rate is none."""
        if score.startswith(("good", "bad")):
            self.rating = score.partition("_")[0]
