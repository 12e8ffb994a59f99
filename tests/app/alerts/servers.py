"""Real receivers on loopback: an HTTP server that keeps what it was sent, and an SMTP server with STARTTLS."""

import datetime as dt
import socket
import socketserver
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


@dataclass
class Got:
    """What a server received, and what it answers (the last answer again and again)."""

    requests: list[tuple[str, dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=lambda: [204])
    location: str = ""


@contextmanager
def http_server(tls: ssl.SSLContext | None = None) -> Iterator[tuple[int, Got]]:
    """Port, and what it got."""
    got = Got()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            got.requests.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(got.answers.pop(0) if len(got.answers) > 1 else got.answers[0])
            if got.location:
                self.send_header("Location", got.location)
            self.end_headers()

        def do_GET(self) -> None:
            got.requests.append((self.path, {}, b"GET"))
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None: ...

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
    with _running(server):
        yield server.server_address[1], got


@contextmanager
def slow_server() -> Iterator[int]:
    """A server that takes the connection and never ends its answer."""
    stop = threading.Event()

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):
                while not stop.wait(0.05):
                    self.request.sendall(b"H")

    server = socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler)
    with _running(server):
        try:
            yield server.server_address[1]
        finally:
            stop.set()


class Sink(socketserver.StreamRequestHandler):
    """As much of SMTP as smtplib speaks."""

    tls: ssl.SSLContext | None = None
    refuse = False
    messages: list[bytes] = []  # noqa: RUF012 - each server has its own

    def handle(self) -> None:
        self.secure = False
        self.say("220 sink")
        while line := self.rfile.readline():
            verb = line.decode("ascii", "replace").strip().upper().split(" ")[0].split(":")[0]
            if verb == "QUIT":
                self.say("221 bye")
                self.request.close()
                return
            {"EHLO": self.greet, "STARTTLS": self.secured, "MAIL": self.sender, "DATA": self.content}.get(verb, self.fine)()

    def greet(self) -> None:
        self.say("250-sink\r\n250 STARTTLS" if self.tls and not self.secure else "250 sink")

    def secured(self) -> None:
        assert self.tls
        self.say("220 go ahead")
        self.request = self.tls.wrap_socket(self.request, server_side=True)
        self.rfile, self.wfile, self.secure = self.request.makefile("rb"), self.request.makefile("wb"), True

    def sender(self) -> None:
        self.say("550 not from here" if self.refuse or (self.tls and not self.secure) else "250 ok")

    def content(self) -> None:
        self.say("354 go on")
        lines = []
        while (line := self.rfile.readline()) != b".\r\n":
            lines.append(line)
        self.messages.append(b"".join(lines))
        self.fine()

    def fine(self) -> None:
        self.say("250 ok")

    def say(self, text: str) -> None:
        self.wfile.write(f"{text}\r\n".encode())
        self.wfile.flush()


class QuietServer(socketserver.ThreadingTCPServer):
    def handle_error(self, request: object, client_address: object) -> None:
        """A client that hangs up, as one must that does not trust the certificate."""


@contextmanager
def smtp_server(tls: ssl.SSLContext | None = None, refuse: bool = False) -> Iterator[tuple[int, list[bytes]]]:
    """Port, and the messages taken. With `tls` it offers STARTTLS and takes nothing without."""
    messages: list[bytes] = []
    server = QuietServer(("127.0.0.1", 0), type("Handler", (Sink,), {"tls": tls, "refuse": refuse, "messages": messages}))
    with _running(server):
        yield server.server_address[1], messages


@contextmanager
def _running(server: socketserver.TCPServer) -> Iterator[None]:
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def certificate(folder: Path, *names: str) -> tuple[Path, ssl.SSLContext]:
    """A self-signed certificate for `names` (hosts or addresses): its file, to trust it, and a server's context with it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "test")])
    now = dt.datetime.now(dt.UTC)
    held = [x509.DNSName(n) if n[0].isalpha() else x509.IPAddress(ip_address(n)) for n in names]
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1))
        .not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName(held), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    public, both = folder / "cert.pem", folder / "both.pem"
    public.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    both.write_bytes(private + public.read_bytes())
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(both)
    return public, context


def free_port() -> int:
    """A port at which nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])
