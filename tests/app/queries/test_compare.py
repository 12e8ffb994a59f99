from collections.abc import Iterator
from pathlib import Path

import polars as pl
import pytest

from app.queries import compare
from app.queries.night import Night, Nights, NotFound
from graph.store.snapshot import FRAMES
from tests.app.queries.test_profile import a_capability
from tests.factory import a_snapshot, a_workspace

ONE, OTHER = "CL-000000", "CL-000001"


@pytest.fixture
def mixed(tmp_path: Path) -> Iterator[Night]:
    """A night in which two clusters share two accounts and one entity."""
    space = a_workspace(tmp_path)
    a_snapshot(space)
    night = Nights(space).newest()
    members, held = night.frame("members"), night.frame("cluster_entities")
    both = members.filter(pl.col("cluster_id") == ONE).head(2).with_columns(cluster_id=pl.lit(OTHER), bits=pl.lit(5.0))
    night._frames["members"] = pl.concat([members, both])
    common = held.filter(pl.col("cluster_id") == ONE).head(1).with_columns(cluster_id=pl.lit(OTHER), bits=pl.lit(2.0))
    night._frames["cluster_entities"] = pl.concat([held, common])
    yield night


def test_what_two_clusters_have_in_common(mixed: Night) -> None:
    said = dict(compare.overlap(mixed, ONE, OTHER))
    assert (said["Accounts in both"], said[f"Only in {ONE}"], said[f"Only in {OTHER}"]) == ("2", "38", "40")
    assert said["Share of all accounts in both"] == "2%"
    assert compare.verdict(mixed, ONE, OTHER) == "They have 2 accounts and 1 linking entity in common."
    (entity,) = compare.entities(mixed, ONE, OTHER)
    assert (entity["bits"], entity["bits_other"]) == (9.0, 2.0)
    assert [(row["bits"], row["bits_other"]) for row in compare.accounts(mixed, ONE, OTHER)] == [(12.0, 5.0), (12.0, 5.0)]


def test_order_of_the_two_changes_sides_only(mixed: Night) -> None:
    there, back = compare.entities(mixed, ONE, OTHER)[0], compare.entities(mixed, OTHER, ONE)[0]
    assert (there["bits"], there["members"]) == (back["bits_other"], back["members_other"])
    assert [row["account_id"] for row in compare.accounts(mixed, ONE, OTHER)] == [
        row["account_id"] for row in compare.accounts(mixed, OTHER, ONE)
    ]


def test_strangers_have_nothing_in_common(mixed: Night) -> None:
    assert compare.verdict(mixed, ONE, "CL-000002") == "They have no account and no linking entity in common."
    assert compare.entities(mixed, ONE, "CL-000002") == []


def test_kin_is_said_first(mixed: Night) -> None:
    mixed.cluster(ONE)["parent_id"] = OTHER
    assert compare.verdict(mixed, ONE, OTHER) == f"{ONE} is a campaign within {OTHER}."
    assert compare.verdict(mixed, OTHER, ONE) == f"{ONE} is a campaign within {OTHER}."
    mixed.cluster("CL-000002")["parent_id"] = OTHER
    assert compare.verdict(mixed, ONE, "CL-000002") == f"Both are campaigns within {OTHER}."


def test_channels_of_either_stand_beside_each_other(mixed: Night) -> None:
    mixed.cluster(OTHER)["channels"] = {"object": 4.0}
    rows = {row["channel"]: row for row in compare.channels(mixed, ONE, OTHER)}
    assert rows["object"]["one"] == 0 and rows["object"]["other"] == 1
    assert sum(row["one"] for row in rows.values()) == pytest.approx(1)


def test_capabilities_that_either_leans_on(mixed: Night) -> None:
    rows = [
        a_capability("grading", 9.0, 1e-9),
        a_capability("coding", 30.0, 0.5),
        a_capability("grading", 1.0, 0.9) | {"cluster_id": OTHER},
    ]
    mixed._frames["capabilities"] = pl.DataFrame(rows, schema=FRAMES["capabilities"], orient="row")
    assert [(r["capability"], r["lift"], r["lift_other"]) for r in compare.capabilities(mixed, ONE, OTHER)] == [("grading", 9.0, 1.0)]


def test_unknown_clusters(mixed: Night) -> None:
    with pytest.raises(NotFound, match="CL-NONE"):
        compare.sides(mixed, ONE, "CL-NONE")
