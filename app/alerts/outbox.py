"""Alerts on their way: one file an alert and destination, kept until it was taken, and after that as the word that it was.

Written before anything is sent, and marked after: an alert that a crash, a dead network or a full mailbox stopped goes out with the
next run. It is sent at least once; its id lets the receiver drop what came twice.
"""

import datetime as dt
import smtplib
import time
from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from app.alerts import mail, webhook
from app.alerts.addresses import Refused
from app.alerts.settings import Destinations
from app.alerts.webhook import NotTaken
from graph.errors import StorageError
from graph.store import files
from graph.store.workspace import Workspace
from graph.text import clip, visible

_ATTEMPTS = 3  # in one run
_FIRST_PAUSE_SECONDS = 2.0
KEEP_DAYS = 90  # a sent alert is forgotten after that

Clock = Callable[[], dt.datetime]


@dataclass(frozen=True)
class Letter:
    """One alert for one destination (`webhook` or `mail`). `body`: what the webhook gets; of a mail subject, text and HTML."""

    alert_id: str
    to: str
    made_at: str
    body: dict[str, str]
    sent_at: str = ""
    attempts: int = 0
    last_error: str = ""


@dataclass(frozen=True)
class Delivery:
    """What came of one round: how many were sent, how many wait, and how many of these have failed; why, in sentences."""

    sent: int = 0
    pending: int = 0
    failed: int = 0
    faults: tuple[str, ...] = ()


def put(workspace: Workspace, alert_id: str, bodies: dict[str, dict[str, str]], at: dt.datetime) -> int:
    """Let an alert wait for each destination in `bodies`; one that was put there before stays as it is. Returns how many are new."""
    new = 0
    for to, body in bodies.items():
        path = workspace.outbox / f"{alert_id}-{to}.json"
        if not path.exists():
            _write(path, Letter(alert_id, to, at.isoformat(), body))
            new += 1
    return new


def waiting(workspace: Workspace, names: Collection[str] = ("webhook", "mail")) -> list[Letter]:
    """Letters to the destinations `names` that were not sent yet, oldest first."""
    found = [letter for _, letter in _letters(workspace) if not letter.sent_at and letter.to in names]
    return sorted(found, key=lambda letter: (letter.made_at, letter.alert_id, letter.to))


def deliver(
    workspace: Workspace, places: Destinations, clock: Clock, pause: Callable[[float], None] = time.sleep, attempts: int = _ATTEMPTS
) -> Delivery:
    """Send what waits for a destination that is still set, and forget what was sent long ago. Raises StorageError alone."""
    _forget(workspace, clock())
    faults = []
    sent = 0
    for letter in waiting(workspace, places.names):
        after = _tried(letter, places, clock, pause, attempts)
        _write(workspace.outbox / f"{letter.alert_id}-{letter.to}.json", after)
        sent += bool(after.sent_at)
        if not after.sent_at:
            faults.append(f"{letter.to}: {after.last_error}")
    left = waiting(workspace, places.names)
    return Delivery(sent, len(left), sum(letter.attempts > 0 for letter in left), tuple(dict.fromkeys(faults)))


def _tried(letter: Letter, places: Destinations, clock: Clock, pause: Callable[[float], None], attempts: int) -> Letter:
    for attempt in range(attempts):
        if attempt:
            pause(_FIRST_PAUSE_SECONDS * 4 ** (attempt - 1))
        try:
            _send(letter, places, clock())
            return replace(letter, sent_at=clock().isoformat(), attempts=letter.attempts + 1, last_error="")
        except (OSError, smtplib.SMTPException, Refused, NotTaken, ValueError) as error:
            letter = replace(letter, attempts=letter.attempts + 1, last_error=_fault(error))
            if isinstance(error, Refused | ValueError) or (isinstance(error, NotTaken) and not error.again):
                break
    return letter


def _send(letter: Letter, places: Destinations, at: dt.datetime) -> None:
    if letter.to == "webhook" and places.webhook:
        webhook.post(places.webhook, letter.alert_id, letter.body["json"].encode(), int(at.timestamp()))
    elif letter.to == "mail" and places.mail:
        body = letter.body
        mail.send(places.mail, mail.letter(places.mail, letter.alert_id, body["subject"], body["text"], body["html"], at))


def _fault(error: Exception) -> str:
    """What a person needs to mend it; what the other side answered is hostile text."""
    return clip(visible(f"{type(error).__name__}: {error}"), 300)


def _letters(workspace: Workspace) -> Iterator[tuple[Path, Letter]]:
    for path in _files(workspace):
        value: dict[str, Any] = files.read_json(path)
        try:
            yield path, Letter(**value)
        except TypeError as error:
            raise StorageError(f"{path}: is no alert ({error}). Remove it.") from error


def _files(workspace: Workspace) -> Iterable[Path]:
    return sorted(workspace.outbox.glob("alert-*.json")) if workspace.outbox.is_dir() else ()


def _forget(workspace: Workspace, now: dt.datetime) -> None:
    oldest = (now - dt.timedelta(days=KEEP_DAYS)).isoformat()
    for path, letter in list(_letters(workspace)):
        if letter.sent_at and letter.sent_at < oldest:
            path.unlink(missing_ok=True)


def _write(path: Path, letter: Letter) -> None:
    files.write_json(path, asdict(letter))
    with files.storage_errors(path):
        path.chmod(0o600)
