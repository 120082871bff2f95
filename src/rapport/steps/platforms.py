"""Are we on the right platforms? People, talk, cost and return of each; stay, test or leave."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pyarrow as pa

from rapport.estimate import Estimate
from rapport.impact.platforms import presence
from rapport.impact.platforms.presence import KINDS
from rapport.impact.platforms.verdicts import LEAVE, STAY, TEST, Verdict, Yearly, verdict
from rapport.record.frames import Frame, distinct
from rapport.results import Said, StepResult, Untold
from rapport.settings import Settings
from rapport.steps.context import Context
from rapport.steps.identity import seen_acts
from rapport.steps.linked import links_of

YEAR = 365
_FLOATS = (
    *("customers_share", "real_followers", "real_low", "real_high"),
    *("customers_fully", "customers_engaged", "prospects_fully", "prospects_engaged"),
    *("visits_margin", "connected_margin", "lift", "lift_low", "lift_high", "cost"),
    *("value", "low", "high"),
)
PLATFORMS = pa.schema(
    [("channel", pa.string()),
     *((name, pa.int64()) for name in ("customers", "prospects", "posts", "messages", "answers",
                                       *KINDS, "visits", "bought")),
     ("comes_for", pa.string()), *((name, pa.float64()) for name in _FLOATS),
     ("verdict", pa.string()), ("why", pa.string())]
)  # fmt: skip
OVERLAP = pa.schema(
    [("channel", pa.string()), ("other", pa.string()), ("people", pa.int64()),
     ("share", pa.float64())]
)  # fmt: skip
Rows = dict[str, dict[str, Any]]


def platforms(context: Context) -> StepResult:
    """Write what each platform holds, brings and costs, and which people are on several."""
    if not context.holds("post", "audience", "activity") or not _has(context, "people"):
        return StepResult(untold=(_nothing(),))
    since = _last_day(context).toordinal() - YEAR + 1
    there = context.engine.cache(_present(context))
    people = context.result("people")
    rows = _rows(context, there, people, since)
    if not rows:
        return StepResult(untold=(_nothing(),))
    (every,) = context.engine.collect(presence.everybody(people)).to_pylist()
    smallest = context.settings.people.smallest_group
    table = _table(rows, every["customers"], context, smallest)
    pairs = _overlap(context, there, people, rows, smallest)
    tables = {
        "platforms": pa.Table.from_pylist(table, schema=PLATFORMS),
        "platform_overlap": pa.Table.from_pylist(pairs, schema=OVERLAP),
    }
    return StepResult(
        _numbers(table),
        {name: context.write(name, made) for name, made in tables.items()},
        _untold(table, context.settings),
    )


def _has(context: Context, *tables: str) -> bool:
    return all(context.results.tables.get(name) for name in tables)


def _last_day(context: Context) -> dt.date:
    told = context.settings.today or context.results.facts.get("last_day")
    if told is not None:
        return dt.date.fromisoformat(str(told)[:10])
    newest = context.facts("activity").select(day=nw.col("occurred_on_day").max())
    (day,) = context.engine.collect(newest).column("day").to_pylist()
    return day or dt.date(1970, 12, 31)


def _present(context: Context) -> Frame:
    links = links_of(context)
    if _has(context, "accounts_judged"):
        judged = context.result("accounts_judged")
        suspicious = judged.filter(nw.col("verdict") == "suspicious")
        nobody = distinct(suspicious.select("source", "account_id"))
    else:
        nobody = links.filter(nw.col("source") == "").select("source", "account_id")
    return presence.present(context.facts("account"), seen_acts(context), links, nobody)


def _rows(context: Context, there: Frame, people: Frame, since: int) -> Rows:
    """Return what is known of each platform on which the brand is, or customers are."""
    collect, settings = context.engine.collect, context.settings
    facts = context.results.facts
    parts: list[Frame] = [
        presence.people_there(there, people),
        presence.published(context.facts("post"), since).select(
            "platform", "posts", posts_cost=nw.col("cost")
        ),
        presence.visits_from(context.facts("visit"), since),
    ]
    if _has(context, "messages"):
        parts.append(presence.talk(context.result("messages")))
    if _has(context, "connections", "orders"):
        orders = presence.valued(
            context.result("orders"),
            settings.value.margin,
            in_margin=facts.get("money") == "margin",
        )
        parts.append(
            presence.connected_margin(context.result("connections"), orders, since).select(
                "platform", connected=nw.col("people"), connected_margin=nw.col("margin")
            )
        )
    made: Rows = {}
    for part in parts:
        for row in collect(part).to_pylist():
            name = row.pop("platform")
            if name not in presence.ELSEWHERE:
                made.setdefault(name, {}).update(row)
    known = {
        name: row
        for name, row in made.items()
        if row.get("posts") or _people_of(row) or row.get("messages")
    }
    for row in collect(presence.spent(context.facts("spend"), sorted(known), since)).to_pylist():
        known[row["platform"]]["spent"] = row["cost"]
    if _has(context, "levels"):
        _add_levels(known, collect(presence.levels_there(there, context.result("levels"))))
    if _has(context, "audience_clean"):
        _add_followers(known, context.results.table("audience_clean"))
    return dict(sorted(known.items()))


def _people_of(row: Mapping[str, Any]) -> int:
    return int(row.get("customers") or 0) + int(row.get("prospects") or 0)


def _add_levels(rows: Rows, levels: pa.Table) -> None:
    for row in levels.to_pylist():
        if row["platform"] in rows and row["people"]:
            side = f"{row['side']}s"
            for name in ("fully", "engaged"):
                rows[row["platform"]][f"{side}_{name}"] = row[name] / row["people"]


def _add_followers(rows: Rows, clean: pa.Table) -> None:
    """Add the fullest count of followers without suspicious ones."""
    for what in ("gained", "known followers", "followers"):
        for row in clean.to_pylist():
            if row["what"] == what and row["channel"] in rows and row["without"] is not None:
                rows[row["channel"]] |= {
                    "real_followers": row["without"], "real_low": row["without_low"],
                    "real_high": row["without_high"],
                }  # fmt: skip


def _table(rows: Rows, customers: int, context: Context, smallest: int) -> list[dict[str, Any]]:
    mean = _margin_of_an_order(context)
    lifts = _lifts(context)
    costs = _costs(rows, context.settings)
    spared = context.settings.service.cost_per_contact
    table = []
    for name, row in rows.items():
        people = _people_of(row)
        visits = None if mean is None or "visits" not in row else row["bought"] * mean
        lift = lifts.get(name) or lifts.get("")
        enough = row.get("connected", 0) >= smallest  # what so few bought is nobody's business
        caused = _caused(row.get("connected_margin") if enough else None, lift)
        answers = row.get("answers")
        year = Yearly(
            people,
            int(row.get("posts") or 0),
            *caused,
            visits=visits,
            answered=None if spared is None or answers is None else answers * spared,
            cost=costs.get(name),
        )
        told = verdict(year, smallest)
        table.append(_row(name, row, told, (visits, lift, costs.get(name)), (customers, smallest)))
    return table


def _row(
    name: str,
    row: Mapping[str, Any],
    told: Verdict,
    known: tuple[float | None, tuple[float, float, float] | None, float | None],
    totals: tuple[int, int],
) -> dict[str, Any]:
    visits, lift, cost = known
    customers, smallest = totals
    made = {column: row[column] for column in PLATFORMS.names if column in row}
    if row.get("connected", smallest) < smallest:
        made |= {"connected_margin": None}
    ends = dict(zip(("lift", "lift_low", "lift_high"), lift or (None,) * 3, strict=True))
    return {
        **made,
        **ends,
        "channel": name,
        "customers": _shown(row.get("customers"), smallest),
        "prospects": _shown(row.get("prospects"), smallest),
        "posts": int(row.get("posts") or 0),
        "customers_share": _share(row.get("customers"), customers, smallest),
        "comes_for": _comes_for(row),
        "visits_margin": visits,
        "cost": cost,
        "value": told.value,
        "low": told.low,
        "high": told.high,
        "verdict": told.said,
        "why": told.why,
    }


def _shown(many: int | None, smallest: int) -> int | None:
    """Return a number of people; None where they are too few to be shown as a group."""
    return None if 0 < (many or 0) < smallest else int(many or 0)


def _share(many: int | None, every: int, smallest: int) -> float | None:
    shown = _shown(many, smallest)
    return None if shown is None or not every else shown / every


def _comes_for(row: Mapping[str, Any]) -> str | None:
    """Return what most messages of a known kind are for; None where hardly any has a kind."""
    many = {kind: int(row.get(kind) or 0) for kind in KINDS}
    most = max(many, key=lambda kind: many[kind])
    return most if many[most] >= max(10, sum(many.values()) / 3) else None


def _margin_of_an_order(context: Context) -> float | None:
    if not _has(context, "orders"):
        return None
    settings, facts = context.settings, context.results.facts
    money = presence.valued(
        context.result("orders"), settings.value.margin, in_margin=facts.get("money") == "margin"
    )
    (row,) = context.engine.collect(money.select(mean=nw.col("money").mean())).to_pylist()
    return None if row["mean"] is None else float(row["mean"])


def _lifts(context: Context) -> dict[str, tuple[float, float, float]]:
    """Return the extra margin of people connected on each platform, as a share; '' is overall."""
    made: dict[str, tuple[float, float, float]] = {}
    overall = context.results.facts.get("connection_lift")
    if isinstance(overall, dict):
        made[""] = (overall["value"], overall["low"], overall["high"])
    if _has(context, "connection_groups"):
        for row in context.results.table("connection_groups").to_pylist():
            if row["grouping"] == "platform" and row["lift"] is not None:
                made[row["group"]] = (row["lift"], row["lift_low"], row["lift_high"])
    return made


def _caused(
    margin: float | None, lift: tuple[float, float, float] | None
) -> tuple[float | None, float | None, float | None]:
    """Return the part of a margin that connecting caused: lift / (1 + lift) of it, with its range.

    Examples
    --------
    >>> _caused(110.0, (0.1, 0.0, 0.25))
    (10.0, 0.0, 22.0)
    """
    if margin is None or lift is None:
        return None, None, None
    value, low, high = (margin * each / (1 + each) if each > -1 else -margin for each in lift)
    return round(value, 6), low, high


def _costs(rows: Rows, settings: Settings) -> dict[str, float]:
    """Return what each platform costs a year: its spending, its posts, and its share of the making.

    People of brand and marketing and the making of content are spread over posts.
    """
    costs = settings.costs
    team = [w for w in costs.people or () if w.function in ("brand", "marketing")]
    known = costs.people is not None or costs.content is not None
    making = 12 * (sum(w.per_month * w.share for w in team) + (costs.content or 0.0))
    posts = sum(int(row.get("posts") or 0) for row in rows.values())
    made = {}
    for name, row in rows.items():
        own = float(row.get("posts_cost") or 0.0) + float(row.get("spent") or 0.0)
        if known or own:
            made[name] = own + (making * int(row.get("posts") or 0) / posts if posts else 0.0)
    return made


def _overlap(
    context: Context, there: Frame, people: Frame, rows: Rows, smallest: int
) -> list[dict[str, Any]]:
    pairs = context.engine.collect(presence.overlap(there, people)).to_pylist()
    return [
        {
            "channel": row["platform"], "other": row["other"], "people": row["people"],
            "share": row["people"] / _people_of(rows[row["platform"]]),
        }
        for row in sorted(pairs, key=lambda r: (r["platform"], r["other"]))
        if row["platform"] in rows and row["other"] in rows and row["people"] >= smallest
    ]  # fmt: skip


def _numbers(table: Sequence[Mapping[str, Any]]) -> dict[str, Estimate]:
    named = {"platforms_stay": STAY, "platforms_test": TEST, "platforms_leave": LEAVE}
    return {
        name: Estimate.exact(
            sum(row["verdict"] == said for row in table), "platforms", rows=len(table), name=name,
            table="platforms",
        )
        for name, said in named.items()
    }  # fmt: skip


def _untold(table: Sequence[Mapping[str, Any]], settings: Settings) -> tuple[Untold, ...]:
    told = []
    if settings.costs.people is None and any(row["posts"] for row in table):
        told.append(
            Untold(
                Said("What does each platform cost us?"),
                Said("rapport.toml does not say who makes the posts, and what they cost."),
                Said("Name them under [costs]."),
            )
        )
    if all(row["value"] is None for row in table):
        told.append(
            Untold(
                Said("What does each platform return?"),
                Said("What connecting there causes could not be measured."),
                Said("Add lists of followers with the day they came, and orders that name people."),
            )
        )
    return tuple(told)


def _nothing() -> Untold:
    return Untold(
        Said("Are we on the right platforms?"),
        Said("No file says who is on which network, nor what the brand posts there."),
        Said("Add the networks’ exports of your accounts, posts and followers."),
    )
