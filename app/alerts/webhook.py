"""An alert as a signed POST over HTTPS, to an address that was checked; no redirect is followed, no proxy asked.

The signature is HMAC-SHA-256 over `TIMESTAMP.BODY` with the shared secret. A receiver computes it again, compares in constant time,
refuses old timestamps, and drops an id that it has seen: an alert comes at least once.
"""

import hmac
import http.client
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from app.alerts.addresses import Resolve, checked, resolve
from app.alerts.settings import Webhook

MAX_BODY_BYTES = 256 << 10
_MAX_ANSWER_BYTES = 64 << 10
_TIMEOUT_SECONDS = 10.0  # for one step: connecting, one read
_DEADLINE_SECONDS = 30.0  # for the whole


class NotTaken(Exception):
    """The receiver did not take the alert; `again`: whether it may take it in a moment."""

    def __init__(self, message: str, again: bool) -> None:
        super().__init__(message)
        self.again = again


def signature(secret: bytes, timestamp: int, body: bytes) -> str:
    """What the header Clew-Signature holds: `v1=` and 64 hex digits."""
    return "v1=" + hmac.digest(secret, f"{timestamp}.".encode() + body, "sha256").hex()


def post(place: Webhook, alert_id: str, body: bytes, timestamp: int, find: Resolve = resolve, seconds: float = _DEADLINE_SECONDS) -> int:
    """Post `body` (JSON) and return the status, 200 to 299. `timestamp`: Unix seconds.

    Raises Refused (an address that is not public), NotTaken (another status, redirects among them), OSError (network, TLS, time-out).
    """
    if len(body) > MAX_BODY_BYTES:
        raise NotTaken(f"the alert has {len(body)} bytes, more than {MAX_BODY_BYTES}", again=False)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "clew",
        "Clew-Alert-Id": alert_id,
        "Clew-Timestamp": str(timestamp),
        "Clew-Signature": signature(place.secret, timestamp, body),
        "Connection": "close",
    }
    addresses = checked(place.host, place.port, place.listed, find)
    status = _exchange(place, _connected(addresses, place.port), headers, body, seconds)
    if not 200 <= status < 300:
        raise NotTaken(f"the receiver answered {status}", again=status == 429 or status >= 500)
    return status


def _connected(addresses: list[str], port: int) -> socket.socket:
    """A connection to the first of `addresses` that answers. Never resolves anything: these are numbers."""
    failure = OSError("no address")
    for address in addresses:
        try:
            return socket.create_connection((address, port), _TIMEOUT_SECONDS)
        except OSError as error:
            failure = error
    raise failure


def _exchange(place: Webhook, plain: socket.socket, headers: dict[str, str], body: bytes, seconds: float) -> int:
    with _ended_after(plain, seconds):
        connection = http.client.HTTPConnection(place.host, place.port)
        connection.sock = ssl.create_default_context().wrap_socket(plain, server_hostname=place.host) if place.tls else plain
        try:
            connection.request("POST", place.target, body, headers)
            answer = connection.getresponse()
            answer.read(_MAX_ANSWER_BYTES)
            return answer.status
        except http.client.HTTPException as error:
            raise OSError(f"{place.host}: no HTTP answer ({type(error).__name__})") from error
        finally:
            connection.close()


@contextmanager
def _ended_after(plain: socket.socket, seconds: float) -> Iterator[None]:
    """Closes the connection for a receiver that answers a byte at a time."""
    twin = plain.dup()  # the socket itself goes into the TLS layer

    def end() -> None:
        with suppress(OSError):
            twin.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, end)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        twin.close()
        plain.close()
