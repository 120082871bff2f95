"""How facts arrive: one file for each system, named after it."""
