from types import SimpleNamespace
from typing import Any

import polars as pl
import pytest

from graph.explain import belonging
from graph.explain.belonging import RHYTHM, UNNAMED, itemised
from graph.explain.model import Term, total
from graph.incidence import Bipartite
from graph.rhythm import likeness
from graph.vocabulary import CHANNELS
from tests.graph.explain.conftest import Case


def adds_up(terms: tuple[Term, ...], member: dict[str, Any]) -> None:
    assert total(terms) == member["bits"]
    for channel in CHANNELS:
        assert total(term for term in terms if term.channel == channel) == member[f"bits_{channel}"]
    assert not [term for term in terms if term.kind == UNNAMED]


def test_the_terms_of_every_member_add_up_to_the_published_bits(case: Case) -> None:
    clusters = {cluster["cluster_id"]: cluster for cluster in case.snap.clusters()}
    scene: Any = SimpleNamespace(snap=case.snap)  # all that terms are taken from; raw rows besides make them readable
    for member in case.frame("members").iter_rows(named=True):
        account, name = member["account_id"], member["cluster_id"]
        held = belonging._held(scene, account, name, belonging._home(case.snap, clusters[name]))
        adds_up(itemised(held, member, belonging._wording(scene, account, name)), member)


def test_what_is_told_of_a_member_adds_up_and_says_it_is_linked(case: Case) -> None:
    """The whole of an explanation, which takes many times as long: of two members of every cluster."""
    members = case.frame("members").sort("cluster_id", "account_id").group_by("cluster_id", maintain_order=True)
    for member in pl.concat([members.head(1), members.tail(1)]).iter_rows(named=True):
        told = case.explain(member["account_id"], member["cluster_id"])
        assert told.linked and not told.why_not
        assert told.total == member["bits"]
        adds_up(told.terms, member)


def test_every_published_link_is_a_term_with_its_own_bits(case: Case) -> None:
    cluster, _, (account, *_) = case.holding("sentence")
    links = case.frame("links").filter(pl.col("account_id") == account, pl.col("cluster_id") == cluster)
    terms = {term.entity_id: term for term in case.explain(account, cluster).terms if term.entity_id}
    assert {str(entity): bits for entity, bits in links.select("entity_id", "bits").iter_rows()} == {e: t.bits for e, t in terms.items()}


def test_rhythm_says_what_detection_found_it_to_say(case: Case, bipartite: Bipartite, held: pl.DataFrame) -> None:
    bits = likeness(bipartite.rhythms, held.select("cluster", "account"), held.select("cluster", "account"))
    asked = held.with_columns(bits=bits).filter(pl.col("bits") > 0.1).head(12)
    assert asked.height
    for row in asked.iter_rows(named=True):
        terms = case.explain(row["account_id"], row["cluster_id"]).terms
        (rhythm,) = [term for term in terms if term.kind == RHYTHM]
        assert rhythm.counted == pytest.approx(row["bits"], abs=0.003)
        assert rhythm.rows[0]["median_of_members"] > 0


def test_what_a_snapshot_does_not_itemise_is_said_to_be_so() -> None:
    card = Term("payment", "card", "fp_1", "", 3.0)
    member = {f"bits_{channel}": 0.0 for channel in CHANNELS} | {"bits_payment": 5.0, "bits_timing": 2.0}
    found = itemised([card], member)
    assert [(term.kind, term.counted) for term in found] == [("card", 3.0), (UNNAMED, 2.0), (RHYTHM, 2.0)]


def test_rounding_goes_to_the_strongest_term() -> None:
    cards = [Term("payment", "card", f"fp_{i}", "", bits) for i, bits in enumerate((4.001, 3.001, 2.001))]
    member = {f"bits_{channel}": 0.0 for channel in CHANNELS} | {"bits_payment": 6.003}  # halves of thousandths, added before rounding
    found = itemised(cards, member)
    assert total(found) == 6.003 and len(found) == 3
    assert max(abs(term.counted - term.bits * term.weight) for term in found) < 0.002


@pytest.mark.parametrize("kind", ["workgroup", "relayed session", "relayed prompt", "common session ids"])
def test_a_test_of_the_whole_night_comes_with_moments_in_the_raw_rows(case: Case, kind: str) -> None:
    cluster, entity, (account, *others) = case.holding(kind)
    (term,) = [term for term in case.explain(account, cluster).terms if term.entity_id == entity]
    assert 0 < len(term.rows) <= 3 and term.rows_total >= len(term.rows)
    assert {row["other"] for row in term.rows} <= set(others) and {row["account_id"] for row in term.rows} == {account}
    assert term.first_seen and term.last_seen and term.share and term.chance and term.members


def test_the_arguments_may_stand_in_either_order(case: Case) -> None:
    cluster, _, (account, *_) = case.holding("workgroup")
    assert case.explain(cluster, account) == case.explain(account, cluster)
