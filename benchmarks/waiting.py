"""How true are the waiting times? Bias and coverage, the peer's answers, real brands, and speed.

    python benchmarks/waiting.py [--tickets 5000000] [--data ../shared/data]

Queues are simulated so that the truth is known; 40 in 100 requests have no answer on the last day.
"""

from __future__ import annotations

import argparse
import datetime as dt
import time
from pathlib import Path

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pv

from rapport.listening import waiting_time
from rapport.listening.answering.automatic import judged
from rapport.listening.answering.business_hours import BusinessHours
from rapport.listening.answering.metronome import delays, hidden, metronomes
from rapport.listening.answering.requests import of_conversations
from rapport.listening.answering.survival import Curve, curve
from rapport.listening.answering.threads import public_messages, threads
from rapport.listening.answering.waiting import told
from rapport.listening.answering.waits import states, wait_counts, waited
from rapport.record.engines import open_engine

ROUNDS = 1000
QUEUES = {"mail, spread wide": (5.0, 1.6), "chat, quick": (2.5, 0.7), "network, slow": (7.0, 1.2)}


def queue(
    rng: np.random.Generator, n: int, shape: tuple[float, float], watched: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return how long each was seen waiting, and whether the answer came by then."""
    took = rng.lognormal(*shape, n)
    seen = rng.uniform(0, watched, n)
    return np.floor(np.minimum(took, seen) + 0.5), took <= seen


def watched_for(shape: tuple[float, float], unanswered: float) -> float:
    """Return for how long arrivals were watched so that a share of them has no answer yet."""
    took = np.random.default_rng(0).lognormal(*shape, 200_000)
    low, high = 1e-3, 1e9
    for _ in range(200):
        middle = (low * high) ** 0.5
        # of those who came evenly over the time, the share still waiting at its end
        waiting = np.mean(np.minimum(took, middle)) / middle
        low, high = (middle, high) if waiting > unanswered else (low, middle)
    return low


def coverage() -> None:
    """Print bias and coverage of medians and ninth deciles on queues with 40 % unanswered."""
    print("\n## Simulated queues, 40 % without an answer yet, 1,000 queues each\n")
    print("| queue | requests | truth | told, on average | covered (aim 85-95 %) | cannot tell "
          "| naive mean of answered, less the true mean |")  # fmt: skip
    print("|---|---:|---|---:|---:|---:|---:|")
    for name, shape in QUEUES.items():
        watched = watched_for(shape, 0.4)
        truth = {0.5: np.exp(shape[0]), 0.9: np.exp(shape[0] + 1.2815515655 * shape[1])}
        for n in (60, 400, 3000):
            rng = np.random.default_rng(n)
            made: dict[float, list[tuple[float, bool]]] = {0.5: [], 0.9: []}
            naive = []
            for _ in range(ROUNDS if n < 3000 else ROUNDS // 4):
                seen, answered = queue(rng, n, shape, watched)
                found = curve(seen, answered, ~answered)
                naive.append(seen[answered].mean())
                for part, true in truth.items():
                    span = found.quantile(part)
                    inside = span.low - 0.5 <= true <= span.high + 0.5
                    made[part].append((span.value, inside))
            mean = np.exp(shape[0] + shape[1] ** 2 / 2)
            for part, rows in made.items():
                values = np.array([value for value, _ in rows])
                known = np.isfinite(values)
                covered = np.mean([inside for _, inside in rows])
                said = f"{np.median(values[known]):,.0f}" if known.any() else "-"
                print(f"| {name} | {n:,} | {'median' if part == 0.5 else 'P90'} "
                      f"{truth[part]:,.0f} min | {said} | {covered:.1%} | {1 - known.mean():.0%} "
                      f"| {np.mean(naive) / mean - 1:+.0%} |")  # fmt: skip


def never_answered() -> None:
    """Print what becomes of a queue of which 40 % will never be answered: half of them closed."""
    print("\n## 40 % never answered, half of them closed; truth: 5 in 6 of 60 %\n")
    rng = np.random.default_rng(4)
    true = np.exp(5 + 1.2 * 0.96742156)  # the 5/6 quantile of a normal is 0.9674
    inside, naive, ignoring, said = [], [], [], []
    for _ in range(ROUNDS):
        n = 600
        took, kind = rng.lognormal(5, 1.2, n), rng.random(n)
        closed, silent = (kind >= 0.6) & (kind < 0.8), kind >= 0.8
        at = np.where(closed, rng.lognormal(5.5, 1, n), np.where(silent, 1e5, took))
        at, answered = np.floor(at + 0.5), kind < 0.6
        found = curve(at, answered, silent, closed).quantile(0.5)
        inside.append(found.low - 0.5 <= true <= found.high + 0.5)
        said.append(found.value)
        naive.append(np.median(at[answered]))
        ignoring.append(curve(at, answered, silent | closed).quantile(0.5).value)
    print("| way | median, on average | truth | covered |")
    print("|---|---:|---:|---:|")
    known = np.array(said)[np.isfinite(said)]
    print(f"| Rapport: closed is never answered | {known.mean():,.0f} | {true:,.0f} "
          f"| {np.mean(inside):.1%} |")  # fmt: skip
    print(f"| closed taken for still waiting | {np.nanmean(ignoring):,.0f} | {true:,.0f} | |")
    print(f"| median of those answered | {np.mean(naive):,.0f} | {true:,.0f} | |")


def peer() -> None:
    """Print the largest difference from lifelines on random queues."""
    import lifelines

    worst = ends = 0.0
    for seed in range(20):
        rng = np.random.default_rng(seed)
        seen, answered = queue(rng, 2000, QUEUES["mail, spread wide"], 900)
        other = lifelines.KaplanMeierFitter(alpha=0.1).fit(seen, answered)
        found: Curve = curve(seen, answered, ~answered)
        stays = other.survival_function_.loc[found.minutes].to_numpy()[:, 0]
        places = other.confidence_interval_.loc[found.minutes].to_numpy()
        inner = found.share < 1 - 1e-12
        worst = max(worst, np.abs(1 - found.share - stays).max())
        ends = max(ends, np.abs(1 - found.high - places[:, 0])[inner].max())
        assert found.quantile(0.5).value == other.median_survival_time_
    print("\n## Against lifelines\n")
    print(f"Largest difference of 20 curves: {worst:.1e}; of their ranges: {ends:.1e}; "
          "medians equal.")  # fmt: skip


def brands(data: Path) -> None:
    """Print medians by brand on a public set of conversations with brands."""
    rows = pv.read_csv(
        data / "service" / "support_tweets.csv",
        convert_options=pv.ConvertOptions(
            column_types={"tweet_id": pa.string(), "in_response_to_tweet_id": pa.string()}
        ),
        parse_options=pv.ParseOptions(newlines_in_values=True),
    ).to_pylist()
    form = "%a %b %d %H:%M:%S %z %Y"
    activity = pa.Table.from_pylist([
        {
            "source": "x", "channel": "x", "verb": "Create", "object_kind": "note",
            "activity_id": row["tweet_id"], "account_id": str(row["author_id"]),
            "occurred_on": dt.datetime.strptime(row["created_at"], form).astimezone(dt.UTC)
            .replace(tzinfo=None),
            "in_reply_to": (row["in_response_to_tweet_id"] or "").removesuffix(".0") or None,
            "text": row["text"], "url": None, "object_id": None,
        }
        for row in rows if row["created_at"]
    ], pa.schema([
        *((n, pa.string()) for n in ("source", "channel", "verb", "object_kind", "activity_id")),
        ("account_id", pa.string()), ("occurred_on", pa.timestamp("us")),
        *((n, pa.string()) for n in ("in_reply_to", "text", "url", "object_id")),
    ]))  # fmt: skip
    ours = sorted({str(row["author_id"]) for row in rows if str(row["inbound"]) == "False"})
    with open_engine("duckdb", time_zone="UTC") as engine:
        frame = engine.table(activity)
        brand = engine.table(pa.table({"channel": ["x"] * len(ours), "account_id": ours}))
        talk = judged(threads(public_messages(frame, brand), engine.cache))
        found = engine.cache(of_conversations(talk))
        put = nw.concat_str(nw.col("text").str.to_lowercase(), nw.lit(" "))
        name: nw.Expr = nw.lit(None).cast(nw.String())
        for handle in ours:
            asked = nw.col("answered_by").is_null() & put.str.contains(
                f"@{handle.lower()} ", literal=True
            )
            here = (nw.col("answered_by") == handle).fill_null(False) | asked
            name = nw.when(here).then(nw.lit(handle)).otherwise(name)
        named = found.with_columns(brand=name)
        now = max(activity["occurred_on"].to_pylist())
        counts = engine.collect(wait_counts(waited(states(named, now)), ("brand",)))
        told_rows = told(counts, ("brand",), {"within_1h": 60.0})
        del frame, brand, talk, found, named
    print("\n## Conversations with brands on a network: support_tweets.csv, by brand\n")
    print("| brand | requests | still waiting | median, minutes (90 % range) | within 1 h |")
    print("|---|---:|---:|---:|---:|")
    for row in [row for row in told_rows if row["brand"]][:15]:
        ends = [row[f"median{end}"] for end in ("", "_low", "_high")]
        shown = ["cannot tell" if e is None else f"{e:,.0f}" for e in ends]
        print(f"| {row['brand']} | {row['requests']} | {row['waiting']} "
              f"| {shown[0]} ({shown[1]} to {shown[2]}) | {row['within_1h']:.0%} |")  # fmt: skip


def machines() -> None:
    """Print the median of mail whose first reply is a machine's for a third, against the truth."""
    from rapport.simulation.making import live_through, write_down
    from rapport.simulation.world_file import parse_world

    lived = live_through(parse_world(""), people=20_000, months=24, seed=7)
    tickets = write_down(lived).ticket
    rows = tickets.filter(pc.equal(tickets["channel"], "email"))
    first = pc.coalesce(rows["bot_answer_on"], rows["first_answer_on"])
    plain = pa.timestamp("us")
    now = max(rows["opened_on"].to_pylist()).replace(tzinfo=None)
    table = pa.table({
        "source": ["desk"] * rows.num_rows, "channel": ["email"] * rows.num_rows,
        "opened_on": rows["opened_on"].cast(plain), "answered_on": first.cast(plain),
        "ended_on": pa.nulls(rows.num_rows, plain), "public": [0] * rows.num_rows,
        "true": rows["first_answer_on"].cast(plain),
    })  # fmt: skip
    with open_engine("duckdb", time_zone="UTC") as engine:
        frame = engine.table(table)
        clockwork = metronomes(engine.collect(delays(frame)).to_pylist())
        true = frame.drop("answered_on").rename({"true": "answered_on"})
        ways = {
            "truth: a person's first answer": true,
            "the desk's first reply as it stands": frame,
            "Rapport: a machine's replies found": hidden(frame, clockwork),
        }
        print("\n## Mail of the simulated brand, a machine replies first to a third\n")
        print("| way | median, minutes (90 % range) | within 24 h |")
        print("|---|---:|---:|")
        for way, one in ways.items():
            counts = engine.collect(wait_counts(waited(states(one, now)), ()))
            (row,) = told(counts, (), {"day": 1440.0})
            print(f"| {way} | {row['median']:,.0f} ({row['median_low']:,.0f} to "
                  f"{row['median_high']:,.0f}) | {row['day']:.0%} |")  # fmt: skip
        del frame, true, ways, one


def speed(tickets: int) -> None:
    """Print how long many tickets take, all time and business hours."""
    rng = np.random.default_rng(1)
    opened = np.datetime64("2024-01-01", "us") + rng.integers(0, 63_072_000, tickets) * 1_000_000
    took = (rng.lognormal(5, 1.6, tickets) * 60e6).astype("timedelta64[us]")
    answered = pa.array(opened + took, mask=rng.random(tickets) < 0.4)
    names = np.array(["mail", "chat", "phone", "x"])[rng.integers(0, 4, tickets)]
    table = pa.table({"opened_on": opened, "answered_on": answered, "channel": names})
    now = dt.datetime(2026, 1, 1)  # noqa: DTZ001 - UTC
    hours = BusinessHours.read("mon-fri 09:00-18:00, sat 10:00-13:00", "Europe/Paris")
    print(f"\n## {tickets:,} requests, four channels\n")
    print("| clock | seconds | CPU seconds |")
    print("|---|---:|---:|")
    for name, clock in (("all time", None), ("business hours", hours)):
        start, busy = time.perf_counter(), time.process_time()
        waiting_time(table, by="channel", now=now, hours=clock)
        spent = (time.perf_counter() - start, time.process_time() - busy)
        print(f"| {name} | {spent[0]:.1f} | {spent[1]:.1f} |")


def main() -> None:
    """Run everything."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tickets", type=int, default=5_000_000)
    root = Path(__file__).parents[1].parent / "shared" / "data"
    parser.add_argument("--data", type=Path, default=root)
    chosen = parser.parse_args()
    coverage()
    never_answered()
    peer()
    if (chosen.data / "service" / "support_tweets.csv").exists():
        brands(chosen.data)
    machines()
    speed(chosen.tickets)


if __name__ == "__main__":
    main()
