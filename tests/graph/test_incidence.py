"""Twins: entities of a kind that the very same accounts touch count once."""

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.graph.graphs import a_graph


def values(graph, kind):
    return set(graph.entities.filter(pl.col("name") == kind)["value"])


def test_the_sentences_of_one_template_are_one_entity():
    template = {f"a{i}": ["Dear model,", "label this:", "answer yes or no."] for i in range(5)}
    assert len(values(a_graph(sentence=template), "sentence")) == 1


def test_one_more_or_one_other_account_makes_another_entity():
    touched = {"a": ["one", "two", "three"], "b": ["one", "two", "three"], "c": ["one", "two"], "d": ["one"], "e": ["one"], "f": ["three"]}
    assert values(a_graph(sentence=touched), "sentence") == {"one", "two", "three"}


def test_a_card_and_an_address_of_the_same_accounts_are_two_witnesses():
    both = {name: ["same"] for name in "abc"}
    graph = a_graph(card=both, address=both)
    assert graph.entities["name"].to_list() == ["card", "address"] and graph.links.height == 6


def test_twins_still_count_as_what_an_account_touched():
    graph = a_graph(sentence={name: ["one", "two", "three"] for name in "abc"})
    assert graph.activity["touched"].to_list() == [3, 3, 3]
    assert graph.kinds["total"].to_list() == [9]


@settings(max_examples=40)
@given(st.lists(st.sets(st.integers(0, 12)), min_size=1, max_size=6), st.randoms(use_true_random=False))
def test_there_is_one_entity_for_each_set_of_accounts_whatever_the_order(touched, dice):
    sets = [frozenset(i for i, things in enumerate(touched) if e in things) for e in range(13)]
    everyone = {f"a{i}": [f"e{e}" for e in dice.sample(sorted(things), len(things))] for i, things in enumerate(touched)}
    found = values(a_graph(sentence=everyone), "sentence")
    assert sorted(map(sorted, (sets[int(value[1:])] for value in found))) == sorted(map(sorted, {s for s in sets if len(s) > 1}))
    assert found == values(a_graph(sentence=dict(sorted(everyone.items()))), "sentence")
