"""What the numbers on referrals, word of mouth, service and reviews mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

_KUMAR = "Kumar, Petersen & Leone 2010"

ENTRIES = (
    Definition(
        "referred_customers",
        "Referred customers",
        "Customers whose first order came with a code that another customer had handed them.",
    ),
    Definition(
        "referral_incremental",
        "Referred customers who would not have come",
        "The share of referred customers who would not have come by themselves within a year, from "
        "how many friends with an unused code came later.",
        source=_KUMAR,
    ),
    Definition(
        "referral_margin",
        "Margin that codes brought",
        "Money of the orders of referred customers, each times the chance that its customer would "
        "not have come by themselves by then; of friends who came later without the code, a "
        "seventh.",
        source=_KUMAR,
    ),
    Definition(
        "referral_value",
        "Referral value",
        "Over all who referred: what the customers they brought have left and will leave over the "
        "horizon, as far as they would not have come anyway, less what the programme cost.",
        window="horizon",
        source=_KUMAR,
    ),
    Definition(
        "referral_cost",
        "Cost of the referral programme",
        "What is on record under the channels referral, referrals and parrainage, in the brand's "
        "currency.",
    ),
    Definition(
        "referred_more",
        "Referred against comparable customers",
        "Money of a referred customer in the half year from the first order, less that of other "
        "customers who came in the same quarter, by the same channel, with a first order of about "
        "the same size.",
        source="Schmitt, Skiera & Van den Bulte 2011",
    ),
    Definition(
        "referred_more_naive",
        "Referred against all other new customers",
        "Money of a referred customer in the half year from the first order, less that of all "
        "other customers who came in the same time.",
    ),
    Definition(
        "referred_again",
        "Referred customers who buy again, against comparable ones",
        "The share of referred customers who buy again within half a year, less the share of "
        "comparable customers who do.",
        source="Schmitt, Skiera & Van den Bulte 2011",
    ),
    Definition(
        "referred_again_naive",
        "Referred customers who buy again, against all others",
        "The share of referred customers who buy again within half a year, less the share of all "
        "other new customers who do.",
    ),
    Definition(
        "word_of_mouth_share",
        "New customers whom a friend brought",
        "Of new customers without a code, how many a friend brought, corrected for those who "
        "forget it and those who name a friend wrongly; how often that is, is assumed within "
        "bounds.",
        source="Rogan & Gladen 1978",
    ),
    Definition(
        "friend_recall",
        "Brought by a friend, and saying so",
        "Of customers whom a friend brought, how many say so when asked how they heard of the "
        "brand; measured on customers who came with a code.",
    ),
    Definition(
        "word_of_mouth_customers",
        "Customers whom word of mouth brought",
        "New customers on record whom a friend's talk brought, without a code; those who were not "
        "asked count as those who were.",
    ),
    Definition(
        "word_of_mouth_margin",
        "Margin that word of mouth brought",
        "Money of the orders of new customers, each times the chance that a friend brought its "
        "customer and that they would not have come by themselves by then.",
    ),
    Definition(
        "kept_share",
        "Buying that an answer kept",
        "Of what customers buy after a complaint that was answered, how much they would not have "
        "bought unanswered: one less the rate of buying of unanswered customers with the same "
        "history, divided by that of the answered.",
    ),
    Definition(
        "kept_share_naive",
        "Buying that an answer seems to keep",
        "One less the rate of buying of all unanswered customers divided by that of all answered "
        "ones, whatever they had bought before.",
    ),
    Definition(
        "kept_margin",
        "Margin that answers kept",
        "Money of the orders after an answered complaint, times the share of buying that an answer "
        "kept.",
    ),
    Definition(
        "kept_expected",
        "Lifetime value that answers kept",
        "Lifetime value still to come of customers whose complaint was answered, times the share "
        "of buying that an answer kept.",
        window="horizon",
    ),
    Definition(
        "review_readers",
        "People who read reviews",
        "People who are known and came to the site by a page of reviews, or landed on one.",
    ),
    Definition(
        "reviews_more",
        "Readers of reviews who buy, against comparable visitors",
        "The share of readers of reviews who buy within two weeks, less the share of other "
        "visitors with as many visits and purchases before, by the same medium, who do.",
    ),
    Definition(
        "reviews_more_naive",
        "Readers of reviews who buy, against all visitors",
        "The share of readers of reviews who buy within two weeks, less the share of all other "
        "visitors who do.",
    ),
)
