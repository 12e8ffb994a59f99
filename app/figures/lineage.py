"""A cluster through the nights: accounts by night, each change of the line by its word."""

import plotly.graph_objects as go

from app.figures.base import styled
from app.figures.palette import SURFACES, Theme
from app.queries.lineage import Life

_PLAIN = ("", "unchanged")


def line(life: Life, theme: Theme) -> go.Figure:
    """Accounts by night, in the grey of accounts; a ring where the line changed."""
    surface = SURFACES[theme]
    changed = [change not in _PLAIN for change in life.changes]
    figure = go.Figure(
        go.Scatter(
            x=life.nights,
            y=life.accounts,
            customdata=[change or "found" for change in life.changes],
            mode="lines+markers+text",
            text=[change if mark else "" for change, mark in zip(life.changes, changed, strict=True)],
            textposition="top center",
            textfont={"color": surface["muted"], "size": 11},
            cliponaxis=False,
            line={"color": surface["account"], "width": 2},
            marker={
                "size": [9 if mark else 5 for mark in changed],
                "color": [surface["card"] if mark else surface["account"] for mark in changed],
                "line": {"color": surface["account"], "width": 2},
            },
            hovertemplate="%{y:,} accounts · %{customdata} · %{x|%-d %b %Y}<extra></extra>",
        )
    )
    styled(figure, theme)
    figure.update_layout(dragmode=False, hovermode="closest", margin={"l": 34, "r": 24, "t": 18, "b": 22})
    figure.update_xaxes(type="date", tickformat="%-d %b", tickvals=life.nights[:: max(1, len(life.nights) // 6)])
    figure.update_yaxes(nticks=3, tickformat="~s", rangemode="tozero")
    return figure
