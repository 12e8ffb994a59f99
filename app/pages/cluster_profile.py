"""The second half of a cluster page: what members ask for, its line through the nights, who holds it together, what was decided."""

from functools import partial
from typing import Any

import plotly.graph_objects as go
from dash import Dash, Input, Output, html, no_update

from app.desk import Desk
from app.figures import lineage as lineage_figure
from app.figures.palette import Theme
from app.queries import decided, lineage, profile
from app.queries.night import Nights
from app.queries.words import plural
from app.views import cluster as views
from app.views.parts import Column, card, chart, empty, facts, linked, number, table, text, waiting
from graph import rules

_NO_PROFILE = "No sampled prompts: raw texts of this window are not kept."

_TIES: list[Column] = [
    text("role", "Role", minWidth=92, maxWidth=108),
    linked("account_id", "Account", minWidth=120, flex=1),
    number("bits", "Bits", "clewBits", minWidth=60, maxWidth=76),
    number("bridge", "Bridge", "clewSmall", minWidth=70, maxWidth=80),
    text("why", "", cellRenderer="ClewWhy", sortable=False, minWidth=58, maxWidth=64),
]
_FAMILY: list[Column] = [
    linked("cluster_id", "Cluster", minWidth=100, maxWidth=124),
    text("relation", "Relation", minWidth=130, flex=1),
    number("accounts", "Accts", minWidth=64, maxWidth=76),
    number("score", "Score", cellRenderer="ClewScore", minWidth=84, maxWidth=100),
    text("why", "", cellRenderer="ClewWhy", sortable=False, minWidth=84, maxWidth=90),
]


def cards() -> html.Div:
    """The cards without their data."""
    return html.Div([html.Div(_asked(), className="column"), html.Div(_held(), className="column")], className="halves profile")


def _asked() -> list[html.Section]:
    line = [html.Div(id="line-facts"), chart("line", "Accounts by night", "line")]
    return [
        card("What they ask for", [html.Div(waiting("the profile"), id="capabilities")], _count("capabilities-of"), "capabilities-section"),
        card("Line", line, html.Span("the same cluster from night to night", className="muted"), "line-section"),
    ]


def _held() -> list[html.Section]:
    family = table("family", _FAMILY, fits=True, nothing="No campaign within it, and no pool around it.")
    ties = table("ties", _TIES, fits=True, nothing="This snapshot names no bridges and no weakest ties.")
    other = html.A("Compare with another", id="compare-link", className="button small")
    return [
        card("Bridges and weakest ties", [ties], html.Span("where it would break", className="muted"), "ties-section"),
        card("Pool and campaigns", [family], other, "family-section"),
        card(
            "Decisions", [html.Div(waiting("the decisions"), id="cluster-decisions")], _count("cluster-decisions-of"), "decisions-section"
        ),
    ]


def _count(count_id: str) -> html.Span:
    return html.Span(id=count_id, className="muted")


def fill(desk: Desk, cluster_id: Any) -> tuple[Any, ...]:
    """Everything of these cards but the line's figure; empty for an unknown cluster."""
    night = desk.nights.newest()
    if cluster_id not in night.positions:
        return [], "", [], [], [], [], "", no_update
    asked = profile.capabilities(night, cluster_id, rules.words(rules.load(desk.workspace.root)))
    held = decided.of_cluster(desk.workspace, night, cluster_id)
    return (
        views.capabilities(asked) if asked else empty(_NO_PROFILE),
        f"{plural(profile.prompts(night, cluster_id), 'sampled prompt')}; the mark is everyone else" if asked else "",
        facts(lineage.told(night, cluster_id)),
        lineage.family(night, cluster_id),
        profile.ties(night, cluster_id),
        views.decisions(held) if held else empty("Nobody has decided anything about it or its members."),
        f"{len(held):,} in force" if held else "",
        lineage.beside(night, cluster_id),
    )


def line(nights: Nights, cluster_id: Any, theme: Theme | None) -> go.Figure:
    """Accounts by night."""
    return lineage_figure.line(lineage.life(nights, cluster_id if isinstance(cluster_id, str) else ""), theme or "dark")


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    app.callback(
        Output("capabilities", "children"),
        Output("capabilities-of", "children"),
        Output("line-facts", "children"),
        Output("family", "rowData"),
        Output("ties", "rowData"),
        Output("cluster-decisions", "children"),
        Output("cluster-decisions-of", "children"),
        Output("compare-link", "href"),
        Input("cluster", "data"),
    )(partial(fill, desk))
    app.callback(Output("line", "figure"), Input("cluster", "data"), Input("theme", "data"))(partial(line, desk.nights))
