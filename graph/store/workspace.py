"""One folder holds everything Clew keeps: where each thing lies, the settings, and the lock that lets one run in."""

import fcntl
import hashlib
import os
import secrets
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from graph.errors import DataRefused, StorageError, UsageError, WorkspaceBusy
from graph.store.files import storage_errors, write_bytes

MARKER = "clew.toml"

DEFAULT_SETTINGS = """\
# Settings of this Clew workspace. Every line is optional; the values shown are the defaults.

[inputs]                     # what `clew nightly` reads: files, folders or globs
accounts = []
payments = []
exchanges = []
enforcement = []
labels = []
# mapping = "mapping.toml"   # translates foreign columns; relative to this file

[privacy]
pseudonymise = []            # of: card_fingerprint, ip, email, phone; keyed by HMAC-SHA-256 with this workspace's key
keep_prompts_days = 60       # raw prompt texts older than this are deleted by `clew nightly`; 0 keeps none at all
keep_tables_days = 0         # exchanges, objects and fragments older than this are deleted by `clew nightly`; 0 keeps them
keep_snapshots_days = 0      # snapshots that much older than the newest are deleted by `clew nightly`; 0 keeps them

[ingest]
max_quarantined_share = 0.05 # above this share of rows set aside, a run ends with exit code 4

[detect]
window_days = 60
seed = 1

[alerts]                     # who is told when flagged clusters changed; secrets are never written here (see docs/alerts.md)
on = ["born", "grew", "merged", "revived", "split", "pivot", "flagged"]
webhook = ""                 # https://…; its secret is in CLEW_WEBHOOK_SECRET or in webhook_secret_file
webhook_secret_file = ""
webhook_allow = []           # hosts that may be private, or be spoken to without TLS
email_to = []
email_from = ""
smtp_host = ""
smtp_port = 587
smtp_security = "starttls"   # starttls, tls, or none (to this machine alone)
smtp_user = ""               # its password is in CLEW_SMTP_PASSWORD or in smtp_password_file
smtp_password_file = ""

[metrics]
textfile = ""                # PATH.prom for Prometheus' node_exporter, written by every nightly run
"""


@dataclass(frozen=True)
class AlertSettings:
    """[alerts] as it is written; app.alerts.settings says what may stand there."""

    on: tuple[str, ...] = ("born", "grew", "merged", "revived", "split", "pivot", "flagged")
    webhook: str = ""
    webhook_secret_file: str = ""
    webhook_allow: tuple[str, ...] = ()
    email_to: tuple[str, ...] = ()
    email_from: str = ""
    smtp_host: str = ""
    smtp_port: int = 587
    smtp_security: str = "starttls"
    smtp_user: str = ""
    smtp_password_file: str = ""


@dataclass(frozen=True)
class Settings:
    """clew.toml, checked. Of what is kept so many days, 0 of `keep_tables_days` and `keep_snapshots_days` is for ever."""

    inputs: dict[str, list[str]] = field(default_factory=dict)
    mapping: str | None = None
    pseudonymise: tuple[str, ...] = ()
    keep_prompts_days: int = 60
    keep_tables_days: int = 0
    keep_snapshots_days: int = 0
    max_quarantined_share: float = 0.05
    window_days: int = 60
    seed: int = 1
    alerts: AlertSettings = AlertSettings()
    textfile: str = ""


@dataclass(frozen=True)
class Workspace:
    """The paths of one workspace. Nothing else in the project builds them."""

    root: Path

    @property
    def tables(self) -> Path:
        return self.root / "tables"

    @property
    def prompts(self) -> Path:
        """Raw prompt texts, apart from the tables so that access and retention can differ."""
        return self.root / "prompts"

    @property
    def quarantine(self) -> Path:
        return self.root / "quarantine"

    @property
    def snapshots(self) -> Path:
        return self.root / "snapshots"

    @property
    def runs(self) -> Path:
        """One JSON record per run: command, accounting, times, outcome."""
        return self.root / "runs"

    @property
    def exports(self) -> Path:
        return self.root / "exports"

    @property
    def decisions(self) -> Path:
        """What people decided, one JSON object a line."""
        return self.root / "decisions.jsonl"

    @property
    def erasures(self) -> Path:
        """What was erased on request, one JSON object a line."""
        return self.root / "erasures.jsonl"

    @property
    def outbox(self) -> Path:
        """Alerts: those sent, and those that wait to be sent again."""
        return self.root / "outbox"

    @property
    def settings_file(self) -> Path:
        return self.root / MARKER

    @property
    def key_file(self) -> Path:
        """The HMAC key of this workspace, readable by its owner alone; never exported."""
        return self.root / "secret.key"

    @property
    def keys(self) -> Path:
        """The key that signs evidence bundles, readable by its owner alone, and its public half for whoever verifies them."""
        return self.root / "keys"

    @property
    def key_seal(self) -> Path:
        """SHA-256 of the key, by which `clew doctor` sees a changed byte; 32 random bytes cannot be found from it."""
        return self.root / "secret.key.sha256"

    def key(self) -> bytes:
        """The HMAC key. Raises StorageError when it cannot be read."""
        with storage_errors(self.key_file):
            return self.key_file.read_bytes()

    def check_key(self) -> None:
        """Raises StorageError when the key is not the one that was made; of a workspace made before seals, when it cannot be read."""
        digest = hashlib.sha256(self.key()).hexdigest()
        with storage_errors(self.key_seal):
            if self.key_seal.exists() and self.key_seal.read_bytes() != f"{digest}\n".encode():
                raise StorageError(f"{self.key_file}: is not the key that was made (SHA-256 differs). Restore both from a backup.")

    def settings(self) -> Settings:
        """Parse clew.toml. Raises DataRefused naming the setting at fault."""
        with storage_errors(self.settings_file):
            content = self.settings_file.read_bytes()
        try:
            raw = tomllib.loads(content.decode("utf-8"))
        except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
            raise DataRefused(f"{self.settings_file}: is not valid TOML ({error}). Mend the line it names.") from error
        return _settings(raw, self.settings_file)


_KNOWN: dict[str, tuple[str, ...]] = {
    "inputs": ("accounts", "payments", "exchanges", "enforcement", "labels", "mapping"),
    "privacy": ("pseudonymise", "keep_prompts_days", "keep_tables_days", "keep_snapshots_days"),
    "ingest": ("max_quarantined_share",),
    "detect": ("window_days", "seed"),
    "alerts": tuple(AlertSettings.__dataclass_fields__),
    "metrics": ("textfile",),
}
PSEUDONYMISABLE = ("card_fingerprint", "ip", "email", "phone")


def _settings(raw: dict[str, Any], path: Path) -> Settings:
    for section, values in raw.items():
        unknown = set(values) - set(_KNOWN.get(section, ())) if isinstance(values, dict) else {section}
        if unknown or section not in _KNOWN:
            raise DataRefused(f"{path}: unknown setting [{section}] {' '.join(sorted(unknown))}. Known: {_KNOWN}.")
    inputs = dict(raw.get("inputs", {}))
    mapping = inputs.pop("mapping", None)
    privacy, ingest, detect = raw.get("privacy", {}), raw.get("ingest", {}), raw.get("detect", {})
    pseudonymise = tuple(privacy.get("pseudonymise", ()))
    if wrong := set(pseudonymise) - set(PSEUDONYMISABLE):
        raise DataRefused(f"{path}: [privacy] pseudonymise names {sorted(wrong)}. Choose from {list(PSEUDONYMISABLE)}.")
    window_days = int(detect.get("window_days", 60))
    keep_tables_days = int(privacy.get("keep_tables_days", 0))
    if 0 < keep_tables_days < window_days:
        raise DataRefused(f"{path}: [privacy] keep_tables_days is less than the window of {window_days} days that detection looks at.")
    return Settings(
        inputs={table: [paths] if isinstance(paths, str) else list(paths) for table, paths in inputs.items()},
        mapping=mapping,
        pseudonymise=pseudonymise,
        keep_prompts_days=int(privacy.get("keep_prompts_days", 60)),
        keep_tables_days=keep_tables_days,
        keep_snapshots_days=int(privacy.get("keep_snapshots_days", 0)),
        max_quarantined_share=float(ingest.get("max_quarantined_share", 0.05)),
        window_days=window_days,
        seed=int(detect.get("seed", 1)),
        alerts=_alerts(raw.get("alerts", {}), path),
        textfile=str(raw.get("metrics", {}).get("textfile", "")),
    )


def _alerts(raw: dict[str, Any], path: Path) -> AlertSettings:
    """[alerts], each setting of the type of its default."""
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in raw.items()}
    for key, value in values.items():
        kind = type(getattr(AlertSettings, key))
        if type(value) is not kind or (kind is tuple and not all(isinstance(item, str) for item in value)):
            wanted = "a list of texts" if kind is tuple else "a number" if kind is int else "a text"
            raise DataRefused(f"{path}: [alerts] {key} must be {wanted}.")
    return AlertSettings(**values)


def create_workspace(root: Path) -> Workspace:
    """Make an empty workspace at `root`; an existing one is left as it is. Raises UsageError, StorageError."""
    workspace = Workspace(root)
    with storage_errors(root):
        if root.exists() and not root.is_dir():
            raise UsageError(f"{root}: is a file. Name a folder that is new or empty.")
        if workspace.settings_file.exists():
            return workspace
        if root.exists() and any(root.iterdir()):
            raise UsageError(f"{root}: holds other files. Name a folder that is new or empty.")
        root.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(workspace.key_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        key = secrets.token_bytes(32)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(key)
            handle.flush()
            os.fsync(handle.fileno())
    write_bytes(workspace.key_seal, f"{hashlib.sha256(key).hexdigest()}\n".encode())
    write_bytes(workspace.settings_file, DEFAULT_SETTINGS.encode())  # last: its presence is what makes a workspace
    return workspace


def open_workspace(root: Path) -> Workspace:
    """The workspace at `root`. Raises UsageError when there is none."""
    workspace = Workspace(root)
    if not workspace.settings_file.is_file():
        raise UsageError(f"{root}: is not a Clew workspace (it has no {MARKER}). Make one with `clew init {root}`.")
    return workspace


@contextmanager
def exclusive(workspace: Workspace, lock: str = ".lock") -> Iterator[None]:
    """Hold the workspace (or what another `lock` guards) for one writing run; it dies with the process. Raises WorkspaceBusy at once."""
    path = workspace.root / lock
    with storage_errors(path):
        handle = path.open("a+")
    try:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            handle.seek(0)
            holder = handle.read(100).strip() or "unknown"
            raise WorkspaceBusy(f"{workspace.root}: another run (process {holder}) holds it. Wait for it to end, then run again.") from None
        handle.seek(0)
        handle.truncate()
        handle.write(str(os.getpid()))
        handle.flush()
        yield
    finally:
        handle.close()
