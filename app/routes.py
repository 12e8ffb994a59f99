"""The routes beside Dash's own: graph data, search, exports, and Plotly's bundle without eval."""

import io
import re
from functools import partial
from pathlib import Path

import polars as pl
from flask import Flask, Response, abort, jsonify, request, send_file

from app.auth.guard import actor
from app.cases import cases
from app.cases.cases import NoCase
from app.cases.deciding import excluded
from app.desk import Desk
from app.exports import REDACTIONS, Exports
from app.queries import linkgraph
from app.queries.actions import action_list
from app.queries.night import Night, Nights, NotFound
from app.queries.search import search
from app.queries.words import shown
from app.roles import NotAllowed, Permission
from graph.decisions import confirmed
from graph.errors import ClewError
from graph.store.decisions import in_force, read

CLUSTER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
EXPORT_WAIT_SECONDS = 60.0
_STOCK_PLOTLY = re.compile(r"/_dash-component-suites/plotly/package_data/plotly(\.[^/]*)?\.min(\.[^/]*)?\.js")


def register(server: Flask, desk: Desk, exports: Exports, strict_plotly: Path) -> None:
    """Add the routes to `server`, bound to `desk` and `exports`. What each asks for stands in app.auth.policy."""
    nights = desk.nights
    server.before_request(partial(serve_strict_plotly, strict_plotly))
    server.add_url_rule("/api/graph/<cluster_id>", "graph", partial(graph, nights))
    server.add_url_rule("/api/search", "search", partial(find, nights))
    server.add_url_rule("/api/export/<name>.zip", "export-state", partial(export_state, nights, exports))
    server.add_url_rule("/export/<name>.zip", "export", partial(export, desk, exports))
    server.add_url_rule("/export/actions/<int:case_id>.csv", "export-actions", partial(actions, desk))
    for folder in ("api", "export"):  # or Dash would answer with a page
        server.add_url_rule(f"/{folder}/<path:rest>", f"no-{folder}", nothing_there)
    server.register_error_handler(ClewError, refused)


def nothing_there(rest: str) -> Response:
    """404 for what is no route of ours."""
    abort(404, f"{shown(rest, 60)}: nothing is served there.")


def serve_strict_plotly(bundle: Path) -> Response | None:
    """Answer Dash's request for Plotly with the strict bundle, which needs no eval; where it was not built, with Dash's own."""
    if _STOCK_PLOTLY.fullmatch(request.path) and bundle.is_file():
        return send_file(bundle, mimetype="text/javascript", max_age=3600, conditional=True)
    return None


def graph(nights: Nights, cluster_id: str) -> Response:
    """The link graph of a cluster, as columns."""
    return jsonify(linkgraph.payload(nights.newest(), cluster_id))


def find(nights: Nights) -> Response:
    """Hits for ?q=…"""
    return jsonify(search(nights.newest(), request.args.get("q", "")))


def _asked(nights: Nights, name: str) -> tuple[Night, str, str]:
    """The night, cluster and redaction a request asks for. Raises NotFound; aborts with 400."""
    redaction = request.args.get("redaction", "pseudonymous")
    if not CLUSTER_ID.fullmatch(name) or redaction not in REDACTIONS:
        abort(400, f"An export names a cluster and a redaction of {', '.join(REDACTIONS)}.")
    if redaction == "full":
        actor().must(Permission.EXPORT_FULL)
    night = nights.newest()
    night.cluster(name)
    return night, name, redaction


def export_state(nights: Nights, exports: Exports, name: str) -> Response:
    """Begin an export, or say where it stands."""
    night, cluster_id, redaction = _asked(nights, name)
    return jsonify(exports.state(night.snapshot, cluster_id, redaction))


def export(desk: Desk, exports: Exports, name: str) -> Response:
    """The evidence bundle as a file; made now where it is not there yet. Who took it is in the audit log."""
    night, cluster_id, redaction = _asked(desk.nights, name)
    job = exports.wait(night.snapshot, cluster_id, redaction, EXPORT_WAIT_SECONDS)
    if job["state"] == "ready":
        target = exports.path(night.snapshot, cluster_id, redaction)
        with desk.ledger.writing(actor()) as writing:
            writing.log("bundle exported", cluster=cluster_id, redaction=redaction, snapshot=night.snapshot.snapshot_id)
        return send_file(target, mimetype="application/zip", as_attachment=True, download_name=target.name, max_age=0)
    answer = jsonify(job)
    answer.status_code = 202 if job["state"] == "working" else 500
    return answer


def actions(desk: Desk, case_id: int) -> Response:
    """The action list of a case's cluster as CSV: for people to decide on, nothing acts on it. It is in the case's history."""
    from graph.bundle.exporters.tables import spreadsheet_csv  # loaded on the first export, as graph.bundle is

    night = desk.nights.newest()
    with desk.ledger.reading() as connection:
        cluster_id = cases.read(connection, case_id)["cluster_id"]
    listed = action_list(night, cluster_id, excluded(desk.workspace, cluster_id))
    standing = "confirmed" if cluster_id in confirmed(in_force(read(desk.workspace))) else "suspected"
    with desk.ledger.writing(actor()) as writing:
        facts = {"accounts": listed.height, "standing": standing, "snapshot": night.snapshot.snapshot_id}
        writing.log("action list exported", case_id, cluster=cluster_id, **facts)
    content = io.BytesIO(spreadsheet_csv(listed.with_columns(standing=pl.lit(standing))))
    name = f"actions-case-{case_id}-{cluster_id}.csv"
    return send_file(content, mimetype="text/csv", as_attachment=True, download_name=name, max_age=0)


def refused(error: ClewError) -> tuple[Response, int]:
    """A ClewError as JSON with its own words: 404 for an unknown id, 403 for a role, 503 while there is nothing to show."""
    status = 404 if isinstance(error, NotFound | NoCase) else 403 if isinstance(error, NotAllowed) else 503
    return jsonify({"error": str(error)}), status
