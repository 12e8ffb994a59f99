"""One-line makers of users and of clients that are signed in."""

from argon2 import PasswordHasher
from dash import Dash
from flask.testing import FlaskClient

from app.audit.chain import Ledger
from app.auth import sessions, users
from app.auth.guard import CSRF_COOKIE, SESSION_COOKIE
from app.auth.passwords import Passwords
from app.cases.ledger import ITSELF, open_ledger
from app.roles import Actor, Role
from app.settings import read_settings
from graph.store.workspace import Workspace

CHEAP = Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
PASSWORD = "correct horse battery"


def a_ledger(workspace: Workspace) -> Ledger:
    return open_ledger(workspace, read_settings(workspace, {}))


def a_user(ledger: Ledger, name: str, role: Role = Role.INVESTIGATOR, password: str = PASSWORD) -> Actor:
    with ledger.writing(ITSELF) as writing:
        if users.find(writing.connection, name) is None:
            users.add(writing, name, role, password=CHEAP.hash(password))
    return Actor(name, role)


def a_client(app: Dash, ledger: Ledger, role: Role = Role.ADMIN, name: str = "") -> FlaskClient:
    """A client that is signed in, and sends the CSRF token as Dash does."""
    actor = a_user(ledger, name or f"a-{role}", role)
    with ledger.writing(actor) as writing:
        token, csrf = sessions.begin(writing, actor.name, "test")
    client: FlaskClient = app.server.test_client(use_cookies=False)
    client.environ_base["HTTP_COOKIE"] = f"{SESSION_COOKIE}={token}; {CSRF_COOKIE}={csrf}"
    client.environ_base["HTTP_X_CSRFTOKEN"] = csrf
    return client
