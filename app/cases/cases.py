"""A case: the work of people on one cluster. Everything written here is a row of the audit log too, which is the case's history."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from app.audit.chain import Writing
from app.cases.words import checked
from app.database.tables import cases, decisions, notes, tags, tasks, users
from app.roles import Permission, Role
from graph.errors import ClewError, UsageError

STATUSES: dict[str, str] = {
    "new": "New",
    "investigating": "Investigating",
    "waiting": "Waiting",
    "closed": "Closed",
}
MOST_TAGS, MOST_TAG, MOST_TITLE, MOST_TEXT = 20, 40, 200, 10_000
AT_ONCE = 500  # cases that one bulk action changes


class NoCase(ClewError):
    """An id that no case has."""

    exit_code = 2


def open_case(writing: Writing, cluster_id: str, title: str = "") -> int:
    """The open case of a cluster, made where there is none; returns its id. The cluster's name must have been checked."""
    writing.actor.must(Permission.WORK)
    if (there := open_on(writing.connection, cluster_id)) is not None:
        return there
    row = {
        "title": checked(title or cluster_id, "The title", MOST_TITLE),
        "cluster_id": cluster_id,
        "status": "new",
        "assignee": None,
        "opened_by": writing.actor.name,
        "opened_at": writing.at,
        "changed_at": writing.at,
    }
    case_id = int(writing.connection.execute(insert(cases).values(row).returning(cases.c.id)).scalar_one())
    writing.log("case opened", case_id, cluster=cluster_id, title=row["title"])
    return case_id


def open_on(connection: Connection, cluster_id: str) -> int | None:
    """The id of a cluster's open case."""
    query = select(cases.c.id).where(cases.c.cluster_id == cluster_id, cases.c.status != "closed")
    return connection.execute(query).scalar_one_or_none()


def save(writing: Writing, case_id: int, *, status: str, assignee: str | None, title: str, tagged: Iterable[str]) -> None:
    """Set status, assignee (None for nobody), title and tags; what is the same is not a change. Raises NoCase, UsageError."""
    writing.actor.must(Permission.WORK)
    case = read(writing.connection, case_id)
    wanted: dict[str, str | None] = {
        "status": _status(status),
        "assignee": _assignee(writing.connection, assignee),
        "title": checked(title, "The title", MOST_TITLE),
    }
    _reopened(writing.connection, case, status)
    changed = {name: value for name, value in wanted.items() if case[name] != value}
    for name, value in changed.items():
        writing.log(f"case {name}", case_id, before=case[name], after=value)
    retagged = _retag(writing, case_id, set(case["tags"]), _tags(tagged))
    if changed or retagged:
        writing.connection.execute(update(cases).where(cases.c.id == case_id).values(**changed, changed_at=writing.at))


def save_many(writing: Writing, case_ids: Iterable[int], *, status: str | None, assignee: str | None) -> int:
    """Set status or assignee (empty for nobody) of many cases, None leaves it as it is; returns how many. Raises NoCase, UsageError."""
    chosen = sorted(set(case_ids))
    if len(chosen) > AT_ONCE:
        raise UsageError(f"{len(chosen):,} cases are chosen. Choose at most {AT_ONCE} at once.")
    for case_id in chosen:
        case = read(writing.connection, case_id)
        whose = case["assignee"] if assignee is None else assignee or None
        save(writing, case_id, status=status or case["status"], assignee=whose, title=case["title"], tagged=case["tags"])
    return len(chosen)


def add_note(writing: Writing, case_id: int, text: str) -> None:
    """Add a note. Raises NoCase, UsageError."""
    writing.actor.must(Permission.WORK)
    read(writing.connection, case_id)
    written = checked(text, "The note", MOST_TEXT)
    row = {"case_id": case_id, "by": writing.actor.name, "at": writing.at, "text": written}
    writing.connection.execute(insert(notes).values(row))
    _touch(writing, case_id)
    writing.log("note added", case_id, characters=len(written))


def add_task(writing: Writing, case_id: int, text: str) -> None:
    """Add something to be done. Raises NoCase, UsageError."""
    writing.actor.must(Permission.WORK)
    read(writing.connection, case_id)
    row = {"case_id": case_id, "by": writing.actor.name, "at": writing.at, "text": checked(text, "The task", MOST_TITLE)}
    task = int(writing.connection.execute(insert(tasks).values(row).returning(tasks.c.id)).scalar_one())
    _touch(writing, case_id)
    writing.log("task added", case_id, task=task, text=row["text"])


def set_tasks(writing: Writing, case_id: int, *, done: Iterable[int] = (), open_again: Iterable[int] = ()) -> None:
    """Mark some of the case's tasks as done, others as open again; what is so already is not a change. Raises NoCase."""
    writing.actor.must(Permission.WORK)
    read(writing.connection, case_id)
    finished, reopened = set(done), set(open_again)
    for task in tasks_of(writing.connection, case_id):
        was_done = task["done_by"] is not None
        if task["id"] not in (reopened if was_done else finished):
            continue
        ended = {"done_by": None, "done_at": None} if was_done else {"done_by": writing.actor.name, "done_at": writing.at}
        writing.connection.execute(update(tasks).where(tasks.c.id == task["id"]).values(ended))
        _touch(writing, case_id)
        writing.log("task opened again" if was_done else "task done", case_id, task=task["id"])


def read(connection: Connection, case_id: int) -> dict[str, Any]:
    """A case with its tags. Raises NoCase."""
    row = connection.execute(select(cases).where(cases.c.id == case_id)).mappings().one_or_none()
    if row is None:
        raise NoCase(f"No case {case_id}. See the list of cases.")
    found = connection.execute(select(tags.c.tag).where(tags.c.case_id == case_id).order_by(tags.c.tag)).scalars()
    return {**row, "tags": list(found)}


def listed(connection: Connection, every: bool = False) -> list[dict[str, Any]]:
    """Cases, the latest changed first, each with `tags`, `tasks` still to do and `waiting` proposals; closed ones where `every`."""
    query = select(cases).order_by(cases.c.changed_at.desc(), cases.c.id.desc())
    rows = connection.execute(query if every else query.where(cases.c.status != "closed")).mappings().all()
    tagged: dict[int, list[str]] = {}
    for case_id, tag in connection.execute(select(tags.c.case_id, tags.c.tag).order_by(tags.c.tag)):
        tagged.setdefault(case_id, []).append(tag)
    to_do = _counts(connection, tasks, tasks.c.done_by.is_(None))
    waiting = _counts(connection, decisions, decisions.c.state == "proposed")
    return [
        {**row, "tags": tagged.get(row["id"], []), "tasks": to_do.get(row["id"], 0), "waiting": waiting.get(row["id"], 0)} for row in rows
    ]


def notes_of(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """Notes, newest first."""
    return [dict(row) for row in connection.execute(select(notes).where(notes.c.case_id == case_id).order_by(notes.c.id.desc())).mappings()]


def tasks_of(connection: Connection, case_id: int) -> list[dict[str, Any]]:
    """Tasks in the order in which they were added."""
    return [dict(row) for row in connection.execute(select(tasks).where(tasks.c.case_id == case_id).order_by(tasks.c.id)).mappings()]


def by_cluster(connection: Connection) -> dict[str, dict[str, Any]]:
    """cluster_id → its open case."""
    rows = connection.execute(select(cases).where(cases.c.status != "closed")).mappings()
    return {row["cluster_id"]: dict(row) for row in rows}


def _counts(connection: Connection, table: Any, kept: Any) -> dict[int, int]:
    rows = connection.execute(select(table.c.case_id, func.count()).where(kept).group_by(table.c.case_id))
    return {int(case_id): int(n) for case_id, n in rows}


def _status(status: str) -> str:
    if status not in STATUSES:
        raise UsageError(f"{status!r}: is no status. One of {', '.join(STATUSES)}.")
    return status


def _assignee(connection: Connection, name: str | None) -> str | None:
    if name is None:
        return None
    query = select(users.c.name).where(users.c.name == name, ~users.c.disabled, users.c.role != Role.VIEWER)
    if connection.execute(query).one_or_none() is None:
        raise UsageError(f"{name!r}: nobody of that name can work on a case. Choose another.")
    return name


def _reopened(connection: Connection, case: dict[str, Any], status: str) -> None:
    if case["status"] != "closed" or status == "closed":
        return
    if (other := open_on(connection, case["cluster_id"])) is not None:
        raise UsageError(f"Cluster {case['cluster_id']} has the open case {other} meanwhile. Work on that one, or close it first.")


def _tags(given: Iterable[str]) -> set[str]:
    wanted = {checked(tag.strip().lower(), "A tag", MOST_TAG) for tag in given if tag.strip()}
    if len(wanted) > MOST_TAGS:
        raise UsageError(f"{len(wanted)} tags are too many. Keep at most {MOST_TAGS}.")
    return wanted


def _retag(writing: Writing, case_id: int, before: set[str], wanted: set[str]) -> bool:
    if before == wanted:
        return False
    writing.connection.execute(delete(tags).where(tags.c.case_id == case_id, tags.c.tag.in_(before - wanted)))
    for tag in sorted(wanted - before):
        writing.connection.execute(insert(tags).values(case_id=case_id, tag=tag))
    writing.log("case tags", case_id, before=sorted(before), after=sorted(wanted))
    return True


def _touch(writing: Writing, case_id: int) -> None:
    writing.connection.execute(update(cases).where(cases.c.id == case_id).values(changed_at=writing.at))
