"""Public sets whose truth is known: no worse than what was measured before."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from rapport.people import resolve

FAKE = (
    "select unique_id::varchar as id, cluster::varchar as truth, first_name, surname, dob::varchar"
    " as dob, city, email from read_csv('{}/fake_1000.csv', all_varchar = true)",
    {"first_name": "given name", "surname": "family name", "dob": "birth date", "city": "city",
     "email": "email"},
)  # fmt: skip
FEBRL = (
    "select trim(rec_id) as id, regexp_extract(rec_id, 'rec-(\\d+)', 1) as truth,"
    " nullif(trim(given_name), '') as given_name, nullif(trim(surname), '') as surname,"
    " trim(date_of_birth) as dob, trim(postcode) as postcode, trim(soc_sec_id) as number"
    " from read_csv('{}/febrl__dataset3.csv', all_varchar = true, normalize_names = true)"
    " where regexp_extract(rec_id, 'rec-(\\d+)', 1)::int < 500",
    {"given_name": "given name", "surname": "family name", "dob": "birth date",
     "postcode": "postcode", "number": "external id"},
)  # fmt: skip


def scores(sql: str, kinds: dict[str, str]) -> tuple[float, float, float]:
    """Pairwise precision, recall and F1."""
    with duckdb.connect() as connection:
        rows = connection.sql(sql).to_arrow_table()
    parts = [
        pa.table({"source": ["set"] * len(rows), "account_id": rows["id"],
                  "kind": [kind] * len(rows), "value": rows[column]})
        for column, kind in kinds.items()
    ]  # fmt: skip
    links = resolve(pa.concat_tables(parts)).join(
        pa.table({"account_id": rows["id"], "truth": rows["truth"]}), "account_id"
    )

    def pairs(*by: str) -> float:
        sizes = links.group_by(list(by)).aggregate([([], "count_all")])["count_all"]
        return float(pc.sum(pc.multiply(sizes, pc.subtract(sizes, 1))).as_py()) / 2

    hit, told, true = pairs("person_id", "truth"), pairs("person_id"), pairs("truth")
    return hit / told, hit / true, 2 * hit / (told + true)


@pytest.mark.parametrize(("name", "precision", "f1"), [("fake", 0.99, 0.85), ("febrl", 0.99, 0.98)])
@pytest.mark.slow
def test_people_of_public_sets_are_found(shared_data: Path, name, precision, f1) -> None:
    sql, kinds = {"fake": FAKE, "febrl": FEBRL}[name]
    found = scores(sql.format(shared_data / "identity"), kinds)
    assert found[0] >= precision
    assert found[2] >= f1
