"""The app: pages, routes and guards put together, and the server that runs them."""

import hmac
import logging
import socket
from pathlib import Path
from typing import Any

import dash
from dash import ClientsideFunction, Dash, Input, Output
from flask import Flask, g, has_request_context

from app import routes
from app.audit.chain import Clock, Ledger, clock
from app.auth import login, oidc, users
from app.auth.guard import Guard, trust_proxies
from app.auth.login import Doors
from app.auth.passwords import Passwords
from app.cases.ledger import ITSELF, open_ledger
from app.desk import Desk
from app.exports import Export, Exports
from app.pages import PAGES
from app.queries.night import Nights
from app.roles import Permission
from app.server import is_loopback, secure
from app.settings import AppSettings, read_settings
from app.views import shell
from graph.errors import ClewError, UsageError
from graph.store.files import storage_errors
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace

ASSETS = Path(__file__).resolve().parent.parent / "assets"
STRICT_PLOTLY = ASSETS / "vendor" / "plotly-strict.min.js"
THREADS = 8

log = logging.getLogger("clew.app")


def create_app(
    workspace: Workspace,
    export: Export | None = None,
    *,
    settings: AppSettings | None = None,
    demo: bool = False,
    passwords: Passwords | None = None,
    now: Clock = clock,
) -> Dash:
    """The app over `workspace`; shows each new snapshot without a restart. `export` writes the bundles (graph.bundle's by default).

    `settings`: those of the workspace by default. `demo`: the demonstration's users sign in by one click. Raises DataRefused, StorageError.
    """
    settings = settings or read_settings(workspace)
    desk = Desk(Nights(workspace), open_ledger(workspace, settings, now))
    app = Dash(
        "app",
        use_pages=True,
        pages_folder="",
        assets_folder=str(ASSETS),
        assets_ignore=r"plotly-strict\.min\.js|theme\.js",
        index_string=shell.INDEX,
        title="clew",
        include_pages_meta=False,
        update_title="",
        suppress_callback_exceptions=True,
        enable_mcp=False,
        on_error=tell,
    )
    secure(app.server, _key(workspace), settings.address, Guard(desk.ledger), app.csp_hashes, lambda: app.callback_map)
    trust_proxies(app.server, settings.trusted_proxies)
    login.register(app.server, _doors(app.server, desk.ledger, settings, demo, passwords or Passwords()))
    routes.register(app.server, desk, Exports(workspace, export or _bundle), STRICT_PLOTLY)
    for page in PAGES:
        dash.register_page(page.__name__, path_template=page.PATH, title=f"{page.TITLE} · clew", name=page.TITLE, layout=page.layout)
        page.register(app, desk)
    app.layout = _layout
    _clientside(app)
    desk.ledger.database.rest()  # the server forks
    return app


def _layout() -> Any:
    """The frame around every page, for whoever asks; Dash asks once by itself when it starts."""
    session = g.get("session") if has_request_context() else None
    return shell.layout(session.actor.name, session.csrf, session.actor.may(Permission.AUDIT)) if session else shell.layout()


def _doors(server: Flask, ledger: Ledger, settings: AppSettings, demo: bool, passwords: Passwords) -> Doors:
    if demo:
        with ledger.writing(ITSELF) as writing:
            users.add_demo(writing)
    provider = oidc.provider(server, settings.oidc, settings.address) if settings.oidc else None
    return Doors(ledger, passwords, users.DEMO if demo else {}, provider)


def _key(workspace: Workspace) -> bytes:
    """What Flask signs its own short-lived cookies with: the same after a restart, and nothing else's key."""
    with storage_errors(workspace.key_file):
        return hmac.digest(workspace.key_file.read_bytes(), b"clew pages, cookies of flask", "sha256")


def _clientside(app: Dash) -> None:
    """What the browser does by itself on every page."""
    app.clientside_callback(ClientsideFunction("clew", "moved"), Output("moved", "data"), Input("_pages_location", "pathname"))
    app.clientside_callback(ClientsideFunction("clew", "themed"), Output("themed", "data"), Input("theme", "data"))


def tell(error: Exception) -> None:
    """Show what went wrong in a callback: our own words as they are, anything else as a plain sentence; details go to the log."""
    if isinstance(error, ClewError):
        message = str(error)
    else:
        log.error("callback failed", exc_info=error)
        message = "Something failed on the server; its log says what. Reload the page to try again."
    dash.set_props("failure", {"children": message})


def _bundle(workspace: Workspace, snap: Snapshot, cluster_id: str, out: Path, *, redaction: str) -> Path:
    from graph.bundle.export import export_bundle  # loaded on the first export: nothing else needs it
    from graph.bundle.redaction import Redaction

    return export_bundle(workspace, snap, cluster_id, out, redaction=Redaction(redaction))


def serve(workspace: Workspace, host: str, port: int, demo: bool = False) -> None:
    """Serve the app until it is stopped; prints the address once it listens.

    Call it before anything else in the process uses Polars: the server forks, and threads do not survive that.
    Raises UsageError beyond loopback where not everyone must sign in, and when the port is taken.
    """
    settings = read_settings(workspace)
    if not is_loopback(host):
        _check_beyond(workspace, settings, host, demo)
    _check_port(host, port)
    _run(create_app(workspace, settings=settings, demo=demo).server, host, port)


def _check_beyond(workspace: Workspace, settings: AppSettings, host: str, demo: bool) -> None:
    if demo:
        raise UsageError(f"--host {host}: --demo signs anyone in, so it is served on the loopback address only. Leave one of them out.")
    ledger = open_ledger(workspace, settings)
    with ledger.reading() as connection:
        known = users.can_sign_in(connection)
    ledger.database.rest()
    if not known:
        raise UsageError(
            f"--host {host}: nobody could sign in: there is no user yet.\nAdd one: `clew users add {workspace.root} NAME --role admin`."
        )
    if not settings.address:
        raise UsageError(
            f'--host {host}: beyond loopback the pages need a name and TLS. Write address = "https://NAME" into '
            f"{workspace.root / 'app.toml'}, and let a proxy serve that name (docs/app.md)."
        )


def _check_port(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except (OSError, OverflowError) as error:
            reason = getattr(error, "strerror", None) or str(error)
            raise UsageError(f"{host}:{port}: cannot listen there ({reason}). Choose another with --port.") from error


def _run(server: Any, host: str, port: int) -> None:
    from gunicorn.app.base import BaseApplication  # type: ignore[import-untyped]  # loaded here: tests and other commands need no server

    class Application(BaseApplication):  # type: ignore[misc]
        def load_config(self) -> None:
            for name, value in _settings(host, port).items():
                self.cfg.set(name, value)

        def load(self) -> Any:
            return server

    Application().run()


def _settings(host: str, port: int) -> dict[str, Any]:
    """gunicorn's settings. One worker: export jobs live in it, and Polars uses all cores from one process."""
    shown = f"[{host}]" if ":" in host else host
    return {
        "bind": f"{shown}:{port}",
        "workers": 1,
        "threads": THREADS,
        "worker_class": "gthread",
        "loglevel": "warning",
        "timeout": 120,
        "graceful_timeout": 5,
        "control_socket_disable": True,
        "when_ready": lambda _server: print(f"http://{shown}:{port}", flush=True),
    }
