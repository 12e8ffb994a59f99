"""Two clusters beside each other."""

from functools import partial
from typing import Any
from urllib.parse import unquote

import plotly.graph_objects as go
from dash import Dash, Input, Output, dcc, html, no_update

from app.desk import Desk
from app.figures import mirrored
from app.figures.palette import Theme
from app.queries import activity, compare
from app.queries.night import Nights, NotFound
from app.queries.view import View
from app.views import compare as views
from app.views.parts import Column, button, card, chart, facts, line, linked, missing, number, table, text, waiting, weight

PATH = "/compare/<one>/<other>"
TITLE = "Compare"


def layout(one: str = "", other: str = "", **_query: str) -> html.Div:
    """The page without its data."""
    ends = [unquote(one), unquote(other)]
    return html.Div(
        [
            dcc.Store(id="compared", data=ends),
            html.Div(id="compare-missing", className="missing"),
            html.Div(
                [
                    html.Div([html.H1("Compare"), html.P(id="compare-verdict", className="muted")], className="page-head"),
                    html.Div(waiting("both clusters"), id="compare-sides", className="sides"),
                    html.Div([html.Div(_left(ends), className="column"), html.Div(_right(), className="column")], className="halves pair"),
                ],
                id="compare-body",
                className="stack",
            ),
            _another(*ends),
        ],
        className="page compare-page",
    )


def _left(ends: list[str]) -> list[html.Section]:
    shared = table("compare-entities", columns(*ends), nothing="No entity links members of both.")
    below = html.Span("the first above the line, the second below", className="muted")
    return [
        card("Entities that link both", [shared], html.Span("accounts and bits in each", className="muted"), "compare-entities-section"),
        card("Exchanges by day", [chart("compare-days", "Exchanges by day of both clusters")], below),
    ]


def _right() -> list[html.Section]:
    common = [linked("account_id", "Account", flex=1, minWidth=120), *_both("Bits", "bits", "clewBits")]
    asked = [text("capability", "Asks for", flex=1, minWidth=100), *_both("Lift", "lift", "clewBits")]
    nothing = "No account stands in both."
    return [
        card("In common", [html.Div(id="compare-overlap")]),
        card("Share of evidence", [html.Div(id="compare-channels")]),
        card("What they ask for", [table("compare-asked", asked, fits=True, nothing="Neither asks for anything beyond chance.")]),
        card("Accounts in both", [table("compare-accounts", common, nothing=nothing)], name="compare-accounts-section"),
    ]


def _both(word: str, field: str, formatter: str) -> list[Column]:
    return [number(field, f"{word}, first", formatter, maxWidth=96), number(f"{field}_other", f"{word}, second", formatter, maxWidth=110)]


def columns(one: str, other: str) -> list[Column]:
    """Columns of the shared entities, named after the two clusters."""
    return [
        text("label", "Entity", cellRenderer="ClewEntity", flex=2, minWidth=130),
        number("rarity", "Rarity", "clewPercent", minWidth=68, maxWidth=84),
        number("members", one[:12], minWidth=92, maxWidth=110),
        weight("bits", "Bits", 20.0, minWidth=86, maxWidth=120),
        number("members_other", other[:12], minWidth=92, maxWidth=110),
        weight("bits_other", "Bits", 20.0, minWidth=86, maxWidth=120),
    ]


def _another(one: str, other: str) -> html.Section:
    """The browser goes to the pair that is written here (app/browser/src/actions.ts)."""
    first, second = line("compare-one", "Cluster", 64, one), line("compare-other", "and cluster", 64, other)
    return card("Compare others", [html.Div([first, second, button("compare-ask", "Compare")], className="form-row", id="compare-form")])


def _ends(ends: Any) -> tuple[str, str]:
    return (str(ends[0]), str(ends[1])) if isinstance(ends, list) and len(ends) == 2 else ("", "")


def fill(nights: Nights, ends: Any) -> tuple[Any, ...]:
    """Everything but the figure."""
    night, (one, other) = nights.newest(), _ends(ends)
    try:
        heads = compare.sides(night, one, other)
    except NotFound as error:
        return missing(str(error)), True, *[no_update] * 7
    return (
        [],
        False,
        compare.verdict(night, one, other),
        [views.side(head) for head in heads],
        facts(compare.overlap(night, one, other)),
        views.channels(compare.channels(night, one, other)),
        compare.entities(night, one, other),
        compare.accounts(night, one, other),
        compare.capabilities(night, one, other),
    )


def days(nights: Nights, ends: Any, theme: Theme | None) -> go.Figure:
    """Exchanges by day of both."""
    night, names = nights.newest(), _ends(ends)
    one, other = (activity.timeline(night, name, View()) for name in names)
    return mirrored.bars(one, other, names, theme or "dark")


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    app.callback(
        Output("compare-missing", "children"),
        Output("compare-body", "hidden"),
        Output("compare-verdict", "children"),
        Output("compare-sides", "children"),
        Output("compare-overlap", "children"),
        Output("compare-channels", "children"),
        Output("compare-entities", "rowData"),
        Output("compare-accounts", "rowData"),
        Output("compare-asked", "rowData"),
        Input("compared", "data"),
    )(partial(fill, desk.nights))
    app.callback(Output("compare-days", "figure"), Input("compared", "data"), Input("theme", "data"))(partial(days, desk.nights))
