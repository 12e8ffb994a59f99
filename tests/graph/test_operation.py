"""One operation: groups coordinated in one way are one hand's when little else marks them and their hours agree."""

from dataclasses import replace

import numpy as np

from graph.membership import Groups
from graph.operation import of_one_operation
from graph.rhythm import rhythms
from tests.graph.graphs import a_graph, held
from tests.graph.nights import a_night, at

DAY = 86_400
GROUPS = {mark: [f"{mark}{i:02d}" for i in range(9 if mark == "a" else 7)] for mark in "abc"}
SPAN = {"a": (3, 10), "b": (3, 10), "c": (11, 19)}  # days round the clock: a and b keep the same ones


def built(**things):
    """900 people with office hours, and three dispatched groups; `things`: kind → account → values."""
    rng = np.random.default_rng(4)
    rows = [(f"p{i:03d}", d * DAY + rng.normal(45_000, 8_000)) for i in range(900) for d in rng.choice(20, 9, replace=False) for _ in "123"]
    for mark, names in GROUPS.items():
        rows += [(name, s) for name in names for s in rng.uniform(SPAN[mark][0] * DAY, SPAN[mark][1] * DAY, 90)]
    night = a_night(20, exchanges=[{"account_id": a, "occurred_at": at(float(np.clip(s, 0, 20 * DAY - 1)))} for a, s in rows])
    dispatched = {name: [f"dispatcher {mark}"] for mark, names in GROUPS.items() for name in names}
    everyone = {name: {"card": [f"card of {name}"]} for name in {a for a, _ in rows}}
    cards = {name: [*held["card"], *things.get("card", {}).get(name, [])] for name, held in everyone.items()}
    more = {kind: values for kind, values in things.items() if kind != "card"}
    graph = a_graph(card=cards, dispatcher=dispatched, **more)
    return replace(graph, rhythms=rhythms(night, graph.accounts))


def found(graph):
    return of_one_operation(Groups(graph, held(graph, *GROUPS.values()))).rows()


def test_two_groups_of_one_schedule_are_one_operation_and_the_third_is_another():
    assert found(built()) == [(2, 1)]


def test_groups_with_things_of_their_own_are_left_to_those():
    own = {
        kind: {name: [f"{kind} of {mark}"] for mark, names in GROUPS.items() for name in names} for kind in ("card", "address", "sentence")
    }
    assert found(built(**own)) == []


def test_without_a_conclusive_test_there_is_no_operation():
    graph = built()
    loose = [name for name in graph.accounts["account_id"] if name.startswith("p")]
    assert of_one_operation(Groups(graph, held(graph, loose[:9], loose[9:18]))).rows() == []
