"""Own labels: chosen by chance, kept safely, used for shares, reports and refitted heads."""

from __future__ import annotations

import csv
import datetime as dt
import hashlib
import io
import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.commands import label_keys, labelling, naming
from rapport.commands.label_forgetting import forget_labels
from rapport.commands.terminal import Terminal
from rapport.definitions import DEFINITIONS
from rapport.errors import Problem
from rapport.listening.backends import open_reader
from rapport.listening.heads import KINDS, SENTIMENTS
from rapport.listening.named.finding import Finder
from rapport.listening.named.proposals import proposed
from rapport.listening.trust.choosing import first, importance, places, weights
from rapport.listening.trust.judged import FEWEST, Judged, confusion, next_labels, reports
from rapport.listening.trust.known import SHARES, known
from rapport.listening.trust.labels import Label, Labels
from rapport.listening.trust.refitted import Refitted, read_added, refitted_reader, write_added
from rapport.listening.trust.refitting import Own, refit
from rapport.pipeline import looking, open_record
from rapport.record.facts import ASIDE, Batch, Facts
from rapport.record.forget import forget
from rapport.record.schema import TABLES
from rapport.steps.mentions import mentions
from rapport.steps.shares import shares
from rapport.steps.understanding import understanding
from rapport.workspace import Workspace

ROOT = Path(__file__).parents[2]
HOSTILE = '=HYPERLINK("x") \u202e <b>never</b> works, I am furious, I want my money back'
NOON = dt.datetime(2026, 3, 1, 12, tzinfo=dt.UTC)


def own_messages() -> list[dict[str, str]]:
    """The project's own labelled messages, the frozen part."""
    rows = []
    for file in sorted((ROOT / "training" / "messages").glob("*.tsv")):
        with file.open(encoding="utf-8", newline="") as stream:
            rows += csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
    return [row for row in rows if row["part"] == "test" and row["sentiment"] in SENTIMENTS]


def load(workspace: Workspace, table: str, rows: list[dict[str, Any]]) -> None:
    kinds = {column.name: column.arrow.type for column in TABLES[table].columns}
    columns: dict[str, Any] = {
        name: pa.array([row.get(name) for row in rows], kind) for name, kind in kinds.items()
    }
    columns["source_row"] = pa.array(range(2, len(rows) + 2), pa.int64())
    batch = Batch(len(rows), {table: pa.table(columns)}, ASIDE.empty_table())
    content = hashlib.sha256(json.dumps(rows, default=str).encode()).hexdigest()
    record = open_record(workspace)
    record.load(Facts("x", f"{table}-{content[:6]}.csv", content, "1", iter([batch])))


def computed(workspace: Workspace, *steps: Any) -> dict[str, Any]:
    found = {}
    with looking(workspace) as context:
        for step in steps:
            found[step.__name__] = step(context)
            context.results.save(step.__name__, "made", found[step.__name__])
    return found


def table(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    with looking(workspace) as context:
        rows: list[dict[str, Any]] = context.engine.collect(context.result(name)).to_pylist()
    return rows


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = Workspace.create(tmp_path / "w", brand="Maison Alizé")
    texts = [HOSTILE, *(row["text"] for row in own_messages()[::6][:150])]
    rows = [
        {
            "activity_id": str(number),
            "account_id": f"p{number % 60}",
            "occurred_on": NOON + dt.timedelta(hours=number),
            "channel": "email" if number % 50 == 0 else "x",
            "verb": "Create",
            "text": text,
        }
        for number, text in enumerate(texts)
    ]
    reply = {**rows[0], "activity_id": "b1", "account_id": "shop", "text": "Désolés, quel dommage"}
    load(made, "activity", [*rows, reply])
    load(made, "account", [{"account_id": "shop", "channel": "x", "is_brand": True}])
    made.results.mkdir(parents=True)
    computed(made, understanding)
    return made


@pytest.fixture
def terminal() -> Terminal:
    return Terminal(as_json=True)


def truth(text: str) -> dict[str, str]:
    return next((row for row in own_messages() if row["text"] == text), {})


def filled(path: Path, out: Path) -> int:
    """Fill an exported file in as somebody would in a French spreadsheet; returns the labels."""
    rows = list(csv.DictReader(io.StringIO(path.read_text("utf-8-sig"), newline="")))
    given = 0
    with out.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=";")
        writer.writeheader()
        for row in rows:
            true = truth(row["text"].removeprefix("'"))
            if true:
                row["sentiment"] = true["sentiment"]
                row |= {kind: "x" for kind in true["kinds"].split(",") if kind in KINDS}
                row["importance"] = row["importance"].replace(".", ",")
                given += 1
            writer.writerow(row)
    return given


@pytest.mark.slow
def test_labels_go_out_to_a_spreadsheet_and_come_back(
    workspace: Workspace, terminal: Terminal, tmp_path: Path
) -> None:
    out, back = tmp_path / "out.csv", tmp_path / "in.csv"
    labelling.export(terminal, workspace, 500, out)
    content = out.read_text("utf-8-sig")
    assert "'=HYPERLINK" in content
    assert "\n=" not in content
    assert ",=" not in content
    assert "Désolés" not in content  # the brand's own
    given = filled(out, back)
    told = labelling.bring_in(terminal, workspace, back)
    assert told["given"] == given > 100
    labels = {label.message_id: label for label in Labels(workspace.labels).given()}
    rows = {row["message_id"]: row for row in table(workspace, "messages")}
    for message, label in labels.items():
        true = truth(rows[message]["text"])
        assert label.sentiment == true["sentiment"]
        assert set(label.kinds) == set(true["kinds"].split(",")) & set(KINDS)
        assert label.importance > 0
    texts = (workspace.labels / "labels.jsonl").read_text("utf-8")
    assert not any(row["text"] in texts for row in rows.values() if len(row["text"]) > 12)
    again = labelling.label(terminal, workspace, 500)["messages"]
    assert {row["message_id"] for row in again}.isdisjoint(labels)

    judged = labelling.report(terminal, workspace)
    by_name = {row["class"]: row for row in judged["classes"]}
    wanted = sum(true["sentiment"] == "negative" for true in map(truth_of(rows), labels))
    assert by_name["negative"]["labelled"] == wanted
    assert 0.3 < by_name["negative"]["precision"]["value"] <= 1
    rare = [row for row in judged["classes"] if row["labelled"] < FEWEST]
    assert all((row["recall"] is None) == (row in rare) for row in judged["classes"])
    assert set(judged["label_next"]) >= {row["class"] for row in rare}

    found = computed(workspace, shares)["shares"]
    whole = {
        row["kind"]: row for row in table(workspace, "shares") if row["period"] == row["group"]
    }
    assert whole["negative"]["labelled"] == given
    true = sum(t["sentiment"] == "negative" for t in map(truth_of(rows), labels)) / given
    assert whole["negative"]["low"] - 0.02 <= true <= whole["negative"]["high"] + 0.02
    assert found.numbers["complaint_share"].grade.value == "count"

    told = labelling.fit(terminal, workspace)
    assert {each["head"] for each in told["heads"]} == {"sentiment", *KINDS}
    assert (read_added(workspace.labels) is not None) == any(e["kept"] for e in told["heads"])
    assert labelling.unfit(terminal, workspace)["undone"] == any(e["kept"] for e in told["heads"])
    assert read_added(workspace.labels) is None


def truth_of(rows: dict[str, dict[str, Any]]) -> Any:
    return lambda message: truth(rows[message]["text"])


def test_every_fault_of_a_file_is_told_and_nothing_is_kept(
    workspace: Workspace, terminal: Terminal, tmp_path: Path
) -> None:
    path = tmp_path / "in.csv"
    path.write_text(
        "message_id,sentiment,complaint,importance\n"
        "x:0,angry,,1\nnobody:7,negative,,1\nx:1,negative,perhaps,1\nx:2,,x,1\nx:3,positive,,\n",
        "utf-8",
    )
    with pytest.raises(Problem) as problem:
        labelling.bring_in(terminal, workspace, path)
    assert len(problem.value.faults) == 4
    assert ":3: 'nobody:7' is no message here." in str(problem.value)
    assert Labels(workspace.labels).all() == {}
    path.write_text("id,text\n1,a\n", "utf-8")
    with pytest.raises(Problem, match="no column 'sentiment'"):
        labelling.bring_in(terminal, workspace, path)


def keyed(keys: str) -> Any:
    pressed: Iterator[str] = iter(keys)
    return lambda: next(pressed)


def test_keys_label_go_back_pass_over_and_end(tmp_path: Path) -> None:
    rows = [
        {"message_id": str(n), "text": HOSTILE, "channel": "x", "day": None, "language": "en",
         "importance": 2.0}
        for n in range(4)
    ]  # fmt: skip
    labels = Labels(tmp_path)
    asking = label_keys.Asking(Terminal(as_json=False), labels, keyed("nba\rzpi\rsm\rq"))
    assert asking.ask(rows) == 2
    found = labels.all()
    assert (found["0"].sentiment, found["0"].irony, found["0"].kinds) == ("positive", True, ())
    assert found["1"].is_passed_over
    assert found["2"].sentiment == "neutral"
    assert "3" not in found
    assert len((tmp_path / "labels.jsonl").read_text().splitlines()) == 4  # the first was changed


def test_enter_without_a_sentiment_keeps_nothing(tmp_path: Path, capsys: Any) -> None:
    rows = [{"message_id": "1", "text": "\x1b[31mred", "channel": None, "day": None,
             "language": None, "importance": 1.0}]  # fmt: skip
    labels = Labels(tmp_path)
    assert label_keys.Asking(Terminal(), labels, keyed("\r\rq")).ask(rows) == 0
    assert labels.all() == {}
    assert "\x1b" not in capsys.readouterr().out


def test_a_label_cut_by_a_crash_is_lost_alone(tmp_path: Path) -> None:
    labels = Labels(tmp_path)
    labels.add([Label("a", "negative"), Label("b", "positive", ("praise",))])
    whole = labels.path.read_bytes()
    labels.path.write_bytes(whole + b'{"message_id": "c", "sen')
    assert set(labels.all()) == {"a", "b"}
    labels.add([Label("a", "neutral")])
    assert [(each.message_id, each.sentiment) for each in labels.given()] == [
        ("b", "positive"),
        ("a", "neutral"),
    ]
    labels.path.write_bytes(b"{}\n" + whole)
    with pytest.raises(Problem, match="damaged"):
        labels.all()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=40), st.integers(1, 40), st.integers(1, 9))
@settings(deadline=None)
def test_the_order_does_not_depend_on_batches(scores: list[float], most: int, size: int) -> None:
    ids = [str(n) for n in range(len(scores))]
    values = np.array(scores)
    cut = [
        (ids[start : start + size], {"p": values[start : start + size]})
        for start in range(0, len(ids), size)
    ]
    whole = first([(ids, {"p": values})], most, b"k")
    assert first(cut, most, b"k") == whole
    done = {each.message_id for each in whole[:2]}
    rest = [each for each in first(cut, most + 2, b"k", done) if each in whole]
    assert rest == whole[2 : 2 + len(rest)]


def test_labels_chosen_by_chance_speak_for_all_messages() -> None:
    chance = np.random.default_rng(1)
    scores = chance.beta(0.5, 1.5, 4000)
    true = chance.random(4000) < scores
    ids = [str(n) for n in range(4000)]
    plain, weighted = [], []
    for key in range(60):
        chosen = first([(ids, {"p": scores})], 200, bytes([key]))
        rows = [int(each.message_id) for each in chosen]
        each = weights(
            [ids[row] for row in rows], np.array([c.importance for c in chosen]), bytes([key])
        )
        plain.append(true[rows].mean())
        weighted.append((each * true[rows]).sum() / each.sum())
    assert abs(np.mean(weighted) - true.mean()) < 0.01
    assert abs(np.mean(plain) - true.mean()) > 0.03  # those that are unsure are asked more


def test_importance_is_least_where_the_model_is_sure() -> None:
    found = importance({"p": np.array([0.0, 0.5, 1.0])})
    assert found[1] > found[0] == found[2] > 0
    assert (places(["a", "a"], np.array([1.0, 2.0]), b"k") > 0).all()


def test_precision_and_recall_are_those_of_the_counts() -> None:
    n = 100
    truth_flags = np.arange(n) < 40
    said = np.concatenate([np.arange(40) < 30, np.arange(60) < 10])
    none = np.zeros(n, bool)
    each = dict.fromkeys((*SENTIMENTS, *KINDS), none)
    judged = Judged(
        {**each, "negative": truth_flags}, {**each, "negative": said},
        {name: np.full(n, 0.5) for name in each}, np.ones(n),
    )  # fmt: skip
    found = {one.name: one for one in reports(judged)}
    assert found["negative"].precision is not None
    assert found["negative"].precision.value == pytest.approx(30 / 40)
    assert found["negative"].recall is not None
    assert found["negative"].recall.value == pytest.approx(30 / 40)
    assert found["negative"].precision.low < 0.75 < found["negative"].precision.high
    assert found["leaving"].precision is None
    assert "leaving" in next_labels(list(found.values()))
    assert dict(confusion(judged))["negative"] == {
        "negative": 30, "neutral": 0, "positive": 0, "unsure": 10,
    }  # fmt: skip


def _own(rows: list[dict[str, str]], sentiments: np.ndarray) -> Own:
    none = np.zeros(len(rows), dtype=np.int64)
    ids, texts = [row["id"] for row in rows], [row["text"] for row in rows]
    return Own(ids, texts, sentiments, dict.fromkeys(KINDS, none))


def test_heads_learn_what_is_there_and_nothing_from_chance(tmp_path: Path) -> None:
    rows = own_messages()[:240]
    reader = open_reader("small")
    turned = np.array([2 - SENTIMENTS.index(row["sentiment"]) for row in rows])
    added, tried = refit(reader, _own(rows, turned))
    assert tried[0].kept  # a brand for which all is the other way round
    assert added.names == SENTIMENTS
    assert all(each.few for each in tried[1:])
    write_added(tmp_path, added)
    learned = refitted_reader(reader, tmp_path)
    assert isinstance(learned, Refitted)
    assert learned.version != reader.version
    rest = own_messages()[240:440]
    wanted = np.array([2 - SENTIMENTS.index(row["sentiment"]) for row in rest])

    def right(who: Any) -> float:
        said = who.read([row["text"] for row in rest], None)
        return float((np.stack([said[n] for n in SENTIMENTS]).argmax(axis=0) == wanted).mean())

    assert right(learned) > right(reader) + 0.05
    said = learned.read([row["text"] for row in rest], None)
    assert np.sum([said[name] for name in SENTIMENTS], axis=0) == pytest.approx(1, abs=1e-4)
    as_said = reader.read([row["text"] for row in rows], None)
    best = np.stack([as_said[name] for name in SENTIMENTS], axis=1)
    chance = np.random.default_rng(3)
    drawn = np.array([chance.choice(3, p=p / p.sum()) for p in best.astype(float)])
    assert not refit(reader, _own(rows, drawn))[1][0].kept  # the model is right on average already
    write_added(tmp_path, None)
    assert refitted_reader(reader, tmp_path) is reader


def test_what_was_fitted_on_another_model_is_left_alone(tmp_path: Path) -> None:
    reader = open_reader("small")
    rows = own_messages()[:120]
    turned = np.array([2 - SENTIMENTS.index(row["sentiment"]) for row in rows])
    added, _ = refit(reader, _own(rows, turned))
    write_added(tmp_path, replace(added, base="another"))
    assert refitted_reader(reader, tmp_path) is reader


def test_shares_add_up_and_small_groups_are_not_shown(workspace: Workspace) -> None:
    found = computed(workspace, shares)["shares"]
    rows = table(workspace, "shares")
    by_group: dict[tuple[str, str, str], dict[str, Any]] = {}
    for row in rows:
        by_group.setdefault((row["period"], row["group_kind"], row["group"]), {})[row["kind"]] = row
    for group in by_group.values():
        values = [group[name]["value"] for name in SENTIMENTS]
        assert sum(values) == pytest.approx(1, abs=0.02)
        for row in group.values():
            assert 0 <= row["low"] <= row["value"] <= row["high"] <= 1
            assert row["people"] >= 10
    assert ("all", "channel", "x") in by_group
    assert ("all", "channel", "email") not in by_group  # three people only
    assert ("2026-03", "all", "all") in by_group
    assert all(name in DEFINITIONS for name in found.numbers)
    assert {f"{name}_share" for name in SHARES} < set(found.numbers)
    true = np.mean([row["sentiment"] == "negative" for row in own_messages()[::6][:150]])
    share = found.numbers["negative_share"]
    assert share.low <= true <= share.high


def test_without_known_errors_nothing_is_corrected(workspace: Workspace, monkeypatch: Any) -> None:
    monkeypatch.setattr("rapport.steps.shares.known", lambda _: {})
    found = computed(workspace, shares)["shares"]
    assert found.untold
    assert found.numbers == {}
    assert all(row["value"] is None and row["raw"] >= 0 for row in table(workspace, "shares"))


def test_mentions_of_the_brand_need_no_name_where_it_is_written_to(workspace: Workspace) -> None:
    computed(workspace, mentions)
    rows = table(workspace, "mentions")
    messages = {row["message_id"]: row for row in table(workspace, "messages")}
    without = [row for row in rows if not row["written"]]
    assert {messages[row["message_id"]]["channel"] for row in without} == {"email"}
    assert not any(messages[row["message_id"]]["from_brand"] for row in rows)


def test_labels_leave_with_the_person_and_what_was_learned_from_them(workspace: Workspace) -> None:
    labels = Labels(workspace.labels)
    labels.add([Label("x:0", "negative"), Label("x:1", "neutral")])
    rows = own_messages()[:60]
    turned = np.array([2 - SENTIMENTS.index(row["sentiment"]) for row in rows])
    write_added(workspace.labels, refit(open_reader("small"), _own(rows, turned))[0])
    assert forget_labels(workspace) == 0
    forget(open_record(workspace), "p0", results=workspace.results)
    assert forget_labels(workspace) == 1
    assert set(labels.all()) == {"x:1"}
    assert "x:0" not in labels.path.read_text()
    assert read_added(workspace.labels) is None


def test_names_are_proposed_and_added(workspace: Workspace, terminal: Terminal) -> None:
    with pytest.raises(Problem):  # it was not agreed to
        naming.add(terminal, workspace, "Théodorine", "competitor", yes=False)
    assert not workspace.names.exists()
    told = naming.add(terminal, workspace, "@theodorine", "competitor", yes=True)
    assert told["names"] == 2
    listed = naming.names(terminal, workspace, 10)["names"]
    assert [each["name"] for each in listed] == ["Maison Alizé", "theodorine"]
    with pytest.raises(Problem, match="is on the list"):
        naming.add(terminal, workspace, "Theodorine", "person", yes=True)
    with pytest.raises(Problem, match="not a name"):
        naming.add(terminal, workspace, "@!", "person", yes=True)


def test_proposals_leave_out_plain_words_and_known_names() -> None:
    said = [
        (str(n), text)
        for n in range(4)
        for text in (
            "Le Thé des Vignes est bien meilleur chez Theodor, vu lundi",
            "merci Maison Alizé et @theodor_fr #bonplan",
            "je suis allée à Lyon, Orange pressée. Dommage",
        )
    ]
    finder = Finder([naming_name("Maison Alizé")])
    found = {
        each.written: each for each in proposed(said, finder, is_word=lambda w: w == "bonplan")
    }
    assert found["Theodor"].people == 4
    assert "Maison Alizé" not in found
    assert "Orange" not in found
    assert "#bonplan" not in found
    assert "@theodor_fr" in found
    assert "Dommage" not in found
    assert proposed(said[:6], finder) == []  # two people only


def naming_name(name: str) -> Any:
    from rapport.listening.named.names import Name

    return Name(name)


def test_the_counts_that_are_shipped_are_of_the_model_that_is_shipped() -> None:
    counts = known(open_reader("small").version)
    assert set(counts) == set(SHARES), "run: python training/known.py"
    assert all(each.sum(axis=(0, 2)).min() >= 30 for each in counts.values())
    assert known("another") == {}


def test_the_simulation_says_nothing_that_the_model_learned_from() -> None:
    from rapport.listening.copies import groups, sketches
    from rapport.simulation.texts import KINDS as SAID
    from rapport.simulation.texts import LANGUAGES, messages
    from rapport.simulation.texts import SENTIMENTS as FELT

    rng = np.random.default_rng(5)
    n = 6000
    kinds, felt, spoken = (rng.choice(each, n) for each in (SAID, FELT, LANGUAGES))
    told = messages(rng, kinds, felt, spoken, None, rng.random(n) < 0.05)
    learned = []
    for file in sorted((ROOT / "training" / "messages").glob("*.tsv")):
        with file.open(encoding="utf-8", newline="") as stream:
            learned += [
                row["text"]
                for row in csv.DictReader(stream, delimiter="\t", quoting=csv.QUOTE_NONE)
            ]
    assert len(learned) > 3000
    plain = [{" ".join(text.casefold().split()) for text in texts} for texts in (learned, told)]
    long = {text for text in plain[0] & plain[1] if len(text) > 20}
    assert long == set()
    copies = groups(sketches([*learned, *told]))
    assert (copies[len(learned) :] >= len(learned)).all()
