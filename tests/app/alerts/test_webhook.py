"""The webhook against real servers on loopback: signed, checked, no redirect, no plain fallback, an end in time."""

import hashlib
import hmac
import time
from pathlib import Path

import pytest

from app.alerts.addresses import Refused
from app.alerts.settings import Webhook
from app.alerts.webhook import MAX_BODY_BYTES, NotTaken, post, signature
from tests.app.alerts.servers import certificate, free_port, http_server, slow_server

SECRET = b"a shared secret of some length"


def a_place(port: int, host: str = "127.0.0.1", tls: bool = False, listed: tuple[str, ...] = ("127.0.0.1",)) -> Webhook:
    return Webhook(tls, host, port, "/hook?team=a", SECRET, listed)


def test_the_receiver_can_check_who_sent_what_and_when() -> None:
    with http_server() as (port, got):
        assert post(a_place(port), "alert-1", b'{"a": 1}', 1_790_000_000) == 204
    ((path, headers, body),) = got.requests
    assert (path, body, headers["content-type"]) == ("/hook?team=a", b'{"a": 1}', "application/json")
    assert (headers["clew-alert-id"], headers["clew-timestamp"], headers["host"]) == ("alert-1", "1790000000", f"127.0.0.1:{port}")
    expected = hmac.new(SECRET, b"1790000000." + body, hashlib.sha256).hexdigest()
    assert headers["clew-signature"] == f"v1={expected}"
    assert signature(SECRET, 1_790_000_001, body) != headers["clew-signature"] != signature(SECRET, 1_790_000_000, body + b" ")


def test_no_connection_is_made_to_a_host_that_is_not_listed() -> None:
    with http_server() as (port, got):
        with pytest.raises(Refused, match="no public address"):
            post(a_place(port, listed=()), "alert-1", b"{}", 1)
        assert got.requests == []


def test_the_connection_goes_to_the_address_that_was_checked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The name does not exist: whoever resolved it again would fail. Its certificate must be for the name, not for the address."""
    public, context = certificate(tmp_path, "hooks.invalid")
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with http_server(context) as (port, got):
        place = a_place(port, "hooks.invalid", tls=True, listed=("hooks.invalid",))
        assert post(place, "alert-1", b"{}", 1, find=lambda _host, _port: ["127.0.0.1"]) == 204
        assert got.requests[0][1]["host"] == f"hooks.invalid:{port}"
        other = a_place(port, "other.invalid", tls=True, listed=("other.invalid",))
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            post(other, "alert-1", b"{}", 1, find=lambda _host, _port: ["127.0.0.1"])
        assert len(got.requests) == 1


def test_an_unknown_certificate_is_refused(tmp_path: Path) -> None:
    _, context = certificate(tmp_path, "127.0.0.1")
    with http_server(context) as (port, got):
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            post(a_place(port, tls=True), "alert-1", b"{}", 1)
        assert got.requests == []


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(status: int) -> None:
    with http_server() as (port, got), http_server() as (other, elsewhere):
        got.answers, got.location = [status], f"http://127.0.0.1:{other}/inside"
        with pytest.raises(NotTaken, match=str(status)) as refused:
            post(a_place(port), "alert-1", b"{}", 1)
        assert not refused.value.again
        assert (len(got.requests), elsewhere.requests) == (1, [])


@pytest.mark.parametrize(("status", "again"), [(400, False), (404, False), (429, True), (500, True), (503, True)])
def test_which_answers_are_worth_another_try(status: int, again: bool) -> None:
    with http_server() as (port, got):
        got.answers = [status]
        with pytest.raises(NotTaken) as refused:
            post(a_place(port), "alert-1", b"{}", 1)
        assert refused.value.again is again


def test_a_receiver_that_answers_a_byte_at_a_time_is_left() -> None:
    with slow_server() as port:
        began = time.monotonic()
        with pytest.raises((OSError, NotTaken)):
            post(a_place(port), "alert-1", b"{}", 1, seconds=0.4)
        assert time.monotonic() - began < 5


def test_a_closed_port_is_an_error_of_the_system() -> None:
    with pytest.raises(OSError):
        post(a_place(free_port()), "alert-1", b"{}", 1)


def test_what_is_too_large_is_not_sent() -> None:
    with http_server() as (port, got):
        with pytest.raises(NotTaken, match="bytes"):
            post(a_place(port), "alert-1", b" " * (MAX_BODY_BYTES + 1), 1)
        assert got.requests == []
