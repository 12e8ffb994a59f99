import datetime as dt

import polars as pl
import pytest

from app.queries import accounts, activity, entities, evidence, linkgraph
from app.queries.night import Night, NotFound
from app.queries.search import _named, search
from app.queries.view import View, parse
from graph.vocabulary import Channel

CLUSTER = "CL-000000"


def test_entities_strongest_first_and_filtered_by_channel(night: Night) -> None:
    rows = evidence.entities(night, CLUSTER, View())
    assert [row["bits"] for row in rows] == sorted((row["bits"] for row in rows), reverse=True)
    assert {row["channel"] for row in evidence.entities(night, CLUSTER, View((Channel.IP,)))} == {"ip"}
    assert evidence.entities(night, CLUSTER, View(())) == []
    assert evidence.entities(night, CLUSTER, parse({"from": "2030-01-01"})) == []


def test_members_count_within_the_view(night: Night) -> None:
    everyone = evidence.members(night, CLUSTER, View())
    assert len(everyone) == 40
    assert {row["exchanges"] for row in everyone} == {42}
    two_days = evidence.members(night, CLUSTER, parse({"channels": "ip", "from": "2026-08-05", "to": "2026-08-06"}))
    assert {(row["exchanges"], row["bits"]) for row in two_days} == {(6, 3.0)}
    assert 0 < len(two_days) < 40


def test_why_counts_kinds_and_accounts(night: Night) -> None:
    said = {part["channel"]: part for part in evidence.why(night, CLUSTER)}
    assert set(said) == {"payment", "ip", "prompt", "timing"}
    assert said["payment"]["sentence"].startswith("2 cards shared by ")


def test_timing_without_an_entity_is_said_in_words(night: Night, monkeypatch: pytest.MonkeyPatch) -> None:
    unlinked = night.frame("links").filter(pl.col("channel") != "timing")
    monkeypatch.setitem(night._frames, "links", unlinked)
    said = {part["channel"]: part["sentence"] for part in evidence.why(night, CLUSTER)}
    assert said["timing"].endswith(" accounts keep the same days, hours and pace")


@pytest.mark.parametrize(
    ("template", "cut"),
    [
        ("", []),
        ("plain", [("plain", False)]),
        ("{a}", [("{a}", True)]),
        ("x {a} y", [("x ", False), ("{a}", True), (" y", False)]),
        ("open { only", [("open { only", False)]),
        ("} odd {a}", [("} odd ", False), ("{a}", True)]),
    ],
)
def test_pieces_keep_every_character(template: str, cut: list[tuple[str, bool]]) -> None:
    assert evidence.pieces(template) == cut
    assert "".join(text for text, _ in cut) == template


def test_graph_payload_holds_every_link_once(night: Night) -> None:
    drawn = linkgraph.payload(night, CLUSTER)
    links = drawn["links"]
    assert len(set(zip(links["account"], links["hub"], strict=True))) == len(links["hub"]) == drawn["of"]["links"]
    assert max(links["account"]) < len(drawn["accounts"]["href"]) == 40
    assert all(isinstance(i, str) for i in drawn["hubs"]["id"])  # 64 bits do not fit a JavaScript number


def test_graph_payload_says_what_it_leaves_out(night: Night) -> None:
    drawn = linkgraph.payload(night, CLUSTER, max_accounts=10, max_hubs=3)
    assert (len(drawn["accounts"]["href"]), drawn["of"]["accounts"]) == (10, 40)
    assert (len(drawn["hubs"]["href"]), drawn["of"]["hubs"]) == (3, 8)
    with pytest.raises(NotFound):
        linkgraph.payload(night, "CL-NONE")


def test_timeline_has_no_gaps_and_only_the_views_channels(night: Night) -> None:
    seen = activity.timeline(night, CLUSTER, View((Channel.IP,)))
    assert len(seen.days) == 14
    assert list(seen.channels) == [Channel.IP]
    assert activity.within(seen, parse({"from": "2026-08-05", "to": "2026-08-06"})) == 240
    assert activity.timeline(night, "CL-NONE", View()).days == []


def test_waves_stand_out_and_a_flat_line_has_none() -> None:
    days = [dt.date(2026, 8, 1) + dt.timedelta(days=i) for i in range(14)]
    assert activity.waves(days, [5] * 14) == activity.waves(days, [0] * 14) == activity.waves(days[:3], [1, 9, 9]) == []
    counts = [1, 1, 30, 40, 1, 35, 1, 1, 1, 1, 1, 30, 1, 1]
    assert activity.waves(days, counts) == [(days[2], days[5])]  # one quiet day is bridged; a single day is no wave


def test_lanes_keep_the_busiest_and_every_exchange_of_theirs(night: Night) -> None:
    lanes = activity.lanes(night, CLUSTER, View(), limit=7)
    assert (len(lanes.accounts), lanes.of) == (7, 40)
    assert lanes.counts.shape == (7, len(lanes.hours))
    assert lanes.counts.sum(axis=1).tolist() == [42] * 7
    assert activity.lanes(night, CLUSTER, parse({"from": "2030-01-01"})).accounts == []


def test_account_shares_with_others_but_not_with_itself(night: Night) -> None:
    assert accounts.memberships(night, "acct-0-00001")[0]["cluster_id"] == CLUSTER
    for row in accounts.shared(night, "acct-0-00001"):
        assert "acct-0-00001" not in [name["account_id"] for name in row["names"]]
    with pytest.raises(NotFound, match="U\\+202E"):
        accounts.facts(night, "\u202e")


def test_entity_lists_clusters_and_sharers(night: Night) -> None:
    assert dict(entities.head(night, 1)["facts"])["Channel"] == "IP"
    assert [row["cluster_id"] for row in entities.clusters(night, 1)] == [CLUSTER]
    assert len(entities.sharers(night, 1)) == entities.clusters(night, 1)[0]["members"]
    with pytest.raises(NotFound):
        entities.head(night, -5)


@pytest.mark.parametrize(
    ("query", "kind", "label"),
    [
        ("ACCT-1-00007", "account", "acct-1-00007"),
        ("cl-000002", "cluster", "CL-000002"),
        ("fp_0", "entity", "fp_00000"),
        ("star review", "template", ""),
    ],
)
def test_search_finds_each_kind(night: Night, query: str, kind: str, label: str) -> None:
    hits = [hit for hit in search(night, query)["hits"] if hit["kind"] == kind]
    assert hits[0]["label"].startswith(label)


def test_search_counts_what_it_does_not_show(night: Night) -> None:
    found = search(night, "acct-", each=5)
    assert (len(found["hits"]), found["of"]) == (5, {"account": 120})
    assert search(night, "  ") == {"hits": [], "of": {}}
    assert search(night, ".*")["hits"] == []  # a substring, no pattern


def test_search_finds_a_sentence_without_text_by_what_the_page_calls_it() -> None:
    rows = [(1, "prompt", "sentence", "6881500230622117888", 3), (2, "prompt", "sentence", "688 lines", 3), (3, "ip", "address", "688", 3)]
    frame = pl.DataFrame(rows, schema=["entity_id", "channel", "kind", "label", "accounts"], orient="row")
    assert dict(_named(frame).select("entity_id", "label").iter_rows()) == {1: "sentence 5f80…", 2: "688 lines", 3: "688"}
