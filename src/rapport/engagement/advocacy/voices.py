"""Who speaks of the brand, on line and off: one row a person, with how likely well and ill.

An advocate speaks well and not ill, a critic ill and not well (Asplund & James 2011). What counts
is talk of the last year by people: not by the brand, its staff or resellers, not by accounts that
look bought, not by the press, not by those who were asked and paid to post, not what is said to the
help desk alone, and copies of one text once.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import narwhals as nw

from rapport.engagement.advocacy.reading import ENDS
from rapport.record.frames import Frame, distinct, row_number, whole_sum

PRIVATE = ("phone", "chat", "email", "social messaging")
NOT_PEOPLE = ("press",)
SURVEY = "survey"
WINDOW = 365
RECOMMENDS, WARNS = 9, 4
"""Of ten: from here on people recommend; up to here they would not, and say so."""
DO = {"well": 0.43, "ill": 0.14}
"""Of those who say that they would recommend, how many do (Kumar, Petersen & Leone 2007: 33 of 68
and 30 of 81 in a hundred); of those who feel worst, how many speak ill (Asplund & James 2011)."""
TOLD = ("says_well", "says_ill")
CHANCES, COUNTS = ("well", "ill"), ("recommended", "warned")
UNKNOWN = "unknown"


def spoken(messages: Frame, apart: Frame, last: dt.date, suspicious: Frame | None = None) -> Frame:
    """Return what people said of the brand where others hear it, or in a survey's own words.

    Parameters
    ----------
    messages
        As the step `understanding` writes them.
    apart
        person_id: who is not heard here (staff, resellers, those who were paid to post).
    last
        The last day on record.
    suspicious
        source and account_id of accounts that look bought.
    """
    begin = last - dt.timedelta(days=WINDOW)
    own = ~nw.col("from_brand") & ~nw.col("person_id").is_null()
    heard = ~nw.col("channel").fill_null("").is_in([*PRIVATE, *NOT_PEOPLE])
    first = nw.col("copy_of") == nw.col("message_id")
    kept = messages.filter(own, heard, first, nw.col("day") > begin, nw.col("day") <= last)
    kept = kept.join(distinct(apart.select("person_id")), on="person_id", how="anti")
    if suspicious is not None:
        key = ["source", "account_id"]
        kept = kept.join(distinct(suspicious.select(*key)), on=key, how="anti")
    return kept


def voices(read: Frame) -> Frame:
    """Return how likely each person spoke well at least once, and ill, in each place.

    Errors of reading one message are taken as independent of those of reading the next.

    Parameters
    ----------
    read
        What was spoken, as `reading.read` gives it.

    Returns
    -------
    Frame
        person_id, offline (true for the words of surveys), messages, well and ill (chances),
        recommended and warned (expected counts), each with `_low` and `_high`.
    """
    none = {f"{name}{end}": (1.0 - nw.col(f"{name}{end}")).log() for name in TOLD for end in ENDS}
    place = nw.col("channel").fill_null("") == SURVEY
    marked = read.with_columns(offline=place, **{f"no_{k}": v for k, v in none.items()})
    sums = marked.group_by("person_id", "offline").agg(
        messages=nw.len().cast(nw.Int64()),
        **{f"no_{name}": nw.col(f"no_{name}").sum() for name in none},
        **{f"recommended{end}": nw.col(f"recommends{end}").sum() for end in ENDS},
        **{f"warned{end}": nw.col(f"says_ill{end}").sum() for end in ENDS},
    )
    chances = {
        f"{name.removeprefix('says_')}{end}": 1.0 - nw.col(f"no_{name}{end}").exp()
        for name in TOLD
        for end in ENDS
    }
    return sums.with_columns(**chances).drop(*(f"no_{name}" for name in none))


def scores(answers: Frame, links: Frame, last: dt.date) -> Frame:
    """Return what people last answered when asked whether they would recommend, in the year.

    Parameters
    ----------
    answers
        The table `answer` of the record.
    links
        source, account_id, person_id.

    Returns
    -------
    Frame
        person_id, score (0 to 10).
    """
    begin = last - dt.timedelta(days=WINDOW)
    day = nw.col("answered_on_day")
    asked = answers.filter(
        nw.col("item") == "recommend", ~nw.col("score").is_null(), day > begin, day <= last
    ).select("source", "answered_on", "score", account_id=nw.col("respondent"))
    known = asked.join(links, on=["source", "account_id"], how="inner")
    by = ["answered_on", "source", "account_id", "score"]
    ranked = known.with_columns(
        place=row_number(["person_id"], by), many=nw.col("score").count().over("person_id")
    )
    newest = ranked.filter(nw.col("place") == nw.col("many"))
    return distinct(newest.select("person_id", score=nw.col("score").cast(nw.Float64())))


def codes(months: Frame, first: dt.date) -> Frame:
    """Return referral codes that people handed to friends since a month, and those used.

    Parameters
    ----------
    months
        person_id, month, referrals, referred.
    """
    lately = months.filter(nw.col("month") >= first)
    sums = lately.group_by("person_id").agg(
        handed=whole_sum(nw.col("referrals")), used=whole_sum(nw.col("referred"))
    )
    return sums.filter((nw.col("handed") > 0) | (nw.col("used") > 0))


def standing(people: Frame, levels: Frame | None) -> Frame:
    """Return who people are to the brand: person_id, side and level, staff and the like left out.

    Parameters
    ----------
    people
        person_id, relation, role (null or "person" for those who are neither staff nor resellers).
    levels
        person_id, level; None where nobody told them apart: then the level is unknown.
    """
    own = nw.col("role").is_null() | (nw.col("role") == "person")
    prospect = nw.col("relation").fill_null("prospect") == "prospect"
    side = nw.when(prospect).then(nw.lit("prospect")).otherwise(nw.lit("customer"))
    told = people.filter(own).select("person_id", side=side)
    if levels is None:
        return told.with_columns(level=nw.lit(UNKNOWN))
    known = distinct(levels.select("person_id", level=nw.col("level")))
    joined = told.join(known, on="person_id", how="left")
    return joined.with_columns(level=nw.col("level").fill_null(UNKNOWN))


def advocates(stand: Frame, said: Frame, scored: Frame, coded: Frame) -> Frame:
    """Return everybody of whom any sign is known, on line or off.

    Parameters
    ----------
    stand, said, scored, coded
        As `standing`, `voices`, `scores` and `codes` give them.

    Returns
    -------
    Frame
        person_id, side, level; online, offline (whether any sign came from there); score, handed,
        used, messages (null or zero where there is none); for each of on_ (line), off_ (line) and
        without either: well, ill; recommended, warned (counts); all with their ends.
    """
    on = _placed(said.filter(~nw.col("offline")), "on")
    off = _placed(said.filter(nw.col("offline")), "off")
    joined = stand
    for part in (on, off, scored, coded):
        joined = joined.join(part, on="person_id", how="left")
    signs = ("on_messages", "off_messages", "score", "handed")
    known = nw.any_horizontal(*(~nw.col(name).is_null() for name in signs), ignore_nulls=True)
    kept = joined.filter(known).with_columns(
        online=~nw.col("on_messages").is_null(),
        offline=nw.any_horizontal(
            *(~nw.col(name).is_null() for name in signs[1:]), ignore_nulls=True
        ),
        handed=nw.col("handed").fill_null(0),
        used=nw.col("used").fill_null(0),
        messages=nw.col("on_messages").fill_null(0) + nw.col("off_messages").fill_null(0),
    )
    return _together(kept)


def _placed(said: Frame, place: str) -> Frame:
    names = [f"{name}{end}" for name in (*CHANCES, *COUNTS) for end in ENDS]
    renamed = {f"{place}_{name}": nw.col(name) for name in ("messages", *names)}
    return said.select("person_id", **renamed)


def _together(known: Frame) -> Frame:
    """Return what is said off line with scores in it, and the chances of either place.

    Off line, people are taken at their word, as Gallup took them. Over both places only some of
    them do what they say: see DO.
    """
    score = nw.col("score")
    would = (score >= RECOMMENDS).fill_null(value=False)
    would_not = (score <= WARNS).fill_null(value=False)
    handed = nw.col("handed") > 0
    made = {}
    for end in ENDS:
        well, ill = (nw.col(f"off_{name}{end}").fill_null(0.0) for name in CHANCES)
        made[f"off_well{end}"] = nw.when(would | handed).then(nw.lit(1.0)).otherwise(well)
        made[f"off_ill{end}"] = nw.when(would_not).then(nw.lit(1.0)).otherwise(ill)
        done = 1.0 - (1.0 - well) * (1.0 - would.cast(nw.Float64()) * DO["well"])
        made[f"did_well{end}"] = nw.when(handed).then(nw.lit(1.0)).otherwise(done)
        made[f"did_ill{end}"] = 1.0 - (1.0 - ill) * (1.0 - would_not.cast(nw.Float64()) * DO["ill"])
    here = {
        f"on_{name}{end}": nw.col(f"on_{name}{end}").fill_null(0.0)
        for name in (*CHANCES, *COUNTS)
        for end in ENDS
    }
    filled = known.with_columns(**made, **here)
    both = {
        f"{name}{end}": 1.0 - (1.0 - nw.col(f"on_{name}{end}")) * (1.0 - nw.col(f"did_{name}{end}"))
        for name in CHANCES
        for end in ENDS
    }
    counted = {
        f"{name}{end}": nw.col(f"on_{name}{end}") + nw.col(f"off_{name}{end}").fill_null(0.0)
        for name in COUNTS
        for end in ENDS
    }
    return filled.with_columns(**both, **counted).drop(*(n for n in made if n.startswith("did_")))


def cells(known: Frame, where: str) -> Frame:
    """Return sums by side and level of who speaks well and not ill, and the contrary.

    Parameters
    ----------
    known
        As `advocates` gives them.
    where
        "online": of those who spoke where others hear it. "offline": of those who were asked, in
        a survey, so that handing out a code does not choose who counts. "both": of all known.

    Returns
    -------
    Frame
        side, level, people, and sums of the chances: well, well_low, well_high, ill, …
    """
    chosen, place = _PLACES[where]
    told = {
        f"{name}{end}": nw.col(f"{place}{name}{end}") * (1.0 - nw.col(f"{place}{other}{against}"))
        for name, other in (("well", "ill"), ("ill", "well"))
        for end, against in zip(ENDS, ("", "_high", "_low"), strict=True)
    }
    picked = known.filter(chosen).select("side", "level", **told)
    return picked.group_by("side", "level").agg(
        people=nw.len().cast(nw.Int64()), **{name: nw.col(name).sum() for name in told}
    )


_ASKED = ~nw.col("score").is_null()
_PLACES: dict[str, tuple[nw.Expr, str]] = {
    "online": (nw.col("online"), "on_"),
    "offline": (_ASKED, "off_"),
    "both": (nw.col("online") | _ASKED, ""),
}
WHERE: Sequence[str] = tuple(_PLACES)
