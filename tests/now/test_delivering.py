"""When alerts are sent: retries with patience, floods in digests, crises at once."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import pytest

from now.places import Receiver, receiver, status
from rapport.actions.alerts.addresses import UnreachableError
from rapport.actions.alerts.alert import Alert
from rapport.actions.alerts.delivering import Courier, Pace
from rapport.actions.alerts.outbox import Outbox
from rapport.actions.alerts.posting import Net
from rapport.actions.alerts.sending import Sender
from rapport.results import Said
from rapport.settings_listening import AlertChannel


class Clock:
    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def courier(folder: Path, url: str, clock: Clock, **pace: Any) -> Courier:
    channel = AlertChannel(name="crm", kind="url", url=url)
    sender = Sender(channel, "en", "Maison", Net(["127.0.0.1"], timeout=0.5), {})
    return Courier(Outbox(folder), sender, Pace(**pace), clock, lambda: 0.5)


def alert(key: str, route: str = "complaint", stake: float = 1.0, minutes: float = 0.0) -> Alert:
    eight = dt.datetime(2027, 1, 15, 8, tzinfo=dt.UTC).replace(tzinfo=None)
    said = eight - dt.timedelta(minutes=minutes)
    facts = {"stake": stake, "said": said.isoformat()}
    title = Said("A complaint on {channel}", {"channel": key})
    return Alert(key, route, title, quote=f"text of {key}", facts=facts)


def keys(told: Receiver) -> list[str]:
    return [came.json["key"] for came in told.came]


def test_a_failed_try_is_repeated_later_under_the_same_key(
    tmp_path: Path, told: Receiver, clock: Clock
) -> None:
    made = courier(tmp_path, told.url, clock)
    made.outbox.put([(alert("a"), ["crm"])], clock())
    told.answers = [status(500), status(503, Retry_After="120")]
    assert [each.what for each in made.deliver()] == ["failed"]
    assert made.deliver() == []
    assert made.due() == clock() + 5
    clock.now += 5
    assert [each.what for each in made.deliver()] == ["failed"]
    assert made.due() == clock() + 120
    clock.now += 120
    assert [each.what for each in made.deliver()] == ["sent"]
    assert made.due() is None
    assert len(set(told.keys)) == 1
    assert len(told.came) == 3
    assert [came.json["may_be_a_repeat"] for came in told.came] == [False, False, False]


def test_others_wait_with_the_first_while_a_channel_is_down(
    tmp_path: Path, told: Receiver, clock: Clock
) -> None:
    made = courier(tmp_path, told.url, clock)
    made.outbox.put([(alert(key), ["crm"]) for key in "abc"], clock())
    told.answers = [status(500)]
    made.deliver()
    assert len(told.came) == 1
    clock.now += 6
    made.deliver()
    assert sorted(keys(told)[1:]) == ["a", "b", "c"]


def test_it_is_given_up_kept_and_can_be_tried_anew(
    tmp_path: Path, told: Receiver, clock: Clock
) -> None:
    made = courier(tmp_path, told.url, clock, attempts=3)
    made.outbox.put([(alert("a"), ["crm"]), (alert("b"), ["crm"])], clock())
    told.answers = [status(500), status(500), status(500)]
    for _ in range(3):
        made.deliver()
        clock.now += 3600
    (dead,) = [each for each in made.outbox.deliveries() if each.state == "dead"]
    assert dead.why.endswith("answered 500. It was tried 3 times.")
    assert dead.alert is not None
    made.deliver()
    assert len(told.came) == 4
    made.outbox.tidy(before=clock())
    made.outbox.retry(dead.delivery_id, clock())
    assert [each.what for each in made.deliver()] == ["sent"]
    assert told.keys[-1] == told.keys[0] == dead.delivery_id


def test_what_will_never_be_taken_is_given_up_at_once(
    tmp_path: Path, told: Receiver, clock: Clock
) -> None:
    made = courier(tmp_path, told.url, clock)
    made.outbox.put([(alert("a"), ["crm"]), (alert("b"), ["crm"])], clock())
    told.answers = [status(404)]
    assert [each.what for each in made.deliver()] == ["dead", "sent"]


def test_a_time_out_may_have_arrived_and_says_so_when_it_is_repeated(
    tmp_path: Path, told: Receiver, clock: Clock
) -> None:
    import time

    made = courier(tmp_path, told.url, clock)
    made.outbox.put([(alert("a"), ["crm"])], clock())
    told.answers = [lambda request: time.sleep(1)]
    made.deliver()
    clock.now += 6
    made.deliver()
    first, second = told.came
    assert (first.json["may_be_a_repeat"], second.json["may_be_a_repeat"]) == (False, True)
    assert first.headers["webhook-id"] == second.headers["webhook-id"]


def test_complaints_come_by_what_is_at_stake_times_how_long_they_wait(
    tmp_path: Path, told: Receiver, clock: Clock
) -> None:
    made = courier(tmp_path, told.url, clock)
    clock.now = dt.datetime(2027, 1, 15, 8, tzinfo=dt.UTC).timestamp()
    alerts = [
        alert("new and cheap", stake=10, minutes=60),  # 10
        alert("old and cheap", stake=10, minutes=60 * 30),  # 300
        alert("new and dear", stake=200, minutes=60),  # 200
        alert("crisis", "crisis"),
    ]
    made.outbox.put([(each, ["crm"]) for each in alerts], clock())
    made.deliver()
    assert keys(told) == ["crisis", "old and cheap", "new and dear", "new and cheap"]


def test_a_flood_comes_as_the_most_urgent_and_one_digest(
    tmp_path: Path, told: Receiver, clock: Clock
) -> None:
    made = courier(tmp_path, told.url, clock, per_minute=5)
    flood = [alert(f"m{n}", stake=n) for n in range(300)]
    made.outbox.put([(each, ["crm"]) for each in flood], clock())
    made.deliver()
    assert len(told.came) == 5
    *single, digest = told.came
    assert [each.json["key"] for each in single] == ["m299", "m298", "m297", "m296"]
    assert digest.json["type"] == "rapport.digest"
    assert digest.json["title"] == "296 alerts came at once; here they are together."
    assert digest.json["lines"][0] == "Complaints: 296"
    assert "text of m295" in digest.json["lines"][1]
    assert {each["key"] for each in digest.json["facts"]["alerts"]} == {f"m{n}" for n in range(296)}
    assert made.due() is None
    made.outbox.put([(alert("later"), ["crm"]), (alert("c", "crisis"), ["crm"])], clock())
    made.deliver()
    assert keys(told)[5:] == ["c"]
    clock.now += 61
    made.deliver()
    assert keys(told)[6:] == ["later"]


def test_a_digest_that_was_cut_off_is_the_same_digest_after(
    tmp_path: Path, told: Receiver, clock: Clock
) -> None:
    made = courier(tmp_path, told.url, clock, per_minute=2)
    made.outbox.put([(alert(f"m{n}"), ["crm"]) for n in range(30)], clock())
    told.answers = [status(200), status(500)]
    made.deliver()
    again = courier(tmp_path, told.url, clock, per_minute=2)
    clock.now += 600
    again.deliver()
    assert told.keys[1] == told.keys[2]
    assert len(told.came[2].json["facts"]["alerts"]) == 29
    assert again.due() is None


def test_a_missing_secret_is_waited_for(tmp_path: Path, clock: Clock) -> None:
    channel = AlertChannel(name="crm", kind="slack", url_from="NO_SUCH_URL")
    sender = Sender(channel, "en", "Maison", Net(), {})
    with pytest.raises(UnreachableError, match="NO_SUCH_URL is not set"):
        sender.send(alert("a"), "k")


def test_channels_do_not_wait_for_each_other(tmp_path: Path, clock: Clock) -> None:
    with receiver() as good, receiver() as bad:
        first = courier(tmp_path, good.url, clock)
        other = AlertChannel(name="other", kind="url", url=bad.url)
        second = Courier(
            first.outbox, Sender(other, "en", "M", first.sender.net, {}), Pace(), clock
        )
        bad.answers = [status(500)]
        first.outbox.put([(alert("a"), ["crm", "other"])], clock())
        assert [each.what for each in second.deliver()] == ["failed"]
        assert [each.what for each in first.deliver()] == ["sent"]
