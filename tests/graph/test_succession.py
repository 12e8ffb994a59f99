"""Succession: a batch that begins just after another's ban replaces it, unless as many begin then anyway."""

from dataclasses import replace

import polars as pl
import pytest

from graph.membership import Groups
from graph.refinement import _blocks
from graph.succession import following, replaced, sentences
from tests.graph.graphs import a_graph, held
from tests.graph.nights import at

SMALLEST, HOUR, DAY = 5, 3600.0, 86400.0
BATCHES = {mark: [f"{mark}{i:02d}" for i in range(20)] for mark in "abcd"}
PEOPLE = [f"p{i:04d}" for i in range(2000)]


def dated(built, began, ended):
    """`built` with when accounts began and were banned, in seconds; people begin evenly over 30 days, whom `began` does not name."""
    usual = {name: 30 * DAY * i / len(PEOPLE) for i, name in enumerate(PEOPLE)}
    rows = [
        (name, at(usual.get(name, 0) if name not in began else began[name]), _maybe(ended.get(name)))
        for name in built.accounts["account_id"]
    ]
    dates = pl.DataFrame(
        rows, schema={"account_id": pl.String, "began": pl.Datetime("us", "UTC"), "ended": pl.Datetime("us", "UTC")}, orient="row"
    )
    return replace(built, accounts=built.accounts.drop("began", "ended").join(dates, on="account_id", how="left", maintain_order="left"))


def _maybe(seconds):
    return None if seconds is None else at(seconds)


def spread(names, start, within):
    return {name: start + within * i / len(names) for i, name in enumerate(names)}


def batches(*marks, people=None, banned=1.0, pause=HOUR):
    """Each batch is banned a week after the one before, within half an hour, the next one beginning `pause` later over three hours."""
    built = a_graph(
        dispatcher={name: [f"of {mark}"] for mark in marks for name in BATCHES[mark]}, sentence={name: ["hello"] for name in PEOPLE}
    )
    began, ended = dict(people or {}), {}
    for n, mark in enumerate(marks):
        began |= spread(BATCHES[mark], n * 7 * DAY + (pause if n else 0), 3 * HOUR)
        ended |= spread(BATCHES[mark][: int(banned * 20)], (n + 1) * 7 * DAY, HOUR / 2) if n < len(marks) - 1 else {}
    return dated(built, began, ended)


def pairs(built, *groups):
    found = Groups(built, held(built, *groups))
    return replaced(found, _blocks(built), SMALLEST).rows()


def test_each_of_four_batches_follows_the_one_before():
    assert pairs(batches(*"abcd"), *BATCHES.values()) == [(1, 2), (2, 3), (3, 4)]


def test_batches_are_told_apart_within_groups_that_hold_several():
    """Every second batch says the same, and stands in one group with it."""
    a, b, c, d = BATCHES.values()
    assert pairs(batches(*"abcd"), [*a, *c], [*b, *d]) == [(1, 2), (2, 1)]
    assert pairs(batches(*"abcd"), [*a, *b, *c, *d]) == []


@pytest.mark.parametrize(
    ("why", "known"),
    [
        ("days later", {"pause": 3 * DAY}),
        ("most are not banned", {"banned": 0.4}),
        ("a launch brings hundreds in the same hours", {"people": spread(PEOPLE[:600], 7 * DAY + 0.75 * HOUR, 3 * HOUR)}),
    ],
)
def test_no_successor(why, known):
    assert pairs(batches("a", "b", **known), BATCHES["a"], BATCHES["b"]) == [], why
    assert pairs(batches("a", "b"), BATCHES["a"], BATCHES["b"]) == [(1, 2)]


def test_people_without_a_dispatcher_are_nobodys_successors():
    built = batches("a")
    late = spread(PEOPLE[:20], 7 * DAY + HOUR, 3 * HOUR)
    after = dated(built, {**spread(BATCHES["a"], 0, HOUR), **late}, spread(BATCHES["a"], 7 * DAY, HOUR / 2))
    assert pairs(after, BATCHES["a"], PEOPLE[:20]) == []


@pytest.mark.parametrize(("later", "expected"), [(0.0, []), (6 * HOUR, [(2, 3)])])
def test_a_batch_that_may_have_followed_two_is_joined_to_neither(later, expected):
    built = batches("a", "b", "c")
    began = spread(BATCHES["a"], 0, HOUR) | spread(BATCHES["b"], 2 * DAY, HOUR) | spread(BATCHES["c"], 7 * DAY + later + HOUR, HOUR)
    ended = spread(BATCHES["a"], 7 * DAY, HOUR / 2) | spread(BATCHES["b"], 7 * DAY + later, HOUR / 2)
    assert pairs(dated(built, began, ended), BATCHES["a"], BATCHES["b"], BATCHES["c"]) == expected


def test_of_any_group_the_bits_are_those_of_the_coincidence():
    """A hundred of 2,040 units began within the 36 hours between the ban of the one and the start of the other."""
    built = batches("a", "b", pause=1.5 * DAY - 3 * HOUR)
    told = following(Groups(built, held(built, BATCHES["a"], BATCHES["b"])))
    assert sorted(told.select("cluster", "guest").rows()) == [(1, 2), (2, 1)]
    assert told["following"].to_list() == pytest.approx([4.2, 4.2], abs=0.2)


def test_a_cluster_that_came_in_turns_says_so_and_one_that_did_not_says_nothing():
    built = batches(*"ab")
    both, later = [*BATCHES["a"], *BATCHES["b"]], BATCHES["b"]
    (line,) = sentences(built, held(built, both, later))[1]
    assert line == "20 of 40 members were banned or suspended, half of them by 2026-08-10; 20 began only after that."
    assert list(sentences(built, held(built, both, later))) == [1]
