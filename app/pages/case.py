"""One case: who works on it, what was decided and why, notes, tasks, and everything that was done."""

from functools import partial
from typing import Any

from dash import Dash, Input, Output, dcc, html, no_update

from app.auth import users
from app.auth.guard import actor
from app.cases import cases
from app.cases.cases import MOST_TEXT, MOST_TITLE, STATUSES, NoCase
from app.cases.deciding import CHOICES, MOST_REASON
from app.cases.records import Records
from app.desk import Desk
from app.pages import case_work
from app.roles import Permission
from app.views import case as views
from app.views.parts import button, card, choices, chooser, line, lines, missing, number, people, person, table, text, waiting

PATH = "/case/<case_id>"
TITLE = "Case"

_DECISIONS = [
    number("number", "No.", maxWidth=70),
    text("what", "Decision", minWidth=150, flex=1),
    text("about", "About", minWidth=160, flex=1),
    text("standing", "Stands", minWidth=120, maxWidth=200),
    text("reason", "Reason", minWidth=220, flex=3, tooltipField="reason"),
    text("by", "By", minWidth=140, flex=1),
    text("at", "Time, UTC", minWidth=150, maxWidth=170),
]
_HISTORY = [
    number("number", "Row", maxWidth=80),
    text("at", "Time, UTC", minWidth=160, maxWidth=180),
    text("actor", "Who", maxWidth=160),
    text("action", "Did", minWidth=140, maxWidth=200),
    text("detail", "What", minWidth=300, flex=1, tooltipField="detail"),
]


def layout(case_id: str = "", **_query: str) -> html.Div:
    """The page without its data."""
    decisions = table("case-decisions", _DECISIONS, fits=True, nothing="Nothing is decided or proposed.")
    history = table("case-history", _HISTORY, nothing="Nothing was done.")
    body = [
        html.Div(waiting("the case"), id="case-head", className="page-head"),
        html.Div([_state(), _decide()], id="case-work", className="stack"),
        card("Decisions", [decisions, _answers()]),
        card("Tasks", [html.Div(id="case-tasks", className="notes"), _tick(), _adder("case-task", "New task", line, MOST_TITLE)]),
        card("Notes", [_adder("case-note", "New note", lines, MOST_TEXT), html.Div(id="case-notes", className="notes")]),
        card("History", [history], html.Span("Each row is sealed by the next", className="muted"), "members-section"),
    ]
    return html.Div(
        [
            dcc.Store(id="case", data=case_id),
            *[dcc.Store(id=f"case-{done}") for done in case_work.DONE],
            html.Div(id="case-missing", className="missing"),
            html.Div(body, id="case-body", className="stack"),
        ],
        className="page case-page",
    )


def _state() -> html.Section:
    fields = [
        line("case-title", "Title", MOST_TITLE),
        chooser("case-status", "Status", STATUSES),
        person("case-assignee", "Assigned to", "nobody"),
        line("case-tags", "Tags, between commas", 900),
        button("case-save", "Save"),
    ]
    return card("State", [html.Div(fields, className="form-row")])


def _decide() -> html.Section:
    fields = [
        chooser("case-kind", "Decision", {"": "–"} | CHOICES),
        lines("case-named", "Accounts or clusters, one a line (to exclude, merge or split)", 100_000),
        lines("case-reason", "Reason", MOST_REASON),
        lines("case-counter", "Counter-evidence considered", MOST_REASON),
        button("case-decide", "Decide", primary=True),
    ]
    return card("Decide", [html.Div(fields, className="form-row")], html.Span("Holds from the next night on", className="muted"))


def _answers() -> html.Div:
    fields = [
        chooser("case-choice", "One of the decisions above", {}),
        line("case-answer", "Reason (to refuse or undo)", MOST_REASON),
        button("case-approve", "Approve"),
        button("case-undo", "Refuse or undo"),
    ]
    return html.Div(fields, id="case-answers", className="form-row")


def _tick() -> html.Div:
    fields = [chooser("case-tick", "Mark as done, or open again", {}), button("case-tick-set", "Mark")]
    return html.Div(fields, className="form-row work-only")


def _adder(name: str, label: str, field: Any, most: int) -> html.Div:
    return html.Div([field(f"{name}-text", label, most), button(f"{name}-add", "Add")], className="form-row work-only")


Filled = tuple[Any, ...]


def head(desk: Desk, case_id: Any, _saved: Any) -> Filled:
    """What the case is: head and the fields of its state."""
    try:
        with desk.ledger.reading() as connection:
            case = cases.read(connection, case_work.number_of(case_id))
            names = people(users.assignable(connection))
    except NoCase as error:
        return missing(str(error)), True, *[no_update] * 9
    may_work = actor().may(Permission.WORK)
    return (
        [],
        False,
        views.head(case, exports=actor().may(Permission.EXPORT)),
        not may_work,
        "stack" if may_work else "stack only-looks",
        case["title"],
        choices(STATUSES, case["status"]),
        case["status"],
        names,
        case["assignee"] or "",
        ", ".join(case["tags"]),
    )


def records(desk: Desk, case_id: Any, *_done: Any) -> Filled:
    """What was done on it: decisions, tasks, notes, history. Nothing for an unknown id: the head says so."""
    try:
        with desk.ledger.reading() as connection:
            found = Records.of(connection, desk.workspace, case_work.number_of(case_id))
    except NoCase:
        return [], [], [], [], [], []
    return (
        [views.decision_row(one) for one in found.decisions],
        choices(views.open_decisions(found.decisions)),
        views.tasks(found.tasks),
        choices(views.task_steps(found.tasks)),
        views.notes(found.notes),
        [views.history_row(one) for one in found.history],
    )


def register(app: Dash, desk: Desk) -> None:
    """Bind the callbacks."""
    done = {name: Input(f"case-{name}", "data") for name in case_work.DONE}
    app.callback(
        Output("case-missing", "children"),
        Output("case-body", "hidden"),
        Output("case-head", "children"),
        Output("case-work", "hidden"),
        Output("case-body", "className"),
        Output("case-title", "value"),
        Output("case-status", "children"),
        Output("case-status-chosen", "data"),
        Output("case-assignee-people", "children"),
        Output("case-assignee", "value"),
        Output("case-tags", "value"),
        Input("case", "data"),
        done["saved"],
    )(partial(head, desk))
    app.callback(
        Output("case-decisions", "rowData"),
        Output("case-choice", "children"),
        Output("case-tasks", "children"),
        Output("case-tick", "children"),
        Output("case-notes", "children"),
        Output("case-history", "rowData"),
        Input("case", "data"),
        *done.values(),
    )(partial(records, desk))
    case_work.register(app, desk)
