"""Pieces of the page of a pair: the waterfall of bits down to raw rows, and the reasons against."""

from typing import Any

from dash import html

from app.queries.words import plural
from app.views.parts import chip, empty, icon


def head(told: dict[str, Any]) -> list[Any]:
    """Both ends, and whether they are linked."""
    (one, one_link), (other, other_link) = told["ends"]
    names = html.H1([html.A(one, href=one_link), html.Span(" and ", className="muted"), html.A(other, href=other_link)])
    return [names, chip("Linked", flagged=True) if told["linked"] else chip("Not linked")]


def waterfall(told: dict[str, Any]) -> list[Any]:
    """A row for each step, each bar where the last one ended; below them what is too small to draw, and the total."""
    if not told["steps"]:
        return [empty("They share nothing that counts."), _total(told)]
    count, bits = told["rest"]
    rest = [html.P(f"and {plural(count, 'further step')} that count {bits:.2f} bits together", className="empty")] if count else []
    return [*[_step(step, told) for step in told["steps"]], *rest, _total(told)]


def _step(step: dict[str, Any], told: dict[str, Any]) -> html.Details:
    name = [html.Span(step["word"], className="sr"), html.Span(step["kind"], className="muted"), f" {step['label']}"]
    line = [
        icon(step["channel"]),
        html.Span(name, className="clip"),
        html.Span(step["weight"], className="muted weight"),
        _bar(step["start"], step["counted"], told),
        html.B(f"{step['counted']:.2f}"),
    ]
    return html.Details([html.Summary(line), _detail(step)], className=f"step channel-{step['channel']}")


def _bar(start: float, length: float, told: dict[str, Any]) -> html.Span:
    most = told["most"]
    piece = html.Span(style={"left": f"{100 * start / most:.2f}%", "width": f"{max(0.4, 100 * length / most):.2f}%"})
    needed = html.I(style={"left": f"{min(99.7, 100 * told['needed'] / most):.2f}%"})
    return html.Span([piece, needed], className="track", **{"aria-hidden": "true"})


def _detail(step: dict[str, Any]) -> html.Div:
    own = [" · ", html.A("all who share it", href=step["href"], className="cell-link")] if step["href"] else []
    remark = [html.P(step["remark"], className="muted")] if step["remark"] else []
    return html.Div([html.P(step["what"]), html.P([step["said"], *own], className="muted"), *remark, *_rows(step)])


def _rows(step: dict[str, Any]) -> list[Any]:
    """The first raw rows as they are stored; a column that no row has is left out."""
    rows = step["rows"]
    if not rows:
        return []
    names = list(dict.fromkeys(name for row in rows for name in row))
    top = html.Tr([html.Th(name, scope="col") for name in names])
    body = [html.Tr([html.Td(row.get(name, "")) for name in names]) for row in rows]
    count = html.P(f"showing {len(rows):,} of {plural(step['rows_total'], 'raw row')}", className="muted")
    return [html.Div(html.Table([html.Thead(top), html.Tbody(body)], className="plain raw"), className="scrolls", tabIndex="0"), count]


def _total(told: dict[str, Any]) -> html.Div:
    parts = [
        html.Span(),
        html.B("In all"),
        html.Span(f"{told['needed']:.1f} needed", className="muted weight"),
        _bar(0.0, told["total"], told),
        html.B(f"{told['total']:.2f}"),
    ]
    return html.Div(parts, className="step total")


def sentences(found: list[str], nothing: str) -> html.Ul | html.P:
    """Sentences as a list."""
    return html.Ul([html.Li(sentence) for sentence in found], className="sentences") if found else empty(nothing)
