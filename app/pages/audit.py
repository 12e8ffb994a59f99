"""The audit log, newest first, for administrators."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, dcc, html

from app.audit import chain
from app.desk import Desk
from app.queries.words import plural
from app.views.case import history_row
from app.views.parts import number, table, text

PATH = "/audit"
TITLE = "Audit log"

SHOWN = 1_000

_COLUMNS = [
    number("number", "Row", maxWidth=90),
    text("at", "Time, UTC", minWidth=160, maxWidth=180),
    text("actor", "Who", maxWidth=160),
    text("action", "Did", minWidth=140, maxWidth=200),
    number("case_id", "Case", maxWidth=90),
    text("detail", "What", minWidth=300, flex=1, tooltipField="detail"),
]


def layout(**_query: str) -> html.Div:
    """The page without its data."""
    head = [html.H1("Audit log"), html.P(id="audit-count", className="muted", role="status")]
    grid = table("audit-grid", _COLUMNS, nothing="Nothing to read. Only administrators see the log.")
    return html.Div(
        [
            html.Div(head, className="page-head"),
            html.Section(grid, className="card queue-card", **{"aria-label": "Audit log"}),
            dcc.Store(id="audit-asked", data=0),
        ],
        className="page queue-page",
    )


def rows(desk: Desk, _asked: Any) -> tuple[list[dict[str, Any]], str]:
    """The newest rows, and how many there are."""
    with desk.ledger.reading() as connection:
        found, of = chain.newest(connection, SHOWN), chain.length(connection)
    told = f"showing the newest {len(found):,} of {plural(of, 'row')}; `clew audit verify` checks them all"
    return [{**history_row(one), "case_id": one["case_id"]} for one in found], told


def register(app: Dash, desk: Desk) -> None:
    """Bind the callback."""
    app.callback(Output("audit-grid", "rowData"), Output("audit-count", "children"), Input("audit-asked", "data"))(partial(rows, desk))
