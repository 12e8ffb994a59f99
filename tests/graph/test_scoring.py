"""Flagged is what exceeds one half, and whatever the night reaches with its links shuffled."""

import pytest

from graph.scoring import Score, above_chance

STRONG, FAIR, WEAK = Score(0.9, 1.0, "pool", ("a reason.",)), Score(0.6, 1.0, "pool", ()), Score(0.4, 1.0, "pool", ())


@pytest.mark.parametrize(("strongest", "flagged"), [(0.0, {1, 2}), (0.5, {1, 2}), (0.6, {1}), (0.95, set())])
def test_what_chance_reaches_is_the_least_a_cluster_must_exceed(strongest, flagged):
    scores = above_chance({1: STRONG, 2: FAIR, 3: WEAK}, strongest)
    assert {number for number, score in scores.items() if score.flagged} == flagged


def test_a_raised_bar_is_told_beside_the_reasons_and_a_person_is_above_it():
    (score,) = above_chance({1: STRONG}, 0.95).values()
    assert score.reasons[0] == "a reason." and "0.95" in score.reasons[1]
    assert above_chance({1: Score(0.4, 1.0, "pool", (), decided="confirmed")}, 0.95)[1].flagged
