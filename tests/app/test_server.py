import json
import threading
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient

from app.audit.chain import history, length, newest
from app.cases import cases
from app.exports import Exports
from app.main import create_app, serve
from app.queries.night import Nights
from app.server import CALLBACK_PATH, MAX_BODY_BYTES, is_loopback
from app.settings import read_settings
from graph.errors import UsageError
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace
from tests.app.people import a_client, a_ledger, a_user
from tests.factory import a_snapshot, a_workspace

LOCAL = {"Host": "127.0.0.1:8050"}
PATIENCE = 60.0  # seconds that a thread may take on a busy machine; a test that passes does not wait


def an_export(workspace: Workspace, snap: Snapshot, cluster_id: str, out: Path, *, redaction: str) -> Path:
    if redaction == "full":
        raise UsageError("no key")
    if redaction == "public":
        raise RuntimeError("secret detail")
    out.write_bytes(cluster_id.encode())
    return out


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = a_workspace(tmp_path_factory.mktemp("server"))
    a_snapshot(made)
    return made


@pytest.fixture(scope="module")
def client(workspace: Workspace) -> FlaskClient:
    return a_client(create_app(workspace, an_export), a_ledger(workspace))


@pytest.fixture(scope="module")
def named(workspace: Workspace) -> FlaskClient:
    """Signed in to an app that has a name of its own in its settings."""
    settings = replace(read_settings(workspace, {}), address="https://clew.example.org")
    return a_client(create_app(workspace, settings=settings), a_ledger(workspace))


@pytest.mark.parametrize("path", ["/", "/cluster/CL-000000", "/api/search?q=acct", "/assets/clew.css", "/nowhere", "/api/graph/CL-NONE"])
def test_every_answer_carries_the_guards(client: FlaskClient, path: str) -> None:
    answer = client.get(path, headers=LOCAL, buffered=True)
    policy = answer.headers["Content-Security-Policy"]
    assert policy.startswith("default-src 'none'; script-src 'self' 'sha256-")
    assert "unsafe-inline" not in policy.split("style-src")[0]
    assert "unsafe-eval" not in policy
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8050", "127.0.0.1.evil.example", "10.0.0.3", "", "localhost.evil"])
def test_foreign_names_are_refused(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code in (400, 421)


@pytest.mark.parametrize("host", ["localhost:8050", "127.0.0.1", "[::1]:8050", "127.0.0.2:9"])
def test_loopback_names_are_served(client: FlaskClient, host: str) -> None:
    assert client.get("/", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "headers", "status"),
    [
        ("POST", CALLBACK_PATH, {"Origin": "https://evil.example"}, 403),
        ("POST", CALLBACK_PATH, {"Origin": "null"}, 403),
        ("POST", CALLBACK_PATH, {"Origin": "http://127.0.0.1:9999"}, 403),
        ("POST", CALLBACK_PATH, {"Sec-Fetch-Site": "cross-site"}, 403),
        ("POST", CALLBACK_PATH, {"Sec-Fetch-Site": "same-site", "Sec-Fetch-Mode": "navigate"}, 403),
        ("GET", "/api/search?q=a", {"Sec-Fetch-Site": "cross-site"}, 403),
        ("GET", "/export/CL-000000.zip", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 403),
        ("GET", "/cluster/CL-000000", {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"}, 200),
        ("GET", "/api/search?q=a", {"Sec-Fetch-Site": "same-origin"}, 200),
    ],
)
def test_requests_of_other_sites(client: FlaskClient, method: str, path: str, headers: dict[str, str], status: int) -> None:
    assert client.open(path, method=method, headers=LOCAL | headers).status_code == status


_GOOD: dict[str, Any] = {
    "output": "..queue-grid.rowData...queue-count.children...show-flagged.aria-pressed...show-all.aria-pressed"
    "...queue-bulk-assignee-people.children...queue-bulk.hidden..",
    "outputs": [
        {"id": "queue-grid", "property": "rowData"},
        {"id": "queue-count", "property": "children"},
        {"id": "show-flagged", "property": "aria-pressed"},
        {"id": "show-all", "property": "aria-pressed"},
        {"id": "queue-bulk-assignee-people", "property": "children"},
        {"id": "queue-bulk", "property": "hidden"},
    ],
    "inputs": [{"id": "queue-show", "property": "data", "value": "all"}, {"id": "queue-bulk-done", "property": "data"}],
    "changedPropIds": ["queue-show.data"],
}


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b'"x"',
        json.dumps({}).encode(),
        json.dumps(_GOOD | {"output": "nothing.children"}).encode(),
        json.dumps(_GOOD | {"output": ["x"]}).encode(),
        json.dumps(_GOOD | {"inputs": 5}).encode(),
        json.dumps(_GOOD | {"inputs": [5]}).encode(),
        json.dumps(_GOOD | {"outputs": "x"}).encode(),
        json.dumps(_GOOD | {"changedPropIds": 1}).encode(),
    ],
)
def test_malformed_callbacks_are_400(client: FlaskClient, body: bytes) -> None:
    assert client.post(CALLBACK_PATH, data=body, headers=LOCAL, content_type="application/json").status_code == 400


@pytest.mark.parametrize("value", ["all", "flagged", None, 5, {"a": [1]}, "x" * 1000])
def test_a_callback_answers_any_value(client: FlaskClient, value: Any) -> None:
    body = _GOOD | {"inputs": [{"id": "queue-show", "property": "data", "value": value}, _GOOD["inputs"][1]]}
    answer = client.post(CALLBACK_PATH, json=body, headers=LOCAL)
    assert answer.status_code == 200
    assert "3 clusters" in answer.text


def test_large_bodies_are_refused(client: FlaskClient) -> None:
    assert client.post(CALLBACK_PATH, data=b"x" * (MAX_BODY_BYTES + 1), headers=LOCAL).status_code in (400, 413)


def test_api(client: FlaskClient) -> None:
    assert client.get("/api/graph/CL-000000", headers=LOCAL).get_json()["of"]["accounts"] == 40
    assert client.get("/api/graph/CL-NONE", headers=LOCAL).status_code == 404
    assert client.get("/api/graph/..%2f..%2fetc", headers=LOCAL).status_code == 404
    assert client.get("/api/search?q=acct-0", headers=LOCAL).get_json()["of"] == {"account": 40}


def test_nothing_detected_yet_is_said(tmp_path: Path) -> None:
    empty = a_workspace(tmp_path)
    answer = a_client(create_app(empty), a_ledger(empty)).get("/api/search?q=a", headers=LOCAL)
    assert answer.status_code == 503
    assert "clew detect" in answer.get_json()["error"]


def test_export_sends_the_file(client: FlaskClient) -> None:
    answer = client.get("/export/CL-000000.zip", headers=LOCAL, buffered=True)
    assert (answer.status_code, answer.data) == (200, b"CL-000000")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert client.get("/api/export/CL-000000.zip", headers=LOCAL).get_json()["state"] == "ready"


@pytest.mark.parametrize(
    ("path", "status", "says"),
    [
        ("/export/CL-000000.zip?redaction=full", 500, "no key"),
        ("/export/CL-000000.zip?redaction=public", 500, "the server's log says why"),
        ("/export/CL-000000.zip?redaction=none", 400, "redaction"),
        ("/export/CL-NONE.zip", 404, "No cluster"),
        ("/export/..%2fsecret.key.zip", 404, ""),
        ("/export/.hidden.zip", 400, ""),
    ],
)
def test_export_refusals(client: FlaskClient, path: str, status: int, says: str) -> None:
    answer = client.get(path, headers=LOCAL)
    assert answer.status_code == status
    assert says in answer.text
    assert "secret detail" not in answer.text


def test_export_runs_in_the_background_once(workspace: Workspace) -> None:
    begun, go_on, made = threading.Event(), threading.Event(), []

    def slow(workspace: Workspace, snap: Snapshot, cluster_id: str, out: Path, *, redaction: str) -> Path:
        begun.set()
        go_on.wait(PATIENCE)
        made.append(cluster_id)
        out.write_bytes(b"x")
        return out

    exports, snap = Exports(workspace, slow), Nights(workspace).newest().snapshot
    assert exports.state(snap, "CL-000001", "full")["state"] == "working"
    assert begun.wait(PATIENCE)
    assert exports.state(snap, "CL-000001", "full")["state"] == "working"
    go_on.set()
    assert exports.wait(snap, "CL-000001", "full", PATIENCE)["state"] == "ready"
    assert made == ["CL-000001"]


BEYOND = ["0.0.0.0", "::", "192.168.1.4", "example.org", ""]


@pytest.mark.parametrize("host", BEYOND)
def test_serve_refuses_to_leave_loopback_where_nobody_can_sign_in(tmp_path: Path, host: str) -> None:
    with pytest.raises(UsageError, match="nobody could sign in"):
        serve(a_workspace(tmp_path), host, 8050)
    assert not is_loopback(host)


@pytest.mark.parametrize("host", BEYOND)
def test_serve_refuses_a_demonstration_beyond_loopback(tmp_path: Path, host: str) -> None:
    space = a_workspace(tmp_path)
    a_user(a_ledger(space), "ana")
    with pytest.raises(UsageError, match="signs anyone in"):
        serve(space, host, 8050, demo=True)


def test_serve_refuses_to_leave_loopback_without_a_name_and_tls(tmp_path: Path) -> None:
    space = a_workspace(tmp_path)
    a_user(a_ledger(space), "ana")
    with pytest.raises(UsageError, match="TLS"):
        serve(space, "0.0.0.0", 8050)


def test_demonstration_users_open_no_door_beyond_loopback(tmp_path: Path) -> None:
    space = a_workspace(tmp_path)
    create_app(space, demo=True)
    with pytest.raises(UsageError, match="nobody could sign in"):
        serve(space, "0.0.0.0", 8050)


NAMED = {"Host": "clew.example.org", "Origin": "https://clew.example.org"}


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        (NAMED, 200),
        (NAMED | {"Origin": "http://clew.example.org"}, 403),
        (NAMED | {"Origin": "https://evil.example"}, 403),
        (NAMED | {"Host": "clew.example.org.evil.example"}, 421),
        (NAMED | {"Host": "other.example.org"}, 421),
        (LOCAL | {"Origin": "http://127.0.0.1:8050"}, 200),
        (LOCAL | {"Origin": "https://clew.example.org"}, 403),
    ],
)
def test_the_name_in_the_settings_is_answered_to_beside_loopback(named: FlaskClient, headers: dict[str, str], status: int) -> None:
    assert named.post(CALLBACK_PATH, json=_GOOD, headers=headers).status_code == status


def test_the_address_behind_a_proxy_is_believed_of_as_many_as_are_set(tmp_path: Path) -> None:
    space = a_workspace(tmp_path)
    ledger = a_ledger(space)
    for proxies, expected in ((0, "127.0.0.1"), (1, "198.51.100.9")):
        app = create_app(space, settings=replace(read_settings(space, {}), trusted_proxies=proxies))
        a_client(app, ledger).post("/logout", headers=LOCAL | {"X-Forwarded-For": "203.0.113.5, 198.51.100.9"})
        with ledger.reading() as connection:
            assert newest(connection, 1)[0]["detail"]["address"] == expected


def test_the_action_list_is_a_file_and_in_the_history(workspace: Workspace) -> None:
    ledger = a_ledger(workspace)
    ana = a_user(ledger, "ana")
    with ledger.writing(ana) as writing:
        case_id = cases.open_case(writing, "CL-000001")
    client = a_client(create_app(workspace), ledger, name="ana")
    answer = client.get(f"/export/actions/{case_id}.csv", headers=LOCAL, buffered=True)
    assert answer.status_code == 200
    assert "attachment" in answer.headers["Content-Disposition"]
    rows = answer.text.splitlines()
    assert (len(rows), rows[0].split(",")[-1], rows[1].split(",")[-1]) == (41, "standing", "suspected")
    with ledger.reading() as connection:
        (row, *_) = history(connection, case_id)
    assert (row["actor"], row["action"], row["detail"]["accounts"]) == ("ana", "action list exported", 40)
    assert client.get("/export/actions/999.csv", headers=LOCAL).status_code == 404


def test_raw_prompts_are_read_after_the_log_was_written(workspace: Workspace) -> None:
    ledger = a_ledger(workspace)
    client = a_client(create_app(workspace), ledger, name="ana")
    client.get("/", headers=LOCAL)

    def asked(account: str, reason: str) -> tuple[int, str]:
        part = {"id": "account-prompts", "property": "children"}
        state = [
            {"id": "account", "property": "data", "value": account},
            {"id": "account-prompts-reason", "property": "value", "value": reason},
        ]
        inputs = [{"id": "account-prompts-read", "property": "n_clicks", "value": 1}]
        body = {"output": "account-prompts.children", "outputs": part, "inputs": inputs, "state": state, "changedPropIds": []}
        answer = client.post(CALLBACK_PATH, json=body, headers=LOCAL)
        return answer.status_code, answer.text

    with ledger.reading() as connection:
        before = length(connection)
    assert "is empty" in asked("acct-1-00000", " ")[1]
    assert "No account" in asked("nobody", "x")[1]
    with ledger.reading() as connection:
        assert length(connection) == before
    assert "No raw prompt" in asked("acct-1-00000", "ticket 811")[1]
    with ledger.reading() as connection:
        (row,) = newest(connection, 1)
    assert (row["actor"], row["action"]) == ("ana", "raw prompts read")
    assert row["detail"] == {"account": "acct-1-00000", "address": "127.0.0.1", "reason": "ticket 811"}
