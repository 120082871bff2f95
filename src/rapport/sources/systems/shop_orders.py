"""What the lists of orders of web shops have in common: states, refunds, customers."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from rapport.record.schema import MONEY
from rapport.sources.identifiers import (
    accounts_and_identifiers,
    column_of,
    emails,
    full_names,
    phones,
)
from rapport.sources.loading import Rule
from rapport.sources.rows import ROW, trimmed

# As WooCommerce and PrestaShop call them: English, French, German, Spanish, Swedish.
_UNPAID = (
    *("cancelled", "canceled", "failed", "pending", "pending payment", "draft", "checkout-draft"),
    *("trash", "payment error", "awaiting payment", "awaiting check payment"),
    *("awaiting bank wire payment", "awaiting cash on delivery validation"),
    *("annulée", "annulé", "échouée", "échoué", "attente paiement", "en attente de paiement"),
    *("erreur de paiement", "en attente de virement bancaire", "en attente du paiement par chèque"),
    *("storniert", "fehlgeschlagen", "zahlung ausstehend", "ausstehende zahlung"),
    *("fehler bei der bezahlung", "warten auf zahlungseingang banküberweisung"),
    *("cancelado", "fallido", "pendiente de pago", "error en pago"),
    *("avbruten", "misslyckades", "väntar på betalning", "inväntar betalning"),
)
_REFUNDED = ("refunded", "remboursée", "remboursé", "erstattet", "rückerstattet", "reembolsado")
_REFUNDED_TOO = ("återbetald",)


def unpaid(status: str) -> Rule:
    """Return the rule that sets aside orders for which no money came.

    Examples
    --------
    >>> rows = pa.table({"Status": ["wc-completed", "Cancelled ", "Annulée", "on-hold"]})
    >>> unpaid("Status").finds(rows).to_pylist()
    [False, True, True, False]
    """
    return Rule(
        "not_paid",
        "The order brought no money: it was cancelled, failed or not yet paid.",
        lambda rows: pc.is_in(_state(rows.column(status)), pa.array(_UNPAID)),
    )


def _state(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.replace_substring_regex(pc.utf8_lower(trimmed(column)), r"^wc-", "")


def refunds(typed: pa.Table, revenue: pa.ChunkedArray) -> pa.ChunkedArray:
    """Return what was paid back: the file's figure, or all of an order whose state says refunded.

    Parameters
    ----------
    typed
        Rows with `status`, and `refund` where the file has a figure.
    revenue
        What each order brought.
    """
    none = pa.scalar(None, MONEY)
    state = _state(pc.fill_null(column_of(typed, "status"), ""))
    whole = pc.if_else(pc.is_in(state, pa.array((*_REFUNDED, *_REFUNDED_TOO))), revenue, none)
    if "refund" not in typed.column_names:
        return whole
    said = pc.abs(typed.column("refund"))
    return pc.coalesce(pc.if_else(pc.equal(said, pa.scalar(0, MONEY)), none, said), whole, said)


def customers(typed: pa.Table) -> tuple[pa.ChunkedArray, dict[str, pa.Table]]:
    """Return the account of each order, and the rows of `account` and `identifier`.

    An account is an e-mail address, or the phone number where there is none. `typed` has, where
    the file does, `email`, `phone`, `first`, `last`, `postcode` and `country`.
    """
    email, phone = emails(column_of(typed, "email")), phones(column_of(typed, "phone"))
    account = pc.coalesce(email, phone)
    name = full_names(column_of(typed, "first"), column_of(typed, "last"))
    evidence = {"email": [email], "phone": [phone], "name": [name]}
    evidence["postcode"] = [column_of(typed, "postcode")]
    tables = accounts_and_identifiers(
        account, name, column_of(typed, "country"), evidence, typed.column(ROW)
    )
    return account, tables
