"""[alerts] of clew.toml: every refusal names the setting, and no secret is taken from where others can read it."""

from pathlib import Path

import pytest

from app.alerts.settings import Mail, destinations
from graph.errors import DataRefused
from graph.store.workspace import Workspace
from tests.factory import a_workspace

SECRET = {"CLEW_WEBHOOK_SECRET": "0123456789abcdef"}
MAIL = 'email_to = ["ana@host.example"]\nemail_from = "clew@host.example"\nsmtp_host = "mail.example"\n'


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return a_workspace(tmp_path)


def written(workspace: Workspace, text: str) -> Workspace:
    workspace.settings_file.write_text(f"[alerts]\n{text}\n")
    return workspace


def test_nobody_is_told_unless_asked_for(workspace: Workspace) -> None:
    assert destinations(workspace, {}).names == ()


def test_a_webhook_is_read_whole(workspace: Workspace) -> None:
    place = destinations(written(workspace, 'webhook = "https://hooks.example:8443/a/b?c=d"'), SECRET).webhook
    assert place and (place.tls, place.host, place.port, place.target) == (True, "hooks.example", 8443, "/a/b?c=d")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ('webhook = "http://hooks.example/"', "webhook_allow"),
        ('webhook = "https://user:pass@hooks.example/"', "name or password"),
        ('webhook = "https://hooks.example/#x"', "https://HOST/PATH"),
        ('webhook = "ftp://hooks.example/"', "https://HOST/PATH"),
        ('webhook = "file:///etc/passwd"', "https://HOST/PATH"),
        ('webhook = "https:///x"', "https://HOST/PATH"),
        ('webhook = "https://hooks.example:99999/"', "no URL"),
        ('webhook = "https://hooks.example/a\\r\\nHost: x"', "blanks"),
        ('webhook = "https://hööks.example/"', "ASCII"),
        ("webhook = 3", "must be a text"),
        ('webhook_allow = "host"', "must be a list of texts"),
        ("email_to = [3]", "must be a list of texts"),
        ("smtp_port = true", "must be a number"),
        ('on = ["born", "died"]', "died"),
        ('colour = "red"', "colour"),
        (MAIL.replace("ana@host", "ana host"), "ana host.example"),
        (MAIL.replace("ana@host.example", "ana@host.example\\nBcc: x@y.example"), "plain e-mail address"),
        (MAIL.replace("ana@host.example", "ana@host.example, bo@host.example"), "plain e-mail address"),
        (MAIL + 'smtp_security = "none"', "read on the way"),
        (MAIL + 'smtp_security = "maybe"', "starttls, tls, none"),
        (MAIL + "smtp_port = 0", "smtp_port"),
        (MAIL + 'smtp_user = "clew"', "CLEW_SMTP_PASSWORD"),
        (MAIL.replace("mail.example", "mail example"), "smtp_host"),
    ],
)
def test_what_cannot_be_meant_is_refused_by_name(workspace: Workspace, text: str, fault: str) -> None:
    with pytest.raises(DataRefused) as refused:
        destinations(written(workspace, text), SECRET)
    assert fault in str(refused.value) and str(workspace.settings_file) in str(refused.value)


@pytest.mark.parametrize("environment", [{}, {"CLEW_WEBHOOK_SECRET": "short"}])
def test_a_webhook_needs_a_secret_of_some_length(workspace: Workspace, environment: dict[str, str]) -> None:
    with pytest.raises(DataRefused, match="CLEW_WEBHOOK_SECRET"):
        destinations(written(workspace, 'webhook = "https://hooks.example/"'), environment)


def test_a_secret_file_is_its_owners_alone(workspace: Workspace) -> None:
    file = workspace.root / "hook.key"
    file.write_text("0123456789abcdef\n")
    written(workspace, 'webhook = "https://hooks.example/"\nwebhook_secret_file = "hook.key"')
    file.chmod(0o640)
    with pytest.raises(DataRefused, match="chmod 600"):
        destinations(workspace, {})
    file.chmod(0o600)
    place = destinations(workspace, {}).webhook
    assert place and place.secret == b"0123456789abcdef"


def test_a_secret_cannot_stand_in_the_settings(workspace: Workspace) -> None:
    for key in ("webhook_secret", "smtp_password"):
        with pytest.raises(DataRefused, match=key):
            destinations(written(workspace, f'{key} = "0123456789abcdef"'), {})


def test_mail_is_read_whole(workspace: Workspace) -> None:
    found = destinations(written(workspace, MAIL + 'smtp_user = "clew"'), {"CLEW_SMTP_PASSWORD": "pass"}).mail
    assert found == Mail("mail.example", 587, "starttls", "clew@host.example", ("ana@host.example",), "clew", "pass")
