"""How well bought accounts are found: on public accounts by cross-validation, on a simulated brand.

    python benchmarks/followers.py [--data ../shared/data] [--brand FOLDER]

FOLDER is a workspace of a simulated brand after `rapport run` (its truth lies under
`simulated/truth`). The public sets are for evaluation alone: no weight of the product comes from
them. Peers are published rule sets.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv as csv
from scipy.stats import rankdata

from rapport.people.authenticity_columns import Profiles, read_profiles
from rapport.people.authenticity_judging import authenticity
from rapport.results import Results

TARGETS = {"twitter": 0.98, "instagram": 0.95}


def main() -> None:
    """Print the tables."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    options.add_argument("--data", type=Path, default=Path("../shared/data"))
    options.add_argument("--brand", type=Path)
    told = options.parse_args()
    print("| accounts | judge | F1 | F1 of both kinds | precision | recall | AUC | calibration |")
    print("|---|---|---:|---:|---:|---:|---:|---:|")
    for name, (profiles, bought) in sets(told.data).items():
        print(f"| {name} ({len(bought)}) | target | {TARGETS[name]} | | | | | |")
        for judge, flags in rules(read_profiles(profiles)).items():
            row(name, judge, bought, flags.astype(float), calibrated=False)
        row(name, "ours, no labels", bought, chances(authenticity(profiles)))
        labelled = authenticity(profiles, labels=bought.tolist())
        row(name, "ours, labels, tenfold", bought, chances(labelled))
        half = balanced(bought)
        row(name, "the same, half of them bought", bought[half], chances(labelled)[half])
    if told.brand:
        simulated(told.brand)


def sets(data: Path) -> dict[str, tuple[pa.Table, np.ndarray]]:
    """Return the public sets: profiles, and which are bought."""
    folder = data / "accounts"
    read = csv.ParseOptions(newlines_in_values=True)
    kinds = [csv.read_csv(folder / f"twitter_{k}.csv", parse_options=read) for k in
             ("bought", "human")]  # fmt: skip
    names = [n for n in kinds[0].column_names if n not in {"dataset", "id", "name"}]
    texts = pa.concat_tables(
        pa.table({n: kind[n].cast(pa.string()) for n in names}) for kind in kinds
    )
    fake = json.loads((folder / "instagram_fakeAccountData.json").read_text())
    real = json.loads((folder / "instagram_realAccountData.json").read_text())
    rows = pa.Table.from_pylist([*fake, *real]).drop_columns(["isFake"])
    return {
        "twitter": (texts, np.repeat([True, False], [len(k) for k in kinds])),
        "instagram": (rows, np.repeat([True, False], [len(fake), len(real)])),
    }


def rules(profiles: Profiles) -> dict[str, np.ndarray]:
    """Return what published rule sets flag, as far as the columns carry them.

    Camisani-Calzolari 2012 gives a human point for each of: a picture, a biography, an address,
    30 followers, 50 posts, 2 x followers >= following, a place; a bot has fewer than half of those
    that can be seen. Stateofsearch 2012: a following-to-followers ratio of 10 and more.
    HypeAuditor 2019: two of no posts, no picture, ratio of 10 and more, digits in the name.
    """
    n = profiles.numbers
    nothing = np.full(profiles.rows, np.nan)
    get = lambda name: n.get(name, nothing)  # noqa: E731
    human = [get("picture") > 0, get("description") > 0, get("url") > 0, get("location") > 0,
             get("followers") >= 30, get("posts") >= 50, get("ratio") <= 2]  # fmt: skip
    keys = ("picture", "description", "url", "location", "followers", "posts", "ratio")
    seen = [mark for mark, key in zip(human, keys, strict=True) if key in n]
    signs = [get("posts") == 0, get("picture") == 0, get("ratio") >= 10, get("digits") >= 3]
    return {
        "Camisani-Calzolari 2012, rules": np.mean(seen, axis=0) < 0.5,
        "Stateofsearch 2012, ratio": get("ratio") >= 10,
        "HypeAuditor 2019, two signs": np.sum(signs, axis=0) >= 2,
    }


def balanced(bought: np.ndarray) -> np.ndarray:
    """Return positions of all of the rarer kind, and as many of the other, drawn once."""
    few = min(bought.sum(), (~bought).sum())
    rng = np.random.default_rng(0)
    parts = [rng.choice(np.flatnonzero(kind), few, replace=False) for kind in (bought, ~bought)]
    return np.sort(np.concatenate(parts))


def row(
    name: str, judge: str, true: np.ndarray, chance: np.ndarray, *, calibrated: bool = True
) -> None:
    """Print one row of the table."""
    said = chance > 0.5
    hit = (said & true).sum()
    precision, recall = hit / max(said.sum(), 1), hit / true.sum()
    one, other = f1(said, true), f1(~said, ~true)
    auc = (rankdata(chance)[true].sum() - true.sum() * (true.sum() + 1) / 2) / (
        true.sum() * (~true).sum()
    )
    error = f"{calibration(true, chance):.3f}" if calibrated else ""
    print(
        f"| {name} | {judge} | {one:.3f} | {(one + other) / 2:.3f} | {precision:.3f} | "
        f"{recall:.3f} | {auc:.4f} | {error} |"
    )


def f1(said: np.ndarray, true: np.ndarray) -> float:
    """Return the harmonic mean of precision and recall."""
    return float(2 * (said & true).sum() / max(said.sum() + true.sum(), 1))


def calibration(true: np.ndarray, chance: np.ndarray) -> float:
    """Return the expected calibration error over ten equal bins (Guo et al. 2017, eq. 3)."""
    bins = np.minimum((chance * 10).astype(int), 9)
    apart = [
        abs(chance[bins == k].mean() - true[bins == k].mean()) * (bins == k).mean()
        for k in range(10)
        if (bins == k).any()
    ]
    return float(sum(apart))


def chances(judged: pa.Table) -> np.ndarray:
    """Return the probabilities of an answer."""
    return np.asarray(judged["suspicion"])


def simulated(brand: Path) -> None:
    """Print what was found of the accounts that the simulation bought, channel by channel."""
    import duckdb

    results = Results(brand / "results")
    truth = brand / "simulated" / "truth" / "account.parquet"
    with duckdb.connect() as connection:
        judged = results.table("accounts_judged")
        handles = _handles(brand)
        for key, value in (("judged", judged), ("handles", handles)):
            connection.register(key, value)
        found = connection.execute(
            "select t.network, t.kind, count(*) as accounts,"
            " sum((j.verdict = 'suspicious')::int) as suspicious,"
            " sum((j.verdict = 'unsure')::int) as unsure, avg(j.suspicion) as mean"
            " from judged j join handles h using (source, account_id)"
            " join read_parquet(?) t on lower(t.handle) = lower(h.handle) and t.network = h.channel"
            " where j.follows = 1 or t.kind in ('bought', 'pod')"
            " group by all order by 1, 2",
            [str(truth)],
        ).fetchall()
    print("\n| simulated brand | kind | accounts | suspicious | unsure | mean probability |")
    print("|---|---|---:|---:|---:|---:|")
    for network, kind, accounts, suspicious, unsure, mean in found:
        print(f"| {network} | {kind} | {accounts} | {suspicious} | {unsure} | {mean:.3f} |")
    growth: list[dict[str, Any]] = results.table("audience_growth").to_pylist()
    told = {(r["channel"], r["day"].isoformat()) for r in growth if r["is_burst"]}
    print(f"\nDays in bursts: {', '.join(f'{c} {d}' for c, d in sorted(told))}")


def _handles(brand: Path) -> pa.Table:
    from rapport.pipeline import looking
    from rapport.workspace import Workspace

    with looking(Workspace.find(brand)) as context:
        return context.engine.collect(
            context.facts("account").select("source", "account_id", "channel", "handle")
        )


if __name__ == "__main__":
    main()
