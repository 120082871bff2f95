"""The steps in order: what each answers, what it reads, after which others it comes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rapport.results import StepResult
    from rapport.steps.context import Context


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the way.

    Parameters
    ----------
    name
        Its name in `results/state.json` and on the screen.
    question
        What it answers (a message of the catalogue).
    reads
        Tables of the record it reads.
    after
        Steps whose results it reads.
    job
        The module of `steps/` and the function in it that do the work; imported when it is done,
        since most commands only ask what is out of date.
    settings
        Which settings it depends on.
    decided
        Whether it depends on what somebody decided of who is who.
    files
        Files of the workspace that it reads.
    """

    name: str
    question: str
    reads: tuple[str, ...]
    after: tuple[str, ...]
    job: str
    settings: tuple[str, ...] = ()
    decided: bool = False
    files: tuple[str, ...] = ()

    def run(self, context: Context) -> StepResult:
        """Do the work."""
        module, _, name = self.job.partition(":")
        job: Callable[[Context], StepResult] = getattr(
            import_module(f"rapport.steps.{module}"), name
        )
        return job(context)


# What other modules call the same; tests/test_order.py holds them to it.
ACCOUNTS = (
    "account", "identifier", "activity", "purchase", "purchase_line", "visit", "ticket",
    "answer", "lead",
)  # fmt: skip
DATED = ("activity", "purchase", "purchase_line", "visit", "ticket", "lead")
NAMES, LABELS, HEADS = "names.csv", "labels/labels.jsonl", "labels/heads.npz"
AUDIENCES, WRITINGS = "audiences/log.jsonl", "audiences/writings.jsonl"
_COUNTS = ("audience", "channel_metric", "post", "post_metric", "activity", "account")
_MONEY = ("currency", "exchange_rates", "time_zone", "today", "people", "sources")

STEPS: tuple[Step, ...] = (
    Step(
        "identity",
        "Who is who?",
        reads=ACCOUNTS,
        after=(),
        job="identity:identity",
        settings=("people", "sources"),
        decided=True,
    ),
    Step(
        "reading",
        "What does each message say?",
        reads=("activity", "answer"),
        after=(),
        job="understanding:read_ahead",
        settings=("listening.model",),
        files=(HEADS,),
    ),
    Step(
        "roles",
        "Who is no customer?",
        reads=("account", "identifier"),
        after=("identity",),
        job="roles:set_apart",
        settings=("people",),
    ),
    Step(
        "buying",
        "What was bought, how often, by whom?",
        reads=("purchase", "purchase_line", "account"),
        after=("identity", "roles"),
        job="buying:buying",
        settings=(*_MONEY, "value.margin"),
    ),
    Step(
        "footing",
        "How much rests on weak links between accounts?",
        reads=("purchase", "purchase_line"),
        after=("identity", "buying"),
        job="footing:footing",
        settings=("people", "sources", "currency"),
    ),
    Step(
        "staying",
        "Who stays?",
        reads=(),
        after=("buying",),
        job="staying:staying",
        settings=(*_MONEY, "value.contract"),
    ),
    Step(
        "worth",
        "What are our customers worth?",
        reads=(),
        after=("buying",),
        job="worth:value_customers",
        settings=(*_MONEY, "value"),
    ),
    Step(
        "relations",
        "Who is what to us?",
        reads=("account", "identifier", *DATED),
        after=("identity", "roles", "buying"),
        job="relations:relations",
        settings=(*_MONEY, "value.dormant_days"),
    ),
    Step(
        "authenticity",
        "Are our followers real?",
        reads=("account", "activity", "post", "audience", "event"),
        after=("identity", "roles", "buying"),
        job="audience:authenticity",
        settings=(*_MONEY,),
    ),
    Step(
        "understanding",
        "What do people say?",
        reads=("activity", "answer", "account"),
        after=("identity", "reading", "roles"),
        job="understanding:understanding",
        settings=("time_zone", "people", "listening.model"),
        files=(HEADS,),
    ),
    Step(
        "mentions",
        "Of whom do people speak, and how?",
        reads=("account", "post", "ticket"),
        after=("understanding",),
        job="mentions:mentions",
        settings=("brand", "listening.model"),
        files=(NAMES, HEADS),
    ),
    Step(
        "shares",
        "How much of it is complaint, praise, a wish to buy?",
        reads=(),
        after=("relations", "understanding"),
        job="shares:shares",
        settings=("people", "listening.model"),
        files=(LABELS, HEADS),
    ),
    Step(
        "topics",
        "What do people talk about?",
        reads=(),
        after=("understanding", "mentions"),
        job="topics:topics",
        settings=("brand", "time_zone", "today", "people", "languages", "listening.model"),
    ),
    Step(
        "buzz",
        "Is something about to blow up?",
        reads=("account", "event", "post"),
        after=("worth", "authenticity", "understanding", "topics"),
        job="buzz:buzz",
        settings=("brand", *_MONEY, "listening.false_alarms", "listening.cost_per_thousand"),
    ),
    Step(
        "asking",
        "Who asks us for something?",
        reads=("ticket", "activity", "account", "post", "purchase"),
        after=("identity", "roles", "buying", "worth", "relations", "understanding"),
        job="answering_requests:find_requests",
        settings=(*_MONEY, "service"),
    ),
    Step(
        "answering",
        "Do we answer? How long do people wait?",
        reads=("ticket", "activity", "account", "post", "visit", "purchase"),
        after=("buying", "worth", "relations", "topics", "asking"),
        job="answering:answering",
        settings=(*_MONEY, "service"),
    ),
    Step(
        "questions",
        "Which questions are worth an article?",
        reads=("activity", "account", "post", "ticket"),
        after=("understanding", "topics", "asking"),
        job="asked:questions",
        settings=("brand", "time_zone", "today", "people", "service"),
    ),
    Step(
        "referral",
        "What do referrals bring?",
        reads=("activity", "account", "spend"),
        after=("identity", "roles", "buying", "worth"),
        job="referral:referral",
        settings=(*_MONEY, "value"),
    ),
    Step(
        "word_of_mouth",
        "How many customers does word of mouth bring?",
        reads=("answer", "activity", "account"),
        after=("identity", "roles", "buying", "referral"),
        job="word_of_mouth:word_of_mouth",
        settings=(*_MONEY, "value.margin"),
    ),
    Step(
        "service_value",
        "What does answering complaints keep?",
        reads=(),
        after=("buying", "worth", "answering"),
        job="service_value:service_value",
        settings=(*_MONEY, "value", "service"),
    ),
    Step(
        "reviews",
        "Do reviews read before buying sell?",
        reads=("visit", "account"),
        after=("identity", "roles", "buying"),
        job="reviews:reviews",
        settings=(*_MONEY, "value.margin"),
    ),
    Step(
        "months",
        "What does each person do, month by month?",
        reads=(
            *("activity", "account", "purchase", "purchase_line", "visit", "ticket", "answer"),
            "lead",
        ),
        after=("identity", "roles", "buying", "understanding", "asking"),
        job="months:months",
        settings=(*_MONEY, "value.margin"),
    ),
    Step(
        "levels",
        "Who works for us, who works against us?",
        reads=("answer",),
        after=("identity", "buying", "relations", "authenticity", "months"),
        job="levels:levels",
        settings=("people", "today", "time_zone"),
    ),
    Step(
        "advocates",
        "Who speaks well of us, and who speaks ill?",
        reads=("activity", "answer", "account"),
        after=(
            *("identity", "roles", "buying", "worth", "relations", "authenticity"),
            *("understanding", "months", "levels"),
        ),
        job="advocates:find_advocates",
        settings=(*_MONEY, "listening.model"),
        files=(LABELS, HEADS),
    ),
    Step(
        "critics",
        "Were critics won back, and what was it worth?",
        reads=(),
        after=("identity", "roles", "buying", "relations", "understanding", "answering"),
        job="critics:win_back",
        settings=(*_MONEY, "value.margin"),
    ),
    Step(
        "motives",
        "Why are people there?",
        reads=("activity", "visit", "post", "answer"),
        after=("identity", "roles", "buying", "relations", "understanding", "levels"),
        job="motives:tell_motives",
        settings=("people", "today", "time_zone"),
    ),
    Step(
        "employees",
        "Who of our own people speaks of us?",
        reads=("activity", "account"),
        after=("identity", "buying", "relations", "authenticity", "understanding"),
        job="employees:employee_voice",
        settings=(*_MONEY, "value.margin", "listening.model"),
        files=(LABELS, HEADS),
    ),
    Step(
        "counts",
        "Which of the things we count have nothing to do with value?",
        reads=(*_COUNTS, "visit", "spend", "event"),
        after=("buying", "understanding"),
        job="counts:counts",
        settings=(*_MONEY, "value.margin"),
    ),
    Step(
        "moves",
        "Who is breaking up, who left, who came back?",
        reads=("identifier", "activity", "visit"),
        after=("identity", "buying", "understanding", "answering", "months", "levels"),
        job="moves:moves",
        settings=(*_MONEY, "value.margin", "value.contract"),
    ),
    Step(
        "connection",
        "Are connected customers worth more because they are connected?",
        reads=(),
        after=("buying", "worth", "relations", "months", "levels"),
        job="connection:connection",
        settings=(*_MONEY, "value.margin"),
    ),
    Step(
        "experiments",
        "Did what we did work?",
        reads=(),
        after=("identity", "roles", "buying", "relations", "months", "connection"),
        job="experiments:experiments",
        settings=(*_MONEY, "value.margin"),
        files=(AUDIENCES,),
    ),
    Step(
        "content",
        "Which posts lead somewhere, and which are only liked?",
        reads=("post", "post_metric"),
        after=("buying",),
        job="content:content",
        settings=("currency", "time_zone"),
    ),
    Step(
        "influencers",
        "Do we tire the people we court?",
        reads=("activity", "post_metric", "spend", "visit"),
        after=("identity", "buying", "authenticity", "understanding"),
        job="influencers:influencers",
        settings=(*_MONEY, "value.margin", "engagement"),
    ),
    Step(
        "platforms",
        "Are we on the right platforms?",
        reads=("account", "activity", "audience", "post", "visit", "spend"),
        after=("relations", "authenticity", "understanding", "months", "levels", "connection"),
        job="platforms:platforms",
        settings=(*_MONEY, "value.margin", "service.cost_per_contact", "costs"),
    ),
    Step(
        "ledger",
        "What did our relationships return?",
        reads=("spend", "post"),
        after=(  # last of all: it unites what every step claims of orders
            *("identity", "roles", "buying", "worth", "answering"),
            *("connection", "influencers", "referral", "word_of_mouth", "service_value"),
        ),
        job="ledger:ledger",
        settings=(*_MONEY, "value.margin", "service", "costs"),
    ),
    Step(
        "plays",
        "What should we do on Monday?",
        reads=(),
        after=(
            *("buying", "worth", "relations", "questions", "answering", "referral"),
            *("service_value", "advocates", "counts", "moves", "experiments", "influencers"),
            *("months", "connection", "platforms", "ledger"),
        ),
        job="plays:plays",
        settings=(*_MONEY, "value.margin", "service.cost_per_contact", "engagement", "languages"),
        files=(AUDIENCES, WRITINGS),
    ),
)
