import numpy as np
import polars as pl
import pytest

from graph.rhythm import likeness, rhythms
from tests.graph.nights import a_night, at

DAYS = 20
PEOPLE = 900


@pytest.fixture(scope="module")
def known():
    """People with office hours on random days, and a dozen accounts (the last ones) that run round the clock from day 5 to 12."""
    rng = np.random.default_rng(5)
    rows = []
    for i in range(PEOPLE):
        for day in rng.choice(DAYS, rng.integers(4, DAYS), replace=False):
            rows += [(f"p{i:04d}", day * 86_400 + rng.normal(45_000, 8_000)) for _ in range(rng.poisson(6) + 1)]
    for i in range(12):
        rows += [(f"z{i:02d}", s) for s in rng.uniform(5 * 86_400, 12 * 86_400, 100)]
    night = a_night(DAYS, exchanges=[{"account_id": a, "occurred_at": at(float(np.clip(s, 0, DAYS * 86_400 - 1)))} for a, s in rows])
    accounts = pl.DataFrame({"account_id": sorted({a for a, _ in rows})}).with_row_index("account")
    return rhythms(night, accounts)


def group(numbers):
    return pl.DataFrame({"cluster": [1] * len(numbers), "account": list(numbers)}, schema={"cluster": pl.Int32, "account": pl.UInt32})


def test_accounts_on_one_schedule_vouch_for_each_other(known):
    dispatched = group(range(PEOPLE, PEOPLE + 12))
    bits = likeness(known, dispatched, dispatched)
    assert bits.min() > 2


def test_strangers_are_given_no_more_than_chance_allows(known):
    """Markov's inequality for e-values: of random accounts held against a random group, at most a share 2^-b gets b bits."""
    rng = np.random.default_rng(6)
    said = []
    for _ in range(40):
        drawn = rng.permutation(PEOPLE)
        said += likeness(known, group(drawn[:15]), group(drawn[15:200])).to_list()
    values = np.array(said)
    for b in (1, 2, 3, 4):
        assert (values >= b).mean() <= 2.0**-b


def test_who_did_too_little_has_no_rhythm():
    night = a_night(5, exchanges=[{"account_id": "a", "occurred_at": at(i)} for i in range(3)])
    known = rhythms(night, pl.DataFrame({"account_id": ["a"]}).with_row_index("account"))
    assert likeness(known, group([0]), group([0])).to_list() == [0.0]
