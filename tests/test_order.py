"""What the list of steps says by name is what the steps' own modules say."""

from __future__ import annotations

from importlib import import_module

from rapport.actions.audiences import written
from rapport.impact.experiments import audiences
from rapport.listening.named import names
from rapport.listening.trust import labels, refitted
from rapport.people import gathering
from rapport.steps import order, reading


def test_names_of_tables_and_files_are_those_of_their_modules() -> None:
    assert tuple(gathering.ACCOUNTS) == order.ACCOUNTS
    assert tuple(gathering.TIMES) == order.DATED
    assert names.FILE == order.NAMES
    assert audiences.LOG == order.AUDIENCES
    assert written.LOG == order.WRITINGS
    assert f"{reading.LABELS}/{labels.FILE}" == order.LABELS
    assert f"{reading.LABELS}/{refitted.FILE}" == order.HEADS


def test_every_step_has_its_work_and_comes_after_what_it_reads() -> None:
    done: set[str] = set()
    for step in order.STEPS:
        module, _, name = step.job.partition(":")
        assert callable(getattr(import_module(f"rapport.steps.{module}"), name))
        assert set(step.after) <= done
        done.add(step.name)
