"""What stands before every route: who asks, is the write theirs, may they. Nothing is answered that app.auth.policy does not list."""

import secrets
from typing import Any
from urllib.parse import quote

from flask import Flask, abort, g, jsonify, redirect, request
from werkzeug.middleware.proxy_fix import ProxyFix
from werkzeug.wrappers import Response as AnyResponse

from app.audit.chain import Ledger
from app.auth import policy, sessions
from app.auth.sessions import Session
from app.roles import Actor

SESSION_COOKIE, CSRF_COOKIE = "clew_session", "_csrf_token"  # Dash sends the second back as a header, by itself
CSRF_HEADER, CSRF_FIELD = "X-CSRFToken", "csrf"
_SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_PAGES = frozenset({"/", "/<path:path>"})


class Guard:
    """Functions for Flask's before_request, in this order: `recognise`, `refuse_forged`, `authorise`."""

    def __init__(self, ledger: Ledger) -> None:
        self.ledger = ledger

    def recognise(self) -> AnyResponse | None:
        """Find out who asks; send strangers to the log-in page, or refuse them, unless what they ask is open to anyone."""
        g.session = sessions.find(self.ledger, request.cookies.get(SESSION_COOKIE, ""), request.remote_addr or "")
        if g.session is not None or _open():
            return None
        if request.method == "GET" and request.endpoint in _PAGES:
            return redirect("/login" if request.path == "/" else f"/login?next={quote(request.full_path.rstrip('?'))}")
        answer = jsonify({"error": "Sign in first, at /login."})
        answer.status_code = 401
        return answer

    def refuse_forged(self) -> None:
        """Refuse a write that does not carry the token which only our own pages can read."""
        if request.method in _SAFE_METHODS:
            return
        session: Session | None = g.session
        expected = session.csrf if session else request.cookies.get(CSRF_COOKIE, "")
        given = request.headers.get(CSRF_HEADER) or request.form.get(CSRF_FIELD, "")
        if not expected or not secrets.compare_digest(expected.encode(), given.encode()):
            abort(403, "This request does not come from a page of yours. Reload the page, then try again.")

    def authorise(self) -> None:
        """Refuse what the role does not grant, and whatever no table lists."""
        if _open() or request.endpoint is None:  # no such route: Flask answers 404 or 405
            return
        if request.endpoint == policy.CALLBACK_ENDPOINT:
            needed = policy.of_callback(str(_body().get("output")))
        else:
            needed = policy.ENDPOINTS.get(request.endpoint)
        if needed is None or not actor().may(needed):
            abort(403, f"Your role ({actor().role}) does not allow this. Ask an administrator for another.")


def actor() -> Actor:
    """Who asks. Only for requests that passed `recognise`."""
    session: Session | None = g.get("session")
    if session is None:
        abort(401, "Sign in first, at /login.")
    return session.actor


def remember(response: AnyResponse, token: str, csrf: str) -> None:
    """Set both cookies; the session's is out of reach of scripts."""
    kept: dict[str, Any] = {"secure": True, "samesite": "Lax", "path": "/", "max_age": int(sessions.LIFETIME.total_seconds())}
    response.set_cookie(SESSION_COOKIE, token, httponly=True, **kept)
    response.set_cookie(CSRF_COOKIE, csrf, **kept)


def forget(response: AnyResponse) -> None:
    """Take both cookies away."""
    response.delete_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    response.delete_cookie(CSRF_COOKIE, path="/", secure=True, samesite="Lax")


def local_target(target: str) -> str:
    """`target` if it is an address within these pages, else the first page. `//evil` and `/\\evil` are other hosts to a browser."""
    plain = target.isascii() and target.isprintable() and "\\" not in target
    return target if plain and target.startswith("/") and not target.startswith(("//", "/login", "/logout")) else "/"


def _open() -> bool:
    if request.endpoint == policy.ASSETS_ENDPOINT:
        return bool(policy.OPEN_ASSETS.fullmatch((request.view_args or {}).get("filename", "")))
    return request.endpoint in policy.OPEN_ENDPOINTS


def _body() -> dict[str, Any]:
    body: Any = request.get_json(silent=True)
    return body if isinstance(body, dict) else {}


def trust_proxies(server: Flask, count: int) -> None:
    """Believe X-Forwarded-For of the last `count` proxies."""
    if count:
        server.wsgi_app = ProxyFix(server.wsgi_app, x_for=count, x_proto=0, x_host=0)  # type: ignore[method-assign]
