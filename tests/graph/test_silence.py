"""Silence: what speaks against an account that sends none of what its group sends, as busy as it is."""

import math
from dataclasses import replace

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.membership import Groups
from graph.silence import silence
from tests.graph.graphs import a_graph, held

SENDERS = [f"a{i:02d}" for i in range(24)]
SILENT = [f"b{i}" for i in range(8)]
PEOPLE = [f"p{i:04d}" for i in range(600)]


def told(exchanges, senders=24, others=0, every=4):
    """against of each silent account; senders send their sentence once in `every` exchanges, as do so many `others` outside the group."""
    members = [*SENDERS[:senders], *SILENT]
    built = a_graph(
        card={**{name: [f"card {i // 4}", f"card {i // 3}"] for i, name in enumerate(members)}, **{name: [name] for name in PEOPLE}},
        address={
            **{name: [f"exit {i % 4}", f"exit {4 + i % 3}"] for i, name in enumerate(members)},
            **{name: [f"home {name}"] for name in PEOPLE},
        },
        sentence={**{name: [f"own {name}"] for name in PEOPLE}, **{name: ["wording"] for name in [*SENDERS[:senders], *PEOPLE[:others]]}},
    )
    busy = pl.when(pl.col("account_id").is_in(SILENT)).then(exchanges).otherwise(every).cast(pl.Int64)
    grouped = Groups(replace(built, accounts=built.accounts.with_columns(exchanges=busy)), held(built, members))
    said = silence(grouped).join(built.accounts.select(pl.col("account").cast(pl.Int32), "account_id"), on="account")
    return dict(said.select("account_id", "against").rows())


def test_the_bits_are_the_chance_that_a_sender_had_sent_nothing_in_as_many_exchanges():
    against = told(exchanges=8)
    chance = (1 + 24 * 0.75**8) / 25
    assert against == pytest.approx(dict.fromkeys(SILENT, -math.log2(chance)), abs=1e-4)


@settings(max_examples=8)
@given(st.integers(1, 10_000), st.integers(1, 10_000))
def test_silence_of_the_busier_says_more_and_never_more_than_the_senders_are(one, other):
    less, more = (told(exchanges)["b0"] for exchanges in sorted((one, other)))
    assert 0 <= less <= more <= 4.65


def test_nothing_is_held_against_who_does_nothing_and_where_the_wording_is_not_the_groups_own():
    assert told(exchanges=0) == {}
    assert told(exchanges=500, others=60) == {}


@pytest.mark.parametrize(("senders", "silent"), [(8, 0), (9, 8)])
def test_nothing_is_held_against_those_who_are_most_of_the_group(senders, silent):
    assert len(told(exchanges=500, senders=senders)) == silent
