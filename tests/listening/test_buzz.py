"""From messages to alarms with their story, voices and numbers, as a user finds them."""

from __future__ import annotations

import ast
import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import rapport
from rapport.listening.buzz.about import distinctive
from rapport.listening.buzz.voice import ratio
from rapport.record.engines import open_engine
from rapport.record.frames import Frame
from rapport.results import Results, StepResult
from rapport.settings import Settings
from rapport.steps.buzz import buzz
from rapport.steps.buzz_streams import episodes
from rapport.steps.context import Context


class Listened(Context):
    """A context whose record holds accounts, a holiday in the week of the praise, and a post."""

    def facts(self, table: str) -> Frame:
        if table == "event":
            day = [FIRST.date() + dt.timedelta(days=d) for d in (WAVE, CRISIS)]
            held = {"day": day, "kind": ["holiday", "holiday"], "note": ["Mardi gras", "Fête"]}
            return self.engine.table(pa.table({**held, "region": ["FR", "FR"]}))
        if table == "post":
            posted = [FIRST + dt.timedelta(days=POSTED, hours=8)]
            post = {"channel": ["x"], "post_id": ["own"], "published_on": posted}
            return self.engine.table(pa.table(post))
        assert table == "account"
        names = [f"a{n}" for n in range(3000)]
        accounts = {"source": ["x"] * 3000, "account_id": names, "followers": [50] * 3000}
        return self.engine.table(pa.table(accounts))


FIRST = dt.datetime.fromisoformat("2026-01-05")
DAYS, CRISIS, WAVE, POSTED, ALONE = 90, 45, 60, 70, 80
USUAL = ("bon thé ce matin", "j'adore ce café", "livraison en retard", "merci pour le conseil")


def message(n: int, at: dt.datetime, text: str, kind: str, **more: Any) -> dict[str, Any]:
    negative = kind == "complaint"
    return {
        "message_id": f"x:{n}", "source": "x", "channel": "x", "occurred_on": at,
        "day": at.date(), "account_id": f"a{n}", "person_id": f"p{n % 400}", "from_brand": False,
        "in_reply_to": None, "language": "fr", "text": text,
        "is_complaint": negative, "is_praise": kind == "praise",
        "sentiment": "negative" if negative else "positive", "copy_of": f"x:{n}", **more,
    }  # fmt: skip


def talk() -> list[dict[str, Any]]:
    """Return three months of talk: a recall with copies of one text, and three bursts of praise."""
    rng = np.random.default_rng(3)
    rows = []
    for hour in range(24 * DAYS):
        for _ in range(rng.poisson(0.6)):
            at = FIRST + dt.timedelta(hours=hour, minutes=int(rng.integers(1, 60)))
            which = int(rng.integers(4))
            kind = "complaint" if which == 2 else "praise"
            rows.append(message(len(rows), at, USUAL[which], kind))
    begin = FIRST + dt.timedelta(days=CRISIS, hours=10)
    for k in range(60):
        at = begin + dt.timedelta(minutes=4 * k + 1)
        rows.append(message(len(rows), at, f"rappel du lot 8840, scandale {k}", "complaint"))
    first = rows[-60]["message_id"]
    for k in range(30):
        at = begin + dt.timedelta(minutes=5 * k + 2)
        rows.append(message(len(rows), at, "rappel du lot 8840", "complaint", copy_of=first))
    for day, many, more in (
        (WAVE, 40, {}), (POSTED, 40, {"in_reply_to": "own"}), (ALONE, 40, {"person_id": "p1"}),
    ):  # fmt: skip
        for k in range(many):
            at = FIRST + dt.timedelta(days=day, hours=10, minutes=3 * k + 1)
            rows.append(message(len(rows), at, f"quel bonheur ce thé {k}", "praise", **more))
    at = begin + dt.timedelta(hours=1)
    rows.append(message(len(rows), at, "<b>Nous</b> rappelons", "complaint", from_brand=True))
    return rows


NEW = [f"p{n}" for n in range(1, 400, 8)]  # customers since the forecast was made


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    folder = tmp_path_factory.mktemp("buzz")
    results = Results(folder / "results")
    rows = pa.Table.from_pylist(talk())
    ids = rows.column("message_id").to_pylist()
    late = rows.column("day").to_pylist()
    rivals = {"target_kind": "competitor", "target": "Rival", "sentiment": "positive"}
    own = {"target_kind": "brand", "target": "Maison", "sentiment": "negative"}
    mentions = [
        {"message_id": name, **(own if n % 4 else rivals)}
        for n, (name, _) in enumerate(zip(ids, late, strict=True))
    ]
    topics = [
        {"message_id": row["message_id"], "topic_id": "recall" if "8840" in row["text"] else "tea"}
        for row in rows.to_pylist()
    ]
    people = {
        "person_id": [f"p{n}" for n in range(0, 400, 2)],
        "lifetime_value": [100.0] * 200,
        "low": [90.0] * 200,
        "high": [120.0] * 200,
    }
    tables = {
        "messages": rows, "mentions": pa.Table.from_pylist(mentions),
        "message_topics": pa.Table.from_pylist(topics), "lifetime": pa.table(people),
        "customers": pa.table({"person_id": [*people["person_id"], *NEW]}),
    }  # fmt: skip
    with open_engine("duckdb", time_zone="Europe/Paris", temp=folder) as engine:
        made = Listened(engine, None, results, Settings(brand="Maison"))  # type: ignore[arg-type]
        written = {name: made.write(name, table) for name, table in tables.items()}
        results.save("understanding", "f", StepResult(tables=written))
        yield made


@pytest.fixture(scope="module")
def found(context: Context) -> StepResult:
    result = buzz(context)
    context.results.save("buzz", "f", result)
    return result


def alarms(context: Context) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = context.results.table("alarms").to_pylist()
    return rows


def test_one_crisis_is_told_once_with_its_story(context: Context, found: StepResult) -> None:
    crises = [row for row in alarms(context) if row["kind"] == "crisis"]
    assert len(crises) == 1
    (row,) = crises
    begin = FIRST + dt.timedelta(days=CRISIS, hours=10)
    assert abs(row["began"].replace(tzinfo=None) - begin) <= dt.timedelta(hours=1)
    assert row["flagged_on"].replace(tzinfo=None) - begin <= dt.timedelta(hours=1)
    assert row["ended"] is not None
    assert row["topic"] == "recall"
    assert "complaint" in row["streams"]
    assert "negative" in row["streams"]
    assert row["words"].split(", ")[0] in {"rappel", "lot", "rappel du lot"}
    assert row["example_text"].startswith("rappel du lot 8840")
    first = row["first_messages"].split()[0]
    assert row["most_copied"] == first  # the first message is the one that went round
    assert row["copies"] == 30
    assert 60 <= row["messages"] <= 75  # copies and the brand's own answer do not count
    assert row["size_low"] > 3


def test_whom_it_touches_is_told_with_a_range(context: Context, found: StepResult) -> None:
    (row,) = [row for row in alarms(context) if row["kind"] == "crisis"]
    assert row["customers"] + row["prospects"] == row["people"]
    forecast = row["value_at_stake"] / 100.0
    assert (
        forecast == round(forecast) < row["customers"]
    )  # new ones are customers, of no known worth
    assert row["value_low"] < row["value_at_stake"] < row["value_high"]


def test_small_groups_are_not_told_apart(context: Context, found: StepResult) -> None:
    for row in alarms(context):
        for name in ("customers", "prospects"):
            assert row[name] is None or row[name] >= 10


def test_praise_that_is_explained_is_told_so_and_a_crisis_never_is(
    context: Context, found: StepResult
) -> None:
    by_day = {(row["began"].date() - FIRST.date()).days: row for row in alarms(context)}
    assert (by_day[WAVE]["explained_kind"], by_day[WAVE]["explained_by"]) == (
        "holiday", "Mardi gras",
    )  # fmt: skip
    assert by_day[POSTED]["explained_kind"] == "own posts"
    assert by_day[POSTED]["under_posts"] == 40
    assert by_day[ALONE]["burst"] == "one author"
    assert by_day[CRISIS]["explained_kind"] is None  # on a holiday too
    assert found.numbers["alarms_raised"].value == len(by_day)
    assert found.numbers["alarms_unexplained"].value == 1 + len(by_day) - 4


def test_numbers_have_ranges_definitions_and_rows(context: Context, found: StepResult) -> None:
    from rapport.definitions import DEFINITIONS

    assert set(found.numbers) == {
        "recent_messages", "alarms_open", "alarms_raised", "alarms_unexplained", "net_sentiment",
        "share_of_voice", "potential_reach", "potential_reach_genuine",
    }  # fmt: skip
    assert set(found.numbers) <= set(DEFINITIONS)
    for name, number in found.numbers.items():
        assert number.name == name
        assert number.table in found.tables
    share = found.numbers["share_of_voice"]
    assert share.low < 0.75 < share.high
    assert found.numbers["alarms_open"].value == 0
    assert found.numbers["net_sentiment"].low < found.numbers["net_sentiment"].high


def test_earned_media_is_shown_only_when_its_price_is_set(context: Context) -> None:
    from rapport.estimate import Grade

    settings = Settings(brand="Maison", listening={"cost_per_thousand": 8.0})  # type: ignore[arg-type]
    priced = Listened(context.engine, context.record, context.results, settings)
    numbers = buzz(priced).numbers
    reach = numbers["potential_reach"].value
    assert numbers["earned_media_value"].value == pytest.approx(reach / 1000 * 8)
    assert numbers["earned_media_value"].grade is Grade.ASSUMPTION


def test_talk_by_day_adds_up_and_shares_of_voice_too(context: Context, found: StepResult) -> None:
    rows = context.results.table("buzz_by_day").to_pylist()
    originals = [r for r in talk() if r["copy_of"] == r["message_id"] and not r["from_brand"]]
    assert sum(row["volume"] for row in rows) == len(originals)
    assert rows[0]["usual_volume"] is None
    assert 8 < np.mean([row["usual_volume"] for row in rows[-15:]]) < 22
    weeks: dict[Any, float] = {}
    for row in context.results.table("voice").to_pylist():
        if not row["channel"]:
            weeks[row["week"]] = weeks.get(row["week"], 0.0) + row["share"]
    assert len(weeks) >= 8
    assert all(total == pytest.approx(1.0) for total in weeks.values())


def test_the_letter_answers_in_both_languages(context: Context, found: StepResult) -> None:
    from rapport.report.findings import Findings
    from rapport.report.prose import Prose
    from rapport.report.sections.said import said

    for language, word in (
        ("en", "the last alarm was on"),
        ("fr", "la dernière alerte remonte au"),
    ):
        findings = Findings.of(context.results, language)
        section = said(findings, Prose(findings.words))
        assert word in section.answer
        assert len(section.figures) == 2
        assert section.grids[0].table == "alarms"
        cells = " ".join(str(cell.text) for row in section.grids[0].rows for cell in row)
        assert str(section.grids[0].rows[0][1].text).startswith(("crise", "crisis"))
        assert "Mardi gras" in cells
        assert ("sous vos publications" if language == "fr" else "under your own posts") in cells
        assert ("crise" if language == "fr" else "crisis") in cells


def test_without_messages_we_cannot_tell(tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    rows = pa.Table.from_pylist(talk()[:1]).slice(0, 0)
    with open_engine("duckdb", time_zone="UTC", temp=tmp_path) as engine:
        context = Listened(engine, None, results, Settings(brand="M"))  # type: ignore[arg-type]
        results.save("understanding", "f", StepResult(tables={"messages": 0}))
        context.write("messages", rows)
        result = buzz(context)
    assert result.numbers == {}
    assert len(result.untold) == 1


def test_a_short_past_is_said_to_be_too_short(tmp_path: Path) -> None:
    results = Results(tmp_path / "results")
    rows = [row for row in talk() if row["occurred_on"] < FIRST + dt.timedelta(days=9)]
    with open_engine("duckdb", time_zone="UTC", temp=tmp_path) as engine:
        context = Listened(engine, None, results, Settings(brand="M"))  # type: ignore[arg-type]
        results.save("understanding", "f", StepResult(tables={"messages": len(rows)}))
        context.write("messages", pa.Table.from_pylist(rows))
        result = buzz(context)
    assert "alarms_open" not in result.numbers
    assert any("too few" in entry.why.text("en") for entry in result.untold)
    assert "share_of_voice" not in result.numbers


def test_alarms_that_overlap_are_one_episode() -> None:
    def alarm(kind: str, message_kind: str, day: int, until: int | None, **more: Any) -> dict:
        return {
            "kind": kind, "kind_of_message": message_kind, "cut": "all", "part": "",
            "began": FIRST + dt.timedelta(days=day),
            "flagged_on": FIRST + dt.timedelta(days=day, hours=2),
            "ended": None if until is None else FIRST + dt.timedelta(days=until),
            "chance": 0.001, "size": 3.0, "seen": 30.0, **more,
        }  # fmt: skip

    told = episodes(
        [
            alarm("crisis", "complaint", 20, 24),
            alarm("crisis", "negative", 21, None, cut="topic", part="7"),
            alarm("volume", "volume", 20, 22),
            alarm("praise", "praise", 21, 22),
            alarm("volume", "volume", 5, 6),
        ]
    )
    assert [row["kind"] for row in told] == ["volume", "crisis", "praise"]
    assert told[1]["topic"] == "7"
    assert told[1]["ended"] is None
    assert told[1]["began"] == FIRST + dt.timedelta(days=20)
    assert [row["alarm_id"] for row in told] == [1, 2, 3]


def test_words_common_to_all_talk_are_not_what_an_alarm_is_about() -> None:
    others = ["le thé est bon", "le café du matin", "où est le colis"] * 20
    texts = [f"le rappel du lot est un scandale {n}" for n in range(20)]
    words = distinctive(texts, others)
    assert "rappel" in " ".join(words)
    assert not {"le", "est", "thé"} & set(" ".join(words).split())
    assert distinctive(texts, texts) == []
    one = [*others, "rappel du lot"] * 2
    assert distinctive(one, others * 2, authors=["the same"] * len(one)) == []
    assert "lot" not in " ".join(distinctive(texts, others, left_out=["Lot"]))
    spoken = ["c'était même toujours qui n'aime pas le site" for _ in range(9)]
    assert distinctive(spoken, others) == ["site"]
    assert distinctive(["\x00", "<script>", "\u202e"], []) == []


def test_ranges_of_a_share_hold_the_truth_when_few_speak_often() -> None:
    """One author in fifty writes forty messages, all for one side: a range by messages fails."""
    rng = np.random.default_rng(5)
    hits = 0
    for _ in range(400):
        n = np.where(rng.random(300) < 0.1, 12, 1)
        x = np.where(rng.random(300) < 0.3, n, 0)
        squares = (float(x @ x), float(x @ n), float(n @ n))
        found = ratio(float(x.sum()), float(n.sum()), squares, 300)
        assert found is not None
        hits += found[1] <= 0.3 <= found[2]
    assert 0.85 <= hits / 400 <= 0.95


def test_media_value_and_reach_enter_no_return() -> None:
    """Likes are not money: no code on value, impact or returns reads a count of reach."""
    source = Path(rapport.__file__).parent
    counts = ("earned_media", "media_value", "share_of_voice", "net_sentiment", "potential_reach")
    rooms = [source / room for room in ("value", "impact", "engagement", "actions")]
    files = [path for room in rooms for path in room.rglob("*.py")]
    files += [p for p in (source / "steps").glob("*.py") if p.name.startswith(("worth", "return"))]
    assert len(files) > 20
    guilty = [
        f"{path.name}: {node.value}"
        for path in files
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
        if any(name in node.value for name in counts)
    ]
    assert guilty == []
