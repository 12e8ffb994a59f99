"""Pieces of the cluster page that callbacks fill: head, reasons, templates, and the sentence about the view."""

from typing import Any

from dash import html

from app.queries.view import View
from app.queries.words import cluster_link, plural, span
from app.views.parts import chip, ring
from graph.vocabulary import CHANNEL_WORDS, CHANNELS


def head(told: dict[str, Any]) -> list[Any]:
    """Ring, id, kind, flag; below them counts, window and what chance would give."""
    name = [html.H1(told["cluster_id"]), html.Span(told["kind"], className="kind"), _flag(told["flagged"])]
    if told["parent"]:
        name.append(html.A(f"in {told['parent']}", href=cluster_link(told["parent"]), className="chip"))
    name.append(html.Span(" · ".join(told["scores"]), className="scores"))
    counts: list[Any] = [html.Span([html.B(figure), f" {word}"]) for figure, word in told["counts"]]
    counts.append(html.Span(told["window"]))
    if told["chance"]:
        counts.append(html.Span(told["chance"]))
    lines = html.Div([html.Div(name, className="name"), html.Div(counts, className="counts")])
    return [ring(told["score"], told["flagged"]), lines]


def _flag(flagged: bool) -> html.Span:
    return chip("Flagged", flagged=True) if flagged else chip("Not flagged")


def step_class(target: str | None) -> str:
    """Class of a previous or next button; dull at either end of the queue."""
    return "button" if target else "button is-off"


def reasons(sentences: list[str]) -> html.Details | html.P:
    """The first reason, and the others on request."""
    if not sentences:
        return html.P("This snapshot states no reasons in words.", className="reasons muted")
    more = len(sentences) - 1
    rest = [html.Span(f"and {plural(more, 'more reason')}")] if more else []
    items = html.Ul([html.Li(sentence) for sentence in sentences[1:]])
    return html.Details([html.Summary([sentences[0], *rest]), items], className="reasons")


def templates(found: list[dict[str, Any]]) -> list[html.Div]:
    """Shared wordings with their {slots} marked."""
    return [
        html.Div(
            [
                html.P([html.B(one["template_id"]), html.Span(one["counts"], className="muted")]),
                html.Code([html.Mark(piece) if slot else html.Span(piece) for piece, slot in one["pieces"]]),
            ],
            className="template",
        )
        for one in found
    ]


def in_view(view: View, members: int, of: int, exchanges: int) -> str:
    """`showing 30 of 40 accounts · 1,234 exchanges · Payment, IP · 5 – 7 Aug 2026`."""
    parts = [f"showing {members:,} of {plural(of, 'account')}", plural(exchanges, "exchange")]
    if view.channels != CHANNELS:
        parts.append(", ".join(CHANNEL_WORDS[channel] for channel in view.channels) or "no channel")
    if view.first or view.last:
        parts.append(span(view.first or view.last, view.last or view.first))
    return " · ".join(parts)
