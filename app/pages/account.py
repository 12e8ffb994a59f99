"""One account: facts, its clusters, what it shares and with whom, when it was active."""

from functools import partial
from typing import Any
from urllib.parse import unquote

import plotly.graph_objects as go
from dash import Dash, Input, Output, State, dcc, html, no_update

from app.auth.guard import actor
from app.cases.words import checked
from app.desk import Desk
from app.figures.palette import Theme
from app.figures.timeline import single
from app.queries import accounts, activity, prompts
from app.queries.night import Nights, NotFound
from app.queries.words import plural, shown
from app.roles import Permission
from app.views.parts import button, card, chart, empty, facts, line, linked, missing, number, table, text, waiting, weight

PATH = "/account/<account_id>"
TITLE = "Account"

_CLUSTERS = [
    linked("cluster_id", "Cluster", minWidth=130),
    text("kind", "Kind", maxWidth=120),
    text("flagged", "Flagged", cellRenderer="ClewFlag", maxWidth=120, minWidth=105),
    weight("bits", "Bits", 40.0, minWidth=120, maxWidth=160),
    text("channels", "Bits by channel", cellRenderer="ClewChannels", sortable=False, flex=1, minWidth=220),
    text("why", "", cellRenderer="ClewWhy", sortable=False, minWidth=58, maxWidth=64),
]
_ENTITIES = [
    text("label", "Shares", cellRenderer="ClewEntity", flex=2, minWidth=220),
    number("rarity", "Rarity", "clewPercent", maxWidth=90),
    number("n", "Times", maxWidth=90),
    weight("bits", "Weight, bits", 20.0, minWidth=112, maxWidth=140),
    number("others", "Others", maxWidth=90),
    text("names", "With", cellRenderer="ClewNames", sortable=False, flex=3, minWidth=260),
]


def layout(account_id: str = "", **_query: str) -> html.Div:
    """The page without its data."""
    return html.Div(
        [
            dcc.Store(id="account", data=unquote(account_id)),
            html.Div(id="account-missing", className="missing"),
            html.Div(
                [
                    html.Div(waiting("the account"), id="account-head", className="page-head"),
                    card("Facts", [html.Div(id="account-facts")]),
                    card("Stands in these clusters", [table("account-clusters", _CLUSTERS, fits=True, nothing="In no cluster tonight.")]),
                    card(
                        "What it shares",
                        [table("account-entities", _ENTITIES, fits=True, nothing="It shares nothing that links clusters.")],
                    ),
                    card("Exchanges by day", [chart("account-activity", "Exchanges by day")]),
                    card("Raw prompts", [_prompts(), html.Div(id="account-prompts", className="prompts")], _kept()),
                ],
                id="account-body",
                className="stack",
            ),
        ],
        className="page account-page",
    )


def _kept() -> html.Span:
    return html.Span("Who reads them, and why, is kept in the audit log", className="muted")


def _prompts() -> html.Div:
    fields = [line("account-prompts-reason", "Why you need to read them", 300), button("account-prompts-read", "Read prompts")]
    return html.Div(fields, className="form-row")


def read_prompts(desk: Desk, clicks: int, account_id: Any, reason: Any) -> Any:
    """The newest raw prompts; the reading is in the audit log before they are read."""
    if not clicks:
        return no_update
    said = checked(reason if isinstance(reason, str) else "", "The reason to read raw prompts", 300)
    night, name = desk.nights.newest(), account_id if isinstance(account_id, str) else ""
    accounts.facts(night, name)  # refuses an unknown name
    with desk.ledger.writing(actor()) as writing:
        writing.actor.must(Permission.PROMPTS)
        writing.log("raw prompts read", account=name, reason=said)
    found = prompts.of_account(desk.workspace, night, name)
    if not found:
        return empty("No raw prompt of this account is kept for this window.")
    return [html.Article([html.P(one["time"], className="muted"), html.Code(one["prompt"])]) for one in found]


def fill(nights: Nights, account_id: str) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Head, facts and tables of an account."""
    night = nights.newest()
    try:
        known = accounts.facts(night, account_id)
    except NotFound as error:
        return missing(str(error)), True, *[no_update] * 4
    found = accounts.memberships(night, account_id)
    head = [html.H1(shown(account_id)), html.Span(f"account in {plural(len(found), 'cluster')}", className="kind")]
    return [], False, head, facts(known), found, accounts.shared(night, account_id)


def timeline(nights: Nights, account_id: str, theme: Theme | None) -> go.Figure:
    """Exchanges by day."""
    return single(activity.by_day(nights.newest(), account_id), theme or "dark")


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    app.callback(
        Output("account-missing", "children"),
        Output("account-body", "hidden"),
        Output("account-head", "children"),
        Output("account-facts", "children"),
        Output("account-clusters", "rowData"),
        Output("account-entities", "rowData"),
        Input("account", "data"),
    )(partial(fill, desk.nights))
    app.callback(
        Output("account-prompts", "children"),
        Input("account-prompts-read", "n_clicks"),
        State("account", "data"),
        State("account-prompts-reason", "value"),
        prevent_initial_call=True,
    )(partial(read_prompts, desk))
    app.callback(Output("account-activity", "figure"), Input("account", "data"), Input("theme", "data"))(partial(timeline, desk.nights))
