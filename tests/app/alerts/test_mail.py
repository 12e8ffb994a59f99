"""E-mail against a real SMTP server on loopback: both parts arrive, TLS is kept to, no header can be smuggled in."""

import datetime as dt
import email
import email.policy
import smtplib
from dataclasses import replace
from pathlib import Path

import pytest

from app.alerts.mail import letter, send
from app.alerts.settings import Mail
from tests.app.alerts.servers import certificate, smtp_server

AT = dt.datetime(2026, 9, 1, 2, 30, tzinfo=dt.UTC)
PLACE = Mail("127.0.0.1", 25, "none", "clew@host.example", ("ana@host.example", "bo@host.example"))


def a_letter(place: Mail) -> email.message.EmailMessage:
    return letter(place, "alert-1", "Clew, night to 2026-09-01: 1 new", "text – plain\n.\nend\n", "<p>hypertext</p>", AT)


def read(raw: bytes) -> email.message.EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


def test_text_and_html_arrive_whole_over_starttls(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    public, context = certificate(tmp_path, "127.0.0.1")
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    with smtp_server(context) as (port, messages):
        place = replace(PLACE, port=port, security="starttls")
        send(place, a_letter(place))
    (raw,) = messages
    got = read(raw.replace(b"\r\n..", b"\r\n."))
    assert got["To"] == "ana@host.example, bo@host.example"
    assert (got["Message-ID"], got["Auto-Submitted"]) == ("<alert-1@host.example>", "auto-generated")
    plain, hypertext = got.get_body(("plain",)), got.get_body(("html",))
    assert plain and plain.get_content().replace("\r\n", "\n") == "text – plain\n.\nend\n"
    assert hypertext and "<p>hypertext</p>" in hypertext.get_content()


def test_a_server_without_starttls_gets_nothing() -> None:
    with smtp_server() as (port, messages):
        place = replace(PLACE, port=port, security="starttls")
        with pytest.raises(smtplib.SMTPNotSupportedError):
            send(place, a_letter(place))
    assert messages == []


def test_a_server_with_an_unknown_certificate_gets_nothing(tmp_path: Path) -> None:
    _, context = certificate(tmp_path, "127.0.0.1")
    with smtp_server(context) as (port, messages):
        place = replace(PLACE, port=port, security="starttls")
        with pytest.raises(OSError, match="CERTIFICATE_VERIFY_FAILED"):
            send(place, a_letter(place))
    assert messages == []


def test_a_refusal_is_an_error() -> None:
    with smtp_server(refuse=True) as (port, messages):
        place = replace(PLACE, port=port)
        with pytest.raises(smtplib.SMTPException):
            send(place, a_letter(place))
    assert messages == []


@pytest.mark.parametrize("text", ["new\r\nBcc: all@evil.example", "new\nBcc: x@evil.example", "new\rX: y"])
def test_no_header_can_hold_another(text: str) -> None:
    with pytest.raises(ValueError):
        letter(PLACE, "alert-1", text, "", "", AT)
    with pytest.raises(ValueError):
        letter(replace(PLACE, to=(text,)), "alert-1", "new", "", "", AT)
