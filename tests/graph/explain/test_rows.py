import math

import polars as pl

from graph.explain.rows import SOURCES, as_rows, raw_rows
from graph.explain.touched import TESTED
from graph.night import open_night
from graph.signals.registry import BY_KIND, SIGNALS, available
from tests.graph.explain.conftest import Case
from tests.graph.nights import at


def test_every_kind_that_needs_no_whole_night_has_raw_rows() -> None:
    assert set(SOURCES) == {signal.kind for signal in SIGNALS} - TESTED


def test_rows_have_the_values_that_the_signals_see(case: Case) -> None:
    whole = open_night(case.workspace, None, 60)
    some = sorted(case.frame("members")["account_id"].unique())[:12]
    night = whole.of_accounts(some)
    checked = 0
    for kind in sorted(SOURCES.keys() & {signal.kind for signal in available(night)}):
        seen = BY_KIND[kind].rows(night).select("account_id", "value", "n").collect()
        found = raw_rows(night, [(kind, value) for value in seen["value"].unique()])
        assert {value for _, value in found} == set(seen["value"]), kind
        if kind not in ("sentence", "upgrade"):  # of which a row stands for several requests, or for what lies between two
            counts = dict(seen.group_by("value").agg(pl.col("n").sum()).iter_rows())
            assert {value: met.total for (_, value), met in found.items()} == counts, kind
        checked += len(found)
    assert checked > 50


def test_rows_are_plain_values_that_json_can_hold() -> None:
    frame = pl.DataFrame({"at": [at(1.5), at(0)], "amount": [math.nan, 2.5], "prompt_id": [2**62, -1], "issuer": [None, "x"]})
    assert as_rows(frame, "at") == (
        {"at": "2026-08-03T00:00:00.000Z", "amount": 2.5, "prompt_id": "-1", "issuer": "x"},
        {"at": "2026-08-03T00:00:01.500Z", "prompt_id": str(2**62)},
    )


def test_the_first_rows_are_of_both_accounts(case: Case) -> None:
    _, _, (one, two, *_) = case.holding("address")
    cluster, entity, _ = case.holding("address")
    night = open_night(case.workspace, None, 60).of_accounts([one, two])
    (label,) = case.frame("entities").filter(pl.col("entity_id") == int(entity))["label"]
    met = raw_rows(night, [("address", label)])["address", label]
    assert {row["account_id"] for row in met.rows} == {one, two}
    assert all(row["ip"] == label and row["occurred_at"].endswith("Z") for row in met.rows), cluster
