"""Splink's own example models on the public identity sets.

Settings (comparisons, blocking, rules of training, their order) are those of the notebooks in
Splink's documentation for version 5: "Evaluation when you have fully labelled data" (fake_1000),
"Deduplicating the febrl3 dataset" and "Linking a dataset of real historical persons". Two things
differ: blank cells of FEBRL 3 are missing values here, and accounts are joined into people by
`rapport.people.grouping`, which takes connected components as Splink does.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import splink.comparison_library as cl
from splink import DuckDBAPI, Linker, SettingsCreator, block_on

from rapport.people.grouping import Pairs, group

logging.getLogger("splink").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Example:
    """One documented model and how it is trained.

    Parameters
    ----------
    settings
        What is compared, and which pairs are looked at.
    certain
        Rules whose pairs are taken for true, and the share of all true pairs that they find.
    recall
        That share.
    chance_pairs
        Pairs drawn to learn what is true of different people.
    lessons
        Rules whose pairs are learnt from, one after the other.
    columns
        SQL of columns that the notebook adds.
    """

    settings: SettingsCreator
    certain: list[Any]
    recall: float
    chance_pairs: float
    lessons: list[Any]
    columns: str = "*"


def _fake() -> Example:
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on(column) for column in ("first_name", "surname", "dob", "email")
        ],
        comparisons=[
            cl.ForenameSurnameComparison("first_name", "surname"),
            cl.DateOfBirthComparison("dob", input_is_string=False),
            cl.ExactMatch("city").configure(term_frequency_adjustments=True),
            cl.EmailComparison("email"),
        ],
    )
    near = "levenshtein(r.dob::varchar, l.dob::varchar) <= 1"
    certain = [
        f"l.first_name = r.first_name and {near}",
        f"l.surname = r.surname and {near}",
        "l.first_name = r.first_name and levenshtein(r.surname, l.surname) <= 2",
        block_on("email"),
    ]
    lessons = [block_on("dob"), block_on("email"), block_on("first_name", "surname")]
    return Example(settings, certain, 0.7, 1e6, lessons, "* replace (try_cast(dob as date) as dob)")


def _febrl() -> Example:
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on(column)
            for column in ("soc_sec_id", "given_name", "surname", "date_of_birth", "postcode")
        ],
        comparisons=[
            cl.NameComparison("given_name"),
            cl.NameComparison("surname"),
            cl.DateOfBirthComparison(
                "date_of_birth", input_is_string=True, datetime_format="%Y%m%d"
            ),
            cl.DamerauLevenshteinAtThresholds("soc_sec_id", [2]),
            cl.ExactMatch("street_number").configure(term_frequency_adjustments=True),
            cl.ExactMatch("postcode").configure(term_frequency_adjustments=True),
        ],
    )
    certain = [
        block_on("soc_sec_id"),
        block_on("given_name", "surname", "date_of_birth"),
        "l.given_name = r.surname and l.surname = r.given_name"
        " and l.date_of_birth = r.date_of_birth",
    ]
    return Example(settings, certain, 0.9, 1e6, [block_on("date_of_birth"), block_on("postcode")])


def _historical() -> Example:
    area = "substr(postcode_fake, 1, 3)"
    settings = SettingsCreator(
        link_type="dedupe_only",
        blocking_rules_to_generate_predictions=[
            block_on("substr(first_name, 1, 3)", "substr(surname, 1, 4)"),
            block_on("surname", "dob"),
            block_on("first_name", "dob"),
            block_on("postcode_fake", "first_name"),
            block_on("postcode_fake", "surname"),
            block_on("dob", "birth_place"),
            block_on(area, "dob"),
            block_on(area, "first_name"),
            block_on(area, "surname"),
            block_on("substr(first_name, 1, 2)", "substr(surname, 1, 2)", "substr(dob, 1, 4)"),
        ],
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
    )
    certain = [
        block_on("first_name", "surname", "dob"),
        block_on("substr(first_name, 1, 2)", "surname", "substr(postcode_fake, 1, 2)"),
        block_on("dob", "postcode_fake"),
    ]
    whole = "*, first_name || ' ' || surname as first_name_surname_concat"
    lessons = [block_on("first_name", "surname"), block_on("dob")]
    return Example(settings, certain, 0.6, 1e7, lessons, whole)


MODELS = {"fake_1000": _fake, "febrl3": _febrl, "historical": _historical}
THRESHOLDS = (0.5, 0.8, 0.95)


def splink_people(name: str, rows: pa.Table, id_column: str) -> dict[float, pa.Array]:
    """Return for each threshold a person for each row, in the order of the rows."""
    example = MODELS[name]()
    example.settings.unique_id_column_name = "node"
    rows = rows.drop_columns([id_column]).append_column("node", pa.array(np.arange(len(rows))))
    connection = duckdb.connect()
    connection.register("given", rows)
    rows = connection.sql(f"select {example.columns} from given").to_arrow_table()
    api = DuckDBAPI(connection)
    linker = Linker(api.register(rows), example.settings, log_level=None)
    training = linker.training
    training.estimate_probability_two_random_records_match(example.certain, recall=example.recall)
    training.estimate_u_using_random_sampling(max_pairs=example.chance_pairs, seed=5)
    for lesson in example.lessons:
        training.estimate_parameters_using_expectation_maximisation(
            lesson, estimate_without_term_frequencies=name != "febrl3"
        )
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
