"""Whom the brand asks to post about it: who says yes how often, and what follows."""
