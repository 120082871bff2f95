"""Messages: texts and labels, who answered them and when."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from rapport.simulation.accounts import Accounts
from rapport.simulation.history import sheet
from rapport.simulation.lived import Lived, drawn_from, given, words_of
from rapport.simulation.posting import Posts, Reactions, post_ids
from rapport.simulation.schema_events import KINDS
from rapport.simulation.schema_people import NETWORKS
from rapport.simulation.texts.brand import answers
from rapport.simulation.texts.crises import copies
from rapport.simulation.texts.labels import USUAL
from rapport.simulation.texts.messages import messages
from rapport.simulation.writing import CAUSES, UNDER_POST, Written, stances

AGENTS = ("Camille", "Nadia", "Théo", "Harriet", "Owen")
SENTIMENTS = ("negative", "neutral", "positive")
_MOODS = {
    "praise": (0.0, 0.02, 0.98),
    "complaint": (0.93, 0.07, 0.0),
    "suggestion": (0.12, 0.63, 0.25),
    "question": (0.05, 0.85, 0.10),
    "purchase_intent": (0.0, 0.45, 0.55),
    "leaving": (0.9, 0.1, 0.0),
    "thanks": (0.0, 0.05, 0.95),
    "recommendation": (0.0, 0.05, 0.95),
    "other": (0.08, 0.72, 0.20),
}
_IRONY = {"complaint": 0.08, "leaving": 0.06, "other": 0.02, "praise": 0.0}
_WANTS_ANSWER = {"complaint": 1.0, "question": 1.0, "purchase_intent": 0.8, "leaving": 0.6}


@dataclass(frozen=True)
class Messages:
    """All messages by time; `post` is the position of the post above, -1 for none."""

    account: np.ndarray
    day: np.ndarray
    kind: np.ndarray
    cause: np.ndarray
    post: np.ndarray
    hours: np.ndarray
    about: np.ndarray
    message_id: np.ndarray
    sentiment: np.ndarray
    topic: np.ndarray
    language: np.ndarray
    is_public: np.ndarray
    text: np.ndarray
    table: pa.Table


def talk(lived: Lived, known: Accounts, posts: Posts, made: Reactions, rows: Written) -> Messages:
    """Return all messages: those that people wrote of themselves and those under posts."""
    under = _comments(lived, known, made)
    account = np.concatenate([known.of(rows.person, rows.network), under[0]])
    day = np.concatenate([rows.day, under[1]])
    kind = np.concatenate([rows.kind, under[2]])
    cause = np.concatenate([rows.cause, under[3]])
    post = np.concatenate([np.full(len(rows), -1), under[4]])
    hours = np.concatenate([rows.hours, np.full(len(under[0]), np.nan)])
    about = np.concatenate([rows.about, np.full(len(under[0]), -1)])
    order = np.lexsort((account, day))
    return _told(
        lived,
        known,
        posts,
        (account[order], day[order], kind[order], cause[order], post[order]),
        (hours[order], about[order]),
    )


def _comments(lived: Lived, known: Accounts, made: Reactions) -> tuple[np.ndarray, ...]:
    """Return comments under posts: some of those who liked also write, the pod often."""
    rng = lived.chance("comments")
    pod = known.kind[made.account] == 2
    chance = np.where(pod, 0.12, np.where(known.kind[made.account] == 1, 0.05, 0.09))
    rows = np.flatnonzero((rng.random(len(made.day)) < chance) & (made.what == 0))
    share = lived.world.posting.complaints
    shares = UNDER_POST * (1 - share)
    shares[:, KINDS.index("complaint")] += share
    owner = known.owner[made.account[rows]]
    stance = np.where(owner < 0, 0, stances(lived, np.maximum(owner, 0), made.day[rows]))
    kind = drawn_from(rng.random(len(rows)), shares[stance])
    kind = np.where(pod[rows], KINDS.index("praise"), kind)
    cause = np.where(pod[rows], CAUSES.index("pod"), CAUSES.index("post"))
    day = np.minimum(made.day[rows] + 0.003, lived.days.count - 0.0005)
    return made.account[rows], day, kind, cause, made.post[rows]


def _told(
    lived: Lived,
    known: Accounts,
    posts: Posts,
    which: tuple[np.ndarray, ...],
    extra: tuple[np.ndarray, np.ndarray],
) -> Messages:
    account, day, kind, cause, post = which
    hours, about = extra
    rng, n = lived.chance("messages"), len(account)
    sentiment = drawn_from(rng.random(n), np.array([_MOODS[name] for name in KINDS])[kind])
    irony = rng.random(n) < np.array([_IRONY.get(name, 0.003) for name in KINDS])[kind]
    owner = known.owner[account]
    own = lived.people.table["language"][np.maximum(owner, 0)]
    other = np.where(own == "fr", "en", "fr")
    foreign = rng.random(n) < np.where(owner < 0, 0.5, 0.04)
    language = np.where(foreign, other, own).astype(object)
    topic = _topics(lived, kind, cause, day, rng.random(n))
    first = _copied(lived, cause)
    kind, sentiment, language, topic = kind[first], sentiment[first], language[first], topic[first]
    irony = irony & (first == np.arange(n))
    names = words_of(kind, KINDS)
    text = _texts(lived, (names, words_of(sentiment, SENTIMENTS), language, topic, irony), first)
    network = known.network[account]
    message_id = post_ids(lived, network, day)
    is_public = (post >= 0) | (cause != CAUSES.index("complaint")) | (rng.random(n) < 0.5)
    is_public &= ~((kind == KINDS.index("purchase_intent")) & (post < 0) & (rng.random(n) < 0.6))
    answered, by, said = _answered(lived, kind, cause, day, hours, language)
    above = words_of(post, posts.post_id.tolist())
    table = sheet(
        "message",
        {
            "message_id": message_id,
            "account_id": known.account_id[account],
            "network": words_of(network, NETWORKS),
            "sent_on": lived.times(day),
            "kind": names,
            "topic": topic,
            "sentiment": words_of(sentiment, SENTIMENTS),
            "is_irony": irony,
            "is_public": is_public,
            "language": language,
            "text": text,
            "in_reply_to": above,
            "post_id": above,
            "copy_of": given(first != np.arange(n), message_id[first]),
            "answered_on": np.where(
                np.isfinite(answered), lived.times(day) + _after(answered), np.datetime64("NaT")
            ),
            "answered_by": by,
            "answer": said,
            "cause": words_of(cause, CAUSES),
        },
    )
    return Messages(
        account, day, kind, cause, post, hours, about, message_id, sentiment, topic, language,
        is_public, np.array(text, dtype=object), table,
    )  # fmt: skip


def _copied(lived: Lived, cause: np.ndarray) -> np.ndarray:
    """Return the message that each repeats: itself, but for some in a crisis that go round."""
    first = np.arange(len(cause))
    rows = np.flatnonzero(cause == CAUSES.index("crisis"))
    draw = lived.chance("copies").random((2, len(rows)))
    few = np.arange(len(rows)) < min(8, len(rows))
    again = ~few & (draw[0] < 0.25)
    source = (draw[1] ** 2 * np.minimum(np.arange(len(rows)), 8)).astype(int)
    first[rows[again]] = rows[source[again]]
    return first


def _texts(lived: Lived, labels: tuple[np.ndarray, ...], first: np.ndarray) -> list[str]:
    """Return a text for each row of labels; those that repeat another do so as copies go round."""
    made = messages(lived.chance("message texts"), *labels)
    rng = lived.chance("copied texts")
    for row in np.flatnonzero(first != np.arange(len(first))).tolist():
        made[row] = copies(rng, [made[first[row]]], 1)[0][0]
    return made


def _after(hours: np.ndarray) -> np.ndarray:
    seconds = np.where(np.isfinite(hours), hours, 0) * 3600
    found: np.ndarray = np.round(seconds).astype(np.int64).astype("timedelta64[s]")
    return found


def _topics(
    lived: Lived, kind: np.ndarray, cause: np.ndarray, day: np.ndarray, draw: np.ndarray
) -> np.ndarray:
    """Return what each message is about: the crisis in a crisis, else what its kind is about."""
    made = np.empty(len(kind), object)
    for number, name in enumerate(KINDS):
        rows = np.flatnonzero(kind == number)
        topics = USUAL[name]
        shares = 1 / (2.0 + np.arange(len(topics)))
        made[rows] = words_of(drawn_from(draw[rows], shares), topics)
    waves = lived.world.crises.waves
    rows = np.flatnonzero(cause == CAUSES.index("crisis"))
    if len(rows):
        since = day[rows][:, None] - np.array([wave.day for wave in waves])
        latest = np.argmin(np.where(since >= 0, since, np.inf), axis=1)
        made[rows] = words_of(latest, [wave.topic for wave in waves])
    return made


def _answered(
    lived: Lived,
    kind: np.ndarray,
    cause: np.ndarray,
    day: np.ndarray,
    hours: np.ndarray,
    language: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return hours until the first answer (infinite: none), who gave it, and what it said."""
    rng, n = lived.chance("answers on networks"), len(kind)
    posting, service = lived.world.posting, lived.world.service
    wants = np.array([_WANTS_ANSWER.get(name, 0.12) for name in KINDS])[kind]
    share = posting.answered * wants * service.on * (cause != CAUSES.index("pod"))
    usual = service.hours * np.exp(service.wait_spread * rng.standard_normal(n))
    waited = np.where(rng.random(n) < share, np.maximum(usual, 0.02), np.inf)
    waited = np.where(np.isnan(hours), waited, hours)
    waited[day + waited / 24 >= lived.days.count] = np.inf
    rows = np.flatnonzero(np.isfinite(waited))
    by, said = np.full(n, None, dtype=object), np.full(n, None, dtype=object)
    by[rows] = words_of(rng.integers(0, len(AGENTS), n)[rows], AGENTS)
    said[rows] = answers(lived.chance("answer texts"), words_of(kind[rows], KINDS), language[rows])
    return waited, by, said
