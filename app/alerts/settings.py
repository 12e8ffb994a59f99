"""[alerts] of clew.toml, checked: where alerts go, and the secrets, which come from the environment or from a file of their owner alone."""

import os
import re
import stat
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from graph.errors import DataRefused
from graph.store.files import storage_errors
from graph.store.workspace import AlertSettings, Workspace

WEBHOOK_VARIABLE, SMTP_VARIABLE = "CLEW_WEBHOOK_SECRET", "CLEW_SMTP_PASSWORD"
KINDS = AlertSettings.on
_SHORTEST_SECRET = 16  # bytes
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,251}[A-Za-z0-9])?")
_HOST = re.compile(r"[A-Za-z0-9._:-]{1,253}")
_LOOPBACK = ("localhost", "127.0.0.1", "::1")


@dataclass(frozen=True)
class Webhook:
    """Where JSON is posted. `target`: path and query. `listed`: hosts that may be private, or be spoken to without TLS."""

    tls: bool
    host: str
    port: int
    target: str
    secret: bytes
    listed: tuple[str, ...] = ()


@dataclass(frozen=True)
class Mail:
    """Where e-mail is handed in. `security`: starttls, tls or none; an empty `user` does not log in."""

    host: str
    port: int
    security: str
    sender: str
    to: tuple[str, ...]
    user: str = ""
    password: str = ""


@dataclass(frozen=True)
class Destinations:
    """Who is told, and of what (of KINDS)."""

    on: tuple[str, ...] = KINDS
    webhook: Webhook | None = None
    mail: Mail | None = None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for name, place in (("webhook", self.webhook), ("mail", self.mail)) if place)


def destinations(workspace: Workspace, environment: Mapping[str, str] = os.environ) -> Destinations:
    """Where alerts of `workspace` go. Raises DataRefused naming the setting at fault, StorageError for a secret that cannot be read."""
    given, path = workspace.settings().alerts, workspace.settings_file
    if wrong := set(given.on) - set(KINDS):
        raise DataRefused(f"{path}: [alerts] on names {sorted(wrong)}. Choose from {list(KINDS)}.")
    webhook = _webhook(workspace, given, environment) if given.webhook else None
    return Destinations(given.on, webhook, _mail(workspace, given, environment) if given.email_to else None)


def _webhook(workspace: Workspace, given: AlertSettings, environment: Mapping[str, str]) -> Webhook:
    where = f"{workspace.settings_file}: [alerts] webhook"
    if not re.fullmatch(r"[!-~]+", given.webhook):
        raise DataRefused(f"{where} holds blanks, or characters that no URL holds. Write it in ASCII.")
    try:
        parts = urlsplit(given.webhook)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise DataRefused(f"{where} is no URL ({error}).") from error
    if not host or parts.scheme not in ("https", "http") or parts.fragment or "@" in parts.netloc:
        raise DataRefused(f"{where} is not https://HOST/PATH. No name or password belongs into it: requests are signed.")
    if parts.scheme == "http" and host not in given.webhook_allow:
        raise DataRefused(f"{where} is without TLS. Use https, or list {host} in webhook_allow if the way there is safe.")
    secret = _secret(workspace, WEBHOOK_VARIABLE, "webhook_secret_file", given.webhook_secret_file, environment).encode()
    if len(secret) < _SHORTEST_SECRET:
        raise DataRefused(f"{where} needs a secret of {_SHORTEST_SECRET} bytes or more, in {WEBHOOK_VARIABLE} or in webhook_secret_file.")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    tls = parts.scheme == "https"
    return Webhook(tls, host, port or (443 if tls else 80), target, secret, given.webhook_allow)


def _mail(workspace: Workspace, given: AlertSettings, environment: Mapping[str, str]) -> Mail:
    where = f"{workspace.settings_file}: [alerts]"
    for address in (given.email_from, *given.email_to):
        if not _ADDRESS.fullmatch(address):
            raise DataRefused(f"{where} {address!r} is no plain e-mail address. Write NAME@HOST in email_from and email_to.")
    if not _HOST.fullmatch(given.smtp_host) or not 0 < given.smtp_port < 1 << 16:
        raise DataRefused(f"{where} email_to needs smtp_host and smtp_port.")
    if given.smtp_security not in ("starttls", "tls", "none"):
        raise DataRefused(f"{where} smtp_security is none of starttls, tls, none.")
    if given.smtp_security == "none" and given.smtp_host not in _LOOPBACK:
        raise DataRefused(f"{where} smtp_security none is for {', '.join(_LOOPBACK)} alone: what is sent would be read on the way.")
    password = _secret(workspace, SMTP_VARIABLE, "smtp_password_file", given.smtp_password_file, environment) if given.smtp_user else ""
    return Mail(given.smtp_host, given.smtp_port, given.smtp_security, given.email_from, given.email_to, given.smtp_user, password)


def _secret(workspace: Workspace, variable: str, setting: str, file: str, environment: Mapping[str, str]) -> str:
    """The secret, from the variable before the file. Raises DataRefused where there is none, or others may read the file."""
    if found := environment.get(variable, ""):
        return found
    if not file:
        raise DataRefused(f"{workspace.settings_file}: [alerts] has no secret. Set {variable}, or {setting} to a file of mode 0600.")
    path = workspace.root / Path(file)
    with storage_errors(path):
        if stat.S_IMODE(path.stat().st_mode) & 0o077:
            raise DataRefused(f"{path}: others may read it. Run `chmod 600` on it.")
        return path.read_text("utf-8", "replace").strip()
