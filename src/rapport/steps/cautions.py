"""Reasons for caution, as sentences that can be told in any language."""

from __future__ import annotations

from rapport.results import Said
from rapport.value.lifetime import Caution

_SENTENCES = {
    "few_repeats": "Few repeat purchases were seen: ranges are wide.",
    "few_repeaters": "Few customers bought again: the forecast rests on them alone.",
    "short_history": "The history is shorter than the usual time between two purchases: "
    "those who left look like those who wait.",
    "loose_parameters": "The model's parameters are known only roughly: use ranges, not single "
    "numbers.",
    "regular_buyers": "Customers buy more regularly than the model assumes: a missed purchase says "
    "more about leaving than the model believes.",
    "spend_depends_on_frequency": "What customers spend goes with how often they buy: look at "
    "groups of buyers apart, or lifetime value is biased.",
    "no_mean_spend": "Spend is so uneven that it has no mean: new customers cannot be valued.",
    "free_purchases": "Some customers bought for nothing and are left out of the spend.",
    "few_losses": "Few customers have left so far: ranges are wide.",
    "no_mean_tenure": "Some customers hardly ever leave: their stay has no bound but the horizon.",
    "equal_spend": "Customers do not differ in what an order is worth to us: the mean stands for "
    "all.",
    "seasonality": "Purchases swing with the season, which the model does not know: compare whole "
    "years only.",
    "drift": "The model's total of past repeat purchases is more than a tenth off what was bought.",
    "no_holdout": "The forecast could not be checked on a part of the history kept back.",
    "nobody_leaves": "Leaving cannot be learnt from these purchases: the forecast takes it that "
    "customers stay, and looks no further ahead than the record looks back.",
    "no_repeats": "No repeat purchases were seen.",
}


def told(caution: Caution) -> Said:
    """Return a caution as a sentence of the catalogue; one without an entry in its own words."""
    sentence = _SENTENCES.get(caution.code)
    return Said(sentence) if sentence else Said("{caution}", {"caution": caution.message})
