"""Any order of acts leaves what a plain list of files would hold."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from small_shop import names, order_ids, orders

from rapport.record.forget import forget
from rapport.record.store import Record

# A file's name with one of its versions: the orders it holds. Versions of "a" correct each other,
# those of "b" are periods with nothing in common.
VERSIONS = {
    ("a", 0): names(10, "a"),
    ("a", 1): names(11, "a"),
    ("a", 2): names(9, "a"),
    ("b", 0): names(4, "b", 0),
    ("b", 1): names(4, "b", 4),
}


class RecordMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.record = Record(self.folder / "record", key=b"a key")
        self.standing: dict[str, tuple[str, int]] = {}
        self.beneath: dict[str, tuple[str, tuple[str, int]]] = {}
        self.forgotten: set[str] = set()

    def teardown(self) -> None:
        shutil.rmtree(self.folder)

    @rule(which=st.sampled_from(sorted(VERSIONS)))
    def load(self, which: tuple[str, int]) -> None:
        load = self.record.load(orders(VERSIONS[which], file=f"{which[0]}.csv"))
        if which in self.standing.values():
            assert load.status == "repeat"
            return
        assert load.rows_in == len(VERSIONS[which]) == load.rows_kept + load.rows_aside
        old = [known for known, of in self.standing.items() if of[0] == which[0] == "a"]
        assert list(load.replaces) == old
        for known in old:
            self.beneath[load.load_id] = (known, self.standing.pop(known))
        self.standing[load.load_id] = which

    @precondition(lambda self: self.standing)
    @rule(data=st.data())
    def undo(self, data: st.DataObject) -> None:
        load_id = data.draw(st.sampled_from(sorted(self.standing)))
        assert self.record.undo(load_id).status == "undone"
        del self.standing[load_id]
        if load_id in self.beneath:
            old, which = self.beneath.pop(load_id)
            self.standing[old] = which

    @rule()
    def compact(self) -> None:
        self.record.compact()
        self.beneath = {}

    @precondition(lambda self: order_ids(self.record))
    @rule(data=st.data())
    def forget(self, data: st.DataObject) -> None:
        order = data.draw(st.sampled_from(order_ids(self.record)))
        done = forget(self.record, f"customer-{order}")
        assert done.hits == 0
        self.forgotten.add(order)

    @invariant()
    def holds_what_it_should(self) -> None:
        wanted = [order for which in self.standing.values() for order in VERSIONS[which]]
        assert order_ids(self.record) == sorted(set(wanted) - self.forgotten)
        again = Record(self.record.root, key=b"a key")
        assert again.loads() == self.record.loads()


TestRecord = RecordMachine.TestCase
TestRecord.settings = settings(max_examples=8, stateful_step_count=8, deadline=None)
