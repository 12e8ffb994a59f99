"""Who gets what: every route and every callback, for everyone and no one, as one table that is asserted whole."""

from typing import Any

import pytest
from dash import Dash
from flask.testing import FlaskClient

from app.audit.chain import Ledger
from app.auth import policy
from app.main import create_app
from app.roles import Permission, Role, granted
from app.server import CALLBACK_PATH
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace
from tests.app.people import CHEAP, a_client, a_ledger
from tests.factory import a_snapshot, a_workspace

WHO = [None, *Role]
OPEN = {"/login", "/login/demo", "/login/oidc", "/login/oidc/back"}

# What each role may do, written out: a change of the roles must be made here too.
MATRIX = {
    Permission.LOOK: {Role.VIEWER, Role.INVESTIGATOR, Role.APPROVER, Role.ADMIN},
    Permission.WORK: {Role.INVESTIGATOR, Role.APPROVER, Role.ADMIN},
    Permission.PROMPTS: {Role.INVESTIGATOR, Role.APPROVER, Role.ADMIN},
    Permission.EXPORT: {Role.INVESTIGATOR, Role.APPROVER, Role.ADMIN},
    Permission.EXPORT_FULL: {Role.APPROVER, Role.ADMIN},
    Permission.APPROVE: {Role.APPROVER, Role.ADMIN},
    Permission.AUDIT: {Role.ADMIN},
}

WRITES = {
    "queue-bulk-done", "cluster-case-opened", "cases-bulk-done", "case-saved", "case-noted", "case-task-added", "case-task-set",
    "case-decided", "case-undone",
}  # fmt: skip


def an_export(workspace: Workspace, snap: Snapshot, cluster_id: str, out: Any, *, redaction: str) -> Any:
    out.write_bytes(b"x")
    return out


@pytest.fixture(scope="module")
def space(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = a_workspace(tmp_path_factory.mktemp("policy"))
    a_snapshot(made)
    return made


@pytest.fixture(scope="module")
def ledger(space: Workspace) -> Ledger:
    return a_ledger(space)


@pytest.fixture(scope="module")
def app(space: Workspace) -> Dash:
    made = create_app(space, an_export, passwords=CHEAP)
    made.server.test_client().get("/")  # Dash adds the callbacks of its pages with the first request
    return made


@pytest.fixture(scope="module")
def clients(app: Dash, ledger: Ledger) -> dict[Role | None, FlaskClient]:
    return {None: app.server.test_client(), **{role: a_client(app, ledger, role) for role in Role}}


def first_output(output: str) -> str:
    return output.removeprefix("..").split("...")[0].removesuffix("..").split("@")[0]


def served(app: Dash) -> dict[str, str]:
    """Outputs of the callbacks that run on the server, by their first."""
    return {first_output(output): output for output, what in app.callback_map.items() if "callback" in what}


def test_roles_grant_what_is_written_here() -> None:
    assert {permission: {role for role in Role if permission in granted(role)} for permission in Permission} == MATRIX


def test_every_callback_has_its_line_in_the_policy_and_the_other_way_round(app: Dash) -> None:
    assert set(served(app)) == set(policy.CALLBACKS)


def test_every_callback_that_writes_asks_for_more_than_looking(app: Dash) -> None:
    for first, permission in policy.CALLBACKS.items():
        expected = Permission.WORK if first.split(".")[0] in WRITES else None
        assert expected is None or permission is expected
    assert policy.CALLBACKS["case-approved.data"] is Permission.APPROVE
    assert policy.CALLBACKS["account-prompts.children"] is Permission.PROMPTS
    assert policy.CALLBACKS["audit-grid.rowData"] is Permission.AUDIT


def test_every_route_has_its_line_in_the_policy(app: Dash) -> None:
    endpoints = {rule.endpoint for rule in app.server.url_map.iter_rules()}
    assert endpoints - {policy.CALLBACK_ENDPOINT, "static"} == set(policy.ENDPOINTS) | policy.OPEN_ENDPOINTS
    opened = {rule.rule for rule in app.server.url_map.iter_rules() if rule.endpoint in policy.OPEN_ENDPOINTS}
    assert opened == OPEN


def body(app: Dash, output: str) -> dict[str, Any]:
    """What a browser sends for a callback, with nothing in any field."""
    known = app.callback_map[output]
    names = output.removeprefix("..").removesuffix("..").split("...")
    outputs = [dict(zip(("id", "property"), name.rsplit(".", 1), strict=True)) for name in names]
    return {
        "output": output,
        "outputs": outputs if output.startswith("..") else outputs[0],
        "inputs": [dict(part, value=None) for part in known["inputs"]],
        "state": [dict(part, value=None) for part in known["state"]],
        "changedPropIds": [],
    }


@pytest.mark.parametrize("who", WHO, ids=str)
def test_every_callback_for_everyone(app: Dash, clients: dict[Role | None, FlaskClient], who: Role | None) -> None:
    """401 without log-in, 403 without the permission, never 500; what is not listed is 403 for all."""
    got, expected = {}, {}
    for output, what in app.callback_map.items():
        first = first_output(output)
        got[first] = clients[who].post(CALLBACK_PATH, json=body(app, output)).status_code
        needed = policy.CALLBACKS.get(first) if "callback" in what else None
        expected[first] = 401 if who is None else 403 if needed is None or who not in MATRIX[needed] else got[first]
    assert got == expected
    assert {status for status in got.values() if status >= 500} == set()
    assert who is None or 200 in got.values()


_VALUES = {"cluster_id": "CL-000000", "name": "CL-000000", "case_id": "1", "filename": "vendor/clew.js", "path": "cases", "rest": "x"}


def address(rule: Any) -> str:
    path = rule.rule
    for argument in rule.arguments:
        for shape in (f"<{argument}>", f"<path:{argument}>", f"<int:{argument}>", f"<string:{argument}>"):
            path = path.replace(shape, _VALUES.get(argument, "x"))
    return str(path)


@pytest.mark.parametrize("who", WHO, ids=str)
def test_every_route_for_everyone(app: Dash, clients: dict[Role | None, FlaskClient], who: Role | None) -> None:
    got, wrong = {}, {}
    for rule in app.server.url_map.iter_rules():
        for method in sorted((rule.methods or set()) - {"HEAD"}):
            if rule.endpoint in policy.OPEN_ENDPOINTS or (rule.endpoint, method) == ("sign-out", "POST"):
                continue
            path = address(rule)
            status = clients[who].open(path, method=method, buffered=True).status_code
            got[method, path] = status
            needed = policy.ENDPOINTS.get(rule.endpoint)
            if rule.endpoint == policy.CALLBACK_ENDPOINT:
                right = status == (401 if who is None else 400 if method == "POST" else 403)
            elif who is None:
                right = status in (401, 302)
            else:
                right = (status == 403) == (needed is None or who not in MATRIX[needed])
            if not right or status == 500:
                wrong[method, path] = status
    assert wrong == {}
    assert len(got) > 25


@pytest.mark.parametrize("who", WHO, ids=str)
def test_bundles_without_redaction_are_for_approvers(clients: dict[Role | None, FlaskClient], who: Role | None) -> None:
    for path in ("/export/CL-000000.zip", "/api/export/CL-000000.zip"):
        status = clients[who].get(f"{path}?redaction=full", buffered=True).status_code
        assert status == (401 if who is None else 200 if who in MATRIX[Permission.EXPORT_FULL] else 403)


@pytest.mark.parametrize("path", ["/static/x", "/static/../secret.key", "/_dash-component-suites/dash/../../x.py"])
def test_what_no_table_lists_is_refused_to_everyone(clients: dict[Role | None, FlaskClient], path: str) -> None:
    for who, client in clients.items():
        assert client.get(path).status_code in ((401, 302) if who is None else (403, 404))


def test_strangers_learn_nothing_from_methods_and_missing_routes(clients: dict[Role | None, FlaskClient]) -> None:
    for method in ("GET", "POST", "PUT", "DELETE", "PATCH", "OPTIONS", "HEAD", "TRACE"):
        for path in ("/api/search", "/nowhere", CALLBACK_PATH, "/export/x", "/case/1", "/api/graph/CL-000000"):
            assert clients[None].open(path, method=method).status_code in (401, 302)


@pytest.mark.parametrize("role", list(Role))
def test_bodies_that_no_page_sends_are_never_500(app: Dash, clients: dict[Role | None, FlaskClient], role: Role) -> None:
    """Each callback with its structure broken, and with values of other kinds in every field."""
    statuses: dict[tuple[str, int], int] = {}
    for output in served(app).values():
        good = body(app, output)
        broken: list[Any] = [
            *({key: value for key, value in good.items() if key != left} for left in good),
            good | {"inputs": []},
            good | {"state": []},
            good | {"outputs": []},
            good | {"inputs": good["inputs"] * 3},
            *(good | {part: [one | {"value": value} for one in good[part]] for part in ("inputs", "state")} for value in STRANGE),
        ]
        for number, sent in enumerate(broken):
            statuses[output, number] = clients[role].post(CALLBACK_PATH, json=sent).status_code
    assert {key: status for key, status in statuses.items() if status >= 500} == {}


STRANGE: list[Any] = [
    "x" * 5000,
    "CL-000000",
    "1",
    -1,
    1e308,
    True,
    [],
    [1, "x", None],
    {"a": {}},
    [{"id": 1, "cluster_id": "CL-000000"}],
    "\x00\ud800",
]


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"output":' * 50_000, b"\xff\xfe", b'{"output": NaN', b"{}" * 10])
def test_bodies_that_are_no_json_are_400(clients: dict[Role | None, FlaskClient], raw: bytes) -> None:
    assert clients[Role.ADMIN].post(CALLBACK_PATH, data=raw, content_type="application/json").status_code == 400
