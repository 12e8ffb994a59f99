"""Log-in by a provider: a small one of our own on loopback, honest or not."""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey

from app.auth import users
from app.cases.ledger import ITSELF
from app.main import create_app
from app.roles import Role
from app.settings import Oidc, read_settings
from graph.store.workspace import Workspace
from tests.app.people import CHEAP, a_ledger
from tests.factory import a_workspace

BASE = "http://127.0.0.1:8050"
KEY, OTHER_KEY = RSAKey.generate_key(2048, auto_kid=True), RSAKey.generate_key(2048, auto_kid=True)


@dataclass
class Provider:
    """What the next token says; `key` signs it. `asked`: forms that came to the token endpoint."""

    address: str = ""
    nonce: str = ""
    key: RSAKey = field(default_factory=lambda: KEY)
    claims: dict[str, Any] = field(default_factory=dict)
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    def token(self) -> dict[str, Any]:
        now = int(time.time())
        told = {"iss": self.address, "aud": "clew", "sub": "1", "iat": now, "exp": now + 60, "nonce": self.nonce}
        told |= {"email": "ana@example.org", "email_verified": True} | self.claims
        signed = jwt.encode({"alg": "RS256", "kid": KEY.kid}, told, self.key)
        return {"access_token": "a", "token_type": "Bearer", "id_token": signed}


@pytest.fixture
def provider() -> Iterator[Provider]:
    known = Provider()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            discovery = {
                "issuer": known.address,
                "authorization_endpoint": f"{known.address}/authorize",
                "token_endpoint": f"{known.address}/token",
                "jwks_uri": f"{known.address}/keys",
                "id_token_signing_alg_values_supported": ["RS256"],
            }
            self.answer({"keys": [KEY.as_dict(private=False)]} if self.path == "/keys" else discovery)

        def do_POST(self) -> None:
            known.asked.append(parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode()))
            self.answer(known.token())

        def answer(self, value: Any) -> None:
            content = json.dumps(value).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    known.address = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})  # which is how long its end takes
    thread.start()
    yield known
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def visitor(workspace: Workspace, provider: Provider) -> FlaskClient:
    ledger = a_ledger(workspace)
    with ledger.writing(ITSELF) as writing:
        users.add(writing, "ana", Role.APPROVER, subject="ana@example.org")
        users.add(writing, "gone", Role.ADMIN, subject="gone@example.org")
        users.set_disabled(writing, "gone", True)
    settings = replace(read_settings(workspace, {}), oidc=Oidc(provider.address, "clew", "the-secret"))
    return create_app(workspace, settings=settings, passwords=CHEAP).server.test_client()  # type: ignore[no-any-return]


def sent(visitor: FlaskClient, provider: Provider, target: str = "/cases") -> dict[str, list[str]]:
    answer = visitor.get("/login/oidc", query_string={"next": target}, base_url=BASE)
    assert answer.headers["Location"].startswith(f"{provider.address}/authorize?")
    asked = parse_qs(urlsplit(answer.headers["Location"]).query)
    provider.nonce = asked["nonce"][0]
    return asked


def came_back(visitor: FlaskClient, state: str) -> Any:
    return visitor.get("/login/oidc/back", query_string={"code": "c", "state": state}, base_url=BASE)


def test_who_was_added_signs_in(visitor: FlaskClient, provider: Provider) -> None:
    asked = sent(visitor, provider)
    assert asked["redirect_uri"] == [f"{BASE}/login/oidc/back"]
    assert asked["code_challenge_method"] == ["S256"]
    answer = came_back(visitor, asked["state"][0])
    assert (answer.status_code, answer.headers["Location"]) == (303, "/cases")
    assert "code_verifier" in provider.asked[0]
    assert '"ana"' in visitor.get("/_dash-layout", base_url=BASE).text
    assert "Sign in with your organisation" in visitor.application.test_client().get("/login", base_url=BASE).text


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil"])
def test_it_leads_to_our_own_pages_alone(visitor: FlaskClient, provider: Provider, target: str) -> None:
    assert came_back(visitor, sent(visitor, provider, target)["state"][0]).headers["Location"] == "/"


@pytest.mark.parametrize(
    "claims",
    [
        {"email": "stranger@example.org"},
        {"email": "gone@example.org"},
        {"email_verified": False},
        {"email_verified": "true"},
        {"email": ["ana@example.org"]},
        {"email": None},
        {"iss": "https://other.example"},
        {"aud": "other"},
        {"exp": 1_000_000_000},
        {"nonce": "another"},
    ],
)
def test_others_do_not(visitor: FlaskClient, provider: Provider, claims: dict[str, Any]) -> None:
    state = sent(visitor, provider)["state"][0]
    provider.claims = claims
    assert came_back(visitor, state).status_code == 401
    assert visitor.get("/api/search?q=a", base_url=BASE).status_code == 401


def test_a_token_that_another_key_signed_is_refused(visitor: FlaskClient, provider: Provider) -> None:
    state = sent(visitor, provider)["state"][0]
    provider.key = OTHER_KEY
    assert came_back(visitor, state).status_code == 401


def test_an_answer_that_nobody_asked_for_is_refused(visitor: FlaskClient, provider: Provider) -> None:
    """Forged by someone who wants the victim signed in as them: the state is not this browser's."""
    other = visitor.application.test_client()
    state = sent(other, provider)["state"][0]
    assert came_back(visitor, state).status_code == 401
    assert came_back(visitor, "made-up").status_code == 401
    assert visitor.get("/login/oidc/back?error=access_denied", base_url=BASE).status_code == 401
    used = sent(visitor, provider)["state"][0]
    assert came_back(visitor, used).status_code == 303
    assert came_back(visitor.application.test_client(), used).status_code == 401


def test_a_provider_that_is_away_is_no_bug(tmp_path: Path) -> None:
    space = a_workspace(tmp_path)
    settings = replace(read_settings(space, {}), oidc=Oidc("http://127.0.0.1:1", "clew", "s"))
    away = create_app(space, settings=settings, passwords=CHEAP).server.test_client()
    assert away.get("/login/oidc", base_url=BASE).headers["Location"] == "/login"
    assert away.get("/login/oidc/back?code=c&state=s", base_url=BASE).status_code == 401


def test_without_a_provider_there_is_no_such_door(tmp_path: Path) -> None:
    without = create_app(a_workspace(tmp_path), passwords=CHEAP).server.test_client()
    for path in ("/login/oidc", "/login/oidc/back"):
        assert without.get(path, base_url=BASE).status_code == 404
