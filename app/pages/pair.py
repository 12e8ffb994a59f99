"""Two accounts, or an account and a cluster: why they are linked, or why not, down to raw rows."""

from functools import partial
from typing import Any
from urllib.parse import unquote

from dash import Dash, Input, Output, dcc, html, no_update

from app.desk import Desk
from app.queries import pair
from app.queries.night import NotFound
from app.views import pair as views
from app.views.parts import bars, button, card, line, missing, waiting
from graph.errors import UsageError
from graph.explain import explain

PATH = "/pair/<one>/<other>"
TITLE = "Pair"


def layout(one: str = "", other: str = "", **_query: str) -> html.Div:
    """The page without its data."""
    ends = [unquote(one), unquote(other)]
    return html.Div(
        [
            dcc.Store(id="pair", data=ends),
            html.Div(id="pair-missing", className="missing"),
            html.Div(
                [
                    html.Div(waiting("both"), id="pair-head", className="page-head"),
                    html.P(id="pair-verdict", className="verdict"),
                    html.Div([html.Div(_left(), className="column"), html.Div(_right(), className="column")], className="halves pair"),
                ],
                id="pair-body",
                className="stack",
            ),
            _another(*ends),
        ],
        className="page pair-page",
    )


def _left() -> list[html.Section]:
    side = html.Span("open a step for its raw rows; the mark is what is needed", className="muted")
    return [card("Bits of evidence", [html.Div(waiting("the evidence"), id="pair-steps")], side)]


def _right() -> list[html.Section]:
    independent = html.Span("independent of each other", className="muted")
    return [
        card("Witnesses", [html.Div(id="pair-witnesses")], independent),
        card("Why not", [html.Div(id="pair-why-not")]),
        card("Beside that", [html.Div(id="pair-notes")]),
    ]


def _another(one: str, other: str) -> html.Section:
    """The browser goes to the pair that is written here (app/browser/src/actions.ts)."""
    first, second = line("pair-one", "Account", 200, one), line("pair-other", "Account or cluster", 200, other)
    return card("Another pair", [html.Div([first, second, button("pair-ask", "Ask")], className="form-row", id="pair-form")])


def fill(desk: Desk, ends: Any) -> tuple[Any, ...]:
    """Head, waterfall, witnesses and reasons of a pair."""
    one, other = ends if isinstance(ends, list) and len(ends) == 2 else ("", "")
    night = desk.nights.newest()
    try:
        pair.check(night, str(one), str(other))
        told = pair.told(night, explain(desk.workspace, night.snapshot, str(one), str(other)))
    except (NotFound, UsageError) as error:
        return missing(str(error)), True, *[no_update] * 6
    spoken = bars(told["witnesses"])
    return (
        [],
        False,
        views.head(told),
        told["verdict"],
        views.waterfall(told),
        spoken or views.sentences([], "No witness speaks."),
        views.sentences(told["why_not"], "Nothing speaks against it: they are linked."),
        views.sentences(told["notes"], "Nothing to add."),
    )


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    app.callback(
        Output("pair-missing", "children"),
        Output("pair-body", "hidden"),
        Output("pair-head", "children"),
        Output("pair-verdict", "children"),
        Output("pair-steps", "children"),
        Output("pair-witnesses", "children"),
        Output("pair-why-not", "children"),
        Output("pair-notes", "children"),
        Input("pair", "data"),
    )(partial(fill, desk))
