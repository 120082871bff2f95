"""Splink's own example models, as its documentation sets them, on the public identity sets."""

from __future__ import annotations

import logging
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from rapport.people.grouping import Pairs, group

logging.getLogger("splink").setLevel(logging.CRITICAL)


def _fake() -> tuple[SettingsCreator, list[Any], float, list[Any]]:
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("first_name"),
            cl.NameComparison("surname"),
            cl.LevenshteinAtThresholds("dob", 1),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("first_name", "city"),
            block_on("surname"),
        ],
    )
    known = [
        block_on("first_name", "dob"),
        "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
        block_on("email"),
    ]
    return settings, known, 0.7, [block_on("first_name", "surname"), block_on("dob")]


def _febrl() -> tuple[SettingsCreator, list[Any], float, list[Any]]:
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison(
                "date_of_birth",
                input_is_string=True,
                datetime_format="%Y%m%d",
                invalid_dates_as_null=True,
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [1, 2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.DamerauLevenshteinAtThresholds("postcode", [1, 2]).configure(
                term_frequency_adjustments=True
            ),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("soc_sec_id"),
            block_on("given_name", "surname"),
            block_on("given_name", "date_of_birth"),
            block_on("surname", "date_of_birth"),
            block_on("date_of_birth", "postcode"),
            block_on("given_name", "postcode"),
        ],
    )
    known = [
        block_on("soc_sec_id"),
        block_on("given_name", "surname", "date_of_birth"),
        "l.given_name = r.surname and l.surname = r.given_name "
        "and l.date_of_birth = r.date_of_birth",
    ]
    return settings, known, 0.9, [block_on("date_of_birth"), block_on("postcode")]


def _historical() -> tuple[SettingsCreator, list[Any], float, list[Any]]:
    settings = SettingsCreator(
        link_type="dedupe_only",
        comparisons=[
            cl.ForenameSurnameComparison(
                "first_name",
                "surname",
                forename_surname_concat_col_name="first_name_surname_concat",
            ),
            cl.DateOfBirthComparison("dob", input_is_string=True),
            cl.PostcodeComparison("postcode_fake"),
            cl.ExactMatch("birth_place").configure(term_frequency_adjustments=True),
            cl.ExactMatch("occupation").configure(term_frequency_adjustments=True),
        ],
        blocking_rules_to_generate_predictions=[
            block_on("first_name", "surname"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on("substr(postcode_fake, 1, 3)", "dob"),
            block_on("substr(postcode_fake, 1, 3)", "first_name"),
            block_on("substr(postcode_fake, 1, 3)", "surname"),
            block_on("substr(first_name, 1, 2)", "substr(surname, 1, 2)", "substr(dob, 1, 4)"),
        ],
    )
    known = [
        "l.first_name = r.first_name and l.surname = r.surname and l.dob = r.dob",
        "substr(l.first_name, 1, 2) = substr(r.first_name, 1, 2) and l.surname = r.surname "
        "and substr(l.postcode_fake, 1, 2) = substr(r.postcode_fake, 1, 2)",
        "l.dob = r.dob and l.postcode_fake = r.postcode_fake",
    ]
    return settings, known, 0.6, [block_on("first_name", "surname"), block_on("dob")]


MODELS = {"fake_1000": _fake, "febrl3": _febrl, "historical": _historical}
THRESHOLDS = (0.5, 0.8, 0.95)


def splink_people(name: str, rows: pa.Table, id_column: str) -> dict[float, pa.Array]:
    """Return for each threshold a person for each row, in the order of the rows."""
    settings, known, recall, lessons = MODELS[name]()
    settings.unique_id_column_name = "node"
    rows = rows.drop_columns([id_column]).append_column("node", pa.array(np.arange(len(rows))))
    if name == "historical":
        with duckdb.connect() as connection:
            connection.register("given", rows)
            rows = connection.sql(
                "select *, first_name || ' ' || surname as first_name_surname_concat from given"
            ).to_arrow_table()
    connection = duckdb.connect()
    api = DuckDBAPI(connection)
    linker = Linker(api.register(rows), settings, log_level=None)
    linker.training.estimate_probability_two_random_records_match(known, recall=recall)
    linker.training.estimate_u_using_random_sampling(max_pairs=5e6, seed=1)
    for lesson in lessons:
        linker.training.estimate_parameters_using_expectation_maximisation(lesson)
    found = linker.inference.predict(threshold_match_probability=min(THRESHOLDS))
    relation = found.as_duckdbpyrelation().select("node_l", "node_r", "match_probability")
    pairs = relation.to_arrow_table()
    left, right, p = (column.to_numpy() for column in pairs.columns)
    edges = Pairs(left, right, p, np.zeros(len(p), dtype=bool))
    everybody = len(rows)
    return {
        above: pa.array(group(everybody, edges, above=above, weak_under=1, most=everybody).person)
        for above in THRESHOLDS
    }
