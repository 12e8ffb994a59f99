"""Decisions on a case: written where `clew decide` writes them, by two where two are needed, never half."""

import threading
from pathlib import Path
from typing import Any

import pytest

from app.audit.chain import Ledger, history
from app.cases import cases, deciding
from app.cases.ledger import ITSELF
from app.roles import Actor, NotAllowed, Role
from graph.errors import StorageError, UsageError
from graph.store import decisions as book
from graph.store.decisions import Kind
from graph.store.workspace import Workspace, exclusive
from tests.app.people import a_user
from tests.factory import HOSTILE

PATIENCE = 60.0  # seconds that a thread may take on a busy machine; a test that passes does not wait
ACCOUNT, OTHER = "acct-0-00001", "acct-0-00002"


@pytest.fixture
def ana(ledger: Ledger) -> Actor:
    return a_user(ledger, "ana")


@pytest.fixture
def bo(ledger: Ledger) -> Actor:
    return a_user(ledger, "bo", Role.APPROVER)


@pytest.fixture
def case_id(ledger: Ledger, ana: Actor) -> int:
    with ledger.writing(ana) as writing:
        return cases.open_case(writing, "CL-000000")


def standing(ledger: Ledger, workspace: Workspace, case_id: int) -> list[tuple[str, str, int | None]]:
    with ledger.reading() as connection:
        return [(one["kind"], one["standing"], one["number"]) for one in deciding.of_case(connection, workspace, case_id)]


def actions(ledger: Ledger, case_id: int) -> list[str]:
    with ledger.reading() as connection:
        return [row["action"] for row in reversed(history(connection, case_id))]


def proposed(ledger: Ledger, workspace: Workspace, actor: Actor, case_id: int) -> int:
    return deciding.decide(ledger, workspace, actor, case_id, "confirmed", (), "one card holder", "two were cleared by the bank")


def test_one_person_excludes_merges_splits_and_clears(ledger: Ledger, workspace: Workspace, ana: Actor, case_id: int) -> None:
    for kind, named in (
        ("exclude", (ACCOUNT, "", ACCOUNT)),
        ("must-link", ("CL-000001",)),
        ("cannot-link", (ACCOUNT, OTHER)),
        ("cleared", ()),
    ):
        deciding.decide(ledger, workspace, ana, case_id, kind, named, f"because {HOSTILE}", "")
    stored = book.read(workspace)
    assert [one.kind for one in stored] == [Kind.EXCLUDE, Kind.MUST_LINK, Kind.CANNOT_LINK, Kind.CLEARED]
    assert {(one.by, one.reason) for one in stored} == {("ana", f"because {HOSTILE}")}
    assert (stored[0].accounts, stored[0].cluster_id) == ((ACCOUNT,), "CL-000000")
    assert len(stored[1].accounts) == 80
    assert (stored[2].accounts, len(stored[2].others)) == ((ACCOUNT, OTHER), 38)
    assert stored[3].cluster_id == "CL-000000"
    assert [row[1:] for row in standing(ledger, workspace, case_id)] == [("in force", n) for n in (4, 3, 2, 1)]
    assert actions(ledger, case_id)[1:3] == ["decision proposed", "decision made"]


def test_confirming_takes_a_second_person(ledger: Ledger, workspace: Workspace, ana: Actor, bo: Actor, case_id: int) -> None:
    decision = proposed(ledger, workspace, ana, case_id)
    assert book.read(workspace) == ()
    assert standing(ledger, workspace, case_id) == [("confirmed", "proposed", None)]
    with pytest.raises(NotAllowed):
        deciding.approve(ledger, workspace, ana, case_id, decision)
    deciding.approve(ledger, workspace, bo, case_id, decision)
    (stored,) = book.read(workspace)
    assert (stored.kind, stored.by, stored.cluster_id) == (Kind.CONFIRMED, "ana, approved by bo", "CL-000000")
    assert stored.reason == "one card holder Counter-evidence considered: two were cleared by the bank"
    assert standing(ledger, workspace, case_id) == [("confirmed", "in force", 1)]
    with pytest.raises(UsageError):
        deciding.approve(ledger, workspace, bo, case_id, decision)


@pytest.mark.parametrize("role", [Role.APPROVER, Role.ADMIN])
def test_nobody_approves_what_they_proposed(ledger: Ledger, workspace: Workspace, case_id: int, role: Role) -> None:
    actor = a_user(ledger, "cy", role)
    decision = proposed(ledger, workspace, actor, case_id)
    with pytest.raises(UsageError, match="yourself"):
        deciding.approve(ledger, workspace, actor, case_id, decision)
    assert book.read(workspace) == ()


@pytest.mark.parametrize("role", list(Role))
def test_every_step_by_every_role(ledger: Ledger, workspace: Workspace, ana: Actor, bo: Actor, case_id: int, role: Role) -> None:
    actor = a_user(ledger, f"a-{role}", role)
    decision = proposed(ledger, workspace, ana, case_id)
    steps: dict[str, Any] = {
        "decide": lambda: deciding.decide(ledger, workspace, actor, case_id, "exclude", (ACCOUNT,), "x"),
        "propose": lambda: proposed(ledger, workspace, actor, case_id),
        "undo": lambda: deciding.undo(ledger, workspace, actor, case_id, 1, "x"),
        "approve": lambda: deciding.approve(ledger, workspace, actor, case_id, decision),
        "refuse": lambda: deciding.refuse(ledger, actor, case_id, proposed(ledger, workspace, ana, case_id), "x"),
    }
    may = set()
    deciding.decide(ledger, workspace, ana, case_id, "exclude", (OTHER,), "x")
    for name, step in steps.items():
        try:
            step()
            may.add(name)
        except NotAllowed:
            pass
    assert may == {Role.VIEWER: set(), Role.INVESTIGATOR: {"decide", "propose", "undo"}}.get(role, set(steps))


def test_undo_ends_every_kind_and_stands_beside_it(ledger: Ledger, workspace: Workspace, ana: Actor, bo: Actor, case_id: int) -> None:
    for kind, named in (("exclude", (ACCOUNT,)), ("must-link", ("CL-000001",)), ("cannot-link", (ACCOUNT,)), ("cleared", ())):
        deciding.decide(ledger, workspace, ana, case_id, kind, named, "x")
    deciding.approve(ledger, workspace, bo, case_id, proposed(ledger, workspace, ana, case_id))
    for number in range(1, 6):
        deciding.undo(ledger, workspace, ana, case_id, number, "a mistake")
        with pytest.raises(UsageError, match="in force"):
            deciding.undo(ledger, workspace, ana, case_id, number, "again")
    assert book.in_force(book.read(workspace)) == ()
    assert {row[1] for row in standing(ledger, workspace, case_id)} == {"undone"}
    deciding.decide(ledger, workspace, ana, case_id, "cleared", (), "after all")
    assert [one.kind for one in book.in_force(book.read(workspace))] == [Kind.CLEARED]


def test_a_proposal_is_refused_by_another_or_taken_back(ledger: Ledger, workspace: Workspace, ana: Actor, bo: Actor, case_id: int) -> None:
    cy = a_user(ledger, "cy")
    first, second = proposed(ledger, workspace, ana, case_id), proposed(ledger, workspace, ana, case_id)
    with pytest.raises(NotAllowed):
        deciding.refuse(ledger, cy, case_id, first, "no")
    deciding.refuse(ledger, bo, case_id, first, "too thin")
    deciding.refuse(ledger, ana, case_id, second, "typo")
    assert [row[1] for row in standing(ledger, workspace, case_id)] == ["refused", "refused"]
    with pytest.raises(UsageError):
        deciding.approve(ledger, workspace, bo, case_id, first)


def test_a_decision_belongs_to_its_case(ledger: Ledger, workspace: Workspace, ana: Actor, bo: Actor, case_id: int) -> None:
    decision = proposed(ledger, workspace, ana, case_id)
    with ledger.writing(ana) as writing:
        other = cases.open_case(writing, "CL-000001")
    with pytest.raises(UsageError, match="not one of case"):
        deciding.approve(ledger, workspace, bo, other, decision)
    with pytest.raises(UsageError, match="not one of case"):
        deciding.refuse(ledger, bo, other, decision, "x")


@pytest.mark.parametrize(
    ("kind", "named", "reason", "counter"),
    [
        ("confirmed", (), "x", ""),
        ("confirmed", (), "", "x"),
        ("confirmed", (), " ", " "),
        ("guilty", (), "x", "x"),
        ("withdraw", ("1",), "x", "x"),
        ("exclude", (), "x", ""),
        ("exclude", ("nobody",), "x", ""),
        ("must-link", ("CL-NONE",), "x", ""),
        ("cannot-link", tuple(f"acct-0-{n:05d}" for n in range(40)), "x", ""),
        ("cleared", (), "x" * 901, ""),
    ],
)
def test_what_cannot_be_meant_leaves_nothing(
    ledger: Ledger, workspace: Workspace, ana: Actor, case_id: int, kind: str, named: tuple[str, ...], reason: str, counter: str
) -> None:
    with pytest.raises(UsageError):
        deciding.decide(ledger, workspace, ana, case_id, kind, named, reason, counter)
    assert standing(ledger, workspace, case_id) == []
    assert not workspace.decisions.exists()
    assert actions(ledger, case_id) == ["case opened"]


def test_decisions_of_the_command_line_are_shown_and_can_be_undone(ledger: Ledger, workspace: Workspace, ana: Actor, case_id: int) -> None:
    from app.cli.main import run_command

    words = ["decide", str(workspace.root), "cleared", "CL-000000", "--by", "dee", "--reason", "a class"]
    assert run_command(words) == 0
    assert standing(ledger, workspace, case_id) == [("cleared", "in force", 1)]
    deciding.undo(ledger, workspace, ana, case_id, 1, "no class")
    assert standing(ledger, workspace, case_id) == [("cleared", "undone", 1)]


class Killed(BaseException):
    pass


@pytest.mark.parametrize("stored", [True, False], ids=["after the file", "before the file"])
def test_a_kill_between_file_and_database_is_settled(
    ledger: Ledger, workspace: Workspace, ana: Actor, bo: Actor, case_id: int, stored: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process dies before or after decisions.jsonl is written; the next start finds out which."""
    decision, append = proposed(ledger, workspace, ana, case_id), book.append

    def dies(*arguments: Any) -> Any:
        if stored:
            append(*arguments)
        raise Killed

    monkeypatch.setattr(book, "append", dies)
    monkeypatch.setattr(deciding, "settle", lambda *_: None)  # the process that dies settles nothing
    with pytest.raises(Killed):
        deciding.approve(ledger, workspace, bo, case_id, decision)
    monkeypatch.undo()
    assert standing(ledger, workspace, case_id)[0][1] == "proposed" or stored
    deciding.settle(ledger, workspace, ITSELF)
    assert standing(ledger, workspace, case_id)[0] == (("confirmed", "in force", 1) if stored else ("confirmed", "proposed", None))
    if not stored:
        deciding.approve(ledger, workspace, bo, case_id, decision)
    assert len(book.read(workspace)) == 1


def test_a_full_disk_leaves_the_proposal_standing(
    ledger: Ledger, workspace: Workspace, ana: Actor, bo: Actor, case_id: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: Any) -> Any:
        raise StorageError("no space")

    decision = proposed(ledger, workspace, ana, case_id)
    monkeypatch.setattr(book, "append", full)
    with pytest.raises(StorageError):
        deciding.approve(ledger, workspace, bo, case_id, decision)
    with pytest.raises(StorageError):
        deciding.decide(ledger, workspace, ana, case_id, "exclude", (ACCOUNT,), "x")
    monkeypatch.undo()
    assert [row[1] for row in standing(ledger, workspace, case_id)] == ["refused", "proposed"]
    deciding.approve(ledger, workspace, bo, case_id, decision)
    assert len(book.read(workspace)) == 1


def test_two_approvers_at_once_store_one_decision(ledger: Ledger, workspace: Workspace, ana: Actor, bo: Actor, case_id: int) -> None:
    decision, told = proposed(ledger, workspace, ana, case_id), []
    approvers = [bo, *(a_user(ledger, f"second-{n}", Role.APPROVER) for n in range(4))]

    def approve(actor: Actor) -> None:
        try:
            deciding.approve(ledger, workspace, actor, case_id, decision)
            told.append("made")
        except UsageError:
            told.append("late")

    threads = [threading.Thread(target=approve, args=(actor,)) for actor in approvers]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(told) == ["late"] * 4 + ["made"]
    assert len(book.read(workspace)) == 1


def test_the_file_s_lock_is_waited_for(ledger: Ledger, workspace: Workspace, ana: Actor, case_id: int) -> None:
    held, release = threading.Event(), threading.Event()

    def hold() -> None:
        with exclusive(workspace, ".decisions.lock"):
            held.set()
            release.wait(PATIENCE)

    thread = threading.Thread(target=hold)
    thread.start()
    assert held.wait(PATIENCE)
    threading.Timer(0.3, release.set).start()
    deciding.decide(ledger, workspace, ana, case_id, "exclude", (ACCOUNT,), "x")
    thread.join()
    assert len(book.read(workspace)) == 1


def test_the_next_night_keeps_what_was_decided(own_night: Path) -> None:
    """Through to `clew detect`: what was excluded and confirmed on a case stands in the next snapshot."""
    from app.cli.main import run_command
    from graph.store import snapshot
    from graph.store.workspace import open_workspace
    from tests.app.people import a_ledger

    space = open_workspace(own_night)
    ledger, night = a_ledger(space), snapshot.latest(space)
    ana, bo = a_user(ledger, "ana"), a_user(ledger, "bo", Role.APPROVER)
    cluster = max(night.clusters(), key=lambda one: (one["accounts"], one["cluster_id"]))["cluster_id"]
    members = night.frame("members").collect()
    out = members.filter(members["cluster_id"] == cluster)["account_id"].min()
    with ledger.writing(ana) as writing:
        case = cases.open_case(writing, cluster)
    deciding.decide(ledger, space, ana, case, "exclude", (str(out),), "not theirs")
    deciding.approve(ledger, space, bo, case, proposed(ledger, space, ana, case))
    assert run_command(["detect", str(own_night)]) == 0
    tonight = snapshot.latest(space)
    after = tonight.frame("members").collect()
    assert after.filter((after["cluster_id"] == cluster) & (after["account_id"] == out)).is_empty()
    told = next(one for one in tonight.clusters() if one["cluster_id"] == cluster)
    assert told["decided"] == "confirmed"
    assert any("ana, approved by bo" in reason for reason in told["reasons"])
