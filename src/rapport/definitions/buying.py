"""What the numbers on buying, staying and lifetime value mean."""

from __future__ import annotations

from rapport.definitions.definition import Definition

ENTRIES = (
    Definition(
        "revenue",
        "Net revenue",
        "Goods sold, after discounts, less what was returned or cancelled; no tax, no postage.",
    ),
    Definition("orders", "Orders", "Orders of which something was kept, whoever placed them."),
    Definition(
        "customers",
        "Customers",
        "Known people with at least one order that was kept; employees, the brand's own accounts "
        "and resellers left out.",
    ),
    Definition(
        "prospects",
        "Prospects",
        "Known people who never placed an order that was kept; employees, the brand's own "
        "accounts and resellers left out.",
    ),
    Definition(
        "average_order_value",
        "Average order value",
        "Net revenue divided by orders. The range allows for one customer's orders being alike.",
    ),
    Definition(
        "orders_per_customer",
        "Orders per customer",
        "Orders of known customers divided by known customers.",
    ),
    Definition(
        "revenue_per_customer",
        "Revenue per customer",
        "Net revenue of known customers divided by known customers.",
    ),
    Definition(
        "repeat_rate",
        "Repeat rate",
        "Share of customers who ordered on at least two different days.",
    ),
    Definition(
        "days_between_orders",
        "Days between orders",
        "Median time between two buying days in a row of one customer; open gaps are left out.",
    ),
    Definition(
        "returning_revenue_share",
        "Revenue from returning customers",
        "Share of known customers' net revenue from orders after the day of their first.",
    ),
    Definition(
        "top_tenth_share",
        "Revenue share of the best tenth",
        "Share of known customers' net revenue that the tenth of customers who spent most brought.",
    ),
    Definition(
        "known_share",
        "Revenue with a known customer",
        "Share of net revenue from orders that name their customer.",
    ),
    Definition(
        "returned_share",
        "Returned or cancelled",
        "Amount returned or cancelled and matched to its order, divided by goods sold.",
    ),
    Definition(
        "unmatched_returns",
        "Returns without their order",
        "Returns and cancellations whose order is not in the record; taken off no order.",
    ),
    Definition(
        "margin",
        "Margin",
        "Net revenue less cost of goods, as the files say or at the share set in rapport.toml.",
    ),
    Definition(
        "retention_month_3",
        "Customers back after three months",
        "Share of customers who ordered in the third calendar month after their first order, "
        "over all cohorts old enough.",
    ),
    Definition(
        "active_customers",
        "Customers still active",
        "Sum over customers of the probability that they have not left for good.",
        source="Fader, Hardie & Lee 2005",
    ),
    Definition(
        "active_share",
        "Share of customers still active",
        "Customers still active divided by customers.",
        source="Fader, Hardie & Lee 2005",
    ),
    Definition(
        "orders_next_year",
        "Orders expected in the next year",
        "Buying days of today's customers expected within 365 days after the last day on record.",
        "year",
        "Fader, Hardie & Lee 2005 (10)",
    ),
    Definition(
        "lifetime_value",
        "Lifetime value per customer",
        "Money expected from today's customers within the horizon, discounted to today, "
        "divided by customers. What they have already spent is not in it.",
        "horizon",
        "Fader, Hardie & Lee 2005",
    ),
    Definition(
        "customer_equity",
        "Worth of today's customers",
        "Sum over today's customers of their lifetime value.",
        "horizon",
        "Fader, Hardie & Lee 2005",
    ),
    Definition(
        "new_customer_value",
        "Worth of a new customer",
        "Money expected from somebody on the day of the first order, that order included, within "
        "the horizon, discounted: the most that winning one may cost.",
        "horizon",
        "Fader, Hardie & Lee 2005",
    ),
    Definition(
        "drifting_customers",
        "Customers drifting away",
        "Repeat customers who are more likely gone than not: their silence is longer than "
        "their own rhythm explains.",
        source="Fader, Hardie & Lee 2005",
    ),
    Definition(
        "value_at_risk",
        "Yearly money at risk",
        "What drifting customers brought in the year before their last order.",
        "year",
    ),
    Definition(
        "top_tenth_equity_share",
        "Future money from the best tenth",
        "Share of the worth of today's customers that the tenth with the highest lifetime value "
        "holds.",
        "horizon",
        "Fader, Hardie & Lee 2005",
    ),
)
