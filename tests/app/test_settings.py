from pathlib import Path

import pytest

from app.settings import DATABASE_VARIABLE, OIDC_SECRET_VARIABLE, Oidc, read_settings
from graph.errors import DataRefused
from graph.store.workspace import Workspace
from tests.factory import a_workspace


def written(folder: Path, text: str) -> Workspace:
    made = a_workspace(folder)
    (made.root / "app.toml").write_text(text)
    return made


def test_without_a_file_records_lie_in_the_workspace(tmp_path: Path) -> None:
    made = a_workspace(tmp_path)
    settings = read_settings(made, {})
    assert settings.database == f"sqlite:///{made.root / 'app.sqlite3'}"
    assert (settings.address, settings.trusted_proxies, settings.oidc) == ("", 0, None)


def test_one_setting_names_another_database(tmp_path: Path) -> None:
    made = written(tmp_path, 'database = "postgresql://clew@db/clew"')
    assert read_settings(made, {}).database == "postgresql://clew@db/clew"
    assert read_settings(made, {DATABASE_VARIABLE: "postgresql://other@db/x"}).database == "postgresql://other@db/x"


def test_everything_set(tmp_path: Path) -> None:
    text = 'address = "https://Clew.example.org/"\ntrusted_proxies = 1\n[oidc]\nissuer = "https://id.example.org/"\nclient_id = "clew"'
    settings = read_settings(written(tmp_path, text), {OIDC_SECRET_VARIABLE: "s"})
    assert (settings.address, settings.trusted_proxies) == ("https://clew.example.org", 1)
    assert settings.oidc == Oidc("https://id.example.org", "clew", "s", "email")


@pytest.mark.parametrize(
    "text",
    [
        "address = ", "[nonsense]", "databse = 'x'", "address = 'http://clew.example.org'", "address = 'https://clew.example.org/path'",
        "address = 'clew.example.org'", "address = 5", "trusted_proxies = 'one'", "trusted_proxies = true", "oidc = 'x'",
        "[oidc]\nissuer = 'https://id'", "[oidc]\nissuer = 'https://id'\nclient_id = 'c'\nsecret = 's'",
        "[oidc]\nissuer = 'https://id'\nclient_id = 'c'",
    ],
)  # fmt: skip
def test_what_cannot_be_meant_names_the_file(tmp_path: Path, text: str) -> None:
    with pytest.raises(DataRefused, match=r"app\.toml"):
        read_settings(written(tmp_path, text), {})
