"""The routes beside Dash's own: graph data, search, exports, and Plotly's bundle without eval."""

import re
from functools import partial
from pathlib import Path

from flask import Flask, Response, abort, jsonify, request, send_file

from app.exports import REDACTIONS, Exports
from app.queries import linkgraph
from app.queries.night import Night, Nights, NotFound
from app.queries.search import search
from app.queries.words import shown
from graph.errors import ClewError

CLUSTER_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
EXPORT_WAIT_SECONDS = 60.0
_STOCK_PLOTLY = re.compile(r"/_dash-component-suites/plotly/package_data/plotly(\.[^/]*)?\.min(\.[^/]*)?\.js")


def register(server: Flask, nights: Nights, exports: Exports, strict_plotly: Path) -> None:
    """Add the routes to `server`, bound to `nights` and `exports`."""
    server.before_request(partial(serve_strict_plotly, strict_plotly))
    server.add_url_rule("/api/graph/<cluster_id>", "graph", partial(graph, nights))
    server.add_url_rule("/api/search", "search", partial(find, nights))
    server.add_url_rule("/api/export/<name>.zip", "export-state", partial(export_state, nights, exports))
    server.add_url_rule("/export/<name>.zip", "export", partial(export, nights, exports))
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
    night = nights.newest()
    night.cluster(name)
    return night, name, redaction


def export_state(nights: Nights, exports: Exports, name: str) -> Response:
    """Begin an export, or say where it stands."""
    night, cluster_id, redaction = _asked(nights, name)
    return jsonify(exports.state(night.snapshot, cluster_id, redaction))


def export(nights: Nights, exports: Exports, name: str) -> Response:
    """The evidence bundle as a file; made now where it is not there yet."""
    night, cluster_id, redaction = _asked(nights, name)
    job = exports.wait(night.snapshot, cluster_id, redaction, EXPORT_WAIT_SECONDS)
    if job["state"] == "ready":
        target = exports.path(night.snapshot, cluster_id, redaction)
        return send_file(target, mimetype="application/zip", as_attachment=True, download_name=target.name, max_age=0)
    answer = jsonify(job)
    answer.status_code = 202 if job["state"] == "working" else 500
    return answer


def refused(error: ClewError) -> tuple[Response, int]:
    """A ClewError as JSON with its own words: 404 for an unknown id, 503 while there is nothing to show."""
    return jsonify({"error": str(error)}), 404 if isinstance(error, NotFound) else 503
