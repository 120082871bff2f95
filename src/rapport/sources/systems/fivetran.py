"""Tables of Fivetran's connectors that no answer needs: known by the column of their last sync."""

from __future__ import annotations

from rapport.sources.shapes import Refusal, Shape, System

SYSTEM = System(
    "fivetran",
    "Fivetran",
    "warehouse",
    (
        Shape(
            name="other",
            title="Other tables of Fivetran",
            grain="",
            tables=(),
            columns={"synced": ("_fivetran_synced", "_company_synced")},
            needs=("synced",),
            refuses=Refusal(
                "It is a table of a Fivetran connector that no answer needs.",
                "Add the tables that rapport sources lists for the connector.",
                spare=True,
            ),
        ),
    ),
)
