"""Of whom do people speak, and how? Names of the brand's own list, found and judged."""
