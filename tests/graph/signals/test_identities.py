"""Identity channels on a made night: cards of one programme and numbers of one block betray a pool that repeats nothing exactly."""

import random

import polars as pl
import pytest

from graph import incidence
from graph.membership import CORROBORATION_BITS, Groups
from graph.progress import Silent
from graph.signals.registry import available
from tests.graph.graphs import held
from tests.graph.nights import a_night, at

ORDINARY, POOL = 900, 30


@pytest.fixture(scope="module")
def graph():
    draw = random.Random(7)
    accounts, payments = [], []
    for i in range(ORDINARY + POOL):
        name, pooled = f"u{i:04d}", i >= ORDINARY
        block = f"+4470000{i % 3}" if pooled else f"+44{draw.randrange(10**6):06d}"
        accounts.append({"account_id": name, "phone": f"{block}{draw.randrange(1000):03d}", "created_at": at(draw.randrange(10**6))})
        programme = "400000" if pooled or i % 30 == 0 else f"5{i % 40:05d}"
        payments.append({"account_id": name, "card_fingerprint": f"c{i}", "card_bin": programme, "paid_at": at(draw.randrange(10**6))})
    night = a_night(accounts=accounts, payments=payments)
    return incidence.build(night, available(night), Silent())


def weighed(graph, names):
    return Groups(graph, held(graph, names)).members


def test_members_of_the_pool_belong_by_two_witnesses(graph):
    said = weighed(graph, [f"u{i:04d}" for i in range(ORDINARY, ORDINARY + POOL)])
    assert said.height == POOL
    assert said.filter(pl.col("surplus") >= 0, pl.col("independent") >= CORROBORATION_BITS).height == POOL


def test_strangers_whose_cards_are_of_that_programme_do_not(graph):
    said = weighed(graph, [f"u{i:04d}" for i in range(0, ORDINARY, 30)])
    assert said.filter(pl.col("surplus") >= 0, pl.col("independent") >= CORROBORATION_BITS).is_empty()


def test_what_strangers_share_by_the_dozen_suggests_no_group(graph):
    told = dict(graph.kinds.select("name", "seeds").iter_rows())
    assert not told["card programme"]
    assert told["phone block"]
