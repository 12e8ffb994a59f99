"""The timeline as an inline SVG: one row of daily bars per channel. Numbers and known words only; no script."""

import datetime as dt

import polars as pl

from graph.bundle.claims import word
from graph.vocabulary import CHANNELS

_WIDTH, _LEFT, _RIGHT, _ROW, _BAR = 720, 150, 54, 44, 28
_COLOURS = {
    "all": "#56617a",
    "payment": "#8a5200",
    "ip": "#1273b8",
    "metadata": "#5a55b5",
    "registration": "#68700a",
    "prompt": "#a8407f",
    "timing": "#00795c",
    "object": "#a13d2d",
}


def timeline(rows: pl.DataFrame, first: dt.date, last: dt.date) -> str:
    """SVG of `rows` (day, channel, n) between two days, both included; every row of bars has a scale of its own, named at its end."""
    present = set(rows.filter(pl.col("n") > 0)["channel"])
    shown = [channel for channel in ("all", *CHANNELS) if channel in present]
    days = max((last - first).days + 1, 1)
    height = _ROW * len(shown) + 26
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" role="img" aria-labelledby="timeline-title">',
        f'<title id="timeline-title">Observations per day and channel, {first} to {last}</title>',
    ]
    for place, channel in enumerate(shown):
        counts = dict(rows.filter(pl.col("channel") == channel).group_by("day").agg(pl.col("n").sum()).iter_rows())
        parts.append(_row(channel, counts, place * _ROW, first, days))
    return "\n".join([*parts, _axis(first, last, _ROW * len(shown)), "</svg>"])


def name_of(channel: str) -> str:
    """What a row of bars is called."""
    return "All exchanges" if channel == "all" else word(channel)


def _row(channel: str, counts: dict[dt.date, int], top: int, first: dt.date, days: int) -> str:
    most = max(counts.values(), default=0)
    base = top + 8 + _BAR
    step = (_WIDTH - _LEFT - _RIGHT) / days
    colour = _COLOURS.get(channel, "#56617a")
    bars = []
    for day in sorted(counts):
        tall = _BAR * counts[day] / most if most else 0
        left = _LEFT + (day - first).days * step
        wide = max(step * 0.8, 0.5)
        bars.append(f'<rect x="{left:.2f}" y="{base - tall:.2f}" width="{wide:.2f}" height="{tall:.2f}" fill="{colour}"/>')
    name = name_of(channel)
    return (
        f'<text x="0" y="{base - 8}" class="name">{name}</text>{"".join(bars)}'
        f'<line x1="{_LEFT}" x2="{_WIDTH - _RIGHT}" y1="{base}" y2="{base}" stroke="#c5cbd6" stroke-width="0.7"/>'
        f'<text x="{_WIDTH - _RIGHT + 6}" y="{base - _BAR + 8}" class="scale">{most:,}</text>'
    )


def _axis(first: dt.date, last: dt.date, top: int) -> str:
    y = top + 18
    return (
        f'<text x="{_LEFT}" y="{y}" class="scale">{first}</text>'
        f'<text x="{_WIDTH - _RIGHT}" y="{y}" class="scale" text-anchor="end">{last}</text>'
    )
