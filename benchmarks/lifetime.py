"""Lifetime models against their peers: the same customers, one run, likelihood beside the time.

    python benchmarks/lifetime.py            # 2,357, 100,000 and 1,000,000 customers
    python benchmarks/lifetime.py --big      # 100 million customers from a Parquet file

Every step runs in a process of its own. The time is that of fitting BG/NBD and Gamma-Gamma from
raw rows in memory, one row a customer: grouping is in it, starting Python and importing are not;
compiling is, where a peer compiles for each model (the first such run on a machine also compiles
what it keeps on disk). CPU seconds, of all cores, hardly depend on what else the machine does.
The log-likelihood is computed by the same function for all, at the parameters that each found.
PyMC-Marketing searches with flat priors, so that its maximum is the maximum of the likelihood.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import warnings
from pathlib import Path
from typing import Any

import numpy as np

from rapport.value.lifetime import BetaGeo, GammaGamma

# Published estimates for CDNOW (Fader, Hardie & Lee 2005), from which customers are simulated.
BUYING = {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}
SPENDING = {"p": 6.25, "q": 3.74, "v": 15.44}
CDNOW = Path(__file__).parents[2] / "shared/data/orders/cdnow/CDNOW_sample.txt"
SIZES = (2_357, 100_000, 1_000_000)
PEERS = ("rapport", "lifetimes", "pymc-marketing")


def cdnow() -> dict[str, np.ndarray]:
    """The published sample up to 1997-09-30, in weeks."""
    import pandas as pd

    names = ["master", "person", "day", "cds", "spend"]
    rows = pd.read_csv(CDNOW, sep=r"\s+", header=None, names=names)
    rows["day"] = pd.to_datetime(rows["day"].astype(str))
    end = pd.Timestamp("1997-09-30")
    days = rows[rows["day"] <= end].groupby(["person", "day"], as_index=False)["spend"].sum()
    first = days.groupby("person")["day"].transform("min")
    seen = days.groupby("person")["day"].agg(["min", "max", "size"])
    mean = days[days["day"] > first].groupby("person")["spend"].mean()
    return {
        "frequency": seen["size"].to_numpy(float) - 1,
        "recency": (seen["max"] - seen["min"]).dt.days.to_numpy() / 7,
        "age": (end - seen["min"]).dt.days.to_numpy() / 7,
        "value": mean.reindex(seen.index).fillna(0.0).to_numpy(),
    }


def simulated(people: int, seed: int = 0) -> dict[str, np.ndarray]:
    """Customers acquired over 12 weeks and seen for 27 to 39, dated by day; spend in cents."""
    rng = np.random.default_rng(seed)
    age = rng.integers(189, 273, people).astype(float)
    model = BetaGeo().with_parameters(BUYING | {"alpha": BUYING["alpha"] * 7})
    history = model.simulate(age, seed=seed + 1)
    x = history["frequency"]
    nu = rng.gamma(SPENDING["q"], 1 / SPENDING["v"], people)
    value = rng.gamma(SPENDING["p"] * np.maximum(x, 1)) / nu / np.maximum(x, 1)
    recency = np.minimum(np.ceil(history["recency"]), age)
    spend = np.where(x > 0, np.maximum(np.round(value, 2), 0.01), 0.0)
    return {"frequency": x, "recency": recency / 7, "age": age / 7, "value": spend}


def fit_rapport(data: dict[str, np.ndarray]) -> tuple[dict[str, float], dict[str, float]]:
    buying = BetaGeo().fit(data["frequency"], data["recency"], data["age"])
    return buying.params_, GammaGamma().fit(data["frequency"], data["value"]).params_


def fit_lifetimes(data: dict[str, np.ndarray]) -> tuple[dict[str, float], dict[str, float]]:
    import lifetimes

    buying = lifetimes.BetaGeoFitter().fit(data["frequency"], data["recency"], data["age"])
    again = data["frequency"] > 0
    spend = lifetimes.GammaGammaFitter().fit(data["frequency"][again], data["value"][again])
    return dict(buying.params_), dict(spend.params_)


def fit_pymc(data: dict[str, np.ndarray]) -> tuple[dict[str, float], dict[str, float]]:
    import pandas as pd
    from pymc_extras.prior import Prior
    from pymc_marketing import clv

    table = pd.DataFrame(
        {
            "customer_id": np.arange(len(data["age"])),
            "frequency": data["frequency"],
            "recency": data["recency"],
            "T": data["age"],
            "monetary_value": data["value"],
        }
    )
    flat = Prior("HalfFlat")
    buying = clv.BetaGeoModel(model_config=dict.fromkeys(("r", "alpha", "a", "b"), flat))
    buying.fit(table, method="map", progressbar=False)
    spend = clv.GammaGammaModel(model_config=dict.fromkeys(("p", "q", "v"), flat))
    spend.fit(table[table["frequency"] > 0], method="map", progressbar=False)
    return read_map(buying, ("r", "alpha", "a", "b")), read_map(spend, ("p", "q", "v"))


def read_map(model: Any, names: tuple[str, ...]) -> dict[str, float]:
    """The unrounded maximum; the summary that PyMC-Marketing prints has three digits."""
    return {name: float(np.ravel(model.fit_result[name].values)[0]) for name in names}


FITS = {"rapport": fit_rapport, "lifetimes": fit_lifetimes, "pymc-marketing": fit_pymc}


def one_step(peer: str, people: int) -> None:
    """Fit in this process and print the outcome as one line of JSON."""
    warnings.simplefilter("ignore")
    data = cdnow() if people == SIZES[0] else simulated(people)
    if peer == "lifetimes":
        import lifetimes  # noqa: F401
    elif peer == "pymc-marketing":
        import pymc_marketing.clv  # noqa: F401
    start, worked = time.perf_counter(), time.process_time()
    buying, spend = FITS[peer](data)
    seconds, work = time.perf_counter() - start, time.process_time() - worked
    buying_ll = BetaGeo().with_parameters({k: buying[k] for k in ("r", "alpha", "a", "b")})
    x = data["frequency"]
    ll = buying_ll.log_likelihood(x, data["recency"], data["age"]).sum()
    outcome = {
        "seconds": seconds,
        "work": work,
        "buying": float(ll),
        "spending": spend_log_likelihood(x, data["value"], spend),
        "rss": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20,
    }
    print("OUTCOME " + json.dumps(outcome))


def spend_log_likelihood(x: np.ndarray, value: np.ndarray, params: dict[str, float]) -> float:
    """Fader & Hardie (2013, note 025), eq. 1a."""
    from scipy.special import gammaln

    p, q, v = params["p"], params["q"], params["v"]
    x, m = x[x > 0], value[x > 0]
    terms = gammaln(p * x + q) - gammaln(p * x) - gammaln(q) + q * np.log(v)
    terms += (p * x - 1) * np.log(m) + p * x * np.log(x) - (p * x + q) * np.log(v + m * x)
    return float(terms.sum())


def measure(peer: str, people: int, budget: float) -> dict[str, float] | str:
    """Run one step in a process of its own, stopped after the budget."""
    command = [sys.executable, __file__, "--step", peer, str(people)]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=budget, check=False)
    except subprocess.TimeoutExpired:
        return f"stopped after {budget:.0f} s"
    lines = [line for line in done.stdout.splitlines() if line.startswith("OUTCOME ")]
    if not lines:
        return "failed: " + (done.stderr.strip().splitlines() or ["no message"])[-1][:90]
    return json.loads(lines[-1].removeprefix("OUTCOME "))


def compare(sizes: list[int], budget: float) -> None:
    head = f"{'customers':>10}  {'':<15} {'seconds':>9} {'ratio':>8} {'CPU s':>8} {'ratio':>8}"
    head += f" {'LL BG/NBD':>17}"
    print(head + f" {'LL Gamma-Gamma':>17} {'peak GB':>8}")
    for people in sizes:
        ours = None
        for peer in PEERS:
            found = measure(peer, people, budget)
            ours = found if peer == "rapport" else ours
            if isinstance(found, str) or isinstance(ours, str) or ours is None:
                print(f"{people:>10,}  {peer:<15} {found}", flush=True)
                continue
            ratio = found["seconds"] / ours["seconds"]
            work = found["work"] / ours["work"]
            print(
                f"{people:>10,}  {peer:<15} {found['seconds']:>9.3f} {ratio:>7.1f}x"
                f" {found['work']:>8.3f} {work:>7.1f}x"
                f" {found['buying']:>17,.4f} {found['spending']:>17,.4f} {found['rss']:>8.2f}",
                flush=True,
            )


def big(people: int) -> None:
    """Fit from a Parquet file of one row a customer, grouped by DuckDB in bounded memory."""
    import duckdb
    import pyarrow as pa
    import pyarrow.parquet as pq

    chunk = 2_000_000
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "customers.parquet")
        start = time.perf_counter()
        writer = None
        for number, begin in enumerate(range(0, people, chunk)):
            data = simulated(min(chunk, people - begin), seed=10 * number)
            table = pa.table(
                {
                    "frequency": data["frequency"].astype(np.int32),
                    "recency_days": np.round(data["recency"] * 7).astype(np.int16),
                    "age_days": np.round(data["age"] * 7).astype(np.int16),
                    "mean_cents": np.round(data["value"] * 100).astype(np.int64),
                }
            )
            writer = writer or pq.ParquetWriter(path, table.schema, compression="zstd")
            writer.write_table(table)
        if writer is not None:
            writer.close()
        made = time.perf_counter() - start
        size = Path(path).stat().st_size / 2**30
        print(f"{people:,} customers written in {made:.0f} s, {size:.2f} GB")
        start = time.perf_counter()
        with duckdb.connect(config={"memory_limit": "3GB", "temp_directory": folder}) as engine:
            engine.execute("SET preserve_insertion_order = false")
            cells = engine.execute(
                "SELECT frequency, recency_days, age_days, count(*) AS people"
                " FROM read_parquet($1) GROUP BY ALL",
                [path],
            ).fetchnumpy()
            spend = engine.execute(
                "SELECT frequency, mean_cents, count(*) AS people"
                " FROM read_parquet($1) WHERE frequency > 0 GROUP BY ALL",
                [path],
            ).fetchnumpy()
        grouped = time.perf_counter() - start
        buying = BetaGeo().fit(
            cells["frequency"], cells["recency_days"] / 7, cells["age_days"] / 7, cells["people"]
        )
        buying_done = time.perf_counter() - start - grouped
        spending = GammaGamma().fit(spend["frequency"], spend["mean_cents"] / 100, spend["people"])
        total = time.perf_counter() - start
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"grouped into {len(cells['people']):,} and {len(spend['people']):,} cells: {grouped:.1f} s"
    )
    print(f"BG/NBD {buying_done:.1f} s: {buying.params_}, people {buying.n_customers_:,.0f}")
    print(f"Gamma-Gamma {total - grouped - buying_done:.1f} s: {spending.params_}")
    print(f"in all {total / 60:.2f} minutes, peak {rss:.2f} GB")


def main() -> None:
    parser = argparse.ArgumentParser(description="Lifetime models against their peers.")
    parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    parser.add_argument("--budget", type=float, default=300.0, help="seconds for one step")
    parser.add_argument("--big", type=int, nargs="?", const=100_000_000, help="customers")
    parser.add_argument("--step", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.step:
        one_step(options.step[0], int(options.step[1]))
    elif options.big:
        big(options.big)
    else:
        print(f"{os.cpu_count()} cores, Python {sys.version.split()[0]}")
        compare(options.sizes, options.budget)


if __name__ == "__main__":
    main()
