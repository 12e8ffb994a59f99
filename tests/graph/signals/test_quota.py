"""Quota cycles: windows of five hours are found, whatever follows the day or the week is not."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.signals.quota import cycles, shifts
from tests.graph.nights import a_night, at

DAYS, DAY, HOUR = 14, 86_400, 3600


def exchanges(hours):
    """hours: account → hours since the start in which it is active."""
    return [
        {"account_id": a, "occurred_at": at(HOUR * h + 7.0)} for a, held in hours.items() for h in sorted({*held}) if 0 <= h < 24 * DAYS
    ]


def held(signal, hours, days=DAYS):
    found = signal(a_night(days, exchanges=exchanges(hours))).collect()
    return {str(value): set(rows["account_id"]) for (value,), rows in found.group_by("value")}


def flexible(rng, count=100, mark="p", about=14.0):
    """People by day, fewer at weekends, each about their own hour."""
    own = rng.normal(about, 3, count)
    return {
        f"{mark}{i:03d}": [24 * d + int(h) for d in range(DAYS) if d % 7 < 5 or rng.random() < 0.3 for h in rng.normal(own[i], 2.5, 4)]
        for i in range(count)
    }


def office(rng, count=40):
    """Nine to five, Monday to Friday, nearly every hour."""
    return {f"o{i:02d}": [24 * d + h for d in range(DAYS) if d % 7 < 5 for h in range(9, 17) if rng.random() < 0.9] for i in range(count)}


def night_workers(rng, count=40):
    return flexible(rng, count, "n", 26.0)


def cron(count=30):
    """Every five hours by the clock, which begins again at midnight; every hour; every six hours."""
    steps = {"five": 5, "one": 1, "six": 6}
    return {
        f"{name}{i:02d}": [24 * d + h for d in range(DAYS) for h in range(i % 5 % k, 24, k)]
        for name, k in steps.items()
        for i in range(count)
    }


def windows(rng, phases, each=8, period=5, works=2, misses=0.1, mark="w"):
    """Accounts that work for `works` hours at the beginning of every window, in as many phases as asked."""
    return {
        f"{mark}{phase}{i}": [h + k for h in range(phase, 24 * DAYS, period) if rng.random() > misses for k in range(works)]
        for phase in phases
        for i in range(each)
    }


@pytest.mark.parametrize("phases", [(1,), (0, 2), (0, 2, 4)])
def test_quota_windows_of_five_hours_are_one_cycle(phases):
    rng = np.random.default_rng(1)
    pool = windows(rng, phases)
    assert held(cycles, flexible(rng) | office(rng) | pool)["turns of 5 hours"] == set(pool)


@pytest.mark.parametrize(("phases", "each"), [((1,), 15), ((0, 2), 100)])
def test_in_a_large_pool_each_phase_is_a_shift(phases, each):
    rng = np.random.default_rng(1)
    pool = windows(rng, phases, each)
    everyone = flexible(rng) | office(rng) | pool
    found = [who for name, who in held(shifts, everyone).items() if name.endswith("turns of 5 hours")]
    assert sorted(found, key=min) == [{a for a in pool if a[1] == str(phase)} for phase in phases]


def clocked(rng, phases, each, period=5.0, works=5 / 3, misses=0.1):
    """Accounts whose turns begin at a time of the cycle, whatever the hour: four requests in each, at any time of it."""
    return [
        {"account_id": f"w{n}{i:02d}", "occurred_at": at(HOUR * float(start + works * u))}
        for n, phase in enumerate(phases)
        for i in range(each)
        for start in np.arange(phase, 24 * DAYS - period, period)
        if rng.random() > misses
        for u in rng.random(4)
    ]


@pytest.mark.parametrize(("period", "each"), [(5.0, 15), (10.0, 12), (15.0, 12)])
def test_three_thirds_of_a_pool_that_share_a_cycle_evenly_are_three_shifts(period, each):
    rng = np.random.default_rng(3)
    pool = clocked(rng, [0, period / 3, 2 * period / 3], each, period, period / 3)
    found = shifts(a_night(DAYS, exchanges=exchanges(flexible(rng) | office(rng)) + pool)).collect()
    thirds = [set(rows["account_id"]) for (value,), rows in found.group_by("value") if value.endswith(f"turns of {period:.0f} hours")]
    assert sorted(thirds, key=min) == [{f"w{n}{i:02d}" for i in range(each)} for n in range(3)]


@pytest.mark.parametrize("seed", range(4))
def test_phases_drawn_evenly_are_no_shifts(seed):
    rng = np.random.default_rng(40 + seed)
    pool = clocked(rng, rng.uniform(0, 5, 60), 1)
    night = a_night(DAYS, exchanges=pool)
    assert cycles(night).filter(pl.col("value") == "turns of 5 hours").select(pl.len()).collect().item() >= 55
    assert shifts(night).collect().is_empty()


@pytest.mark.parametrize("minutes", [0, 20, 59])
def test_a_window_that_begins_off_the_hour_finds_the_same(minutes):
    rng = np.random.default_rng(1)
    rows = exchanges(flexible(rng) | windows(rng, (1,), 15))
    whole, moved = a_night(DAYS, exchanges=rows), a_night(DAYS, exchanges=rows)
    moved = replace(moved, first=moved.first - timedelta(minutes=minutes))
    assert shifts(moved).collect().equals(shifts(whole).collect()) and not shifts(whole).collect().is_empty()


def test_phases_that_are_spread_evenly_are_a_cycle_without_shifts():
    rng = np.random.default_rng(2)
    pool = windows(rng, range(5), each=4, works=1)
    assert held(cycles, flexible(rng) | pool)["turns of 5 hours"] == set(pool)
    assert held(shifts, flexible(rng) | pool) == {}


@pytest.mark.parametrize("period", [5, 7, 9, 10, 11, 30])
def test_other_periods_are_found_as_well(period):
    rng = np.random.default_rng(period)
    pool = windows(rng, (0, period // 2), period=period, works=max(1, period // 4))
    assert held(cycles, flexible(rng) | pool).get(f"turns of {period} hours", set()) >= set(pool)


@pytest.mark.parametrize("others", [flexible, office, night_workers])
@pytest.mark.parametrize("seed", range(4))
def test_who_lives_by_day_and_week_keeps_no_cycle(others, seed):
    hours = others(np.random.default_rng(seed))
    assert held(cycles, hours) == {} and held(shifts, hours) == {}


def test_jobs_on_the_clock_keep_no_cycle_beside_the_day():
    hours = flexible(np.random.default_rng(9)) | cron()
    assert held(cycles, hours) == {} and held(shifts, hours) == {}


def test_everyone_in_one_night_and_only_the_pool_is_found():
    rng = np.random.default_rng(10)
    pool = windows(rng, (3,), each=15)
    everyone = flexible(rng) | office(rng) | night_workers(rng) | cron(10) | pool
    assert set.union(*held(cycles, everyone).values()) == set(pool)
    assert set.union(*held(shifts, everyone).values()) == set(pool)


@settings(max_examples=15)
@given(st.sets(st.integers(0, 23), min_size=1), st.sets(st.integers(0, 6), min_size=4))
def test_the_same_hours_of_the_same_weekdays_are_no_cycle(clock, weekdays):
    assert held(cycles, {f"a{i}": [24 * d + h for d in range(DAYS) if d % 7 in weekdays for h in clock] for i in range(3)}) == {}


def test_no_exchanges_keep_no_cycle():
    assert held(cycles, {}) == {} and held(shifts, {}) == {}
