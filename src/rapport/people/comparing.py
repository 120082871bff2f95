"""What is compared between two accounts, in steps from the same to different, with first guesses.

Probabilities are those of Fellegi & Sunter (1969): `m`, that a step is met by two accounts of one
person, and `u`, by two of different people. Learning starts from them, and they hold where there
is too little to learn from.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a comparison.

    Parameters
    ----------
    sql
        The condition, in the words of DuckDB.
    m, u
        First guesses; see above.
    code
        What it is evidence of; '' where it is none.
    common
        The column in which a rare value counts more than a common one; '' for none.
    """

    sql: str
    m: float
    u: float
    code: str = ""
    common: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """One comparison: the condition under which nothing can be said, then its steps."""

    name: str
    columns: tuple[str, ...]
    unknown: str
    steps: tuple[Step, ...]

    def to_splink(self, said: Callable[[str], str]) -> dict[str, Any]:
        """Return it as Splink's settings hold it; `said` puts a condition in an engine's words."""
        levels: list[dict[str, Any]] = [
            {
                "sql_condition": said(self.unknown),
                "label_for_charts": "unknown",
                "is_null_level": True,
            }
        ]
        for number, step in enumerate(self.steps):
            level: dict[str, Any] = {
                "sql_condition": said(step.sql),
                "label_for_charts": step.code or f"step {number}",
                "m_probability": step.m,
                "u_probability": step.u,
            }
            if step.common:
                level["tf_adjustment_column"] = step.common
                level["tf_adjustment_weight"] = 1.0
            levels.append(level)
        return {"output_column_name": self.name, "comparison_levels": levels}


def _either_null(*columns: str) -> str:
    return " OR ".join(f"{c}_{side} IS NULL" for c in columns for side in ("l", "r"))


def _same(column: str) -> str:
    return f"{column}_l = {column}_r"


def _alike(column: str, least: float, other: str = "") -> str:
    return f"jaro_winkler_similarity({column}_l, {other or column}_r) >= {least}"


def _typo(column: str, most: int = 1) -> str:
    return f"damerau_levenshtein({column}_l, {column}_r) <= {most}"


_SHORT = (
    "(given_l IS NULL OR given_r IS NULL OR starts_with(given_l, given_r)"
    " OR starts_with(given_r, given_l))"
)
_PART = (
    "(family_l IS NULL OR family_r IS NULL OR (length(family_l) > 3 AND length(family_r) > 3 AND"
    " (starts_with(family_l, family_r) OR starts_with(family_r, family_l)"
    " OR ends_with(family_l, family_r) OR ends_with(family_r, family_l))))"
)
_NAME = Comparison(
    "name",
    ("given", "family"),
    "NOT coalesce((family_l IS NOT NULL AND family_r IS NOT NULL)"
    " OR (given_l IS NOT NULL AND given_r IS NOT NULL), FALSE)",
    (
        Step(_same("whole"), 0.62, 0.0002, "name", "whole"),
        Step(
            f"({_same('root')} AND {_alike('family', 0.9)}) OR ({_same('family')} AND"
            f" {_alike('given', 0.88)}) OR {_alike('whole', 0.95)}",
            0.12, 0.0003, "name~",
        ),
        Step(f"{_same('family')} AND {_SHORT}", 0.07, 0.0008, "name~", "family"),
        Step(f"{_same('root')} AND {_PART}", 0.04, 0.001, "name~", "root"),
        Step(
            f"({_alike('family', 0.85)} AND {_alike('given', 0.85)}) OR"
            f" ({_alike('family', 0.88, 'given')} AND {_alike('given', 0.88, 'family')})",
            0.05, 0.0006, "name~",
        ),
        Step(_same("family"), 0.02, 0.003, "", "family"),
        Step(_same("root"), 0.03, 0.008, "", "root"),
        Step("ELSE", 0.05, 0.986),
    ),
)  # fmt: skip

_DIGITS = "regexp_replace(email_{}, '[^0-9]', '', 'g')"

_EMAIL = Comparison(
    "email",
    ("email",),
    _either_null("email"),
    (
        Step(_same("email"), 0.66, 0.00002, "email", "email"),
        Step(f"local_l = local_r AND {_typo('email', 2)}", 0.08, 0.00002, "email domain"),
        # the same words before @ are a name again, unless they hold what a name does not
        Step(
            f"({_typo('email')} AND {_DIGITS.format('l')} = {_DIGITS.format('r')})"
            " OR (local_l = local_r AND regexp_matches(local_l, '[0-9]{3}'))",
            0.08, 0.0001, "email typo",
        ),
        Step(_typo("email", 2), 0.05, 0.0002, "email typo"),
        Step("ELSE", 0.13, 0.99966),
    ),
)  # fmt: skip

_PHONE = Comparison(
    "phone",
    ("phone",),
    _either_null("phone"),
    (
        Step(_same("phone"), 0.72, 0.00005, "phone"),
        Step(_typo("phone"), 0.03, 0.0005, ""),
        Step("ELSE", 0.25, 0.99945),
    ),
)

_BIRTH = Comparison(
    "birth",
    ("birth",),
    _either_null("birth"),
    (
        Step(_same("birth"), 0.80, 0.0001, "name+birth date", "birth"),
        Step(_typo("birth"), 0.10, 0.002, "name+birth date"),
        Step("year_l = year_r", 0.05, 0.015),
        Step(_typo("birth", 2), 0.03, 0.02),
        Step("ELSE", 0.02, 0.9629),
    ),
)

_POSTCODE = Comparison(
    "postcode",
    ("postcode",),
    _either_null("postcode"),
    (
        Step(_same("postcode"), 0.72, 0.002, "name+postcode", "postcode"),
        Step(f"{_typo('postcode')} AND length(postcode_l) > 3", 0.05, 0.004, "name+postcode"),
        Step("left(postcode_l, length(postcode_l) - 2) = left(postcode_r, length(postcode_r) - 2)",
             0.06, 0.01),
        Step("area_l = area_r", 0.05, 0.03),
        Step("ELSE", 0.12, 0.954),
    ),
)  # fmt: skip

_CITY = Comparison(
    "city",
    ("city",),
    _either_null("city"),
    (
        Step(_same("city"), 0.78, 0.03, "name+city", "city"),
        Step(_alike("city", 0.9), 0.07, 0.01, "name+city"),
        Step("ELSE", 0.15, 0.96),
    ),
)

_ADDRESS = Comparison(
    "address",
    ("address",),
    _either_null("address"),
    (
        Step(_same("address"), 0.70, 0.0002, "name+address", "address"),
        Step(_alike("address", 0.9), 0.15, 0.001, "name+address"),
        Step("ELSE", 0.15, 0.9988),
    ),
)

_OCCUPATION = Comparison(
    "occupation",
    ("occupation",),
    _either_null("occupation"),
    (
        Step(_same("occupation"), 0.80, 0.05, "details", "occupation"),
        Step("ELSE", 0.20, 0.95),
    ),
)


def _number(name: str, kind: str) -> Comparison:
    return Comparison(
        name,
        (name,),
        _either_null(name),
        (
            Step(_same(name), 0.60, 0.00002, kind),
            Step(f"{_typo(name)} AND length({name}_l) > 5", 0.05, 0.0002, "details"),
            Step("ELSE", 0.35, 0.99978),
        ),
    )


COMPARISONS = (
    _NAME, _EMAIL, _PHONE, _number("external", "external id"), _number("card", "loyalty card"),
    _BIRTH, _POSTCODE, _CITY, _ADDRESS, _OCCUPATION,
)  # fmt: skip
