"""An alert as an e-mail, text and HTML, handed in over SMTP with TLS (RFC 8314, RFC 3207); there is no falling back to plain."""

import datetime as dt
import smtplib
import ssl
from email.message import EmailMessage
from email.utils import format_datetime

from app.alerts.settings import Mail

_TIMEOUT_SECONDS = 30.0


def letter(place: Mail, alert_id: str, subject: str, text: str, html: str, at: dt.datetime) -> EmailMessage:
    """The message. Its Message-ID is made of the alert's id, so that mail systems know a repetition.

    Raises ValueError when a header would hold a line break.
    """
    message = EmailMessage()
    message["From"] = place.sender
    message["To"] = ", ".join(place.to)
    message["Subject"] = subject
    message["Date"] = format_datetime(at)
    message["Message-ID"] = f"<{alert_id}@{place.sender.rpartition('@')[2]}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    message.add_alternative(html, subtype="html")
    return message


def send(place: Mail, message: EmailMessage) -> None:
    """Hand `message` in. Raises OSError or smtplib.SMTPException."""
    context = ssl.create_default_context()
    if place.security == "tls":
        with smtplib.SMTP_SSL(place.host, place.port, timeout=_TIMEOUT_SECONDS, context=context) as server:
            _hand_in(server, place, message)
        return
    with smtplib.SMTP(place.host, place.port, timeout=_TIMEOUT_SECONDS) as server:
        if place.security == "starttls":
            server.starttls(context=context)  # raises where the server does not offer it
        _hand_in(server, place, message)


def _hand_in(server: smtplib.SMTP, place: Mail, message: EmailMessage) -> None:
    if place.user:
        server.login(place.user, place.password)
    if refused := server.send_message(message, place.sender, list(place.to)):
        raise smtplib.SMTPRecipientsRefused(refused)
