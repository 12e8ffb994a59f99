import datetime as dt
import re
from itertools import combinations
from pathlib import Path

import pytest

from app.figures.base import CONFIG, escaped
from app.figures.lanes import heat
from app.figures.lineage import line
from app.figures.mirrored import bars
from app.figures.palette import CHANNEL_COLOURS, SURFACES, Theme, contrast
from app.figures.timeline import single, stacked
from app.main import ASSETS
from app.queries import activity
from app.queries.lineage import Life
from app.queries.night import Night
from app.queries.view import View, parse
from tests.factory import HOSTILE, START

THEMES: tuple[Theme, ...] = ("dark", "light")


@pytest.mark.parametrize("theme", THEMES)
def test_every_colour_can_be_read(theme: Theme) -> None:
    for surface in ("card", "page"):
        for name, colour in [*CHANNEL_COLOURS[theme].items(), *((n, SURFACES[theme][n]) for n in ("text", "muted", "account", "alert"))]:
            assert contrast(colour, SURFACES[theme][surface]) >= 4.5, (theme, surface, name)


@pytest.mark.parametrize("theme", THEMES)
def test_channels_can_be_told_apart(theme: Theme) -> None:
    for one, other in combinations(CHANNEL_COLOURS[theme].values(), 2):
        apart = sum((int(one[i : i + 2], 16) - int(other[i : i + 2], 16)) ** 2 for i in (1, 3, 5)) ** 0.5
        assert apart > 55, (one, other)


@pytest.mark.parametrize("theme", THEMES)
def test_the_style_sheet_holds_the_same_colours(theme: Theme) -> None:
    sheet = (ASSETS / "clew.css").read_text("utf-8")
    start = ":root {" if theme == "dark" else ':root[data-theme="light"] {'
    values = dict(re.findall(r"--([a-z-]+): (#[0-9A-F]{6})", sheet[sheet.index(start) : sheet.index("}", sheet.index(start))]))
    assert {name: values[name] for name in SURFACES[theme]} == SURFACES[theme]
    assert {c: values[f"c-{c}"] for c in CHANNEL_COLOURS[theme]} == CHANNEL_COLOURS[theme]


def test_every_icon_of_the_style_sheet_is_there() -> None:
    for name in re.findall(r"url\((icons/[^)]+)\)", (ASSETS / "clew.css").read_text("utf-8")):
        assert Path(ASSETS, name).is_file(), name


def test_plotly_gets_no_markup_and_sends_nothing() -> None:
    assert escaped(HOSTILE + "&lt;").startswith("&lt;img src=x onerror=alert(1)&gt;")
    assert escaped("&lt;b&gt;") == "&amp;lt;b&amp;gt;"
    assert CONFIG["showSendToCloud"] is False
    assert CONFIG["plotlyServerURL"] == ""


def test_stacked_has_one_bar_per_channel_and_marks_the_brush(night: Night) -> None:
    seen = activity.timeline(night, "CL-000000", View())
    figure = stacked(seen, [], parse({"from": "2026-08-05", "to": "2026-08-06"}), "dark")
    assert [bar.name for bar in figure.data] == ["Payment", "IP", "Prompt", "Timing"]
    assert len(figure.layout.shapes) == 1
    assert figure.layout.shapes[0].x0.isoformat().startswith("2026-08-04T12")
    assert figure.layout.xaxis.fixedrange is True


def test_waves_are_named(night: Night) -> None:
    seen = activity.timeline(night, "CL-000000", View())
    figure = stacked(seen, [(seen.days[1], seen.days[3])], View(), "light")
    assert [note.text for note in figure.layout.annotations] == ["Wave 1"]


def test_lanes_show_each_account_once(night: Night) -> None:
    lanes = activity.lanes(night, "CL-000000", View(), limit=5)
    figure = heat(lanes, "dark")
    assert list(figure.layout.yaxis.ticktext) == lanes.accounts
    assert figure.data[0].z.sum() == 5 * 42


def test_figures_of_nothing(night: Night) -> None:
    empty = activity.timeline(night, "CL-NONE", View())
    assert len(stacked(empty, [], View(), "dark").data) == 0
    assert len(single(empty, "light").data[0].x) == 0
    assert heat(activity.lanes(night, "CL-NONE", View()), "dark").data[0].z.size == 0


@pytest.mark.parametrize("theme", THEMES)
def test_a_line_marks_its_changes_and_has_no_hue(theme: Theme) -> None:
    figure = line(
        Life([START, START + dt.timedelta(days=1), START + dt.timedelta(days=2)], [10, 10, 30], ["new", "unchanged", "grown"]), theme
    )
    (trace,) = figure.data
    assert list(trace.text) == ["new", "", "grown"]
    assert list(trace.y) == [10, 10, 30]
    assert set(CHANNEL_COLOURS[theme].values()).isdisjoint({trace.line.color, *trace.marker.color})
    assert not line(Life([], [], []), theme).data[0].x


@pytest.mark.parametrize("theme", THEMES)
def test_two_clusters_stand_on_both_sides_of_the_line(theme: Theme) -> None:
    one, other = activity.Timeline([START.date()], {}, [5]), activity.Timeline([START.date()], {}, [9])
    figure = bars(one, other, ("CL-A", HOSTILE), theme)
    assert [list(trace.y) for trace in figure.data] == [[5], [-9]]
    assert "<" not in figure.data[1].name
    assert set(CHANNEL_COLOURS[theme].values()).isdisjoint({trace.marker.color for trace in figure.data})
