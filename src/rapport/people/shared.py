"""Which accounts share exact evidence, and how likely that makes them one person."""

from __future__ import annotations

import narwhals as nw

from rapport.people.kinds import SPELT, WORTH
from rapport.record.frames import Frame, distinct

MOST_BEARERS = 25
"""A value that more accounts bear says nothing: a shop's card used for everybody, a switchboard."""

CLEAR = 0.999
"""Nothing exact is surer."""

PAIR = ("node_l", "node_r")
_SAID_AGAIN = ("email typo", "pseudonym")  # what the same e-mail or handle has said already


def bearers(values: Frame, names: Frame) -> Frame:
    """Return how many accounts bear each value, under how many names.

    Parameters
    ----------
    values
        node, kind, value.
    names
        node, given and given_sound, once for each account: see `rapport.people.evidence`.

    Returns
    -------
    Frame
        kind, value, bearers (accounts), names (given names that sound different); values of one
        account are left out.
    """
    told = nw.col("given").str.len_chars() > 1
    known = names.select("node", name=nw.when(told).then(nw.col("given_sound")))
    once = values.filter(nw.col("kind").is_in(list(WORTH))).unique(["node", "kind", "value"])
    counts = once.group_by("kind", "value").agg(bearers=nw.len()).filter(nw.col("bearers") > 1)
    named = (
        distinct(
            once.join(known, on="node", how="inner")
            .filter(~nw.col("name").is_null())
            .select("kind", "value", "name")
        )
        .group_by("kind", "value")
        .agg(names=nw.len())
    )
    joined = counts.join(named, on=["kind", "value"], how="left")
    return joined.with_columns(names=nw.col("names").fill_null(0).cast(nw.Int64()))


def exact_pairs(values: Frame, borne: Frame, most: int = MOST_BEARERS) -> Frame:
    """Return pairs of accounts that bear the same value, where not more than `most` do.

    Returns
    -------
    Frame
        node_l < node_r, kind, bearers, names (of the value; see `bearers`). Of two values of one
        kind that a pair shares, the one with fewer bearers is meant.
    """
    few = borne.filter(nw.col("bearers") <= most)
    mine = values.unique(["node", "kind", "value"]).join(few, on=["kind", "value"], how="inner")
    left = mine.rename({"node": "node_l"})
    right = mine.select("kind", "value", node_r=nw.col("node"))
    pairs = left.join(right, on=["kind", "value"], how="inner")
    return (
        pairs.filter(nw.col("node_l") < nw.col("node_r"))
        .group_by("node_l", "node_r", "kind")
        .agg(bearers=nw.col("bearers").min(), names=nw.col("names").min())
    )


def agreement(pairs: Frame, names: Frame) -> Frame:
    """Return pairs with what their names say: `agree`, `differ`, or `unknown`, in a column `said`.

    Names agree when both parts are the same, or sound alike, or the given name of one is the
    initial of the other's. They differ when both are whole and no more than one part agrees; a
    family name in common is what a household has.
    """
    columns = ("given", "root", "family", "whole", "given_sound", "family_sound")
    for side in ("l", "r"):
        other = names.select(
            nw.col("node").alias(f"node_{side}"), *(nw.col(c).alias(f"{c}_{side}") for c in columns)
        )
        pairs = pairs.join(other, on=f"node_{side}", how="left")
    root = _same("root") | _same("given_sound") & (nw.col("given_l").str.len_chars() > 1)
    initial = (_is_initial("l") | _is_initial("r")) & (
        nw.col("given_l").str.slice(0, 1) == nw.col("given_r").str.slice(0, 1)
    )
    family = _same("family") | _same("family_sound")
    whole = (nw.col("whole_l") != "") & (nw.col("whole_r") != "")
    married = _same("root") & ~family  # a given name stays when a family name changes
    said = (
        nw.when((family & (root | initial)) | _same("whole"))
        .then(nw.lit("agree"))
        .when(whole & ~married & (nw.col("given_l") != ""))
        .then(nw.lit("differ"))
        .otherwise(nw.lit("unknown"))
    )
    added = [f"{column}_{side}" for column in columns for side in ("l", "r")]
    return pairs.with_columns(said=said).drop(*added)


def worth(judged: Frame) -> Frame:
    """Return pairs with the probability that exact evidence gives: node_l, node_r, kind, p.

    A value that several given names share is divided among them where a pair's own names say
    nothing, so that an account without a name does not tie a household together.
    """
    chosen = nw.lit(0.0)
    for kind, known in WORTH.items():
        for said, value in zip(("agree", "unknown", "differ"), known, strict=True):
            here = (nw.col("kind") == kind) & (nw.col("said") == said)
            chosen = nw.when(here).then(nw.lit(value)).otherwise(chosen)
    crowd = nw.col("names").cast(nw.Float64())
    divided = (nw.col("names") > 1) & (nw.col("said") == "unknown")
    crowded = (nw.col("names") > 2) & (nw.col("said") == "differ")
    p = nw.when(divided).then(chosen / crowd).when(crowded).then(chosen / 10.0).otherwise(chosen)
    return judged.select(*PAIR, "kind", p=p)


def together(scored: Frame) -> Frame:
    """Return each pair once: the surest kind of evidence, a little surer for each further kind.

    Each kind beyond the first takes away the share of doubt that it would alone, halved, since
    kinds go together (a shop that has the e-mail has the phone); never beyond `CLEAR`. Evidence
    under one half does not add.

    Returns
    -------
    Frame
        node_l, node_r, p, best (p of the surest kind).
    """
    best = scored.group_by(*PAIR).agg(best=nw.col("p").max(), kinds=nw.len())
    more = (
        scored.filter((nw.col("p") > 0.5) & ~nw.col("kind").is_in(list(_SAID_AGAIN)))
        .with_columns(doubt=(1.0 - nw.col("p")).log())
        .group_by(*PAIR)
        .agg(doubt=nw.col("doubt").sum())
    )
    joined = best.join(more, on=list(PAIR), how="left")
    own = (1.0 - nw.col("best")).log()
    all_doubt = (own + (nw.col("doubt").fill_null(own) - own) * 0.5).exp()
    sure = nw.when(nw.col("best") > 0.5).then(1.0 - all_doubt).otherwise(nw.col("best"))
    p = nw.when(sure > CLEAR).then(nw.lit(CLEAR)).otherwise(sure)
    return joined.select(
        *PAIR, "best", p=nw.when(p < nw.col("best")).then(nw.col("best")).otherwise(p)
    )


def handle_pairs(spelt: Frame, people: Frame, most: int = MOST_BEARERS) -> Frame:
    """Return pairs of an account whose handle spells a name and an account of that name.

    Parameters
    ----------
    spelt
        node, key, form ("full", "initial", "handle"); see `rapport.people.evidence.Evidence`.
    people
        node, person: who is one person by what is known so far.
    most
        A key of more people than this says nothing.

    Returns
    -------
    Frame
        node_l, node_r, kind ("handle~name"), p: what the form is worth, shared out among all
        people whose name could be meant. For each person one account stands, the first.
    """
    once = spelt.unique(["node", "key", "form"]).join(people, on="node", how="inner")
    handles = once.filter(nw.col("form") == "handle").select(
        "key", node_h=nw.col("node"), person_h=nw.col("person")
    )
    names = (
        once.filter(nw.col("form") != "handle")
        .group_by("key", "person")
        .agg(node_n=nw.col("node").min(), form=nw.col("form").min())  # "full" before "initial"
    )
    counts = names.group_by("key").agg(bearers=nw.len())
    met = (
        handles.join(counts.filter(nw.col("bearers") <= most), on="key", how="inner")
        .join(names, on="key", how="inner")
        .filter(nw.col("person_h") != nw.col("person"))
    )
    worth = nw.when(nw.col("form") == "full").then(SPELT["full"]).otherwise(SPELT["initial"])
    first = nw.col("node_h") < nw.col("node_n")
    pairs = met.select(
        node_l=nw.when(first).then(nw.col("node_h")).otherwise(nw.col("node_n")),
        node_r=nw.when(first).then(nw.col("node_n")).otherwise(nw.col("node_h")),
        kind=nw.lit("handle~name"),
        p=worth / nw.col("bearers").cast(nw.Float64()),
    )
    return pairs.group_by(*PAIR, "kind").agg(p=nw.col("p").max())


def _same(part: str) -> nw.Expr:
    left, right = nw.col(f"{part}_l"), nw.col(f"{part}_r")
    return ((left == right) & (left != "")).fill_null(value=False)


def _is_initial(side: str) -> nw.Expr:
    return nw.col(f"given_{side}").str.len_chars() == 1
