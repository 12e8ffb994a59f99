"""Swim-lanes: one row per account, one column per hour; who starts when another stops becomes visible."""

import plotly.graph_objects as go

from app.figures.base import escaped, styled
from app.figures.palette import SURFACES, Theme, blend
from app.queries.activity import Lanes


def heat(lanes: Lanes, theme: Theme) -> go.Figure:
    """Exchanges by account and hour, in greys: hue belongs to channels. The square root keeps a quiet hour visible."""
    surface = SURFACES[theme]
    names = [escaped(name) for name in lanes.accounts]
    figure = go.Figure(
        go.Heatmap(
            x=lanes.hours,
            y=list(range(len(names))),
            z=lanes.counts.astype("uint16" if lanes.counts.max(initial=0) < 1 << 16 else "int32"),  # sent as packed bytes
            colorscale=_square_root_scale(surface["card"], surface["line"], surface["text"]),
            showscale=False,
            xgap=0,
            ygap=2,
            hovertemplate="%{z:,} exchanges · %{x|%-d %b %H:00} UTC<extra></extra>",
        )
    )
    styled(figure, theme)
    figure.update_layout(margin={"l": 132, "r": 4, "t": 4, "b": 22}, dragmode=False, hovermode="closest")
    figure.update_xaxes(type="date", tickformat="%-d %b")
    figure.update_yaxes(
        autorange="reversed", showgrid=False, tickmode="array", tickvals=list(range(len(names))), ticktext=names, tickfont={"size": 10}
    )
    return figure


def _square_root_scale(none: str, least: str, most: str) -> list[list[float | str]]:
    """Colour by the square root of the count, so that a quiet hour is visible beside a busy one."""
    rising: list[list[float | str]] = [[(step / 8) ** 2, blend(most, least, step / 8)] for step in range(2, 9)]
    return [[0.0, none], [1e-9, blend(most, least, 0.15)], *rising]
