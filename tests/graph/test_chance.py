import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import false_discovery_control, poisson

from graph import chance


@given(st.lists(st.floats(0.0001, 1), min_size=1, max_size=60))
def test_false_discovery_is_benjamini_hochberg(p):
    frame = pl.DataFrame({"bits": -np.log2(p)})
    ours = frame.select(chance.false_discovery(pl.col("bits"), len(p))).to_series().to_numpy()
    assert np.allclose(ours, false_discovery_control(p))


@given(st.integers(1, 400), st.floats(0.001, 200))
def test_surprise_is_never_more_certain_than_the_exact_tail(observed, expected):
    frame = pl.DataFrame({"k": [float(observed)], "mean": [expected]})
    bits = frame.select(chance.surprise_bits(pl.col("k"), pl.col("mean"))).item()
    exact = -poisson.logsf(observed - 1, expected) / np.log(2)
    assert 0 <= bits <= exact + 1e-6


def test_touch_probability_keeps_activity_and_popularity():
    """Accounts thrown at entities by their margins meet each entity about as often as the formula says."""
    rng = np.random.default_rng(3)
    activity, popularity = np.array([2, 20, 200]), np.array([5, 50, 500])
    total = 20_000
    for r in activity:
        for d in popularity:
            draws = rng.binomial(r, d / total, size=40_000) > 0
            said = pl.select(chance.touch_probability(pl.lit(float(r)), pl.lit(float(d)), pl.lit(float(total)))).item()
            assert abs(draws.mean() - said) < 4 * np.sqrt(said / 40_000) + 1e-4


@given(st.lists(st.floats(0.0001, 1), min_size=1, max_size=60), st.sampled_from([0.001, 0.05, 0.5]))
def test_a_level_passes_whom_benjamini_and_hochberg_pass(p, rate):
    passed = np.array(p) <= chance.level(np.array(p), rate)
    assert list(passed) == list(false_discovery_control(p) <= rate)


def test_the_level_of_one_test_is_the_rate_and_of_many_chance_results_its_share():
    assert chance.level(np.array([]), 0.05) == chance.level(np.array([0.3]), 0.05) == 0.05
    assert chance.level(np.linspace(0.1, 1, 50), 0.05) == 0.001
