"""The app: pages, routes and guards put together, and the server that runs them."""

import logging
import socket
from pathlib import Path
from typing import Any

import dash
from dash import ClientsideFunction, Dash, Input, Output

from app import routes
from app.exports import Export, Exports
from app.pages import PAGES
from app.queries.night import Nights
from app.server import is_loopback, secure
from app.views import shell
from graph.errors import ClewError, UsageError
from graph.store.snapshot import Snapshot
from graph.store.workspace import Workspace

ASSETS = Path(__file__).resolve().parent.parent / "assets"
STRICT_PLOTLY = ASSETS / "vendor" / "plotly-strict.min.js"
THREADS = 8

log = logging.getLogger("clew.app")


def create_app(workspace: Workspace, export: Export | None = None) -> Dash:
    """The app over `workspace`; shows each new snapshot without a restart. `export` writes the bundles (graph.bundle's by default)."""
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
    nights = Nights(workspace)
    routes.register(app.server, nights, Exports(workspace, export or _bundle), STRICT_PLOTLY)
    for page in PAGES:
        dash.register_page(page.__name__, path_template=page.PATH, title=f"{page.TITLE} · clew", name=page.TITLE, layout=page.layout)
        page.register(app, nights)
    app.layout = shell.layout
    _clientside(app)
    secure(app.server, app.csp_hashes, lambda: app.callback_map)
    return app


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


def serve(workspace: Workspace, host: str, port: int) -> None:
    """Serve the app until it is stopped; prints the address once it listens.

    Call it before anything else in the process uses Polars: the server forks, and threads do not survive that.
    Raises UsageError beyond loopback, and when the port is taken.
    """
    _check_address(host, port)
    _run(create_app(workspace).server, host, port)


def _check_address(host: str, port: int) -> None:
    if not is_loopback(host):
        raise UsageError(
            f"--host {host}: this version of Clew has no log-in yet, so it serves on the loopback address only.\n"
            "Leave --host out, and reach it from elsewhere through an SSH tunnel (ssh -L 8050:127.0.0.1:8050)."
        )
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
