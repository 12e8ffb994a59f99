import gc
import weakref

from graph.night import once
from tests.graph.nights import a_night


def test_what_is_computed_once_is_computed_for_each_night_and_goes_with_it():
    calls = []

    @once
    def size(night):
        """How many."""
        calls.append(night.first)
        return night.exchanges.collect().height

    one, other = a_night(exchanges=[{"account_id": "a"}]), a_night(exchanges=[{"account_id": "a"}, {"account_id": "b"}])
    assert [size(one), size(other), size(one), size(one.of_accounts(["b"]))] == [1, 2, 1, 0]
    assert len(calls) == 3 and size.__doc__ == "How many."
    gone = weakref.ref(one)
    del one
    gc.collect()
    assert gone() is None
