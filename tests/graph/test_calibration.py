"""Labels make probabilities where there are enough of them, keep the order, and are reasons either way."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.calibration import LEAST_CLUSTERS, Judged, calibrated, fit, judged_members
from graph.scoring import Score
from graph.vocabulary import BY_A_PERSON
from tests.graph.nights import at
from tests.graph.test_decisions import ACCOUNTS, found


def a_score(total):
    return Score(total, 1.0, "pool", ("a reason.",))


def scores(*totals):
    return {number: a_score(total) for number, total in enumerate(totals)}


def said(*outcomes):
    return {number: Judged(abuse=2 * outcome, benign=1) for number, outcome in enumerate(outcomes)}


TEN = [0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0]
BOTH = [0, 0, 0, 0, 1, 0, 1, 1, 1, 1]


def test_enough_judged_clusters_give_a_probability_beside_the_score():
    after, told = calibrated(scores(*TEN, 0.55), said(*BOTH))
    assert [score.total for score in after.values()] == [*TEN, 0.55]
    assert after[0].calibrated < 0.3 < after[10].calibrated < 0.7 < after[9].calibrated < 1
    assert told["applied"] and "Platt" in told["method"]
    assert (told["labels"], told["clusters"], told["abuse"], told["benign"]) == (20, 10, 5, 5)


@pytest.mark.parametrize(
    ("outcomes", "why"),
    [([], "0 clusters"), (BOTH[:9], "9 clusters"), ([1] * 10, "0 judged clusters of one verdict"), ([0] * 9 + [1], "1 judged clusters")],
)
def test_too_few_labels_change_nothing_and_say_why(outcomes, why):
    after, told = calibrated(scores(*TEN), said(*outcomes))
    assert {score.calibrated for score in after.values()} == {None}
    assert not told["applied"] and why in told["reason"]


def test_labels_that_do_not_follow_the_score_give_one_level_for_all():
    curve = fit([(score, outcome == 0) for score, outcome in zip(TEN, BOTH, strict=True)])
    assert curve.slope == 0
    assert curve(0.1) == curve(0.9)


def test_perfect_labels_leave_doubt():
    curve = fit([(0.0, False)] * 5 + [(1.0, True)] * 5)
    assert 1 / 8 < curve(0.0) < 1 / 6 and 5 / 6 < curve(1.0) < 7 / 8  # the prior count: 1 in 7, 6 in 7


PAIRS = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=LEAST_CLUSTERS, max_size=60).filter(
    lambda p: len({y for _, y in p}) == 2
)


@settings(max_examples=100)
@given(PAIRS, st.randoms(use_true_random=False))
def test_the_map_keeps_the_order_stays_within_bounds_and_ignores_the_order_of_labels(pairs, dice):
    curve = fit(pairs)
    values = [curve(score / 20) for score in range(21)]
    assert values == sorted(values)
    assert all(0 < value < 1 for value in values)
    assert fit(dice.sample(pairs, len(pairs))) == curve
    mean = sum(outcome for _, outcome in pairs) / len(pairs)
    assert sum(curve(score) for score, _ in pairs) / len(pairs) == pytest.approx(mean, abs=0.1)


LABELS = {"account_id": pl.String, "verdict": pl.String, "decided_at": pl.Datetime("us", "UTC"), "decided_by": pl.String}


def labels(*rows):
    return pl.DataFrame(list(rows), schema=LABELS, orient="row")


def test_the_last_label_of_an_account_counts_whatever_the_order():
    rows = [
        (ACCOUNTS[0], "abuse", None, "bo"),
        (ACCOUNTS[0], "benign", at(5), "ana"),
        (ACCOUNTS[1], "abuse", at(1), None),
        ("x", "abuse", None, None),
    ]
    night = found({0: [0, 1, 2], 1: [3, 4, 5]})
    expected = {0: Judged(abuse=1, benign=1, benign_by=("ana",))}
    assert judged_members(labels(*rows), night) == judged_members(labels(*reversed(rows)), night) == expected
    assert expected[0].outcome is None


def test_verdicts_on_members_are_reasons_both_ways():
    judged = {0: Judged(abuse=1, benign=3, benign_by=("ana", "bo"))}
    after, _ = calibrated(scores(0.9), judged)
    assert after[0].reasons == (
        "a reason.",
        f"{BY_A_PERSON}3 members were judged benign by ana, bo, which speaks against the suspicion.",
        f"{BY_A_PERSON}1 member was judged abuse.",
    )
