"""Tonight, the landing page: what changed since the night before, the best of the queue, and what the night rests on."""

import datetime as dt
from functools import partial
from typing import Any

from dash import Dash, Input, Output, dcc, html

from app.desk import Desk
from app.queries import clusters, runs, tonight
from app.queries.night import Nights
from app.queries.words import plural, span
from app.views import tonight as views
from app.views.parts import card, linked, number, table, text, waiting
from graph.store import snapshot

PATH = "/"
TITLE = "Tonight"

TOP = 60  # rows of the queue that stand beside; its own page lists them all

_CHANGED = [
    text("change", "Change", cellRenderer="ClewChange", minWidth=84, maxWidth=100),
    linked("cluster_id", "Cluster", minWidth=100, maxWidth=120),
    text("told", "What became of it", minWidth=176, flex=1),
    text("kind", "Kind", minWidth=82, maxWidth=100),
    number("accounts", "Accounts", minWidth=84, maxWidth=96),
    text("flagged", "Flagged", cellRenderer="ClewFlag", minWidth=100, maxWidth=108),
    text("channels", "Bits by channel", cellRenderer="ClewChannels", sortable=False, minWidth=240, flex=1),
]
_QUEUE = [
    number("score", "Score", cellRenderer="ClewScore", minWidth=92, maxWidth=110),
    linked("cluster_id", "Cluster", minWidth=100, flex=1),
    text("kind", "Kind", minWidth=82, maxWidth=100),
    number("accounts", "Accts", minWidth=64, maxWidth=80),
]


def layout(**_query: str) -> html.Div:
    """The page without its data."""
    return html.Div(
        [
            html.Div([html.H1("Tonight"), html.P(id="tonight-window", className="muted")], className="page-head"),
            html.Div(waiting("the newest snapshot"), id="tonight-figures", className="figures"),
            html.Div([html.Div(_left(), className="column"), html.Div(_right(), className="column")], className="halves"),
            dcc.Store(id="tonight", data=1),
        ],
        className="page tonight-page",
    )


def _left() -> list[html.Section]:
    changed = table("tonight-changes", _CHANGED, nothing="Nothing changed since the night before.")
    health = [html.Div(waiting("the data's health"), id="tonight-tables"), html.Div(id="tonight-channels", className="states")]
    return [
        card("What changed", [changed], html.Div(id="tonight-counts", className="card-side"), "changes-section"),
        card("Data health", health, name="health-section"),
    ]


def _right() -> list[html.Section]:
    every = html.A("All", href="/queue", className="button small", id="tonight-all")
    nothing = "No cluster is flagged tonight. “All” shows those that are not flagged, too."
    return [card("Queue", [table("tonight-queue", _QUEUE, nothing=nothing)], every, "beside-section")]


def fill(nights: Nights, _asked: Any) -> tuple[Any, ...]:
    """Window, figures, changes, queue and health of the newest night."""
    night = nights.newest()
    changed = tonight.changes(night)
    flagged = [row for row in clusters.queue(night) if row["flagged"]]
    first, until = snapshot.window(night.manifest)
    last = until - dt.timedelta(microseconds=1)
    return (
        f"{span(first, last)}, compared with {_earlier(night.manifest)}",
        views.figures(tonight.figures(night)),
        changed,
        views.counts(tonight.counted(changed)),
        flagged[:TOP],
        f"All {plural(len(night.clusters), 'cluster')}",
        views.tables(tonight.tables(night, runs.last_ingest(nights.workspace))),
        views.channels(tonight.channels(night)),
    )


def _earlier(manifest: dict[str, Any]) -> str:
    earlier = manifest.get("earlier")
    return f"snapshot {earlier}" if earlier else "nothing: the first night"


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    app.callback(
        Output("tonight-window", "children"),
        Output("tonight-figures", "children"),
        Output("tonight-changes", "rowData"),
        Output("tonight-counts", "children"),
        Output("tonight-queue", "rowData"),
        Output("tonight-all", "children"),
        Output("tonight-tables", "children"),
        Output("tonight-channels", "children"),
        Input("tonight", "data"),
    )(partial(fill, desk.nights))
