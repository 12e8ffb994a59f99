"""Activity by day: bars stacked by channel, waves shaded, the brushed days marked."""

import datetime as dt

import plotly.graph_objects as go

from app.figures.base import styled
from app.figures.palette import CHANNEL_COLOURS, SURFACES, Theme
from app.queries.activity import Timeline
from app.queries.view import View
from graph.vocabulary import CHANNEL_WORDS

_HALF = dt.timedelta(hours=12)  # a bar stands around midnight: half a day each side


def stacked(timeline: Timeline, waves: list[tuple[dt.date, dt.date]], view: View, theme: Theme) -> go.Figure:
    """Linked observations by day and channel; dragging selects days."""
    figure = go.Figure()
    for channel, counts in timeline.channels.items():
        figure.add_bar(
            x=timeline.days,
            y=counts,
            name=CHANNEL_WORDS[channel],
            marker={"color": CHANNEL_COLOURS[theme][channel], "line": {"width": 0}},
            hovertemplate="%{y:,} %{x|%-d %b}",
            unselected={"marker": {"opacity": 1}},
        )
    styled(figure, theme)
    figure.update_layout(barmode="stack", bargap=0.18, hovermode="x unified", dragmode="select", selectdirection="h")
    figure.update_layout(newselection={"line": {"color": SURFACES[theme]["muted"], "width": 1, "dash": "solid"}})
    figure.update_xaxes(type="date", tickformat="%-d %b", nticks=8, showspikes=False)
    figure.update_yaxes(nticks=4, tickformat="~s", rangemode="tozero")
    if waves:  # room above the bars for the waves' names
        highest = max(map(sum, zip(*timeline.channels.values(), strict=True)), default=0)
        figure.update_yaxes(range=[0, 1.15 * max(1, highest)])
    for number, (first, last) in enumerate(waves, start=1):
        _shade(figure, first, last, SURFACES[theme]["muted"], 0.10, f"Wave {number}")
    if view.first and view.last:
        _shade(figure, view.first, view.last, SURFACES[theme]["text"], 0.14, None)
    return figure


def _shade(figure: go.Figure, first: dt.date, last: dt.date, colour: str, opacity: float, label: str | None) -> None:
    start, end = _moment(first) - _HALF, _moment(last) + _HALF
    shape = {"type": "rect", "xref": "x", "yref": "paper", "x0": start, "x1": end, "y0": 0, "y1": 1}
    figure.add_shape(**shape, fillcolor=colour, opacity=opacity, line={"width": 0}, layer="below")
    if label:
        figure.add_annotation(x=start, y=1, xref="x", yref="paper", xanchor="left", yanchor="top", text=label, showarrow=False)


def _moment(day: dt.date) -> dt.datetime:
    return dt.datetime.combine(day, dt.time())


def single(timeline: Timeline, theme: Theme) -> go.Figure:
    """One account's exchanges by day, in the grey of accounts."""
    figure = go.Figure()
    colour = SURFACES[theme]["account"]
    figure.add_bar(x=timeline.days, y=timeline.exchanges, marker={"color": colour}, hovertemplate="%{y:,} exchanges<extra></extra>")
    styled(figure, theme)
    figure.update_layout(bargap=0.18, hovermode="x unified", dragmode=False)
    figure.update_xaxes(type="date", tickformat="%-d %b", nticks=8)
    figure.update_yaxes(nticks=4, tickformat="~s", rangemode="tozero")
    return figure
