"""Pieces of the landing page that callbacks fill."""

from typing import Any

from dash import html

from app.queries.tonight import Figure
from app.views.parts import empty, icon


def figures(found: list[Figure]) -> list[html.Div]:
    """Key figures as plates of one row."""
    return [
        html.Div([html.B(value), html.Span(word), html.Span(remark, className="muted")], className="figure card")
        for value, word, remark in found
    ]


def counts(found: list[tuple[str, int]]) -> list[html.Span]:
    """`3 new`, `2 grown` …"""
    return [html.Span([html.B(f"{n:,}"), f" {change}"], className="muted") for change, n in found]


def tables(found: list[dict[str, Any]]) -> html.Table | html.P:
    """What came in, table by table, and what was set aside."""
    if not found:
        return empty("This snapshot says nothing about its data.")
    columns = {"rows": "In window", "rows_in": "Last ingest", "quarantined": "Quarantined", "duplicate": "Duplicate", "late": "Late"}
    head = html.Tr([html.Th("Table", scope="col"), *[html.Th(word, scope="col") for word in columns.values()]])
    body = [html.Tr([html.Th(row["table"], scope="row"), *[_count(name, row[name]) for name in columns]]) for row in found]
    return html.Table([html.Thead(head), html.Tbody(body)], className="plain")


def _count(name: str, value: int | None) -> html.Td:
    worth = "alert" if name == "quarantined" and value else ""
    return html.Td("–" if value is None else f"{value:,}", className=worth)


def channels(found: list[dict[str, Any]]) -> list[html.Div]:
    """Every channel with what it says tonight, or why it says nothing."""
    return [
        html.Div(
            [icon(one["channel"]), html.Span(one["word"], className="word"), html.Span(one["remark"], className="muted")],
            className=f"state channel-{one['channel']}" if one["available"] else "state is-off",
        )
        for one in found
    ]
