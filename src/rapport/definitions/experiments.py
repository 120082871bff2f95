"""What the numbers on experiments and hold-outs mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "experiment_gain",
        "Brought by what we did, as experiments show",
        "Margin (or revenue, where no margin is known) of the people reached beyond what they "
        "would have brought, added up over all audiences written with a hold-out: the difference "
        "a person from those held out by lot, adjusted for the 180 days before, times the people "
        "reached. Everybody drawn counts, whether the message arrived or not. The range holds at "
        "all planned looks together.",
        source="Neyman 1923; Lin 2013; Deng et al. 2013; Šidák 1967",
    ),
)
