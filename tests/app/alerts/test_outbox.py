"""The outbox: at least once, in the end; what failed waits, what was sent is not sent again."""

import datetime as dt
import json
from pathlib import Path

import pytest

from app.alerts import outbox
from app.alerts.outbox import KEEP_DAYS, deliver, put, waiting
from app.alerts.settings import Destinations, Mail, Webhook
from graph.store.workspace import Workspace
from tests.app.alerts.servers import free_port, http_server, smtp_server
from tests.factory import a_workspace

AT = dt.datetime(2026, 9, 1, 2, 30, tzinfo=dt.UTC)
BODIES = {"webhook": {"json": '{"a": 1}'}, "mail": {"subject": "s", "text": "t", "html": "<p>h</p>"}}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return a_workspace(tmp_path)


def hook(port: int) -> Destinations:
    return Destinations(webhook=Webhook(False, "127.0.0.1", port, "/", b"a secret of some length", ("127.0.0.1",)))


def once(workspace: Workspace, places: Destinations, pauses: list[float] | None = None, later: int = 0) -> outbox.Delivery:
    return deliver(workspace, places, lambda: AT + dt.timedelta(days=later), (pauses if pauses is not None else []).append)


def test_each_destination_gets_its_letter_once(workspace: Workspace) -> None:
    with http_server() as (port, got), smtp_server() as (smtp, messages):
        places = Destinations(webhook=hook(port).webhook, mail=Mail("127.0.0.1", smtp, "none", "a@b.example", ("c@d.example",)))
        assert put(workspace, "alert-1", BODIES, AT) == 2
        assert once(workspace, places) == outbox.Delivery(sent=2)
        assert put(workspace, "alert-1", BODIES, AT) == 0
        assert once(workspace, places) == outbox.Delivery()
        assert (len(got.requests), len(messages)) == (1, 1)


def test_what_failed_waits_and_goes_out_another_night_with_the_same_id_and_body(workspace: Workspace) -> None:
    put(workspace, "alert-1", {"webhook": BODIES["webhook"]}, AT)
    pauses: list[float] = []
    failed = once(workspace, hook(free_port()), pauses)
    assert (failed.sent, failed.pending, failed.failed, len(failed.faults)) == (0, 1, 1, 1)
    assert pauses == [2.0, 8.0]
    put(workspace, "alert-2", {"webhook": BODIES["webhook"]}, AT + dt.timedelta(days=1))
    with http_server() as (port, got):
        assert once(workspace, hook(port), later=1) == outbox.Delivery(sent=2)
    assert [(headers["clew-alert-id"], body) for _, headers, body in got.requests] == [("alert-1", b'{"a": 1}'), ("alert-2", b'{"a": 1}')]


def test_a_busy_receiver_is_asked_again_and_one_that_refuses_is_not(workspace: Workspace) -> None:
    with http_server() as (port, got):
        got.answers = [503, 429, 200]
        put(workspace, "alert-1", {"webhook": BODIES["webhook"]}, AT)
        assert once(workspace, hook(port)).sent == 1
        got.answers = [400]
        put(workspace, "alert-2", {"webhook": BODIES["webhook"]}, AT)
        assert once(workspace, hook(port)).faults == ("webhook: NotTaken: the receiver answered 400",)
        assert len(got.requests) == 4


def test_a_crash_after_sending_sends_it_again_with_the_same_id(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    put(workspace, "alert-1", {"webhook": BODIES["webhook"]}, AT)
    with http_server() as (port, got):
        with monkeypatch.context() as patch:
            patch.setattr(outbox, "_write", lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                once(workspace, hook(port))
        assert once(workspace, hook(port)).sent == 1
        assert {headers["clew-alert-id"] for _, headers, _ in got.requests} == {"alert-1"}
        assert len(got.requests) == 2


def test_one_dead_destination_does_not_stop_the_other(workspace: Workspace) -> None:
    put(workspace, "alert-1", BODIES, AT)
    with smtp_server() as (smtp, messages):
        places = Destinations(webhook=hook(free_port()).webhook, mail=Mail("127.0.0.1", smtp, "none", "a@b.example", ("c@d.example",)))
        delivery = once(workspace, places)
    assert (delivery.sent, delivery.pending, len(messages)) == (1, 1, 1)


def test_what_waits_for_a_destination_that_was_taken_away_counts_no_more(workspace: Workspace) -> None:
    put(workspace, "alert-1", {"mail": BODIES["mail"]}, AT)
    with http_server() as (port, _):
        assert once(workspace, hook(port)) == outbox.Delivery()


def test_sent_letters_are_forgotten_in_time_and_waiting_ones_never(workspace: Workspace) -> None:
    put(workspace, "alert-1", {"webhook": BODIES["webhook"]}, AT)
    with http_server() as (port, _):
        once(workspace, hook(port))
    put(workspace, "alert-2", {"mail": BODIES["mail"]}, AT)
    once(workspace, Destinations(), later=KEEP_DAYS)
    assert len(list(workspace.outbox.iterdir())) == 2
    once(workspace, Destinations(), later=KEEP_DAYS + 1)
    assert [letter.alert_id for letter in waiting(workspace)] == ["alert-2"]
    assert [path.name for path in workspace.outbox.iterdir()] == ["alert-2-mail.json"]


def test_letters_are_their_owners_alone_and_hold_no_secret(workspace: Workspace) -> None:
    put(workspace, "alert-1", BODIES, AT)
    once(workspace, hook(free_port()))
    for path in workspace.outbox.iterdir():
        assert path.stat().st_mode & 0o077 == 0
        assert "a secret" not in path.read_text()
        json.loads(path.read_text())
