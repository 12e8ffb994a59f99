"""Swim-lanes: one row per account, one column per hour; who starts when another stops becomes visible."""

import plotly.graph_objects as go

from app.figures.base import escaped, styled
from app.figures.palette import SURFACES, Theme
from app.queries.activity import Lanes


def heat(lanes: Lanes, theme: Theme) -> go.Figure:
    """Exchanges by account and hour, in greys: hue belongs to channels. The square root keeps a quiet hour visible."""
    surface = SURFACES[theme]
    names = [escaped(name) for name in lanes.accounts]
    figure = go.Figure(
        go.Heatmap(
            x=lanes.hours,
            y=list(range(len(names))),
            z=[[count**0.5 for count in row] for row in lanes.counts],
            customdata=lanes.counts,
            text=[[name] * len(lanes.hours) for name in names] if len(names) * len(lanes.hours) < 20_000 else None,
            colorscale=[[0, surface["card"]], [0.01, surface["line"]], [1, surface["text"]]],
            showscale=False,
            xgap=0,
            ygap=2,
            hovertemplate="%{customdata:,} exchanges · %{x|%-d %b %H:00} UTC<extra>%{y}</extra>",
        )
    )
    styled(figure, theme)
    figure.update_layout(margin={"l": 132, "r": 4, "t": 4, "b": 22}, dragmode=False, hovermode="closest")
    figure.update_xaxes(type="date", tickformat="%-d %b")
    figure.update_yaxes(
        autorange="reversed", showgrid=False, tickmode="array", tickvals=list(range(len(names))), ticktext=names, tickfont={"size": 10}
    )
    return figure
