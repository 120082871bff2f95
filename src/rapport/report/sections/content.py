"""The section on content: which posts lead somewhere, and which are only liked."""

from __future__ import annotations

from typing import Any

from markupsafe import Markup

from rapport.report.charts.content import liked_and_clicked
from rapport.report.findings import Findings, Row
from rapport.report.parts import Cell, Figure, Grid, Section
from rapport.report.prose import Prose
from rapport.report.sections.common import (
    cannot_tell,
    channel_name,
    colored,
    excerpt,
    figure,
    number_rows,
)
from rapport.words import Words

NUMBERS = ("posts", "liked_and_clicked", "asking_engaged", "asking_clicked")

_QUESTION = "Which posts lead somewhere, and which are only liked?"
_FEWEST = 10
_FACTORS = ("call", "goal", "format", "paid", "hour")
_MOST_KINDS, _MOST_POSTS = 12, 4
_STRONG = 0.5


def content(findings: Findings, prose: Prose) -> Section:
    """Return the section on content: what kinds of posts bring, and single posts that stand out."""
    rows = findings.rows("content", ("factor", "level", "ratio", "low", "high"))
    picture = _picture(findings, prose, rows)
    grid = _grid(findings, prose)
    return Section(
        key="content",
        title=prose.say("Which posts lead somewhere, and which are only liked?"),
        answer=_answer(findings, prose, rows),
        figures=(picture,) if picture else (),
        numbers=number_rows(findings, prose, NUMBERS),
        grids=(grid,) if grid else (),
        basis=_basis(findings, prose, rows),
    )


def level_name(level: str, words: Words) -> str:
    """Return a kind of post as a reader calls it; one without a word in the catalogue as it is."""
    named = {
        "none": words("asks for nothing"),
        "buy": words("asks to buy"),
        "book": words("asks to book"),
        "visit": words("asks to come"),
        "sign up": words("asks to sign up"),
        "code": words("hands out a code"),
        "contact": words("asks to write to you"),
        "take part": words("asks to take part"),
        "read": words("asks to read on"),
        "acquire": words("to win customers"),
        "keep": words("to keep customers"),
        "serve": words("to serve customers"),
        "brand": words("of the brand itself"),
        "unsure": words("of no clear purpose"),
        "photo": words("photo"),
        "video": words("video"),
        "reel": words("reel"),
        "link": words("link"),
        "carousel": words("carousel"),
        "story": words("story"),
        "text": words("text"),
        "morning": words("in the morning"),
        "midday": words("at midday"),
        "afternoon": words("in the afternoon"),
        "evening": words("in the evening"),
        "night": words("at night"),
        "paid": words("paid for"),
        "unpaid": words("not paid for"),
    }
    return named.get(level) or level


def _answer(findings: Findings, prose: Prose, rows: list[Row]) -> Markup:
    if not rows:
        usual = prose.say("We cannot tell: too few posts with figures are on record.")
        return cannot_tell(findings, prose, _QUESTION, usual)
    together = findings.number("liked_and_clicked")
    if together is None:
        return prose.say(
            "We cannot tell which posts lead somewhere: hardly any post comes with its clicks. "
            "What is liked more and less, the picture shows."
        )
    many = _verdicts(findings)
    values = {
        "led": findings.words.number(many.get("leads somewhere", 0)),
        "liked": findings.words.number(many.get("only liked", 0)),
        "value": prose.told(together),
    }
    if together.low > _STRONG:
        return prose.say(
            "What is liked is clicked as well, mostly (rank correlation {value}): {led} posts led "
            "further than comparable ones, {liked} were only liked.",
            **values,
        )
    return prose.say(
        "Likes are a poor guide to clicks (rank correlation {value}): {led} posts led further than "
        "comparable ones, {liked} were only liked.",
        **values,
    )


def _verdicts(findings: Findings) -> dict[str, int]:
    many: dict[str, int] = {}
    for row in findings.rows("content_posts", ("verdict",)):
        many[row["verdict"]] = many.get(row["verdict"], 0) + 1
    return many


def _picture(findings: Findings, prose: Prose, rows: list[Row]) -> Figure | None:
    """Return the kinds of which most can be told, liked and clicked."""
    told: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if row["factor"] in _FACTORS and row["posts"] >= _FEWEST and row["low"] > 0:
            told.setdefault((row["factor"], row["level"]), []).append(row)
    if not told:
        return None
    chosen = sorted(told, key=lambda key: -max(_strength(row) for row in told[key]))[:_MOST_KINDS]
    chosen.sort(key=lambda key: (_FACTORS.index(key[0]), key[1]))
    words = findings.words
    shown: list[dict[str, Any]] = [
        {
            "name": level_name(level, words), "what": row["what"],
            "ratio": row["ratio"], "low": row["low"], "high": row["high"],
        }
        for factor, level in chosen
        for row in told[factor, level]
    ]  # fmt: skip
    return figure(
        findings,
        "kinds",
        prose.say(
            "How often posts are {liked} and {clicked}, against comparable posts of other kinds",
            liked=colored(words("liked, shared, commented"), "middle"),
            clicked=colored(words("clicked"), "deep"),
        ),
        lambda width: liked_and_clicked(shown, width),
        note=prose.say(
            "For one who saw the post, or for one post where nobody says who saw it; same channel, "
            "same month, and all other traits alike. Kinds of few posts are drawn to the others."
        ),
        table="content",
    )


def _strength(row: Row) -> float:
    """Return how far a range lies from one: what is sure and large comes first."""
    return float(max(row["low"], 1 / row["high"]))


def _grid(findings: Findings, prose: Prose) -> Grid | None:
    words = findings.words
    rows = findings.rows("content_posts", ("text", "verdict", "engaged_ratio", "clicked_ratio"))
    led = [row for row in rows if row["verdict"] == "leads somewhere"]
    led.sort(key=lambda row: row["clicked_expected"] - row["clicked"])
    liked = [row for row in rows if row["verdict"] == "only liked"]
    liked.sort(key=lambda row: row["engaged_expected"] - row["engaged"])
    shown = [*led[:_MOST_POSTS], *liked[:_MOST_POSTS]]
    if not shown:
        return None
    return Grid(
        title=prose.say("Posts that led somewhere, and posts that were only liked"),
        heads=(
            Cell(words("Post")),
            Cell(words("Channel")),
            Cell(words("Liked"), "figure"),
            Cell(words("Clicked"), "figure"),
            Cell(words("What it did")),
        ),
        rows=tuple(
            (
                Cell(excerpt(row["text"], 90)),
                Cell(channel_name(row["channel"], words)),
                Cell(_times(row["engaged_ratio"], words), "figure"),
                Cell(_times(row["clicked_ratio"], words), "figure"),
                Cell(
                    words("led somewhere")
                    if row["verdict"] == "leads somewhere"
                    else words("was only liked")
                ),
            )
            for row in shown
        ),
        table="content_posts",
        note=prose.say("How many times what comparable posts are liked and clicked."),
    )


def _times(ratio: float, words: Words) -> str:
    return f"×\u202f{words.number(ratio, 1)}"


def _basis(findings: Findings, prose: Prose, rows: list[Row]) -> tuple[str | Markup, ...]:
    if not rows:
        return ()
    told: list[str | Markup] = []
    asking = findings.number("asking_engaged")
    between = prose.between(asking) if asking else None
    if asking is not None and between is not None:
        told.append(
            prose.say(
                "Posts that ask for something are liked {value} times as often as comparable posts "
                "that do not ({range}).",
                value=prose.told(asking),
                range=between,
            )
        )
    posts = findings.rows("content_posts", ("goal", "goal_given"))
    guessed = sum(not row["goal_given"] for row in posts)
    if guessed:
        told.append(
            prose.say(
                "What a post is for was said of {given} posts; of {guessed} it was taken from "
                "their words.",
                given=findings.words.number(len(posts) - guessed),
                guessed=findings.words.number(guessed),
            )
        )
    return tuple(told)
