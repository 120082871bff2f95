"""Conversations in public, put together once a run for the steps that look at answers."""

from __future__ import annotations

from rapport.listening.answering.automatic import judged
from rapport.listening.answering.threads import brand_accounts, of_talk, public_messages, threads
from rapport.record.frames import Frame
from rapport.steps.context import Context

TALK = "talk_seen"  # in the results folder, for steps that come after


def written_talk(context: Context, activity: Frame | None = None) -> Frame:
    """Put all conversations together: the step `asking` does, and writes them for others.

    Parameters
    ----------
    activity
        What belongs to talk, as `of_talk` gives it, where that is known already.

    Returns
    -------
    Frame
        As `rapport.listening.answering.automatic.judged` gives it.
    """
    engine = context.engine
    if activity is None:
        activity = engine.cache(of_talk(context.facts("activity")))
    ours = engine.cache(brand_accounts(context.facts("account"), context.facts("post")))
    linked = threads(public_messages(activity, ours), engine.cache)
    engine.write(judged(linked, context.settings.service.bots), context.results.folder / TALK)
    return engine.scan_delta(context.results.folder / TALK)


def seen_talk(context: Context) -> Frame:
    """Return the conversations that `asking` wrote; without that step they are put together."""
    folder = context.results.folder / TALK
    if {"asking", "answering"}.intersection(context.results.steps) and (
        folder / "_delta_log"
    ).is_dir():
        return context.engine.scan_delta(folder)
    return written_talk(context)
