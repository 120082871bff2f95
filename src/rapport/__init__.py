"""Rapport measures what the relationships of a brand are worth, and says how sure it is."""

__version__ = "0.1.0"
