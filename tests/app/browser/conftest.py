"""A real Chromium before a real server; every page is watched for errors, foreign requests and policy violations."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, Playwright, expect
from werkzeug.serving import make_server

from app.main import STRICT_PLOTLY, create_app
from graph.store.workspace import Workspace, create_workspace
from tests.app.scene import a_scene

PATIENCE_MS = 30_000  # software GL on a busy machine is slow; a test that passes does not wait
expect.set_options(timeout=PATIENCE_MS)

CHROMIUM = Path("/usr/bin/chromium")
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--use-gl=angle",
    "--use-angle=swiftshader",
    "--enable-unsafe-swiftshader",
    "--disable-gpu-compositing",  # software GL draws the graph; to compose whole pages with it costs as much again as all the rest
]


@dataclass
class Site:
    """A served workspace."""

    address: str
    workspace: Workspace


@dataclass
class Watched:
    """What a page did that it must not do."""

    faults: list[str] = field(default_factory=list)


@pytest.fixture(scope="session")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    if not STRICT_PLOTLY.is_file():
        pytest.skip("assets/vendor is not built: run `npm ci && npm run build` in app/browser")
    workspace = create_workspace(tmp_path_factory.mktemp("site") / "workspace")
    a_scene(workspace, accounts=120, clusters=6)
    yield from serve(workspace)


def serve(workspace: Workspace) -> Iterator[Site]:
    server = make_server("127.0.0.1", 0, create_app(workspace, demo=True).server, threaded=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    yield Site(f"http://127.0.0.1:{server.server_port}", workspace)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(scope="session")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    if not CHROMIUM.exists():
        pytest.skip("Debian's chromium is not installed")
    browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=_ARGUMENTS)
    yield browser
    browser.close()


@pytest.fixture(scope="session")
def shared_context(chromium: Browser, site: Site) -> Iterator[BrowserContext]:
    made = chromium.new_context(viewport={"width": 1440, "height": 900}, color_scheme="dark", base_url=site.address, accept_downloads=True)
    made.set_default_timeout(PATIENCE_MS)
    made.add_init_script(_VIOLATIONS)
    sign_in(made)
    yield made
    made.close()


def sign_in(context: BrowserContext, name: str = "demo-second") -> None:
    """One click, as `make demo` offers it."""
    page = context.new_page()
    page.goto("/login")
    page.locator(f"#sign-in-{name}").click()
    expect(page.locator("#person")).to_have_text(name)
    page.close()


_VIOLATIONS = "document.addEventListener('securitypolicyviolation', e => console.error('CSP', e.violatedDirective, e.blockedURI))"


@pytest.fixture(scope="session")
def shared_page(shared_context: BrowserContext, site: Site) -> Iterator[tuple[Page, Watched]]:
    made, watched = shared_context.new_page(), Watched()
    watch(made, site, watched)
    yield made, watched
    made.close()


@pytest.fixture
def page(shared_page: tuple[Page, Watched]) -> Iterator[Page]:
    """The one page of all tests; it fails a test when it logs an error, asks another host, or opens a dialog.

    It stays where the test before left it: `opened` loads anew only what is not there untouched.
    """
    made, watched = shared_page
    watched.faults.clear()
    yield made
    assert watched.faults == []


@pytest.fixture
def own_page(shared_context: BrowserContext, site: Site) -> Iterator[Page]:
    """A page of its own, for tests that change what a page runs."""
    made, watched = shared_context.new_page(), Watched()
    watch(made, site, watched)
    yield made
    made.close()
    assert watched.faults == []


def watch(page: Page, site: Site, watched: Watched) -> None:
    def asked(request: Any) -> None:
        if not request.url.startswith((site.address, "data:", "blob:")):
            watched.faults.append(f"foreign request {request.url}")

    def opened(dialog: Any) -> None:
        watched.faults.append(f"dialog {dialog.message}")
        dialog.dismiss()

    page.on("request", asked)
    page.on("dialog", opened)
    page.on("pageerror", lambda error: watched.faults.append(f"error {error}"))
    page.on("console", lambda message: watched.faults.append(f"console {message.text}") if message.type == "error" else None)
