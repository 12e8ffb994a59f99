"""Two clusters day by day, one above the axis, the other below: who was active when the other was not."""

import plotly.graph_objects as go

from app.figures.base import escaped, styled
from app.figures.palette import SURFACES, Theme, blend
from app.queries.activity import Timeline


def bars(one: Timeline, other: Timeline, names: tuple[str, str], theme: Theme) -> go.Figure:
    """Exchanges by day of `one` upwards and of `other` downwards, both in greys: hue belongs to channels."""
    surface = SURFACES[theme]
    greys = (surface["account"], blend(surface["account"], surface["card"], 0.55))
    figure = go.Figure()
    for timeline, name, grey, sign in zip((one, other), names, greys, (1, -1), strict=True):
        figure.add_bar(
            x=timeline.days,
            y=[sign * n for n in timeline.exchanges],
            customdata=timeline.exchanges,
            name=escaped(name),
            marker={"color": grey, "line": {"width": 0}},
            hovertemplate="%{customdata:,} · %{x|%-d %b}",
        )
    styled(figure, theme)
    figure.update_layout(barmode="relative", bargap=0.18, hovermode="x unified", dragmode=False)
    figure.update_xaxes(type="date", tickformat="%-d %b", nticks=10)
    most = max([*one.exchanges, *other.exchanges, 1])
    figure.update_yaxes(range=[-1.08 * most, 1.08 * most], tickvals=[-most, 0, most], ticktext=[f"{most:,}", "0", f"{most:,}"])
    return figure
