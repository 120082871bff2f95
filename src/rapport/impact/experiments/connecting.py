"""Who of those drawn connected after the lot, invited or not, in the engine."""

from __future__ import annotations

import narwhals as nw

from rapport.engagement.connections import CONTACT
from rapport.record.frames import Frame, distinct

_ONE = ("wave", "person_id")


def took_up(drawn: Frame, connections: Frame, waves: Frame) -> Frame:
    """Return everybody drawn, and whether they connected from the day after the lot to the look.

    Both ends are moments, since results know the time of a connection and not its day where the
    brand is: of a list that names days alone the first would be lost. Who only filled in a
    questionnaire has not talked with anybody; a connection of which nobody knows since when is none
    that can be counted.

    Parameters
    ----------
    drawn
        wave (a whole number), person_id, arm, level.
    connections
        person_id, platform, kind, since.
    waves
        wave, begins and ends (times between which connections count), kind (the way to connect that
        it invites to; empty where it invites to none).

    Returns
    -------
    Frame
        The columns of `drawn`, and connected (0 or 1).
    """
    asked = (nw.col("platform").fill_null("other") == "survey") & (nw.col("kind") == CONTACT)
    known = connections.filter(~nw.col("since").is_null() & ~asked)
    begun = known.select("person_id", "kind", "since")
    lots = waves.select("wave", "begins", "ends", "kind")
    timed = drawn.select(*_ONE).join(lots, on="wave", how="inner")
    within = (nw.col("since") >= nw.col("begins")) & (nw.col("since") < nw.col("ends"))
    told = timed.join(begun, on=["person_id", "kind"], how="inner")
    told = distinct(told.filter(within).select(*_ONE))
    joined = drawn.join(told.with_columns(connected=nw.lit(1.0)), on=list(_ONE), how="left")
    return joined.with_columns(connected=nw.col("connected").fill_null(0.0))
