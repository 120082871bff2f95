"""What the numbers on influencers mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "influencer_requests",
        "Requests for a post",
        "Times the brand asked somebody to post about it.",
    ),
    Definition(
        "influencer_yes_share",
        "Requests answered by a post",
        "Posts that were asked for divided by requests.",
    ),
    Definition(
        "influencer_tiring",
        "Left of a yes from request to request",
        "By how much the chance of a post is multiplied with each further request to the same "
        "person: 100% for nobody tires, less for the more they do.",
        source="Empirical Bayes: Morris 1983",
    ),
    Definition(
        "influencer_ask_cap",
        "Requests until half say yes",
        "After how many requests to one person the chance of a post has fallen to half of the "
        "first: a proposal for engagement.most_asks_a_year in rapport.toml.",
        source="Empirical Bayes: Morris 1983",
    ),
    Definition(
        "influencers_to_stop",
        "Influencers not worth another request",
        "People of whom the next request is expected to bring less than it costs, over the whole "
        "range: chance of a post, times what it reaches, times the money that follows a post.",
    ),
    Definition(
        "influencer_cost",
        "Cost of a request",
        "Cost booked on influencers divided by requests in that time; those not answered "
        "by a post included.",
    ),
    Definition(
        "influencer_post_gain",
        "What follows a post",
        "Margin, or revenue without one, of orders after visits with the influencers’ tag: in the "
        "fourteen days from a post, beyond days of the same month and weekday without one.",
        source="Errors: Newey & West 1987",
    ),
    Definition(
        "influencer_sponsored_ratio",
        "Posts asked for against own ones",
        "Reactions to a post that was asked for, divided by reactions to a post that the same "
        "authors made by themselves.",
    ),
)
