"""The way in: what a browser sends, what comes back, what an attacker tries."""

import re
from http.cookies import SimpleCookie
from typing import Any

import pytest
from argon2 import PasswordHasher
from dash import Dash
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from app.audit.chain import Ledger, newest
from app.auth import sessions, users
from app.auth.guard import CSRF_COOKIE, SESSION_COOKIE, local_target
from app.auth.login import WRONG
from app.auth.passwords import Passwords
from app.auth.throttle import PAIR_FAILURES
from app.cases.ledger import ITSELF
from app.main import create_app
from app.roles import Role
from app.server import CALLBACK_PATH, MAX_BODY_BYTES
from graph.store.workspace import Workspace
from tests.app.people import CHEAP, PASSWORD, a_client, a_ledger, a_user

BASE = "http://127.0.0.1:8050"


@pytest.fixture
def ledger(workspace: Workspace) -> Ledger:
    made = a_ledger(workspace)
    a_user(made, "ana")
    return made


@pytest.fixture
def app(workspace: Workspace, ledger: Ledger) -> Dash:
    return create_app(workspace, passwords=CHEAP)


@pytest.fixture
def visitor(app: Dash) -> FlaskClient:
    return app.server.test_client()  # type: ignore[no-any-return]


def csrf_of(visitor: FlaskClient, path: str = "/login") -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', visitor.get(path, base_url=BASE).text)
    assert found
    return found[1]


def sign_in(visitor: FlaskClient, name: str = "ana", password: str = PASSWORD, **more: Any) -> TestResponse:
    form = {"name": name, "password": password, "csrf": csrf_of(visitor)} | more
    return visitor.post("/login", data=form, base_url=BASE)


def cookies(answer: TestResponse) -> dict[str, Any]:
    jar = SimpleCookie()
    for header in answer.headers.getlist("Set-Cookie"):
        jar.load(header)
    return dict(jar)


def test_the_right_password_opens_the_pages(visitor: FlaskClient) -> None:
    assert visitor.get("/", base_url=BASE).headers["Location"] == "/login"
    answer = sign_in(visitor, next="/cluster/CL-000000?channels=ip")
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cluster/CL-000000?channels=ip")
    assert visitor.get("/", base_url=BASE).status_code == 200
    assert "ana" in visitor.get("/_dash-layout", base_url=BASE).text
    assert visitor.get("/login?next=/cases", base_url=BASE).headers["Location"] == "/cases"


def test_cookies_are_out_of_reach(visitor: FlaskClient) -> None:
    given = cookies(sign_in(visitor))
    for name, script_may_read in ((SESSION_COOKIE, False), (CSRF_COOKIE, True)):
        assert given[name]["secure"] is True
        assert given[name]["samesite"] == "Lax"
        assert given[name]["path"] == "/"
        assert given[name]["domain"] == ""
        assert bool(given[name]["httponly"]) is not script_may_read
    assert given[SESSION_COOKIE].value != given[CSRF_COOKIE].value


def test_a_session_planted_before_log_in_is_worth_nothing(visitor: FlaskClient, app: Dash) -> None:
    visitor.set_cookie(SESSION_COOKIE, "planted-by-someone-else", domain="127.0.0.1")
    given = cookies(sign_in(visitor))
    assert given[SESSION_COOKIE].value != "planted-by-someone-else"
    other = app.server.test_client()
    other.set_cookie(SESSION_COOKIE, "planted-by-someone-else", domain="127.0.0.1")
    assert other.get("/api/search?q=a", base_url=BASE).status_code == 401


def test_the_session_id_rotates_at_each_log_in(visitor: FlaskClient, app: Dash) -> None:
    first = cookies(sign_in(visitor))[SESSION_COOKIE].value
    csrf = visitor.get_cookie(CSRF_COOKIE, domain="127.0.0.1")
    assert csrf is not None
    answer = visitor.post("/login", data={"name": "ana", "password": PASSWORD, "csrf": csrf.value}, base_url=BASE)
    second = cookies(answer)[SESSION_COOKIE].value
    assert first != second
    other = app.server.test_client()
    other.set_cookie(SESSION_COOKIE, first, domain="127.0.0.1")
    assert other.get("/api/search?q=a", base_url=BASE).status_code == 401


def test_signing_out_ends_the_session_on_the_server(visitor: FlaskClient, app: Dash) -> None:
    given = cookies(sign_in(visitor))
    answer = visitor.post("/logout", data={"csrf": given[CSRF_COOKIE].value}, base_url=BASE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/login")
    other = app.server.test_client()
    other.set_cookie(SESSION_COOKIE, given[SESSION_COOKIE].value, domain="127.0.0.1")
    assert other.get("/api/search?q=a", base_url=BASE).status_code == 401


@pytest.mark.parametrize("form", [{}, {"csrf": "x"}, {"csrf": ""}])
@pytest.mark.parametrize("path", ["/login", "/login/demo"])
def test_no_log_in_without_the_page_s_token(visitor: FlaskClient, path: str, form: dict[str, str]) -> None:
    csrf_of(visitor)
    answer = visitor.post(path, data={"name": "ana", "password": PASSWORD} | form, base_url=BASE)
    assert answer.status_code == 403
    assert SESSION_COOKIE not in cookies(answer)


def test_a_token_of_another_session_is_refused(app: Dash, ledger: Ledger) -> None:
    client, other = a_client(app, ledger, name="bo"), a_client(app, ledger, name="cy")
    body = {"output": "audit-grid.rowData"}
    for token, status in (("", 403), ("x", 403), ("ü", 403), (other.environ_base["HTTP_X_CSRFTOKEN"], 403), (None, 400)):
        headers = {} if token is None else {"X-CSRFToken": token}
        assert client.post(CALLBACK_PATH, json=body, headers=headers).status_code == status
    assert client.post("/logout", headers={"X-CSRFToken": "x"}).status_code == 403


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:9999", "null"])
def test_writes_from_other_origins_are_403_whatever_they_carry(app: Dash, ledger: Ledger, origin: str) -> None:
    client = a_client(app, ledger)
    for path in ("/login", "/login/demo", "/logout", CALLBACK_PATH):
        assert client.post(path, headers={"Origin": origin}).status_code == 403


def test_a_form_of_ours_may_hide_its_origin(app: Dash, ledger: Ledger) -> None:
    """Our referrer policy makes browsers send `null` with a form; Sec-Fetch-Site, which no page can set, vouches for it."""
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert a_client(app, ledger).post("/logout", headers=headers).status_code == 303
    assert a_client(app, ledger).post("/logout", headers=headers | {"Sec-Fetch-Site": "same-site"}).status_code == 403


@pytest.mark.parametrize(
    "target",
    [
        "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "https://evil.example", "javascript:alert(1)",
        "evil.example", "/\t/evil.example", "/\n/evil.example", "", "/login", "/login?next=//evil", "/logout", "/ü", " //evil",
    ],
)  # fmt: skip
def test_log_in_leads_to_our_own_pages_alone(visitor: FlaskClient, target: str) -> None:
    assert local_target(target) == "/"
    assert sign_in(visitor, next=target).headers["Location"] == "/"
    assert visitor.get("/login", query_string={"next": target}, base_url=BASE).headers["Location"] == "/"


@pytest.mark.parametrize("target", ["/", "/case/1", "/cluster/CL-1?from=2026-08-01&to=2026-08-02", "/account/a%2Fb", "/queue?show=all"])
def test_our_own_pages_are_reached(target: str) -> None:
    assert local_target(target) == target


@pytest.mark.parametrize("path", ["//evil.example", "//evil.example/%2f..", "/%2F/evil.example", "/\\evil.example"])
def test_strange_paths_stay_here(visitor: FlaskClient, path: str) -> None:
    answer = visitor.get(path, base_url=BASE)
    assert answer.status_code in (302, 401)
    assert answer.headers.get("Location", "/login").startswith("/login")


def test_a_page_asked_for_comes_back_after_log_in(visitor: FlaskClient) -> None:
    answer = visitor.get("/cluster/CL-000000?channels=ip&from=2026-08-01", base_url=BASE)
    assert answer.status_code == 302
    page = visitor.get(answer.headers["Location"], base_url=BASE).text
    assert 'value="/cluster/CL-000000?channels=ip&amp;from=2026-08-01"' in page


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ana", "wrong wrong wrong"), ("nobody", PASSWORD), ("", ""), ("ana", ""), ("ana", "x" * 5000), ("' OR 1=1", PASSWORD),
        ("ana\x00", PASSWORD),
    ],
)  # fmt: skip
def test_every_failure_looks_the_same(visitor: FlaskClient, name: str, password: str) -> None:
    answer = sign_in(visitor, name, password)
    assert answer.status_code == 401
    assert WRONG in answer.text
    assert SESSION_COOKIE not in cookies(answer)


class Counting(PasswordHasher):
    verified = 0

    def verify(self, *arguments: Any) -> Any:
        self.verified += 1
        return super().verify(*arguments)


@pytest.mark.parametrize("name", ["ana", "disabled", "by-oidc", "nobody", "NOT A NAME", ""])
def test_every_failure_costs_the_same_work(workspace: Workspace, ledger: Ledger, name: str) -> None:
    a_user(ledger, "disabled")
    with ledger.writing(ITSELF) as writing:
        users.set_disabled(writing, "disabled", True)
        users.add(writing, "by-oidc", Role.ADMIN, subject="x")
    hasher = Counting(time_cost=1, memory_cost=8, parallelism=1)
    visitor = create_app(workspace, passwords=Passwords(hasher)).server.test_client()
    assert sign_in(visitor, name, "wrong wrong wrong").status_code == 401
    assert hasher.verified == 1


def test_disabled_and_demonstration_users_have_no_password_that_fits(workspace: Workspace, ledger: Ledger) -> None:
    create_app(workspace, demo=True, passwords=CHEAP)
    with ledger.writing(ITSELF) as writing:
        users.set_disabled(writing, "ana", True)
    visitor = create_app(workspace, passwords=CHEAP).server.test_client()
    assert sign_in(visitor).status_code == 401
    assert sign_in(visitor, "demo", "").status_code == 401
    form = {"name": "demo", "csrf": csrf_of(visitor)}
    assert visitor.post("/login/demo", data=form, base_url=BASE).status_code == 404


def test_guessing_is_slowed_down(visitor: FlaskClient) -> None:
    for _ in range(PAIR_FAILURES):
        assert sign_in(visitor, "ana", "wrong wrong wrong").status_code == 401
    answer = sign_in(visitor)  # the right one, too late
    assert answer.status_code == 429
    assert int(answer.headers["Retry-After"]) > 60
    assert "Too many attempts" in answer.text


def test_a_demonstration_signs_in_by_one_click(workspace: Workspace, ledger: Ledger) -> None:
    visitor = create_app(workspace, demo=True, passwords=CHEAP).server.test_client()
    answer = visitor.post("/login/demo", data={"name": "demo", "csrf": csrf_of(visitor)}, base_url=BASE)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/")
    assert visitor.get("/", base_url=BASE).status_code == 200
    other = visitor.application.test_client()
    assert other.post("/login/demo", data={"name": "ana", "csrf": csrf_of(other)}, base_url=BASE).status_code == 404


def test_log_ins_are_in_the_audit_log_and_passwords_are_not(visitor: FlaskClient, ledger: Ledger) -> None:
    sign_in(visitor, "ana", "a wrong one, secret")
    sign_in(visitor, "my secret password", "x")
    sign_in(visitor)
    with ledger.reading() as connection:
        rows = newest(connection, 3)
        assert sessions.count(connection, "ana") == 1
    assert [(row["actor"], row["action"]) for row in rows] == [
        ("ana", "signed in"),
        ("unknown", "sign-in refused"),
        ("ana", "sign-in refused"),
    ]
    assert "secret" not in str(rows)
    assert rows[0]["detail"]["address"] == "127.0.0.1"


def test_hostile_text_in_the_form_comes_back_as_text(visitor: FlaskClient) -> None:
    page = visitor.get("/login", query_string={"next": '/"><script>alert(1)</script>'}, base_url=BASE).text
    assert "<script>alert" not in page


def test_files_of_the_log_in_page_are_open_and_no_others(visitor: FlaskClient) -> None:
    for name, status in (
        ("clew.css", 200),
        ("icons/clew.svg", 200),
        ("vendor/clew.js", 401),
        ("../secret.key", 401),
        ("icons/../clew.css", 401),
    ):
        assert visitor.get(f"/assets/{name}", base_url=BASE, buffered=True).status_code == status


def test_large_bodies_are_refused_before_anyone_signed_in(visitor: FlaskClient) -> None:
    csrf = csrf_of(visitor)
    for form in ({"name": "x" * (MAX_BODY_BYTES + 1), "csrf": csrf}, {"x" * (MAX_BODY_BYTES + 1): ""}):
        assert visitor.post("/login", data=form, base_url=BASE).status_code == 413
    assert visitor.post("/login", data={str(n): "" for n in range(5000)} | {"csrf": csrf}, base_url=BASE).status_code in (401, 413)
