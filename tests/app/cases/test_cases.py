"""Cases, notes, tags and tasks: what is stored, who may, and that each change has its row in the history."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from app.audit.chain import Ledger, Writing, history
from app.cases import cases
from app.cases.cases import AT_ONCE, MOST_TAGS, NoCase
from app.cases.ledger import ITSELF
from app.roles import Actor, NotAllowed, Role
from graph.errors import ClewError, UsageError
from tests.app.people import a_user
from tests.factory import HOSTILE


@pytest.fixture
def ana(ledger: Ledger) -> Actor:
    return a_user(ledger, "ana")


@pytest.fixture
def case_id(ledger: Ledger, ana: Actor) -> int:
    with ledger.writing(ana) as writing:
        return cases.open_case(writing, "CL-000000", "A pool")


def done(ledger: Ledger, case_id: int) -> list[tuple[str, str, dict[str, Any]]]:
    with ledger.reading() as connection:
        return [(row["actor"], row["action"], row["detail"]) for row in reversed(history(connection, case_id))]


def saved(ledger: Ledger, actor: Actor, case_id: int, **changes: Any) -> dict[str, Any]:
    with ledger.writing(actor) as writing:
        case = cases.read(writing.connection, case_id)
        kept = {"status": case["status"], "assignee": case["assignee"], "title": case["title"], "tagged": case["tags"]}
        cases.save(writing, case_id, **(kept | changes))
        return cases.read(writing.connection, case_id)


def test_a_cluster_has_one_open_case(ledger: Ledger, ana: Actor, case_id: int) -> None:
    with ledger.writing(ana) as writing:
        assert cases.open_case(writing, "CL-000000") == case_id
        assert cases.open_case(writing, "CL-000001") != case_id
    saved(ledger, ana, case_id, status="closed")
    with ledger.writing(ana) as writing:
        again = cases.open_case(writing, "CL-000000")
    assert again != case_id
    with pytest.raises(UsageError, match=f"open case {again}"):
        saved(ledger, ana, case_id, status="new")
    with ledger.reading() as connection:
        assert {case["id"] for case in cases.listed(connection)} < {case["id"] for case in cases.listed(connection, every=True)}
        assert cases.by_cluster(connection)["CL-000000"]["id"] == again


def test_every_change_is_in_the_history_with_what_was_before(ledger: Ledger, ana: Actor, case_id: int) -> None:
    case = saved(ledger, ana, case_id, status="investigating", assignee="ana", title="Two pools", tagged=["Wave 2", "resale "])
    assert (case["status"], case["assignee"], case["title"], case["tags"]) == ("investigating", "ana", "Two pools", ["resale", "wave 2"])
    saved(ledger, ana, case_id, assignee=None, tagged=["resale"])
    saved(ledger, ana, case_id)  # nothing changes, nothing is written
    assert done(ledger, case_id) == [
        ("ana", "case opened", {"cluster": "CL-000000", "title": "A pool"}),
        ("ana", "case status", {"before": "new", "after": "investigating"}),
        ("ana", "case assignee", {"before": None, "after": "ana"}),
        ("ana", "case title", {"before": "A pool", "after": "Two pools"}),
        ("ana", "case tags", {"before": [], "after": ["resale", "wave 2"]}),
        ("ana", "case assignee", {"before": "ana", "after": None}),
        ("ana", "case tags", {"before": ["resale", "wave 2"], "after": ["resale"]}),
    ]


def test_notes_and_tasks(ledger: Ledger, ana: Actor, case_id: int) -> None:
    bo = a_user(ledger, "bo", Role.APPROVER)
    with ledger.writing(ana) as writing:
        cases.add_note(writing, case_id, f"  first\n{HOSTILE}\x00\ud800  ")
        cases.add_task(writing, case_id, "ask billing")
        cases.add_task(writing, case_id, "ask legal")
    with ledger.reading() as connection:
        one, two = [task["id"] for task in cases.tasks_of(connection, case_id)]
        assert cases.notes_of(connection, case_id)[0]["text"] == f"first\n{HOSTILE}?"
        assert cases.listed(connection)[0]["tasks"] == 2
    with ledger.writing(bo) as writing:
        cases.set_tasks(writing, case_id, done=[one])
        cases.set_tasks(writing, case_id, done=[one], open_again=[two])  # as it is
    with ledger.reading() as connection:
        assert [(task["done_by"], task["by"]) for task in cases.tasks_of(connection, case_id)] == [("bo", "ana"), (None, "ana")]
    with ledger.writing(ana) as writing:
        cases.set_tasks(writing, case_id, open_again=[one])
    assert [(actor, action) for actor, action, _ in done(ledger, case_id)][-2:] == [("bo", "task done"), ("ana", "task opened again")]
    assert "first" not in json.dumps(done(ledger, case_id))  # a note may hold what must be deletable one day; the log cannot


def test_many_at_once(ledger: Ledger, ana: Actor) -> None:
    with ledger.writing(ana) as writing:
        ids = [cases.open_case(writing, f"CL-{n}") for n in range(5)]
        assert cases.save_many(writing, [*ids, ids[0]], status="investigating", assignee="ana") == 5
        assert cases.save_many(writing, ids[:2], status=None, assignee="") == 2
    with ledger.reading() as connection:
        assert [(case["status"], case["assignee"]) for case in sorted(cases.listed(connection), key=lambda case: case["id"])] == [
            ("investigating", None),
            ("investigating", None),
            ("investigating", "ana"),
            ("investigating", "ana"),
            ("investigating", "ana"),
        ]
    with pytest.raises(UsageError), ledger.writing(ana) as writing:
        cases.save_many(writing, range(AT_ONCE + 1), status="closed", assignee=None)


def test_many_at_once_is_all_or_none(ledger: Ledger, ana: Actor, case_id: int) -> None:
    with pytest.raises(NoCase), ledger.writing(ana) as writing:
        cases.save_many(writing, [case_id, 999], status="closed", assignee=None)
    with ledger.reading() as connection:
        assert cases.read(connection, case_id)["status"] == "new"
    assert len(done(ledger, case_id)) == 1


@pytest.mark.parametrize(
    "changes",
    [
        {"status": "guilty"},
        {"status": ""},
        {"assignee": "nobody-known"},
        {"assignee": "vi"},
        {"assignee": "gone"},
        {"title": " "},
        {"title": "x" * 201},
        {"tagged": ["x" * 41]},
        {"tagged": [str(n) for n in range(MOST_TAGS + 1)]},
    ],
)
def test_what_cannot_be_meant_is_refused_and_changes_nothing(ledger: Ledger, ana: Actor, case_id: int, changes: dict[str, Any]) -> None:
    from app.auth import users

    a_user(ledger, "vi", Role.VIEWER)
    a_user(ledger, "gone")
    with ledger.writing(ITSELF) as writing:
        users.set_disabled(writing, "gone", True)
    with pytest.raises(UsageError):
        saved(ledger, ana, case_id, **changes)
    assert len(done(ledger, case_id)) == 1


WRITES: list[Callable[[Writing, int], object]] = [
    lambda writing, _: cases.open_case(writing, "CL-000002"),
    lambda writing, case: cases.save(writing, case, status="closed", assignee=None, title="x", tagged=[]),
    lambda writing, case: cases.save_many(writing, [case], status="closed", assignee=None),
    lambda writing, case: cases.add_note(writing, case, "x"),
    lambda writing, case: cases.add_task(writing, case, "x"),
    lambda writing, case: cases.set_tasks(writing, case),
]


@pytest.mark.parametrize("role", list(Role))
@pytest.mark.parametrize("write", range(len(WRITES)))
def test_every_write_by_every_role(ledger: Ledger, case_id: int, role: Role, write: int) -> None:
    """The page asks for the permission, and so does each function by itself."""
    actor = a_user(ledger, f"a-{role}", role)
    if role is Role.VIEWER:
        with pytest.raises(NotAllowed), ledger.writing(actor) as writing:
            WRITES[write](writing, case_id)
        assert len(done(ledger, case_id)) == 1
    else:
        with ledger.writing(actor) as writing:
            WRITES[write](writing, case_id)


@pytest.mark.parametrize("write", WRITES[1:])
def test_no_write_on_a_case_that_is_not_there(ledger: Ledger, ana: Actor, write: Callable[[Writing, int], object]) -> None:
    with pytest.raises(ClewError, match="No case 77"), ledger.writing(ana) as writing:
        write(writing, 77)
