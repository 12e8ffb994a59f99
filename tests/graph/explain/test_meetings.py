from datetime import timedelta
from typing import Any

import polars as pl
import pytest

from graph.explain import meetings
from graph.explain.meetings import beat, cycle_hours
from graph.night import Night
from graph.signals import coaction, relay, rotation
from graph.signals.timing import coaction_network
from tests.graph.explain.conftest import Case
from tests.graph.nights import START, a_night, at


def sent(*rows: tuple[str, float], **columns: Any) -> pl.DataFrame:
    """Exchanges of (account, second)."""
    night = a_night(exchanges=[{"account_id": who, "occurred_at": at(s), "exchange_id": f"{who} {s}", **columns} for who, s in rows])
    return night.exchanges.collect()


def test_the_windows_are_the_tests_own() -> None:
    assert (meetings.PROMPT_SECONDS, meetings.OBJECT_SECONDS) == (relay._WINDOW_SECONDS, coaction.WINDOW_SECONDS)
    ours = (meetings.PAUSE_SECONDS, meetings.LEAST_REQUESTS, meetings.TURN_SECONDS)
    assert ours == (rotation._PAUSE_SECONDS, rotation._LEAST_REQUESTS, rotation._AFTER_A_SPELL.within)
    ours = (meetings.REFUSED, meetings.REST_SECONDS, meetings.FRESH_SECONDS, meetings.REFUSAL_SECONDS)
    assert ours == (rotation._REFUSED, rotation._REST_SECONDS, rotation._FRESH_SECONDS, rotation._AFTER_A_REFUSAL.within)


def test_accounts_meet_in_a_second_however_often_each_acts_in_it() -> None:
    rows = sent(("a", 10.1), ("a", 10.9), ("b", 10.5), ("c", 11.0), ("b", 400), ("c", 400.2), ("a", 400.9))
    met = meetings.meetings("workgroup", "a", rows, rows)
    assert met.total == 3
    assert [(row["occurred_at"], row["other"]) for row in met.rows] == [
        ("2026-08-03T00:00:10.000Z", "b"),
        ("2026-08-03T00:06:40.000Z", "b"),
        ("2026-08-03T00:06:40.000Z", "c"),
    ]


def test_a_request_is_repeated_within_seconds_and_not_later() -> None:
    rows = sent(("a", 100), ("b", 120), ("c", 121), prompt_id=7)
    met = meetings.meetings("relayed prompt", "a", rows, rows)
    assert met.total == 1 and met.rows[0]["other"] == "b" and met.rows[0]["prompt_id"] == "7"


def test_a_session_is_carried_within_the_hour_and_common_at_any_time() -> None:
    rows = sent(("a", 0), ("b", 3600), ("c", 3601), session_id="s")
    assert [row["other"] for row in meetings.meetings("relayed session", "a", rows, rows).rows] == ["b"]
    assert meetings.meetings("common session ids", "a", rows, rows).total == 2


def test_a_turn_is_taken_when_a_spell_of_work_begins_as_another_ends() -> None:
    spells = {"a": (0, 5000), "b": (800, 9000), "c": (2000, 20_000)}
    rows = sent(*((who, start + 100 * i) for who, starts in spells.items() for start in starts for i in range(8)))
    met = meetings.meetings("rotation", "a", rows, rows)
    assert [(row["stopped"], row["occurred_at"], row["other"], row["began"]) for row in met.rows] == [
        ("2026-08-03T00:11:40.000Z", "2026-08-03T00:13:20.000Z", "b", "b")
    ]


def test_sessions_carried_are_those_that_the_test_counted(case: Case) -> None:
    _, _, members = case.holding("relayed session")
    night = _of(case, members)
    exchanges = night.exchanges.sort("occurred_at", "account_id", "exchange_id").collect()
    counted = relay._sharing(night).filter(pl.col("close"))
    assert counted.height
    for one in members:
        theirs = counted.filter((pl.col("account_a") == one) | (pl.col("account_b") == one)).height
        assert meetings.carried_sessions(one, exchanges).height == theirs


def test_requests_repeated_are_those_that_the_test_counted(case: Case) -> None:
    _, _, members = case.holding("relayed prompt")
    exchanges = _of(case, members).exchanges.sort("occurred_at", "account_id", "exchange_id").collect()
    events = exchanges.select(
        "account_id", object_id=pl.col("prompt_id").cast(pl.String), content_id="exchange_id", occurred_at="occurred_at"
    )
    pairs = coaction_network(events, meetings.PROMPT_SECONDS, 1)
    for one in members:
        linked = pairs.filter((pl.col("account_a") == one) | (pl.col("account_b") == one))
        others = set(linked["account_a"]) | set(linked["account_b"])
        assert set(meetings.repeated_requests(one, exchanges)["other"]) == others - {one}


def _of(case: Case, members: list[str]) -> Night:
    from graph.night import open_night

    return open_night(case.workspace, None, 60).of_accounts(members)


def test_seconds_in_common_say_more_the_less_they_are_expected() -> None:
    apart = sent(*((who, 400 * i + 7 * i * i) for who in "ab" for i in range(12)))
    found = beat("a", "b", apart)
    assert found.seconds == 12 and 0 < found.expected < 1 and found.bits > 30
    assert beat("a", "b", sent(("a", 1), ("b", 2))).bits == 0


def test_jobs_on_the_clock_meet_in_every_hour_and_say_nothing() -> None:
    jobs = sent(*((who, 3600 * hour) for who in "ab" for hour in range(48)))
    assert beat("a", "b", jobs) == meetings.Beat(0, 0.0, 0.0)


def test_a_cycle_shows_the_hours_that_accounts_keep() -> None:
    rows = sent(*(("a", 3600 * (5 * turn + hour)) for turn in range(10) for hour in (1, 2)))
    met = cycle_hours("shift 2 of turns of 5 hours", rows, START)
    assert met is not None and met.total == 2
    assert met.rows[0] == {"account_id": "a", "hour_of_cycle": 1, "hours_active": 10, "of_all": 0.5}
    assert cycle_hours("workgroup of a", rows, START) is None


@pytest.mark.parametrize("kind", ["card", "quota cycle"])
def test_other_kinds_have_no_meetings(kind: str) -> None:
    rows = sent(("a", 1), ("b", 1))
    assert meetings.meetings(kind, "a", rows, rows).total == 0


def test_objects_are_shared_within_half_a_minute() -> None:
    acts = [
        {"account_id": who, "occurred_at": START + timedelta(seconds=s), "kind": "url", "object_id": "u"}
        for who, s in [("a", 0), ("b", 30), ("c", 31)]
    ]
    objects = a_night(objects=acts).objects.collect()
    met = meetings.meetings("co-action group", "a", objects, objects)
    assert met.total == 1 and met.rows[0]["other"] == "b" and met.rows[0]["object"] == "url u"


def test_one_begins_as_another_is_refused_and_rests() -> None:
    sent_by_a = [("a", 0, "200"), ("a", 100, "429"), ("a", 900, "200"), ("a", 1000, "429"), ("a", 1010, "200")]
    sent_by_b = [("b", 105, "200"), ("b", 1008, "200")]
    rows = pl.DataFrame(
        [{"account_id": who, "occurred_at": at(s), "status": status} for who, s, status in [*sent_by_a, *sent_by_b]], orient="row"
    )
    met = meetings.meetings("fail-over", "a", rows, rows)
    assert [(row["refused"], row["began"], row["occurred_at"]) for row in met.rows] == [("a", "b", "2026-08-03T00:01:45.000Z")]
    assert meetings.meetings("fail-over", "b", rows, rows).total == 1
