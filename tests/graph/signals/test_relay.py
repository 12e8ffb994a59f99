"""Relays: conversations that change accounts are found, what people share by fashion, school or habit is not."""

import numpy as np
import pytest

from graph.signals.relay import common_sessions, relayed_prompts, relayed_sessions
from tests.graph.nights import a_night, at

DAYS, DAY, HOUR = 14, 86_400, 3600
POOL = [f"w{i}" for i in range(6)]
BOTH = (relayed_sessions, relayed_prompts)
ALL = (*BOTH, common_sessions)


def turn(account, second, session=None, prompt=None):
    return {"account_id": account, "occurred_at": at(float(second)), "session_id": session, "prompt_id": prompt}


def moments(rng, count):
    """Seconds within working days."""
    return 86_400 * rng.integers(0, DAYS, count) + rng.normal(50_000, 9_000, count).clip(0, 86_000).astype(int)


def people(rng, count=120, talks=20):
    """Everyone holds conversations of three turns in words of their own."""
    starts = [(f"p{i:03d}", s) for i in range(count) for s in moments(rng, talks)]
    return [turn(a, s + 90 * t, f"{a} {s}", 10 * n + t) for n, (a, s) in enumerate(starts) for t in range(3)]


def groups(signal, rows):
    found = signal(a_night(DAYS, exchanges=rows)).collect()
    return [set(part["account_id"]) for _, part in found.group_by("value", maintain_order=True)]


def failover(rng, talks=120):
    """Conversations that one account began go on at another minutes later; the refused request is sent again at once."""
    rows = []
    for n, second in enumerate(moments(rng, talks)):
        one, other = rng.choice(POOL, 2, replace=False)
        rows += [turn(one, second + 60 * t, f"talk {n}", -1000 - 10 * n - t) for t in range(3)]
        rows += [turn(other, second + 125 + 60 * t, f"talk {n}", -1002 - 10 * n - t) for t in range(3)]
    return rows


@pytest.mark.parametrize("signal", ALL)
@pytest.mark.parametrize("seed", range(3))
def test_fail_over_is_found_whole_and_alone(signal, seed):
    rng = np.random.default_rng(seed)
    assert groups(signal, people(rng) + failover(rng)) == [set(POOL)]


def test_sessions_that_go_on_within_the_hour_are_relayed_and_those_of_other_days_only_common():
    rng = np.random.default_rng(4)
    later = [turn(a, s + DAY * d, f"again {n}") for n, s in enumerate(rng.integers(0, DAY, 40)) for d, a in enumerate(POOL)]
    assert groups(relayed_sessions, people(rng) + later) == []
    assert groups(common_sessions, people(rng) + later) == [set(POOL)]


def popular(rng):
    """One prompt and one session id that everybody sends within one evening."""
    return [turn(f"p{i:03d}", DAY + rng.integers(0, HOUR), "hello", -5) for i in range(120)]


def small_class(rng, size=7, lessons=10):
    """Seven students send each lesson's assignment within its hour."""
    return [turn(f"s{i}", DAY * d + 36_000 + rng.integers(0, HOUR), None, -100 - d) for d in range(lessons) for i in range(size)]


def large_class(rng):
    return small_class(rng, 28)


def benchmark_runners(rng):
    """Six people run one benchmark of 150 prompts, each twice, when it suits them."""
    starts = [(f"b{i}", s) for i in range(6) for s in moments(rng, 2)]
    return [turn(a, s + 8 * q, f"question {q}", -1000 - q) for a, s in starts for q in range(150)]


def two_accounts_each(rng):
    """Thirty people with a work and a private account try what did not work at the other one, in seconds."""
    rows = []
    for i in range(30):
        for n, s in enumerate(moments(rng, 8)):
            rows += [turn(f"work{i}", s, f"mine {i} {n}", -1000 * i - n - 9), turn(f"home{i}", s + 12, f"mine {i} {n}", -1000 * i - n - 9)]
    return rows


def small_talk(rng):
    """Session ids made of the first words: a few people each begin with the same ones, at any time and sometimes the same hour."""
    rows = []
    for n in range(400):
        who = rng.choice(120, rng.integers(2, 8), replace=False)
        rows += [turn(f"p{i:03d}", s, f"greeting {n}", -1000 - n) for i, s in zip(who, moments(rng, len(who)), strict=True)]
    return rows


def standing_phrases(rng):
    """The same few people begin with the same words again and again, days apart from each other."""
    rows = []
    for n in range(60):
        who = rng.choice(120, rng.integers(2, 6), replace=False)
        rows += [turn(f"p{i:03d}", s, f"phrase {n}", -1000 - n) for i in who for s in moments(rng, 3)]
    return rows


@pytest.mark.parametrize("signal", ALL)
@pytest.mark.parametrize("others", [popular, small_class, large_class, two_accounts_each, small_talk, standing_phrases])
@pytest.mark.parametrize("seed", range(3))
def test_what_people_come_to_share_is_no_relay(signal, others, seed):
    rng = np.random.default_rng(10 + seed)
    assert groups(signal, people(rng) + others(rng)) == []


@pytest.mark.parametrize("signal", BOTH)
@pytest.mark.parametrize("seed", range(3))
def test_runners_of_one_benchmark_relay_nothing(signal, seed):
    rng = np.random.default_rng(20 + seed)
    assert groups(signal, people(rng) + benchmark_runners(rng)) == []


@pytest.mark.parametrize("signal", ALL)
@pytest.mark.parametrize("rows", [[], [turn("a", 1)], [turn("a", 1, "s", 1), turn("b", 2, "s", 1)]])
def test_nothing_and_a_single_pair_say_nothing(signal, rows):
    assert groups(signal, rows) == []
