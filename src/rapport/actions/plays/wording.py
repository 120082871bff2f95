"""What a play is called, what to do, and why: sentences of the catalogue for each."""

from __future__ import annotations

from rapport.actions.plays import play
from rapport.engagement.connections import CONTACT, FOLLOW, MEMBER, SUBSCRIPTION
from rapport.results import Said

TITLES = {
    play.THANK: Said("Thank and equip those who speak well of us"),
    play.ANSWER: Said("Answer those who complained and still wait"),
    play.WIN_BACK: Said("Win back those who are breaking up"),
    play.SELL: Said("Sell to those who asked to buy and still wait"),
    play.WRITE: Said("Write down the answers to what is asked most"),
    play.LEAVE: Said("Leave {subject}"),
    play.TRY: Said("Find out which platforms pay"),
    play.SPARE: Said("Stop asking those whom it tires"),
    play.UNCOUNT: Said("Stop reporting counts that have nothing to do with value"),
    play.INVITE: Said("Find out whether connecting makes customers buy more"),
    play.INVITE_REST: Said("Invite the others to connect as well: the lot said that it pays"),
}
TO_DO = {
    play.THANK: Said("Send each a code for a friend, a preview, or a question worth asking."),
    play.ANSWER: Said("Answer each by hand, those first who buy most."),
    play.WIN_BACK: Said("Write to each, make good what was not heard, and make one offer."),
    play.SELL: Said("Reply to each message with what was asked for, and where to buy it."),
    play.WRITE: Said("Write one page for each of these questions, the first: “{subject}”"),
    play.LEAVE: Said("Stop posting there, and say where else you are."),
    play.TRY: Said("Write down what posts and people cost, or pause one of them for a quarter."),
    play.SPARE: Said("Send no further request this year, and thank for what was done."),
    play.UNCOUNT: Said("Take them out of every report; keep what has a link to value."),
    play.INVITE: Said(
        "Invite half of them, drawn by lot, to connect with you, and leave the other half alone."
    ),
    play.INVITE_REST: Said("Invite each to connect with you, as you invited the first."),
}
INVITATIONS = {
    FOLLOW: Said(
        "Invite half of them, drawn by lot, to follow you, and leave the other half alone."
    ),
    MEMBER: Said(
        "Invite half of them, drawn by lot, to join your programme, and leave the other half alone."
    ),
    SUBSCRIPTION: Said(
        "Invite half of them, drawn by lot, to take your newsletter, and leave the other half "
        "alone."
    ),
    CONTACT: Said(
        "Invite half of them, drawn by lot, to talk with you, and leave the other half alone."
    ),
}
"""What to invite to, by the way of being connected that the letter speaks of."""
INVITATIONS_TO_ALL = {
    FOLLOW: Said("Invite each to follow you, as you invited the first."),
    MEMBER: Said("Invite each to join your programme, as you invited the first."),
    SUBSCRIPTION: Said("Invite each to take your newsletter, as you invited the first."),
    CONTACT: Said("Invite each to talk with you, as you invited the first."),
}
"""The same for those who are left once a lot has said that it pays."""
BASES = {
    "experiment": Said("The last audience with a hold-out showed what it brings a person."),
    "codes": Said(
        "At most as much as those brought who took a code for a friend; half of that is expected."
    ),
    "kept": Said(
        "The share of later buying that an answer to a complaint kept, times what these people "
        "bought in a year."
    ),
    "asked": Said(
        "How many more bought after an answer, whatever they had asked, times what a sale is worth."
    ),
    "assumed": Said(
        "An assumption until you try: a twentieth of the margin at risk is kept, with a range "
        "from a twentieth lost to three twentieths kept."
    ),
    "contacts": Said(
        "At most every contact that asks the same and gets no answer; half of that is expected."
    ),
    "platform": Said("What it costs, less what its visitors and followers bring."),
    "influencers": Said("What asking costs, less what is expected to follow."),
}
"""What expected money rests on, by `Money.basis`."""
UNKNOWN = {
    play.THANK: Said("Nobody has handed a code on yet, so nobody knows what one brings."),
    play.ANSWER: Said("What an answer to a complaint keeps could not be measured yet."),
    play.WIN_BACK: Said("What they would have bought is not known."),
    play.SELL: Said("How many more buy because they are answered could not be measured yet."),
    play.WRITE: Said("What a contact costs is not known: service.cost_per_contact."),
    play.LEAVE: Said("What it costs is not known: costs in rapport.toml."),
    play.TRY: Said("What they cost or bring is not known well enough."),
    play.SPARE: Said("What asking costs is not known."),
    play.UNCOUNT: Said("It saves time, which nobody has put a price on."),
    play.INVITE: Said("Buyers become fans: only a lot tells whether fans become buyers."),
    play.INVITE_REST: Said("What an invitation brings each could not be measured."),
}
TAKES = {
    play.INVITE: Said(
        "Buyers become fans: only a lot tells whether fans become buyers. It takes about {n} "
        "customers, half of them invited."
    ),
}
"""The same where it is known how many people a test takes."""


def title(key: str, subject: str) -> Said:
    """Return what a play is called.

    Examples
    --------
    >>> title(play.LEAVE, "instagram").text("en")
    'Leave instagram'
    """
    said = TITLES[key]
    return Said(said.message, {"subject": subject}) if "{subject}" in said.message else said


def to_do(key: str, subject: str) -> Said:
    """Return what to do, in a sentence.

    Examples
    --------
    >>> to_do(play.INVITE, FOLLOW).text("en")
    'Invite half of them, drawn by lot, to follow you, and leave the other half alone.'
    """
    ways = {play.INVITE: INVITATIONS, play.INVITE_REST: INVITATIONS_TO_ALL}.get(key, {})
    said = ways.get(subject, TO_DO[key])
    return Said(said.message, {"subject": subject}) if "{subject}" in said.message else said


def why(key: str, basis: str, takes: int = 0) -> Said:
    """Return what the money rests on, or why there is none.

    Parameters
    ----------
    takes
        How many people a test takes that would tell; 0 where nobody knows.
    """
    if basis:
        return BASES[basis]
    return Said(TAKES[key].message, {"n": takes}) if takes and key in TAKES else UNKNOWN[key]


def command(key: str, table: str) -> str:
    """Return the command that writes a play's list.

    Examples
    --------
    >>> command(play.WIN_BACK, "breaking_up"), command(play.TRY, "platforms")
    ('rapport audience win-back --hold-out 10%', 'rapport table platforms')
    """
    if key in play.TO_REACH:
        part = "50%" if key == play.INVITE else "10%"
        return f"rapport audience {key} --hold-out {part}"
    return f"rapport table {table}"
