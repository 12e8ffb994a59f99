"""The list of cases: what is being worked on, by whom, and what waits for a second person."""

from functools import partial
from typing import Any

import dash
from dash import Dash, Input, Output, State, dcc, html, no_update

from app.auth import users
from app.auth.guard import actor
from app.cases import cases
from app.cases.cases import STATUSES
from app.desk import Desk
from app.queries.words import plural, shown
from app.roles import Permission
from app.views.parts import button, chooser, linked, number, people, person, table, text

PATH = "/cases"
TITLE = "Cases"

NOBODY = "-"  # written in place of a user's name; none begins with a dash
AS_IT_IS = {"": "as it is"}

_COLUMNS = [
    number("id", "Case", maxWidth=80),
    linked("title", "Title", minWidth=180, flex=2),
    text("cluster_id", "Cluster", maxWidth=150, minWidth=110),
    text("status", "Status", maxWidth=130),
    text("assignee", "Assigned to", maxWidth=150),
    text("tags", "Tags", minWidth=120, flex=1),
    number("tasks", "To do", maxWidth=90),
    number("waiting", "Wait for approval", maxWidth=150),
    text("changed", "Changed", minWidth=150, maxWidth=170),
]


def layout(show: str = "open", **_query: str) -> html.Div:
    """`show` is `open` or `all`."""
    filters = [html.A("Open", href="/cases", className="button small"), html.A("All", href="/cases?show=all", className="button small")]
    head = [html.H1("Cases"), html.P(id="cases-count", className="muted", role="status"), *filters]
    bulk = [
        chooser("cases-bulk-status", "Status", AS_IT_IS | STATUSES),
        person("cases-bulk-assignee", "Assigned to", "as it is; - for nobody"),
        button("cases-bulk-apply", "Apply to the chosen"),
    ]
    return html.Div(
        [
            html.Div(head, className="page-head"),
            html.Div(bulk, id="cases-bulk", className="form-row", hidden=True),
            html.Section(
                table("cases-grid", _COLUMNS, many=True, nothing="No case here. Open one from a cluster's page."),
                className="card queue-card",
                **{"aria-label": "Cases"},
            ),
            dcc.Store(id="cases-show", data="all" if show == "all" else "open"),
            dcc.Store(id="cases-bulk-done"),
        ],
        className="page queue-page",
    )


def rows(desk: Desk, show: str, _done: Any) -> tuple[list[dict[str, Any]], str, Any, bool]:
    """Rows of the table, the count, whom a case can be given to, and whether the bulk actions are out of reach."""
    with desk.ledger.reading() as connection:
        found = cases.listed(connection, show == "all")
        names = people(users.assignable(connection))
    return [_row(case) for case in found], plural(len(found), "case"), names, not actor().may(Permission.WORK)


def _row(case: dict[str, Any]) -> dict[str, Any]:
    return {
        "id": case["id"],
        "href": f"/case/{case['id']}",
        "title": shown(case["title"], 200),
        "cluster_id": case["cluster_id"],
        "status": STATUSES[case["status"]],
        "assignee": case["assignee"] or "",
        "tags": shown(", ".join(case["tags"]), 200),
        "tasks": case["tasks"],
        "waiting": case["waiting"],
        "changed": case["changed_at"][:16].replace("T", " "),
    }


def bulk(desk: Desk, clicks: int, chosen: Any, status: Any, assignee: Any) -> Any:
    """Set status or assignee of the chosen cases."""
    if not clicks:
        return no_update
    with desk.ledger.writing(actor()) as writing:
        cases.save_many(writing, chosen_ids(chosen, "id", int), status=word(status) or None, assignee=whom(assignee))
    settled()
    return clicks


def whom(chosen: Any) -> str | None:
    """What was written for an assignee: None leaves it, empty is nobody."""
    return "" if chosen == NOBODY else word(chosen).strip() or None


def word(value: Any) -> str:
    """A value from the browser as text; anything else than text is none."""
    return value if isinstance(value, str) else ""


def chosen_ids(chosen: Any, column: str, kind: type) -> list[Any]:
    """One column of the rows that a table says are chosen."""
    rows_ = chosen if isinstance(chosen, list) else []
    return [row[column] for row in rows_ if isinstance(row, dict) and type(row.get(column)) is kind]


def settled() -> None:
    """Take away what an earlier try left in the line for failures."""
    dash.set_props("failure", {"children": ""})


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    app.callback(
        Output("cases-grid", "rowData"),
        Output("cases-count", "children"),
        Output("cases-bulk-assignee-people", "children"),
        Output("cases-bulk", "hidden"),
        Input("cases-show", "data"),
        Input("cases-bulk-done", "data"),
    )(partial(rows, desk))
    app.callback(
        Output("cases-bulk-done", "data"),
        Input("cases-bulk-apply", "n_clicks"),
        State("cases-grid", "selectedRows"),
        State("cases-bulk-status-chosen", "data"),
        State("cases-bulk-assignee", "value"),
        prevent_initial_call=True,
    )(partial(bulk, desk))
