"""The commands, a few lines each. Heavy libraries are imported by the command that needs them."""

# ruff: isort: skip_file
from __future__ import annotations

from rapport.cli.app import app

# In this order `--help` lists their commands.
from rapport.cli import facts, people, answers, doing, listening, trust, worlds

__all__ = ["answers", "app", "doing", "facts", "listening", "main", "people", "trust", "worlds"]


def main() -> None:
    """Run the command line."""
    app()
