"""The frame around every page: top bar, search, theme, and where messages appear. Static: callbacks change its props only."""

import dash
from dash import dcc, html

from app.views.parts import icon, keycap

INDEX = """<!DOCTYPE html>
<html lang="en" data-theme="dark">
    <head>
        {%metas%}
        <title>{%title%}</title>
        <script src="/assets/vendor/theme.js"></script>
        <link rel="icon" href="/assets/icons/clew.svg" type="image/svg+xml">
        {%css%}
    </head>
    <body>
        {%app_entry%}
        <footer>
            {%config%}
            {%scripts%}
            {%renderer%}
        </footer>
    </body>
</html>
"""


def layout(name: str = "", csrf: str = "", audits: bool = False) -> html.Div:
    """Top bar, page, and two live regions: `notice` for passing remarks, `failure` for what a callback could not do.

    `name`: who is signed in. `csrf`: what signing out must carry. `audits`: may they read the audit log?
    """
    return html.Div(
        [
            html.A("Skip to content", href="#main", className="skip"),
            html.Header([_brand(audits), _search(), _keys_button(), _theme_toggle(), _person(name, csrf)], className="topbar"),
            html.Div(id="failure", className="failure", role="alert"),
            _keys(),
            html.Main(dash.page_container, id="main", tabIndex="-1"),
            html.Div(id="notice", className="notice", role="status"),
            dcc.Store(id="theme", storage_type="local"),
            dcc.Store(id="moved"),
            dcc.Store(id="themed"),
        ]
    )


def _brand(audits: bool) -> html.Nav:
    sections = {"Tonight": ("/", "/"), "Queue": ("/queue", "/queue"), "Cases": ("/cases", "/case"), "Runs": ("/runs", "/runs")}
    sections |= {"Audit log": ("/audit", "/audit")} if audits else {}
    links = [html.A("clew", href="/", className="brand")]
    links += [html.A(word, href=href, className="nav", **{"data-section": section}) for word, (href, section) in sections.items()]
    return html.Nav(links, **{"aria-label": "Main"})


def _search() -> html.Div:
    """The browser puts the input into `search-box` and the hits into `search-results` (app/browser/src/search.ts)."""
    parts = [icon("search"), html.Div(id="search-box"), keycap("/")]
    return html.Div([*parts, html.Div(id="search-results")], className="search", role="search")


def _theme_toggle() -> html.Button:
    return html.Button(
        icon("sun"), id="theme-toggle", className="button square", title="Light or dark", **{"aria-label": "Light or dark theme"}
    )


KEYS: tuple[tuple[tuple[str, ...], str], ...] = (
    (("/",), "Search accounts, clusters, entities and templates"),
    (("J", "K"), "Next and previous: row of a queue, or cluster"),
    (("Enter",), "Open the chosen row"),
    (("G", "T"), "Go to Tonight"),
    (("G", "Q"), "Go to the queue"),
    (("G", "C"), "Go to the cases"),
    (("G", "R"), "Go to the runs"),
    (("Esc",), "Leave the lasso, the search or this list"),
    (("?",), "Show this list"),
)


def _keys_button() -> html.Button:
    return html.Button("?", id="keys-button", className="button square", title="Keys", **{"aria-label": "Keyboard shortcuts"})


def _keys() -> html.Dialog:
    """The list of shortcuts; the browser opens and closes it (app/browser/src/keys.ts)."""
    close = html.Button(icon("close"), id="keys-close", className="button small", **{"aria-label": "Close"})
    rows = [piece for keys, what in KEYS for piece in (html.Dt([html.Kbd(key, className="keycap") for key in keys]), html.Dd(what))]
    head = html.Div([html.H2("Keys"), html.Div(close, className="card-side")], className="card-head")
    return html.Dialog([head, html.Dl(rows)], id="keys", className="keys", **{"aria-label": "Keyboard shortcuts"})


def _person(name: str, csrf: str) -> html.Form:
    """Who is signed in, and the way out."""
    carried = dcc.Input(type="hidden", name="csrf", value=csrf)
    out = html.Button("Sign out", id="sign-out", className="button small")
    return html.Form([html.Span(name, id="person", className="muted"), carried, out], action="/logout", method="POST", className="person")
