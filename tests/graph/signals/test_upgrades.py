"""Upgrades: a fleet that changes version in one moment is one entity, people who update by and by are many."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.signals.upgrades import lock_step
from tests.graph.nights import a_night, at

DAYS, DAY, MINUTE = 14, 86_400, 60
NOON = 5 * DAY + 43_200


def sends(account, seconds, change, old="1.0", new="1.1"):
    """Requests at `seconds`, with the new version from `change` on."""
    return [{"account_id": account, "occurred_at": at(float(s)), "client_version": new if s >= change else old} for s in sorted(seconds)]


def held(rows):
    found = lock_step(a_night(DAYS, exchanges=rows)).collect()
    return {str(value): set(part["account_id"]) for (value,), part in found.group_by("value")}


def busy(rng, requests=900):
    return rng.uniform(0, DAYS * DAY, requests)


def fleet(rng, size=8):
    return [row for i in range(size) for row in sends(f"w{i}", busy(rng), NOON)]


def gradual(rng, count=60):
    """Everyone updates when they come to it, within some days."""
    return [row for i in range(count) for row in sends(f"p{i:02d}", busy(rng, 300), NOON + rng.exponential(3 * DAY))]


def test_a_lock_step_upgrade_is_one_entity_of_the_whole_fleet():
    assert held(fleet(np.random.default_rng(1)))["1.1 · 2026-08-08 12:00 UTC"] == {f"w{i}" for i in range(8)}


@pytest.mark.parametrize("seed", range(3))
def test_gradual_upgrades_are_many_entities_of_few(seed):
    rng = np.random.default_rng(seed)
    found = held(gradual(rng))
    assert len(found) > 60 and max(map(len, found.values())) <= 8
    assert max(held(gradual(rng) + fleet(rng)).values(), key=len) >= {f"w{i}" for i in range(8)}


def test_other_clients_that_change_in_the_same_minute_share_nothing():
    rng = np.random.default_rng(2)
    found = held(sends("a", busy(rng), NOON, "1.0", "1.1") + sends("b", busy(rng), NOON, "7", "8"))
    assert found and all(len(who) == 1 for who in found.values())


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("one version all along", sends("a", range(0, DAY, 600), 0)),
        ("a new account", sends("a", range(NOON, NOON + DAY, 600), NOON)),
        ("silent for a day about the change", sends("a", [*range(0, DAY, 600), *range(2 * DAY, 3 * DAY, 600)], 2 * DAY)),
        ("no versions", [{"account_id": "a", "occurred_at": at(600.0 * n)} for n in range(50)]),
        ("nothing", []),
    ],
)
def test_who_says_nothing_of_a_moment_has_none(name, rows):
    assert held(rows) == {}, name


def test_a_version_that_comes_back_is_no_second_upgrade():
    rows = sends("a", range(0, DAY, MINUTE), 3600) + sends("a", range(DAY, 2 * DAY, MINUTE), DAY + 3600)
    assert held(rows) == held(rows[: DAY // MINUTE])


@settings(max_examples=25)
@given(st.lists(st.integers(0, DAY), min_size=2, max_size=30, unique=True), st.data())
def test_the_moments_reach_from_the_last_old_request_to_the_first_new_one(seconds, data):
    ordered = sorted(seconds)
    place = data.draw(st.integers(1, len(ordered) - 1))
    before, change = ordered[place - 1], ordered[place]
    cells = range(before // 600, change // 600 + 1) if change - before <= 360 * MINUTE else range(0)
    told = {f"1.1 · 2026-08-03 {c // 6:02d}:{c % 6}0 UTC" for c in cells if c < 144} | (
        {"1.1 · 2026-08-04 00:00 UTC"} if 144 in cells else set()
    )
    assert set(held(sends("a", ordered, change))) == told
