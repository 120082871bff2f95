"""Labels of messages that left the record: they go too, and what was learned from them."""

from __future__ import annotations

from rapport.workspace import Workspace


def forget_labels(workspace: Workspace) -> int:
    """Drop the labels of messages that are no longer in the record; returns how many.

    What was learned from them is dropped as well: `rapport label --fit` learns it anew from the
    labels that stay.
    """
    import narwhals as nw

    from rapport.listening.messages import written
    from rapport.listening.trust.labels import Labels
    from rapport.listening.trust.refitted import write_added
    from rapport.pipeline import looking

    labels = Labels(workspace.labels)
    ids = list(labels.all())
    if not ids:
        return 0
    with looking(workspace) as context:
        rows = written(context.facts("activity"), context.facts("answer"))
        there = rows.filter(nw.col("message_id").is_in(ids)).select("message_id")
        kept = {row["message_id"] for row in context.engine.collect(there).to_pylist()}
    dropped = labels.keep(kept.__contains__)
    if dropped:
        write_added(workspace.labels, None)
    return dropped
