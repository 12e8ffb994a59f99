import numpy as np
import pytest

from graph.signals.synchrony import workgroups
from tests.graph.nights import a_night, at

DAYS = 14


def people(rng, count=60, per_day=12):
    """Independent accounts with a day rhythm."""
    seconds = 86_400 * rng.integers(0, DAYS, (count, per_day * DAYS)) + rng.normal(50_000, 9_000, (count, per_day * DAYS)).clip(0, 86_399)
    return [(f"p{i:03d}", s) for i, row in enumerate(seconds) for s in row]


def night(events):
    return a_night(DAYS, exchanges=[{"account_id": a, "occurred_at": at(float(s))} for a, s in events])


def groups(events):
    found = workgroups(night(events)).collect()
    return {value: set(rows["account_id"]) for (value,), rows in found.group_by("value")}


def dispatched(rng, names, bursts=120):
    return [(name, s) for s in rng.integers(0, DAYS * 86_400, bursts) for name in names]


def test_a_dispatchers_workgroup_is_found_whole_and_alone():
    rng = np.random.default_rng(1)
    hidden = [f"w{i}" for i in range(6)]
    found = groups(people(rng) + dispatched(rng, hidden) + [(n, s) for n in hidden for s in rng.integers(0, DAYS * 86_400, 150)])
    assert list(found.values()) == [set(hidden)]


def test_people_who_share_hours_are_no_workgroup():
    assert groups(people(np.random.default_rng(2))) == {}


def test_jobs_on_the_clock_are_no_workgroup():
    rng = np.random.default_rng(3)
    cron = [(f"c{i}", h * 3600) for i in range(8) for h in range(DAYS * 24)]
    odd_minute = [(f"d{i}", h * 3600 + 1043) for i in range(3) for h in range(DAYS * 24)]
    assert groups(people(rng) + cron + odd_minute) == {}


def test_workgroups_that_take_turns_share_a_dispatcher_and_strangers_do_not():
    rng = np.random.default_rng(4)
    rounds = np.sort(rng.integers(0, DAYS * 86_400 - 40, 160))
    turns = [(f"w{g}{i}", s + 7 * g) for s in rounds for g in range(3) for i in range(6)]
    stranger = dispatched(rng, [f"x{i}" for i in range(6)], bursts=160)
    found = groups(people(rng) + turns + stranger)
    assert sorted(len(members) for members in found.values()) == [6, 18]


@pytest.mark.parametrize("n", [0, 3])
def test_too_few_events_say_nothing(n):
    assert groups([("a", i) for i in range(n)] + [("b", i) for i in range(n)]) == {}
