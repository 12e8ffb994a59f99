import io
import math

import polars as pl
import pytest

from app.queries.actions import action_list
from app.queries.night import Night, NotFound
from graph.bundle.exporters.tables import spreadsheet_csv


def test_every_account_of_the_pool_stands_there_once(night: Night) -> None:
    listed = action_list(night, "CL-000001")
    assert listed.height == 40
    assert listed["account_id"].n_unique() == 40
    assert listed["account_id"].str.starts_with("acct-1-").all()


def test_collateral_follows_from_bits_and_prior_by_bayes(night: Night) -> None:
    """12 bits at 40 of 120 accounts: the prior odds are 41 to 81."""
    listed = action_list(night, "CL-000001")
    odds = 41 / 81 * 2**12
    assert listed["probability"].to_list() == pytest.approx([odds / (1 + odds)] * 40)
    assert listed["collateral_so_far"][-1] == pytest.approx(40 / (1 + odds))
    assert (listed["expected_collateral"] + listed["probability"]).to_list() == pytest.approx([1.0] * 40)


@pytest.mark.parametrize("bits", [-5_000.0, -1.0, 0.0, 7.0, 5_000.0])
def test_probabilities_are_probabilities_at_any_bits(night: Night, bits: float) -> None:
    own = Night(night.snapshot)
    own._frames["members"] = night.frame("members").with_columns(bits=pl.lit(bits))
    listed = action_list(own, "CL-000001")
    assert listed["probability"].is_between(0, 1).all()
    assert all(math.isfinite(value) for value in listed["collateral_so_far"])


def test_more_bits_come_first_and_cost_less(night: Night) -> None:
    own = Night(night.snapshot)
    own._frames["members"] = night.frame("members").with_columns(bits=pl.int_range(pl.len()).cast(pl.Float64) % 7)
    listed = action_list(own, "CL-000001")
    assert listed["bits"].is_sorted(descending=True)
    assert listed["expected_collateral"].is_sorted()


def test_organisations_show_whom_acting_on_all_of_them_would_hit(night: Night) -> None:
    own = Night(night.snapshot)
    acme = pl.col("account_id").is_in(["acct-1-00000", "acct-1-00001", "acct-2-00000", "acct-2-00001", "acct-2-00002"])
    own._frames["accounts"] = night.frame("accounts").with_columns(org_id=pl.when(acme).then(pl.lit("acme")))
    listed = action_list(own, "CL-000001").filter(pl.col("org_id") == "acme")
    assert listed.select("org_members", "org_others").rows() == [(2, 3), (2, 3)]
    assert action_list(own, "CL-000001").filter(pl.col("org_id").is_null())["org_others"].sum() == 0


def test_campaigns_inside_are_part_of_the_pool_and_who_was_excluded_is_not(night: Night) -> None:
    own = Night(night.snapshot)
    own.__dict__["clusters"] = [one | {"parent_id": "CL-000001" if one["cluster_id"] == "CL-000002" else None} for one in night.clusters]
    assert action_list(own, "CL-000001").height == 80
    left = action_list(own, "CL-000001", frozenset({"acct-1-00000", "acct-2-00000"}))
    assert left.height == 78


def test_it_does_not_depend_on_the_order_of_rows(night: Night) -> None:
    own = Night(night.snapshot)
    for name in ("members", "accounts"):
        own._frames[name] = night.frame(name).reverse()
    assert action_list(own, "CL-000001").equals(action_list(night, "CL-000001"))


def test_an_unknown_cluster_is_said(night: Night) -> None:
    with pytest.raises(NotFound):
        action_list(night, "CL-NONE")


def test_the_spreadsheet_runs_nothing(night: Night) -> None:
    own = Night(night.snapshot)
    own._frames["members"] = night.frame("members").with_columns(account_id=pl.lit("=cmd|'/c calc'!A1"))
    written = pl.read_csv(io.BytesIO(spreadsheet_csv(action_list(own, "CL-000001"))))
    assert written["account_id"].to_list() == ["'=cmd|'/c calc'!A1"]
