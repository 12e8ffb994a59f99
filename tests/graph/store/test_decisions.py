"""The store of decisions only grows, and notices what was changed in it."""

import json

import pytest

from graph.doctor import examine
from graph.errors import StorageError, WorkspaceBusy
from graph.store.decisions import Decision, Kind, append, digest, in_force, read
from graph.store.workspace import exclusive
from tests.factory import HOSTILE, a_workspace

TIME = "2026-08-04T09:00:00+00:00"


@pytest.fixture
def workspace(tmp_path):
    return a_workspace(tmp_path)


def said(kind=Kind.CONFIRMED, **more):
    return Decision(kind, "ana", HOSTILE + "\nnext line\u2028", TIME, **more)


def test_what_is_stored_is_read_back_and_numbered(workspace):
    assert read(workspace) == ()
    stored = [append(workspace, said(cluster_id="CL-1", channels={"ip": 1.5})), append(workspace, said(accounts=("a", "b")))]
    assert read(workspace) == tuple(stored)
    assert [decision.number for decision in stored] == [1, 2]
    assert workspace.decisions.read_bytes().count(b"\n") == 2


def test_a_decision_that_was_withdrawn_is_kept_and_not_in_force(workspace):
    append(workspace, said())
    append(workspace, said())
    append(workspace, said(Kind.WITHDRAW, withdraws=1))
    book = read(workspace)
    assert [decision.number for decision in in_force(book)] == [2]
    assert digest(in_force(book)) != digest(in_force(book[:2]))


@pytest.mark.parametrize("fault", ["changed", "removed", "torn", "foreign"])
def test_a_damaged_file_is_named_and_nothing_is_added(workspace, fault):
    for _ in range(3):
        append(workspace, said(cluster_id="CL-1"))
    lines = workspace.decisions.read_text().splitlines()
    damaged = {
        "changed": [lines[0].replace("CL-1", "CL-2"), *lines[1:]],
        "removed": [lines[0], lines[2]],
        "torn": [*lines[:2], lines[2][:40]],
        "foreign": [*lines, json.dumps({"kind": "confirmed"})],
    }[fault]
    content = "".join(f"{line}\n" for line in damaged)
    workspace.decisions.write_text(content)
    for action in (lambda: read(workspace), lambda: append(workspace, said())):
        with pytest.raises(StorageError, match=r"decisions\.jsonl: line \d"):
            action()
    assert workspace.decisions.read_text() == content
    assert any("decisions.jsonl" in fault for fault in examine(workspace).faults)


def test_a_decision_can_be_stored_while_a_run_holds_the_workspace(workspace):
    with exclusive(workspace):
        append(workspace, said())
    with exclusive(workspace, ".decisions.lock"), pytest.raises(WorkspaceBusy):
        append(workspace, said())
