"""The people who may sign in. Each change is in the audit log; passwords never are."""

import re
from typing import Any

from sqlalchemy import Connection, delete, func, insert, select, update

from app.audit.chain import Writing
from app.database.tables import sessions, users
from app.roles import Role
from graph.errors import UsageError

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,62}")
DEMO: dict[str, Role] = {
    "demo": Role.INVESTIGATOR,
    "demo-second": Role.APPROVER,  # confirming takes two
    "demo-viewer": Role.VIEWER,
}


def listed(connection: Connection) -> list[dict[str, Any]]:
    """Every user by name: name, role, signs_in (password | oidc | demo), disabled, created_at."""
    rows = connection.execute(select(users).order_by(users.c.name)).mappings()
    return [
        {
            "name": row["name"],
            "role": row["role"],
            "signs_in": "demo" if row["demo"] else "oidc" if row["subject"] else "password",
            "disabled": row["disabled"],
            "created_at": row["created_at"],
        }
        for row in rows
    ]


def assignable(connection: Connection) -> list[str]:
    """Names of those who can work on a case."""
    query = select(users.c.name).where(~users.c.disabled, users.c.role != Role.VIEWER).order_by(users.c.name)
    return list(connection.execute(query).scalars())


def can_sign_in(connection: Connection) -> bool:
    """Is there anyone with a password or a provider's name? Demo users do not count."""
    query = select(func.count()).select_from(users).where(~users.c.disabled, ~users.c.demo)
    return bool(connection.execute(query).scalar_one())


def find(connection: Connection, name: str) -> dict[str, Any] | None:
    """The row of a user, or None."""
    row = connection.execute(select(users).where(users.c.name == name)).mappings().one_or_none()
    return dict(row) if row else None


def by_subject(connection: Connection, subject: str) -> str | None:
    """The name of the user whom the OIDC provider calls `subject`, unless disabled."""
    query = select(users.c.name).where(users.c.subject == subject, ~users.c.disabled)
    return connection.execute(query).scalar_one_or_none()


def add(writing: Writing, name: str, role: Role, *, password: str | None = None, subject: str | None = None, demo: bool = False) -> None:
    """Add a user. `password`: a hash. Raises UsageError for a name that is taken or cannot be one."""
    if not NAME.fullmatch(name):
        raise UsageError(f"{name!r}: is no user name. Use 1 to 63 of a-z, 0-9, dot, dash, underscore, beginning with a letter or figure.")
    if find(writing.connection, name):
        raise UsageError(f"{name}: there is a user of that name. Choose another, or change it with `clew users role` or `password`.")
    if subject is not None and by_subject(writing.connection, subject):
        raise UsageError(f"{subject}: another user signs in so. See `clew users list`.")
    row = {"name": name, "role": role, "password": password, "subject": subject, "demo": demo, "disabled": False, "created_at": writing.at}
    writing.connection.execute(insert(users).values(row))
    writing.log("user added", user=name, role=role, signs_in="demo" if demo else "oidc" if subject else "password")


def set_role(writing: Writing, name: str, role: Role) -> None:
    """Give a user another role. Raises UsageError for an unknown name."""
    before = _known(writing, name)["role"]
    _change(writing, name, role=role)
    writing.log("user role", user=name, before=before, after=role)


def set_password(writing: Writing, name: str, password: str) -> None:
    """Store another hash and sign the user out everywhere. Raises UsageError for an unknown name or one without password."""
    if _known(writing, name)["password"] is None:
        raise UsageError(f"{name}: signs in without a password here. Add a user with a password instead.")
    _change(writing, name, password=password)
    _sign_out(writing, name)
    writing.log("user password", user=name)


def set_disabled(writing: Writing, name: str, disabled: bool) -> None:
    """Bar a user and sign them out everywhere, or let them in again. Raises UsageError for an unknown name."""
    _known(writing, name)
    _change(writing, name, disabled=disabled)
    if disabled:
        _sign_out(writing, name)
    writing.log("user disabled" if disabled else "user enabled", user=name)


def add_demo(writing: Writing) -> None:
    """The demonstration's users, where they are not there yet."""
    for name, role in DEMO.items():
        if find(writing.connection, name) is None:
            add(writing, name, role, demo=True)


def _known(writing: Writing, name: str) -> dict[str, Any]:
    found = find(writing.connection, name)
    if found is None:
        raise UsageError(f"{name}: no user of that name. See `clew users list`.")
    return found


def _change(writing: Writing, name: str, **values: object) -> None:
    writing.connection.execute(update(users).where(users.c.name == name).values(values))


def _sign_out(writing: Writing, name: str) -> None:
    writing.connection.execute(delete(sessions).where(sessions.c.user_name == name))
