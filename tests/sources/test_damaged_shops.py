"""Whatever happens to the files of shops and sellers: no crash, every row kept or set aside."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as effort
from hypothesis import strategies as st
from tests.sources import test_crm, test_shopify_people, test_tills, test_web_shops
from tests.sources.helpers import gather, settings
from tests.sources.test_any_bytes import MUTATION, changed

from rapport.errors import Problem

FILES = {
    "woocommerce": test_web_shops.ANALYTICS,
    "woocommerce lines": test_web_shops.LINES,
    "stripe": test_web_shops.PAYMENTS,
    "prestashop": test_web_shops.PRESTA["fr"],
    "point_of_sale": test_tills.FRENCH,
    "loyalty": test_tills.MEMBERS,
    "hubspot contacts": test_crm.CONTACTS,
    "hubspot deals": test_crm.DEALS,
    "salesforce": test_crm.LEADS,
    "salesforce opportunities": test_crm.OPPORTUNITIES["de"],
    "shopify": test_shopify_people.NEW,
    "shopify api": json.dumps({"orders": [test_shopify_people.answer(name=f"#{n}") for n in "12"]}),
}
_ODD = ("", '"', "-5", "0", "1e400", "NaN", "1.2E+17", "\ufeff", "2026-02-30", "31/12/2099", "null")
CELLS = st.sampled_from((*_ODD, "Total", "[]", "\u202f", "9" * 25, "won", "refunded"))


@effort(max_examples=8, deadline=None)
@given(data=st.data())
@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_refused_or_accounted_for(name: str, data: st.DataObject) -> None:
    text = FILES[name]
    size = len(text.encode())
    mutations = data.draw(st.lists(MUTATION.map(lambda m: (m[0], m[1] % size, m[2])), max_size=3))
    places = st.tuples(st.integers(1, 12), st.integers(0, 24), CELLS)
    content = changed(_with_cells(text, data.draw(st.lists(places, max_size=4))), mutations)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "export.csv"
        path.write_bytes(content)
        try:
            found = gather(path, settings(None))
        except Problem:
            return
    assert all(row["reason"] for row in found.aside)


def _with_cells(text: str, cells: list[tuple[int, int, str]]) -> bytes:
    lines = text.split("\n")
    delimiter = ";" if ";" in lines[0] else ","
    for row, place, cell in cells:
        if row < len(lines):
            parts = lines[row].split(delimiter)
            parts[place % len(parts)] = cell
            lines[row] = delimiter.join(parts)
    return "\n".join(lines).encode()
