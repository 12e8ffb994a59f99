"""One cluster: why it is suspected, and everything that links its members."""

from functools import partial
from typing import Any
from urllib.parse import unquote

import plotly.graph_objects as go
from dash import ClientsideFunction, Dash, Input, Output, State, dcc, html, no_update

from app.auth.guard import actor
from app.cases import cases
from app.cases.cases import STATUSES
from app.desk import Desk
from app.exports import REDACTIONS
from app.figures import lanes as lanes_figure
from app.figures import timeline as timeline_figure
from app.figures.palette import Theme
from app.pages import cluster_profile
from app.queries import activity, clusters, evidence
from app.queries.night import Nights, NotFound
from app.queries.view import View, parse, state
from app.queries.words import cluster_link, plural, span
from app.roles import Permission
from app.views import cluster as views
from app.views.parts import bars, card, channel_toggle, chart, empty, icon, keycap, missing, number, table, text, waiting, weight
from graph.vocabulary import CHANNEL_WORDS, CHANNELS

PATH = "/cluster/<cluster_id>"
TITLE = "Cluster"

MOST_BITS = 20.0  # a bar is full there: a million to one
TOP_LANES = 40

_ENTITIES = [
    text("label", "Entity", cellRenderer="ClewEntity", flex=3, minWidth=150),
    number("accounts", "Accts", width=64, minWidth=60, maxWidth=66),
    number("rarity", "Rarity", "clewPercent", width=70, minWidth=68, maxWidth=74),
    weight("bits", "Weight, bits", MOST_BITS, width=106, minWidth=104, maxWidth=108),
]


def layout(cluster_id: str = "", **query: str) -> html.Div:
    """The page without its data: callbacks fill it."""
    return html.Div(
        [
            dcc.Store(id="cluster", data=unquote(cluster_id)),
            dcc.Store(id="known"),
            dcc.Store(id="brushed"),
            dcc.Store(id="drawn"),
            dcc.Store(id="view", data=state(parse(query))),
            html.Div(id="cluster-missing", className="missing"),
            html.Div([_head(), html.Div(id="reasons"), _columns(), cluster_profile.cards(), _members(), _lanes()], id="cluster-body"),
        ],
        className="page cluster-page",
    )


def _head() -> html.Div:
    choice = html.Select(
        [html.Option(word, value=value) for value, word in REDACTIONS.items()],
        id="redaction",
        title="Redaction",
        **{"aria-label": "Redaction of the bundle"},
    )
    buttons = [
        html.A([icon("back"), keycap("K")], id="previous-cluster", className="button", **{"aria-label": "Previous cluster"}),
        html.Span(id="cluster-place", className="muted place"),
        html.A([icon("forward"), keycap("J")], id="next-cluster", className="button", **{"aria-label": "Next cluster"}),
        html.Span(id="cluster-case"),
        html.Button("Open case", id="open-case", className="button", hidden=True, n_clicks=0),
        dcc.Location(id="cluster-case-opened", refresh="callback-nav"),
        html.Button(icon("link"), id="copy-link", className="button square", title="Copy link to this view", **{"aria-label": "Copy link"}),
        choice,
        html.Button([icon("export"), "Export bundle"], id="export-bundle", className="button primary"),
    ]
    return html.Div(
        [html.Div(waiting("the cluster"), id="cluster-head"), html.Div(buttons, className="head-buttons")], className="cluster-top"
    )


def _columns() -> html.Div:
    entities = table("entities", _ENTITIES, chooses=True, nothing="No entity links these accounts in this view.")
    why = html.Div(waiting("the evidence"), id="why", tabIndex="0")
    templates = html.Div(waiting("the templates"), id="templates", tabIndex="0")
    every = html.Button(id="hubs-toggle", className="button small", hidden=True)
    toggles = [*[channel_toggle(channel) for channel in CHANNELS], html.Span(id="link-count", className="muted")]
    left = [
        card("Link graph", [_graph(), every], toggles, "graph-section"),
        card(
            "Activity by channel",
            [chart("timeline", "Linked observations by day and channel")],
            _muted("Drag to filter by days"),
            "timeline-section",
        ),
    ]
    right = [
        card("Why these are linked", [why], _muted("share of evidence"), "why-section"),
        card("Shared entities", [entities], _muted("rarer = stronger evidence"), "entities-section"),
        card("Prompt templates", [templates], name="templates-section"),
    ]
    return html.Div([html.Div(left, className="column"), html.Div(right, className="column")], className="columns")


def _muted(text_: str) -> html.Span:
    return html.Span(text_, className="muted")


def _graph() -> html.Div:
    named = {"lasso": "Choose by lasso", "centre": "Centre", "hide": "Hide the chosen", "show": "Show what is hidden", "png": "Save as PNG"}
    icons = {"png": "image"}
    tools = [
        html.Button(icon(icons.get(name, name)), id=f"tool-{name}", className="button square", title=title, **{"aria-label": title})
        for name, title in named.items()
    ]
    return html.Div(
        [
            html.Div(id="graph", role="img", **{"aria-label": "Link graph; the tables on this page hold the same"}),
            html.Div(tools, className="tools", role="toolbar", **{"aria-label": "Graph tools"}),
            html.Div(id="graph-message", role="status"),
            html.Div(id="graph-card", hidden=True, role="region", **{"aria-label": "Chosen in the graph"}),
        ],
        className="graph",
    )


def _members() -> html.Section:
    side = [
        html.Span(id="in-view", className="muted", role="status"),
        html.Button([icon("close"), "All days"], id="clear-days", className="button small", hidden=True),
    ]
    return card("Members", [table("members", [], nothing="No member in this view.")], side, "members-section")


def _lanes() -> html.Section:
    return card(
        "Members by hour",
        [chart("lanes", "Exchanges of the busiest members by hour", "lanes")],
        html.Span(id="lanes-count", className="muted"),
        "lanes-section",
    )


Filled = tuple[Any, ...]


def fill(nights: Nights, cluster_id: str) -> Filled:
    """What does not depend on the filters: head, neighbours, shares, templates, columns of the members table."""
    night = nights.newest()
    try:
        head = clusters.header(night, cluster_id)
    except NotFound as error:
        return missing(str(error)), True, *[no_update] * 11
    why = evidence.why(night, cluster_id)
    found = evidence.templates(night, cluster_id)
    written = views.templates(found) if found else empty("No wording is shared by these accounts.")
    return (
        [],
        False,
        views.head(head),
        head["place"],
        head["previous"] or cluster_link(cluster_id),
        views.step_class(head["previous"]),
        head["next"] or cluster_link(cluster_id),
        views.step_class(head["next"]),
        views.reasons(clusters.reasons(night.cluster(cluster_id))),
        bars(why),
        written,
        member_columns([part["channel"] for part in why]),
        cluster_id,
    )


def member_columns(channels: list[str]) -> list[dict[str, Any]]:
    """Columns of the members table: bits for each channel that says something about this cluster."""
    words = {channel.value: word for channel, word in CHANNEL_WORDS.items()}
    return [
        {**text("account_id", "Account", cellRenderer="ClewLink"), "minWidth": 160, "flex": 2},
        weight("bits", "Bits", 5 * MOST_BITS, minWidth=120),
        *[
            number(
                f"bits_{channel}", words[channel], "clewBits", headerClass=["ag-right-aligned-header", f"channel-{channel}"], minWidth=92
            )
            for channel in channels
        ],
        number("exchanges", "Exchanges", minWidth=96),
        text("first_seen", "First seen", minWidth=150),
        text("last_seen", "Last seen", minWidth=150),
        number("bridge", "Bridge", "clewSmall", minWidth=76, maxWidth=90),
        text("why", "", cellRenderer="ClewWhy", sortable=False, minWidth=58, maxWidth=64),
    ]


def tables(nights: Nights, cluster_id: str, view: Any) -> tuple[Any, Any, Any, Any]:
    """Rows of entities and members within the view, and the sentence that says how much it holds."""
    night, seen = nights.newest(), parse(view)
    if cluster_id not in night.positions:
        return [], [], "", True
    members = evidence.members(night, cluster_id, seen)
    said = views.in_view(seen, len(members), night.cluster(cluster_id)["accounts"], sum(row["exchanges"] for row in members))
    return evidence.entities(night, cluster_id, seen), members, said, seen.first is None and seen.last is None


def timeline(nights: Nights, cluster_id: str, view: Any, theme: Theme | None) -> go.Figure:
    """Bars by day and channel."""
    seen = activity.timeline(nights.newest(), cluster_id, parse(view))
    return timeline_figure.stacked(seen, activity.waves(seen.days, seen.exchanges), parse(view), theme or "dark")


def lanes(nights: Nights, cluster_id: str, view: Any, theme: Theme | None) -> tuple[go.Figure, str]:
    """Members by hour."""
    days_only = View(first=parse(view).first, last=parse(view).last)
    found = activity.lanes(nights.newest(), cluster_id, days_only, TOP_LANES)
    when = f" · {span(found.hours[0], found.hours[-1])}" if found.hours else ""
    said = f"the busiest: showing {len(found.accounts):,} of {plural(found.of, 'account')}{when}, UTC"
    return lanes_figure.heat(found, theme or "dark"), said


def case_of(desk: Desk, cluster_id: str) -> tuple[list[html.A], bool]:
    """The link to the cluster's open case, and whether the button that opens one is out of reach."""
    with desk.ledger.reading() as connection:
        case = cases.by_cluster(connection).get(cluster_id)
    if case is None:
        return [], not actor().may(Permission.WORK)
    said = " · ".join(part for part in (f"Case {case['id']}", STATUSES[case["status"]], case["assignee"]) if part)
    return [html.A(said, href=f"/case/{case['id']}", className="button")], True


def open_case(desk: Desk, clicks: int, cluster_id: Any) -> Any:
    """Open a case on this cluster and go there."""
    if not clicks:
        return no_update
    known = desk.nights.newest().cluster(cluster_id if isinstance(cluster_id, str) else "")["cluster_id"]
    with desk.ledger.writing(actor()) as writing:
        return f"/case/{cases.open_case(writing, known)}"


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    cluster_profile.register(app, desk)
    cluster, view, theme = Input("cluster", "data"), Input("view", "data"), Input("theme", "data")
    app.callback(
        Output("cluster-missing", "children"),
        Output("cluster-body", "hidden"),
        Output("cluster-head", "children"),
        Output("cluster-place", "children"),
        Output("previous-cluster", "href"),
        Output("previous-cluster", "className"),
        Output("next-cluster", "href"),
        Output("next-cluster", "className"),
        Output("reasons", "children"),
        Output("why", "children"),
        Output("templates", "children"),
        Output("members", "columnDefs"),
        Output("known", "data"),
        cluster,
    )(partial(fill, desk.nights))
    app.callback(
        Output("entities", "rowData"),
        Output("members", "rowData"),
        Output("in-view", "children"),
        Output("clear-days", "hidden"),
        cluster,
        view,
    )(partial(tables, desk.nights))
    app.callback(Output("cluster-case", "children"), Output("open-case", "hidden"), cluster)(partial(case_of, desk))
    app.callback(
        Output("cluster-case-opened", "href"), Input("open-case", "n_clicks"), State("cluster", "data"), prevent_initial_call=True
    )(partial(open_case, desk))
    app.callback(Output("timeline", "figure"), cluster, view, theme)(partial(timeline, desk.nights))
    app.callback(Output("lanes", "figure"), Output("lanes-count", "children"), cluster, view, theme)(partial(lanes, desk.nights))
    app.clientside_callback(ClientsideFunction("clew", "draw"), Output("drawn", "data"), Input("known", "data"), view, theme)
    app.clientside_callback(ClientsideFunction("clew", "brush"), Output("brushed", "data"), Input("timeline", "selectedData"))
