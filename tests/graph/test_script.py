"""A script: the same list of things, worked through in the same order; only where there are no prompts."""

from dataclasses import replace
from datetime import timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph import extraction, script
from tests.graph.groups import a_conduct, a_found
from tests.graph.nights import START

DICE = np.random.default_rng(3)
PEOPLE = [float(n) for n in DICE.lognormal(1.0, 0.9, 300)]
QUIET = [1.0, 2.5, 0.8, 4.0, 1.5, 3.0, 2.0, 1.2] * 5  # members' daily volumes: those of people
LIST = [0, 1, 2, 3]


def a_night_of(orders, channel="object", also_prompts=False, **more):
    """orders: for each member the things it acts on, first to last; things are over-represented where two members act on them."""
    found = a_found([*QUIET[: len(orders)], *PEOPLE], {0: range(len(orders))})
    acts = [(a, thing, 0, 1, START + timedelta(hours=int(n))) for a, things in enumerate(orders) for n, thing in enumerate(things)]
    links = pl.DataFrame(
        acts,
        schema={"account": pl.UInt32, "entity": pl.Int32, "kind": pl.Int8, "n": pl.Int64, "first_at": pl.Datetime("us", "UTC")},
        orient="row",
    )
    counted = links.group_by("entity", "kind").agg(member_units=pl.len().cast(pl.Int64)).filter(pl.col("member_units") >= 2)
    profile = counted.with_columns(
        cluster=pl.lit(0, pl.Int32),
        surprise=pl.lit(9.0),
        spill=pl.lit(0, pl.Int64),
        size_units=pl.lit(len(orders), pl.Int64),
        members="member_units",
    )
    kinds = [(0, "object", channel)] + ([(1, "sentence", "prompt")] if also_prompts else [])
    found.bipartite.kinds = pl.DataFrame(kinds, schema={"kind": pl.Int8, "name": pl.String, "channel": pl.String}, orient="row")
    found.bipartite.links = links.with_columns(n_all="n")
    return replace(found, profile=profile, **more)


def marks(found):
    return extraction.marks(found, a_conduct()).row(0, named=True)


def at_random(members, things=LIST):
    return [[int(n) for n in DICE.permutation(things)] for _ in range(members)]


def test_one_list_in_one_order_is_a_case():
    row = marks(a_night_of([LIST] * 8))
    assert (row["followers"], row["same_order"], row["extraction"]) == (1, 1, 1)
    told = extraction.sentences(row | {"coordinated": 0.0}, {})
    assert "Script 1.00: 100% of members act on three or more" in told[2]


@pytest.mark.parametrize(
    ("name", "orders", "low", "high"),
    [
        ("half of the members follow it", [LIST] * 4 + [[0]] * 4, 0.5, 0.5),
        ("one in four does it the other way round", [LIST] * 6 + [LIST[::-1]] * 2, 0.2, 0.7),
        ("two things in common are not a list", [[0, 1]] * 8, 0, 0),
        ("the same things, each in their own order", at_random(8), 0, 0.5),
        ("things of their own", [[10 + 3 * a + n for n in range(3)] for a in range(8)], 0, 0),
        ("two members are no order", [LIST] * 2, 0, 0),
    ],
)
def test_scripts(name, orders, low, high):
    extracting = marks(a_night_of(orders))["extraction"]
    assert low - 1e-9 <= extracting <= high + 1e-9, name


def test_many_in_their_own_order_come_to_nothing():
    assert script.scripts(a_night_of(at_random(40)))["script"].item() < 0.3


def test_where_there_are_prompts_or_no_objects_a_script_says_nothing():
    for found in (a_night_of([LIST] * 8, also_prompts=True), a_night_of([LIST] * 8, channel="ip")):
        assert script.scripts(found).is_empty()
        assert marks(found)["extraction"] < 0.5


def test_a_script_in_one_place_says_nothing():
    found = a_night_of([LIST] * 8)
    network = pl.DataFrame([(2, "address", "ip")], schema=found.bipartite.kinds.schema, orient="row")
    found.bipartite.kinds = pl.concat([found.bipartite.kinds, network])
    sent = [(a, 99, 2, int(10 * QUIET[a]), START, int(10 * QUIET[a])) for a in range(8)]
    found.bipartite.links = pl.concat([found.bipartite.links, pl.DataFrame(sent, schema=found.bipartite.links.schema, orient="row")])
    evidence = pl.DataFrame([(0, a, 99, 2, 5.0) for a in range(8)], schema=found.evidence.schema, orient="row")
    row = marks(replace(found, evidence=evidence))
    assert row["script"] == 1 and row["extraction"] < 0.5


@settings(max_examples=30)
@given(st.lists(st.permutations(LIST), min_size=1, max_size=8), st.randoms())
def test_a_script_is_between_0_and_1_whatever_the_order_of_rows(orders, dice):
    found = a_night_of(orders)
    told = script.scripts(found)
    assert all(0 <= value <= 1 for row in told.iter_rows() for value in row[1:])
    found.bipartite.links = found.bipartite.links.sample(fraction=1, shuffle=True, seed=dice.randint(0, 99))
    assert script.scripts(replace(found, profile=found.profile.reverse())).equals(told)
