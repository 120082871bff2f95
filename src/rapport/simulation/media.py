"""Paid channels: what is spent where and when, and what it does: delay, carry-over, saturation."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from rapport.simulation.chance import Chance
from rapport.simulation.days import MONTH, Days
from rapport.simulation.world import Channel, World

CHANNELS = ("meta_ads", "google_ads", "microsoft_ads", "linkedin_ads", "tv", "radio", "email")
CLICKED = ("meta_ads", "google_ads", "microsoft_ads", "linkedin_ads", "email")


@dataclass(frozen=True)
class Plan:
    """One channel's plan: EUR a person and month, and the response it gets, by region and day.

    `response` is between 0 and 1, the share of the most that the channel can do.
    """

    spend: np.ndarray
    response: np.ndarray


def plans(world: World, days: Days, regions: int, chance: Chance) -> dict[str, Plan]:
    """Return the plan of every channel, each of shape (regions, days); zeros for one turned off."""
    demand = days.demand(world)
    smooth = np.convolve(np.pad(demand, 14, mode="edge"), np.ones(29) / 29, mode="valid")
    made = {}
    for name in CHANNELS:
        channel: Channel = getattr(world.media, name)
        spend = _spend(channel, days, regions, smooth, chance(f"media {name}"))
        spend = spend * channel.on
        made[name] = Plan(spend, response(channel, spend))
    return made


def _spend(
    channel: Channel, days: Days, regions: int, demand: np.ndarray, rng: np.random.Generator
) -> np.ndarray:
    """Return spending in flights of four weeks, shifted by region, with the mean kept."""
    blocks = days.count // 28 + 3
    share = channel.weeks_on / 52
    on = np.argsort(np.argsort(rng.random((blocks // 13 + 1, 13)), axis=1), axis=1) < round(
        13 * share
    )
    shift = rng.integers(0, 14, regions)
    level = np.exp(0.25 * rng.standard_normal(regions))
    noise = np.exp(0.15 * rng.standard_normal((regions, days.count)))
    flights = np.repeat(on.ravel(), 28).astype(float)
    running = np.stack([flights[s : s + days.count] for s in shift])
    follows = 1 - channel.follows_demand + channel.follows_demand * demand
    full = channel.budget / max(round(13 * share) / 13, 1e-9)
    found: np.ndarray = full * level[:, None] * running * follows * noise
    return found


def response(channel: Channel, spend: np.ndarray) -> np.ndarray:
    """Return the share of a channel's most that spending reaches, by day.

    Carry-over is a geometric adstock whose weights add up to one, after a delay; saturation is a
    Hill curve x^s / (x^s + half^s) (Jin, Wang, Sun, Chan & Koehler 2017, equations 1 to 3).

    Parameters
    ----------
    spend
        EUR a person and month, by day on the last axis.

    Examples
    --------
    >>> steady = np.full((1, 400), 0.1)
    >>> float(response(Channel(half=0.1, steepness=2), steady)[0, -1].round(3))
    0.5
    """
    carried = np.zeros_like(spend)
    last = np.zeros(spend.shape[:-1])
    for day in range(spend.shape[-1]):
        before = day - channel.delay
        new = spend[..., before] if before >= 0 else spend[..., 0]
        last = new if day == 0 else channel.carry_over * last + (1 - channel.carry_over) * new
        carried[..., day] = last
    return saturation(channel, carried)


def saturation(channel: Channel, carried: np.ndarray) -> np.ndarray:
    """Return the Hill curve of a channel at a carried-over spending."""
    raised = carried**channel.steepness
    found: np.ndarray = raised / (raised + channel.half**channel.steepness)
    return found


def curves(world: World) -> dict[str, np.ndarray]:
    """Return each channel's response curve: rows of (EUR a person and month, lift, hazard).

    The spending is held steady; lift and hazard are those of `world.toml`'s meaning.
    """
    made = {}
    for name in CHANNELS:
        channel: Channel = getattr(world.media, name)
        top = max(channel.budget, channel.half) * 4
        steady = np.linspace(0, top, 41)
        share = saturation(channel, steady) * channel.on
        made[name] = np.stack([steady, channel.lift * share, channel.arriving * share], axis=1)
    return made


def costs(plan: Plan, people: np.ndarray) -> np.ndarray:
    """Return cents a day and region; `people` are those of each region."""
    found: np.ndarray = np.round(plan.spend * people[:, None] / MONTH * 100).astype(np.int64)
    return found
