"""The queue: what to look at tonight, best first."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, State, dcc, html, no_update

from app.auth import users
from app.auth.guard import actor
from app.cases import cases
from app.cases.cases import STATUSES
from app.desk import Desk
from app.pages.cases import AS_IT_IS, chosen_ids, settled, whom, word
from app.queries import clusters
from app.queries.night import Nights
from app.roles import Permission
from app.views.parts import button, chooser, empty, keycap, linked, number, people, person, table, text, waiting

PATH = "/queue"
TITLE = "Queue"

_COLUMNS = [
    number("score", "Score", cellRenderer="ClewScore", maxWidth=130, minWidth=100),
    linked("cluster_id", "Cluster", minWidth=104, maxWidth=150),
    text("kind", "Kind", minWidth=86, maxWidth=120),
    text("flagged", "Flagged", cellRenderer="ClewFlag", maxWidth=120, minWidth=100),
    number("accounts", "Accounts", maxWidth=120, minWidth=88),
    number("exchanges", "Exchanges", maxWidth=130, minWidth=100),
    text("channels", "Bits by channel", cellRenderer="ClewChannels", sortable=False, minWidth=296, flex=1),
    text("first_seen", "First seen", maxWidth=120, minWidth=105),
    text("last_seen", "Last seen", maxWidth=120, minWidth=105),
    text("change", "Since last night", maxWidth=150, minWidth=120),
    text("case", "Case", maxWidth=200, minWidth=110),
]


def layout(show: str = "flagged", **_query: str) -> html.Div:
    """`show` is `flagged` or `all`."""
    return html.Div(
        [
            html.Div(
                [html.H1("Queue"), html.P(id="queue-count", className="muted", role="status"), _filter(), _hints()], className="page-head"
            ),
            html.Div(waiting("the newest snapshot"), id="queue-health", className="health"),
            _bulk(),
            html.Section(
                table("queue-grid", _COLUMNS, many=True, nothing="No cluster here. “All” shows those that are not flagged, too."),
                className="card queue-card",
                **{"aria-label": "Clusters"},
            ),
            dcc.Store(id="queue-show", data="all" if show == "all" else "flagged"),
            dcc.Store(id="queue-bulk-done"),
        ],
        className="page queue-page",
    )


def _bulk() -> html.Div:
    fields = [
        chooser("queue-bulk-status", "Status", AS_IT_IS | STATUSES),
        person("queue-bulk-assignee", "Assigned to", "as it is; - for nobody"),
        button("queue-bulk-apply", "Open cases for the chosen"),
    ]
    return html.Div(fields, id="queue-bulk", className="form-row", hidden=True)


def _filter() -> html.Div:
    buttons = [html.Button(word, id=f"show-{value}", **{"data-show": value, "aria-pressed": "false"}) for value, word in _SHOWN.items()]
    return html.Div(buttons, className="segments", role="group", **{"aria-label": "Which clusters"})


_SHOWN = {"flagged": "Flagged", "all": "All"}


def _hints() -> html.P:
    parts = [keycap("J"), keycap("K"), " move ", keycap("Enter"), " open ", keycap("/"), " search"]
    return html.P(parts, className="hints", **{"aria-label": "Keys: J and K move, Enter opens, slash searches"})


def rows(desk: Desk, show: str, _done: Any) -> tuple[list[dict[str, Any]], str, str, str, Any, bool]:
    """Rows of the table, the count, which button is pressed, whom a case can be given to, and whether the bulk actions are out of reach."""
    every = clusters.queue(desk.nights.newest())
    with desk.ledger.reading() as connection:
        worked, names = cases.by_cluster(connection), people(users.assignable(connection))
    kept = [row | {"case": _standing(worked.get(row["cluster_id"]))} for row in every if row["flagged"] or show == "all"]
    count = f"showing {len(kept):,} of {len(every):,} clusters" if every else "no cluster was found in this window"
    return kept, count, str(show != "all").lower(), str(show == "all").lower(), names, not actor().may(Permission.WORK)


def _standing(case: dict[str, Any] | None) -> str:
    return " · ".join(part for part in (STATUSES[case["status"]], case["assignee"]) if part) if case else ""


def bulk(desk: Desk, clicks: int, chosen: Any, status: Any, assignee: Any) -> Any:
    """Open a case for each chosen cluster that has none, and set status or assignee."""
    if not clicks:
        return no_update
    night = desk.nights.newest()
    with desk.ledger.writing(actor()) as writing:
        opened = [cases.open_case(writing, night.cluster(name)["cluster_id"]) for name in chosen_ids(chosen, "cluster_id", str)]
        cases.save_many(writing, opened, status=word(status) or None, assignee=whom(assignee))
    settled()
    return clicks


def health(nights: Nights, _show: str) -> list[html.Span] | html.P:
    """The line that says what the night rests on."""
    lines = clusters.health(nights.newest())
    return [html.Span(line) for line in lines] if lines else empty("This snapshot says nothing about its data.")


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    app.callback(
        Output("queue-grid", "rowData"),
        Output("queue-count", "children"),
        Output("show-flagged", "aria-pressed"),
        Output("show-all", "aria-pressed"),
        Output("queue-bulk-assignee-people", "children"),
        Output("queue-bulk", "hidden"),
        Input("queue-show", "data"),
        Input("queue-bulk-done", "data"),
    )(partial(rows, desk))
    app.callback(
        Output("queue-bulk-done", "data"),
        Input("queue-bulk-apply", "n_clicks"),
        State("queue-grid", "selectedRows"),
        State("queue-bulk-status-chosen", "data"),
        State("queue-bulk-assignee", "value"),
        prevent_initial_call=True,
    )(partial(bulk, desk))
    app.callback(Output("queue-health", "children"), Input("queue-show", "data"))(partial(health, desk.nights))
