"""Every way in which a file can be bad, and the exact words that a person then reads."""

from __future__ import annotations

import codecs
import gzip
import tempfile
import zipfile
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from tests.sources.helpers import GOOD, HEADER, gather, settings, written

from rapport.errors import Problem

AMOUNTS = [Decimal("10.5000"), Decimal("20.0000")]


def refused(path: Path, **changes: object) -> str:
    with pytest.raises(Problem) as caught:
        gather(path, settings(**changes))  # type: ignore[arg-type]
    return str(caught.value)


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (b"", "The file is empty. Export it again."),
        (b"  \n\n \n", "The file holds nothing but blanks. Export it again."),
        (
            HEADER,
            "The file has a header and no rows. Export it again, over the days that are meant.",
        ),
        (
            "date\n2024-01-01\n",
            "It has one column only; a table of purchases needs at least a date and an amount. "
            "Columns are parted by a comma, a semicolon, a tab, a bar or blanks.",
        ),
        (
            b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 40,
            "It is a PNG picture, not a table. "
            "Export the table as CSV, XLSX, JSON lines or Parquet.",
        ),
        (
            bytes(range(256)) * 40,
            "It is not a table: its bytes are not text. "
            "Export the table as CSV, XLSX, JSON lines or Parquet.",
        ),
        (
            "<!DOCTYPE html>\n<html><title>Log in</title></html>",
            "It is a web page, not a table. The login may have ended while it was downloaded: "
            "sign in and export it again.",
        ),
        (b"\x1f\x8b\x08\x00abc", "The compressed file is damaged or cut off. Export it again."),
        (b"PAR1abcdefgh", "The Parquet file is damaged or cut off. Write it again."),
        (b"PK\x03\x04 no archive", "The compressed file is damaged or cut off. Export it again."),
        (
            "[1, 2, 3]",
            "It holds no JSON objects with two keys or more. "
            "Write one object a line, or an array of objects.",
        ),
    ],
)
def test_what_is_no_table_is_refused_in_one_sentence(
    tmp_path: Path, content: str | bytes, what: str
) -> None:
    assert refused(written(tmp_path, content)) == (
        f"orders.csv was not read.\n  - orders.csv: {what}"
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    assert "There is no such file." in refused(tmp_path / "none.csv")
    assert "It is a folder. Name the files in it" in refused(tmp_path)


def test_no_right_to_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, GOOD)
    real = Path.open

    def closed(self: Path, *args: object, **more: object) -> object:
        if self == path:
            raise PermissionError(13, "Permission denied")
        return real(self, *args, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", closed)
    assert refused(path).endswith(
        "It could not be read: Permission denied. Check the path and its rights."
    )


def test_a_full_disk_is_told_apart_from_a_bad_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("rapport.sources.repeats.Repeats.add", full)
    assert refused(written(tmp_path, GOOD)) == (
        "orders.csv was not read.\n  - orders.csv: A working file could not be written: No space "
        f"left on device. Make room in {tempfile.gettempdir()}, or set TMPDIR to another folder."
    )


def test_one_customer_is_enough(tmp_path: Path) -> None:
    found = gather(written(tmp_path, HEADER + "1,2024-01-31,ana,10.50\n"))
    assert (found.rows, found.aside) == (1, [])


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("said", [False, True])
def test_any_delimiter_also_when_the_file_says_it(
    tmp_path: Path,
    delimiter: str,
    said: bool,  # noqa: FBT001
) -> None:
    text = GOOD.replace(",", delimiter)
    text = f"sep={delimiter}\r\n{text}" if said else text
    found = gather(written(tmp_path, text))
    assert found.column("revenue") == AMOUNTS
    assert found.column("source_row") == ([3, 4] if said else [2, 3])


@pytest.mark.parametrize(
    ("codec", "mark", "note"),
    [
        ("utf-8", b"", ""),
        ("utf-8", codecs.BOM_UTF8, ""),
        ("utf-16-le", codecs.BOM_UTF16_LE, "The text is UTF-16: it says so in its first bytes."),
        ("utf-16-be", codecs.BOM_UTF16_BE, "The text is UTF-16: it says so in its first bytes."),
        ("utf-16-le", b"", "The text is UTF-16: every second byte is zero."),
        ("cp1252", b"", "The text is Windows-1252: 2 of its characters cannot be UTF-8."),
    ],
)
def test_any_encoding_by_evidence(tmp_path: Path, codec: str, mark: bytes, note: str) -> None:
    text = GOOD.replace("ana", "zoë").replace("bo", "€uro")
    found = gather(written(tmp_path, mark + text.encode(codec)))
    assert found.column("account_id") == ["zoë", "€uro"]
    assert [n for n in found.facts.notes if n.startswith("The text")] == ([note] if note else [])


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_any_line_end_and_line_ends_inside_quotes(tmp_path: Path, end: str) -> None:
    text = f'order,date,customer,amount{end}1,2024-01-31,"a{end}b",1{end}2,2024-02-01,c,2{end}'
    found = gather(written(tmp_path, text))
    assert found.column("source_row") == [2, 3]
    assert found.column("account_id")[1] == "c"


@pytest.mark.parametrize("wrapping", ["gz", "zip"])
def test_a_compressed_file_reads_like_the_plain_one(tmp_path: Path, wrapping: str) -> None:
    path = tmp_path / f"orders.csv.{wrapping}"
    if wrapping == "gz":
        path.write_bytes(gzip.compress(GOOD.encode()))
    else:
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("orders.csv", GOOD)
    assert gather(path).column("revenue") == AMOUNTS


def test_a_zip_with_two_tables_asks_which(tmp_path: Path) -> None:
    path = tmp_path / "orders.zip"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("a.csv", GOOD)
        archive.writestr("b.csv", GOOD)
    assert refused(path).endswith(
        "The zip file holds 2 files: a.csv, b.csv. Unpack it and add the table that is meant."
    )


def test_a_cut_off_gz_is_refused_not_half_read(tmp_path: Path) -> None:
    text = HEADER + "".join(f"{n},2024-01-31,c{n * 7919},{n}.50\n" for n in range(5000))
    path = tmp_path / "orders.csv.gz"
    path.write_bytes(gzip.compress(text.encode())[:-200])
    assert refused(path).endswith("The compressed file is damaged or cut off. Export it again.")


def test_names_below_a_title_are_found(tmp_path: Path) -> None:
    found = gather(written(tmp_path, f"Orders of Maison\n\nPrinted on Monday\n{GOOD}"))
    assert found.column("source_row") == [5, 6]
    assert "The names of the columns stand in row 4." in found.facts.notes


def test_decimal_commas_and_thousand_marks(tmp_path: Path) -> None:
    rows = "1;2024-01-31;a;1.234,56\n2;2024-02-01;b;1 234,50 €\n3;2024-02-01;b;12.345\n"
    found = gather(written(tmp_path, HEADER.replace(",", ";") + rows))
    assert [str(v) for v in found.column("revenue")] == ["1234.5600", "1234.5000", "12345.0000"]
    assert "Numbers have a decimal comma: row 2 has '1.234,56'." in found.facts.notes


@pytest.mark.parametrize(
    ("cell", "value"),
    [
        ("(4.20)", "-4.20"),
        ("5.00-", "-5"),
        ("$1,200.00", "1200"),
        ("\u22123.5", "-3.5"),
        ("CHF 1'200.50", "1200.5"),
        ("12,34,567.00", "1234567"),
        ("1\u202f234.5", "1234.5"),
        (".5", "0.5"),
        ("+7.1", "7.1"),
    ],
)
def test_the_ways_of_writing_an_amount(tmp_path: Path, cell: str, value: str) -> None:
    found = gather(written(tmp_path, GOOD + f'3,2024-02-02,c,"{cell}"\n'))
    assert found.column("revenue")[2] == Decimal(value)


def test_numbers_that_could_mean_two_things_are_asked_about(tmp_path: Path) -> None:
    text = HEADER + '1,2024-01-31,a,"1,234"\n2,2024-02-01,b,"2,500"\n'
    assert refused(written(tmp_path, text)) == (
        "orders.csv was not read.\n  - orders.csv: Nothing in the file says whether ',' is the "
        "decimal mark: row 2 has '1,234', which would be 1,234 or 1.234. "
        'Write decimal = "." or decimal = "," in [mappings.shop] of rapport.toml.'
    )
    found = gather(written(tmp_path, text), settings(decimal="."))
    assert found.column("revenue") == [Decimal(1234), Decimal(2500)]
    found = gather(written(tmp_path, text), settings(decimal=","))
    assert found.column("revenue") == [Decimal("1.234"), Decimal("2.5")]


def test_numbers_written_in_two_ways_are_refused_with_their_rows(tmp_path: Path) -> None:
    text = HEADER + '1,2024-01-31,a,"1,5"\n2,2024-02-01,b,2.5\n'
    assert (
        "Numbers are written in two ways: row 3 has '2.5' with a decimal point, row 2 has '1,5' "
        "with a decimal comma."
    ) in refused(written(tmp_path, text))
    found = gather(written(tmp_path, text), settings(decimal="."))
    assert found.reasons == [(2, "amount '1,5' is not a number.")]


def test_days_first_or_months_first_is_decided_by_the_whole_file(tmp_path: Path) -> None:
    rows = "".join(f"{n},0{n % 9 + 1}/02/2024,a,1\n" for n in range(1, 3000))
    day = gather(written(tmp_path, HEADER + rows + "9999,13/02/2024,a,1\n"))
    assert day.column("ordered_on")[0] == datetime(2024, 2, 1, 23, tzinfo=UTC)
    assert "Dates are day first: row 3001 has '13/02/2024'." in [
        note.replace(",", "") for note in day.facts.notes
    ]
    month = gather(written(tmp_path, HEADER + rows + "9999,02/13/2024,a,1\n"))
    assert month.column("ordered_on")[0] == datetime(2024, 2, 1, 23, tzinfo=UTC)


def test_dates_that_could_be_either_are_asked_about_with_both_meanings(tmp_path: Path) -> None:
    text = HEADER + "1,03/04/2024,a,1\n2,01/02/2024,b,2\n"
    assert refused(written(tmp_path, text)) == (
        "orders.csv was not read.\n  - orders.csv: Nothing in the file says whether the day or the "
        "month comes first: '03/04/2024' would be 3 April 2024 day first and 4 March 2024 month "
        "first; '01/02/2024' would be 1 February 2024 day first and 2 January 2024 month first. "
        'Write dates = "day-first" or dates = "month-first" in [mappings.shop] of rapport.toml.'
    )
    found = gather(written(tmp_path, text), settings(dates="month-first", time_zone="UTC"))
    assert found.column("ordered_on")[0] == datetime(2024, 3, 4, tzinfo=UTC)


def test_dates_mixed_both_ways_are_refused_with_their_rows(tmp_path: Path) -> None:
    text = HEADER + "1,13/04/2024,a,1\n2,04/13/2024,b,2\n"
    assert refused(written(tmp_path, text)) == (
        "orders.csv was not read.\n  - orders.csv: Dates are written in two ways: row 2 has "
        "'13/04/2024', which can only be day first, row 3 has '04/13/2024', which can only be "
        'month first. Write dates = "day-first" or dates = "month-first" '
        "in [mappings.shop] of rapport.toml: rows that do not fit are then set aside."
    )
    found = gather(written(tmp_path, text), settings(dates="day-first"))
    assert found.reasons == [(3, "date '04/13/2024' is not a date.")]


def test_both_questions_of_a_file_are_asked_at_once(tmp_path: Path) -> None:
    text = HEADER + '1,03/04/2024,a,"1,234"\n'
    assert refused(written(tmp_path, text)).count("\n  - ") == 2


@pytest.mark.parametrize(
    ("row", "code", "reason"),
    [
        ("3,,c,1", "missing_ordered_on", "date is empty."),
        ("3,2024-02-30,c,1", "not_a_date", "date '2024-02-30' is not a date."),
        ("3,soon,c,1", "not_a_date", "date 'soon' is not a date."),
        ("3,2031-01-01,c,1", "date_in_future", "date '2031-01-01' is in the future."),
        ("3,1899-12-30,c,1", "date_too_old", "date '1899-12-30' is before 1970."),
        ("3,2024-02-01,c,", "missing_revenue", "amount is empty."),
        ("3,2024-02-01,c,n/a", "missing_revenue", "amount is empty."),
        ("3,2024-02-01,c,free", "not_a_number", "amount 'free' is not a number."),
        (
            "3,2024-02-01,c,123456789012345678",
            "too_large",
            "amount '123456789012345678' is too large for an amount of money.",
        ),
        (
            "1.2E+17,2024-02-01,c,1",
            "rounded_id",
            "order '1.2E+17': a spreadsheet rounded this number, and the digits are gone.",
        ),
        (
            "3,2024-02-01,1.22158E+17,1",
            "rounded_id",
            "customer '1.22158E+17': a spreadsheet rounded this number, and the digits are gone.",
        ),
        (",2024-02-01,c,1", "missing_purchase_id", "order is empty."),
        ("1,2024-01-31,ana,10.50", "repeated_row", "It repeats row 2."),
        (
            "1,2024-01-31,ana,11.50",
            "repeated_order",
            "order '1' stands in row 2 already, with other content.",
        ),
        ("3,2024-02-01,c", "too_few_columns", "The row has 3 columns, the header 4."),
        (
            "3,2024-02-01,c,1,,,,,,,,,,9",
            "too_many_columns",
            "The row has 14 columns, the header 4.",
        ),
        ("", "blank_row", "The row is empty."),
        ("3,2024-02-01,\0,1", "not_text", "customer holds bytes that are not text."),
        (
            "3,x,c,free",
            "not_a_date",
            "date 'x' is not a date. amount 'free' is not a number.",
        ),
    ],
)
def test_a_bad_row_is_set_aside_with_its_reason_and_the_others_stay(
    tmp_path: Path, row: str, code: str, reason: str
) -> None:
    found = gather(written(tmp_path, f"{GOOD}{row}\n9,2024-02-09,z,9\n"))
    assert found.rows == 4
    assert found.column("source_row") == [2, 3, 5]
    assert [(a["source_row"], a["code"], a["reason"]) for a in found.aside] == [(4, code, reason)]


def test_what_stood_in_a_bad_row_is_kept_as_json(tmp_path: Path) -> None:
    found = gather(written(tmp_path, GOOD + '3,never,"a ""b""",é\n4,1,2\n'))
    assert [row["raw"] for row in found.aside] == [
        '{"order": "3", "date": "never", "customer": "a \\"b\\"", "amount": "é"}',
        '{"text": "4,1,2"}',
    ]
    assert [row["column"] for row in found.aside] == ["date", None]


def test_bytes_that_are_no_text_cost_their_row_only(tmp_path: Path) -> None:
    good = "".join(f"{n},2024-01-31,zoë,{n}\n" for n in range(1, 50))
    found = gather(written(tmp_path, (HEADER + good).encode() + b"99,2024-01-31,zo\xeb,1\n"))
    assert found.reasons == [(51, "customer holds bytes that are not text.")]
    assert len(found.tables["purchase"]) == 49


def test_a_very_long_line_costs_one_row_and_little_memory(tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    with path.open("wb") as file:
        file.write(GOOD.encode())
        file.write(b"3,2024-02-01,")
        for _ in range(40):
            file.write(b"x" * (1 << 20))
        file.write(b",1\n4,2024-02-02,d,4\n")
    found = gather(path)
    assert found.reasons == [(4, "The line is longer than 4,096 KB.")]
    assert found.column("source_row") == [2, 3, 5]


def test_a_quote_that_is_never_closed_costs_one_row(tmp_path: Path) -> None:
    more = "".join(f"{n},2024-01-31,c,{n}\n" for n in range(10, 90_000))
    found = gather(written(tmp_path, GOOD + '3,2024-02-01,"c,1\n' + more))
    assert found.reasons == [(4, "A quotation mark opens a text that is never closed.")]
    assert len(found.tables["purchase"]) == 2 + 89_990
    assert found.column("source_row")[-1] == found.rows + 1


def test_quotes_inside_a_cell_are_letters(tmp_path: Path) -> None:
    found = gather(written(tmp_path, GOOD + '3,2024-02-01,5" pipe,1\n4,2024-02-01,6" pipe,1\n'))
    assert found.aside == []
    assert found.column("account_id")[2:] == ['5" pipe', '6" pipe']


def test_a_sale_without_a_known_customer_is_kept(tmp_path: Path) -> None:
    found = gather(written(tmp_path, GOOD + "3,2024-02-01,,5\n"))
    assert found.aside == []
    assert found.column("account_id") == ["ana", "bo", None]


def test_a_negative_order_is_a_refund_and_a_negative_line_a_return(tmp_path: Path) -> None:
    assert gather(written(tmp_path, GOOD + "3,2024-02-01,a,-5\n")).column("revenue")[2] == -5
    text = "order,date,customer,pieces,price\n1,2024-01-31,a,2,3.5\n1,2024-01-31,a,-1,3.5\n"
    columns = {"purchase_id": "order", "ordered_on": "date", "quantity": "pieces"}
    how = settings(table="purchase_line", columns={**columns, "revenue": "pieces * price"})
    found = gather(written(tmp_path, text), how)
    assert found.column("revenue", "purchase_line") == [Decimal(7), Decimal("-3.5")]
    assert found.column("is_return", "purchase_line") == [False, True]
    assert found.column("line", "purchase_line") == [1, 2]


def test_a_currency_that_changes_is_kept_with_each_row(tmp_path: Path) -> None:
    text = (
        "order,date,customer,amount,cur\n1,2024-01-31,a,1,EUR\n2,2024-01-31,a,2,usd\n"
        "3,2024-01-31,a,3,\n4,2024-01-31,a,4,Euro\n"
    )
    columns = {"purchase_id": "order", "ordered_on": "date", "revenue": "amount"}
    found = gather(written(tmp_path, text), settings(columns={**columns, "currency": "cur"}))
    assert found.column("currency") == ["EUR", "USD"]
    assert [(a["code"], a["reason"]) for a in found.aside] == [
        ("missing_currency", "cur is empty."),
        (
            "currency_invalid",
            "cur 'EURO' is not a currency: three capital letters, such as EUR.".replace(
                "EURO", "Euro"
            ),
        ),
    ]


def test_ids_that_became_decimals_lose_their_point_zero(tmp_path: Path) -> None:
    text = HEADER + "1,2024-01-31,17850.0,1\n2,2024-01-31,,2\n3,2024-01-31,17851.0,3\n"
    found = gather(written(tmp_path, text))
    assert found.column("account_id") == ["17850", None, "17851"]
    assert "'.0' at the end of every customer was taken off." in found.facts.notes


def test_a_mapping_that_does_not_fit_tells_every_fault(tmp_path: Path) -> None:
    columns = {"purchase_id": "ordre", "orderd_on": "date", "revenue": "a * b * c"}
    assert refused(written(tmp_path, GOOD), columns=columns) == (
        "orders.csv was not read.\n"
        "  - rapport.toml, mappings.shop: orders.csv has no column 'ordre'. Did you mean order?\n"
        "  - rapport.toml, mappings.shop: 'orderd_on' is no column of it. "
        "Did you mean ordered_on?\n"
        "  - rapport.toml, mappings.shop: revenue = 'a * b * c' cannot be worked out. "
        "Write the name of a column, or of two numbers as 'Quantity * UnitPrice'.\n"
        "  - rapport.toml, mappings.shop: orders.csv has no column 'a'. "
        "Allowed: order, date, customer, amount.\n"
        "  - rapport.toml, mappings.shop: orders.csv has no column 'b'. "
        "Allowed: order, date, customer, amount.\n"
        "  - rapport.toml, mappings.shop: orders.csv has no column 'c'. "
        "Allowed: order, date, customer, amount.\n"
        "  - rapport.toml, mappings.shop: It does not say which column is ordered_on. "
        'Write ordered_on = "…", the name of a column.'
    )


def test_parquet_keeps_exact_values(tmp_path: Path) -> None:
    path = tmp_path / "orders.parquet"
    day = datetime(2024, 1, 31, 10, tzinfo=UTC)
    table = pa.table(
        {
            "order": pa.array([10**17 + 1, 2]),
            "date": pa.array([day, day], pa.timestamp("ns", "UTC")),
            "customer": pa.array(["a", None]).dictionary_encode(),
            "amount": pa.array([Decimal("1.10"), Decimal("0.30")], pa.decimal128(9, 2)),
        }
    )
    pq.write_table(table, path)
    found = gather(path)
    assert found.column("purchase_id") == [str(10**17 + 1), "2"]
    assert found.column("ordered_on") == [day, day]
    assert found.column("revenue") == [Decimal("1.1"), Decimal("0.3")]
    assert found.column("source_row") == [2, 3]


def test_json_lines_and_arrays_keep_the_digits_they_are_written_with(tmp_path: Path) -> None:
    rows = [
        '{"order": 100000000000000001, "date": "2024-01-31", "customer": "a", "amount": 0.1}',
        '{"order": 2, "date": "2024-02-01", "customer": null, "amount": 19.90, "note": {"a": 1}}',
    ]
    lines = gather(written(tmp_path, "\n".join([rows[0], "", "no json", rows[1]]), "a.jsonl"))
    assert lines.column("purchase_id") == ["100000000000000001", "2"]
    assert [str(v) for v in lines.column("revenue")] == ["0.1000", "19.9000"]
    assert lines.column("source_row") == [1, 4]
    assert lines.reasons == [(3, "It is not one JSON object.")]
    array = gather(written(tmp_path, f"[{','.join(rows)}]", "a.json"))
    assert array.column("revenue") == lines.column("revenue")
    assert array.column("source_row") == [1, 2]
