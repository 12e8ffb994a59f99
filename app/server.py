"""What stands around every route: headers, body size, host and origin checks, and errors without a stack trace.

It answers to loopback names and to the one address that the settings name, and only to pages it served itself. Who may do what is
asked in app.auth.
"""

import ipaddress
import logging
import re
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any
from urllib.parse import urlsplit

from dash.exceptions import DependencyException
from flask import Flask, Response, abort, request
from werkzeug.exceptions import HTTPException

from app.auth.guard import Guard

MAX_BODY_BYTES = 1 << 20
CALLBACK_PATH = "/_dash-update-component"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PORT = re.compile(r":\d{1,5}$")

log = logging.getLogger("clew.app")

_FIXED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def content_policy(script_hashes: Iterable[str]) -> str:
    """The Content-Security-Policy: our own files, the inline scripts whose hashes are given, and nothing from elsewhere."""
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self' {' '.join(sorted(set(script_hashes)))}".rstrip(),
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "font-src 'self'",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "form-action 'self'",
            "frame-ancestors 'none'",
            "base-uri 'none'",
        ]
    )


def secure(
    server: Flask,
    key: bytes,
    address: str,
    guard: Guard,
    script_hashes: Callable[[], Iterable[str]],
    callbacks: Callable[[], Mapping[str, Any]],
) -> None:
    """Guard every route of `server`; call it before routes are added. `key`: signs what Flask itself keeps in cookies. `address`:
    where a proxy serves the pages, or empty. `script_hashes` and `callbacks` (Dash's map of them) are asked when a request comes:
    Dash adds to both with its first request."""
    server.secret_key = key
    server.config.update(MAX_CONTENT_LENGTH=MAX_BODY_BYTES, MAX_FORM_MEMORY_SIZE=MAX_BODY_BYTES)
    for check in (
        partial(refuse_strangers, address),
        guard.recognise,
        guard.refuse_forged,
        lambda: refuse_malformed(callbacks()),
        guard.authorise,
    ):
        server.before_request(check)
    server.after_request(lambda response: with_headers(response, script_hashes()))
    server.register_error_handler(Exception, failed)


def is_loopback(host: str) -> bool:
    """Is `host` this machine alone? `localhost` or an address of 127.0.0.0/8 or ::1."""
    try:
        return host == "localhost" or ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def refuse_strangers(address: str) -> None:
    """Refuse names other than loopback and `address` (DNS rebinding), and requests that another site's page makes."""
    named = bool(address) and request.host == urlsplit(address).netloc
    if not named and not is_loopback(_PORT.sub("", request.host).strip("[]")):
        abort(421, f"Clew answers at {address or '127.0.0.1 or localhost'} only. Open it by that name.")
    if _cross_site(address if named else request.host_url.rstrip("/")):
        abort(403, "This request came from another site's page. Open Clew directly.")


def _cross_site(own: str) -> bool:
    """A write from elsewhere, or a read from elsewhere that is no plain navigation to a page."""
    origin, fetch_site = request.headers.get("Origin"), request.headers.get("Sec-Fetch-Site", "none")
    if origin == "null" and fetch_site == "same-origin":
        return False  # a form of our own: our policy hides referrers, and with them a form's origin; the browser vouches by the other
    if request.method not in _SAFE_METHODS and origin is not None and origin != own:
        return True
    if fetch_site in ("none", "same-origin"):
        return False
    navigates = request.headers.get("Sec-Fetch-Mode") == "navigate" and request.headers.get("Sec-Fetch-Dest", "document") == "document"
    return not (navigates and request.method == "GET" and not request.path.startswith(("/api/", "/export/")))


def refuse_malformed(known: Mapping[str, Any]) -> None:
    """Answer 400 to a callback request that no page of ours can have sent; Dash would answer 500.

    `known`: output → what Dash knows of its callback; the parts sent must be those it declares, in their order.
    """
    if request.path != CALLBACK_PATH or request.method != "POST":
        return
    body = _json()
    if not (isinstance(body, dict) and isinstance(body.get("output"), str) and body["output"] in known):
        abort(400, "Malformed callback request.")
    declared = known[body["output"]]
    several = body["output"].startswith("..")
    outputs = body.get("outputs") if several else [body.get("outputs")]
    if (
        _names(outputs) != body["output"].removeprefix("..").removesuffix("..").split("...")
        or _names(body.get("inputs")) != [f"{part['id']}.{part['property']}" for part in declared["inputs"]]
        or _names(body.get("state", [])) != [f"{part['id']}.{part['property']}" for part in declared["state"]]
        or not isinstance(body.get("changedPropIds", []), list)
        or not all(isinstance(name, str) for name in body.get("changedPropIds", []))
    ):
        abort(400, "Malformed callback request.")


def _names(parts: Any) -> list[str] | None:
    """`id.property` of each part, None where they are no list of parts."""
    described = isinstance(parts, list) and all(
        isinstance(part, dict) and isinstance(part.get("id"), str) and isinstance(part.get("property"), str) for part in parts
    )
    return [f"{part['id']}.{part['property']}" for part in parts] if described else None


def _json() -> Any:
    try:
        return request.get_json(silent=True)
    except RecursionError:  # nested thousands deep
        return None


def with_headers(response: Response, script_hashes: Iterable[str]) -> Response:
    """Security headers on every answer; pages and data are never stored by the browser."""
    response.headers.update(_FIXED_HEADERS)
    response.headers["Content-Security-Policy"] = content_policy(script_hashes)
    if response.mimetype in ("text/html", "application/json"):
        response.headers["Cache-Control"] = "no-store"
    return response


def failed(error: Exception) -> tuple[str, int, dict[str, str]]:
    """An error as one line of text; the stack trace goes to the log alone."""
    text = {"Content-Type": "text/plain; charset=utf-8"}
    if isinstance(error, DependencyException):  # Dash's, for a library it does not serve
        return "Nothing is served there.\n", 404, text
    if isinstance(error, HTTPException):
        return f"{error.description}\n", error.code or 500, text
    log.error("request %s failed", request.path, exc_info=error)
    return "Something failed in Clew; its log says what.\n", 500, text
