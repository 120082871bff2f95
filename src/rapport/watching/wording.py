"""From a routed message to the alert that somebody reads: what, who, what is at stake, why."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Sequence

from rapport.actions.alerts.alert import Alert, digest_of, line
from rapport.estimate import Estimate, Grade
from rapport.listening.buzz.crisis import Crisis
from rapport.listening.routing import Routed, Understood
from rapport.results import Said
from rapport.watching.people import Who

# The title by the kind of message that decided.
TITLE_SENTENCES = {
    "complaint": "A complaint on {channel}",
    "leaving": "Somebody wishes to leave, on {channel}",
    "purchase_intent": "A wish to buy, on {channel}",
    "suggestion": "A suggestion, on {channel}",
    "question": "A question, on {channel}",
    "irony": "Praise on {channel} that may be meant the other way round",
}
RELATION_SENTENCES = {
    "prospect": "By {name}, not a customer yet.",
    "new": "By {name}, a new customer.",
    "repeat": "By {name}, a repeat customer.",
    "lapsed": "By {name}, a customer who has not come back.",
    "": "By {name}.",
}
STREAM_SENTENCES = {
    "complaints": "Complaints are far above the usual",
    "negative messages": "Negative messages are far above the usual",
    "praise": "Praise is far above the usual",
}
WORDS = 6  # words that weighed that are named


def of_message(
    routed: Routed,
    who: Who | None,
    *,
    currency: str,
    usual: float,
    needs: Sequence[str] = (),
    local: Callable[[dt.datetime], dt.datetime] = lambda at: at,
) -> Alert:
    """Return the alert of a routed message.

    Parameters
    ----------
    routed
        The message, where it goes and why.
    who
        Who wrote it, where known.
    currency
        Of the brand.
    usual
        What is taken to be at stake where nobody knows.
    needs
        Names of products in the message.
    local
        Brings a UTC time into the brand's zone.
    """
    message = routed.message
    lines = [_by(who, message), *_stake(who, currency)]
    if needs:
        lines.append(Said("It names: {names}.", {"names": ", ".join(needs)}))
    said = f"{local(message.said):%Y-%m-%d %H:%M}"
    lines.append(Said("Said on {time}.", {"time": said}))
    lines += _why(routed)
    return Alert(
        key=digest_of("message", message.message_id, routed.way),
        route=routed.way,
        title=Said(TITLE_SENTENCES[routed.kind], {"channel": _channel(message)}),
        lines=tuple(lines),
        quote=message.text,
        url=message.url,
        value=who.value if who else None,
        facts=_facts(routed, who, usual, needs),
    )


def of_waiting(message: Understood, who: Who | None, hours: float, usual: float) -> Alert:
    """Return the alert of a complaint that nobody answered for so many hours."""
    return Alert(
        key=digest_of("waiting", message.message_id, f"{hours:g}"),
        route="waiting",
        title=Said(
            "A complaint on {channel} has waited for more than {hours} hours",
            {"channel": _channel(message), "hours": f"{hours:g}"},
        ),
        lines=(_by(who, message), Said("No answer of the brand to it is in the record.")),
        quote=message.text,
        url=message.url,
        value=who.value if who else None,
        facts={
            "message_id": message.message_id,
            "hours": hours,
            "said": message.said.isoformat(),
            "stake": usual if who is None or who.value is None else who.value,
        },
    )


def of_crisis(crisis: Crisis, local: Callable[[dt.datetime], dt.datetime]) -> Alert:
    """Return the alert of a crisis or a wave of praise: how much, since when, by how many."""
    size = Estimate(
        crisis.size, "number", Grade.MODEL, min(crisis.low, crisis.size),
        max(crisis.high, crisis.size),
    )  # fmt: skip
    worst = crisis.worst
    lines = [
        Said(
            "{seen} since {time}, where {usual} would be usual: {size} times as many.",
            {
                "seen": crisis.seen,
                "time": f"{local(crisis.began):%Y-%m-%d %H:%M}",
                "usual": float(crisis.expected),
                "size": size,
            },
        ),
        Said("Accounts that wrote them: {n}.", {"n": crisis.people}),
    ]
    if crisis.first is not None:
        lines.append(Said("It began with: {text}", {"text": line(crisis.first.text, 160)}))
    return Alert(
        key=digest_of("crisis", crisis.stream, crisis.began.isoformat()),
        route="praise" if crisis.stream == "praise" else "crisis",
        title=Said(STREAM_SENTENCES[crisis.stream]),
        lines=tuple(lines),
        quote=worst.text if worst else "",
        url=worst.url if worst else "",
        facts={
            "stream": crisis.stream,
            "began": crisis.began.isoformat(),
            "seen": crisis.seen,
            "expected": crisis.expected,
            "size": crisis.size,
            "size_low": crisis.low,
            "size_high": crisis.high,
            "people": crisis.people,
        },
    )


def of_test(name: str) -> Alert:
    """Return an alert that only says that alerts arrive; no two are the same."""
    key = digest_of("test", name, dt.datetime.now(dt.UTC).isoformat())
    title = Said("This is a test: alerts of Rapport arrive here.")
    return Alert(key=key, route="test", title=title, facts={"channel": name})


def _by(who: Who | None, message: Understood) -> Said:
    name = who.name if who and who.name else message.account_id
    if not name:
        return Said("By somebody who is not named.")
    relation = who.relation if who and who.relation in RELATION_SENTENCES else ""
    return Said(RELATION_SENTENCES[relation], {"name": line(name, 80)})


def _stake(who: Who | None, currency: str) -> list[Said]:
    if who is None or who.value is None:
        return []
    low, high = who.low, who.high
    value = Estimate(
        who.value,
        currency,
        Grade.MODEL,
        who.value if low is None else min(low, who.value),
        who.value if high is None else max(high, who.value),
    )
    return [Said("Value at stake: {value}.", {"value": value})]


def _why(routed: Routed) -> list[Said]:
    lines = []
    chance = round(routed.probability * 100)
    if routed.words:
        words = ", ".join(f"“{line(word, 40)}”" for word in routed.words[:WORDS])
        lines.append(
            Said("Why: {chance} in 100, by the words {words}.", {"chance": chance, "words": words})
        )
    else:
        lines.append(Said("Why: {chance} in 100.", {"chance": chance}))
    if routed.ironic:
        lines.append(Said("It may be ironic: look before you answer."))
    return lines


def _channel(message: Understood) -> str:
    return line(message.channel or message.message_id.partition(":")[0], 40)


def _facts(
    routed: Routed, who: Who | None, usual: float, needs: Sequence[str]
) -> dict[str, object]:
    message = routed.message
    return {
        "message_id": message.message_id,
        "way": routed.way,
        "kind": routed.kind,
        "probability": round(routed.probability, 4),
        "ironic": routed.ironic,
        "words": list(routed.words[:WORDS]),
        "needs": list(needs),
        "channel": message.channel,
        "said": message.said.isoformat(),
        "person_id": who.person_id if who else None,
        "relation": who.relation if who else "",
        "value": who.value if who else None,
        "value_low": who.low if who else None,
        "value_high": who.high if who else None,
        "stake": usual if who is None or who.value is None else who.value,
    }
