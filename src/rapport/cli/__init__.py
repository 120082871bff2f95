"""The commands, a few lines each. Heavy libraries are imported by the command that needs them."""

# ruff: isort: skip_file
from __future__ import annotations

from rapport.cli.app import app
from rapport.cli import facts, answers, worlds  # in this order `--help` lists their commands

__all__ = ["answers", "app", "facts", "main", "worlds"]


def main() -> None:
    """Run the command line."""
    app()
