"""Runs: past snapshots with what they looked at, how, and what they found."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, dcc, html

from app.desk import Desk
from app.queries import runs
from app.queries.night import Nights
from app.queries.words import plural
from app.views.parts import number, table, text

PATH = "/runs"
TITLE = "Runs"

_COLUMNS = [
    text("until", "Until (UTC)", minWidth=138, maxWidth=146),
    text("short", "Snapshot", minWidth=96, maxWidth=104, tooltipField="snapshot_id"),
    text("current", "Shown", cellRenderer="ClewCurrent", minWidth=78, maxWidth=84),
    number("rows", "Rows", minWidth=80, maxWidth=110),
    number("accounts", "Accounts", minWidth=84, maxWidth=110),
    number("clusters", "Clusters", minWidth=80, maxWidth=90),
    number("flagged", "Flagged", minWidth=78, maxWidth=90),
    number("flagged_accounts", "In them", minWidth=78, maxWidth=90),
    number("by_chance", "By chance", minWidth=88, maxWidth=100),
    number("decisions", "Decisions", minWidth=86, maxWidth=100),
    text("changes", "Changes", minWidth=164, flex=1, tooltipField="changes"),
    text("parameters", "Parameters", minWidth=330, flex=2, tooltipField="parameters"),
]


def layout(**_query: str) -> html.Div:
    """The page without its data."""
    grid = table("runs-grid", _COLUMNS, nothing="No run has published a snapshot yet.")
    return html.Div(
        [
            html.Div([html.H1("Runs"), html.P(id="runs-count", className="muted", role="status")], className="page-head"),
            html.Section(grid, className="card queue-card", **{"aria-label": "Runs"}),
            dcc.Store(id="runs", data=1),
        ],
        className="page queue-page",
    )


def fill(nights: Nights, _asked: Any) -> tuple[list[dict[str, Any]], str]:
    """Rows of the table and how many there are."""
    rows = runs.listed(nights)
    return rows, f"{plural(len(rows), 'snapshot')}, newest first; the pages show the one marked"


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    app.callback(Output("runs-grid", "rowData"), Output("runs-count", "children"), Input("runs", "data"))(partial(fill, desk.nights))
