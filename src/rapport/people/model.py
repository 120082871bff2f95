"""The model of records linkage: learnt with Splink from the accounts themselves, kept sane."""

from __future__ import annotations

import copy
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from rapport.people.comparing import COMPARISONS, Comparison, Step
from rapport.people.linkers import Bench
from rapport.people.wide import KEYS

PAIRS = pa.schema(
    [("node_l", pa.int64()), ("node_r", pa.int64()), ("p", pa.float64()), ("code", pa.string())]
)
FEWEST_TO_LEARN = 300  # accounts; under it the first guesses hold
_LEAST = 0.0005  # pairs less likely than this at first are not kept
_LEAST_KEPT = 0.01  # in the end
_SAMPLE = 1e6 + 1  # pairs; at 1e6 itself Splink warns
_TEACHING = 1e6
_SEED = 1969
_PRIOR_PAIRS = 30.0  # the first guesses count as much as this many true pairs
_HOUSEHOLD, _NAME_AGAIN = 0.1, 0.5
_DESCRIBING = {"name", "birth", "postcode", "city", "address", "occupation"}
_ROUNDS = 50

# Keys whose pairs teach what is true of pairs: each leaves other comparisons to be learnt.
_TEACHERS = (
    "by_email", "by_phone", "by_external", "by_whole", "by_birth_postcode", "by_sounds_year",
    "by_family_postcode",
)  # fmt: skip
_LESSONS = 4


def probable_pairs(bench: Bench, *, certain: int) -> pa.Table:
    """Return pairs of accounts that may be one person, each with its probability.

    Parameters
    ----------
    bench
        Accounts as `rapport.people.wide.keyed` gives them, where they are to be compared.
    certain
        How many pairs exact evidence has found: it says how common matches are.

    Returns
    -------
    pa.Table
        node_l < node_r, p, code (what it rests on, see `rapport.people.kinds.CODES`).
    """
    keys = [name for name in KEYS if bench.known.get(name, 0) > 0]
    chosen = [each for each in COMPARISONS if any(bench.known[c] > 1 for c in each.columns)]
    if not keys or not {each.name for each in chosen} & _DESCRIBING:
        return PAIRS.empty_table()
    settings = _settings(bench, chosen, keys, _share(bench.total, certain))
    if bench.total >= FEWEST_TO_LEARN:
        settings = _learn(bench, settings, keys, chosen)
        bench.tidy()
    found = bench.linker(settings).inference.predict(
        threshold_match_probability=_LEAST, warning_mode="never"
    )
    gammas = [f"gamma_{each.name}" for each in chosen]
    rows = bench.fetched(found, ["node_l", "node_r", "match_probability", *gammas])
    p = _settled(rows.column("match_probability").to_numpy(), settings, bench.total)
    place = rows.column_names.index("match_probability")
    return _told(rows.set_column(place, "match_probability", pa.array(p)), chosen)


def _settled(p: npt.NDArray[np.float64], settings: dict[str, Any], accounts: int) -> Any:
    """Return probabilities at the share of true pairs that they add up to themselves.

    How common true pairs are is learnt like the rest, by expectation and maximisation: as many as
    the probabilities of all pairs that were looked at add up to.
    """
    every = max(accounts * (accounts - 1) / 2, 1.0)
    share = settings["probability_two_random_records_match"]
    inner = np.clip(p, 1e-12, 1 - 1e-12)
    evidence = inner / (1 - inner) * (1 - share) / share
    for _ in range(_ROUNDS):
        odds = evidence * share / (1 - share)
        found = (odds / (1 + odds)).sum()
        share = min(max((found + _PRIOR_PAIRS * share) / (every + _PRIOR_PAIRS), 0.05 / every), 0.2)
    odds = evidence * share / (1 - share)
    return odds / (1 + odds)


def _settings(
    bench: Bench, chosen: Sequence[Comparison], keys: Sequence[str], share: float
) -> dict[str, Any]:
    return {
        "link_type": "dedupe_only",
        "unique_id_column_name": "node",
        "comparisons": [each.to_splink(bench.said) for each in chosen],
        "blocking_rules_to_generate_predictions": [
            {"blocking_rule": f"l.{key} = r.{key}"} for key in keys
        ],
        "probability_two_random_records_match": share,
        "retain_matching_columns": True,  # with them come the steps that were met
        "retain_intermediate_calculation_columns": False,
        "max_iterations": 15,
        "em_convergence": 0.001,
    }


def _share(accounts: int, certain: int) -> float:
    """Return how likely two accounts by chance are one person: exact evidence finds half of all."""
    every = max(accounts * (accounts - 1) / 2, 1.0)
    return min(max(2.0 * certain, 0.1 * accounts, 1.0) / every, 0.1)


def _learn(
    bench: Bench,
    settings: dict[str, Any],
    keys: Sequence[str],
    chosen: Sequence[Comparison],
) -> dict[str, Any]:
    linker = bench.linker(settings)
    linker.training.estimate_u_using_random_sampling(_SAMPLE, seed=_SEED)
    lessons = [key for key in _TEACHERS if key in keys]
    lessons = [key for key in lessons if bench.known[key] >= FEWEST_TO_LEARN / 3][:_LESSONS]
    for key in lessons:
        parts = " AND ".join(f"l.{part} = r.{part}" for part in KEYS[key])
        linker.training.estimate_parameters_using_expectation_maximisation(
            f"{parts} AND l.{key} = r.{key}",
            estimate_without_term_frequencies=True,
            max_pairs=_TEACHING,
        )
    learnt = linker.misc.save_model_to_json()
    return _sane(settings, learnt, chosen)


def _sane(
    settings: dict[str, Any], learnt: Mapping[str, Any], chosen: Sequence[Comparison]
) -> dict[str, Any]:
    """Return the settings with what was learnt, drawn toward the first guesses.

    A comparison whose steps came out in the wrong order (the same worth less than the different)
    keeps the first guesses: learning by expectation and maximisation can settle on the wrong thing.
    """
    made = copy.deepcopy(settings)
    for mine, theirs, guess in zip(made["comparisons"], learnt["comparisons"], chosen, strict=True):
        levels = [level for level in theirs["comparison_levels"] if not level.get("is_null_level")]
        m = _drawn([level.get("m_probability") for level in levels], [s.m for s in guess.steps])
        u = _drawn([level.get("u_probability") for level in levels], [s.u for s in guess.steps])
        u = [max(value, 1e-7) for value in u]
        weights = [math.log2(a / b) for a, b in zip(m, u, strict=True)]
        if weights[0] < max(weights[1:]) or weights[0] < 1.0 or weights[-1] > 1.0:
            continue
        own = [level for level in mine["comparison_levels"] if not level.get("is_null_level")]
        for level, a, b in zip(own, m, u, strict=True):
            level["m_probability"], level["u_probability"] = a, b
    return made


def _drawn(found: Sequence[Any], guessed: Sequence[float]) -> list[float]:
    """Return probabilities of steps, means of the learnt and the guessed, adding up to one."""
    pull = _PRIOR_PAIRS / (_PRIOR_PAIRS + 300.0)
    known = [value if isinstance(value, int | float) else None for value in found]
    if all(value is None for value in known):
        return list(guessed)
    mixed = [
        guess if value is None else (1 - pull) * value + pull * guess
        for value, guess in zip(known, guessed, strict=True)
    ]
    return [value / sum(mixed) for value in mixed]


def _told(rows: pa.Table, chosen: Sequence[Comparison]) -> pa.Table:
    """Return scored pairs with what they rest on; evidence of a household alone is held down."""
    gammas = [f"gamma_{each.name}" for each in chosen]
    met = rows.select(gammas).group_by(gammas).aggregate([])
    codes, most = [], []
    for row in met.to_pylist():
        steps = [_step(each, row[f"gamma_{each.name}"]) for each in chosen]
        names = {each.name: step for each, step in zip(chosen, steps, strict=True)}
        codes.append(_code(steps))
        most.append(_at_most(names))
    told = met.append_column("code", pa.array(codes, pa.string()))
    told = told.append_column("most", pa.array(most, pa.float64()))
    joined = rows.select(["node_l", "node_r", "match_probability", *gammas]).join(
        told, gammas, join_type="inner"
    )
    p = joined.column("match_probability")
    joined = joined.set_column(
        joined.column_names.index("match_probability"),
        "match_probability",
        pc.min_element_wise(p, joined.column("most")),
    ).filter(pc.greater(pc.min_element_wise(p, joined.column("most")), _LEAST_KEPT))
    p = joined.column("match_probability")
    left, right = joined.column("node_l"), joined.column("node_r")
    return pa.table(
        {
            "node_l": pc.min_element_wise(left, right),
            "node_r": pc.max_element_wise(left, right),
            "p": p,
            "code": joined.column("code"),
        }
    ).cast(PAIRS)


def _step(comparison: Comparison, gamma: int) -> Step | None:
    return None if gamma < 0 else comparison.steps[len(comparison.steps) - 1 - gamma]


def _code(steps: Sequence[Step | None]) -> str:
    codes = [step.code for step in steps if step is not None and step.code]
    name = next((code for code in codes if code in ("name", "name~")), "")
    if not name:
        codes = [code for code in codes if not code.startswith("name+")] or ["details"]
    elif any(code.startswith("name+") for code in codes):
        codes = [code for code in codes if code != "name"]
    return ", ".join(dict.fromkeys(codes))


def _at_most(steps: Mapping[str, Step | None]) -> float:
    """Return how likely a pair can be at most, where its evidence is less than it seems.

    Nothing but the same identifiers: what those are worth is known without a model. Given names
    that differ, and nothing the same that one person alone has: a household. An e-mail that is
    nearly the same and a name: it says the name again, as others of that name do.
    """
    name = steps.get("name")
    met = {kind for kind, step in steps.items() if step is not None and step.code}
    if not met & _DESCRIBING:
        return 0.0
    if name is not None and not name.code and not met & {"email", "external", "card", "birth"}:
        return _HOUSEHOLD
    email = steps.get("email")
    if email is not None and email.code == "email typo" and not met - {"email", "name", "city"}:
        return _NAME_AGAIN
    return 1.0
