"""What every figure shares: fonts, grid lines, colours of the theme, and text that Plotly cannot take for markup."""

import numpy  # noqa: F401  Plotly looks for it lazily, which two threads must not do at once
import plotly.graph_objects as go

from app.figures.palette import SURFACES, Theme

CONFIG = {"displayModeBar": False, "showSendToCloud": False, "plotlyServerURL": "", "doubleClick": False, "responsive": True}
"""Plotly's settings for every graph: no mode bar, and nothing that would send data anywhere."""


def escaped(text: str) -> str:
    """`text` for a Plotly label: Plotly reads a small set of HTML tags and entities there, so `&`, `<` and `>` become entities."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def styled(figure: go.Figure, theme: Theme) -> go.Figure:
    """`figure` in the look of the page: transparent, hairline grid, 11 px Inter."""
    surface = SURFACES[theme]
    axis = {"gridcolor": surface["line"], "linecolor": surface["line"], "zeroline": False, "ticks": "", "fixedrange": True}
    figure.update_layout(
        template="none",
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font={"family": "Inter, sans-serif", "size": 11, "color": surface["muted"]},
        margin={"l": 40, "r": 4, "t": 6, "b": 22},
        showlegend=False,
        hoverlabel={
            "bgcolor": surface["card"],
            "bordercolor": surface["line"],
            "font": {"family": "Inter, sans-serif", "size": 12, "color": surface["text"]},
        },
        xaxis={**axis, "showgrid": False},
        yaxis=axis,
    )
    return figure
