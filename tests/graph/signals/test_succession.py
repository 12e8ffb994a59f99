"""Succession: who begins after a ban and goes on with the banned ones' sentences is found; fashions, launches and random bans are not."""

import numpy as np
import pytest

from graph.signals.succession import successions
from tests.graph.nights import a_night, at

DAYS, DAY, HOUR = 28, 86_400, 3600


class World:
    """People who begin on any day and send a few sentences, some of them everybody's; 1 % are banned at random."""

    def __init__(self, seed, people=1000):
        self.rng = np.random.default_rng(seed)
        self.exchanges, self.fragments, self.bans = [], [], []
        for i in range(people):
            begins = self.rng.uniform(0, DAYS * DAY)
            self.add(f"p{i:04d}", begins, [int(f) for f in self.rng.integers(0, 50, 3)])
            if self.rng.random() < 0.01:
                self.ban(f"p{i:04d}", self.rng.uniform(begins, DAYS * DAY))

    def add(self, account, begins, fragments, ip=None):
        first, last = at(float(begins)), at(float(begins + HOUR))
        self.exchanges += [{"account_id": account, "occurred_at": when, "ip": ip} for when in (first, last)]
        self.fragments += [{"account_id": account, "fragment_id": f, "n": 2, "first_at": first, "last_at": last} for f in fragments]

    def ban(self, account, when):
        self.bans.append({"account_id": account, "action": "ban", "acted_at": at(float(when))})

    def pool(self, mark, begins, banned=None, size=12, fragments=(-7,), ip=None):
        for i in range(size):
            self.add(f"{mark}{i:02d}", begins + self.rng.uniform(0, 4 * HOUR), fragments, ip)
            if banned is not None:
                self.ban(f"{mark}{i:02d}", banned + self.rng.uniform(0, HOUR))

    def found(self):
        rows = successions(a_night(DAYS, exchanges=self.exchanges, fragments=self.fragments, enforcement=self.bans)).collect()
        return {value: set(part["account_id"]) for (value,), part in rows.group_by("value")}


def pool(mark, size=12):
    return {f"{mark}{i:02d}" for i in range(size)}


@pytest.mark.parametrize("later", [HOUR + 60, 8 * HOUR, 40 * HOUR])
@pytest.mark.parametrize("seed", range(3))
def test_a_pool_that_replaces_a_banned_one_is_found_with_it(seed, later):
    world = World(seed)
    world.pool("a", 2 * DAY, banned=10 * DAY)
    world.pool("b", 10 * DAY + later)
    assert world.found() == {"succession of a00": pool("a") | pool("b")}


def test_a_line_of_pools_is_one():
    world = World(3)
    for n, mark in enumerate("abc"):
        world.pool(mark, (2 + 8 * n) * DAY, banned=(9.5 + 8 * n) * DAY if mark != "c" else None)
    assert world.found() == {"succession of a00": pool("a") | pool("b") | pool("c")}


def test_the_same_address_taken_over_is_found_as_well():
    world = World(4)
    world.pool("a", 2 * DAY, banned=10 * DAY, fragments=(), ip="192.0.2.1")
    world.pool("b", 10 * DAY + 2 * HOUR, fragments=(), ip="192.0.2.1")
    assert world.found() == {"succession of a00": pool("a") | pool("b")}


def test_who_begins_a_week_later_succeeds_nobody():
    world = World(5)
    world.pool("a", 2 * DAY, banned=10 * DAY)
    world.pool("b", 17 * DAY)
    assert world.found() == {}


def test_who_begins_after_the_ban_with_other_sentences_succeeds_nobody():
    world = World(6)
    world.pool("a", 2 * DAY, banned=10 * DAY)
    world.pool("b", 10 * DAY + 2 * HOUR, fragments=(-8,))
    assert world.found() == {}


@pytest.mark.parametrize("seed", range(4))
def test_random_bans_have_no_successors(seed):
    assert World(20 + seed).found() == {}


@pytest.mark.parametrize("seed", range(4))
def test_a_launch_day_among_whose_many_newcomers_a_few_are_banned_is_no_succession(seed):
    world = World(30 + seed)
    for i in range(300):
        world.add(f"n{i:03d}", 12 * DAY + world.rng.uniform(0, DAY), [-9])
    for i in range(6):
        world.ban(f"n{i:03d}", 12 * DAY + world.rng.uniform(0, 2 * DAY))
    assert world.found() == {}


def test_a_class_that_begins_on_one_day_after_a_ban_of_strangers_is_no_succession():
    world = World(40)
    world.pool("a", 2 * DAY, banned=10 * DAY)
    world.pool("s", 10 * DAY + 5 * HOUR, size=30, fragments=(-10,))
    assert world.found() == {}


def test_no_bans_say_nothing():
    world = World(50)
    world.bans = []
    assert world.found() == {}


def test_the_order_of_rows_does_not_matter():
    world = World(7)
    world.pool("a", 2 * DAY, banned=10 * DAY)
    world.pool("b", 10 * DAY + HOUR)
    before = world.found()
    for rows in (world.exchanges, world.fragments, world.bans):
        world.rng.shuffle(rows)
    assert world.found() == before != {}
