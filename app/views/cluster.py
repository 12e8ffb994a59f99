"""Pieces of the cluster page that callbacks fill: head, reasons, templates, and the sentence about the view."""

from typing import Any

from dash import html

from app.queries.view import View
from app.queries.words import cluster_link, percent, plural, span
from app.views.parts import chip, ring
from graph.vocabulary import CHANNEL_WORDS, CHANNELS

SCORE_WORDS = {
    "linkage": "How sure it is that one hand is behind these accounts",
    "extraction": "How much their use looks like drawing training data out of a model",
    "stability": "How much of the cluster is found again with other seeds and at other resolutions",
    "calibrated": "Probability of abuse, fitted to your own verdicts",
}


def head(told: dict[str, Any]) -> list[Any]:
    """Ring, id, kind, flag; below them counts, window and what chance would give."""
    name = [html.H1(told["cluster_id"]), html.Span(told["kind"], className="kind"), _flag(told["flagged"])]
    if told["parent"]:
        name.append(html.A(f"in {told['parent']}", href=cluster_link(told["parent"]), className="chip"))
    if told["decided"]:
        name.append(chip(told["decided"]))
    name += [html.Span([f"{word} ", html.B(value)], className="scores", title=SCORE_WORDS[word]) for word, value in told["scores"]]
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
    return html.Details([html.Summary([html.B(sentences[0]), *rest]), items], className="reasons")


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


def capabilities(found: list[dict[str, Any]]) -> list[html.Div]:
    """What members ask for: share as a bar, everyone else's share as a mark on it, and how many times as often."""
    most = max((max(one["share"], one["everyone"]) for one in found), default=0.0) or 1.0
    return [_capability(one, most) for one in found]


def _capability(one: dict[str, Any], most: float) -> html.Div:
    mark = html.I(style={"left": f"{100 * one['everyone'] / most:.1f}%"})
    bar = html.Span([html.Span(style={"width": f"{100 * one['share'] / most:.1f}%"}), mark], className="bar", **{"aria-hidden": "true"})
    beside = f"{percent(one['share'])} of prompts, {percent(one['everyone'])} of everyone else's"
    who = [plural(one["accounts"], "account"), f"since {one['since']}" if one["since"] else "", _spread(one["concentration"])]
    said = " · ".join([beside, *(part for part in who if part and one["said"])])
    return html.Div(
        [html.Span(one["capability"], className="word"), bar, html.B(f"{one['lift']:.1f}×"), html.P(said)],
        className="capability" if one["said"] else "capability is-chance",
        title=f"{one['words']}; q {one['q_value']:.1g}, concentration {one['concentration']:.2f}",
    )


def _spread(concentration: float | None) -> str:
    """The Gini coefficient over members in words, at its halves."""
    return "" if concentration is None else "all alike" if concentration < 0.5 else "a few of them"


def decisions(found: list[dict[str, Any]]) -> list[html.Div]:
    """Decisions that hold for the cluster, newest first."""
    return [
        html.Div(
            [
                html.P([chip(one["what"]), html.Span(one["about"]), html.Span(f"No. {one['number']}", className="muted")]),
                html.P(one["reason"]),
                html.P(f"{one['by']}, {one['day']}" + ("" if one["heeded"] else "; holds from the next run on"), className="muted"),
            ],
            className="decision",
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
