"""Cases in a real browser: by mouse and keyboard, by two people, with hostile text."""

import json
import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from graph.store import decisions
from tests.app.browser.conftest import PATIENCE_MS, Site, Watched, sign_in, watch
from tests.app.browser.test_pages import AXE, opened
from tests.factory import HOSTILE

pytestmark = pytest.mark.browser

SECOND = "/cluster/CL-003396"  # the second of the queue


@pytest.fixture
def as_user(chromium: Browser, site: Site) -> Iterator[object]:
    """Pages of other users, each in a browser of its own; none may log an error."""
    contexts, faults = [], Watched()

    def made(name: str, watched: bool = True) -> Page:
        context = chromium.new_context(viewport={"width": 1440, "height": 900}, base_url=site.address)
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        sign_in(context, name)
        page = context.new_page()
        watch(page, site, faults if watched else Watched())
        return page

    yield made
    for context in contexts:
        context.close()
    assert faults.faults == []


def a_case(page: Page, cluster: str = SECOND) -> str:
    """Open the case of a cluster from its page; returns its address."""
    page.goto(cluster)
    there = page.locator("#open-case:visible, #cluster-case a").first
    there.click()
    expect(page).to_have_url(re.compile(r"/case/\d+$"))
    expect(page.locator("#case-head h1")).to_be_visible()
    return page.url


def test_from_a_cluster_to_a_confirmed_suspicion_by_two_people(as_user, site: Site) -> None:  # type: ignore[no-untyped-def]
    first = as_user("demo")
    address = a_case(first)
    first.locator("#case-title").fill("Second pool")
    first.locator("#case-status").select_option("investigating")
    first.locator("#case-assignee").fill("demo-second")
    first.locator("#case-save").click()
    expect(first.locator("#case-head h1")).to_have_text("Second pool")
    first.locator("#case-note-text").fill(f"seen twice\n{HOSTILE}")
    first.locator("#case-note-add").click()
    expect(first.locator("#case-notes")).to_contain_text("<img src=x onerror=alert(1)>⟨U+202E⟩")
    first.locator("#case-task-text").fill("ask billing")
    first.keyboard.press("Tab")
    first.keyboard.press("Enter")  # the button after the field
    expect(first.locator("#case-tasks")).to_contain_text("ask billing (by demo)")
    first.locator("#case-tick").select_option(label="Done: ask billing")
    first.locator("#case-tick-set").click()
    expect(first.locator("#case-tasks")).to_contain_text("done by demo")
    first.locator("#case-kind").select_option("confirmed")
    first.locator("#case-reason").fill("one card holder")
    first.locator("#case-decide").click()
    expect(first.locator("#failure")).to_contain_text("counter-evidence")
    first.locator("#case-counter").fill("two were cleared")
    first.locator("#case-decide").click()
    expect(first.locator("#case-decisions")).to_contain_text("waits for a second person")
    expect(first.locator("#failure")).to_be_empty()

    second = as_user("demo-second")
    second.goto(address)
    second.locator("#case-choice").select_option(index=1)
    second.locator("#case-approve").click()
    expect(second.locator("#case-decisions")).to_contain_text("in force")
    (stored,) = decisions.in_force(decisions.read(site.workspace))
    assert (stored.kind, stored.by, stored.cluster_id) == ("confirmed", "demo, approved by demo-second", "CL-003396")

    second.locator("#case-choice").select_option(index=1)
    second.locator("#case-answer").fill("a mistake")
    second.locator("#case-undo").click()
    expect(second.locator("#case-decisions")).to_contain_text("undone")
    assert decisions.in_force(decisions.read(site.workspace)) == ()
    expect(second.locator("#case-history .ag-row").first).to_contain_text("decision made")
    with second.expect_download() as waiting:
        second.get_by_role("link", name="Action list").click()
    assert waiting.value.suggested_filename.endswith("CL-003396.csv")


def test_a_viewer_sees_and_cannot_work(as_user) -> None:  # type: ignore[no-untyped-def]
    address = a_case(as_user("demo"))
    page = as_user("demo-viewer")
    page.goto(address)
    expect(page.locator("#case-head h1")).to_be_visible()
    for hidden in ("#case-work", "#case-answers", "#case-note-add", "#case-task-add"):
        expect(page.locator(hidden)).to_be_hidden()
    page.goto("/queue")
    expect(page.locator("#queue-grid .cell-link").first).to_be_visible()
    expect(page.locator("#queue-bulk")).to_be_hidden()
    page.goto(SECOND)
    expect(page.locator("#cluster-case a")).to_be_visible()
    expect(page.locator("#open-case")).to_be_hidden()


def test_many_clusters_of_the_queue_at_once(page: Page) -> None:
    opened(page, "/queue", anew=True)
    for row in (2, 3):
        page.locator(f"#queue-grid .ag-row[row-index='{row}'] .ag-checkbox-input").check()
    page.locator("#queue-bulk-status").select_option("waiting")
    page.locator("#queue-bulk-assignee").fill("demo")
    page.locator("#queue-bulk-apply").click()
    expect(page.locator("#queue-grid .ag-row[row-index='2']")).to_contain_text("Waiting · demo")
    expect(page.locator("#queue-grid .ag-row[row-index='3']")).to_contain_text("Waiting · demo")
    page.goto("/cases")
    page.locator("#cases-grid .ag-header-select-all input").first.check()
    page.locator("#cases-bulk-assignee").fill("-")
    page.locator("#cases-bulk-apply").click()
    expect(page.locator("#cases-grid")).not_to_contain_text("demo")
    expect(page.locator("#cases-grid")).to_contain_text("Waiting")


def test_a_session_that_ended_leads_to_log_in_and_back(as_user, site: Site) -> None:  # type: ignore[no-untyped-def]
    page = as_user("demo-viewer", watched=False)  # the refusal is an error to the browser
    page.goto(SECOND)
    expect(page.locator("#cluster-head h1")).to_be_visible()
    expect(page.locator("#link-count")).to_contain_text("nodes")
    page.wait_for_load_state("networkidle")  # else what still loads, the graph or a table, leads to the log-in by itself
    page.context.clear_cookies()
    page.locator(".nav", has_text="Cases").click()
    expect(page).to_have_url(re.compile("/login"))
    page.locator("#sign-in-demo-viewer").click()
    expect(page).to_have_url(re.compile("/cases$"))
    page.locator("#sign-out").click()
    expect(page).to_have_url(re.compile("/login$"))


def test_no_case_and_no_serious_accessibility_fault(page: Page) -> None:
    page.goto("/case/999")
    expect(page.locator("#case-missing")).to_contain_text("No case 999")
    address = a_case(page)
    for path in (address, "/cases", "/", "/login?next=/cases"):
        page.goto(path)
        page.wait_for_load_state("networkidle")
        page.evaluate(AXE.read_text("utf-8"))
        found = page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        bad = [v for v in found["violations"] if v["impact"] in ("serious", "critical")]
        said = [(v["id"], [n["html"][:160] + str(n["any"][:1]) for n in v["nodes"][:3]]) for v in bad]
        assert not bad, json.dumps([path, said], indent=1)
