"""The ledger: which order's margin is owed to what, and the statement that adds it up."""
