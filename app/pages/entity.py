"""One entity: what it is, how rare, and who shares it."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, dcc, html, no_update

from app.desk import Desk
from app.queries import entities
from app.queries.night import Nights, NotFound
from app.views.parts import card, facts, icon, linked, missing, number, table, text, waiting, weight

PATH = "/entity/<entity_id>"
TITLE = "Entity"

_ACCOUNTS = [
    linked("account_id", "Account", flex=2, minWidth=160),
    text("clusters", "Clusters", minWidth=130),
    number("n", "Times", maxWidth=100),
    text("first_seen", "First seen", minWidth=136),
    text("last_seen", "Last seen", minWidth=136),
    text("why", "", cellRenderer="ClewWhy", sortable=False, minWidth=58, maxWidth=64),
]
_CLUSTERS = [
    linked("cluster_id", "Cluster", flex=1, minWidth=130),
    number("members", "Members that touch it"),
    number("expected", "Expected by chance", "clewSmall"),
    weight("bits", "Weight, bits", 20.0, minWidth=130),
    number("q_value", "q-value", "clewSmall"),
]


def layout(entity_id: str = "", **_query: str) -> html.Div:
    """The page without its data."""
    return html.Div(
        [
            dcc.Store(id="entity", data=entity_id),
            html.Div(id="entity-missing", className="missing"),
            html.Div(
                [
                    html.Div(waiting("the entity"), id="entity-head", className="page-head"),
                    card("Facts", [html.Div(id="entity-facts")]),
                    card(
                        "Clusters that share it", [table("entity-clusters", _CLUSTERS, fits=True, nothing="It links no cluster tonight.")]
                    ),
                    card("Accounts that share it", [table("entity-accounts", _ACCOUNTS)], name="members-section"),
                ],
                id="entity-body",
                className="stack",
            ),
        ],
        className="page entity-page",
    )


def fill(nights: Nights, entity_id: str) -> tuple[Any, Any, Any, Any, Any, Any]:
    """Head, facts and tables of an entity."""
    night = nights.newest()
    try:
        known = entities.head(night, number_of(entity_id))
    except NotFound as error:
        return missing(str(error)), True, *[no_update] * 4
    head = [icon(known["channel"]), html.H1(known["label"]), html.Span(known["kind"], className="kind")]
    number_ = number_of(entity_id)
    return [], False, head, facts(known["facts"]), entities.clusters(night, number_), entities.sharers(night, number_)


def number_of(entity_id: Any) -> int:
    """An entity's id from an address: a signed 64-bit number. Raises NotFound."""
    try:
        value = int(entity_id)
    except (TypeError, ValueError):
        value = 1 << 64
    if not -(1 << 63) <= value < 1 << 63:
        raise NotFound("That is no entity id: a number was expected. Search for the entity's label instead.")
    return value


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    app.callback(
        Output("entity-missing", "children"),
        Output("entity-body", "hidden"),
        Output("entity-head", "children"),
        Output("entity-facts", "children"),
        Output("entity-clusters", "rowData"),
        Output("entity-accounts", "rowData"),
        Input("entity", "data"),
    )(partial(fill, desk.nights))
