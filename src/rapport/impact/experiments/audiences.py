"""Audiences that were written out, and who of them was held out by lot.

A wave is one writing of an audience on one day. Under `audiences/` of a workspace, `log.jsonl` has
a line for each wave, and a folder named after the audience has a Parquet file of its people:
person_id, arm ("sent" or "held out"), level (what they were to the brand that day, may be null).
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from rapport.errors import Fault, Problem
from rapport.workspace import write_whole

LOG = "audiences/log.jsonl"
"""Where the list of waves is, from the workspace on."""
SENT, HELD = "sent", "held out"
WINDOW = 90
"""Days after an audience is written over which its effect is counted, unless it says otherwise."""
LOOK = 30
"""Days from one look to the next."""
PEOPLE = pa.schema([("person_id", pa.string()), ("arm", pa.string()), ("level", pa.string())])


@dataclass(frozen=True, slots=True)
class Wave:
    """One writing of an audience.

    Parameters
    ----------
    name
        What the user calls the audience.
    written_on
        The day of the lot; outcomes count from the day after.
    sent, held_out
        How many people each arm has.
    window
        Days over which outcomes count; fixed on the day of the lot.
    play
        The play that it belongs to, if any.
    cost
        What reaching one person costs, in the brand's currency; None where nobody said.
    file
        Its people, from the folder of audiences on.
    about
        What it invites to, where it does: a way to be connected, fixed on the day of the lot.
    """

    name: str
    written_on: dt.date
    sent: int
    held_out: int
    window: int = WINDOW
    play: str = ""
    cost: float | None = None
    file: str = ""
    about: str = ""

    @property
    def looks(self) -> int:
        """How many looks were planned: one every 30 days until the window closes."""
        return max(1, -(-self.window // LOOK))

    @property
    def share(self) -> float:
        """The share of the people that the lot held out."""
        return self.held_out / max(self.sent + self.held_out, 1)

    def open_on(self, day: dt.date) -> bool:
        """Whether outcomes still count on a day."""
        return self.written_on <= day <= self.written_on + dt.timedelta(days=self.window)

    def look(self, day: dt.date) -> tuple[int, int] | None:
        """Return the latest look that is due on a day: its number and the days it counts.

        Examples
        --------
        >>> wave = Wave("a", dt.date(2026, 1, 1), 90, 10, window=75)
        >>> wave.look(dt.date(2026, 1, 20)), wave.look(dt.date(2026, 3, 9))
        (None, (2, 60))
        >>> wave.look(dt.date(2026, 3, 17))
        (3, 75)
        """
        passed = (day - self.written_on).days
        if passed >= self.window:
            return self.looks, self.window
        done = passed // LOOK
        return (done, done * LOOK) if done else None


def drawn(people: Sequence[str], share: float, name: str, day: dt.date) -> list[str]:
    """Return the arm of each person: a share held out by lot, the same whoever asks and when.

    The lot is a digest of audience, day and person, so it hangs on nothing that anybody did.

    Parameters
    ----------
    share
        Of the people to be held out, such as 0.1; at least one is when it is above 0 and there
        are two or more.

    Examples
    --------
    >>> arms = drawn([f"p{n}" for n in range(10)], 0.2, "thanks", dt.date(2026, 1, 1))
    >>> arms.count(HELD), len(arms)
    (2, 10)
    """
    many = round(len(people) * share)
    if share > 0 and len(people) > 1:
        many = min(max(many, 1), len(people) - 1)
    lots = [hashlib.sha256(f"{name}\n{day.isoformat()}\n{who}".encode()).digest() for who in people]
    ranked = sorted(range(len(people)), key=lots.__getitem__)
    arms = [SENT] * len(people)
    for place in ranked[:many]:
        arms[place] = HELD
    return arms


class Audiences:
    """The audiences of a workspace.

    Parameters
    ----------
    folder
        `audiences/` of the workspace.

    Examples
    --------
    >>> import tempfile
    >>> kept = Audiences(Path(tempfile.mkdtemp()))
    >>> rows = pa.table({"person_id": ["p1", "p2"], "arm": [SENT, HELD]})
    >>> wave = kept.write("Thank them / all", dt.date(2026, 1, 1), rows)
    >>> wave.file, [each.held_out for each in kept.waves()]
    ('thank-them-all-.../2026-01-01.parquet', [1])
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def waves(self) -> list[Wave]:
        """Return all waves, oldest first; raises Problem when the list is damaged."""
        path = self.folder / "log.jsonl"
        if not path.is_file():
            return []
        found, faults = [], []
        for number, line in enumerate(path.read_text("utf-8").splitlines(), start=1):
            if not line.strip():
                continue
            try:
                found.append(_wave(json.loads(line)))
            except (ValueError, TypeError, KeyError):
                hint = "Take the line out, or bring the file back from a copy."
                faults.append(Fault("It cannot be read.", f"{path}, line {number}", hint))
        if faults:
            raise Problem("The list of audiences is damaged.", faults)
        return sorted(found, key=lambda wave: (wave.written_on, wave.name))

    def write(self, name: str, day: dt.date, people: pa.Table, **more: object) -> Wave:
        """Keep a wave with its people, and return it.

        Parameters
        ----------
        people
            person_id (each once), arm, level (optional).
        more
            `window`, `play`, `cost`, `about`, as of `Wave`.

        Raises
        ------
        Problem
            If the audience was written that day already, or a person stands twice.
        """
        rows = _checked(people)
        known = self.waves()
        if any(wave.name == name and wave.written_on == day for wave in known):
            fault = Fault(f"'{name}' was written on {day.isoformat()} already.",
                          hint="Give it another name, or write it on another day.")  # fmt: skip
            raise Problem("The audience was not written.", [fault])
        file = f"{slug(name)}/{day.isoformat()}.parquet"
        arms = rows.column("arm")
        sizes = {arm: pc.sum(pc.equal(arms, arm)).as_py() or 0 for arm in (SENT, HELD)}
        wave = _wave({"name": name, "written_on": day.isoformat(), "sent": sizes[SENT],
                      "held_out": sizes[HELD], "file": file, **more})  # fmt: skip
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        _write_people(path, rows)
        self._list([*known, wave])
        return wave

    def people(self, wave: Wave) -> pa.Table:
        """Return the people of a wave: person_id, arm, level; none where the file is gone."""
        path = self.folder / wave.file
        return pq.read_table(path, schema=PEOPLE) if path.is_file() else PEOPLE.empty_table()

    def held_out(self, name: str, day: dt.date) -> set[str]:
        """Return who must not be reached by an audience on a day: held out, window still open."""
        waves = [wave for wave in self.waves() if wave.name == name and wave.open_on(day)]
        return {
            who
            for wave in waves
            for who, arm in self._rows(wave)
            if arm == HELD
        }  # fmt: skip

    def keep(self, stays: Callable[[str], bool]) -> int:
        """Take out of all waves the people who do not stay; return how many rows went.

        For forgetting a person: the sizes of the arms stay as they were drawn.
        """
        gone = 0
        for wave in self.waves():
            rows = self.people(wave)
            mask = pa.array(
                [stays(who) for who in rows.column("person_id").to_pylist()], pa.bool_()
            )
            if rows.num_rows and not pc.all(mask).as_py():
                left = rows.filter(mask)
                gone += rows.num_rows - left.num_rows
                _write_people(self.folder / wave.file, left)
        return gone

    def _rows(self, wave: Wave) -> Iterable[tuple[str, str]]:
        rows = self.people(wave)
        return zip(
            rows.column("person_id").to_pylist(), rows.column("arm").to_pylist(), strict=True
        )

    def _list(self, waves: Sequence[Wave]) -> None:
        lines = [
            json.dumps(asdict(wave) | {"written_on": wave.written_on.isoformat()},
                       ensure_ascii=False)
            for wave in waves
        ]  # fmt: skip
        write_whole(self.folder / "log.jsonl", ("\n".join(lines) + "\n").encode())


def _wave(stored: Mapping[str, object]) -> Wave:
    day = dt.date.fromisoformat(str(stored["written_on"]))
    cost = stored.get("cost")
    file = str(stored["file"])
    if Path(file).is_absolute() or ".." in Path(file).parts:
        msg = "the file of an audience lies among the audiences"
        raise ValueError(msg)
    return Wave(
        name=str(stored["name"]),
        written_on=day,
        sent=int(str(stored["sent"])),
        held_out=int(str(stored["held_out"])),
        window=max(1, int(str(stored.get("window") or WINDOW))),
        play=str(stored.get("play") or ""),
        cost=None if cost is None else float(str(cost)),
        file=file,
        about=str(stored.get("about") or ""),
    )


def _checked(people: pa.Table) -> pa.Table:
    rows = people
    if "level" not in rows.column_names:
        rows = rows.append_column("level", pa.nulls(rows.num_rows, pa.string()))
    rows = rows.select(PEOPLE.names).cast(PEOPLE)
    ids = rows.column("person_id")
    faults = []
    if len(ids) != pc.count_distinct(ids, mode="all").as_py():
        faults.append(Fault("A person stands in it twice.", "person_id"))
    arms = set(pc.unique(rows.column("arm")).to_pylist())
    faults += [
        Fault(f"'{arm}' is no arm.", "arm", f"Allowed: {SENT}, {HELD}.")
        for arm in sorted(map(str, arms - {SENT, HELD}))
    ]
    if faults:
        raise Problem("The audience was not written.", faults)
    return rows


def _write_people(path: Path, rows: pa.Table) -> None:
    sink = pa.BufferOutputStream()
    pq.write_table(rows, sink)
    write_whole(path, sink.getvalue().to_pybytes())


def slug(name: str) -> str:
    """Return a folder's name: readable, safe on every disk, another for every audience.

    Examples
    --------
    >>> slug("../Thés d'été!")[:8], len(slug("x" * 500)) < 60
    ('th-s-d-t', True)
    """
    plain = re.sub(r"[^a-z0-9]+", "-", name.casefold()).strip("-")[:40].strip("-")
    digest = hashlib.sha256(name.encode()).hexdigest()[:8]
    return f"{plain or 'audience'}-{digest}"
