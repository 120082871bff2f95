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
    Definition(
        "connection_trial_invited",
        "Effect of the invitation to connect, by lot",
        "Margin (or revenue, where no margin is known) of a customer invited to connect, from the "
        "lot to the last look, less that of one held out by lot, adjusted for the 180 days before. "
        "Everybody invited counts, connected or not. The range holds at all planned looks "
        "together.",
        source="Neyman 1923; Lin 2013; Šidák 1967",
    ),
    Definition(
        "connection_trial_uptake",
        "Connected because of the invitation, by lot",
        "The share of customers invited who connected from the day after the lot to the last look, "
        "less that of customers held out.",
        source="Neyman 1923; Lin 2013; Šidák 1967",
    ),
    Definition(
        "connection_trial",
        "Effect of connecting, by lot",
        "Margin (or revenue, where no margin is known) that connecting brought, from the lot to "
        "the last look, from each customer who connected because of the invitation: the effect on "
        "a customer invited over how many more connected. It supposes that the invitation itself "
        "sells nothing. The range holds however few connected.",
        source="Imbens & Angrist 1994; Bloom 1984; Anderson & Rubin 1949; Fieller 1954",
    ),
    Definition(
        "connection_trial_monthly",
        "Effect of connecting a month, by lot",
        "The effect of connecting by lot over the months from the lot to the last look, so that it "
        "stands beside the gap as it seems. They connected somewhat after the lot, so that it is "
        "rather too small.",
        source="Imbens & Angrist 1994; Bloom 1984; Anderson & Rubin 1949; Fieller 1954",
    ),
)
