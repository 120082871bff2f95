"""What listening keeps of people who were forgotten: nothing."""

from __future__ import annotations

from rapport.actions.alerts.outbox import Outbox
from rapport.errors import Problem
from rapport.record.store import Record
from rapport.watching import news
from rapport.watching.journal import Journal
from rapport.workspace import Workspace


def close_missing(journal: Journal, record: Record) -> int:
    """Let complaints that are no longer in the record wait no more; return how many."""
    if not journal.open:
        return 0
    with record.reading():
        there = news.messages(record, sorted(journal.open))
    gone = set(journal.open).difference(there)
    journal.close(gone)
    return len(gone)


def forget(workspace: Workspace, record: Record) -> bool:
    """Throw away the texts of alerts, and what is known of messages that are gone.

    Returns False when somebody listens at this moment, who does the last of it within the hour.
    """
    from rapport.watching.running import alone

    if not workspace.listening.is_dir():
        return True
    Outbox(workspace.listening).forget_texts()
    try:
        with alone(workspace.listening):
            journal = Journal(workspace.listening)
            close_missing(journal, record)
            journal.tidy()
    except Problem:
        return False
    return True
