"""Pieces of the comparison of two clusters."""

from typing import Any

from dash import html

from app.queries.words import percent
from app.views.parts import chip, icon, ring


def side(told: dict[str, Any]) -> html.Div:
    """One head: ring, name, kind, flag, counts and window."""
    flag = chip("Flagged", flagged=True) if told["flagged"] else chip("Not flagged")
    name = [html.H2(html.A(told["cluster_id"], href=told["href"])), html.Span(told["kind"], className="kind"), flag]
    counts = [html.Span([html.B(figure), f" {word}"]) for figure, word in told["counts"]]
    scores = [html.Span([f"{word} ", html.B(value)]) for word, value in told["scores"]]
    lines = [html.Div(name, className="name"), html.Div([*counts, html.Span(told["window"]), *scores], className="counts")]
    return html.Div([ring(told["score"], told["flagged"]), html.Div(lines)], className="side")


def channels(found: list[dict[str, Any]]) -> list[html.Div]:
    """Share of evidence by channel: the one to the left, the other to the right of the word."""
    return [
        html.Div(
            [
                html.B(percent(one["one"])),
                _bar(one["one"], "to-left"),
                html.Span([icon(one["channel"]), html.Span(one["word"])], className="word"),
                _bar(one["other"], ""),
                html.B(percent(one["other"])),
            ],
            className=f"versus channel-{one['channel']}",
        )
        for one in found
    ]


def _bar(share: float, direction: str) -> html.Span:
    return html.Span(html.Span(style={"width": f"{100 * share:.1f}%"}), className=f"bar {direction}".strip(), **{"aria-hidden": "true"})
