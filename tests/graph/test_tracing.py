"""Campaigns within a pool stand beside it under lines of their own, which nights and people's decisions hold on to."""

from dataclasses import replace

import polars as pl
import pytest

from graph import incidence, lineage, tracing
from graph.facts import account_facts
from graph.kinship import Marks
from graph.lineage import Memory
from graph.progress import Silent
from graph.signals import prompt
from graph.store.decisions import Decision, Kind
from tests.graph.nights import START, a_night, at
from tests.graph.test_campaigns import DAYS, a_pool


def who(numbers):
    return tuple(f"a{n:03}" for n in numbers)


@pytest.fixture(scope="module")
def night():
    """12 accounts of one aim, 6 of both, 12 of the other, among 300 strangers; all of the pool send a third wording, which marks it."""
    pool, _ = a_pool([(3, 0, 3)] * 12 + [(3, 3, 3)] * 6 + [(0, 3, 3)] * 12)
    strangers = [{"account_id": f"z{i:03}", "occurred_at": at(60 * i + 86400 * day)} for i in range(300) for day in range(DAYS)]
    said = [
        {"account_id": f"z{i:03}", "fragment_id": 10_000 + 16 * i + k, "n": 1, "first_at": at(0), "last_at": at(0)}
        for i in range(300)
        for k in range(16)
    ]
    others = a_night(days=DAYS, exchanges=strangers, fragments=said)
    return replace(pool, exchanges=pl.concat([pool.exchanges, others.exchanges]), fragments=pl.concat([pool.fragments, others.fragments]))


@pytest.fixture(scope="module")
def found(night):
    bipartite = incidence.build(night, prompt.SIGNALS, Silent())
    members = bipartite.accounts.filter(pl.col("account_id").str.starts_with("a"))["account"]
    groups = pl.DataFrame({"cluster": [0] * len(members), "account": members}, schema={"cluster": pl.Int32, "account": pl.Int32})
    return tracing.weigh(bipartite, groups, account_facts(night, bipartite.accounts))


def nobody():
    return lineage.recall(None)


def remembered(traced):
    return Memory(traced.memory["lines"], Marks(traced.memory["line_members"], traced.memory["line_entities"]))


def members(traced, cluster):
    ids = traced.found.groups.join(traced.found.bipartite.accounts, on="account")
    return tuple(ids.filter(pl.col("cluster") == cluster)["account_id"].sort())


def test_campaigns_stand_beside_their_pool(night, found):
    traced = tracing.trace(night, found, nobody(), ())
    inner = sorted(traced.pools)
    assert [members(traced, cluster) for cluster in inner] == [who(range(18)), who(range(12, 30))]
    assert {traced.lines[cluster].parent_id for cluster in inner} == {traced.lines[0].cluster_id}
    assert traced.lines[0].parent_id is None
    assert len({line.cluster_id for line in traced.lines.values()}) == 3


def test_a_membership_of_a_campaign_is_that_of_its_pool_and_the_wording_besides(night, found):
    traced = tracing.trace(night, found, nobody(), ())
    bits = traced.found.channel_bits.group_by("cluster", "account").agg(pl.col("bits").sum())
    told = traced.inside.join(bits.rename({"bits": "whole"}), on=["cluster", "account"]).join(
        bits.rename({"cluster": "pool", "bits": "of_pool"}), on=["pool", "account"]
    )
    assert told.height == 36
    assert ((told["of_pool"] + told["bits"] - told["whole"]).abs() < 1e-5).all()


def test_campaigns_keep_their_names_from_night_to_night(night, found):
    first = tracing.trace(night, found, nobody(), ())
    again = tracing.trace(night, found, remembered(first), ())
    assert {c: line.cluster_id for c, line in first.lines.items()} == {c: line.cluster_id for c, line in again.lines.items()}
    assert {line.change for line in again.lines.values()} == {"same"}


def test_a_campaign_that_is_not_found_again_is_dead_and_its_pool_is_not(night, found):
    first = tracing.trace(night, found, nobody(), ())
    bare = replace(night, fragments=night.fragments.filter(pl.lit(False)), until=night.until)
    second = tracing.trace(bare, found, remembered(first), ())
    states = dict(second.memory["lines"].select("cluster_id", "state").iter_rows())
    assert states[first.lines[0].cluster_id] == "alive"
    assert sorted(states.values()) == ["alive", "dead", "dead"]


def test_who_is_excluded_from_a_campaign_stays_in_its_pool(night, found):
    first = tracing.trace(night, found, nobody(), ())
    campaign = min(first.pools)
    about = Decision(Kind.EXCLUDE, "ana", "a customer", START.isoformat(), accounts=who([3]), cluster_id=first.lines[campaign].cluster_id)
    second = tracing.trace(night, found, remembered(first), (about,))
    assert members(second, campaign) == who([n for n in range(18) if n != 3])
    assert members(second, 0) == who(range(30))
    assert "took 1 account out" in second.notes[campaign][0]


def test_who_is_excluded_from_a_pool_is_in_no_campaign_of_it(night, found):
    first = tracing.trace(night, found, nobody(), ())
    about = Decision(Kind.EXCLUDE, "ana", "a customer", START.isoformat(), accounts=who([3]), cluster_id=first.lines[0].cluster_id)
    second = tracing.trace(night, found, remembered(first), (about,))
    assert all(who([3])[0] not in members(second, cluster) for cluster in second.lines)
