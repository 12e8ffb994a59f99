import numpy as np

from graph.signals.coaction import co_action_groups
from tests.graph.nights import a_night, at


def rows(events):
    return [
        {"account_id": a, "kind": "url", "object_id": o, "exchange_id": f"{a}{o}{s}", "occurred_at": at(float(s))} for a, o, s in events
    ]


def crowd(rng, count=80):
    """Everyone posts the same popular links, each within its own busy day."""
    return [
        (f"p{i:02d}", f"u{o}", o * 90_000 + int(rng.exponential(20_000))) for i in range(count) for o in rng.choice(10, 6, replace=False)
    ]


def test_accounts_that_post_in_step_are_found_among_a_crowd():
    rng = np.random.default_rng(1)
    ring = [(f"r{i}", f"u{o}", o * 90_000 + 30_000 + i * 3) for o in range(8) for i in range(5)]
    found = co_action_groups(a_night(14, objects=rows(crowd(rng) + ring))).collect()
    assert set(found["account_id"]) == {f"r{i}" for i in range(5)}
    assert found["value"].n_unique() == 1


def test_a_popular_link_alone_links_nobody():
    assert co_action_groups(a_night(14, objects=rows(crowd(np.random.default_rng(2))))).collect().is_empty()


def test_no_objects_give_no_groups():
    assert co_action_groups(a_night(14)).collect().is_empty()
