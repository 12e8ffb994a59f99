import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.queries.view import View, parse, state
from graph.vocabulary import CHANNELS, Channel

DAY = dt.date(2026, 8, 5)


@pytest.mark.parametrize(
    ("values", "view"),
    [
        ({}, View()),
        (None, View()),
        (7, View()),
        ({"channels": "ip,payment"}, View((Channel.PAYMENT, Channel.IP))),
        ({"channels": "none"}, View(())),
        ({"channels": "nonsense"}, View()),
        ({"channels": 3, "from": 4, "to": []}, View()),
        ({"from": "2026-08-05"}, View(first=DAY)),
        ({"from": "2026-08-05T23:00:00", "to": "bad"}, View(first=DAY)),
        ({"from": "2026-08-06", "to": "2026-08-05"}, View(first=DAY, last=dt.date(2026, 8, 6))),
    ],
)
def test_parse(values: object, view: View) -> None:
    assert parse(values) == view


@given(st.lists(st.sampled_from(CHANNELS), unique=True), st.none() | st.dates(), st.none() | st.dates())
def test_state_is_what_parse_reads(channels: list[Channel], one: dt.date | None, other: dt.date | None) -> None:
    first, last = sorted((one, other)) if one and other else (one, other)
    view = View(tuple(c for c in CHANNELS if c in channels), first, last)
    assert parse(state(view)) == view
