"""How firmly a group is tied, and what is flagged: what exceeds one half, and whatever the night reaches with its links shuffled."""

import polars as pl
import pytest

from graph.found import Found
from graph.scoring import Score, above_chance, linkage

STRONG, FAIR, WEAK = Score(0.9, 1.0, "pool", ("a reason.",)), Score(0.6, 1.0, "pool", ()), Score(0.4, 1.0, "pool", ())


@pytest.mark.parametrize(("strongest", "flagged"), [(0.0, {1, 2}), (0.5, {1, 2}), (0.6, {1}), (0.95, set())])
def test_what_chance_reaches_is_the_least_a_cluster_must_exceed(strongest, flagged):
    scores = above_chance({1: STRONG, 2: FAIR, 3: WEAK}, strongest)
    assert {number for number, score in scores.items() if score.flagged} == flagged


def test_a_raised_bar_is_told_beside_the_reasons_and_a_person_is_above_it():
    (score,) = above_chance({1: STRONG}, 0.95).values()
    assert score.reasons[0] == "a reason." and "0.95" in score.reasons[1]
    assert above_chance({1: Score(0.4, 1.0, "pool", (), decided="confirmed")}, 0.95)[1].flagged


def test_a_group_that_nothing_ties_has_no_linkage() -> None:
    nothing = pl.DataFrame()
    groups = pl.DataFrame({"cluster": [1, 1, 2, 2], "account": [0, 1, 2, 3]}, schema={"cluster": pl.Int32, "account": pl.UInt32})
    rows = [(1, account, channel, 20.0, 0.0, False) for account in (0, 1) for channel in ("payment", "ip")]
    schema = {"cluster": pl.Int32, "account": pl.UInt32, "channel": pl.String, "bits": pl.Float64, "conclusive": pl.Float64}
    bits = pl.DataFrame(rows, schema={**schema, "software": pl.Boolean}, orient="row")
    found = Found(nothing, groups, nothing, nothing, bits, nothing)
    told = linkage(found)
    assert told.select("cluster", "size", "linkage", "tied_ip").rows() == [(1, 2, 1.0, 1.0), (2, 0, 0.0, 0.0)]
