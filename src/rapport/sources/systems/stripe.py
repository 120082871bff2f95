"""Stripe: payments, with what was paid back of them, and customers.

An amount is what was charged: tax and shipping are in it, and the file does not say how much they
are. Times are UTC, as the header says. A shop whose orders are loaded from another system should
not load Stripe's payments of the same orders besides: each would count twice.
"""

from __future__ import annotations

from collections.abc import Mapping

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.schema import MONEY
from rapport.settings import Settings
from rapport.sources.fields import Field, Kind, fields_in
from rapport.sources.identifiers import column_of, emails, identifiers_of, people
from rapport.sources.loading import Recipe, Rule, record_table
from rapport.sources.reading import TableFile
from rapport.sources.rows import ROW, trimmed
from rapport.sources.shapes import Aliases, Header, Refusal, Shape, System

SOURCE = "stripe"
VERSION = 1
_CREATED: Aliases = ("Created date (UTC)", "Created (UTC)")
_PAYMENTS: dict[str, Aliases] = {
    "id": "id",
    "created": _CREATED,
    "amount": "Amount",
    "refunded": "Amount Refunded",
    "currency": "Currency",
    "status": "Status",
    "captured": "Captured",
    "mode": "Mode",
    "customer": "Customer ID",
    "email": "Customer Email",
    "name": "Card Name",
    "postcode": "Card Address Zip",
    "country": "Card Address Country",
    "disputed": "Disputed Amount",
    "dispute": "Dispute Status",
    "converted": "Converted Amount",
    "fee": "Fee",
}
_CUSTOMERS: dict[str, Aliases] = {
    "id": "id",
    "created": _CREATED,
    "email": "Email",
    "name": "Name",
    "phone": "Phone",
    "postcode": ("Address Postal Code", "Card Address Zip"),
    "country": ("Address Country", "Card Address Country"),
    "delinquent": "Delinquent",
    "spent": "Total Spend",
    "payments": "Payment Count",
}
_PAID = (
    *("paid", "succeeded", "refunded", "partially refunded", "partial refund"),
    *("disputed", "dispute won", "dispute lost", "early fraud warning", ""),
)
_FAILED = (
    *("failed", "canceled", "cancelled", "blocked", "expired", "incomplete", "pending"),
    *("processing", "uncaptured", "requires_payment_method", "requires_confirmation"),
    *("requires_action", "requires_capture"),
)
_NOTES = (
    "Revenue is what was charged: tax and shipping are in it, and it is not said how much.",
    "Amounts are in the currency of the customer; a dispute that was lost counts as paid back.",
    "Do not load these beside the same orders of a shop: they would count twice.",
)
_BALANCE = Refusal(
    "It is Stripe's balance: fees and payouts stand among the payments, and nobody is named.",
    "Export the payments: Stripe › Payments › Export, all columns.",
)


def _states(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.utf8_lower(trimmed(column))


def _rules(header: Header) -> tuple[Rule, ...]:
    status = header["status"]
    rules = [
        Rule(
            "not_paid",
            "The payment failed, was called off or is not finished: no money moved.",
            lambda rows: pc.is_in(_states(rows.column(status)), pa.array(_FAILED)),
        ),
        Rule(
            "unknown_status",
            "Its status is none that says whether money moved.",
            lambda rows: pc.invert(pc.is_in(_states(rows.column(status)), pa.array(_PAID))),
        ),
    ]
    if "captured" in header:
        captured = header["captured"]
        rules.append(
            Rule(
                "not_captured",
                "The amount was reserved and never taken.",
                lambda rows: pc.equal(_states(rows.column(captured)), "false"),
            )
        )
    if "mode" in header:
        mode = header["mode"]
        rules.append(
            Rule(
                "test_payment",
                "The payment was made to try the till out.",
                lambda rows: pc.equal(_states(rows.column(mode)), "test"),
            )
        )
    return tuple(rules)


def _payments(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how payments are read."""
    kinds: dict[str, Kind] = {"refunded": "money", "disputed": "money", "dispute": "text"}
    kinds |= dict.fromkeys(("customer", "email", "name", "postcode", "country"), "text")
    fields = (
        Field("purchase_id", "identifier", (header["id"],), required=True),
        Field("ordered_on", "time", (header["created"],), required=True),
        Field("revenue", "money", (header["amount"],), required=True),
        Field("currency", "currency", (header["currency"],), required=True),
        *fields_in(header, kinds),
    )
    return Recipe(
        SOURCE,
        VERSION,
        fields,
        (header["id"],),
        _purchases,
        by_line=False,
        notes=_NOTES,
        time_zone="UTC",
        usual_decimal=".",
        rules=_rules(header),
    )


def _purchases(typed: pa.Table) -> Mapping[str, pa.Table]:
    account = pc.coalesce(column_of(typed, "customer"), emails(column_of(typed, "email")))
    names = ("purchase_id", "ordered_on", "zone", "revenue", "currency")
    columns: dict[str, object] = {name: typed.column(name) for name in names}
    columns |= {"account_id": account, "refund": _paid_back(typed)}
    tables = {"purchase": record_table("purchase", columns, typed)}
    known = pc.is_valid(account)
    if pc.any(known).as_py():
        tables |= _payers(typed.filter(known), account.filter(known))
    return tables


def _payers(typed: pa.Table, account: pa.ChunkedArray) -> dict[str, pa.Table]:
    each = pa.table({"account_id": account, "name": column_of(typed, "name"), ROW: typed[ROW]})
    each = each.append_column("country", column_of(typed, "country"))
    last = each.group_by("account_id", use_threads=False).aggregate(
        [("name", "last"), ("country", "last"), (ROW, "last")]
    )
    last = last.rename_columns(["account_id", "name", "country", ROW])
    evidence = {
        "email": [column_of(typed, "email")],
        "name": [column_of(typed, "name")],
        "postcode": [column_of(typed, "postcode")],
    }
    said = {name: last.column(name) for name in ("account_id", "name", "country")}
    return {
        "account": record_table("account", said, last),
        "identifier": identifiers_of(account, evidence, typed.column(ROW)),
    }


def _paid_back(typed: pa.Table) -> pa.ChunkedArray:
    back = pc.abs(typed.column("refunded"))
    if "disputed" not in typed.column_names or "dispute" not in typed.column_names:
        return back
    nothing = pa.scalar(0, MONEY)
    lost = pc.fill_null(pc.equal(_states(pc.fill_null(typed.column("dispute"), "")), "lost"), False)
    taken = pc.if_else(lost, pc.coalesce(typed.column("disputed"), nothing), nothing)
    both = pc.cast(pc.add(pc.coalesce(back, nothing), taken), MONEY)
    return pc.if_else(lost, pc.min_element_wise(both, typed.column("revenue")), back)


def _customers(file: TableFile, header: Header, settings: Settings) -> Recipe:
    """Return how customers are read."""
    kinds: dict[str, Kind] = dict.fromkeys(
        ("email", "name", "phone", "postcode", "country"), "text"
    )
    fields = (
        Field("customer", "identifier", (header["id"],), required=True),
        Field("created", "time", (header["created"],)),
        *fields_in(header, kinds),
    )

    def tables(typed: pa.Table) -> Mapping[str, pa.Table]:
        columns: dict[str, object] = {
            "account_id": typed.column("customer"),
            "name": column_of(typed, "name"),
            "country": column_of(typed, "country"),
            "created": typed.column("created"),
        }
        kept = ("email", "phone", "name", "postcode")
        return people(typed, columns, {kind: [column_of(typed, kind)] for kind in kept})

    return Recipe(SOURCE, VERSION, fields, (header["id"],), tables, by_line=False, time_zone="UTC")


SYSTEM = System(
    SOURCE,
    "Stripe",
    "commerce",
    (
        Shape(
            name="payments",
            title="Payments of Stripe",
            grain="one payment",
            tables=("purchase", "account", "identifier"),
            columns=_PAYMENTS,
            needs=("id", "created", "amount", "refunded", "currency", "status"),
            where="Stripe › Payments › Export, all columns",
            since="2017",
            checked="the columns that open-source readers of its exports list; English only",
            recipe=_payments,
        ),
        Shape(
            name="customers",
            title="Customers of Stripe",
            grain="one customer",
            tables=("account", "identifier"),
            columns=_CUSTOMERS,
            needs=("id", "created", "email", "delinquent"),
            where="Stripe › Customers › Export",
            since="2017",
            checked="the columns that open-source readers of its exports list; English only",
            recipe=_customers,
        ),
        Shape(
            name="balance",
            title="Balance of Stripe",
            grain="one change of the balance",
            tables=(),
            columns={
                "id": "id",
                "kind": "Type",
                "of": "Source",
                "net": "Net",
                "fee": "Fee",
                "created": _CREATED,
                "amount": "Amount",
                "available": "Available On (UTC)",
            },
            needs=("id", "kind", "of", "net", "created"),
            refuses=_BALANCE,
        ),
    ),
)
