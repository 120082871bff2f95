"""Which posts lead somewhere, and which are only liked? Kinds of posts compared like with like."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
from scipy import stats

from rapport.estimate import Estimate, Grade
from rapport.impact.content.calls import codes_of
from rapport.impact.content.comparing import (
    Compared,
    Post,
    against_expected,
    compared,
    described,
    kinds,
    post_verdict,
    rate,
)
from rapport.impact.content.posts import orders_by_code, posts
from rapport.results import Said, StepResult, Untold
from rapport.steps.context import Context

CONTENT = pa.schema(
    [*((name, pa.string()) for name in ("factor", "level", "what")),
     *((name, pa.int64()) for name in ("posts", "channels")), ("base", pa.string()),
     *((name, pa.float64()) for name in ("shown", "counted", "rate", "ratio", "low", "high")),
     ("verdict", pa.string())]
)  # fmt: skip
POSTS = pa.schema(
    [("channel", pa.string()), ("post_id", pa.string()), ("published_on", pa.timestamp("us")),
     *((name, pa.string()) for name in ("text", "format", "goal")), ("goal_given", pa.bool_()),
     *((name, pa.string()) for name in ("call", "paid", "base")), ("shown", pa.float64()),
     *((f"{what}{end}", pa.float64()) for what in ("engaged", "clicked")
       for end in ("", "_expected", "_ratio", "_low", "_high")),
     ("verdict", pa.string())]
)  # fmt: skip
CODES = pa.schema(
    [("code", pa.string()), ("posts", pa.int64()), ("orders", pa.int64()),
     ("revenue", pa.float64())]
)  # fmt: skip
BY_CHANNEL = pa.schema(
    [("channel", pa.string()), ("paid", pa.string()), ("what", pa.string()),
     *((name, pa.int64()) for name in ("posts", "channels")), ("base", pa.string()),
     *((name, pa.float64()) for name in ("shown", "counted", "rate", "low", "high"))]
)  # fmt: skip


def content(context: Context) -> StepResult:
    """Write what kinds of posts bring, and each post against what was expected of it."""
    if not context.holds("post", "post_metric"):
        return StepResult(untold=(_nothing(),))
    frame = posts(context.facts("post"), context.facts("post_metric"))
    found = described(context.engine.collect(frame).to_pylist(), context.settings.time_zone)
    fits = {what: compared(found, what) for what in ("engaged", "clicked")}
    known = [fit for fit in fits.values() if fit is not None]
    rows = [row for fit in known for row in kinds(fit)]
    each = _posts(found, fits)
    tables = {
        "content": pa.Table.from_pylist(rows, schema=CONTENT),
        "content_posts": pa.Table.from_pylist(each, schema=POSTS),
        "content_channels": pa.Table.from_pylist(_by_channel(found), schema=BY_CHANNEL),
        "content_codes": pa.Table.from_pylist(_codes(context, found), schema=CODES),
    }
    return StepResult(
        _numbers(found, fits, each),
        {name: context.write(name, table) for name, table in tables.items()},
        () if known else (_too_few(found),),
    )


def _posts(found: list[Post], fits: dict[str, Compared | None]) -> list[dict[str, Any]]:
    against = {what: against_expected(fit) if fit else {} for what, fit in fits.items()}
    rows = []
    for post in found:
        key = (post["channel"], post["post_id"])
        told = {what: known.get(key) for what, known in against.items()}
        row = {name: post[name] for name in POSTS.names if name in post}
        for what, numbers in told.items():
            if numbers is not None:
                ends = ("expected", "ratio", "low", "high")
                row |= {f"{what}_{end}": n for end, n in zip(ends, numbers, strict=True)}
        row["verdict"] = post_verdict(told["engaged"], told["clicked"])
        rows.append(row)
    return sorted(rows, key=lambda row: (row["published_on"], row["channel"], row["post_id"]))


def _by_channel(found: list[Post]) -> list[dict[str, Any]]:
    """Return rates as sums over sums, by channel, paid posts apart; ranges over posts."""
    rows = []
    for channel, paid in sorted({(post["channel"], post["paid"]) for post in found}):
        here = [p for p in found if (p["channel"], p["paid"]) == (channel, paid)]
        for what in ("engaged", "clicked"):
            known = [p for p in here if p[what] is not None]
            if known:
                told = rate(known, what)
                low, high = _over_posts(known, what, told["rate"])
                rows.append({"channel": channel, "paid": paid, "what": what, **told,
                             "low": low, "high": high})  # fmt: skip
    return rows


def _over_posts(
    known: list[Post], what: str, told: float | None
) -> tuple[float | None, float | None]:
    """Return the range of a ratio of sums; posts are what is drawn (Cochran 1977, section 6.3)."""
    based = [post for post in known if post["base"]]
    if told is None or len(based) < 2:
        return None, None
    shown = np.array([post["shown"] or 0.0 for post in based])
    left = np.array([post[what] for post in based]) - told * shown
    error = float(np.sqrt(len(based) / (len(based) - 1) * np.sum(left**2))) / float(shown.sum())
    half = float(stats.norm.ppf(0.95)) * error
    return max(0.0, told - half), told + half


def _codes(context: Context, found: list[Post]) -> list[dict[str, Any]]:
    """Return coupons that posts name, with the orders that used them: a count, and no cause."""
    named: dict[str, int] = {}
    for post in found:
        for code in codes_of(post["text"]):
            named[code] = named.get(code, 0) + 1
    used = {}
    if named and "orders" in context.results.tables:
        frame = orders_by_code(context.result("orders"), sorted(named))
        used = {row["code"]: row for row in context.engine.collect(frame).to_pylist()}
    return [
        {"code": code, "posts": many, "orders": used.get(code, {}).get("orders", 0),
         "revenue": used.get(code, {}).get("revenue", 0.0)}
        for code, many in sorted(named.items())
    ]  # fmt: skip


def _numbers(
    found: list[Post], fits: dict[str, Compared | None], each: list[dict[str, Any]]
) -> dict[str, Estimate]:
    told = {}
    basis: dict[str, Any] = {"table": "content_posts"}
    if found:
        told["posts"] = Estimate.exact(len(found), "posts", rows=len(found), name="posts", **basis)
    for name, what in (("asking_engaged", "engaged"), ("asking_clicked", "clicked")):
        fit = fits[what]
        if fit is not None and set(fit.asks.levels.get("asks", ())) == {"yes", "no"}:
            ratio, low, high = fit.asks.ratio("asks", np.array([-1.0, 1.0]))
            told[name] = Estimate(
                ratio, "times", Grade.ADJUSTED, low, high, rows=len(fit.posts), name=name,
                table="content",
            )  # fmt: skip
    both = [r for r in each if r.get("engaged_ratio") and r.get("clicked_ratio")]
    if len(both) >= 30:
        told["liked_and_clicked"] = _together(both)
    return told


def _together(rows: list[dict[str, Any]]) -> Estimate:
    """Return the rank correlation of likes and clicks beyond expectation (Fieller et al. 1957)."""
    pairs = [[row["engaged_ratio"], row["clicked_ratio"]] for row in rows]
    value = float(stats.spearmanr(np.array(pairs)).statistic)
    half = float(stats.norm.ppf(0.95)) * np.sqrt(1.06 / (len(rows) - 3))
    low, high = np.tanh(np.arctanh(value) + np.array([-half, half])).tolist()
    return Estimate(
        value, "number", Grade.MODEL, low, high, rows=len(rows), name="liked_and_clicked",
        table="content_posts",
    )  # fmt: skip


def _nothing() -> Untold:
    return Untold(
        Said("Which posts lead somewhere, and which are only liked?"),
        Said("No post of the brand is on record with its figures."),
        Said("Add the networks’ exports of your posts."),
    )


def _too_few(found: list[Post]) -> Untold:
    return Untold(
        Said("Which posts lead somewhere, and which are only liked?"),
        Said("Posts with figures on record: {n}; it takes 20 with reactions.", {"n": len(found)}),
        Said("Add older exports of your posts."),
    )
