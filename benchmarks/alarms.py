"""Are crises flagged within an hour, and how often is there a false alarm? Beside other methods.

Fourteen real events (CrisisLexT26: the time of every tweet) are laid onto simulated talk about a
brand: negative binomial by the hour, with nights and weekends. An onset is the beginning of the
first hour in which the event brings as much as `--times` usual hours, and ten tweets; it is known
from the event alone, before any background is added, and tweets before it are left out. Each event
is laid onto several backgrounds, in the sixth week. False alarms are counted on background alone;
alarms less than a day apart are one. Half of the events, by a hash of their names, are for choosing
settings; the other half is held out.

    python benchmarks/alarms.py [--data ../shared/data/crises] [--repeats 2] [--months 12]
"""

from __future__ import annotations

import argparse
import csv
import dataclasses
import datetime as dt
import gzip
import hashlib
import math
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy import special, stats

from rapport.listening.buzz.rules import Rules
from rapport.listening.buzz.watch import Watch

Floats = NDArray[np.float64]

FIRST = dt.datetime.fromisoformat("2026-01-05")
START = 35 * 24  # hours of background before an event's first tweet can come
PERIODS = 12  # of five minutes, in an hour
MONTH = 730.5  # hours
FEWEST = 10  # messages in an hour, for it to be a crisis at all
TARGET_SHARE, TARGET_FALSE = 0.90, 1.0


@dataclass(frozen=True)
class Event:
    """One crisis: its name and the hours of its tweets, the first at zero."""

    name: str
    hours: Floats
    weekday_hour: float
    held_out: bool = False


def parted(events: list[Event]) -> list[Event]:
    """Return the events, half of them marked as held out: those whose name's hash is larger."""

    def digest(event: Event) -> str:
        return hashlib.sha256(event.name.encode()).hexdigest()

    later = {event.name for event in sorted(events, key=digest)[len(events) // 2 :]}
    return [dataclasses.replace(event, held_out=event.name in later) for event in events]


def read_event(path: Path) -> Event:
    with gzip.open(path, "rt", encoding="utf-8") as file:
        rows = list(csv.reader(file, skipinitialspace=True))[1:]
    made = "%a %b %d %H:%M:%S +0000 %Y"
    times = sorted(dt.datetime.strptime(row[0], made) for row in rows)  # noqa: DTZ007
    first = times[0]
    hours = np.array([(each - first).total_seconds() / 3600 for each in times])
    at = first.weekday() * 24 + first.hour + first.minute / 60
    return Event(path.name.split("-tweetids")[0], hours, at)


def onset(event: Event, usual: float, times: float) -> float | None:
    """Return the first tweet that opens an hour of `times` usual hours; None when there is none."""
    need = max(math.ceil(usual * times), FEWEST)
    for number in range(len(event.hours) - need + 1):
        if event.hours[number + need - 1] - event.hours[number] <= 1.0:
            return float(event.hours[number])
    return None


def background(hours: int, usual: float, spread: float, rng: np.random.Generator) -> Floats:
    """Return five-minute counts of ordinary talk whose hours are negative binomial."""
    at = np.arange(hours)
    rhythm = np.exp(0.9 * np.sin(2 * np.pi * (at % 24 - 9) / 24))
    rhythm = rhythm * np.where((at // 24) % 7 >= 5, 0.7, 1.1)
    mean = usual * rhythm / rhythm.mean()
    intensity = mean * rng.gamma(1 / spread, spread, hours)
    return rng.poisson(np.repeat(intensity / PERIODS, PERIODS)).astype(float)


def laid_on(talk: Floats, event: Event, begin: float) -> Floats:
    """Return the talk with an event's tweets from hour `begin` on."""
    slots = np.floor((begin + event.hours) * PERIODS).astype(int)
    slots = slots[slots < len(talk)]
    return talk + np.bincount(slots, minlength=len(talk))


Flagged = list[float]
Method = Callable[[Floats], list[Flagged]]
"""Takes five-minute counts, a stream a column; gives the hours at which each raised an alarm."""


def ours(every: int, false_alarms: float) -> Method:
    def flags(counts: Floats) -> list[Flagged]:
        size = every // 300
        summed = counts.reshape(-1, size, counts.shape[1]).sum(axis=1)
        rules = Rules(every, false_alarms, over="each")
        watch = Watch([str(n) for n in range(counts.shape[1])], FIRST, rules)
        found: list[Flagged] = [[] for _ in watch.streams]
        ones = np.ones(counts.shape[1])
        for row in summed:
            for news in watch.step(row, ones):
                if news.what != "ended":
                    found[int(news.alarm.stream)].append(watch.period * every / 3600)
        return found

    return flags


def _hourly(counts: Floats) -> Floats:
    summed: Floats = counts.reshape(-1, PERIODS, counts.shape[1]).sum(axis=1)
    return summed


def _rising(high: NDArray[np.bool_]) -> list[Flagged]:
    """Return when a condition begins to hold, checked at the end of each hour."""
    before = np.vstack([np.zeros((1, high.shape[1]), bool), high[:-1]])
    begins = high & ~before
    begins[: 14 * 24] = False
    return [(np.flatnonzero(column) + 1.0).tolist() for column in begins.T]


def socialmetrix(k: float) -> Method:
    """Mean of 24 hours above mean of 7 days + k standard deviations of its hours, every hour."""

    def flags(counts: Floats) -> list[Flagged]:
        y = _hourly(counts)
        windows = np.lib.stride_tricks.sliding_window_view(y, 168, axis=0)
        high = np.zeros(y.shape, bool)
        limit = windows.mean(axis=2) + k * windows.std(axis=2, ddof=1)
        high[167:] = windows[:, :, -24:].mean(axis=2) > limit
        return _rising(high)

    return flags


def ears(version: int) -> Method:
    """EARS C1, C2 and C3 on the same hour of seven earlier days (Hutwagner et al. 2003)."""

    def flags(counts: Floats) -> list[Flagged]:
        y = _hourly(counts)
        lag = 1 if version == 1 else 3
        past = np.stack([_shifted(y, 24 * (lag + d)) for d in range(7)])
        mean, sd = past.mean(axis=0), np.maximum(past.std(axis=0, ddof=1), 0.5)
        score = (y - mean) / sd
        if version < 3:
            return _rising(score > 3)
        before = [np.maximum(_shifted(score, d) - 1, 0) for d in range(3)]
        return _rising(np.sum(before, axis=0) > 2)

    return flags


def farrington(alpha: float) -> Method:
    """Quasi-Poisson limit from the same hour, one before and after, of 28 days (Farrington 1996).

    The 2/3-power limit of the original, without its trend, over hours in the place of weeks.
    """

    def flags(counts: Floats) -> list[Flagged]:
        y = _hourly(counts)
        lags = [24 * d + h for d in range(2, 30) for h in (-1, 0, 1)]
        past = np.stack([_shifted(y, lag) for lag in lags])
        mean = np.maximum(past.mean(axis=0), 0.02)
        spread = np.maximum(((past - mean) ** 2 / mean).sum(axis=0) / (len(lags) - 1), 1.0)
        error = (4 / 9) * mean ** (1 / 3) * spread * (1 + 1 / len(lags))
        limit = (mean ** (2 / 3) + special.ndtri(1 - alpha) * np.sqrt(error)) ** 1.5
        return _rising((y > limit) & (y >= 3))

    return flags


def _shifted(y: Floats, by: int) -> Floats:
    moved = np.zeros_like(y)
    moved[by:] = y[: len(y) - by] if by else y
    return moved


METHODS: dict[str, Method] = {
    "Rapport, 5 minutes": ours(300, 1.0),
    "Rapport, 5 minutes, 0.5 a month": ours(300, 0.5),
    "Rapport, hours": ours(3600, 1.0),
    "Rapport, hours, 0.5 a month": ours(3600, 0.5),
    "Socialmetrix, k = 1.5": socialmetrix(1.5),
    "Socialmetrix, k = 2": socialmetrix(2.0),
    "Socialmetrix, k = 3": socialmetrix(3.0),
    "EARS C1": ears(1),
    "EARS C2": ears(2),
    "EARS C3": ears(3),
    "Farrington, 0.001": farrington(0.001),
    "Farrington, 0.00001": farrington(0.00001),
}


def apart(flagged: Flagged, from_hour: float) -> list[float]:
    """Return alarms after an hour; those less than a day after another are the same."""
    kept: list[float] = []
    last = -math.inf
    for hour in flagged:
        if hour - last >= 24 and hour > from_hour:
            kept.append(hour)
        last = hour
    return kept


def delays(
    method: Method, events: list[Event], usual: float, spread: float, times: float, repeats: int
) -> tuple[Floats, NDArray[np.bool_]]:
    """Return hours from each onset to the next alarm, infinite when none in three days.

    And whether its event is held out.
    """
    columns, onsets, held_out = [], [], []
    for number, event in enumerate(events):
        begin = onset(event, usual, times)
        if begin is None:
            continue
        for repeat in range(repeats):
            rng = np.random.default_rng([number, repeat, int(usual * 10)])
            week = START + (event.weekday_hour - START) % 168  # at its own hour of the week
            lead = week - begin  # the onset falls in the sixth week
            lead += 24 * int(rng.integers(0, 7))
            talk = background(START + 336 + 96, usual, spread, rng)
            kept = Event(event.name, event.hours[event.hours >= begin], 0.0)
            columns.append(laid_on(talk, kept, lead))
            onsets.append(lead + begin)
            held_out.append(event.held_out)
    found = method(np.column_stack(columns))
    told = []
    for flagged, begin in zip(found, onsets, strict=True):
        after = [hour - begin for hour in flagged if 0 < hour - begin <= 72]
        told.append(min(after) if after else math.inf)
    return np.array(told), np.array(held_out)


def false_alarms(method: Method, usual: float, spread: float, months: int) -> tuple[int, float]:
    """Return false alarms, and months of background that was watched."""
    hours = START + round(6 * MONTH)
    streams = max(months // 6, 1)
    rngs = [np.random.default_rng([99, n, int(usual * 10)]) for n in range(streams)]
    found = method(np.column_stack([background(hours, usual, spread, rng) for rng in rngs]))
    return sum(len(apart(each, 14 * 24)) for each in found), streams * (hours - 336) / MONTH


def table(events: list[Event], args: argparse.Namespace, names: list[str]) -> None:
    print(
        "| method | usual an hour | onsets | within 1 h, chosen on | within 1 h, held out "
        "| median delay | 90 % within | false a month (90 % range) |"
    )
    print("|---|---:|---:|---:|---:|---:|---:|---:|")
    for name in names:
        shares, rates = [], []
        for usual in args.usual:
            late, held_out = delays(
                METHODS[name], events, usual, args.spread, args.times, args.repeats
            )
            count, months = false_alarms(METHODS[name], usual, args.spread, args.months)
            low, high = (
                stats.chi2.ppf([0.05, 0.95], [2 * count or 1e-9, 2 * count + 2]) / 2 / months
            )
            shares.append([_share(late[~held_out]), _share(late[held_out])])
            rates.append(count / months)
            ends = [np.quantile(late, q, method="inverted_cdf") for q in (0.5, 0.9)]
            told = [f"{end:.1f} h" if math.isfinite(end) else "never" for end in ends]
            print(
                f"| {name} | {usual:g} | {len(late)} | {_told(shares[-1][0])} "
                f"| {_told(shares[-1][1])} | {told[0]} | {told[1]} "
                f"| {count / months:.2f} ({low:.2f} to {high:.2f}) |",
                flush=True,
            )
        tuned, fresh = np.nanmean(shares, axis=0)
        print(
            f"| **{name}** | all | | **{tuned:.0%}** | **{fresh:.0%}** | | "
            f"| **{np.mean(rates):.2f}** |"
        )
    print(f"| target | | | {TARGET_SHARE:.0%} | {TARGET_SHARE:.0%} | | | {TARGET_FALSE:g} |")


def _share(late: Floats) -> float:
    return float((late <= 1.0).mean()) if len(late) else math.nan


def _told(share: float) -> str:
    return "–" if math.isnan(share) else f"{share:.0%}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    beside = Path(__file__).parents[2] / "shared" / "data" / "crises"
    parser.add_argument("--data", type=Path, default=beside)
    parser.add_argument("--repeats", type=int, default=2)
    parser.add_argument("--months", type=int, default=12)
    parser.add_argument("--usual", type=float, nargs="+", default=[0.1, 1.0, 10.0, 100.0])
    parser.add_argument("--spread", type=float, default=0.2)
    parser.add_argument("--times", type=float, default=10.0)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    events = parted([read_event(path) for path in sorted(args.data.glob("*entire_period*"))])
    started = time.perf_counter()
    table(events, args, [name for name in METHODS if name.startswith(args.only)])
    print(f"\n{len(events)} events, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
