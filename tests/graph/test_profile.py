"""Profiles against sums done by hand: what marks a group is what its members touch beyond chance."""

import math

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import profile
from tests.graph.graphs import a_graph, held

PEOPLE = 200


def crowd(count=PEOPLE, own=3):
    """Everyone touches things of their own, which nobody else does."""
    return {f"p{i:03d}": [f"of p{i:03d} {n}" for n in range(own)] for i in range(count)}


def ring(things, size=8):
    return {f"r{i}": [*things, f"of r{i}"] for i in range(size)}


def told(graph, *groups):
    """(cluster, value) → row of the profile."""
    values = dict(graph.entities.select("entity", "value").iter_rows())
    return {(row["cluster"], values[row["entity"]]): row for row in profile.profile(graph, held(graph, *groups)).iter_rows(named=True)}


def test_what_a_ring_shares_marks_it_and_nothing_else_does():
    graph = a_graph(address=crowd() | ring(["shared"]) | {"p000": ["shared", "couple"], "p001": ["couple"]})
    assert set(told(graph, [f"r{i}" for i in range(8)])) == {(1, "shared")}


def test_the_row_of_an_entity_is_what_arithmetic_says():
    graph = a_graph(address=crowd() | ring(["shared"]) | {"p000": ["shared"]})
    row = told(graph, [f"r{i}" for i in range(8)])[1, "shared"]
    total = 199 * 3 + 1 + 8 * 2
    expected = 8 * 2 * 9 / total  # members' touches, times the share of all that go to this address
    assert (row["members"], row["member_units"], row["size_units"], row["spill"], row["total"]) == (8, 8, 8, 1, total)
    assert row["expected"] == pytest.approx(expected)
    assert row["surprise"] == pytest.approx((8 * math.log(8 / expected) - 8 + expected) / math.log(2))
    assert row["leak"] == 1.0  # one seen elsewhere and one allowed for, but never more than the doubt


@pytest.mark.parametrize(("spills", "doubt", "leak"), [((0, 0), 1.0, 0.5), ((0, 0), 0.01, 0.005), ((1, 0), 1.0, 1.0), ((5, 5), 1.0, 1.0)])
def test_leak_is_the_mean_spill_of_the_kind_and_at_most_the_doubt(spills, doubt, leak):
    strangers = {f"q{n}{i}": [f"shared {n}"] for n, spill in enumerate(spills) for i in range(spill)}
    rest = {"r0": ["shared 0"], "r7": ["shared 1"]}
    graph = a_graph(doubts={"address": doubt}, address=crowd() | strangers | ring(["shared 0", "shared 1"]) | rest)
    rows = told(graph, [f"r{i}" for i in range(8)])
    assert [row["leak"] for row in rows.values()] == pytest.approx([leak, leak])


def test_what_everyone_touches_marks_nobody():
    everyone = {name: [*things, "popular"] for name, things in (crowd() | ring([])).items()}
    assert told(a_graph(address=everyone), [f"r{i}" for i in range(8)]) == {}


def test_hardly_more_frequent_is_no_mark_however_many_members():
    popular = {name: [*things, *(["popular"] if n % 4 == 0 else [])] for n, (name, things) in enumerate(crowd(1600, 1).items())}
    half = {f"r{i:03d}": [f"of {i}", *(["popular"] if i % 2 else [])] for i in range(400)}
    assert told(a_graph(address=popular | half), list(half)) == {}


def test_a_heavy_member_does_not_hide_what_the_others_share():
    graph = a_graph(address=crowd() | ring(["shared"]) | {"r0": ["shared", *(f"exit {n}" for n in range(5000))]})
    row = told(graph, [f"r{i}" for i in range(8)])[1, "shared"]
    total = 200 * 3 + 7 * 2 + 5001
    assert row["expected"] == pytest.approx(7 * 2 * 8 / total + 1 - math.exp(-5001 * 8 / total))


def test_accounts_of_one_organisation_count_once():
    graph = a_graph(orgs=dict.fromkeys(("r0", "r1", "r2"), "acme"), address=crowd() | ring(["shared"]))
    row = told(graph, [f"r{i}" for i in range(8)])[1, "shared"]
    assert (row["members"], row["member_units"], row["size_units"]) == (8, 6, 6)
    acme = a_graph(orgs={f"r{i}": "acme" for i in range(8)}, address=crowd() | ring(["shared"]))
    assert told(acme, [f"r{i}" for i in range(8)]) == {}


def test_each_group_has_its_own_profile_also_of_common_accounts():
    graph = a_graph(address=crowd() | ring(["shared"]) | {f"x{i}": ["other"] for i in range(8)})
    one, other = [f"r{i}" for i in range(8)], [f"x{i}" for i in range(8)]
    assert set(told(graph, one, other)) == {(1, "shared"), (2, "other")}
    assert told(graph, [*one, *other])[1, "shared"]["member_units"] == 8


def test_sizes_are_units():
    graph = a_graph(orgs=dict.fromkeys(("r0", "r1"), "acme"), address=ring(["shared"]))
    assert profile.sizes(graph, held(graph, ["r0", "r1", "r2"], [])).rows() == [(1, 2)]


@settings(max_examples=25)
@given(st.lists(st.sets(st.integers(0, 25)), min_size=30, max_size=40), st.sets(st.integers(0, 29)))
def test_every_row_is_beyond_chance_and_counts_add_up(touched, chosen):
    touched = [things | {99} if i in chosen else things for i, things in enumerate(touched)]
    graph = a_graph(address={f"a{i:02d}": [f"e{e}" for e in sorted(things)] for i, things in enumerate(touched)})
    for (_, value), row in told(graph, [f"a{i:02d}" for i in sorted(chosen)]).items():
        inside = sum(int(value[1:]) in touched[i] for i in chosen)
        assert (row["members"], row["member_units"] + row["spill"]) == (inside, sum(int(value[1:]) in things for things in touched))
        assert row["q"] <= 0.001 and row["member_units"] >= 4 * row["expected"] and 0 <= row["leak"] <= 1


def test_no_groups_have_no_profile():
    graph = a_graph(address=crowd(5))
    assert told(graph) == {} and profile.profile(graph, held(graph)).schema["leak"] == pl.Float64
