"""What a digest says, and what it never holds."""

import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.alerts import words
from app.alerts.digest import MOST_CHANGES, digest
from graph.store import snapshot
from graph.store.workspace import Workspace
from tests.app.alerts.nights import HOSTILE, a_cluster, a_night
from tests.factory import a_workspace

PIVOT = "Structure 0.9: equal; a day after {} first appeared (2026-08-07), 84% of their traffic was on it, of everyone else's 6% (q 1e-09)."


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return a_workspace(tmp_path)


def test_every_kind_of_change_among_flagged_clusters_is_told_and_nothing_else(workspace: Workspace) -> None:
    before = a_night(
        workspace,
        7,
        *(a_cluster(name, 10) for name in ("CL-GREW", "CL-MERGED", "CL-SPLIT", "CL-SAME", "CL-GONE", "CL-PIVOT")),
        a_cluster("CL-LATER", flagged=False),
        a_cluster("CL-MOVED", reasons=[PIVOT.format("old-1")]),
    )
    tonight = a_night(
        workspace,
        8,
        a_cluster("CL-GREW", 25, change="grew"),
        a_cluster("CL-MERGED", 30, change="merged", change_with=["CL-ABSORBED"]),
        a_cluster("CL-SPLIT", 8, change="split", change_with=["CL-PIECE"]),
        a_cluster("CL-SAME"),
        a_cluster("CL-SHRANK", change="shrank"),
        a_cluster("CL-BORN", change="born"),
        a_cluster("CL-QUIET", change="born", flagged=False),
        a_cluster("CL-BACK", change="revived"),
        a_cluster("CL-LATER"),
        a_cluster("CL-PIVOT", reasons=[PIVOT.format("large-4")]),
        a_cluster("CL-MOVED", reasons=[PIVOT.format("old-1")]),
        earlier=before,
    )
    told = digest(workspace, tonight)
    assert [(change.cluster_id, change.what) for change in told.changes] == [
        ("CL-BORN", ("born",)),
        ("CL-BACK", ("revived",)),
        ("CL-MERGED", ("merged",)),
        ("CL-GREW", ("grew",)),
        ("CL-SPLIT", ("split",)),
        ("CL-LATER", ("flagged",)),
        ("CL-PIVOT", ("pivot",)),
    ]
    assert told.ended == ("CL-GONE",)
    text = words.as_text(told)
    assert "Grew to 25 accounts (the night before: 10)." in text
    assert "Merged with CL-ABSORBED; together 30 accounts" in text
    assert "moved to the model large-4, first seen 7 Aug 2026, within a day" in text.replace("\n     ", " ")
    assert words.subject(told) == (
        "Clew, night to 2026-08-11: 1 new, 1 back again, 1 merged, 1 grown, 1 split, 1 now flagged, "
        "1 moved to a new model (10 clusters flagged)"
    )
    assert [change.cluster_id for change in digest(workspace, tonight, on=("born",)).changes] == ["CL-BORN"]


def test_a_quiet_night_changes_nothing(workspace: Workspace) -> None:
    before = a_night(workspace, 7, a_cluster("CL-A"))
    told = digest(workspace, a_night(workspace, 8, a_cluster("CL-A"), earlier=before))
    assert (told.changes, told.ended) == ((), ())
    assert "nothing changed" in words.subject(told)


def test_an_alert_has_one_id_however_often_it_is_made_and_another_when_more_happened(workspace: Workspace) -> None:
    night = a_night(workspace, 7, a_cluster("CL-A", change="born"))
    again = a_night(workspace, 7, a_cluster("CL-A", change="born"), reason="decisions of the day after")
    assert digest(workspace, night).alert_id == digest(workspace, snapshot.latest(workspace)).alert_id == digest(workspace, again).alert_id
    later = a_night(workspace, 8, a_cluster("CL-A", change="born"))
    assert digest(workspace, later).alert_id != digest(workspace, night).alert_id


def test_no_account_and_no_word_of_a_person_leaves_the_house(workspace: Workspace) -> None:
    reasons = ["Its weakest tie is CL-A-acct-3.", "CL-A-acct-1, CL-A-acct-2: one card.", "By a person: ana cleared it.", "Plain figures."]
    told = digest(workspace, a_night(workspace, 7, a_cluster("CL-A", change="born", reasons=reasons)))
    assert told.changes[0].reasons == ("Plain figures.",)
    for made in (words.as_text(told), words.as_html(told), words.as_json(told).decode()):
        assert "acct" not in made and "ana" not in re.findall(r"\w+", made)


class Tags(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))


def tags(page: str) -> list[tuple[str, dict[str, str | None]]]:
    parser = Tags()
    parser.feed(page)
    return parser.found


ALLOWED = {"html", "head", "meta", "title", "body", "h1", "h2", "p", "b", "br", "ul", "li", "code", "a"}


@settings(max_examples=40)
@given(st.text(max_size=80))
def test_text_from_logs_stays_text(tmp_path_factory: pytest.TempPathFactory, given_text: str) -> None:
    workspace = a_workspace(tmp_path_factory.mktemp("hostile"))
    text = given_text.encode("utf-8", "replace").decode()
    channels = {"object": {"available": False, "reason": text + HOSTILE}}
    night = a_night(workspace, 7, a_cluster("CL-A", change="born", kind=text, reasons=[text + HOSTILE, HOSTILE]), channels=channels)
    told = digest(workspace, night, {text: {"quarantined": 3, "late": 1}})
    page = words.as_html(told, "https://clew.example")
    for tag, attributes in tags(page):
        assert tag in ALLOWED
        assert set(attributes) <= {"lang", "charset", "href"}
        assert attributes.get("href", "https://clew.example/cluster/CL-A") == "https://clew.example/cluster/CL-A"
    plain = words.as_text(told, "https://clew.example")
    assert "\r" not in plain and "\u202e" not in plain and "\nBcc:" not in plain
    assert "://evil" not in plain.replace("[://]", "")
    assert "\n" not in words.subject(told)
    assert json.loads(words.as_json(told))["schema"] == words.SCHEMA


def test_what_was_missing_and_how_sure_are_said(workspace: Workspace) -> None:
    channels = {"object": {"available": False, "reason": "not available: no values in objects.object_id"}}
    cluster = a_cluster("CL-A", change="born", stability=0.97, calibrated=0.81, decided="confirmed")
    night = a_night(workspace, 7, cluster, channels=channels, capabilities={"sampled_prompts": 0})
    text = words.as_text(digest(workspace, night, {"exchanges": {"quarantined": 1200, "late": 5}})).replace("\n     ", " ")
    for part in (
        "score 90 of 100, linkage 95, extraction 80, stability 97, 81% of clusters with such a score were judged abuse",
        "Bits of evidence: Payment 120, IP 30",
        "A person said: confirmed",
        "0 flagged by chance in 1 shuffled night",
        "Shared object: not available: no values in objects.object_id",
        "exchanges: 1,200 rows set aside",
        "exchanges: 5 rows came late",
        "Prompt texts: none are kept",
        "clew show WORKSPACE CL-A",
    ):
        assert part in text, part
    for word in ("proven", "guilty", "culprit"):
        assert word not in text.lower()


def test_a_first_night_of_many_is_cut_and_says_so(workspace: Workspace) -> None:
    clusters = [a_cluster(f"CL-{n:04d}", 6, change="born") for n in range(MOST_CHANGES + 40)]
    told = digest(workspace, a_night(workspace, 7, *clusters))
    assert (len(told.changes), told.left_out) == (MOST_CHANGES, 40)
    assert "40 more flagged clusters changed" in words.as_text(told)
    assert len(words.as_json(told, "https://clew.example")) < 128 << 10


def test_a_night_whose_earlier_one_was_deleted_is_told_all_the_same(workspace: Workspace) -> None:
    before = a_night(workspace, 7, a_cluster("CL-A", 10))
    tonight = a_night(workspace, 8, a_cluster("CL-A", 20, change="grew", reasons=[PIVOT.format("large-4")]), earlier=before)
    assert (digest(workspace, tonight).changes[0].before, digest(workspace, tonight).changes[0].what) == (10, ("grew", "pivot"))
    snapshot.remove(workspace, before.snapshot_id)
    assert digest(workspace, tonight).changes[0].before is None
    assert digest(workspace, tonight).changes[0].what == ("grew",), "whether it moved before is not known"
    assert "Grew to 20 accounts." in words.as_text(digest(workspace, tonight))


def test_the_night_that_took_the_place_of_the_earlier_one_stands_for_it(workspace: Workspace) -> None:
    before = a_night(workspace, 7, a_cluster("CL-A", 10))
    tonight = a_night(workspace, 8, a_cluster("CL-A", 20, change="grew"), earlier=before)
    a_night(workspace, 6, a_cluster("CL-A", 9), replaces=["other", before.snapshot_id])
    snapshot.remove(workspace, before.snapshot_id)
    assert digest(workspace, tonight).changes[0].before == 9
