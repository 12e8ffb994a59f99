"""What each route and each callback asks for. Whatever does not stand here is refused to everyone.

A route goes by its Flask endpoint, a callback by the first property it gives.
"""

import re

from app.roles import Permission

CALLBACK_ENDPOINT = "/_dash-update-component"

# Anyone, signed in or not: the way in, and the few files its page needs.
OPEN_ENDPOINTS = frozenset({"sign-in", "sign-in-submitted", "sign-in-demo", "sign-in-oidc", "sign-in-oidc-back"})
OPEN_ASSETS = re.compile(r"clew\.css|icons/[a-z]+\.svg|vendor/theme\.js|vendor/fonts/[a-z0-9-]+\.woff2")
ASSETS_ENDPOINT = "_dash_assets.static"

ENDPOINTS: dict[str, Permission] = {
    # Dash's own
    "/": Permission.LOOK,
    "/<path:path>": Permission.LOOK,
    "/_dash-layout": Permission.LOOK,
    "/_dash-dependencies": Permission.LOOK,
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": Permission.LOOK,
    "/_reload-hash": Permission.LOOK,
    "/_favicon.ico": Permission.LOOK,
    ASSETS_ENDPOINT: Permission.LOOK,
    # ours
    "graph": Permission.LOOK,
    "search": Permission.LOOK,
    "sign-out": Permission.LOOK,
    "export": Permission.EXPORT,
    "export-state": Permission.EXPORT,
    "export-actions": Permission.EXPORT,
    "no-api": Permission.LOOK,
    "no-export": Permission.LOOK,
}

CALLBACKS: dict[str, Permission] = {
    "_pages_content.children": Permission.LOOK,
    "tonight-window.children": Permission.LOOK,
    "runs-grid.rowData": Permission.LOOK,
    "queue-grid.rowData": Permission.LOOK,
    "queue-health.children": Permission.LOOK,
    "cluster-missing.children": Permission.LOOK,
    "capabilities.children": Permission.LOOK,
    "line.figure": Permission.LOOK,
    "entities.rowData": Permission.LOOK,
    "timeline.figure": Permission.LOOK,
    "lanes.figure": Permission.LOOK,
    "account-missing.children": Permission.LOOK,
    "account-activity.figure": Permission.LOOK,
    "account-prompts.children": Permission.PROMPTS,
    "pair-missing.children": Permission.LOOK,
    "compare-missing.children": Permission.LOOK,
    "compare-days.figure": Permission.LOOK,
    "entity-missing.children": Permission.LOOK,
    # cases
    "queue-bulk-done.data": Permission.WORK,
    "cluster-case.children": Permission.LOOK,
    "cluster-case-opened.href": Permission.WORK,
    "cases-grid.rowData": Permission.LOOK,
    "cases-bulk-done.data": Permission.WORK,
    "case-missing.children": Permission.LOOK,
    "case-decisions.rowData": Permission.LOOK,
    "case-saved.data": Permission.WORK,
    "case-noted.data": Permission.WORK,
    "case-task-added.data": Permission.WORK,
    "case-task-set.data": Permission.WORK,
    "case-decided.data": Permission.WORK,
    "case-undone.data": Permission.WORK,
    "case-approved.data": Permission.APPROVE,
    "audit-grid.rowData": Permission.AUDIT,
}


def of_callback(output: str) -> Permission | None:
    """What a callback asks for, by Dash's name of its outputs (`..a.b...c.d..` for several); None where it is not listed."""
    first = output.removeprefix("..").split("...")[0].removesuffix("..").split("@")[0]
    return CALLBACKS.get(first)
