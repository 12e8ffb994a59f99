"""Small pieces of pages. Every string becomes text content: nothing here makes HTML from a value."""

from typing import Any

import dash_ag_grid as dag
from dash import dcc, html

from app.figures.base import CONFIG
from app.queries.words import percent
from graph.vocabulary import CHANNEL_WORDS, Channel

Column = dict[str, Any]


def icon(name: str) -> html.Span:
    """A decorative icon from assets/icons, in the colour of the text (or of the channel it is named after)."""
    return html.Span(className=f"icon icon-{name} channel-{name}", **{"aria-hidden": "true"})


def keycap(key: str) -> html.Kbd:
    """A visible shortcut hint."""
    return html.Kbd(key, className="keycap", **{"aria-hidden": "true"})


def card(title: str, body: list[Any], side: Any = None, name: str = "") -> html.Section:
    """A hairline card with a heading and something at its right."""
    head = html.Div([html.H2(title), html.Div(side, className="card-side")], className="card-head")
    return html.Section([head, *body], className=f"card {name}".strip(), **{"aria-label": title})


def waiting(what: str) -> html.P:
    """The sentence that stands where a callback has not answered yet."""
    return html.P(f"Reading {what} …", className="empty")


def empty(sentence: str) -> html.P:
    """The sentence that stands where there is nothing."""
    return html.P(sentence, className="empty")


def missing(message: str) -> list[Any]:
    """What a page shows for an id that the newest snapshot does not hold."""
    return [html.H1("Not found"), html.P(message), html.P(html.A("Back to the queue", href="/queue"))]


def ring(score: int, flagged: bool) -> html.Div:
    """The score, 0 to 100, as a ring around its number."""
    inner = [html.B(str(score)), html.Span("score")]
    style = {"--score": f"{score}%"}
    return html.Div(
        inner, className="ring is-flagged" if flagged else "ring", style=style, role="img", **{"aria-label": f"Score {score} of 100"}
    )


def chip(text: str, *, flagged: bool = False) -> html.Span:
    """A word on a plate; `flagged` gives it the warning sign."""
    return html.Span([icon("alert"), text] if flagged else text, className="chip flagged" if flagged else "chip")


def facts(pairs: list[tuple[str, str]]) -> html.Dl:
    """Words and values, as a definition list."""
    return html.Dl([html.Div([html.Dt(word), html.Dd(value)]) for word, value in pairs], className="facts")


def bars(parts: list[dict[str, Any]]) -> list[html.Div]:
    """Share of evidence by channel: icon, word, bar, share, and a sentence where there is one."""
    return [
        html.Div(
            [
                icon(part["channel"]),
                html.Span(part["word"], className="word"),
                html.Span(html.Span(style={"width": f"{100 * part['share']:.1f}%"}), className="bar", **{"aria-hidden": "true"}),
                html.B(percent(part["share"])),
                html.P(part.get("sentence") or f"{part['bits']:,} bits", title=part.get("sentence") or ""),
            ],
            className=f"share channel-{part['channel']}",
        )
        for part in parts
    ]


def channel_toggle(channel: Channel) -> html.Button:
    """A button that takes a channel in or out of the view. The browser shows only those the cluster has."""
    attributes = {"data-channel-toggle": channel.value, "aria-pressed": "true"}
    return html.Button(
        [icon(channel.value), CHANNEL_WORDS[channel]], className=f"toggle channel-{channel.value}", hidden=True, **attributes
    )


def chart(chart_id: str, label: str, name: str = "") -> html.Div:
    """An empty figure that a callback fills, in a box that gives its height."""
    figure = dcc.Graph(id=chart_id, figure={"data": [], "layout": _BLANK}, config=CONFIG, responsive=True)
    return html.Div(figure, className=f"chart {name}".strip(), role="img", **{"aria-label": label})


_BLANK = {
    "paper_bgcolor": "rgba(0,0,0,0)",
    "plot_bgcolor": "rgba(0,0,0,0)",
    "xaxis": {"visible": False},
    "yaxis": {"visible": False},
    "margin": {"l": 0, "r": 0, "t": 0, "b": 0},
}


def table(
    table_id: str,
    columns: list[Column],
    *,
    chooses: bool = False,
    fits: bool = False,
    many: bool = False,
    nothing: str = "Nothing to list.",
) -> dag.AgGrid:
    """A table that a callback fills with rows. A click or Enter on a row opens its `href`, or chooses it in the graph.

    `fits` makes it as high as its rows: for tables that are always short. `many` puts a box before each row, to choose several.
    """
    options = {
        "theme": "themeQuartz",
        "rowHeight": 32,
        "headerHeight": 34,
        "animateRows": False,
        "domLayout": "autoHeight" if fits else "normal",
        "suppressDragLeaveHidesColumns": True,
        "suppressMovableColumns": True,
        "rowSelection": _MANY if many else {"mode": "singleRow", "checkboxes": False, "enableClickSelection": True},
        "localeText": {"noRowsToShow": nothing},
    }
    return dag.AgGrid(
        id=table_id,
        columnDefs=columns,
        rowData=[],
        columnSize="responsiveSizeToFit",
        defaultColDef={"sortable": True, "resizable": True, "suppressHeaderMenuButton": True, "minWidth": 64, "cellDataType": False},
        dashGridOptions=options,
        className=" ".join(["table", *["fits"] * fits, *["chooses"] * chooses]),  # the browser acts on clicks by these
    )


_MANY = {"mode": "multiRow", "checkboxes": True, "headerCheckbox": True, "enableClickSelection": False}


def chooser(chooser_id: str, label: str, options: dict[str, str], chosen: str = "") -> html.Div:
    """A labelled list to choose one of (value → word). The browser keeps what is chosen in the store `ID-chosen` (actions.ts)."""
    kept = f"{chooser_id}-chosen"
    choice = html.Select(choices(options, chosen), id=chooser_id, **{"data-kept": kept})
    return html.Div([html.Label(label, htmlFor=chooser_id), choice, dcc.Store(id=kept, data=chosen)], className="field")


def choices(options: dict[str, str], chosen: str = "") -> list[html.Option]:
    """What a `chooser` offers."""
    return [html.Option(word, value=str(value), selected=str(value) == chosen) for value, word in options.items()]


def person(person_id: str, label: str, hint: str) -> html.Div:
    """A labelled field for a user's name; callbacks fill the names that the browser offers into `ID-people`."""
    written = dcc.Input(id=person_id, type="text", value="", maxLength=64, placeholder=hint, autoComplete="off", list=f"{person_id}-people")
    return html.Div([html.Label(label, htmlFor=person_id), written, html.Datalist(id=f"{person_id}-people")], className="field")


def people(names: list[str]) -> list[html.Option]:
    """What `person` offers."""
    return [html.Option(value=name) for name in names]


def line(line_id: str, label: str, most: int, hint: str = "") -> html.Div:
    """A labelled field for one line of at most `most` characters."""
    written = dcc.Input(id=line_id, type="text", value="", maxLength=most, placeholder=hint, autoComplete="off")
    return html.Div([html.Label(label, htmlFor=line_id), written], className="field")


def lines(lines_id: str, label: str, most: int, hint: str = "") -> html.Div:
    """A labelled field for several lines."""
    written = dcc.Textarea(id=lines_id, value="", maxLength=most, placeholder=hint, rows=3)
    return html.Div([html.Label(label, htmlFor=lines_id), written], className="field")


def button(button_id: str, label: str, *, primary: bool = False) -> html.Button:
    """A button that a callback listens to."""
    return html.Button(label, id=button_id, className="button primary" if primary else "button", n_clicks=0)


def number(field: str, name: str, formatter: str = "clewCount", **more: Any) -> Column:
    """A right-aligned column of figures."""
    formatted = {"function": f"{formatter}(params)"}
    return {
        "field": field,
        "headerName": name,
        "type": "rightAligned",
        "valueFormatter": formatted,
        "sortingOrder": ["desc", "asc"],
        **more,
    }


def text(field: str, name: str, **more: Any) -> Column:
    """A column of plain text."""
    return {"field": field, "headerName": name, **more}


def linked(field: str, name: str, **more: Any) -> Column:
    """A column whose text links to the row's page."""
    return text(field, name, cellRenderer="ClewLink", **more)


def weight(field: str, name: str, most: float, **more: Any) -> Column:
    """A column of bits with a bar that is full at `most`."""
    params = {"most": most, **more.pop("params", {})}
    return {**number(field, name, **more), "cellRenderer": "ClewWeight", "cellRendererParams": params}
