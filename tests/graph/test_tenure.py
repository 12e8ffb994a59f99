"""Tenure: an account begins with its first exchange and ends with its first ban, in whatever words that is logged."""

import pytest

from graph.tenure import tenure
from tests.graph.nights import a_night, at


def test_when_it_began_how_often_it_acted_and_when_it_was_ended():
    night = a_night(
        exchanges=[{"account_id": "a", "occurred_at": at(second)} for second in (50, 9, 30)],
        enforcement=[{"account_id": "a", "action": action, "acted_at": at(second)} for action, second in (("ban", 70), ("warning", 20))],
        accounts=[{"account_id": name, "status": status, "status_at": at(60)} for name, status in (("a", "Suspended"), ("b", "active"))],
    )
    assert tenure(night).collect().select("account_id", "began", "exchanges", "ended").rows() == [("a", at(9), 3, at(60))]


@pytest.mark.parametrize("action", ["banned", "account terminated", "CLOSED", "api key revoked"])
def test_an_account_that_never_acted_in_the_window_has_an_end_alone(action):
    night = a_night(enforcement=[{"account_id": "a", "action": action, "acted_at": at(70)}])
    assert tenure(night).collect().select("began", "exchanges", "ended").rows() == [(None, None, at(70))]
