"""Who is signed in: a random token in a cookie, its digest in the database. Nothing about a user stands in the cookie."""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, insert, or_, select, update

from app.audit.chain import Ledger, Writing
from app.database.tables import sessions, users
from app.roles import Actor, Role

LIFETIME = timedelta(hours=12)
IDLE = timedelta(hours=2)
_NOTED = timedelta(minutes=1)  # how often `seen_at` is written


@dataclass(frozen=True)
class Session:
    """Someone signed in. `csrf`: what their page must send with each write."""

    actor: Actor
    csrf: str
    digest: str


def digest(token: str) -> str:
    """What is stored of a token."""
    return hashlib.sha256(token.encode()).hexdigest()


def begin(writing: Writing, name: str, how: str, replaced: str | None = None) -> tuple[str, str]:
    """Sign `name` in with a new token and a new CSRF token; the browser's session before (`replaced`, a token) ends."""
    token, csrf = secrets.token_urlsafe(32), secrets.token_urlsafe(32)
    _forget(writing, replaced)
    row = {"digest": digest(token), "user_name": name, "csrf": csrf, "created_at": writing.at, "seen_at": writing.at}
    writing.connection.execute(insert(sessions).values(row))
    writing.log("signed in", how=how)
    return token, csrf


def end(writing: Writing, session: Session) -> None:
    """Sign out."""
    writing.connection.execute(delete(sessions).where(sessions.c.digest == session.digest))
    writing.log("signed out")


def find(ledger: Ledger, token: str, address: str) -> Session | None:
    """Whoever holds this token, unless it is unknown, too old, idle for too long, or its user disabled."""
    if not token or len(token) > 100:
        return None
    with ledger.reading() as connection:
        query = select(sessions, users.c.role).join(users).where(sessions.c.digest == digest(token), ~users.c.disabled)
        row = connection.execute(query).one_or_none()
    now = ledger.now()
    if row is None or now - _time(row.created_at) > LIFETIME or now - _time(row.seen_at) > IDLE:
        return None
    if now - _time(row.seen_at) > _NOTED:
        with ledger.database.write() as connection:
            connection.execute(update(sessions).where(sessions.c.digest == row.digest).values(seen_at=ledger.instant()))
    return Session(Actor(row.user_name, Role(row.role), address), row.csrf, row.digest)


def count(connection: Connection, name: str) -> int:
    """How many sessions a user has."""
    return len(connection.execute(select(sessions.c.digest).where(sessions.c.user_name == name)).all())


def _forget(writing: Writing, token: str | None) -> None:
    """Remove the session of `token`, and all that ran out."""
    now = datetime.fromisoformat(writing.at)
    out = or_(sessions.c.created_at < _text(now - LIFETIME), sessions.c.seen_at < _text(now - IDLE))
    writing.connection.execute(delete(sessions).where(or_(out, sessions.c.digest == digest(token or ""))))


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _text(time: datetime) -> str:
    return time.isoformat(timespec="microseconds")
