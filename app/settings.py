"""What the pages and their records need to know: WORKSPACE/app.toml, checked, and two variables of the environment.

`clew.toml` says what nights read and do; this file says how people reach what they found.
"""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from graph.errors import DataRefused
from graph.store.files import storage_errors
from graph.store.workspace import Workspace

DATABASE_VARIABLE = "CLEW_DATABASE"
OIDC_SECRET_VARIABLE = "CLEW_OIDC_SECRET"  # noqa: S105  the name of a variable, no secret

KNOWN: dict[str, type] = {"database": str, "address": str, "trusted_proxies": int, "oidc": dict}
KNOWN_OIDC: dict[str, type] = {"issuer": str, "client_id": str, "claim": str}


@dataclass(frozen=True)
class Oidc:
    """The provider that signs users in. `claim`: which claim of its token names the user as `clew users add --oidc` did."""

    issuer: str
    client_id: str
    secret: str
    claim: str = "email"


@dataclass(frozen=True)
class AppSettings:
    """`database`: a URL. `address`: https://NAME under which a proxy serves the pages, empty for loopback alone.

    `trusted_proxies`: how many proxies set X-Forwarded-For in front of the server.
    """

    database: str
    address: str = ""
    trusted_proxies: int = 0
    oidc: Oidc | None = None


def database_file(workspace: Workspace) -> Path:
    """Where the records lie when no other database is set."""
    return workspace.root / "app.sqlite3"


def anchors_file(workspace: Workspace) -> Path:
    """Where the audit log is anchored outside its database."""
    return workspace.root / "audit-anchors.jsonl"


def read_settings(workspace: Workspace, environment: Mapping[str, str] = os.environ) -> AppSettings:
    """The settings of `workspace`; the environment's database counts before the file's. Raises DataRefused naming what is wrong."""
    path = workspace.root / "app.toml"
    raw = _parsed(path) if path.exists() else {}
    _check(raw, KNOWN, path, "")
    address = _address(raw.get("address", ""), path)
    oidc = _oidc(raw["oidc"], path, environment) if "oidc" in raw else None
    database = environment.get(DATABASE_VARIABLE) or raw.get("database") or f"sqlite:///{database_file(workspace).resolve()}"
    return AppSettings(database, address, raw.get("trusted_proxies", 0), oidc)


def read_address(workspace: Workspace) -> str:
    """Under which address the pages are served, empty where none is set; asks for no secret. Raises DataRefused."""
    path = workspace.root / "app.toml"
    address = _parsed(path).get("address", "") if path.exists() else ""
    if not isinstance(address, str):
        raise DataRefused(f"{path}: address must be of type str.")
    return _address(address, path)


def _parsed(path: Path) -> dict[str, Any]:
    with storage_errors(path):
        content = path.read_bytes()
    try:
        return tomllib.loads(content.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DataRefused(f"{path}: is no TOML ({error}). Mend it, or remove it for the defaults.") from error


def _check(values: Mapping[str, Any], known: Mapping[str, type], path: Path, section: str) -> None:
    for key, value in values.items():
        if key not in known:
            raise DataRefused(f"{path}: unknown setting {section}{key}. Known: {', '.join(known)}.")
        if type(value) is not known[key]:
            raise DataRefused(f"{path}: {section}{key} must be of type {known[key].__name__}.")


def _address(text: str, path: Path) -> str:
    parts = urlsplit(text)
    if text and (parts.scheme != "https" or not parts.hostname or parts.path not in ("", "/") or parts.query):
        raise DataRefused(f"{path}: address {text!r} is not https://NAME. Pages beyond loopback are served over TLS, by a proxy in front.")
    return f"https://{parts.netloc.lower()}" if text else ""


def _oidc(raw: dict[str, Any], path: Path, environment: Mapping[str, str]) -> Oidc:
    _check(raw, KNOWN_OIDC, path, "oidc.")
    if not raw.get("issuer") or not raw.get("client_id"):
        raise DataRefused(f"{path}: [oidc] needs issuer and client_id.")
    secret = environment.get(OIDC_SECRET_VARIABLE, "")
    if not secret:
        raise DataRefused(f"{path}: [oidc] is set, but {OIDC_SECRET_VARIABLE} is not. Put the client's secret into that variable.")
    return Oidc(raw["issuer"].rstrip("/"), raw["client_id"], secret, raw.get("claim", "email"))
