"""The help desks: Zendesk's tickets, Chatwoot's reports, the call centre's log in French."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from rapport.simulation.exports.cells import ints, local
from rapport.simulation.exports.delimited import (
    FRENCH,
    PLAIN,
    Cells,
    Dialect,
    names,
    write_filled,
    write_rows,
)
from rapport.simulation.exports.help_desks import newest_from
from rapport.simulation.exports.view import (
    DAY,
    Places,
    cards,
    looked_up,
    micros,
    moments,
    present,
    where,
)
from rapport.simulation.exports.wounds import emptied
from rapport.simulation.history import BRAND, ZONE, History

_WAITS = (
    "First reply time in minutes",
    "First resolution time in minutes",
    "Full resolution time in minutes",
    "Agent wait time in minutes",
    "Requester wait time in minutes",
    "On hold time in minutes",
)
TICKETS = (
    *names(
        "Summation column, Id, Requester, Requester id, Requester external id, Requester email",
        "Requester domain, Submitter, Assignee, Group, Subject, Tags, Status, Priority, Via",
        "Ticket type, Created at, Updated at, Assigned at, Organization, Due date",
        "Initially assigned at, Solved at, Resolution time, Satisfaction Score, Group stations",
        "Assignee stations, Reopens, Replies",
    ),
    *(name for wait in _WAITS for name in (wait, f"{wait} within business hours")),
    *names("Topic [list], Language [list]"),
)
CSAT = names(
    "Contact Name, Contact Email Address, Contact Phone Number, Link to the conversation",
    "Agent Name, Rating, Feedback Comment, Recorded date, Review Notes",
)
AGENTS = names(
    "Agent name, Assigned conversations, Avg first response time, Avg resolution time",
    "Resolution Count, Avg customer waiting time",
)
CALLS = names(
    "N° appel, Date, Heure, Numéro appelant, Client, Magasin, Langue, Motif, Objet, Attente (s)",
    "Décroché, Agent, Durée (s), Résolu, Rappels",
)
_HIDDEN = 0.06
_ASKED_AFTER = DAY
"""How long after its start a conversation that nobody answered is asked about."""
_MINUTE = 60_000_000
_TIME = "%Y-%m-%d %H:%M"


def _tickets(history: History, system: str) -> tuple[pa.Table, pa.Table, Places]:
    rows = present(history, system, where(history.ticket, system=system), "opened_on")
    known, at = cards(history, system, rows.column("person_id"), rows.column("opened_on"))
    return rows, known, at


def _moment(when: dt.datetime) -> pa.Scalar:
    return pa.scalar(when, pa.timestamp("us", tz="UTC"))


def _name(known: pa.Table, at: Places) -> pa.Array:
    return pc.binary_join_element_wise(
        looked_up(known, "first_name", at), looked_up(known, "last_name", at), " "
    )


def _between(rows: pa.Table, start: str, end: str, unit: int) -> pa.Array:
    """Return the whole units between two moments, null where one is missing."""
    passed = (micros(rows.column(end)) - micros(rows.column(start))) // unit
    there = np.asarray(pc.and_(pc.is_valid(rows.column(start)), pc.is_valid(rows.column(end))))
    return pa.array(passed, mask=~there)


def write_zendesk(history: History, folder: Path) -> list[Path]:
    """Write Zendesk's older tickets as a table.

    The bot's answer counts as the first reply when there was one. The newest tickets come from the
    API (see `help_desks`).
    """
    rows, known, at = _tickets(history, "zendesk")
    table = np.asarray(pc.less(rows.column("opened_on"), _moment(newest_from(history))))
    rows, at = rows.filter(pa.array(table)), at[table]
    solved, answered = rows.column("solved_on"), rows.column("first_answer_on")
    status = pc.if_else(
        pc.is_valid(solved), "Closed", pc.if_else(pc.is_valid(answered), "Pending", "New")
    )
    email = looked_up(known, "email", at)
    score = pc.if_else(pc.is_valid(solved), "Offered", "Not Offered")
    rated = pc.utf8_capitalize(rows.column("rating"))
    by_bot = rows.append_column(
        "reply_on", pc.coalesce(rows.column("bot_answer_on"), rows.column("first_answer_on"))
    )
    updated = pc.coalesce(solved, answered, rows.column("opened_on"))
    minutes = {
        "First reply time in minutes": _between(by_bot, "opened_on", "reply_on", _MINUTE),
        "First resolution time in minutes": _between(rows, "opened_on", "solved_on", _MINUTE),
        "Full resolution time in minutes": _between(rows, "opened_on", "solved_on", _MINUTE),
        "Requester wait time in minutes": _between(rows, "opened_on", "first_answer_on", _MINUTE),
    }
    cells: dict[str, Cells] = {
        "Summation column": "1",
        "Id": rows.column("ticket_id"),
        "Requester": _name(known, at),
        "Requester id": looked_up(known, "card_id", at),
        "Requester email": email,
        "Requester domain": pc.replace_substring_regex(email, r"^.*@", ""),
        "Submitter": _name(known, at),
        "Assignee": rows.column("agent"),
        "Group": "Service client",
        "Subject": rows.column("subject"),
        "Tags": pc.replace_substring(rows.column("topic"), " ", "_"),
        "Status": status,
        "Priority": "Normal",
        "Via": pc.if_else(pc.equal(rows.column("channel"), "email"), "Mail", "Social Messaging"),
        "Ticket type": pc.if_else(pc.equal(rows.column("kind"), "question"), "Question", "Problem"),
        "Created at": local(rows.column("opened_on"), _TIME, ZONE),
        "Updated at": local(updated, _TIME, ZONE),
        "Assigned at": local(answered, _TIME, ZONE),
        "Initially assigned at": local(answered, _TIME, ZONE),
        "Solved at": local(solved, _TIME, ZONE),
        "Resolution time": _between(rows, "opened_on", "solved_on", 60 * _MINUTE),
        "Satisfaction Score": pc.coalesce(rated, score),
        "Group stations": "1",
        "Assignee stations": "1",
        "Reopens": rows.column("reopened"),
        "Replies": rows.column("contacts"),
        **minutes,
        "Topic [list]": rows.column("topic"),
        "Language [list]": rows.column("language"),
    }
    path = folder / "service" / f"zendesk_tickets_{history.last_day}.csv"
    return write_filled(path, TICKETS, cells, Dialect(quotes="all"))


def _reporting(history: History) -> str:
    return f"Reporting period {history.first_day} to {history.last_day}\n\n"


def write_csat(history: History, folder: Path) -> list[Path]:
    """Write Chatwoot's ratings: one row for each conversation that was rated."""
    rows, known, at = _tickets(history, "chatwoot")
    rated = np.asarray(pc.is_valid(rows.column("rating")))
    rows, at = rows.filter(pa.array(rated)), at[rated]
    good = pc.equal(rows.column("rating"), "good")
    nobody = moments(micros(rows.column("opened_on")) + _ASKED_AFTER)
    when = pc.coalesce(rows.column("solved_on"), rows.column("first_answer_on"), nobody)
    link = pc.binary_join_element_wise(
        "https://chat.maison-alize.example/app/accounts/1/conversations/",
        rows.column("ticket_id"),
        "",
    )
    cells: dict[str, Cells] = {
        "Contact Name": _name(known, at),
        "Contact Email Address": looked_up(known, "email", at),
        "Contact Phone Number": looked_up(known, "phone", at),
        "Link to the conversation": link,
        "Agent Name": rows.column("agent"),
        "Rating": pc.if_else(good, "5", "1"),
        "Recorded date": local(when, "%Y-%m-%d %H:%M:%S UTC"),
    }
    path = folder / "service" / "chatwoot_csat_report.csv"
    return write_filled(path, CSAT, cells, Dialect(preamble=_reporting(history)))


def write_averages(history: History, path: Path) -> Path:
    """Write Chatwoot's report by agent: averages, which say of nobody how long they waited."""
    rows, _, _ = _tickets(history, "chatwoot")
    rows = rows.filter(pc.is_valid(rows.column("agent")))
    first = np.asarray(pc.fill_null(_between(rows, "opened_on", "first_answer_on", 1_000_000), 0))
    whole = _between(rows, "opened_on", "solved_on", 1_000_000)
    agents = sorted(set(rows.column("agent").to_pylist()))
    of = np.asarray([agents.index(name) for name in rows.column("agent").to_pylist()], np.int64)
    solved = np.asarray(pc.is_valid(whole)).astype(np.int64)
    count = np.bincount(of, minlength=len(agents))
    done = np.bincount(of, solved, len(agents)).astype(int)
    wait = np.bincount(of, first, len(agents)) / np.maximum(count, 1)
    length = np.bincount(of, np.asarray(pc.fill_null(whole, 0)), len(agents)) / np.maximum(done, 1)
    cells: dict[str, Cells] = {
        "Agent name": pa.array(agents, pa.string()),
        "Assigned conversations": count,
        "Avg first response time": [_spell(seconds) for seconds in wait],
        "Avg resolution time": [_spell(seconds) for seconds in length],
        "Resolution Count": done,
        "Avg customer waiting time": [_spell(seconds) for seconds in wait],
    }
    return write_rows(path, AGENTS, cells, Dialect(preamble=_reporting(history)))


def _spell(seconds: float) -> str:
    hours, rest = divmod(round(seconds), 3600)
    return f"{hours} hours {rest // 60} minutes" if hours else f"{rest // 60} minutes"


def write_calls(history: History, folder: Path) -> list[Path]:
    """Write the call centre's log: a caller's number, sometimes a name; calls nobody took."""
    rows, known, at = _tickets(history, "callcentre")
    opened = rows.column("opened_on")
    taken = pc.is_valid(rows.column("first_answer_on"))
    wait = 20 + (micros(opened) // 1_000_000) % 280
    number, caller = np.arange(1, rows.num_rows + 1), looked_up(known, "phone", at)
    subject = pc.if_else(pc.equal(rows.column("kind"), "question"), "Question", "Réclamation")
    cells: dict[str, Cells] = {
        "N° appel": rows.column("ticket_id"),
        "Date": local(opened, "%d/%m/%Y", ZONE),
        "Heure": local(opened, "%H:%M:%S", ZONE),
        "Numéro appelant": emptied(history, "appels", caller, _HIDDEN, "Masqué"),
        "Client": pc.if_else(pa.array(number % 3 > 0), _name(known, at), ""),
        "Magasin": pc.if_else(pc.equal(rows.column("channel"), "store"), BRAND, ""),
        "Langue": pc.utf8_upper(rows.column("language")),
        "Motif": subject,
        "Objet": rows.column("subject"),
        "Attente (s)": wait,
        "Décroché": pc.if_else(taken, "oui", "non"),
        "Agent": rows.column("agent"),
        "Durée (s)": pa.array(60 + wait * 7 % 900, mask=~np.asarray(taken)),
        "Résolu": pc.if_else(pc.is_valid(rows.column("solved_on")), "oui", "non"),
        "Rappels": ints(rows.column("contacts")) - 1,
    }
    return write_filled(folder / "service" / "journal_appels.csv", CALLS, cells, FRENCH)


CONVERSATION = names(
    "tweet_id, author_id, inbound, created_at, text, response_tweet_id, in_response_to_tweet_id"
)


def write_conversations(history: History, folder: Path) -> list[Path]:
    """Write the talks with the brand on X: each message, then the answer that it got, if any."""
    from rapport.simulation.exports.posts import brand
    from rapport.simulation.exports.x_archive import answer_id

    account = brand(history, "x")["handle"]
    said = where(history.message, network="x", is_public=True)
    replied = np.asarray(pc.is_valid(said.column("answer")))
    back = said.filter(pa.array(replied))
    ids = said.column("message_id").to_pylist()
    answers = [answer_id(number) for number in back.column("message_id").to_pylist()]
    response = [
        answer_id(number) if yes else None for number, yes in zip(ids, replied, strict=True)
    ]
    time = np.concatenate([micros(said.column("sent_on")), micros(back.column("answered_on"))])
    index = pa.array(np.argsort(time, kind="stable"))
    inbound = np.concatenate([np.ones(len(ids), bool), np.zeros(len(answers), bool)])
    wide: dict[str, pa.Array] = {
        "tweet_id": pa.array(ids + answers, pa.string()),
        "author_id": pa.array(
            said.column("account_id").to_pylist() + [account] * len(answers), pa.string()
        ),
        "inbound": pa.array(np.where(inbound, "True", "False")),
        "created_at": local(moments(time), "%a %b %d %H:%M:%S +0000 %Y"),
        "text": pa.array(
            said.column("text").to_pylist() + back.column("answer").to_pylist(), pa.string()
        ),
        "response_tweet_id": pa.array(response + [None] * len(answers), pa.string()),
        "in_response_to_tweet_id": pa.array(
            said.column("in_reply_to").to_pylist() + back.column("message_id").to_pylist(),
            pa.string(),
        ),
    }
    cells: dict[str, Cells] = {name: pc.take(column, index) for name, column in wide.items()}
    return write_filled(folder / "service" / "support_tweets.csv", CONVERSATION, cells, PLAIN)
