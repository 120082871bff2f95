"""The section on what customers will bring."""

from __future__ import annotations

from markupsafe import Markup

from rapport.estimate import Estimate, Grade
from rapport.report.charts.worth import value_by_cohort, value_by_group
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import cannot_tell, figure, horizon, number_rows, rests_on_money
from rapport.results import Said

NUMBERS = (
    "customer_equity",
    "lifetime_value",
    "new_customer_value",
    "orders_next_year",
    "revenue",
    "margin",
    "orders",
    "customers",
    "average_order_value",
    "revenue_per_customer",
)

GROUPS = {"one-time": Said("Ordered once"), "repeat": Said("Came back")}
DIMENSIONS = {"segment": Said("By loyalty"), "channel": Said("By channel of the first order")}
_NEEDED = ("customers", "value", "low", "high")


def worth(findings: Findings, prose: Prose) -> Section:
    """Return the section on what customers will bring."""
    return Section(
        key="worth",
        title=prose.say("What are our customers worth?"),
        answer=_answer(findings, prose),
        figures=_figures(findings, prose),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=_grids(findings, prose),
        basis=tuple(rests_on_money(findings, prose)),
    )


def _answer(findings: Findings, prose: Prose) -> Markup:
    equity, each = findings.number("customer_equity"), findings.number("lifetime_value")
    so_far = findings.number("revenue_per_customer")
    if equity and each:
        return _future(findings, prose)
    if each:
        return prose.say(
            "A customer of today should bring {each} over the coming {months}.",
            each=prose.told(each),
            months=horizon(findings),
        )
    if so_far:
        return prose.say(
            "What customers will bring cannot be told yet; so far each has brought {value} of net "
            "revenue.",
            value=prose.told(so_far),
        )
    usual = prose.say("We cannot tell: the record holds too few orders with a known customer.")
    return cannot_tell(findings, prose, "What are our customers worth?", usual)


def _future(findings: Findings, prose: Prose) -> Markup:
    equity, each = findings.numbers["customer_equity"], findings.numbers["lifetime_value"]
    values = {
        "equity": prose.told(equity),
        "each": prose.told(each),
        "months": horizon(findings),
        "between": prose.between(equity),
    }
    if values["between"] is None:
        return prose.say(
            "Today's customers should bring {equity} over the coming {months}, {each} each.",
            **values,
        )
    return prose.say(
        "Today's customers should bring about {equity} over the coming {months}, very probably "
        "between {between}; that is {each} each.",
        **values,
    )


def _figures(findings: Findings, prose: Prose) -> tuple[Figure, ...]:
    words, currency = findings.words, findings.currency
    cohorts = sorted(
        findings.rows("lifetime_by_cohort", ("cohort", *_NEEDED)), key=lambda row: row["cohort"]
    )
    if len(cohorts) > 1:
        title = prose.say("What one customer should still bring, by quarter of the first order")
        note = prose.say(
            "A dot is the value, its bar the range that holds the truth nine times in ten. The "
            "first quarter also holds those who were customers before the record begins."
        )
        return (
            figure(
                findings,
                "cohorts",
                title,
                lambda width: value_by_cohort(cohorts, words, currency, width),
                note=note,
                table="lifetime_by_cohort",
            ),
        )
    groups = [_named(row, findings) for row in _groups(findings, "segment")]
    if not groups:
        return ()
    title = prose.say("What one customer should still bring, by loyalty so far")
    return (
        figure(
            findings,
            "groups",
            title,
            lambda width: value_by_group(groups, words, currency, width),
            note=prose.say(
                "A dot is the value, its bar the range that holds the truth nine times in ten."
            ),
            table="lifetime_by_group",
        ),
    )


def _groups(findings: Findings, dimension: str) -> list[Row]:
    needed = ("dimension", "group", *_NEEDED, "total")
    return [r for r in findings.rows("lifetime_by_group", needed) if r["dimension"] == dimension]


def _named(row: Row, findings: Findings) -> Row:
    said = GROUPS.get(row["group"])
    return {**row, "group": said.text(findings.words.language) if said else row["group"]}


def _grids(findings: Findings, prose: Prose) -> tuple[Grid, ...]:
    made = (_grid(findings, prose, dimension) for dimension in DIMENSIONS)
    return tuple(grid for grid in made if grid is not None)


def _grid(findings: Findings, prose: Prose, dimension: str) -> Grid | None:
    words, currency = findings.words, findings.currency
    rows = sorted(_groups(findings, dimension), key=lambda row: -row["total"])
    if len(rows) < 2:
        return None
    whole = sum(row["total"] for row in rows)
    heads = (
        Cell(DIMENSIONS[dimension].text(words.language)),
        Cell(words("Customers"), "figure"),
        Cell(words("Each"), "figure"),
        Cell(words("Range"), "range"),
        Cell(words("Together"), "figure"),
        Cell(words("Share"), "figure"),
    )
    return Grid(
        title="",
        heads=heads,
        rows=tuple(_group_row(_named(row, findings), prose, currency, whole) for row in rows[:8]),
        table="lifetime_by_group",
        note=_hidden(findings, prose, dimension, len(rows)),
    )


def _group_row(row: Row, prose: Prose, currency: str, whole: float) -> tuple[Cell, ...]:
    words = prose.words
    each, span = prose.cell(_estimate(row, currency, ""))
    together, _ = prose.cell(_estimate(row, currency, "total"))
    return (
        Cell(row["group"]),
        Cell(words.number(row["customers"]), "figure"),
        Cell(each, "figure"),
        Cell(span, "range"),
        Cell(together, "figure"),
        Cell(words.percent(row["total"] / whole) if whole > 0 else "", "figure"),
    )


def _estimate(row: Row, currency: str, of: str) -> Estimate:
    """Return the value of one customer of a group, or its "total", with its range."""
    value = row[of or "value"]
    low, high = (row.get(f"{of}_{end}" if of else end) for end in ("low", "high"))
    ends = (value if low is None else min(low, value), value if high is None else max(high, value))
    return Estimate(value, currency, Grade.MODEL, *ends)


def _hidden(findings: Findings, prose: Prose, dimension: str, shown: int) -> Markup | str:
    """Return how many groups were too small to be shown."""
    every = findings.results.table("lifetime_by_group", ["dimension"])["dimension"].to_pylist()
    hidden = every.count(dimension) - shown
    if not hidden:
        return ""
    return prose.many(
        "{n} group of fewer than {smallest} customers is not shown.",
        "{n} groups of fewer than {smallest} customers are not shown.",
        hidden,
        smallest=findings.smallest_group,
    )
