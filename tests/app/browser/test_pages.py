import json
import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from graph.bundle.verify import verify_bundle
from tests.app.browser.conftest import PATIENCE_MS, Site
from tests.app.scene import a_scene

pytestmark = pytest.mark.browser

CLUSTER = "/cluster/CL-0014A7"
ENTITY = "/entity/7000000000000000007"  # its label is hostile
AXE = Path(__file__).parents[3] / "app" / "browser" / "node_modules" / "axe-core" / "axe.min.js"


def opened(page: Page, path: str = CLUSTER, *, anew: bool = False) -> Page:
    """`path`, loaded. A page that stands there already, with no filter or choice in its address, serves again unless `anew`."""
    if anew or not page.url.endswith(path):
        page.goto(path)
    if path.startswith("/cluster/CL-0014A7"):
        expect(page.locator("#link-count")).to_contain_text("nodes")
        expect(page.locator("#timeline .bars .point").first).to_be_attached()
        expect(page.locator("#members .cell-link").first).to_be_attached()
    elif path == "/":
        expect(page.locator("#tonight-queue .cell-link").first).to_be_visible()
    elif path.startswith("/queue"):
        expect(page.locator("#queue-grid .cell-link").first).to_be_visible()
    return page


def shown_graph(page: Page, what: str) -> list[str]:
    found: list[str] = page.evaluate(f"[...window.clewGraph.shown().look.{what}]")
    return found


def soon(page: Page, holds: Callable[[], bool]) -> None:
    """Wait until it holds: the graph follows the tables, with no element to wait for."""
    end = time.monotonic() + PATIENCE_MS / 1000
    while not holds() and time.monotonic() < end:
        page.wait_for_timeout(50)
    assert holds()


def an_account(page: Page) -> str:
    found = page.locator("#members .cell-link").first.get_attribute("href")
    assert found
    return found


COMPARE = "/compare/CL-0014A7/CL-003396"
PAGES = [
    "/",
    "/queue",
    "/queue?show=all",
    "/runs",
    CLUSTER,
    "/cluster/CL-NONE",
    ENTITY,
    "/entity/nonsense",
    "/account/nobody%3Cb%3E",
    "/nowhere",
    "/pair/a/b",
    COMPARE,
    "/compare/a/b",
]


@pytest.mark.parametrize("path", PAGES)
def test_page_loads_clean(page: Page, path: str) -> None:
    opened(page, path, anew=True)
    page.wait_for_load_state("networkidle")
    expect(page.locator("h1").first).to_be_visible()
    expect(page.locator("#failure")).to_be_empty()


def test_unknown_ids_say_so(page: Page) -> None:
    opened(page, "/cluster/CL-NONE")
    expect(page.locator("#cluster-missing")).to_contain_text("No cluster 'CL-NONE'")
    opened(page, "/account/nobody%3Cb%3E")
    expect(page.locator("#account-missing")).to_contain_text("No account 'nobody<b>'")
    expect(page.locator("#account-body")).to_be_hidden()


def test_hostile_text_is_shown_and_runs_nothing(page: Page) -> None:
    shown = "<img src=x onerror=alert(1)>⟨U+202E⟩=cmd|'/c calc'!A1⟨U+200B⟩"
    opened(page)
    expect(page.locator("#templates")).to_contain_text(shown)
    page.locator("#reasons summary").click()
    expect(page.locator("#reasons")).to_contain_text(shown)
    expect(page.locator("#entities")).to_contain_text("<img src=x onerror=alert(1)>")
    page.keyboard.press("/")
    page.keyboard.type("onerror")
    expect(page.locator("#search-results .hit").first).to_contain_text("<img src=x")
    opened(page, ENTITY)
    expect(page.locator("h1")).to_have_text(shown)
    assert page.locator("img").count() == 0


def test_queue_to_account_by_keyboard_and_mouse(page: Page) -> None:
    opened(page, "/queue")
    expect(page.locator("#queue-grid .ag-row")).to_have_count(6)
    for key in ("j", "j", "k", "j", "k"):
        page.keyboard.press(key)
    expect(page.locator("#queue-grid .ag-row-selected")).to_contain_text("CL-0014A7")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(CLUSTER))
    expect(page.locator("#link-count")).to_contain_text("131 nodes")
    expect(page.locator("#cluster-place")).to_have_text("1 of 6")
    account = an_account(page)
    page.locator("#members .ag-row").first.locator(".ag-cell").nth(1).click()
    expect(page).to_have_url(re.compile(re.escape(account)))
    expect(page.locator("#account-clusters")).to_contain_text("CL-0014A7")
    expect(page.locator("#account-activity .bars .point").first).to_be_attached()
    page.locator("#account-entities .cell-link").first.click()
    expect(page.locator("#entity-accounts .ag-row").first).to_be_visible()


def test_question_mark_lists_the_keys_and_escape_closes_them(page: Page) -> None:
    opened(page, "/queue", anew=True)
    page.keyboard.press("?")
    expect(page.locator("#keys")).to_be_visible()
    expect(page.locator("#keys")).to_contain_text("Next and previous")
    page.keyboard.press("j")
    expect(page.locator("#queue-grid .ag-row-selected")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator("#keys")).to_be_hidden()
    page.locator("#keys-button").click()
    page.locator("#keys-close").click()
    expect(page.locator("#keys")).to_be_hidden()


def test_g_and_a_letter_go_to_a_page(page: Page) -> None:
    opened(page, "/queue", anew=True)
    page.keyboard.press("g")
    page.keyboard.press("t")
    expect(page.locator("h1")).to_have_text("Tonight")
    page.keyboard.press("g")
    page.keyboard.press("r")
    expect(page.locator("#runs-grid .ag-row").first).to_be_visible()


def test_tonight_says_what_changed_and_leads_on(page: Page) -> None:
    opened(page, "/", anew=True)
    expect(page.locator("#tonight-figures .figure").first).to_contain_text("6flagged clusters")
    expect(page.locator("#tonight-counts")).to_contain_text("2 grown")
    expect(page.locator("#tonight-changes .ag-row").first).to_contain_text("new")
    expect(page.locator("#tonight-channels")).to_contain_text("not available: no object column in the input")
    expect(page.locator("#tonight-queue .cell-link").first).to_be_visible()
    page.keyboard.press("j")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(CLUSTER))


def test_a_cluster_tells_its_line_and_leads_to_a_comparison(page: Page) -> None:
    opened(page)
    expect(page.locator("#line-facts")).to_contain_text("Tonight")
    expect(page.locator("#capabilities")).to_contain_text("No sampled prompts")
    expect(page.locator("#cluster-decisions")).to_contain_text("Nobody has decided")
    page.locator("#compare-link").click()
    expect(page.locator("#compare-sides .side")).to_have_count(2)
    expect(page.locator("#compare-days .bars .point").first).to_be_attached()
    page.locator("#compare-other").fill("CL-NONE")
    page.keyboard.press("Enter")
    expect(page.locator("#compare-missing")).to_contain_text("No cluster 'CL-NONE'")


def test_another_pair_is_asked_for_on_the_page(page: Page) -> None:
    opened(page, "/pair/nobody/CL-NONE")
    expect(page.locator("#pair-missing")).to_contain_text("No account or cluster 'nobody'")
    page.locator("#pair-one").fill("some/one")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/pair/some%2Fone/CL-NONE"))
    expect(page.locator("#pair-missing")).to_contain_text("No account or cluster 'some/one'")


def test_j_and_k_step_through_clusters(page: Page) -> None:
    opened(page)
    page.keyboard.press("j")
    expect(page.locator("#cluster-place")).to_have_text("2 of 6")
    page.keyboard.press("k")
    expect(page.locator("#cluster-place")).to_have_text("1 of 6")
    expect(page.locator("#link-count")).to_contain_text("131 nodes")


def test_charts_send_nothing_anywhere(page: Page) -> None:
    opened(page)
    config = page.evaluate("document.querySelector('#timeline .js-plotly-plot')._context")
    assert config["showSendToCloud"] is False
    assert config["plotlyServerURL"] == ""


def test_png_of_the_graph(page: Page) -> None:
    opened(page)
    with page.expect_download() as waiting:
        page.locator("#tool-png").click()
    assert Path(waiting.value.path()).read_bytes().startswith(b"\x89PNG")


def test_export_downloads_the_bundle(page: Page) -> None:
    opened(page)
    page.locator("#redaction").select_option("public")
    with page.expect_download() as waiting:
        page.locator("#export-bundle").click()
    assert waiting.value.suggested_filename.endswith("CL-0014A7-public.zip")
    verdict = verify_bundle(Path(waiting.value.path()))
    assert verdict.ok, verdict
    assert (verdict.facts["cluster_id"], verdict.facts["redaction"]) == ("CL-0014A7", "public")


def test_click_in_graph_says_why(page: Page) -> None:
    opened(page)
    x, y = page.evaluate(
        """() => { const s = window.clewGraph.shown(); const box = s.place.getBoundingClientRect();
        const at = s.renderer.at('/entity/7000000000000000000'); return [box.x + at.x, box.y + at.y] }"""
    )
    page.mouse.click(x, y)
    card = page.locator("#graph-card")
    expect(card).to_contain_text("card fp_4821c0ffee")
    expect(card).to_contain_text("Shared by")
    expect(page).to_have_url(re.compile("select="))
    soon(page, lambda: len(shown_graph(page, "near")) > 20)
    page.locator("#tool-hide").click()
    expect(card).to_be_hidden()
    soon(page, lambda: "/entity/7000000000000000000" not in shown_graph(page, "nodes"))
    page.locator("#tool-show").click()
    soon(page, lambda: "/entity/7000000000000000000" in shown_graph(page, "nodes"))


def test_row_of_entity_is_chosen_in_graph(page: Page) -> None:
    opened(page)
    page.locator("#entities .ag-row").nth(1).locator(".ag-cell").nth(1).click()
    expect(page.locator("#graph-card")).to_contain_text("synchrony")


def test_lasso_chooses_accounts(page: Page) -> None:
    opened(page)
    page.locator("#tool-lasso").click()
    box = page.locator("#graph").bounding_box()
    assert box
    corners = [(0.15, 0.05), (0.98, 0.05), (0.98, 0.97), (0.15, 0.97)]
    points = [(box["x"] + box["width"] * a, box["y"] + box["height"] * b) for a, b in corners]
    page.mouse.move(*points[0])
    page.mouse.down()
    for point in points[1:]:
        page.mouse.move(*point, steps=4)
    page.mouse.up()
    expect(page.locator("#graph-card")).to_contain_text("accounts chosen")
    expect(page.locator("#graph-card")).to_contain_text("most common")


def test_channel_filters_everything_and_the_url_keeps_it(page: Page) -> None:
    opened(page)
    everyone = page.locator("#in-view").inner_text()
    before = len(shown_graph(page, "edges"))
    for channel in ("ip", "prompt", "timing", "metadata", "registration"):
        page.locator(f'[data-channel-toggle="{channel}"]').click()
    expect(page.locator("#in-view")).to_contain_text("Payment")
    expect(page.locator("#in-view")).not_to_have_text(everyone)
    expect(page.locator("#entities .ag-center-cols-container .ag-row")).to_have_count(3)
    soon(page, lambda: len(shown_graph(page, "edges")) < before)
    expect(page).to_have_url(re.compile("channels=payment"))
    page.reload()
    expect(page.locator("#in-view")).to_contain_text("Payment")
    expect(page.locator('[data-channel-toggle="ip"]')).to_have_attribute("aria-pressed", "false")
    page.locator('[data-channel-toggle="payment"]').click()
    expect(page.locator("#graph-message")).to_contain_text("Nothing links these accounts")


def test_brush_limits_graph_tables_and_counts(page: Page) -> None:
    opened(page)
    before = len(shown_graph(page, "edges"))
    box = page.locator("#timeline .nsewdrag").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] * 0.1, box["y"] + 40)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] * 0.3, box["y"] + 60, steps=6)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"from=2026-08-1\d&to=2026-08-2\d"))
    expect(page.locator("#in-view")).to_contain_text("Aug 2026")
    expect(page.locator("#clear-days")).to_be_visible()
    soon(page, lambda: 0 < len(shown_graph(page, "edges")) < before)
    page.locator("#clear-days").click()
    expect(page.locator("#clear-days")).to_be_hidden()
    soon(page, lambda: len(shown_graph(page, "edges")) == before)


def test_search_by_keyboard(page: Page) -> None:
    opened(page, "/")
    page.keyboard.press("/")
    page.keyboard.type("fp_4821")
    expect(page.locator("#search-results .hit").first).to_contain_text("fp_4821c0ffee")
    page.keyboard.press("ArrowDown")
    expect(page.locator("#search")).to_have_attribute("aria-activedescendant", "hit-0")
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile("/entity/"))
    page.keyboard.press("/")
    page.keyboard.type("zzzz")
    expect(page.locator("#search-results")).to_contain_text("Nothing holds “zzzz”.")
    page.keyboard.press("Escape")
    expect(page.locator("#search-results")).to_be_hidden()


def test_theme_is_kept(page: Page) -> None:
    opened(page)
    page.locator("#theme-toggle").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("#timeline .bars .point path").first).to_have_css("fill", "rgb(143, 86, 0)")
    page.reload()
    expect(page.locator("html")).to_have_attribute("data-theme", "light")
    expect(page.locator("#timeline .bars .point path").first).to_have_css("fill", "rgb(143, 86, 0)")
    page.locator("#theme-toggle").click()
    expect(page.locator("html")).to_have_attribute("data-theme", "dark")


def test_without_webgl_a_plain_canvas_draws(own_page: Page) -> None:
    page = own_page
    page.add_init_script(
        "const get = HTMLCanvasElement.prototype.getContext;"
        "HTMLCanvasElement.prototype.getContext = function (kind, ...rest)"
        "{ return kind.startsWith('webgl') ? null : get.call(this, kind, ...rest) }"
    )
    opened(page)
    assert page.evaluate("window.clewGraph.shown().plain") is True
    assert page.locator("#graph canvas").count() == 1
    page.evaluate("window.clewGraph.select('/entity/7000000000000000000')")
    expect(page.locator("#graph-card")).to_contain_text("card fp_4821c0ffee")


def test_new_snapshot_is_seen_without_restart(page: Page, site: Site) -> None:
    opened(page, "/queue")
    expect(page.locator("#queue-count")).to_contain_text("of 6 clusters")
    a_scene(site.workspace, accounts=120, clusters=5, seed=8)
    try:
        opened(page, "/queue", anew=True)
        expect(page.locator("#queue-count")).to_contain_text("of 5 clusters")
    finally:
        a_scene(site.workspace, accounts=120, clusters=6)


@pytest.mark.parametrize("path", ["/", "/queue", "/runs", CLUSTER, ENTITY, "account", "/cluster/CL-NONE", COMPARE, "/pair/a/b"])
def test_no_serious_accessibility_fault_in_either_theme(page: Page, path: str) -> None:
    if path == "account":
        path = an_account(opened(page))
    opened(page, path)
    page.wait_for_load_state("networkidle")
    page.evaluate(AXE.read_text("utf-8"))  # past the page's policy, as the developer tools do
    for theme in ("dark", "light"):
        expect(page.locator("html")).to_have_attribute("data-theme", theme)
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        bad = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        said = [(v["id"], [n["html"][:160] + str(n["any"][:1]) for n in v["nodes"][:3]]) for v in bad]
        assert not bad, json.dumps([theme, said], indent=1)
        page.locator("#theme-toggle").click()
