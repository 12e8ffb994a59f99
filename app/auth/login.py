"""The way in and out: /login by password, by the provider, or on loopback by one click of the demonstration; /logout."""

import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Any

from flask import Flask, abort, g, make_response, redirect, request
from jinja2 import Environment, PackageLoader
from werkzeug.wrappers import Response

from app.audit.chain import Ledger
from app.auth import sessions, users
from app.auth.guard import CSRF_COOKIE, SESSION_COOKIE, actor, forget, local_target, remember
from app.auth.passwords import Passwords
from app.auth.throttle import Throttle
from app.roles import Actor, Role

WRONG = "This user and password do not go together. Check both, and whether Caps Lock is on."
_TEMPLATE = Environment(loader=PackageLoader("app.auth", "."), autoescape=True).get_template("login.html.j2")


@dataclass
class Doors:
    """How one may come in. `demo`: users who sign in by one click. `oidc`: sends to the provider, and answers who came back."""

    ledger: Ledger
    passwords: Passwords
    demo: Mapping[str, Role] = field(default_factory=dict)
    oidc: "Provider | None" = None
    throttle: Throttle = field(default_factory=Throttle)


@dataclass(frozen=True)
class Provider:
    """`send`: the redirect to the provider, given where to go afterwards. `came_back`: (subject or None, where to go)."""

    send: Callable[[str], Response]
    came_back: Callable[[], tuple[str | None, str]]


def register(server: Flask, doors: Doors) -> None:
    """Add the routes; those of doors that are shut answer 404."""
    server.add_url_rule("/login", "sign-in", partial(page, doors), methods=["GET"])
    server.add_url_rule("/login", "sign-in-submitted", partial(submitted, doors), methods=["POST"])
    server.add_url_rule("/login/demo", "sign-in-demo", partial(demo, doors), methods=["POST"])
    server.add_url_rule("/login/oidc", "sign-in-oidc", partial(sent, doors), methods=["GET"])
    server.add_url_rule("/login/oidc/back", "sign-in-oidc-back", partial(back, doors), methods=["GET"])
    server.add_url_rule("/logout", "sign-out", partial(out, doors.ledger), methods=["POST"])


def page(doors: Doors, fault: str = "", status: int = 200) -> Response:
    """The log-in page; whoever is signed in goes on."""
    target = local_target(request.values.get("next", "/"))
    if g.session is not None and not fault:
        return redirect(target, 303)
    csrf = request.cookies.get(CSRF_COOKIE) or secrets.token_urlsafe(32)
    with doors.ledger.reading() as connection:
        known = users.can_sign_in(connection)
    html = _TEMPLATE.render(fault=fault, demo=doors.demo, oidc=doors.oidc is not None, passwords=known, csrf=csrf, target=target)
    answer = make_response(html, status)
    answer.set_cookie(CSRF_COOKIE, csrf, secure=True, samesite="Lax", path="/")
    if SESSION_COOKIE in request.cookies:
        answer.delete_cookie(SESSION_COOKIE, path="/", secure=True, httponly=True, samesite="Lax")
    return answer


def submitted(doors: Doors) -> Response:
    """Check a user and password; every failure looks and takes the same."""
    name, password = request.form.get("name", "").strip().lower(), request.form.get("password", "")
    address = request.remote_addr or ""
    if wait := doors.throttle.wait_seconds(name[:64], address):
        answer = page(doors, f"Too many attempts. Wait {max(1, round(wait / 60))} minutes, then try again.", 429)
        answer.headers["Retry-After"] = str(int(wait) + 1)
        return answer
    with doors.ledger.reading() as connection:
        known = users.find(connection, name) if users.NAME.fullmatch(name) else None
    stored = known["password"] if known and not known["disabled"] else None
    if not doors.passwords.holds(stored, password) or known is None:
        _refused(doors.ledger, known["name"] if known else None, address)
        return page(doors, WRONG, 401)
    doors.throttle.succeeded(name[:64], address)
    return _in(doors.ledger, known, "password")


def demo(doors: Doors) -> Response:
    """Sign a demonstration user in by one click."""
    name = request.form.get("name", "")
    if name not in doors.demo:
        abort(404, "There is no demonstration here.")
    return _in(doors.ledger, {"name": name, "role": doors.demo[name]}, "demo")


def sent(doors: Doors) -> Response:
    """Send the browser to the provider."""
    return _provider(doors).send(local_target(request.args.get("next", "/")))


def back(doors: Doors) -> Response:
    """The provider sent the browser back: sign in whom it names, if an administrator added them."""
    subject, target = _provider(doors).came_back()
    with doors.ledger.reading() as connection:
        name = users.by_subject(connection, subject) if subject else None
        known = users.find(connection, name) if name else None
    if known is None:
        _refused(doors.ledger, None, request.remote_addr or "")
        return page(
            doors, "Your organisation knows you, but nobody added you here. Ask an administrator of Clew." if subject else WRONG, 401
        )
    return _in(doors.ledger, known, "oidc", local_target(target))


def out(ledger: Ledger) -> Response:
    """Sign out."""
    with ledger.writing(actor()) as writing:
        sessions.end(writing, g.session)
    answer = redirect("/login", 303)
    forget(answer)
    return answer


def _in(ledger: Ledger, user: Mapping[str, Any], how: str, target: str | None = None) -> Response:
    """A new session, whatever the browser had before."""
    who = Actor(user["name"], Role(user["role"]), request.remote_addr or "")
    with ledger.writing(who) as writing:
        token, csrf = sessions.begin(writing, who.name, how, request.cookies.get(SESSION_COOKIE))
    answer = redirect(local_target(request.form.get("next", "/")) if target is None else target, 303)
    remember(answer, token, csrf)
    return answer


def _refused(ledger: Ledger, name: str | None, address: str) -> None:
    """Into the audit log; a name that is no user's is left out: it may be a password typed into the wrong field."""
    with ledger.writing(Actor(name or "unknown", Role.VIEWER, address)) as writing:
        writing.log("sign-in refused")


def _provider(doors: Doors) -> Provider:
    if doors.oidc is None:
        abort(404, "No provider is set; see [oidc] in docs/app.md.")
    return doors.oidc
