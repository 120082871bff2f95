"""People who are forgotten leave the audiences as well: who was held out names nobody any more."""

from __future__ import annotations

from collections.abc import Collection, Set

import pyarrow as pa
import pyarrow.compute as pc

from rapport.results import Results
from rapport.workspace import Workspace


def people_of(workspace: Workspace, accounts: Collection[tuple[str, str]]) -> set[str]:
    """Return the people behind some accounts, as the last run knew them.

    To be asked before the accounts are removed, since the links go with them.
    """
    results = Results(workspace.results)
    found = {f"{source}:{account}" for source, account in accounts}
    if "links" not in results.tables or "links" in results.missing:
        return found
    links = results.table("links", ["source", "account_id", "person_id"])
    known = pc.binary_join_element_wise(links["source"], links["account_id"], ":")
    wanted = pc.is_in(known, value_set=pa.array(sorted(found), pa.string()))
    return found | set(links.filter(wanted)["person_id"].to_pylist())


def forget_audiences(workspace: Workspace, people: Set[str]) -> int:
    """Take people out of every audience that was written; returns how many rows went.

    Lists that were written beside an audience go whole where somebody forgotten is in it: what was
    done with them elsewhere is beyond our reach.
    """
    from rapport.impact.experiments.audiences import Audiences

    kept = Audiences(workspace.audiences)
    for wave in kept.waves():
        if not people.isdisjoint(kept.people(wave)["person_id"].to_pylist()):
            for path in (workspace.audiences / wave.file).parent.glob("*.csv"):
                path.unlink()
    return kept.keep(lambda who: who not in people)
