"""clew users and clew audit."""

import io
import json
import sqlite3
from pathlib import Path

import pytest

from app.auth import users
from app.auth.passwords import Passwords
from app.cli.main import run_command
from graph.store.workspace import open_workspace
from tests.app.cli.test_way import told
from tests.app.people import CHEAP, a_ledger

PASSWORD = "correct horse battery"


@pytest.fixture(autouse=True)
def cheap(monkeypatch: pytest.MonkeyPatch) -> None:
    """Hashes that take no time, but for the test of the hashes themselves."""
    monkeypatch.setattr("app.auth.passwords.Passwords", lambda: CHEAP)


def typed(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    """Standard input that is no terminal."""
    monkeypatch.setattr("sys.stdin", io.StringIO(text))


def added(monkeypatch: pytest.MonkeyPatch, workspace: Path, name: str, *more: str) -> int:
    typed(monkeypatch, f"{PASSWORD}\n")
    return run_command(["users", "add", str(workspace), name, *more])


def test_users_are_added_changed_and_listed(empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    assert added(monkeypatch, empty, "ana", "--role", "admin") == 0
    assert run_command(["users", "add", str(empty), "bo", "--oidc", "bo@example.org"]) == 0
    assert run_command(["users", "role", str(empty), "bo", "approver"]) == 0
    assert run_command(["users", "disable", str(empty), "ana"]) == 0
    typed(monkeypatch, "another long password\n")
    assert run_command(["users", "password", str(empty), "ana"]) == 0
    found = json.loads(told(capsys, "users", "list", empty, "--format", "json"))
    assert [(one["name"], one["role"], one["signs_in"], one["disabled"]) for one in found] == [
        ("ana", "admin", "password", True),
        ("bo", "approver", "oidc", False),
    ]
    assert run_command(["users", "enable", str(empty), "ana"]) == 0
    assert "ana" in told(capsys, "users", "list", empty)
    rows = [json.loads(line) for line in told(capsys, "audit", "list", empty).splitlines()]
    assert [row["action"] for row in rows] == ["user added", "user added", "user role", "user disabled", "user password", "user enabled"]
    assert PASSWORD not in str(rows)


def test_passwords_are_hashed_and_no_argument(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.auth.passwords.Passwords", Passwords)
    assert added(monkeypatch, empty, "ana") == 0
    with a_ledger(open_workspace(empty)).reading() as connection:
        row = users.find(connection, "ana")
    assert row is not None
    assert row["password"].startswith("$argon2id$v=19$m=65536,t=3,")
    from app.cli.main import clew

    for command in clew.commands["users"].commands.values():  # type: ignore[attr-defined]
        assert not any("password" in option for parameter in command.params for option in parameter.opts if option.startswith("-"))


@pytest.mark.parametrize(
    ("name", "text", "says"),
    [
        ("ana", "", "No password came"),
        ("ana", "short\n", "12"),
        ("Ana Lee", f"{PASSWORD}\n", "no user name"),
        ("there", f"{PASSWORD}\n", "user of that name"),
    ],
)
def test_refusals(
    empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], name: str, text: str, says: str
) -> None:
    assert added(monkeypatch, empty, "there") == 0
    typed(monkeypatch, text)
    assert run_command(["users", "add", str(empty), name]) == 2
    assert says in capsys.readouterr().err


def test_what_is_not_there(empty: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_command(["users", "disable", str(empty), "nobody"]) == 2
    assert run_command(["users", "role", str(empty), "nobody", "king"]) == 2
    assert run_command(["users", "list", str(tmp_path / "nowhere")]) == 2
    assert run_command(["audit", "verify", str(empty), "--anchors", str(tmp_path / "nowhere")]) == 2
    assert "Traceback" not in capsys.readouterr().err


def test_the_first_bad_row_is_named(empty: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("ana", "bo", "cy"):
        assert added(monkeypatch, empty, name) == 0
    assert "3 rows hold, 3 anchors agree" in told(capsys, "audit", "verify", empty)
    with sqlite3.connect(empty / "app.sqlite3") as connection:
        connection.execute("DROP TRIGGER audit_no_update")
        connection.execute("UPDATE audit SET detail = replace(detail, 'bo', 'x') WHERE number = 2")
    connection.close()
    assert run_command(["audit", "verify", str(empty)]) == 3
    assert "row 2 was edited" in capsys.readouterr().err


def test_an_anchor_kept_elsewhere_finds_what_was_cut_off(
    empty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in ("ana", "bo", "cy"):
        assert added(monkeypatch, empty, name) == 0
    kept = tmp_path / "kept.jsonl"
    kept.write_text(told(capsys, "audit", "anchor", empty))
    with sqlite3.connect(empty / "app.sqlite3") as connection:
        connection.execute("DROP TRIGGER audit_no_delete")
        connection.execute("DELETE FROM audit WHERE number = 3")
    connection.close()
    (empty / "audit-anchors.jsonl").unlink()  # the attacker has the workspace, too
    assert run_command(["audit", "verify", str(empty)]) == 0
    assert run_command(["audit", "verify", str(empty), "--anchors", str(kept)]) == 3
    assert "row 3 was cut off" in capsys.readouterr().err
