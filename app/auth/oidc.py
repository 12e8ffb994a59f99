"""Log-in by the organisation's provider: OpenID Connect, authorization code with PKCE, state and nonce, by Authlib."""

import logging
from typing import Any

from flask import Flask, redirect, request, session
from werkzeug.wrappers import Response

from app.auth.login import Provider
from app.settings import Oidc
from graph.errors import UsageError

log = logging.getLogger("clew.app")


def provider(server: Flask, settings: Oidc, address: str) -> Provider:
    """The provider of `settings`; browsers come back to `address` (https://NAME; empty on loopback). Raises UsageError without Authlib."""
    client = _client(server, settings)
    return Provider(
        lambda target: _send(client, f"{address or request.host_url.rstrip('/')}/login/oidc/back", target),
        lambda: _came_back(client, settings.claim),
    )


def _client(server: Flask, settings: Oidc) -> Any:
    try:
        from authlib.integrations.flask_client import OAuth  # an optional extra
    except ImportError:
        raise UsageError("[oidc] needs Authlib. Install it with `pip install clew[oidc]`, or `make setup`.") from None
    server.config.update(SESSION_COOKIE_NAME="clew_oidc", SESSION_COOKIE_SECURE=True, SESSION_COOKIE_HTTPONLY=True)
    server.config.update(SESSION_COOKIE_SAMESITE="Lax")
    return OAuth(server).register(
        "provider",
        client_id=settings.client_id,
        client_secret=settings.secret,
        server_metadata_url=f"{settings.issuer}/.well-known/openid-configuration",
        client_kwargs={"scope": "openid email profile", "code_challenge_method": "S256", "default_timeout": 10},
    )


def _send(client: Any, back: str, target: str) -> Response:
    session["target"] = target
    try:
        answer: Response = client.authorize_redirect(back)
    except Exception as error:  # the provider does not answer, or answers nonsense
        log.error("the OIDC provider cannot be asked", exc_info=error)
        return redirect("/login", 303)
    return answer


def _came_back(client: Any, claim: str) -> tuple[str | None, str]:
    target = str(session.pop("target", "/"))
    try:
        told = client.authorize_access_token().get("userinfo") or {}
    except Exception as error:  # a forged or stale answer, a signature that does not hold, a provider that is away
        log.warning("log-in by OIDC refused from %s: %s", request.remote_addr, type(error).__name__)
        return None, "/"
    finally:
        session.clear()
    if claim == "email" and told.get("email_verified") is not True:
        return None, "/"  # anyone could claim it
    subject = told.get(claim)
    return (subject if isinstance(subject, str) else None), target
