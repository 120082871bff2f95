"""Conversations in public, put together once a run for the steps that look at answers."""

from __future__ import annotations

from rapport.listening.answering.automatic import judged
from rapport.listening.answering.threads import brand_accounts, of_talk, public_messages, threads
from rapport.record.frames import Frame
from rapport.steps.context import Context

TALK = "talk_seen"  # in the results folder, for steps that come after


def seen_talk(context: Context, activity: Frame | None = None, *, anew: bool = False) -> Frame:
    """Return all conversations; they are put together once a run, by the step `asking`.

    Parameters
    ----------
    activity
        What belongs to talk, as `of_talk` gives it, where that is known already.

    Returns
    -------
    Frame
        As `rapport.listening.answering.automatic.judged` gives it.
    """
    keep = context.engine.cache

    def made() -> Frame:
        said = keep(of_talk(context.facts("activity"))) if activity is None else activity
        ours = keep(brand_accounts(context.facts("account"), context.facts("post")))
        return judged(threads(public_messages(said, ours), keep), context.settings.service.bots)

    return context.kept(TALK, made, anew=anew)
