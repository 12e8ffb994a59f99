from dataclasses import replace

import polars as pl
import pytest

from app.queries import tonight
from app.queries.night import Night
from graph.store.snapshot import FRAMES
from tests.factory import START


def a_line(name: str, state: str, change: str | None, others: list[str]) -> dict[str, object]:
    seen = {"first_night": START, "last_night": START}
    return {
        "cluster_id": name,
        "state": state,
        "change": change,
        "others": others,
        "names": [name],
        **seen,
        "accounts": 9,
        "parent_id": None,
    }


@pytest.fixture
def changed(night: Night) -> Night:
    """The night with one cluster that grew, one unchanged, and three lines that were not found again."""
    told = Night(replace(night.snapshot))
    first, second, third = (dict(cluster) for cluster in night.clusters)
    told.__dict__["clusters"] = [
        first | {"change": "merged", "change_with": ["CL-A", "CL-B", "CL-C", "CL-D"]},
        second | {"change": "same", "flagged": True},
        third | {"change": "born", "change_with": [], "flagged": False},
    ]
    rows = [a_line("CL-A", "merged", "merged", ["CL-000000"]), a_line("CL-OLD", "dead", "died", []), a_line("CL-OLDER", "dead", None, [])]
    told._frames["lines"] = pl.DataFrame(rows, schema=FRAMES["lines"], orient="row")
    return told


def test_changes_leave_out_what_stayed_and_what_ended_long_ago(changed: Night) -> None:
    rows = tonight.changes(changed)
    assert [(row["cluster_id"], row["change"]) for row in rows] == [
        ("CL-000000", "merged"), ("CL-000002", "new"), ("CL-A", "merged"), ("CL-OLD", "ended"),
    ]  # fmt: skip
    assert rows[0]["told"] == "with CL-A, CL-B, CL-C and 1 more"
    assert (rows[2]["href"], rows[3]["href"]) == ("/cluster/CL-000000", "")
    assert rows[3]["told"] == "last found 3 Aug 2026"
    assert tonight.counted(rows) == [("new", 1), ("merged", 2), ("ended", 1)]


def test_figures_count_flagged_accounts_once(changed: Night) -> None:
    values = {word: (value, remark) for value, word, remark in tonight.figures(changed)}
    assert values["flagged clusters"] == ("2", "of 3 clusters found")
    assert values["accounts in them"] == ("120", "100% of 120 seen")
    assert values["new or revived"][0] == "1"
    assert values["grown or merged"][0] == "2"
    assert values["flagged by chance"] == ("0", "in 3 shuffled nights")


def test_chance_that_was_not_measured_is_no_zero(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(night.manifest, "chance", {})
    assert tonight.figures(night)[-1] == ("–", "flagged by chance", "not measured by this run")


def test_tables_put_the_window_beside_the_last_ingest(night: Night) -> None:
    ingest = {"payments": {"rows_in": 5, "quarantined": 2, "duplicate": 0, "late": 1}}
    rows = {row["table"]: row for row in tonight.tables(night, ingest)}
    assert (rows["exchanges"]["rows"], rows["exchanges"]["quarantined"]) == (1000, None)
    assert (rows["payments"]["rows"], rows["payments"]["quarantined"], rows["payments"]["late"]) == (None, 2, 1)


def test_channels_say_why_they_say_nothing(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(
        night.manifest["channels"], "object", {"available": False, "reason": "not available: no values in objects.object_id"}
    )
    rows = {row["channel"]: row for row in tonight.channels(night)}
    assert rows["payment"]["remark"] == "speaks in 3 flagged clusters"
    assert rows["ip"]["available"]
    assert rows["object"]["remark"] == "not available: no values in objects.object_id"
