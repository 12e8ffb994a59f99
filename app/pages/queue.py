"""The queue: what to look at tonight, best first."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, dcc, html

from app.queries import clusters
from app.queries.night import Nights
from app.views.parts import empty, keycap, linked, number, table, text, waiting

PATH = "/"
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
]


def layout(show: str = "flagged", **_query: str) -> html.Div:
    """`show` is `flagged` or `all`."""
    return html.Div(
        [
            html.Div(
                [html.H1("Queue"), html.P(id="queue-count", className="muted", role="status"), _filter(), _hints()], className="page-head"
            ),
            html.Div(waiting("the newest snapshot"), id="queue-health", className="health"),
            html.Section(
                table("queue-grid", _COLUMNS, nothing="No cluster here. “All” shows those that are not flagged, too."),
                className="card queue-card",
                **{"aria-label": "Clusters"},
            ),
            dcc.Store(id="queue-show", data="all" if show == "all" else "flagged"),
        ],
        className="page queue-page",
    )


def _filter() -> html.Div:
    buttons = [html.Button(word, id=f"show-{value}", **{"data-show": value, "aria-pressed": "false"}) for value, word in _SHOWN.items()]
    return html.Div(buttons, className="segments", role="group", **{"aria-label": "Which clusters"})


_SHOWN = {"flagged": "Flagged", "all": "All"}


def _hints() -> html.P:
    parts = [keycap("J"), keycap("K"), " move ", keycap("Enter"), " open ", keycap("/"), " search"]
    return html.P(parts, className="hints", **{"aria-label": "Keys: J and K move, Enter opens, slash searches"})


def rows(nights: Nights, show: str) -> tuple[list[dict[str, Any]], str, str, str]:
    """Rows of the table, the count, and which button is pressed."""
    every = clusters.queue(nights.newest())
    kept = [row for row in every if row["flagged"] or show == "all"]
    count = f"showing {len(kept):,} of {len(every):,} clusters" if every else "no cluster was found in this window"
    return kept, count, str(show != "all").lower(), str(show == "all").lower()


def health(nights: Nights, _show: str) -> list[html.Span] | html.P:
    """The line that says what the night rests on."""
    lines = clusters.health(nights.newest())
    return [html.Span(line) for line in lines] if lines else empty("This snapshot says nothing about its data.")


def register(app: Dash, nights: Nights) -> None:
    """Bind the callbacks."""
    app.callback(
        Output("queue-grid", "rowData"),
        Output("queue-count", "children"),
        Output("show-flagged", "aria-pressed"),
        Output("show-all", "aria-pressed"),
        Input("queue-show", "data"),
    )(partial(rows, nights))
    app.callback(Output("queue-health", "children"), Input("queue-show", "data"))(partial(health, nights))
